import type { PrometheusClient } from '../../src/prometheus/client.js';
import { duration, durationSeconds } from '../../src/promql/duration.js';
import type { GrafanaRule } from '../../src/renderers/grafana/alert-rules.js';

/** Seconds between evaluations. */
const STEP = 30;

/** A time during which an alert fired for one set of labels. Seconds since the epoch. */
interface Firing {
  readonly key: string;
  readonly from: number;
  readonly to: number;
}

type Labels = Readonly<Record<string, string>>;
/** With the metric's name, where there is one: in Grafana it may be a label as any other. */
const keyOf = ({ alertname: _, alertstate: __, ...labels }: Labels, own: Labels) =>
  JSON.stringify(Object.entries({ ...labels, ...own }).sort());

/** Joins the evaluations at which something held to stretches of time. */
function stretches(key: string, times: readonly number[]): Firing[] {
  const out: { key: string; from: number; to: number }[] = [];
  for (const time of times) {
    const last = out.at(-1);
    if (last !== undefined && time - last.to <= STEP) last.to = time;
    else out.push({ key, from: time, to: time });
  }
  return out;
}

/** What Grafana does with a rule: each series of the query is an instance; it waits for `for`, and goes on for `keepFiringFor`. */
function evaluated(
  rule: GrafanaRule,
  series: readonly { labels: Labels; times: readonly number[] }[],
): Firing[] {
  const forSeconds = durationSeconds(duration(rule.for));
  const keepFiringForSeconds = durationSeconds(duration(rule.keepFiringFor));
  return series.flatMap(({ labels, times }) => {
    const key = keyOf(labels, rule.labels);
    const firing = stretches(key, times).flatMap(({ from, to }) =>
      to - from >= forSeconds ? [{ key, from: from + forSeconds, to: to + keepFiringForSeconds }] : [],
    );
    const joined: Firing[] = [];
    for (const one of firing) {
      const last = joined.at(-1);
      // It fires still when the condition holds again.
      const goesOn =
        last !== undefined && keepFiringForSeconds > 0 && one.from - forSeconds <= last.to + STEP;
      if (goesOn) joined[joined.length - 1] = { ...last, to: one.to };
      else joined.push(one);
    }
    return joined;
  });
}

/** What differs between a rule's evaluation by Grafana and the alert of Prometheus. */
function differences(rule: GrafanaRule, own: readonly Firing[], theirs: readonly Firing[]): string[] {
  const found: string[] = [];
  for (const one of theirs) {
    const twin = own.find(({ key, from }) => key === one.key && Math.abs(from - one.from) <= STEP);
    if (twin === undefined) found.push(`${rule.name} ${one.key} fires in Prometheus only, at ${one.from}`);
    else if (Math.abs(twin.to - one.to) > STEP) {
      found.push(`${rule.name} ${one.key} ends at ${twin.to} in Grafana and at ${one.to} in Prometheus`);
    }
  }
  for (const { key, from } of own) {
    const isTwin = theirs.some((one) => one.key === key && Math.abs(from - one.from) <= STEP);
    if (!isTwin) found.push(`${rule.name} ${key} fires in Grafana only, at ${from}`);
  }
  return found;
}

/**
 * Evaluates Grafana-managed rules as Grafana would, over what a Prometheus holds of scrapes, recorded series and `ALERTS`, and compares them
 * with the alerts of Prometheus.
 *
 * @param start seconds since the epoch, as `end`
 * @returns what differs by more than one evaluation; empty when all is well
 */
export async function grafanaDifferences(
  client: PrometheusClient,
  rules: readonly GrafanaRule[],
  start: number,
  end: number,
): Promise<string[]> {
  const range = (query: string) => client.queryRange(query, start, end, STEP);
  const alerts = new Map<string, Firing[]>();
  for (const { labels: all, points } of await range('ALERTS{alertstate="firing"}')) {
    const { __name__: _, ...labels } = all;
    const times = points.map(([time]) => time);
    const name = labels.alertname as string;
    alerts.set(name, [...(alerts.get(name) ?? []), ...stretches(keyOf(labels, {}), times)]);
  }
  const found: string[] = [];
  for (const rule of rules) {
    const answer = await range(String(rule.datas[0]?.model.expr));
    const series = answer.map(({ labels, points }) => ({ labels, times: points.map(([time]) => time) }));
    found.push(...differences(rule, evaluated(rule, series), alerts.get(rule.name) ?? []));
  }
  return found;
}
