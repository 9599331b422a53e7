import { metrics } from '../../metrics/index.js';
import { seriesOf } from '../model/metric-series.js';
import { analyseLabels } from '../promql/labels.js';
import { labelsNamedIn } from '../promql/named-labels.js';
import type { Rule, Side } from '../rule-files/side.js';

/** Works out the labels that results of a side's expressions carry. */
export interface KnownLabels {
  /** The labels that a rule's expression leaves; `undefined` where it reads series of which nothing is known. */
  of(rule: Rule): ReadonlySet<string> | undefined;
}

/**
 * The contract's series: their labels are known, whoever reads them. Those of `up` and `ALERTS` are not: every target and alert has
 * its own.
 */
const contract: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  metrics
    .filter(({ origin }) => origin !== 'prometheus')
    .flatMap(seriesOf)
    .map(({ name, labels }) => [name, new Set(labels)]),
);

/** Every label of the contract's series. */
export const contractLabels: ReadonlySet<string> = new Set([...contract.values()].flatMap((one) => [...one]));

/** Labels of the contract's series, and of what the side records from them. */
export function knownLabels(side: Side): KnownLabels {
  const records = new Map<string, Rule>();
  for (const rule of side.groups.flatMap(({ rules }) => rules)) {
    if (rule.kind === 'record' && !records.has(rule.name)) records.set(rule.name, rule);
  }
  const all = new Set<string>();
  for (const { parsed, labels } of records.values()) {
    for (const label of parsed.expression ? labelsNamedIn(parsed.expression.root) : []) all.add(label);
    for (const label of Object.keys(labels)) all.add(label);
  }
  for (const labels of contract.values()) for (const label of labels) all.add(label);

  // A rule may read its own past. So every record begins with all labels there are, and loses those that its expression does
  // not leave, until nothing changes.
  const found = new Map<string, ReadonlySet<string> | undefined>(
    [...records.keys()].map((name) => [name, all]),
  );
  const labelsOf = (series: string) => (found.has(series) ? found.get(series) : contract.get(series));
  const inferred = ({ parsed: { expression } }: Rule) => {
    if (expression === undefined) return undefined;
    const { labels, known } = analyseLabels(expression.root, { labelsOf });
    return known ? labels : undefined;
  };
  for (let changed = true, round = 0; changed && round < 50; round += 1) {
    changed = false;
    for (const [name, rule] of records) {
      const now = inferred(rule);
      const next = now === undefined ? undefined : new Set([...now, ...Object.keys(rule.labels)]);
      const last = found.get(name);
      if (last?.size === next?.size) continue;
      found.set(name, next);
      changed = true;
    }
  }
  return { of: inferred };
}
