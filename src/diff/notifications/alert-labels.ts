import type { AlertLabels, LabelValue } from '../../alertmanager/labels.js';
import { checked } from '../../alertmanager/matchers.js';
import { type LabelCondition, labelConditions } from '../../promql/label-values.js';
import { PatternError } from '../../promql/regexp.js';
import type { Rule, Side } from '../../rule-files/side.js';
import { contractLabels, knownLabels } from '../known-labels.js';

/** Works out what is known of the labels of a side's alerts when they reach Alertmanager. */
export interface SideLabels {
  of(rule: Rule): AlertLabels;
}

/**
 * The labels that alerts of some sides set or that the contract's metrics have: without one of them, an alert has no value of it. An alert
 * without the labels of a target was aggregated: no Prometheus adds them to what it sends.
 */
export function managedLabels(sides: readonly Side[]): ReadonlySet<string> {
  const set = sides.flatMap(({ groups }) =>
    groups.flatMap(({ rules }) => rules.flatMap(({ labels }) => Object.keys(labels))),
  );
  return new Set([...contractLabels, ...set]);
}

/**
 * @param managed see {@link managedLabels}
 * @param external labels that Prometheus adds to alerts without them
 */
export function sideLabels(
  side: Side,
  managed: ReadonlySet<string>,
  external: ReadonlyMap<string, string>,
): SideLabels {
  const known = knownLabels(side);
  const conditions = conditionsOfRules(side);
  return {
    of(rule) {
      const carried = known.of(rule);
      const missing = (label: string): LabelValue => {
        const added = external.get(label);
        if (added !== undefined) return { kind: 'known', value: added };
        return managed.has(label) ? { kind: 'known', value: '' } : { kind: 'external' };
      };
      return {
        of(label) {
          if (label === 'alertname') return { kind: 'known', value: rule.name };
          const set = Object.hasOwn(rule.labels, label) ? rule.labels[label] : undefined;
          // A template may give anything, also nothing.
          if (set?.includes('{{')) return { kind: 'open' };
          if (set !== undefined && set !== '') return { kind: 'known', value: set };
          if (set === undefined && carried?.has(label)) return { kind: 'carried' };
          if (carried === undefined && set === undefined) return { kind: 'open' };
          return missing(label);
        },
        holding: conditions(rule).filter(({ label }) => !Object.hasOwn(rule.labels, label)),
      };
    },
  };
}

/** The conditions that the labels of a rule's results meet, by the matchers in it and in the records that it reads. */
function conditionsOfRules(side: Side): (rule: Rule) => readonly LabelCondition[] {
  const records = new Map<string, Rule[]>();
  for (const rule of side.groups.flatMap(({ rules }) => rules)) {
    if (rule.kind === 'record') records.set(rule.name, [...(records.get(rule.name) ?? []), rule]);
  }
  const found = new Map<string, readonly LabelCondition[]>();
  const ofRule = ({ parsed: { expression } }: Rule) =>
    expression === undefined ? [] : labelConditions(expression.root, ofSeries).filter(isValid);
  const ofRecord = (rule: Rule): LabelCondition[] => [
    ...ofRule(rule).filter(({ label }) => !Object.hasOwn(rule.labels, label)),
    ...Object.entries(rule.labels).map(([label, value]) => ({ label, operator: '=' as const, value })),
  ];
  function ofSeries(series: string): readonly LabelCondition[] {
    const known = found.get(series);
    if (known !== undefined) return known;
    // A rule that reads its own past knows nothing of it while it is looked at.
    found.set(series, []);
    const [first = [], ...others] = (records.get(series) ?? []).map(ofRecord);
    const keys = others.map((other) => new Set(other.map((one) => JSON.stringify(one))));
    const shared = first.filter((one) => keys.every((other) => other.has(JSON.stringify(one))));
    found.set(series, shared);
    return shared;
  }
  return ofRule;
}

function isValid(condition: LabelCondition): boolean {
  try {
    checked(condition);
    return true;
  } catch (error) {
    if (error instanceof PatternError) return false;
    throw error;
  }
}
