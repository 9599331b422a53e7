import type { Violation } from './judge.js';
import type { View } from './view.js';

/** Alerts that speak of a pending relay whose gauge is gone. */
const REMEMBERED = [
  'GatewayPendingWritesForgotten',
  'GatewayPendingWritesOld',
  'GatewayPendingWritesOverdue',
];
/** Alerts that say that no push reaches a worker. */
const NOT_DELIVERED = [
  'GatewayPendingWritesForgotten',
  'GatewayPendingWritesNotPushed',
  'WorkerMissedPendingWrites',
];

/** Whether the relay was cleared, no worker was notified of that, and its gauge was gone at the next scrape. */
function clearedBeforeRestart(view: View, relay: number, time: number): boolean {
  const { truth, times } = view;
  const cleared = truth.last('reported', relay, time);
  if (cleared === undefined) return false;
  if (truth.count('push delivered', relay, cleared, cleared) > 0) return false;
  const before = truth.between(cleared - times.carryFor, cleared);
  if (!before.some((moment) => moment.relays[relay]?.gauge)) return false;
  const next = truth.between(cleared, time).find((moment) => view.gatewaysSeen(moment));
  const shown = next?.relays[relay];
  return shown !== undefined && !shown.gauge && !shown.gaugeZero;
}

/**
 * Whether the relay was cleared by another process than the one whose gauge said pending, that gauge stood still, and it vanished
 * in a restart.
 */
function stoodStillBeforeRestart(view: View, relay: number, time: number): boolean {
  const moments = view.truth.between(time - view.times.carryFor, time);
  const index = moments.findLastIndex((moment) => moment.relays[relay]?.gauge);
  const last = moments[index]?.relays[relay];
  if (last === undefined || last.pendingSince !== undefined) return false;
  return moments.slice(index + 1).every((moment) => {
    const one = moment.relays[relay];
    return (
      !view.gatewaysSeen(moment) || (one !== undefined && !one.gaugeZero && one.pendingSince === undefined)
    );
  });
}

/** Whether the file of a worker that is cut off from the gateway was written while the relay was pending. */
function writtenWhileCutOff(view: View, relay: number, time: number): boolean {
  const since = view.pendingSince(relay, time);
  if (since === undefined) return false;
  const moments = view.truth.between(since, time);
  return moments.some((moment, i) =>
    moment.relays[relay]?.workers.some(({ worker }) => {
      const now = moment.workers[worker];
      const before = moments[i - 1]?.workers[worker];
      return now?.running && !now.online && before !== undefined && now.mtime !== before.mtime;
    }),
  );
}

type Excuse = (view: View, relay: number, time: number) => boolean;

/** The anchor of each pair in docs/system.md, the alerts that it excuses, and whether a world is of that kind. */
const EXCUSES: readonly (readonly [id: string, alerts: readonly string[], holds: Excuse])[] = [
  ['undetectable-cleared-before-restart', REMEMBERED, clearedBeforeRestart],
  ['undetectable-standing-gauge', REMEMBERED, stoodStillBeforeRestart],
  ['undetectable-written-while-cut-off', NOT_DELIVERED, writtenWhileCutOff],
];

/** The share of relays that miss the objective says of no relay that it is one. */
const OF_ALL = 'GatewayPendingWritesObjectiveFastBurn';

/**
 * The pair of worlds that shows why no rule can know better, where the violation is of that kind. `test/scenarios/undetectable.test.ts`
 * plays the pairs.
 */
export function excuseOf(view: View, { property, subject, relay, time }: Violation): string | undefined {
  if (property !== 'false alarm' && property !== 'not resolved') return undefined;
  const found = EXCUSES.find(([, alerts, holds]) =>
    relay === undefined
      ? subject === OF_ALL &&
        alerts === REMEMBERED &&
        view.truth.keys.some((_, one) => holds(view, one, time))
      : alerts.includes(subject) && holds(view, relay, time),
  );
  return found?.[0];
}
