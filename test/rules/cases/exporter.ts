import type { RuleCase } from '../rule-case.js';

const w1 = { job: 'pending-writes-exporter', instance: 'w1' };
const up = (instance: string) => `up{job="pending-writes-exporter", instance="${instance}"}`;
const ofJob = (job: string, instance: string, metric: string, labels = '') =>
  `pending_writes_state_file_${metric}{job="${job}", instance="${instance}"${labels}}`;
const read = (instance: string) => ofJob(w1.job, instance, 'read_success');
const failure = (instance: string, reason: string) =>
  ofJob(w1.job, instance, 'read_failure', `, reason="${reason}"`);

export const exporterCases: readonly RuleCase[] = [
  {
    rule: 'PendingWritesExporterDown',
    name: 'fires for an exporter that could not be scraped for 15 minutes, and ends when it can',
    aspects: ['fires', 'boundary', 'resolves', 'silent'],
    series: { [up('w1')]: '1 0x40 1', [up('w2')]: '1x50', 'up{job="node", instance="n1"}': '0x50' },
    firing: { '15m': [], '15m30s': [w1], '20m30s': [w1], '21m': [] },
  },
  {
    rule: 'PendingWritesExporterDown',
    name: 'is a warning where the site declares its workers always on',
    aspects: ['fires'],
    config: { workers: { alwaysOn: true } },
    series: { [up('w1')]: '0x40' },
    firing: { '16m': [w1] },
  },
  {
    rule: 'PendingWritesExporterDown',
    name: 'stays silent where no exporter is configured',
    aspects: ['absent'],
    series: {},
    firing: { '20m': [] },
  },
  {
    rule: 'PendingWritesExporterMissing',
    name: 'fires when there has been no exporter target for 15 minutes, and ends with the first one',
    aspects: ['fires', 'boundary', 'resolves', 'absent'],
    series: { [up('w1')]: '1 stale _x40 0', 'up{job="node", instance="n1"}': '1x50' },
    firing: { '15m': [], '15m30s': [{ job: 'pending-writes-exporter' }], '21m': [] },
  },
  {
    rule: 'PendingWritesExporterMissing',
    name: 'stays silent for a target that is down',
    aspects: ['silent'],
    series: { [up('w1')]: '0x60' },
    firing: { '20m': [] },
  },
  {
    rule: 'PendingWritesStateFileUnreadable',
    name: 'fires for a file that could not be read for 10 minutes with the reason as of now, and ends with a good read',
    aspects: ['fires', 'boundary', 'resolves', 'silent'],
    series: {
      [read('w1')]: '1 0x30 1',
      [failure('w1', 'changing')]: '_ 1x9 stale',
      [failure('w1', 'spliced')]: '_x11 1x20 stale',
      [failure('w1', 'io')]: '0x40',
      [read('w2')]: '1x40',
      [failure('w2', 'spliced')]: '1x40',
      [ofJob('other', 'o1', 'read_success')]: '0x40',
    },
    firing: {
      '10m': [],
      '10m30s': [{ ...w1, reason: 'spliced' }],
      '15m30s': [{ ...w1, reason: 'spliced' }],
      '16m': [],
    },
  },
  {
    rule: 'PendingWritesStateFileUnreadable',
    name: 'fires for an exporter that says no reason, whatever another job says',
    aspects: ['fires', 'resolves'],
    series: {
      [read('w3')]: '1 0x30 1',
      // beside one that says it
      [read('w1')]: '1 0x30 1',
      [failure('w1', 'io')]: '_ 1x31',
      [ofJob('other', 'w3', 'read_failure', ', reason="io"')]: '1x40',
      [failure('w4', 'io')]: '1x40',
    },
    firing: {
      '10m': [],
      '10m30s': [
        { ...w1, reason: 'io' },
        { ...w1, instance: 'w3', reason: 'unknown' },
      ],
      '16m': [],
    },
  },
  {
    rule: 'PendingWritesStateFileUnreadable',
    name: 'fires for one of two hosts, with its own reason',
    aspects: ['fires', 'silent'],
    series: {
      [read('w1')]: '0x40',
      [failure('w1', 'io')]: '1x40',
      // torn every few minutes, so it has a reason as well
      [read('w2')]: '0x9 1 0x9 1 0x9 1 0x9',
      [failure('w2', 'spliced')]: '1x9 0 1x9 0 1x9 0 1x9',
    },
    firing: { '9m30s': [], '10m': [{ ...w1, reason: 'io' }], '15m': [{ ...w1, reason: 'io' }] },
  },
  {
    rule: 'PendingWritesStateFileUnreadable',
    name: 'distinguishes two jobs that have an exporter at the same instance',
    aspects: ['fires', 'silent', 'resolves'],
    config: { jobs: { exporter: 'queue-.+' } },
    series: {
      // says why
      [ofJob('queue-a', 'w1', 'read_success')]: '0x40',
      [ofJob('queue-a', 'w1', 'read_failure', ', reason="spliced"')]: '1x40',
      // does not say why, and can read again from 12m30s on
      [ofJob('queue-b', 'w1', 'read_success')]: '0x24 1x15',
      // reads its file, beside a job that does not and says why
      [ofJob('queue-a', 'w2', 'read_success')]: '0x40',
      [ofJob('queue-a', 'w2', 'read_failure', ', reason="io"')]: '1x40',
      [ofJob('queue-b', 'w2', 'read_success')]: '1x40',
      // failed once, a moment ago
      [ofJob('queue-b', 'w2', 'read_failure', ', reason="changing"')]: '1x40',
      // not one of the exporter's jobs
      [ofJob('other', 'w1', 'read_success')]: '0x40',
      [ofJob('other', 'w1', 'read_failure', ', reason="io"')]: '1x40',
    },
    firing: {
      '9m30s': [],
      '10m': [
        { job: 'queue-a', instance: 'w1', reason: 'spliced' },
        { job: 'queue-b', instance: 'w1', reason: 'unknown' },
        { job: 'queue-a', instance: 'w2', reason: 'io' },
      ],
      '12m30s': [
        { job: 'queue-a', instance: 'w1', reason: 'spliced' },
        { job: 'queue-a', instance: 'w2', reason: 'io' },
      ],
    },
  },
  {
    rule: 'PendingWritesStateFileUnreadable',
    name: 'distinguishes two clusters with the same job and instance',
    aspects: ['fires', 'silent'],
    config: { groupBy: ['cluster'] },
    series: {
      [ofJob(w1.job, 'w1', 'read_success', ', cluster="north"')]: '0x40',
      [ofJob(w1.job, 'w1', 'read_failure', ', cluster="north", reason="io"')]: '1x40',
      [ofJob(w1.job, 'w1', 'read_success', ', cluster="south"')]: '0x40',
      [ofJob(w1.job, 'w2', 'read_success', ', cluster="north"')]: '0x40',
      [ofJob(w1.job, 'w2', 'read_failure', ', cluster="north", reason="spliced"')]: '1x40',
      [ofJob(w1.job, 'w2', 'read_success', ', cluster="south"')]: '1x40',
      [ofJob(w1.job, 'w2', 'read_failure', ', cluster="south", reason="changing"')]: '1x40',
    },
    firing: {
      '9m30s': [],
      '10m': [
        { ...w1, cluster: 'north', reason: 'io' },
        { ...w1, cluster: 'south', reason: 'unknown' },
        { ...w1, instance: 'w2', cluster: 'north', reason: 'spliced' },
      ],
    },
  },
  {
    rule: 'PendingWritesStateFileUnreadable',
    name: 'waits 10 minutes for an exporter that was not scraped before',
    aspects: ['boundary'],
    series: { [read('w1')]: '_x10 0x40', [read('w2')]: '_x10 0x40', [failure('w2', 'io')]: '_x10 1x40' },
    firing: {
      '12m': [],
      '14m30s': [],
      '15m': [
        { ...w1, reason: 'unknown' },
        { ...w1, instance: 'w2', reason: 'io' },
      ],
    },
  },
  {
    rule: 'PendingWritesStateFileUnreadable',
    name: 'stays silent, or ends, while the exporter is down: the file may have been rewritten',
    aspects: ['silent', 'absent', 'resolves', 'boundary'],
    series: {
      // down since 5m
      [read('w1')]: '0x9 stale',
      [read('w2')]: '0x9 stale',
      [failure('w2', 'io')]: '1x9 stale',
      // down from 5m to 9m
      [read('w3')]: '0x9 stale _x8 0x30',
      // down from 11m30s on
      [read('w4')]: '0x22 stale',
    },
    firing: {
      '9m30s': [],
      '10m': ['w3', 'w4'].map((instance) => ({ ...w1, instance, reason: 'unknown' })),
      '11m': ['w3', 'w4'].map((instance) => ({ ...w1, instance, reason: 'unknown' })),
      '11m30s': [{ ...w1, instance: 'w3', reason: 'unknown' }],
    },
  },
  {
    rule: 'PendingWritesStateFileUnreadable',
    name: 'stays silent for a file that is torn now and then',
    aspects: ['silent'],
    series: { [read('w1')]: '0 0 0 0 0 0 0 0 0 1 0 0 0 0 0 0 0 0 0 1 0 0 0 0 0 0 0 0' },
    firing: { '12m': [] },
  },
  {
    rule: 'PendingWritesStateFileUnreadable',
    name: 'counts the 10 minutes from the last good read, whether the exporter says a reason or not',
    aspects: ['boundary', 'silent'],
    series: {
      [read('w1')]: '0x8 1 0x30',
      [read('w2')]: '0x8 1 0x30',
      [failure('w2', 'io')]: '1x8 0 1x30',
    },
    firing: {
      '12m': [],
      '14m30s': [],
      '15m': [
        { ...w1, reason: 'unknown' },
        { ...w1, instance: 'w2', reason: 'io' },
      ],
    },
  },
  {
    rule: 'PendingWritesStateFileUnreadable',
    name: 'stays silent where no exporter is scraped',
    aspects: ['absent'],
    series: {},
    firing: { '20m': [] },
  },
];
