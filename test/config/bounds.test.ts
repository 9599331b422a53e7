import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { ConfigError } from '../../src/config/error.js';
import { parseConfig } from '../../src/config/load.js';

/** What a configuration is refused with. */
function messages(input: unknown): string[] {
  try {
    buildBundle(parseConfig(input), definitions());
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n');
  }
  return [];
}

/** The fields that a configuration is refused for. */
const refused = (input: unknown) =>
  messages(input).map((line) => /^(?:.*?: )?([\w.]+): /.exec(line)?.[1] ?? line);

const at = (path: string, value: unknown): Record<string, unknown> =>
  path.split('.').reduceRight<unknown>((inner, key) => ({ [key]: inner }), value) as Record<string, unknown>;

/** Each bound with the last value on its good side and the first one on its bad side. Scrapes are 30 s apart unless it says otherwise. */
const BOUNDS: readonly (readonly [field: string, good: unknown, bad: unknown, others?: object])[] = [
  // The ladder of ages: 1h, 16h, 24h.
  ['thresholds.pendingWrites.infoAfter', '15h59m59s', '16h'],
  ['thresholds.pendingWrites.warningAfter', '23h59m59s', '24h'],
  ['thresholds.replicaFallback.infoAfter', '15h59m59s', '16h'],
  // A lease lasts ten minutes.
  ['thresholds.leaseExpiry.expiringWithin', '9m59s', '10m'],
  // Prometheus looks back for five minutes.
  [
    'scrapeInterval',
    '4m59s',
    '5m',
    {
      rateWindow: '1h',
      thresholds: {
        leaseExpiry: { wantedWithin: '1h', expiringWithin: '50m', leaseDuration: '2h' },
        replicaFallback: { quietAfter: '1h' },
        workerQueue: { disagreeAfter: '1h' },
        pendingWrites: { stuckAfter: '2h', unpushedAfter: '2h' },
      },
    },
  ],
  ['evaluationInterval', '4m59s', '5m'],
  // Four scrapes.
  ['rateWindow', '2m', '1m59s'],
  [
    'rateWindow',
    '4m',
    '3m59s',
    { scrapeInterval: '1m', thresholds: { leaseExpiry: { wantedWithin: '4m' } } },
  ],
  ['thresholds.leaseExpiry.wantedWithin', '2m', '1m59s'],
  ['thresholds.replicaFallback.quietAfter', '2m', '1m59s'],
  // Two scrapes.
  ['thresholds.leaseExpiry.expiringWithin', '1m', '59s'],
  ['thresholds.workerQueue.disagreeAfter', '1m', '59s'],
  // Six minutes between two pushes, and three scrapes.
  ['thresholds.pendingWrites.stuckAfter', '7m30s', '7m29s'],
  ['thresholds.pendingWrites.unpushedAfter', '7m30s', '7m29s'],
  // A bucket of the histogram, and not its last one.
  ['thresholds.pushWait.slowSeconds', 5, 4],
  ['thresholds.pushWait.slowSeconds', 300, 600],
  // Ranges of numbers.
  ['thresholds.pushWait.slowShare', 0, -0.001],
  ['thresholds.pushWait.slowShare', 1, 1.001],
  ['thresholds.pushWait.failedShare', 0, -0.001],
  ['thresholds.pushWait.failedShare', 1, 1.001],
  ['thresholds.replicaFallback.mirrorLagSeconds', 1, 0.999],
  ['thresholds.replicaFallback.mirrorLagSeconds', 86_400, 86_401],
  ['thresholds.objective.target', 0.5, 0.499],
  ['thresholds.objective.target', 0.9999, 0.99991],
  // Durations: a second to a year; those of an alert may be 0.
  ['thresholds.objective.clearedWithin', '1s', '0s'],
  ['thresholds.pendingWrites.carryFor', '1y', '1y1s'],
  ['alerts.GatewayPushWaitHigh.for', '0s', '-1s'],
  ['alerts.GatewayPushWaitHigh.keepFiringFor', '1y', '366d'],
  // A reason in words.
  ['alerts.GatewayPushWaitHigh.disabled', 'ten chars.', 'nine char'],
];

