import { afterEach, describe, expect, it } from 'vitest';
import { alertGroups } from '../../alerts/index.js';
import { recordingRuleGroups } from '../../recording-rules/index.js';
import { pendingCount, pendingStart } from '../../recording-rules/pending-writes.js';
import { phase } from '../../recording-rules/phase.js';
import type { Summary } from '../../src/demo/summary.js';
import { ALL_CHILDREN, Running } from './running.js';

let running: Running | undefined;
afterEach(async () => {
  await running?.cleanUp();
});

const recordingRules = recordingRuleGroups.flatMap(({ rules }) => rules);
// Those of the default site, which has no watchdog.
const alertingRules = alertGroups
  .flatMap(({ rules }) => rules)
  .filter(({ onlyWith }) => onlyWith === undefined);

describe('npm start -- --once', () => {
  it('evaluates every rule on scraped data, finds all of them healthy, and leaves nothing behind', async () => {
    running = new Running(['--once', '--json']);
    const { children, ended } = watched(running);
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(running.stderr).toBe('');
    const summary = JSON.parse(running.stdout) as Summary;
    expect(summary.problems).toEqual([]);
    expect(summary.ok).toBe(true);

    expect(summary.targets.map(({ job, up }) => ({ job, up }))).toEqual([
      { job: 'gateway', up: true },
      ...Array.from({ length: 3 }, () => ({ job: 'pending-writes-exporter', up: true })),
    ]);
    expect(summary.rules).toEqual({ healthy: recordingRules.length + alertingRules.length, unhealthy: [] });
    expect(summary.recorded.map(({ record }) => record)).toEqual(recordingRules.map(({ record }) => record));
    for (const { record, samples, emptyWhen } of summary.recorded) {
      // Without samples only where the definition says when that may be.
      if (samples === 0) expect(emptyWhen, record).toMatch(/\w{3}/);
    }
    const samples = new Map(summary.recorded.map((rule) => [rule.record, rule.samples]));
    for (const { record } of [phase, pendingStart])
      expect(samples.get(record), record).toBeGreaterThanOrEqual(3);
    expect(samples.get(pendingCount.record)).toBe(1);
    expect([...samples.values()].filter((count) => count > 0).length).toBeGreaterThan(
      recordingRules.length / 2,
    );

    // They were seen while it ran, so that not seeing them now means something. A process that is just being started has the command line of
    // the one that starts it, so other sets may be seen as well.
    expect(children()).toContainEqual(ALL_CHILDREN.filter((name) => name !== 'alertmanager'));
    expect(running.children()).toEqual([]);
    expect(running.files()).toEqual([]);
  });
});

/** Notes the sets of child processes that are seen until the run ends. */
function watched(run: Running): { children: () => string[][]; ended: Running['ended'] } {
  const seen = new Map<string, string[]>();
  const timer = setInterval(() => {
    const now = run.children();
    seen.set(now.join(), now);
  }, 500);
  const ended = run.ended.finally(() => clearInterval(timer));
  return { children: () => [...seen.values()], ended };
}
