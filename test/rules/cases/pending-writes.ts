import type { RuleCase } from '../rule-case.js';

const START = 'relay:gateway_pending_writes:start_timestamp_seconds';
const PENDING = 'relay:gateway_pending_writes:max';
const SEEN = 'relay:gateway_pending_writes:seen_timestamp_seconds';
const COUNT = 'gateway:gateway_pending_writes:count';
const CLEARED = 'gateway:gateway_pending_writes_cleared:count';
const LATE = 'gateway:gateway_pending_writes_late:count';
const PUSHES = 'result:gateway_pending_write_pushes:increase';
const RELAY_PUSHES = 'relay_result:gateway_pending_write_pushes:increase';
const TOLD = 'relay:gateway_pending_writes_delivered:start_timestamp_seconds';
const STUCK = 'relay:gateway_pending_writes_stuck:max';
const LAST_SEEN = 'instance_relay:pending_writes_pending_last_seen:max';
const ACTIVITY = 'relay:pending_writes_worker_activity:timestamp_seconds';
const WORKER = 'relay:pending_writes_pending:max';
const FILE_CLEARED = 'relay:pending_writes_cleared:timestamp_seconds';
const RELEASED = 'gateway:gateway_escrow_leases_released:increase';
const WRITTEN = 'instance:pending_writes_state_file_written:timestamp_seconds';
const UP = 'up{job="gateway", instance="g1"}';
const EXPORTER_UP = 'up{job="pending-writes-exporter", instance="w1"}';
const a = { relay: 'a' };
const b = { relay: 'b' };
const z = { relay: 'z' };

/** An alert that compares a relay's age with a threshold: the three differ in the threshold only. */
const ageCases = (
  rule: string,
  config: string,
  justAt: string,
  justOver: string,
  steps: number,
): RuleCase[] => [
  {
    rule,
    name: `fires once a relay has been pending for longer than ${config}, and ends when it is cleared`,
    aspects: ['fires', 'boundary', 'resolves'],
    series: { [`${START}{relay="a"}`]: `60x${steps} 0 _x20`, [`${START}{relay="c"}`]: `1x${steps}` },
    // c became pending a minute earlier, in the first second of all
    firing: { [justAt]: [{ relay: 'c' }], [justOver]: [a, { relay: 'c' }] },
  },
  {
    rule,
    name: 'ends as soon as the relay is cleared',
    aspects: ['resolves'],
    config: {
      thresholds: { pendingWrites: { infoAfter: '5m', warningAfter: '5m30s', criticalAfter: '6m' } },
    },
    series: { [`${START}{relay="a"}`]: '60x20 0 _x20' },
    firing: { '10m': [a], '10m30s': [], '12m': [] },
  },
  {
    rule,
    name: 'stays silent for a relay that was just cleared, and without any pending relay',
    aspects: ['silent'],
    series: { [`${START}{relay="a"}`]: `0x${steps}` },
    firing: { [justOver]: [] },
  },
  {
    rule,
    name: 'stays silent where nothing is measured',
    aspects: ['absent'],
    series: {},
    firing: { [justOver]: [] },
  },
  {
    rule,
    name: 'moves with the threshold of the site',
    aspects: ['boundary'],
    config: {
      thresholds: { pendingWrites: { infoAfter: '5m', warningAfter: '5m30s', criticalAfter: '6m' } },
    },
    series: { [`${START}{relay="a"}`]: '60x40' },
    firing: {
      [{
        GatewayPendingWritesWaiting: '6m',
        GatewayPendingWritesOld: '6m30s',
        GatewayPendingWritesOverdue: '7m',
      }[rule] ?? '']: [],
      [{
        GatewayPendingWritesWaiting: '6m30s',
        GatewayPendingWritesOld: '7m',
        GatewayPendingWritesOverdue: '7m30s',
      }[rule] ?? '']: [a],
    },
  },
];

const burn = (short: string, long: string, shortShare: string, longShare: string) => ({
  [`gateway:gateway_pending_writes_late:ratio_${short}`]: shortShare,
  [`gateway:gateway_pending_writes_late:ratio_${long}`]: longShare,
});

/** Both windows have to burn: the long one says that it matters, the short one that it goes on. */
const burnCases = (rule: string, pairs: readonly (readonly [string, string, number])[]): RuleCase[] => [
  ...pairs.flatMap(([short, long, limit]): RuleCase[] => [
    {
      rule,
      name: `fires when the ${long} and the ${short} share are both over ${limit}, and ends with the short one`,
      aspects: ['fires', 'resolves'],
      series: burn(short, long, `${limit + 0.001}x4 0x4`, `${limit + 0.001}x8`),
      firing: { '0m': [{}], '2m': [{}], '2m30s': [] },
    },
    {
      rule,
      name: `stays silent at exactly ${limit} over ${long}`,
      aspects: ['boundary'],
      series: burn(short, long, `${limit + 0.001}x4`, `${limit}x4`),
      firing: { '1m': [] },
    },
    {
      rule,
      name: `stays silent at exactly ${limit} over ${short}`,
      aspects: ['boundary'],
      series: burn(short, long, `${limit}x4`, `${limit + 0.001}x4`),
      firing: { '1m': [] },
    },
    {
      rule,
      name: `stays silent when only the ${long} share burns`,
      aspects: ['silent'],
      series: { [`gateway:gateway_pending_writes_late:ratio_${long}`]: '1x4' },
      firing: { '1m': [] },
    },
  ]),
  { rule, name: 'stays silent where nothing is late', aspects: ['absent'], series: {}, firing: { '1m': [] } },
];

