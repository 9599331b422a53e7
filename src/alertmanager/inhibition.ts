import type { Inhibition } from './config.js';
import { type AlertLabels, casesOf, meetsAll } from './labels.js';
import type { AlertMatcher } from './matchers.js';

/** That one alert inhibits another, and when. */
export interface InhibitedBy<A> {
  readonly source: A;
  /** Labels whose values have to agree, sorted; those that agree anyway are left out. */
  readonly same: readonly string[];
  /** Labels on whose unknown values it depends, sorted. */
  readonly dependsOn: readonly string[];
}

/** Whether an alert meets matchers: always, never, or depending on the labels listed. */
type Meets = 'always' | 'never' | ReadonlySet<string>;

function meets(labels: AlertLabels, matchers: readonly AlertMatcher[]): Meets {
  const { cases } = casesOf((holdsFor) => meetsAll(matchers, labels, holdsFor(labels)));
  if (cases.every(({ result }) => result)) return 'always';
  if (!cases.some(({ result }) => result)) return 'never';
  return new Set(cases.flatMap(({ conditions }) => conditions.map(({ label }) => label)));
}

/** Whether two alerts have the same value of a label: always, never, or perhaps. */
function agreement(one: AlertLabels, other: AlertLabels, label: string): 'always' | 'never' | 'perhaps' {
  const [a, b] = [one.of(label), other.of(label)];
  if (a.kind === 'known' && b.kind === 'known') return a.value === b.value ? 'always' : 'never';
  if (a.kind === 'external' && b.kind === 'external') return 'always';
  const [known, unknown] = a.kind === 'known' ? [a, other] : b.kind === 'known' ? [b, one] : [];
  if (known === undefined || unknown === undefined) return 'perhaps';
  return meets(unknown, [{ label, operator: '=', value: known.value }]) === 'never' ? 'never' : 'perhaps';
}

/** An alert that may inhibit or be inhibited. */
interface Party<A> {
  readonly alert: A;
  readonly labels: AlertLabels;
  readonly asSource: Meets;
  readonly asTarget: Meets;
}

/** How a source and a target meet in one rule; `undefined` where the source never inhibits the target. */
function meeting<A>({ equal }: Inhibition, source: Party<A>, target: Party<A>): InhibitedBy<A> | undefined {
  const dependsOn = new Set<string>();
  const note = (labels: Meets) => {
    if (typeof labels !== 'string') for (const label of labels) dependsOn.add(label);
  };
  note(source.asSource);
  note(target.asTarget);
  // An alert that is on both sides is not inhibited by another that is.
  if (target.asSource !== 'never' && source.asTarget !== 'never') {
    if (target.asSource === 'always' && source.asTarget === 'always') return undefined;
    note(target.asSource);
    note(source.asTarget);
  }
  const same: string[] = [];
  for (const label of equal) {
    const agree = agreement(source.labels, target.labels, label);
    if (agree === 'never') return undefined;
    if (agree !== 'perhaps') continue;
    same.push(label);
    // One of the two only has the label where Prometheus adds it.
    if ([source, target].some(({ labels }) => labels.of(label).kind === 'external')) dependsOn.add(label);
  }
  return { source: source.alert, same, dependsOn: [...dependsOn].sort() };
}

const isWithin = (some: readonly string[], all: readonly string[]) => some.every((one) => all.includes(one));

/** Whether the one says all that the other says: it needs no more to agree and depends on no more. */
const covers = <A>(one: InhibitedBy<A>, other: InhibitedBy<A>) =>
  one.source === other.source && isWithin(one.same, other.same) && isWithin(one.dependsOn, other.dependsOn);

/**
 * Which alerts inhibit which, as Alertmanager decides it.
 *
 * @returns for each alert that can be inhibited, by what; where one rule needs less than another, only that one
 */
export function inhibitionsAmong<A>(
  rules: readonly Inhibition[],
  alerts: ReadonlyMap<A, AlertLabels>,
): Map<A, InhibitedBy<A>[]> {
  const found = new Map<A, InhibitedBy<A>[]>();
  for (const rule of rules) {
    const parties = [...alerts].map(
      ([alert, labels]): Party<A> => ({
        alert,
        labels,
        asSource: meets(labels, rule.source),
        asTarget: meets(labels, rule.target),
      }),
    );
    const sources = parties.filter(({ asSource }) => asSource !== 'never');
    for (const target of parties.filter(({ asTarget }) => asTarget !== 'never')) {
      for (const source of sources) {
        const one = meeting(rule, source, target);
        if (one === undefined) continue;
        const known = found.get(target.alert) ?? [];
        if (known.some((other) => covers(other, one))) continue;
        found.set(target.alert, [...known.filter((other) => !covers(one, other)), one]);
      }
    }
  }
  return found;
}
