import { cut, type Dress, dressed, inWords, row, shortRelay } from '../terminal/text.js';
import type { Observation, SeenAlert } from './observe.js';

/** What the screen shows besides what Prometheus tells. */
export interface Story {
  /** Seconds since the start. */
  readonly running: number;
  readonly relays: readonly { readonly relay: string; readonly worker: string; readonly fate: string }[];
  /** Titles and addresses to open. */
  readonly addresses: readonly (readonly [title: string, address: string])[];
  /** Remarks on how this run differs from a real site. */
  readonly remarks: readonly string[];
}

const PHASE_FORMATS: Readonly<Record<string, Parameters<typeof dressed>[1]>> = {
  idle: 'gray',
  'worker away': 'blue',
  pushing: 'cyan',
  resyncing: 'cyan',
  rotating: 'cyan',
  stuck: ['bold', 'red'],
  blocked: ['bold', 'red'],
  unknown: 'yellow',
};
const SEVERITY_FORMATS = { critical: 'red', warning: 'yellow', info: 'blue' } as const;

/** The lines of the live screen, at most `height` of them. A pure function of what is known. */
export function screen(
  observation: Observation | undefined,
  story: Story,
  dress: Dress,
  height: number,
): string[] {
  const faint = (text: string) => dressed(dress, 'gray', cut(text, dress.width));
  const title = 'gateway-observability';
  const subtitle = `simulated gateway and workers, real exporters, real Prometheus, ${inWords(story.running)}`;
  const head = [
    row(dress, [
      { text: title, width: title.length, format: 'bold' },
      { text: subtitle, width: dress.width, format: 'gray' },
    ]),
    '',
    ...story.addresses.map(([title, address]) =>
      row(dress, [
        { text: title, width: 12, format: 'gray' },
        { text: address, width: dress.width, format: 'underline' },
      ]),
    ),
    '',
  ];
  const foot = [
    ...story.remarks.map((remark) => faint(remark)),
    faint('Ctrl-C ends everything and leaves nothing behind.'),
  ];
  if (observation === undefined) return [...head, 'Waiting for the first answer of Prometheus.', '', ...foot];

  const { targets, groups, alerts } = observation;
  const up = targets.filter(({ health }) => health === 'up').length;
  const rules = groups.flatMap((group) => group.rules);
  const ill = rules.filter(({ health }) => health === 'err').length;
  const firing = alerts.filter(({ state }) => state === 'firing').length;
  const part = (text: string, format: 'green' | 'yellow' | 'red') => ({
    text,
    width: text.length + 1,
    format,
  });
  const status = row(dress, [
    part(`${up} of ${targets.length} targets up`, up === targets.length && up > 0 ? 'green' : 'yellow'),
    part(`${rules.length} rules, ${ill} unhealthy`, ill === 0 ? 'green' : 'red'),
    part(`${firing} alerts firing, ${alerts.length - firing} pending`, firing === 0 ? 'green' : 'yellow'),
  ]);

  const seen = new Map(observation.relays.map((relay) => [relay.relay, relay]));
  const columns = [11, 8, 11, 8, 15] as const;
  const cells = (texts: readonly string[]) =>
    texts.map((text, i) => ({ text, width: columns[i] ?? dress.width }));
  const relayRows = story.relays.map(({ relay, worker, fate }) => {
    const known = seen.get(relay);
    const phase = known?.phase ?? 'idle';
    const ends = known?.leaseEndsIn;
    const lease = ends === undefined ? '-' : ends > 0 ? `ends in ${inWords(ends)}` : `over ${inWords(-ends)}`;
    const texts = [
      shortRelay(relay),
      worker,
      phase,
      known?.pendingFor === undefined ? '-' : inWords(known.pendingFor),
      lease,
      fate,
    ];
    return row(
      dress,
      cells(texts).map((cell, i) => {
        const format = i === 2 ? PHASE_FORMATS[phase] : i === 1 || i === 5 ? 'gray' : undefined;
        return format === undefined ? cell : { ...cell, format };
      }),
    );
  });

  const titles = (texts: readonly string[]) =>
    row(
      dress,
      cells(texts).map((cell) => ({ ...cell, format: 'gray' as const })),
    );
  const body = [
    status,
    '',
    titles(['RELAY', 'WORKER', 'PHASE', 'PENDING', 'LEASE', 'STORY']),
    ...relayRows,
    '',
    faint('ALERTS'),
  ];
  const room = Math.max(1, height - head.length - body.length - foot.length - 1);
  return [...head, ...body, ...alertRows(alerts, dress, room), '', ...foot];
}

function alertRows(alerts: readonly SeenAlert[], dress: Dress, room: number): string[] {
  if (alerts.length === 0) return [dressed(dress, 'gray', 'none yet')];
  const shown = alerts.length > room ? alerts.slice(0, Math.max(0, room - 1)) : alerts;
  const names = Math.max(...shown.map(({ alert }) => alert.length));
  // On a narrow screen the summary says more than the name.
  const withNames = dress.width >= 60 + names;
  const rows = shown.map(({ severity, state, seconds, alert, summary }) =>
    row(dress, [
      { text: severity, width: 8, format: SEVERITY_FORMATS[severity] },
      { text: state, width: 7, format: state === 'firing' ? 'bold' : 'gray' },
      { text: inWords(seconds), width: 8 },
      ...(withNames ? [{ text: alert, width: names, format: 'gray' as const }] : []),
      // A key of 64 digits leaves no room for what is said about it.
      { text: shortened(summary), width: dress.width },
    ]),
  );
  const more = alerts.length - shown.length;
  return more === 0 ? rows : [...rows, dressed(dress, 'gray', `and ${more} more: see Prometheus, Alerts`)];
}

/** Shortens every relay key in a text. */
export function shortened(text: string): string {
  return text.replace(/[0-9a-f]{64}/g, shortRelay);
}

/** What changed between two looks, as plain lines for a log. */
export function changes(before: Observation | undefined, after: Observation, story: Story): string[] {
  const at = inWords(story.running).padStart(8);
  const lines: string[] = [];
  const phases = new Map(before?.relays.map(({ relay, phase }) => [relay, phase]));
  for (const { relay, phase } of after.relays) {
    const old = phases.get(relay) ?? 'idle';
    if (old !== phase) lines.push(`${at}  relay ${shortRelay(relay)}: ${old} -> ${phase}`);
  }
  const key = ({ alert, relay, state }: SeenAlert) => `${state} ${alert} ${relay ?? ''}`;
  const old = new Set(before?.alerts.map(key));
  const now = new Set(after.alerts.map(key));
  for (const alert of after.alerts) {
    if (!old.has(key(alert))) {
      lines.push(`${at}  ${alert.state} (${alert.severity}) ${alert.alert}: ${shortened(alert.summary)}`);
    }
  }
  for (const alert of before?.alerts ?? []) {
    const other = { ...alert, state: alert.state === 'firing' ? 'pending' : 'firing' } as SeenAlert;
    if (!now.has(key(alert)) && !now.has(key(other))) {
      lines.push(
        `${at}  resolved ${alert.alert}${alert.relay === undefined ? '' : ` of ${shortRelay(alert.relay)}`}`,
      );
    }
  }
  return lines;
}
