import type { InhibitRule } from '../../src/renderers/alertmanager/inhibit-rules.js';
import type { AlertLabels } from './alert-labels.js';

/** Whether an alert with these labels meets a matcher, as Alertmanager decides it. */
export const matches = (labels: AlertLabels) => (matcher: string) => {
  const [, label = '', operator, value = ''] = /^(\w+)(=~|!=|=)"(.*)"$/.exec(matcher) ?? [];
  const found = labels[label] ?? '';
  if (operator === '=') return found === value;
  if (operator === '!=') return found !== value;
  if (operator === '=~') return new RegExp(`^(?:${value})$`).test(found);
  throw new Error(`${matcher}: no such matcher is known here`);
};

/** Whether a rule silences `target` while `source` fires, as Alertmanager decides it. */
export function silences(rule: InhibitRule, source: AlertLabels, target: AlertLabels): boolean {
  return (
    rule.source_matchers.every(matches(source)) &&
    rule.target_matchers.every(matches(target)) &&
    (rule.equal ?? []).every((label) => (source[label] ?? '') === (target[label] ?? ''))
  );
}
