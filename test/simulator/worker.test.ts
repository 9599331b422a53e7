import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gatewayPendingWritePushes, gatewayPendingWrites } from '../../metrics/gateway.js';
import type { Action } from '../../src/simulator/scenario.js';
import { AWAY_WITH_LEASE, Play } from './play.js';

const WRITE_AT_2M: Action = { at: '2m', do: 'a write arrives' };
const BACK_AT_3M: Action = { at: '3m', do: 'worker comes back' };

/** Keys and kinds of values, which is what two files must share. */
const shape = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.length === 0 ? [] : [shape(value[0])];
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shape(inner)]));
};
const fixture = (name: string): unknown =>
  JSON.parse(
    readFileSync(join(import.meta.dirname, '..', 'fixtures', `pending-writes-state.${name}.json`), 'utf8'),
  );
/** The order of keys is part of how the coordinator writes. */
const ordered = (value: unknown) => JSON.stringify(shape(value));

describe('the state file', () => {
  it('does not exist before the first pending write', () => {
    expect(new Play([]).to(3600).world.workers[0]?.worker.file.view).toBeUndefined();
  });

  it('has the shape of the real one while a relay is pending', () => {
    const play = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '90s', do: 'jobs fail' }, BACK_AT_3M]).to(
      240,
    );
    const real = fixture('pending') as { notifications: unknown[] };
    expect(ordered(play.file().notifications)).toBe(ordered(real.notifications));
    expect(Object.keys(play.file())).toEqual(Object.keys(real));
    expect(play.file().notifications[0]).toMatchObject({
      state: 'pending',
      pendingSince: 120_000,
      leaseActive: true,
    });
    expect(play.text()).toMatch(/^\{\n {2}"notifications": \[/);
  });

  it('has the shape of the real one after clearing', () => {
    const play = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M, BACK_AT_3M]).to(240);
    const real = fixture('cleared') as { notifications: unknown[]; rotations: unknown[] };
    expect(ordered(play.file().notifications)).toBe(ordered(real.notifications));
    expect(ordered(play.file().rotations)).toBe(ordered(real.rotations));
    const [record] = play.file().notifications;
    expect(record).toMatchObject({ state: 'cleared', types: [], leaseActive: false, driveVersion: null });
    // Of a cleared record: the time of clearing.
    expect(record?.pendingSince).toBe(record?.updatedAt);
  });

  it('has the shape of the real one after a failed rotation', () => {
    const play = new Play([
      { at: '5s', do: 'rotations fail' },
      ...AWAY_WITH_LEASE,
      WRITE_AT_2M,
      BACK_AT_3M,
    ]).to(240);
    const real = fixture('rotation-failed') as { rotations: { status: string }[] };
    const failed = (rows: readonly unknown[]) =>
      rows.filter((row) => (row as { status: string }).status === 'failed');
    expect(ordered(failed(play.file().rotations))).toBe(ordered(failed(real.rotations)));
    expect(play.file().rotations[0]).toMatchObject({
      status: 'failed',
      error: 'Escrow deposit request failed',
    });
  });

  it('stays pending when the job fails', () => {
    const play = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '90s', do: 'jobs fail' }, BACK_AT_3M]);
    expect(play.to(7200).file().notifications[0]?.state).toBe('pending');
    expect(play.ofRelay(gatewayPendingWrites)).toBe(1);
  });

  it('stays pending when the cleared push is lost, though the gateway has cleared', () => {
    const play = new Play([
      ...AWAY_WITH_LEASE,
      { at: '90s', do: 'cleared pushes are lost' },
      WRITE_AT_2M,
      BACK_AT_3M,
    ]);
    expect(play.to(7200).file().notifications[0]?.state).toBe('pending');
    expect(play.ofRelay(gatewayPendingWrites)).toBe(0);
  });

  it('is not rewritten while nothing changes, also not by repeated pushes', () => {
    const play = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '90s', do: 'jobs fail' }, BACK_AT_3M]);
    const before = play.to(300).world.workers[0]?.worker.file.view?.mtimeMs;
    expect(play.to(3600).world.workers[0]?.worker.file.view?.mtimeMs).toBe(before);
  });

  it('carries the clock of its host in its own times, and the clock of the gateway in the lease', () => {
    const play = new Play([
      { at: '0s', do: 'worker clock is off', by: '10m' },
      ...AWAY_WITH_LEASE,
      WRITE_AT_2M,
      { at: '90s', do: 'jobs fail' },
      BACK_AT_3M,
    ]).to(240);
    const [record] = play.file().notifications as [
      { updatedAt: number; pendingSince: number; lease: { expiresAt: number } },
    ];
    expect(record.pendingSince).toBe(120_000);
    expect(record.lease.expiresAt).toBe(660_000);
    expect(record.updatedAt).toBeGreaterThan(780_000);
    expect(play.world.workers[0]?.worker.file.view?.mtimeMs).toBeGreaterThan(780_000);
  });

  it('has times before those of the gateway where the clock of its host is slow', () => {
    const play = new Play([
      { at: '0s', do: 'worker clock is off', by: '10m', slow: true },
      { at: '20s', do: 'writer is rotated by hand' },
    ]).to(60);
    expect(play.file().rotations.at(-1)).toMatchObject({ startedAt: -580_000 });
    // Begun and ended, each recorded twice.
    expect(play.file().rotations).toHaveLength(4);
  });

  it('is written when a push comes, and not when its job fails', () => {
    const play = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '90s', do: 'jobs fail' }, BACK_AT_3M], {
      timings: { resync: [30, 30] },
    }).to(300);
    const [record] = play.file().notifications;
    expect(play.world.workers[0]?.worker.file.view?.mtimeMs).toBe(record?.updatedAt);
  });

  it('can be torn, and is whole again after the next write', () => {
    const play = new Play([
      ...AWAY_WITH_LEASE,
      WRITE_AT_2M,
      BACK_AT_3M,
      { at: '10m', do: 'state file is torn' },
      { at: '20m', do: 'writer is rotated by hand' },
    ]);
    play.to(600);
    expect(() => play.file()).toThrow(SyntaxError);
    expect(play.to(1260).file().rotations[0]).toMatchObject({ reason: 'manual', status: 'completed' });
  });

  it('can be torn for a while', () => {
    const play = new Play([
      ...AWAY_WITH_LEASE,
      WRITE_AT_2M,
      BACK_AT_3M,
      { at: '10m', do: 'state file is torn', for: '1h' },
    ]);
    const whole = play.to(599).text();
    expect(play.to(4199).text()).not.toBe(whole);
    expect(play.to(4200).text()).toBe(whole);
  });

  it('can be deleted, and comes back with the next change', () => {
    const play = new Play([
      ...AWAY_WITH_LEASE,
      WRITE_AT_2M,
      BACK_AT_3M,
      { at: '10m', do: 'state file is deleted' },
      { at: '20m', do: 'writer is rotated by hand' },
    ]);
    expect(play.to(1199).world.workers[0]?.worker.file.view).toBeUndefined();
    expect(play.to(1200).file().notifications).toHaveLength(1);
  });

  it('takes the form of the snapshot, with job status and queue sizes, where a build writes that', () => {
    const play = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '90s', do: 'jobs fail' }, BACK_AT_3M], {
      build: { stateFile: 'snapshot' },
    }).to(300);
    const snapshot = JSON.parse(play.text()) as Record<string, unknown> & {
      relays: Record<string, unknown>[];
    };
    expect(Object.keys(snapshot)).toEqual(['updatedAt', 'queueSize', 'inflightSize', 'relays', 'rotations']);
    expect(snapshot.relays[0]).toMatchObject({ relayKey: play.key(), status: 'error', state: 'pending' });
    expect(snapshot).toMatchObject({ queueSize: 0, inflightSize: 0 });
  });

  it('has the status of each job in the form of the snapshot', () => {
    const SNAPSHOT = { build: { stateFile: 'snapshot' }, timings: { resync: [60, 60] } } as const;
    const read = (play: Play) => {
      const { relays, inflightSize, queueSize } = JSON.parse(play.text());
      return [inflightSize, queueSize, ...relays.map(({ status }: { status: string }) => status)];
    };
    const WRITE_NOW = (at: string, relay = 0): Action => ({
      ...{ at, do: 'operator requests a lease and writes', relays: [relay] },
    });
    const play = new Play([WRITE_NOW('1m'), { at: '5m', do: 'worker restarts' }], SNAPSHOT);
    expect(read(play.to(90))).toEqual([1, 0, 'in-progress']);
    expect(read(play.to(130))).toEqual([0, 0, 'completed']);
    expect(read(play.to(600))).toEqual([0, 0, 'idle']);
    // A write meanwhile queues the relay once more, and a further one not.
    const more = [WRITE_NOW('1m'), WRITE_NOW('70s'), WRITE_NOW('71s', 1), WRITE_NOW('72s', 1)];
    const two = new Play(more, { ...SNAPSHOT, relays: 2 });
    expect(read(two.to(100))).toEqual([1, 2, 'in-progress', 'queued']);
    const cleared: Action = { at: '4m', do: 'metadata is cleared by hand' };
    const failed = new Play([{ at: '1s', do: 'jobs fail' }, WRITE_NOW('1m'), cleared], SNAPSHOT);
    expect(read(failed.to(90))).toEqual([1, 0, 'in-progress']);
    expect(read(failed.to(150))).toEqual([0, 0, 'error']);
    expect(read(failed.to(250))).toEqual([0, 0, 'cleared']);
    const hangs = new Play([{ at: '1s', do: 'jobs hang' }, WRITE_NOW('1m'), cleared], SNAPSHOT);
    expect(read(hangs.to(250))).toEqual([1, 0, 'in-progress']);
  });
});

