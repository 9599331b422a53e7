import { describe, expect, it } from 'vitest';
import { Clock } from '../../src/simulator/clock.js';
import { Escrow } from '../../src/simulator/escrow.js';
import type { Gateway } from '../../src/simulator/gateway.js';
import { Random } from '../../src/simulator/random.js';
import type { Push, Relay } from '../../src/simulator/relay.js';
import type { Action } from '../../src/simulator/scenario.js';
import { StateFile } from '../../src/simulator/state-file.js';
import { Timers } from '../../src/simulator/timers.js';
import { Traffic } from '../../src/simulator/traffic.js';
import type { Absence, Worker } from '../../src/simulator/worker.js';
import { Play } from './play.js';

function at(
  seconds: number,
  actions: readonly Action[] = [],
  setup: ConstructorParameters<typeof Play>[1] = {},
) {
  const play = new Play(actions, setup).to(seconds);
  const { world } = play;
  const gateway = world.gateways[0]?.process as Gateway;
  return {
    play,
    world,
    gateway,
    relay: world.relays[0] as Relay,
    worker: world.workers[0]?.worker as Worker,
  };
}
const WRITE: readonly Action[] = [
  { at: '10s', do: 'worker goes offline' },
  { at: '3m', do: 'lease is requested' },
  { at: '4m', do: 'a write arrives' },
  { at: '5m', do: 'worker comes back' },
];