/** Puts one mapping into another, key by key. */
function merged(one: object, other: object): Record<string, unknown> {
  const out: Record<string, unknown> = { ...one };
  for (const [key, value] of Object.entries(other)) {
    const there = out[key];
    const both = typeof there === 'object' && there !== null && typeof value === 'object' && value !== null;
    out[key] = both && !Array.isArray(value) ? merged(there, value) : value;
  }
  return out;
}

describe('a setting at its bound', () => {
  it.each(BOUNDS.map(([field, good, bad, others = {}]) => ({ field, good, bad, others })))(
    '$field can be $good and cannot be $bad',
    ({ field, good, bad, others }) => {
      expect(refused(merged(others, at(field, good)))).toEqual([]);
      expect(refused(merged(others, at(field, bad)))).toEqual([field]);
    },
  );

  it('moves with the setting that it is compared with', () => {
    const ages = (info: string, warning: string, critical: string) => ({
      thresholds: {
        pendingWrites: { infoAfter: info, warningAfter: warning, criticalAfter: critical },
      },
    });
    expect(refused(ages('1m', '2m', '3m'))).toEqual([]);
    expect(refused(ages('2m', '2m', '3m'))).toEqual(['thresholds.pendingWrites.infoAfter']);
    expect(refused(ages('1m', '3m', '3m'))).toEqual(['thresholds.pendingWrites.warningAfter']);
    const fallback = (info: string, warning: string) => ({
      thresholds: { replicaFallback: { infoAfter: info, warningAfter: warning } },
    });
    expect(refused(fallback('1h', '2h'))).toEqual([]);
    expect(refused(fallback('2h', '2h'))).toEqual(['thresholds.replicaFallback.infoAfter']);
    const lease = (expiring: string, term: string) => ({
      thresholds: { leaseExpiry: { expiringWithin: expiring, leaseDuration: term } },
    });
    expect(refused(lease('19m', '20m'))).toEqual([]);
    expect(refused(lease('20m', '20m'))).toEqual(['thresholds.leaseExpiry.expiringWithin']);
    // Three scrapes more than the six minutes.
    const stuck = (scrapeInterval: string, stuckAfter: string) => ({
      scrapeInterval,
      rateWindow: '10m',
      thresholds: {
        pendingWrites: { stuckAfter },
        leaseExpiry: { wantedWithin: '10m' },
      },
    });
    expect(refused(stuck('1m', '9m'))).toEqual([]);
    expect(refused(stuck('1m', '8m59s'))).toEqual(['thresholds.pendingWrites.stuckAfter']);
  });
});

describe('jobs', () => {
  it.each([
    ['gateway', 'gateway-exporter', []],
    ['gateway', 'gateway', ['jobs.exporter']],
    // One selects what the other one is called, from either side.
    ['gateway.*', 'gateway-exporter', ['jobs.exporter']],
    ['gateway-1', 'gateway-.*', ['jobs.exporter']],
    ['gateway', '.*', ['jobs.exporter']],
    ['gw-(a|b)', 'gw-(c|d)', []],
  ])('gateway %s and exporter %s', (gateway, exporter, fields) => {
    expect(refused({ jobs: { gateway, exporter } })).toEqual(fields);
  });
});

