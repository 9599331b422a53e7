import { replay } from '../../src/backtest/replay.js';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { startPrometheus } from '../../src/processes/prometheus.js';
import { PrometheusConnection } from '../../src/prometheus/connection.js';
import { readWorkingTree } from '../../src/rule-files/file-set.js';
import { readSide } from '../../src/rule-files/parse.js';
import type { Group } from '../../src/rule-files/side.js';
import { runScenario } from '../../src/simulator/run.js';
import { type Scenario, seconds } from '../../src/simulator/scenario.js';
import { InputSeriesRecorder } from '../../src/simulator/series.js';
import { episodesOf } from '../../src/simulator/timeline.js';
import { PATIENCE_MS, PATIENT_QUERIES } from '../patience.js';
import { writeScrapes } from './remote-write.js';

/** A multiple of the evaluation interval, long ago. */
const EPOCH = 1_700_000_100;
const SCRAPE = 30;

export interface Fired {
  readonly alert: string;
  readonly labels: string;
  /** Seconds since the scenario's begin; `to` is infinite while it still fires at the end. */
  readonly from: number;
  readonly to: number;
}

export async function generatedGroups(): Promise<readonly Group[]> {
  return readSide((await readWorkingTree(['generated/prometheus'])).files).groups;
}

const text = (labels: Readonly<Record<string, string>>) =>
  Object.keys(labels)
    .sort()
    .map((name) => `${name}=${labels[name]}`)
    .join(',');

/**
 * Plays a scenario into a real Prometheus, staleness markers included, and into promtool, whose rule manager is that of
 * Prometheus; gives the episodes that Prometheus' rules have there and those that the replay finds in the former.
 */
export async function bothWays(scenario: Scenario): Promise<{ expected: Fired[]; found: Fired[] }> {
  const length = seconds(scenario.duration);
  const bundle = buildBundle(parseConfig({}), definitions(), 'configuration');
  const recorder = new InputSeriesRecorder();
  const prometheus = await startPrometheus({
    flags: ['--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=100y', ...PATIENT_QUERIES],
  });
  const connection = new PrometheusConnection({ url: prometheus.url, timeoutMs: PATIENCE_MS });
  try {
    await writeScrapes(
      prometheus.url,
      runScenario(scenario, { scrapeIntervalSeconds: SCRAPE, startEpoch: EPOCH }),
    );
    const { sides } = await replay([await generatedGroups()], {
      connection,
      start: EPOCH,
      end: EPOCH + length,
      leadIn: 0,
      evaluationInterval: 30,
      chunk: 7200,
      concurrency: 4,
      patience: PATIENCE_MS / 1000,
    });
    const [side] = sides;
    if (side === undefined || side.refused.length > 0) throw new Error(JSON.stringify(side?.refused));
    const found = side.alerts.flatMap(({ rule, episodes }) =>
      episodes.map(({ labels, from, to }) => ({
        alert: rule.name,
        labels: text(labels),
        from: from - EPOCH,
        to: to === undefined ? Number.POSITIVE_INFINITY : to - EPOCH,
      })),
    );
    // promtool's time begins at 0, and samples hold times: the play is run once more, as of then.
    for await (const scrape of runScenario(scenario, { scrapeIntervalSeconds: SCRAPE })) recorder.add(scrape);
    const expected = (await episodesOf(bundle, recorder.inputSeries(), length)).map(
      ({ alert, labels, from, to }) => ({
        alert,
        labels: text(labels),
        from,
        to: to ?? Number.POSITIVE_INFINITY,
      }),
    );
    return { expected, found };
  } finally {
    connection.close();
    await prometheus.stop();
  }
}
