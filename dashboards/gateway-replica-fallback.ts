import {
  gatewayBlindPeerActive,
  gatewayBlindPeerMirrorLag,
  gatewayBlindPeerMirrorState,
  gatewayRelayReplicaSessions,
} from '../metrics/gateway.js';
import { fallbackRate, fallbackStart, writesTurnedAway } from '../recording-rules/replica-fallback.js';
import { defineDashboard, definePanel } from '../src/model/dashboard.js';
import { duration } from '../src/promql/duration.js';
import { promql } from '../src/promql/template.js';
import {
  fallbackAge,
  HOURS,
  IN_HOURS,
  mirrorLag,
  NOT_KNOWN,
  on,
  PER_MINUTE,
  UP_MAPPINGS,
  waiting,
} from './shared/mappings.js';
import * as shared from './shared/panels.js';
import {
  elapsed,
  gatewayMatchers,
  gatewayRelayMatchers,
  inUnit,
  leaseTimeLeftOrLongExpired,
  longestPresent,
  orZero,
  perMinute,
  perMinuteOf,
  phaseOrIdle,
  recorded,
  relaysByUrgency,
  secondsSince,
  writeAttempts,
} from './shared/selectors.js';

const counts = definePanel({
  id: 1,
  title: 'Relays served from replicas',
  description:
    'Good: only relays whose worker is away. "on replica" counts relays as the table below, "with reads now" those with reads that no worker answered within the rate window. A session stays in replica mode until its socket closes, even after the worker is back, so the number of sessions in replica mode does not show the current state.',
  kind: 'stat',
  queries: [
    {
      expr: (site) => orZero(site, promql`count(${secondsSince(site, fallbackStart)})`),
      legend: 'on replica',
    },
    {
      expr: (site) => orZero(site, promql`count(${recorded(site, fallbackRate)})`),
      legend: 'with reads now',
    },
    {
      expr: (site) => promql`sum(${gatewayRelayReplicaSessions}{${gatewayRelayMatchers(site)}})`,
      legend: 'sessions',
    },
  ],
  unit: 'none',
  decimals: 0,
  width: 10,
  height: 5,
  noData: 'Not measured: no gateway is scraped.',
});

const service = definePanel({
  id: 2,
  title: 'Mirror service',
  description:
    'Good: up on every gateway process. Without it, no relay is mirrored, and a relay whose worker is away cannot be read ([check the mirrors](runbook:check-mirrors)).',
  kind: 'state-timeline',
  queries: [
    {
      expr: (site) => promql`min by (instance) (${gatewayBlindPeerActive}{${gatewayMatchers(site)}})`,
      legend: '{{instance}}',
    },
  ],
  unit: 'none',
  width: 8,
  height: 5,
  mappings: UP_MAPPINGS,
  noData: 'Not measured: no gateway is scraped.',
});

const rate = definePanel({ ...shared.servedFromReplica, id: 3, width: 12, height: 9 });

const age = definePanel({
  id: 4,
  title: 'Time on replica by relay',
  description:
    'Good: shorter than a night. A pause shorter than the configured quiet time does not end it. Lines mark the alert thresholds. Shows the 20 relays served longest in the selected time range.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => inUnit(elapsed(longestPresent(site, fallbackStart)), IN_HOURS),
      legend: '{{relay}}',
    },
  ],
  ...HOURS,
  width: 12,
  height: 9,
  thresholds: on(IN_HOURS, fallbackAge),
  noData: 'No relay is served from its replica.',
});

