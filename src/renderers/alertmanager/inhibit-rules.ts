import type { AlertingRule, Bundle } from '../../bundle/bundle.js';
import { sourcesOf, targetsOf } from '../../bundle/inhibited-alerts.js';
import { inhibitionProblems } from '../../bundle/inhibition-problems.js';
import { signalsOf } from '../../bundle/signals.js';
import type { AlertSelection } from '../../model/inhibition.js';
import { SEVERITIES } from '../../model/severity.js';
import { matcherText } from '../../promql/print.js';

/** Inhibitions that do not fit the alerts. `message` has one line per problem. */
export class InhibitionError extends Error {
  override readonly name = 'InhibitionError';
}

/** One inhibition rule in Alertmanager's terms. */
export interface InhibitRule {
  readonly source_matchers: readonly string[];
  readonly target_matchers: readonly string[];
  readonly equal?: readonly string[];
}

/** `label="x"`, or `label=~"x|y"`; the values are names, of which a regular expression takes nothing for an operator. */
export const matcher = (label: string, values: readonly string[]) =>
  matcherText({ label, operator: values.length === 1 ? '=' : '=~', value: values.join('|') });

/**
 * The inhibition rules for the alerts of a bundle, each with its reason. Alerts that the site disabled are left out,
 * and with them a rule that has no source or no target left; so is a target of a higher severity than its source.
 *
 * Throws {@link InhibitionError} for what {@link inhibitionProblems} finds; the check `inhibitions` reports it before.
 */
export function inhibitRules(bundle: Bundle): { readonly rule: InhibitRule; readonly reason: string }[] {
  const { inhibitions } = bundle.definitions;
  const problems = inhibitionProblems(bundle);
  if (problems.length > 0) {
    throw new InhibitionError(
      problems
        .map(({ file, reason, problem }) => `${file}: ${JSON.stringify(reason)}: ${problem}`)
        .join('\n'),
    );
  }

  const rules = bundle.alertGroups.flatMap((group) => group.rules);
  const signals = signalsOf(bundle);
  return inhibitions.flatMap((inhibition) => {
    const { source, target, equal, reason } = inhibition;
    // Severities and reach may differ from source to source, so sources that share both share a rule. Those of different
    // signals do not: git would not merge a change of one with a change of another.
    const sources = new Map<string, AlertingRule[]>();
    for (const rule of sourcesOf(inhibition, rules)) {
      const key = `${rule.severity} ${rule.definition.withoutSiteLabels === true} ${rule.definition.signal}`;
      sources.set(key, [...(sources.get(key) ?? []), rule]);
    }
    return [...sources.values()].flatMap((same) => {
      const { definition } = same[0] as AlertingRule;
      const targets = targetsOf(inhibition, same, rules);
      if (targets.length === 0) return [];
      const rule = {
        // Two alerts that both lack a label are equal to Alertmanager.
        source_matchers: [...sideMatchers(source, same, signals), ...carrying(equal)],
        target_matchers: [...sideMatchers(target, targets, signals), ...carrying(equal)],
      };
      const { groupBy } = bundle.config;
      const perSite = {
        rule: { ...rule, ...(groupBy.length + equal.length === 0 ? {} : { equal: [...groupBy, ...equal] }) },
        reason,
      };
      if (definition.withoutSiteLabels !== true || groupBy.length === 0) return [perSite];
      return [
        {
          rule: {
            ...rule,
            source_matchers: [...rule.source_matchers, ...groupBy.map((label) => `${label}=""`)],
            ...(equal.length === 0 ? {} : { equal: [...equal] }),
          },
          reason: `${reason} Without ${groupBy.join(', ')} it is about every installation of its Prometheus.`,
        },
        {
          ...perSite,
          reason: `The same, if ${groupBy.join(', ')} is an external label of each Prometheus.`,
        },
      ];
    });
  });
}

const carrying = (equal: readonly string[]) => equal.filter((l) => l !== 'signal').map((l) => `${l}!=""`);

/** Matchers for one side, narrowed to what the bundle has and, on the target's side, to what may be silenced. */
function sideMatchers(
  selection: AlertSelection,
  chosen: readonly AlertingRule[],
  signals: readonly string[],
): string[] {
  const having = (values: readonly string[]) => (value: string) => values.includes(value);
  if (selection.alerts !== undefined) {
    return [matcher('alertname', selection.alerts.filter(having(chosen.map((r) => r.alert))))];
  }
  return [
    matcher('severity', SEVERITIES.filter(having(chosen.map((r) => r.severity)))),
    matcher('signal', (selection.signals ?? signals).filter(having(chosen.map((r) => r.definition.signal)))),
  ];
}
