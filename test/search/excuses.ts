import { pendingStart } from '../../recording-rules/pending-writes.js';
import type { Violation } from './judge.js';
import { hiddenFor } from './pairs.js';
import type { Moment, RelayMoment } from './truth.js';
import type { View } from './view.js';

/**
 * Alerts that speak of a pending relay whose gauge is gone, and those that fire where a later write brings the gauge back: the worker was
 * active after the start that is known.
 */
const MISTAKEN_START = [
  'GatewayPendingWritesForgotten',
  'GatewayPendingWritesOld',
  'GatewayPendingWritesOverdue',
  'GatewayPendingWritesNotPushed',
  'WorkerMissedPendingWrites',
];
/** Alerts that say that no push reaches a worker. */
const NOT_DELIVERED = [
  'GatewayPendingWritesForgotten',
  'GatewayPendingWritesNotPushed',
  'WorkerMissedPendingWrites',
];

/**
 * For how long the rules may remember a gauge that is gone, in seconds: the first evaluation after an outage of Prometheus may still find it,
 * because an instant selector looks back five minutes.
 */
const remembered = ({ times }: View) => times.carryFor + 300;

const STANDING = 'undetectable-standing-gauge';
/** The stat that shows since when the chosen relay has been pending. */
const AGE_OF_RELAY = 'the stat gateway-relay/2/0';

/** Since when something has been hidden that no rule can see, in seconds since the world's begin; undefined where nothing is. */
type Hidden = (view: View, relay: number, time: number) => number | undefined;

/**
 * The relay was cleared, and its gauge was gone at the next scrape: no worker knew that it was pending, the cleared push to one that did
 * was lost and its file does not name the status of jobs, or no file that names it was shown since.
 */
const clearedBeforeRestart: Hidden = (view, relay, time) => {
  const { truth } = view;
  const cleared = truth.last('reported', relay, time);
  if (cleared === undefined) return undefined;
  const before = truth.between(cleared - remembered(view), cleared);
  if (!before.some((moment) => moment.relays[relay]?.gauge)) return undefined;
  const next = truth.between(cleared, time).find((moment) => view.gatewaysSeen(moment));
  const shown = next?.relays[relay];
  if (shown === undefined || shown.gauge || shown.gaugeZero) return undefined;
  const isNamed = (moment: Moment) =>
    moment.relays[relay]?.workers.some(
      ({ state, worker }) => state !== undefined && view.fileShown(moment, worker),
    );
  if (!truth.between(cleared, time).some(isNamed)) return cleared;
  // A push that failed is in no counter either: its process restarted.
  if (truth.count('push delivered', relay, cleared, cleared) > 0) return undefined;
  const isTold = view.notified(view.relayAt(relay, cleared));
  return !isTold || (!view.snapshots && view.notified(shown)) ? cleared : undefined;
};

/**
 * The relay was cleared by another process than the one whose gauge said pending, that gauge stood still, and it vanished in a
 * restart. In the seconds before it, a lease may have been granted and a write accepted that no worker was notified of, one that had
 * lost its connection included.
 */
const stoodStillBeforeRestart: Hidden = (view, relay, time) => {
  // A later write, which a process shows, leaves the age as wrong as it was.
  const marked = view.relayAt(relay, time).pendingSince;
  const until = marked === undefined ? time : marked - view.truth.step;
  const moments = view.truth.between(until - remembered(view), until);
  const index = moments.findLastIndex((moment) => moment.relays[relay]?.gauge);
  const last = moments[index];
  const shown = last?.relays[relay];
  if (last === undefined || shown === undefined || shown.pendingSince !== undefined) return undefined;
  const isHidden = moments.slice(index + 1).every((moment) => {
    const one = moment.relays[relay];
    return (
      // A process that says 0 is asked only when rules are evaluated.
      moment.time % view.times.evaluation !== 0 ||
      !view.gatewaysSeen(moment) ||
      (one !== undefined && !one.gaugeZero && one.pendingSince === undefined)
    );
  });
  return isHidden ? last.time : undefined;
};

/**
 * The file of a worker that is cut off from the gateway was written while the relay was pending: the worker may as well have been
 * connected for a moment, or be the one of several that is.
 */