describe('a worker that is away', () => {
  it.each<[Absence, running: boolean, hostOn: boolean, connected: boolean]>([
    ['network', true, true, false],
    ['asleep', false, false, false],
    ['lid closed', false, false, true],
    ['closed', false, true, false],
    ['switched off', false, false, false],
  ])(
    '%s: what of it runs, and whether the gateway takes it for connected',
    (how, running, hostOn, connected) => {
      const { worker, gateway, relay, world } = at(5);
      expect([worker.online, worker.running, worker.hostOn, gateway.hasWorker(relay)]).toEqual([
        true,
        true,
        true,
        true,
      ]);
      worker.leave(how);
      expect([worker.online, worker.running, worker.hostOn, gateway.hasWorker(relay)]).toEqual([
        false,
        running,
        hostOn,
        connected,
      ]);
      world.advanceTo(5000 + 74_999);
      expect(gateway.hasWorker(relay)).toBe(connected);
      world.advanceTo(5000 + 75_000);
      expect(gateway.hasWorker(relay)).toBe(false);
      worker.comeBack();
      expect([worker.online, worker.running, worker.hostOn]).toEqual([true, true, true]);
      world.advanceTo(5000 + 75_000 + 6000);
      expect(gateway.hasWorker(relay)).toBe(true);
    },
  );

  it('with its lid closed is given up 75 seconds after the last time', () => {
    const { worker, gateway, relay, world } = at(0);
    const connected = (seconds: number) => {
      world.advanceTo(seconds * 1000);
      return gateway.hasWorker(relay);
    };
    worker.leave('lid closed');
    connected(50);
    worker.comeBack();
    expect(connected(76)).toBe(true);
    worker.leave('lid closed');
    connected(100);
    worker.comeBack();
    connected(110);
    worker.leave('lid closed');
    expect([connected(152), connected(184), connected(185)]).toEqual([true, true, false]);
  });

  it('stays away as it is until it comes back', () => {
    const { worker, world, relay } = at(5);
    worker.leave('network');
    worker.leave('closed');
    worker.restart(1);
    expect([worker.online, worker.running]).toEqual([false, true]);
    world.advanceTo(20_000);
    expect(worker.online).toBe(false);
    world.registrations.remove(relay);
    worker.register();
    worker.drop(relay);
    worker.adopt(relay);
    expect([worker.owns(relay), world.registrations.get(relay)]).toEqual([true, undefined]);
    worker.comeBack();
    worker.register();
    expect(world.registrations.get(relay)).toBeDefined();
  });

  it('does not answer pushes where it does not run, or does not own the relay', () => {
    const { worker, relay } = at(5);
    const push = (state: 'pending' | 'cleared', relayKey = relay.key): Push => ({
      ...{
        relayKey,
        state,
        reason: 'r',
        types: [],
        driveIdentifier: relayKey,
        driveVersion: null,
        lease: null,
        pendingSince: 0,
      },
      pushId: `${state} ${relayKey}`,
    });
    expect([worker.receive(push('pending')), worker.receive(push('pending', 'unknown'))]).toEqual([
      'success',
      'error',
    ]);
    worker.faults.losesClearedPushes = true;
    expect([worker.receive(push('cleared')), worker.receive(push('pending'))]).toEqual(['error', 'success']);
    worker.leave('asleep');
    expect(worker.receive(push('pending'))).toBe('error');
  });

  it('is connected to a gateway again that starts, but for one that is away', () => {
    const { worker, world, relay } = at(5);
    const [place] = world.gateways as [(typeof world.gateways)[0]];
    world.stopGateway(place);
    world.startGateway(place);
    expect(place.process?.hasWorker(relay)).toBe(false);
    world.advanceTo(12_000);
    expect(place.process?.hasWorker(relay)).toBe(true);
    worker.leave('network');
    world.stopGateway(place);
    world.startGateway(place);
    world.advanceTo(30_000);
    expect(place.process?.hasWorker(relay)).toBe(false);
  });

  it('was online last when it left, and changes nothing where it comes back without having left', () => {
    const { worker, world, relay } = at(5);
    worker.comeBack();
    world.advanceTo(30_000);
    expect([worker.lastOnline, world.mirrors.lag(relay)]).toEqual([30_000, 30_000]);
    worker.leave('network');
    world.advanceTo(60_000);
    expect(worker.lastOnline).toBe(30_000);
  });

  it('does not connect where it has left since, and not to a gateway that is gone', () => {
    const { worker, world, gateway, relay } = at(5, [], { timings: { reconnect: [5, 5] } });
    const [place] = world.gateways as [(typeof world.gateways)[0]];
    world.stopGateway(place);
    world.startGateway(place);
    world.advanceTo(9000);
    worker.leave('network');
    world.advanceTo(60_000);
    expect([place.process?.hasWorker(relay), gateway.hasWorker(relay)]).toEqual([false, false]);
  });

  it('renews no registration while the gateway is gone', () => {
    const { world, relay } = at(600, [{ at: '1m', do: 'gateway stops' }], { registrations: 'run out' });
    expect(world.registrations.get(relay)).toBeUndefined();
  });

  it('fails a job that ends while it cannot reach the gateway, or the gateway is gone', () => {
    const job = { timings: { resync: [60, 60] } } as const;
    const stalled = (action: Action) => {
      const { worker, relay } = at(420, [...WRITE, action], job);
      return worker.knows(relay).stalled;
    };
    expect(stalled({ at: '330s', do: 'worker goes offline', how: 'network' })).toBe(true);
    expect(stalled({ at: '330s', do: 'gateway stops' })).toBe(true);
    expect(stalled({ at: '330s', do: 'registrations are lost' })).toBe(true);
    expect(stalled({ at: '410s', do: 'gateway stops' })).toBe(false);
  });

  it('starts again where its host was switched off, and does nothing by hand until then', () => {
    const { play } = at(59, [
      { at: '10s', do: 'worker goes offline', how: 'switched off', for: '50s' },
      { at: '20s', do: 'writer is rotated by hand' },
      { at: '30s', do: 'gateway service of the worker restarts' },
    ]);
    expect(play.text()).toBe('');
    expect(play.to(120).file().rotations[0]).toMatchObject({ reason: 'worker-reconnect' });
  });

  it('adopts a relay with a registration and a rotation', () => {
    const { worker, world, relay, play } = at(5);
    world.relayLeaves(relay);
    expect([worker.owns(relay), world.workersOf(relay), world.everyWorkerOf(relay).length]).toEqual([
      false,
      [],
      1,
    ]);
    world.relayJoins(relay);
    world.advanceTo(10_000);
    expect(world.registrations.get(relay)).toBeDefined();
    expect(JSON.stringify(play.file().rotations)).toContain('relay-joined');
    expect(worker.knows(relay).rotation).toBe('completed');
    world.relayJoins(relay);
    world.advanceTo(20_000);
    // One rotation, with two rows each for its begin and its end.
    expect(play.file().rotations).toHaveLength(4);
  });
});

