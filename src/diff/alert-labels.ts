import { matcherText } from '../promql/print.js';
import { sameExpression } from './expression.js';
import { listed } from './finding.js';
import type { RuleChange } from './rule-changes.js';

/** Labels that the definition of an alert adds. */
export function staticLabelChanges({ base, head, add }: RuleChange): void {
  for (const label of [...new Set([...Object.keys(base.labels), ...Object.keys(head.labels)])].sort()) {
    const [before, after] = [base.labels[label], head.labels[label]];
    if (label === 'severity' || before === after) continue;
    const show = (value: string | undefined) =>
      value === undefined ? undefined : matcherText({ label, operator: '=', value });
    if (before === undefined) {
      add(
        'label-added',
        'notable',
        undefined,
        show(after),
        `The alert's labels change: it will resolve and fire again, and routes for ${label} may match it.`,
      );
    } else {
      add(
        after === undefined ? 'label-removed' : 'label-changed',
        'breaking',
        show(before),
        show(after),
        `Silences, inhibitions and routes for ${show(before)} stop matching.`,
      );
    }
  }
}

/** Labels that every alert of a rule carries through its expression. */
export function seriesLabelChanges({ base, head, context, add }: RuleChange): void {
  const [before, after] = [context.baseLabels.of(base), context.headLabels.of(head)];
  const show = (labels: ReadonlySet<string> | undefined) =>
    labels === undefined
      ? 'labels of the series it reads'
      : labels.size === 0
        ? 'no labels'
        : [...labels].sort().join(', ');
  if (before === undefined || after === undefined) {
    // What is not known may be so because a series that it reads is gone: another finding says that.
    if (sameExpression(base.parsed, head.parsed)) return;
    if (before === undefined && after !== undefined) {
      add(
        'alert-labels-lost',
        'breaking',
        show(before),
        show(after),
        `The alert now has ${after.size === 0 ? 'no label' : `only ${listed([...after].sort(), 6)}`} of its series: silences and inhibitions by other labels stop matching, and fewer alerts fire.`,
      );
    }
    if (before !== undefined && after === undefined) {
      add(
        'alert-labels-gained',
        'notable',
        show(before),
        show(after),
        'It fires once per series that it reads, with all labels of the series.',
      );
    }
    return;
  }
  const lost = [...before].filter((label) => !after.has(label) && head.labels[label] === undefined).sort();
  const gained = [...after].filter((label) => !before.has(label) && base.labels[label] === undefined).sort();
  if (lost.length > 0) {
    add(
      'alert-labels-lost',
      'breaking',
      show(before),
      show(after),
      `The alert no longer has ${listed(lost, 6)}: silences and inhibitions by ${lost.length === 1 ? 'this label' : 'these labels'} stop matching.`,
    );
  }
  if (gained.length > 0) {
    add(
      'alert-labels-gained',
      'notable',
      show(before),
      show(after),
      `It fires once per ${listed(gained, 6)}: one alert may become many, each with new labels.`,
    );
  }
}
