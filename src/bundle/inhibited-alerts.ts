import type { AlertSelection, InhibitionDefinition } from '../model/inhibition.js';
import { SEVERITIES, type Severity } from '../model/severity.js';
import type { AlertingRule, Bundle } from './bundle.js';

/** A higher number is more severe. */
const rank = (severity: Severity) => SEVERITIES.length - SEVERITIES.indexOf(severity);

const selects = ({ alerts, severities, signals }: AlertSelection, rule: AlertingRule) =>
  (alerts?.includes(rule.alert) ?? true) &&
  (severities?.includes(rule.severity) ?? true) &&
  (signals?.includes(rule.definition.signal) ?? true);

const carriesAll = ({ equal }: InhibitionDefinition, { definition }: AlertingRule) =>
  equal.every((label) => label === 'signal' || definition.labels.includes(label));

/** The alerts that can be a source of an inhibition. */
export const sourcesOf = (inhibition: InhibitionDefinition, rules: readonly AlertingRule[]): AlertingRule[] =>
  rules.filter((rule) => selects(inhibition.source, rule) && carriesAll(inhibition, rule));

/**
 * The alerts that an inhibition suppresses while any of some alerts fires. An alert never suppresses a more severe one.
 *
 * @param sources alerts of one severity
 */
export function targetsOf(
  inhibition: InhibitionDefinition,
  sources: readonly AlertingRule[],
  rules: readonly AlertingRule[],
): AlertingRule[] {
  return rules.filter(
    (rule) =>
      selects(inhibition.target, rule) &&
      carriesAll(inhibition, rule) &&
      sources.some(
        (source) =>
          rank(rule.severity) <= rank(source.severity) &&
          (!inhibition.equal.includes('signal') || source.definition.signal === rule.definition.signal),
      ),
  );
}

/** The names of the alerts that an alert suppresses while it fires. */
export function inhibitedBy({ definitions, alertGroups }: Bundle, alert: AlertingRule): string[] {
  const rules = alertGroups.flatMap((group) => group.rules);
  const names = definitions.inhibitions
    .filter((inhibition) => sourcesOf(inhibition, [alert]).length > 0)
    .flatMap((inhibition) => targetsOf(inhibition, [alert], rules))
    .map((rule) => rule.alert);
  return [...new Set(names)].filter((name) => name !== alert.alert);
}
