import type { Severity, Signal } from './severity.js';

/** The alerts on one side of an inhibition. Every condition that is given must hold. */
export interface AlertSelection {
  /** By name. A name that no alert has is an error; one that the site disabled is left out. */
  readonly alerts?: readonly string[];
  readonly severities?: readonly Severity[];
  readonly signals?: readonly Signal[];
}

/** While an alert of `source` fires, alerts of `target` send no notification. */
export interface InhibitionDefinition {
  /** Why the target adds nothing while the source fires. */
  readonly reason: string;
  readonly source: AlertSelection;
  readonly target: AlertSelection;
  /**
   * Labels that must agree, besides the site's `groupBy` labels. Every alert named on either side carries them:
   * Alertmanager takes two alerts that both lack a label as equal.
   */
  readonly equal: readonly ('relay' | 'signal')[];
}