describe('labels', () => {
  it.each([
    ['a label that only this site has', { groupBy: ['cluster'], labels: { team: 'x' } }, []],
    ['a label that is grouped by', { groupBy: ['cluster'], labels: { cluster: 'x' } }, ['labels.cluster']],
    [
      'a label that is grouped by, on one alert',
      { groupBy: ['cluster'], alerts: { GatewayDown: { labels: { cluster: 'x' } } } },
      ['alerts.GatewayDown.labels.cluster'],
    ],
    ['a label of another alert', { alerts: { GatewayDown: { labels: { result: 'x' } } } }, []],
    [
      'a label that the alert measures',
      { alerts: { GatewayEscrowUnlocksFailing: { labels: { result: 'x' } } } },
      ['alerts.GatewayEscrowUnlocksFailing.labels.result'],
    ],
    ['a label of every target', { groupBy: ['cluster', 'zone'] }, []],
    ['a label of a metric', { groupBy: ['cluster', 'owner'] }, ['groupBy.1']],
    ['a label twice', { groupBy: ['cluster', 'cluster'] }, ['groupBy']],
  ])('%s', (_, config, fields) => {
    expect(refused(config)).toEqual(fields);
  });
});

const FOUR = 'a range must contain at least four scrapes, or one missed scrape makes it empty';
const PUSHES = 'pushes are up to 6 minutes apart, and a push for an earlier write must have left the window';
const LOOKBACK = 'expected less than 5m: Prometheus does not look further back for the last sample';
const HIDES =
  'is a label that the expression of GatewayEscrowUnlocksFailing returns; a fixed value would hide it';

describe('a refused configuration', () => {
  it.each([
    [
      at('thresholds.pendingWrites', { infoAfter: '16h', warningAfter: '1d', criticalAfter: '1d' }),
      [
        'thresholds.pendingWrites.warningAfter: found 1d, expected less than thresholds.pendingWrites.criticalAfter (1d): the warning must come before the critical alert',
      ],
    ],
    [
      at('thresholds.replicaFallback', { infoAfter: '2h', warningAfter: '1h' }),
      [
        'thresholds.replicaFallback.infoAfter: found 2h, expected less than thresholds.replicaFallback.warningAfter (1h): info must come before the warning',
      ],
    ],
    [
      at('thresholds.leaseExpiry.expiringWithin', '10m'),
      [
        'thresholds.leaseExpiry.expiringWithin: found 10m, expected less than thresholds.leaseExpiry.leaseDuration (10m): otherwise every lease counts as about to expire from its first second',
      ],
    ],
    [{ evaluationInterval: '5m' }, [`evaluationInterval: found 5m, ${LOOKBACK}`]],
    [
      at('thresholds.replicaFallback.quietAfter', '119s'),
      [`thresholds.replicaFallback.quietAfter: found 119s, expected at least 120s: ${FOUR}`],
    ],
    [
      at('thresholds.leaseExpiry.expiringWithin', '59s'),
      [
        'thresholds.leaseExpiry.expiringWithin: found 59s, expected at least 60s: within less than two scrapes, it can go unnoticed',
      ],
    ],
    [
      at('thresholds.workerQueue.disagreeAfter', '59s'),
      [
        'thresholds.workerQueue.disagreeAfter: found 59s, expected at least 60s: two jobs are never scraped at the same time',
      ],
    ],
    [
      at('thresholds.pendingWrites.stuckAfter', '7m'),
      [`thresholds.pendingWrites.stuckAfter: found 7m, expected at least 450s: ${PUSHES}`],
    ],
    [
      { jobs: { gateway: 'gateway.*', exporter: 'gateway-exporter' } },
      [
        'jobs.exporter: found "gateway-exporter", which selects targets of jobs.gateway ("gateway.*") as well; expected another job',
      ],
    ],
    [
      at('thresholds.pushWait.slowSeconds', 61),
      [
        'thresholds.pushWait.slowSeconds: found 61; expected a bucket bound of gateway_pending_write_push_wait_seconds: 5, 15, 30, 60, 120, 300',
      ],
    ],
    ...[600, 601].map(
      (found) =>
        [
          at('thresholds.pushWait.slowSeconds', found),
          [
            `thresholds.pushWait.slowSeconds: found ${found}, which is not below the top bucket of 600; expected a bucket bound of gateway_pending_write_push_wait_seconds: 5, 15, 30, 60, 120, 300`,
          ],
        ] as const,
    ),
    [
      { groupBy: ['cluster', 'owner'] },
      [
        'groupBy.1: found "owner", which is a label of gateway_blind_peer_mirror_state itself; expected a label that every target has',
      ],
    ],
    [
      { alerts: { GatewayDwn: { severity: 'info' }, Unheard: { severity: 'info' } } },
      [
        'alerts.GatewayDwn: no alert has this name, did you mean "GatewayDown"?',
        'alerts.Unheard: no alert has this name',
      ],
    ],
    [
      { alerts: { GatewayEscrowUnlocksFailing: { labels: { result: 'x', team: 'y' } } } },
      [`alerts.GatewayEscrowUnlocksFailing.labels.result: ${HIDES}`],
    ],
    [
      { groupBy: ['cluster'], labels: { cluster: 'x' } },
      ['labels.cluster: is also in groupBy; a fixed value would hide the measured one'],
    ],
    [
      {
        externalLabels: { cluster: 'x' },
        labels: { cluster: 'y' },
        alerts: { GatewayDown: { labels: { cluster: 'z' } } },
      },
      ['labels.cluster', 'alerts.GatewayDown.labels.cluster'].map(
        (field) =>
          `${field}: is also in externalLabels, which it would replace; expected it in one of the two`,
      ),
    ],
  ] as const)('%j names the field, what was found and what is expected', (input, expected) => {
    expect(messages(input)).toEqual(expected.map((line) => `configuration: ${line}`));
  });

  it('names a label that an alert measures for each alert that a label of the site would hide it from', () => {
    const hidden = messages({ labels: { result: 'x' } });
    expect(hidden).toContain(`configuration: labels.result: ${HIDES}`);
    expect(
      hidden.every((line) =>
        line.startsWith('configuration: labels.result: is a label that the expression of '),
      ),
    ).toBe(true);
  });
});

