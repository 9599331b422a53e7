import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { packageRoot } from '../../src/package/root.js';
import { waitFor } from '../../src/processes/process.js';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import { renderAlertmanagerExample } from '../../src/renderers/alertmanager/example.js';
import type { InhibitRule } from '../../src/renderers/alertmanager/inhibit-rules.js';
import { PATIENCE_MS } from '../patience.js';
import type { AlertLabels } from './alert-labels.js';
import { EXPECTED, RECEIVERS, TIMING, WITHOUT_SITE_LABELS } from './expected.js';
import { matches, silences } from './matchers.js';
import { amtool, type RunningAlertmanager, startAlertmanager } from './running-alertmanager.js';

const committed = readFileSync(join(packageRoot, 'generated/alertmanager/alertmanager.example.yaml'), 'utf8');
const rendered = (groupBy: readonly string[]) =>
  renderAlertmanagerExample(buildBundle(parseConfig({ groupBy: [...groupBy] }), definitions()))[0]?.content ??
  '';
const forSites = rendered(['cluster']);
const names = Object.keys(EXPECTED);
const expectedOf = (alert: string) => {
  const expected = EXPECTED[alert];
  if (expected === undefined) throw new Error(`${alert}: expected.ts has no such alert`);
  return expected;
};

/** The labels with which an alert arrives from an installation; `values` are those of its relay, instance and so on. */
function firing(alert: string, cluster: string | undefined, values: AlertLabels = {}): AlertLabels {
  const { severity, signal, labels } = expectedOf(alert);
  const measured = labels.map((label) => [label, values[label] ?? `${label}-of-${alert}`] as const);
  return {
    alertname: alert,
    severity,
    signal,
    ...(cluster === undefined ? {} : { cluster }),
    ...Object.fromEntries(measured),
  };
}

describe('every alert', () => {
  it('is in the table, with its severity, its signal and the labels it carries', () => {
    const bundle = buildBundle(parseConfig({}), definitions());
    const rules = bundle.alertGroups.flatMap((group) => group.rules);
    expect(
      Object.fromEntries(
        rules.map(({ alert, labels, definition }) => [
          alert,
          { ...labels, labels: [...definition.labels].sort() },
        ]),
      ),
    ).toEqual(
      Object.fromEntries(
        names.map((alert) => {
          const { severity, signal, labels } = expectedOf(alert);
          return [alert, { severity, signal, labels }];
        }),
      ),
    );
    expect(
      rules.filter(({ definition }) => definition.withoutSiteLabels === true).map(({ alert }) => alert),
    ).toEqual(expect.arrayContaining([...WITHOUT_SITE_LABELS]));
  });
});

describe('who is notified', () => {
  let folder: TemporaryFolder;
  let file: string;
  beforeAll(() => {
    folder = temporaryFolder('alertmanager-routes');
    file = join(folder.path, 'alertmanager.yml');
    writeFileSync(file, forSites);
  });
  afterAll(() => folder.remove());

  it.each(names.map((alert) => [alert, expectedOf(alert).receiver]))(
    'routes %s to %s and to no other',
    async (alert, receiver) => {
      const labels = Object.entries(firing(alert, 'north')).map(([name, value]) => `${name}=${value}`);
      expect(await amtool('config', 'routes', 'test', `--config.file=${file}`, ...labels)).toBe(receiver);
    },
  );

  interface Route {
    readonly matchers?: readonly string[];
    readonly continue?: boolean;
    readonly routes?: readonly Route[];
    readonly group_wait?: string;
    readonly group_interval?: string;
    readonly repeat_interval?: string;
    readonly group_by?: readonly string[];
  }
  /** The settings for an alert: those of the first route that takes it, and of the root where that route has none. */
  function settingsFor(example: string, labels: AlertLabels): Route {
    const { route } = parse(example) as { route: Route };
    const taken = route.routes?.find((child) => child.matchers?.every(matches(labels)));
    expect([taken?.continue, taken?.routes]).toEqual([undefined, undefined]);
    return { ...route, ...taken };
  }

  it.each([
    ['one installation', committed, ['alertname']],
    ['several', forSites, ['alertname', 'cluster']],
  ])('waits, repeats and groups as the table says, for %s', (_, example, groupBy) => {
    const found = TIMING.map(({ severity, signal }) => {
      const settings = settingsFor(example, { severity, signal });
      expect(settings.group_by).toEqual(groupBy);
      return {
        severity,
        signal,
        wait: settings.group_wait,
        interval: settings.group_interval,
        repeat: settings.repeat_interval,
      };
    });
    expect(found).toEqual(TIMING);
  });

  it.each([
    ['the committed example', committed],
    ['that of several installations', forSites],
  ])('reports the end of pages and tickets, not that of information, in %s', (_, example) => {
    interface Receiver {
      readonly name: string;
      readonly webhook_configs: readonly { url: string; send_resolved: boolean; max_alerts: number }[];
    }
    const { receivers } = parse(example) as { receivers: readonly Receiver[] };
    expect(
      Object.fromEntries(
        receivers.map(({ name, webhook_configs: [webhook, ...others] }) => {
          expect([others, webhook?.url]).toEqual([[], `http://127.0.0.1:5001/${name}`]);
          return [name, { resolved: webhook?.send_resolved, most: webhook?.max_alerts }];
        }),
      ),
    ).toEqual(RECEIVERS);
  });
});

/** One alert and another one that it silences. */
interface Silenced {
  readonly source: AlertLabels;
  readonly target: AlertLabels;
}

/** Two alerts that fire together, and which of them the other silences; nothing where neither does. */
interface Row {
  readonly alerts: readonly [AlertLabels, AlertLabels];
  readonly silenced?: Silenced;
}