export const pendingWritesCases: readonly RuleCase[] = [
  ...ageCases('GatewayPendingWritesWaiting', '1 h', '1h1m', '1h1m30s', 130),
  ...ageCases('GatewayPendingWritesOld', '16 h', '16h1m', '16h1m30s', 1930),
  ...ageCases('GatewayPendingWritesOverdue', '24 h', '24h1m', '24h1m30s', 2890),

  {
    rule: 'GatewayPendingWritesStuck',
    name: 'fires when a relay has been stuck for a minute, and ends with it',
    aspects: ['fires', 'boundary', 'resolves'],
    series: { [`${STUCK}{relay="a"}`]: '_x2 1x4 stale' },
    firing: { '1m30s': [], '2m': [a], '3m': [a], '3m30s': [] },
  },
  {
    rule: 'GatewayPendingWritesStuck',
    name: 'starts anew when the relay was not stuck in between',
    aspects: ['silent'],
    series: { [`${STUCK}{relay="a"}`]: '1 stale 1 stale 1 0x5' },
    firing: { '1m': [], '2m': [], '3m': [], '4m': [] },
  },
  {
    rule: 'GatewayPendingWritesStuck',
    name: 'stays silent where no relay is stuck',
    aspects: ['absent'],
    series: {},
    firing: { '5m': [] },
  },

  {
    rule: 'GatewayPushesNotIngested',
    name: 'fires when pushes are delivered and no relay is cleared for 10 minutes on top of the 10 it looks back',
    aspects: ['fires', 'boundary'],
    series: { [COUNT]: '1x60', [`${PUSHES}{result="success"}`]: '0.9x60', [CLEARED]: '0x60' },
    firing: { '9m30s': [], '10m': [{}] },
  },
  {
    rule: 'GatewayPushesNotIngested',
    name: 'stays silent as long as a relay is cleared now and then, and ends when one is',
    aspects: ['silent', 'resolves'],
    series: { [COUNT]: '2x80', [`${PUSHES}{result="success"}`]: '3x80', [CLEARED]: '0x10 1 0x44 1 0x40' },
    firing: { '20m': [], '25m': [], '27m': [{}], '28m30s': [] },
  },
  {
    rule: 'GatewayPushesNotIngested',
    name: 'stays silent while leases are released: a relay is cleared between two scrapes, again and again',
    aspects: ['silent', 'boundary', 'resolves'],
    series: {
      [COUNT]: '1x120',
      [`${PUSHES}{result="success"}`]: '6x120',
      [CLEARED]: '0x120',
      // the last release leaves its window at 10m; ten minutes later nothing was released for ten minutes, which is then true for ten
      [RELEASED]: '1x19 0x80 1x20',
    },
    firing: { '29m30s': [], '30m': [{}], '50m': [{}], '50m30s': [] },
  },
  {
    rule: 'GatewayPushesNotIngested',
    name: 'stays silent while a worker writes its file, and fires ten minutes after none has for ten',
    aspects: ['silent', 'boundary'],
    series: {
      [COUNT]: '1x120',
      [`${PUSHES}{result="success"}`]: '6x120',
      [CLEARED]: '0x120',
      [`${WRITTEN}{instance="w1"}`]: '30x120',
      [`${WRITTEN}{instance="w2"}`]: '300x120',
    },
    firing: { '24m30s': [], '25m': [{}] },
  },
  {
    rule: 'GatewayPushesNotIngested',
    name: 'stays silent for an hour after the last file of a worker whose exporter does not answer any more',
    aspects: ['silent', 'boundary'],
    series: {
      [COUNT]: '1x200',
      [`${PUSHES}{result="success"}`]: '6x200',
      [CLEARED]: '0x200',
      // gone at 15m, when it had written at 10m
      [`${WRITTEN}{instance="w1"}`]: '30x19 600x9 stale',
      // one that has written nothing for longer
      [`${WRITTEN}{instance="w2"}`]: '-3600x28 stale',
      // one that answers
      [`${WRITTEN}{instance="w3"}`]: '30x200',
    },
    firing: { '79m30s': [], '80m': [{}] },
  },
  {
    rule: 'GatewayPushesNotIngested',
    name: 'fires where the process that pushes has a pending relay, and the pushes of another one only fail',
    aspects: ['fires', 'boundary'],
    series: {
      [COUNT]: '1x120',
      [`${PUSHES}{result="success"}`]: '2x120',
      [CLEARED]: '0x120',
      [`${PENDING}{relay="a"}`]: '1x120',
      'up{job="gateway", instance="g1"}': '1x120',
      'up{job="gateway", instance="g2"}': '1x120',
      'gateway_pending_writes{job="gateway", instance="g1", relay="a"}': '1x120',
      'gateway_pending_writes{job="gateway", instance="g1", relay="b"}': '0x120',
      'gateway_pending_writes{job="gateway", instance="g2", relay="a"}': '0x120',
      'gateway_pending_write_push_total{job="gateway", instance="g1", result="success"}': '1+1x120',
      'gateway_pending_write_push_total{job="gateway", instance="g2", result="error"}': '1+1x120',
      'gateway_pending_write_push_total{job="gateway", instance="g2", result="success"}': '4x120',
      'gateway_pending_write_push_total{job="other", instance="o1", result="success"}': '1+1x120',
    },
    firing: { '9m30s': [], '10m': [{}] },
  },
  {
    rule: 'GatewayPushesNotIngested',
    name: 'stays silent while a process with nothing pending pushes: it reports what another one calls pending as cleared',
    aspects: ['silent', 'boundary'],
    series: {
      [COUNT]: '1x120',
      [`${PUSHES}{result="success"}`]: '2x120',
      [CLEARED]: '0x120',
      [`${PENDING}{relay="a"}`]: '1x120',
      'up{job="gateway", instance="g1"}': '1x120',
      'up{job="gateway", instance="g2"}': '1x120',
      'gateway_pending_writes{job="gateway", instance="g1", relay="a"}': '1x120',
      'gateway_pending_writes{job="gateway", instance="g2", relay="a"}': '0x120',
      'gateway_pending_writes{job="other", instance="g2", relay="a"}': '1x120',
      // the last one at 10m, which leaves the window of ten minutes ten minutes later
      'gateway_pending_write_push_total{job="gateway", instance="g2", result="success"}': '1x9 2x9 3x100',
    },
    firing: { '29m30s': [], '30m30s': [{}] },
  },
  {
    rule: 'GatewayPushesNotIngested',
    name: 'stays silent while a process pushes that says 0 of what another one calls pending, although it has a pending relay',
    aspects: ['silent', 'boundary'],
    series: {
      [COUNT]: '2x120',
      [`${PUSHES}{result="success"}`]: '2x120',
      [CLEARED]: '0x120',
      [`${PENDING}{relay="a"}`]: '1x120',
      [`${PENDING}{relay="b"}`]: '1x120',
      [`${PENDING}{relay="c"}`]: '1x120',
      'up{job="gateway", instance="g1"}': '1x120',
      'up{job="gateway", instance="g2"}': '1x120',
      'gateway_pending_writes{job="gateway", instance="g1", relay="a"}': '1x120',
      'gateway_pending_writes{job="gateway", instance="g1", relay="b"}': '0x120',
      'gateway_pending_writes{job="gateway", instance="g2", relay="b"}': '1x120',
      'gateway_pending_writes{job="gateway", instance="g2", relay="d"}': '0x120',
      'gateway_pending_writes{job="other", instance="g2", relay="c"}': '0x120',
      // the last one at 10m, which leaves the window of ten minutes ten minutes later; those of the other one are of the relay that it calls pending
      'gateway_pending_write_push_total{job="gateway", instance="g1", result="success"}': '1x9 2x9 3x100',
      'gateway_pending_write_push_total{job="gateway", instance="g2", result="success"}': '1+1x120',
    },
    firing: { '29m30s': [], '30m30s': [{}] },
  },
  {
    rule: 'GatewayPushesNotIngested',
    name: 'resolves for ten minutes after the first push of a process with nothing pending, whose counter has just appeared',
    aspects: ['silent', 'resolves', 'boundary'],
    series: {
      [COUNT]: '1x120',
      [`${PUSHES}{result="success"}`]: '2x120',
      [CLEARED]: '0x120',
      [`${PENDING}{relay="a"}`]: '1x120',
      'up{job="gateway", instance="g1"}': '1x120',
      // up for a quarter of an hour when the counter appears, at 25m
      'up{job="gateway", instance="g2"}': '0x19 1x100',
      'gateway_pending_writes{job="gateway", instance="g1", relay="a"}': '1x120',
      'gateway_pending_writes{job="gateway", instance="g2", relay="a"}': '0x120',
      'gateway_pending_write_push_total{job="gateway", instance="g2", result="success"}': '_x50 1x70',
    },
    firing: {
      '9m30s': [],
      '10m': [{}],
      '24m30s': [{}],
      '25m': [],
      '34m30s': [],
      '44m30s': [],
      '45m': [{}],
    },
  },
  {
    rule: 'GatewayPushesNotIngested',
    name: 'keeps firing where the counter that appears is that of a process that starts again, or of another job',
    aspects: ['fires'],
    series: {
      [COUNT]: '1x120',
      [`${PUSHES}{result="success"}`]: '2x120',
      [CLEARED]: '0x120',
      [`${PENDING}{relay="a"}`]: '1x120',
      'up{job="gateway", instance="g1"}': '1x120',
      'up{job="gateway", instance="g2"}': '0x49 1x70',
      'up{job="other", instance="g2"}': '1x120',
      'up{job="gateway", instance="g3"}': '1x120',
      'gateway_pending_writes{job="gateway", instance="g1", relay="a"}': '1x120',
      'gateway_pending_write_push_total{job="gateway", instance="g2", result="success"}': '_x50 7x70',
      'gateway_pending_write_push_total{job="other", instance="g3", result="success"}': '_x50 7x70',
      'gateway_pending_write_push_total{job="gateway", instance="g3", result="error"}': '_x50 7x70',
    },
    firing: { '9m30s': [], '10m': [{}], '24m30s': [{}], '25m30s': [{}], '30m': [{}] },
  },
  {
    rule: 'GatewayPushesNotIngested',
    name: 'is information where the site runs without escrow: no lease shows what is cleared between scrapes',
    aspects: ['fires'],
    config: { escrow: 'off' },
    series: { [COUNT]: '1x60', [`${PUSHES}{result="success"}`]: '0.9x60', [CLEARED]: '0x60' },
    firing: { '9m30s': [], '10m': [{}] },
  },
  {
    rule: 'GatewayPushesNotIngested',
    name: 'stays silent when pushes only fail',
    aspects: ['silent'],
    series: { [COUNT]: '2x60', [`${PUSHES}{result="error"}`]: '3x60', [CLEARED]: '0x60' },
    firing: { '20m': [] },
  },
  {
    rule: 'GatewayPushesNotIngested',
    name: 'stays silent when no push was delivered lately: every worker is away',
    aspects: ['silent'],
    series: { [COUNT]: '2x60', [`${PUSHES}{result="success"}`]: '0x60', [CLEARED]: '0x60' },
    firing: { '20m': [] },
  },
  {
    rule: 'GatewayPushesNotIngested',
    name: 'stays silent when no relay is pending',
    aspects: ['silent'],
    series: { [COUNT]: '0x60', [`${PUSHES}{result="success"}`]: '3x60', [CLEARED]: '0x60' },
    firing: { '20m': [] },
  },
  {
    rule: 'GatewayPushesNotIngested',
    name: 'leaves it to GatewayPendingWritesStuck where the relay is known',
    aspects: ['silent'],
    series: {
      [COUNT]: '2x60',
      [`${PUSHES}{result="success"}`]: '3x60',
      [CLEARED]: '0x60',
      [`${TOLD}{relay="a"}`]: '60x60',
    },
    firing: { '20m': [] },
  },
  {
    rule: 'GatewayPushesNotIngested',
    name: 'stays silent where nothing is measured',
    aspects: ['absent'],
    series: {},
    firing: { '20m': [] },
  },

  {
    rule: 'GatewayPendingWritesForgotten',
    name: 'fires when the gauge of a pending relay has been gone for 5 minutes and a worker was active after the write',
    aspects: ['fires', 'boundary', 'resolves'],
    series: {
      [UP]: '1x60',
      [`${START}{relay="a"}`]: '1x40 0 stale',
      [`${PENDING}{relay="a"}`]: '1x3 stale',
      [`${ACTIVITY}{relay="a"}`]: '32x60',
      [`${START}{relay="b"}`]: '60x60',
      [`${PENDING}{relay="b"}`]: '1x60',
      [`${ACTIVITY}{relay="b"}`]: '91x60',
    },
    firing: { '6m30s': [], '7m': [a], '20m': [a], '20m30s': [] },
  },
  {
    rule: 'GatewayPendingWritesForgotten',
    name: 'stays silent while the worker is away: its last act lies before the write, or less than a scrape after it',
    aspects: ['silent', 'boundary'],
    series: {
      [UP]: '1x60',
      [`${START}{relay="a"}`]: '60x60',
      [`${START}{relay="b"}`]: '60x60',
      [`${ACTIVITY}{relay="b"}`]: '90x60',
      // c's worker was active, and c's does not count for a
      [`${START}{relay="c"}`]: '0x60',
      [`${ACTIVITY}{relay="c"}`]: '91x60',
    },
    firing: { '20m': [] },
  },
  {
    rule: 'GatewayPendingWritesForgotten',
    name: 'stays silent for a relay that a worker has in its queue: it needs no push',
    aspects: ['silent'],
    series: {
      [UP]: '1x60',
      [`${START}{relay="a"}`]: '60x60',
      [`${ACTIVITY}{relay="a"}`]: '91x60',
      [`${LAST_SEEN}{instance="w1", relay="a"}`]: '1x60',
      [`${START}{relay="b"}`]: '60x60',
      [`${ACTIVITY}{relay="b"}`]: '91x60',
      [`${LAST_SEEN}{instance="w1", relay="b"}`]: '0x60',
    },
    firing: { '20m': [b] },
  },
  {
    rule: 'GatewayPendingWritesForgotten',
    name: 'needs no evidence where the site declares its workers always on, except where a file cannot be read',
    aspects: ['fires', 'silent'],
    config: { workers: { alwaysOn: true } },
    series: {
      [UP]: '1x60',
      [EXPORTER_UP]: '1x60',
      [`${START}{relay="a"}`]: '60x60',
      [`${START}{relay="b"}`]: '60x60',
      [`${ACTIVITY}{relay="b"}`]: '0x60',
      [`${START}{relay="c"}`]: '60x60',
      [`${LAST_SEEN}{instance="w1", relay="c"}`]: '1x60',
    },
    firing: { '20m': [a] },
  },
  {
    rule: 'GatewayPendingWritesForgotten',
    name: 'stays silent while one of the gateway processes is not scraped: its gauges may still be there',
    aspects: ['silent'],
    series: {
      [UP]: '1x40',
      'up{job="gateway", instance="g2"}': '0x40',
      [`${START}{relay="a"}`]: '60x40',
      [`${ACTIVITY}{relay="a"}`]: '91x40',
    },
    firing: { '10m': [] },
  },
  {
    rule: 'GatewayPendingWritesForgotten',
    name: 'stays silent where the gateway is not scraped at all',
    aspects: ['absent'],
    series: { [`${START}{relay="a"}`]: '60x40', [`${ACTIVITY}{relay="a"}`]: '91x40' },
    firing: { '10m': [] },
  },
  {
    rule: 'GatewayPendingWritesForgotten',
    name: 'takes no other job for the gateway',
    aspects: ['silent'],
    series: {
      [`${START}{relay="a"}`]: '60x40',
      [`${ACTIVITY}{relay="a"}`]: '91x40',
      'up{job="node", instance="n1"}': '1x40',
    },
    firing: { '10m': [] },
  },

  {
    rule: 'GatewayPendingWritesNotPushed',
    name: 'fires when a relay is pending for 10 minutes, its worker was active since, and no file knows of it for 10 more',
    aspects: ['fires', 'boundary', 'resolves'],
    series: {
      [`${START}{relay="a"}`]: '60x80',
      [`${PENDING}{relay="a"}`]: '1x60 stale',
      [`${ACTIVITY}{relay="a"}`]: '_x10 300x70',
      // its worker was last active one scrape after it became pending
      [`${START}{relay="b"}`]: '60x80',
      [`${PENDING}{relay="b"}`]: '1x80',
      [`${ACTIVITY}{relay="b"}`]: '90x80',
      // pending since the first second of all, its worker active 31 s later
      [`${START}{relay="c"}`]: '1x80',
      [`${PENDING}{relay="c"}`]: '1x44 stale',
      [`${ACTIVITY}{relay="c"}`]: '32x80',
      // cleared, and pending again a moment later
      [`${START}{relay="e"}`]: '0x80',
      [`${PENDING}{relay="e"}`]: '1x80',
      [`${ACTIVITY}{relay="e"}`]: '300x80',
      // a file says cleared, a file says pending
      [`${START}{relay="f"}`]: '60x80',
      [`${PENDING}{relay="f"}`]: '1x80',
      [`${ACTIVITY}{relay="f"}`]: '300x80',
      [`${WORKER}{relay="f"}`]: '0x80',
      [`${START}{relay="g"}`]: '60x80',
      [`${PENDING}{relay="g"}`]: '1x80',
      [`${ACTIVITY}{relay="g"}`]: '300x80',
      [`${WORKER}{relay="g"}`]: '1x80',
      // in the queue of a worker whose file is not seen now
      [`${START}{relay="h"}`]: '60x80',
      [`${PENDING}{relay="h"}`]: '1x80',
      [`${ACTIVITY}{relay="h"}`]: '300x80',
      [`${LAST_SEEN}{instance="w1", relay="h"}`]: '1x80',
      // its gauge is gone
      [`${START}{relay="d"}`]: '60x80',
      [`${ACTIVITY}{relay="d"}`]: '300x80',
      // pushes of other relays do not matter
      [`${PUSHES}{result="success"}`]: '9x80',
    },
    firing: {
      '20m': [],
      '20m30s': [{ relay: 'c' }],
      '21m': [{ relay: 'c' }],
      '21m30s': [a, { relay: 'c' }],
      '30m': [a],
      '30m30s': [],
    },
  },
  {
    rule: 'GatewayPendingWritesNotPushed',
    name: 'starts anew when a worker is first active late',
    aspects: ['boundary'],
    series: {
      [`${START}{relay="a"}`]: '60x200',
      [`${PENDING}{relay="a"}`]: '1x200',
      [`${ACTIVITY}{relay="a"}`]: '30x99 3000x100',
    },
    firing: { '59m30s': [], '60m': [a] },
  },
  {
    rule: 'GatewayPendingWritesNotPushed',
    name: 'looks at the pushes of the relay alone where the build counts them by relay',
    aspects: ['fires', 'silent'],
    series: {
      // delivered within the back-off
      [`${START}{relay="b"}`]: '60x80',
      [`${PENDING}{relay="b"}`]: '1x80',
      [`${ACTIVITY}{relay="b"}`]: '300x80',
      [`${RELAY_PUSHES}{relay="b", result="success"}`]: '0.9x80',
      // none lately
      [`${START}{relay="a"}`]: '60x80',
      [`${PENDING}{relay="a"}`]: '1x80',
      [`${ACTIVITY}{relay="a"}`]: '300x80',
      [`${RELAY_PUSHES}{relay="a", result="success"}`]: '0x80',
      // refused: the gateway only pushes to workers that are online
      [`${START}{relay="c"}`]: '60x80',
      [`${PENDING}{relay="c"}`]: '1x80',
      [`${RELAY_PUSHES}{relay="c", result="error"}`]: '0.9x80',
      // refused long ago
      [`${START}{relay="d"}`]: '60x80',
      [`${PENDING}{relay="d"}`]: '1x80',
      [`${RELAY_PUSHES}{relay="d", result="error"}`]: '0x80',
      // pushed to, no worker known
      [`${START}{relay="e"}`]: '60x80',
      [`${PENDING}{relay="e"}`]: '1x80',
      [`${RELAY_PUSHES}{relay="e", result="success"}`]: '0x80',
    },
    firing: { '30m': [a, { relay: 'c' }] },
  },
  {
    rule: 'GatewayPendingWritesNotPushed',
    name: 'stays silent for a laptop that is closed during a push: its failures leave the window before',
    aspects: ['silent'],
    series: {
      [`${START}{relay="a"}`]: '60x100',
      [`${PENDING}{relay="a"}`]: '1x100',
      [`${RELAY_PUSHES}{relay="a", result="error"}`]: '0x40 2x16 0x40',
    },
    firing: { '28m': [], '30m': [], '40m': [] },
  },
  {
    rule: 'GatewayPendingWritesNotPushed',
    name: 'stays silent while the worker is away: nothing shows that it was active since',
    aspects: ['silent', 'absent'],
    series: { [`${START}{relay="a"}`]: '60x80', [`${PENDING}{relay="a"}`]: '1x80' },
    firing: { '30m': [] },
  },
  {
    rule: 'GatewayPendingWritesNotPushed',
    name: 'needs no evidence where the site declares its workers always on and an exporter answers',
    aspects: ['fires', 'silent'],
    config: { workers: { alwaysOn: true } },
    series: {
      [`${START}{relay="a"}`]: '60x100',
      [`${PENDING}{relay="a"}`]: '1x100',
      // the file of its worker cannot be read
      [`${START}{relay="b"}`]: '60x100',
      [`${PENDING}{relay="b"}`]: '1x100',
      [`${ACTIVITY}{relay="b"}`]: '0x100',
      [EXPORTER_UP]: '1x60 0x40',
    },
    firing: { '30m': [a], '31m': [] },
  },

  ...burnCases('GatewayPendingWritesObjectiveFastBurn', [
    ['5m', '1h', 0.144],
    ['30m', '6h', 0.06],
  ]),
  ...burnCases('GatewayPendingWritesObjectiveSlowBurn', [
    ['2h', '1d', 0.03],
    ['6h', '3d', 0.01],
  ]),

  {
    rule: PENDING,
    name: 'holds a relay that any gateway process says is pending, whatever the others say',
    aspects: ['fires', 'silent', 'absent'],
    series: {
      'gateway_pending_writes{job="gateway", instance="g1", relay="a"}': '0 1 1 0',
      'gateway_pending_writes{job="gateway", instance="g2", relay="a"}': '0 0 1 1 0',
      'gateway_pending_writes{job="gateway", instance="g1", relay="b"}': '0x5',
      'gateway_pending_writes{job="other", instance="o1", relay="c"}': '1x5',
    },
    // at 1 minute both processes say 1
    samples: {
      '0m': [],
      '1m': [{ labels: a, value: 1 }],
      '30s': [{ labels: a, value: 1 }],
      '1m30s': [{ labels: a, value: 1 }],
      '2m': [],
    },
  },
  {
    rule: SEEN,
    name: 'is now for a pending relay, stands still once the gauge has vanished, and is dropped when it says 0',
    aspects: ['fires', 'silent', 'absent'],
    series: {
      [`${PENDING}{relay="a"}`]: '_ 1 1 stale',
      [`${PENDING}{relay="b"}`]: '1 1 stale',
      [`${PENDING}{relay="z"}`]: '1x40',
      'gateway_pending_writes{job="other", instance="g1", relay="a"}': '0x40',
      'gateway_pending_writes{job="gateway", instance="g1", relay="b"}': '1 1 0x20',
      'gateway_pending_writes{job="gateway", instance="g1", relay="a"}': '_ 1 1 stale',
    },
    samples: {
      '30s': [
        { labels: a, value: 30 },
        { labels: b, value: 30 },
        { labels: z, value: 30 },
      ],
      '1m': [
        { labels: a, value: 60 },
        { labels: z, value: 60 },
        { labels: b, value: 0 },
      ],
      '1m30s': [
        { labels: a, value: 60 },
        { labels: z, value: 90 },
      ],
      '9m': [
        { labels: a, value: 60 },
        { labels: z, value: 540 },
      ],
    },
  },
  {
    rule: SEEN,
    name: 'does not bring a cleared relay back when the gateway restarts after the clearing',
    aspects: ['silent'],
    series: {
      [`${PENDING}{relay="a"}`]: '_ 1 stale',
      'gateway_pending_writes{job="gateway", instance="g1", relay="a"}': '_ 1 0 0 stale',
    },
    samples: { '1m': [{ labels: a, value: 0 }], '1m30s': [], '2m30s': [], '10m': [] },
  },
  {
    rule: SEEN,
    name: 'ends when a worker was notified after the start that the relay is cleared, although its gauge has vanished',
    aspects: ['boundary', 'silent'],
    series: {
      [`${PENDING}{relay="a"}`]: '1 1 stale',
      [`${START}{relay="a"}`]: '30x9',
      [`${FILE_CLEARED}{relay="a"}`]: '_x5 31x9',
      // notified in the moment of the start, of the writes before
      [`${PENDING}{relay="b"}`]: '1 1 stale',
      [`${START}{relay="b"}`]: '30x9',
      [`${FILE_CLEARED}{relay="b"}`]: '30x9',
      // a relay of which only the file is known
      [`${FILE_CLEARED}{relay="c"}`]: '90x9',
    },
    samples: {
      '1m30s': [
        { labels: a, value: 30 },
        { labels: b, value: 30 },
      ],
      '2m30s': [
        { labels: b, value: 30 },
        { labels: a, value: 0 },
      ],
      '3m': [{ labels: b, value: 30 }],
    },
  },
  {
    rule: SEEN,
    name: 'compares with the start as of the evaluation before, although the rule of the start may be evaluated first',
    aspects: ['boundary'],
    series: {
      [`${PENDING}{relay="a"}`]: '1 1 stale',
      // the start begins anew at the evaluation in which the file first says cleared
      [`${START}{relay="a"}`]: '30x5 180x9',
      [`${FILE_CLEARED}{relay="a"}`]: '_x6 31x9',
    },
    samples: { '2m30s': [{ labels: a, value: 30 }], '3m': [{ labels: a, value: 0 }] },
  },
  {
    rule: SEEN,
    name: 'forgets the relay after carryFor',
    aspects: ['boundary'],
    series: { [`${PENDING}{relay="a"}`]: '1 1 stale' },
    samples: { '12h': [{ labels: a, value: 30 }], '12h30s': [{ labels: a, value: 0 }], '12h1m': [] },
  },
  {
    rule: SEEN,
    name: 'keeps and clears a relay that was seen pending in the first second of all',
    aspects: ['boundary'],
    series: {
      [`${SEEN}{relay="a"}`]: '1',
      [`${SEEN}{relay="b"}`]: '1',
      'gateway_pending_writes{job="gateway", instance="g1", relay="b"}': '_ 0x10',
    },
    samples: {
      '30s': [
        { labels: a, value: 1 },
        { labels: b, value: 0 },
      ],
    },
  },
  {
    rule: START,
    name: 'is the time a relay was first seen pending, kept while it is remembered, 0 once when cleared, then gone',
    aspects: ['fires', 'silent', 'absent'],
    series: {
      [`${PENDING}{relay="a"}`]: '_ 1 1 stale _x6 1 1',
      [`${SEEN}{relay="a"}`]: '_ 30 60 60 60 60 0 stale _x2 300 330',
      // pending all the time
      [`${PENDING}{relay="z"}`]: '_ 1x40',
      [`${SEEN}{relay="z"}`]: '_ 30x40',
    },
    samples: {
      '0m': [],
      '30s': [
        { labels: a, value: 30 },
        { labels: z, value: 30 },
      ],
      '2m30s': [
        { labels: a, value: 30 },
        { labels: z, value: 30 },
      ],
      '3m': [
        { labels: z, value: 30 },
        { labels: a, value: 0 },
      ],
      '3m30s': [{ labels: z, value: 30 }],
      '5m': [
        { labels: z, value: 30 },
        { labels: a, value: 300 },
      ],
      '5m30s': [
        { labels: z, value: 30 },
        { labels: a, value: 300 },
      ],
    },
  },
  {
    rule: START,
    name: 'begins again when a worker was notified since that the relay is cleared and its gauge still says pending',
    aspects: ['boundary', 'fires'],
    series: {
      [`${PENDING}{relay="a"}`]: '_ 1x20',
      [`${SEEN}{relay="a"}`]: '_ 30+30x20',
      [`${FILE_CLEARED}{relay="a"}`]: '_x5 31x20',
      [`${PENDING}{relay="b"}`]: '_ 1x20',
      [`${SEEN}{relay="b"}`]: '_ 30+30x20',
      [`${FILE_CLEARED}{relay="b"}`]: '30x20',
      // nothing but the file is left
      [`${SEEN}{relay="z"}`]: '_ 30x20',
      [`${PENDING}{relay="z"}`]: '_ 1 stale',
      [`${FILE_CLEARED}{relay="z"}`]: '_x5 31x20',
    },
    samples: {
      '2m': [
        { labels: a, value: 30 },
        { labels: b, value: 30 },
        { labels: z, value: 30 },
      ],
      '2m30s': [
        { labels: b, value: 30 },
        { labels: a, value: 150 },
        { labels: z, value: 0 },
      ],
      // and is kept: the notification lies before the new start
      '6m': [
        { labels: a, value: 150 },
        { labels: b, value: 30 },
      ],
    },
  },
  {
    rule: START,
    name: 'keeps and clears a relay that became pending in the first second of all',
    aspects: ['boundary'],
    series: {
      [`${START}{relay="a"}`]: '1',
      [`${SEEN}{relay="a"}`]: '1x10',
      [`${START}{relay="b"}`]: '1',
      [`${SEEN}{relay="b"}`]: '1 0',
    },
    samples: {
      '30s': [
        { labels: a, value: 1 },
        { labels: b, value: 0 },
      ],
    },
  },
  {
    rule: START,
    name: 'does not give a relay the start of the writes that were cleared one evaluation before',
    aspects: ['boundary'],
    series: { [`${PENDING}{relay="a"}`]: '1 stale 1 1', [`${SEEN}{relay="a"}`]: '5 0 60 90' },
    samples: { '1m30s': [{ labels: a, value: 60 }] },
  },
  {
    rule: COUNT,
    name: 'counts the relays that are pending, is 0 when none is, and absent when no gateway is scraped',
    aspects: ['fires', 'silent', 'absent'],
    series: {
      [UP]: '1x4 0x4',
      'up{job="gateway", instance="g2"}': '0x4',
      [`${START}{relay="a"}`]: '1 60 0 stale',
      [`${START}{relay="b"}`]: '60 stale',
      'up{job="other", instance="o1"}': '1x20',
    },
    samples: {
      '0m': [{ labels: {}, value: 2 }],
      '30s': [{ labels: {}, value: 1 }],
      '1m': [{ labels: {}, value: 0 }],
      '2m': [{ labels: {}, value: 0 }],
      '2m30s': [],
    },
  },
  {
    rule: CLEARED,
    name: 'counts the relays cleared at this evaluation, is 0 when none was, and absent when no gateway is scraped',
    aspects: ['fires', 'silent', 'absent'],
    series: {
      [UP]: '1x4 0x4',
      'up{job="other", instance="o1"}': '1x20',
      [`${START}{relay="a"}`]: '60 0 stale',
      [`${START}{relay="b"}`]: '60 0 stale',
      [`${START}{relay="c"}`]: '60x9',
    },
    samples: {
      '0m': [{ labels: {}, value: 0 }],
      '30s': [{ labels: {}, value: 2 }],
      '1m': [{ labels: {}, value: 0 }],
      '2m30s': [],
    },
  },
  {
    rule: LATE,
    name: 'counts the relays pending for longer than the objective allows, not those at its edge',
    aspects: ['fires', 'silent', 'absent', 'boundary'],
    series: {
      [`${START}{relay="a"}`]: '1x2000',
      [`${START}{relay="b"}`]: '60x2000',
      [`${START}{relay="c"}`]: '0x2000',
    },
    samples: {
      '16h': [],
      '16h30s': [{ labels: {}, value: 1 }],
      '16h1m': [{ labels: {}, value: 1 }],
      '16h1m30s': [{ labels: {}, value: 2 }],
    },
  },
  ...['5m', '30m', '1h', '2h', '6h', '1d', '3d'].map((window): RuleCase => {
    const minutes =
      { '5m': 5, '30m': 30, '1h': 60, '2h': 120, '6h': 360, '1d': 1440, '3d': 4320 }[window] ?? 0;
    // Six samples from the start of the window, at 15m, to its end; promtool takes 8 s for one every 30 s of three days.
    const within = (value: number) => `${value} ${`_x${(minutes * 2) / 5 - 1} ${value} `.repeat(5).trim()}`;
    return {
      rule: `gateway:gateway_pending_writes_late:ratio_${window}`,
      name: `is the share of late relay-minutes over ${window}, absent when none is late or none is pending`,
      aspects: ['fires', 'silent', 'absent'],
      // 30 s before the window all were late.
      series: { [LATE]: `2x20 _x8 8 ${within(2)}`, [COUNT]: `_x29 8 ${within(8)}` },
      samples: { '9m30s': [], [`${minutes + 15}m`]: [{ labels: {}, value: 0.25 }] },
    };
  }),
];
