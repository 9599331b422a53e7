import type { RuleCase } from '../rule-case.js';
import { counterIncreaseCases } from './counter-increase.js';

const ACCEPTED = 'relay:gateway_relay_fallback_writes_accepted:increase';
const UNMARKED = 'relay:gateway_relay_fallback_writes_unmarked:increase';
const NOT_MARKED = 'relay:gateway_writes_not_marked:timestamp_seconds';
const RELEASED = 'gateway:gateway_escrow_leases_released:increase';
const PENDING = 'relay:gateway_pending_writes:max';
const a = { relay: 'a' };
const z = { relay: 'z' };
const lag = (relay: string, reason = 'peer-healthy', job = 'gateway', instance = 'g1') =>
  `gateway_escrow_lease_lag_seconds_count{job="${job}", instance="${instance}", relay="${relay}", reason="${reason}"}`;

/** Writes that were accepted and never marked as pending, and what distinguishes them from writes cleared between scrapes. */
export const unmarkedCases: readonly RuleCase[] = [
  ...counterIncreaseCases({
    rule: ACCEPTED,
    window: 4,
    series: (job, instance) =>
      `gateway_relay_fallback_writes_total{job="${job}", instance="${instance}", relay="a", result="accepted"}`,
    labels: a,
    decoys: ['g1', 'g2'].map(
      (g) =>
        `gateway_relay_fallback_writes_total{job="gateway", instance="${g}", relay="a", result="readonly"}`,
    ),
    positiveOnly: true,
  }),
  ...counterIncreaseCases({
    rule: RELEASED,
    window: 10,
    series: (job, instance) =>
      `gateway_escrow_rotation_total{job="${job}", instance="${instance}", reason="peer-healthy", result="released"}`,
    labels: {},
    decoys: ['g1', 'g2'].map(
      (g) =>
        `gateway_escrow_rotation_total{job="gateway", instance="${g}", reason="lease-issued", result="success"}`,
    ),
    positiveOnly: false,
  }),
  {
    rule: UNMARKED,
    name: 'is the accepted writes of relays that were not pending and of which no lease was released for three minutes',
    aspects: ['fires', 'silent'],
    series: {
      [`${ACCEPTED}{relay="a"}`]: '_x10 3x10',
      [lag('a')]: '4x30',
      [lag('a', 'worker-resync')]: '1x30',
      // pending at one scrape: at 5m30s, so until 8m30s
      [`${ACCEPTED}{relay="b"}`]: '_x10 1x10',
      [`${PENDING}{relay="b"}`]: '_x11 1 stale',
      // a lease released at 6m, another process saying nothing new
      [`${ACCEPTED}{relay="c"}`]: '_x10 1x10',
      [lag('c')]: '2x11 3x20',
      [lag('c', 'peer-healthy', 'gateway', 'g2')]: '2x31',
      // the first lease of all released at 6m
      [`${ACCEPTED}{relay="d"}`]: '_x10 1x10',
      [lag('d')]: '_x12 1x20',
      // a counter that began again with a restart
      [`${ACCEPTED}{relay="e"}`]: '_x10 1x10',
      [lag('e')]: '9x11 2x20',
      // what another job counts does not matter
      [`${ACCEPTED}{relay="f"}`]: '_x10 1x10',
      [lag('f', 'peer-healthy', 'other')]: '2x11 3x20',
      [lag('f')]: '5x31',
    },
    samples: {
      '5m': [
        { labels: a, value: 3 },
        { labels: { relay: 'b' }, value: 1 },
        { labels: { relay: 'c' }, value: 1 },
        { labels: { relay: 'd' }, value: 1 },
        { labels: { relay: 'e' }, value: 1 },
        { labels: { relay: 'f' }, value: 1 },
      ],
      '6m': [
        { labels: a, value: 3 },
        { labels: { relay: 'f' }, value: 1 },
      ],
      '8m30s': [
        { labels: a, value: 3 },
        { labels: { relay: 'f' }, value: 1 },
      ],
      '9m': [
        { labels: a, value: 3 },
        { labels: { relay: 'b' }, value: 1 },
        { labels: { relay: 'c' }, value: 1 },
        { labels: { relay: 'd' }, value: 1 },
        { labels: { relay: 'e' }, value: 1 },
        { labels: { relay: 'f' }, value: 1 },
      ],
    },
  },
  {
    rule: UNMARKED,
    name: 'leaves out relays whose leases a restarted process counted, for three minutes, and for eight if it counts them again',
    aspects: ['silent', 'boundary'],
    series: {
      // restarted between 5m30s and 6m
      'process_start_time_seconds{job="gateway", instance="g1"}': '100x11 350x30',
      'process_start_time_seconds{job="gateway", instance="g2"}': '100x41',
      'process_start_time_seconds{job="other", instance="g2"}': '100x11 350x20',
      // the count went with the process
      [`${ACCEPTED}{relay="a"}`]: '_x10 1x30',
      [lag('a')]: '4x11 stale',
      // the new process counts as much as the old one
      [`${ACCEPTED}{relay="b"}`]: '_x10 1x30',
      [lag('b')]: '1x41',
      // another process
      [`${ACCEPTED}{relay="c"}`]: '_x10 1x30',
      [lag('c', 'peer-healthy', 'gateway', 'g2')]: '4x41',
      // its count was gone long before the restart
      [`${ACCEPTED}{relay="e"}`]: '_x10 1x30',
      [lag('e')]: '4x4 stale',
      // no lease of it was ever released
      [`${ACCEPTED}{relay="d"}`]: '_x10 1x30',
      [lag('d', 'peer-healthy', 'other')]: '4x41',
    },
    samples: {
      '5m30s': ['a', 'b', 'c', 'd', 'e'].map((relay) => ({ labels: { relay }, value: 1 })),
      '6m': ['c', 'd', 'e'].map((relay) => ({ labels: { relay }, value: 1 })),
      '8m30s': ['c', 'd', 'e'].map((relay) => ({ labels: { relay }, value: 1 })),
      '9m': ['a', 'c', 'd', 'e'].map((relay) => ({ labels: { relay }, value: 1 })),
      '13m30s': ['a', 'c', 'd', 'e'].map((relay) => ({ labels: { relay }, value: 1 })),
      '14m': ['a', 'b', 'c', 'd', 'e'].map((relay) => ({ labels: { relay }, value: 1 })),
    },
  },
  {
    rule: UNMARKED,
    name: 'leaves out a relay that may have been cleared by a process that restarted while Prometheus was down',
    aspects: ['silent', 'boundary'],
    series: {
      'process_start_time_seconds{job="gateway", instance="g1"}': '100x11 _x8 400x20',
      [`${ACCEPTED}{relay="a"}`]: '_x20 1x20',
      [lag('a')]: '4x11 _x8 4x20',
      // no restart
      'process_start_time_seconds{job="gateway", instance="g2"}': '100x11 _x8 100x20',
      [`${ACCEPTED}{relay="b"}`]: '_x20 1x20',
      [lag('b', 'peer-healthy', 'gateway', 'g2')]: '4x11 _x8 4x20',
    },
    samples: {
      '10m': [{ labels: { relay: 'b' }, value: 1 }],
      '13m30s': [{ labels: { relay: 'b' }, value: 1 }],
      '14m': ['a', 'b'].map((relay) => ({ labels: { relay }, value: 1 })),
    },
  },
  {
    rule: UNMARKED,
    name: 'is absent where no write is accepted',
    aspects: ['absent'],
    series: { [lag('a')]: '4x20' },
    samples: { '5m': [] },
  },
  {
    rule: NOT_MARKED,
    name: 'begins with the second scrape that shows it, is carried, and ends when the relay is pending',
    aspects: ['fires', 'silent', 'absent', 'boundary'],
    series: {
      [`${UNMARKED}{relay="a"}`]: '_ 2 2 2 2 stale',
      [`${PENDING}{relay="a"}`]: '_x20 1x3',
      // marked a moment later
      [`${UNMARKED}{relay="b"}`]: '_ 2 2 stale',
      // seen so for a moment, while another relay has been for long
      [`${UNMARKED}{relay="c"}`]: '_x10 2 2 stale',
      // all the time
      [`${UNMARKED}{relay="z"}`]: '_ 1x40',
    },
    samples: {
      '1m': [],
      '1m30s': [
        { labels: a, value: 90 },
        { labels: z, value: 90 },
      ],
      '2m': [
        { labels: a, value: 120 },
        { labels: z, value: 120 },
      ],
      '5m30s': [
        { labels: a, value: 120 },
        { labels: z, value: 330 },
      ],
      '9m30s': [
        { labels: a, value: 120 },
        { labels: z, value: 570 },
      ],
      '10m': [
        { labels: z, value: 600 },
        { labels: a, value: 0 },
      ],
      '10m30s': [{ labels: z, value: 630 }],
      // nor does the 0 come back once the relay is no longer pending
      '19m': [{ labels: z, value: 1140 }],
    },
  },
  {
    rule: NOT_MARKED,
    name: 'waits where a gateway has just ceased to be scraped: it may have marked the write after the last scrape',
    aspects: ['silent', 'boundary'],
    series: {
      [`${UNMARKED}{relay="a"}`]: '2x60',
      // accepted by another gateway two scrapes after the last one of g1, and three scrapes after it
      [`${UNMARKED}{relay="c"}`]: '_x5 2 2 2 2 stale',
      [`${UNMARKED}{relay="d"}`]: '_x6 2 2 2 2 2 stale',
      // not scraped from 2m on, gone at 10m, and back at 15m
      'up{job="gateway", instance="g1"}': '1x3 0x15 stale _x9 1x30',
      'up{job="gateway", instance="g2"}': '1x60',
      // not scraped at all
      'up{job="gateway", instance="g3"}': '0x60',
      // gone at 20m
      'up{job="gateway", instance="g4"}': '1x39 stale',
      // another job
      'up{job="other", instance="g1"}': '1x10 0x50',
    },
    samples: {
      '1m30s': [{ labels: a, value: 90 }],
      '2m': [{ labels: a, value: 90 }],
      '4m30s': [{ labels: a, value: 90 }],
      '5m': [
        { labels: a, value: 300 },
        { labels: { relay: 'd' }, value: 300 },
      ],
      '19m30s': [
        { labels: a, value: 1170 },
        { labels: { relay: 'd' }, value: 300 },
      ],
      '20m': [
        { labels: a, value: 1170 },
        { labels: { relay: 'd' }, value: 300 },
      ],
      '22m30s': [
        { labels: a, value: 1170 },
        { labels: { relay: 'd' }, value: 300 },
      ],
      '23m': [
        { labels: a, value: 1380 },
        { labels: { relay: 'd' }, value: 300 },
      ],
    },
  },
  {
    rule: NOT_MARKED,
    name: 'keeps and ends what began in the first second of all',
    aspects: ['boundary'],
    series: {
      [`${NOT_MARKED}{relay="a"}`]: '1',
      [`${NOT_MARKED}{relay="b"}`]: '1',
      [`${PENDING}{relay="b"}`]: '_ 1x9',
    },
    samples: {
      '30s': [
        { labels: a, value: 1 },
        { labels: { relay: 'b' }, value: 0 },
      ],
    },
  },
  {
    rule: NOT_MARKED,
    name: 'forgets it after a day',
    aspects: ['boundary'],
    series: { [`${UNMARKED}{relay="a"}`]: '1 1 1 stale' },
    samples: { '24h30s': [{ labels: a, value: 60 }], '24h1m': [{ labels: a, value: 0 }], '24h1m30s': [] },
  },

  {
    rule: 'GatewayWritesNotMarkedPending',
    name: 'fires as long as writes that were never marked are remembered, and ends with them',
    aspects: ['fires', 'boundary', 'resolves', 'silent'],
    series: { [`${NOT_MARKED}{relay="a"}`]: '_ 1x8 0 stale', [`${NOT_MARKED}{relay="b"}`]: '0x9' },
    firing: { '0m': [], '30s': [a], '4m30s': [a], '5m': [] },
  },
  {
    rule: 'GatewayWritesNotMarkedPending',
    name: 'stays silent where every write is marked',
    aspects: ['absent'],
    series: { [`${ACCEPTED}{relay="a"}`]: '3x9' },
    firing: { '3m': [] },
  },
];
