import { pendingWritesRelaysRotationLastStatus } from '../../metrics/exporter.js';
import { leaseExpiry } from '../../recording-rules/lease-expiry.js';
import { phase } from '../../recording-rules/phase.js';
import { slowAcknowledgements } from '../../recording-rules/push-wait.js';
import { fallbackRate } from '../../recording-rules/replica-fallback.js';
import { rotationFailed, workerPending } from '../../recording-rules/worker-queue.js';
import type { PanelDefinition } from '../../src/model/dashboard.js';
import { promql } from '../../src/promql/template.js';
import { leaseRemainder, PENDING_MAPPINGS, PHASE_MAPPINGS } from './mappings.js';
import {
  endingFirst,
  exporterMatchers,
  leaseTimeLeft,
  longestPresent,
  recorded,
  secondsSince,
  siteMatchers,
} from './selectors.js';

/*
 * Panels that stand in more than one dashboard: the overview shows them beside each other, the others in their context. Each dashboard gives
 * its own id and place.
 */

type SharedPanel = Omit<PanelDefinition, 'id' | 'width' | 'height'>;

export const phases: SharedPanel = {
  title: 'Which phase is each relay in?',
  description:
    'Good: worker away for a while, then pushing, resyncing, rotating, idle. Stuck and blocked need somebody. The twenty relays that were busy longest within the time shown; one that was idle for an hour leaves the list. From the recording rule of the phase, which states its inputs; where the build does not say for which relay a push was, the only pending relay counts as pushed to.',
  kind: 'state-timeline',
  queries: [{ expr: (site) => longestPresent(site, recorded(site, phase), phase), legend: '{{relay}}' }],
  unit: 'none',
  mappings: PHASE_MAPPINGS,
  noData: 'No relay was busy within the time shown, or no gateway is scraped.',
};

export const slowWorkers: SharedPanel = {
  title: 'Do workers acknowledge quickly?',
  description:
    'Good: under the threshold line. The share of acknowledgements slower than the site allows among those under ten minutes, over 15 minutes: a worker that had been away is not counted. The observed build records no acknowledgement. A relay’s own waits are on its own dashboard.',
  kind: 'timeseries',
  queries: [{ expr: (site) => promql`max(${slowAcknowledgements}{${siteMatchers(site)}})`, legend: 'slow' }],
  unit: 'percentunit',
  min: 0,
  max: 1,
  thresholds: ({ thresholds }) => [{ value: thresholds.pushWait.slowShare, color: 'orange' }],
  noData: 'No acknowledgement recorded: idle, or a build that does not record them.',
};

export const leasesLeft: SharedPanel = {
  title: 'How long do the escrow leases still last?',
  description:
    "Good: above 0 while somebody writes. Counts down for real: the gateway's own gauge stands still between events and keeps its value after the expiry. Below 0 the lease is past its expiry, unless it was renewed to the same value and nobody has written since; GET /api/escrow/leases/query tells. The twenty that end first at the end of the time shown.",
  kind: 'timeseries',
  queries: [{ expr: (site) => endingFirst(site, leaseTimeLeft(site), leaseExpiry), legend: '{{relay}}' }],
  unit: 's',
  calcs: ['lastNotNull', 'min'],
  thresholds: leaseRemainder,
  noData: 'No relay holds an escrow lease.',
};

export const servedFromReplica: SharedPanel = {
  title: 'Which relays are served from their replica?',
  description:
    'Good: none, or those whose worker is away. Reads per second that no worker served; the twenty relays served so longest within the time shown.',
  kind: 'timeseries',
  queries: [
    { expr: (site) => longestPresent(site, recorded(site, fallbackRate), fallbackRate), legend: '{{relay}}' },
  ],
  unit: 'reqps',
  min: 0,
  noData: 'No relay is served from its replica.',
};

export const workersSay: SharedPanel = {
  title: 'What do the workers say is pending?',
  description:
    'Good: clear, or pending for as long as the gateway says so too. Pending if any worker of the relay says so. From the exporters beside the workers, of relays that the gateway or a worker says are pending; the twenty pending longest within the time shown.',
  kind: 'state-timeline',
  queries: [
    {
      expr: (site) => longestPresent(site, recorded(site, workerPending), workerPending),
      legend: '{{relay}}',
    },
  ],
  unit: 'none',
  mappings: PENDING_MAPPINGS,
  noData: 'No worker says that a relay is pending, or no exporter is scraped.',
};

export const rotationsEnded: SharedPanel = {
  title: 'Did the last escrow rotations succeed?',
  description:
    'Good: only completed, which does not prove a new deposit: in the observed build only a failed revocation gives failed. A failed one means that the next fallback of the relay may get no lease. The newest rotation of each relay that is still in a worker’s file, which keeps about a dozen.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) =>
        promql`sum by (status) (${pendingWritesRelaysRotationLastStatus}{${exporterMatchers(site)}})`,
      legend: '{{status}}',
    },
  ],
  unit: 'short',
  decimals: 0,
  min: 0,
  colors: { completed: 'semi-dark-blue', failed: 'dark-red', pending: 'light-purple', other: 'text' },
  noData: 'No exporter is scraped, so nothing is known of rotations.',
};

export const rotationsFailed: SharedPanel = {
  title: 'Which relays may get no lease next time?',
  description:
    'Good: empty. The last rotation failed, so no fresh deposit was made: restart the worker once the cause is gone, which rotates all its relays ([rotate the escrow deposit](runbook:rotate-deposit)). Kept for a day after the failure left the worker’s file, until a completed rotation is seen. The ten that failed last.',
  kind: 'table',
  queries: [
    {
      expr: (site) =>
        promql`bottomk(10, max by (${site.by('relay')}) (${secondsSince(site, rotationFailed)}))`,
      column: { title: 'failure last seen', empty: 'none', unit: 's' },
    },
  ],
  unit: 's',
  noData: 'No rotation has failed within a day.',
};