describe('jobs', () => {
  it('that failed come back with a new write', () => {
    const play = new Play([
      ...AWAY_WITH_LEASE,
      WRITE_AT_2M,
      { at: '90s', do: 'jobs fail', for: '10m' },
      BACK_AT_3M,
      { at: '30m', do: 'operator requests a lease and writes' },
    ]);
    expect(play.to(1799).ofRelay(gatewayPendingWrites)).toBe(1);
    expect(play.to(1830).ofRelay(gatewayPendingWrites)).toBe(0);
  });

  it('that failed come back with a restart of the worker', () => {
    const play = new Play([
      ...AWAY_WITH_LEASE,
      WRITE_AT_2M,
      { at: '90s', do: 'jobs fail', for: '10m' },
      BACK_AT_3M,
      { at: '30m', do: 'worker restarts' },
    ]);
    expect(play.to(1799).ofRelay(gatewayPendingWrites)).toBe(1);
    expect(play.to(1860).ofRelay(gatewayPendingWrites)).toBe(0);
  });

  it('are done one after the other, one for each relay', () => {
    const play = new Play(
      [...AWAY_WITH_LEASE, { at: '2m', do: 'a write arrives' }, { at: '3m', do: 'worker comes back' }],
      { relays: 5, timings: { resync: [60, 60], reconnect: [1, 1] } },
    );
    const pending = () =>
      play.world.relays.filter((_, i) => play.ofRelay(gatewayPendingWrites, i) === 1).length;
    expect(play.to(181).world.workers[0]?.worker.running).toBe(true);
    // Pushed within 15 s of the connection, then a minute each.
    play.to(196);
    expect(pending()).toBe(5);
    const left: number[] = [];
    for (let minute = 1; minute <= 5; minute++) {
      play.to(196 + minute * 60);
      left.push(pending());
    }
    expect(left).toEqual([4, 3, 2, 1, 0]);
  });

  it('are taken up from the file for the relays that the worker still owns', () => {
    const play = new Play(
      [
        ...AWAY_WITH_LEASE,
        { at: '1s', do: 'jobs fail', for: '10m' },
        WRITE_AT_2M,
        BACK_AT_3M,
        { at: '8m', do: 'relays leave', relays: [1] },
        { at: '15m', do: 'worker restarts' },
      ],
      { relays: 3, timings: { resync: [60, 60] } },
    ).to(1200);
    expect([0, 1, 2].map((relay) => play.ofRelay(gatewayPendingWrites, relay))).toEqual([0, 1, 0]);
  });

  it('that hang leave the relay pending and the queue full', () => {
    const play = new Play([...AWAY_WITH_LEASE, { at: '90s', do: 'jobs hang' }, WRITE_AT_2M, BACK_AT_3M], {
      relays: 3,
    });
    play.to(3600);
    expect(play.world.workers[0]?.worker.queueSize).toBe(2);
    expect(play.ofRelay(gatewayPendingWrites, 1)).toBe(1);
  });

  it('are lost when the process ends, and taken up from the file when it starts', () => {
    const play = new Play(
      [
        ...AWAY_WITH_LEASE,
        WRITE_AT_2M,
        BACK_AT_3M,
        { at: '4m', do: 'worker goes offline', how: 'closed', for: '10m' },
      ],
      { timings: { resync: [120, 120] } },
    );
    expect(play.to(839).ofRelay(gatewayPendingWrites)).toBe(1);
    expect(play.to(1000).ofRelay(gatewayPendingWrites)).toBe(0);
  });
});

