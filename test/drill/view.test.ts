import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import type { ReactionResult, ReactionState } from '../../src/drill/progress.js';
import { REACTIONS, type ReactionId } from '../../src/drill/reaction.js';
import { reactions } from '../../src/drill/reactions.js';
import { stepsAhead } from '../../src/drill/steps.js';
import { asJson, checklist, type Drill, ProgressLog, verdict } from '../../src/drill/view.js';

/** 12:00:00 UTC. */
const NOON = 1_699_963_200;
const RELAY = 'ab'.repeat(32);
const SHORT = 'ababababab…';

type Result = Omit<Partial<ReactionResult>, 'reaction'>;

/** A drill that began at noon and has lasted for ten minutes. What is not given is waiting. */
function drillOf(results: Partial<Record<ReactionId, Result>>, changed: Partial<Drill> = {}): Drill {
  const all = REACTIONS.map((id): ReactionResult => {
    const reaction = reactions.find((one) => one.id === id) as ReactionResult['reaction'];
    return { reaction, state: 'waiting', ...results[id] };
  });
  const progress = { reactions: all, over: false, ok: true };
  return { relay: RELAY, start: NOON, now: NOON + 600, progress, remarks: [], ...changed };
}

const seen = (minute: number, by: string, dueSince?: number): Result => ({
  state: 'seen',
  evidence: { time: NOON + 60 * minute, by },
  ...(dueSince === undefined ? {} : { dueSince: NOON + dueSince, deadline: NOON + dueSince + 120 }),
});
const all = (state: ReactionState): Partial<Record<ReactionId, Result>> =>
  Object.fromEntries(REACTIONS.map((id) => [id, { state }]));

/** One reaction in each state. */
const MIXED = drillOf(
  {
    'not-pending': seen(0, 'a is 0'),
    'worker-away': { state: 'no-hint', why: 'only a hint', dueSince: NOON, deadline: NOON + 600 },
    'lease-requested': { state: 'from-before', why: 'a lease from before' },
    'lease-issued': { ...seen(5, `b{relay="${RELAY}"} 0 -> 1`, 90), state: 'late' },
    'pending-raised': seen(6, 'c 0 -> 1', 400),
    'push-seen': { state: 'missing', dueSince: NOON + 300, deadline: NOON + 480 },
    'push-acknowledged': { state: 'not-served', why: 'not exposed' },
    'worker-queue': { state: 'unreached' },
    resync: { state: 'watching', dueSince: NOON + 500, deadline: NOON + 1400 },
    'gateway-cleared': { state: 'watching' },
  },
  {
    remarks: [
      { time: NOON + 61, text: `gateway a restarted while ${RELAY} was pending.` },
      { time: NOON + 122, text: 'b is scraped again.' },
    ],
  },
);

const bundle = buildBundle(parseConfig({}), definitions());