const carryRelay = (...alerts: readonly string[]) =>
  alerts.every((alert) => expectedOf(alert).labels.includes('relay'));

/**
 * Every two alerts of one installation and one relay. Two of which one silences the other also come about two relays, where both carry one,
 * and from two installations, where there are several: then neither silences the other.
 */
function rows(clusterOf: (row: string) => string | undefined, severalSites: boolean): Row[] {
  const at = (alert: string, relay: string, cluster: string | undefined) => firing(alert, cluster, { relay });
  return names.flatMap((one, i) =>
    names.slice(i + 1).flatMap((other): Row[] => {
      const together = clusterOf(`${one} ${other}`);
      const alerts = [at(one, 'r1', together), at(other, 'r1', together)] as const;
      const [left, right] = alerts;
      if (expectedOf(one).silences.includes(other)) {
        expect(expectedOf(other).silences).not.toContain(one);
        return [{ alerts, silenced: { source: left, target: right } }, ...apart(one, other)];
      }
      if (expectedOf(other).silences.includes(one)) {
        return [{ alerts, silenced: { source: right, target: left } }, ...apart(one, other)];
      }
      return [{ alerts }];
    }),
  );
  function apart(one: string, other: string): Row[] {
    const relays = clusterOf(`${one} ${other}, two relays`);
    const [here, there] = ['here', 'there'].map((site) => clusterOf(`${one} ${other}, ${site}`));
    return [
      ...(carryRelay(one, other)
        ? [{ alerts: [at(one, 'r1', relays), at(other, 'r2', relays)] as const }]
        : []),
      ...(severalSites ? [{ alerts: [at(one, 'r1', here), at(other, 'r1', there)] as const }] : []),
    ];
  }
}

const shown = (alert: AlertLabels) =>
  Object.entries(alert)
    .filter(([label]) => !['severity', 'signal'].includes(label))
    .sort()
    .map(([label, value]) => (label === 'alertname' ? value : `${label}=${value}`))
    .join(', ');
const texts = (all: readonly Silenced[]) =>
  all.map(({ source, target }) => `${shown(source)} | silences ${shown(target)}`).sort();
const silencedOf = (all: readonly Row[]) =>
  all.flatMap(({ silenced }) => (silenced === undefined ? [] : [silenced]));

describe('who silences whom', () => {
  /** What the inhibitions of a configuration silence among these rows, read without an Alertmanager. */
  const silencedBy = (text: string, all: readonly Row[]) => {
    const { inhibit_rules: rules } = parse(text) as { inhibit_rules: readonly InhibitRule[] };
    return all
      .flatMap(({ alerts: [one, other] }) => [
        { source: one, target: other },
        { source: other, target: one },
      ])
      .filter(({ source, target }) => rules.some((rule) => silences(rule, source, target)));
  };

  it.each([
    ['as committed', committed],
    ['as defined', rendered([])],
  ])('is what the table says, for one installation and without an Alertmanager, %s', (_, text) => {
    const all = rows(() => undefined, false);
    expect(silencedOf(all).length).toBeGreaterThan(70);
    expect(texts(silencedBy(text, all))).toEqual(texts(silencedOf(all)));
  });

  it('is what the table says, for several installations and without an Alertmanager', () => {
    const all = rows((row) => row, true);
    expect(texts(silencedBy(forSites, all))).toEqual(texts(silencedOf(all)));
  });

  describe('in an Alertmanager that serves several installations', () => {
    // Every row is an installation of its own, so that all rows fit into one Alertmanager. None of its notifications is due.
    const all = rows((row) => row, true);
    let alertmanager: RunningAlertmanager;
    beforeAll(async () => {
      alertmanager = await startAlertmanager(forSites, 1 / 1000);
      await alertmanager.fire(all.flatMap(({ alerts }) => alerts));
    });
    afterAll(() => alertmanager?.stop());
    const wait = { timeoutMs: PATIENCE_MS, everyMs: 50 };

    it('is what the table says: never another relay, never another installation', async () => {
      // Alerts are taken in the order in which they arrive: once these two are, the others are as well.
      const target = firing('GatewayPendingWritesWaiting', 'last', { relay: 'r1' });
      const source = firing('GatewayPendingWritesOld', 'last', { relay: 'r1' });
      await alertmanager.fire([target]);
      await alertmanager.fire([source]);
      await alertmanager.untilInhibited(target, source);
      expect(texts(await alertmanager.inhibited())).toEqual(texts([...silencedOf(all), { source, target }]));
    });

    it('is every installation where no gateway is scraped by the Prometheus of all of them', async () => {
      const missing = firing('GatewayMissing', undefined);
      await alertmanager.fire([missing]);
      const found = await waitFor(
        async () => {
          const now = (await alertmanager.inhibited()).map(
            ({ source, target }) => [shown(target), shown(source)] as const,
          );
          return now.some(([, source]) => source === shown(missing)) && new Map(now);
        },
        { what: 'GatewayMissing to silence an alert', ...wait },
      );
      const silenced = silencedOf(all).map(({ target }) => target);
      const free = all.flatMap(({ alerts }) => alerts).filter((alert) => !silenced.includes(alert));
      const isMeasured = ({ alertname = '' }: AlertLabels) =>
        expectedOf('GatewayMissing').silences.includes(alertname);
      expect(free.filter(isMeasured).length).toBeGreaterThan(500);
      expect(
        free.filter((alert) => found.get(shown(alert)) !== (isMeasured(alert) ? shown(missing) : undefined)),
      ).toEqual([]);
    });
  });
});
