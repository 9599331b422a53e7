import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { renderGrafanaAlertRules } from '../../src/renderers/grafana/alert-rules.js';
import { renderGrafanaDashboards } from '../../src/renderers/grafana/dashboards.js';
import { renderPrometheusRules } from '../../src/renderers/prometheus/rules.js';
import { renderRunbooks } from '../../src/renderers/runbooks/index.js';

type Panel = readonly [dashboard: string, id: number, title: string];

const AGES: Panel = ['gateway-overview', 2, 'Pending time by relay'];
const PENDING: Panel = ['gateway-overview', 3, 'Pending relays'];
const OBJECTIVE: Panel = ['gateway-push-resync', 11, 'Share beyond the objective'];
const PUSHES: Panel = ['gateway-overview', 4, 'Push results'];
const WAITS: Panel = ['gateway-overview', 5, 'Slow acknowledgements'];
const LEASES: Panel = ['gateway-overview', 6, 'Lease time left'];
const REPLICAS: Panel = ['gateway-overview', 7, 'Reads served from replicas'];
const REJECTED: Panel = ['gateway-overview', 8, 'Rejected writes and lease requests'];
const MIRRORS: Panel = ['gateway-overview', 9, 'Mirror lag (top 10)'];
const WORKERS: Panel = ['gateway-overview', 10, 'Pending state reported by workers'];
const MEASURED: Panel = ['gateway-overview', 12, 'Scrape targets and state files'];
const PHASES: Panel = ['gateway-relay', 7, 'Phase over time'];

/** Where each alert leads, written by hand: the panel that shows what the alert is about. */
const LEADS_TO: Readonly<Record<string, Panel>> = {
  GatewayPendingWritesWaiting: AGES,
  GatewayPendingWritesOld: AGES,
  GatewayPendingWritesOverdue: AGES,
  GatewayPendingWritesStuck: AGES,
  GatewayPushesNotIngested: PENDING,
  GatewayPendingWritesForgotten: AGES,
  GatewayPendingWritesNotPushed: AGES,
  GatewayWritesNotMarkedPending: REJECTED,
  GatewayPendingWritesObjectiveFastBurn: OBJECTIVE,
  GatewayPendingWritesObjectiveSlowBurn: OBJECTIVE,
  GatewayPushWaitHigh: WAITS,
  GatewayPushesFailing: PUSHES,
  GatewayEscrowLeaseExpiring: LEASES,
  GatewayEscrowLeaseExpired: LEASES,
  GatewayEscrowLeaseExpiredWritesWanted: LEASES,
  GatewayReplicaMainPath: REPLICAS,
  GatewayReplicaMainPathTooLong: REPLICAS,
  GatewayWritesTurnedAway: REJECTED,
  GatewayFallbackOnStaleMirror: MIRRORS,
  GatewayMirrorServiceDown: MIRRORS,
  GatewayEscrowUnlocksFailing: REJECTED,
  GatewayEscrowUnlocksRefused: REJECTED,
  WorkerQueuePendingTooLong: WORKERS,
  WorkerQueueStalled: WORKERS,
  WorkerRotationFailed: WORKERS,
  WorkerMissedPendingWrites: WORKERS,
  WorkerPendingWritesOrphaned: WORKERS,
  PendingWritesExporterDown: MEASURED,
  PendingWritesExporterMissing: MEASURED,
  PendingWritesStateFileUnreadable: MEASURED,
  GatewayDown: MEASURED,
  GatewayMissing: MEASURED,
  GatewayMetricsMissing: MEASURED,
};

/** Alerts that are not about one relay: their link opens the dashboard for all relays. */
const WITHOUT_RELAY = [
  'GatewayPushesNotIngested',
  'GatewayPendingWritesObjectiveFastBurn',
  'GatewayPendingWritesObjectiveSlowBurn',
  'GatewayPushWaitHigh',
  'GatewayPushesFailing',
  'GatewayMirrorServiceDown',
  'GatewayEscrowUnlocksFailing',
  'GatewayEscrowUnlocksRefused',
  'WorkerQueueStalled',
  'PendingWritesExporterDown',
  'PendingWritesExporterMissing',
  'PendingWritesStateFileUnreadable',
  'GatewayDown',
  'GatewayMissing',
  'GatewayMetricsMissing',
];

const bundle = buildBundle(
  parseConfig({ groupBy: ['cluster'], links: { dashboards: 'https://grafana.example.org' } }),
  definitions(),
);

interface Titled {
  readonly uid: string;
  readonly panels: readonly {
    id: number;
    title: string;
    /** Of a collapsed row. */
    panels?: readonly { id: number; title: string }[];
  }[];
}
const dashboards = renderGrafanaDashboards(bundle)
  .filter(({ path }) => path.startsWith('grafana/dashboards/'))
  .map(({ content }) => JSON.parse(content) as Titled);
const titleOf = (uid: string, id: number) =>
  dashboards
    .find((dashboard) => dashboard.uid === uid)
    ?.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])])
    .find((panel) => panel.id === id)?.title;

