import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle } from '../bundle/bundle.js';
import { packageRoot } from '../package/root.js';
import { isInstalledPackage } from '../processes/cache-folder.js';
import { ManagedProcess, onFreePort, waitFor } from '../processes/process.js';
import { type RunningPrometheus, startPrometheus } from '../processes/prometheus.js';
import { temporaryFolder } from '../processes/temporary-folder.js';
import { durationSeconds } from '../promql/duration.js';
import { renderPrometheusRules } from '../renderers/prometheus/rules.js';
import { writeFiles } from '../renderers/write.js';
import { LiveSimulation } from '../simulator/live.js';
import type { Scenario } from '../simulator/scenario.js';
import { scrapeConfigs } from './jobs.js';

/** A simulated gateway with workers, their exporters and a Prometheus, all running. */
export interface Stack {
  readonly simulation: LiveSimulation;
  readonly prometheus: RunningPrometheus;
  /** Base address of each worker's exporter. */
  readonly exporterUrls: readonly string[];
  readonly gatewayUrls: readonly string[];
  /** Throws when one of the processes exited unexpectedly. */
  checkAlive(): void;
  /** Ends every process and removes every file. */
  stop(): Promise<void>;
}

/** Program and arguments that run the exporter: from source in a checkout, the built file in an installed package. */
function exporterCommand(): string[] {
  const built = join(packageRoot, 'dist', 'pending-writes-exporter.cjs');
  const source = join(packageRoot, 'src', 'exporter', 'main.ts');
  return !isInstalledPackage && existsSync(source) ? ['--import', 'tsx', source] : [built];
}

export interface StackOptions {
  readonly bundle: Bundle;
  readonly scenario: Scenario;
  /** Seconds of the scenario that lie behind at the start. */
  readonly alreadyPassed: number;
  /** Address of an Alertmanager that alerts are sent to. */
  readonly alertmanager?: string;
  /** Called with what is being started. */
  readonly onProgress: (what: string) => void;
}

/** Starts everything. What was started is stopped again when something fails. */
export async function startStack(options: StackOptions): Promise<Stack> {
  const { bundle, scenario, alreadyPassed, onProgress } = options;
  const files = temporaryFolder('gateway-observability-start');
  const exporters = new Set<ManagedProcess>();
  let simulation: LiveSimulation | undefined;
  let prometheus: RunningPrometheus | undefined;
  const stop = async () => {
    const stopping = [prometheus?.stop(), simulation?.stop(), ...[...exporters].map((child) => child.stop())];
    await Promise.all(stopping);
    files.remove();
  };
  try {
    const rules = join(files.path, 'rules');
    writeFiles(rules, renderPrometheusRules(bundle));
    onProgress('starting the simulated gateway and workers');
    simulation = await LiveSimulation.start(scenario, { folder: join(files.path, 'state'), alreadyPassed });
    onProgress(`starting ${simulation.stateFiles.length} exporters`);
    const addresses = await Promise.all(
      simulation.stateFiles.map((stateFile, i) =>
        onFreePort((port) => startExporter(port, stateFile, `exporter of worker ${i + 1}`, exporters)),
      ),
    );
    onProgress('starting Prometheus with the generated rules');
    prometheus = await startPrometheus({
      ruleFiles: [join(rules, 'prometheus', '*.yaml')],
      scrapeInterval: durationSeconds(bundle.config.scrapeInterval),
      evaluationInterval: durationSeconds(bundle.config.evaluationInterval),
      scrape: scrapeConfigs(bundle.config, simulation.gatewayAddresses, addresses),
      ...(options.alertmanager === undefined ? {} : { alertmanagers: [new URL(options.alertmanager).host] }),
    });
    const children = [...exporters, prometheus.process];
    return {
      simulation,
      prometheus,
      exporterUrls: addresses.map((address) => `http://${address}`),
      gatewayUrls: simulation.gatewayAddresses.map((address) => `http://${address}`),
      checkAlive: () => checkAlive(children),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Starts an exporter on a port of 127.0.0.1 and waits until it is ready. Returns its address.
 *
 * @param running has the exporter while it runs; one that does not become ready is stopped and leaves it
 */
export async function startExporter(
  port: number,
  stateFile: string,
  name: string,
  running: Set<ManagedProcess>,
): Promise<string> {
  const address = `127.0.0.1:${port}`;
  const child = await ManagedProcess.start({
    name,
    command: process.execPath,
    args: [...exporterCommand(), '--state-file', stateFile, '--web.listen-address', address],
    cwd: packageRoot,
  });
  running.add(child);
  try {
    // Where the port was taken, another program may answer, or keep the connection without an answer.
    await waitFor(async () => (await isReady(address)) && child.exit === undefined, {
      what: `the ${name} to be ready`,
      timeoutMs: 120_000,
      alive: [child],
    });
  } catch (error) {
    await child.stop();
    running.delete(child);
    throw error;
  }
  return address;
}

const isReady = async (address: string) =>
  (await fetch(`http://${address}/-/ready`, { signal: AbortSignal.timeout(5_000) })).ok;

function checkAlive(children: readonly ManagedProcess[]): void {
  for (const child of children) {
    if (child.exit === undefined) continue;
    const how = child.exit.signal ?? `exit code ${child.exit.code}`;
    throw new Error(`${child.name} exited unexpectedly (${how}); its last output:\n${child.logs(15)}`);
  }
}
