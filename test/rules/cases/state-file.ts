import type { RuleCase } from '../rule-case.js';

const OFFSET = 'instance:pending_writes_clock_offset:seconds';
const WRITTEN = 'instance:pending_writes_state_file_written:timestamp_seconds';
const FILE = 'instance_relay:pending_writes_pending:max';
const UPDATED = 'instance_relay:pending_writes_update:timestamp_seconds';
const BY_HOST = 'instance_relay:pending_writes_update:host_timestamp_seconds';
const CLEARED = 'relay:pending_writes_cleared:timestamp_seconds';
const PENDING = 'relay:gateway_pending_writes:max';
const START = 'relay:gateway_pending_writes:start_timestamp_seconds';
const exporter = (metric: string, labels = '', instance = 'w1', job = 'pending-writes-exporter') =>
  `${metric}{job="${job}", instance="${instance}"${labels}}`;
const lastRead = (instance?: string, job?: string) =>
  exporter('pending_writes_state_file_last_good_read_timestamp_seconds', '', instance, job);
const success = (instance?: string, job?: string) =>
  exporter('pending_writes_state_file_read_success', '', instance, job);
const mtime = (instance?: string, job?: string) =>
  exporter('pending_writes_state_file_mtime_timestamp_seconds', '', instance, job);
/** The same of a target with a label that the rules do not know. */
const inPod = (metric: string) => (pod: string, instance?: string) =>
  exporter(metric, `, pod="${pod}"`, instance);
const readBy = inPod('pending_writes_state_file_last_good_read_timestamp_seconds');
const successOf = inPod('pending_writes_state_file_read_success');
const writtenAt = inPod('pending_writes_state_file_mtime_timestamp_seconds');
const says = (relay: string, instance?: string, job?: string) =>
  exporter('pending_writes_pending', `, relay="${relay}"`, instance, job);
const updated = (relay: string, instance?: string, job?: string) =>
  exporter('pending_writes_last_update_timestamp_seconds', `, relay="${relay}"`, instance, job);
const of = (instance: string, relay: string) => ({ instance, relay });

