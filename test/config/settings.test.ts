import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { renderRunbooks } from '../../src/renderers/runbooks/index.js';
import { changed, outputsFor } from './changed.js';

/** What one setting changes, written by hand: rules by name, panels as `dashboard id`, and what else there is. */
interface Effect {
  readonly rules?: readonly string[];
  readonly panels?: readonly string[];
  readonly others?: readonly string[];
  /** What stands in every rule that it changes: the value as the rule writes it. */
  readonly written?: string | RegExp;
}

/** Where the age of pending writes has the colours of its alerts. */
const PENDING_AGES = [
  'gateway-escrow-leases 5',
  'gateway-overview 15',
  'gateway-overview 2',
  'gateway-push-resync 9',
  'gateway-relay 2',
  'gateway-worker-queue 4',
];
const FALLBACK_AGES = ['gateway-relay 5', 'gateway-replica-fallback 4', 'gateway-replica-fallback 5'];
const LEASES_LEFT = [
  'gateway-escrow-leases 3',
  'gateway-escrow-leases 5',
  'gateway-overview 15',
  'gateway-overview 6',
  'gateway-relay 10',
  'gateway-relay 3',
  'gateway-replica-fallback 5',
];
/** Panels whose text links to a step of the operator procedure. */
const LINK_STEPS = [
  ...[10, 6].map((id) => `gateway-escrow-leases ${id}`),
  ...[1, 2, 9].map((id) => `gateway-push-resync ${id}`),
  ...[14, 17, 18, 20, 22, 23, 6, 8].map((id) => `gateway-relay ${id}`),
  'gateway-replica-fallback 2',
  ...[10, 2, 8].map((id) => `gateway-worker-queue ${id}`),
];
/** Panels that alerts lead to. */
const EXPLAIN_ALERTS = [
  ...[2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 15].map((id) => `gateway-overview ${id}`),
  'gateway-push-resync 11',
];

