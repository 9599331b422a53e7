import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prometheusWith } from '../../preview/data.js';
import { buildBundle } from '../../src/bundle.js';
import { parseConfig } from '../../src/config.js';
import { definitions } from '../../src/definitions.js';
import { duration, durationSeconds } from '../../src/promql.js';
import { ANY_VALUE, type GrafanaRule, grafanaRuleGroups } from '../../src/renderers/grafana-alert-rules.js';
import { seconds } from '../../src/simulator/scenario.js';
import type { RunningPrometheus } from '../../src/tools/prometheus.js';
import { NOW, type PlayName, plays } from '../dashboards/worlds.js';

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
const keyOf = ({ __name__: _, alertname: __, alertstate: ___, ...labels }: Labels, own: Labels) =>
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
  const hold = durationSeconds(duration(rule.for));
  const keep = durationSeconds(duration(rule.keepFiringFor));
  return series.flatMap(({ labels, times }) => {
    const key = keyOf(labels, rule.labels);
    const firing = stretches(key, times).flatMap(({ from, to }) =>
      to - from >= hold ? [{ key, from: from + hold, to: to + keep }] : [],
    );
    const joined: Firing[] = [];
    for (const one of firing) {
      const last = joined.at(-1);
      // It fires still when the condition holds again.
      const goesOn = last !== undefined && keep > 0 && one.from - hold <= last.to + STEP;
      if (goesOn) joined[joined.length - 1] = { ...last, to: one.to };
      else joined.push(one);
    }
    return joined;
  });
}

describe.each(['incident', 'torn file', 'slow workers', 'pushes by relay', 'away for hours'] as const)(
  'in the play %s',
  (name: PlayName) => {
    let prometheus: RunningPrometheus;
    const start = NOW / 1000 - seconds(plays[name].scenario.duration);
    beforeAll(async () => {
      prometheus = await prometheusWith(bundle, plays[name].scenario, NOW);
    }, 120_000);
    afterAll(() => prometheus?.stop());

    it('a rule that Grafana evaluates fires when its twin in Prometheus does', async () => {
      let fired = 0;
      for (const rule of rules) {
        const [query, condition] = rule.datas;
        // What the emulation above takes for granted.
        expect(condition?.model.expression).toBe(ANY_VALUE);
        expect(rule.condition).toBe('B');
        const answer = await prometheus.client.queryRange(String(query?.model.expr), start, NOW / 1000, STEP);
        const own = evaluated(
          rule,
          answer.map(({ labels, points }) => ({ labels, times: points.map(([time]) => time) })),
        );
        const twins = await prometheus.client.queryRange(
          `ALERTS{alertname="${rule.name}", alertstate="firing"}`,
          start,
          NOW / 1000,
          STEP,
        );
        const theirs = twins.flatMap(({ labels, points }) =>
          stretches(
            keyOf(labels, {}),
            points.map(([time]) => time),
          ),
        );
        fired += theirs.length;
        for (const one of theirs) {
          const twin = own.find(({ key, from }) => key === one.key && Math.abs(from - one.from) <= STEP);
          expect(
            twin,
            `${rule.name} ${one.key} at ${one.from - start} s: ${JSON.stringify(own)}`,
          ).toBeDefined();
          // Files without staleness markers: what vanished is seen for two scrapes more.
          expect(Math.abs((twin?.to ?? 0) - one.to), `${rule.name} ${one.key} ends`).toBeLessThanOrEqual(
            3 * STEP,
          );
        }
        // Nothing more fires, but for the two scrapes for which what vanished is still seen in these files.
        const keep = durationSeconds(duration(rule.keepFiringFor));
        const more = own.filter(
          ({ key, from, to }) =>
            !theirs.some((one) => one.key === key && Math.abs(from - one.from) <= STEP) &&
            to - keep - from > 2 * STEP,
        );
        expect(more, rule.name).toEqual([]);
      }
      expect(fired).toBeGreaterThan(0);
    }, 120_000);
  },
);