/** Series that the exporter reads out of a worker's state file, in the clock of Prometheus. */
export const stateFileCases: readonly RuleCase[] = [
  {
    rule: OFFSET,
    name: 'is how far the clock of the host is behind that of Prometheus, while the file can be read',
    aspects: ['fires', 'silent', 'absent'],
    series: {
      // 100 s fast, then set right; 40 s slow; exact
      [lastRead()]: '100+30x5 180+30x20',
      [success()]: '1x10 0x5 1x20',
      [lastRead('w2')]: '-40+30x20',
      [success('w2')]: '1x20',
      [lastRead('w3')]: '0+30x20',
      [success('w3', 'other')]: '1x20',
      [lastRead('w4', 'other')]: '7+30x20',
      [success('w4')]: '1x20',
      // scraped twice, under two values of a label that rules do not know: the larger offset counts
      [exporter('pending_writes_state_file_last_good_read_timestamp_seconds', ', pod="one"', 'w5')]:
        '-10+30x20',
      [exporter('pending_writes_state_file_last_good_read_timestamp_seconds', ', pod="two"', 'w5')]:
        '-20+30x20',
      [success('w5')]: '1x20',
    },
    samples: {
      '1m': [
        { labels: { instance: 'w1' }, value: -100 },
        { labels: { instance: 'w2' }, value: 40 },
        { labels: { instance: 'w5' }, value: 20 },
      ],
      '4m': [
        { labels: { instance: 'w1' }, value: 0 },
        { labels: { instance: 'w2' }, value: 40 },
        { labels: { instance: 'w5' }, value: 20 },
      ],
      '6m': [
        { labels: { instance: 'w2' }, value: 40 },
        { labels: { instance: 'w5' }, value: 20 },
      ],
    },
  },
  {
    rule: OFFSET,
    name: 'stays as it was when the file was written, whatever the clock of the host does later',
    aspects: ['fires', 'silent', 'boundary'],
    series: {
      // 60 s slow from 1m on, and not readable at 2m
      [lastRead()]: '0 30 0+30x20',
      [success()]: '1x3 0 1x20',
      [success('w1', 'other')]: '1x20',
      // written once more at 3m, by the slow clock
      [mtime()]: '-500x5 120x20',
      [mtime('w1', 'other')]: '-500x20',
      [lastRead('w2')]: '0 30 0+30x20',
      [success('w2')]: '1x20',
      // the file is not there until 1m30s
      [mtime('w2')]: '_x3 -500x20',
      [lastRead('w3')]: '0 30 0+30x20',
      [success('w3')]: '1x20',
      // of another job
      [mtime('w3', 'other')]: '-500x20',
      // written at 3m, before the clock becomes slow
      [lastRead('w4')]: '0+30x6 150+30x20',
      [success('w4')]: '1x20',
      [mtime('w4')]: '-500x5 120x20',
      [mtime('w4', 'other')]: '200x20',
    },
    samples: {
      '30s': ['w1', 'w2', 'w3', 'w4'].map((instance) => ({ labels: { instance }, value: 0 })),
      '1m': [
        { labels: { instance: 'w1' }, value: 0 },
        { labels: { instance: 'w2' }, value: 60 },
        { labels: { instance: 'w3' }, value: 60 },
        { labels: { instance: 'w4' }, value: 0 },
      ],
      '2m': [
        { labels: { instance: 'w2' }, value: 60 },
        { labels: { instance: 'w3' }, value: 60 },
        { labels: { instance: 'w4' }, value: 0 },
      ],
      '2m30s': [
        { labels: { instance: 'w1' }, value: 0 },
        { labels: { instance: 'w2' }, value: 60 },
        { labels: { instance: 'w3' }, value: 60 },
        { labels: { instance: 'w4' }, value: 0 },
      ],
      '4m': [
        { labels: { instance: 'w1' }, value: 60 },
        { labels: { instance: 'w2' }, value: 60 },
        { labels: { instance: 'w3' }, value: 60 },
        { labels: { instance: 'w4' }, value: 0 },
      ],
    },
  },
  {
    rule: OFFSET,
    name: 'is remembered for an hour while the exporter is down',
    aspects: ['boundary'],
    series: {
      // 60 s slow when it is back after 50 minutes
      [lastRead()]: '0x0 stale _x98 2940+30x50',
      [success()]: '1x0 stale _x98 1x50',
      [mtime()]: '-500x0 stale _x98 -500x50',
      // the same after 70 minutes
      [lastRead('w2')]: '0x0 stale _x138 4140+30x50',
      [success('w2')]: '1x0 stale _x138 1x50',
      [mtime('w2')]: '-500x0 stale _x138 -500x50',
    },
    samples: {
      '50m': [{ labels: { instance: 'w1' }, value: 0 }],
      '70m': [
        { labels: { instance: 'w1' }, value: 0 },
        { labels: { instance: 'w2' }, value: 60 },
      ],
    },
  },
  {
    rule: OFFSET,
    name: 'stays as it was where another label of the target has changed within the hour',
    aspects: ['boundary'],
    series: {
      // another pod from 2m30s on, and both for one scrape; the clock is 60 s slow from 1m30s to 4m, and the file is written at 3m30s
      [readBy('one')]: '0+30x2 30+30x2 stale',
      [readBy('two')]: '_x5 90+30x3 270+30x9',
      [successOf('one')]: '1x5 stale',
      [successOf('two')]: '_x5 1x20',
      [writtenAt('one')]: '-500x5 stale',
      [writtenAt('two')]: '_x5 -500x1 150x20',
      // the same, and the file is written just when the pod changes
      [readBy('one', 'w2')]: '0+30x2 30+30x2 stale',
      [readBy('two', 'w2')]: '_x5 90+30x3 270+30x9',
      [successOf('one', 'w2')]: '1x5 stale',
      [successOf('two', 'w2')]: '_x5 1x20',
      [writtenAt('one', 'w2')]: '-500x5 stale',
      [writtenAt('two', 'w2')]: '_x5 70x20',
    },
    samples: {
      '2m': ['w1', 'w2'].map((instance) => ({ labels: { instance }, value: 0 })),
      '2m30s': [
        { labels: { instance: 'w1' }, value: 0 },
        { labels: { instance: 'w2' }, value: 60 },
      ],
      '3m': [
        { labels: { instance: 'w1' }, value: 0 },
        { labels: { instance: 'w2' }, value: 60 },
      ],
      '3m30s': ['w1', 'w2'].map((instance) => ({ labels: { instance }, value: 60 })),
      '5m': ['w1', 'w2'].map((instance) => ({ labels: { instance }, value: 60 })),
    },
  },
  {
    rule: WRITTEN,
    name: 'is the latest time where another label of the target has just changed',
    aspects: ['boundary'],
    series: {
      // the clock is set back at 2m30s; at 3m, the new pod has a later time, and one that is not later than what is known
      [writtenAt('one')]: '_ _ 50x2 10x1 stale',
      [writtenAt('two')]: '_x6 70x20',
      [`${OFFSET}{instance="w1"}`]: '0x20',
      [writtenAt('one', 'w2')]: '_ _ 50x2 10x1 stale',
      [writtenAt('two', 'w2')]: '_x6 45x20',
      [`${OFFSET}{instance="w2"}`]: '0x20',
    },
    samples: {
      '2m30s': ['w1', 'w2'].map((instance) => ({ labels: { instance }, value: 50 })),
      '3m': [
        { labels: { instance: 'w1' }, value: 70 },
        { labels: { instance: 'w2' }, value: 50 },
      ],
      '4m': [
        { labels: { instance: 'w1' }, value: 70 },
        { labels: { instance: 'w2' }, value: 50 },
      ],
    },
  },
  {
    rule: WRITTEN,
    name: 'is the time of the file in the clock of Prometheus, absent where that is in the future',
    aspects: ['fires', 'silent', 'absent', 'boundary'],
    series: {
      [mtime()]: '400x20',
      [`${OFFSET}{instance="w1"}`]: '-100x20',
      [mtime('w2')]: '30x20',
      [`${OFFSET}{instance="w2"}`]: '30x20',
      // its file cannot be read
      [mtime('w3')]: '1x20',
      // another job, of an instance that is known
      [mtime('w2', 'other')]: '10x20',
      [mtime('w4', 'other')]: '10x20',
      [`${OFFSET}{instance="w4"}`]: '0x20',
      // written once more by a slow clock, and seen when the clock is right; unreadable from 5m on
      [mtime('w5')]: '_ 29x3 10x20',
      [mtime('w5', 'other')]: '_x5 35x20',
      [`${OFFSET}{instance="w5"}`]: '0x9 stale',
      // the same after 45 minutes and after more than an hour in which the file could not be read, with an offset
      [mtime('w7')]: '_ 29x200',
      [`${OFFSET}{instance="w7"}`]: '0x4 stale _x84 -20x120',
      [mtime('w8')]: '_ 29x300',
      [`${OFFSET}{instance="w8"}`]: '0x4 stale _x124 -20x80',
      [mtime('w9')]: '_ 29x3 60x20',
      [`${OFFSET}{instance="w9"}`]: '0x3 -50x20',
      // written again
      [mtime('w6')]: '_ 29x3 100x20',
      [`${OFFSET}{instance="w6"}`]: '0x20',
    },
    samples: {
      '30s': [
        { labels: { instance: 'w5' }, value: 29 },
        { labels: { instance: 'w7' }, value: 29 },
        { labels: { instance: 'w8' }, value: 29 },
        { labels: { instance: 'w9' }, value: 29 },
        { labels: { instance: 'w6' }, value: 29 },
      ],
      '1m': [
        { labels: { instance: 'w2' }, value: 60 },
        { labels: { instance: 'w5' }, value: 29 },
        { labels: { instance: 'w7' }, value: 29 },
        { labels: { instance: 'w8' }, value: 29 },
        { labels: { instance: 'w9' }, value: 29 },
        { labels: { instance: 'w6' }, value: 29 },
      ],
      '4m30s': [
        { labels: { instance: 'w2' }, value: 60 },
        { labels: { instance: 'w5' }, value: 29 },
        { labels: { instance: 'w9' }, value: 29 },
        { labels: { instance: 'w6' }, value: 100 },
      ],
      '5m': [
        { labels: { instance: 'w1' }, value: 300 },
        { labels: { instance: 'w2' }, value: 60 },
        { labels: { instance: 'w9' }, value: 29 },
        { labels: { instance: 'w6' }, value: 100 },
      ],
      '45m': [{ labels: { instance: 'w7' }, value: 29 }],
      '65m': [
        { labels: { instance: 'w7' }, value: 29 },
        { labels: { instance: 'w8' }, value: 9 },
      ],
    },
  },
  {
    rule: FILE,
    name: 'holds what all files say of relays that one of them calls pending, and of those the gateway holds or held',
    aspects: ['fires', 'silent', 'absent'],
    series: {
      [says('a')]: '1 1 0 0',
      [says('b')]: '0x9',
      [says('b', 'w2')]: '1 0x9',
      [says('c')]: '0x9',
      [says('d')]: '0x3',
      [says('d', 'w1', 'other')]: '1x3',
      [says('e', 'w1', 'other')]: '1x3',
      [says('c', 'w1', 'other')]: '1x3',
      // pending in one of two files, and not on the gateway
      [says('f')]: '1 0',
      [says('f', 'w2')]: '0 0',
      [`${PENDING}{relay="b"}`]: '1x9',
      // remembered, then cleared in this evaluation
      [`${START}{relay="c"}`]: '1 1 0 stale',
    },
    samples: {
      '0m': [
        { labels: of('w1', 'a'), value: 1 },
        { labels: of('w1', 'b'), value: 0 },
        { labels: of('w2', 'b'), value: 1 },
        { labels: of('w1', 'f'), value: 1 },
        { labels: of('w2', 'f'), value: 0 },
      ],
      '30s': [
        { labels: of('w1', 'a'), value: 1 },
        { labels: of('w1', 'b'), value: 0 },
        { labels: of('w2', 'b'), value: 0 },
        { labels: of('w1', 'c'), value: 0 },
      ],
      '1m': [
        { labels: of('w1', 'b'), value: 0 },
        { labels: of('w2', 'b'), value: 0 },
        { labels: of('w1', 'c'), value: 0 },
      ],
      // as of the evaluation before
      '1m30s': [
        { labels: of('w1', 'b'), value: 0 },
        { labels: of('w2', 'b'), value: 0 },
        { labels: of('w1', 'c'), value: 0 },
      ],
      '2m': [
        { labels: of('w1', 'b'), value: 0 },
        { labels: of('w2', 'b'), value: 0 },
      ],
    },
  },
  {
    rule: BY_HOST,
    name: 'is the last notification of these relays in the clock of the host',
    aspects: ['fires', 'silent', 'absent'],
    series: {
      [updated('a')]: '500x4',
      [updated('a', 'w2')]: '600x4',
      [updated('b')]: '900x4',
      [updated('a', 'w1', 'other')]: '9000x4',
      [`${FILE}{instance="w1", relay="a"}`]: '0x2 stale',
      [`${FILE}{instance="w2", relay="a"}`]: '1x4',
      [`${FILE}{instance="w3", relay="b"}`]: '1x4',
    },
    samples: {
      '0m': [
        { labels: of('w1', 'a'), value: 500 },
        { labels: of('w2', 'a'), value: 600 },
      ],
      '1m30s': [{ labels: of('w2', 'a'), value: 600 }],
    },
  },
  {
    rule: UPDATED,
    name: 'is the last notification of these relays in the clock of Prometheus, where the file can be read',
    aspects: ['fires', 'silent', 'absent', 'boundary'],
    series: {
      [`${BY_HOST}{instance="w1", relay="a"}`]: '-500x4',
      [`${BY_HOST}{instance="w2", relay="a"}`]: '-500x4',
      [`${BY_HOST}{instance="w3", relay="b"}`]: '-100x4',
      // by the clock of its host, the notification is yet to come
      [`${BY_HOST}{instance="w2", relay="c"}`]: '_ 70x4',
      [`${OFFSET}{instance="w1"}`]: '-10x2 stale',
      [`${OFFSET}{instance="w2"}`]: '5x4',
    },
    samples: {
      '0m': [
        { labels: of('w1', 'a'), value: -510 },
        { labels: of('w2', 'a'), value: -495 },
      ],
      '30s': [
        { labels: of('w1', 'a'), value: -510 },
        { labels: of('w2', 'a'), value: -495 },
        { labels: of('w2', 'c'), value: 30 },
      ],
      '1m30s': [
        { labels: of('w2', 'a'), value: -495 },
        { labels: of('w2', 'c'), value: 30 },
      ],
    },
  },
  {
    rule: UPDATED,
    name: 'stays as it was for an entry that has not changed, whatever the clock of the host does later',
    aspects: ['fires', 'silent', 'boundary'],
    series: {
      // written again at 2m, with a new entry for b, and one of long ago for c
      [`${BY_HOST}{instance="w1", relay="a"}`]: '-500x20',
      [`${BY_HOST}{instance="w1", relay="b"}`]: '-400x3 50x20',
      [`${BY_HOST}{instance="w1", relay="c"}`]: '_x4 -300x20',
      [`${BY_HOST}{instance="w2", relay="a"}`]: '-500x4 _x4 -500x20',
      // the file of another worker of the relay is not written
      [`${BY_HOST}{instance="w3", relay="b"}`]: '-450x20',
      [`${OFFSET}{instance="w3"}`]: '0x20',
      // 60 s slow from 2m on
      [`${OFFSET}{instance="w1"}`]: '0x3 60x20',
      // not readable at 1m
      [`${OFFSET}{instance="w2"}`]: '0 0 stale 0 60x20',
    },
    samples: {
      '30s': [
        { labels: of('w1', 'a'), value: -500 },
        { labels: of('w1', 'b'), value: -400 },
        { labels: of('w3', 'b'), value: -450 },
        { labels: of('w2', 'a'), value: -500 },
      ],
      '1m': [
        { labels: of('w1', 'a'), value: -500 },
        { labels: of('w1', 'b'), value: -400 },
        { labels: of('w3', 'b'), value: -450 },
      ],
      '2m30s': [
        { labels: of('w1', 'a'), value: -500 },
        { labels: of('w1', 'b'), value: 110 },
        { labels: of('w3', 'b'), value: -450 },
        { labels: of('w1', 'c'), value: -240 },
        { labels: of('w2', 'a'), value: -500 },
      ],
      '5m': [
        { labels: of('w1', 'a'), value: -500 },
        { labels: of('w1', 'b'), value: 110 },
        { labels: of('w3', 'b'), value: -450 },
        { labels: of('w1', 'c'), value: -240 },
        { labels: of('w2', 'a'), value: -500 },
      ],
    },
  },
  {
    rule: UPDATED,
    name: 'is remembered for an hour while the exporter is down',
    aspects: ['boundary'],
    series: {
      // 60 s slow when it is back after 50 minutes, and after 70
      [`${BY_HOST}{instance="w1", relay="a"}`]: '-500 stale _x98 -500x50',
      [`${OFFSET}{instance="w1"}`]: '0 stale _x98 60x50',
      [`${BY_HOST}{instance="w2", relay="a"}`]: '-500 stale _x138 -500x50',
      [`${OFFSET}{instance="w2"}`]: '0 stale _x138 60x50',
      // the exporter serves what it read last, and the file can be read again after 70 minutes
      [`${BY_HOST}{instance="w3", relay="a"}`]: '-500x200',
      [`${OFFSET}{instance="w3"}`]: '0 stale _x138 60x50',
    },
    samples: {
      '51m': [{ labels: of('w1', 'a'), value: -500 }],
      '71m': [
        { labels: of('w1', 'a'), value: -500 },
        { labels: of('w2', 'a'), value: -440 },
        { labels: of('w3', 'a'), value: -440 },
      ],
    },
  },
  {
    rule: CLEARED,
    name: 'is the latest notification of a worker whose file says cleared',
    aspects: ['fires', 'silent', 'absent'],
    series: {
      [`${FILE}{instance="w1", relay="a"}`]: '0x4',
      [`${UPDATED}{instance="w1", relay="a"}`]: '100x4',
      [`${FILE}{instance="w2", relay="a"}`]: '0 0 1x2',
      [`${UPDATED}{instance="w2", relay="a"}`]: '130x4',
      [`${FILE}{instance="w1", relay="b"}`]: '1x4',
      [`${UPDATED}{instance="w1", relay="b"}`]: '140x4',
      [`${FILE}{instance="w2", relay="b"}`]: '0x4',
      [`${FILE}{instance="w1", relay="c"}`]: '0x4',
    },
    samples: {
      '30s': [{ labels: { relay: 'a' }, value: 130 }],
      '1m': [{ labels: { relay: 'a' }, value: 100 }],
    },
  },
  {
    rule: CLEARED,
    name: 'is the notification of a write whose job is complete, once no gateway calls the relay pending',
    aspects: ['fires', 'silent'],
    series: {
      [`${PENDING}{relay="a"}`]: '1 stale',
      [`${PENDING}{relay="f"}`]: '1x4',
      ...Object.fromEntries(
        ['a', 'b', 'c', 'd', 'f'].flatMap((relay, i) => [
          [`${FILE}{instance="w1", relay="${relay}"}`, '1x4'],
          [`${UPDATED}{instance="w1", relay="${relay}"}`, `${100 + i}x4`],
        ]),
      ),
      [`${FILE}{instance="w2", relay="a"}`]: '1x4',
      [`${UPDATED}{instance="w2", relay="a"}`]: '200x4',
      // one relay that is cleared in the same file, and one in that of another worker
      [`${FILE}{instance="w1", relay="g"}`]: '0x4',
      [`${FILE}{instance="w2", relay="h"}`]: '0x4',
      [`${UPDATED}{instance="w2", relay="h"}`]: '90x4',
      [`${FILE}{instance="w1", relay="h"}`]: '1x4',
      [`${UPDATED}{instance="w1", relay="h"}`]: '150x4',
      [exporter('pending_writes_job_status', ', relay="h", status="completed"', 'w1')]: '1x4',
      [exporter('pending_writes_job_status', ', relay="a", status="completed"', 'w1')]: '1x4',
      [exporter('pending_writes_job_status', ', relay="a", status="completed"', 'w2')]: '0x4',
      [exporter('pending_writes_job_status', ', relay="a", status="error"', 'w2')]: '1x4',
      [exporter('pending_writes_job_status', ', relay="b", status="completed"', 'w2')]: '1x4',
      [exporter('pending_writes_job_status', ', relay="c", status="in-progress"', 'w1')]: '1x4',
      'pending_writes_job_status{job="other", instance="w1", relay="d", status="completed"}': '1x4',
      [exporter('pending_writes_job_status', ', relay="f", status="completed"', 'w1')]: '1x4',
    },
    samples: {
      '0m': [{ labels: { relay: 'h' }, value: 150 }],
      '30s': [
        { labels: { relay: 'a' }, value: 100 },
        { labels: { relay: 'h' }, value: 150 },
      ],
    },
  },
  ...[OFFSET, WRITTEN, FILE, BY_HOST, UPDATED, CLEARED].map(
    (rule): RuleCase => ({
      rule,
      name: 'is absent where no exporter is scraped',
      aspects: ['absent'],
      series: { [`${PENDING}{relay="a"}`]: '1x4' },
      samples: { '1m': [] },
    }),
  ),
];
