import { duration, durationOf, durationSeconds } from '../promql/duration.js';
import type { Rule } from '../rule-files/side.js';
import { type ExpressionChange, short } from './expression.js';
import { type Finding, finding, type Level, placeOf } from './finding.js';
import type { RuleContext } from './rule-context.js';

/** A rule on both sides, and where to put what changed. */
export interface RuleChange {
  readonly base: Rule;
  readonly head: Rule;
  readonly context: RuleContext;
  /** Notes a finding about the rule. */
  readonly add: Add;
}

type Add = (
  kind: string,
  level: Level,
  before: string | undefined,
  after: string | undefined,
  consequence: string,
) => void;

/** Collects the findings about one rule. */
export const adderTo =
  (findings: Finding[], rule: Rule, subject: string): Add =>
  (kind, level, ...change) =>
    findings.push(finding(rule, kind, level, subject, ...change));

/** The finding about an expression of the head that is no PromQL. */
export function unreadExpression(rule: Rule, subject: string, base?: Rule): Finding {
  const wasRead = base?.parsed.error === undefined;
  const isBroken = rule.dialect === undefined && wasRead;
  return {
    kind: isBroken ? 'expression-broken' : 'expression-changed',
    level: isBroken ? 'breaking' : 'notable',
    subject,
    ...(base === undefined ? {} : { before: short(base.expr) }),
    after: short(rule.expr),
    consequence: isBroken
      ? 'Prometheus cannot parse this expression and rejects the whole file.'
      : `Not PromQL ${rule.dialect === undefined ? 'on either side' : `but ${rule.dialect}`}: compared as text only.`,
    ...placeOf(rule),
  };
}

/** Seconds of a duration; 0 without one, NaN for an unreadable one. */
export const seconds = (text: string | undefined) => {
  try {
    return text === undefined ? 0 : durationSeconds(duration(text));
  } catch {
    return Number.NaN;
  }
};

/** Seconds as a duration. */
export const length = (value: number) => (Number.isInteger(value) ? durationOf(value) : `${value}s`);

/** A rule in another group, which may be evaluated at another interval. */
export function groupChange({ base, head, add }: RuleChange): void {
  if (base.group === head.group) return;
  const isSameInterval = base.interval === head.interval || seconds(base.interval) === seconds(head.interval);
  const every = (rule: Rule) => (rule.interval === undefined ? 'the default interval' : rule.interval);
  const where = (rule: Rule) => `group ${rule.group}`;
  if (isSameInterval) {
    add(
      'rule-moved',
      'harmless',
      where(base),
      where(head),
      'It is evaluated in another group; nothing else changes.',
    );
    return;
  }
  add(
    'rule-moved',
    'notable',
    `${where(base)} (${every(base)})`,
    `${where(head)} (${every(head)})`,
    `It is evaluated at ${every(head)} instead of ${every(base)}: an alert can fire and resolve that much ${seconds(head.interval) > seconds(base.interval) ? 'later' : 'earlier'}.`,
  );
}

/** The two halves of `threshold 600 → 900`. */
export function halves({ text }: ExpressionChange): { before?: string; after: string } {
  const [before, after] = text.split(' → ');
  return after === undefined
    ? { after: text }
    : { before: (before as string).replace(/^(?:threshold|window|offset|number) /, ''), after };
}
