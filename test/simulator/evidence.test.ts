import { describe, expect, it } from 'vitest';
import {
  gatewayActiveSessions,
  gatewayEscrowLeaseLag,
  gatewayEscrowLeasesActive,
  gatewayEscrowPolicyRejections,
  gatewayEscrowRotations,
  gatewayEscrowUnlockRequests,
  gatewayPendingWritePushes,
} from '../../metrics/gateway.js';
import { OBSERVED_BUILD, RUNBOOK_BUILD } from '../../src/simulator/build.js';
import { Clock } from '../../src/simulator/clock.js';
import type { Gateway } from '../../src/simulator/gateway.js';
import { Random } from '../../src/simulator/random.js';
import type { Relay } from '../../src/simulator/relay.js';
import { WRITES } from '../../src/simulator/relay.js';
import type { Action } from '../../src/simulator/scenario.js';
import { Play } from './play.js';

/** A play with its first gateway and relay at hand. */
function at(
  seconds: number,
  actions: readonly Action[] = [],
  setup: ConstructorParameters<typeof Play>[1] = {},
) {
  const play = new Play(actions, setup).to(seconds);
  const { world } = play;
  const ledger = (event: Parameters<typeof world.ledger.times>[0]) =>
    world.ledger.times(event, 0).map((time) => time / 1000);
  return {
    play,
    world,
    ledger,
    gateway: world.gateways[0]?.process as Gateway,
    relay: world.relays[0] as Relay,
  };
}
const AWAY: Action = { at: '10s', do: 'worker goes offline' };

describe('the builds', () => {
  it('are the one that was observed and the one that the runbook describes', () => {
    expect(OBSERVED_BUILD).toEqual({
      ...{
        acknowledgements: 'unrecorded',
        pushCounter: 'whole-gateway',
        expiryGauge: 'standing',
        afterClearing: 'zero',
      },
      ...{ leaseExpiry: 'ignored', policyReasons: 'unknown', stateFile: 'persisted', jobs: 'report' },
    });
    expect(RUNBOOK_BUILD).toEqual({
      ...{
        acknowledgements: 'recorded',
        pushCounter: 'by-relay',
        expiryGauge: 'counting-down',
        afterClearing: 'new-term',
      },
      ...{ leaseExpiry: 'enforced', policyReasons: 'named', stateFile: 'persisted', jobs: 'ingest' },
    });
  });

  it('name the writes of each path in a push', () => {
    expect(WRITES).toEqual({
      websocket: { reason: 'replica-write', type: 'event' },
      drive: { reason: 'gateway-drive-write', type: 'drive-upload' },
      join: { reason: 'http-join', type: 'http-join' },
      callback: { reason: 'http-callback', type: 'http-callback' },
    });
  });
});

describe('counters with a past', () => {
  const counted = (setup: ConstructorParameters<typeof Play>[1]) => {
    const { play } = at(1, [], setup);
    return {
      pushes: ['success', 'error'].map((result) => play.metric(gatewayPendingWritePushes, { result })),
      unlocks: ['success', 'error', 'policy-rejection'].map((result) =>
        play.metric(gatewayEscrowUnlockRequests, { result }),
      ),
      rejections: play.metric(gatewayEscrowPolicyRejections, { reason: 'unknown' }),
      issued: play.metric(gatewayEscrowRotations, { reason: 'lease-issued', result: 'success' }),
      released: play.metric(gatewayEscrowRotations, { reason: 'peer-healthy', result: 'released' }),
    };
  };
  const NONE = {
    unlocks: [undefined, undefined, undefined],
    rejections: undefined,
    issued: undefined,
    released: undefined,
  };
  const ESCROW = { unlocks: [80, 1, 12], rejections: 12, issued: 80, released: 80 };

  it('are not newborn: pushes, and what the escrow does', () => {
    expect(counted({ seededCounters: true })).toEqual({ pushes: [1200, 7], ...ESCROW });
    expect(counted({ seededCounters: true, escrow: 'off' })).toEqual({ pushes: [1200, 7], ...NONE });
    expect(counted({ seededCounters: true, build: { pushCounter: 'by-relay' } })).toEqual({
      pushes: [undefined, undefined],
      ...ESCROW,
    });
    expect(counted({})).toEqual({ pushes: [undefined, undefined], ...NONE });
  });
});