describe('rotations', () => {
  const rows = (play: Play) =>
    play.file().rotations as {
      rotationId: string;
      status: string;
      relayKey: string;
      reason: string;
      attempts: number;
      startedAt: number;
    }[];

  it('add a row for every change, each recorded twice, newest first', () => {
    const play = new Play([
      { at: '5s', do: 'worker restarts', downFor: '1s' },
      { at: '30s', do: 'worker goes offline' },
      { at: '90s', do: 'lease is requested' },
      WRITE_AT_2M,
      BACK_AT_3M,
    ]).to(300);
    expect(
      rows(play)
        .slice(0, 4)
        .map(({ status }) => status),
    ).toEqual(['completed', 'completed', 'pending', 'pending']);
    expect(
      rows(play)
        .slice(0, 4)
        .every(({ reason }) => reason === 'pending-writes-resync'),
    ).toBe(true);
    expect(rows(play)[0]?.rotationId).toBe('rotation-2');
    expect(rows(play)[4]).toMatchObject({ rotationId: 'rotation-1', reason: 'worker-reconnect' });
  });

  it('happen for all relays of a worker that reconnects, so that 50 rows hold about a dozen', () => {
    const play = new Play([{ at: '1m', do: 'worker restarts' }], { relays: 40 }).to(300);
    expect(rows(play)).toHaveLength(50);
    expect(new Set(rows(play).map(({ relayKey }) => relayKey)).size).toBeLessThanOrEqual(14);
  });

  it('push a failure out of the file', () => {
    const play = new Play(
      [
        { at: '10s', do: 'rotations fail', relays: [0] },
        { at: '20s', do: 'writer is rotated by hand', relays: [0] },
        { at: '5m', do: 'worker restarts' },
      ],
      { relays: 40 },
    );
    expect(rows(play.to(60))[0]?.status).toBe('failed');
    expect(rows(play.to(600)).some(({ status }) => status === 'failed')).toBe(false);
  });

  it('count a relay’s rotations as attempts, and their ids from 1 again after a restart', () => {
    const play = new Play([
      { at: '10s', do: 'writer is rotated by hand' },
      { at: '20s', do: 'writer is rotated by hand' },
      { at: '5m', do: 'worker restarts' },
    ]);
    expect(rows(play.to(60))[0]).toMatchObject({ rotationId: 'rotation-2', attempts: 2 });
    const [newest] = rows(play.to(600));
    expect(newest).toMatchObject({ rotationId: 'rotation-1', reason: 'worker-reconnect' });
    const ids = rows(play).map(({ rotationId, startedAt }) => `${rotationId} ${startedAt}`);
    // Two different rotations share an id.
    expect(new Set(ids.filter((id) => id.startsWith('rotation-1 '))).size).toBe(2);
  });

  it('are completed although the escrow service made no new deposit', () => {
    const play = new Play([
      ...AWAY_WITH_LEASE,
      WRITE_AT_2M,
      { at: '150s', do: 'escrow is down', for: '10m' },
      BACK_AT_3M,
      { at: '20m', do: 'worker goes offline' },
      { at: '22m', do: 'lease is requested' },
    ]).to(1319);
    expect(rows(play)[0]?.status).toBe('completed');
    const place = play.world.gateways[0] as { process?: { requestLease(relay: unknown): string } };
    expect(place.process?.requestLease(play.world.relays[0])).toBe('error');
  });
});

