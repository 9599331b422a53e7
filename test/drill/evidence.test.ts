import { describe, expect, it } from 'vitest';
import { isNotPending } from '../../src/drill/evidence.js';
import { History } from '../../src/drill/history.js';
import { judge, type Progress } from '../../src/drill/progress.js';
import type { DrillFacts, ReactionId, Sighting } from '../../src/drill/reaction.js';
import { reactions } from '../../src/drill/reactions.js';
import { remarks } from '../../src/drill/remarks.js';
import type { Series } from '../../src/prometheus/client.js';

const RELAY = 'r';
/** The time of the first scrape, at which the drill begins; the others follow every ten seconds. */
const START = 100;
const SCRAPES = 20;
const END = START + 10 * (SCRAPES - 1);
const _ = undefined;

type Values = readonly (number | undefined)[];
type MoreLabels = Readonly<Record<string, string | undefined>>;

/** A series as it was scraped, one value per scrape; the last one stays until the end, unless it is undefined. */
function series(
  process: readonly [job: string, instance: string | undefined],
  name: string,
  values: Values,
  labels: MoreLabels,
): Series {
  const [job, instance] = process;
  const all = Array.from({ length: SCRAPES }, (_, i) => (i < values.length ? values[i] : values.at(-1)));
  const named = Object.entries({ __name__: name, ...labels, job, instance }).filter(
    (pair): pair is [string, string] => pair[1] !== undefined,
  );
  return {
    labels: Object.fromEntries(named),
    points: all.flatMap((value, i) => (value === undefined ? [] : [[START + 10 * i, value] as const])),
  };
}

/** A series of a gateway process, of the relay unless the labels say otherwise. */
const gateway = (
  name: string,
  values: Values,
  labels: MoreLabels = {},
  instance: string | undefined = 'g:1',
) => series(['gateway', instance], `gateway_${name}`, values, { relay: RELAY, ...labels });
/** A counter of the whole gateway. */
const counted = (name: string, values: Values, labels: MoreLabels = {}) =>
  gateway(`${name}_total`, values, { relay: undefined, ...labels });
const exporter = (name: string, values: Values, labels: MoreLabels = {}, instance = 'e:1') =>
  series(['exporter', instance], `pending_writes_${name}`, values, { relay: RELAY, ...labels });
/** Of each process: whether it could be scraped. */
const ups = (ofGateway: Values = [1], ofExporter: Values = [1]) => [
  series(['gateway', 'g:1'], 'up', ofGateway, {}),
  series(['exporter', 'e:1'], 'up', ofExporter, {}),
];
const historyOf = (...all: readonly Series[]) => {
  const history = new History();
  history.add(all);
  return history;
};

interface Known {
  /** When reactions were seen, by their ids. */
  readonly seen?: Partial<Record<ReactionId, number>>;
  readonly notPendingSince?: number | undefined;
  readonly system?: Partial<DrillFacts['system']>;
  readonly up?: readonly Series[];
}

function factsOf(all: readonly Series[], known: Known): DrillFacts {
  const { seen = {}, system = {}, up = ups() } = known;
  return {
    history: historyOf(...up, ...all),
    relay: RELAY,
    start: START,
    notPendingSince: 'notPendingSince' in known ? known.notPendingSince : START,
    seen: new Map(
      Object.entries(seen).map(([id, time]): [ReactionId, Sighting] => [
        id as ReactionId,
        { time, by: `seen at ${time}` },
      ]),
    ),
    system: { othersPending: [], acknowledgementsServed: false, exporterConfigured: true, ...system },
  };
}

const reactionOf = (id: ReactionId) => reactions.find((one) => one.id === id) ?? expect.fail(id);
/** What a reaction is seen by, in short: time and text. */
function evidenceOf(id: ReactionId, all: readonly Series[], known: Known): [number, string] | undefined {
  const found = reactionOf(id).evidence(factsOf(all, known));
  return found && [found.time, found.by];
}

type Case = readonly [
  what: string,
  series: readonly Series[],
  found: [number, string] | undefined,
  known?: Known,
];
/** Checks cases of one reaction, all of which have something in common. */
function cases(id: ReactionId, common: Known, list: readonly Case[]): void {
  for (const [what, all, found, known] of list)
    it(`${id}: ${what}`, () => {
      expect(evidenceOf(id, all, { ...common, ...known })).toEqual(found);
    });
}

const WHOLE = '(counted for the whole gateway)';
const RAISED: Known = { seen: { 'pending-raised': 120 } };
const CLEARED: Known = { seen: { 'pending-raised': 120, 'gateway-cleared': 150 } };
const UNSEEN: Known = { seen: {} };