describe('pushes of a pending relay', () => {
  it('are acknowledged once, with the time that it waited', () => {
    const { ledger } = at(900, WRITE).world;
    expect(ledger.times('marked', 0)).toEqual([240_000]);
    expect(ledger.values('marked', 0)).toEqual([0]);
    const [delivered] = ledger.times('push delivered', 0) as [number];
    expect(ledger.times('acknowledged', 0)).toEqual([delivered]);
    expect(ledger.values('acknowledged', 0)).toEqual([delivered / 1000 - 240]);
    expect([ledger.times('push failed', 0), ledger.values('read', 0), ledger.times('read', 0)]).toEqual([
      [],
      [],
      [],
    ]);
  });

  it('are acknowledged once though they are repeated, from the first write on', () => {
    const { ledger } = at(1800, [...WRITE, { at: '2m', do: 'jobs fail' }]).world;
    expect(ledger.times('push delivered', 0).length).toBeGreaterThan(3);
    expect(ledger.times('acknowledged', 0)).toHaveLength(1);
    // A repetition brings no failed job back.
    expect(ledger.times('job failed', 0)).toHaveLength(1);
    const again: Action[] = [
      { at: '250s', do: 'relay is registered again' },
      { at: '260s', do: 'a write arrives' },
    ];
    const twice = at(900, [...WRITE, ...again]).world.ledger;
    const [delivered] = twice.times('push delivered', 0) as [number];
    expect(twice.values('acknowledged', 0)).toEqual([delivered / 1000 - 240]);
  });

  it('are not sent twice for two writes', () => {
    const actions: Action[] = [
      ...WRITE,
      { at: '2m', do: 'jobs fail' },
      { at: '250s', do: 'a write arrives' },
    ];
    const times = at(900, actions).world.ledger.times('push delivered', 0);
    const waits = times.slice(1).map((time, i) => time - (times[i] as number));
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(24_000);
  });

  it('fail where the worker refuses them, and are not acknowledged', () => {
    const { ledger } = at(900, [...WRITE, { at: '2m', do: 'pushes are refused' }]).world;
    expect(ledger.times('push failed', 0).length).toBeGreaterThan(2);
    expect([
      ledger.times('push delivered', 0),
      ledger.times('acknowledged', 0),
      ledger.times('reported', 0),
    ]).toEqual([[], [], []]);
  });

  it('say what was written, and how often to the drive', () => {
    const actions: Action[] = [
      ...WRITE.filter(({ do: what }) => what !== 'a write arrives'),
      { at: '1m', do: 'jobs fail' },
    ];
    const pushed = (...paths: ('websocket' | 'drive' | 'join')[]) => {
      const writes = paths.map(
        (through, i): Action => ({ at: `${230 + i}s`, do: 'a write arrives', through }),
      );
      const [row] = at(900, [...actions, ...writes]).play.file().notifications;
      return [row?.state, row?.types, row?.driveVersion];
    };
    expect(pushed('websocket')).toEqual(['pending', ['event'], null]);
    expect(pushed('drive')).toEqual(['pending', ['drive-upload'], 1]);
    expect(pushed('drive', 'websocket', 'drive', 'join')).toEqual([
      'pending',
      ['drive-upload', 'event', 'http-join'],
      2,
    ]);
  });

  it('end with the process of the gateway', () => {
    const { world } = at(900, [
      ...WRITE.slice(0, 3),
      { at: '270s', do: 'gateway restarts', downFor: '5s' },
      { at: '5m', do: 'worker comes back' },
    ]);
    expect([world.ledger.times('marked', 0).length, world.ledger.times('push delivered', 0)]).toEqual([
      1,
      [],
    ]);
  });
});

