import type { RuleCase } from '../rule-case.js';

const PENDING = 'relay:gateway_pending_writes:max';
const START = 'relay:gateway_pending_writes:start_timestamp_seconds';
const PUSHES = 'result:gateway_pending_write_pushes:increase';
const RELAY_PUSHES = 'relay_result:gateway_pending_write_pushes:increase';
const WORKER = 'relay:pending_writes_pending:max';
const ALL_WORKERS = 'relay:pending_writes_pending:min';
const ACTIVITY = 'relay:pending_writes_worker_activity:timestamp_seconds';
const CLEARED = 'relay:pending_writes_cleared:timestamp_seconds';
const DELIVERED = 'relay:gateway_pending_writes_delivered:max';
const DELIVERED_SINCE = 'relay:gateway_pending_writes_delivered:start_timestamp_seconds';
const STUCK = 'relay:gateway_pending_writes_stuck:max';
const FILE = 'instance_relay:pending_writes_pending:max';
const UPDATED = 'instance_relay:pending_writes_update:timestamp_seconds';
const LAST_SEEN = 'instance_relay:pending_writes_pending_last_seen:max';
const BY_HOST = 'instance_relay:pending_writes_update:host_timestamp_seconds';
const OFFSET = 'instance:pending_writes_clock_offset:seconds';
const WRITTEN = 'instance:pending_writes_state_file_written:timestamp_seconds';
const PROGRESS = 'instance:pending_writes_queue_progress:group';
const FAILED = 'relay:pending_writes_rotation_failed:timestamp_seconds';
const FAILED_START = 'instance_relay:pending_writes_rotation_failed:start_timestamp_seconds';
const a = { relay: 'a' };
const b = { relay: 'b' };
const exporter = (metric: string, labels = '', instance = 'w1') =>
  `${metric}{job="pending-writes-exporter", instance="${instance}"${labels}}`;
/** A time that changes at each of some places of every twenty evaluations. */
const changing = (changes: (place: number) => boolean) => {
  let time = 0;
  return Array.from({ length: 90 }, (_, i) => {
    if (changes(i % 20)) time += 30;
    return time;
  }).join(' ');
};
const [EIGHT_OF_20, FOURTEEN_OF_20, FIFTEEN_OF_20] = [
  changing((place) => place % 5 < 2),
  changing((place) => ![0, 4, 7].includes(place % 10)),
  changing((place) => place % 4 > 0),
];
const missing = (instance: string) =>
  `pending_writes_state_file_missing{job="pending-writes-exporter", instance="${instance}"}`;
const w1 = { job: 'pending-writes-exporter', instance: 'w1' };
const d = { relay: 'd' };
const of = (instance: string, relay: string) => ({ instance, relay });
const z = { relay: 'z' };
const UP = 'up{job="gateway", instance="g1"}';

const ROTATION = 'pending_writes_rotation_last_status';
const BEGAN = 'pending_writes_rotation_last_start_timestamp_seconds';

const gauge = (relay: string, instance = 'g1', job = 'gateway') =>
  `gateway_pending_writes{job="${job}", instance="${instance}", relay="${relay}"}`;
const pushed = (relay: string, instance = 'g1', job = 'gateway') =>
  `gateway_pending_write_push_total{job="${job}", instance="${instance}", relay="${relay}", result="success"}`;

