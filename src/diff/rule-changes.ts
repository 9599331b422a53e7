import { duration, durationOf, durationSeconds } from '../promql/duration.js';
import type { Rule } from '../rule-files/parse.js';
import { type ExpressionChange, short } from './expression.js';
import { type Finding, finding, type Level } from './finding.js';
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
    findings.push(finding(rule.file, kind, level, subject, ...change));

export const brokenExpression = (rule: Rule, subject: string, before?: string): Finding => ({
  kind: 'expression-broken',
  level: 'breaking',
  subject,
  ...(before === undefined ? {} : { before: short(before) }),
  after: short(rule.expr),
  consequence: 'Prometheus cannot parse this expression and rejects the whole file.',
  file: rule.file,
});

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

export function groupChange({ base, head, add }: RuleChange): void {
  if (base.group !== head.group) {
    add(
      'rule-moved',
      'harmless',
      `group ${base.group}`,
      `group ${head.group}`,
      'It is evaluated in another group; nothing else changes.',
    );
  }
}

/** The two halves of `threshold 600 → 900`. */
export function halves({ text }: ExpressionChange): { before?: string; after: string } {
  const [before, after] = text.split(' → ');
  return after === undefined
    ? { after: text }
    : { before: (before as string).replace(/^(?:threshold|window|offset|number) /, ''), after };
}
