import type { RuleCase } from '../rule-case.js';
import { grantedCases } from './granted.js';

const PHASE = 'relay:gateway_relay_phase:code';
const PENDING = 'relay:gateway_pending_writes:max{relay="a"}';
const START = 'relay:gateway_pending_writes:start_timestamp_seconds{relay="a"}';
const COUNT = 'gateway:gateway_pending_writes:count';
const READONLY = 'relay:gateway_relay_fallback_writes_readonly:increase{relay="a"}';
const EXPIRY = 'relay:gateway_escrow_lease_expiry:timestamp_seconds{relay="a"}';
const GAUGE = 'instance_relay:gateway_escrow_lease_time_to_expiry_seconds:last{instance="g1", relay="a"}';
const UNLOCKS = 'result:gateway_escrow_unlock_requests:increase';
const WANTED = 'relay:gateway_relay_fallback_writes_wanted:increase{relay="a"}';
const STUCK = 'relay:gateway_pending_writes_stuck:max{relay="a"}';
const WORKER = 'relay:pending_writes_pending:max{relay="a"}';
const DELIVERED = 'relay:gateway_pending_writes_delivered:max{relay="a"}';
const PUSHES = 'result:gateway_pending_write_pushes:increase{result="success"}';
const RELAY_PUSHES = 'relay_result:gateway_pending_write_pushes:increase';
const rotation = (status: string, job = 'pending-writes-exporter') =>
  `pending_writes_rotation_last_status{job="${job}", instance="w1", relay="a", status="${status}"}`;
const jobStatus = (status: string, job = 'pending-writes-exporter') =>
  `pending_writes_job_status{job="${job}", instance="w1", relay="a", status="${status}"}`;
const UP = 'up{job="gateway", instance="g1"}';
const z = { labels: { relay: 'z' }, value: 1 };
const pending = { [PENDING]: '1x4', [START]: '10x4' };

const others = {
  [START.replace('"a"', '"z"')]: '1x4',
  [WORKER.replace('"a"', '"y"')]: '1x4',
  [EXPIRY.replace('"a"', '"y"')]: '1x4',
  [WANTED.replace('"a"', '"y"')]: '1x4',
  [DELIVERED.replace('"a"', '"x"')]: '1x4',
  'pending_writes_job_status{job="pending-writes-exporter", instance="w1", relay="y", status="queued"}':
    '1x4',
  'relay_result:gateway_pending_write_pushes:increase{relay="y", result="success"}': '1x4',
};

/** As in a build whose push counter has no relay label. */
const UNLABELLED = { [`${RELAY_PUSHES}{relay="y", result="success"}`]: '_x4' };

const isPhase = (
  name: string,
  series: Record<string, string>,
  value: number,
  aspects: RuleCase['aspects'] = ['fires'],
): RuleCase => ({
  rule: PHASE,
  name,
  aspects,
  // z is remembered as pending and its gauge gone; of x and y much is said, but they are not pending: none may touch a
  series: { ...others, ...series },
  samples: {
    '1m': [
      { labels: { relay: 'z' }, value: 7 },
      { labels: { relay: 'a' }, value },
    ],
  },
});

