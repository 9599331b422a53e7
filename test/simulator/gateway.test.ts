import { describe, expect, it } from 'vitest';
import {
  gatewayActivePeers,
  gatewayBlindPeerActive,
  gatewayBlindPeerMirrorLag,
  gatewayBlindPeerMirrorState,
  gatewayEscrowLeaseLag,
  gatewayEscrowLeasesActive,
  gatewayEscrowLeaseTimeToExpiry,
  gatewayEscrowPolicyRejections,
  gatewayEscrowRotations,
  gatewayEscrowUnlockRequests,
  gatewayPendingWritePushes,
  gatewayPendingWritePushWait,
  gatewayPendingWrites,
  gatewayRelayFallbackDuration,
  gatewayRelayFallbackReads,
  gatewayRelayFallbackWrites,
  gatewayRelayReplicaSessions,
  gatewayReplicaFallbacks,
  processStartTime,
} from '../../metrics/gateway.js';
import { POLICY_REFUSALS } from '../../src/simulator/escrow.js';
import type { Action } from '../../src/simulator/scenario.js';
import { AWAY_WITH_LEASE, Play } from './play.js';

const WRITE_AT_2M: Action = { at: '2m', do: 'a write arrives' };
/** The worker comes back at 3m, and its job fails, so that pushes are repeated. */
const FAILS_AFTER_RETURN: readonly Action[] = [
  ...AWAY_WITH_LEASE,
  { at: '90s', do: 'jobs fail' },
  WRITE_AT_2M,
  { at: '3m', do: 'worker comes back' },
];
const pushes = (play: Play, result: 'success' | 'error') =>
  play.metric(gatewayPendingWritePushes, { result });

describe('pending writes', () => {
  it('are marked by the first accepted write, and the series is not there before', () => {
    const play = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M]);
    expect(play.to(119).ofRelay(gatewayPendingWrites)).toBeUndefined();
    expect(play.to(120).ofRelay(gatewayPendingWrites)).toBe(1);
  });

  it('stay a 1 however many writes come', () => {
    const play = new Play([...AWAY_WITH_LEASE, { at: '2m', do: 'writes arrive', perMinute: 60, for: '2m' }]);
    expect(play.to(240).ofRelay(gatewayRelayFallbackWrites, 0, { result: 'accepted' })).toBeGreaterThan(50);
    expect(play.ofRelay(gatewayPendingWrites)).toBe(1);
  });

  it('are cleared when the worker reports that it has resynced', () => {
    const play = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '3m', do: 'worker comes back' }]);
    expect(play.to(180).ofRelay(gatewayPendingWrites)).toBe(1);
    expect(play.to(240).ofRelay(gatewayPendingWrites)).toBe(0);
  });

  it('are gone from the gauge after a gateway restart until the next write, though the relay is still pending', () => {
    const play = new Play([
      ...AWAY_WITH_LEASE,
      WRITE_AT_2M,
      { at: '3m', do: 'gateway restarts' },
      { at: '10m', do: 'lease is requested' },
      { at: '11m', do: 'a write arrives' },
    ]);
    expect(play.to(600).ofRelay(gatewayPendingWrites)).toBeUndefined();
    expect(play.to(661).ofRelay(gatewayPendingWrites)).toBe(1);
  });

  it('are cleared only on the process that answered resync-complete', () => {
    const play = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '3m', do: 'worker comes back' }], {
      gateways: 2,
      resyncAnsweredBy: 'another process',
    });
    play.to(1200);
    const labels = { relay: play.key() };
    expect(play.metric(gatewayPendingWrites, labels, '', 0)).toBe(1);
    expect(play.metric(gatewayPendingWrites, labels, '', 1)).toBe(0);
  });

  it('can be cleared by hand before a worker has ingested anything', () => {
    const play = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '5m', do: 'metadata is cleared by hand' }]);
    expect(play.to(301).ofRelay(gatewayPendingWrites)).toBe(0);
    expect(play.text()).toBe('');
  });
});

