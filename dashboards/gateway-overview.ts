import { pendingWritesStateFileReadSuccess } from '../metrics/exporter.js';
import {
  gatewayActivePeers,
  gatewayActiveSessions,
  gatewayBlindPeerMirrorLag,
  processStartTime,
} from '../metrics/gateway.js';
import { up } from '../metrics/prometheus.js';
import { pendingCount, pendingStart } from '../recording-rules/pending-writes.js';
import { PHASES, phase } from '../recording-rules/phase.js';
import { pushes } from '../recording-rules/push-wait.js';
import { unlockRequests, writesTurnedAway } from '../recording-rules/replica-fallback.js';
import { deliveredStart, workerPending } from '../recording-rules/worker-queue.js';
import { defineDashboard, definePanel } from '../src/model/dashboard.js';
import type { Site } from '../src/model/site.js';
import { duration, durationSeconds } from '../src/promql/duration.js';
import { promql } from '../src/promql/template.js';
import {
  HOURS,
  IN_HOURS,
  mirrorLag,
  NONE_IS_GOOD,
  NOT_KNOWN,
  ORANGE,
  on,
  PENDING_MAPPINGS,
  PER_MINUTE,
  pendingAge,
  prefixed,
  REQUEST_COLORS,
  RESULT_COLORS,
  waiting,
  withoutEscrow,
} from './shared/mappings.js';
import * as shared from './shared/panels.js';
import {
  elapsed,
  exporterMatchers,
  firingCount,
  firingSince,
  gatewayMatchers,
  inUnit,
  leaseTimeLeftOrLongExpired,
  longestPresent,
  mostUrgentAlert,
  orZero,
  perMinuteOf,
  phaseOrIdle,
  recorded,
  relayMatchers,
  relaysByNeed,
  relaysByUrgency,
  secondsSince,
  siteMatchers,
  urgencyOfAlerts,
} from './shared/selectors.js';

/** How many relays are in a phase: 0 says measured and none, absent says not measured. */
const inPhase = (site: Site, code: number) =>
  orZero(site, promql`count(${phase}{${relayMatchers(site)}} == ${code})`);

const needy = definePanel({
  id: 14,
  title: 'Relays that need attention',
  description:
    'Good: 0 everywhere. Stuck: the worker received the pending-writes push but is not ingesting. Blocked: writes are rejected, or attempted while the lease is past its expiry. Unknown: pending when last seen, and the gateway no longer reports the relay.',
  kind: 'stat',
  queries: [
    {
      expr: (site) => inPhase(site, PHASES.stuck),
      legend: 'stuck',
      thresholds: () => [{ value: 1, color: ORANGE }],
    },
    {
      expr: (site) => inPhase(site, PHASES.blocked),
      legend: 'blocked',
      thresholds: () => [{ value: 1, color: 'dark-red' }],
    },
    { expr: (site) => inPhase(site, PHASES.unknown), legend: 'unknown', thresholds: NONE_IS_GOOD },
  ],
  unit: 'none',
  decimals: 0,
  width: 12,
  height: 4,
  noData: 'Not measured: no gateway is scraped.',
});

const urgencies = definePanel({
  id: 18,
  title: 'Firing alerts by urgency',
  description:
    'Good: 0 for act now and act today. Counts all firing alerts; the table below lists at most 50 of them. Not measured: the rules are not loaded, or no gateway is scraped and no alert is firing.',
  kind: 'stat',
  queries: [
    {
      expr: (site) => firingCount(site, 'critical'),
      legend: 'act now',
      thresholds: () => [{ value: 1, color: 'dark-red' }],
    },
    { expr: (site) => firingCount(site, 'warning'), legend: 'act today', thresholds: NONE_IS_GOOD },
    { expr: (site) => firingCount(site, 'info'), legend: 'for information', thresholds: () => [] },
  ],
  unit: 'none',
  decimals: 0,
  width: 12,
  height: 4,
  noData: 'Not measured: no rule has a result.',
});

