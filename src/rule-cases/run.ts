import type { Bundle } from '../bundle/bundle.js';
import type { Aspect, RuleCase } from '../model/rule-case.js';
import { type RuleObject, renderedGroups } from '../renderers/prometheus/rules.js';
import { promtoolOn } from './promtool.js';

/** A case that cannot be run. The message names the case, what was found and what is expected. */
export class RuleCaseError extends Error {
  override readonly name = 'RuleCaseError';
}

/** A part of a test file of promtool: what it has to find in a case. */
export interface Expectations {
  readonly name: string;
  readonly promql_expr_test?: readonly {
    readonly expr: string;
    readonly eval_time: string;
    readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
  }[];
  readonly alert_rule_test?: readonly object[];
}

/** How cases are run. */
export interface CaseSettings<Case extends RuleCase> {
  /** The rules for a case. Cases with the same bundle share a run. */
  readonly bundleOf: (ruleCase: Case) => Bundle;
  /** Between two samples of a series, and between two evaluations. */
  readonly scrapeInterval: string;
  readonly evaluationInterval: string;
  readonly expectationsOf?: (ruleCase: Case) => Expectations;
  /** Takes another rule in place of one. */
  readonly replace?: (rule: RuleObject) => RuleObject;
}

/** The names of the rules that a case loads. */
const namesOf = ({ rule, with: others = [] }: RuleCase) => [rule, ...others];

/** The rules that a case loads, in the order of the bundle, with the group they belong to. */
function loadedRules(ruleCase: RuleCase, bundle: Bundle, replace: (rule: RuleObject) => RuleObject) {
  const wanted = namesOf(ruleCase);
  const groups = renderedGroups(bundle)
    .map(({ name, rules }) => ({
      name,
      rules: rules
        .map(({ rule }) => rule)
        .filter((rule) => wanted.includes(rule.alert ?? rule.record ?? ''))
        .map(replace),
    }))
    .filter(({ rules }) => rules.length > 0);
  const found = groups.flatMap(({ rules }) => rules.map((rule) => rule.alert ?? rule.record));
  const missing = wanted.filter((name) => !found.includes(name));
  if (missing.length > 0)
    throw new RuleCaseError(
      `case ${JSON.stringify(ruleCase.name)}: found ${missing.join(', ')}, expected the name of a rule`,
    );
  return groups;
}

const quoted = (labels: Readonly<Record<string, string>>) =>
  `{${Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(', ')}}`;

/** What promtool has to find in a case: the alerts that fire, and the samples. */
export function expectationsOf(ruleCase: RuleCase, bundle: Bundle): Expectations {
  const rule = bundle.alertGroups
    .flatMap((group) => group.rules)
    .find(({ alert }) => alert === ruleCase.rule);
  const firing = Object.entries(ruleCase.firing ?? {}).map(([at, alerts]) => ({
    expr: `ALERTS{alertname="${ruleCase.rule}", alertstate="firing"}`,
    eval_time: at,
    exp_samples: alerts.map((labels) => ({
      labels: `ALERTS${quoted({ alertname: ruleCase.rule, alertstate: 'firing', ...rule?.labels, ...labels })}`,
      value: 1,
    })),
  }));
  const samples = Object.entries(ruleCase.samples ?? {}).map(([at, values]) => ({
    expr: ruleCase.rule,
    eval_time: at,
    exp_samples: values.map(({ labels, value }) => ({
      labels: `${ruleCase.rule}${quoted(labels)}`,
      value,
    })),
  }));
  return { name: ruleCase.name, promql_expr_test: [...firing, ...samples] };
}

/** Cases that load the same rules, as one test file with its rule file. */
export interface CaseBatch<Case extends RuleCase> {
  readonly cases: readonly Case[];
  /** The content of the rule file. The test file names it `rule_files[0]`. */
  readonly rules: {
    readonly groups: readonly { readonly name: string; readonly rules: readonly RuleObject[] }[];
  };
  readonly test: { readonly rule_files: readonly string[]; readonly tests: readonly Expectations[] };
}

/**
 * The test files of cases, in promtool's format. Cases that load the same rules share a file.
 *
 * @throws {RuleCaseError} for a case that names no rule
 */
