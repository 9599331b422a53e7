import { type AlertMatcher, acceptedValues, accepts } from './matchers.js';

/** What is known of one label of an alert. */
export type LabelValue =
  /** This value; `''` where the alert does not have the label. */
  | { readonly kind: 'known'; readonly value: string }
  /** Some value, and never `''`: the series that the alert reads carry the label. */
  | { readonly kind: 'carried' }
  /** Any value, or none: the series may carry the label. */
  | { readonly kind: 'open' }
  /** Any value, or none, and the same for all alerts of one Prometheus, which may add the label as an external one. */
  | { readonly kind: 'external' };

/** What is known of the labels with which an alert reaches Alertmanager. */
export interface AlertLabels {
  of(label: string): LabelValue;
  /** Conditions that its labels always meet. */
  readonly holding: readonly AlertMatcher[];
}

/** The labels of an alert of which every value is known. */
export const exactLabels = (values: Readonly<Record<string, string>>): AlertLabels => ({
  of: (label) => ({ kind: 'known', value: Object.hasOwn(values, label) ? (values[label] as string) : '' }),
  holding: [],
});

/** Whether an alert meets a matcher. */
export type Holds = (matcher: AlertMatcher) => boolean;

/** One result, and the conditions on unknown values under which it is the result. */
export interface Case<T> {
  readonly result: T;
  readonly conditions: readonly AlertMatcher[];
}

/** A condition in its positive form, and whether it holds. */
interface Decision {
  readonly matcher: AlertMatcher;
  readonly holds: boolean;
}

const negated = { '=': '!=', '!=': '=', '=~': '!~', '!~': '=~' } as const;
const negation = (matcher: AlertMatcher): AlertMatcher => ({
  ...matcher,
  operator: negated[matcher.operator],
});
const isNegative = ({ operator }: AlertMatcher) => operator.startsWith('!');

/** So many cases are told apart; a result with more is not listed completely. */
const MOST_CASES = 256;

/** What is assumed of unknown values in one pass, the same for all alerts that are looked at. */
class Assumptions {
  readonly conditions: AlertMatcher[] = [];
  readonly #decided = new Map<string, Decision[]>();
  #next = 0;

  constructor(private readonly choices: boolean[]) {}

  holds(labels: AlertLabels, matcher: AlertMatcher): boolean {
    if (isNegative(matcher)) return !this.holds(labels, negation(matcher));
    const known = labels.of(matcher.label);
    if (known.kind === 'known') return accepts(matcher, known.value);
    if (matcher.operator === '=~') {
      if (/^\(?\.\*\)?$/.test(matcher.value)) return true;
      if (matcher.value === '.+') return !this.holds(labels, { ...matcher, operator: '=', value: '' });
    }
    // The same label is another unknown where one alert always carries it and the other may not have it.
    const key = `${known.kind} ${matcher.label}`;
    const decided = this.#decided.get(key) ?? seeded(labels, matcher.label);
    this.#decided.set(key, decided);
    const forced = forcedBy(decided, matcher, known.kind !== 'carried');
    if (forced !== undefined) return forced;
    const choice = this.choices[this.#next] ?? true;
    this.choices[this.#next] = choice;
    this.#next += 1;
    decided.push({ matcher, holds: choice });
    this.conditions.push(choice ? matcher : negation(matcher));
    return choice;
  }
}

const seeded = ({ holding }: AlertLabels, label: string): Decision[] =>
  holding
    .filter((one) => one.label === label)
    .map((one) =>
      isNegative(one) ? { matcher: negation(one), holds: false } : { matcher: one, holds: true },
    );

/** What a matcher must give after what has been decided of its label; `undefined` where it may give either. */
function forcedBy(
  decided: readonly Decision[],
  matcher: AlertMatcher,
  mayBeEmpty: boolean,
): boolean | undefined {
  const same = decided.find(
    (one) => one.matcher.operator === matcher.operator && one.matcher.value === matcher.value,
  );
  if (same !== undefined) return same.holds;
  const isPossible = (value: string) =>
    (value !== '' || mayBeEmpty) && decided.every((one) => accepts(one.matcher, value) === one.holds);
  const few = decided
    .filter(({ holds }) => holds)
    .map((one) => acceptedValues(one.matcher))
    .find((values) => values !== undefined);
  if (few !== undefined) {
    const left = few.filter(isPossible);
    if (left.every((value) => accepts(matcher, value))) return true;
    if (!left.some((value) => accepts(matcher, value))) return false;
    return undefined;
  }
  return acceptedValues(matcher)?.some(isPossible) === false ? false : undefined;
}

/**
 * Every result that an evaluation can have, whatever the unknown values are: it is repeated until each question that depends on
 * one has been answered both ways. Two regular expressions are taken to be independent of each other, so that a case may be
 * listed that no value brings about; none is left out.
 *
 * @param evaluate may ask about several alerts; a label that is unknown in all of them has the same value in all of them
 */
export function casesOf<T>(evaluate: (holdsFor: (labels: AlertLabels) => Holds) => T): {
  readonly cases: readonly Case<T>[];
  /** False where there are more cases than are listed. */
  readonly isComplete: boolean;
} {
  const cases: Case<T>[] = [];
  let choices: boolean[] = [];
  for (;;) {
    const assumptions = new Assumptions(choices);
    const result = evaluate((labels) => (matcher) => assumptions.holds(labels, matcher));
    cases.push({ result, conditions: assumptions.conditions });
    const last = choices.lastIndexOf(true);
    if (last < 0) return { cases, isComplete: true };
    if (cases.length >= MOST_CASES) return { cases, isComplete: false };
    choices = [...choices.slice(0, last), false];
  }
}

/** Whether an alert meets all matchers. What is known is looked at first, so that nothing is said to depend on what does not matter. */
export function meetsAll(matchers: readonly AlertMatcher[], labels: AlertLabels, holds: Holds): boolean {
  const isKnown = ({ label }: AlertMatcher) => labels.of(label).kind === 'known';
  return matchers.filter(isKnown).every(holds) && matchers.filter((one) => !isKnown(one)).every(holds);
}