describe('a restart of the worker', () => {
  it('rewrites the file step by step, the rotations last', () => {
    const play = new Play(
      [
        ...AWAY_WITH_LEASE,
        { at: '2m', do: 'a write arrives' },
        BACK_AT_3M,
        { at: '10m', do: 'worker restarts', downFor: '5s' },
      ],
      { relays: 3 },
    );
    const counts: [number, number][] = [];
    const file = play.to(604).world.workers[0]?.worker.file;
    file?.onChange(() => {
      const { notifications, rotations } = play.file();
      counts.push([notifications.length, rotations.length]);
    });
    play.to(605.5);
    expect(counts.slice(0, 4).map(([notifications]) => notifications)).toEqual([1, 2, 3, 3]);
    expect(counts.slice(0, 3).every(([, rotations]) => rotations === 0)).toBe(true);
    expect(counts[3]?.[1]).toBeGreaterThan(0);
  });
});

describe('the start of a worker', () => {
  it('is when its process began, not when it connected again', () => {
    const play = new Play([
      { at: '1m', do: 'worker restarts', downFor: '5s' },
      { at: '2m', do: 'worker goes offline', how: 'network', for: '1m' },
    ]);
    const startedAt = (second: number) =>
      (play.to(second).world.workers[0]?.worker.startedAt ?? 0) - play.world.clock.now + second * 1000;
    expect(startedAt(60)).toBe(Number.NEGATIVE_INFINITY);
    expect(startedAt(66)).toBe(65_000);
    expect(startedAt(300)).toBe(65_000);
  });
});

