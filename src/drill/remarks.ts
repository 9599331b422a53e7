import {
  pendingWritesRotationLastStatus,
  pendingWritesStateFileReadFailure,
  pendingWritesStateFileReadSuccess,
} from '../../metrics/exporter.js';
import {
  gatewayEscrowUnlockRequests,
  gatewayPendingWritePushes,
  gatewayPendingWrites,
  gatewayRelayFallbackWrites,
  processStartTime,
} from '../../metrics/gateway.js';
import { up } from '../../metrics/prometheus.js';
import type { Labels } from '../prometheus/client.js';
import { pendingAt, processOf } from './evidence.js';
import type { Progress } from './progress.js';
import type { DrillFacts, ReactionId } from './reaction.js';

/** Reactions that are seen by the worker's state file only. */
const WORKER_REACTIONS: readonly ReactionId[] = ['worker-queue', 'worker-cleared', 'rotation'];

/** Something that happened besides the reactions and explains what did or did not come. */
export interface Remark {
  /** Seconds since the epoch. */
  readonly time: number;
  readonly text: string;
}

type DrillRange = Pick<DrillFacts, 'history' | 'relay' | 'start'>;

/** When the relay became pending and when it was cleared; undefined where that was not seen. */
interface Milestones {
  readonly raised: number | undefined;
  readonly cleared: number | undefined;
}

/**
 * What else was seen since the drill began, oldest first, each thing once.
 *
 * @param now seconds since the epoch, by Prometheus' clock
 */
export function remarks(facts: DrillRange, progress: Progress, now: number): readonly Remark[] {
  const timeOf = (id: ReactionId) =>
    progress.reactions.find(({ reaction }) => reaction.id === id)?.evidence?.time;
  const milestones = { raised: timeOf('pending-raised'), cleared: timeOf('gateway-cleared') };
  return [
    ...gatewayRestarts(facts, milestones),
    ...scrapeChanges(facts),
    ...failedLeaseRequests(facts),
    ...readOnlyWrites(facts),
    ...pushErrors(facts, milestones),
    ...failedRotations(facts, milestones),
    ...stillPending(facts, milestones, now),
    ...unreadableStateFiles(facts, timeOf),
  ].sort((a, b) => a.time - b.time);
}

function gatewayRestarts({ history, start }: DrillRange, { raised, cleared }: Milestones): Remark[] {
  return history
    .changes({ metric: processStartTime }, start)
    .filter(({ from }) => from !== undefined)
    .map(({ time, labels }) => {
      const lost =
        raised !== undefined && time > raised && (cleared === undefined || time < cleared)
          ? ' Its pending gauge is gone until the next write, its leases are lost and pushes have stopped: request a lease and write to the relay again.'
          : '';
      return { time, text: `the gateway ${labels.instance ?? ''} restarted.${lost}` };
    });
}

function scrapeChanges({ history, start }: DrillRange): Remark[] {
  return history.changes({ metric: up }, start).map(({ time, to, labels }) => {
    const what = to === 1 ? 'is scraped again' : 'cannot be scraped';
    return { time, text: `${labels.job ?? ''} ${labels.instance ?? ''} ${what}.` };
  });
}

/** The first failed lease request of each kind. */
function failedLeaseRequests({ history, start }: DrillRange): Remark[] {
  const texts = {
    'policy-rejection':
      'a lease request was rejected by the policy: a peer is healthy or left less than 45 s ago, or the mirrors are stale. Request it again (counted for the whole gateway).',
    error:
      'a lease request ended in an error: the escrow service is unreachable, or it has no deposit for the relay (counted for the whole gateway).',
  };
  return Object.entries(texts).flatMap(([result, text]) =>
    history
      .counts({ metric: gatewayEscrowUnlockRequests, labels: { result } }, start)
      .slice(0, 1)
      .map(({ time }) => ({ time, text })),
  );
}

function readOnlyWrites({ history, relay, start }: DrillRange): Remark[] {
  return history
    .counts({ metric: gatewayRelayFallbackWrites, labels: { relay, result: 'readonly' } }, start)
    .slice(0, 1)
    .map(({ time }) => ({
      time,
      text: 'a write was answered read-only: the gateway holds no lease of the relay.',
    }));
}

function pushErrors({ history, relay }: DrillRange, { raised }: Milestones): Remark[] {
  if (raised === undefined) return [];
  return history
    .counts({ metric: gatewayPendingWritePushes, labels: { result: 'error' } }, raised)
    .filter(({ labels }) => labels.relay === undefined || labels.relay === relay)
    .slice(0, 1)
    .map(({ time }) => ({
      time,
      text: 'a push ended in an error: refused by the worker, or not delivered (runbooks/gateway.md#watch-resync and runbooks/gateway.md#clear-stuck-job).',
    }));
}

function failedRotations({ history, relay }: DrillRange, { raised }: Milestones): Remark[] {
  if (raised === undefined) return [];
  return history
    .changes({ metric: pendingWritesRotationLastStatus, labels: { relay, status: 'failed' } }, raised)
    .filter(({ to }) => to === 1)
    .slice(0, 1)
    .map(({ time }) => ({
      time,
      text: "the worker's newest rotation failed: see its log (runbooks/gateway.md#fix-rotation), then restart it, which rotates all its relays.",
    }));
}

/** Gateway processes that say pending after another one cleared the relay. */
function stillPending({ history, relay }: DrillRange, { cleared }: Milestones, now: number): Remark[] {
  if (cleared === undefined) return [];
  return pendingAt({ history, relay }, now)
    .filter(({ value }) => value === 1)
    .map(({ labels, time }) => ({
      time,
      text: `${gatewayPendingWrites.name} is 1 on ${labels.instance ?? ''}: pending again, or stale, because only the process that answered resync-complete sets it to 0.`,
    }));
}

function unreadableStateFiles(facts: DrillRange, timeOf: (id: ReactionId) => number | undefined): Remark[] {
  return facts.history
    .changes({ metric: pendingWritesStateFileReadSuccess }, facts.start)
    .filter(({ to }) => to === 0)
    .slice(0, 1)
    .map(({ time, labels }) => ({
      time,
      text: `the exporter ${labels.instance ?? ''} cannot read its state file.${unreadableBecause(facts, { labels, time }, timeOf)}`,
    }));
}

/** Why the file could not be read then, and what of the drill cannot be seen for that reason. */
function unreadableBecause(
  { history }: DrillRange,
  { labels: exporter, time }: { labels: Labels; time: number },
  timeOf: (id: ReactionId) => number | undefined,
): string {
  const reasons = history
    .at({ metric: pendingWritesStateFileReadFailure, labels: processOf(exporter) }, time)
    .filter(({ value }) => value === 1)
    .map(({ labels }) => labels.reason);
  const hidden = WORKER_REACTIONS.filter((id) => timeOf(id) === undefined).join(', ');
  const effect = hidden === '' ? '' : ` Until it can be read, these reactions cannot be detected: ${hidden}.`;
  const why = reasons.length === 0 ? '' : ` Reason: ${reasons.join(', ')}.`;
  if (!reasons.some((reason) => reason === 'spliced' || reason === 'not_json')) return `${why}${effect}`;
  return `${why} Its content is broken by two overlapping writes (a spliced file) and stays broken until the worker writes again. Do not restart the worker's process, or its queue is lost: stop-gateway writes the file from memory, then start-gateway.${effect}`;
}
