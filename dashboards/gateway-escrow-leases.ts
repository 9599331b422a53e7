import { gatewayEscrowPolicyRejections, gatewayEscrowRotations } from '../metrics/gateway.js';
import { leaseExpiry } from '../recording-rules/lease-expiry.js';
import { pending, pendingStart } from '../recording-rules/pending-writes.js';
import { unlockRequests, wantedWrites, writesTurnedAway } from '../recording-rules/replica-fallback.js';
import { defineDashboard, definePanel } from '../src/model/dashboard.js';
import { duration, durationSeconds } from '../src/promql/duration.js';
import { promql } from '../src/promql/template.js';
import {
  IN_15_MINUTES,
  LEASE_MAPPINGS,
  LEASE_STATES,
  leaseCounts,
  NONE_REJECTED,
  PER_MINUTE,
  PER_STEP,
  pendingAge,
  prefixed,
  REQUEST_COLORS,
  RESULT_COLORS,
  waiting,
  withoutEscrow,
} from './shared/mappings.js';
import * as shared from './shared/panels.js';
import {
  endingFirst,
  gatewayMatchers,
  leaseTimeLeftOrLongExpired,
  longExpiredLeases,
  longestPresent,
  orZero,
  perMinuteOf,
  recorded,
  relaysByUrgency,
  secondsSince,
  secondsUntil,
  siteMatchers,
  writeAttempts,
} from './shared/selectors.js';

const counts = definePanel({
  id: 1,
  title: 'Leases by state',
  description:
    'Good: none past its expiry while clients write. Leases are not renewed automatically, so an expiry on a quiet night is normal. Each lease is counted once. Past expiry includes leases that expired more than an hour ago while the gateway still reports them as active.',
  kind: 'stat',
  queries: [
    {
      expr: (site) =>
        orZero(
          site,
          promql`count(${leaseTimeLeftOrLongExpired(site)} > ${durationSeconds(site.thresholds.leaseExpiry.expiringWithin)})`,
        ),
      legend: 'valid',
      thresholds: leaseCounts.valid,
    },
    {
      expr: (site) =>
        orZero(
          site,
          promql`count((${leaseTimeLeftOrLongExpired(site)} > 0) <= ${durationSeconds(site.thresholds.leaseExpiry.expiringWithin)})`,
        ),
      legend: 'about to expire',
      thresholds: leaseCounts.ending,
    },
    {
      expr: (site) => orZero(site, promql`count(${leaseTimeLeftOrLongExpired(site)} <= 0)`),
      legend: 'past expiry',
      thresholds: leaseCounts.past,
    },
  ],
  unit: 'none',
  decimals: 0,
  width: 12,
  height: 5,
  noData: 'Not measured: no gateway is scraped.',
});

const refused = definePanel({
  id: 2,
  title: 'Relays with writes at risk',
  description:
    'Good: 0. Rejected: a websocket write was answered read-only because there was no lease. Past expiry: clients write while the lease is past its expiry. No metric counts rejected drive uploads.',
  kind: 'stat',
  queries: [
    {
      expr: (site) => orZero(site, promql`count(${recorded(site, writesTurnedAway)})`),
      legend: 'rejected',
    },
    {
      expr: (site) =>
        orZero(
          site,
          promql`count(${recorded(site, wantedWrites)} and on (${site.by('relay')}) (${leaseTimeLeftOrLongExpired(site)} <= 0))`,
        ),
      legend: 'written past expiry',
    },
  ],
  unit: 'none',
  decimals: 0,
  width: 12,
  height: 5,
  thresholds: NONE_REJECTED,
  noData: 'Not measured: no gateway is scraped.',
});

const left = definePanel({ ...shared.leasesLeft, id: 3, width: 12, height: 11 });

const states = definePanel({
  id: 4,
  title: 'Lease state by relay',
  description:
    'Good: valid where a relay is pending and clients write. No bar: no lease. Shows the 20 leases that expire first, and up to 20 that expired more than an hour ago and that the gateway still reports as active.',
  kind: 'state-timeline',
  queries: [
    {
      expr: (site) =>
        promql`
          (${secondsUntil(endingFirst(site, leaseExpiry))} > bool 0)
            + (${secondsUntil(endingFirst(site, leaseExpiry))} > bool ${durationSeconds(site.thresholds.leaseExpiry.expiringWithin)})
        `,
      legend: '{{relay}}',
    },
    {
      expr: (site) => promql`${longExpiredLeases(site)} * ${LEASE_STATES.longPast}`,
      legend: '{{relay}}',
    },
  ],
  unit: 'none',
  width: 24,
  height: 8,
  mappings: LEASE_MAPPINGS,
  noData: withoutEscrow('No relay holds an escrow lease.'),
});

