import { pendingWritesLeaseActive, pendingWritesLeaseExpiry } from '../metrics/exporter.js';
import { gatewayEscrowLeasesActive, gatewayEscrowLeaseTimeToExpiry } from '../metrics/gateway.js';
import { up } from '../metrics/prometheus.js';
import { defineRecordingRule, type RecordingRuleDefinition } from '../src/model/rules.js';
import { promql } from '../src/promql/template.js';

const NO_LEASE = 'no relay holds an escrow lease';

/** What the rule below asks about, instead of asking about every relay again. Only a change of the gauge shows that it was written. */
export const leaseGaugeSeen: RecordingRuleDefinition = defineRecordingRule({
  record: 'instance_relay:gateway_escrow_lease_time_to_expiry_seconds:last',
  help: 'The expiry gauge of each lease that is not released, as of this evaluation; -1 for one evaluation when the lease was released or lost.',
  unit: 'seconds',
  labels: ['instance', 'relay'],
  situation: 2,
  rationale: 'Only a change of the gauge shows that it was written.',
  emptyWhen: NO_LEASE,
  expr: (site) => {
    const on = site.by('instance', 'relay');
    return promql`
      max by (${on}) (
        ${gatewayEscrowLeaseTimeToExpiry}{${site.gateway}}
          and on (${on}) (${gatewayEscrowLeasesActive}{${site.gateway}} == 1)
      )
      or on (${on})
      # released, or lost in a restart; neither applies to a process that is not scraped
      (
        (last_over_time(${leaseGaugeSeen}[${site.memory}]) >= 0) * 0 - 1
          and on (${site.by('instance')}) (${up}{${site.gateway}} == 1)
      )
    `;
  },
});

/**
 * The true expiry, per gateway process: leases live in the memory of one process. The gauge does not count down, so it is
 * used only when it changes; in between, the expiry is carried forward.
 *
 * First sight: where the gauge is seen for the first time (or after more than an hour without Prometheus) it is
 * unknown when it was written, and the latest possible expiry is used. Renewals that leave the value as it was
 * (600, still 600) show only when the next accepted write refreshes the gauge.
 *
 * The first part reads the gauge, not what the rule above has just recorded: VictoriaMetrics and a stateless Thanos ruler show a rule
 * what another one recorded only at the next evaluation.
 */
export const leaseExpiryOfProcess: RecordingRuleDefinition = defineRecordingRule({
  record: 'instance_relay:gateway_escrow_lease_expiry:timestamp_seconds',
  help: 'When the lease of the relay on this gateway process expires, or expired less than an hour ago; relays without a lease are absent.',
  unit: 'seconds since the epoch',
  labels: ['instance', 'relay'],
  situation: 2,
  rationale:
    'The expiry gauge is written only on events and does not count down in between; 0 means no active lease. leases_active stays 1 after the expiry.',
  emptyWhen: NO_LEASE,
  expr: (site) => {
    const on = site.by('instance', 'relay');
    // Only values above 0 are a remaining time. Filtered first: joins of all relays are what this rule costs.
    const remaining = promql`(${gatewayEscrowLeaseTimeToExpiry}{${site.gateway}} > 0)`;
    return promql`
      # the gauge was written since the last evaluation, so it shows the true remaining time as of its scrape
      max by (${on}) (
        (
          ${remaining}
            unless on (${on}) (${remaining} == on (${on}) group_left () last_over_time(${leaseGaugeSeen}[${site.memory}] offset 1ms))
            and on (${on}) (${gatewayEscrowLeasesActive}{${site.gateway}} == 1)
        )
          # samples of one scrape have one timestamp
          + on (${site.by('instance')}) group_left () max by (${site.by('instance')}) (timestamp(${up}{${site.gateway}}))
      )
      or on (${on})
      # the gauge has not changed: keep the known time until an hour past the expiry, or until the lease is released or lost
      (
        (last_over_time(${leaseExpiryOfProcess}[${site.memory}]) > time() - 3600)
          and on (${on}) (last_over_time(${leaseGaugeSeen}[${site.memory}]) >= 0)
      )
    `;
  },
});

/**
 * Both sources only ever miss renewals, so the later of the two is the better one. The file may also miss a release, which the gateway
 * never does while it runs.
 */
export const leaseExpiry = defineRecordingRule({
  record: 'relay:gateway_escrow_lease_expiry:timestamp_seconds',
  help: "When the relay's lease expires, or expired less than an hour ago: the later of the times from the gateway's gauge and the worker's state file.",
  unit: 'seconds since the epoch',
  labels: ['relay'],
  situation: 2,
  rationale:
    "The gateway's clock sets expiresAt in the state file as well, and both sources can only miss renewals, so the later time is the better one.",
  emptyWhen: NO_LEASE,
  expr: (site) => promql`
    max by (${site.by('relay')}) (
      ${leaseExpiryOfProcess}
      or on (${site.by('instance', 'relay')})
      (
        ${pendingWritesLeaseExpiry}{${site.exporter}}
          and on (${site.by('instance', 'relay')}) (${pendingWritesLeaseActive}{${site.exporter}} == 1)
          # released: the file still names the lease if the cleared push was lost
          unless on (${site.by('relay')}) (max by (${site.by('relay')}) (${gatewayEscrowLeasesActive}{${site.gateway}}) == 0)
      ) > time() - 3600
    )
  `,
});

export const leaseExpiryRules: readonly RecordingRuleDefinition[] = [
  leaseGaugeSeen,
  leaseExpiryOfProcess,
  leaseExpiry,
];