const EFFECTS: readonly (readonly [setting: string, value: unknown, effect: Effect])[] = [
  ['thresholds.pendingWrites.infoAfter', '2h', { rules: ['GatewayPendingWritesWaiting'], written: '> 7200' }],
  [
    'thresholds.pendingWrites.warningAfter',
    '17h',
    { rules: ['GatewayPendingWritesOld'], written: '> 61200', panels: PENDING_AGES },
  ],
  [
    'thresholds.pendingWrites.criticalAfter',
    '25h',
    { rules: ['GatewayPendingWritesOverdue'], written: '> 90000', panels: PENDING_AGES },
  ],
  [
    'thresholds.pendingWrites.stuckAfter',
    '11m',
    {
      rules: [
        'GatewayPushesNotIngested',
        'instance:pending_writes_queue_progress:group',
        'relay:gateway_pending_writes_stuck:max',
      ],
      panels: ['gateway-overview 15', 'gateway-push-resync 7', 'gateway-push-resync 9', 'gateway-relay 21'],
    },
  ],
  [
    'thresholds.pendingWrites.carryFor',
    '13h',
    { rules: ['relay:gateway_pending_writes:seen_timestamp_seconds'], written: '46800' },
  ],
  [
    'thresholds.pendingWrites.unpushedAfter',
    '12m',
    { rules: ['GatewayPendingWritesNotPushed'], written: '> 720' },
  ],
  [
    'thresholds.pushWait.slowSeconds',
    60,
    {
      rules: ['GatewayPushWaitHigh', 'gateway:gateway_pending_write_push_wait_slow:ratio'],
      written: /le=~"60|than 60 s/,
    },
  ],
  [
    'thresholds.pushWait.slowShare',
    0.4,
    {
      rules: ['GatewayPushWaitHigh'],
      written: '> 0.4',
      panels: ['gateway-overview 5', 'gateway-push-resync 6'],
    },
  ],
  [
    'thresholds.pushWait.failedShare',
    0.6,
    { rules: ['GatewayPushesFailing'], written: '> 0.6', panels: ['gateway-push-resync 2'] },
  ],
  [
    'thresholds.leaseExpiry.expiringWithin',
    '3m',
    {
      rules: ['GatewayEscrowLeaseExpiring'],
      // And one scrape.
      written: '<= 210',
      panels: ['gateway-escrow-leases 1', 'gateway-escrow-leases 4', ...LEASES_LEFT],
    },
  ],
  [
    'thresholds.leaseExpiry.wantedWithin',
    '4m',
    {
      panels: ['gateway-escrow-leases 5', 'gateway-replica-fallback 5', 'gateway-replica-fallback 6'],
      rules: [
        'GatewayEscrowLeaseExpired',
        'GatewayEscrowLeaseExpiredWritesWanted',
        'relay:gateway_relay_fallback_writes_accepted:increase',
        'relay:gateway_relay_fallback_writes_unmarked:increase',
        'relay:gateway_writes_not_marked:timestamp_seconds',
      ],
    },
  ],
  // It is there to compare expiringWithin with.
  ['thresholds.leaseExpiry.leaseDuration', '20m', {}],
  [
    'thresholds.replicaFallback.infoAfter',
    '5h',
    { rules: ['GatewayReplicaMainPath'], written: '> 18000', panels: FALLBACK_AGES },
  ],
  [
    'thresholds.replicaFallback.warningAfter',
    '18h',
    { rules: ['GatewayReplicaMainPathTooLong'], written: '> 64800', panels: FALLBACK_AGES },
  ],
  [
    'thresholds.replicaFallback.quietAfter',
    '40m',
    { rules: ['relay:gateway_replica_fallback:start_timestamp_seconds'], written: '40m' },
  ],
  [
    'thresholds.replicaFallback.mirrorLagSeconds',
    800,
    {
      rules: ['GatewayFallbackOnStaleMirror'],
      written: '> 800',
      panels: ['gateway-overview 9', 'gateway-relay 6', 'gateway-replica-fallback 7'],
    },
  ],
  [
    'thresholds.workerQueue.pendingAfter',
    '35m',
    { rules: ['WorkerQueuePendingTooLong'], written: 'for: 35m', panels: ['gateway-worker-queue 6'] },
  ],
  [
    'thresholds.workerQueue.disagreeAfter',
    '14m',
    {
      // An entry that changes all the time within it does not stay pending.
      rules: ['WorkerMissedPendingWrites', 'WorkerPendingWritesOrphaned', 'WorkerQueuePendingTooLong'],
      written: '14m',
    },
  ],
  [
    'thresholds.objective.clearedWithin',
    '15h',
    {
      rules: [
        'GatewayPendingWritesObjectiveFastBurn',
        'GatewayPendingWritesObjectiveSlowBurn',
        'gateway:gateway_pending_writes_late:count',
      ],
      panels: ['gateway-push-resync 11'],
      written: /54000|15h/,
    },
  ],
  [
    'thresholds.objective.target',
    0.98,
    {
      rules: ['GatewayPendingWritesObjectiveFastBurn', 'GatewayPendingWritesObjectiveSlowBurn'],
      panels: ['gateway-push-resync 11'],
    },
  ],
  [
    'alerts.GatewayPushWaitHigh.severity',
    'info',
    { rules: ['GatewayPushWaitHigh'], written: 'severity: info' },
  ],
  ['alerts.GatewayPushWaitHigh.for', '21m', { rules: ['GatewayPushWaitHigh'], written: 'for: 21m' }],
  [
    'alerts.GatewayPushWaitHigh.keepFiringFor',
    '6m',
    { rules: ['GatewayPushWaitHigh'], written: 'keep_firing_for: 6m' },
  ],
  [
    'alerts.GatewayPushWaitHigh.labels',
    { team: 'storage' },
    { rules: ['GatewayPushWaitHigh'], written: 'team: storage' },
  ],
  [
    'alerts.GatewayPushWaitHigh.disabled',
    'no build of ours records it',
    { rules: ['GatewayPushWaitHigh'], panels: ['gateway-overview 5'] },
  ],
  [
    'workers.alwaysOn',
    true,
    {
      rules: [
        'GatewayPendingWritesForgotten',
        'GatewayPendingWritesNotPushed',
        'PendingWritesExporterDown',
        'PendingWritesExporterMissing',
        'WorkerMissedPendingWrites',
      ],
    },
  ],
  [
    'workers.exporterRunsWithWorker',
    true,
    { rules: ['relay:pending_writes_worker_activity:timestamp_seconds'] },
  ],
  [
    'rateWindow',
    '6m',
    {
      panels: [
        'gateway-escrow-leases 5',
        'gateway-escrow-leases 9',
        'gateway-overview 8',
        'gateway-replica-fallback 5',
        'gateway-replica-fallback 6',
      ],
      rules: [
        'GatewayWritesTurnedAway',
        'gateway:gateway_escrow_leases_released:increase',
        'relay:gateway_pending_writes_stuck:max',
        'relay:gateway_relay_fallback_writes_readonly:increase',
        'relay:gateway_replica_fallback:rate',
      ],
    },
  ],
  [
    'scrapeInterval',
    '20s',
    {
      panels: [
        'gateway-overview 4',
        'gateway-push-resync 2',
        'gateway-push-resync 4',
        'gateway-push-resync 5',
        'gateway-relay 16',
      ],
      rules: [
        'GatewayEscrowLeaseExpiredWritesWanted',
        'GatewayEscrowLeaseExpiring',
        'GatewayPendingWritesForgotten',
        'GatewayPendingWritesNotPushed',
        'GatewayPushesFailing',
        'WorkerMissedPendingWrites',
        'relay:gateway_pending_writes_delivered:max',
        'relay:gateway_pending_writes_delivered:start_timestamp_seconds',
        'relay:gateway_relay_fallback_writes_unmarked:increase',
        'relay:gateway_writes_not_marked:timestamp_seconds',
        'relay_result:gateway_pending_write_pushes:increase',
        'result:gateway_pending_write_pushes:increase',
      ],
    },
  ],
  [
    'evaluationInterval',
    '40s',
    {
      rules: [
        // At the most so many changes of an entry are seen.
        'WorkerPendingWritesOrphaned',
        'WorkerQueuePendingTooLong',
        // The file's mtime, or an entry of it, is compared with that at the last evaluation.
        'instance:pending_writes_clock_offset:seconds',
        'instance:pending_writes_queue_progress:group',
        // It reads what it said at the last evaluation.
        'instance_relay:pending_writes_pending_last_seen:max',
        'instance_relay:pending_writes_update:timestamp_seconds',
        'relay:gateway_pending_writes_delivered:max',
        'relay:gateway_pending_writes_delivered:start_timestamp_seconds',
      ],
      panels: [
        'gateway-escrow-leases 10',
        'gateway-overview 16',
        'gateway-relay 24',
        'gateway-worker-queue 10',
      ],
      others: ['Alertmanager', 'interval of Grafana', 'interval of Kubernetes', 'interval of Prometheus'],
    },
  ],
  [
    'watchdog',
    'on',
    { rules: ['GatewayWatchdogFiring'], panels: ['gateway-overview 16'], others: ['Alertmanager'] },
  ],
  [
    'escrow',
    'off',
    {
      rules: [
        'GatewayEscrowLeaseExpired',
        'GatewayEscrowLeaseExpiredWritesWanted',
        'GatewayEscrowLeaseExpiring',
        'GatewayEscrowUnlocksFailing',
        'GatewayEscrowUnlocksRefused',
        'GatewayPushesNotIngested',
        'GatewayWritesTurnedAway',
        'WorkerRotationFailed',
        'relay:gateway_relay_phase:code',
      ],
      // Those whose colours or texts for missing data are about escrow, and those that alerts led to.
      panels: [
        ...[1, 2, 4, 6, 7, 8, 9, 10].map((id) => `gateway-escrow-leases ${id}`),
        'gateway-overview 10',
        'gateway-overview 8',
        'gateway-relay 13',
        'gateway-worker-queue 10',
        ...LEASES_LEFT,
      ],
      others: ['Alertmanager'],
    },
  ],
];