describe('the checklist', () => {
  it('shows each state with its mark, its time and its evidence, and what to do next', () => {
    expect(checklist(MIXED, { colours: false, width: 100 }, 60)).toEqual([
      `Offline drill of relay ${SHORT}, 10m 00s`,
      '',
      'Next: Watch the resync (runbooks/gateway.md#watch-resync)',
      '  Bring the worker back (start-gateway) and monitor its resync: the gateway-pending-writes event',
      '  stream, pending-writes-state.json, and the log for "[PendingWrites] Job failed" or',
      '  "[PendingWrites] Job complete".',
      'Then: Find out why a rotation failed (runbooks/gateway.md#fix-rotation)',
      '  Watch the worker log for "[PublicGateway] Gateway writer rotation failed" or "Escrow deposit',
      '  request failed". The worker rotates automatically after a resync; if it did not, restart it,',
      '  because it rotates all its relays when it starts.',
      '',
      '[x] The relay is not pending before the drill      12:00:00: a is 0',
      '[/] A worker went offline                          only a hint',
      '[/] Escrow lease requested                         a lease from before',
      `[!] Escrow lease issued                            12:05:00 after 3m 30s, LATE (allowed 2m 00s): b{…`,
      '[x] Pending writes raised on the gateway           12:06:00 after 0s: c 0 -> 1',
      '[!] Push delivered to a worker                     NOT SEEN within 3m 00s',
      '[/] First acknowledgement recorded                 not exposed',
      "[-] In the worker's queue                          NOT SEEN: an earlier reaction is missing",
      '[.] Resync reported by the worker, lease released  watching, 13m 20s left',
      '[.] Cleared on the gateway                         watching',
      '[ ] Cleared or completed on the worker             ',
      '[ ] Escrow deposit rotated                         ',
      '[ ] Lease expiry 0 or a new term                   ',
      '',
      `12:01:01  gateway a restarted while ${SHORT} was pending.`,
      '12:02:02  b is scraped again.',
    ]);
  });

  it('shortens the key of the relay, and lines that are too long', () => {
    const wide = checklist(MIXED, { colours: false, width: 300 }, 60);
    expect(wide).toContain(
      `[!] Escrow lease issued                            12:05:00 after 3m 30s, LATE (allowed 2m 00s): b{relay="${SHORT}"} 0 -> 1`,
    );
    const narrow = checklist(MIXED, { colours: false, width: 30 }, 80);
    expect(narrow).toContain('[!] Push delivered to a worker                     NOT SEEN within 3m …');
    expect(narrow).toContain('12:01:01  gateway a restarted…');
    expect(narrow).toContain('12:02:02  b is scraped again.');
  });

  it('has room for as many remarks as the terminal has lines, the newest last', () => {
    const style = { colours: false, width: 100 };
    const whole = checklist(MIXED, style, 60);
    expect(checklist(MIXED, style, whole.length)).toEqual(whole.toSpliced(-2, 1));
    for (const height of [24, 25, 26]) expect(checklist(MIXED, style, height)).toEqual(whole.slice(0, 24));
    expect(checklist(MIXED, style, 10)).toEqual(whole.slice(0, 10));
  });

  it('has no step left when everything has reacted', () => {
    const lines = checklist(drillOf(all('seen')), { colours: false, width: 100 }, 60);
    expect(lines.slice(0, 4)).toEqual([
      `Offline drill of relay ${SHORT}, 10m 00s`,
      '',
      '',
      '[x] The relay is not pending before the drill      00:00:00: ',
    ]);
    expect(lines).toHaveLength(16);
  });

  it('marks what failed in red, what came in green, what is watched in cyan', () => {
    const lines = checklist(MIXED, { colours: true, width: 300 }, 60).map((line) =>
      line.replaceAll('\u001B', '<'),
    );
    expect(lines.filter((line) => /^<\[\d+m\[/.test(line)).map((line) => line.slice(0, 8))).toEqual([
      ...['<[32m[x]', '<[90m[/]', '<[90m[/]', '<[31m[!]', '<[32m[x]', '<[31m[!]', '<[90m[/]', '<[31m[-]'],
      ...['<[36m[.]', '<[36m[.]', '<[90m[ ]', '<[90m[ ]', '<[90m[ ]'],
    ]);
    expect(lines[0]).toBe(`<[1mOffline drill of relay ${SHORT}<[22m, 10m 00s`);
    expect(lines[2]).toBe('<[1mNext: Watch the resync (runbooks/gateway.md#watch-resync)<[22m');
  });
});

describe('the steps ahead', () => {
  const next = (results: Partial<Record<ReactionId, Result>>) =>
    stepsAhead(drillOf(results).progress.reactions).map(({ from }) => from.match(/#([\w-]+)/)?.[1]);
  it.each<[string, Partial<Record<ReactionId, Result>>, readonly string[]]>([
    [
      'begin with a look at the relay',
      {},
      [
        'confirm-state',
        'stop-worker',
        'request-lease',
        'upload-file',
        'watch-resync',
        'fix-rotation',
        'confirm-clear',
      ],
    ],
    [
      'skip what a later one shows',
      { 'not-pending': seen(0, ''), 'pending-raised': seen(1, '') },
      ['watch-resync', 'fix-rotation', 'confirm-clear'],
    ],
    [
      'go on when the worker is away',
      { 'not-pending': seen(0, ''), 'worker-away': seen(1, '') },
      ['request-lease', 'upload-file', 'watch-resync', 'fix-rotation', 'confirm-clear'],
    ],
    [
      'go on when the lease is requested',
      { 'not-pending': seen(0, ''), 'lease-requested': { state: 'missing' } },
      ['upload-file', 'watch-resync', 'fix-rotation', 'confirm-clear'],
    ],
    [
      'do not go on while something is watched',
      { ...all('seen'), rotation: { state: 'watching' } },
      ['fix-rotation', 'confirm-clear'],
    ],
    ['end with the lease', { ...all('unreached'), 'expiry-reset': { state: 'waiting' } }, ['confirm-clear']],
    ['are none at the end', all('missing'), []],
  ])('%s', (_, results, steps) => {
    expect(next(results)).toEqual(steps);
  });
});

describe('the log', () => {
  it('has each state, remark and step once, with the whole key of the relay', () => {
    const log = new ProgressLog();
    const first = drillOf({ 'not-pending': seen(0, 'a is 0') });
    expect(log.newLines(first)).toEqual([
      '[x] The relay is not pending before the drill: 12:00:00: a is 0',
      expect.stringMatching(
        /^--> Take the worker offline \(runbooks\/gateway\.md#stop-worker\): Temporarily disable the worker/,
      ),
    ]);
    expect(log.newLines({ ...first, now: NOON + 660 })).toEqual([]);
    expect(log.newLines(MIXED)).toEqual([
      '[/] A worker went offline: only a hint',
      '[/] Escrow lease requested: a lease from before',
      `[!] Escrow lease issued: 12:05:00 after 3m 30s, LATE (allowed 2m 00s): b{relay="${RELAY}"} 0 -> 1`,
      '[x] Pending writes raised on the gateway: 12:06:00 after 0s: c 0 -> 1',
      '[!] Push delivered to a worker: NOT SEEN within 3m 00s',
      '[/] First acknowledgement recorded: not exposed',
      "[-] In the worker's queue: NOT SEEN: an earlier reaction is missing",
      `    12:01:01 gateway a restarted while ${RELAY} was pending.`,
      '    12:02:02 b is scraped again.',
      expect.stringMatching(
        /^--> Watch the resync \(runbooks\/gateway\.md#watch-resync\): Bring the worker back/,
      ),
    ]);
    const changed = drillOf({ 'not-pending': { state: 'missing', dueSince: NOON, deadline: NOON + 60 } });
    expect(log.newLines(changed)[0]).toBe(
      '[!] The relay is not pending before the drill: NOT SEEN within 1m 00s',
    );
    expect(new ProgressLog().newLines(drillOf({}))[0]).toContain(`gateway_pending_writes{relay="${RELAY}"}`);
    expect(new ProgressLog().newLines(drillOf(all('seen'))).at(-1)).toMatch(/^\[x\] Lease expiry/);
  });
});

describe('the verdict', () => {
  const PUSH = [
    '[!] Push delivered to a worker: NOT SEEN within 3m 00s',
    expect.stringMatching(
      /^ {4}check: whether the worker is connected, .*runbooks\/gateway\.md#watch-resync/,
    ),
    '    runbook: runbooks/GatewayPendingWritesNotPushed.md',
    '    panel:   Gateway: overview / Pending time by relay',
  ];
  it('names what failed and where to look, and what was not tested', () => {
    expect(verdict(bundle, MIXED).split('\n')).toEqual([
      expect.stringMatching(/^\[!\] Escrow lease issued: 12:05:00 after 3m 30s, LATE/),
      expect.stringMatching(/^ {4}check: whether the request was for this relay/),
      '    runbook: runbooks/GatewayEscrowUnlocksFailing.md',
      '    panel:   Gateway: overview / Rejected writes and lease requests',
      ...PUSH,
      "[-] In the worker's queue: NOT SEEN: an earlier reaction is missing",
      'Reactions are MISSING: 2 of 13 reactions seen in 10m 00s, 3 not tested or not exposed here.',
    ]);
    expect(verdict(bundle, MIXED, true).split('\n').at(-2)).toBe(
      'interrupted before the end: Resync reported by the worker, lease released; Cleared on the gateway; Cleared or completed on the worker; Escrow deposit rotated; Lease expiry 0 or a new term',
    );
  });

  it('says that all is well only at the end', () => {
    const done = 'All observable reactions happened: 13 of 13 reactions seen in 10m 00s.';
    expect(verdict(bundle, drillOf(all('seen')))).toBe(done);
    expect(verdict(bundle, drillOf(all('seen')), true)).toBe(done);
    expect(verdict(bundle, drillOf({ ...all('seen'), rotation: { state: 'watching' } }))).toBe(
      'Reactions are MISSING: 12 of 13 reactions seen in 10m 00s.',
    );
    expect(
      verdict(bundle, drillOf({ ...all('seen'), rotation: { state: 'unreached' } })).split('\n'),
    ).toEqual([
      '[-] Escrow deposit rotated: NOT SEEN: an earlier reaction is missing',
      'Reactions are MISSING: 12 of 13 reactions seen in 10m 00s.',
    ]);
    expect(verdict(bundle, drillOf({ ...all('seen'), rotation: { state: 'not-served' } }))).toBe(
      'All observable reactions happened: 12 of 13 reactions seen in 10m 00s, 1 not tested or not exposed here.',
    );
  });

  it('names the panel of the right dashboard', () => {
    const others = { ...bundle, dashboards: bundle.dashboards.toReversed() };
    expect(verdict(others, MIXED)).toBe(verdict(bundle, MIXED));
  });

  it('names the page alone where the site has no such alert', () => {
    const without = { ...bundle, alertGroups: [] };
    expect(verdict(without, MIXED).split('\n').slice(3, 6)).toEqual([...PUSH.slice(0, 3)]);
  });
});

describe('the drill for machines', () => {
  it('has times as RFC 3339 and lengths as seconds', () => {
    const drill = { ...MIXED, progress: { ...MIXED.progress, over: true } };
    const json = asJson(bundle, drill) as { reactions: readonly object[] };
    expect(json).toMatchObject({
      relay: RELAY,
      ok: true,
      interrupted: false,
      start: '2023-11-14T12:00:00.000Z',
      end: '2023-11-14T12:10:00.000Z',
      remarks: [
        { at: '2023-11-14T12:01:01.000Z', text: `gateway a restarted while ${RELAY} was pending.` },
        { at: '2023-11-14T12:02:02.000Z', text: 'b is scraped again.' },
      ],
    });
    expect(json.reactions.slice(0, 10)).toEqual([
      {
        id: 'not-pending',
        title: 'The relay is not pending before the drill',
        state: 'seen',
        at: '2023-11-14T12:00:00.000Z',
        by: 'a is 0',
      },
      {
        id: 'worker-away',
        title: 'A worker went offline',
        state: 'no-hint',
        deadline: '2023-11-14T12:10:00.000Z',
        why: 'only a hint',
      },
      {
        id: 'lease-requested',
        title: 'Escrow lease requested',
        state: 'from-before',
        why: 'a lease from before',
      },
      {
        id: 'lease-issued',
        title: 'Escrow lease issued',
        state: 'late',
        at: '2023-11-14T12:05:00.000Z',
        by: `b{relay="${RELAY}"} 0 -> 1`,
        seconds: 210,
        deadline: '2023-11-14T12:03:30.000Z',
        look: {
          advice: expect.stringContaining('whether the request was for this relay'),
          runbook: 'runbooks/GatewayEscrowUnlocksFailing.md',
          panel: 'Gateway: overview / Rejected writes and lease requests',
        },
      },
      {
        id: 'pending-raised',
        title: 'Pending writes raised on the gateway',
        state: 'seen',
        at: '2023-11-14T12:06:00.000Z',
        by: 'c 0 -> 1',
        seconds: 0,
        deadline: '2023-11-14T12:08:40.000Z',
      },
      {
        id: 'push-seen',
        title: 'Push delivered to a worker',
        state: 'missing',
        deadline: '2023-11-14T12:08:00.000Z',
        look: {
          advice: expect.stringContaining('whether the worker is connected'),
          runbook: 'runbooks/GatewayPendingWritesNotPushed.md',
          panel: 'Gateway: overview / Pending time by relay',
        },
      },
      {
        id: 'push-acknowledged',
        title: 'First acknowledgement recorded',
        state: 'not-served',
        why: 'not exposed',
      },
      {
        id: 'worker-queue',
        title: "In the worker's queue",
        state: 'unreached',
        look: expect.objectContaining({ runbook: 'runbooks/WorkerMissedPendingWrites.md' }),
      },
      {
        id: 'resync',
        title: 'Resync reported by the worker, lease released',
        state: 'watching',
        deadline: '2023-11-14T12:23:20.000Z',
      },
      { id: 'gateway-cleared', title: 'Cleared on the gateway', state: 'watching' },
    ]);
  });

  it('is well only when it is over and nothing failed', () => {
    const okOf = (over: boolean, ok: boolean) =>
      asJson(bundle, { ...MIXED, progress: { ...MIXED.progress, over, ok } }, true);
    expect([okOf(false, true), okOf(true, false), okOf(true, true)]).toMatchObject(
      [false, false, true].map((ok) => ({ ok, interrupted: true })),
    );
  });
});