describe('what shows the beginning of a drill', () => {
  cases('not-pending', {}, [
    [
      'no series',
      [gateway('pending_writes', [1], { relay: 'other' })],
      [100, 'gateway_pending_writes has no series of the relay, which is normal before its first write'],
    ],
    ['0', [gateway('pending_writes', [0])], [100, 'gateway_pending_writes is 0']],
    ['0 later', [gateway('pending_writes', [1, 1, 0])], [120, 'gateway_pending_writes is 0']],
    [
      '0 of one of two gateways',
      [gateway('pending_writes', [1]), gateway('pending_writes', [0], {}, 'g:2')],
      [100, 'gateway_pending_writes is 0'],
    ],
    ['1', [gateway('pending_writes', [1])], undefined],
    [
      'no series after a 1, while that of another relay changes',
      [gateway('pending_writes', [1, 1, _]), gateway('pending_writes', [0, 0, 0, 1], { relay: 'other' })],
      undefined,
    ],
  ]);

  it('needs one gateway that says 0, or none that says anything', () => {
    expect(
      [[], [0], [0, 1], [1], [1, 1]].map((values) => isNotPending(values.map((value) => ({ value })))),
    ).toEqual([true, true, true, false, false]);
  });

  cases('worker-away', {}, [
    [
      'one peer less',
      [counted('x', []), gateway('active_peers', [3, 3, 2, 1], { relay: _ })],
      [120, `gateway_active_peers 3 -> 2 on g:1 ${WHOLE}`],
    ],
    ['one peer more', [gateway('active_peers', [2, 3], { relay: _ })], undefined],
    ['a new gateway', [gateway('active_peers', [_, 2], { relay: _ })], undefined],
    [
      'a peer that leaves as the write is seen',
      [gateway('active_peers', [3, 3, 2], { relay: _ }), gateway('pending_writes', [0, 0, 1])],
      [120, `gateway_active_peers 3 -> 2 on g:1 ${WHOLE}`],
    ],
    [
      'a peer that leaves after the write',
      [gateway('active_peers', [3, 3, 2], { relay: _ }), gateway('pending_writes', [0, 1])],
      undefined,
    ],
    [
      'before the relay is not pending',
      [gateway('active_peers', [3, 2], { relay: _ })],
      undefined,
      { notPendingSince: _ },
    ],
  ]);

  cases('pending-raised', {}, [
    ['0 to 1', [gateway('pending_writes', [0, 0, 1])], [120, 'gateway_pending_writes 0 -> 1 on g:1']],
    [
      'a gateway without an instance',
      [series(['gateway', undefined], 'gateway_pending_writes', [0, 0, 1], { relay: RELAY })],
      [120, 'gateway_pending_writes 0 -> 1'],
    ],
    [
      'a new series',
      [gateway('pending_writes', [_, 1])],
      [110, 'gateway_pending_writes is new with 1 on g:1'],
    ],
    ['a new series of 0', [gateway('pending_writes', [_, 0])], undefined],
    ['another relay', [gateway('pending_writes', [0, 1], { relay: 'other' })], undefined],
    ['earlier', [gateway('pending_writes', [0, 1])], undefined, { notPendingSince: 120 }],
    [
      'while an earlier write is pending',
      [gateway('pending_writes', [0, 1])],
      undefined,
      { notPendingSince: _ },
    ],
  ]);
});

describe('what shows a lease', () => {
  const ISSUED = { reason: 'lease-issued', result: 'success' };
  const LEASE = 'gateway_escrow_lease_time_to_expiry_seconds';
  cases('lease-issued', {}, [
    [
      'active',
      [gateway('escrow_leases_active', [0, 0, 1])],
      [120, 'gateway_escrow_leases_active 0 -> 1 on g:1'],
    ],
    ['no longer active', [gateway('escrow_leases_active', [1, 0])], undefined],
    [
      'a term, before it is active',
      [
        gateway('escrow_leases_active', [0, 0, 1]),
        gateway('escrow_lease_time_to_expiry_seconds', [0, 600.12345]),
      ],
      [110, `${LEASE} 0 -> 600.123 on g:1`],
    ],
    [
      'a new term',
      [gateway('escrow_lease_time_to_expiry_seconds', [300, 290, 600])],
      [120, `${LEASE} 290 -> 600 on g:1`],
    ],
    [
      'a new series',
      [gateway('escrow_lease_time_to_expiry_seconds', [_, 5])],
      [110, `${LEASE} is new with 5 on g:1`],
    ],
    ['a new series of 0', [gateway('escrow_lease_time_to_expiry_seconds', [_, 0])], undefined],
    ['a term that runs', [gateway('escrow_lease_time_to_expiry_seconds', [300, 290])], undefined],
    [
      'a renewal, by the counter',
      [counted('escrow_rotation', [1, 1, 2], ISSUED), gateway('escrow_leases_active', [1])],
      [120, `gateway_escrow_rotation_total{reason="lease-issued",result="success"} 1 -> 2 on g:1 ${WHOLE}`],
    ],
    [
      'a renewal on one of two gateways',
      [
        counted('escrow_rotation', [1, 2], ISSUED),
        gateway('escrow_leases_active', [0]),
        gateway('escrow_leases_active', [1], {}, 'g:2'),
      ],
      [110, `gateway_escrow_rotation_total{reason="lease-issued",result="success"} 1 -> 2 on g:1 ${WHOLE}`],
    ],
    [
      'a renewal while an earlier write is pending',
      [counted('escrow_rotation', [1, 2], ISSUED), gateway('escrow_leases_active', [1])],
      undefined,
      { notPendingSince: _ },
    ],
    [
      'the lease of another relay, by the counter',
      [counted('escrow_rotation', [1, 2], ISSUED), gateway('escrow_leases_active', [0])],
      undefined,
    ],
    [
      'another rotation',
      [
        counted('escrow_rotation', [1, 2], { ...ISSUED, reason: 'restart' }),
        gateway('escrow_leases_active', [1]),
      ],
      undefined,
    ],
    [
      'a rotation that failed',
      [
        counted('escrow_rotation', [1, 2], { ...ISSUED, result: 'error' }),
        gateway('escrow_leases_active', [1]),
      ],
      undefined,
    ],
    ['earlier', [gateway('escrow_leases_active', [0, 1])], undefined, { notPendingSince: 120 }],
    [
      'while an earlier write is pending',
      [gateway('escrow_leases_active', [0, 1])],
      undefined,
      { notPendingSince: _ },
    ],
  ]);

  const success = [counted('escrow_unlock_requests', [4, 4, 5], { result: 'success' })];
  cases('lease-requested', {}, [
    [
      'the counter',
      success,
      [120, `gateway_escrow_unlock_requests_total{result="success"} 4 -> 5 on g:1 ${WHOLE}`],
    ],
    ['a refusal', [counted('escrow_unlock_requests', [4, 5], { result: 'error' })], undefined],
    ['the lease', [], [105, 'a lease was issued: seen at 105'], { seen: { 'lease-issued': 105 } }],
    ['what came first', success, [105, 'a lease was issued: seen at 105'], { seen: { 'lease-issued': 105 } }],
    [
      'the counter, before the lease',
      success,
      [120, `gateway_escrow_unlock_requests_total{result="success"} 4 -> 5 on g:1 ${WHOLE}`],
      { seen: { 'lease-issued': 125 } },
    ],
    ['nothing', [], undefined],
    ['while an earlier write is pending', success, undefined, { notPendingSince: _ }],
  ]);

  const heldBefore = (all: readonly Series[], known: Known) =>
    ['lease-requested', 'lease-issued'].map((id) =>
      reactionOf(id as ReactionId).fromBefore?.(factsOf(all, known)),
    );
  it('from before the drill', () => {
    const text =
      'a lease from before the drill allowed the write (gateway_escrow_leases_active was already 1): not tested';
    const held = [gateway('escrow_leases_active', [1]), gateway('escrow_leases_active', [0], {}, 'g:2')];
    expect(heldBefore(held, RAISED)).toEqual([text, text]);
    expect(heldBefore(held, UNSEEN)).toEqual([_, _]);
    expect(heldBefore(held, { ...RAISED, notPendingSince: _ })).toEqual([_, _]);
    expect(heldBefore([gateway('escrow_leases_active', [0, 1])], RAISED)).toEqual([_, _]);
    expect(heldBefore([], RAISED)).toEqual([_, _]);
  });
});