describe("a process's timers", () => {
  const timers = () => {
    const clock = new Clock(0);
    const ran: number[] = [];
    const own = new Timers(clock);
    return { clock, ran, own, plan: (seconds: number) => own.after(seconds, () => ran.push(clock.now)) };
  };

  it('stand still while the host sleeps', () => {
    const { clock, ran, own, plan } = timers();
    plan(10);
    clock.advanceTo(4000);
    own.pause();
    plan(3);
    clock.advanceTo(20_000);
    own.pause();
    clock.advanceTo(24_000);
    expect(ran).toEqual([]);
    own.resume();
    clock.advanceTo(60_000);
    expect(ran).toEqual([27_000, 30_000]);
  });

  it('end with the process, also while the host sleeps', () => {
    const { clock, ran, own, plan } = timers();
    plan(10);
    own.clear();
    own.pause();
    plan(10);
    own.clear();
    plan(20);
    clock.advanceTo(60_000);
    expect(ran).toEqual([20_000]);
  });
});

describe('a state file', () => {
  const file = () => {
    let now = 1000;
    let changes = 0;
    const one = new StateFile(() => now);
    one.onChange(() => {
      changes += 1;
    });
    return { one, changes: () => changes, set: (time: number) => (now = time) };
  };
  const EMPTY = '{\n  "notifications": [],\n  "rotations": []\n}';

  it('is written, torn and written again', () => {
    const { one, changes, set } = file();
    expect(one.view).toBeUndefined();
    one.rewrite();
    expect([one.view, changes()]).toEqual([undefined, 0]);
    one.write(() => '0123456789');
    expect(one.view).toEqual({ content: '0123456789', mtimeMs: 1000 });
    set(2000);
    one.tear();
    expect(one.view).toEqual({ content: '012345', mtimeMs: 2000 });
    set(3000);
    one.rewrite();
    expect(one.view).toEqual({ content: '0123456789', mtimeMs: 3000 });
    one.rewrite();
    expect(changes()).toBe(3);
    one.remove();
    expect([one.view, changes()]).toEqual([undefined, 4]);
    const { one: none } = file();
    none.tear();
    expect(none.view?.content).toBe(EMPTY.slice(0, Math.floor(EMPTY.length * 0.6)));
  });

  it('counts how often it was torn or spliced, also when a write has made it whole since', () => {
    const { one } = file();
    one.write(() => '{"notifications": ["n"]}');
    expect(one.damages).toBe(0);
    one.tear();
    one.rewrite();
    expect(one.damages).toBe(1);
    one.splice();
    one.remove();
    expect(one.damages).toBe(2);
  });

  it('is spliced: an older state over the beginning of a newer one', () => {
    const { one } = file();
    const text = (...rotations: number[]) => JSON.stringify({ notifications: ['n'], rotations }, null, 2);
    one.write(() => text(1, 2));
    one.splice();
    const older = text(2);
    expect(one.view?.content).toBe(older + text(1, 2).slice(older.length));
    one.splice();
    expect(one.view?.content.startsWith('{}')).toBe(true);
    const { one: other } = file();
    other.write(() => text());
    other.splice();
    expect(other.view?.content).toBe(`{}${text().slice(2)}`);
  });
});