interface Rule {
  readonly alert?: string;
  readonly annotations: Readonly<Record<string, string>>;
}
const rules = renderPrometheusRules(bundle).flatMap(({ content }) =>
  (parse(content) as { groups: { rules: Rule[] }[] }).groups.flatMap((group) => group.rules),
);

describe('every alert leads to the panel that explains it', () => {
  it('in the rules of Prometheus', () => {
    const found = rules.flatMap(({ alert, annotations }): [string, unknown][] => {
      if (alert === undefined) return [];
      // An alert about a relay leads to the dashboard of the relay.
      if (!WITHOUT_RELAY.includes(alert)) return [];
      const link = annotations.dashboard_url ?? '';
      const [, uid = '', id = ''] =
        /^https:\/\/grafana\.example\.org\/d\/([\w-]+)\?.*viewPanel=(\d+)/.exec(link) ?? [];
      return [[alert, [uid, Number(id), titleOf(uid, Number(id))]]];
    });
    const expected = Object.entries(LEADS_TO).filter(([alert]) => WITHOUT_RELAY.includes(alert));
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(expected));
  });

  it('in the rules that Grafana evaluates', () => {
    interface GrafanaRules {
      readonly groups: readonly {
        readonly rules: readonly { name: string; annotations: Record<string, string> }[];
      }[];
    }
    const { groups } = JSON.parse(renderGrafanaAlertRules(bundle)[0]?.content ?? '') as GrafanaRules;
    const found = groups
      .flatMap((group) => group.rules)
      .map(({ name, annotations: { __dashboardUid__: uid = '', __panelId__: id = '' } }) => [
        name,
        [uid, Number(id), titleOf(uid, Number(id))],
      ]);
    expect(Object.fromEntries(found)).toEqual(LEADS_TO);
  });

  it('at the installation that it is about, and at its relay where it has one', () => {
    for (const { alert = '', annotations } of rules.filter((rule) => rule.alert !== undefined)) {
      const [uid, id] = LEADS_TO[alert] ?? [];
      const cluster = ['GatewayMissing', 'PendingWritesExporterMissing'].includes(alert)
        ? ''
        : 'var-cluster={{ $labels.cluster | urlquery }}&';
      expect(annotations.dashboard_url, alert).toBe(
        WITHOUT_RELAY.includes(alert)
          ? `https://grafana.example.org/d/${uid}?${cluster}viewPanel=${id}`
          : `https://grafana.example.org/d/gateway-relay?${cluster}var-relay={{ $labels.relay | urlquery }}`,
      );
    }
  });

  it('and to its own page of the runbooks', () => {
    for (const { alert, annotations } of rules.filter((rule) => rule.alert !== undefined)) {
      expect(annotations.runbook_url).toBe(`runbooks/${alert}.md`);
    }
  });
});

describe('every page of the runbooks names the panel that shows what its text is about', () => {
  /** The panel that a text of a page names, written by hand, and the words that lead to it. */
  const NAMED: Readonly<Record<string, readonly [before: string, panel: Panel, dashboard: string]>> = {
    GatewayPushWaitHigh: ['The graph shows it: ', WAITS, 'Gateway: overview'],
    GatewayPushesFailing: [
      'The first errors in the graph that the message links as "Dashboard": ',
      PUSHES,
      'Gateway: overview',
    ],
    GatewayWritesTurnedAway: [
      'the first rejected write within a day. An earlier burst counts as well; the graph separates them: ',
      REJECTED,
      'Gateway: overview',
    ],
    gateway: ['The same as graphs: ', PHASES, 'Gateway: relay'],
  };
  const linesOf = (dashboardLinks: string | undefined) =>
    renderRunbooks(
      buildBundle(
        parseConfig({
          watchdog: 'on',
          workers: { alwaysOn: true },
          ...(dashboardLinks !== undefined && { links: { dashboards: dashboardLinks } }),
        }),
        definitions(),
      ),
    ).flatMap(({ path, content }) =>
      content
        .split('\n')
        .filter((line) => line.includes('on the dashboard '))
        .map((line) => [path.replace(/^runbooks\/|\.md$/g, ''), line] as const),
    );

  it.each([
    ['by its title', undefined],
    ['with a link', 'https://grafana.example.org'],
  ])('%s', (_, links) => {
    const lines = linesOf(links);
    expect(lines.map(([page]) => page).sort()).toEqual(Object.keys(NAMED).sort());
    for (const [page, line] of lines) {
      const [before = '', [uid, id, title] = PHASES, dashboard = ''] = NAMED[page] ?? [];
      const panel = links === undefined ? `"${title}"` : `["${title}"](${links}/d/${uid}?viewPanel=${id})`;
      expect([page, line]).toEqual([
        page,
        expect.stringContaining(`${before}${panel} on the dashboard ${dashboard}.`),
      ]);
      expect([page, titleOf(uid, id)]).toEqual([page, title]);
    }
  });
});
