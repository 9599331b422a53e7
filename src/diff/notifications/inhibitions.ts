import type { Inhibition } from '../../alertmanager/config.js';
import { type InhibitedBy, inhibitionsAmong } from '../../alertmanager/inhibition.js';
import type { AlertLabels } from '../../alertmanager/labels.js';
import { listed } from '../finding.js';
import type { AlertChange } from './change.js';

/** An alert's inhibitions, by the name of the alert that inhibits it. */
type BySource = ReadonlyMap<string, readonly InhibitedBy<string>[]>;

/** What inhibits each of some alerts, which are known by their names. */
export function inhibitedAmong(
  rules: readonly Inhibition[],
  alerts: ReadonlyMap<string, AlertLabels>,
): ReadonlyMap<string, BySource> {
  return new Map(
    [...inhibitionsAmong(rules, alerts)].map(([target, all]) => {
      const bySource = new Map<string, InhibitedBy<string>[]>();
      for (const one of all) bySource.set(one.source, [...(bySource.get(one.source) ?? []), one]);
      return [target, bySource] as const;
    }),
  );
}

const quoted = (labels: readonly string[]) =>
  listed(
    labels.map((label) => `\`${label}\``),
    9,
  );

/** When one alert inhibits another: `with the same relay, depending on the value of team`. */
function condition({ same, dependsOn }: InhibitedBy<string>): string {
  const equal = same.length === 0 ? '' : ` with the same ${listed(same, 9)}`;
  const depends =
    dependsOn.length === 0
      ? ''
      : ` (this depends on the value${dependsOn.length === 1 ? '' : 's'} of ${quoted(dependsOn)})`;
  return `${equal}${depends}`;
}

/** An alert that inhibits, and when: `GatewayDown with the same relay`. */
export const inhibitedText = (source: string, all: readonly InhibitedBy<string>[]) =>
  all
    .map((one) => `${source}${condition(one)}`)
    .sort()
    .join(' or ');

/** What changes in what inhibits one alert. */
export function inhibitionChanges(before: BySource | undefined, after: BySource | undefined): AlertChange[] {
  const sources = [...new Set([...(before?.keys() ?? []), ...(after?.keys() ?? [])])].sort();
  return sources.flatMap((source): AlertChange[] => {
    const [old, now] = [before?.get(source), after?.get(source)].map((all) =>
      all === undefined ? undefined : inhibitedText(source, all),
    );
    if (old === now) return [];
    if (old === undefined) {
      return [
        {
          kind: 'inhibited',
          level: 'breaking',
          before: undefined,
          after: now,
          consequence: `No notification is sent for it while ${now} fires.`,
        },
      ];
    }
    if (now === undefined) {
      return [
        {
          kind: 'no-longer-inhibited',
          level: 'notable',
          before: old,
          after: undefined,
          consequence: `It is now sent as well while ${source} fires.`,
        },
      ];
    }
    return [
      {
        kind: 'inhibition-changed',
        level: 'notable',
        before: old,
        after: now,
        consequence: `No notification is sent for it while ${now} fires; before, while ${old} fired.`,
      },
    ];
  });
}