describe('pushes', () => {
  /** Seconds at which the success counter rises. */
  const pushTimes = (actions: readonly Action[], from: number, to: number): number[] => {
    const play = new Play(actions).to(from);
    const times: number[] = [];
    let before = pushes(play, 'success') ?? 0;
    for (let time = from; time <= to; time++) {
      const now = pushes(play.to(time), 'success') ?? 0;
      if (now > before) times.push(time);
      before = now;
    }
    return times;
  };

  it('come at once, then after 30, 60, 120, 240 and at most 300 seconds, each give or take 20 %', () => {
    const times = pushTimes(
      [
        ...AWAY_WITH_LEASE,
        WRITE_AT_2M,
        { at: '2m1s', do: 'jobs fail' },
        { at: '2m1s', do: 'worker comes back' },
      ],
      120,
      2400,
    );
    const waits = times.slice(1).map((time, i) => time - (times[i] as number));
    expect(waits.length).toBeGreaterThanOrEqual(6);
    for (const [i, usual] of [30, 60, 120, 240, 300, 300].entries()) {
      expect(waits[i]).toBeGreaterThanOrEqual(usual * 0.8 - 1);
      expect(waits[i]).toBeLessThanOrEqual(usual * 1.2 + 1);
    }
    // Jitter: they are not all the usual waits.
    expect(waits.slice(0, 6)).not.toEqual([30, 60, 120, 240, 300, 300]);
  });

  it('are not counted while no worker is online, and come within 15 s when one is', () => {
    const play = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '1h', do: 'worker comes back' }]);
    expect(pushes(play.to(3600), 'success')).toBeUndefined();
    expect(pushes(play, 'error')).toBeUndefined();
    // Up to 6 s to connect, up to 15 s to the next look.
    expect(pushes(play.to(3622), 'success')).toBeGreaterThanOrEqual(1);
  });

  it('are counted from 1, once for each peer and attempt', () => {
    const play = new Play(
      [...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '4m', do: 'jobs fail' }, { at: '4m', do: 'worker comes back' }],
      { workers: [[0], [0]] },
    );
    play.to(239);
    expect(pushes(play, 'success')).toBeUndefined();
    let first: number | undefined;
    for (let time = 240; first === undefined; time++) first = pushes(play.to(time), 'success');
    // Two workers, unless one of them connected a look earlier than the other.
    expect([1, 2]).toContain(first);
    const before = pushes(play.to(1000), 'success') as number;
    let next = before;
    for (let time = 1000; next === before; time++) next = pushes(play.to(time), 'success') as number;
    expect(next - before).toBe(2);
  });

  it('that a worker refuses are counted as errors and leave no file behind', () => {
    const play = new Play([
      ...AWAY_WITH_LEASE,
      { at: '90s', do: 'pushes are refused' },
      WRITE_AT_2M,
      { at: '3m', do: 'worker comes back' },
    ]);
    play.to(600);
    expect(pushes(play, 'error')).toBeGreaterThanOrEqual(3);
    expect(pushes(play, 'success')).toBeUndefined();
    expect(play.text()).toBe('');
    expect(play.ofRelay(gatewayPendingWrites)).toBe(1);
  });

  it('of a cleared state are sent once and counted like the others', () => {
    const play = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '3m', do: 'worker comes back' }]);
    play.to(3600);
    // One for pending, one for cleared.
    expect(pushes(play, 'success')).toBe(2);
  });

  it('are not resumed after a gateway restart', () => {
    const play = new Play([...FAILS_AFTER_RETURN, { at: '10m', do: 'gateway restarts' }]);
    expect(pushes(play.to(599), 'success')).toBeGreaterThanOrEqual(3);
    expect(pushes(play.to(7200), 'success')).toBeUndefined();
  });

  it('stop when the registration has run out, while the gauge stays 1', () => {
    const play = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '10m', do: 'worker comes back' }], {
      registrations: 'run out',
    });
    play.to(3600);
    expect(pushes(play, 'success')).toBeUndefined();
    expect(play.ofRelay(gatewayPendingWrites)).toBe(1);
  });

  it('go on when the worker is back before the registration runs out', () => {
    const play = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '5m', do: 'worker comes back' }], {
      registrations: 'run out',
    });
    expect(play.to(600).ofRelay(gatewayPendingWrites)).toBe(0);
  });

  it('stop when the relay is registered again, while the gauge stays 1', () => {
    const play = new Play([...FAILS_AFTER_RETURN, { at: '10m', do: 'relay is registered again' }]);
    const before = pushes(play.to(600), 'success');
    expect(pushes(play.to(7200), 'success')).toBe(before);
    expect(play.ofRelay(gatewayPendingWrites)).toBe(1);
  });

  it.each(['pending is toggled by hand', 'relay is registered again'] as const)(
    'do not start when the %s, and start when an operator requests a lease and writes',
    (step) => {
      const play = new Play(
        [
          ...AWAY_WITH_LEASE,
          WRITE_AT_2M,
          { at: '10m', do: 'worker comes back' },
          { at: '20m', do: step },
          { at: '40m', do: 'operator requests a lease and writes' },
        ],
        { registrations: 'run out' },
      );
      expect(play.to(2399).ofRelay(gatewayPendingWrites)).toBe(1);
      expect(pushes(play, 'success')).toBeUndefined();
      expect(play.to(2402).ofRelay(gatewayPendingWrites)).toBe(0);
    },
  );

  it('come at the back-off, not every 15 s, once one was sent and the worker is away again', () => {
    const play = new Play([
      ...FAILS_AFTER_RETURN,
      // Pushed at about 3:15, 3:45, 4:45 and 6:45; the next one is due 240 s, give or take 20 %, later.
      { at: '7m', do: 'worker goes offline' },
      { at: '8m', do: 'worker comes back' },
    ]);
    const before = pushes(play.to(480), 'success');
    expect(pushes(play.to(580), 'success')).toBe(before);
    expect(pushes(play.to(720), 'success')).toBe((before ?? 0) + 1);
  });

  it('come at the back-off also where the worker is away when the next one is due', () => {
    const play = new Play([
      ...FAILS_AFTER_RETURN,
      { at: '7m', do: 'worker goes offline' },
      { at: '12m', do: 'worker comes back' },
    ]);
    // Due at 10 to 11:40, and again 300 s, give or take 20 %, after that.
    const before = pushes(play.to(720), 'success');
    expect(pushes(play.to(830), 'success')).toBe(before);
    expect(pushes(play.to(1080), 'success')).toBe((before ?? 0) + 1);
  });

  it('to a closed laptop fail until the gateway gives its socket up, and are then not counted', () => {
    const play = new Play([
      ...FAILS_AFTER_RETURN,
      { at: '4m', do: 'worker goes offline', how: 'lid closed' },
    ]);
    expect(pushes(play.to(239), 'error')).toBeUndefined();
    expect(pushes(play.to(320), 'error')).toBeGreaterThanOrEqual(1);
    const errors = pushes(play, 'error');
    expect(pushes(play.to(3600), 'error')).toBe(errors);
    expect(play.metric(gatewayActivePeers)).toBe(0);
  });

  it('have a relay label only in a build that counts them by relay', () => {
    const actions: Action[] = [...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '3m', do: 'worker comes back' }];
    expect(new Play(actions).to(600).ofRelay(gatewayPendingWritePushes)).toBeUndefined();
    const later = new Play(actions, { build: { pushCounter: 'by-relay' } });
    expect(later.to(600).ofRelay(gatewayPendingWritePushes, 0, { result: 'success' })).toBe(2);
  });

  it('feed the wait histogram only in a build that records acknowledgements', () => {
    const actions: Action[] = [...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '3m', do: 'worker comes back' }];
    expect(new Play(actions).to(600).metric(gatewayPendingWritePushWait, {}, '_count')).toBeUndefined();
    const later = new Play(actions, { build: { acknowledgements: 'recorded' } }).to(600);
    expect(later.metric(gatewayPendingWritePushWait, {}, '_count')).toBe(1);
    const seconds = later.metric(gatewayPendingWritePushWait, {}, '_sum') as number;
    // Written at 2:00, the worker back at 3:00, connected and looked for within 21 s.
    expect(seconds).toBeGreaterThanOrEqual(60);
    expect(seconds).toBeLessThanOrEqual(81);
    expect(later.metric(gatewayPendingWritePushWait, { le: '60' }, '_bucket')).toBe(0);
    expect(later.metric(gatewayPendingWritePushWait, { le: '120' }, '_bucket')).toBe(1);
  });
});

