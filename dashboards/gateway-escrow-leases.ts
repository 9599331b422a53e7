import { gatewayEscrowPolicyRejections, gatewayEscrowRotations } from '../metrics/gateway.js';
import { leaseExpiry } from '../recording-rules/lease-expiry.js';
import { pending, pendingStart } from '../recording-rules/pending-writes.js';
import { unlockRequests, wantedWrites, writesTurnedAway } from '../recording-rules/replica-fallback.js';
import { defineDashboard, definePanel } from '../src/model/dashboard.js';
import { duration, durationSeconds } from '../src/promql/duration.js';
import { promql } from '../src/promql/template.js';
import { LEASE_MAPPINGS, leaseRemainderOrNone, NONE_REJECTED, pendingAge } from './shared/mappings.js';
import * as shared from './shared/panels.js';
import {
  endingFirst,
  gatewayMatchers,
  leaseTimeLeft,
  longestPresent,
  orZero,
  recorded,
  relaysByUrgency,
  secondsSince,
  siteMatchers,
} from './shared/selectors.js';

const counts = definePanel({
  id: 1,
  title: 'How many leases are held, end soon, or are past?',
  description:
    'Good: none past its expiry while somebody writes. Nothing renews a lease by itself, so one that ends in a quiet night is no fault. Leases that ended more than an hour ago are no longer counted.',
  kind: 'stat',
  queries: [
    { expr: (site) => orZero(site, promql`count(${leaseTimeLeft(site)} > 0)`), legend: 'valid' },
    {
      expr: (site) =>
        orZero(
          site,
          promql`count((${leaseTimeLeft(site)} > 0) < ${durationSeconds(site.thresholds.leaseExpiry.expiringWithin)})`,
        ),
      legend: 'about to expire',
    },
    { expr: (site) => orZero(site, promql`count(${leaseTimeLeft(site)} <= 0)`), legend: 'past the expiry' },
  ],
  unit: 'none',
  decimals: 0,
  width: 12,
  height: 5,
  noData: 'Not measured: no gateway is scraped.',
});

const refused = definePanel({
  id: 2,
  title: 'For how many relays are writes refused?',
  description:
    'Good: 0. Turned away: somebody tried to write over a websocket and was told no, for want of a lease. Drive uploads that are refused are in no metric.',
  kind: 'stat',
  queries: [
    {
      expr: (site) => orZero(site, promql`count(${recorded(site, writesTurnedAway)})`),
      legend: 'turned away',
    },
    {
      expr: (site) =>
        orZero(
          site,
          promql`count(${recorded(site, wantedWrites)} and on (${site.by('relay')}) (${leaseTimeLeft(site)} <= 0))`,
        ),
      legend: 'wanted, past the expiry',
    },
  ],
  unit: 'none',
  decimals: 0,
  width: 12,
  height: 5,
  thresholds: NONE_REJECTED,
  noData: 'Not measured: no gateway is scraped.',
});

const left = definePanel({ ...shared.leasesLeft, id: 3, width: 24, height: 9 });

const states = definePanel({
  id: 4,
  title: 'Which relays hold a valid lease?',
  description:
    'Good: valid where a relay is pending and somebody writes. No bar: no lease, or one that ended more than an hour ago. The twenty leases that end first.',
  kind: 'state-timeline',
  queries: [
    {
      expr: (site) =>
        endingFirst(
          site,
          promql`
            (${leaseTimeLeft(site)} > bool 0)
              + (${leaseTimeLeft(site)} > bool ${durationSeconds(site.thresholds.leaseExpiry.expiringWithin)})
          `,
          leaseExpiry,
        ),
      legend: '{{relay}}',
    },
  ],
  unit: 'none',
  width: 12,
  height: 9,
  mappings: LEASE_MAPPINGS,
  noData: 'No relay holds an escrow lease.',
});