const firing = definePanel({
  id: 13,
  title: 'Firing alerts',
  description:
    'Good: no critical alerts and no warnings. Info alerts give context and never page. The most urgent are on top, then those that have been active longest. Active for: how long the condition has held, including the time that the rule waits before it fires.',
  kind: 'table',
  queries: [
    { expr: (site) => urgencyOfAlerts(site, site.by('alertname', 'relay')), column: shared.URGENCY },
    {
      expr: (site) => firingSince(site, site.by('alertname', 'relay')),
      column: { ...shared.ACTIVE_FOR, breaksTies: true },
    },
  ],
  unit: 'none',
  width: 24,
  height: 9,
  noData: 'No firing alert found. The counts above show whether the rules have results.',
});

const counts = definePanel({
  id: 3,
  title: 'Pending relays',
  description:
    'Good: returns to 0 when workers come back. 0 means idle; no data means that no gateway is scraped.',
  kind: 'timeseries',
  queries: [
    { expr: (site) => promql`sum(${pendingCount}{${siteMatchers(site)}})`, legend: 'pending relays' },
  ],
  unit: 'short',
  decimals: 0,
  width: 8,
  height: 8,
  min: 0,
  colors: { 'pending relays': ORANGE },
  noData: 'Not measured: no gateway is scraped.',
});

const phases = definePanel({ ...shared.phases, id: 1, width: 16, height: 8 });

const worst = definePanel({
  id: 15,
  title: 'Relays by need (top 10)',
  description:
    'Good: empty, or only relays whose worker has been away for less than a night. Relays that have a firing alert, are stuck, blocked or unknown, or are pending: the highest urgency of an alert first, then what has lasted longest. Alert: the most urgent one. Since delivery: how long ago the first push of what is pending was delivered. Click a relay to open its dashboard. The lease time counts down in real time.',
  kind: 'table',
  queries: [
    {
      expr: (site) => relaysByNeed(site, 10),
      column: { title: 'need', empty: '', unit: 'none', hidden: true },
    },
    {
      expr: (site) => promql`
        ${mostUrgentAlert(site)} and on (${site.by('relay')}) ${relaysByNeed(site, 10)}
      `,
      column: { ...shared.URGENCY, label: { name: 'alertname', empty: 'none' } },
    },
    {
      expr: (site) => promql`
        (${phaseOrIdle(site)})
          and on (${site.by('relay')}) ${relaysByNeed(site, 10)}
      `,
      column: shared.PHASE,
    },
    {
      expr: (site) => promql`
        max by (${site.by('relay')}) (${secondsSince(site, pendingStart)})
          and on (${site.by('relay')}) ${relaysByNeed(site, 10)}
      `,
      column: { title: 'pending for', empty: 'not pending', unit: 's', thresholds: waiting(pendingAge) },
    },
    {
      expr: (site) => promql`
        max by (${site.by('relay')}) (${leaseTimeLeftOrLongExpired(site)})
          and on (${site.by('relay')}) ${relaysByNeed(site, 10)}
      `,
      column: shared.LEASE_LEFT,
    },
    {
      expr: (site) => promql`
        max by (${site.by('relay')}) (${secondsSince(site, deliveredStart)})
          and on (${site.by('relay')}) ${relaysByNeed(site, 10)}
      `,
      column: shared.SINCE_DELIVERY,
    },
    {
      expr: (site) => promql`
        max by (${site.by('relay')}) (${recorded(site, workerPending)})
          and on (${site.by('relay')}) ${relaysByNeed(site, 10)}
      `,
      column: {
        title: 'worker state',
        empty: 'not measured',
        isEmptyUnknown: true,
        unit: 'none',
        mappings: PENDING_MAPPINGS,
      },
    },
  ],
  unit: 'none',
  width: 24,
  height: 11,
  noData: 'No relay needs attention or has pending writes.',
});

