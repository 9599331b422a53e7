/** What a case shows of its rule. Every alert needs all of the first five, every recording rule the first three. */
export type Aspect = 'fires' | 'silent' | 'absent' | 'boundary' | 'resolves';

/** Labels of an expected sample or alert, without those that every alert of the rule has. */
export type Labels = Readonly<Record<string, string>>;

/**
 * One situation for one rule, in promtool's terms: samples every 30 s from 0 on, evaluated every 30 s. Only the rules named are
 * loaded, so what they read is given as input, recorded series included.
 */
export interface RuleCase {
  /** The alert or recorded series under test. */
  readonly rule: string;
  /** A sentence: what the rule does in this situation. */
  readonly name: string;
  readonly aspects: readonly Aspect[];
  /** Further recording rules to load because the rule works together with them. */
  readonly with?: readonly string[];
  /** Series with their values in promtool's notation; `series-notation.ts` is its legend. */
  readonly series: Readonly<Record<string, string>>;
  /** For an alert: which alerts fire at which time. */
  readonly firing?: Readonly<Record<string, readonly Labels[]>>;
  /** For a recorded series: its samples at which time. */
  readonly samples?: Readonly<Record<string, readonly { readonly labels: Labels; readonly value: number }[]>>;
  /** Configuration under which the case holds; the defaults without it. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** An alert as promtool renders it in a case, at a time at which no other alert of its rule fires. */
export interface RenderedAlert {
  /** Name of the case. */
  readonly case: string;
  /** Time in the case. */
  readonly at: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}
