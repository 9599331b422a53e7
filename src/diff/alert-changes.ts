import type { Rule } from '../rule-files/side.js';
import { seriesLabelChanges, staticLabelChanges } from './alert-labels.js';
import { annotationChanges } from './annotation-changes.js';
import { type ExpressionChange, expressionChanges, sameExpression, short } from './expression.js';
import type { Finding } from './finding.js';
import {
  adderTo,
  groupChange,
  halves,
  length,
  type RuleChange,
  seconds,
  unreadExpression,
} from './rule-changes.js';
import { type RuleContext, stillNamed } from './rule-context.js';
import { unexplainedOfRule } from './rule-fields.js';

const SEVERITIES: Readonly<Record<string, number>> = {
  none: 0,
  info: 1,
  warning: 2,
  error: 3,
  critical: 4,
  page: 4,
};

export function alertChanges(base: Rule, head: Rule, subject: string, context: RuleContext): Finding[] {
  const findings: Finding[] = [];
  const add = adderTo(findings, head, subject);
  const change: RuleChange = { base, head, context, add };

  if (base.name !== head.name) {
    add(
      'alert-renamed',
      'breaking',
      base.name,
      head.name,
      `Silences, inhibitions and routes for ${base.name} stop matching, and the history under that name ends.${stillNamed(context, base.name)}`,
    );
  }
  severityChange(change);
  staticLabelChanges(change);
  if (!sameExpression(base.parsed, head.parsed)) {
    if (head.parsed.error !== undefined) findings.push(unreadExpression(head, subject, base));
    else expressionFindings(change);
  }
  seriesLabelChanges(change);
  durationChanges(change);
  annotationChanges(change);
  groupChange(change);
  findings.push(...unexplainedOfRule(base, head, subject, findings));
  return findings;
}

function severityChange({ base, head, add }: RuleChange): void {
  const [before, after] = [base.labels.severity, head.labels.severity];
  if (before === after) return;
  const [from, to] = [SEVERITIES[before ?? ''], SEVERITIES[after ?? '']];
  const top = SEVERITIES.critical as number;
  if (after === undefined) {
    add(
      'severity-changed',
      'breaking',
      before,
      undefined,
      'Routes by severity no longer match it: it goes to the default receiver.',
    );
  } else if (from !== undefined && to !== undefined && to > from) {
    const wakes = to === top ? 'It now pages' : 'It is now more urgent';
    add(
      'severity-changed',
      'notable',
      before,
      after,
      `${wakes}; silences for severity ${before} no longer cover it.`,
    );
  } else {
    const wakes =
      from === top && to !== undefined && to < top
        ? 'It no longer pages'
        : `Routes and inhibitions for severity ${before ?? 'none'} no longer match it`;
    add(
      'severity-changed',
      'breaking',
      before,
      after,
      `${wakes}; silences for severity ${before ?? 'none'} no longer cover it.`,
    );
  }
}

const KINDS: Readonly<Record<ExpressionChange['what'], string>> = {
  threshold: 'threshold-changed',
  number: 'number-changed',
  window: 'window-changed',
  offset: 'offset-changed',
  matcher: 'selection-changed',
  labels: 'grouping-changed',
  series: 'series-changed',
  function: 'expression-changed',
  comparison: 'comparison-changed',
  condition: 'condition-changed',
  expression: 'expression-changed',
};

function expressionFindings({ base, head, add }: RuleChange): void {
  for (const change of expressionChanges(base.parsed, head.parsed)) {
    const whole = change.text.startsWith('rewritten');
    const { before, after } = whole ? { before: short(base.expr), after: short(head.expr) } : halves(change);
    add(KINDS[change.what], 'notable', before, after, alertConsequence(change));
  }
}

function alertConsequence({ what, effect, seconds: window, text }: ExpressionChange): string {
  switch (what) {
    case 'threshold':
      if (effect === 'stricter')
        return 'It fires later or less often: values between the two thresholds no longer trigger it.';
      if (effect === 'laxer')
        return 'It fires earlier or more often: values between the two thresholds now trigger it.';
      return 'Different values trigger it.';
    case 'window':
      if (window === undefined) {
        return 'It uses a different time range.';
      }
      return window[1] > window[0]
        ? 'It uses a longer window: slower to fire and resolve, and less sensitive.'
        : 'It uses a shorter window: faster to fire and resolve, and more sensitive.';
    case 'matcher':
      return 'It reads other series: series that are no longer selected cannot trigger it.';
    case 'series':
      return 'It fires on another series.';
    case 'condition':
      if (/^now (?:only while|not while)/.test(text))
        return 'It fires only if this condition holds too: less often than before.';
      if (/^now also on|^no longer (?:only|not) while/.test(text))
        return 'It fires in more cases than before.';
      return 'It fires in fewer cases than before.';
    case 'labels':
      return 'The grouping changes: one alert may become many, or many may become one.';
    default:
      return 'It fires on another condition.';
  }
}

/** `for` and `keep_firing_for`. */
function durationChanges({ base, head, add }: RuleChange): void {
  const [before, after] = [seconds(base.for), seconds(head.for)];
  if (before !== after && !Number.isNaN(before + after)) {
    const difference = after - before;
    add(
      'for-changed',
      'notable',
      base.for ?? '0s',
      head.for ?? '0s',
      difference > 0
        ? `It fires ${length(difference)} later, and faults shorter than ${head.for} never trigger it.`
        : after === 0
          ? 'It fires at the first evaluation that meets the condition, even if the fault is short.'
          : `It fires ${length(-difference)} earlier, and shorter faults trigger it too.`,
    );
  }
  const [kept, keeps] = [seconds(base.keepFiringFor), seconds(head.keepFiringFor)];
  if (kept !== keeps && !Number.isNaN(kept + keeps)) {
    add(
      'keep-firing-for-changed',
      'notable',
      base.keepFiringFor ?? '0s',
      head.keepFiringFor ?? '0s',
      keeps > kept
        ? `It resolves ${length(keeps - kept)} later and flaps less.`
        : `It resolves ${length(kept - keeps)} earlier and may flap.`,
    );
  }
}
