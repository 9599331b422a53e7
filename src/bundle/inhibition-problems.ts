import { suggestion } from '../config/suggestion.js';
import type { Bundle } from './bundle.js';
import { fileOf } from './own.js';

/** What does not fit in one inhibition. */
export interface InhibitionProblem {
  /** Where the inhibition is defined. */
  readonly file: string;
  /** The reason that the inhibition gives, which identifies it. */
  readonly reason: string;
  readonly problem: string;
}

/**
 * Inhibitions that do not fit the alerts: one names an alert that no definition has, compares a label that one of its alerts does not carry,
 * or selects everything.
 */
export function inhibitionProblems({ definitions }: Bundle): InhibitionProblem[] {
  const defined = definitions.alerts.flatMap((group) => group.rules);
  const names = defined.map(({ alert }) => alert);
  return definitions.inhibitions.flatMap((inhibition) => {
    const { source, target, equal, reason } = inhibition;
    const file = fileOf(definitions, inhibition, 'alerts/inhibitions.ts');
    return Object.entries({ source, target }).flatMap(([side, { alerts, severities, signals }]) => {
      const problem = (text: string): InhibitionProblem => ({ file, reason, problem: `${side}: ${text}` });
      if (alerts === undefined && severities === undefined && signals === undefined) {
        return [problem('found nothing, expected alerts, severities or signals; it would match every alert')];
      }
      return (alerts ?? []).flatMap((name) => {
        const alert = defined.find((d) => d.alert === name);
        if (alert === undefined) {
          const hint = suggestion(name, names);
          return [problem(`found ${JSON.stringify(name)}, expected the name of an alert${hint}`)];
        }
        return equal
          .filter((label) => label !== 'signal' && !alert.labels.includes(label))
          .map((label) => problem(`${name} does not carry ${label}, expected labels that both sides carry`));
      });
    });
  });
}