describe('escrow leases', () => {
  const expiry = (play: Play) => play.ofRelay(gatewayEscrowLeaseTimeToExpiry);

  it('set the expiry gauge when they are issued, and it stands still', () => {
    const play = new Play(AWAY_WITH_LEASE);
    expect(expiry(play.to(60))).toBe(600);
    expect(expiry(play.to(600))).toBe(600);
  });

  it('refresh the gauge to the true remainder with every accepted write', () => {
    const play = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '5m', do: 'a write arrives' }]);
    expect(expiry(play.to(120))).toBe(540);
    expect(expiry(play.to(299))).toBe(540);
    expect(expiry(play.to(300))).toBe(360);
  });

  it('stay active with their last value after the expiry, until a write sets the gauge to 0', () => {
    const play = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '15m', do: 'a write arrives' }]);
    expect(expiry(play.to(899))).toBe(540);
    expect(play.ofRelay(gatewayEscrowLeasesActive)).toBe(1);
    expect(expiry(play.to(900))).toBe(0);
    expect(play.ofRelay(gatewayEscrowLeasesActive)).toBe(1);
  });

  it('still let writes through after the expiry in the observed build, and not in one that enforces it', () => {
    const actions: Action[] = [
      ...AWAY_WITH_LEASE,
      { at: '15m', do: 'a write arrives', through: 'websocket' },
    ];
    expect(new Play(actions).to(901).ofRelay(gatewayRelayFallbackWrites, 0, { result: 'accepted' })).toBe(1);
    const strict = new Play(actions, { build: { leaseExpiry: 'enforced' } }).to(901);
    expect(strict.ofRelay(gatewayRelayFallbackWrites, 0, { result: 'readonly' })).toBe(1);
    expect(strict.ofRelay(gatewayPendingWrites)).toBeUndefined();
  });

  it('may be renewed without the gauge showing it', () => {
    const play = new Play([...AWAY_WITH_LEASE, { at: '9m', do: 'lease is requested' }]);
    expect(expiry(play.to(539))).toBe(600);
    expect(expiry(play.to(540))).toBe(600);
    expect(play.metric(gatewayEscrowRotations, { reason: 'lease-issued' })).toBe(2);
  });

  it('are released when the worker has resynced: gauge and active are 0, the lag is observed', () => {
    const play = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '3m', do: 'worker comes back' }]).to(300);
    expect(expiry(play)).toBe(0);
    expect(play.ofRelay(gatewayEscrowLeasesActive)).toBe(0);
    expect(play.metric(gatewayEscrowRotations, { reason: 'peer-healthy', result: 'released' })).toBe(1);
    expect(play.metric(gatewayEscrowLeaseLag, { reason: 'peer-healthy' }, '_count')).toBe(1);
    expect(play.metric(gatewayEscrowLeaseLag, { reason: 'peer-healthy' }, '_sum')).toBeGreaterThan(120);
  });

  it('that had expired are released for the worker-resync', () => {
    const play = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '20m', do: 'worker comes back' }]).to(1300);
    expect(play.metric(gatewayEscrowRotations, { reason: 'worker-resync', result: 'released' })).toBe(1);
  });

  it('of a relay without pending writes are released when a worker is back', () => {
    const play = new Play([...AWAY_WITH_LEASE, { at: '3m', do: 'worker comes back' }]);
    expect(play.to(180).ofRelay(gatewayEscrowLeasesActive)).toBe(1);
    expect(play.to(210).ofRelay(gatewayEscrowLeasesActive)).toBe(0);
    expect(play.metric(gatewayEscrowRotations, { reason: 'peer-healthy', result: 'released' })).toBe(1);
  });

  it('are released by hand, with a reason, and forgotten after a resync', () => {
    const released = new Play([...AWAY_WITH_LEASE, { at: '2m', do: 'lease is released', reason: 'by hand' }]);
    expect(released.to(120).metric(gatewayEscrowRotations, { reason: 'by hand' })).toBe(1);
    const { world } = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '3m', do: 'worker comes back' }]).to(
      300,
    );
    expect(world.gateways[0]?.process?.lease(world.relays[0] as never)).toBeUndefined();
  });

  it('can be had after a report of completion for which there was none', () => {
    const play = new Play([{ at: '5s', do: 'metadata is cleared by hand' }, ...AWAY_WITH_LEASE]).to(60);
    expect(play.metric(gatewayEscrowUnlockRequests, { result: 'success' })).toBe(1);
  });

  it('are requested again and again up to the end that was asked for', () => {
    const play = new Play([{ at: '1m', do: 'lease is requested', every: '1m', for: '2m' }]).to(600);
    expect(play.metric(gatewayEscrowUnlockRequests, { result: 'policy-rejection' })).toBe(3);
  });

  it('show a new term after clearing in a build that behaves as the original procedure says', () => {
    const actions: Action[] = [...AWAY_WITH_LEASE, WRITE_AT_2M, { at: '3m', do: 'worker comes back' }];
    expect(expiry(new Play(actions, { build: { afterClearing: 'new-term' } }).to(300))).toBe(600);
  });

  it('count down in a build whose gauge counts down, and refresh at pushes in one that refreshes it', () => {
    const down = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M], { build: { expiryGauge: 'counting-down' } });
    expect(expiry(down.to(360))).toBe(300);
    expect(expiry(down.to(800))).toBe(0);
    const refreshed = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M], { build: { expiryGauge: 'refreshed' } });
    // Looked for a worker every 15 s since 2:00.
    expect(expiry(refreshed.to(360))).toBe(300);
    expect(expiry(refreshed.to(370))).toBe(300);
  });

  it('are refused while a worker is online and within 45 s of the last one', () => {
    const outcome = (play: Play, result: string) => play.metric(gatewayEscrowUnlockRequests, { result });
    const online = new Play([{ at: '1m', do: 'lease is requested' }]).to(60);
    expect(outcome(online, 'policy-rejection')).toBe(1);
    expect(online.metric(gatewayEscrowPolicyRejections, { reason: 'unknown' })).toBe(1);
    const soon = new Play([
      { at: '1m', do: 'worker goes offline' },
      { at: '1m30s', do: 'lease is requested' },
      { at: '1m50s', do: 'lease is requested' },
    ]);
    expect(outcome(soon.to(100), 'policy-rejection')).toBe(1);
    expect(outcome(soon.to(120), 'success')).toBe(1);
  });

  it('are refused while mirrors are stale, with the reason only in a build that names it', () => {
    const actions: Action[] = [{ at: '30s', do: 'mirrors go stale' }, ...AWAY_WITH_LEASE];
    const observed = new Play(actions).to(60);
    expect(observed.metric(gatewayEscrowPolicyRejections, { reason: 'unknown' })).toBe(1);
    const named = new Play(actions, { build: { policyReasons: 'named' } }).to(60);
    expect(named.metric(gatewayEscrowPolicyRejections, { reason: 'mirror-too-stale' })).toBe(1);
  });

  it('cannot be had while the escrow service is down', () => {
    const play = new Play([{ at: '30s', do: 'escrow is down' }, ...AWAY_WITH_LEASE]).to(60);
    expect(play.metric(gatewayEscrowUnlockRequests, { result: 'error' })).toBe(1);
    expect(play.ofRelay(gatewayEscrowLeasesActive)).toBeUndefined();
  });

  it('cannot be had after a resync whose rotation failed', () => {
    const play = new Play([
      { at: '5s', do: 'rotations fail' },
      ...AWAY_WITH_LEASE,
      WRITE_AT_2M,
      { at: '3m', do: 'worker comes back' },
      { at: '10m', do: 'worker goes offline' },
      { at: '12m', do: 'lease is requested' },
    ]).to(720);
    expect(play.metric(gatewayEscrowUnlockRequests, { result: 'error' })).toBe(1);
  });

  it('are lost with the process that holds them', () => {
    const play = new Play([
      ...AWAY_WITH_LEASE,
      { at: '3m', do: 'gateway restarts' },
      { at: '4m', do: 'a write arrives', through: 'websocket' },
    ]).to(240);
    expect(expiry(play)).toBeUndefined();
    expect(play.ofRelay(gatewayRelayFallbackWrites, 0, { result: 'readonly' })).toBe(1);
  });
});

