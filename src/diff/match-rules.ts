import type { Rule } from '../rule-files/parse.js';
import { keyOf } from './expression.js';
import { match } from './match.js';

/** Rules that are one and the same on both sides. */
export interface RulePair {
  readonly before: Rule;
  readonly after: Rule;
}

/** How the rules of two sides belong together. */
export interface RuleMatch {
  readonly pairs: readonly RulePair[];
  readonly renamed: readonly RulePair[];
  readonly removed: readonly Rule[];
  readonly added: readonly Rule[];
}

/** The labels of a rule as a text, whatever their order. */
export const labelsKey = (labels: Readonly<Record<string, string>>) =>
  JSON.stringify(Object.entries(labels).sort());
const exprKey = ({ parsed }: Rule) => keyOf(parsed);

/** Pairs up rules: by name first; what is left over and has the same expression was renamed. */
export function matchRules(before: readonly Rule[], after: readonly Rule[]): RuleMatch {
  const name = (rule: Rule) => [rule.kind, rule.name];
  const key = (...parts: unknown[]) => JSON.stringify(parts);
  const byName = match(before, after, [
    (rule) => key(name(rule), rule.group, labelsKey(rule.labels), exprKey(rule), rule.for),
    (rule) => key(name(rule), rule.group, labelsKey(rule.labels), exprKey(rule)),
    (rule) => key(name(rule), rule.group, labelsKey(rule.labels)),
    (rule) => key(name(rule), labelsKey(rule.labels), exprKey(rule)),
    (rule) => key(name(rule), rule.group, exprKey(rule)),
    (rule) => key(name(rule), rule.group, rule.labels.severity),
    (rule) => key(name(rule), rule.labels.severity),
    (rule) => key(name(rule), rule.group),
    (rule) => key(name(rule)),
  ]);
  const byExpression = match(byName.removed, byName.added, [
    (rule) => key(rule.kind, rule.group, labelsKey(rule.labels), exprKey(rule)),
    (rule) => key(rule.kind, labelsKey(rule.labels), exprKey(rule)),
    (rule) => key(rule.kind, exprKey(rule)),
  ]);
  const pair = ([one, other]: readonly [Rule, Rule]): RulePair => ({ before: one, after: other });
  return {
    pairs: byName.pairs.map(pair),
    renamed: byExpression.pairs.map(pair),
    removed: byExpression.removed,
    added: byExpression.added,
  };
}