const ages = definePanel({
  id: 2,
  title: 'Pending time by relay',
  description:
    'Good: shorter than a night. The age survives a gateway restart. Lines mark the alert thresholds. Shows the 20 relays that were pending longest in the selected time range.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => inUnit(elapsed(longestPresent(site, pendingStart)), IN_HOURS),
      legend: '{{relay}}',
    },
  ],
  ...HOURS,
  width: 24,
  height: 9,
  thresholds: on(IN_HOURS, pendingAge),
  calcs: ['max'],
  noData: 'No relay has pending writes.',
});

const pushResults = definePanel({
  id: 4,
  title: 'Push results',
  description:
    'Good: only success. While every worker is away, nothing is pushed and nothing is counted. Mean over the longest back-off interval, including the first push of a counter. Covers the whole gateway: the observed build does not label pushes by relay.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) =>
        perMinuteOf(promql`sum by (result) (${pushes}{${siteMatchers(site)}})`, site.pushWindow),
      legend: '{{result}}',
    },
  ],
  unit: PER_MINUTE,
  width: 12,
  height: 8,
  min: 0,
  colors: RESULT_COLORS,
  noData: 'No pushes yet: no worker has been online since the gateway started, or nothing was pending.',
});

const pushWait = definePanel({ ...shared.slowWorkers, id: 5, width: 12, height: 8 });

const leases = definePanel({ ...shared.leasesLeft, id: 6, width: 24, height: 8 });

const fallback = definePanel({ ...shared.servedFromReplica, id: 7, width: 8, height: 11 });

const turnedAway = definePanel({
  id: 8,
  title: 'Rejected writes and lease requests',
  description:
    'Good: no rejected writes, and lease requests end in success. policy-rejection while peers are healthy is expected. Covers websocket writes only: no metric counts rejected drive uploads.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => perMinuteOf(promql`sum(${recorded(site, writesTurnedAway)})`, site.rateWindow),
      legend: 'rejected writes',
    },
    {
      expr: (site) =>
        perMinuteOf(promql`sum by (result) (${unlockRequests}{${siteMatchers(site)}})`, duration('15m')),
      legend: 'lease request: {{result}}',
    },
  ],
  unit: PER_MINUTE,
  width: 8,
  height: 11,
  min: 0,
  colors: {
    'rejected writes': 'dark-red',
    ...prefixed('lease request: ', REQUEST_COLORS),
  },
  noData: withoutEscrow('No writes rejected and no leases requested.'),
});

const mirrors = definePanel({
  id: 9,
  title: 'Mirror lag (top 10)',
  description:
    'Good: low for relays that are served from a replica. A quiet relay lags for as long as it is quiet. Relays without a lag, or whose lag is not known, are not listed. Uses the most recent mirror of each relay.',
  kind: 'table',
  queries: [
    {
      expr: (site) =>
        promql`topk(10, min by (identifier) (${gatewayBlindPeerMirrorLag}{${gatewayMatchers(site)}, type="relay", identifier=~"$relay"}) / 1000 > 0)`,
      column: { title: 'lag', empty: NOT_KNOWN, isEmptyUnknown: true, unit: 's', thresholds: mirrorLag },
    },
  ],
  unit: 's',
  width: 8,
  height: 11,
  noData: 'The gateway reports no mirror that lags.',
});

const workerQueue = definePanel({ ...shared.workersSay, id: 10, width: 12, height: 11 });

const rotations = definePanel({ ...shared.rotationsEnded, id: 11, width: 12, height: 11 });