describe('replica fallback', () => {
  it('turns websocket writes away without a lease, and leaves refused drive uploads in no metric', () => {
    const play = new Play([
      { at: '10s', do: 'worker goes offline' },
      { at: '1m', do: 'a write arrives', through: 'websocket' },
      { at: '2m', do: 'a write arrives', through: 'drive' },
    ]).to(180);
    expect(play.ofRelay(gatewayRelayFallbackWrites, 0, { result: 'readonly' })).toBe(1);
    expect(play.ofRelay(gatewayReplicaFallbacks, 0, { mode: 'write' })).toBe(1);
    expect(play.ofRelay(gatewayPendingWrites)).toBeUndefined();
  });

  it('counts no drive upload, though it makes the relay pending', () => {
    const play = new Play([...AWAY_WITH_LEASE, WRITE_AT_2M]).to(180);
    expect(play.ofRelay(gatewayReplicaFallbacks)).toBeUndefined();
    expect(play.ofRelay(gatewayPendingWrites)).toBe(1);
  });

  it('counts a session once, when it enters replica mode, and keeps it there until its socket closes', () => {
    const play = new Play(
      [
        { at: '10s', do: 'reads arrive', perMinute: 60, for: '10m' },
        { at: '1m', do: 'worker goes offline', for: '1m' },
      ],
      { timings: { session: 1e6 } },
    );
    expect(play.to(59).ofRelay(gatewayReplicaFallbacks)).toBeUndefined();
    play.to(300);
    expect(play.ofRelay(gatewayReplicaFallbacks, 0, { mode: 'session' })).toBe(1);
    expect(play.metric(gatewayActivePeers)).toBe(1);
    // The worker has been back for three minutes.
    expect(play.ofRelay(gatewayRelayReplicaSessions)).toBe(1);
    const reads = play.ofRelay(gatewayRelayFallbackReads) as number;
    expect(play.to(400).ofRelay(gatewayRelayFallbackReads)).toBeGreaterThan(reads);
    expect(play.metric(gatewayRelayFallbackDuration, {}, '_count')).toBeUndefined();
    expect(play.to(620).ofRelay(gatewayRelayReplicaSessions)).toBe(0);
    expect(play.metric(gatewayRelayFallbackDuration, {}, '_count')).toBe(1);
  });

  it('serves nothing from the replica while a worker is online', () => {
    const play = new Play([
      { at: '10s', do: 'reads arrive', perMinute: 60, for: '10m' },
      { at: '10s', do: 'writes arrive', perMinute: 60, for: '10m' },
    ]).to(600);
    expect(play.ofRelay(gatewayReplicaFallbacks)).toBeUndefined();
    expect(play.ofRelay(gatewayPendingWrites)).toBeUndefined();
  });

  it('counts invalid writes as rejected', () => {
    const play = new Play([
      ...AWAY_WITH_LEASE,
      { at: '2m', do: 'writes arrive', perMinute: 60, for: '2m', invalid: 1 },
    ]).to(300);
    expect(play.ofRelay(gatewayRelayFallbackWrites, 0, { result: 'rejected' })).toBeGreaterThan(50);
    expect(play.ofRelay(gatewayRelayFallbackWrites, 0, { result: 'accepted' })).toBeUndefined();
  });
});