const missing = definePanel({
  id: 5,
  title: 'Which ten pending relays have no lease, or one that ends?',
  description:
    'Good: empty, or nobody writes to them. Without a value under "lease left" no lease is known. Ask for a lease, or bring the worker back.',
  kind: 'table',
  queries: [
    {
      expr: (site) => promql`
        topk(10,
          max by (${site.by('relay')}) (${secondsSince(site, pendingStart)})
            unless on (${site.by('relay')}) (${leaseTimeLeft(site)} > ${durationSeconds(site.thresholds.leaseExpiry.expiringWithin)})
        )
      `,
      column: { title: 'pending for', empty: 'not pending', unit: 's', thresholds: pendingAge },
    },
    {
      expr: (site) => promql`
        bottomk(10,
          max by (${site.by('relay')}) (${leaseTimeLeft(site)} <= ${durationSeconds(site.thresholds.leaseExpiry.expiringWithin)})
            and on (${site.by('relay')}) ${pending}
        )
      `,
      column: { title: 'lease left', empty: 'no lease', unit: 's', thresholds: leaseRemainderOrNone },
    },
    {
      expr: (site) => promql`
        topk(10, max by (${site.by('relay')}) (${recorded(site, wantedWrites)}) and on (${site.by('relay')}) ${pending})
      `,
      column: { title: 'writes wanted', empty: 'none', unit: 'short', decimals: 0 },
    },
  ],
  unit: 'none',
  width: 12,
  height: 9,
  noData: 'Every pending relay holds a lease that lasts, or none is pending.',
});

const requests = definePanel({
  id: 6,
  title: 'Are leases granted?',
  description:
    'Good: requests end in success. Refused by the policy while peers look healthy is the policy at work; errors mean that the escrow service is out of reach or the shared secret is wrong ([find out why a rotation failed](runbook:fix-rotation)). Over 15 minutes, the first one included.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`sum by (result) (${unlockRequests}{${siteMatchers(site)}})`,
      legend: '{{result}}',
    },
  ],
  unit: 'short',
  decimals: 0,
  width: 12,
  height: 8,
  min: 0,
  colors: { success: 'semi-dark-blue', error: 'dark-red', 'policy-rejection': 'light-purple' },
  noData: 'No lease has been asked for since the gateway started.',
});

const rejections = definePanel({
  id: 7,
  title: 'Why does the policy refuse?',
  description:
    'Good: nothing, or peers-still-healthy. mirror-too-stale and mirror-window-expired mean that the mirrors have fallen behind. The observed build always says unknown. Refusals since the point before; the first one of a reason does not show.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) =>
        promql`sum by (reason) (increase(${gatewayEscrowPolicyRejections}{${gatewayMatchers(site)}}[$__rate_interval]))`,
      legend: '{{reason}}',
    },
  ],
  unit: 'short',
  width: 12,
  height: 8,
  min: 0,
  noData: 'The policy has refused no lease since the gateway started.',
});

const rotations = definePanel({
  id: 8,
  title: 'Are leases issued and released?',
  description:
    'Good: each lease that is issued is released once the worker has ingested the writes. Since the gateway started; by reason of the release.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`sum by (result, reason) (${gatewayEscrowRotations}{${gatewayMatchers(site)}})`,
      legend: '{{result}}: {{reason}}',
    },
  ],
  unit: 'short',
  decimals: 0,
  width: 12,
  height: 8,
  min: 0,
  noData: 'No lease has been issued since the gateway started.',
});

const turnedAway = definePanel({
  id: 9,
  title: 'To which relays are writes turned away?',
  description:
    'Good: none. Websocket writes answered read-only for want of a lease. The twenty relays for which that lasted longest within the time shown.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => longestPresent(site, recorded(site, writesTurnedAway), writesTurnedAway),
      legend: '{{relay}}',
    },
  ],
  unit: 'short',
  width: 12,
  height: 8,
  min: 0,
  noData: 'No write is turned away.',
});

const failed = definePanel({ ...shared.rotationsFailed, id: 10, width: 24, height: 7 });

export const gatewayEscrowLeases = defineDashboard({
  uid: 'gateway-escrow-leases',
  title: 'Gateway: escrow leases',
  description: 'May the gateway take writes, and for how long?',
  tags: ['gateway-observability'],
  relays: { choose: 'many', query: relaysByUrgency },
  span: duration('3h'),
  rows: [
    { title: 'May the gateway take writes?', panels: [counts, refused, left, states, missing] },
    { title: 'Are leases to be had?', panels: [requests, rejections] },
    { title: 'What became of the writes and the leases?', panels: [turnedAway, rotations] },
    { title: 'Will there be a lease next time?', panels: [failed] },
  ],
});