describe('a lease', () => {
  it('is granted where no worker is healthy, and lasts ten minutes', () => {
    const { gateway, relay, ledger, play } = at(200, [AWAY]);
    expect(gateway.wouldAccept(relay)).toBe(false);
    expect(gateway.requestLease(relay)).toBe('success');
    expect(gateway.lease(relay)).toMatchObject({
      issuedAt: 200_000,
      expiresAt: 800_000,
      status: 'active',
      version: 1,
    });
    expect(gateway.wouldAccept(relay)).toBe(true);
    expect([ledger('lease granted'), ledger('lease refused'), ledger('lease failed')]).toEqual([
      [200],
      [],
      [],
    ]);
    expect(play.ofRelay(gatewayEscrowLeasesActive)).toBe(1);
    expect(play.metric(gatewayEscrowUnlockRequests, { result: 'success' })).toBe(1);
  });

  it.each([
    [{ seconds: 5 }, 'true', 'policy-rejection', 'peers-still-healthy'],
    [{ seconds: 5 }, 'claimed', 'success', undefined],
    [{ seconds: 5 }, 'none', 'policy-rejection', 'registration-flag-missing'],
    [{ seconds: 200, before: 44_999 }, 'true', 'policy-rejection', 'peer-timeout-not-reached'],
    [{ seconds: 200, before: 45_000 }, 'true', 'success', undefined],
  ] as const)('is %j with %s evidence: %s', (when, evidence, outcome, reason) => {
    const { gateway, relay, ledger, play, world } = at(when.seconds, when.seconds > 10 ? [AWAY] : [], {
      build: { policyReasons: 'named' },
    });
    if ('before' in when) {
      gateway.peerLeft([relay]);
      world.advanceTo(when.seconds * 1000 + when.before);
    }
    expect(gateway.requestLease(relay, evidence)).toBe(outcome);
    expect(ledger('lease refused')).toHaveLength(reason === undefined ? 0 : 1);
    if (reason !== undefined) expect(play.metric(gatewayEscrowPolicyRejections, { reason })).toBe(1);
  });

  it('is not there without escrow, and fails where the escrow does not answer', () => {
    const off = at(200, [AWAY], { escrow: 'off' });
    expect(off.gateway.requestLease(off.relay)).toBe('disabled');
    const down = at(200, [AWAY, { at: '20s', do: 'escrow is down' }]);
    expect(down.gateway.requestLease(down.relay)).toBe('error');
    expect([down.ledger('lease failed'), down.ledger('lease granted')]).toEqual([[200], []]);
    expect(down.gateway.lease(down.relay)).toBeUndefined();
  });

  it('is released once', () => {
    const { gateway, relay, ledger, play, world } = at(200, [AWAY]);
    gateway.releaseLease(relay, 'early');
    gateway.requestLease(relay);
    world.advanceTo(290_000);
    gateway.releaseLease(relay, 'by hand');
    gateway.releaseLease(relay, 'once more');
    expect(gateway.lease(relay)).toMatchObject({
      status: 'released',
      releasedAt: 290_000,
      releasedReason: 'by hand',
    });
    expect([ledger('lease released'), gateway.wouldAccept(relay)]).toEqual([[290], false]);
    expect(play.ofRelay(gatewayEscrowLeasesActive)).toBe(0);
    expect(play.metric(gatewayEscrowRotations, { reason: 'by hand', result: 'released' })).toBe(1);
    expect(play.metric(gatewayEscrowRotations, { result: 'released' })).toBe(1);
    expect(play.metric(gatewayEscrowLeaseLag, { reason: 'by hand' }, '_sum')).toBe(90);
  });
});