describe('a host that is off', () => {
  it('takes the exporter along, while an app that is closed does not', () => {
    const off = new Play([{ at: '1m', do: 'worker goes offline', how: 'asleep' }]).to(60);
    expect(off.world.exporterAnswers(off.world.workers[0] as never)).toBe(false);
    const closed = new Play([{ at: '1m', do: 'worker goes offline' }]).to(60);
    expect(closed.world.exporterAnswers(closed.world.workers[0] as never)).toBe(true);
  });
});

describe('a worker that comes back', () => {
  const mtime = (play: Play) => play.world.workers[0]?.worker.file.view?.mtimeMs;
  const CLEARED: readonly Action[] = [...AWAY_WITH_LEASE, WRITE_AT_2M, BACK_AT_3M];

  it.each(['network', 'asleep', 'lid closed'] as const)(
    'after its absence (%s) rewrites nothing, rotates nothing and forgets no pending write',
    (how) => {
      const play = new Play([
        ...CLEARED,
        { at: '10m', do: 'worker goes offline', how, for: '10m' },
        { at: '12m', do: 'lease is requested' },
        { at: '13m', do: 'a write arrives' },
      ]);
      const before = mtime(play.to(600));
      expect(mtime(play.to(1201))).toBe(before);
      expect(play.to(1230).ofRelay(gatewayPendingWrites)).toBe(0);
      expect(play.file().rotations.every(({ reason }) => reason !== 'worker-reconnect')).toBe(true);
    },
  );

  it('as an app that was closed registers again over HTTP, which loses the push of a write that came before', () => {
    const play = new Play([
      ...CLEARED,
      { at: '10m', do: 'worker goes offline', how: 'closed', for: '10m' },
      { at: '12m', do: 'lease is requested' },
      { at: '13m', do: 'a write arrives' },
    ]);
    play.to(7200);
    expect(play.ofRelay(gatewayPendingWrites)).toBe(1);
    expect(play.file().notifications[0]?.state).toBe('cleared');
    expect(play.file().rotations[0]?.reason).toBe('worker-reconnect');
  });

  it('works through its file before it registers, so that its cleared push is never sent', () => {
    const play = new Play([
      ...AWAY_WITH_LEASE,
      WRITE_AT_2M,
      { at: '90s', do: 'jobs fail', for: '10m' },
      BACK_AT_3M,
      { at: '30m', do: 'gateway service of the worker restarts' },
    ]).to(7200);
    expect(play.ofRelay(gatewayPendingWrites)).toBe(0);
    expect(play.file().notifications[0]?.state).toBe('pending');
  });

  it('goes on where it stopped when its host wakes up', () => {
    const play = new Play(
      [
        ...AWAY_WITH_LEASE,
        WRITE_AT_2M,
        BACK_AT_3M,
        { at: '4m', do: 'worker goes offline', how: 'asleep', for: '1h' },
      ],
      { timings: { resync: [120, 120] } },
    );
    expect(play.to(3839).ofRelay(gatewayPendingWrites)).toBe(1);
    // Its job had a little more than a minute to go.
    expect(play.to(3940).ofRelay(gatewayPendingWrites)).toBe(0);
  });

  it('too late for its registration is not pushed to, and does not know', () => {
    const play = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '20m', do: 'worker comes back' }], {
      registrations: 'run out',
    }).to(7200);
    expect(play.ofRelay(gatewayPendingWrites)).toBe(1);
    expect(play.world.workers[0]?.worker.file.view).toBeUndefined();
  });

  it.each(['worker syncs its metadata', 'writer is rotated by hand'] as const)(
    'and registers over HTTP (%s) while a job has failed is not pushed to any more',
    (step) => {
      const play = new Play([
        ...AWAY_WITH_LEASE,
        WRITE_AT_2M,
        { at: '90s', do: 'jobs fail' },
        BACK_AT_3M,
        { at: '10m', do: step },
      ]);
      const before = play.to(605).metric(gatewayPendingWritePushes, { result: 'success' });
      expect(play.to(7200).metric(gatewayPendingWritePushes, { result: 'success' })).toBe(before);
      expect(play.ofRelay(gatewayPendingWrites)).toBe(1);
    },
  );
});