describe('mirrors', () => {
  it('are inactive after ten quiet minutes, and their lag is in milliseconds as of the last rebuild', () => {
    const play = new Play([{ at: '10s', do: 'worker goes offline' }]);
    expect(play.to(599).metric(gatewayBlindPeerMirrorState, { type: 'relay' })).toBe(1);
    play.to(700);
    expect(play.metric(gatewayBlindPeerMirrorState, { type: 'relay' })).toBe(0);
    // Rebuilt every 30 s, the last time at 690 s; nothing has moved since the begin.
    expect(play.metric(gatewayBlindPeerMirrorLag, { type: 'relay' })).toBe(690_000);
  });

  it('have a relay mirror named by the relay and a drive mirror named otherwise', () => {
    const play = new Play([]).to(60);
    expect(play.metric(gatewayBlindPeerMirrorLag, { identifier: play.key(), type: 'relay' })).toBeDefined();
    expect(play.metric(gatewayBlindPeerMirrorLag, { type: 'drive' })).toBeDefined();
    expect(play.metric(gatewayBlindPeerMirrorLag, { identifier: play.key(), type: 'drive' })).toBeUndefined();
  });

  it('are kept fresh by reads, unless they are stale', () => {
    const reads: Action[] = [
      { at: '10s', do: 'worker goes offline' },
      { at: '1m', do: 'reads arrive', perMinute: 60, for: '30m' },
    ];
    expect(new Play(reads).to(1500).metric(gatewayBlindPeerMirrorLag, { type: 'relay' })).toBeLessThan(
      30_000,
    );
    const stale = new Play([...reads, { at: '5m', do: 'mirrors go stale' }]).to(1500);
    expect(stale.metric(gatewayBlindPeerMirrorLag, { type: 'relay' })).toBeGreaterThan(1_170_000);
    const again = new Play([...reads, { at: '5m', do: 'mirrors go stale', for: '5m' }]).to(1500);
    expect(again.metric(gatewayBlindPeerMirrorLag, { type: 'relay' })).toBeLessThan(30_000);
  });

  it('are in no metric where a scenario does not look at them', () => {
    const play = new Play([], { mirrors: false }).to(60);
    expect(play.metric(gatewayBlindPeerMirrorState)).toBeUndefined();
  });

  it('are not served while the mirror service is down', () => {
    const play = new Play([{ at: '1m', do: 'mirror service stops', for: '2m' }]);
    expect(play.to(100).metric(gatewayBlindPeerActive)).toBe(0);
    expect(play.metric(gatewayBlindPeerMirrorState)).toBeUndefined();
    expect(play.to(240).metric(gatewayBlindPeerActive)).toBe(1);
  });
});

