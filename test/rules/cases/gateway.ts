import type { RuleCase } from '../rule-case.js';

const UP = 'up{job="gateway", instance="g1"}';
const g1 = { job: 'gateway', instance: 'g1' };
const metric = (name: string) => `${name}{job="gateway", instance="g1"}`;
const ALWAYS = [
  'process_start_time_seconds',
  'gateway_active_sessions',
  'gateway_active_peers',
  'gateway_blind_peer_active',
];

export const gatewayCases: readonly RuleCase[] = [
  {
    rule: 'GatewayDown',
    name: 'fires for a gateway process that could not be scraped for 2 minutes, and ends when it can',
    aspects: ['fires', 'boundary', 'resolves', 'silent'],
    series: {
      [UP]: '1 0x6 1',
      'up{job="gateway", instance="g2"}': '1x20',
      'up{job="node", instance="n1"}': '0x20',
    },
    firing: { '2m': [], '2m30s': [g1], '3m30s': [g1], '4m': [] },
  },
  {
    rule: 'GatewayDown',
    name: 'stays silent without a target: GatewayMissing says so',
    aspects: ['absent'],
    series: {},
    firing: { '5m': [] },
  },
  {
    rule: 'GatewayMissing',
    name: 'fires when there has been no gateway target for 5 minutes, and ends with the first one',
    aspects: ['fires', 'boundary', 'resolves', 'absent'],
    series: { [UP]: '1 stale _x20 0', 'up{job="node", instance="n1"}': '1x50' },
    firing: { '5m': [], '5m30s': [{ job: 'gateway' }], '11m': [] },
  },
  {
    rule: 'GatewayMissing',
    name: 'stays silent for a gateway that is down',
    aspects: ['silent'],
    series: { [UP]: '0x60' },
    firing: { '20m': [] },
  },
  ...ALWAYS.map(
    (missing): RuleCase => ({
      rule: 'GatewayMetricsMissing',
      name: `fires when a gateway that is scraped has been without ${missing} for 5 minutes, and ends when it is back`,
      aspects: ['fires', 'boundary', 'resolves'],
      series: {
        [UP]: '1x40',
        ...Object.fromEntries(
          ALWAYS.map((name) => [metric(name), name === missing ? '1 stale _x18 1x20' : '1x40']),
        ),
        // the metric of another process or job is not this one's
        [`${missing}{job="gateway", instance="g2"}`]: '1x40',
        [`${missing}{job="other", instance="g1"}`]: '1x40',
        // another job has none of them and need not
        'up{job="other", instance="o1"}': '1x40',
      },
      firing: { '5m': [], '5m30s': [g1], '10m': [] },
    }),
  ),
  {
    rule: 'GatewayMetricsMissing',
    name: 'stays silent while every metric is there, also for labelled ones that are not born yet',
    aspects: ['silent'],
    series: { [UP]: '1x40', ...Object.fromEntries(ALWAYS.map((name) => [metric(name), '0x40'])) },
    firing: { '10m': [] },
  },
  {
    rule: 'GatewayMetricsMissing',
    name: 'does not take the metrics of another process or job for those of this one',
    aspects: ['fires'],
    series: {
      [UP]: '1x40',
      ...Object.fromEntries(ALWAYS.map((name) => [`${name}{job="gateway", instance="g2"}`, '1x40'])),
      ...Object.fromEntries(ALWAYS.map((name) => [`${name}{job="other", instance="g1"}`, '1x40'])),
    },
    firing: { '10m': [g1] },
  },
  {
    rule: 'GatewayMetricsMissing',
    name: 'stays silent for a gateway that is down',
    aspects: ['absent', 'silent'],
    series: { [UP]: '0x40' },
    firing: { '10m': [] },
  },
];