describe('a report of completion', () => {
  it('proves nothing: in the observed build no job ingests anything', () => {
    const actions = [...AWAY_WITH_LEASE, WRITE_AT_2M, BACK_AT_3M];
    const observed = new Play(actions).to(600);
    expect(observed.file().notifications[0]?.state).toBe('cleared');
    const held = (play: Play) => play.world.mirrors.held(play.world.relays[0] as never);
    expect(held(observed)).toBe(1);
    expect(held(new Play(actions, { build: { jobs: 'ingest' } }).to(600))).toBe(0);
  });

  it.each([
    ['by hand', [{ at: '30m', do: 'metadata is cleared by hand' }]],
    ['by a job', [{ at: '30m', do: 'worker restarts' }]],
  ] as [string, Action[]][])(
    '%s is answered 404 without a registration, and the gauge stays 1',
    (_, actions) => {
      const play = new Play([
        ...AWAY_WITH_LEASE,
        WRITE_AT_2M,
        { at: '90s', do: 'jobs fail', for: '10m' },
        { at: '3m', do: 'worker comes back' },
        { at: '20m', do: 'registrations are lost' },
        ...actions,
      ]);
      expect(play.to(3600).ofRelay(gatewayPendingWrites)).toBe(1);
      expect(play.file().notifications[0]?.state).toBe('pending');
    },
  );
});

describe('a deleted file', () => {
  it('is written from memory again when the fault of a later write is over', () => {
    const play = new Play([
      ...AWAY_WITH_LEASE,
      WRITE_AT_2M,
      BACK_AT_3M,
      { at: '20m', do: 'state file is deleted' },
      { at: '30m', do: 'state file is torn', for: '5m' },
    ]);
    const before = play.to(1199).file();
    expect(before.notifications).toHaveLength(1);
    expect(() => JSON.parse(play.to(1801).text())).toThrow(SyntaxError);
    expect(play.to(2400).file()).toEqual(before);
  });
});

