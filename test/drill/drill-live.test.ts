import { afterAll, describe, expect, it } from 'vitest';
import { waitFor } from '../../src/processes/process.js';
import { startPrometheus } from '../../src/processes/prometheus.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { LiveSimulation } from '../../src/simulator/live.js';
import { type Action, defineScenario } from '../../src/simulator/scenario.js';
import { gatewayObservability, type Outcome } from '../cli/command.js';
import { startExporter, stopExporters } from '../exporter/exporter-process.js';
import { EVERYTHING } from './virtual-drill.js';

/** How many seconds of the drill pass in one. */
const SPEED = 6;

afterAll(stopExporters);

/** What an operator does at a drill, beginning a while after the command was started. */
const operator: readonly Action[] = [
  { at: '2m', do: 'worker goes offline', for: '4m' },
  { at: '3m', do: 'lease is requested', relays: [0] },
  { at: '3m30s', do: 'a write arrives', through: 'drive', relays: [0] },
];

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
      seasoned: true,
      actions: [...operator, ...faults],
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
      timeoutMs: 30_000,
    });
    return await gatewayObservability([
      'drill',
      '-p',
      prometheus.url,
      '-r',
      relay,
      '--every',
      '1s',
      ...flags,
    ]);
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
  }, 240_000);

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
    expect(result.stdout).toContain(
      '[-] Cleared on the gateway: NOT SEEN: what comes before it did not happen',
    );
    expect(result.stdout).toContain('NOT all reacted');
  }, 240_000);
});