describe('a write without a worker', () => {
  it('is read-only without a lease, and noted where a session made it', () => {
    const { gateway, relay, ledger } = at(200, [AWAY]);
    expect(gateway.writeToReplica(relay, 'drive')).toBe('readonly');
    expect(ledger('readonly')).toEqual([]);
    expect(gateway.writeToReplica(relay, 'websocket')).toBe('readonly');
    expect(gateway.writeToReplica(relay, 'websocket', false)).toBe('rejected');
    expect([ledger('readonly'), ledger('session write'), ledger('marked'), ledger('unmarked')]).toEqual([
      [200],
      [],
      [],
      [],
    ]);
  });

  it('is accepted and marked with a lease, on the observed build also past its expiry', () => {
    const { gateway, relay, ledger, world } = at(200, [AWAY]);
    gateway.requestLease(relay);
    expect(gateway.writeToReplica(relay, 'drive')).toBe('accepted');
    expect([ledger('session write'), ledger('marked'), ledger('past expiry')]).toEqual([[], [200], []]);
    expect(ledger('unmarked')).toEqual([]);
    world.advanceTo(799_999);
    expect(gateway.writeToReplica(relay, 'websocket')).toBe('accepted');
    expect([ledger('session write'), ledger('past expiry')]).toEqual([[799.999], []]);
    world.advanceTo(800_000);
    expect(gateway.writeToReplica(relay, 'websocket')).toBe('accepted');
    expect([ledger('session write'), ledger('past expiry'), ledger('readonly')]).toEqual([
      [799.999, 800],
      [800],
      [],
    ]);
    expect(ledger('unmarked')).toEqual([]);
  });

  it('is refused past the expiry where that is enforced', () => {
    const { gateway, relay, ledger, world } = at(200, [AWAY], { build: { leaseExpiry: 'enforced' } });
    gateway.requestLease(relay);
    world.advanceTo(799_999);
    expect(gateway.writeToReplica(relay, 'websocket')).toBe('accepted');
    world.advanceTo(800_000);
    expect(gateway.writeToReplica(relay, 'websocket')).toBe('readonly');
    expect([ledger('past expiry'), ledger('readonly')]).toEqual([[], [800]]);
  });

  it('is not marked where the registration is gone', () => {
    const { gateway, relay, ledger, world } = at(200, [AWAY]);
    gateway.requestLease(relay);
    world.registrations.remove(relay);
    expect(gateway.resyncComplete(relay)).toBe(false);
    world.registrations.failing = true;
    world.registrations.register(relay);
    expect(world.registrations.get(relay)).toBeUndefined();
    expect(gateway.writeToReplica(relay, 'drive')).toBe('accepted');
    expect([ledger('unmarked'), ledger('marked')]).toEqual([[], []]);
    expect(gateway.writeToReplica(relay, 'websocket')).toBe('accepted');
    expect([ledger('unmarked'), ledger('marked'), gateway.isPending(relay), gateway.gauge(relay)]).toEqual([
      [200],
      [],
      false,
      undefined,
    ]);
  });

  it('is read-only in a session and taken otherwise where there is no escrow', () => {
    const { gateway, relay, ledger } = at(200, [AWAY], { escrow: 'off' });
    expect(gateway.writeToReplica(relay, 'websocket')).toBe('readonly');
    expect(gateway.writeToReplica(relay, 'join')).toBe('accepted');
    expect([ledger('past expiry'), gateway.isPending(relay), gateway.gauge(relay)]).toEqual([[], true, 1]);
  });
});

