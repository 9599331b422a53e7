import { afterAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../src/processes/process.js';
import { type RunningPrometheus, startPrometheus } from '../../src/processes/prometheus.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { perform } from '../../src/simulator/actions/index.js';
import { LiveSimulation } from '../../src/simulator/live.js';
import { type Action, defineScenario } from '../../src/simulator/scenario.js';
import { gatewayObservability, root } from '../cli/command.js';
import { startExporter, stopExporters } from '../exporter/exporter-process.js';
import type { Outcome } from '../outcome.js';
import { PATIENCE_MS } from '../patience.js';
import { EVERYTHING } from './virtual-drill.js';

/** How many seconds of the drill pass in one. */
const SPEED = 6;

afterAll(stopExporters);

/** What an operator does at a drill, after waiting for that many seconds of data. */
const operator: readonly (readonly [wait: number, action: Action])[] = [
  [5, { at: '0s', do: 'worker goes offline' }],
  [10, { at: '0s', do: 'lease is requested', relays: [0] }],
  [5, { at: '0s', do: 'a write arrives', through: 'drive', relays: [0] }],
  [25, { at: '0s', do: 'worker comes back' }],
];

/** Waits until the last scrapes of both targets are that many seconds younger: a busy machine scrapes late. */
async function untilScraped({ client }: RunningPrometheus, seconds: number): Promise<void> {
  const last = async () => (await client.query('min(timestamp(up))'))[0]?.value ?? 0;
  const begin = await last();
  await waitFor(async () => (await last()) >= begin + seconds, {
    what: `${seconds} seconds of scrapes`,
    timeoutMs: seconds * 1000 + PATIENCE_MS,
  });
}

/** How many queries a Prometheus has answered. */
async function queriesAnswered({ url }: RunningPrometheus): Promise<number> {
  const page = await (await fetch(`${url}/metrics`)).text();
  const counts = page.matchAll(/^prometheus_http_requests_total\{.*handler="\/api\/v1\/query".*\} (\d+)$/gm);
  return [...counts].reduce((sum, [, count]) => sum + Number(count), 0);
}

/** Plays a drill under a real Prometheus with the real exporter, and accompanies it with the command. */
async function drilled(faults: readonly Action[], flags: readonly string[]): Promise<Outcome> {
  const endings: (() => unknown)[] = [];
  try {
    const folder = temporaryFolder('drill');
    endings.push(() => folder.remove());
    const scenario = defineScenario({
      name: 'an offline drill',
      description: '',
      duration: '1h',
      relays: 2,
      seededCounters: true,
      actions: faults,
      expect: [],
    });
    const live = await LiveSimulation.start(scenario, { folder: folder.path, speed: SPEED });
    endings.push(() => live.stop());
    const exporter = await startExporter(['--state-file', live.stateFiles[0] as string]);
    endings.push(() => exporter.stop());
    const prometheus = await startPrometheus({
      scrapeInterval: 1,
      evaluationInterval: 1,
      scrape: [
        { job: 'gateway', targets: live.gatewayAddresses },
        { job: 'pending-writes-exporter', targets: [exporter.url.replace('http://', '')] },
      ],
    });
    endings.push(() => prometheus.stop());
    const relay = live.world.relays[0]?.key as string;
    await waitFor(async () => (await prometheus.client.query('up == 1')).length === 2, {
      what: 'both targets to be scraped',
      timeoutMs: PATIENCE_MS,
    });
    const before = await queriesAnswered(prometheus);
    const ending = new AbortController();
    const args = ['drill', '-p', prometheus.url, '-r', relay, '--every', '1s', ...flags];
    const drill = gatewayObservability(args, root, ending.signal);
    endings.push(async () => {
      ending.abort();
      await drill.catch(() => {});
    });
    // The operator begins when the command looks.
    await waitFor(async () => (await queriesAnswered(prometheus)) >= before + 3, {
      what: 'the drill to begin',
      timeoutMs: PATIENCE_MS,
    });
    for (const [wait, action] of operator) {
      await untilScraped(prometheus, wait);
      perform(live.world, action);
    }
    return await drill;
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

interface Report {
  readonly ok: boolean;
  readonly reactions: readonly { id: string; state: string; look?: { runbook: string; panel?: string } }[];
}

const states = ({ stdout }: Outcome) =>
  Object.fromEntries((JSON.parse(stdout) as Report).reactions.map(({ id, state }) => [id, state]));

describe('a drill under a real Prometheus', () => {
  it.concurrent('sees every reaction of a drill that goes well', async () => {
    const result = await drilled([], ['--json', '--timeout', 'all=90s']);
    expect(result.stderr).toBe('');
    expect(states(result)).toEqual(EVERYTHING);
    expect(result.code).toBe(0);
  });

  it.concurrent('names what did not react when the worker never ingests', async () => {
    const result = await drilled(
      [{ at: '0s', do: 'jobs fail', relays: [0] }],
      ['--timeout', 'all=70s', '--timeout', 'push-acknowledged=10s', '--timeout', 'resync=15s'],
    );
    expect(result.stderr).toBe('');
    expect(result.code).toBe(1);
    expect(result.stdout).toContain('[x] Push delivered to a worker');
    expect(result.stdout).toContain("[x] In the worker's queue");
    expect(result.stdout).toContain('[!] Resync reported by the worker, lease released: NOT SEEN within 15s');
    expect(result.stdout).toMatch(/runbook: .*GatewayPendingWritesStuck\.md/);
    expect(result.stdout).toContain('[-] Cleared on the gateway: NOT SEEN: an earlier reaction is missing');
    expect(result.stdout).toContain('Reactions are MISSING');
  });
});
