import type { Action } from '../happening.js';
import { defineScenario, type Permission, type Requirement, type Scenario } from '../scenario.js';
import { NOT_DELIVERED, range } from './families.js';

/** Who has which fault: 50 relays each, and 100 healthy ones. */
interface Cast {
  readonly workers: readonly (readonly number[])[];
  readonly stuck: readonly number[];
  readonly unregistered: readonly number[];
  readonly refused: readonly number[];
  /** The workers of the refused relays. */
  readonly refusing: readonly number[];
  readonly notRotated: readonly number[];
  /** Some of the healthy ones, which are busy all the time. */
  readonly busy: readonly number[];
}

/** Thirty workers with ten relays each, all of one kind. */
const APART: Cast = {
  workers: range(0, 30).map((worker) => range(worker * 10, worker * 10 + 10)),
  stuck: range(0, 50),
  unregistered: range(50, 100),
  refused: range(100, 150),
  refusing: range(10, 15),
  notRotated: range(150, 200),
  busy: range(200, 250),
};

/** Twenty-five workers with two stuck relays, two whose rotation fails and four healthy ones; ten more with the rest. */
const TOGETHER: Cast = {
  workers: [
    ...range(0, 25).map((worker) => range(worker * 8, worker * 8 + 8)),
    ...range(0, 10).map((worker) => range(200 + worker * 10, 210 + worker * 10)),
  ],
  stuck: range(0, 25).flatMap((worker) => [worker * 8, worker * 8 + 1]),
  notRotated: range(0, 25).flatMap((worker) => [worker * 8 + 2, worker * 8 + 3]),
  busy: range(0, 12).flatMap((worker) => [worker * 8 + 4, worker * 8 + 5]),
  unregistered: range(200, 250),
  refused: range(250, 300),
  refusing: range(30, 35),
};

const actions = (cast: Cast): Action[] => [
  { at: '1m', do: 'worker restarts' },
  { at: '5m', do: 'worker goes offline', for: '7m' },
  { at: '6m', do: 'lease is requested' },
  { at: '7m', do: 'a write arrives' },
  { at: '9m', do: 'jobs fail', relays: cast.stuck },
  { at: '9m', do: 'rotations fail', relays: cast.notRotated },
  { at: '9m', do: 'pushes are refused', workers: cast.refusing },
  { at: '10m', do: 'registrations are lost', relays: cast.unregistered },
  { at: '15m7s', do: 'a replica session writes', every: '45s', for: '44m', relays: cast.busy },
];

/**
 * Workers come back at 12:00, and every file has been scraped with its pending relays at 13:00. A worker that goes on
 * with other relays could still be working off a queue, so that a stuck relay on it shows by the time for which it has
 * been pending in the worker's file.
 */
const WITHIN_30_MINUTES = (cast: Cast): Requirement[] => [
  {
    anyOf: ['GatewayPendingWritesStuck', 'WorkerQueuePendingTooLong'],
    relays: cast.stuck,
    detectableFrom: '12m',
    by: '43m',
  },
  { anyOf: ['WorkerRotationFailed'], relays: cast.notRotated, detectableFrom: '12m', by: '42m' },
];
const WITHIN_45_MINUTES = (cast: Cast): Requirement[] => [
  { anyOf: NOT_DELIVERED, relays: [...cast.unregistered, ...cast.refused], detectableFrom: '12m', by: '57m' },
];

const mixed = (name: string, cast: Cast, setup: Partial<Scenario>, declared: boolean): Scenario => {
  const faulty = [...cast.unregistered, ...cast.refused];
  const beside: Permission[] = [
    // Both are true of the whole gateway.
    { alert: 'GatewayPushesFailing' },
    { alert: 'GatewayPushesNotIngested' },
    ...(declared ? [] : NOT_DELIVERED.map((alert) => ({ alert, relays: faulty }))),
  ];
  return defineScenario({
    name,
    description:
      'After a network outage 50 relays are stuck, 50 have lost their registration, the workers of 50 refuse every push, and the rotation of 50 fails. 100 are healthy, some of them busy all the time.',
    duration: '1h',
    relays: 300,
    workers: cast.workers,
    seededCounters: true,
    mirrors: false,
    actions: actions(cast),
    expect: [],
    requires: [...WITHIN_30_MINUTES(cast), ...(declared ? WITHIN_45_MINUTES(cast) : [])],
    allows: beside,
    ...setup,
  });
};

export const mixedFaults = mixed('two hundred relays have four kinds of faults', APART, {}, false);

export const mixedFaultsAlwaysOn = mixed(
  'two hundred relays have four kinds of faults, where workers are always on',
  APART,
  { site: { workers: { alwaysOn: true } } },
  true,
);

export const mixedFaultsWithExporters = mixed(
  'two hundred relays have four kinds of faults, where exporters run with their workers',
  APART,
  { site: { workers: { exporterRunsWithWorker: true } }, exporters: 'with the worker' },
  true,
);

export const mixedWorkers = mixed(
  'workers have stuck, unrotated and healthy relays at once',
  TOGETHER,
  {},
  false,
);

export const mixedWorkersAlwaysOn = mixed(
  'workers have stuck, unrotated and healthy relays at once, and are always on',
  TOGETHER,
  { site: { workers: { alwaysOn: true } } },
  true,
);
