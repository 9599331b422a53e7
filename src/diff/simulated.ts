import { parseConfig } from '../config/load.js';
import { nodesOfKind } from '../promql/ast.js';
import { durationSeconds } from '../promql/duration.js';
import { FileSetError } from '../rule-files/file-set.js';
import { type PrunedGroups, prunedGroups } from '../rule-files/for-promtool.js';
import { RuleGraph } from '../rule-files/graph.js';
import { reasonsNotToEvaluate } from '../rule-files/refusals.js';
import type { Rule, Side } from '../rule-files/side.js';
import { onceEach } from '../rule-files/twins.js';
import { runScenario } from '../simulator/run.js';
import { type Scenario, seconds } from '../simulator/scenario.js';
import { scenarios } from '../simulator/scenarios/index.js';
import { type InputSeries, inputSeriesOf } from '../simulator/series.js';
import { type Episode, episodesOfGroups, pausesOf, TimelineError } from '../simulator/timeline.js';
import { sameExpression } from './expression.js';
import { type Finding, placeOf } from './finding.js';
import { matchRules } from './match-rules.js';

/** What the simulator says of a change. */
export interface Simulated {
  readonly findings: readonly Finding[];
  /** Which scenarios were played, and how. */
  readonly note: string;
}

/** Why promtool cannot evaluate a rule; undefined where it can. */
const reasonNotToSimulate = (rule: Rule): string | undefined =>
  rule.dialect === undefined
    ? (rule.parsed.error?.message ?? reasonsNotToEvaluate(rule)[0])
    : `it is ${rule.dialect}`;

/** Why an alert cannot be simulated: itself, or a recording rule that it needs, cannot be evaluated. */
function obstacle(rule: Rule | undefined, graph: RuleGraph): string | undefined {
  if (rule === undefined) return undefined;
  const own = reasonNotToSimulate(rule);
  if (own !== undefined) return own;
  for (const record of graph.recordsFor([rule])) {
    const reason = reasonNotToSimulate(record);
    if (reason !== undefined) return `it reads ${record.name}: ${reason}`;
  }
  return undefined;
}

const same = (before: Rule, after: Rule) =>
  before.name === after.name &&
  before.for === after.for &&
  before.keepFiringFor === after.keepFiringFor &&
  JSON.stringify(Object.entries(before.labels).sort()) ===
    JSON.stringify(Object.entries(after.labels).sort()) &&
  sameExpression(before.parsed, after.parsed);

/** Whether a rule yields something where no series is. */
function yieldsFromNothing({ parsed: { expression } }: Rule): boolean {
  return (
    expression !== undefined &&
    nodesOfKind(expression.root, 'call').some((call) =>
      ['absent', 'absent_over_time', 'vector'].includes(call.function),
    )
  );
}

/** The time at which each identity of an alert first fires, by labels. */
function begins(
  episodes: readonly Episode[],
  alert: string,
  severity: string | undefined,
): Map<string, number> {
  const found = new Map<string, number>();
  for (const { alert: name, severity: own, labels, from } of episodes) {
    if (name !== alert || (severity !== undefined && own !== severity)) continue;
    const who = labels.relay ?? JSON.stringify(Object.entries(labels).sort());
    if (!found.has(who)) found.set(who, from);
  }
  return found;
}

/** `6 min`, `1 h 30 min`, `45 s`. */
function inWords(time: number): string {
  const sign = time < 0 ? '-' : '';
  const rest = Math.abs(time);
  const [hours, minutes, left] = [Math.floor(rest / 3600), Math.floor((rest % 3600) / 60), rest % 60];
  const parts = [
    hours > 0 ? `${hours} h` : '',
    minutes > 0 ? `${minutes} min` : '',
    left > 0 ? `${left} s` : '',
  ];
  return sign + (parts.filter((part) => part !== '').join(' ') || '0 s');
}

/**
 * Plays the simulator's scenarios under the rules of both sides and compares when each alert first fires. Only rules that changed,
 * and those that read what changed, are evaluated; a scenario in which none of the series they read exists is passed over.
 *
 * @param episodesOf evaluates rules over series; promtool does
 * @throws {FileSetError} when promtool refuses the rules of a side
 */
