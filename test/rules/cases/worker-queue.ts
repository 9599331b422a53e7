import type { RuleCase } from '../rule-case.js';

const PENDING = 'relay:gateway_pending_writes:max';
const START = 'relay:gateway_pending_writes:start_timestamp_seconds';
const PUSHES = 'result:gateway_pending_write_pushes:increase';
const RELAY_PUSHES = 'relay_result:gateway_pending_write_pushes:increase';
const WORKER = 'relay:pending_writes_pending:max';
const ALL_WORKERS = 'relay:pending_writes_pending:min';
const ACTIVITY = 'relay:pending_writes_worker_activity:timestamp_seconds';
const DELIVERED = 'relay:gateway_pending_writes_delivered:max';
const TOLD = 'relay:gateway_pending_writes_delivered:start_timestamp_seconds';
const STUCK = 'relay:gateway_pending_writes_stuck:max';
const FAILED = 'relay:pending_writes_rotation_failed:timestamp_seconds';
const a = { relay: 'a' };
const b = { relay: 'b' };
const exporter = (metric: string, labels = '', instance = 'w1') =>
  `${metric}{job="pending-writes-exporter", instance="${instance}"${labels}}`;
const file = (relay: string, instance = 'w1') =>
  exporter('pending_writes_pending', `, relay="${relay}"`, instance);
