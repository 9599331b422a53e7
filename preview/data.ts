import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { runScenario } from '../src/simulator/run.js';
import { type Scenario, seconds } from '../src/simulator/scenario.js';
import { openMetricsOf } from '../src/simulator/series.js';
import { findTool } from '../src/tools/find.js';
import { type RunningPrometheus, startPrometheus } from '../src/tools/prometheus.js';
import { temporaryFolder } from '../src/tools/temporary-folder.js';

const run = promisify(execFile);

/** Starts a real Prometheus that knows a scenario from its begin to its end at `endMs`. */
export async function prometheusWith(
  scenario: Scenario,
  endMs: number,
  scrapeIntervalSeconds: number,
): Promise<RunningPrometheus> {
  const files = temporaryFolder('gateway-observability-preview');
  try {
    const text = join(files.path, 'scrapes.txt');
    const dataFolder = join(files.path, 'data');
    await mkdir(dataFolder);
    const scrapes = runScenario(scenario, {
      scrapeIntervalSeconds,
      startEpoch: endMs / 1000 - seconds(scenario.duration),
    });
    await pipeline(Readable.from(openMetricsOf(scrapes)), createWriteStream(text));
    await run(await findTool('promtool'), ['tsdb', 'create-blocks-from', 'openmetrics', text, dataFolder], {
      maxBuffer: 1 << 26,
    });
    const running = await startPrometheus({
      dataFolder,
      flags: ['--storage.tsdb.retention.time=100y', '--query.lookback-delta=5m'],
    });
    return {
      ...running,
      async stop() {
        await running.stop();
        files.remove();
      },
    };
  } catch (error) {
    files.remove();
    throw error;
  }
}