const scrapes = definePanel({
  id: 12,
  title: 'Scrape targets and state files',
  description:
    'Good: every gateway up, every state file readable. An exporter is down while its host is off, for example a closed laptop; that is not a fault unless the site declares its workers always on. Shows the 20 exporters with the most downtime.',
  kind: 'state-timeline',
  queries: [
    {
      expr: (site) => promql`min by (job, instance) (${up}{${gatewayMatchers(site)}})`,
      legend: '{{job}} {{instance}}',
    },
    {
      expr: (site) => promql`
        min by (job, instance) (${up}{${exporterMatchers(site)}})
          and on (job, instance) bottomk(20, avg_over_time(${up}{${exporterMatchers(site)}}[$__range] @ end()))
      `,
      legend: '{{job}} {{instance}}',
    },
    {
      expr: (site) => promql`
        min by (instance) (${pendingWritesStateFileReadSuccess}{${exporterMatchers(site)}})
          and on (instance) bottomk(20, min_over_time(${pendingWritesStateFileReadSuccess}{${exporterMatchers(site)}}[$__range] @ end()) == 0)
      `,
      legend: 'state file of {{instance}}',
    },
  ],
  unit: 'none',
  decimals: 0,
  width: 16,
  height: 8,
  mappings: [
    { value: 0, text: 'down or unreadable', color: 'dark-red' },
    { value: 1, text: 'up', color: 'semi-dark-blue' },
  ],
  noData: 'No scrape targets match the configured jobs.',
});

const ruleAge = definePanel({
  id: 16,
  title: 'Age of the latest rule result',
  description:
    'Good: about one evaluation interval. Age of the latest sample of a recording rule that always has a result while a gateway is scraped. If it grows, Prometheus is overloaded or rules fail. No data: the rules are not loaded, or no gateway is scraped.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`time() - max(timestamp(${pendingCount}{${siteMatchers(site)}}))`,
      legend: 'age',
    },
  ],
  unit: 's',
  width: 8,
  height: 8,
  min: 0,
  softMax: 60,
  thresholds: ({ config }) => [{ value: 3 * durationSeconds(config.evaluationInterval), color: ORANGE }],
  noData: 'No rule results: the rules are not loaded, or no gateway is scraped.',
});

const processes = definePanel({
  id: 17,
  title: 'Gateway processes',
  description:
    'Good: started long ago. A restart drops pending gauges and leases; they come back with the next write. Connected workers: the connections of all relays. The gateway exposes no version of its build.',
  kind: 'table',
  queries: [
    {
      expr: (site) => promql`max by (instance) (time() - ${processStartTime}{${gatewayMatchers(site)}})`,
      column: {
        title: 'running for',
        empty: NOT_KNOWN,
        isEmptyUnknown: true,
        unit: 's',
        smallestFirst: true,
      },
    },
    {
      expr: (site) => promql`max by (instance) (${gatewayActiveSessions}{${gatewayMatchers(site)}})`,
      column: { title: 'client sessions', empty: NOT_KNOWN, isEmptyUnknown: true, unit: 'none', decimals: 0 },
    },
    {
      expr: (site) => promql`max by (instance) (${gatewayActivePeers}{${gatewayMatchers(site)}})`,
      column: {
        title: 'connected workers',
        empty: NOT_KNOWN,
        isEmptyUnknown: true,
        unit: 'none',
        decimals: 0,
      },
    },
  ],
  unit: 'none',
  width: 24,
  height: 5,
  noData: 'Not measured: no gateway is scraped.',
});

export const gatewayOverview = defineDashboard({
  uid: 'gateway-overview',
  title: 'Gateway: overview',
  description: 'Start here: whether anything is wrong, for which relays, and in which phase they are.',
  tags: ['gateway-observability'],
  relays: { choose: 'many', query: relaysByUrgency },
  span: duration('6h'),
  rows: [
    { title: 'Summary', panels: [urgencies, needy, firing, worst, phases, counts] },
    { title: 'Pending time', collapsed: true, panels: [ages] },
    { title: 'Push and acknowledgement', collapsed: true, panels: [pushResults, pushWait] },
    { title: 'Escrow leases', collapsed: true, panels: [leases] },
    { title: 'Replica fallback and mirrors', collapsed: true, panels: [fallback, turnedAway, mirrors] },
    { title: 'Worker queue and rotation', collapsed: true, panels: [workerQueue, rotations] },
    { title: 'Monitoring health', collapsed: true, panels: [scrapes, ruleAge, processes] },
  ],
});