describe('a gateway restart', () => {
  it('gives a new start time and fails scrapes while the process is down', () => {
    const play = new Play([{ at: '5m', do: 'gateway restarts', downFor: '20s' }]);
    const before = play.to(299).metric(processStartTime) as number;
    expect(play.to(310).world.gatewayExposition(play.world.gateways[0] as never)).toBeUndefined();
    expect(play.to(330).metric(processStartTime)).toBe(320);
    expect(before).toBeLessThan(0);
  });

  it('makes the workers reconnect within seconds', () => {
    const play = new Play([{ at: '5m', do: 'gateway restarts', downFor: '20s' }]);
    expect(play.to(320).metric(gatewayActivePeers)).toBe(0);
    expect(play.to(327).metric(gatewayActivePeers)).toBe(1);
  });
});

describe('a gateway that is gone', () => {
  it('takes nothing, and starts again', () => {
    const play = new Play([
      { at: '10s', do: 'worker goes offline' },
      { at: '1m', do: 'gateway stops', for: '4m' },
      { at: '2m', do: 'lease is requested', evidence: 'claimed' },
      { at: '2m', do: 'a write arrives' },
      { at: '2m', do: 'a replica session writes', every: '10s', for: '20s' },
      { at: '3m', do: 'lease is released', reason: 'by hand' },
      { at: '3m', do: 'operator requests a lease and writes' },
      { at: '3m', do: 'metadata is cleared by hand' },
    ]).to(299);
    const { ledger } = play.world;
    const events = ['marked', 'readonly', 'lease granted', 'lease failed', 'reported'] as const;
    expect(events.map((event) => ledger.times(event, 0))).toEqual([[], [], [], [], []]);
    expect(play.metric(gatewayActivePeers)).toBeUndefined();
    expect(play.to(300).metric(gatewayActivePeers)).toBe(0);
  });

  it('is no gateway to which a worker that comes back can connect', () => {
    const play = new Play([
      { at: '1m', do: 'gateway stops', for: '4m' },
      { at: '2m', do: 'worker goes offline', for: '1m' },
      { at: '6m', do: 'worker goes offline' },
    ]);
    expect(play.to(330).metric(gatewayActivePeers)).toBe(1);
    expect(play.to(400).metric(gatewayActivePeers)).toBe(0);
  });
});

