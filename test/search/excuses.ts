import type { Violation } from './judge.js';
import type { View } from './view.js';

/** Alerts that speak of a pending relay whose gauge is gone. */
const REMEMBERED = [
  'GatewayPendingWritesForgotten',
  'GatewayPendingWritesOld',
  'GatewayPendingWritesOverdue',
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
 * The pair of worlds that shows why no rule can know better, where the violation is of that kind. `test/scenarios/undetectable.test.ts`
 * plays the pairs.
 */
export function excuseOf(view: View, { property, subject, relay, time }: Violation): string | undefined {
  if (property !== 'false alarm' && property !== 'not resolved') return undefined;
  const hidden = (one: number) => clearedBeforeRestart(view, one, time);
  const isHidden =
    relay === undefined
      ? subject === 'GatewayPendingWritesObjectiveFastBurn' && view.truth.keys.some((_, one) => hidden(one))
      : REMEMBERED.includes(subject) && hidden(relay);
  return isHidden ? 'undetectable-cleared-before-restart' : undefined;
}
