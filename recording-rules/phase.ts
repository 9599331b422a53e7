import { pendingWritesJobStatus, pendingWritesRotationLastStatus } from '../metrics/exporter.js';
import { up } from '../metrics/prometheus.js';
import { defineRecordingRule, type RecordingRuleDefinition } from '../src/model/rules.js';
import { type Promql, PromqlFragment, promql } from '../src/promql/template.js';
import { leaseExpiry, leaseGaugeSeen } from './lease-expiry.js';
import { fileState, pending, pendingCount, pendingStart } from './pending-writes.js';
import { pushes, relayPushes } from './push-wait.js';
import { unlessLeaseGranted, wantedWrites, writesTurnedAway } from './replica-fallback.js';
import { delivered, stuck, workerPending } from './worker-queue.js';

/** The phases of a relay and their numbers. */
export const PHASES = {
  idle: 0,
  workerAway: 1,
  pushing: 2,
  resyncing: 3,
  rotating: 4,
  stuck: 5,
  blocked: 6,
  unknown: 7,
} as const;

/**
 * One number per relay that was busy within the last hour. The first line that applies decides; each names its
 * inputs. No metric shows per relay whether a worker is online, so "worker away" is the remaining case.
 */
export const phase: RecordingRuleDefinition = defineRecordingRule({
  record: 'relay:gateway_relay_phase:code',
  help: 'Phase of each relay that was not idle within the last hour: 0 idle, 1 worker away, 2 pushing, 3 resyncing, 4 rotating, 5 stuck, 6 blocked, 7 unknown.',
  unit: 'none',
  labels: ['relay'],
  runbookSteps: ['confirm-state'],
  rationale:
    'The lifecycle of the runbook as one number per relay. No metric shows per relay whether a worker is online, so "worker away" applies when nothing else does.',
  emptyWhen: 'no relay was busy within the last hour',
  expr: (site) => {
    const on = site.by('relay');
    const is = (set: Promql, code: number) => promql`${set} * 0 + ${code}`;
    const expired = promql`
      (
        ${unlessLeaseGranted(site, promql`${leaseExpiry} <= time()`)}
        or on (${on})
        # a write after the expiry sets the gauge to 0 while the lease is not released
        group by (${on}) (${leaseGaugeSeen} == 0)
      )
        and on (${on}) ${wantedWrites} and on (${on}) ${pending}
    `;
    // Without escrow every websocket write is answered read-only, and no lease expires.
    const blocked =
      site.config.escrow === 'off'
        ? new PromqlFragment('# blocked: never, since the site runs without escrow')
        : new PromqlFragment(
            [
              '# blocked: writes are rejected, or wanted while the lease is past its expiry',
              is(promql`${writesTurnedAway}`, PHASES.blocked),
              `or on (${on.text})`,
              is(expired, PHASES.blocked),
              `or on (${on.text})`,
            ].join('\n'),
          );
    return promql`
      # unknown: pending when last seen, but the gauge is gone (restart) or the gateway is not scraped
      ${is(promql`(${pendingStart} > 0) unless on (${on}) ${pending}`, PHASES.unknown)}
      or on (${on})
      ${blocked}
      # stuck: notified long ago and not ingested, or the job failed
      ${is(promql`${stuck}`, PHASES.stuck)}
      or on (${on})
      # rotating: the worker's newest rotation of the relay is in progress
      ${is(promql`group by (${on}) (${pendingWritesRotationLastStatus}{${site.exporter}, status="pending"} == 1)`, PHASES.rotating)}
      or on (${on})
      # resyncing: the relay is in the worker's file and pushes arrive, or the file names its job and does not say that it is cleared
      ${is(promql`(${workerPending} == 1) and on (${on}) ${delivered}`, PHASES.resyncing)}
      or on (${on})
      ${is(
        promql`group by (${on}) ((${pendingWritesJobStatus}{${site.exporter}, status=~"queued|in-progress"} == 1) unless on (${site.by('instance', 'relay')}) (${fileState} == 0)) and on (${on}) ${pending}`,
        PHASES.resyncing,
      )}
      or on (${on})
      # pushing: pushes of the relay are sent, where the build labels them by relay
      ${is(promql`group by (${on}) (${relayPushes} > 0) and on (${on}) ${pending}`, PHASES.pushing)}
      or on (${on})
      # ... or it does not, and this is the only pending relay, so all pushes of the gateway are for it
      (
        ${is(promql`${pending}`, PHASES.pushing)}
          and on (${site.by()}) (${pendingCount} == 1)
          and on (${site.by()}) (${pushes} > 0)
          unless on (${site.by()}) ${relayPushes}
      )
      or on (${on})
      # worker away: pending, and nothing above shows that a worker knows about it
      ${is(promql`${pending}`, PHASES.workerAway)}
      or on (${on})
      # idle: busy within the last hour, and the gateway is scraped
      (
        (max_over_time(${phase}[${site.memory}]) > 0) * 0
          and on (${site.by()}) (${up}{${site.gateway}} == 1)
      )
    `;
  },
});

export const phaseRules: readonly RecordingRuleDefinition[] = [phase];
