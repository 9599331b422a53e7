/** What a case shows of its rule. */
export type Aspect = 'fires' | 'silent' | 'absent' | 'boundary' | 'resolves';

/** Labels of an expected sample or alert, without those that every alert of the rule has. */
export type CaseLabels = Readonly<Record<string, string>>;

/**
 * One situation for one rule, in promtool's terms: a sample per scrape interval from 0 on. Only the rules named are loaded, so what
 * they read is given as input, recorded series included.
 */
export interface RuleCase {
  /** The alert or recorded series under test. */
  readonly rule: string;
  /** A sentence: what the rule does in this situation. */
  readonly name: string;
  readonly aspects: readonly Aspect[];
  /** Further recording rules to load because the rule works together with them. */
  readonly with?: readonly string[];
  /** Series with their values in promtool's notation: `{ 'up{job="a"}': '1x10 0x5' }`. */
  readonly series: Readonly<Record<string, string>>;
  /** For an alert: which alerts fire at which time, such as `{ '10m': [{ relay: 'a' }], '20m': [] }`. */
  readonly firing?: Readonly<Record<string, readonly CaseLabels[]>>;
  /** For a recorded series: its samples at which time. */
  readonly samples?: Readonly<
    Record<string, readonly { readonly labels: CaseLabels; readonly value: number }[]>
  >;
}
