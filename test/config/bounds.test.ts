import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { ConfigError } from '../../src/config/error.js';
import { parseConfig } from '../../src/config/load.js';

/** The fields that a configuration is refused for. */
function refused(input: unknown): string[] {
  try {
    buildBundle(parseConfig(input), definitions());
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.message.split('\n').map((line) => /^(?:.*?: )?([\w.]+): /.exec(line)?.[1] ?? line);
  }
  return [];
}

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