describe('writes that are never marked', () => {
  const replicaWrites: Action = { at: '12m', do: 'writes arrive', perMinute: 6, for: '10m' };
  const LEASE_AT_11M: Action = { at: '11m', do: 'lease is requested' };

  it.each([
    ['an expired registration', [], { registrations: 'run out' }],
    ['a failing store', [{ at: '10m', do: 'registration store fails' }], {}],
    ['a lost registration', [{ at: '10m', do: 'registrations are lost' }], {}],
  ] as [string, Action[], { registrations?: 'run out' }][])(
    'are accepted on %s: no gauge, no push, and the expiry gauge stands still',
    (_, actions, setup) => {
      const play = new Play(
        [{ at: '1m', do: 'worker goes offline' }, ...actions, LEASE_AT_11M, replicaWrites],
        setup,
      ).to(1500);
      expect(play.ofRelay(gatewayRelayFallbackWrites, 0, { result: 'accepted' })).toBeGreaterThan(30);
      expect(play.ofRelay(gatewayPendingWrites)).toBeUndefined();
      expect(play.metric(gatewayPendingWritePushes)).toBeUndefined();
      expect(play.ofRelay(gatewayEscrowLeaseTimeToExpiry)).toBe(600);
      expect(play.ofRelay(gatewayEscrowLeaseLag, 0)).toBeUndefined();
    },
  );

  it('differ from those of a session that stays in replica mode: these are pushed and cleared at once', () => {
    const play = new Play([
      { at: '1m', do: 'worker goes offline', for: '2m' },
      { at: '5m', do: 'a replica session writes', every: '20s', for: '10m' },
    ]);
    const seen = new Set<number | undefined>();
    for (let time = 330; time <= 900; time += 30) seen.add(play.to(time - 1).ofRelay(gatewayPendingWrites));
    expect([...seen]).toEqual([0]);
    expect(play.ofRelay(gatewayRelayFallbackWrites, 0, { result: 'accepted' })).toBe(30);
    // For each write a push of its pending state and one of the cleared state.
    expect(pushes(play, 'success')).toBe(60);
    expect(play.metric(gatewayEscrowLeaseLag, { relay: play.key() }, '_count')).toBe(30);
    expect(play.ofRelay(gatewayEscrowLeaseTimeToExpiry)).toBe(0);
    expect(play.ofRelay(gatewayRelayReplicaSessions)).toBe(1);
    expect(play.to(901).ofRelay(gatewayRelayReplicaSessions)).toBe(0);
    expect(play.metric(gatewayRelayFallbackDuration, { relay: play.key() }, '_sum')).toBe(600);
  });

  it('are none where a worker is there to take them', () => {
    const play = new Play([{ at: '1m', do: 'a write arrives', through: 'websocket' }]).to(120);
    expect(play.ofRelay(gatewayRelayFallbackWrites)).toBeUndefined();
  });
});

