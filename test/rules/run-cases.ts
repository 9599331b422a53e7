import { buildBundle } from '../../src/bundle/build.js';
import type { Bundle } from '../../src/bundle/bundle.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import type { RuleObject } from '../../src/renderers/prometheus/rules.js';
import {
  type CaseSettings,
  type Expectations,
  expectationsOf,
  promtoolOutput as runPromtool,
} from '../../src/rule-cases/run.js';
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

/** How the cases of this project's rules are run. */
export const ownCases = (
  testOf?: (ruleCase: RuleCase) => Expectations,
  replacement?: Replacement,
): CaseSettings<RuleCase> => ({
  bundleOf: ({ config }) => bundleFor(config),
  scrapeInterval: '30s',
  evaluationInterval: '30s',
  ...(testOf === undefined ? {} : { expectationsOf: testOf }),
  replace: (rule) =>
    replacement !== undefined && (rule.alert ?? rule.record) === replacement.rule ? replacement.with : rule,
});

/** Runs cases under promtool. See {@link runPromtool}. */
export const promtoolOutput = (
  cases: readonly RuleCase[],
  testOf: (ruleCase: RuleCase) => Expectations,
  replacement?: Replacement,
): Promise<string> => runPromtool(cases, ownCases(testOf, replacement));

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
  const expected = (ruleCase: RuleCase) => ({
    ...expectationsOf(ruleCase, bundleFor(ruleCase.config)),
    alert_rule_test: renderedIn(ruleCase).map(({ at, labels, annotations }) => ({
      eval_time: at,
      alertname: ruleCase.rule,
      exp_alerts: [{ exp_labels: labels, exp_annotations: annotations }],
    })),
  });
  return promtoolOutput(cases, expected, replacement);
}
