import { describe, expect, it } from 'vitest';
import { recorded } from '../../src/preview/data.js';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { findTool } from '../../src/processes/find.js';
import { startPrometheus } from '../../src/processes/prometheus.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { PrometheusClient } from '../../src/prometheus/client.js';
import { duration, durationSeconds } from '../../src/promql/duration.js';
import { ANY_VALUE, type GrafanaRule, grafanaRuleGroups } from '../../src/renderers/grafana/alert-rules.js';
import { runScenario } from '../../src/simulator/run.js';
import { type Scenario, seconds } from '../../src/simulator/scenario.js';
import { scenarios } from '../../src/simulator/scenarios/index.js';
import {
  labelsOfSeries,
  StalenessMarker,
  type WrittenSeries,
  writeScrapes,
} from '../backtest/remote-write.js';
import { NOW } from '../dashboards/worlds.js';
import { PATIENCE_MS, PATIENT_QUERIES } from '../patience.js';

const STEP = 30;
const bundle = buildBundle(parseConfig({}), definitions());
const rules = grafanaRuleGroups(bundle).flatMap((group) => group.rules);

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

/** What the rules record and which alerts they raise at an evaluation, with staleness markers. */
async function recordedAt(
  scenario: Scenario,
  start: number,
): Promise<(epoch: number) => readonly WrittenSeries[]> {
  const files = temporaryFolder('pulumi-twins');
  try {
    const lines = await recorded(bundle, scenario, start, files.path, await findTool('promtool'));
    const evaluations = new Map<number, [Labels, number][]>();
    for (const line of lines) {
      const [, series, value, at] = /^(\S+\{.*\}) (\S+) (\d+)\n$/.exec(line) ?? [];
      if (series === undefined) continue;
      const samples = evaluations.get(Number(at)) ?? [];
      samples.push([labelsOfSeries(series), Number(value)]);
      evaluations.set(Number(at), samples);
    }
    const marker = new StalenessMarker();
    return (epoch) => marker.seriesAt(epoch * 1000, evaluations.get(epoch) ?? []);
  } finally {
    files.remove();
  }
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

describe('a rule that Grafana evaluates fires when its twin in Prometheus does', () => {
  it.each(rules.map((rule) => [rule.name, rule] as const))(
    '%s is as the emulation takes it',
    (_, { datas, condition }) => {
      expect(datas[1]?.model.expression).toBe(ANY_VALUE);
      expect(condition).toBe('B');
    },
  );

  // The rules are those of the default site. Long ones first: promtool runs beside, and two cores are best filled from the start.
  const inOrder = scenarios
    .filter(({ site }) => site === undefined)
    .sort((a, b) => seconds(b.duration) * (b.relays ?? 1) - seconds(a.duration) * (a.relays ?? 1));
  describe('in every scenario', { concurrent: true }, () => {
    it.each(inOrder.map((scenario) => [scenario.name, scenario] as const))('%s', async (_, scenario) => {
      const start = NOW / 1000 - seconds(scenario.duration);
      const prometheus = await startPrometheus({
        flags: [
          '--web.enable-remote-write-receiver',
          '--storage.tsdb.retention.time=100y',
          ...PATIENT_QUERIES,
        ],
      });
      try {
        await writeScrapes(
          prometheus.url,
          runScenario(scenario, { scrapeIntervalSeconds: STEP, startEpoch: start }),
          await recordedAt(scenario, start),
        );
        const client = new PrometheusClient(prometheus.url, PATIENCE_MS);
        const range = (query: string) => client.queryRange(query, start, NOW / 1000, STEP);
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
          const series = answer.map(({ labels, points }) => ({
            labels,
            times: points.map(([time]) => time),
          }));
          found.push(...differences(rule, evaluated(rule, series), alerts.get(rule.name) ?? []));
        }
        expect(found).toEqual([]);
        // The scenario says what fires, so that silence on both sides is no agreement.
        const { expect: exact, requires } = scenario;
        if (requires === undefined || exact.length > 0) {
          expect([...alerts.keys()].sort()).toEqual([...new Set(exact.map(({ alert }) => alert))].sort());
        }
        for (const { anyOf } of requires ?? []) {
          expect(anyOf.filter((alert) => alerts.has(alert))).not.toEqual([]);
        }
      } finally {
        await prometheus.stop();
      }
    });
  });
});
