import type { RuleCase } from '../rule-case.js';
import { counterIncreaseCases } from './counter-increase.js';

const RATE = 'relay:gateway_replica_fallback:rate';
const START = 'relay:gateway_replica_fallback:start_timestamp_seconds';
const READONLY = 'relay:gateway_relay_fallback_writes_readonly:increase';
const ACCEPTED = 'relay:gateway_relay_fallback_writes_accepted:increase';
const WANTED = 'relay:gateway_relay_fallback_writes_wanted:increase';
const UNLOCKS = 'result:gateway_escrow_unlock_requests:increase';
const COUNT = 'gateway:gateway_pending_writes:count';
const UP = 'up{job="gateway", instance="g1"}';
const a = { relay: 'a' };
const b = { relay: 'b' };
const lag = (identifier: string, owner = 'p1', type = 'relay', job = 'gateway') =>
  `gateway_blind_peer_mirror_lag_ms{job="${job}", instance="g1", identifier="${identifier}", owner="${owner}", type="${type}"}`;
const fallbacks = (relay: string, mode: string, job = 'gateway') =>
  `gateway_replica_fallback_total{job="${job}", instance="g1", relay="${relay}", mode="${mode}"}`;
const writes = (relay: string, result: string, job = 'gateway') =>
  `gateway_relay_fallback_writes_total{job="${job}", instance="g1", relay="${relay}", result="${result}"}`;
const unlocks = (result: string, job = 'gateway') =>
  `gateway_escrow_unlock_requests_total{job="${job}", instance="g1", result="${result}"}`;

const longerThan = (rule: string, threshold: string, at: string, over: string, steps: number): RuleCase[] => [
  {
    rule,
    name: `fires once the replica has served the relay for longer than ${threshold}`,
    aspects: ['fires', 'boundary'],
    // c began a minute earlier, in the first second of all; d has just ended
    series: {
      [`${START}{relay="a"}`]: `60x${steps}`,
      [`${START}{relay="c"}`]: `1x${steps}`,
      [`${START}{relay="d"}`]: `0x${steps}`,
    },
    firing: { [at]: [{ relay: 'c' }], [over]: [a, { relay: 'c' }] },
  },
  {
    rule,
    name: 'ends as soon as the fallback has ended',
    aspects: ['resolves', 'silent'],
    config: { thresholds: { replicaFallback: { infoAfter: '3m', warningAfter: '4m' } } },
    series: { [`${START}{relay="a"}`]: '60x20 0 0', [`${START}{relay="b"}`]: '0x30' },
    firing: { '10m': [a], '10m30s': [] },
  },
  {
    rule,
    name: 'stays silent where no relay is served from its replica',
    aspects: ['absent'],
    series: {},
    firing: { [over]: [] },
  },
];

/** Refusals and errors of the escrow service are alike but for what makes them matter. */
const needed = (rule: string, result: string, forText: string, before: string): RuleCase[] => [
  {
    rule,
    name: `fires for lease requests that end in ${result} while writes are rejected, and ends with the first success`,
    aspects: ['fires', 'boundary', 'resolves'],
    series: {
      [`${UNLOCKS}{result="${result}"}`]: '0.9x30 2x30',
      [`${UNLOCKS}{result="success"}`]: '0x40 0.9x20',
      [`${READONLY}{relay="a"}`]: '2x60',
    },
    firing: { [before]: [], [forText]: [{ result }], '20m': [{ result }], '20m30s': [] },
  },
  {
    rule,
    name: 'stays silent while some requests succeed',
    aspects: ['silent'],
    series: {
      [`${UNLOCKS}{result="${result}"}`]: '3x60',
      [`${UNLOCKS}{result="success"}`]: '1x60',
      [`${READONLY}{relay="a"}`]: '2x60',
    },
    firing: { '15m': [] },
  },
  {
    rule,
    name: 'stays silent when nobody needs a lease',
    aspects: ['silent'],
    series: { [`${UNLOCKS}{result="${result}"}`]: '3x60', [COUNT]: '0x60' },
    firing: { '15m': [] },
  },
  {
    rule,
    name: 'stays silent when no request was made lately',
    aspects: ['silent'],
    series: { [`${UNLOCKS}{result="${result}"}`]: '0x60', [`${READONLY}{relay="a"}`]: '2x60' },
    firing: { '15m': [] },
  },
  {
    rule,
    name: 'stays silent for requests that end otherwise',
    aspects: ['silent'],
    series: {
      [`${UNLOCKS}{result="${result === 'error' ? 'policy-rejection' : 'error'}"}`]: '3x60',
      [`${READONLY}{relay="a"}`]: '2x60',
    },
    firing: { '15m': [] },
  },
  {
    rule,
    name: 'stays silent where nothing is measured',
    aspects: ['absent'],
    series: {},
    firing: { '15m': [] },
  },
];

