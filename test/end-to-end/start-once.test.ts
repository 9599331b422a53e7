import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { alertGroups } from '../../alerts/index.js';
import { recordingRuleGroups } from '../../recording-rules/index.js';
import { pendingCount, pendingStart } from '../../recording-rules/pending-writes.js';
import { phase } from '../../recording-rules/phase.js';
import type { Summary } from '../../src/demo/summary.js';
import { waitFor } from '../../src/processes/process.js';
import { Running } from './running.js';

let running: Running | undefined;
afterEach(async () => {
  await running?.cleanUp();
});

const recordingRules = recordingRuleGroups.flatMap(({ rules }) => rules);
const alertingRules = alertGroups.flatMap(({ rules }) => rules);
const ALL_CHILDREN = ['exporter', 'exporter', 'exporter', 'prometheus'];

describe('npm start -- --once', () => {
  it('evaluates every rule on scraped data, finds all of them healthy, and leaves nothing behind', async () => {
    running = new Running(['--once', '--json']);
    const { children, ended } = watched(running);
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(running.stderr).toBe('');
    const summary = JSON.parse(running.stdout) as Summary;
    expect(summary.problems).toEqual([]);
    expect(summary.ok).toBe(true);
    expect(summary.seconds).toBeLessThan(180);

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

    // They were seen while it ran, so that not seeing them now means something.
    expect(children()).toEqual(ALL_CHILDREN);
    expect(running.children()).toEqual([]);
    expect(running.files()).toEqual([]);
  }, 240_000);

  it('ends at once, with 1, when it is interrupted before there is a summary', async () => {
    running = new Running(['--once']);
    const current = running;
    await waitFor(() => current.children().includes('prometheus'), { what: 'Prometheus', timeoutMs: 60_000 });
    current.kill('SIGTERM');
    expect(await current.ended).toEqual({ code: 1, signal: null });
    expect(current.stdout).toContain('stopped; no process and no file is left');
    expect(current.children()).toEqual([]);
    expect(current.files()).toEqual([]);
  }, 120_000);
});

describe('npm start', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'tells of phases and alerts in plain lines when piped, and leaves nothing behind after %s',
    async (signal) => {
      running = new Running([]);
      const current = running;
      await waitFor(() => /relay [0-9a-f]{10}…: idle -> worker away/.test(current.stdout), {
        what: 'a phase',
        timeoutMs: 90_000,
      });
      expect(current.children()).toEqual(ALL_CHILDREN);
      expect(current.files().length).toBeGreaterThan(0);
      const [address] = /http:\/\/127\.0\.0\.1:\d+\/metrics/.exec(current.stdout) ?? [];
      expect(await (await fetch(address as string)).text()).toContain('# TYPE gateway_pending_writes gauge');
      // biome-ignore lint/suspicious/noControlCharactersInRegex: exactly these must not be there
      expect(current.stdout).not.toMatch(/\x1b/);
      current.kill(signal);
      expect(await current.ended).toEqual({ code: 0, signal: null });
      expect(current.stderr).toBe('');
      expect(current.children()).toEqual([]);
      expect(current.files()).toEqual([]);
    },
    120_000,
  );

  it('says which tool is missing and how to install it, and ends with 2', async () => {
    const empty = mkdtempSync(join(tmpdir(), 'no-tools-'));
    try {
      running = new Running(['--once'], {
        PATH: empty,
        GATEWAY_OBSERVABILITY_TOOLS: empty,
        GATEWAY_OBSERVABILITY_BINARIES: '',
      });
      expect(await running.ended).toEqual({ code: 2, signal: null });
      expect(running.stderr).toContain('prometheus (2.42.0 or newer) was not found');
      expect(running.stderr).toContain('sudo apt-get install prometheus');
      expect(running.children()).toEqual([]);
      expect(running.files()).toEqual([]);
    } finally {
      rmSync(empty, { recursive: true });
    }
  }, 120_000);

  it("uses a site's configuration: its jobs, labels and thresholds", async () => {
    const folder = mkdtempSync(join(tmpdir(), 'site-'));
    const file = join(folder, 'site.yaml');
    writeFileSync(file, 'jobs: { gateway: "public-gateway.*", exporter: workers }\ngroupBy: [cluster]\n');
    try {
      running = new Running(['--once', '--json', '--config', file]);
      expect(await running.ended).toEqual({ code: 0, signal: null });
      const { targets, problems } = JSON.parse(running.stdout) as Summary;
      expect(problems).toEqual([]);
      expect(targets.map(({ job }) => job)).toEqual(['public-gatewayx', 'workers', 'workers', 'workers']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }, 240_000);

  it('refuses a configuration with a mistake before it starts anything, and ends with 2', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'site-'));
    const file = join(folder, 'site.yaml');
    writeFileSync(file, 'scrapeIntervall: 5s\n');
    try {
      running = new Running(['--config', file]);
      expect(await running.ended).toEqual({ code: 2, signal: null });
      expect(running.stderr).toContain('scrapeIntervall: unknown key, did you mean "scrapeInterval"?');
      expect(running.stdout).toBe('');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

/** Notes the greatest set of child processes that is seen until the run ends. */
function watched(run: Running): { children: () => string[]; ended: Running['ended'] } {
  let most: string[] = [];
  const timer = setInterval(() => {
    const now = run.children();
    if (now.length > most.length) most = now;
  }, 500);
  const ended = run.ended.finally(() => clearInterval(timer));
  return { children: () => most, ended };
}
