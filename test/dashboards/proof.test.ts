import { beforeAll, describe, expect, it } from 'vitest';
import { PHASES } from '../../recording-rules/phase.js';
import { allPanels, type PanelJson } from '../../src/view/dashboard-json.js';
import type { Frame } from '../../src/view/frames.js';
import { dashboards, NOW, type PlayName, relayKey, type Shown, showAll } from './worlds.js';

let all: readonly Shown[];
beforeAll(async () => {
  // Throws where a query is not answered; the message names dashboard, panel and query.
  all = await showAll();
});

const panels = dashboards.flatMap((dashboard) =>
  allPanels(dashboard)
    .filter(({ type }) => type !== 'row' && type !== 'text')
    .map((panel) => ({ uid: dashboard.uid, panel, name: `${dashboard.uid} ${panel.id} ${panel.title}` })),
);

const framesOf = (uid: string, id: number) =>
  all.filter(({ data }) => data.dashboard.uid === uid).flatMap(({ data }) => data.panels[id]?.frames ?? []);

/** A panel's frames in one play. */
function frames(play: PlayName, uid: string, id: number, place = 0): readonly Frame[] {
  const found = all.find(
    (one) =>
      one.play === play &&
      one.data.dashboard.uid === uid &&
      (uid !== 'gateway-relay' || one.relay === relayKey(play, place)),
  );
  const data = found?.data.panels[id];
  if (data === undefined) throw new Error(`${uid} ${id} was not shown in ${play}`);
  return data.frames;
}

/** The values of a line by its legend, with their times in seconds before the end; nulls left out. */
function line(all: readonly Frame[], name: string): [ago: number, value: number][] {
  const frame = all.find((one) => one.name === name || one.fields.some((field) => field.name === name));
  const time = frame?.fields.find(({ type }) => type === 'time')?.values ?? [];
  const values = frame?.fields.find(({ type }) => type === 'number')?.values ?? [];
  return time.flatMap((at, i) =>
    typeof values[i] === 'number'
      ? [[(NOW - Number(at)) / 1000, values[i] as number] as [number, number]]
      : [],
  );
}

/** A stat's value by its legend. */
const value = (all: readonly Frame[], name: string): number | undefined => line(all, name)[0]?.[1];

/** The rows of a table's query, as objects of labels and the value. */
function rows(all: readonly Frame[], refId = 'A'): Record<string, unknown>[] {
  const frame = all.find((one) => one.refId === refId);
  const count = frame?.fields[0]?.values.length ?? 0;
  return Array.from({ length: count }, (_, i) =>
    Object.fromEntries(
      frame?.fields.map(({ name, values }) => [name.replace(/^Value.*/, 'value'), values[i]]) ?? [],
    ),
  );
}

describe('every query of every panel', () => {
  it('has data in at least one play', () => {
    const empty = panels.flatMap(({ uid, panel, name }) =>
      (panel.targets ?? [])
        .filter(
          ({ refId }) =>
            !all.some(
              ({ data }) =>
                data.dashboard.uid === uid &&
                data.panels[panel.id]?.queries.some((query) => query.refId === refId && query.series > 0),
            ),
        )
        .map(({ refId }) => `${name} ${refId}`),
    );
    expect(empty).toEqual([]);
  });

  it('finds every label that its legend names', () => {
    const missing = panels.flatMap(({ uid, panel, name }) =>
      (panel.targets ?? []).flatMap(({ refId, legendFormat = '', format }) => {
        if (format === 'table') return [];
        const labels = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] as string);
        const found = framesOf(uid, panel.id).filter((frame) => frame.refId === refId);
        return labels
          .filter((label) => label !== 'le')
          .filter((label) =>
            found.some(({ fields }) =>
              fields.some((field) => field.type === 'number' && !(label in (field.labels ?? {}))),
            ),
          )
          .map((label) => `${name} ${refId} {{${label}}}`);
      }),
    );
    expect(missing).toEqual([]);
  });

  it('has the lines and columns that its overrides name', () => {
    const missing = panels.flatMap(({ uid, panel, name }) => {
      const found = framesOf(uid, panel.id);
      const renamed = Object.entries(renames(panel));
      const names = new Set(
        found.flatMap((frame) => [
          frame.name ?? '',
          ...frame.fields.map((field) => field.name),
          ...frame.fields.map((field) =>
            String(field.config?.displayName ?? field.config?.displayNameFromDS ?? ''),
          ),
          ...renamed
            .filter(([from]) => frame.fields.some((field) => field.name === from))
            .map(([, to]) => to),
        ]),
      );
      return overrides(panel)
        .filter((wanted) => !names.has(wanted))
        .map((wanted) => `${name}: ${wanted}`);
    });
    // A refused push on a build that names the relay: its colour is there for when it happens.
    expect(missing).toEqual(['gateway-relay 16 Pushes to the worker: relay: error']);
  });

  it('shows at most a hundred series', () => {
    for (const { play, data } of all) {
      for (const [id, { queries }] of Object.entries(data.panels)) {
        const series = queries.reduce((sum, query) => sum + query.series, 0);
        expect(series, `${data.dashboard.uid} ${id} in ${play}`).toBeLessThanOrEqual(100);
      }
    }
  });
});