describe('settings that a target cannot use', () => {
  const pattern = (name: string, found: string) =>
    `configuration: jobs.${name}: found "${found}", a pattern, but the target kubernetes writes a monitor that sets one job; expected a plain name, or kubernetes.monitors: off`;
  const tick =
    'configuration: evaluationInterval: found 15s, but Grafana evaluates the alert rules of the target grafana-provisioning at multiples of 10s; expected a multiple, or grafanaProvisioning.alertRules: off';

  it.each([
    [{ targets: ['kubernetes'] }, []],
    [{ targets: ['kubernetes'], jobs: { gateway: 'my gateway/a:b_c-1' } }, []],
    [{ targets: ['kubernetes'], jobs: { gateway: 'gw|other' } }, [pattern('gateway', 'gw|other')]],
    [{ targets: ['kubernetes'], jobs: { gateway: '.w' } }, [pattern('gateway', '.w')]],
    [{ targets: ['kubernetes'], jobs: { exporter: 'wor.er' } }, [pattern('exporter', 'wor.er')]],
    [{ targets: ['kubernetes'], kubernetes: { monitors: 'off' }, jobs: { exporter: 'wor.er' } }, []],
    [{ targets: ['grafana-provisioning'], jobs: { exporter: 'wor.er' } }, []],
    [{ targets: ['grafana-provisioning'], evaluationInterval: '15s' }, [tick]],
    [{ targets: ['grafana-provisioning'], evaluationInterval: '20s' }, []],
    [
      {
        targets: ['grafana-provisioning'],
        grafanaProvisioning: { alertRules: 'off' },
        evaluationInterval: '15s',
      },
      [],
    ],
    [{ targets: ['kubernetes'], evaluationInterval: '15s' }, []],
  ])('%j', (input, expected) => {
    expect(messages(input)).toEqual(expected);
  });
});