describe('what shows a push', () => {
  const pushes = (values: Values, labels: MoreLabels = {}) =>
    counted('pending_write_push', values, { result: 'success', ...labels });
  const PUSH = 'gateway_pending_write_push_total{result="success"}';
  const at130 = pushes([0, 0, 0, 1]);
  const queuedAt = (scrape: number) =>
    exporter(
      'pending',
      Array.from({ length: scrape + 1 }, (_, i) => Number(i === scrape)),
    );
  const others = (...othersPending: [number, number][]): Known => ({ ...RAISED, system: { othersPending } });
  cases('push-seen', RAISED, [
    ['the counter', [at130], [130, `${PUSH} 0 -> 1 on g:1 ${WHOLE}`]],
    ['at the moment of the write', [pushes([0, 0, 1])], [120, `${PUSH} 0 -> 1 on g:1 ${WHOLE}`]],
    ['a push before the write', [pushes([0, 1])], undefined],
    ['an error', [pushes([0, 0, 0, 1], { result: 'error' })], undefined],
    ['no write', [at130], undefined, UNSEEN],
    [
      'the counter of the relay',
      [pushes([0, 0, 0, 1], { relay: 'other' }), pushes([0, 0, 0, 0, 1], { relay: RELAY })],
      [140, `${PUSH} 0 -> 1 on g:1`],
    ],
    [
      'the counter of the relay, where another gateway counts without relays',
      [at130, pushes([0, 0, 0, 0, 1], { relay: RELAY })],
      [140, `${PUSH} 0 -> 1 on g:1`],
    ],
    ['the counter of another relay', [pushes([0, 0, 0, 1], { relay: 'other' })], undefined],
    [
      'an error of the relay',
      [pushes([0, 0, 0, 1], { relay: RELAY, result: 'error' }), pushes([0], { relay: RELAY })],
      undefined,
    ],
    ['while others are pending', [at130], undefined, others([100, 2])],
    ['as others are found pending', [at130], undefined, others([100, 0], [130, 1])],
    ['before others are found pending', [at130], undefined, others([100, 0], [135, 1])],
    ['while others were pending, and no longer are', [at130], undefined, others([125, 1], [135, 0])],
    ['between two looks', [at130], undefined, others([130, 0], [140, 1], [150, 0])],
    [
      'while others are pending at other times only',
      [at130],
      [130, `${PUSH} 0 -> 1 on g:1 ${WHOLE}`],
      others([100, 2], [125, 0], [135, 0], [145, 2]),
    ],
    [
      'a push while others are pending, and the next one',
      [pushes([0, 0, 0, 1, 1, 2])],
      [150, `${PUSH} 1 -> 2 on g:1 ${WHOLE}`],
      others([100, 1], [140, 0], [160, 0]),
    ],
    [
      "the worker's file, while others are pending",
      [at130, queuedAt(4)],
      [140, `${PUSH} 0 -> 1 on g:1 ${WHOLE}, and pending_writes_pending 0 -> 1 on e:1`],
      others([100, 1]),
    ],
    [
      "the last push until a minute after the worker's file",
      [pushes([0, 0, 0, 1, 1, 1, 1, 1, 1, 2, 3]), queuedAt(3)],
      [130, `${PUSH} 1 -> 2 on g:1 ${WHOLE}, and pending_writes_pending 0 -> 1 on e:1`],
      others([100, 1]),
    ],
    [
      "the worker's file, and no push until a minute after",
      [pushes([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]), queuedAt(3)],
      undefined,
      others([100, 1]),
    ],
    ["the worker's file alone", [queuedAt(3)], undefined, others([100, 1])],
  ]);

  const WAIT = 'pending_write_push_wait_seconds_count';
  cases('push-acknowledged', RAISED, [
    [
      'the count',
      [gateway(WAIT, [0, 0, 0, 1])],
      [130, 'gateway_pending_write_push_wait_seconds 0 -> 1 on g:1'],
    ],
    ['another relay', [gateway(WAIT, [0, 0, 0, 1], { relay: 'other' })], undefined],
    ['before the write', [gateway(WAIT, [0, 1])], undefined],
    ['no write', [gateway(WAIT, [0, 1])], undefined, UNSEEN],
  ]);

  it('cannot be acknowledged in a build without acknowledgements, which shows once it is overdue or cleared', () => {
    const why = (overdue: boolean, known: Known) =>
      reactionOf('push-acknowledged').notServed?.(factsOf([], known), overdue);
    const text =
      'not exposed by this build: gateway_pending_write_push_wait_seconds has no sample of any relay';
    expect([why(false, RAISED), why(true, RAISED), why(false, CLEARED)]).toEqual([_, text, text]);
    expect(why(true, { ...CLEARED, system: { acknowledgementsServed: true } })).toBeUndefined();
  });
});

