import { describe, expect, it } from 'vitest';
import { RUNBOOK_BUILD } from '../../src/simulator/build.js';
import type { Action } from '../../src/simulator/scenario.js';
import { EVERYTHING, virtualDrill } from './virtual-drill.js';

/** What an operator does at a drill that begins at a time, in minutes. */
const drillAt = (minute: number): Action[] => [
  { at: `${minute}m`, do: 'worker goes offline', for: '5m' },
  { at: `${minute + 1}m`, do: 'lease is requested', relays: [0] },
  { at: `${minute + 2}m`, do: 'a write arrives', through: 'drive', relays: [0] },
];

describe('a drill, scraped every 15 s', () => {
  it('sees everything that the observed build shows', async () => {
    const { states, progress } = await virtualDrill(drillAt(2));
    expect(states).toEqual(EVERYTHING);
    expect(progress).toMatchObject({ over: true, ok: true });
  });

  it('sees everything on a newborn gateway, whose counters are born at 1', async () => {
    const { states } = await virtualDrill(drillAt(2), { setup: { seededCounters: false } });
    expect(states).toEqual(EVERYTHING);
  });

  it('sees a timed acknowledgement and a new term on a build that behaves as the runbook says', async () => {
    const { states, progress } = await virtualDrill(drillAt(2), { setup: { build: RUNBOOK_BUILD } });
    expect(states).toEqual({ ...EVERYTHING, 'push-acknowledged': 'seen' });
    const expiry = progress.reactions.find(({ reaction }) => reaction.id === 'expiry-reset');
    expect(expiry?.evidence?.by).toContain('new term');
  });

  it('sees everything a second time on the same relay', async () => {
    const { states, progress } = await virtualDrill([...drillAt(2), ...drillAt(20)], { start: '15m' });
    expect(states).toEqual(EVERYTHING);
    expect(progress.reactions.every(({ evidence }) => (evidence?.time ?? Infinity) >= 1_700_000_900)).toBe(
      true,
    );
  });

  it('claims nothing of an earlier drill for one in which nobody does anything', async () => {
    const { states } = await virtualDrill(drillAt(2), { start: '15m' });
    expect(states).toMatchObject({
      'not-pending': 'seen',
      'lease-requested': 'missing',
      'pending-raised': 'missing',
      'push-seen': 'unreached',
      'worker-queue': 'unreached',
      rotation: 'unreached',
    });
  });

  it('waits for an earlier write to be cleared before it begins', async () => {
    const { progress, states } = await virtualDrill([...drillAt(0), ...drillAt(12)], { start: '3m' });
    const notPending = progress.reactions.find(({ reaction }) => reaction.id === 'not-pending');
    expect((notPending?.evidence?.time ?? 0) - 1_700_000_000).toBeGreaterThan(300);
    expect(states).toEqual(EVERYTHING);
  });

  it('names a spliced state file as the cause of what cannot be seen', async () => {
    const { states, remarks } = await virtualDrill([
      ...drillAt(2),
      { at: '1m', do: 'resync cycles splice the file', share: 1 },
    ]);
    expect(states).toMatchObject({ 'gateway-cleared': 'seen', 'worker-cleared': 'missing' });
    const text = remarks.map((remark) => remark.text).join('\n');
    expect(text).toMatch(/cannot read its state file\. Reason: \w+\. Its content is broken.* spliced file/);
    expect(text).toMatch(/these reactions cannot be detected: .*worker-cleared/);
    expect(text).toContain('Do not restart');
  });

  it('names a worker that never ingests', async () => {
    const { states, progress } = await virtualDrill([
      ...drillAt(2),
      { at: '0s', do: 'jobs fail', relays: [0] },
    ]);
    expect(states).toEqual({
      ...EVERYTHING,
      resync: 'missing',
      'gateway-cleared': 'unreached',
      'worker-cleared': 'unreached',
      rotation: 'unreached',
      'expiry-reset': 'unreached',
    });
    expect(progress).toMatchObject({ over: true, ok: false });
  });

  it('tells a rotation after the resync from the one of a worker that reconnects', async () => {
    const { states, remarks } = await virtualDrill(
      [
        ...drillAt(2),
        // Its reconnection is at 7 minutes.
        { at: '7m7s', do: 'rotations fail', relays: [0] },
      ],
      { setup: { timings: { resync: [20, 21] } } },
    );
    expect(states).toEqual({ ...EVERYTHING, rotation: 'missing' });
    expect(remarks.map(({ text }) => text).join('\n')).toContain('newest rotation failed');
  });

  it('names a cleared push that was lost', async () => {
    const { states } = await virtualDrill([...drillAt(2), { at: '0s', do: 'cleared pushes are lost' }]);
    expect(states).toEqual({ ...EVERYTHING, 'worker-cleared': 'missing' });
  });

  it('names pushes that the worker refuses', async () => {
    const { states, remarks } = await virtualDrill([...drillAt(2), { at: '0s', do: 'pushes are refused' }]);
    expect(states).toMatchObject({ 'pending-raised': 'seen', 'push-seen': 'missing', resync: 'unreached' });
    expect(remarks.map(({ text }) => text).join('\n')).toContain('a push ended in an error');
  });

  it('names a write that was rejected because there was no lease', async () => {
    const [away, , write] = drillAt(2) as [Action, Action, Action];
    const { states } = await virtualDrill([away, write]);
    expect(states).toMatchObject({
      'lease-requested': 'missing',
      'lease-issued': 'unreached',
      'pending-raised': 'missing',
    });
  });

  it('says that the policy refused a request that came too early', async () => {
    const [away, , write] = drillAt(2) as [Action, Action, Action];
    const { states, remarks } = await virtualDrill([
      away,
      { at: '2m20s', do: 'lease is requested' },
      { at: '3m', do: 'lease is requested' },
      write,
    ]);
    expect(states).toEqual(EVERYTHING);
    expect(remarks.map(({ text }) => text).join('\n')).toContain('rejected by the policy');
  });

  it('takes a lease from before the drill for one that was not tried, not for a failure', async () => {
    const { states, progress } = await virtualDrill(drillAt(2), { start: '3m30s' });
    expect(states).toEqual({
      ...EVERYTHING,
      'worker-away': 'no-hint',
      'lease-requested': 'from-before',
      'lease-issued': 'from-before',
    });
    expect(progress.ok).toBe(true);
  });

  it('is not deceived by a gateway that restarts between the write and the return of the worker', async () => {
    const { states, remarks } = await virtualDrill([...drillAt(2), { at: '5m', do: 'gateway restarts' }]);
    expect(states).toMatchObject({
      'pending-raised': 'seen',
      'push-seen': 'missing',
      'gateway-cleared': 'unreached',
    });
    expect(remarks.map(({ text }) => text).join('\n')).toContain('pushes have stopped');
  });

  it('sees a gauge that is written anew by a gateway that restarted before the drill', async () => {
    // The series was 1 and is gone with the process; the next write makes it 1 again.
    const { states } = await virtualDrill(
      [
        { at: '0s', do: 'jobs fail', relays: [0], for: '12m' },
        ...drillAt(0),
        { at: '9m', do: 'gateway restarts' },
        ...drillAt(14),
      ],
      { start: '12m' },
    );
    expect(states['not-pending']).toBe('seen');
    expect(states['pending-raised']).toBe('seen');
  });

  it("believes a push of the whole gateway only with the worker's file while other relays are pending", async () => {
    const busy: Action[] = [{ at: '0s', do: 'jobs fail', relays: [1] }];
    const others: Action[] = [
      { at: '1m', do: 'worker goes offline', workers: [1], for: '1m30s' },
      { at: '2m', do: 'lease is requested', relays: [1] },
      { at: '2m10s', do: 'writes arrive', through: 'drive', perMinute: 10, for: '20s', relays: [1] },
    ];
    const own = drillAt(3).map((action) =>
      'do' in action && action.do === 'worker goes offline' ? { ...action, workers: [0] } : action,
    ) as Action[];
    const setup = { relays: 2, workers: [[0], [1]] };
    const away = own.map((action) =>
      action.do === 'worker goes offline' ? { ...action, for: '20m' } : action,
    ) as Action[];
    const early = await virtualDrill([...busy, ...others, ...away], { setup, othersPending: 1 });
    const push = early.progress.reactions.find(({ reaction }) => reaction.id === 'push-seen');
    expect(push?.evidence?.time ?? Infinity).toBeGreaterThan(1_700_000_000 + 23 * 60);
    const deceived = await virtualDrill([...busy, ...others, ...away], { setup, othersPending: 0 });
    const wrong = deceived.progress.reactions.find(({ reaction }) => reaction.id === 'push-seen');
    expect(wrong?.evidence?.time ?? Infinity).toBeLessThan(1_700_000_000 + 23 * 60);
  });

  it('takes a peer that leaves after the write for no evidence that the worker was away', async () => {
    // The relay's worker went away before the drill; that of another relay goes during it.
    const leaving = (minute: number): Action[] => [
      { at: '1m', do: 'worker goes offline', workers: [0], for: '15m' },
      { at: '5m', do: 'lease is requested', relays: [0] },
      { at: '7m', do: 'a write arrives', through: 'drive', relays: [0] },
      { at: `${minute}m`, do: 'worker goes offline', workers: [1], for: '2m' },
    ];
    const options = { start: '4m', setup: { relays: 2, workers: [[0], [1]] } };
    const after = await virtualDrill(leaving(9), options);
    expect(after.states).toEqual({ ...EVERYTHING, 'worker-away': 'no-hint' });
    // Before the write any peer may be the relay's worker.
    const before = await virtualDrill(leaving(6), options);
    expect(before.states).toEqual(EVERYTHING);
  });

  it('sees the clearing by one of several gateways', async () => {
    const { states } = await virtualDrill(drillAt(2), { setup: { gateways: 2 } });
    expect(states).toEqual(EVERYTHING);
  });

  it('counts no failure where no exporter is a target', async () => {
    const { states, progress } = await virtualDrill(
      [...drillAt(2), { at: '0s', do: 'exporter leaves service discovery' }],
      { exporterConfigured: false },
    );
    expect(states).toEqual({
      ...EVERYTHING,
      'worker-queue': 'not-served',
      'worker-cleared': 'not-served',
      rotation: 'not-served',
    });
    expect(progress.ok).toBe(true);
  });

  it('sees everything of a worker whose host was off, exporter included', async () => {
    const { states } = await virtualDrill(
      drillAt(2).map((action) =>
        action.do === 'worker goes offline' ? { ...action, how: 'asleep' } : action,
      ) as Action[],
    );
    expect(states).toEqual(EVERYTHING);
  });
});
