import type { RuleGraph } from './graph.js';
import type { Group, Rule } from './side.js';

/** Rule groups for promtool, and which series they read. */
export interface PrunedGroups {
  /** Whether any of the rules reads a series directly. */
  readonly reads: (series: string) => boolean;
  readonly groups: readonly { readonly name: string; readonly rules: readonly object[] }[];
}

/**
 * The groups with just the alerts that are wanted and the records that these need, records before their readers.
 *
 * @param labels labels to add to an alert
 */
export function prunedGroups(
  groups: readonly Group[],
  graph: RuleGraph,
  alerts: ReadonlySet<string>,
  labels: Readonly<Record<string, string>> = {},
): PrunedGroups {
  const wanted = graph.rules.filter((rule) => rule.kind === 'alert' && alerts.has(rule.name));
  const needed = new Set<Rule>([...wanted, ...graph.recordsFor(wanted)]);
  const left = groups
    .map(({ name, rules }) => ({ name, rules: rules.filter((rule) => needed.has(rule)) }))
    .filter((group) => group.rules.length > 0);
  return {
    reads: (series) => [...needed].some((rule) => graph.doesRead(rule, series)),
    groups: graph.groupsInOrder(left).map((group, i) => ({
      // promtool wants the names to be unique.
      name: `${i} ${group.name}`,
      rules: group.rules.map((rule) => ({
        [rule.kind]: rule.name,
        expr: rule.expr,
        ...(rule.for === undefined ? {} : { for: rule.for }),
        ...(rule.keepFiringFor === undefined ? {} : { keep_firing_for: rule.keepFiringFor }),
        labels: rule.kind === 'alert' ? { ...rule.labels, ...labels } : rule.labels,
      })),
    })),
  };
}