describe("what shows the worker's queue", () => {
  const since = (value: number, instance?: string) =>
    exporter('pending_since_timestamp_seconds', [value], {}, instance);
  const NEW = 'pending_writes_pending is new with 1 on e:1';
  /** The exporter is scraped from 130 on. */
  const late: Known = { ...RAISED, up: ups([1], [_, _, _, 1]) };
  const lateSince = (value: number, instance?: string) =>
    exporter('pending_since_timestamp_seconds', [_, _, _, value], {}, instance);
  const UPDATE = 'pending_writes_last_update_timestamp_seconds';
  const status = (name: string | undefined, values: Values = [0, 0, 0, 1]) =>
    exporter('job_status', values, { status: name });
  cases('worker-queue', RAISED, [
    ['pending', [exporter('pending', [0, 0, 0, 1])], [130, 'pending_writes_pending 0 -> 1 on e:1']],
    ['pending before the write', [exporter('pending', [0, 1])], undefined],
    ['no longer pending', [exporter('pending', [1, 1, 1, 0])], undefined],
    ['no write', [exporter('pending', [0, 1])], undefined, UNSEEN],
    [
      'pending at the first scrape, since the drill',
      [exporter('pending', [_, _, _, 1]), lateSince(110)],
      [130, NEW],
      late,
    ],
    [
      'pending at the first scrape, since a minute before',
      [exporter('pending', [_, _, _, 1]), lateSince(40)],
      [130, NEW],
      late,
    ],
    [
      'pending at the first scrape, since earlier',
      [exporter('pending', [_, _, _, 1]), lateSince(39)],
      undefined,
      late,
    ],
    ['not pending at the first scrape', [exporter('pending', [_, _, _, 0]), lateSince(110)], undefined, late],
    [
      'pending at the first scrape, since when is not known',
      [exporter('pending', [_, _, _, 1])],
      undefined,
      late,
    ],
    [
      'pending at the first scrape, since when another exporter knows',
      [exporter('pending', [_, _, _, 1]), lateSince(110, 'e:2')],
      undefined,
      late,
    ],
    [
      'pending at the first scrape, and no write',
      [exporter('pending', [_, _, _, 1]), lateSince(110)],
      undefined,
      { ...late, ...UNSEEN },
    ],
    ['a new series', [exporter('pending', [_, _, _, 1]), since(110)], [130, NEW]],
    ['a new series of an earlier write', [exporter('pending', [_, _, _, 1]), since(30)], undefined],
    ['pending all along', [exporter('pending', [1]), since(110)], undefined],
    [
      'a new update',
      [exporter('last_update_timestamp_seconds', [50, 50, 50, 125])],
      [130, `${UPDATE} 50 -> 125 on e:1`],
    ],
    [
      'the first update',
      [exporter('last_update_timestamp_seconds', [_, _, _, 125])],
      [130, `${UPDATE} is new with 125 on e:1`],
    ],
    ['an earlier update', [exporter('last_update_timestamp_seconds', [50, 50, 50, 40])], undefined],
    ['a queued job', [status('queued')], [130, 'pending_writes_job_status{status="queued"} 0 -> 1 on e:1']],
    [
      'a running job',
      [status('in-progress')],
      [130, 'pending_writes_job_status{status="in-progress"} 0 -> 1 on e:1'],
    ],
    [
      'a job that is done',
      [status('completed')],
      [130, 'pending_writes_job_status{status="completed"} 0 -> 1 on e:1'],
    ],
    ['a job that failed', [status('error')], undefined],
    ['a job without status', [status(undefined)], undefined],
    ['a job that is no longer queued', [status('queued', [1, 1, 1, 0])], undefined],
    [
      'what came first',
      [
        status('queued'),
        exporter('pending', [0, 0, 1]),
        exporter('last_update_timestamp_seconds', [1, 1, 1, 1, 2]),
      ],
      [120, 'pending_writes_pending 0 -> 1 on e:1'],
    ],
  ]);
});