const writtenWhileCutOff: Hidden = (view, relay, time) => {
  const since = view.pendingSince(relay, time);
  if (since === undefined) return undefined;
  const moments = view.truth.between(since, time);
  return moments.find((moment, i) =>
    moment.relays[relay]?.workers.some(({ worker }) => {
      const now = moment.workers[worker];
      const before = moments[i - 1]?.workers[worker];
      return now?.running && !now.online && before !== undefined && now.mtime !== before.mtime;
    }),
  )?.time;
};

/** The only process that calls the relay pending is not in service discovery; what happens there, nothing shows. */
const heldOutsideDiscovery: Hidden = (view, relay, time) => {
  const isHidden = ({ gauge, gaugeListed }: RelayMoment) => gauge && !gaugeListed;
  const last = view.truth
    .between(time - view.times.latency, time)
    .findLast((moment) => isHidden(moment.relays[relay] as RelayMoment));
  return last && view.since(relay, last.time, isHidden);
};

/** The anchor of each pair in docs/system.md, the alerts that it excuses, and whether a world is of that kind. */
const EXCUSES: readonly (readonly [id: string, alerts: readonly string[], hidden: Hidden])[] = [
  ['undetectable-cleared-before-restart', MISTAKEN_START, clearedBeforeRestart],
  [STANDING, MISTAKEN_START, stoodStillBeforeRestart],
  ['undetectable-written-while-cut-off', NOT_DELIVERED, writtenWhileCutOff],
  ['undetectable-outside-discovery', ['WorkerPendingWritesOrphaned'], heldOutsideDiscovery],
];

/** Whether it says since when a relay has been pending: in a text, a recorded series or a stat. */
const isAge = ({ property, subject, detail }: Violation) =>
  property === 'untrue' &&
  (/^(age|start): /.test(detail) || subject === pendingStart.record || subject === AGE_OF_RELAY);

/** The share of relays that miss the objective says of no relay that it is one. */
const OF_ALL = 'GatewayPendingWritesObjectiveFastBurn';
/** How long such a relay counts after its age has ended, in seconds: the shorter window of the slower of its two conditions. */
const OF_ALL_WINDOW = 1800;

/**
 * The pair of worlds that shows why no rule can know better, where the violation is of that kind, and the pair shows it for as long.
 * `test/scenarios/undetectable.test.ts` plays the pairs.
 */
export function excuseOf(view: View, violation: Violation): string | undefined {
  const { detail, property, subject, relay, time } = violation;
  if (isAge(violation)) {
    if (relay === undefined) return undefined;
    return EXCUSES.find(([id, alerts, hidden]) => {
      if (alerts !== MISTAKEN_START) return false;
      const since = hidden(view, relay, time);
      return since !== undefined && time - since <= hiddenFor(id);
    })?.[0];
  }
  const number = /^pending relays: pending relays: says (\d+), expected \d+ to (\d+)/.exec(detail);
  if (property === 'untrue' && number !== null) {
    const mistaken = view.truth.keys.filter((_, one) => {
      const since = view.pending(view.relayAt(one, time))
        ? undefined
        : stoodStillBeforeRestart(view, one, time);
      return since !== undefined && time - since <= hiddenFor(STANDING);
    });
    return Number(number[1]) - Number(number[2]) <= mistaken.length && Number(number[1]) > Number(number[2])
      ? STANDING
      : undefined;
  }
  if (property !== 'false alarm' && property !== 'not resolved') return undefined;
  const found = EXCUSES.find(([id, alerts, hidden]) => {
    const holds = (one: number, at: number) => {
      const since = hidden(view, one, at);
      return since !== undefined && at - since <= hiddenFor(id);
    };
    if (relay !== undefined) return alerts.includes(subject) && holds(relay, time);
    if (subject !== OF_ALL || !alerts.includes('GatewayPendingWritesOverdue')) return false;
    const moments = view.truth.between(time - OF_ALL_WINDOW - view.times.latency, time);
    return view.truth.keys.some((_, one) => moments.some((moment) => holds(one, moment.time)));
  });
  return found?.[0];
}