describe('the escrow', () => {
  const relay = { key: 'abcdef0123', index: 0 } as Relay;
  it('unlocks a deposit until it is spent, and again once it is replaced', () => {
    const escrow = new Escrow(true);
    expect(escrow.unlock(relay, 5, 100)).toMatchObject({
      leaseId: 'lease-abcdef-1',
      escrowId: 'escrow-abcdef',
      issuedAt: 5,
      expiresAt: 105,
    });
    expect(escrow.unlock(relay, 6, 100)?.version).toBe(2);
    escrow.spend(relay);
    expect(escrow.unlock(relay, 7, 100)).toBeUndefined();
    expect([escrow.deposit(relay), escrow.unlock(relay, 8, 100)?.version]).toEqual([true, 3]);
    escrow.spend(relay);
    escrow.reachable = false;
    expect([escrow.deposit(relay), escrow.unlock(relay, 9, 100)]).toEqual([false, undefined]);
    escrow.reachable = true;
    expect(escrow.unlock(relay, 9, 100)).toBeUndefined();
    escrow.refuse(relay, 'record-revoked');
    expect(escrow.refusal(relay)).toBe('record-revoked');
    escrow.refuse(relay, undefined);
    expect(escrow.refusal(relay)).toBeUndefined();
  });
});

describe('clients', () => {
  const relay = { key: 'r', index: 0 } as Relay;
  function traffic(
    more: Partial<ConstructorParameters<typeof Traffic>[2]>,
    gateway: { running: boolean; worker: boolean } | undefined,
  ) {
    const clock = new Clock(0);
    const log: string[] = [];
    const note = (what: string) => log.push(`${what} ${clock.now}`);
    const fake = gateway && {
      get running() {
        return gateway.running;
      },
      hasWorker: () => gateway.worker,
      writeToReplica: (_: Relay, path: string, valid = true) => note(`${path}${valid ? '' : ' invalid'}`),
      readFromReplica: () => note('read'),
      enterReplicaMode: () => note('enter'),
      leaveReplicaMode: (_: Relay, seconds: number) => note(`leave ${seconds}`),
      sessionOpened: () => note('open'),
      sessionClosed: () => note('close'),
    };
    new Traffic(
      clock,
      new Random(1),
      {
        relay,
        kind: 'write',
        through: 'websocket',
        invalid: 0,
        sessions: 1,
        seconds: 600,
        perMinute: 6,
        sessionSeconds: 1e9,
        ...more,
      },
      () => fake as unknown as Gateway,
    );
    const times = (what: string) =>
      log.filter((line) => line.startsWith(`${what} `)).map((line) => Number(line.split(' ').at(-1)));
    return { clock, log, times };
  }

  it('write over HTTP only where there is no worker, until the end', () => {
    const { clock, times } = traffic({ through: 'drive' }, { running: true, worker: false });
    clock.advanceTo(10_000_000);
    const all = times('drive');
    expect(all.length).toBeGreaterThan(30);
    expect(all.length).toBeLessThan(90);
    expect(Math.max(...all)).toBeLessThan(600_000);
    const owned = traffic({ through: 'drive' }, { running: true, worker: true });
    owned.clock.advanceTo(10_000_000);
    expect(owned.log).toEqual([]);
    const gone = traffic({ through: 'drive' }, undefined);
    gone.clock.advanceTo(10_000_000);
    expect(gone.log).toEqual([]);
  });

  it('enter replica mode once in a session, which ends with all of them', () => {
    const { clock, log, times } = traffic({}, { running: true, worker: false });
    clock.advanceTo(10_000_000);
    const [opened] = times('open') as [number];
    expect(log.slice(0, 3)).toEqual([`open ${opened}`, `enter ${opened}`, `websocket ${opened}`]);
    expect(log.slice(-2)).toEqual(['close 600000', `leave ${(600_000 - opened) / 1000} 600000`]);
    expect([times('open').length, times('enter').length, times('close').length]).toEqual([1, 1, 1]);
    expect(times('websocket').length).toBeGreaterThan(30);
  });

  it('are served by the worker where there is one, and stay with the replica until their socket closes', () => {
    const state = { running: true, worker: true };
    const { clock, times } = traffic({ kind: 'read' }, state);
    clock.advanceTo(100_000);
    expect([times('open').length, times('enter'), times('read')]).toEqual([1, [], []]);
    state.worker = false;
    clock.advanceTo(300_000);
    const before = times('read').length;
    expect(before).toBeGreaterThan(5);
    state.worker = true;
    clock.advanceTo(600_000);
    expect(times('read').length).toBeGreaterThan(before);
    expect(times('enter')).toHaveLength(1);
  });

  it('connect again when their socket closes, or the gateway is another one', () => {
    const short = traffic({ sessionSeconds: 30, perMinute: 60 }, { running: true, worker: false });
    short.clock.advanceTo(599_999);
    expect(short.times('open').length).toBeGreaterThan(8);
    expect(Math.abs(short.times('open').length - short.times('close').length)).toBeLessThanOrEqual(1);
    expect(short.times('leave').length).toBe(short.times('close').length);
    const state = { running: true, worker: false };
    const { clock, times } = traffic({ perMinute: 60 }, state);
    clock.advanceTo(100_000);
    state.running = false;
    clock.advanceTo(200_000);
    // It never runs: every request opens anew, and none of them is closed.
    expect(times('open').length).toBeGreaterThan(20);
    expect(times('close')).toEqual([]);
  });

  it('are not there where no gateway is, and leave no replica mode that they never entered', () => {
    const none = traffic({}, undefined);
    none.clock.advanceTo(10_000_000);
    expect(none.log).toEqual([]);
    const served = traffic({}, { running: true, worker: true });
    served.clock.advanceTo(10_000_000);
    expect([served.times('open').length, served.times('close').length, served.times('leave')]).toEqual([
      ...[1, 1, []],
    ]);
  });

  it('close their sockets on time, and not those that they have opened since', () => {
    const short = traffic({ sessionSeconds: 30, perMinute: 60 }, { running: true, worker: false });
    short.clock.advanceTo(599_999);
    const opened = new Set(short.times('open'));
    expect(short.times('close').filter((time) => opened.has(time))).toEqual([]);
    const state = { running: false, worker: false };
    const { clock, times } = traffic({ sessionSeconds: 300, perMinute: 60 }, state);
    clock.advanceTo(100_000);
    const before = times('open').length;
    expect(before).toBeGreaterThan(50);
    state.running = true;
    clock.advanceTo(599_999);
    expect(times('open').length - before).toBeLessThan(15);
  });

  it('may send writes that are invalid', () => {
    const { clock, times, log } = traffic({ invalid: 1 }, { running: true, worker: false });
    clock.advanceTo(10_000_000);
    expect(log.some((line) => line.startsWith('websocket invalid'))).toBe(true);
    expect(log.filter((line) => /^websocket \d/.test(line))).toEqual([]);
    expect(times('websocket').length).toBeGreaterThan(30);
  });
});

