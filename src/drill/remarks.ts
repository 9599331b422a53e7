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
import type { Labels } from '../tools/prometheus.js';
import type { Progress } from './progress.js';
import { pendingAt, type ReactionId, type Situation } from './reactions.js';

/** Reactions that are seen by the worker's state file only. */
const WORKER_REACTIONS: readonly ReactionId[] = ['worker-queue', 'worker-cleared', 'rotation'];

/** Something that happened besides the reactions and explains what did or did not come. */
export interface Remark {
  /** Seconds since the epoch. */
  readonly time: number;
  readonly text: string;
}

/** What else was seen since the drill began, oldest first, each thing once. */
export function remarks(
  { history, relay, start }: Pick<Situation, 'history' | 'relay' | 'start'>,
  progress: Progress,
): readonly Remark[] {
  const found: Remark[] = [];
  const when = (id: string) => progress.reactions.find(({ reaction }) => reaction.id === id)?.evidence?.time;
  const raised = when('pending-raised');
  const cleared = when('gateway-cleared');

  for (const { time, from, labels } of history.changes({ metric: processStartTime }, start)) {
    if (from === undefined) continue;
    const lost =
      raised !== undefined && time > raised && (cleared === undefined || time < cleared)
        ? ' Its pending gauge is gone until the next write, its leases are lost and nothing pushes any more: request a lease and write to the relay again.'
        : '';
    found.push({ time, text: `the gateway ${labels.instance ?? ''} restarted.${lost}` });
  }
  for (const { time, from, to, labels } of history.changes({ metric: up }, start)) {
    if (from === undefined || from === to) continue;
    const what = to === 1 ? 'is scraped again' : 'cannot be scraped';
    found.push({ time, text: `${labels.job ?? ''} ${labels.instance ?? ''} ${what}.` });
  }
  const unlocks = (result: string, text: string) => {
    const count = history.counts({ metric: gatewayEscrowUnlockRequests, labels: { result } }, start)[0];
    if (count !== undefined) found.push({ time: count.time, text });
  };
  unlocks(
    'policy-rejection',
    'a lease request was refused by policy: a peer looks healthy, left less than 45 s ago, or the mirrors are stale. Ask again (counted for the whole gateway).',
  );
  unlocks(
    'error',
    'a lease request ended in an error: the escrow service is unreachable, or it holds no deposit of the relay (counted for the whole gateway).',
  );
  const readonly = history.counts(
    { metric: gatewayRelayFallbackWrites, labels: { relay, result: 'readonly' } },
    start,
  )[0];
  if (readonly !== undefined) {
    found.push({
      time: readonly.time,
      text: 'a write was answered read-only: the gateway holds no lease of the relay.',
    });
  }
  if (raised !== undefined) {
    const errors = history.counts({ metric: gatewayPendingWritePushes, labels: { result: 'error' } }, raised);
    const own = errors.find(({ labels }) => labels.relay === undefined || labels.relay === relay);
    if (own !== undefined) {
      found.push({
        time: own.time,
        text: 'a push ended in an error: refused by the worker, or not delivered (steps 3 and 4).',
      });
    }
    const failed = history.changes(
      { metric: pendingWritesRotationLastStatus, labels: { relay, status: 'failed' } },
      raised,
    );
    const failure = failed.find(({ to }) => to === 1);
    if (failure !== undefined) {
      found.push({
        time: failure.time,
        text: "the worker's newest rotation failed: see its log (step 5.2), then restart it, which rotates all its relays.",
      });
    }
  }
  if (cleared !== undefined) {
    const others = pendingAt({ history, relay }, Number.POSITIVE_INFINITY).filter(({ value }) => value === 1);
    for (const { labels, time } of others) {
      found.push({
        time,
        text: `${gatewayPendingWrites.name} is 1 on ${labels.instance ?? ''}: pending again, or stale, since only the process that answered resync-complete says 0.`,
      });
    }
  }
  /** Why the file could not be read then, and what of the drill cannot be seen for that reason. */
  const causeOf = ({ labels: { job = '', instance = '' }, time }: { labels: Labels; time: number }) => {
    const reasons = history
      .at({ metric: pendingWritesStateFileReadFailure, labels: { job, instance } }, time)
      .filter(({ value }) => value === 1)
      .map(({ labels }) => labels.reason);
    const hidden = WORKER_REACTIONS.filter((id) => when(id) === undefined).join(', ');
    const effect = hidden === '' ? '' : ` Until it can, these reactions cannot be seen: ${hidden}.`;
    const why = reasons.length === 0 ? '' : ` Reason: ${reasons.join(', ')}.`;
    if (!reasons.some((reason) => reason === 'spliced' || reason === 'not_json')) return `${why}${effect}`;
    return `${why} Its content is broken, as two overlapping writes leave it (a spliced file), and it stays so until the worker writes again. Do not restart the worker's process, or its queue is lost: stop-gateway writes the file from memory, then start-gateway.${effect}`;
  };
  const unreadable = history
    .changes({ metric: pendingWritesStateFileReadSuccess }, start)
    .find(({ to }) => to === 0);
  if (unreadable !== undefined) {
    found.push({
      time: unreadable.time,
      text: `the exporter ${unreadable.labels.instance ?? ''} cannot read its state file.${causeOf(unreadable)}`,
    });
  }
  return found.sort((a, b) => a.time - b.time);
}
