import { replay } from '../../src/backtest/replay.js';
import { PrometheusConnection, type RequestOptions } from '../../src/prometheus/connection.js';
import { readWorkingTree } from '../../src/rule-files/file-set.js';
import { readSide } from '../../src/rule-files/parse.js';
import type { Episode } from '../../src/simulator/timeline.js';
import { PATIENCE_MS } from '../patience.js';

/** Seconds between evaluations. */
const INTERVAL = 30;

/** Times in seconds since the scenario's begin; `to` is infinite while it still fires at the end. */
interface Fired {
  readonly alert: string;
  readonly labels: string;
  readonly from: number;
  readonly to: number;
}

const text = (labels: Readonly<Record<string, string>>) =>
  Object.keys(labels)
    .sort()
    .map((name) => `${name}=${labels[name]}`)
    .join(',');

/** What one side has and the other does not, start and end within one evaluation interval. */
function unmatched(these: readonly Fired[], those: readonly Fired[]): Fired[] {
  const near = (a: number, b: number) => a === b || Math.abs(a - b) <= INTERVAL;
  const left = [...those];
  return these.filter((one) => {
    const at = left.findIndex(
      (other) =>
        other.alert === one.alert &&
        other.labels === one.labels &&
        near(other.from, one.from) &&
        near(other.to, one.to),
    );
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/** Refuses queries for recorded series: the replay has to compute them, also where the server holds them. */
class ScrapesOnly extends PrometheusConnection {
  override fetchJson(path: string, options: RequestOptions = {}): Promise<unknown> {
    const query = options.form?.query ?? '';
    if (/\b\w+:\w+:\w+\b/.test(query.replace(/"(?:[^"\\]|\\.)*"/g, '""'))) {
      throw new Error(`the replay reads a recorded series: ${query}`);
    }
    return super.fetchJson(path, options);
  }
}

/**
 * Replays the generated rules out of a Prometheus that holds a scenario's scrapes, staleness markers included, and compares the episodes
 * with those of Prometheus' rule manager.
 *
 * @param start seconds since the epoch
 * @param length seconds
 */
export async function replayDifferences(
  url: string,
  start: number,
  length: number,
  episodes: readonly Episode[],
): Promise<{ missing: Fired[]; invented: Fired[] }> {
  const connection = new ScrapesOnly({ url, timeoutMs: PATIENCE_MS });
  try {
    const { groups } = readSide((await readWorkingTree(['generated/prometheus'])).files);
    const { sides } = await replay([groups], {
      connection,
      start,
      end: start + length,
      leadIn: 0,
      evaluationInterval: INTERVAL,
      chunk: 7200,
      concurrency: 4,
      patience: PATIENCE_MS / 1000,
    });
    const [side] = sides;
    if (side === undefined || side.refused.length > 0) throw new Error(JSON.stringify(side?.refused));
    const found = side.alerts.flatMap(({ rule, episodes: replayed }) =>
      replayed.map(({ labels, from, to }) => ({
        alert: rule.name,
        labels: text(labels),
        from: from - start,
        to: to === undefined ? Number.POSITIVE_INFINITY : to - start,
      })),
    );
    const expected = episodes.map(({ alert, labels, from, to }) => ({
      alert,
      labels: text(labels),
      from,
      to: to ?? Number.POSITIVE_INFINITY,
    }));
    return { missing: unmatched(expected, found), invented: unmatched(found, expected) };
  } finally {
    connection.close();
  }
}
