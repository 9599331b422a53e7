import { pendingWritesRelaysRotationLastStatus } from '../../metrics/exporter.js';
import { leaseExpiry } from '../../recording-rules/lease-expiry.js';
import { phase } from '../../recording-rules/phase.js';
import { slowAcknowledgements } from '../../recording-rules/push-wait.js';
import { fallbackRate } from '../../recording-rules/replica-fallback.js';
import { rotationFailed, workerPending } from '../../recording-rules/worker-queue.js';
import type { ColumnDefinition, PanelDefinition, ValueMapping } from '../../src/model/dashboard.js';
import type { Site } from '../../src/model/site.js';
import { durationSeconds } from '../../src/promql/duration.js';
import { type Promql, promql } from '../../src/promql/template.js';
import {
  IN_MINUTES,
  LEASE_LEFT_MAPPINGS,
  LONG_EXPIRED_TEXT,
  leaseRemainder,
  leaseRemainderOrNone,
  NOT_KNOWN,
  ORANGE,
  on,
  PENDING_MAPPINGS,
  PER_MINUTE,
  PHASE_MAPPINGS,
  stuckAge,
  WORK_COLORS,
  waiting,
  withoutEscrow,
} from './mappings.js';
import {
  endingFirst,
  exporterMatchers,
  inUnit,
  longExpiredLeases,
  longestPresent,
  perMinute,
  secondsSince,
  secondsUntil,
  siteMatchers,
} from './selectors.js';

/*
 * Panels that stand in more than one dashboard: the overview shows them beside each other, the others in their context. Each dashboard gives
 * its own id and place.
 */

/** The column of an alert's urgency, as `urgencyOfAlerts` counts it. */
export const URGENCY: ColumnDefinition = {
  title: 'urgency',
  empty: '',
  unit: 'none',
  mappings: [
    { value: 3, text: 'act now', color: 'dark-red' },
    { value: 2, text: 'act today', color: ORANGE },
    { value: 1, text: 'for information' },
  ],
};

/** The column of the time for which an alert's condition has held. */
export const ACTIVE_FOR: ColumnDefinition = {
  title: 'active for',
  empty: NOT_KNOWN,
  isEmptyUnknown: true,
  unit: 's',
};

/** The column of the time that a relay's lease has left. */
export const LEASE_LEFT: ColumnDefinition = {
  title: 'lease left',
  empty: 'no lease',
  unit: 's',
  mappings: LEASE_LEFT_MAPPINGS,
  thresholds: leaseRemainderOrNone,
};

/** Of a failure that the worker's file still contains. */
export const STILL_LISTED: readonly ValueMapping[] = [
  { value: 0, text: 'still in the file', color: 'dark-red' },
];

/** Seconds since a failed rotation was last seen in a worker's file; 0 while it is listed, up to a delay of three evaluations. */
export const failureLastSeen = (site: Site): Promql => promql`
  ${secondsSince(site, rotationFailed)} > ${3 * durationSeconds(site.config.evaluationInterval)}
    or on (${site.by('relay')}) ${secondsSince(site, rotationFailed)} * 0
`;

/** The column of a relay's phase. */
export const PHASE: ColumnDefinition = {
  title: 'phase',
  empty: NOT_KNOWN,
  isEmptyUnknown: true,
  unit: 'none',
  mappings: PHASE_MAPPINGS,
};

/** The column of the time since the first push of what is pending was delivered to a worker. */
export const SINCE_DELIVERY: ColumnDefinition = {
  title: 'since delivery',
  empty: 'not delivered',
  unit: 's',
  thresholds: waiting(stuckAge),
};

type SharedPanel = Omit<PanelDefinition, 'id' | 'width' | 'height'>;

export const phases: SharedPanel = {
  title: 'Phase by relay',
  description:
    'Good: worker away for a while, then pushing, resyncing, rotating, idle. Stuck and blocked need attention. Shows the 20 relays that were busy longest in the selected time range; a relay that has been idle for an hour drops out, and has no bar. The recording rule of the phase documents its inputs. Where the build does not label pushes by relay, a push is attributed to a relay only if no other relay is pending.',
  kind: 'state-timeline',
  queries: [{ expr: (site) => longestPresent(site, phase), legend: '{{relay}}' }],
  unit: 'none',
  mappings: PHASE_MAPPINGS,
  noData:
    'No relay was busy in the selected time range. "Not measured" in the counts means that no gateway is scraped.',
};

