import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Bundle } from '../bundle/bundle.js';
import type { Config } from '../config/schema.js';
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

/** A simulated gateway with workers, their exporters and a Prometheus, all running. */
export interface Stack {
  readonly simulation: LiveSimulation;
  readonly prometheus: RunningPrometheus;
  /** Base address of each worker's exporter. */
  readonly exporterUrls: readonly string[];
  readonly gatewayUrls: readonly string[];
  /** Throws when one of the processes has ended by itself. */
  checkAlive(): void;
  /** Ends every process and removes every file. */
  stop(): Promise<void>;
}

/** A job name that the configuration's pattern selects. Throws where none can be found. */
export function jobName(pattern: string, usual: string, key: string): string {
  const matches = (name: string) => /^[\w:./ -]+$/.test(name) && new RegExp(`^(?:${pattern})$`).test(name);
  const name = [usual, pattern, pattern.replace(/\.[*+]/g, 'x')].find(matches);
  if (name === undefined) {
    throw new Error(
      `${key}: found ${JSON.stringify(pattern)}, for which no job name could be made up; expected a name, or a pattern that ${JSON.stringify(usual)} matches`,
    );
  }
  return name;
}

/** Program and arguments that run the exporter: from source in a checkout, compiled where that is what there is. */
function exporterCommand(): string[] {
  const compiled = join(packageRoot, 'dist', 'src', 'exporter', 'main.js');
  const source = join(packageRoot, 'src', 'exporter', 'main.ts');
  return !isInstalledPackage && existsSync(source) ? ['--import', 'tsx', source] : [compiled];
}

export interface StackOptions {
  readonly bundle: Bundle;
  readonly scenario: Scenario;
  /** Seconds of the scenario that lie behind at the start. */
  readonly alreadyPassed: number;
  /** Told what is being started. */
  readonly say: (what: string) => void;
}

/** Starts everything. What was started is stopped again when something fails. */
export async function startStack({ bundle, scenario, alreadyPassed, say }: StackOptions): Promise<Stack> {
  const { config } = bundle;
  const files = temporaryFolder('gateway-observability-start');
  const processes: ManagedProcess[] = [];
  let simulation: LiveSimulation | undefined;
  let prometheus: RunningPrometheus | undefined;
  const stop = async () => {
    await Promise.all([prometheus?.stop(), simulation?.stop(), ...processes.map((child) => child.stop())]);
    files.remove();
  };
  try {
    const rules = join(files.path, 'rules');
    writeFiles(rules, renderPrometheusRules(bundle));
    say('starting the simulated gateway and workers');
    simulation = await LiveSimulation.start(scenario, { folder: join(files.path, 'state'), alreadyPassed });

    say(`starting ${simulation.stateFiles.length} exporters`);
    const exporters = await Promise.all(
      simulation.stateFiles.map((stateFile, i) =>
        onFreePort(async (port) => {
          const address = `127.0.0.1:${port}`;
          const child = await ManagedProcess.start({
            name: `exporter of worker ${i + 1}`,
            command: process.execPath,
            args: [...exporterCommand(), '--state-file', stateFile, '--web.listen-address', address],
            cwd: packageRoot,
          });
          processes.push(child);
          await waitFor(async () => (await fetch(`http://${address}/-/ready`)).ok, {
            what: `the exporter of worker ${i + 1} to be ready`,
            timeoutMs: 120_000,
            alive: [child],
          });
          return address;
        }),
      ),
    );

    say('starting Prometheus with the generated rules');
    const labels = Object.fromEntries(config.groupBy.map((name) => [name, 'demo']));
    const interval = durationSeconds(config.scrapeInterval);
    prometheus = await startPrometheus({
      ruleFiles: [join(rules, 'prometheus', '*.yaml')],
      scrapeInterval: interval,
      evaluationInterval: durationSeconds(config.evaluationInterval),
      scrape: [
        {
          job: jobName(config.jobs.gateway, 'gateway', 'jobs.gateway'),
          targets: simulation.gatewayAddresses,
          labels,
        },
        {
          job: jobName(config.jobs.exporter, 'pending-writes-exporter', 'jobs.exporter'),
          targets: exporters,
          labels,
        },
      ],
    });
    const children = [...processes, prometheus.process];
    return {
      simulation,
      prometheus,
      exporterUrls: exporters.map((address) => `http://${address}`),
      gatewayUrls: simulation.gatewayAddresses.map((address) => `http://${address}`),
      checkAlive() {
        for (const child of children) {
          if (child.exit === undefined) continue;
          const how = child.exit.signal ?? `exit code ${child.exit.code}`;
          throw new Error(`${child.name} ended by itself (${how}); its last output:\n${child.logs(15)}`);
        }
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Site settings under which the live parts run: the same, but scraped and evaluated every few seconds. */
export function livelier(config: Config, interval: Config['scrapeInterval']): Config {
  return { ...config, scrapeInterval: interval, evaluationInterval: interval };
}