export const replicaFallbackCases: readonly RuleCase[] = [
  ...longerThan('GatewayReplicaMainPath', '4 h', '4h1m', '4h1m30s', 490),
  ...longerThan('GatewayReplicaMainPathTooLong', '16 h', '16h1m', '16h1m30s', 1930),

  {
    rule: 'GatewayWritesTurnedAway',
    name: 'fires when writes have been rejected for 7 minutes, and ends when none are rejected',
    aspects: ['fires', 'boundary', 'resolves'],
    series: { [`${READONLY}{relay="a"}`]: '_ 2x15 1x4 stale' },
    firing: { '7m': [], '7m30s': [a], '10m30s': [a], '11m': [] },
  },
  {
    rule: 'GatewayWritesTurnedAway',
    name: 'stays silent for the burst before the policy grants a lease',
    aspects: ['silent'],
    series: { [`${READONLY}{relay="a"}`]: '3x13 stale' },
    firing: { '6m30s': [], '8m': [] },
  },
  {
    rule: 'GatewayWritesTurnedAway',
    name: 'stays silent where no write is rejected',
    aspects: ['absent'],
    series: {},
    firing: { '10m': [] },
  },

  {
    rule: 'GatewayFallbackOnStaleMirror',
    name: 'fires when even the best mirror of a relay in fallback has lagged over 15 minutes for 5, and ends when it moves',
    aspects: ['fires', 'boundary', 'resolves'],
    series: {
      [lag('a')]: '900000 900001x40 5000x5',
      [lag('a', 'p2')]: '990000x60',
      [`${RATE}{relay="a"}`]: '1x60',
    },
    firing: { '5m': [], '5m30s': [a], '20m30s': [a], '21m': [] },
  },
  {
    rule: 'GatewayFallbackOnStaleMirror',
    name: 'stays silent for a quiet relay, for one with a fresh mirror, for drives, for other jobs, and for an unknown lag',
    aspects: ['silent'],
    series: {
      [lag('a')]: '5000000x30',
      [lag('b')]: '5000000x30',
      [lag('b', 'p2')]: '1000x30',
      [`${RATE}{relay="b"}`]: '1x30',
      [lag('c', 'p1', 'drive')]: '5000000x30',
      [`${RATE}{relay="c"}`]: '1x30',
      [lag('d', 'p1', 'relay', 'other')]: '5000000x30',
      [`${RATE}{relay="d"}`]: '1x30',
      [lag('e')]: '0x30',
      [`${RATE}{relay="e"}`]: '1x30',
    },
    firing: { '10m': [] },
  },
  {
    rule: 'GatewayFallbackOnStaleMirror',
    name: 'takes a lag of 0 for unknown, not for fresh',
    aspects: ['boundary'],
    series: {
      [lag('a')]: '5000000x30',
      [lag('a', 'p2')]: '0x30',
      [`${RATE}{relay="a"}`]: '1x30',
      // half a millisecond is fresh
      [lag('b')]: '5000000x30',
      [lag('b', 'p2')]: '0.5x30',
      [`${RATE}{relay="b"}`]: '1x30',
    },
    firing: { '10m': [a] },
  },
  {
    rule: 'GatewayFallbackOnStaleMirror',
    name: 'stays silent where no mirror is listed',
    aspects: ['absent'],
    series: { [`${RATE}{relay="a"}`]: '1x30' },
    firing: { '10m': [] },
  },

  {
    rule: 'GatewayMirrorServiceDown',
    name: 'fires when the mirror service has been down for 3 minutes while relays depend on it, and ends when it runs',
    aspects: ['fires', 'boundary', 'resolves'],
    series: {
      'gateway_blind_peer_active{job="gateway", instance="g1"}': '1 0x20 1',
      'gateway_blind_peer_active{job="other", instance="o1"}': '1x30',
      [`${RATE}{relay="a"}`]: '0.2x30',
      [`${RATE}{relay="b"}`]: '1x15 stale',
    },
    firing: { '3m': [], '3m30s': [{}], '10m30s': [{}], '11m': [] },
  },
  {
    rule: 'GatewayMirrorServiceDown',
    name: 'stays silent while another gateway process still mirrors',
    aspects: ['silent'],
    series: {
      'gateway_blind_peer_active{job="gateway", instance="g1"}': '0x30',
      'gateway_blind_peer_active{job="gateway", instance="g2"}': '1x30',
      [`${RATE}{relay="a"}`]: '1x30',
    },
    firing: { '10m': [] },
  },
  {
    rule: 'GatewayMirrorServiceDown',
    name: 'stays silent where no relay is in fallback',
    aspects: ['silent'],
    series: { 'gateway_blind_peer_active{job="gateway", instance="g1"}': '0x30' },
    firing: { '10m': [] },
  },
  {
    rule: 'GatewayMirrorServiceDown',
    name: 'stays silent where the gateway is not scraped',
    aspects: ['absent'],
    series: { [`${RATE}{relay="a"}`]: '1x30' },
    firing: { '10m': [] },
  },

  ...needed('GatewayEscrowUnlocksFailing', 'error', '5m', '4m30s'),
  {
    rule: 'GatewayEscrowUnlocksFailing',
    name: 'fires as well while relays are pending, before a write is rejected',
    aspects: ['fires'],
    series: { [`${UNLOCKS}{result="error"}`]: '1x30', [COUNT]: '1x30' },
    firing: { '5m': [{ result: 'error' }] },
  },
  ...needed('GatewayEscrowUnlocksRefused', 'policy-rejection', '10m', '9m30s'),
  {
    rule: 'GatewayEscrowUnlocksRefused',
    name: 'stays silent for refusals while relays are pending and no write is rejected, which is normal',
    aspects: ['silent'],
    series: { [`${UNLOCKS}{result="policy-rejection"}`]: '3x60', [COUNT]: '1x60' },
    firing: { '15m': [] },
  },

  {
    rule: RATE,
    name: 'adds the reads of a relay over all processes, leaves out writes and sessions, and is absent for relays without',
    aspects: ['fires', 'silent', 'absent'],
    series: {
      [fallbacks('a', 'read')]: '0+45x40',
      [fallbacks('a', 'write')]: '0+600x40',
      [fallbacks('a', 'session')]: '0+300x40',
      'gateway_replica_fallback_total{job="gateway", instance="g2", relay="a", mode="read"}': '0+15x40',
      [fallbacks('b', 'read')]: '7x40',
      [fallbacks('c', 'session')]: '0+30x40',
      [fallbacks('d', 'read', 'other')]: '0+30x40',
      // one burst at 10 minutes, the last sample before it at 9:30
      [fallbacks('e', 'read')]: '7x19 307x40',
    },
    samples: {
      '10m': [
        { labels: a, value: 2 },
        { labels: { relay: 'e' }, value: 1 },
      ],
      '14m30s': [
        { labels: a, value: 2 },
        { labels: { relay: 'e' }, value: 1 },
      ],
      '15m': [{ labels: a, value: 2 }],
    },
  },
  {
    rule: START,
    name: 'is when the replica began to serve the relay, survives a pause of up to 30 minutes, and is 0 once at the end',
    aspects: ['fires', 'silent', 'absent', 'boundary'],
    series: { [`${RATE}{relay="a"}`]: '_ 1x3 stale _x40 1 stale' },
    samples: {
      '30s': [{ labels: a, value: 30 }],
      '20m': [{ labels: a, value: 30 }],
      '25m': [{ labels: a, value: 30 }],
      '52m': [{ labels: a, value: 30 }],
      '54m': [],
    },
  },
  {
    rule: START,
    name: 'does not give a new fallback the start of the last one',
    aspects: ['boundary'],
    // over at 1 minute, forgotten half an hour later, served again from 44 minutes on; z all the time
    series: { [`${RATE}{relay="a"}`]: '_ 1 stale _x85 1x5', [`${RATE}{relay="z"}`]: '_ 1x99' },
    samples: {
      '29m': [
        { labels: a, value: 30 },
        { labels: { relay: 'z' }, value: 30 },
      ],
      '33m': [{ labels: { relay: 'z' }, value: 30 }],
      '45m': [
        { labels: a, value: 2640 },
        { labels: { relay: 'z' }, value: 30 },
      ],
    },
  },
  {
    rule: START,
    name: 'keeps and ends what began in the first second of all',
    aspects: ['boundary'],
    series: {
      [`${START}{relay="a"}`]: '1',
      [`${RATE}{relay="a"}`]: '1x99',
      [`${START}{relay="b"}`]: '1',
      [`${RATE}{relay="b"}`]: '1 stale _x86 1x5',
    },
    samples: {
      '1m': [
        { labels: a, value: 1 },
        { labels: b, value: 1 },
      ],
      '45m': [
        { labels: a, value: 1 },
        { labels: b, value: 2640 },
      ],
    },
  },
  ...counterIncreaseCases({
    rule: READONLY,
    window: 10,
    series: (job, instance) =>
      `gateway_relay_fallback_writes_total{job="${job}", instance="${instance}", relay="a", result="readonly"}`,
    labels: a,
    decoys: ['accepted', 'rejected'].map(
      (result) =>
        `gateway_relay_fallback_writes_total{job="gateway", instance="g1", relay="a", result="${result}"}`,
    ),
    positiveOnly: true,
  }),
  {
    rule: READONLY,
    name: 'counts half a write, as increase() may see one, and none at all as none',
    aspects: ['boundary'],
    series: {
      [UP]: '1x60',
      [writes('a', 'readonly')]: '_x30 0.5x30',
      [writes('b', 'readonly')]: '_x30 0x30',
    },
    samples: { '17m': [{ labels: a, value: 0.5 }] },
  },
  {
    rule: ACCEPTED,
    name: 'counts half a write, as increase() may see one, and none at all as none',
    aspects: ['boundary'],
    series: {
      [UP]: '1x100',
      [writes('a', 'accepted')]: '_x40 0.5x60',
      [writes('b', 'accepted')]: '_x40 0x60',
    },
    samples: { '21m30s': [{ labels: a, value: 0.5 }] },
  },
  {
    rule: READONLY,
    name: 'counts rejected writes by relay, the first one included, and nothing else',
    aspects: ['fires', 'silent', 'absent'],
    series: {
      [UP]: '1x60',
      'up{job="other", instance="g1"}': '1x60',
      [writes('a', 'readonly')]: '_x30 1x30',
      [writes('b', 'accepted')]: '_x30 1x30',
      [writes('c', 'readonly')]: '5x60',
      [writes('d', 'readonly', 'other')]: '_x30 1x30',
    },
    samples: { '14m': [], '16m': [{ labels: a, value: 1 }], '22m': [] },
  },
  {
    rule: READONLY,
    name: 'takes no counter for newborn because Prometheus did not scrape the gateway 5 minutes ago',
    aspects: ['boundary'],
    series: { [UP]: '0x10 1x40', [writes('a', 'readonly')]: '_x10 500x40' },
    samples: { '7m': [] },
  },
  {
    rule: WANTED,
    name: 'is the accepted writes, else those rejected',
    aspects: ['fires', 'silent', 'absent'],
    series: {
      [`${READONLY}{relay="a"}`]: '_ 1x3 stale',
      [`${READONLY}{relay="b"}`]: '_ 7x3 stale',
      [`${ACCEPTED}{relay="b"}`]: '_ 2x3 stale',
    },
    samples: {
      '0m': [],
      '1m': [
        { labels: b, value: 2 },
        { labels: a, value: 1 },
      ],
      '3m': [],
    },
  },
  ...counterIncreaseCases({
    rule: UNLOCKS,
    window: 30,
    series: (job, instance) =>
      `gateway_escrow_unlock_requests_total{job="${job}", instance="${instance}", result="error"}`,
    labels: { result: 'error' },
    decoys: [],
    positiveOnly: false,
  }),
  {
    rule: UNLOCKS,
    name: 'counts lease requests by outcome over 15 minutes, the first one included',
    aspects: ['fires', 'silent', 'absent'],
    series: {
      [UP]: '1x100',
      [unlocks('error')]: '_x40 1x60',
      [unlocks('success')]: '3x100',
      [unlocks('error', 'other')]: '_x40 1x60',
    },
    samples: {
      '19m': [{ labels: { result: 'success' }, value: 0 }],
      '30m': [
        { labels: { result: 'error' }, value: 1 },
        { labels: { result: 'success' }, value: 0 },
      ],
    },
  },
];
