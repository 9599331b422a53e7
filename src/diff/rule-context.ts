import { type DependencyGraph, mentions } from '../bundle/graph.js';
import type { Side, SideFile } from '../rule-files/side.js';
import { listed } from './finding.js';
import { type KnownLabels, knownLabels } from './known-labels.js';
import { type Reader, readersGraph } from './readers.js';

/** What a comparison of rules needs of the two sides. */
export interface RuleContext {
  readonly base: Side;
  readonly head: Side;
  /** Who reads series at the head, files of others included. */
  readonly readers: DependencyGraph<Reader>;
  /** Alertmanager configurations at the head, and files of others that are no rules and no dashboards. */
  readonly texts: readonly SideFile[];
  readonly baseLabels: KnownLabels;
  readonly headLabels: KnownLabels;
}

export function ruleContext(base: Side, head: Side, also: Side): RuleContext {
  return {
    base,
    head,
    readers: readersGraph(head, also),
    texts: [...head.alertmanagers, ...also.alertmanagers, ...also.others],
    baseLabels: knownLabels(base),
    headLabels: knownLabels(head),
  };
}

/**
 * What reads a recorded series, apart from the rule that records it. A selector of labels alone, such as `{job="api"}`, is left out:
 * it reads other series too, and which ones is not known.
 */
export const readersOfSeries = (context: RuleContext, series: string) =>
  context.readers.naming(series).filter(({ described }) => described !== `record ${series}`);

/** Readers as a list for a sentence. */
export const readerNames = (readers: readonly Reader[]) => listed(readers.map(({ described }) => described));

/** Whether the head still records a series, under whatever rule. */
export const isRecorded = (context: RuleContext, series: string) =>
  context.head.groups.some(({ rules }) =>
    rules.some(({ kind, name }) => kind === 'record' && name === series),
  );

/** Says which files still name an alert that is gone under that name; empty where none does. */
export function stillNamed(context: RuleContext, alert: string): string {
  const alive = context.head.groups.some(({ rules }) => rules.some(({ name }) => name === alert));
  const files = alive
    ? []
    : context.texts.filter(({ text }) => mentions(text, alert)).map(({ path }) => path);
  return files.length === 0 ? '' : ` ${listed(files)} still ${files.length === 1 ? 'names' : 'name'} it.`;
}