it('worlds are the same with the same seed, which is 1 where none is given', () => {
  const keys = (seed?: number) =>
    at(0, [], { relays: 3, ...(seed === undefined ? {} : { seed }) }).world.relays.map(({ key }) => key);
  expect(keys()).toEqual(keys(1));
  expect(keys(2)).not.toEqual(keys(1));
  expect(new Set(keys()).size).toBe(3);
});

it('each part of a world draws numbers of its own', () => {
  const { world } = at(0, [], { workers: [[0], [0]] });
  expect(new Set(world.workers.map(({ worker }) => worker.peerKey)).size).toBe(2);
  // Both gateway processes push at the same moment.
  const { play } = at(900, [...WRITE, { at: '1s', do: 'jobs fail' }], { relays: 2, gateways: 2 });
  expect(new Set(play.file().notifications.map(({ pushId }) => pushId)).size).toBe(2);
  const { ledger } = at(
    900,
    [
      { at: '10s', do: 'worker goes offline' },
      { at: '3m', do: 'lease is requested' },
      { at: '4m', do: 'writes arrive', perMinute: 6, for: '1m' },
      { at: '6m', do: 'worker comes back' },
    ],
    { relays: 2 },
  ).world;
  expect(ledger.times('session write', 0)).not.toEqual(ledger.times('session write', 1));
});