export function caseBatches<Case extends RuleCase>(
  cases: readonly Case[],
  settings: CaseSettings<Case>,
): CaseBatch<Case>[] {
  const { bundleOf, replace = (rule) => rule, scrapeInterval, evaluationInterval } = settings;
  const expected = settings.expectationsOf ?? ((ruleCase) => expectationsOf(ruleCase, bundleOf(ruleCase)));
  const batches = new Map<Bundle, Map<string, Case[]>>();
  for (const ruleCase of cases) {
    const bundle = bundleOf(ruleCase);
    const ofBundle = batches.get(bundle) ?? new Map<string, Case[]>();
    const key = JSON.stringify(namesOf(ruleCase));
    ofBundle.set(key, [...(ofBundle.get(key) ?? []), ruleCase]);
    batches.set(bundle, ofBundle);
  }
  return [...batches.values()]
    .flatMap((ofBundle) => [...ofBundle.values()])
    .map((batch, index) => {
      const first = batch[0] as Case;
      const groups = loadedRules(first, bundleOf(first), replace);
      const test = {
        rule_files: [`${index}.rules.yaml`],
        evaluation_interval: evaluationInterval,
        group_eval_order: groups.map(({ name }) => name),
        tests: batch.map((ruleCase) => ({
          interval: scrapeInterval,
          input_series: Object.entries(ruleCase.series).map(([series, values]) => ({ series, values })),
          ...expected(ruleCase),
        })),
      };
      return { cases: batch, rules: { groups }, test };
    });
}

/**
 * Runs cases under promtool. Cases that load the same rules share a run.
 *
 * @returns what promtool printed about the cases that failed; empty if all passed
 * @throws {RuleCaseError} for a case that names no rule
 * @throws {ToolNotFoundError}
 */
export async function promtoolOutput<Case extends RuleCase>(
  cases: readonly Case[],
  settings: CaseSettings<Case>,
): Promise<string> {
  const batches = caseBatches(cases, settings);
  const ruleFiles = Object.fromEntries(batches.map(({ test, rules }) => [test.rule_files[0], rules]));
  const tests = batches.map(({ test }) => test);
  const { passed, output } = await promtoolOn(['test', 'rules'], tests, ruleFiles);
  return passed ? '' : output;
}

/** A case that failed, with what promtool printed about it, without the name of the test file. */
export function failureText({ rule, name }: RuleCase, output: string): string {
  return `${rule}: ${name}\n  ${output.replace(/^Unit Testing:.*$/gm, '').trim()}`;
}

/**
 * Runs cases of a bundle's rules under promtool, at the intervals of the site.
 *
 * @returns each case that failed, with what promtool printed about it; empty if all passed
 * @throws {RuleCaseError} for a case that names no rule, or that expects nothing
 * @throws {ToolNotFoundError} if promtool is not on the `PATH`
 */
export async function runRuleCases(bundle: Bundle, cases: readonly RuleCase[]): Promise<string> {
  const empty = cases.find(
    ({ firing = {}, samples = {} }) => Object.keys({ ...firing, ...samples }).length === 0,
  );
  if (empty !== undefined)
    throw new RuleCaseError(
      `case ${JSON.stringify(empty.name)}: found no expectation, expected \`firing\` or \`samples\``,
    );
  if (cases.length === 0) return '';
  const { scrapeInterval, evaluationInterval } = bundle.config;
  const outputOf = (some: readonly RuleCase[]) =>
    promtoolOutput(some, { bundleOf: () => bundle, scrapeInterval, evaluationInterval });
  if ((await outputOf(cases)) === '') return '';
  // promtool 2 does not print which case failed.
  const failures: string[] = [];
  for (const ruleCase of cases) {
    const output = await outputOf([ruleCase]);
    if (output !== '') failures.push(failureText(ruleCase, output));
  }
  return failures.join('\n');
}

/** What the cases of an alert should show at least, in words. */
const NEEDED: readonly (readonly [Aspect, string])[] = [
  ['fires', 'fires'],
  ['silent', 'stays silent'],
  ['boundary', 'keeps to its boundary'],
];

/** The alerts that a team added and whose cases do not show enough, with what is missing. */
export function untestedAlerts(
  { alertGroups, definitions }: Bundle,
  cases: readonly RuleCase[],
): { readonly alert: string; readonly missing: readonly string[] }[] {
  return alertGroups
    .filter(({ file }) => file === definitions.own?.file)
    .flatMap(({ rules }) => rules)
    .map(({ alert }) => {
      const shown = cases.filter(({ rule }) => rule === alert).flatMap(({ aspects }) => aspects);
      return {
        alert,
        missing: NEEDED.filter(([aspect]) => !shown.includes(aspect)).map(([, words]) => words),
      };
    })
    .filter(({ missing }) => missing.length > 0);
}
