import type { RuleCase as CaseOfBundle } from '../../src/model/rule-case.js';

export type { Aspect, CaseLabels as Labels } from '../../src/model/rule-case.js';

/**
 * A case of this project's rules, with samples and evaluations every 30 s; `series-notation.ts` is the legend of the series. Every alert
 * needs all aspects, every recording rule `fires`, `silent` and `absent`.
 */
export interface RuleCase extends CaseOfBundle {
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
