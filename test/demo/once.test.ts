import { describe, expect, it } from 'vitest';
import type { Bundle } from '../../src/bundle/bundle.js';
import type { Observation } from '../../src/demo/observe.js';
import { EvaluationWatch } from '../../src/demo/once.js';
import type { Stack } from '../../src/demo/stack.js';
import type { RecordedRule, Summary } from '../../src/demo/summary.js';
import { watchLive, watchOnce } from '../../src/demo/watch.js';
import { duration } from '../../src/promql/duration.js';

const BEGIN = 1_800_000_000;
const FULL: RecordedRule[] = [{ record: 'a', samples: 3 }];
const RARE: RecordedRule[] = [...FULL, { record: 'b', samples: 0, emptyWhen: 'nothing is stuck' }];
const MISSING: RecordedRule[] = [...FULL, { record: 'b', samples: 0 }];

/** What is seen of targets in some states, and of groups that were last evaluated so many seconds after the begin. */
const seen = (targets: readonly string[], ...evaluated: readonly number[]) =>
  ({
    targets: targets.map((health) => ({ health })),
    groups: evaluated.map((at) => ({ lastEvaluation: new Date((BEGIN + at) * 1000).toISOString() })),
  }) as unknown as Observation;

/** Which looks are the last ones, each after so many seconds. The interval is 5 s. */
function lastOf(...looks: readonly (readonly [after: number, Observation, readonly RecordedRule[]])[]) {
  const watch = new EvaluationWatch(BEGIN, 5);
  return looks.map(([after, observation, recorded]) => watch.isLast(observation, recorded, BEGIN + after));
}

describe('the evaluation of every rule', () => {
  it('is seen when every group was evaluated an interval after all targets were up', () => {
    const up = ['up', 'up'];
    expect(
      lastOf(
        [9, seen(['up', 'down'], 8), FULL],
        [10, seen(up, 8), FULL],
        [16, seen(up, 15), FULL],
        [17, seen(up, 16, 15), FULL],
        [18, seen(up, 16, 17), FULL],
      ),
    ).toEqual([false, false, false, false, true]);
    // Without a target nothing was scraped.
    expect(lastOf([10, seen([]), FULL], [30, seen([], 29), FULL])).toEqual([false, false]);
    // A target that is down again does not matter.
    expect(lastOf([10, seen(up, 9), FULL], [20, seen(['down'], 19), FULL])).toEqual([false, true]);
  });

  it('goes on for 20 s where rules for rare states have no sample, and until others have one', () => {
    const up = ['up'];
    const looks = (recorded: readonly RecordedRule[], ...times: readonly number[]) =>
      times.map((time) => [time, seen(up, time - 1), recorded] as const);
    expect(lastOf(...looks(RARE, 10, 17, 36, 37))).toEqual([false, false, false, true]);
    expect(lastOf(...looks(RARE, 10, 17), ...looks(FULL, 18))).toEqual([false, false, true]);
    expect(lastOf(...looks(MISSING, 10, 17, 60), ...looks(RARE, 61, 80, 81))).toEqual([
      ...[false, false, false],
      ...[false, false, true],
    ]);
    // What was complete once stays so.
    expect(lastOf(...looks(RARE, 10, 17), ...looks(MISSING, 36, 37))).toEqual([false, false, false, true]);
  });

  it('is given up after 150 s', () => {
    expect(lastOf([150, seen(['down']), MISSING], [150.1, seen(['down']), MISSING])).toEqual([false, true]);
  });

  const summary = (ok: boolean): Summary =>
    ({ ok, seconds: 151, problems: ok ? [] : ['rule A is not healthy: x'] }) as unknown as Summary;

  it('that was not seen is a problem, unless there is another', () => {
    const late = new EvaluationWatch(BEGIN, 5);
    late.isLast(seen(['up'], 0), MISSING, BEGIN + 151);
    expect(late.judged(summary(true))).toEqual({
      ok: false,
      seconds: 151,
      problems: ['rules were not all evaluated twice on scraped data within 150 s'],
    });
    expect(late.judged(summary(false))).toEqual(summary(false));
    const complete = new EvaluationWatch(BEGIN, 5);
    complete.isLast(seen(['up'], 0), FULL, BEGIN + 10);
    complete.isLast(seen(['up'], 16), FULL, BEGIN + 17);
    expect(complete.judged(summary(true))).toEqual(summary(true));
  });
});

describe('watching the stack', () => {
  const bundle = {
    config: { evaluationInterval: duration('5s') },
    recordingGroups: [{ rules: [{ record: 'a', definition: {} }] }],
  } as unknown as Bundle;

  /** A stack whose groups will be evaluated in a minute, and how often it was asked whether it is alive. */
  function stackWith(isAlive: () => boolean = () => true) {
    const asked = { alive: 0 };
    const client = {
      query: async () => [{ labels: {}, value: 2, time: 0 }],
      targets: async () => [{ job: 'j', instance: 'i', health: 'up', lastError: '' }],
      rules: async () => [
        { rules: [{ name: 'R', health: 'ok' }], lastEvaluation: new Date(Date.now() + 60_000).toISOString() },
      ],
    };
    const checkAlive = () => {
      asked.alive += 1;
      if (!isAlive()) throw new Error('the exporter exited unexpectedly');
    };
    return { asked, stack: { prometheus: { client }, checkAlive } as unknown as Stack };
  }
  const never = new AbortController().signal;

  it('ends with a summary once every rule was evaluated', async () => {
    const { asked, stack } = stackWith();
    const summary = await watchOnce(bundle, stack, Date.now() - 90_000, never);
    expect(summary).toMatchObject({
      ok: true,
      problems: [],
      recorded: [{ record: 'a', samples: 2 }],
      rules: { healthy: 1 },
    });
    expect(summary?.seconds).toBeGreaterThanOrEqual(90);
    expect(summary?.seconds).toBeLessThan(600);
    expect(asked.alive).toBe(1);
  });

  it('ends with a problem where a rule is not evaluated in 150 s', async () => {
    const { asked, stack } = stackWith();
    const controller = new AbortController();
    const late = {
      ...stack,
      prometheus: { client: { ...stack.prometheus.client, query: async () => [] } },
      // A second look is one too many.
      checkAlive: () => {
        asked.alive += 1;
        if (asked.alive > 1) controller.abort();
      },
    } as unknown as Stack;
    const summary = await watchOnce(bundle, late, Date.now() - 151_000, controller.signal);
    expect(summary).toMatchObject({ ok: false });
    expect(asked.alive).toBe(1);
  });

  it('ends without one where it is interrupted or a process exits', async () => {
    const interrupted = AbortSignal.abort();
    expect(await watchOnce(bundle, stackWith().stack, Date.now(), interrupted)).toBeUndefined();
    const { stack } = stackWith(() => false);
    await expect(watchOnce(bundle, stack, Date.now(), never)).rejects.toThrow('exited unexpectedly');
    await expect(watchLive(stack, never, () => {})).rejects.toThrow('exited unexpectedly');
  });

  it('shows each look until it is interrupted', async () => {
    const { asked, stack } = stackWith();
    const controller = new AbortController();
    const shown: number[] = [];
    await watchLive(stack, controller.signal, ({ targets }) => {
      shown.push(targets.length);
      controller.abort();
    });
    expect([shown, asked.alive]).toEqual([[1], 1]);
    await watchLive(stack, controller.signal, () => expect.fail('it is interrupted'));
  });
});
