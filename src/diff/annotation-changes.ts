import type { Rule, Side } from '../rule-files/side.js';
import { short } from './expression.js';
import { listed } from './finding.js';
import type { RuleChange } from './rule-changes.js';

/** Annotations that hold a link to what to do. */
const RUNBOOK = /^runbook(?:_url)?$/;

/** The page of a runbook in the files of a side, where its address is a path. */
function pageOf(address: string, side: Side): string | undefined {
  const path = address.replace(/[#?].*$/, '');
  if (!path.endsWith('.md')) return undefined;
  const name = path.replace(/^.*\//, '');
  return [...side.pages].find((page) =>
    /^https?:/.test(path) ? page.endsWith(`runbooks/${name}`) : page === path || page.endsWith(`/${path}`),
  );
}

export function annotationChanges(change: RuleChange): void {
  const { base, head } = change;
  const names = [...new Set([...Object.keys(base.annotations), ...Object.keys(head.annotations)])].sort();
  for (const name of names) {
    const [before, after] = [base.annotations[name], head.annotations[name]];
    if (RUNBOOK.test(name)) runbookChange(before, after, change);
    else if (before !== after) textChange(name, before, after, change);
  }
  holesInTexts(change);
}

/** Also a link that stays while its page goes. */
function runbookChange(
  before: string | undefined,
  after: string | undefined,
  { context, add }: RuleChange,
): void {
  if (after === undefined) {
    add('runbook-lost', 'breaking', before, undefined, 'The alert no longer links to a runbook.');
  } else if (before === undefined) {
    add('runbook-added', 'harmless', undefined, after, 'The alert now links to a runbook.');
  } else if (pageOf(before, context.base) !== undefined && pageOf(after, context.head) === undefined) {
    add(
      'runbook-lost',
      'breaking',
      before,
      after,
      `Its runbook page no longer exists: the link ${after} is broken.`,
    );
  } else if (before !== after) {
    add('runbook-changed', 'notable', before, after, 'The runbook link changes.');
  }
}

/** Any other annotation: a text, or a link to a dashboard. */
function textChange(
  name: string,
  before: string | undefined,
  after: string | undefined,
  { add }: RuleChange,
): void {
  const link = /url$|^dashboard|__dashboardUid__|__panelId__/.test(name);
  if (after === undefined) {
    add(
      link ? 'link-lost' : 'text-lost',
      'notable',
      `${name}: ${short(before ?? '')}`,
      undefined,
      link
        ? `The alert no longer links to a dashboard: ${name} was removed.`
        : `Notifications that show ${name} will have a gap.`,
    );
  } else {
    add(
      link ? 'link-changed' : 'text-changed',
      link && before !== undefined ? 'notable' : 'harmless',
      before === undefined ? undefined : short(before),
      short(after),
      link ? 'The link in the notification changes.' : `The text of notifications changes: ${name}.`,
    );
  }
}

/** Labels that a text shows and the expression no longer leaves. */
function holesInTexts({ base, head, context, add }: RuleChange): void {
  const shown = (rule: Rule, labels: ReadonlySet<string> | undefined) =>
    labels === undefined
      ? []
      : [
          ...Object.values(rule.annotations)
            .join(' ')
            .matchAll(/\$labels\.(\w+)/g),
        ]
          .map(([, label]) => label as string)
          .filter((label) => !labels.has(label) && rule.labels[label] === undefined);
  const before = new Set(shown(base, context.baseLabels.of(base)));
  const holes = [...new Set(shown(head, context.headLabels.of(head)))].filter((label) => !before.has(label));
  if (holes.length > 0) {
    add(
      'text-with-gap',
      'notable',
      undefined,
      holes.map((label) => `{{ $labels.${label} }}`).join(', '),
      `Its texts and links use ${listed(holes)}, which the expression no longer keeps: they will have a gap.`,
    );
  }
}