describe('what shows the end of a write', () => {
  const status = (name: string | undefined, values: Values = [0, 0, 0, 1]) =>
    exporter('job_status', values, { status: name });
  const LAG = 'escrow_lease_lag_seconds_count';
  cases('resync', RAISED, [
    ['the lag', [gateway(LAG, [2, 2, 2, 3])], [130, 'gateway_escrow_lease_lag_seconds 2 -> 3 on g:1']],
    ['the lag of another relay', [gateway(LAG, [2, 2, 2, 3], { relay: 'other' })], undefined],
    [
      'the lease',
      [gateway('escrow_leases_active', [1, 1, 1, 0])],
      [130, 'gateway_escrow_leases_active 1 -> 0 on g:1'],
    ],
    ['a new lease', [gateway('escrow_leases_active', [0, 0, 0, 1])], undefined],
    ['no lease, newly exposed', [gateway('escrow_leases_active', [_, _, _, 0])], undefined],
    ['a lease that is none', [gateway('escrow_leases_active', [1, 1, 1, 2])], undefined],
    ['the gauge', [gateway('pending_writes', [0, 0, 1, 0])], [130, 'gateway_pending_writes 1 -> 0 on g:1']],
    ['the job', [status('completed')], [130, 'pending_writes_job_status{status="completed"} 0 -> 1 on e:1']],
    ['a job that failed', [status('error')], undefined],
    ['a job that is no longer completed', [status('completed', [1, 1, 1, 0])], undefined],
    [
      'what came first',
      [
        gateway(LAG, [2, 2, 2, 2, 3]),
        gateway('escrow_leases_active', [1, 1, 1, 0]),
        gateway('pending_writes', [0, 0, 1, 1, 0]),
      ],
      [130, 'gateway_escrow_leases_active 1 -> 0 on g:1'],
    ],
    ['no write', [gateway('pending_writes', [0, 1, 0]), gateway(LAG, [0, 1])], undefined, UNSEEN],
  ]);

  cases('gateway-cleared', RAISED, [
    [
      'the gauge',
      [gateway('pending_writes', [0, 0, 1, 1, 0])],
      [140, 'gateway_pending_writes 1 -> 0 on g:1'],
    ],
    ['still pending', [gateway('pending_writes', [0, 0, 1])], undefined],
    ['no write', [gateway('pending_writes', [1, 0])], undefined, UNSEEN],
  ]);

  const UPDATE = 'pending_writes_last_update_timestamp_seconds';
  const update = exporter('last_update_timestamp_seconds', [50, 50, 50, 125]);
  cases('worker-cleared', RAISED, [
    ['pending', [exporter('pending', [0, 0, 1, 0])], [130, 'pending_writes_pending 1 -> 0 on e:1']],
    ['pending again', [exporter('pending', [0, 0, 0, 1])], undefined],
    ['a new series of 0', [exporter('pending', [_, _, _, 0])], undefined],
    ['another value', [exporter('pending', [1, 1, 1, 2])], undefined],
    [
      'an update, and it is not pending',
      [update, exporter('pending', [0])],
      [130, `${UPDATE} 50 -> 125 on e:1, and it is not pending`],
    ],
    ['an update, and it is pending', [update, exporter('pending', [1])], undefined],
    ['an update, and whether it is pending is not known', [update], undefined],
    [
      'an update, and another one is not pending',
      [update, exporter('pending', [1]), exporter('pending', [0], {}, 'e:2')],
      undefined,
    ],
    [
      'the first update of which it is not pending',
      [
        exporter('last_update_timestamp_seconds', [50, 50, 50, 125, 126]),
        exporter('pending', [0, 1, 1, 1, 0]),
      ],
      [140, 'pending_writes_pending 1 -> 0 on e:1'],
    ],
    ['the job', [status('cleared')], [130, 'pending_writes_job_status{status="cleared"} 0 -> 1 on e:1']],
    [
      'a job that is done',
      [status('completed')],
      [130, 'pending_writes_job_status{status="completed"} 0 -> 1 on e:1'],
    ],
    ['a queued job', [status('queued')], undefined],
    ['a job without status', [status(undefined)], undefined],
    ['a job that is no longer done', [status('completed', [1, 1, 1, 0])], undefined],
    ['no write', [update, exporter('pending', [1, 0])], undefined, UNSEEN],
  ]);

  const START_OF = 'rotation_last_start_timestamp_seconds';
  const completed = (values: Values, instance?: string) =>
    exporter('rotation_last_status', values, { status: 'completed' }, instance);
  const DONE =
    'pending_writes_rotation_last_status{status="completed"} on e:1, of a rotation that started after the resync';
  /** The cleared push was received at 148, and seen at 160. */
  const cleared = [
    exporter('pending', [0, 0, 0, 1, 1, 1, 0]),
    exporter('last_update_timestamp_seconds', [50, 50, 50, 125, 125, 125, 148]),
  ];
  /** Pending on the gateway until 140. */
  const raised = gateway('pending_writes', [0, 0, 1, 1, 1, 0]);
  const begun = (...values: Values) => exporter(START_OF, values);
  cases('rotation', CLEARED, [
    [
      'completed',
      [...cleared, begun(1, 1, 1, 1, 1, 1, 149), completed([1, 1, 1, 1, 1, 1, 0, 1])],
      [170, DONE],
    ],
    [
      'completed as it is seen first',
      [...cleared, begun(1, 1, 1, 1, 1, 1, 149), completed([1])],
      [160, DONE],
    ],
    [
      'begun two seconds before the push',
      [...cleared, begun(1, 1, 1, 1, 1, 1, 146), completed([1])],
      [160, DONE],
    ],
    ['begun earlier', [...cleared, begun(1, 1, 1, 1, 1, 1, 145), completed([1])], undefined],
    ['begun before the write', [...cleared, begun(1, 1), completed([1])], undefined],
    [
      'not completed',
      [...cleared, begun(1, 1, 1, 1, 1, 1, 149), completed([1, 1, 1, 1, 1, 1, 0])],
      undefined,
    ],
    [
      'completed, and no longer known when it began',
      [...cleared, begun(1, 1, 1, 1, 1, 1, 149, _), completed([1, 1, 1, 1, 1, 1, 0, 0, 1])],
      undefined,
    ],
    [
      'completed on another worker',
      [...cleared, begun(1, 1, 1, 1, 1, 1, 149), completed([1], 'e:2')],
      undefined,
    ],
    [
      'failed',
      [...cleared, begun(1, 1, 1, 1, 1, 1, 149), exporter('rotation_last_status', [1], { status: 'failed' })],
      undefined,
    ],
    [
      'of a worker that is still pending, begun after the gateway was last pending',
      [raised, exporter('pending', [1]), begun(1, 1, 1, 1, 1, 149), completed([1])],
      [150, DONE],
    ],
    [
      'of a worker that is still pending, begun as another gateway is still pending',
      [
        raised,
        gateway('pending_writes', [0, 0, 1], {}, 'g:2'),
        exporter('pending', [1]),
        begun(1, 1, 1, 1, 1, 149),
        completed([1]),
      ],
      [150, DONE],
    ],
    [
      'of a worker that is still pending, begun while the gateway was pending',
      [raised, exporter('pending', [1]), begun(1, 1, 1, 1, 139), completed([1])],
      undefined,
    ],
    [
      'of a worker without a new update, begun while the gateway was pending',
      [raised, exporter('pending', [0]), begun(1, 1, 1, 1, 139), completed([1])],
      undefined,
    ],
    [
      'of a worker that is still pending in one of two files of it',
      [...cleared, exporter('pending', [1], { file: 'b' }), raised, begun(1, 1, 1, 1, 149), completed([1])],
      undefined,
    ],
    [
      'of a relay that is pending again',
      [
        gateway('pending_writes', [0, 0, 1, 1, 1, 0, 0, 1]),
        exporter('pending', [1]),
        begun(1, 1, 1, 1, 1, 149),
        completed([1]),
      ],
      [150, DONE],
    ],
    [
      'by another gateway, after which it was pending',
      [
        raised,
        gateway('pending_writes', [0], {}, 'g:2'),
        exporter('pending', [1]),
        begun(1, 1, 1, 1, 1, 149),
        completed([1]),
      ],
      [150, DONE],
    ],
    [
      'of which two began, the second after the resync',
      [...cleared, begun(1, 1, 1, 130, 130, 130, 149), completed([1, 1, 1, 1, 1, 1, 1])],
      [160, DONE],
    ],
    [
      'that was replaced by a later one before it was completed',
      [...cleared, begun(1, 1, 1, 1, 1, 1, 149, 165), completed([1, 1, 1, 1, 1, 1, 0, 0, 1])],
      [180, DONE],
    ],
    [
      'seen at the first scrape of the exporter',
      [
        exporter('pending', [_, _, _, _, _, _, 0]),
        exporter('last_update_timestamp_seconds', [_, _, _, _, _, _, 148]),
        begun(_, _, _, _, _, _, 149),
        completed([_, _, _, _, _, _, 1]),
      ],
      [160, DONE],
      { ...CLEARED, up: ups([1], [_, _, _, _, _, _, 1]) },
    ],
    [
      'of a worker that is still pending, begun after the gateway said 0, before that counted as cleared',
      [
        gateway('pending_writes', [0, 0, 1, 1, 0]),
        exporter('pending', [1]),
        begun(1, 1, 1, 1, 139),
        completed([1]),
      ],
      [140, DONE],
    ],
    [
      'begun before the push, and seen at the first scrape of the exporter',
      [
        exporter('pending', [_, _, _, _, _, _, 0]),
        exporter('last_update_timestamp_seconds', [_, _, _, _, _, _, 148]),
        begun(_, _, _, _, _, _, 99),
        completed([_, _, _, _, _, _, 1]),
      ],
      undefined,
      { ...CLEARED, up: ups([1], [_, _, _, _, _, _, 1]) },
    ],
    [
      'begun before the last of several updates',
      [
        exporter('pending', [0, 0, 0, 1, 1, 1, 0]),
        exporter('last_update_timestamp_seconds', [50, 50, 50, 125, 130, 130, 148]),
        begun(1, 1, 1, 1, 1, 1, 131),
        completed([1]),
      ],
      undefined,
    ],
    ['not cleared', [...cleared, begun(1, 1, 1, 1, 1, 1, 149), completed([1])], undefined, RAISED],
    [
      'no write',
      [...cleared, begun(1, 1, 1, 1, 1, 1, 149), completed([1])],
      undefined,
      { seen: { 'gateway-cleared': 150 } },
    ],
  ]);

  const TERM = 'gateway_escrow_lease_time_to_expiry_seconds';
  const term = (values: Values, instance?: string | undefined) =>
    gateway('escrow_lease_time_to_expiry_seconds', values, {}, instance);
  cases('expiry-reset', CLEARED, [
    ['0', [term([300, 290, 280, 270, 260, 250, 0])], [160, `${TERM} is 0: no active lease on g:1`]],
    [
      '0 as it is cleared',
      [term([300, 290, 280, 270, 260, 0])],
      [150, `${TERM} is 0: no active lease on g:1`],
    ],
    [
      'a new term',
      [term([300, 290, 280, 270, 260, 250, 240, 599.98765])],
      [170, `${TERM} shows a new term of 599.988 s on g:1`],
    ],
    ['a term that runs', [term([300, 290, 280, 270, 260, 250, 240])], undefined],
    ['0 before it is cleared, and a term that runs', [term([0, 0, 280, 270, 260, 250, 240, 240])], undefined],
    ['a term that is seen for the first time', [term([_, _, _, _, _, _, 500, 490, 490])], undefined],
    [
      'the earliest of two gateways, and of one without an instance',
      [
        term([300, 290, 280, 270, 260, 250, 240, 0]),
        series(['gateway', undefined], TERM, [9, 9, 9, 9, 9, 9, 0], { relay: RELAY }),
      ],
      [160, `${TERM} is 0: no active lease on the gateway`],
    ],
    ['not cleared', [term([300, 0])], undefined, RAISED],
  ]);

  it.each<ReactionId>(['worker-queue', 'worker-cleared', 'rotation'])(
    'cannot be seen on the worker without an exporter: %s',
    (id) => {
      const why = (exporterConfigured: boolean) =>
        reactionOf(id).notServed?.(factsOf([], { system: { exporterConfigured } }), false);
      expect(why(true)).toBeUndefined();
      expect(why(false)).toMatch(/^this Prometheus scrapes no worker exporter/);
    },
  );
});

