import { leaseExpiry, leaseGaugeSeen } from '../recording-rules/lease-expiry.js';
import { pending } from '../recording-rules/pending-writes.js';
import { unlessLeaseGranted, wantedWrites } from '../recording-rules/replica-fallback.js';
import { type AlertDefinition, defineAlert } from '../src/model/rules.js';
import type { Site } from '../src/model/site.js';
import { durationOf, durationSeconds } from '../src/promql/duration.js';
import { promql } from '../src/promql/template.js';
import { RELAY } from './texts.js';

const panel = { uid: 'gateway-overview', panel: 6 };
const UNLESS_RENEWED =
  'The metrics may miss a renewal; the lease query on the runbook page shows the current lease.';

/** Seconds past the expiry of each pending relay's lease. */
const expiredFor = (site: Site) => promql`
  (time() - ${leaseExpiry} >= 0) and on (${site.by('relay')}) ${pending}
`;

export const leaseExpiring = defineAlert({
  alert: 'GatewayEscrowLeaseExpiring',
  needsEscrow: true,
  signal: 'lease-expiry',
  severity: 'info',
  situation: 2,
  rationale: "The gateway's own warning threshold is 120 s. Leases are not renewed automatically.",
  labels: ['relay'],
  expr: (site) => promql`
    # the gauge may have been written up to one scrape before it was read, so the lease may end that much earlier
    (${leaseExpiry} - time() > 0) <= ${durationSeconds(site.thresholds.leaseExpiry.expiringWithin) + durationSeconds(site.config.scrapeInterval)}
      and on (${site.by('relay')}) ${pending}
  `,
  summary: `The escrow lease of relay ${RELAY} expires within {{ $value | humanizeDuration }}.`,
  description: `No data is lost: accepted writes stay on the gateway. New writes may be rejected after the expiry. First request a new lease if more writes are expected before the worker is back. ${UNLESS_RENEWED}`,
  dashboard: panel,
});

export const leaseExpired = defineAlert({
  alert: 'GatewayEscrowLeaseExpired',
  needsEscrow: true,
  signal: 'lease-expiry',
  severity: 'info',
  situation: 2,
  rationale: 'Leases last 10 minutes, so an expiry on a quiet night is normal.',
  labels: ['relay'],
  expr: (site) => promql`
    ${expiredFor(site)}
      unless on (${site.by('relay')}) ${wantedWrites}
  `,
  summary: `The escrow lease of relay ${RELAY} has expired.`,
  description: (site) =>
    `Not urgent: no user has written to the relay within ${site.thresholds.leaseExpiry.wantedWithin}. First check the current lease with the query on the runbook page, because the metrics may miss a renewal. Request a new lease only if writes are expected.`,
  dashboard: panel,
});

export const leaseExpiredWritesWanted = defineAlert({
  alert: 'GatewayEscrowLeaseExpiredWritesWanted',
  needsEscrow: true,
  signal: 'lease-expiry',
  severity: 'critical',
  situation: 2,
  rationale:
    'A lease past its expiry while writes are wanted. The observed build still lets them through, against the escrow policy; readonly shows where a build does not. The evidence is a gauge at 0 while the lease is not released, or an expiry that has passed while the gateway granted no lease at all.',
  labels: ['relay'],
  expr: (site) => promql`
    ${unlessLeaseGranted(site, promql`${expiredFor(site)} and on (${site.by('relay')}) ${wantedWrites}`)}
    or on (${site.by('relay')})
    # a write after the expiry sets the gauge to 0 while the lease is not released
    (
      group by (${site.by('relay')}) (${leaseGaugeSeen} == 0)
      and on (${site.by('relay')}) ${pending}
      and on (${site.by('relay')}) ${wantedWrites}
    )
  `,
  // Writes from just before the expiry, and the scrapes that saw them, must have left the window. When a worker leaves in the
  // evening, its users write for a while and the lease runs out, that must not page.
  for: (site) =>
    durationOf(
      durationSeconds(site.thresholds.leaseExpiry.wantedWithin) +
        2 * durationSeconds(site.config.scrapeInterval),
    ),
  summary: `Users write to relay ${RELAY} while its escrow lease is past its expiry.`,
  description: `The worker is away. The observed build accepts writes past the expiry although the policy forbids it; other builds may reject them, and no metric counts rejected uploads. First ask a user of the relay to write something and to upload a file. If both succeed, the rest can wait until the morning. If not, or if no one answers, request a new lease now, then bring the worker back. ${UNLESS_RENEWED}`,
  dashboard: panel,
});

export const leaseExpiryAlerts: readonly AlertDefinition[] = [
  leaseExpiring,
  leaseExpired,
  leaseExpiredWritesWanted,
];