describe('a gateway', () => {
  it('counts its sessions, and knows its workers', () => {
    const { gateway, relay, play } = at(5, [], { workers: [[0], [0]] });
    gateway.sessionOpened();
    gateway.sessionOpened();
    gateway.sessionClosed();
    expect(play.metric(gatewayActiveSessions)).toBe(1);
    expect(gateway.hasWorker(relay)).toBe(true);
    const one = at(200, [{ ...AWAY, workers: [1] } as Action], { workers: [[0], [0]] });
    expect(one.gateway.hasWorker(one.relay)).toBe(true);
    const none = at(200, [AWAY]);
    expect(none.gateway.hasWorker(none.relay)).toBe(false);
  });

  it('answers at its address, unless it is stopped or out of reach', () => {
    const { world } = at(5, [], { relays: 2, gateways: 2, workers: [[0], [1]] });
    expect(world.gateways.map(({ instance, listed, reachable }) => [instance, listed, reachable])).toEqual([
      ['gateway-1:3000', true, true],
      ['gateway-2:3000', true, true],
    ]);
    expect(world.workers.map(({ instance, listed, reachable }) => [instance, listed, reachable])).toEqual([
      ['worker-1:9786', true, true],
      ['worker-2:9786', true, true],
    ]);
    const [first, second] = world.gateways as [(typeof world.gateways)[0], (typeof world.gateways)[0]];
    const [one, two] = world.relays as [Relay, Relay];
    expect([world.gatewayOf(one), world.gatewayOf(two), world.answering(two)]).toEqual([
      first.process,
      second.process,
      second.process,
    ]);
    const old = first.process;
    world.startGateway(first);
    expect(first.process).toBe(old);
    world.stopGateway(first);
    expect([first.process, old?.running, world.gatewayExposition(first)]).toEqual([
      undefined,
      false,
      undefined,
    ]);
    world.stopGateway(first);
    world.startGateway(first);
    expect(first.process).not.toBe(old);
    expect(world.gatewayExposition(first)).toBeDefined();
    first.reachable = false;
    expect(world.gatewayExposition(first)).toBeUndefined();
    const other = at(5, [], { relays: 2, gateways: 2, resyncAnsweredBy: 'another process' }).world;
    expect(other.answering(other.relays[0] as Relay)).toBe(other.gateways[1]?.process);
    expect(other.answering(other.relays[1] as Relay)).toBe(other.gateways[0]?.process);
  });

  it('may not be scraped while Prometheus is down, for whatever reasons', () => {
    const { world } = at(5);
    expect(world.scraped).toBe(true);
    world.prometheusDown(true);
    world.prometheusDown(true);
    world.prometheusDown(false);
    expect(world.scraped).toBe(false);
    world.prometheusDown(false);
    expect(world.scraped).toBe(true);
  });
});