describe('reactions', () => {
  it('lead to the alert that says why one did not come', () => {
    expect(Object.fromEntries(reactions.map(({ id, alert }) => [id, alert]))).toEqual({
      'not-pending': 'GatewayPendingWritesStuck',
      'worker-away': 'GatewayPendingWritesWaiting',
      'lease-requested': 'GatewayEscrowUnlocksRefused',
      'lease-issued': 'GatewayEscrowUnlocksFailing',
      'pending-raised': 'GatewayWritesTurnedAway',
      'push-seen': 'GatewayPendingWritesNotPushed',
      'push-acknowledged': 'GatewayPushWaitHigh',
      'worker-queue': 'WorkerMissedPendingWrites',
      resync: 'GatewayPendingWritesStuck',
      'gateway-cleared': 'GatewayPushesNotIngested',
      'worker-cleared': 'WorkerPendingWritesOrphaned',
      rotation: 'WorkerRotationFailed',
      'expiry-reset': 'GatewayEscrowLeaseExpired',
    });
  });

  it('are due after the ones that cause them', () => {
    expect(
      Object.fromEntries(reactions.map(({ id, after = [], within }) => [id, [...after, within]])),
    ).toEqual({
      'not-pending': [600],
      'worker-away': ['not-pending', 600],
      'lease-requested': ['not-pending', 900],
      'lease-issued': ['lease-requested', 120],
      'pending-raised': ['not-pending', 'lease-issued', 900],
      'push-seen': ['pending-raised', 1800],
      'push-acknowledged': ['push-seen', 300],
      'worker-queue': ['push-seen', 180],
      resync: ['push-seen', 900],
      'gateway-cleared': ['resync', 120],
      'worker-cleared': ['gateway-cleared', 180],
      rotation: ['gateway-cleared', 300],
      'expiry-reset': ['gateway-cleared', 120],
    });
  });
});