export async function simulatedFindings(
  base: Side,
  head: Side,
  played: readonly Scenario[] = scenarios,
  episodesOf: typeof episodesOfGroups = episodesOfGroups,
): Promise<Simulated> {
  const [before, after] = [onceEach(base.groups), onceEach(head.groups)];
  const [oldRules, newRules] = [before, after].map((groups) => groups.flatMap(({ rules }) => rules)) as [
    Rule[],
    Rule[],
  ];
  const matched = matchRules(oldRules, newRules);
  const pairs = [...matched.pairs, ...matched.renamed];
  const changed = new Set([
    ...pairs
      .filter((pair) => !same(pair.before, pair.after))
      .flatMap((pair) => [pair.before.name, pair.after.name]),
    ...matched.removed.map(({ name }) => name),
    ...matched.added.map(({ name }) => name),
  ]);
  const [oldGraph, newGraph] = [new RuleGraph(oldRules), new RuleGraph(newRules)];
  const concerned = [...oldGraph.concernedBy(changed), ...newGraph.concernedBy(changed)];
  const alerts = new Set(concerned.map(({ name }) => name));
  const affected: { before?: Rule; after?: Rule }[] = [
    ...pairs,
    ...matched.removed.map((rule) => ({ before: rule })),
    ...matched.added.map((rule) => ({ after: rule })),
  ].filter((pair: { before?: Rule; after?: Rule }) => {
    const rule = pair.after ?? pair.before;
    return rule?.kind === 'alert' && alerts.has(rule.name);
  });
  const left = new Map(
    affected.flatMap(({ before: old, after: now }) => {
      const reason = obstacle(now, newGraph) ?? obstacle(old, oldGraph);
      return reason === undefined ? [] : [[now ?? old, reason] as const];
    }),
  );
  const compared = affected.filter((pair) => !left.has(pair.after ?? pair.before));
  const leftOut =
    left.size === 0
      ? ''
      : ` Not simulated: ${[...left]
          .map(([rule, reason]) => `alert ${rule?.name} (${reason})`)
          .sort()
          .join(', ')}.`;
  if (compared.length === 0) {
    const note =
      left.size === 0 ? 'No alert is affected, so no scenario was simulated.' : 'No scenario was simulated.';
    return { findings: [], note: note + leftOut };
  }
  const names = new Set(compared.flatMap((pair) => [pair.before?.name ?? '', pair.after?.name ?? '']));
  const [old, now] = [prunedGroups(before, oldGraph, names), prunedGroups(after, newGraph, names)];

  const config = parseConfig({});
  const interval = durationSeconds(config.scrapeInterval);
  // An alert on absence fires where nothing is.
  const onAbsence = [...oldRules, ...newRules].some(
    (rule) => alerts.has(rule.name) && yieldsFromNothing(rule),
  );
  const findings: Finding[] = [];
  let passed = 0;
  for (const scenario of played) {
    const series = (await inputSeriesOf(runScenario(scenario, { scrapeIntervalSeconds: interval }))).filter(
      ({ series: text }) => {
        const name = /^[^{]*/.exec(text)?.[0] ?? '';
        return old.reads(name) || now.reads(name);
      },
    );
    if (series.length === 0 && !onAbsence) {
      passed += 1;
      continue;
    }
    const length = seconds(scenario.duration);
    const evaluate = (groups: PrunedGroups['groups'], input: readonly InputSeries[]) =>
      groups.length === 0
        ? Promise.resolve([])
        : episodesOf(groups, config, input, length, pausesOf(scenario));
    let episodes: [Episode[], Episode[]];
    try {
      episodes = await Promise.all([evaluate(old.groups, series), evaluate(now.groups, series)]);
    } catch (error) {
      if (error instanceof TimelineError)
        throw new FileSetError(`the rules cannot be simulated: ${error.message}`);
      throw error;
    }
    findings.push(...compared.flatMap((pair) => detection(pair, scenario, episodes)));
  }
  const count = played.length - passed;
  return {
    findings,
    note: `Simulated ${count} of ${played.length} scenarios with scrapes and evaluations every ${config.scrapeInterval} with the affected ${compared.length === 1 ? 'alert' : `${compared.length} alerts`}; detection times start when the metrics first show the fault, if the scenario defines that, otherwise at the start of the scenario.${leftOut}`,
  };
}

function detection(
  { before, after }: { before?: Rule; after?: Rule },
  scenario: Scenario,
  [old, now]: readonly [Episode[], Episode[]],
): Finding[] {
  const rule = (after ?? before) as Rule;
  const first =
    before === undefined ? new Map<string, number>() : begins(old, before.name, before.labels.severity);
  const second =
    after === undefined ? new Map<string, number>() : begins(now, after.name, after.labels.severity);
  if (first.size === 0 && second.size === 0) return [];
  const expected = scenario.expect.find(({ alert }) => alert === before?.name || alert === after?.name);
  const zero = expected?.detectableFrom === undefined ? 0 : seconds(expected.detectableFrom);
  const latest = (times: ReadonlyMap<string, number>) => Math.max(...times.values()) - zero;
  const finding = (
    kind: string,
    level: Finding['level'],
    consequence: string,
    oldDelay?: number,
    newDelay?: number,
  ): Finding => ({
    kind,
    level,
    subject: `alert ${rule.name}`,
    before: oldDelay === undefined ? 'silent' : inWords(oldDelay),
    after: newDelay === undefined ? 'not detected' : inWords(newDelay),
    consequence,
    ...placeOf(rule),
  });
  const where = `In the scenario “${scenario.name}”`;
  if (second.size === 0) {
    return [
      finding(
        'detection-lost',
        'breaking',
        `${where} the fault is no longer detected; before, after ${inWords(latest(first))}.`,
        latest(first),
      ),
    ];
  }
  if (first.size === 0) {
    return [
      finding(
        'detection-new',
        'notable',
        `${where} it fires after ${inWords(latest(second))}, where it did not fire before.`,
        undefined,
        latest(second),
      ),
    ];
  }
  if (second.size < first.size) {
    return [
      finding(
        'detection-partly-lost',
        'breaking',
        `${where} it fires for ${second.size} instead of ${first.size}, the last one after ${inWords(latest(second))}.`,
        latest(first),
        latest(second),
      ),
    ];
  }
  const [from, to] = [latest(first), latest(second)];
  if (from === to && second.size === first.size) return [];
  if (second.size > first.size) {
    return [
      finding(
        'detection-widened',
        'notable',
        `${where} it fires for ${second.size} instead of ${first.size}, the last one after ${inWords(to)}.`,
        from,
        to,
      ),
    ];
  }
  return [
    finding(
      to > from ? 'detection-later' : 'detection-earlier',
      'notable',
      `${where} detection time changes from ${inWords(from)} to ${inWords(to)}.`,
      from,
      to,
    ),
  ];
}