const w1 = { job: 'pending-writes-exporter', instance: 'w1' };
const d = { relay: 'd' };
const z = { relay: 'z' };
const UP = 'up{job="gateway", instance="g1"}';

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
      [exporter('pending_writes_queue_size')]: '0 1x40',
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
      [`${ACTIVITY}{relay="a"}`]: '11x60',
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
      [`${ACTIVITY}{relay="a"}`]: '10x40',
      // b's worker was at work, and b's does not count for a
      [`${START}{relay="b"}`]: '10x40',
      [`${ACTIVITY}{relay="b"}`]: '11x40',
    },
    firing: { '15m': [] },
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
      [`${ACTIVITY}{relay="a"}`]: '11x40',
      [`${ACTIVITY}{relay="b"}`]: '11x40',
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
    },
    firing: {
      '10m': [],
      '10m30s': [a, { relay: 'c' }],
      '20m': [a, { relay: 'c' }],
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
    name: 'says 1 when any worker says pending, 0 when all say cleared of a relay the gateway calls pending',
    aspects: ['fires', 'silent', 'absent'],
    series: {
      [file('a')]: '1 0 0',
      [file('a', 'w2')]: '0 0 0',
      [file('b')]: '0 0 0',
      [file('c')]: '1 1 1',
      [file('c', 'w2')]: '1 1 1',
      'pending_writes_pending{job="other", instance="o1", relay="d"}': '1x3',
      'pending_writes_pending{job="other", instance="o1", relay="a"}': '0 0 2',
      [`${PENDING}{relay="a"}`]: '1x3',
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
      [file('a')]: '1x3',
      [file('a', 'w2')]: '1 0 1',
      [file('b')]: '1x3',
      [file('c')]: '1x3',
      'pending_writes_pending{job="other", instance="o1", relay="a"}': '0x3',
      [`${WORKER}{relay="a"}`]: '1x3',
      [`${WORKER}{relay="b"}`]: '1x3',
      [`${WORKER}{relay="c"}`]: '0x3',
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
    name: 'is now while the file of a worker that knows the pending relay has changed within 5 minutes, then stands still',
    aspects: ['fires', 'silent'],
    series: {
      [`${PENDING}{relay="a"}`]: '1x60 stale',
      [`${PENDING}{relay="b"}`]: '1x60',
      [file('a')]: '0x70',
      [file('b', 'w2')]: '0x70',
      [file('c')]: '0x70',
      // what another job says of b, or of the file of w2, does not count
      'pending_writes_pending{job="other", instance="w1", relay="b"}': '0x70',
      'pending_writes_state_file_mtime_timestamp_seconds{job="other", instance="w2"}': '100x9 400x60',
      // d is active all the time
      [`${PENDING}{relay="d"}`]: '1x80',
      [file('d', 'w4')]: '0x80',
      [exporter('pending_writes_state_file_mtime_timestamp_seconds', '', 'w4')]: '100+30x80',
      // w1 writes its file at 5 minutes, w2 never
      [exporter('pending_writes_state_file_mtime_timestamp_seconds')]: '100x9 400x60',
      [exporter('pending_writes_state_file_mtime_timestamp_seconds', '', 'w2')]: '100x70',
    },
    samples: {
      '4m30s': [{ labels: d, value: 270 }],
      '5m': [
        { labels: a, value: 300 },
        { labels: d, value: 300 },
      ],
      '9m': [
        { labels: a, value: 540 },
        { labels: d, value: 540 },
      ],
      '29m': [
        { labels: a, value: 570 },
        { labels: d, value: 1740 },
      ],
      '30m30s': [{ labels: d, value: 1830 }],
    },
  },
  {
    rule: ACTIVITY,
    name: 'takes the first file of all for activity: it has no earlier time to differ from',
    aspects: ['fires', 'silent'],
    series: {
      [`${PENDING}{relay="a"}`]: '1x60',
      [file('a')]: '_x10 0x50',
      [exporter('pending_writes_state_file_mtime_timestamp_seconds')]: '_x10 300x50',
      [exporter('pending_writes_state_file_missing')]: '1x9 0x50',
      // nothing changed beside w2 and, of another job, beside w3
      [`${PENDING}{relay="b"}`]: '1x60',
      [file('b', 'w2')]: '0x60',
      [exporter('pending_writes_state_file_missing', '', 'w2')]: '0x60',
      [`${PENDING}{relay="d"}`]: '1x60',
      [file('d', 'w3')]: '0x60',
      'pending_writes_state_file_missing{job="other", instance="w3"}': '1x9 0x50',
      // the file of w4 changes all the time
      [`${PENDING}{relay="e"}`]: '1x60',
      [file('e', 'w4')]: '0x60',
      [exporter('pending_writes_state_file_mtime_timestamp_seconds', '', 'w4')]: '100+30x60',
    },
    samples: {
      '6m': [
        { labels: a, value: 360 },
        { labels: { relay: 'e' }, value: 360 },
      ],
      '8m': [
        { labels: a, value: 480 },
        { labels: { relay: 'e' }, value: 480 },
      ],
      '12m': [
        { labels: a, value: 570 },
        { labels: { relay: 'e' }, value: 720 },
      ],
    },
  },
  {
    rule: ACTIVITY,
    name: 'finds the worker of a relay that its file names in the rotations only',
    aspects: ['fires'],
    series: {
      [`${PENDING}{relay="a"}`]: '1x60',
      [`${PENDING}{relay="b"}`]: '1x60',
      [exporter('pending_writes_rotation_last_attempts', ', relay="a"')]: '1x60',
      // another worker knows the relay and is quiet
      [file('a', 'w2')]: '0x60',
      'pending_writes_rotation_last_attempts{job="other", instance="w1", relay="b"}': '1x60',
      [file('c')]: '1x60',
      [exporter('pending_writes_state_file_mtime_timestamp_seconds')]: '100x9 400x60',
    },
    samples: { '6m': [{ labels: a, value: 360 }] },
  },
  {
    rule: ACTIVITY,
    name: 'is absent where no exporter is scraped',
    aspects: ['absent'],
    series: { [`${PENDING}{relay="a"}`]: '1x60' },
    samples: { '10m': [] },
  },
  {
    rule: DELIVERED,
    name: 'takes the word of a build that labels pushes by relay',
    aspects: ['fires', 'silent'],
    series: {
      [`${PENDING}{relay="a"}`]: '1x3',
      [`${PENDING}{relay="b"}`]: '1x3',
      [`${PENDING}{relay="d"}`]: '1x3',
      [`${RELAY_PUSHES}{relay="a", result="success"}`]: '0.9 0 0',
      [`${RELAY_PUSHES}{relay="b", result="error"}`]: '4x3',
      [`${RELAY_PUSHES}{relay="c", result="success"}`]: '4x3',
      [`${PUSHES}{result="success"}`]: '4x3',
      [`${WORKER}{relay="d"}`]: '1x3',
    },
    samples: { '0m': [{ labels: a, value: 1 }], '30s': [] },
  },
  {
    rule: DELIVERED,
    name: 'else believes the file of the worker, while the gateway delivers pushes to somebody',
    aspects: ['fires', 'silent', 'boundary'],
    series: {
      [`${PENDING}{relay="a"}`]: '1x4',
      [`${PENDING}{relay="b"}`]: '1x4',
      [`${WORKER}{relay="a"}`]: '1x4',
      [`${WORKER}{relay="b"}`]: '0x4',
      [`${WORKER}{relay="c"}`]: '1x4',
      [`${PUSHES}{result="success"}`]: '0.9 0 0 2',
      [`${PUSHES}{result="error"}`]: '1x4',
    },
    samples: { '0m': [{ labels: a, value: 1 }], '30s': [], '1m30s': [{ labels: a, value: 1 }] },
  },
  {
    rule: DELIVERED,
    name: 'is absent without pushes',
    aspects: ['absent'],
    series: { [`${PENDING}{relay="a"}`]: '1x4', [`${WORKER}{relay="a"}`]: '1x4' },
    samples: { '1m': [] },
  },
  {
    rule: TOLD,
    name: 'is the time from which pushes were delivered without a break, 0 once when that ended, and starts anew',
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
    rule: TOLD,
    name: 'keeps and ends what began in the first second of all',
    aspects: ['boundary'],
    series: {
      [`${TOLD}{relay="a"}`]: '1',
      [`${DELIVERED}{relay="a"}`]: '1x9',
      [`${TOLD}{relay="b"}`]: '1',
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
    name: 'holds a relay whose worker was told more than 10 minutes ago, not exactly 10',
    aspects: ['fires', 'silent', 'boundary'],
    series: {
      [`${TOLD}{relay="a"}`]: '30x40',
      [`${TOLD}{relay="b"}`]: '0x40',
      [`${TOLD}{relay="d"}`]: '1x40',
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
    name: 'leaves out a relay whose worker still rewrites its file: it works off a queue',
    aspects: ['silent'],
    series: {
      [`${TOLD}{relay="a"}`]: '30x60',
      [`${ACTIVITY}{relay="a"}`]: '0+30x40 1200x20',
      [`${TOLD}{relay="b"}`]: '30x60',
      [`${ACTIVITY}{relay="b"}`]: '30x60',
    },
    samples: {
      '15m': [{ labels: b, value: 1 }],
      '20m30s': [
        { labels: a, value: 1 },
        { labels: b, value: 1 },
      ],
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
      [`${TOLD}{relay="d"}`]: '1x40',
      [`${PENDING}{relay="d"}`]: '1x40',
      [exporter('pending_writes_job_status', ', relay="e", status="error"')]: '1x40',
      [`${PENDING}{relay="e"}`]: '1x40',
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
    rule: FAILED,
    name: 'remembers a failure that others pushed out of the file, until a completed rotation is seen',
    aspects: ['fires', 'silent', 'absent'],
    series: {
      [exporter('pending_writes_rotation_last_status', ', relay="a", status="failed"')]: '_ 1 1 stale',
      [exporter('pending_writes_rotation_last_status', ', relay="a", status="completed"')]: '_x20 1 stale',
      [exporter('pending_writes_rotation_last_status', ', relay="b", status="completed"')]: '1x30',
      // what another job says does not count
      'pending_writes_rotation_last_status{job="other", instance="o1", relay="b", status="failed"}': '1x30',
      'pending_writes_rotation_last_status{job="other", instance="o1", relay="a", status="completed"}':
        '1x10',
      // fails all the time
      [exporter('pending_writes_rotation_last_status', ', relay="z", status="failed"')]: '_ 1x30',
    },
    samples: {
      '0m': [],
      '1m': [
        { labels: a, value: 60 },
        { labels: z, value: 60 },
      ],
      '9m30s': [
        { labels: z, value: 570 },
        { labels: a, value: 60 },
      ],
      '10m': [
        { labels: z, value: 600 },
        { labels: a, value: 0 },
      ],
      '10m30s': [{ labels: z, value: 630 }],
      '12m': [{ labels: z, value: 720 }],
    },
  },
  {
    rule: FAILED,
    name: 'keeps and ends what began in the first second of all',
    aspects: ['boundary'],
    series: {
      [`${FAILED}{relay="a"}`]: '1',
      [`${FAILED}{relay="b"}`]: '1',
      [exporter('pending_writes_rotation_last_status', ', relay="b", status="completed"')]: '_ 1x9',
    },
    samples: {
      '30s': [
        { labels: a, value: 1 },
        { labels: b, value: 0 },
      ],
    },
  },
  {
    rule: FAILED,
    name: 'forgets it after a day',
    aspects: ['boundary'],
    series: {
      [exporter('pending_writes_rotation_last_status', ', relay="a", status="failed"')]: '1 1 stale',
    },
    samples: { '24h': [{ labels: a, value: 30 }], '24h30s': [{ labels: a, value: 0 }], '24h1m': [] },
  },
  {
    rule: FAILED,
    name: 'is renewed by a rotation that is under way only when that one completes',
    aspects: ['boundary'],
    series: {
      [exporter('pending_writes_rotation_last_status', ', relay="a", status="failed"')]: '_ 1 stale',
      [exporter('pending_writes_rotation_last_status', ', relay="a", status="pending"')]: '_ _ 1x10',
    },
    samples: { '3m': [{ labels: a, value: 30 }] },
  },
];