describe('a drill is judged', () => {
  const judged = (all: readonly Series[], now: number, within: Partial<Record<ReactionId, number>> = {}) => {
    const { history, relay, start, system } = factsOf(all, {});
    const { reactions: results, over, ok } = judge({ history, relay, start, system }, now, within);
    const of = (id: ReactionId) => results.find(({ reaction }) => reaction.id === id);
    return { over, ok, of, state: (id: ReactionId) => of(id)?.state };
  };
  const lease = gateway('escrow_leases_active', [0, 1]);
  const write = gateway('pending_writes', [0, 0, 0, 1]);

  it('by what has come in time, late, or not yet', () => {
    // Issued at 110, so due until 130.
    expect(judged([lease, write], 130, { 'pending-raised': 20 }).of('pending-raised')).toMatchObject({
      state: 'seen',
      dueSince: 110,
      deadline: 130,
      evidence: { time: 130 },
    });
    const late = judged([lease, write], 130, { 'pending-raised': 19 });
    expect([late.state('pending-raised'), late.ok]).toEqual(['late', false]);
    // What was scraped after this moment is not known yet.
    expect(judged([lease, write], 129).state('pending-raised')).toBe('watching');
    expect(judged([lease, write], 130).state('pending-raised')).toBe('seen');
    // A lease that was there before has no deadline.
    expect(judged([], 100).of('not-pending')).toMatchObject({ state: 'seen', dueSince: 100, deadline: 700 });
  });

  it('with three seconds for a sample that is on its way', () => {
    const state = (now: number) => judged([], now, { 'lease-requested': 20 }).state('lease-requested');
    expect([state(123), state(123.5)]).toEqual(['watching', 'missing']);
  });

  it('as unreached where what makes it due is missing, and else as waiting', () => {
    const early = judged([], 110, { 'lease-requested': 20 });
    expect(['lease-requested', 'lease-issued', 'resync'].map((id) => early.state(id as ReactionId))).toEqual([
      'watching',
      'waiting',
      'waiting',
    ]);
    expect([early.over, early.ok]).toEqual([false, true]);
    const end = judged([], 1200);
    expect(['lease-requested', 'lease-issued', 'resync'].map((id) => end.state(id as ReactionId))).toEqual([
      'missing',
      'unreached',
      'unreached',
    ]);
    expect([end.over, end.ok]).toEqual([true, false]);
  });

  it('by hints that are no failure where they do not show', () => {
    const state = (all: readonly Series[], now: number) =>
      judged(all, now, { 'worker-away': 50 }).state('worker-away');
    expect([state([], 120), state([], 153), state([], 154)]).toEqual(['watching', 'watching', 'no-hint']);
    expect([state([write], 129), state([write], 130)]).toEqual(['watching', 'no-hint']);
    expect(state([gateway('active_peers', [2, 1], { relay: _ })], 200)).toBe('seen');
  });

  it('as over once nothing more can come, late or from before the drill', () => {
    const held = [gateway('escrow_leases_active', [1]), write];
    const result = judged(held, 5000);
    expect(result.of('lease-issued')).toMatchObject({ state: 'from-before' });
    expect(result.of('lease-issued')).not.toHaveProperty('dueSince');
    expect(result.of('push-seen')).toMatchObject({ state: 'missing', dueSince: 130, deadline: 1930 });
    expect([result.over, result.ok]).toEqual([true, false]);
    const late = judged([lease, gateway('pending_writes', [0, 0, 0, 1, 1, 0])], 5000, {
      'pending-raised': 1,
    });
    expect([late.state('pending-raised'), late.over]).toEqual(['late', true]);
  });
});