export const phaseCases: readonly RuleCase[] = [
  {
    ...isPhase(
      'is never blocked where the site runs without escrow: read-only answers are normal there',
      { ...pending, [READONLY]: '3x4', [EXPIRY]: '20x4', [WANTED]: '1x4' },
      1,
      ['silent'],
    ),
    config: { escrow: 'off' },
  },
  isPhase('is worker away for a pending relay of which no worker has heard', pending, 1),
  isPhase(
    'is worker away when other relays are pending too and pushes do not say whose they are',
    { ...pending, ...UNLABELLED, [COUNT]: '2x4', [PUSHES]: '1x4' },
    1,
    ['silent'],
  ),
  isPhase(
    'is worker away for the only pending relay when nothing is pushed',
    { ...pending, ...UNLABELLED, [COUNT]: '1x4', [PUSHES]: '0x4' },
    1,
    ['boundary'],
  ),
  isPhase(
    'is pushing for the only pending relay while the gateway pushes',
    { ...pending, ...UNLABELLED, [COUNT]: '1x4', [PUSHES]: '0.9x4' },
    2,
  ),
  isPhase(
    'is worker away for the only pending relay where the gateway labels its pushes and none is for it: it has just cleared others',
    { ...pending, [COUNT]: '1x4', [PUSHES]: '2x4' },
    1,
    ['silent'],
  ),
  isPhase(
    'is pushing for a relay whose own pushes are counted, failing ones included',
    { ...pending, [`${RELAY_PUSHES}{relay="a", result="error"}`]: '1x4', [COUNT]: '2x4' },
    2,
  ),
  isPhase(
    'is worker away when only the pushes of others are counted',
    {
      ...pending,
      [`${RELAY_PUSHES}{relay="b", result="success"}`]: '1x4',
      [`${RELAY_PUSHES}{relay="a", result="success"}`]: '0x4',
      [COUNT]: '2x4',
    },
    1,
    ['boundary'],
  ),
  isPhase(
    "is resyncing when the worker's file has the relay and pushes are delivered",
    { ...pending, [WORKER]: '1x4', [DELIVERED]: '1x4' },
    3,
  ),
  isPhase(
    'is not resyncing when the file has the relay and nothing is delivered any more',
    { ...pending, [WORKER]: '1x4' },
    1,
    ['silent'],
  ),
  isPhase(
    'is not resyncing when the file says cleared',
    { ...pending, [WORKER]: '0x4', [DELIVERED]: '1x4' },
    1,
    ['boundary'],
  ),
  isPhase(
    'is resyncing when the file names a job that is queued',
    { ...pending, [jobStatus('queued')]: '1x4' },
    3,
  ),
  isPhase(
    'is resyncing when the file names a job in progress',
    {
      ...pending,
      'instance_relay:pending_writes_pending:max{instance="w1", relay="a"}': '1x4',
      'instance_relay:pending_writes_pending:max{instance="w1", relay="b"}': '0x4',
      'instance_relay:pending_writes_pending:max{instance="w2", relay="a"}': '0x4',
      [jobStatus('in-progress')]: '1x4',
    },
    3,
  ),
  isPhase(
    'is not resyncing when the file names a job in progress and says cleared: the job is of an earlier write',
    {
      ...pending,
      'instance_relay:pending_writes_pending:max{instance="w1", relay="a"}': '0x4',
      [jobStatus('in-progress')]: '1x4',
    },
    1,
    ['boundary'],
  ),
  isPhase(
    'is not resyncing for a job that is completed, nor for one of another exporter',
    { ...pending, [jobStatus('completed')]: '1x4', [jobStatus('queued', 'other')]: '1x4' },
    1,
    ['silent'],
  ),
  isPhase(
    'is rotating while the newest rotation is under way, pending or not',
    { [rotation('pending')]: '1x4' },
    4,
  ),
  isPhase(
    'is rotating rather than resyncing',
    { ...pending, [WORKER]: '1x4', [DELIVERED]: '1x4', [rotation('pending')]: '1x4' },
    4,
    ['boundary'],
  ),
  isPhase(
    'is not rotating after a completed or failed rotation, nor for another exporter',
    {
      ...pending,
      [rotation('completed')]: '1x4',
      [rotation('failed')]: '1x4',
      [rotation('pending', 'other')]: '1x4',
    },
    1,
    ['silent'],
  ),
  isPhase(
    'is stuck rather than rotating, resyncing or pushing',
    {
      ...pending,
      [STUCK]: '1x4',
      [rotation('pending')]: '1x4',
      [WORKER]: '1x4',
      [DELIVERED]: '1x4',
      [`${RELAY_PUSHES}{relay="a", result="success"}`]: '1x4',
    },
    5,
  ),
  isPhase(
    'is blocked rather than stuck when writes are rejected',
    { ...pending, [READONLY]: '2x4', [STUCK]: '1x4' },
    6,
  ),
  isPhase(
    'is blocked when writes are wanted and the lease is past its expiry',
    { ...pending, [EXPIRY]: '60x4', [WANTED]: '1x4' },
    6,
    ['boundary'],
  ),
  ...grantedCases(
    PHASE,
    { [PENDING]: '1x140', [START]: '10x140', [EXPIRY]: '600x140', [WANTED]: '1x140' },
    'samples',
    [{ labels: { relay: 'a' }, value: 6 }],
    [{ labels: { relay: 'a' }, value: 1 }],
  ),
  isPhase(
    'is blocked while leases are granted when a write after the expiry has set the gauge to 0',
    { ...pending, [GAUGE]: '0x4', [WANTED]: '1x4', [`${UNLOCKS}{result="success"}`]: '1x4' },
    6,
  ),
  isPhase(
    'is blocked by a gauge of 0 beside another relay whose lease is past its expiry',
    { ...pending, [GAUGE]: '0x4', [WANTED]: '1x4' },
    6,
    ['boundary'],
  ),
  isPhase(
    'is not blocked by the gauge of a lease that runs, of another relay, or of a released lease',
    {
      ...pending,
      [GAUGE]: '1x4',
      [GAUGE.replace('"g1"', '"g2"')]: '-1x4',
      [GAUGE.replace('"a"', '"y"')]: '0x4',
      [WANTED]: '1x4',
    },
    1,
    ['boundary', 'silent'],
  ),
  isPhase('is not blocked by a gauge of 0 when nobody writes', { ...pending, [GAUGE]: '0x4' }, 1, ['silent']),
  isPhase('is not blocked while the lease runs', { ...pending, [EXPIRY]: '61x4', [WANTED]: '1x4' }, 1, [
    'boundary',
  ]),
  isPhase('is not blocked by an expiry when nobody writes', { ...pending, [EXPIRY]: '30x4' }, 1, ['silent']),
  isPhase(
    'is unknown for a relay that is remembered as pending while its gauge is gone',
    { [START]: '10x4', [READONLY]: '1x4' },
    7,
  ),
  {
    rule: PHASE,
    name: 'is idle for an hour after the last other phase, while a gateway is scraped, then absent',
    aspects: ['fires', 'absent', 'boundary', 'silent'],
    series: {
      [UP]: '1x60 0x4 1x200',
      'up{job="other", instance="o1"}': '1x300',
      [PENDING]: '1x3 stale',
      [START]: '10x3 0 stale',
      // pending all the time
      [PENDING.replace('"a"', '"z"')]: '1x300',
      [START.replace('"a"', '"z"')]: '10x300',
    },
    samples: {
      '1m30s': [z, { labels: { relay: 'a' }, value: 1 }],
      '2m': [z, { labels: { relay: 'a' }, value: 0 }],
      '30m': [z, { labels: { relay: 'a' }, value: 0 }],
      '31m': [z],
      '59m': [z, { labels: { relay: 'a' }, value: 0 }],
      '63m': [z],
    },
  },
  {
    rule: PHASE,
    name: 'says nothing of a relay that is not blocked, not pending and was not busy: an expiry alone is no phase',
    aspects: ['silent', 'absent'],
    series: {
      [UP]: '1x4',
      [EXPIRY]: '30x4',
      [WANTED]: '1x4',
      [START]: '0x4',
      [WORKER]: '1x4',
      [DELIVERED]: 'stale',
    },
    samples: { '1m': [] },
  },
];
