import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gatewayPendingWrites } from '../../metrics/gateway.js';
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
});

describe('jobs', () => {
  it('that failed come back with a new write', () => {
    const play = new Play([
      ...AWAY_WITH_LEASE,
      WRITE_AT_2M,
      { at: '90s', do: 'jobs fail', for: '10m' },
      BACK_AT_3M,
      { at: '30m', do: 'pending is toggled by hand' },
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
      [...AWAY_WITH_LEASE, WRITE_AT_2M, BACK_AT_3M, { at: '4m', do: 'worker goes offline', for: '10m' }],
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
    const play = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M, BACK_AT_3M]).to(300);
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

describe('a host that is off', () => {
  it('takes the exporter along, while an app that is closed does not', () => {
    const off = new Play([{ at: '1m', do: 'worker goes offline', host: 'off' }]).to(60);
    expect(off.world.exporterAnswers(off.world.workers[0] as never)).toBe(false);
    const closed = new Play([{ at: '1m', do: 'worker goes offline' }]).to(60);
    expect(closed.world.exporterAnswers(closed.world.workers[0] as never)).toBe(true);
  });
});