describe('remarks', () => {
  const remarked = (
    all: readonly Series[],
    seen: Partial<Record<ReactionId, number>> = {},
    up: readonly Series[] = ups(),
  ) => {
    const results = Object.entries(seen).map(([id, time]) => ({
      reaction: { id },
      evidence: { time, by: '' },
    }));
    const progress = { reactions: results } as unknown as Progress;
    const facts = { history: historyOf(...up, ...all), relay: RELAY, start: START };
    return remarks(facts, progress, END).map(({ time, text }) => [time, text]);
  };

  const started = series(['gateway', 'g:1'], 'process_start_time_seconds', [5, 5, 119], {});
  const LOST =
    ' Its pending gauge is gone until the next write, its leases are lost and pushes have stopped: request a lease and write to the relay again.';
  it.each<[string, Partial<Record<ReactionId, number>>, string]>([
    ['before the write', {}, ''],
    ['as the write is seen', { 'pending-raised': 120 }, ''],
    ['after the write', { 'pending-raised': 119 }, LOST],
    ['before the clearing', { 'pending-raised': 110, 'gateway-cleared': 130 }, LOST],
    ['as the clearing is seen', { 'pending-raised': 110, 'gateway-cleared': 120 }, ''],
    ['after the clearing', { 'pending-raised': 105, 'gateway-cleared': 110 }, ''],
    ['where only the clearing was seen', { 'gateway-cleared': 130 }, ''],
  ])('tell of a gateway that restarts: %s', (_, seen, lost) => {
    expect(remarked([started], seen)).toEqual([[120, `the gateway g:1 restarted.${lost}`]]);
  });

  it('tell nothing of a gateway that is there at first, or that is new', () => {
    expect(remarked([series(['gateway', 'g:1'], 'process_start_time_seconds', [5], {})])).toEqual([]);
    expect(remarked([series(['gateway', 'g:1'], 'process_start_time_seconds', [_, _, 119], {})])).toEqual([]);
  });

  it('tell of targets that cannot be scraped, in the order of time', () => {
    expect(remarked([], {}, ups([1, 1, 1, 0, 0, 1], [1, 1, 0]))).toEqual([
      [120, 'exporter e:1 cannot be scraped.'],
      [130, 'gateway g:1 cannot be scraped.'],
      [150, 'gateway g:1 is scraped again.'],
    ]);
  });

  it('tell of lease requests that fail, the first of each kind', () => {
    const requests = (result: string, values: Values) =>
      counted('escrow_unlock_requests', values, { result });
    const all = remarked([
      requests('policy-rejection', [0, 0, 0, 1, 2]),
      requests('error', [0, 1, 2]),
      requests('success', [0, 1]),
    ]);
    expect(all).toEqual([
      [110, expect.stringMatching(/^a lease request ended in an error/)],
      [130, expect.stringMatching(/^a lease request was rejected by the policy/)],
    ]);
  });

  it('tell of the first write of the relay that was read-only', () => {
    const writes = (values: Values, labels: MoreLabels) =>
      gateway('relay_fallback_writes_total', values, { result: 'readonly', ...labels });
    expect(
      remarked([
        writes([0, 0, 1, 2], {}),
        writes([0, 1], { relay: 'other' }),
        writes([0, 1], { result: 'success' }),
      ]),
    ).toEqual([[120, 'a write was answered read-only: the gateway holds no lease of the relay.']]);
  });

  it('tell of the first push of the relay that failed, after the write', () => {
    const pushes = (values: Values, labels: MoreLabels = {}) =>
      counted('pending_write_push', values, { result: 'error', ...labels });
    const raised = { 'pending-raised': 120 } as const;
    const first = (all: readonly Series[], seen: Partial<Record<ReactionId, number>> = raised) =>
      remarked(all, seen).map(([time, text]) => [time, String(text).slice(0, 24)]);
    expect(first([pushes([0, 1, 1, 2, 3])])).toEqual([[130, 'a push ended in an error']]);
    expect(first([pushes([0, 0, 0, 1], { relay: RELAY })])).toEqual([[130, 'a push ended in an error']]);
    expect(first([pushes([0, 0, 0, 1], { relay: 'other' })])).toEqual([]);
    expect(first([pushes([0, 0, 0, 1], { result: 'success' })])).toEqual([]);
    expect(first([pushes([0, 0, 0, 1])], {})).toEqual([]);
  });

  it('tell of the first rotation of the relay that failed, after the write', () => {
    const failed = (values: Values, labels: MoreLabels = {}) =>
      exporter('rotation_last_status', values, { status: 'failed', ...labels });
    const raised = { 'pending-raised': 120 } as const;
    const first = (all: readonly Series[], seen: Partial<Record<ReactionId, number>> = raised) =>
      remarked(all, seen).map(([time, text]) => [time, String(text).slice(0, 37)]);
    expect(first([failed([0, 1, 1, 0, 1, 0, 1])])).toEqual([[140, "the worker's newest rotation failed: "]]);
    expect(first([failed([0, 0, 0, 1], { relay: 'other' })])).toEqual([]);
    expect(first([failed([0, 0, 0, 1], { status: 'completed' })])).toEqual([]);
    expect(first([failed([0, 0, 0, 1])], {})).toEqual([]);
  });

  it('tell of gateways that are still pending after another one was cleared', () => {
    const all = [
      gateway('pending_writes', [1, 1, 0]),
      gateway('pending_writes', [1, 1, 1, 1, 1], {}, 'g:2'),
      gateway('pending_writes', [1], { relay: 'other' }, 'g:3'),
    ];
    expect(remarked(all, { 'gateway-cleared': 120 })).toEqual([
      [
        END,
        'gateway_pending_writes is 1 on g:2: pending again, or stale, because only the process that answered resync-complete sets it to 0.',
      ],
    ]);
    expect(remarked(all)).toEqual([]);
  });

  const unreadable = exporter('state_file_read_success', [1, 1, 0, 1, 0], { relay: _ });
  const reason = (name: string, values: Values = [0, 0, 1], instance?: string) =>
    exporter('state_file_read_failure', values, { relay: _, reason: name }, instance);
  const ALL_SEEN = { 'worker-queue': 1, 'worker-cleared': 1, rotation: 1 } as const;
  const CANNOT = 'the exporter e:1 cannot read its state file.';
  const hidden = (names: string) => ` Until it can be read, these reactions cannot be detected: ${names}.`;
  const SPLICED =
    " Its content is broken by two overlapping writes (a spliced file) and stays broken until the worker writes again. Do not restart the worker's process, or its queue is lost: stop-gateway writes the file from memory, then start-gateway.";
  it.each<[string, readonly Series[], Partial<Record<ReactionId, number>>, string]>([
    ['without a reason', [reason('missing', [0])], ALL_SEEN, CANNOT],
    ['with its reason', [reason('missing'), reason('denied', [0])], ALL_SEEN, `${CANNOT} Reason: missing.`],
    ['with two reasons', [reason('a'), reason('b')], ALL_SEEN, `${CANNOT} Reason: a, b.`],
    ['with the reason of this exporter only', [reason('spliced', [1], 'e:2')], ALL_SEEN, CANNOT],
    ['and what cannot be seen', [], { 'worker-queue': 1 }, `${CANNOT}${hidden('worker-cleared, rotation')}`],
    ['and that nothing can be seen', [], {}, `${CANNOT}${hidden('worker-queue, worker-cleared, rotation')}`],
    ['that is spliced', [reason('spliced')], ALL_SEEN, `${CANNOT} Reason: spliced.${SPLICED}`],
    [
      'that is no JSON',
      [reason('not_json'), reason('a')],
      { rotation: 1 },
      `${CANNOT} Reason: not_json, a.${SPLICED}${hidden('worker-queue, worker-cleared')}`,
    ],
  ])('tell of a state file that cannot be read, %s', (_, all, seen, text) => {
    expect(remarked([unreadable, ...all], seen)).toEqual([[120, text]]);
  });

  it('tell nothing of a state file that can be read again', () => {
    expect(remarked([exporter('state_file_read_success', [0, 0, 1], { relay: _ })])).toEqual([]);
  });
});