describe('a registration', () => {
  it('that has expired is gone: a renewal and a write do not bring it back, and the registration by the worker does', () => {
    const play = new Play(
      [
        { at: '1m', do: 'worker goes offline', for: '10m' },
        { at: '20m', do: 'operator requests a lease and writes' },
        { at: '30m', do: 'worker syncs its metadata' },
        { at: '40m', do: 'operator requests a lease and writes' },
      ],
      { registrations: 'run out' },
    );
    expect(play.to(2399).ofRelay(gatewayPendingWrites)).toBeUndefined();
    // Marked, pushed and reported within a second.
    expect(play.to(2401).ofRelay(gatewayPendingWrites)).toBe(0);
  });
});

describe('the escrow policy', () => {
  const named = { build: { policyReasons: 'named' } } as const;
  const refused = (actions: readonly Action[], reason: string) =>
    new Play(actions, named).to(600).metric(gatewayEscrowPolicyRejections, { reason });

  it('refuses a request without evidence', () => {
    expect(
      refused(
        [
          { at: '1m', do: 'worker goes offline' },
          { at: '3m', do: 'lease is requested', evidence: 'none' },
        ],
        'registration-flag-missing',
      ),
    ).toBe(1);
  });

  it.each(POLICY_REFUSALS)('can refuse with %s, whatever the evidence', (reason) => {
    expect(
      refused(
        [
          { at: '1m', do: 'leases are refused', reason },
          { at: '2m', do: 'worker goes offline' },
          { at: '3m', do: 'lease is requested' },
          { at: '4m', do: 'lease is requested', evidence: 'claimed' },
        ],
        reason,
      ),
    ).toBe(2);
  });

  it('believes what a request says of peers and mirrors', () => {
    const play = new Play([
      { at: '1m', do: 'mirrors go stale' },
      { at: '2m', do: 'lease is requested', evidence: 'claimed' },
    ]).to(120);
    expect(play.metric(gatewayEscrowUnlockRequests, { result: 'success' })).toBe(1);
  });
});

describe('a gateway without escrow', () => {
  const play = new Play(
    [
      { at: '1m', do: 'worker goes offline', for: '10m' },
      { at: '2m', do: 'lease is requested' },
      { at: '3m', do: 'a write arrives', through: 'websocket' },
      { at: '4m', do: 'a write arrives', through: 'drive' },
    ],
    { escrow: 'off', seededCounters: true },
  ).to(600);

  it('answers every websocket write read-only, and takes drive uploads', () => {
    expect(play.ofRelay(gatewayRelayFallbackWrites, 0, { result: 'readonly' })).toBe(1);
    expect(play.ofRelay(gatewayPendingWrites)).toBe(1);
  });

  it('pushes without a lease', () => {
    const { notifications } = new Play(
      [
        { at: '1m', do: 'worker goes offline', for: '10m' },
        { at: '4m', do: 'a write arrives', through: 'drive' },
        { at: '5m', do: 'jobs fail' },
      ],
      { escrow: 'off' },
    )
      .to(900)
      .file();
    expect(notifications[0]).toMatchObject({ state: 'pending', lease: null });
  });

  it('has no lease series at all', () => {
    for (const metric of [
      gatewayEscrowLeaseTimeToExpiry,
      gatewayEscrowLeasesActive,
      gatewayEscrowUnlockRequests,
      gatewayEscrowRotations,
      gatewayEscrowPolicyRejections,
    ]) {
      expect(play.metric(metric), metric.name).toBeUndefined();
    }
  });
});

describe('reads from the replica', () => {
  it('have the reason replica', () => {
    const play = new Play([
      { at: '1m', do: 'worker goes offline' },
      { at: '2m', do: 'reads arrive', perMinute: 60, for: '2m' },
    ]).to(300);
    const reads = play.ofRelay(gatewayRelayFallbackReads, 0, { reason: 'replica' });
    expect(reads).toBeGreaterThan(60);
    expect(play.world.ledger.times('read', 0)).toHaveLength(reads as number);
  });
});
