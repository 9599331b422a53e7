import { buildBundle } from '../../src/bundle/build.js';
import type { Bundle } from '../../src/bundle/bundle.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { type RuleObject, renderedGroups } from '../../src/renderers/prometheus/rules.js';
import { runRuleTests } from '../promtool.js';
import type { RenderedAlert, RuleCase } from './rule-case.js';

/** Replaces a rule's definition while a mutant of it is tested. */
export type Replacement = { readonly rule: string; readonly with: RuleObject };

const bundles = new Map<string, Bundle>();

/** The bundle for a configuration, built once. */
export function bundleFor(config: RuleCase['config']): Bundle {
  const key = JSON.stringify(config ?? {});
  const known = bundles.get(key);
  if (known !== undefined) return known;
  const bundle = buildBundle(parseConfig((config ?? {}) as ConfigInput), definitions());
  bundles.set(key, bundle);
  return bundle;
}

/** The rules a case loads, in the order of the bundle, with the group they belong to. */
function loadedRules(ruleCase: RuleCase, replacement?: Replacement) {
  const wanted = [ruleCase.rule, ...(ruleCase.with ?? [])];
  const groups = renderedGroups(bundleFor(ruleCase.config))
    .map(({ name, rules }) => ({
      name,
      rules: rules
        .map(({ rule }) => rule)
        .filter((rule) => wanted.includes(rule.alert ?? rule.record ?? ''))
        .map((rule) =>
          replacement !== undefined && (rule.alert ?? rule.record) === replacement.rule
            ? replacement.with
            : rule,
        ),
    }))
    .filter(({ rules }) => rules.length > 0);
  const found = groups.flatMap(({ rules }) => rules.map((rule) => rule.alert ?? rule.record));
  const missing = wanted.filter((name) => !found.includes(name));
  if (missing.length > 0)
    throw new Error(`case ${JSON.stringify(ruleCase.name)}: no rule is named ${missing.join(', ')}`);
  return groups;
}

const quoted = (labels: Readonly<Record<string, string>>) =>
  `{${Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(', ')}}`;

/** What promtool has to find in a case: alerts, samples, and the texts rendered in it. */
function expectationsOf(ruleCase: RuleCase, rendered: readonly RenderedAlert[]) {
  const rule = bundleFor(ruleCase.config)
    .alertGroups.flatMap((group) => group.rules)
    .find(({ alert }) => alert === ruleCase.rule);
  const expressions = [
    ...Object.entries(ruleCase.firing ?? {}).map(([at, firing]) => ({
      expr: `ALERTS{alertname="${ruleCase.rule}", alertstate="firing"}`,
      eval_time: at,
      exp_samples: firing.map((labels) => ({
        labels: `ALERTS${quoted({ alertname: ruleCase.rule, alertstate: 'firing', ...rule?.labels, ...labels })}`,
        value: 1,
      })),
    })),
    ...Object.entries(ruleCase.samples ?? {}).map(([at, samples]) => ({
      expr: ruleCase.rule,
      eval_time: at,
      exp_samples: samples.map(({ labels, value }) => ({
        labels: `${ruleCase.rule}${quoted(labels)}`,
        value,
      })),
    })),
  ];
  return {
    name: ruleCase.name,
    promql_expr_test: expressions,
    alert_rule_test: rendered.map(({ at, labels, annotations }) => ({
      eval_time: at,
      alertname: ruleCase.rule,
      exp_alerts: [{ exp_labels: labels, exp_annotations: annotations }],
    })),
  };
}

/**
 * Runs cases under promtool. Cases that load the same rules share a run.
 *
 * @param testOf what to test in a case, in the terms of a test file of promtool
 * @returns what promtool printed, or nothing when all tests passed
 */
export async function promtoolOutput(
  cases: readonly RuleCase[],
  testOf: (ruleCase: RuleCase) => object,
  replacement?: Replacement,
): Promise<string> {
  const batches = new Map<string, RuleCase[]>();
  for (const ruleCase of cases) {
    const key = JSON.stringify([ruleCase.config ?? {}, ruleCase.rule, ruleCase.with ?? []]);
    batches.set(key, [...(batches.get(key) ?? []), ruleCase]);
  }
  const ruleFiles: Record<string, object> = {};
  const tests = [...batches.values()].map((batch, index) => {
    const file = `${index}.rules.yaml`;
    const groups = loadedRules(batch[0] as RuleCase, replacement);
    ruleFiles[file] = { groups };
    return {
      rule_files: [file],
      evaluation_interval: '30s',
      group_eval_order: groups.map(({ name }) => name),
      tests: batch.map((ruleCase) => ({
        interval: '30s',
        input_series: Object.entries(ruleCase.series).map(([series, values]) => ({ series, values })),
        ...testOf(ruleCase),
      })),
    };
  });
  return runRuleTests(tests, ruleFiles);
}

/** What to run cases with. */
export interface RunOptions {
  /** A mutant, to be tried instead of the rule that it replaces. */
  readonly replacement?: Replacement | undefined;
  /** Alerts that the cases have to render as well. */
  readonly rendered?: readonly RenderedAlert[] | undefined;
}

/**
 * Runs cases under promtool. Returns what promtool printed about those that failed, or nothing when all passed.
 *
 * @throws Error when an alert is to be rendered in a case that is not there
 */
export async function runCases(
  cases: readonly RuleCase[],
  { replacement, rendered = [] }: RunOptions = {},
): Promise<string> {
  const lost = rendered.find((one) => cases.every(({ name }) => name !== one.case));
  if (lost !== undefined) throw new Error(`an alert is rendered in a case that is not there: ${lost.case}`);
  const renderedIn = ({ name }: RuleCase) => rendered.filter((one) => one.case === name);
  return promtoolOutput(cases, (ruleCase) => expectationsOf(ruleCase, renderedIn(ruleCase)), replacement);
}