export const workerQueueCases: readonly RuleCase[] = [
  {
    rule: 'WorkerQueuePendingTooLong',
    name: 'fires when a relay has been pending in the file for 30 minutes, and ends when it is cleared',
    aspects: ['fires', 'boundary', 'resolves', 'silent'],
    series: { [`${WORKER}{relay="a"}`]: '0 1x70 0', [`${WORKER}{relay="b"}`]: '0x80' },
    firing: { '30m': [], '30m30s': [a], '35m30s': [a], '36m': [] },
  },
  {
    rule: 'WorkerQueuePendingTooLong',
    name: 'stays silent for a relay that the gateway does not hold and whose entry is written again and again',
    aspects: ['silent', 'boundary'],
    series: {
      [`${WORKER}{relay="a"}`]: '1x80',
      // the last time at 10m: 14 times within ten minutes at 13m
      [`${BY_HOST}{instance="w1", relay="a"}`]: '0+30x20 600x70',
      // 14 times in every ten minutes
      [`${WORKER}{relay="b"}`]: '1x90',
      [`${BY_HOST}{instance="w1", relay="b"}`]: FOURTEEN_OF_20,
      // 15 times
      [`${WORKER}{relay="d"}`]: '1x90',
      [`${BY_HOST}{instance="w1", relay="d"}`]: FIFTEEN_OF_20,
    },
    firing: { '29m30s': [], '30m': [b], '42m30s': [b], '43m30s': [b, a] },
  },
  {
    rule: 'WorkerQueuePendingTooLong',
    name: 'stays silent where no exporter is scraped',
    aspects: ['absent'],
    series: {},
    firing: { '40m': [] },
  },

  {
    rule: 'WorkerQueueStalled',
    name: 'fires when jobs have waited for 10 minutes with none in flight, and ends when one is taken',
    aspects: ['fires', 'boundary', 'resolves', 'silent'],
    series: {
      [exporter('pending_writes_queue_size')]: '0 1x24 2x15',
      [exporter('pending_writes_inflight_size')]: '0x30 1x10',
      [exporter('pending_writes_queue_size', '', 'w2')]: '3x40',
      [exporter('pending_writes_inflight_size', '', 'w2')]: '1x40',
      [exporter('pending_writes_queue_size', '', 'w3')]: '0x40',
      [exporter('pending_writes_inflight_size', '', 'w3')]: '0x40',
      // of another job: neither its own queue counts, nor what it says of w2
      'pending_writes_queue_size{job="other", instance="w1"}': '3x40',
      'pending_writes_inflight_size{job="other", instance="w2"}': '0x40',
    },
    firing: { '10m': [], '10m30s': [w1], '15m': [w1], '15m30s': [] },
  },
  {
    rule: 'WorkerQueueStalled',
    name: 'stays silent where the file has no queue sizes',
    aspects: ['absent'],
    series: {},
    firing: { '20m': [] },
  },

  {
    rule: 'WorkerRotationFailed',
    name: 'fires when a failure has stood for 5 minutes, and ends when it is gone',
    aspects: ['fires', 'boundary', 'resolves'],
    series: { [`${FAILED}{relay="a"}`]: '_ 1x12 stale' },
    firing: { '5m': [], '5m30s': [a], '6m30s': [a], '7m': [] },
  },
  {
    rule: 'WorkerRotationFailed',
    name: 'stays silent for a failure that is repeated with success at once',
    aspects: ['silent'],
    series: { [`${FAILED}{relay="a"}`]: '30 60 0 0x20' },
    firing: { '5m': [], '6m': [] },
  },
  {
    rule: 'WorkerRotationFailed',
    name: 'stays silent where no rotation failed',
    aspects: ['absent'],
    series: {},
    firing: { '6m': [] },
  },

  {
    rule: 'WorkerMissedPendingWrites',
    name: 'fires when gateway and worker have differed for 10 minutes, the worker having been at work since, and ends when they agree',
    aspects: ['fires', 'boundary', 'resolves'],
    series: {
      [`${WORKER}{relay="a"}`]: '_ 0x40 1',
      [`${PENDING}{relay="a"}`]: '1x60',
      [`${START}{relay="a"}`]: '10x60',
      [`${ACTIVITY}{relay="a"}`]: '41x60',
      [`${LAST_SEEN}{instance="w1", relay="a"}`]: '0x60',
      [`${LAST_SEEN}{instance="w1", relay="b"}`]: '1x60',
      // newly pending at each evaluation
      [`${WORKER}{relay="c"}`]: '0x60',
      [`${PENDING}{relay="c"}`]: '1x60',
      [`${START}{relay="c"}`]: '0+30x60',
      [`${ACTIVITY}{relay="c"}`]: '100+30x60',
    },
    firing: { '10m': [], '10m30s': [a], '20m30s': [a], '21m': [] },
  },
  {
    rule: 'WorkerMissedPendingWrites',
    name: 'stays silent for a worker that has not been at work since the relay became pending',
    aspects: ['silent', 'boundary'],
    series: {
      [`${WORKER}{relay="a"}`]: '0x40',
      [`${PENDING}{relay="a"}`]: '1x40',
      [`${START}{relay="a"}`]: '10x40',
      [`${ACTIVITY}{relay="a"}`]: '40x40',
      // b's worker was at work, and b's does not count for a
      [`${START}{relay="b"}`]: '10x40',
      [`${ACTIVITY}{relay="b"}`]: '41x40',
      // another worker of d, whose file is not seen now, has it in its queue
      [`${WORKER}{relay="d"}`]: '0x40',
      [`${PENDING}{relay="d"}`]: '1x40',
      [`${START}{relay="d"}`]: '10x40',
      [`${ACTIVITY}{relay="d"}`]: '41x40',
      [`${LAST_SEEN}{instance="w1", relay="d"}`]: '0x40',
      [`${LAST_SEEN}{instance="w2", relay="d"}`]: '1x40',
    },
    firing: { '15m': [] },
  },
  {
    rule: 'WorkerMissedPendingWrites',
    name: 'needs no evidence where the site declares its workers always on, except where a file cannot be read',
    aspects: ['fires', 'silent'],
    config: { workers: { alwaysOn: true } },
    series: {
      'up{job="pending-writes-exporter", instance="w1"}': '1x40',
      [`${WORKER}{relay="a"}`]: '0x40',
      [`${PENDING}{relay="a"}`]: '1x40',
      [`${START}{relay="a"}`]: '10x40',
      [`${WORKER}{relay="b"}`]: '0x40',
      [`${PENDING}{relay="b"}`]: '1x40',
      [`${START}{relay="b"}`]: '10x40',
      [`${ACTIVITY}{relay="b"}`]: '0x40',
      [`${WORKER}{relay="d"}`]: '0x40',
      [`${PENDING}{relay="d"}`]: '1x40',
      [`${START}{relay="d"}`]: '10x40',
      [`${LAST_SEEN}{instance="w2", relay="d"}`]: '1x40',
      // written to and cleared between any two evaluations, so that it has just become pending at each
      [`${WORKER}{relay="c"}`]: '0x40',
      [`${PENDING}{relay="c"}`]: '1x40',
      [`${START}{relay="c"}`]: '0+30x40',
    },
    firing: { '15m': [a] },
  },
  {
    rule: 'WorkerMissedPendingWrites',
    name: 'stays silent when both say pending, and when neither does',
    aspects: ['silent'],
    series: {
      [`${WORKER}{relay="a"}`]: '1x40',
      [`${WORKER}{relay="b"}`]: '0x40',
      [`${PENDING}{relay="a"}`]: '1x40',
      [`${START}{relay="a"}`]: '10x40',
      [`${START}{relay="b"}`]: '10x40',
      [`${ACTIVITY}{relay="a"}`]: '41x40',
      [`${ACTIVITY}{relay="b"}`]: '41x40',
    },
    firing: { '15m': [] },
  },
  {
    rule: 'WorkerMissedPendingWrites',
    name: 'stays silent where no exporter is scraped',
    aspects: ['absent'],
    series: { [`${PENDING}{relay="a"}`]: '1x40', [`${START}{relay="a"}`]: '10x40' },
    firing: { '15m': [] },
  },

  {
    rule: 'WorkerPendingWritesOrphaned',
    name: 'fires when every worker has said pending for 10 minutes and the gateway does not know of it',
    aspects: ['fires', 'boundary', 'resolves', 'silent'],
    series: {
      [UP]: '1x60',
      [`${ALL_WORKERS}{relay="a"}`]: '_ 1x60',
      [`${START}{relay="a"}`]: '0 stale _x39 1x20',
      [`${ALL_WORKERS}{relay="b"}`]: '1x60',
      [`${START}{relay="b"}`]: '10x60',
      // just cleared, and cleared again and again
      [`${ALL_WORKERS}{relay="c"}`]: '_ 1x60',
      [`${START}{relay="c"}`]: '0x60',
      // its entry is written again and again
      [`${ALL_WORKERS}{relay="d"}`]: '1x60',
      [`${BY_HOST}{instance="w1", relay="d"}`]: '0+30x70',
      [`${ALL_WORKERS}{relay="g"}`]: '1x60',
      [`${BY_HOST}{instance="w1", relay="g"}`]: FIFTEEN_OF_20,
      // less often
      [`${ALL_WORKERS}{relay="e"}`]: '_ 1x39 stale',
      [`${BY_HOST}{instance="w1", relay="e"}`]: FOURTEEN_OF_20,
      [`${ALL_WORKERS}{relay="f"}`]: '_ 1x39 stale',
      [`${BY_HOST}{instance="w1", relay="f"}`]: EIGHT_OF_20,
    },
    firing: {
      '10m': [],
      '10m30s': [a, { relay: 'c' }, { relay: 'e' }, { relay: 'f' }],
      '20m': [a, { relay: 'c' }, { relay: 'e' }, { relay: 'f' }],
      '20m30s': [{ relay: 'c' }],
    },
  },
  {
    rule: 'WorkerPendingWritesOrphaned',
    name: 'stays silent while a gateway process is not scraped: it may know',
    aspects: ['silent'],
    series: {
      [UP]: '0x60',
      'up{job="gateway", instance="g2"}': '1x60',
      [`${ALL_WORKERS}{relay="a"}`]: '1x60',
    },
    firing: { '15m': [] },
  },
  {
    rule: 'WorkerPendingWritesOrphaned',
    name: 'stays silent where the gateway is not scraped, or no exporter is',
    aspects: ['absent'],
    series: { [`${ALL_WORKERS}{relay="a"}`]: '1x60', 'up{job="node", instance="n1"}': '1x60' },
    firing: { '15m': [] },
  },

  {
    rule: WORKER,
    name: 'says 1 when any worker says pending, 0 when all say cleared, and nothing of files that cannot be read',
    aspects: ['fires', 'silent', 'absent'],
    series: {
      [`${FILE}{instance="w1", relay="a"}`]: '1 0 0',
      [`${FILE}{instance="w2", relay="a"}`]: '0 0 0',
      [`${FILE}{instance="w1", relay="c"}`]: '1x3',
      [`${FILE}{instance="w2", relay="c"}`]: '1x3',
      [`${FILE}{instance="w3", relay="a"}`]: '1x3',
      [`${FILE}{instance="w3", relay="d"}`]: '1x3',
      [`${OFFSET}{instance="w1"}`]: '0x3',
      [`${OFFSET}{instance="w2"}`]: '0x3',
    },
    samples: {
      '0m': [
        { labels: a, value: 1 },
        { labels: { relay: 'c' }, value: 1 },
      ],
      '1m': [
        { labels: { relay: 'c' }, value: 1 },
        { labels: a, value: 0 },
      ],
    },
  },
  {
    rule: ALL_WORKERS,
    name: 'is 1 only for relays of which no worker says cleared',
    aspects: ['fires', 'silent', 'absent', 'boundary'],
    series: {
      [`${FILE}{instance="w1", relay="a"}`]: '1x3',
      [`${FILE}{instance="w2", relay="a"}`]: '1 0 1',
      [`${FILE}{instance="w1", relay="b"}`]: '1x3',
      [`${FILE}{instance="w1", relay="c"}`]: '0x3',
      // its file cannot be read
      [`${FILE}{instance="w3", relay="b"}`]: '0x3',
      [`${FILE}{instance="w3", relay="d"}`]: '1x3',
      [`${OFFSET}{instance="w1"}`]: '0x3',
      [`${OFFSET}{instance="w2"}`]: '5x3',
    },
    samples: {
      '0m': [
        { labels: a, value: 1 },
        { labels: b, value: 1 },
      ],
      '30s': [{ labels: b, value: 1 }],
    },
  },
  {
    rule: ACTIVITY,
    name: 'is when a worker that knows the pending relay last wrote its file, the latest of several, and is carried',
    aspects: ['fires', 'silent'],
    series: {
      [`${START}{relay="a"}`]: '10x60 0',
      [`${START}{relay="b"}`]: '10x60',
      [`${START}{relay="c"}`]: '0x60',
      [`${START}{relay="e"}`]: '1x60',
      [`${FILE}{instance="w1", relay="a"}`]: '0x20 stale',
      [`${FILE}{instance="w2", relay="a"}`]: '1x20 stale',
      [`${FILE}{instance="w1", relay="c"}`]: '0x20 stale',
      // a worker of which no file is known
      [`${FILE}{instance="w3", relay="b"}`]: '0x60',
      // a worker that names the relay in its rotations only, beside one that was notified of it long ago
      [`${FILE}{instance="w2", relay="e"}`]: '0x60',
      [exporter('pending_writes_rotation_last_attempts', ', relay="e"')]: '4x60',
      // the rotations also name relays that are no longer pending, or never were
      [exporter('pending_writes_rotation_last_attempts', ', relay="c"')]: '4x60',
      [exporter('pending_writes_rotation_last_attempts', ', relay="d"')]: '4x60',
      'pending_writes_rotation_last_attempts{job="other", instance="w1", relay="b"}': '4x60',
      [`${OFFSET}{instance="w1"}`]: '0x60',
      [`${OFFSET}{instance="w2"}`]: '0x60',
      [`${OFFSET}{instance="w3"}`]: '0x60',
      [`${WRITTEN}{instance="w1"}`]: '-5x5 160x60',
      [`${WRITTEN}{instance="w2"}`]: '-7x60',
    },
    samples: {
      '1m': [
        { labels: a, value: -5 },
        { labels: { relay: 'e' }, value: -5 },
      ],
      '3m': [
        { labels: a, value: 160 },
        { labels: { relay: 'e' }, value: 160 },
      ],
      '29m': [
        { labels: { relay: 'e' }, value: 160 },
        { labels: a, value: 160 },
      ],
      '30m30s': [{ labels: { relay: 'e' }, value: 160 }],
    },
  },
  {
    rule: ACTIVITY,
    name: 'is 0 as long as the file of a worker that knows the relay cannot be read, and until it is active again',
    aspects: ['boundary', 'silent'],
    series: {
      [`${START}{relay="a"}`]: '1x60',
      [`${START}{relay="b"}`]: '0x60',
      [`${FILE}{instance="w1", relay="a"}`]: '0x6 stale _x9 0x20',
      [`${FILE}{instance="w1", relay="b"}`]: '1x6 stale',
      // another worker of the relay, whose file can be read all the time
      [`${FILE}{instance="w2", relay="a"}`]: '0x6 stale',
      [`${OFFSET}{instance="w1"}`]: '0 0 0 stale _x13 0x20',
      [`${OFFSET}{instance="w2"}`]: '0x60',
      [`${WRITTEN}{instance="w1"}`]: '3 3 3 stale _x13 400x20',
      [`${WRITTEN}{instance="w2"}`]: '2x60',
      // another relay, whose worker can be read all the time
      [`${START}{relay="d"}`]: '1x60',
      [`${FILE}{instance="w2", relay="d"}`]: '0x60',
      // and one whose worker writes its file meanwhile
      [`${START}{relay="z"}`]: '1x60',
      [`${FILE}{instance="w4", relay="z"}`]: '0x60',
      [`${OFFSET}{instance="w4"}`]: '0x60',
      [`${WRITTEN}{instance="w4"}`]: '2x3 80x60',
    },
    samples: {
      '1m': [
        { labels: a, value: 3 },
        { labels: d, value: 2 },
        { labels: z, value: 2 },
      ],
      '2m': [
        { labels: a, value: 0 },
        { labels: d, value: 2 },
        { labels: z, value: 80 },
      ],
      '6m': [
        { labels: d, value: 2 },
        { labels: a, value: 0 },
        { labels: z, value: 80 },
      ],
      '8m30s': [
        { labels: a, value: 400 },
        { labels: d, value: 2 },
        { labels: z, value: 80 },
      ],
    },
  },
  {
    rule: LAST_SEEN,
    name: 'is what the files say of pending relays, or said when they were last seen',
    aspects: ['fires', 'silent', 'boundary', 'resolves'],
    series: {
      // not seen from 2m on, and cleared at 70m
      [`${START}{relay="a"}`]: '1x160',
      [`${FILE}{instance="w1", relay="a"}`]: '1x3 stale _x135 0x20',
      [`${FILE}{instance="w2", relay="a"}`]: '0x160',
      // cleared when it was last seen
      [`${START}{relay="b"}`]: '1x160',
      [`${FILE}{instance="w1", relay="b"}`]: '1 0x2 stale',
      // not pending on the gateway
      [`${START}{relay="c"}`]: '0x160',
      [`${FILE}{instance="w1", relay="c"}`]: '1x160',
      // remembered until the relay is cleared at 75m
      [`${START}{relay="d"}`]: '1x149 0 stale',
      [`${FILE}{instance="w1", relay="d"}`]: '1x3 stale',
      // the file of w3 can be read and does not have the relay any more, and is deleted at 60m; that of w4 was deleted
      [`${START}{relay="e"}`]: '1x160',
      [`${FILE}{instance="w3", relay="e"}`]: '1x3 stale',
      [`${FILE}{instance="w3", relay="b"}`]: '0x160',
      [`${OFFSET}{instance="w3"}`]: '0x160',
      [missing('w3')]: '0x119 1x40',
      [`${FILE}{instance="w4", relay="e"}`]: '1x3 stale',
      [`${OFFSET}{instance="w4"}`]: '0x160',
      [missing('w4')]: '0x3 1x160',
      'pending_writes_state_file_missing{job="other", instance="w3"}': '1x160',
    },
    samples: {
      '0m': [
        { labels: of('w1', 'a'), value: 1 },
        { labels: of('w2', 'a'), value: 0 },
        { labels: of('w1', 'b'), value: 1 },
        { labels: of('w3', 'b'), value: 0 },
        { labels: of('w1', 'd'), value: 1 },
        { labels: of('w3', 'e'), value: 1 },
        { labels: of('w4', 'e'), value: 1 },
      ],
      '69m30s': [
        { labels: of('w1', 'a'), value: 1 },
        { labels: of('w2', 'a'), value: 0 },
        { labels: of('w1', 'b'), value: 0 },
        { labels: of('w3', 'b'), value: 0 },
        { labels: of('w1', 'd'), value: 1 },
        { labels: of('w3', 'e'), value: 0 },
        { labels: of('w4', 'e'), value: 1 },
      ],
      '70m': [
        { labels: of('w1', 'a'), value: 0 },
        { labels: of('w2', 'a'), value: 0 },
        { labels: of('w1', 'b'), value: 0 },
        { labels: of('w3', 'b'), value: 0 },
        { labels: of('w1', 'd'), value: 1 },
        { labels: of('w3', 'e'), value: 0 },
        { labels: of('w4', 'e'), value: 1 },
      ],
      '75m': [
        { labels: of('w1', 'a'), value: 0 },
        { labels: of('w2', 'a'), value: 0 },
        { labels: of('w1', 'b'), value: 0 },
        { labels: of('w3', 'b'), value: 0 },
        { labels: of('w3', 'e'), value: 0 },
        { labels: of('w4', 'e'), value: 1 },
      ],
    },
  },
  {
    rule: LAST_SEEN,
    name: 'is remembered for an hour while the relay is not pending',
    aspects: ['boundary'],
    series: {
      // pending again 40 and 80 minutes after the file was last seen
      [`${START}{relay="a"}`]: '1 1 1 0 stale _x79 2520x60',
      [`${FILE}{instance="w1", relay="a"}`]: '1x3 stale',
      [`${START}{relay="b"}`]: '1 1 1 0 stale _x159 4920x20',
      [`${FILE}{instance="w1", relay="b"}`]: '1x3 stale',
      // lost by a file that can be read
      [`${START}{relay="d"}`]: '1 1 1 0 stale _x79 2520x60',
      [`${FILE}{instance="w2", relay="d"}`]: '1x3 stale',
      [`${OFFSET}{instance="w2"}`]: '0x200',
      // pending on the gateway for the first time 10 minutes after the file, which said pending, was last seen
      [`${START}{relay="f"}`]: '_x21 630x200',
      [`${FILE}{instance="w1", relay="f"}`]: '1x3 stale',
      // the file said cleared while the relay was pending before, and pending when it was last seen
      [`${START}{relay="g"}`]: '1 1 0 stale _x17 630x200',
      [`${FILE}{instance="w1", relay="g"}`]: '0 0 1 1 stale',
    },
    samples: {
      '30s': [
        { labels: of('w1', 'a'), value: 1 },
        { labels: of('w1', 'b'), value: 1 },
        { labels: of('w2', 'd'), value: 1 },
        { labels: of('w1', 'g'), value: 0 },
      ],
      '10m': [],
      '10m30s': [
        { labels: of('w1', 'f'), value: 1 },
        { labels: of('w1', 'g'), value: 1 },
      ],
      '45m': [
        { labels: of('w1', 'a'), value: 1 },
        { labels: of('w2', 'd'), value: 0 },
        { labels: of('w1', 'f'), value: 1 },
        { labels: of('w1', 'g'), value: 1 },
      ],
      '83m': [
        { labels: of('w1', 'f'), value: 1 },
        { labels: of('w1', 'g'), value: 1 },
      ],
    },
  },
  {
    rule: LAST_SEEN,
    name: 'prefers what it said before, then what the file said within the hour, then what it said within the hour',
    aspects: ['boundary'],
    series: {
      // read without the relay at 1m30s, and deleted at once: the 0 stays
      [`${START}{relay="a"}`]: '1x200',
      [`${FILE}{instance="w1", relay="a"}`]: '1x2 stale',
      [`${OFFSET}{instance="w1"}`]: '0x200',
      [missing('w1')]: '0x3 1x200',
      // newly pending 45 minutes after the file was last seen, beside a relay that has been pending all the time
      [`${START}{relay="b"}`]: '_x91 2730x100',
      [`${FILE}{instance="w2", relay="b"}`]: '1x2 stale',
      [`${START}{relay="d"}`]: '1x200',
      [`${FILE}{instance="w2", relay="d"}`]: '1x2 stale',
      // pending until 50m and again at 85m; the file of w2 was last seen at the beginning, that of w3 at 40m
      [`${START}{relay="e"}`]: '1x100 0 stale _x67 5100x30',
      [`${FILE}{instance="w2", relay="e"}`]: '1x2 stale',
      [`${FILE}{instance="w3", relay="e"}`]: '1x80 stale',
      // newly pending then, known from a file that was seen at 40m
      [`${START}{relay="f"}`]: '_x170 5100x30',
      [`${FILE}{instance="w2", relay="f"}`]: '1x80 stale',
    },
    samples: {
      '2m': [
        { labels: of('w1', 'a'), value: 0 },
        { labels: of('w2', 'd'), value: 1 },
        { labels: of('w2', 'e'), value: 1 },
        { labels: of('w3', 'e'), value: 1 },
      ],
      '45m30s': [
        { labels: of('w1', 'a'), value: 0 },
        { labels: of('w2', 'b'), value: 1 },
        { labels: of('w2', 'd'), value: 1 },
        { labels: of('w2', 'e'), value: 1 },
        { labels: of('w3', 'e'), value: 1 },
      ],
      '85m': [
        { labels: of('w1', 'a'), value: 0 },
        { labels: of('w2', 'b'), value: 1 },
        { labels: of('w2', 'd'), value: 1 },
        { labels: of('w2', 'e'), value: 1 },
        { labels: of('w3', 'e'), value: 1 },
        { labels: of('w2', 'f'), value: 1 },
      ],
    },
  },
  {
    rule: LAST_SEEN,
    name: 'is absent where no exporter is scraped',
    aspects: ['absent'],
    series: { [`${START}{relay="a"}`]: '1x60' },
    samples: { '10m': [] },
  },
  {
    rule: ACTIVITY,
    name: 'is the last scrape of the exporter where the site declares that it runs with its worker',
    aspects: ['fires', 'silent'],
    config: { workers: { exporterRunsWithWorker: true } },
    series: {
      [`${START}{relay="a"}`]: '1x60',
      [`${FILE}{instance="w1", relay="a"}`]: '0x10 stale',
      [`${OFFSET}{instance="w1"}`]: '0x10 stale',
      'up{job="pending-writes-exporter", instance="w1"}': '1x10 0x40',
      'up{job="other", instance="w1"}': '1x60',
      [`${WRITTEN}{instance="w1"}`]: '3x60',
    },
    samples: { '5m': [{ labels: a, value: 300 }], '9m': [{ labels: a, value: 300 }] },
  },
  {
    rule: ACTIVITY,
    name: 'is 0 once a push was delivered while no exporter shows a worker of the relay, until one does again',
    aspects: ['boundary', 'silent'],
    series: {
      [`${OFFSET}{instance="w1"}`]: '0x60',
      [`${WRITTEN}{instance="w1"}`]: '100x60',
      [`${START}{relay="a"}`]: '1x60',
      [`${FILE}{instance="w1", relay="a"}`]: '0x4 stale _x20 0x10',
      [`${RELAY_PUSHES}{relay="a", result="success"}`]: '0x5 1x5 0x50',
      // a push that failed reaches no worker
      [`${START}{relay="b"}`]: '1x60',
      [`${FILE}{instance="w1", relay="b"}`]: '0x4 stale',
      [`${RELAY_PUSHES}{relay="b", result="error"}`]: '1x60',
      // an exporter shows the worker
      [`${START}{relay="c"}`]: '1x60',
      [`${FILE}{instance="w1", relay="c"}`]: '0x60',
      [`${RELAY_PUSHES}{relay="c", result="success"}`]: '1x60',
      // no longer pending
      [`${START}{relay="d"}`]: '1x4 0x60',
      [`${FILE}{instance="w1", relay="d"}`]: '0x4 stale',
      [`${RELAY_PUSHES}{relay="d", result="success"}`]: '1x60',
      // nothing was ever known
      [`${START}{relay="e"}`]: '1x60',
      [`${RELAY_PUSHES}{relay="e", result="success"}`]: '1x60',
    },
    samples: {
      '2m30s': [
        { labels: a, value: 100 },
        { labels: b, value: 100 },
        { labels: { relay: 'c' }, value: 100 },
      ],
      '3m': [
        { labels: a, value: 0 },
        { labels: b, value: 100 },
        { labels: { relay: 'c' }, value: 100 },
      ],
      '12m30s': [
        { labels: a, value: 0 },
        { labels: b, value: 100 },
        { labels: { relay: 'c' }, value: 100 },
      ],
      '13m': [
        { labels: a, value: 100 },
        { labels: b, value: 100 },
        { labels: { relay: 'c' }, value: 100 },
      ],
    },
  },
  {
    rule: ACTIVITY,
    name: 'is absent where no exporter is scraped',
    aspects: ['absent'],
    series: { [`${START}{relay="a"}`]: '1x60' },
    samples: { '10m': [] },
  },
  {
    rule: DELIVERED,
    name: 'takes the word of a build that labels pushes by relay, unless the relay was cleared a short time ago',
    aspects: ['fires', 'silent'],
    series: {
      [`${PENDING}{relay="a"}`]: '1x3',
      [`${PENDING}{relay="b"}`]: '1x3',
      [`${PENDING}{relay="d"}`]: '1x3',
      [`${RELAY_PUSHES}{relay="a", result="success"}`]: '0.9 0 0',
      [`${RELAY_PUSHES}{relay="b", result="error"}`]: '4x3',
      [`${RELAY_PUSHES}{relay="c", result="success"}`]: '4x3',
      [`${PUSHES}{result="success"}`]: '4x3',
      [`${START}{relay="d"}`]: '10x3',
      [`${FILE}{instance="w1", relay="d"}`]: '1x3',
      [`${UPDATED}{instance="w1", relay="d"}`]: '20x3',
      // the push may be of the write before, which was cleared within the longest back-off
      [`${PENDING}{relay="e"}`]: '1x3',
      [`${RELAY_PUSHES}{relay="e", result="success"}`]: '4 0 0 0',
      [`${CLEARED}{relay="e"}`]: '-419x3',
      [`${WORKER}{relay="e"}`]: '0x3',
      // cleared before that, and the worker cannot write its file, or another worker without a file has the write
      [`${PENDING}{relay="f"}`]: '1x3',
      [`${RELAY_PUSHES}{relay="f", result="success"}`]: '0.9 0 0',
      [`${CLEARED}{relay="f"}`]: '-420x3',
      [`${WORKER}{relay="f"}`]: '0x3',
      // one worker says cleared, and another one has this write
      [`${PENDING}{relay="g"}`]: '1x3',
      [`${RELAY_PUSHES}{relay="g", result="success"}`]: '0.9 0 0',
      [`${CLEARED}{relay="g"}`]: '-10x3',
      [`${WORKER}{relay="g"}`]: '1x3',
    },
    samples: {
      '0m': [a, { relay: 'f' }, { relay: 'g' }].map((labels) => ({ labels, value: 1 })),
      '30s': [],
    },
  },
  {
    rule: DELIVERED,
    name: 'else believes a file that was notified of this write, while the gateway delivers pushes',
    aspects: ['fires', 'silent', 'boundary'],
    series: {
      [`${PENDING}{relay="a"}`]: '1x4',
      [`${START}{relay="a"}`]: '1000x4',
      [`${FILE}{instance="w1", relay="a"}`]: '1x4',
      // a push comes up to two scrapes and two evaluations before the relay is first seen pending
      [`${UPDATED}{instance="w1", relay="a"}`]: '881x4',
      // notified of an earlier write
      [`${PENDING}{relay="b"}`]: '1x4',
      [`${START}{relay="b"}`]: '1000x4',
      [`${FILE}{instance="w1", relay="b"}`]: '1x4',
      [`${UPDATED}{instance="w1", relay="b"}`]: '880x4',
      // notified that it is cleared; another worker says pending of an earlier write
      [`${PENDING}{relay="d"}`]: '1x4',
      [`${START}{relay="d"}`]: '1000x4',
      [`${FILE}{instance="w1", relay="d"}`]: '0x4',
      [`${UPDATED}{instance="w1", relay="d"}`]: '2000x4',
      [`${FILE}{instance="w2", relay="d"}`]: '1x4',
      [`${UPDATED}{instance="w2", relay="d"}`]: '100x4',
      // not pending on the gateway
      [`${START}{relay="c"}`]: '1000x4',
      [`${FILE}{instance="w1", relay="c"}`]: '1x4',
      [`${UPDATED}{instance="w1", relay="c"}`]: '2000x4',
      [`${PUSHES}{result="success"}`]: '0.9 0 0 2',
      [`${PUSHES}{result="error"}`]: '1x4',
    },
    samples: { '0m': [{ labels: a, value: 1 }], '30s': [], '1m30s': [{ labels: a, value: 1 }] },
  },
  {
    rule: DELIVERED,
    name: 'is absent without pushes',
    aspects: ['absent'],
    series: {
      [`${PENDING}{relay="a"}`]: '1x4',
      [`${START}{relay="a"}`]: '10x4',
      [`${FILE}{instance="w1", relay="a"}`]: '1x4',
      [`${UPDATED}{instance="w1", relay="a"}`]: '20x4',
    },
    samples: { '1m': [] },
  },
  {
    rule: DELIVERED_SINCE,
    name: 'is the time from which pushes were delivered without a break, 0 once when that ended, and starts again',
    aspects: ['fires', 'silent', 'absent', 'boundary'],
    series: {
      [`${DELIVERED}{relay="a"}`]: '_ 1 1 stale _ 1 1',
      // without a break
      [`${DELIVERED}{relay="z"}`]: '_ 1x20',
    },
    samples: {
      '0m': [],
      '30s': [
        { labels: a, value: 30 },
        { labels: z, value: 30 },
      ],
      '1m': [
        { labels: a, value: 30 },
        { labels: z, value: 30 },
      ],
      '1m30s': [
        { labels: z, value: 30 },
        { labels: a, value: 0 },
      ],
      '2m': [{ labels: z, value: 30 }],
      '3m': [
        { labels: z, value: 30 },
        { labels: a, value: 150 },
      ],
    },
  },
  {
    rule: DELIVERED_SINCE,
    name: 'begins again with a later pending write, and not with the one that it began with',
    aspects: ['fires', 'boundary'],
    series: {
      [`${DELIVERED}{relay="a"}`]: '_ 1x9',
      [`${START}{relay="a"}`]: '_ 30 30 90x9',
      [`${DELIVERED}{relay="b"}`]: '_ 1x9',
      [`${START}{relay="b"}`]: '1x9',
      [`${DELIVERED}{relay="z"}`]: '_ 1x9',
      [`${START}{relay="z"}`]: '_ 30x9',
      ...Object.fromEntries(['a', 'b', 'z'].map((relay) => [`${WORKER}{relay="${relay}"}`, '1x9'])),
    },
    samples: {
      '1m': [a, b, z].map((labels) => ({ labels, value: 30 })),
      '1m30s': [
        { labels: b, value: 30 },
        { labels: z, value: 30 },
        { labels: a, value: 90 },
      ],
      '3m': [
        { labels: a, value: 90 },
        { labels: b, value: 30 },
        { labels: z, value: 30 },
      ],
    },
  },
  {
    rule: DELIVERED_SINCE,
    name: 'begins again when a process whose own gauge is 0 pushes, which it does only when it clears the relay',
    aspects: ['silent', 'boundary'],
    series: {
      ...Object.fromEntries(
        ['a', 'b', 'c', 'd', 'e', 'f', 'z'].map((relay) => [`${DELIVERED}{relay="${relay}"}`, '_ 1x12']),
      ),
      [UP]: '1x20',
      'up{job="gateway", instance="g2"}': '1x20',
      // a is cleared by g2 at 1m, b at 5m with the first push of g4
      [gauge('a', 'g2')]: '0x20',
      [pushed('a', 'g2')]: '3 3 4x20',
      [gauge('b', 'g4')]: '0x20',
      [pushed('b', 'g4')]: '_x10 1x20',
      'up{job="gateway", instance="g4"}': '_x5 1x20',
      // whether g3 has pushed z before is unknown
      [gauge('z', 'g3')]: '_x10 0x20',
      [pushed('z', 'g3')]: '_x10 4x20',
      'up{job="gateway", instance="g3"}': '_x10 1x20',
      'up{job="other", instance="g3"}': '1x40',
      // c is pushed by the process that says that it is pending, d by another one than the one that cleared it earlier
      [gauge('c')]: '1x20',
      [pushed('c')]: '3 3 4x20',
      [gauge('d', 'g2')]: '0x20',
      [pushed('d', 'g2')]: '4x20',
      [gauge('d')]: '1x20',
      [pushed('d')]: '3 3 4x20',
      // what another job says of e, and of f
      [gauge('e', 'g2', 'other')]: '0x20',
      [pushed('e', 'g2')]: '3 3 4x20',
      [gauge('f', 'g2')]: '0x20',
      [pushed('f', 'g2', 'other')]: '3 3 4x20',
    },
    samples: {
      '30s': ['a', 'b', 'c', 'd', 'e', 'f', 'z'].map((relay) => ({ labels: { relay }, value: 30 })),
      ...Object.fromEntries(
        (
          [
            ['1m', 60, 30],
            ['2m30s', 150, 30],
            ['3m', 150, 30],
            ['5m', 150, 300],
            ['6m', 150, 360],
          ] as const
        ).map(([at, ofA, ofB]) => [
          at,
          [
            ...['c', 'd', 'e', 'f', 'z'].map((relay) => ({ labels: { relay }, value: 30 })),
            { labels: a, value: ofA },
            { labels: b, value: ofB },
          ],
        ]),
      ),
    },
  },
  {
    rule: DELIVERED_SINCE,
    name: 'begins with a push that was just delivered, or with an entry in a file: earlier pushes may be of the write before',
    aspects: ['fires', 'silent', 'boundary'],
    series: {
      ...Object.fromEntries(['c', 'z'].map((relay) => [`${DELIVERED}{relay="${relay}"}`, '_ 1x30'])),
      ...Object.fromEntries(
        ['a', 'b', 'd', 'e'].map((relay) => [`${DELIVERED}{relay="${relay}"}`, '_x6 1x30']),
      ),
      // a push at 5m
      [`${RELAY_PUSHES}{relay="a", result="success"}`]: '2x9 3x20',
      // the file says pending from 4m on
      [`${RELAY_PUSHES}{relay="b", result="success"}`]: '2x30',
      [`${WORKER}{relay="b"}`]: '0x7 1x20',
      // the first push of all
      [`${RELAY_PUSHES}{relay="c", result="success"}`]: '_ 1x30',
      // pushes leave the window
      [`${RELAY_PUSHES}{relay="d", result="success"}`]: '3x4 2x30',
      [`${WORKER}{relay="d"}`]: '0x30',
      // pushes that fail are no reason
      [`${RELAY_PUSHES}{relay="e", result="error"}`]: '2x30',
      [`${RELAY_PUSHES}{relay="e", result="success"}`]: '_x6 1x30',
      // pending when the push was first counted, and an evaluation later
      [`${DELIVERED}{relay="g"}`]: '_x10 1x20',
      [`${RELAY_PUSHES}{relay="g", result="success"}`]: '2x9 3x30',
      [`${DELIVERED}{relay="h"}`]: '_x11 1x20',
      [`${RELAY_PUSHES}{relay="h", result="success"}`]: '2x9 3x30',
      // first pending when the push was counted, and pushed again at 7m; pending an evaluation before; and pending in a file
      [`${START}{relay="i"}`]: '_x10 272x30',
      [`${DELIVERED}{relay="i"}`]: '_x10 1x20',
      [`${RELAY_PUSHES}{relay="i", result="success"}`]: '2x9 3x3 4x30',
      [`${START}{relay="j"}`]: '_x9 270x30',
      [`${DELIVERED}{relay="j"}`]: '_x10 1x20',
      [`${RELAY_PUSHES}{relay="j", result="success"}`]: '2x9 3x30',
      [`${START}{relay="k"}`]: '_x10 300x30',
      [`${DELIVERED}{relay="k"}`]: '_x10 1x20',
      [`${RELAY_PUSHES}{relay="k", result="success"}`]: '2x9 3x30',
      [`${WORKER}{relay="k"}`]: '1x30',
    },
    samples: {
      '30s': ['c', 'z'].map((relay) => ({ labels: { relay }, value: 30 })),
      '3m30s': [
        ...['c', 'z'].map((relay) => ({ labels: { relay }, value: 30 })),
        { labels: { relay: 'e' }, value: 180 },
      ],
      '8m': [
        ...['c', 'z'].map((relay) => ({ labels: { relay }, value: 30 })),
        { labels: { relay: 'e' }, value: 180 },
        { labels: b, value: 240 },
        { labels: a, value: 300 },
        { labels: { relay: 'g' }, value: 300 },
        { labels: { relay: 'i' }, value: 420 },
        { labels: { relay: 'j' }, value: 300 },
        { labels: { relay: 'k' }, value: 300 },
      ],
    },
  },
  {
    rule: DELIVERED_SINCE,
    name: 'keeps and ends what began in the first second of all',
    aspects: ['boundary'],
    series: {
      [`${DELIVERED_SINCE}{relay="a"}`]: '1',
      [`${DELIVERED}{relay="a"}`]: '1x9',
      [`${DELIVERED_SINCE}{relay="b"}`]: '1',
      [`${DELIVERED}{relay="b"}`]: '1 stale',
    },
    samples: {
      '30s': [
        { labels: a, value: 1 },
        { labels: b, value: 0 },
      ],
    },
  },
  {
    rule: STUCK,
    name: 'holds a relay whose worker was notified more than 10 minutes ago, not exactly 10',
    aspects: ['fires', 'silent', 'boundary'],
    series: {
      [`${DELIVERED_SINCE}{relay="a"}`]: '30x40',
      [`${DELIVERED_SINCE}{relay="b"}`]: '0x40',
      [`${DELIVERED_SINCE}{relay="d"}`]: '1x40',
    },
    samples: {
      '10m': [],
      '10m30s': [{ labels: d, value: 1 }],
      '11m': [
        { labels: a, value: 1 },
        { labels: d, value: 1 },
      ],
    },
  },
  {
    rule: STUCK,
    name: 'leaves out a relay in the queue of a worker that works through an old queue, for 5 minutes after it last did',
    aspects: ['silent', 'boundary'],
    series: {
      [`${DELIVERED_SINCE}{relay="a"}`]: '30x80',
      [`${FILE}{instance="w1", relay="a"}`]: '1x80',
      [`${PROGRESS}{instance="w1"}`]: '_x30 1 stale',
      // of another worker, of no worker, and of one whose file says cleared
      [`${DELIVERED_SINCE}{relay="b"}`]: '30x80',
      [`${FILE}{instance="w2", relay="b"}`]: '1x80',
      [`${DELIVERED_SINCE}{relay="d"}`]: '30x80',
      [`${DELIVERED_SINCE}{relay="z"}`]: '30x80',
      [`${FILE}{instance="w1", relay="z"}`]: '0x80',
    },
    samples: {
      '14m30s': [a, b, d, z].map((labels) => ({ labels, value: 1 })),
      '15m': [b, d, z].map((labels) => ({ labels, value: 1 })),
      '20m': [b, d, z].map((labels) => ({ labels, value: 1 })),
      '20m30s': [a, b, d, z].map((labels) => ({ labels, value: 1 })),
    },
  },
  {
    rule: STUCK,
    name: 'holds a pending relay whose job the file calls failed, at once',
    aspects: ['fires', 'silent'],
    series: {
      [`${PENDING}{relay="a"}`]: '1x4',
      [`${PENDING}{relay="b"}`]: '1x4',
      [exporter('pending_writes_job_status', ', relay="a", status="error"')]: '1x4',
      [exporter('pending_writes_job_status', ', relay="b", status="in-progress"')]: '1x4',
      [exporter('pending_writes_job_status', ', relay="c", status="error"')]: '1x4',
      'pending_writes_job_status{job="other", instance="w1", relay="b", status="error"}': '1x4',
      // d was told long ago
      [`${DELIVERED_SINCE}{relay="d"}`]: '1x40',
      [`${PENDING}{relay="d"}`]: '1x40',
      [exporter('pending_writes_job_status', ', relay="e", status="error"')]: '1x40',
      [`${PENDING}{relay="e"}`]: '1x40',
      [`${FILE}{instance="w1", relay="e"}`]: '1x40',
      // another worker of it says cleared
      [`${FILE}{instance="w2", relay="e"}`]: '0x40',
      // the job that failed was of an earlier write, which was cleared
      [exporter('pending_writes_job_status', ', relay="f", status="error"')]: '1x40',
      [`${PENDING}{relay="f"}`]: '1x40',
      [`${FILE}{instance="w1", relay="f"}`]: '0x40',
    },
    samples: {
      '30s': [
        { labels: a, value: 1 },
        { labels: { relay: 'e' }, value: 1 },
      ],
      '12m': [
        { labels: d, value: 1 },
        { labels: { relay: 'e' }, value: 1 },
      ],
    },
  },
  {
    rule: STUCK,
    name: 'is absent where no worker was told',
    aspects: ['absent'],
    series: { [`${PENDING}{relay="a"}`]: '1x40' },
    samples: { '15m': [] },
  },
  {
    rule: PROGRESS,
    name: 'holds a worker whose file has just ceased to call a relay pending of which it was notified over 10 minutes ago',
    aspects: ['fires', 'silent', 'boundary'],
    series: {
      // cleared at 15m, notified 14m30s before; another relay of the worker stays in the queue
      [`${FILE}{instance="w1", relay="a"}`]: '1x29 0x20',
      [`${UPDATED}{instance="w1", relay="a"}`]: '30x29 890x20',
      [`${FILE}{instance="w1", relay="b"}`]: '1x50',
      [`${UPDATED}{instance="w1", relay="b"}`]: '30x50',
      // out of the file at 15m; notified exactly 10 minutes before, and a second earlier
      [`${FILE}{instance="w2", relay="c"}`]: '1x29 stale',
      [`${UPDATED}{instance="w2", relay="c"}`]: '300x29 stale',
      [`${FILE}{instance="w3", relay="c"}`]: '1x29 stale',
      [`${UPDATED}{instance="w3", relay="c"}`]: '299x29 stale',
      // cleared all the time
      [`${FILE}{instance="w4", relay="d"}`]: '0x50',
      [`${UPDATED}{instance="w4", relay="d"}`]: '30x50',
      // its file cannot be read any more
      [`${FILE}{instance="w5", relay="e"}`]: '1x29 stale',
      [`${UPDATED}{instance="w5", relay="e"}`]: '30x29 stale',
      [`${OFFSET}{instance="w5"}`]: '0x29 stale',
      // cleared at 15m by w6, while another worker has the relay in its queue
      [`${FILE}{instance="w6", relay="f"}`]: '1x29 0x20',
      [`${UPDATED}{instance="w6", relay="f"}`]: '30x50',
      [`${FILE}{instance="w8", relay="f"}`]: '1x50',
      [`${UPDATED}{instance="w8", relay="f"}`]: '800x50',
      // notified again half a minute before
      [`${FILE}{instance="w7", relay="g"}`]: '1x29 0x20',
      [`${UPDATED}{instance="w7", relay="g"}`]: '30x28 870x20',
      // another worker has w4's relay in its queue, and w4 another relay
      [`${FILE}{instance="w8", relay="d"}`]: '1x50',
      [`${UPDATED}{instance="w8", relay="d"}`]: '30x50',
      [`${FILE}{instance="w4", relay="h"}`]: '1x50',
      [`${UPDATED}{instance="w4", relay="h"}`]: '800x50',
      ...Object.fromEntries(
        ['w1', 'w2', 'w3', 'w4', 'w6', 'w7', 'w8'].map((w) => [`${OFFSET}{instance="${w}"}`, '0x50']),
      ),
    },
    samples: {
      '14m30s': [],
      '15m': [
        { labels: { instance: 'w1' }, value: 1 },
        { labels: { instance: 'w3' }, value: 1 },
        { labels: { instance: 'w6' }, value: 1 },
      ],
      '15m30s': [],
    },
  },
  {
    rule: PROGRESS,
    name: 'is absent where no exporter is scraped',
    aspects: ['absent'],
    series: { [`${DELIVERED_SINCE}{relay="a"}`]: '30x40' },
    samples: { '15m': [] },
  },
  {
    rule: FAILED_START,
    name: 'is when the failed rotation began, by the clock of Prometheus, until the worker completes one',
    aspects: ['fires', 'silent', 'boundary', 'resolves'],
    series: {
      // pushed out of the file at 1m30s
      [exporter(ROTATION, ', relay="a", status="failed"')]: '_ 1 1 stale',
      [exporter(ROTATION, ', relay="a", status="completed"')]: '_x6 1 stale',
      [exporter(BEGAN, ', relay="a"')]: '_ 20 20 stale _ _ 170 stale',
      // the clock of its host was set back by two minutes before it completed the next one
      [exporter(ROTATION, ', relay="b", status="failed"', 'w2')]: '_ 1 1 0x9',
      [exporter(ROTATION, ', relay="b", status="completed"', 'w2')]: '_ 0 0 1x9',
      [exporter(BEGAN, ', relay="b"', 'w2')]: '_ 150 150 81x9',
      // it is repeated: under way, then failed again
      [exporter(ROTATION, ', relay="c", status="failed"')]: '_ 1 stale _ 1x9',
      [exporter(ROTATION, ', relay="c", status="pending"')]: '_ _ 1 1 stale',
      [exporter(BEGAN, ', relay="c"')]: '_ 20 70 70 70x9',
      [exporter(ROTATION, ', relay="d", status="completed"')]: '1x12',
      [exporter(BEGAN, ', relay="d"')]: '1x12',
      // what another job says does not count
      [`${ROTATION}{job="other", instance="w1", relay="d", status="failed"}`]: '1x12',
      [`${BEGAN}{job="other", instance="w1", relay="a"}`]: '25x12',
      [`${ROTATION}{job="other", instance="w1", relay="c", status="completed"}`]: '1x12',
      [`${FAILED}{relay="a"}`]: '_ 30 60x10',
      [`${FAILED}{relay="b"}`]: '_ 30 60x10',
      [`${FAILED}{relay="c"}`]: '_ 30x10',
      [`${OFFSET}{instance="w1"}`]: '3x12',
      [`${OFFSET}{instance="w2"}`]: '0x12',
    },
    samples: {
      '0m': [],
      '1m': [
        { labels: of('w1', 'a'), value: 23 },
        { labels: of('w2', 'b'), value: 150 },
        { labels: of('w1', 'c'), value: 23 },
      ],
      '1m30s': [
        { labels: of('w1', 'a'), value: 23 },
        { labels: of('w2', 'b'), value: 0 },
        { labels: of('w1', 'c'), value: 23 },
      ],
      '2m30s': [
        { labels: of('w1', 'c'), value: 73 },
        { labels: of('w1', 'a'), value: 23 },
      ],
      '3m': [
        { labels: of('w1', 'c'), value: 73 },
        { labels: of('w1', 'a'), value: 0 },
      ],
      '3m30s': [{ labels: of('w1', 'c'), value: 73 }],
    },
  },
  {
    rule: FAILED_START,
    name: 'is ended by a rotation of another worker of the relay that began later, not by an earlier one',
    aspects: ['fires', 'boundary', 'resolves'],
    series: {
      // the failures began at 53; those of w1 are out of the file at 1m30s
      ...Object.fromEntries(
        ['a', 'b', 'c', 'd'].flatMap((relay) => [
          [exporter(ROTATION, `, relay="${relay}", status="failed"`), '_ 1 1 stale'],
          [exporter(BEGAN, `, relay="${relay}"`), '_ 50 50 stale'],
          [`${FAILED}{relay="${relay}"}`, '_ 30 60x10'],
        ]),
      ),
      // by the clock of w2, which is 10 seconds ahead: at the same moment, and a second later from 2m30s on
      [exporter(ROTATION, ', relay="a", status="completed"', 'w2')]: '1x12',
      [exporter(BEGAN, ', relay="a"', 'w2')]: '63x4 64x8',
      // completed by two other workers, and under way on another one
      [exporter(ROTATION, ', relay="b", status="completed"', 'w2')]: '1x12',
      [exporter(BEGAN, ', relay="b"', 'w2')]: '40x12',
      [exporter(ROTATION, ', relay="b", status="completed"', 'w4')]: '1x12',
      [exporter(BEGAN, ', relay="b"', 'w4')]: '40x12',
      [exporter(ROTATION, ', relay="b", status="pending"', 'w3')]: '1x12',
      [exporter(BEGAN, ', relay="b"', 'w3')]: '140x12',
      // the last of two others
      [exporter(ROTATION, ', relay="c", status="completed"', 'w2')]: '1x12',
      [exporter(BEGAN, ', relay="c"', 'w2')]: '40x12',
      [exporter(ROTATION, ', relay="c", status="completed"', 'w3')]: '1x12',
      [exporter(BEGAN, ', relay="c"', 'w3')]: '100x12',
      // another job
      [`${ROTATION}{job="other", instance="w2", relay="d", status="completed"}`]: '1x12',
      [`${BEGAN}{job="other", instance="w2", relay="d"}`]: '100x12',
      [`${BEGAN}{job="other", instance="w2", relay="b"}`]: '100x12',
      // still in the file
      [exporter(ROTATION, ', relay="e", status="failed"')]: '_ 1x12',
      [exporter(BEGAN, ', relay="e"')]: '_ 50x12',
      [exporter(ROTATION, ', relay="e", status="completed"', 'w2')]: '1x12',
      [exporter(BEGAN, ', relay="e"', 'w2')]: '100x12',
      [`${OFFSET}{instance="w1"}`]: '3x12',
      [`${OFFSET}{instance="w2"}`]: '-10x12',
      [`${OFFSET}{instance="w3"}`]: '0x12',
      [`${OFFSET}{instance="w4"}`]: '0x12',
    },
    samples: {
      '1m': ['a', 'b', 'c', 'd', 'e'].map((relay) => ({ labels: of('w1', relay), value: 53 })),
      '1m30s': [
        { labels: of('w1', 'e'), value: 53 },
        { labels: of('w1', 'a'), value: 53 },
        { labels: of('w1', 'b'), value: 53 },
        { labels: of('w1', 'd'), value: 53 },
        { labels: of('w1', 'c'), value: 0 },
      ],
      '2m': ['e', 'a', 'b', 'd'].map((relay) => ({ labels: of('w1', relay), value: 53 })),
      '2m30s': [
        { labels: of('w1', 'e'), value: 53 },
        { labels: of('w1', 'b'), value: 53 },
        { labels: of('w1', 'd'), value: 53 },
        { labels: of('w1', 'a'), value: 0 },
      ],
      '3m': ['e', 'b', 'd'].map((relay) => ({ labels: of('w1', relay), value: 53 })),
    },
  },
  {
    rule: FAILED_START,
    name: 'is the later one where another label of the target has just changed',
    aspects: ['boundary'],
    series: {
      [exporter(ROTATION, ', relay="a", status="failed", pod="one"')]: '1x3 stale',
      [exporter(BEGAN, ', relay="a", pod="one"')]: '20x3 stale',
      [exporter(ROTATION, ', relay="a", status="failed", pod="two"')]: '_x3 1x9',
      [exporter(BEGAN, ', relay="a", pod="two"')]: '_x3 70x9',
      [`${FAILED}{relay="a"}`]: '0+30x12',
      [`${OFFSET}{instance="w1"}`]: '3x12',
    },
    samples: {
      '1m': [{ labels: of('w1', 'a'), value: 23 }],
      '1m30s': [{ labels: of('w1', 'a'), value: 73 }],
      '2m': [{ labels: of('w1', 'a'), value: 73 }],
    },
  },
  {
    rule: FAILED_START,
    name: 'is forgotten a day after a file showed the failure',
    aspects: ['boundary', 'absent'],
    series: {
      [exporter(ROTATION, ', relay="a", status="failed"')]: '1 1 stale',
      [exporter(BEGAN, ', relay="a"')]: '20 20 stale',
      [`${FAILED}{relay="a"}`]: '0 30x2900',
      // another worker of the relay has completed an earlier one
      [exporter(ROTATION, ', relay="c", status="failed"')]: '1 1 stale',
      [exporter(BEGAN, ', relay="c"')]: '20 20 stale',
      [exporter(ROTATION, ', relay="c", status="completed"', 'w2')]: '1x2900',
      [exporter(BEGAN, ', relay="c"', 'w2')]: '10x2900',
      [`${FAILED}{relay="c"}`]: '0 30x2900',
      // another worker completes a later one after 23 hours
      [exporter(ROTATION, ', relay="b", status="failed"')]: '1 1 stale',
      [exporter(BEGAN, ', relay="b"')]: '20 20 stale',
      [exporter(ROTATION, ', relay="b", status="completed"', 'w2')]: '_x2760 1x200',
      [exporter(BEGAN, ', relay="b"', 'w2')]: '_x2760 82790x200',
      [`${FAILED}{relay="b"}`]: '0 30x2900',
      // shown again when it has just been forgotten: what is recorded in the same evaluation does not count
      [exporter(ROTATION, ', relay="f", status="failed"')]: '1 1 stale',
      [exporter(BEGAN, ', relay="f"')]: '20 20 stale',
      [`${FAILED}{relay="f"}`]: '0 30x2879 86430x9',
      [exporter(ROTATION, ', relay="g", status="failed"')]: '1 1 stale',
      [exporter(BEGAN, ', relay="g"')]: '20 20 stale',
      [exporter(ROTATION, ', relay="g", status="completed"', 'w2')]: '1x2900',
      [exporter(BEGAN, ', relay="g"', 'w2')]: '10x2900',
      [`${FAILED}{relay="g"}`]: '0 30x2879 86430x9',
      // a file still shows that of another relay
      [`${FAILED}{relay="z"}`]: '0 30+30x2900',
      [`${OFFSET}{instance="w1"}`]: '0x2900',
      [`${OFFSET}{instance="w2"}`]: '0x2900',
      // began in the first second of all
      [`${FAILED_START}{instance="w1", relay="d"}`]: '_ 1',
      [`${FAILED}{relay="d"}`]: '1 1 1 stale',
      [`${FAILED_START}{instance="w1", relay="e"}`]: '_ 1',
      [`${FAILED}{relay="e"}`]: '1 1 1 stale',
      [exporter(ROTATION, ', relay="e", status="completed"')]: '_ _ 1x9',
    },
    samples: {
      '30s': [
        ...['a', 'b', 'c', 'f', 'g'].map((relay) => ({ labels: of('w1', relay), value: 20 })),
        { labels: of('w1', 'd'), value: 1 },
        { labels: of('w1', 'e'), value: 1 },
      ],
      '1m': [
        { labels: of('w1', 'e'), value: 0 },
        ...['a', 'b', 'c', 'f', 'g'].map((relay) => ({ labels: of('w1', relay), value: 20 })),
        { labels: of('w1', 'd'), value: 1 },
      ],
      '22h59m30s': ['a', 'b', 'c', 'f', 'g'].map((relay) => ({ labels: of('w1', relay), value: 20 })),
      '23h': [
        ...['a', 'c', 'f', 'g'].map((relay) => ({ labels: of('w1', relay), value: 20 })),
        { labels: of('w1', 'b'), value: 0 },
      ],
      '24h': ['a', 'c', 'f', 'g'].map((relay) => ({ labels: of('w1', relay), value: 20 })),
      '24h30s': ['a', 'c', 'f', 'g'].map((relay) => ({ labels: of('w1', relay), value: 0 })),
      '24h1m': [],
    },
  },
  {
    rule: FAILED_START,
    name: 'is kept for each worker of a relay on its own',
    aspects: ['fires', 'resolves'],
    series: {
      // out of the file of w1 at 1m, and of that of w2 at 2m; w1 completes one at 3m
      [exporter(ROTATION, ', relay="a", status="failed"')]: '1 1 stale',
      [exporter(BEGAN, ', relay="a"')]: '20 20 stale _ _ _ 10 10 stale',
      [exporter(ROTATION, ', relay="a", status="failed"', 'w2')]: '1 1 1 1 stale',
      [exporter(BEGAN, ', relay="a"', 'w2')]: '40 40 40 40 stale',
      [exporter(ROTATION, ', relay="a", status="completed"')]: '_x6 1 1 stale',
      [`${FAILED}{relay="a"}`]: '0 30 60 90x12',
      [`${OFFSET}{instance="w1"}`]: '0x12',
      [`${OFFSET}{instance="w2"}`]: '0x12',
    },
    samples: {
      '1m30s': [
        { labels: of('w1', 'a'), value: 20 },
        { labels: of('w2', 'a'), value: 40 },
      ],
      '2m30s': [
        { labels: of('w1', 'a'), value: 20 },
        { labels: of('w2', 'a'), value: 40 },
      ],
      '3m': [
        { labels: of('w1', 'a'), value: 0 },
        { labels: of('w2', 'a'), value: 40 },
      ],
      '3m30s': [{ labels: of('w2', 'a'), value: 40 }],
    },
  },
  {
    rule: FAILED_START,
    name: 'is kept through an outage of Prometheus of up to an hour',
    aspects: ['boundary'],
    series: {
      // the last samples are those of the begin
      ...Object.fromEntries(
        ['a', 'b', 'c'].flatMap((relay) => [
          [`${FAILED_START}{instance="w1", relay="${relay}"}`, '_ 50'],
          [`${FAILED}{relay="${relay}"}`, '50 _x300'],
        ]),
      ),
      // another worker of the relay has completed an earlier one
      [exporter(ROTATION, ', relay="b", status="completed"', 'w2')]: '1x300',
      [exporter(BEGAN, ', relay="b"', 'w2')]: '40x300',
      // another worker completes one after 45 minutes
      [exporter(ROTATION, ', relay="c", status="completed"', 'w2')]: '_x90 1x200',
      [exporter(BEGAN, ', relay="c"', 'w2')]: '_x90 2690x200',
      [`${OFFSET}{instance="w2"}`]: '0x300',
    },
    samples: {
      '44m30s': ['a', 'b', 'c'].map((relay) => ({ labels: of('w1', relay), value: 50 })),
      '45m': [
        ...['a', 'b'].map((relay) => ({ labels: of('w1', relay), value: 50 })),
        { labels: of('w1', 'c'), value: 0 },
      ],
      '1h': ['a', 'b'].map((relay) => ({ labels: of('w1', relay), value: 50 })),
      '1h30s': ['a', 'b'].map((relay) => ({ labels: of('w1', relay), value: 0 })),
      '1h1m': [],
    },
  },
  {
    rule: FAILED,
    name: 'is when a file last showed a failure, for as long as that failure has not ended',
    aspects: ['fires', 'silent', 'absent', 'boundary'],
    series: {
      [exporter(ROTATION, ', relay="a", status="failed"')]: '_ 1 1 stale',
      [`${FAILED_START}{instance="w1", relay="a"}`]: '_ 20x18 0 stale',
      // of one worker it has ended
      [exporter(ROTATION, ', relay="b", status="failed"')]: '_ 1 1 stale',
      [exporter(ROTATION, ', relay="b", status="failed"', 'w2')]: '_ 1 stale',
      [`${FAILED_START}{instance="w1", relay="b"}`]: '_ 20x5 0 stale',
      [`${FAILED_START}{instance="w2", relay="b"}`]: '_ 1x30',
      // what another job says does not count
      [`${ROTATION}{job="other", instance="o1", relay="d", status="failed"}`]: '1x30',
      [exporter(ROTATION, ', relay="d", status="completed"')]: '1x30',
      // fails all the time
      [exporter(ROTATION, ', relay="z", status="failed"')]: '_ 1x30',
    },
    samples: {
      '0m': [],
      '1m': [
        { labels: a, value: 60 },
        { labels: b, value: 60 },
        { labels: z, value: 60 },
      ],
      '9m30s': [
        { labels: z, value: 570 },
        { labels: a, value: 60 },
        { labels: b, value: 60 },
      ],
      '10m': [
        { labels: z, value: 600 },
        { labels: b, value: 60 },
        { labels: a, value: 0 },
      ],
      '10m30s': [
        { labels: z, value: 630 },
        { labels: b, value: 60 },
      ],
      '12m': [
        { labels: z, value: 720 },
        { labels: b, value: 60 },
      ],
    },
  },
  {
    rule: FAILED,
    name: 'keeps and ends what began in the first second of all',
    aspects: ['boundary'],
    series: {
      [`${FAILED}{relay="a"}`]: '1',
      [`${FAILED_START}{instance="w1", relay="a"}`]: '1 1',
      [`${FAILED}{relay="b"}`]: '1',
      [`${FAILED_START}{instance="w1", relay="b"}`]: '1 0',
      [`${FAILED}{relay="d"}`]: '0 stale',
      [`${FAILED_START}{instance="w1", relay="d"}`]: '_ 1',
    },
    samples: {
      '30s': [
        { labels: a, value: 1 },
        { labels: b, value: 0 },
      ],
    },
  },
];
