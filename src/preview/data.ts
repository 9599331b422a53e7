import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { Bundle } from '../bundle/bundle.js';
import { findTool } from '../processes/find.js';
import { type RunningPrometheus, startPrometheus } from '../processes/prometheus.js';
import { temporaryFolder } from '../processes/temporary-folder.js';
import { durationSeconds } from '../promql/duration.js';
import { promtoolError, promtoolTest } from '../simulator/promtool-run.js';
import { runScenario } from '../simulator/run.js';
import { type Scenario, seconds } from '../simulator/scenario.js';
import { openMetricsOf } from '../simulator/series.js';
import { TimelineError } from '../simulator/timeline.js';
import { groupsOf, type PlainGroup, recordedLines, recordingTest, scrapedAs } from './recorded.js';

const run = promisify(execFile);

/**
 * Starts a real Prometheus that knows a scenario, from its begin to its end at `endMs`, with all recorded series and alerts.
 *
 * @param groups other rules than those of the bundle
 */
export async function prometheusWith(
  bundle: Bundle,
  scenario: Scenario,
  endMs: number,
  groups: readonly PlainGroup[] = groupsOf(bundle),
): Promise<RunningPrometheus> {
  const files = temporaryFolder('gateway-observability-preview');
  try {
    const dataFolder = join(files.path, 'data');
    await mkdir(dataFolder);
    const scrapeIntervalSeconds = durationSeconds(bundle.config.scrapeInterval);
    const startEpoch = endMs / 1000 - seconds(scenario.duration);
    const promtool = await findTool('promtool');
    const block = async (name: string, lines: AsyncIterable<string> | Iterable<string>) => {
      const text = join(files.path, name);
      await pipeline(Readable.from(lines), createWriteStream(text));
      await run(promtool, ['tsdb', 'create-blocks-from', 'openmetrics', text, dataFolder], {
        maxBuffer: 1 << 26,
      });
    };
    await block('scrapes.txt', openMetricsOf(runScenario(scenario, { ...scrapedAs(bundle), startEpoch })));
    await block('recorded.txt', await recorded(bundle, scenario, startEpoch, files.path, groups));
    const running = await startPrometheus({
      dataFolder,
      // OpenMetrics knows no staleness markers: what vanished must not be seen for another five minutes.
      flags: ['--storage.tsdb.retention.time=100y', `--query.lookback-delta=${2 * scrapeIntervalSeconds}s`],
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

/** What the rules record and which alerts they raise, as OpenMetrics. */
export async function recorded(
  bundle: Bundle,
  scenario: Scenario,
  startEpoch: number,
  folder: string,
  groups: readonly PlainGroup[] = groupsOf(bundle),
): Promise<string[]> {
  const rulesFile = join(folder, 'rules.yaml');
  const testFile = join(folder, 'test.yaml');
  await writeFile(rulesFile, JSON.stringify({ groups }));
  await writeFile(testFile, JSON.stringify(await recordingTest(bundle, scenario, groups, rulesFile)));
  const output = await promtoolTest(testFile);
  const failure = promtoolError(output);
  if (failure !== undefined) throw new TimelineError(failure);
  return [...recordedLines(output, startEpoch), '# EOF\n'];
}