const missing = definePanel({
  id: 5,
  title: 'Relays in use whose lease is missing, ending or past expiry (top 10)',
  description:
    'Good: empty, or no client writes to these relays. Relays that are pending or written to. "no lease": the gateway reports none as active. Request a lease, or bring the worker back.',
  kind: 'table',
  queries: [
    {
      expr: (site) => promql`
        topk(10,
          max by (${site.by('relay')}) (${secondsSince(site, pendingStart)})
            unless on (${site.by('relay')}) (${leaseTimeLeftOrLongExpired(site)} > ${durationSeconds(site.thresholds.leaseExpiry.expiringWithin)})
        )
      `,
      column: { title: 'pending for', empty: 'not pending', unit: 's', thresholds: waiting(pendingAge) },
    },
    {
      expr: (site) => promql`
        bottomk(10,
          max by (${site.by('relay')}) (${leaseTimeLeftOrLongExpired(site)} <= ${durationSeconds(site.thresholds.leaseExpiry.expiringWithin)})
            and on (${site.by('relay')}) (${pending} or on (${site.by('relay')}) ${wantedWrites})
        )
      `,
      column: shared.LEASE_LEFT,
    },
    {
      expr: (site) => promql`
        topk(10,
          max by (${site.by('relay')}) (${writeAttempts(site)})
            unless on (${site.by('relay')}) (${leaseTimeLeftOrLongExpired(site)} > ${durationSeconds(site.thresholds.leaseExpiry.expiringWithin)})
        )
      `,
      column: { title: 'write attempts', empty: 'none', unit: PER_MINUTE, thresholds: waiting(() => []) },
    },
  ],
  unit: 'none',
  width: 12,
  height: 11,
  noData: withoutEscrow('No relay that is pending or written to lacks a valid lease.'),
});

const requests = definePanel({
  id: 6,
  title: 'Lease requests by result',
  description:
    'Good: requests end in success. policy-rejection while peers are healthy is expected. error: the escrow service is unreachable or the shared secret is wrong ([find out why a rotation failed](runbook:fix-rotation)). Over 15 minutes, including the first request.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`sum by (result) (${unlockRequests}{${siteMatchers(site)}})`,
      legend: '{{result}}',
    },
  ],
  unit: IN_15_MINUTES,
  decimals: 0,
  width: 12,
  height: 9,
  min: 0,
  colors: REQUEST_COLORS,
  noData: withoutEscrow('No lease has been requested since the gateway started.'),
});

const rejections = definePanel({
  id: 7,
  title: 'Policy rejections by reason',
  description:
    'Good: none, or peers-still-healthy. mirror-too-stale and mirror-window-expired mean that the mirrors have fallen behind. The observed build always reports unknown. The first rejection for a reason is not shown.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) =>
        promql`sum by (reason) (increase(${gatewayEscrowPolicyRejections}{${gatewayMatchers(site)}}[$__rate_interval]))`,
      legend: '{{reason}}',
    },
  ],
  unit: PER_STEP,
  decimals: 0,
  width: 12,
  height: 9,
  min: 0,
  noData: withoutEscrow('The policy has rejected no lease request since the gateway started.'),
});

const rotations = definePanel({
  id: 8,
  title: 'Leases issued and released',
  description:
    'Good: as many released as issued, once the worker has ingested the writes. Number within one step of the graph, by release reason. The first one for a reason is not shown.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) =>
        promql`sum by (result, reason) (increase(${gatewayEscrowRotations}{${gatewayMatchers(site)}}[$__rate_interval]))`,
      legend: '{{result}}: {{reason}}',
    },
  ],
  unit: PER_STEP,
  decimals: 0,
  width: 12,
  height: 9,
  min: 0,
  colors: prefixed('success: ', { 'lease-issued': RESULT_COLORS.success }),
  noData: withoutEscrow('No lease has been issued since the gateway started.'),
});

const turnedAway = definePanel({
  id: 9,
  title: 'Rejected writes by relay',
  description:
    'Good: none. Websocket writes answered read-only because there was no lease. Shows the 20 relays affected longest in the selected time range.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => perMinuteOf(longestPresent(site, writesTurnedAway), site.rateWindow),
      legend: '{{relay}}',
    },
  ],
  unit: PER_MINUTE,
  width: 12,
  height: 9,
  min: 0,
  noData: withoutEscrow('No writes are rejected.'),
});

const failed = definePanel({ ...shared.rotationsFailed, id: 10, width: 24, height: 7 });

export const gatewayEscrowLeases = defineDashboard({
  uid: 'gateway-escrow-leases',
  title: 'Gateway: escrow leases',
  description: 'Whether the gateway may accept writes, and when the leases expire.',
  tags: ['gateway-observability'],
  relays: { choose: 'many', query: relaysByUrgency },
  span: duration('3h'),
  rows: [
    { title: 'Leases', panels: [counts, refused, missing, left] },
    { title: 'Lease requests and releases', panels: [requests, rotations] },
    // Empty on a quiet day.
    { title: 'Lease state by relay', collapsed: true, panels: [states] },
    { title: 'Rejections and failed rotations', collapsed: true, panels: [turnedAway, rejections, failed] },
  ],
});
