import type { Group, Rule } from '../rule-files/side.js';
import { alertChanges } from './alert-changes.js';
import { compareGroups } from './compare-groups.js';
import { short } from './expression.js';
import { type Finding, placeOf } from './finding.js';
import { matchRules } from './match-rules.js';
import { recordChanges } from './record-changes.js';
import { unreadExpression } from './rule-changes.js';
import { isRecorded, type RuleContext, readerNames, readersOfSeries, stillNamed } from './rule-context.js';

/** Several rules with the same name are distinguished by severity. */
export function subjectOf(rule: Rule, all: readonly Rule[]): string {
  const namesakes = all.filter((other) => other.kind === rule.kind && other.name === rule.name);
  const severity = rule.labels.severity;
  return namesakes.length > 1 && severity !== undefined
    ? `${rule.kind} ${rule.name} (${severity})`
    : `${rule.kind} ${rule.name}`;
}

/** Compares the rules of two sides (or of one form of file on both). */
export function compareRules(
  beforeGroups: readonly Group[],
  afterGroups: readonly Group[],
  context: RuleContext,
): Finding[] {
  const before = beforeGroups.flatMap(({ rules }) => rules);
  const after = afterGroups.flatMap(({ rules }) => rules);
  const matched = matchRules(before, after);
  const subject = (rule: Rule) => subjectOf(rule, after.includes(rule) ? after : before);
  const findings: Finding[] = [];
  for (const { before: base, after: head } of [...matched.pairs, ...matched.renamed]) {
    findings.push(
      ...(head.kind === 'alert' ? alertChanges : recordChanges)(base, head, subject(head), context),
    );
  }
  for (const rule of matched.removed) findings.push(removedRule(rule, subject(rule), context));
  for (const rule of matched.added) findings.push(addedRule(rule, subject(rule), context));
  return [...findings, ...compareGroups(beforeGroups, afterGroups, matched)];
}

function removedRule(rule: Rule, subject: string, context: RuleContext): Finding {
  const common = { subject, before: short(rule.expr), ...placeOf(rule) };
  if (rule.kind === 'alert') {
    return {
      ...common,
      kind: 'alert-removed',
      level: 'breaking',
      consequence: `This condition no longer triggers an alert${rule.annotations.summary === undefined ? '' : `: "${short(rule.annotations.summary)}"`}.${stillNamed(context, rule.name)}`,
    };
  }
  const readers = isRecorded(context, rule.name) ? [] : readersOfSeries(context, rule.name);
  return {
    ...common,
    kind: 'record-removed',
    level: readers.length > 0 ? 'breaking' : 'notable',
    consequence:
      readers.length > 0
        ? `${readerNames(readers)} still ${readers.length === 1 ? 'reads' : 'read'} this series and will get no data.`
        : 'Nothing here reads this series; other readers will get no data.',
  };
}

function addedRule(rule: Rule, subject: string, context: RuleContext): Finding {
  const common = { subject, after: short(rule.expr), ...placeOf(rule) };
  if (rule.parsed.error !== undefined) return unreadExpression(rule, subject);
  if (rule.kind === 'alert') {
    const severity = rule.labels.severity;
    return {
      ...common,
      kind: 'alert-added',
      level: 'notable',
      consequence: `A new alert${severity === undefined ? '' : ` of severity ${severity}`}, which fires ${rule.for === undefined ? 'immediately' : `after ${rule.for}`}.`,
    };
  }
  const readers = readersOfSeries(context, rule.name);
  return {
    ...common,
    kind: 'record-added',
    level: 'harmless',
    consequence: `A new series, read by ${readers.length > 0 ? readerNames(readers) : 'nothing here'}; it has no history before the change.`,
  };
}
