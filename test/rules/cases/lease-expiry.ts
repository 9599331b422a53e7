import type { RuleCase } from '../rule-case.js';
import { grantedCases } from './granted.js';

const PENDING = 'relay:gateway_pending_writes:max';
const WANTED = 'relay:gateway_relay_fallback_writes_wanted:increase';
const EXPIRY = 'relay:gateway_escrow_lease_expiry:timestamp_seconds';
const OF_PROCESS = 'instance_relay:gateway_escrow_lease_expiry:timestamp_seconds';
const SEEN = 'instance_relay:gateway_escrow_lease_time_to_expiry_seconds:last';
const a = { relay: 'a' };
const c = { relay: 'c' };
const others = [
  { labels: { instance: 'g3', relay: 'a' }, value: 600 },
  { labels: { instance: 'g1', relay: 'd' }, value: 600 },
];
const g1a = { instance: 'g1', relay: 'a' };
const gauge = (relay = 'a', instance = 'g1', job = 'gateway') =>
  `gateway_escrow_lease_time_to_expiry_seconds{job="${job}", instance="${instance}", relay="${relay}"}`;
const active = (relay = 'a', instance = 'g1', job = 'gateway') =>
  `gateway_escrow_leases_active{job="${job}", instance="${instance}", relay="${relay}"}`;
const UP = 'up{job="gateway", instance="g1"}';
const worker = (metric: string, relay = 'a', instance = 'w1') =>
  `${metric}{job="pending-writes-exporter", instance="${instance}", relay="${relay}"}`;

