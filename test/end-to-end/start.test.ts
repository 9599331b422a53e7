import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Summary } from '../../src/demo/summary.js';
import { waitFor } from '../../src/processes/process.js';
import { PATIENCE_MS } from '../patience.js';
import { ALL_CHILDREN, Running } from './running.js';

let running: Running | undefined;
afterEach(async () => {
  await running?.cleanUp();
});

describe('npm start -- --once', () => {
  it('ends at once, with 1, when it is interrupted before there is a summary', async () => {
    running = new Running(['--once']);
    const current = running;
    await waitFor(() => current.children().includes('prometheus'), {
      what: 'Prometheus',
      timeoutMs: PATIENCE_MS,
    });
    current.kill('SIGTERM');
    expect(await current.ended).toEqual({ code: 1, signal: null });
    expect(current.stdout).toContain('stopped; all processes ended and temporary files removed');
    expect(current.children()).toEqual([]);
    expect(current.files()).toEqual([]);
  });
});

describe('npm start', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'tells of phases and alerts in plain lines when piped, and leaves nothing behind after %s',
    async (signal) => {
      running = new Running([]);
      const current = running;
      await waitFor(() => /relay [0-9a-f]{10}…: idle -> worker away/.test(current.stdout), {
        what: 'a phase',
        timeoutMs: PATIENCE_MS,
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
  });

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
  });

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
