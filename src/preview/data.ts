import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { alertsForState } from '../../metrics/prometheus.js';
import type { Bundle } from '../bundle/bundle.js';
import { findTool } from '../processes/find.js';
import { type RunningPrometheus, startPrometheus } from '../processes/prometheus.js';
import { temporaryFolder } from '../processes/temporary-folder.js';
import { labelsText } from '../prometheus/sample-text.js';
import { durationSeconds } from '../promql/duration.js';
import { renderedGroups } from '../renderers/prometheus/rules.js';
import { gotSamples, promtoolError, promtoolTest } from '../simulator/promtool-run.js';
import { runScenario } from '../simulator/run.js';
import { type Scenario, seconds } from '../simulator/scenario.js';
import { inputSeriesOf, openMetricsOf } from '../simulator/series.js';
import { jobNames, TimelineError } from '../simulator/timeline.js';

const run = promisify(execFile);

/** A rule group as a rule file has it. */
export interface PlainGroup {
  readonly name: string;
  readonly rules: readonly object[];
}

/** The rule groups of a bundle. */
export const groupsOf = (bundle: Bundle): PlainGroup[] =>
  renderedGroups(bundle).map(({ name, rules }) => ({ name, rules: rules.map(({ rule }) => rule) }));

/** How the scenario is scraped: under the job names and labels that the site's rules select. */
const scrapedAs = (bundle: Bundle) => ({
  scrapeIntervalSeconds: durationSeconds(bundle.config.scrapeInterval),
  jobs: jobNames(bundle),
  labels: Object.fromEntries(bundle.config.groupBy.map((name) => [name, 'preview'])),
});

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

/**
 * What the rules record and which alerts they raise, as OpenMetrics. promtool evaluates in virtual time but only compares. So it
 * is given the expectation that nothing is recorded, and the differences that it reports are the series.
 */
export async function recorded(
  bundle: Bundle,
  scenario: Scenario,
  startEpoch: number,
  folder: string,
  groups: readonly PlainGroup[] = groupsOf(bundle),
): Promise<string[]> {
  const { config } = bundle;
  const step = durationSeconds(config.evaluationInterval);
  // A query of promtool's tests fails where it returns more than 10,000 samples.
  const queries =
    (scenario.relays ?? 1) > 200
      ? [
          'ALERTS',
          'ALERTS_FOR_STATE',
          ...new Set(bundle.recordingGroups.flatMap(({ rules }) => rules.map(({ record }) => record))),
        ]
      : ['{__name__=~".+:.+|ALERTS|ALERTS_FOR_STATE"}'];
  const rulesFile = join(folder, 'rules.yaml');
  const testFile = join(folder, 'test.yaml');
  await writeFile(rulesFile, JSON.stringify({ groups }));
  await writeFile(
    testFile,
    JSON.stringify({
      rule_files: [rulesFile],
      evaluation_interval: config.evaluationInterval,
      group_eval_order: groups.map(({ name }) => name),
      tests: [
        {
          interval: config.scrapeInterval,
          input_series: await inputSeriesOf(runScenario(scenario, scrapedAs(bundle))),
          promql_expr_test: Array.from(
            { length: Math.floor(seconds(scenario.duration) / step) + 1 },
            (_, i) => queries.map((expr) => ({ expr, eval_time: `${i * step}s` })),
          ).flat(),
        },
      ],
    }),
  );
  const output = await promtoolTest(testFile);
  const failure = promtoolError(output);
  if (failure !== undefined) throw new TimelineError(failure);
  return [...recordedLines(output, startEpoch), '# EOF\n'];
}

/** Reads promtool's complaints: at which evaluation it got which series. */
export function* recordedLines(output: string, startEpoch: number): Generator<string> {
  for (const { at, labels, value: text } of gotSamples(output)) {
    const { __name__: name = '', ...others } = labels;
    const value = Number(text);
    // promtool's time begins at 0. By the naming rules, the name shows that a value is a point in time; 0 is a tombstone, not a time.
    const isTime = name === alertsForState.name || (name.endsWith('timestamp_seconds') && value > 0);
    yield `${name}{${labelsText(others)}} ${isTime ? startEpoch + value : text} ${startEpoch + at}\n`;
  }
}