export const slowWorkers: SharedPanel = {
  title: 'Slow acknowledgements',
  description:
    'Good: below the threshold line. Share of acknowledgements slower than the configured limit, among those under ten minutes, over 15 minutes. Longer waits mean that the worker was away and are left out. The observed build records no acknowledgements. For a single relay, see the relay dashboard.',
  kind: 'timeseries',
  queries: [{ expr: (site) => promql`max(${slowAcknowledgements}{${siteMatchers(site)}})`, legend: 'slow' }],
  unit: 'percentunit',
  min: 0,
  max: 1,
  thresholds: ({ thresholds }) => [{ value: thresholds.pushWait.slowShare, color: ORANGE }],
  colors: { slow: 'by threshold' },
  noData: 'No acknowledgements are recorded. The observed build records none.',
};

export const leasesLeft: SharedPanel = {
  title: 'Lease time left',
  description:
    "Good: above 0 while clients write. Counts down in real time; the gateway's own gauge changes only on lease events and keeps its value after the expiry. Below 0, the lease is past its expiry, unless it was renewed with the same value and nothing has been written since: check with GET /api/escrow/leases/query. Shows the 20 leases that expire first. An hour after the expiry, a lease that the gateway still reports as active stays at -60 minutes.",
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => inUnit(secondsUntil(endingFirst(site, leaseExpiry)), IN_MINUTES),
      legend: '{{relay}}',
    },
    {
      expr: (site) => promql`${longExpiredLeases(site)} * -60`,
      legend: `{{relay}}: ${LONG_EXPIRED_TEXT}`,
    },
  ],
  unit: IN_MINUTES.unit,
  calcs: ['last', 'min'],
  thresholds: on(IN_MINUTES, leaseRemainder),
  noData: withoutEscrow('No relay holds an escrow lease.'),
};

export const servedFromReplica: SharedPanel = {
  title: 'Reads served from replicas',
  description:
    'Good: none, or only relays whose worker is away. Reads per minute that no worker served. Shows the 20 relays served longest in the selected time range.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => perMinute(longestPresent(site, fallbackRate)),
      legend: '{{relay}}',
    },
  ],
  unit: PER_MINUTE,
  min: 0,
  noData: 'No relay is served from its replica.',
};

export const workersSay: SharedPanel = {
  title: 'Pending state reported by workers',
  description:
    'Good: clear, or pending for as long as the gateway reports pending. A relay is pending if any of its workers reports it. From the exporters on the worker hosts, for relays that the gateway or a worker reports as pending. Shows the 20 relays pending longest in the selected time range.',
  kind: 'state-timeline',
  queries: [
    {
      expr: (site) => longestPresent(site, workerPending),
      legend: '{{relay}}',
    },
  ],
  unit: 'none',
  mappings: PENDING_MAPPINGS,
  noData: 'No measured worker reports a relay. The worker queue shows which workers are measured.',
};

export const rotationsEnded: SharedPanel = {
  title: 'Latest escrow rotations by status',
  description:
    "Good: only completed, although completed does not prove a new deposit: the observed build reports failed only when a revocation fails. After a failed rotation, the next fallback of the relay may get no lease. Counts the latest rotation of each relay in the workers' state files, which keep about a dozen.",
  kind: 'timeseries',
  queries: [
    {
      expr: (site) =>
        promql`sum by (status) (${pendingWritesRelaysRotationLastStatus}{${exporterMatchers(site)}, status!="pending"})`,
      legend: '{{status}}',
    },
    {
      expr: (site) =>
        promql`sum(${pendingWritesRelaysRotationLastStatus}{${exporterMatchers(site)}, status="pending"})`,
      legend: 'in progress',
    },
  ],
  unit: 'short',
  decimals: 0,
  min: 0,
  colors: {
    completed: WORK_COLORS.completed,
    failed: WORK_COLORS.failed,
    'in progress': WORK_COLORS['in progress'],
    other: 'text',
  },
  noData: 'No exporter is scraped, so rotations are not measured.',
};

export const rotationsFailed: SharedPanel = {
  title: 'Failed escrow rotations (latest 10)',
  description:
    "Good: empty. The last rotation failed, so there is no new deposit and the next fallback may get no lease. Fix the cause, then restart the worker, which rotates all its relays ([rotate the escrow deposit](runbook:rotate-deposit)). A failure is listed for a day after it left the worker's file, or until a completed rotation is seen.",
  kind: 'table',
  queries: [
    {
      expr: (site) => promql`bottomk(10, max by (${site.by('relay')}) (${failureLastSeen(site)}))`,
      column: {
        title: 'failure last seen',
        empty: 'none',
        unit: 's',
        smallestFirst: true,
        mappings: STILL_LISTED,
      },
    },
  ],
  unit: 's',
  noData: withoutEscrow('No rotation failed in the last day.'),
};
