import { matcherText } from '../promql/print.js';
import type { Rule } from '../rule-files/side.js';
import { type ExpressionChange, expressionChanges, sameExpression, short } from './expression.js';
import { type Finding, listed } from './finding.js';
import { labelsKey } from './match-rules.js';
import type { Reader } from './readers.js';
import { adderTo, groupChange, halves, type RuleChange, unreadExpression } from './rule-changes.js';
import { isRecorded, type RuleContext, readerNames, readersOfSeries } from './rule-context.js';
import { unexplainedOfRule } from './rule-fields.js';

/** A recording rule on both sides, and what reads its series at the head. */
interface RecordChange extends RuleChange {
  readonly readers: readonly Reader[];
}

export function recordChanges(base: Rule, head: Rule, subject: string, context: RuleContext): Finding[] {
  const findings: Finding[] = [];
  const add = adderTo(findings, head, subject);
  const change: RecordChange = { base, head, context, add, readers: readersOfSeries(context, head.name) };
  nameChange(change);
  addedLabelsChange(change);
  if (!sameExpression(base.parsed, head.parsed)) {
    if (head.parsed.error !== undefined) findings.push(unreadExpression(head, subject, base));
    else expressionChange(change);
  }
  seriesLabelsChange(change);
  groupChange(change);
  findings.push(...unexplainedOfRule(base, head, subject, findings));
  return findings;
}

function nameChange({ base, head, context, add }: RecordChange): void {
  if (base.name === head.name) return;
  const left = isRecorded(context, base.name) ? [] : readersOfSeries(context, base.name);
  add(
    'record-renamed',
    left.length > 0 ? 'breaking' : 'notable',
    base.name,
    head.name,
    left.length > 0
      ? `${readerNames(left)} still ${left.length === 1 ? 'reads' : 'read'} ${base.name} and will get no data.`
      : 'The history stays under the old name: queries over time start at the change.',
  );
}

/** Labels that the definition of the rule adds. */
function addedLabelsChange({ base, head, add, readers }: RecordChange): void {
  if (labelsKey(base.labels) === labelsKey(head.labels)) return;
  const show = (labels: Readonly<Record<string, string>>) =>
    Object.entries(labels)
      .map(([label, value]) => matcherText({ label, operator: '=', value }))
      .sort()
      .join(', ') || 'no labels';
  add(
    'record-labels-changed',
    readers.length > 0 ? 'breaking' : 'notable',
    show(base.labels),
    show(head.labels),
    `The labels of the series change: ${readers.length > 0 ? `joins and selectors in ${readerNames(readers)} may no longer match.` : 'its history stays under the old labels.'}`,
  );
}

/** What changed in an expression, in one line. */
function definitions(base: Rule, head: Rule): { readonly before?: string; readonly after: string } {
  const changes = expressionChanges(base.parsed, head.parsed);
  if (changes.some(({ text }) => text.startsWith('rewritten')))
    return { before: short(base.expr), after: short(head.expr) };
  return changes.length === 1
    ? halves(changes[0] as ExpressionChange)
    : { after: changes.map(({ text }) => text).join('; ') };
}

function expressionChange({ base, head, add, readers }: RecordChange): void {
  const { before, after } = definitions(base, head);
  add(
    'record-redefined',
    'notable',
    before,
    after,
    readers.length > 0
      ? `${readerNames(readers)} ${readers.length === 1 ? 'reads' : 'read'} different values.`
      : 'Its values change; nothing here reads it.',
  );
}

/** Labels that the series has through its expression. */
function seriesLabelsChange({ base, head, context, add, readers }: RecordChange): void {
  const [before, after] = [context.baseLabels.of(base), context.headLabels.of(head)];
  if (before === undefined || after === undefined) return;
  const lost = [...before].filter((label) => !after.has(label) && head.labels[label] === undefined).sort();
  const gained = [...after].filter((label) => !before.has(label)).sort();
  const concerned = readers.filter(({ labels }) => lost.some((label) => labels.has(label)));
  const show = (labels: ReadonlySet<string>) => [...labels].sort().join(', ') || 'no labels';
  if (lost.length > 0) {
    add(
      'record-labels-lost',
      concerned.length > 0 ? 'breaking' : 'notable',
      show(before),
      show(after),
      concerned.length > 0
        ? `${readerNames(concerned)} ${concerned.length === 1 ? 'uses' : 'use'} ${listed(lost)}, which the series no longer has.`
        : `The series no longer distinguishes ${listed(lost)}.`,
    );
  }
  if (gained.length > 0) {
    add(
      'record-labels-gained',
      'notable',
      show(before),
      show(after),
      `One series becomes many, one per ${listed(gained)}; joins on fewer labels may fail.`,
    );
  }
}
