import type { Rule } from '../rule-files/side.js';
import { alsoDiffers } from './also-differs.js';
import { type Difference, differences } from './differences.js';
import { sameExpression } from './expression.js';
import type { Finding } from './finding.js';
import { seconds } from './rule-changes.js';

/** Findings that explain another expression. */
const OF_EXPRESSION =
  /^(?:threshold|number|window|offset|selection|grouping|series|expression|comparison|condition)-(?:changed|broken)$|^record-redefined$/;

/** What differs between two rules and no finding about them explains, as one finding; none where nothing does. */
export function unexplainedOfRule(
  base: Rule,
  head: Rule,
  subject: string,
  findings: readonly Finding[],
): Finding[] {
  const isExplained = (kind: RegExp) => findings.some((one) => kind.test(one.kind));
  const field = (path: string, before: unknown, after: unknown, kind: RegExp): Difference[] =>
    before === after || isExplained(kind) ? [] : [{ path, before, after }];
  const duration = (path: string, before: string | undefined, after: string | undefined, kind: RegExp) =>
    seconds(before) === seconds(after) ? [] : field(path, before, after, kind);
  return alsoDiffers(head, subject, [
    ...field('name', base.name, head.name, /-renamed$/),
    ...(sameExpression(base.parsed, head.parsed) ? [] : field('expr', base.expr, head.expr, OF_EXPRESSION)),
    ...duration('for', base.for, head.for, /^for-changed$/),
    ...duration('keep_firing_for', base.keepFiringFor, head.keepFiringFor, /^keep-firing-for-changed$/),
    ...(isExplained(/label|^severity-changed$/) ? [] : differences(base.labels, head.labels, 'labels')),
    ...(isExplained(/^(?:text|link|runbook)-/)
      ? []
      : differences(base.annotations, head.annotations, 'annotations')),
    ...differences(base.more, head.more),
  ]);
}
