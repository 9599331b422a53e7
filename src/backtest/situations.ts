import { prunedGroups } from '../rule-files/for-promtool.js';
import { RuleGraph } from '../rule-files/graph.js';
import type { Group } from '../rule-files/side.js';
import { type Scenario, seconds } from '../simulator/scenario.js';
import type { Episode, TimelineGroup } from '../simulator/timeline.js';

/** A situation of the simulator in which one alert has to fire. */
interface Situation {
  readonly alert: string;
  /** Seconds since the begin of the scenario. */
  readonly detectableFrom: number;
  readonly identities: number;
}

/** Those of a scenario's situations that some alerts are for, and whose begin is known. */
export function situationsOf(
  scenario: Pick<Scenario, 'expect' | 'requires' | 'relays'>,
  alerts: ReadonlySet<string>,
): Situation[] {
  const all = [
    ...scenario.expect.map(({ alert, ...rest }) => ({ anyOf: [alert], ...rest })),
    // A requirement that other alerts can meet as well says nothing of this one.
    ...(scenario.requires ?? []).filter(({ anyOf }) => anyOf.length === 1),
  ];
  return all.flatMap(({ anyOf: [alert = ''], detectableFrom, relays }) =>
    !alerts.has(alert) || detectableFrom === undefined
      ? []
      : [
          {
            alert,
            detectableFrom: seconds(detectableFrom),
            identities: relays === undefined ? 1 : relays === 'all' ? (scenario.relays ?? 1) : relays.length,
          },
        ],
  );
}

/** The label that separates the alerts of one side from those of another under promtool. */
const TRIED = 'tried_value';

/** What is needed to evaluate the alerts of some sides together: those whose recorded series are the same. */
interface Shared {
  readonly sides: readonly number[];
  readonly groups: readonly TimelineGroup[];
  readonly reads: (series: string) => boolean;
}

/** Sides that record the same share one evaluation of the records; each adds its own alerts. */
export function sharing(sides: readonly (readonly Group[])[], alerts: ReadonlySet<string>): Shared[] {
  const byRecords = new Map<string, { index: number; groups: readonly Group[] }[]>();
  for (const [index, groups] of sides.entries()) {
    const graph = new RuleGraph(groups.flatMap(({ rules }) => rules));
    const wanted = graph.rules.filter(({ kind, name }) => kind === 'alert' && alerts.has(name));
    const records = graph.recordsFor(wanted).map(({ name, expr, labels }) => [name, expr, labels]);
    const key = JSON.stringify(records);
    byRecords.set(key, [...(byRecords.get(key) ?? []), { index, groups }]);
  }
  return [...byRecords.values()].map((same) => {
    const each = same.map(({ index, groups }) =>
      prunedGroups(groups, new RuleGraph(groups.flatMap(({ rules }) => rules)), alerts, {
        [TRIED]: String(index),
      }),
    );
    const isAlert = (rule: object) => 'alert' in rule;
    const groups = each.flatMap((one, i) =>
      one.groups.map(({ name, rules }) => ({
        name: `${i} ${name}`,
        rules: i === 0 ? rules : rules.filter(isAlert),
      })),
    );
    return {
      sides: same.map(({ index }) => index),
      // An alert comes after the records of all groups: they are evaluated in this order.
      groups: groups.filter(({ rules }) => rules.length > 0),
      reads: (series) => each.some((one) => one.reads(series)),
    };
  });
}

/** How long the alert of a situation takes on one side, from when the metrics show the fault until its last identity fires. */
export function delayOf(
  episodes: readonly Episode[],
  side: number,
  situation: Situation,
): number | undefined {
  const first = new Map<string, number>();
  for (const { alert, labels, from } of episodes) {
    if (alert !== situation.alert || labels[TRIED] !== String(side)) continue;
    const identity = labels.relay ?? '';
    if (!first.has(identity)) first.set(identity, from);
  }
  if (first.size < situation.identities) return undefined;
  return Math.max(...first.values()) - situation.detectableFrom;
}
