import type { Bundle } from '../../src/bundle/bundle.js';
import { recorded } from '../../src/preview/data.js';
import { startPrometheus } from '../../src/processes/prometheus.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { PrometheusClient } from '../../src/prometheus/client.js';
import { grafanaRuleGroups } from '../../src/renderers/grafana/alert-rules.js';
import { runScenario } from '../../src/simulator/run.js';
import { type Scenario, seconds } from '../../src/simulator/scenario.js';
import { type AlertSample, type Episode, episodesOfSamples } from '../../src/simulator/timeline.js';
import {
  labelsOfSeries,
  StalenessMarker,
  type WrittenSeries,
  writeScrapes,
} from '../backtest/remote-write.js';
import { replayDifferences } from '../backtest/scenario-replay.js';
import { PATIENCE_MS, PATIENT_QUERIES } from '../patience.js';
import { grafanaDifferences } from '../pulumi/grafana-evaluation.js';

/** Seconds between scrapes, and between evaluations. */
const STEP = 30;
/** A multiple of the evaluation interval, long ago. */
const EPOCH = 1_700_000_100;

type Labels = Readonly<Record<string, string>>;

/** What the rules record and which alerts they raise, by evaluation, in seconds since the epoch. */
async function evaluationsOf(
  bundle: Bundle,
  scenario: Scenario,
): Promise<ReadonlyMap<number, readonly (readonly [Labels, number])[]>> {
  const files = temporaryFolder('scenario-play');
  try {
    const evaluations = new Map<number, [Labels, number][]>();
    for (const line of await recorded(bundle, scenario, EPOCH, files.path)) {
      const [, series, value, at] = /^(\S+\{.*\}) (\S+) (\d+)\n$/.exec(line) ?? [];
      if (series === undefined) continue;
      const samples = evaluations.get(Number(at)) ?? [];
      samples.push([labelsOfSeries(series), Number(value)]);
      evaluations.set(Number(at), samples);
    }
    return evaluations;
  } finally {
    files.remove();
  }
}

function* firing(evaluations: Awaited<ReturnType<typeof evaluationsOf>>): Generator<AlertSample> {
  for (const [epoch, samples] of evaluations) {
    for (const [labels] of samples) {
      if (labels.__name__ === 'ALERTS' && labels.alertstate === 'firing') yield { labels, at: epoch - EPOCH };
    }
  }
}

/**
 * Plays a scenario once: promtool, whose rule manager is that of Prometheus, evaluates the rules, and a real Prometheus gets the scrapes and
 * what the rules made of them. Out of the latter, the Grafana-managed rules are evaluated and `backtest` replays the rules.
 *
 * @returns the episodes of Prometheus' rules, and what differs from them in Grafana and in the replay
 */
export async function play(
  bundle: Bundle,
  scenario: Scenario,
): Promise<{
  readonly episodes: readonly Episode[];
  readonly grafana: Awaited<ReturnType<typeof grafanaDifferences>>;
  readonly replayed: Awaited<ReturnType<typeof replayDifferences>>;
}> {
  const length = seconds(scenario.duration);
  const evaluations = await evaluationsOf(bundle, scenario);
  const episodes = episodesOfSamples(firing(evaluations), STEP, length);
  const prometheus = await startPrometheus({
    flags: ['--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=100y', ...PATIENT_QUERIES],
  });
  try {
    const marker = new StalenessMarker();
    await writeScrapes(
      prometheus.url,
      runScenario(scenario, { scrapeIntervalSeconds: STEP, startEpoch: EPOCH }),
      (epoch): readonly WrittenSeries[] => marker.seriesAt(epoch * 1000, evaluations.get(epoch) ?? []),
    );
    const rules = grafanaRuleGroups(bundle).flatMap((group) => group.rules);
    const client = new PrometheusClient(prometheus.url, PATIENCE_MS);
    return {
      episodes,
      grafana: await grafanaDifferences(client, rules, EPOCH, EPOCH + length),
      replayed: await replayDifferences(prometheus.url, EPOCH, length, episodes),
    };
  } finally {
    await prometheus.stop();
  }
}
