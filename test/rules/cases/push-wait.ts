import type { RuleCase } from '../rule-case.js';

const PUSHES = 'result:gateway_pending_write_pushes:increase';
const RELAY_PUSHES = 'relay_result:gateway_pending_write_pushes:increase';
const SLOW = 'gateway:gateway_pending_write_push_wait_slow:ratio';
const UP = 'up{job="gateway", instance="g1"}';
const pushes = (labels: string) => `gateway_pending_write_push_total{job="gateway", instance="g1"${labels}}`;
const bucket = (le: string, relay = 'a') =>
  `gateway_pending_write_push_wait_seconds_bucket{job="gateway", instance="g1", relay="${relay}", le="${le}"}`;
const success = { result: 'success' };
const error = { result: 'error' };

export const pushWaitCases: readonly RuleCase[] = [
  {
    rule: 'GatewayPushWaitHigh',
    name: 'fires when more than half of the acknowledgements have been slow for 20 minutes, and ends with it',
    aspects: ['fires', 'boundary', 'resolves'],
    series: { [SLOW]: '0.5 0.5 0.51x40 0.5' },
    firing: { '20m30s': [], '21m': [{}], '21m30s': [] },
  },
  {
    rule: 'GatewayPushWaitHigh',
    name: 'stays silent for workers that came back together once',
    aspects: ['silent'],
    series: { [SLOW]: '1x30 stale' },
    firing: { '15m': [], '25m': [] },
  },
  {
    rule: 'GatewayPushWaitHigh',
    name: 'stays silent where no acknowledgement is recorded',
    aspects: ['absent'],
    series: {},
    firing: { '30m': [] },
  },

  {
    rule: 'GatewayPushesFailing',
    name: 'fires when more than half of the pushes have failed for 5 minutes, and ends when they succeed again',
    aspects: ['fires', 'resolves'],
    series: { [`${PUSHES}{result="error"}`]: '2x20 2x10', [`${PUSHES}{result="success"}`]: '1x20 3x10' },
    firing: { '4m30s': [], '5m': [{}], '10m': [{}], '10m30s': [] },
  },
  {
    rule: 'GatewayPushesFailing',
    name: 'stays silent when exactly half of them fail',
    aspects: ['boundary'],
    series: { [`${PUSHES}{result="error"}`]: '2x20', [`${PUSHES}{result="success"}`]: '2x20' },
    firing: { '6m': [] },
  },
  {
    rule: 'GatewayPushesFailing',
    name: 'fires for the very first failure, before there was any success',
    aspects: ['fires'],
    series: { [`${PUSHES}{result="error"}`]: '1x20' },
    firing: { '5m': [{}] },
  },
  {
    rule: 'GatewayPushesFailing',
    name: 'stays silent when nothing is pushed: every worker is away',
    aspects: ['silent'],
    series: { [`${PUSHES}{result="error"}`]: '0x20', [`${PUSHES}{result="success"}`]: '0x20' },
    firing: { '6m': [] },
  },
  {
    rule: 'GatewayPushesFailing',
    name: 'stays silent for a worker that refuses once while it restarts',
    aspects: ['silent'],
    series: { [`${PUSHES}{result="error"}`]: '1x20', [`${PUSHES}{result="success"}`]: '0 0 1x20' },
    firing: { '5m': [], '8m': [] },
  },
  {
    rule: 'GatewayPushesFailing',
    name: 'stays silent where nothing is measured',
    aspects: ['absent'],
    series: {},
    firing: { '6m': [] },
  },

  {
    rule: PUSHES,
    name: 'counts the first push of a counter that is born at 1, then its increase',
    aspects: ['fires'],
    series: {
      [UP]: '1x60',
      [pushes(', result="error"')]: '_x30 1x30',
      [pushes(', result="success"')]: '5x60',
    },
    samples: {
      '14m': [{ labels: success, value: 0 }],
      '17m': [
        { labels: success, value: 0 },
        { labels: error, value: 1 },
      ],
      '29m': [
        { labels: success, value: 0 },
        { labels: error, value: 0 },
      ],
    },
  },
  {
    rule: PUSHES,
    name: 'does not take a counter for newborn because Prometheus did not scrape the gateway 7 minutes ago',
    aspects: ['silent', 'boundary'],
    series: { [UP]: '0x10 1x40', [pushes(', result="success"')]: '_x10 500x40' },
    samples: { '8m': [{ labels: success, value: 0 }] },
  },
  {
    rule: PUSHES,
    name: 'sums gateway processes and relays, and leaves out other jobs',
    aspects: ['fires'],
    series: {
      [UP]: '1x60',
      'up{job="gateway", instance="g2"}': '1x60',
      [pushes(', result="success", relay="a"')]: '_x40 2x20',
      'gateway_pending_write_push_total{job="gateway", instance="g2", result="success", relay="b"}':
        '_x40 1x20',
      'gateway_pending_write_push_total{job="other", instance="o1", result="success"}': '_x40 9x20',
      'up{job="other", instance="o1"}': '1x60',
    },
    samples: { '22m': [{ labels: success, value: 3 }] },
  },
  {
    rule: PUSHES,
    name: 'is absent before the first push',
    aspects: ['absent'],
    series: { [UP]: '1x60' },
    samples: { '10m': [] },
  },
  {
    rule: PUSHES,
    name: 'starts from 1 again after a restart of the gateway',
    aspects: ['boundary'],
    series: { [UP]: '1x60', [pushes(', result="success"')]: '7x30 stale _x3 1x20' },
    samples: { '21m': [{ labels: success, value: 1 }] },
  },
  {
    rule: RELAY_PUSHES,
    name: 'counts by relay where the build has the label, and is absent where it has not',
    aspects: ['fires', 'silent', 'absent'],
    series: {
      [UP]: '1x60',
      [pushes(', result="success", relay="a"')]: '_x30 1x30',
      [pushes(', result="error", relay="b"')]: '_x30 2x30',
      [pushes(', result="success"')]: '_x30 9x30',
    },
    samples: {
      '14m': [],
      '17m': [
        { labels: { relay: 'a', ...success }, value: 1 },
        { labels: { relay: 'b', ...error }, value: 2 },
      ],
    },
  },
  {
    rule: SLOW,
    name: 'is the share of acknowledgements over 120 s among those within 600 s, written as Prometheus 2 writes bounds',
    aspects: ['fires', 'silent'],
    // per 30 s: 1 within 120 s, 4 within 600 s, and 10 more beyond the top bucket
    series: {
      [bucket('120')]: '0+1x60',
      [bucket('600')]: '0+4x60',
      [bucket('+Inf')]: '0+14x60',
      [bucket('60')]: '0+1x60',
      [bucket('300')]: '0+2x60',
    },
    samples: { '25m': [{ labels: {}, value: 0.75 }] },
  },
  {
    rule: SLOW,
    name: 'reads the bounds as Prometheus 3 writes them, all relays together',
    aspects: ['fires'],
    series: {
      [bucket('120.0')]: '0+3x60',
      [bucket('600.0')]: '0+4x60',
      [bucket('120.0', 'b')]: '0+1x60',
      [bucket('600.0', 'b')]: '0+4x60',
    },
    samples: { '25m': [{ labels: {}, value: 0.5 }] },
  },
  {
    rule: SLOW,
    name: 'is absent when no worker acknowledged within 10 minutes, and for a histogram that is never fed',
    aspects: ['absent', 'boundary'],
    series: { [bucket('120')]: '3x60', [bucket('600')]: '4x60', [bucket('+Inf')]: '4+1x60' },
    samples: { '25m': [] },
  },
];
