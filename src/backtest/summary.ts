import type { AlertHistory, SideHistory } from './replay.js';
import type { LabelSet } from './vector.js';

/** What an alert did in the time that was replayed. */
export interface AlertSummary {
  readonly alert: string;
  readonly severity: string;
  readonly episodes: number;
  /** Seconds in which at least one of its series fired. */
  readonly firing: number;
  /** Episodes that began within `FLAP` of the end of the one before, of the same series. */
  readonly flaps: number;
  /** The series that fired longest, and for how many seconds. */
  readonly worst?: { readonly labels: LabelSet; readonly firing: number };
  /**
   * Notifications a week, where each time that the alert begins to fire counts once, however many series join it: this
   * is what Alertmanager sends when it groups by the alert's name.
   */
  readonly pages: number;
  readonly failures: number;
  readonly failure?: string;
}

/** An episode that begins so soon after the one before is a flap. Seconds. */
const FLAP = 900;
const WEEK = 604_800;

/** Spans of time in which any of the episodes fired, in order. */
function union(episodes: AlertHistory['episodes'], end: number): [number, number][] {
  const spans: [number, number][] = [];
  for (const { from, to = end } of [...episodes].sort((a, b) => a.from - b.from)) {
    const last = spans.at(-1);
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], to);
    else spans.push([from, to]);
  }
  return spans;
}

function summaryOf(history: AlertHistory, start: number, end: number): AlertSummary {
  const { rule, episodes, failures, failure } = history;
  const spans = union(episodes, end);
  const bySeries = new Map<string, { labels: LabelSet; firing: number; last: number; flaps: number }>();
  for (const { labels, from, to = end } of episodes) {
    const key = JSON.stringify(labels);
    const one = bySeries.get(key) ?? { labels, firing: 0, last: Number.NEGATIVE_INFINITY, flaps: 0 };
    if (from - one.last < FLAP) one.flaps += 1;
    one.firing += to - from;
    one.last = to;
    bySeries.set(key, one);
  }
  const all = [...bySeries.values()];
  const worst = all.reduce<(typeof all)[number] | undefined>(
    (most, one) => (most === undefined || one.firing > most.firing ? one : most),
    undefined,
  );
  return {
    alert: rule.name,
    severity: rule.labels.severity ?? '',
    episodes: episodes.length,
    firing: spans.reduce((sum, [from, to]) => sum + to - from, 0),
    flaps: all.reduce((sum, { flaps }) => sum + flaps, 0),
    ...(worst === undefined ? {} : { worst: { labels: worst.labels, firing: worst.firing } }),
    pages: (spans.length * WEEK) / (end - start),
    failures,
    ...(failure === undefined ? {} : { failure }),
  };
}

/** An alert before and after; one of the two where it was added or removed. */
export interface AlertComparison {
  readonly alert: string;
  readonly before?: AlertSummary;
  readonly after?: AlertSummary;
}

/** Puts the alerts of two sides beside each other, those of the same name in their order. */
export function compared(
  before: SideHistory | undefined,
  after: SideHistory,
  start: number,
  end: number,
): AlertComparison[] {
  const numbered = (side: SideHistory | undefined) => {
    const counts = new Map<string, number>();
    return new Map(
      (side?.alerts ?? []).map((history) => {
        const { name } = history.rule;
        const count = (counts.get(name) ?? 0) + 1;
        counts.set(name, count);
        return [`${name} ${count}`, summaryOf(history, start, end)];
      }),
    );
  };
  const [old, now] = [numbered(before), numbered(after)];
  return [...new Set([...now.keys(), ...old.keys()])].map((key) => {
    const [one, other] = [old.get(key), now.get(key)];
    return {
      alert: (other ?? (one as AlertSummary)).alert,
      ...(one === undefined ? {} : { before: one }),
      ...(other === undefined ? {} : { after: other }),
    };
  });
}
