import type { Rule } from '../rule-files/parse.js';
import { seriesLabelChanges, staticLabelChanges } from './alert-labels.js';
import { annotationChanges } from './annotation-changes.js';
import { type ExpressionChange, expressionChanges, sameExpression, short } from './expression.js';
import type { Finding } from './finding.js';
import {
  adderTo,
  brokenExpression,
  groupChange,
  halves,
  length,
  type RuleChange,
  seconds,
} from './rule-changes.js';
import { type RuleContext, stillNamed } from './rule-context.js';

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
      `Silences, inhibitions and routes that name ${base.name} stop matching, and its history ends under that name.${stillNamed(context, base.name)}`,
    );
  }
  severityChange(change);
  staticLabelChanges(change);
  if (!sameExpression(base.parsed, head.parsed)) {
    if (head.parsed.error !== undefined) findings.push(brokenExpression(head, subject, base.expr));
    else expressionFindings(change);
  }
  seriesLabelChanges(change);
  durationChanges(change);
  annotationChanges(change);
  groupChange(change);
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
      'Routes that ask for a severity no longer take it: it goes to the default receiver.',
    );
  } else if (from !== undefined && to !== undefined && to > from) {
    const wakes = to === top ? 'It pages from now on' : 'It is routed as more urgent';
    add(
      'severity-changed',
      'notable',
      before,
      after,
      `${wakes}; silences for severity ${before} no longer cover it.`,
    );
  } else {
    const wakes =
      from === top && to !== undefined
        ? 'It pages nobody any more'
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
        return 'It fires later or less often: what lies between the two is no longer told.';
      if (effect === 'laxer')
        return 'It fires earlier or more often: what lies between the two is told from now on.';
      return 'Other values fire it from now on.';
    case 'window':
      if (window === undefined) {
        return 'It looks at another stretch of time.';
      }
      return window[1] > window[0]
        ? 'It looks further back: slower to fire and to resolve, and quieter.'
        : 'It looks less far back: faster to fire and to resolve, and more easily excited.';
    case 'matcher':
      return 'It watches other series: what is no longer selected fires nothing.';
    case 'series':
      return 'It fires on another series from now on.';
    case 'condition':
      if (/^now (?:only while|not while)/.test(text))
        return 'It fires only where this holds as well: less often than before.';
      if (/^now also on|^no longer (?:only|not) while/.test(text))
        return 'It fires in more cases than before.';
      return 'It fires in fewer cases than before.';
    case 'labels':
      return 'It counts and compares in other groups: one alert may become many, or many one.';
    default:
      return 'It fires on another condition from now on.';
  }
}

/** `for` and `keep_firing_for`. */
function durationChanges({ base, head, add }: RuleChange): void {
  const [before, after] = [seconds(base.for), seconds(head.for)];
  if (before !== after && !(Number.isNaN(before) && base.for === head.for)) {
    const difference = after - before;
    add(
      'for-changed',
      'notable',
      base.for ?? '0s',
      head.for ?? '0s',
      difference > 0
        ? `It fires ${length(difference)} later, and what lasts less than ${head.for} is never told.`
        : after === 0
          ? 'It fires at the first evaluation that meets the condition, however short.'
          : `It fires ${length(-difference)} earlier, and shorter faults are told too.`,
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
        ? `It resolves ${length(keeps - kept)} later, so that it flaps less.`
        : `It resolves ${length(kept - keeps)} earlier, and may come and go.`,
    );
  }
}