const settings = (path: string, value: unknown): unknown =>
  path.split('.').reduceRight((inner, key) => ({ [key]: inner }), value);

const before = outputsFor({});
const sorted = (names: readonly string[] = []) => [...names].sort();
const isAlert = (rule: string) => !rule.includes(':');

/** What a setting changes, after a check that every form of an output changes alike. */
function effectOf(path: string, value: unknown) {
  const after = outputsFor(settings(path, value));
  const rules = changed(before.rules, after.rules);
  const panels = changed(before.panels, after.panels);
  return { after, rules, panels, others: changed(before.others, after.others) };
}

const EVERY_DASHBOARD = [
  'gateway-escrow-leases',
  'gateway-overview',
  'gateway-push-resync',
  'gateway-relay',
  'gateway-replica-fallback',
  'gateway-worker-queue',
].flatMap((uid) => [`dashboard ${uid}`, `dashboard ${uid}, second schema`]);

describe('a setting changes the outputs that it is about and no others', () => {
  it.each(EFFECTS)('%s: %j', (path, value, effect) => {
    const { after, rules, panels, others } = effectOf(path, value);
    expect(rules).toEqual(sorted(effect.rules));
    expect(panels).toEqual(sorted(effect.panels));
    expect(others).toEqual(sorted([...(effect.others ?? []), 'settings of the folder']));
    // The rules for Kubernetes, those that Grafana evaluates and the panels of the second schema follow.
    expect(changed(before.kubernetes, after.kubernetes)).toEqual(rules);
    expect(changed(before.grafana, after.grafana)).toEqual(rules.filter(isAlert));
    expect(changed(before.panelsV2, after.panelsV2)).toEqual(panels);
    const { written } = effect;
    if (written !== undefined) {
      for (const name of rules) {
        expect(after.rules.get(name)).toMatch(written);
        expect(after.kubernetes.get(name)).toMatch(written);
      }
    }
  });

  it.each([
    ['labels', { team: 'storage' }, 'team: storage'],
    ['links.runbooks', 'https://docs.example.org', 'runbook_url: https://docs.example.org/'],
    ['links.dashboards', 'https://grafana.example.org', 'dashboard_url: https://grafana.example.org/d/'],
  ] as const)('%s reaches every alert and nothing recorded', (path, value, written) => {
    const { after, rules, panels, others } = effectOf(path, value);
    const alerts = [...before.rules.keys()].filter(isAlert).sort();
    expect(rules).toEqual(alerts);
    expect(changed(before.kubernetes, after.kubernetes)).toEqual(alerts);
    expect(changed(before.grafana, after.grafana)).toEqual(alerts);
    for (const name of alerts) expect(after.rules.get(name)).toMatch(written);
    expect(panels).toEqual(path === 'links.runbooks' ? sorted([...EXPLAIN_ALERTS, ...LINK_STEPS]) : []);
    // The notification templates link to both.
    expect(others).toEqual(
      path === 'labels' ? ['settings of the folder'] : ['Alertmanager', 'settings of the folder'],
    );
  });

  it('datasource.uid reaches the variable of every dashboard and every rule that Grafana evaluates', () => {
    const { after, rules, panels, others } = effectOf('datasource.uid', 'thanos');
    expect([rules, panels]).toEqual([[], []]);
    expect(others).toEqual(sorted([...EVERY_DASHBOARD, 'settings of the folder']));
    expect(changed(before.grafana, after.grafana)).toEqual([...before.grafana.keys()].sort());
    for (const rule of after.grafana.values()) {
      expect(rule).toContain('"datasourceUid":"thanos"');
      expect(rule).not.toContain('"prometheus","uid":"prometheus"');
    }
  });

  it.each([
    ['jobs.gateway', 'gw', 'job="gateway"'],
    ['jobs.exporter', 'workers', 'job="pending-writes-exporter"'],
  ])('%s reaches everything that names the job', (path, value, matcher) => {
    const { after, rules, panels } = effectOf(path, value);
    // Quotes are escaped in JSON and in the queries of descriptions.
    const naming = (texts: ReadonlyMap<string, string>) =>
      [...texts].filter(([, text]) => text.replaceAll('\\', '').includes(matcher)).map(([name]) => name);
    expect(naming(before.rules).length).toBeGreaterThan(10);
    expect(rules).toEqual(naming(before.rules).sort());
    expect(panels).toEqual(naming(before.panels).sort());
    for (const texts of [
      after.rules,
      after.kubernetes,
      after.grafana,
      after.panels,
      after.panelsV2,
      after.others,
    ]) {
      expect(naming(texts)).toEqual([]);
    }
  });

  it('groupBy reaches everything but what has no label, and texts', () => {
    const { after, rules, panels, others } = effectOf('groupBy', ['cluster']);
    const untouched = [...before.rules.keys()].filter((name) => !rules.includes(name));
    expect(untouched.sort()).toEqual(['GatewayMissing', 'PendingWritesExporterMissing']);
    expect([...before.panels.keys()].filter((name) => !panels.includes(name)).sort()).toEqual([
      'gateway-relay 14',
      'gateway-relay 20',
      'gateway-relay 22',
    ]);
    expect(others).toEqual(sorted([...EVERY_DASHBOARD, 'Alertmanager', 'settings of the folder']));
    expect(changed(before.kubernetes, after.kubernetes)).toEqual(rules);
  });

  it('externalLabels reaches the rules that Grafana evaluates, since Prometheus adds them to its own alerts', () => {
    const { after, rules, panels, others } = effectOf('externalLabels', { cluster: 'eu-1' });
    expect([rules, panels, others]).toEqual([[], [], ['settings of the folder']]);
    expect(changed(before.kubernetes, after.kubernetes)).toEqual([]);
    expect(changed(before.grafana, after.grafana)).toEqual([...before.grafana.keys()].sort());
    for (const rule of after.grafana.values()) expect(rule).toContain('"cluster":"eu-1"');
  });

  it('commands.stateFile reaches the commands of the runbook, and nothing else', () => {
    const { rules, panels, others } = effectOf('commands.stateFile', '/srv/worker/state.json');
    expect([rules, panels, others]).toEqual([[], [], ['settings of the folder']]);
    const runbook = (stateFile: string) =>
      renderRunbooks(buildBundle(parseConfig({ commands: { stateFile } }), definitions()))
        .filter(({ content }) => content.includes(stateFile))
        .map(({ path }) => path);
    expect(runbook('/srv/worker/state.json')).toContain('runbooks/gateway.md');
    expect(runbook('/srv/worker/state.json')).toEqual(runbook('/var/lib/worker/pending-writes-state.json'));
  });

  it('contacts reach the pages of the runbook, and nothing else', () => {
    const { rules, panels, others } = effectOf('contacts.gateway', 'Storage team');
    expect([rules, panels, others]).toEqual([[], [], ['settings of the folder']]);
  });

  it('is known for every setting', () => {
    const leaves = (value: unknown, path: readonly string[] = []): string[] =>
      typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
        ? Object.entries(value).flatMap(([key, child]) => leaves(child, [...path, key]))
        : [path.join('.')];
    const known = [
      ...EFFECTS.map(([path]) => path),
      ...['labels', 'datasource.uid', 'jobs.gateway', 'jobs.exporter', 'groupBy', 'links', 'alerts'],
      ...['commands.stateFile', 'contacts', 'externalLabels'],
      // test/renderers/targets.test.ts
      ...['targets', 'folder', 'mimir.namespace'],
      ...['grafanaProvisioning.dashboards', 'grafanaProvisioning.alertRules'],
      ...['namePrefix', 'labels', 'monitors', 'gateway.port', 'exporter.port'].map(
        (key) => `kubernetes.${key}`,
      ),
    ];
    expect(leaves(parseConfig({})).filter((path) => !known.includes(path))).toEqual([]);
  });
});