const renames = (panel: PanelJson): Record<string, string> =>
  (
    (panel.transformations ?? []).find(({ id }) => id === 'organize')?.options as
      | { renameByName?: Record<string, string> }
      | undefined
  )?.renameByName ?? {};

const overrides = (panel: PanelJson): string[] =>
  (panel.fieldConfig?.overrides ?? []).flatMap(({ matcher }) =>
    matcher.id === 'byName' ? [String(matcher.options)] : [],
  );

describe('in an incident', () => {
  const overview = 'gateway-overview';

  it('shows how many relays need attention', () => {
    const shown = frames('incident', overview, 14);
    expect(value(shown, 'stuck')).toBe(1);
    expect(value(shown, 'blocked')).toBeGreaterThanOrEqual(1);
    expect(value(shown, 'unknown')).toBe(0);
  });

  it('lists the alerts with their urgency, and for how long they have been active', () => {
    const shown = frames('incident', overview, 13);
    const stuck = { alertname: 'GatewayPendingWritesStuck', relay: relayKey('incident', 0) };
    const ACT_NOW = 3;
    expect(rows(shown, 'A')).toContainEqual({ Time: expect.anything(), ...stuck, value: ACT_NOW });
    const active = rows(shown, 'B').find(({ alertname }) => alertname === stuck.alertname);
    expect(active).toMatchObject(stuck);
    expect(active?.value).toBeGreaterThan(60 * 60);
  });

  it('puts the stuck relay on top', () => {
    const shown = frames('incident', overview, 15);
    expect(rows(shown)[0]).toMatchObject({ relay: relayKey('incident', 0) });
    expect(rows(shown, 'C')).toContainEqual(
      expect.objectContaining({ relay: relayKey('incident', 0), value: PHASES.stuck }),
    );
    expect(rows(frames('incident', 'gateway-push-resync', 9))).toEqual([
      expect.objectContaining({ relay: relayKey('incident', 0) }),
    ]);
  });

  it('lets the lease run down to 0 when it ends, and below, while the gauge stands still', () => {
    // Granted 35 minutes before the end, for ten minutes.
    const inMinutes = line(frames('incident', 'gateway-relay', 10, 4), 'calculated');
    const left = inMinutes.map(([ago, minutes]) => [ago, minutes * 60] as const);
    const crossing = left.find(([, seconds]) => seconds <= 0);
    expect(crossing?.[0]).toBeGreaterThan(25 * 60 - 120);
    expect(crossing?.[0]).toBeLessThanOrEqual(25 * 60 + 30);
    for (const [ago, seconds] of left) expect(Math.abs(seconds - (ago - 25 * 60))).toBeLessThan(90);
    const gauge = line(frames('incident', 'gateway-relay', 10, 3), 'gauge of gateway-1:3000');
    expect(gauge.length).toBeGreaterThan(0);
  });

  it('distinguishes leases: valid, about to expire, past expiry', () => {
    const shown = frames('incident', 'gateway-escrow-leases', 1);
    expect(value(shown, 'about to expire')).toBe(1);
    expect(value(shown, 'past expiry')).toBeGreaterThanOrEqual(1);
    // The lease of relay 0 expired more than an hour ago, and the gateway still reports it.
    const LONG_EXPIRED = -1e8;
    expect(value(frames('incident', 'gateway-relay', 3, 0), 'lease left')).toBe(LONG_EXPIRED);
    expect(rows(frames('incident', overview, 15), 'E')).toContainEqual(
      expect.objectContaining({ relay: relayKey('incident', 0), value: LONG_EXPIRED }),
    );
    expect(value(frames('incident', 'gateway-escrow-leases', 2), 'rejected')).toBe(1);
  });

  it('shows that most pushes fail', () => {
    const share = value(frames('incident', 'gateway-push-resync', 2), 'in 7m') ?? 0;
    expect(share).toBeGreaterThan(0.5);
    expect(share).toBeLessThanOrEqual(1);
  });

  it('shows a disagreement: the worker that never received the cleared push', () => {
    expect(rows(frames('incident', 'gateway-worker-queue', 4))).toContainEqual(
      expect.objectContaining({ relay: relayKey('incident', 8), value: 2 }),
    );
  });

  it('names the relay whose rotation failed', () => {
    expect(rows(frames('incident', 'gateway-worker-queue', 10))).toEqual([
      expect.objectContaining({ relay: relayKey('incident', 1) }),
    ]);
  });

  it('shows the history of the stuck relay: worker away, resyncing, stuck', () => {
    const codes = line(frames('incident', 'gateway-relay', 7, 0), 'phase').map(([, code]) => code);
    const changes = codes.filter((code, i) => code !== codes[i - 1]);
    expect(changes).toEqual([PHASES.workerAway, PHASES.resyncing, PHASES.stuck]);
    expect(value(frames('incident', 'gateway-relay', 1, 0), 'phase')).toBe(PHASES.stuck);
  });

  it('says how many workers are measured and which one is not, and does not call the files all readable', () => {
    const WITHOUT_GOOD_COLOR = -1;
    expect(value(frames('incident', 'gateway-worker-queue', 16), '4 of 5 measured')).toBe(1);
    expect(rows(frames('incident', 'gateway-worker-queue', 17))).toEqual([
      expect.objectContaining({ instance: 'worker-5:9786' }),
    ]);
    expect(value(frames('incident', 'gateway-worker-queue', 2), '0 of 4 unreadable')).toBe(
      WITHOUT_GOOD_COLOR,
    );
  });

  it('shows a worker’s host that is off as down', () => {
    const last = line(frames('incident', overview, 12), 'pending-writes-exporter worker-5:9786').at(-1);
    expect(last?.[1]).toBe(0);
  });
});

