import type { Place } from '../../rule-files/side.js';
import { type Finding, finding, type Level } from '../finding.js';

/** A change in what becomes of an alert at Alertmanager. */
export interface AlertChange {
  readonly kind: string;
  readonly level: Level;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly consequence: string;
}

/** Alerts that change alike are listed one by one up to this number. */
const MOST_SINGLE = 3;

/** An alert, how it is shown, and what changes. */
export interface ChangedAlert {
  readonly subject: string;
  readonly place: Place;
  readonly changes: readonly AlertChange[];
}

/** Findings about alerts; where many change in the same way, one finding lists them. */
export function changeFindings(alerts: readonly ChangedAlert[], config: Place): Finding[] {
  const alike = new Map<string, { readonly change: AlertChange; readonly alerts: ChangedAlert[] }>();
  for (const alert of alerts) {
    for (const change of alert.changes) {
      const key = JSON.stringify(change);
      const known = alike.get(key) ?? { change, alerts: [] };
      known.alerts.push(alert);
      alike.set(key, known);
    }
  }
  return [...alike.values()].flatMap(({ change, alerts: own }) => {
    const { kind, level, before, after, consequence } = change;
    if (own.length <= MOST_SINGLE) {
      return own.map(({ subject, place }) =>
        finding(place, kind, level, subject, before, after, consequence),
      );
    }
    const names = own.map(({ subject }) => subject.replace(/^alert /, ''));
    const all = `${consequence} The alerts: ${names.join(', ')}.`;
    const one = finding(config, kind, level, `${own.length} alerts`, before, after, all);
    return [{ ...one, alerts: names }];
  });
}