describe('a worker', () => {
  const WRITE: readonly Action[] = [
    AWAY,
    { at: '3m', do: 'lease is requested' },
    { at: '4m', do: 'a write arrives' },
    { at: '5m', do: 'worker comes back' },
  ];
  const known = (seconds: number, actions: readonly Action[], relay = 0, setup = {}) => {
    const { world } = at(seconds, actions, setup);
    return world.workers[0]?.worker.knows(world.relays[relay] as Relay);
  };

  it('is stalled where its job has failed or hangs, or waits behind one that hangs', () => {
    expect(known(900, WRITE)).toMatchObject({ state: 'cleared', stalled: false, rotation: 'completed' });
    const failing = known(900, [...WRITE, { at: '2m', do: 'jobs fail' }]);
    expect(failing).toMatchObject({ state: 'pending', stalled: true });
    const hanging: Action = { at: '2m', do: 'jobs hang' };
    expect(known(900, [...WRITE, hanging])).toMatchObject({ state: 'pending', stalled: true });
    const three = { relays: 3 };
    const states = [0, 1, 2].map((relay) => known(900, [...WRITE, hanging], relay, three));
    expect(states.map((one) => [one?.state, one?.stalled])).toEqual([
      ['pending', true],
      ['pending', true],
      ['pending', true],
    ]);
    const partly = [0, 1].map((relay) =>
      known(900, [...WRITE, { at: '2m', do: 'jobs fail', relays: [1] }], relay, { relays: 2 }),
    );
    expect(partly.map((one) => [one?.state, one?.stalled])).toEqual([
      ['cleared', false],
      ['pending', true],
    ]);
    expect(known(60, [AWAY])).toMatchObject({ state: undefined, stalled: false });
  });

  it('is not stalled where its job waits or runs, or where the gateway has cleared the relay', () => {
    const slow = { relays: 3, timings: { resync: [60, 60] } };
    const states = [0, 1, 2].map((relay) => known(340, WRITE, relay, slow));
    expect(states.map((one) => [one?.state, one?.stalled])).toEqual(
      Array.from({ length: 3 }, () => ['pending', false]),
    );
    const cleared: Action = { at: '10m', do: 'metadata is cleared by hand' };
    const hanging: Action = { at: '2m', do: 'jobs hang' };
    expect(known(900, [...WRITE, hanging, cleared])).toMatchObject({ state: 'cleared', stalled: false });
    // The job of relay 0 is done, and what the gateway said of it is lost, before that of relay 1 hangs.
    const lost: Action[] = [
      { at: '2m', do: 'cleared pushes are lost' },
      { at: '9m', do: 'jobs hang' },
      { at: '10m', do: 'operator requests a lease and writes', relays: [1] },
    ];
    const one = WRITE.map((action) =>
      action.do === 'a write arrives' ? { ...action, relays: [0] } : action,
    ) as Action[];
    const both = [0, 1].map((relay) => known(900, [...one, ...lost], relay, { relays: 2 }));
    expect(both.map((known) => [known?.state, known?.stalled])).toEqual([
      ['pending', false],
      ['pending', true],
    ]);
  });

  it('knows the last rotation of each relay, and notes whether it was completed or failed', () => {
    const actions: Action[] = [
      { at: '10s', do: 'rotations fail', relays: [1] },
      { at: '20s', do: 'writer is rotated by hand' },
    ];
    const { world } = at(60, actions, { relays: 2 });
    const rotations = world.relays.map((relay) => world.workers[0]?.worker.knows(relay).rotation);
    expect(rotations).toEqual(['completed', 'failed']);
    expect([0, 1].map((relay) => world.ledger.times('rotated', relay).length)).toEqual([1, 0]);
    expect([0, 1].map((relay) => world.ledger.times('rotation failed', relay).length)).toEqual([0, 1]);
  });
});

describe('the clock', () => {
  it('lets things of one moment happen in the order in which they were planned', () => {
    const clock = new Clock(1000);
    const seen: string[] = [];
    for (const name of ['a', 'b', 'c', 'd', 'e']) clock.at(2000, () => seen.push(name));
    clock.at(500, () => seen.push(`late at ${clock.now}`));
    clock.after(-5, () => seen.push('at once'));
    const gone = clock.at(1500, () => seen.push('gone'));
    gone.cancel();
    clock.advanceTo(1999);
    expect([seen, clock.now]).toEqual([['late at 1000', 'at once'], 1999]);
    clock.advanceTo(1500);
    expect(clock.now).toBe(1999);
    clock.advanceTo(2000);
    expect(seen.slice(2)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });
});

describe('chance', () => {
  it('depends on the seed, and gives as many digits as asked for', () => {
    const [one, same, other] = [new Random(7), new Random(7), new Random(8)];
    const draws = (random: Random) => Array.from({ length: 50 }, () => random.next());
    const first = draws(one);
    expect(draws(same)).toEqual(first);
    expect(draws(other)).not.toEqual(first);
    expect(new Set(first).size).toBe(50);
    for (const digits of [1, 4, 5, 8])
      expect(new Random(3).hex(digits)).toMatch(new RegExp(`^[0-9a-f]{${digits}}$`));
    const waits = Array.from({ length: 200 }, () => one.waiting(60));
    expect(Math.min(...waits)).toBeGreaterThan(0);
    const mean = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
    expect(mean).toBeGreaterThan(30);
    expect(mean).toBeLessThan(120);
  });
});
