import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { type Labels, PrometheusClient } from '../prometheus/client.js';
import { findTool } from './find.js';
import { ManagedProcess, onFreePort, waitFor } from './process.js';
import { type TemporaryFolder, temporaryFolder } from './temporary-folder.js';

/** Targets of one job. */
export interface ScrapeConfig {
  readonly job: string;
  /** `host:port` of each target. */
  readonly targets: readonly string[];
  /** Labels added to every target's series. */
  readonly labels?: Labels;
  /** Instance label where it should not be `host:port`; one for each target, in their order. */
  readonly instances?: readonly string[];
}

export interface PrometheusOptions {
  /** Absolute paths of rule files; may hold globs. */
  readonly ruleFiles?: readonly string[];
  readonly scrape?: readonly ScrapeConfig[];
  /** Seconds; 5 by default. */
  readonly scrapeInterval?: number;
  /** Seconds, for groups without an interval; 5 by default. */
  readonly evaluationInterval?: number;
  /** Folder of the database, with blocks that are there already; a temporary one by default. */
  readonly dataFolder?: string;
  /** Port of 127.0.0.1; a free one by default. */
  readonly port?: number;
  /** Further command line flags. */
  readonly flags?: readonly string[];
  /** `host:port` of Alertmanagers that alerts are sent to. */
  readonly alertmanagers?: readonly string[];
}

/** A running Prometheus of our own. */
export interface RunningPrometheus {
  readonly client: PrometheusClient;
  readonly url: string;
  readonly process: ManagedProcess;
  /** Ends it and removes its temporary files. */
  stop(): Promise<void>;
}

/**
 * Starts a real Prometheus on 127.0.0.1 and waits until it serves queries. Throws `ToolNotFoundError` where there
 * is none, and an error with its last output when it does not start.
 */
export function startPrometheus(options: PrometheusOptions = {}): Promise<RunningPrometheus> {
  const { port } = options;
  return port === undefined ? onFreePort((free) => startOn(free, options)) : startOn(port, options);
}

async function startOn(port: number, options: PrometheusOptions): Promise<RunningPrometheus> {
  const command = await findTool('prometheus');
  const files: TemporaryFolder = temporaryFolder('gateway-observability-prometheus');
  let child: ManagedProcess | undefined;
  const stop = async () => {
    await child?.stop();
    files.remove();
  };
  try {
    const configFile = join(files.path, 'prometheus.yml');
    writeFileSync(configFile, prometheusConfig(options));
    child = await ManagedProcess.start({
      name: 'prometheus',
      command,
      args: [
        `--config.file=${configFile}`,
        `--storage.tsdb.path=${options.dataFolder ?? join(files.path, 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        '--log.level=warn',
        ...(options.flags ?? []),
      ],
    });
    const client = new PrometheusClient(`http://127.0.0.1:${port}`);
    // Whoever holds the port may answer too; only ours was started with this file.
    const isOurs = async () => (await client.flags())['config.file'] === configFile;
    await waitFor(async () => (await client.isReady()) && (await isOurs()), {
      what: `Prometheus on port ${port} to be ready`,
      timeoutMs: 120_000,
      alive: [child],
    });
    return { client, url: client.url, process: child, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The configuration file of a Prometheus, as YAML. */
export function prometheusConfig(options: PrometheusOptions): string {
  const {
    scrapeInterval = 5,
    evaluationInterval = 5,
    ruleFiles = [],
    scrape = [],
    alertmanagers = [],
  } = options;
  return stringify({
    global: {
      scrape_interval: `${scrapeInterval}s`,
      scrape_timeout: `${Math.min(10, scrapeInterval)}s`,
      evaluation_interval: `${evaluationInterval}s`,
    },
    rule_files: ruleFiles,
    ...(alertmanagers.length === 0
      ? {}
      : { alerting: { alertmanagers: [{ static_configs: [{ targets: alertmanagers }] }] } }),
    scrape_configs: scrape.map(({ job, targets, labels = {}, instances }) => ({
      job_name: job,
      static_configs: targets.map((target, i) => ({
        targets: [target],
        labels: { ...labels, ...(instances?.[i] === undefined ? {} : { instance: instances[i] }) },
      })),
    })),
  });
}