describe('a spliced file', () => {
  const SPLICED: readonly Action[] = [
    ...AWAY_WITH_LEASE,
    WRITE_AT_2M,
    { at: '90s', do: 'jobs fail' },
    BACK_AT_3M,
    { at: '10m', do: 'writer is rotated by hand' },
    { at: '20m', do: 'state file is spliced' },
  ];

  it('begins with a valid older state and stays broken until the next write', () => {
    const play = new Play([...SPLICED, { at: '3h', do: 'writer is rotated by hand' }]);
    const whole = play.to(1199).file();
    const text = play.to(10_799).text();
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    const lengths = Array.from({ length: text.length }, (_, i) => i + 1);
    const prefix = lengths.find((length) => {
      try {
        JSON.parse(text.slice(0, length));
        return true;
      } catch {
        return false;
      }
    });
    const older = JSON.parse(text.slice(0, prefix)) as typeof whole;
    expect(older.rotations).toEqual(whole.rotations.slice(1));
    expect(play.to(10_801).file().notifications).toHaveLength(1);
  });

  it('loses the queue of a worker whose process restarts on it', () => {
    const play = new Play([...SPLICED, { at: '1h', do: 'worker restarts' }]).to(7200);
    expect(play.file().notifications).toEqual([]);
    expect(play.ofRelay(gatewayPendingWrites)).toBe(1);
  });

  it('is written from memory where the gateway service is stopped, which keeps the queue', () => {
    const play = new Play([...SPLICED, { at: '1h', do: 'gateway service of the worker restarts' }]).to(7200);
    expect(play.file().notifications).toHaveLength(1);
  });

  it('is left by a share of the resync cycles', () => {
    const outage = (minute: number): Action[] => [
      { at: `${minute}m`, do: 'worker goes offline', for: '3m' },
      { at: `${minute + 1}m`, do: 'lease is requested' },
      { at: `${minute + 2}m`, do: 'a write arrives' },
    ];
    const rounds = Array.from({ length: 40 }, (_, i) => 1 + i * 10);
    const play = new Play([
      { at: '0s', do: 'resync cycles splice the file', share: 0.35 },
      ...rounds.flatMap(outage),
    ]);
    const broken = rounds.filter((minute) => {
      try {
        play.to((minute + 5) * 60).file();
        return false;
      } catch {
        return true;
      }
    });
    expect(broken.length).toBeGreaterThan(5);
    expect(broken.length).toBeLessThan(25);
  });
});

describe('a torn file', () => {
  const tornUntil30m = (actions: readonly Action[]) =>
    new Play([
      { at: '1m', do: 'worker restarts' },
      { at: '10m', do: 'state file is torn', for: '20m' },
      ...actions,
    ]).to(3600);

  it('is written again by a worker that runs', () => {
    const view = tornUntil30m([]).world.workers[0]?.worker.file.view;
    expect(view?.mtimeMs).toBe(1_800_000);
    expect(() => JSON.parse(view?.content ?? '')).not.toThrow();
  });

  it.each(['closed', 'switched off', 'asleep', 'lid closed'] as const)(
    'is left alone by a worker that does not run then (%s)',
    (how) => {
      const play = tornUntil30m([{ at: '20m', do: 'worker goes offline', how }]);
      expect(play.world.workers[0]?.worker.file.view?.mtimeMs).toBe(600_000);
      expect(() => play.file()).toThrow(SyntaxError);
    },
  );
});

describe('an exporter', () => {
  it('that runs with its worker is gone with the app, and stays through a network outage', () => {
    const answers = (how: 'closed' | 'network', exporters: 'with the host' | 'with the worker') => {
      const { world } = new Play([{ at: '1m', do: 'worker goes offline', how }], { exporters }).to(60);
      return world.exporterAnswers(world.workers[0] as never);
    };
    expect(answers('closed', 'with the worker')).toBe(false);
    expect(answers('closed', 'with the host')).toBe(true);
    expect(answers('network', 'with the worker')).toBe(true);
  });
});
