import { gatewayPendingWrites } from '../../metrics/gateway.js';
import type { MetricDefinition } from '../model/metric.js';
import type { Labels } from '../prometheus/client.js';
import { matcherText } from '../promql/print.js';
import type { Change, SeriesFilter } from './history.js';
import type { DrillFacts, ReactionId, Sighting } from './reaction.js';

/** A value as text, with at most three decimals. */
export const rounded = (value: number) => String(Math.round(value * 1000) / 1000);

/** The change of a series as evidence: the metric, what it did, and on which process. */
export function changeEvidence(
  { time, from, to, labels }: Change,
  metric: MetricDefinition,
  note = '',
): Sighting {
  const instance = labels.instance === undefined ? '' : ` on ${labels.instance}`;
  const chosen = Object.entries(labels)
    .filter(([name]) => ['result', 'reason', 'status'].includes(name))
    .map(([label, value]) => matcherText({ label, operator: '=', value }));
  const series = chosen.length === 0 ? metric.name : `${metric.name}{${chosen.join(',')}}`;
  const change = from === undefined ? `is new with ${rounded(to)}` : `${rounded(from)} -> ${rounded(to)}`;
  return { time, by: `${series} ${change}${instance}${note}` };
}

/** A note for counters without the label `relay`. */
export const WHOLE_GATEWAY = ' (counted for the whole gateway)';

/** The first of a list, if any. */
export const first = <T>(found: readonly T[]): T | undefined => found[0];

/** The earliest of what was seen. */
export const earliest = (...found: (Sighting | undefined)[]): Sighting | undefined =>
  found
    .filter((evidence) => evidence !== undefined)
    .sort((a, b) => a.time - b.time)
    .at(0);

/** When a reaction was seen, seconds since the epoch. */
export const timeOf = (facts: DrillFacts, id: ReactionId) => facts.seen.get(id)?.time;

/** The series of a metric that belong to the relay. */
export const relaySeries = (
  { relay }: DrillFacts,
  metric: MetricDefinition,
  labels: Labels = {},
): SeriesFilter => ({
  metric,
  labels: { relay, ...labels },
});

/** The labels by which the series of one process are selected. */
export const processOf = ({ job, instance }: Labels) => ({ job, instance }) as Labels;

/** The first change of a relay's series, from a moment on, that a test accepts. */
export function relayChange(
  facts: DrillFacts,
  metric: MetricDefinition,
  from: number | undefined,
  accept: (change: Change) => boolean,
  labels: Labels = {},
): Sighting | undefined {
  if (from === undefined) return undefined;
  const change = first(facts.history.changes(relaySeries(facts, metric, labels), from).filter(accept));
  return change && changeEvidence(change, metric);
}

/** The relay's pending gauge at a moment, per gateway process. */
export function pendingAt(facts: Pick<DrillFacts, 'history' | 'relay'>, time: number) {
  return facts.history.at({ metric: gatewayPendingWrites, labels: { relay: facts.relay } }, time);
}

/**
 * Whether the relay is not pending. With several gateway processes only the one that answered `resync-complete` says 0;
 * a 1 of another one is then stale.
 */
export function isNotPending(gauges: readonly { value: number }[]): boolean {
  return gauges.length === 0 || gauges.some(({ value }) => value === 0);
}
