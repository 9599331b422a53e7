import { PHASES } from '../../recording-rules/phase.js';
import type { LedgerEvent } from '../../src/simulator/ledger.js';
import { claims } from './claims.js';
import type { RelayMoment } from './truth.js';
import type { View } from './view.js';

const nameOf = (code: number) => Object.entries(PHASES).find(([, one]) => one === code)?.[0] ?? String(code);

/** How long the world must have been as it is before what contradicts it is wrong: two scrapes and evaluations, twice. */
export const settledFor = ({ times }: View) => 2 * times.latency;

/** What the world says against a phase, where it has said so for longer than two evaluations. */
export function phaseContradicts(view: View, relay: number, time: number, code: number): string | undefined {
  const { truth, times } = view;
  const moments = truth.between(time - settledFor(view), time);
  const ones = moments.map((moment) => moment.relays[relay] as RelayMoment);
  const count = (event: LedgerEvent, window: number) =>
    truth.count(
      event,
      relay,
      view.back(time, window + times.latency, (moment) => view.gatewaysSeen(moment)),
      time,
    );
  const rejected = count('readonly', times.rateWindow) > 0;
  const anyPush = (relays: readonly number[]) => {
    const from = view.back(time, times.pushWindow + times.latency, (moment) => view.gatewaysSeen(moment));
    return relays.some(
      (one) =>
        truth.count('push delivered', one, from, time) + truth.count('push failed', one, from, time) > 0,
    );
  };
  const mayBe: Readonly<Record<number, () => boolean>> = {
    [PHASES.workerAway]: () => ones.some(({ gauge }) => gauge),
    [PHASES.pushing]: () =>
      ones.some(({ gauge }) => gauge) &&
      // A build without pushes by relay leaves open whose they are.
      anyPush(
        view.played.scenario.build?.pushCounter === 'by-relay' ? [relay] : truth.keys.map((_, one) => one),
      ),
    // A job, or a rotation, may begin and end between two moments.
    [PHASES.resyncing]: () =>
      ones.some((one) => one.gauge && view.notified(one)) ||
      truth.count('push delivered', relay, time - settledFor(view), time) > 0,
    [PHASES.rotating]: () =>
      ones.some(({ workers }) =>
        workers.some(
          ({ rotation, worker }) =>
            rotation === 'pending' ||
            moments.some((moment) => moment.workers[worker]?.mtime !== moments[0]?.workers[worker]?.mtime),
        ),
      ),
    [PHASES.stuck]: () =>
      claims.GatewayPendingWritesStuck?.(view, { relay, worker: -1, gateway: -1, time, begins: false }) ??
      false,
    [PHASES.blocked]: () => {
      if (view.played.bundle.config.escrow === 'off') return false;
      const window = Math.max(times.wantedWithin, times.rateWindow);
      const isWanted = rejected || count('session write', window) > 0;
      return rejected || (isWanted && ones.some(({ gauge, leaseValid }) => gauge && !leaseValid));
    },
    [PHASES.unknown]: () => ones.some(({ gauge }) => !gauge),
  };
  if (mayBe[code]?.() === false) return `called ${nameOf(code)}, and is not`;
  if (view.steadilyRejected(relay, moments) && code !== PHASES.blocked && code !== PHASES.unknown)
    return `writes are rejected, and it is called ${nameOf(code)}`;
  const since = view.knownStart(relay, time);
  const notifiedSince = view.since(relay, time, (one) => view.notified(one));
  const isPushed = moments.every(
    (moment) =>
      (moment.relays[relay] as RelayMoment).gauge &&
      // Only the file shows that the worker has it in its queue, and one that was deleted names no relay.
      moment.relays[relay]?.workers.some(
        ({ state, worker }) =>
          state === 'pending' &&
          view.fileShown(moment, worker) &&
          // A worker that starts writes its file entry by entry.
          moment.workers[worker]?.started === false,
      ) &&
      truth.count('push delivered', relay, moment.time - times.pushWindow + 2 * times.scrape, moment.time) >
        0 &&
      view.countsSeen(moment.time, times.pushWindow),
  );
  const isHeard =
    since !== undefined &&
    notifiedSince !== undefined &&
    notifiedSince >= since &&
    time - notifiedSince > settledFor(view) &&
    // A file that is written by another clock than its entries gives them the wrong times.
    !truth
      .between(notifiedSince, time)
      .some(({ relays, workers }) =>
        relays[relay]?.workers.some(({ worker }) => workers[worker]?.clockOff),
      ) &&
    isPushed;
  if (isHeard && (code === PHASES.workerAway || code === PHASES.pushing))
    return `pushed to a worker that has it in its queue, and called ${nameOf(code)}`;
  return undefined;
}
