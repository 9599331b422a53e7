import { sameExpression } from './expression.js';
import { listed } from './finding.js';
import type { RuleChange } from './rule-changes.js';

/** Labels that the definition of an alert adds. */
export function staticLabelChanges({ base, head, add }: RuleChange): void {
  for (const label of [...new Set([...Object.keys(base.labels), ...Object.keys(head.labels)])].sort()) {
    const [before, after] = [base.labels[label], head.labels[label]];
    if (label === 'severity' || before === after) continue;
    const show = (value: string | undefined) => (value === undefined ? undefined : `${label}="${value}"`);
    if (before === undefined) {
      add(
        'label-added',
        'notable',
        undefined,
        show(after),
        `The alert gets another identity: it resolves once and fires anew, and routes for ${label} may take it.`,
      );
    } else {
      add(
        after === undefined ? 'label-removed' : 'label-changed',
        'breaking',
        show(before),
        show(after),
        `Silences, inhibitions and routes that ask for ${show(before)} stop matching.`,
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
        `The alert carries ${after.size === 0 ? 'no label' : `only ${listed([...after].sort(), 6)}`} of its series any more: silences and inhibitions by others stop matching, and many alerts become fewer.`,
      );
    }
    if (before !== undefined && after === undefined) {
      add(
        'alert-labels-gained',
        'notable',
        show(before),
        show(after),
        'It fires once for each series it reads, with all their labels.',
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
      `The alert no longer says which ${listed(lost, 6)} it is about: silences and inhibitions by ${lost.length === 1 ? 'it' : 'them'} stop matching.`,
    );
  }
  if (gained.length > 0) {
    add(
      'alert-labels-gained',
      'notable',
      show(before),
      show(after),
      `It fires once for each ${listed(gained, 6)}: one alert may become many, each with a new identity.`,
    );
  }
}
