import type { AlertingRule, Bundle, RecordingRule, RuleGroup } from '../../bundle/bundle.js';
import { type Artifact, GENERATED } from '../artifact.js';
import { commentedYaml, type Note } from '../commented-yaml.js';
import { provenanceText } from '../provenance.js';

/** One rule in the words of Prometheus's rule files. */
export interface RuleObject {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly keep_firing_for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A recording rule as Prometheus reads it. */
function recordingRuleObject({ record, expr }: RecordingRule): RuleObject {
  return { record, expr };
}

/** An alerting rule as Prometheus reads it. */
function alertingRuleObject(rule: AlertingRule): RuleObject {
  return {
    alert: rule.alert,
    expr: rule.expr,
    ...(rule.for === undefined ? {} : { for: rule.for }),
    ...(rule.keepFiringFor === undefined ? {} : { keep_firing_for: rule.keepFiringFor }),
    labels: rule.labels,
    annotations: rule.annotations,
  };
}

/** A rule group with what the reviewer should read above each rule. */
export interface RenderedGroup {
  readonly name: string;
  readonly file: string;
  readonly rules: readonly { readonly rule: RuleObject; readonly comment: string }[];
}

/** The groups of a bundle that have rules, recording rules first. */
export function renderedGroups(bundle: Bundle): RenderedGroup[] {
  const group = <Rule extends RecordingRule | AlertingRule>(
    { name, file, rules }: RuleGroup<Rule>,
    toObject: (rule: Rule) => RuleObject,
    comment: (rule: Rule) => string,
  ): RenderedGroup => ({
    name,
    file,
    rules: rules.map((rule) => ({ rule: toObject(rule), comment: comment(rule) })),
  });
  return [
    ...bundle.recordingGroups.map((g) =>
      group(g, recordingRuleObject, ({ definition }) => `${definition.help}\n${provenanceText(definition)}`),
    ),
    ...bundle.alertGroups.map((g) =>
      group(g, alertingRuleObject, ({ definition }) => provenanceText(definition)),
    ),
  ].filter(({ rules }) => rules.length > 0);
}

/** The comments of a group's rules, for a document that has the group at a path. */
export const ruleNotes = (path: readonly (string | number)[], { rules }: RenderedGroup): Note[] =>
  rules.map(({ comment }, i) => [[...path, 'rules', i], comment]);

/** Rule files for Prometheus and Thanos, one group per file, with the same name. */
export function renderPrometheusRules(bundle: Bundle): Artifact[] {
  const interval = bundle.config.evaluationInterval;
  return renderedGroups(bundle).map((group) => ({
    path: `prometheus/${group.name}.yaml`,
    content: commentedYaml(
      { groups: [{ name: group.name, interval, rules: group.rules.map(({ rule }) => rule) }] },
      `${GENERATED}\nSource: ${group.file}`,
      ruleNotes(['groups', 0], group),
    ),
  }));
}