const worst = definePanel({
  id: 5,
  title: 'Longest on replica (top 10)',
  description:
    'Good: empty, or only relays whose worker has been away for less than a night. Click a relay to open its dashboard.',
  kind: 'table',
  queries: [
    {
      expr: (site) => promql`topk(10, max by (${site.by('relay')}) (${secondsSince(site, fallbackStart)}))`,
      column: { title: 'on replica for', empty: 'ended', unit: 's', thresholds: waiting(fallbackAge) },
    },
    {
      expr: (site) => promql`
        max by (${site.by('relay')}) (${perMinute(recorded(site, fallbackRate))})
          and on (${site.by('relay')}) topk(10, ${secondsSince(site, fallbackStart)})
      `,
      column: { title: 'reads', empty: 'none', unit: PER_MINUTE, thresholds: waiting(() => []) },
    },
    {
      expr: (site) => promql`
        max by (${site.by('relay')}) (${writeAttempts(site)})
          and on (${site.by('relay')}) topk(10, ${secondsSince(site, fallbackStart)})
      `,
      column: { title: 'write attempts', empty: 'none', unit: PER_MINUTE, thresholds: waiting(() => []) },
    },
    {
      expr: (site) => promql`
        max by (${site.by('relay')}) (${leaseTimeLeftOrLongExpired(site)})
          and on (${site.by('relay')}) topk(10, ${secondsSince(site, fallbackStart)})
      `,
      column: shared.LEASE_LEFT,
    },
    {
      expr: (site) => promql`
        (${phaseOrIdle(site)})
          and on (${site.by('relay')}) topk(10, ${secondsSince(site, fallbackStart)})
      `,
      column: shared.PHASE,
    },
  ],
  unit: 'none',
  width: 24,
  height: 9,
  noData: 'No relay is served from its replica.',
});

const writes = definePanel({
  id: 6,
  title: 'Writes to relays on replicas',
  description:
    'Good: accepted where a lease is held, and none rejected. Recent websocket writes to relays without a worker; no metric counts drive uploads. Attempted: accepted writes, or rejected ones where none was accepted.',
  kind: 'timeseries',
  queries: [
    { expr: (site) => promql`sum(${writeAttempts(site)})`, legend: 'attempted' },
    {
      expr: (site) => perMinuteOf(promql`sum(${recorded(site, writesTurnedAway)})`, site.rateWindow),
      legend: 'rejected',
    },
  ],
  unit: PER_MINUTE,
  width: 12,
  height: 10,
  min: 0,
  colors: { attempted: 'semi-dark-blue', rejected: 'dark-red' },
  noData: 'No writes to relays without a worker.',
});

const lag = definePanel({
  id: 7,
  title: 'Mirror lag (top 10)',
  description:
    'Good: low for relays that are served from a replica. A quiet relay lags for as long as it is quiet, which is harmless. Mirrors without a lag, or whose lag is not known, are not listed. Uses the most recent mirror of each relay or drive.',
  kind: 'table',
  queries: [
    {
      expr: (site) =>
        promql`topk(10, min by (identifier, type) (${gatewayBlindPeerMirrorLag}{${gatewayMatchers(site)}}) / 1000 > 0)`,
      column: { title: 'lag', empty: NOT_KNOWN, isEmptyUnknown: true, unit: 's', thresholds: mirrorLag },
    },
  ],
  unit: 's',
  width: 12,
  height: 10,
  noData: 'The gateway reports no mirror that lags. "Active mirrors" shows whether it reports any.',
});

const active = definePanel({
  id: 8,
  title: 'Active mirrors',
  description:
    'Good: every relay in use has an active mirror. Inactive: not active for ten minutes, which is normal for a quiet relay. Current values only, because every mirror has its own series.',
  kind: 'stat',
  queries: [
    {
      expr: (site) =>
        promql`sum(max by (identifier, type) (${gatewayBlindPeerMirrorState}{${gatewayMatchers(site)}}))`,
      legend: 'active',
    },
    {
      expr: (site) =>
        promql`count(max by (identifier, type) (${gatewayBlindPeerMirrorState}{${gatewayMatchers(site)}})) - sum(max by (identifier, type) (${gatewayBlindPeerMirrorState}{${gatewayMatchers(site)}}))`,
      legend: 'inactive',
    },
  ],
  unit: 'none',
  decimals: 0,
  width: 6,
  height: 5,
  noData: 'no mirrors',
});

export const gatewayReplicaFallback = defineDashboard({
  uid: 'gateway-replica-fallback',
  title: 'Gateway: replica fallback and mirrors',
  description: 'Which relays are served from a replica, for how long, and how stale it is.',
  tags: ['gateway-observability'],
  relays: { choose: 'many', query: relaysByUrgency },
  span: duration('12h'),
  rows: [
    { title: 'Replica fallback', panels: [counts, service, active, rate, age, worst] },
    { title: 'Writes and mirrors', panels: [writes, lag] },
  ],
});
