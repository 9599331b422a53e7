import { stepText } from '../renderers/provenance.js';
import type { ReactionResult } from './progress.js';
import type { ReactionId } from './reaction.js';

/** What the operator does next. */
export interface DrillStep {
  /** The step of the operator procedure, with its anchor. */
  readonly from: string;
  readonly text: string;
  /** Reactions that show that the step is done; one is enough. */
  readonly until: readonly ReactionId[];
}

/** The operator's steps. */
const steps: readonly DrillStep[] = [
  {
    from: stepText('confirm-state'),
    text: 'Confirm the current pending state: query gateway_pending_writes{relay="<relayKey>"}, and call GET /api/blind-peer/replicas to verify that the mirrors are healthy.',
    until: ['not-pending'],
  },
  {
    from: stepText('stop-worker'),
    text: 'Temporarily disable the worker for the relay (stop-gateway IPC message, or bring down the worker).',
    until: ['worker-away', 'lease-requested', 'pending-raised'],
  },
  {
    from: stepText('request-lease'),
    text: 'Request an escrow lease with a signed POST /api/escrow/leases/<relayKey>/request, at least 45 s after the worker left. The request carries the evidence for the policy (see docs/system.md). The observed build accepts no write without a lease; skip this step if escrow is off.',
    until: ['lease-requested', 'pending-raised'],
  },
  {
    from: stepText('upload-file'),
    text: 'Perform a drive upload through the gateway HTTP surface (PUT /drive/:identifier/:file). Check the gateway log for "Stored drive upload" and "marking pending writes"; verify gateway_pending_writes{relay="<relayKey>"} == 1.',
    until: ['pending-raised'],
  },
  {
    from: stepText('watch-resync'),
    text: 'Bring the worker back (start-gateway) and monitor its resync: the gateway-pending-writes event stream, pending-writes-state.json, and the log for "[PendingWrites] Job failed" or "[PendingWrites] Job complete".',
    until: ['resync'],
  },
  {
    from: stepText('fix-rotation'),
    text: 'Watch the worker log for "[PublicGateway] Gateway writer rotation failed" or "Escrow deposit request failed". The worker rotates automatically after a resync; if it did not, restart it, because it rotates all its relays when it starts.',
    until: ['rotation'],
  },
  {
    from: stepText('confirm-clear'),
    text: 'Validate that everything is clear: gateway_pending_writes{relay="<relayKey>"} == 0, the coordinator\'s snapshot shows status "completed" and an empty queue, the gateway log shows the notifyCleared push and the lease release.',
    until: ['expiry-reset'],
  },
];

const OPEN = new Set(['waiting', 'watching']);

/** The steps still to do, the next one first. */
export function stepsAhead(judged: readonly ReactionResult[]): readonly DrillStep[] {
  const states = new Map(judged.map(({ reaction, state }) => [reaction.id, state]));
  const isDone = ({ until }: DrillStep) => until.some((id) => !OPEN.has(states.get(id) ?? 'waiting'));
  const next = steps.findIndex((step) => !isDone(step));
  return next === -1 ? [] : steps.slice(next);
}