describe('on a quiet afternoon', () => {
  it('shows 0 where something is measured and nothing is wrong', () => {
    const needy = frames('quiet', 'gateway-overview', 14);
    expect(['stuck', 'blocked', 'unknown'].map((name) => value(needy, name))).toEqual([0, 0, 0]);
    expect(value(frames('quiet', 'gateway-push-resync', 1), 'stuck')).toBe(0);
    expect(value(frames('quiet', 'gateway-worker-queue', 2), '0 of 3 unreadable')).toBe(0);
    expect(value(frames('quiet', 'gateway-worker-queue', 16), '3 of 3 measured')).toBe(0);
    expect(line(frames('quiet', 'gateway-overview', 3), 'pending relays').at(-1)?.[1]).toBe(0);
  });

  it('shows no alert, no waiting relay and no lease', () => {
    expect(rows(frames('quiet', 'gateway-overview', 13))).toEqual([]);
    expect(rows(frames('quiet', 'gateway-overview', 15))).toEqual([]);
    // Shown as "not pending".
    expect(value(frames('quiet', 'gateway-relay', 2, 4), 'pending for')).toBe(0);
  });

  it('evaluates the rules now, not a while ago', () => {
    const age = line(frames('quiet', 'gateway-overview', 16), 'age').at(-1)?.[1];
    expect(age).toBeLessThanOrEqual(30);
  });
});

describe('the list of relays', () => {
  it('offers the relay that needs somebody before those that are idle', () => {
    const variables = all.find(
      ({ play, data }) => play === 'incident' && data.dashboard.uid === 'gateway-overview',
    )?.data.variables;
    const relays = variables?.find(({ name }) => name === 'relay')?.values ?? [];
    expect(relays).toHaveLength(10);
    const idle = relays.indexOf(relayKey('incident', 2));
    for (const place of [0, 4, 5, 9]) {
      expect(relays.indexOf(relayKey('incident', place)), `relay ${place}`).toBeLessThan(idle);
    }
  });
});