export const leaseExpiryCases: readonly RuleCase[] = [
  {
    rule: 'GatewayEscrowLeaseExpiring',
    name: 'fires from 120 s before the expiry on, and one scrape earlier, until the expiry, for a pending relay',
    aspects: ['fires', 'boundary', 'resolves', 'silent'],
    series: {
      [`${EXPIRY}{relay="a"}`]: '600x40',
      [`${PENDING}{relay="a"}`]: '1x40',
      [`${EXPIRY}{relay="b"}`]: '600x40',
      // c: 155 s left at 7m, the last second at 9m30s; then renewed
      [`${EXPIRY}{relay="c"}`]: '575x14 9000x3 570.9x2 9000x20',
      [`${PENDING}{relay="c"}`]: '1x40',
    },
    firing: { '7m': [], '7m30s': [a], '8m': [a], '9m30s': [a, c], '10m': [] },
  },
  {
    rule: 'GatewayEscrowLeaseExpiring',
    name: 'ends with a renewal',
    aspects: ['resolves'],
    series: { [`${EXPIRY}{relay="a"}`]: '600x17 1110x20', [`${PENDING}{relay="a"}`]: '1x40' },
    firing: { '8m30s': [a], '9m': [], '10m': [] },
  },
  {
    rule: 'GatewayEscrowLeaseExpiring',
    name: 'stays silent where no lease is known',
    aspects: ['absent'],
    series: { [`${PENDING}{relay="a"}`]: '1x40' },
    firing: { '9m': [] },
  },

  {
    rule: 'GatewayEscrowLeaseExpired',
    name: 'fires from the expiry on while the relay is pending and nobody writes, and ends when it is not',
    aspects: ['fires', 'boundary', 'resolves'],
    series: {
      [`${EXPIRY}{relay="a"}`]: '600x40',
      [`${PENDING}{relay="a"}`]: '1x30 stale',
      // not pending, while others are, and others are written to
      [`${EXPIRY}{relay="b"}`]: '600x40',
      [`${PENDING}{relay="d"}`]: '1x40',
      [`${WANTED}{relay="d"}`]: '1x40',
    },
    firing: { '9m30s': [], '10m': [a], '15m': [a], '15m30s': [] },
  },
  {
    rule: 'GatewayEscrowLeaseExpired',
    name: 'leaves it to the page when writes are wanted',
    aspects: ['silent'],
    series: {
      [`${EXPIRY}{relay="a"}`]: '600x40',
      [`${PENDING}{relay="a"}`]: '1x40',
      [`${WANTED}{relay="a"}`]: '1x40',
      [`${WANTED}{relay="b"}`]: '1x40',
    },
    firing: { '12m': [] },
  },
  {
    rule: 'GatewayEscrowLeaseExpired',
    name: 'stays silent where no lease is known',
    aspects: ['absent', 'silent'],
    series: { [`${PENDING}{relay="a"}`]: '1x40' },
    firing: { '12m': [] },
  },

  {
    rule: 'GatewayEscrowLeaseExpiredWritesWanted',
    name: 'fires three minutes after the expiry when the pending relay is still written to, and ends when nobody writes any more',
    aspects: ['fires', 'boundary', 'resolves'],
    series: {
      [`${EXPIRY}{relay="a"}`]: '600x60',
      [`${PENDING}{relay="a"}`]: '1x60',
      [`${WANTED}{relay="a"}`]: '1x30 stale',
    },
    firing: { '12m30s': [], '13m': [a], '15m': [a], '15m30s': [] },
  },
  ...grantedCases(
    'GatewayEscrowLeaseExpiredWritesWanted',
    {
      [`${EXPIRY}{relay="a"}`]: '600x140',
      [`${PENDING}{relay="a"}`]: '1x140',
      [`${WANTED}{relay="a"}`]: '1x140',
    },
    'firing',
    [a],
    [],
  ),
  {
    rule: 'GatewayEscrowLeaseExpiredWritesWanted',
    name: 'stays silent for a relay that is not pending, one that nobody writes to, and one whose lease runs',
    aspects: ['silent'],
    series: {
      [`${EXPIRY}{relay="a"}`]: '600x40',
      [`${WANTED}{relay="a"}`]: '1x40',
      [`${EXPIRY}{relay="b"}`]: '600x40',
      [`${PENDING}{relay="b"}`]: '1x40',
      [`${EXPIRY}{relay="c"}`]: '6000x40',
      [`${PENDING}{relay="c"}`]: '1x40',
      [`${WANTED}{relay="c"}`]: '1x40',
    },
    firing: { '15m': [] },
  },
  {
    rule: 'GatewayEscrowLeaseExpiredWritesWanted',
    name: 'fires for a lease it never saw running: the gauge says 0 and the lease is not released',
    aspects: ['fires'],
    series: {
      [`${SEEN}{instance="g1", relay="a"}`]: '0x10',
      [`${SEEN}{instance="g2", relay="a"}`]: '300x10',
      [`${PENDING}{relay="a"}`]: '1x10',
      [`${WANTED}{relay="a"}`]: '1x10',
      // another relay's lease is known to have run out
      [`${EXPIRY}{relay="c"}`]: '0x10',
      [`${PENDING}{relay="c"}`]: '1x10',
      [`${WANTED}{relay="c"}`]: '1x10',
    },
    firing: { '2m30s': [], '3m': [a, c] },
  },
  {
    rule: 'GatewayEscrowLeaseExpiredWritesWanted',
    name: 'does not take a gauge of 0 for an expiry when the lease was released, is not wanted, or is not pending',
    aspects: ['silent'],
    series: {
      // released
      [`${SEEN}{instance="g1", relay="a"}`]: '-1x10',
      [`${PENDING}{relay="a"}`]: '1x10',
      [`${WANTED}{relay="a"}`]: '1x10',
      [`${SEEN}{instance="g1", relay="b"}`]: '0x10',
      [`${PENDING}{relay="b"}`]: '1x10',
      [`${SEEN}{instance="g1", relay="c"}`]: '0x10',
      [`${WANTED}{relay="c"}`]: '1x10',
      [`${SEEN}{instance="g1", relay="d"}`]: '300x10',
      [`${PENDING}{relay="d"}`]: '1x10',
      [`${WANTED}{relay="d"}`]: '1x10',
    },
    firing: { '3m': [] },
  },
  {
    rule: 'GatewayEscrowLeaseExpiredWritesWanted',
    name: 'stays silent where no lease is known',
    aspects: ['absent'],
    series: { [`${PENDING}{relay="a"}`]: '1x40', [`${WANTED}{relay="a"}`]: '1x40' },
    firing: { '12m': [] },
  },

  {
    rule: OF_PROCESS,
    with: [SEEN],
    name: 'carries the expiry of a gauge that stands still, until the lease is released',
    aspects: ['fires', 'silent', 'absent'],
    series: {
      [UP]: '1x80',
      'up{job="gateway", instance="g2"}': '1x80',
      [gauge()]: '_ _ 600x30 0x10',
      [active()]: '_ _ 1x30 0x10',
      // the lease of the same relay on another process, and of another relay on the same one; both stand still throughout
      [gauge('a', 'g2')]: '_ 600x60',
      [active('a', 'g2')]: '_ 1x60',
      [gauge('b')]: '_ 600x60',
      [active('b')]: '_ 1x60',
      // what another job says of this lease
      [gauge('a', 'g2', 'other')]: '_ 600+30x60',
      [active('a', 'g2', 'other')]: '0x60',
    },
    samples: Object.fromEntries(
      (
        [
          ['0m', false, false],
          ['30s', true, false],
          ['1m', true, true],
          ['10m', true, true],
          ['16m', true, true],
          ['16m30s', true, false],
          ['18m', true, false],
        ] as const
      ).map(([at, others, own]) => [
        at,
        [
          ...(others
            ? [
                { labels: { instance: 'g2', relay: 'a' }, value: 630 },
                { labels: { instance: 'g1', relay: 'b' }, value: 630 },
              ]
            : []),
          ...(own ? [{ labels: g1a, value: 660 }] : []),
        ],
      ]),
    ),
  },
  {
    rule: OF_PROCESS,
    with: [SEEN],
    name: 'stays the same for a gauge that counts down, and for one that an accepted write refreshes',
    aspects: ['fires'],
    series: {
      [UP]: '1x80',
      [gauge()]: '600-30x19',
      [active()]: '1x19',
      [gauge('b')]: '600x5 420x8 150x10',
      // half a second left, as of the scrape at 5 minutes
      [gauge('c')]: '_x10 0.5x40',
      [active('c')]: '_x10 1x40',
      [active('b')]: '1x40',
    },
    samples: {
      '5m': [
        { labels: g1a, value: 600 },
        { labels: { instance: 'g1', relay: 'b' }, value: 600 },
        { labels: { instance: 'g1', relay: 'c' }, value: 300.5 },
      ],
      '9m': [
        { labels: g1a, value: 600 },
        { labels: { instance: 'g1', relay: 'b' }, value: 600 },
        { labels: { instance: 'g1', relay: 'c' }, value: 300.5 },
      ],
    },
  },
  {
    rule: OF_PROCESS,
    name: 'sees a change of the gauge although a ruler shows the recorded gauge only at the next evaluation',
    aspects: ['boundary'],
    series: {
      [UP]: '1x20',
      [gauge()]: '600x5 900x10',
      [active()]: '1x20',
      // as of the evaluation before: nothing at 3m, when the gauge changes
      [`${SEEN}{instance="g1", relay="a"}`]: '600x5 _x10',
    },
    samples: { '2m30s': [{ labels: g1a, value: 600 }], '3m': [{ labels: g1a, value: 1080 }] },
  },
  {
    rule: OF_PROCESS,
    name: 'counts the remaining time from the scrape, however much later the rule is evaluated',
    aspects: ['boundary'],
    series: {
      [UP]: '_ 1 _x9',
      [gauge()]: '_ 600 _x9',
      [active()]: '_ 1 _x9',
      // another job on the same instance, scraped later
      'up{job="other", instance="g1"}': '1x10',
      'up{job="gateway", instance="g2"}': '1x10',
    },
    samples: { '30s': [{ labels: g1a, value: 630 }], '2m': [{ labels: g1a, value: 630 }] },
  },
  {
    rule: OF_PROCESS,
    with: [SEEN],
    name: 'is reset by a renewal that changes the gauge',
    aspects: ['fires'],
    series: {
      [UP]: '1x80',
      [gauge()]: '600x5 420x3 600x20',
      [active()]: '1x40',
      // another job says what this one said before
      [gauge('a', 'g1', 'other')]: '420x80',
    },
    samples: {
      '4m': [{ labels: g1a, value: 600 }],
      '5m30s': [{ labels: g1a, value: 900 }],
      '9m': [{ labels: g1a, value: 900 }],
    },
  },
  {
    rule: OF_PROCESS,
    with: [SEEN],
    name: 'keeps the old expiry through a renewal that leaves the gauge as it was, until an accepted write betrays it',
    aspects: ['boundary'],
    series: { [UP]: '1x80', [gauge()]: '600x15 570x20', [active()]: '1x40' },
    samples: { '7m30s': [{ labels: g1a, value: 600 }], '8m': [{ labels: g1a, value: 1050 }] },
  },
  {
    rule: OF_PROCESS,
    with: [SEEN],
    name: 'keeps the expiry when a write after it sets the gauge to 0, for an hour past it',
    aspects: ['boundary'],
    series: { [UP]: '1x200', [gauge()]: '600x22 0x170', [active()]: '1x200' },
    samples: {
      '12m': [{ labels: g1a, value: 600 }],
      '69m30s': [{ labels: g1a, value: 600 }],
      '70m': [],
      '75m': [],
    },
  },
  {
    rule: OF_PROCESS,
    with: [SEEN],
    name: 'sees a new lease of the same length after a release',
    aspects: ['fires'],
    series: { [UP]: '1x80', [gauge()]: '600x4 0x3 600x20', [active()]: '1x4 0x3 1x20' },
    samples: {
      '2m': [{ labels: g1a, value: 600 }],
      '3m30s': [],
      '4m30s': [{ labels: g1a, value: 870 }],
      '8m': [{ labels: g1a, value: 870 }],
    },
  },
  {
    rule: OF_PROCESS,
    with: [SEEN],
    name: 'drops a lease that a gateway restart lost, and keeps one while the gateway is not scraped',
    aspects: ['boundary', 'silent'],
    series: {
      [UP]: '1x80',
      [gauge()]: '600x4 stale',
      [active()]: '1x4 stale',
      'up{job="gateway", instance="g2"}': '1x4 0x10 1x40',
      [gauge('b', 'g2')]: '600x4 stale _x9 600x40',
      [active('b', 'g2')]: '1x4 stale _x9 1x40',
      // the same relay's lease on a third process, and another relay's on the first, are not lost
      'up{job="gateway", instance="g3"}': '1x80',
      [gauge('a', 'g3')]: '600x60',
      [active('a', 'g3')]: '1x60',
      [gauge('d')]: '600x60',
      [active('d')]: '1x60',
    },
    samples: {
      '2m': [{ labels: g1a, value: 600 }, { labels: { instance: 'g2', relay: 'b' }, value: 600 }, ...others],
      '4m': [{ labels: { instance: 'g2', relay: 'b' }, value: 600 }, ...others],
      '9m': [{ labels: { instance: 'g2', relay: 'b' }, value: 600 }, ...others],
    },
  },
  {
    rule: OF_PROCESS,
    with: [SEEN],
    name: 'knows of no lease where none is active, where the gauge is 0, and in other jobs',
    aspects: ['silent', 'absent'],
    series: {
      [UP]: '1x10',
      [gauge()]: '600x10',
      [active()]: '0x10',
      [gauge('b')]: '0x10',
      [active('b')]: '1x10',
      [gauge('c', 'g1', 'other')]: '600x10',
      [active('c')]: '1x10',
      [gauge('d')]: '600x10',
      [active('d', 'g2')]: '1x10',
      [gauge('e')]: '600x10',
      [active('e', 'g1', 'other')]: '1x10',
      [gauge('f', 'o1', 'other')]: '600x10',
      [active('f', 'o1', 'other')]: '1x10',
    },
    samples: { '0m': [], '3m': [] },
  },
  {
    rule: OF_PROCESS,
    with: [SEEN],
    name: 'takes the expiry as late as it can be when it first sees a gauge',
    aspects: ['boundary'],
    series: { [UP]: '_x10 1x40', [gauge()]: '_x10 600x40', [active()]: '_x10 1x40' },
    samples: { '5m': [{ labels: g1a, value: 900 }] },
  },
  {
    rule: OF_PROCESS,
    name: 'compares the gauge with that of the evaluation before',
    aspects: ['boundary'],
    series: {
      [UP]: '1x20',
      // the gauge is written at 1m
      [gauge()]: '600 600 570x20',
      [active()]: '1x20',
      [`${SEEN}{instance="g1", relay="a"}`]: '600 600 570x20',
      // lost at 1m
      [gauge('b')]: '600 600 stale',
      [active('b')]: '1 1 stale',
      [`${SEEN}{instance="g1", relay="b"}`]: '600 600 -1 stale',
    },
    samples: {
      '30s': [
        { labels: g1a, value: 600 },
        { labels: { instance: 'g1', relay: 'b' }, value: 600 },
      ],
      '1m': [{ labels: g1a, value: 630 }],
      '1m30s': [{ labels: g1a, value: 630 }],
    },
  },
  {
    rule: SEEN,
    with: [OF_PROCESS],
    name: 'is the gauge of a lease that is not released, -1 once when it was, and then absent',
    aspects: ['fires', 'silent', 'absent'],
    series: {
      [UP]: '1x20',
      [gauge()]: '600x2 0x2 0x20',
      [active()]: '1x4 0x20',
      [gauge('b')]: '600x20',
      [active('b')]: '0x20',
      [gauge('c', 'g1', 'other')]: '600x20',
      [active('c')]: '1x20',
      [gauge('d')]: '600x20',
      [active('d', 'g1', 'other')]: '1x20',
      // the lease of one process is not that of the other
      [gauge('e')]: '600x20',
      [active('e', 'g2')]: '1x20',
      // held all the time
      'up{job="gateway", instance="g2"}': '1x40',
      [gauge('z', 'g2')]: '500x40',
      [active('z', 'g2')]: '1x40',
      [gauge('z')]: '400x2 0x40',
      [active('z')]: '1x2 0x40',
    },
    samples: {
      '0m': [
        { labels: g1a, value: 600 },
        { labels: { instance: 'g2', relay: 'z' }, value: 500 },
        { labels: { instance: 'g1', relay: 'z' }, value: 400 },
      ],
      '1m30s': [
        { labels: g1a, value: 0 },
        { labels: { instance: 'g2', relay: 'z' }, value: 500 },
        { labels: { instance: 'g1', relay: 'z' }, value: -1 },
      ],
      '2m': [
        { labels: g1a, value: 0 },
        { labels: { instance: 'g2', relay: 'z' }, value: 500 },
      ],
      '2m30s': [
        { labels: { instance: 'g2', relay: 'z' }, value: 500 },
        { labels: g1a, value: -1 },
      ],
      '3m': [{ labels: { instance: 'g2', relay: 'z' }, value: 500 }],
      '8m': [{ labels: { instance: 'g2', relay: 'z' }, value: 500 }],
    },
  },
  {
    rule: SEEN,
    with: [OF_PROCESS],
    name: 'takes a lease that vanished for lost only while its process is scraped',
    aspects: ['boundary'],
    series: {
      [UP]: '1x3 0x20',
      'up{job="gateway", instance="g2"}': '1x20',
      'up{job="other", instance="g1"}': '1x20',
      [gauge()]: '600x3 stale',
      [active()]: '1x3 stale',
      [gauge('b', 'g2')]: '600x3 stale',
      [active('b', 'g2')]: '1x3 stale',
    },
    samples: { '2m': [{ labels: { instance: 'g2', relay: 'b' }, value: -1 }], '2m30s': [], '5m': [] },
  },
  {
    rule: EXPIRY,
    name: "is the later of what the gateway's gauge and the worker's file tell",
    aspects: ['fires', 'silent', 'absent'],
    series: {
      [`${OF_PROCESS}{instance="g1", relay="a"}`]: '600x10',
      [`${OF_PROCESS}{instance="g2", relay="a"}`]: '500x10',
      [worker('pending_writes_lease_expiry_timestamp_seconds')]: '700x10',
      [worker('pending_writes_lease_active')]: '1x4 0x6',
      [worker('pending_writes_lease_expiry_timestamp_seconds', 'b')]: '800x10',
      [worker('pending_writes_lease_active', 'b')]: '1x10',
      [worker('pending_writes_lease_expiry_timestamp_seconds', 'c')]: '800x10',
      [worker('pending_writes_lease_active', 'c')]: '0x10',
      [worker('pending_writes_lease_expiry_timestamp_seconds', 'd')]: '800x10',
      [worker('pending_writes_lease_active', 'd', 'w2')]: '1x10',
      'pending_writes_lease_expiry_timestamp_seconds{job="other", instance="w1", relay="e"}': '800x10',
      [worker('pending_writes_lease_active', 'e')]: '1x10',
      [worker('pending_writes_lease_expiry_timestamp_seconds', 'f')]: '800x10',
      'pending_writes_lease_active{job="other", instance="w1", relay="f"}': '1x10',
      // on one host with a gateway process that has a lease of another relay
      [worker('pending_writes_lease_expiry_timestamp_seconds', 'b', 'g1')]: '900x10',
      [worker('pending_writes_lease_active', 'b', 'g1')]: '1x10',
    },
    samples: {
      '1m': [
        { labels: a, value: 700 },
        { labels: { relay: 'b' }, value: 900 },
      ],
      '3m': [
        { labels: a, value: 600 },
        { labels: { relay: 'b' }, value: 900 },
      ],
    },
  },
  {
    rule: EXPIRY,
    name: "forgets the expiry in the worker's file an hour after it",
    aspects: ['boundary'],
    series: {
      [worker('pending_writes_lease_expiry_timestamp_seconds')]: '300x200',
      [worker('pending_writes_lease_active')]: '1x200',
    },
    samples: { '64m30s': [{ labels: a, value: 300 }], '65m': [] },
  },
  {
    rule: EXPIRY,
    name: 'does not read a file whose lease every gateway process that had one has released',
    aspects: ['fires', 'silent', 'resolves', 'boundary'],
    series: {
      [worker('pending_writes_lease_expiry_timestamp_seconds')]: '700x10',
      [worker('pending_writes_lease_active')]: '1x10',
      [active()]: '1x2 0x8',
      [active('a', 'g2', 'other')]: '1x10',
      // one of two processes still holds one
      [worker('pending_writes_lease_expiry_timestamp_seconds', 'b')]: '800x10',
      [worker('pending_writes_lease_active', 'b')]: '1x10',
      [active('b')]: '0x10',
      [active('b', 'g2')]: '1x10',
      // the process that released it has restarted
      [worker('pending_writes_lease_expiry_timestamp_seconds', 'c')]: '900x10',
      [worker('pending_writes_lease_active', 'c')]: '1x10',
      [active('c')]: '0x3 stale',
      // no series of escrow
      [worker('pending_writes_lease_expiry_timestamp_seconds', 'd')]: '900x10',
      [worker('pending_writes_lease_active', 'd')]: '1x10',
      [active('d', 'g1', 'other')]: '0x10',
    },
    samples: {
      '1m': [
        { labels: a, value: 700 },
        { labels: { relay: 'b' }, value: 800 },
        { labels: { relay: 'd' }, value: 900 },
      ],
      '1m30s': [
        { labels: { relay: 'b' }, value: 800 },
        { labels: { relay: 'd' }, value: 900 },
      ],
      '3m': [
        { labels: { relay: 'b' }, value: 800 },
        { labels: c, value: 900 },
        { labels: { relay: 'd' }, value: 900 },
      ],
    },
  },
];
