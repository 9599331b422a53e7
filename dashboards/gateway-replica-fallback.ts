import {
  gatewayBlindPeerActive,
  gatewayBlindPeerMirrorLag,
  gatewayBlindPeerMirrorState,
  gatewayRelayReplicaSessions,
} from '../metrics/gateway.js';
import { phase } from '../recording-rules/phase.js';
import {
  fallbackRate,
  fallbackStart,
  wantedWrites,
  writesTurnedAway,
} from '../recording-rules/replica-fallback.js';
import { defineDashboard, definePanel } from '../src/model/dashboard.js';
import { duration } from '../src/promql/duration.js';
import { promql } from '../src/promql/template.js';
import {
  fallbackAge,
  IN_HOURS,
  LAG_MAPPINGS,
  mirrorLag,
  on,
  PER_MINUTE,
  PHASE_MAPPINGS,
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
  recorded,
  relaysByUrgency,
  secondsSince,
} from './shared/selectors.js';

const counts = definePanel({
  id: 1,
  title: 'Relays served from replicas',
  description:
    'Good: only relays whose worker is away. "served now" counts relays with reads that no worker answered within the rate window. A session stays in replica mode until its socket closes, even after the worker is back, so the number of sessions does not show the current state.',
  kind: 'stat',
  queries: [
    {
      expr: (site) => orZero(site, promql`count(${recorded(site, fallbackRate)})`),
      legend: 'served now',
    },
    {
      expr: (site) => promql`sum(${gatewayRelayReplicaSessions}{${gatewayRelayMatchers(site)}})`,
      legend: 'sessions in replica mode',
    },
  ],
  unit: 'none',
  decimals: 0,
  width: 12,
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
  width: 12,
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
  unit: IN_HOURS.unit,
  width: 12,
  height: 9,
  min: 0,
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
      column: { title: 'reads', empty: 'none', unit: PER_MINUTE },
    },
    {
      expr: (site) => promql`
        max by (${site.by('relay')}) (${recorded(site, wantedWrites)})
          and on (${site.by('relay')}) topk(10, ${secondsSince(site, fallbackStart)})
      `,
      column: { title: 'write attempts', empty: 'none', unit: 'short', decimals: 0 },
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
        max by (${site.by('relay')}) (${recorded(site, phase)})
          and on (${site.by('relay')}) topk(10, ${secondsSince(site, fallbackStart)})
      `,
      column: { title: 'phase', empty: 'idle', unit: 'none', mappings: PHASE_MAPPINGS },
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
    { expr: (site) => promql`sum(${recorded(site, wantedWrites)})`, legend: 'attempted' },
    { expr: (site) => promql`sum(${recorded(site, writesTurnedAway)})`, legend: 'rejected' },
  ],
  unit: 'short',
  width: 12,
  height: 8,
  min: 0,
  colors: { attempted: 'semi-dark-blue', rejected: 'dark-red' },
  noData: 'No writes to relays without a worker.',
});

const lag = definePanel({
  id: 7,
  title: 'Mirror lag (top 10)',
  description:
    'Good: low for relays that are served from a replica. A quiet relay lags for as long as it is quiet, which is harmless. 0 also means that the lag is unknown. Uses the most recent mirror of each relay or drive.',
  kind: 'table',
  queries: [
    {
      expr: (site) =>
        promql`topk(10, min by (identifier, type) (${gatewayBlindPeerMirrorLag}{${gatewayMatchers(site)}}) / 1000)`,
      column: { title: 'lag', empty: 'unknown', unit: 's', mappings: LAG_MAPPINGS, thresholds: mirrorLag },
    },
  ],
  unit: 's',
  width: 12,
  height: 8,
  noData: 'The gateway reports no mirrors.',
});

const active = definePanel({
  id: 8,
  title: 'Active mirrors',
  description:
    'Good: every relay in use has an active mirror. Quiet: not active for ten minutes, which is normal for a quiet relay. Current values only, because every mirror has its own series.',
  kind: 'stat',
  queries: [
    {
      expr: (site) =>
        promql`sum(max by (identifier, type) (${gatewayBlindPeerMirrorState}{${gatewayMatchers(site)}}))`,
      legend: 'active',
    },
    {
      expr: (site) =>
        promql`count(max by (identifier, type) (${gatewayBlindPeerMirrorState}{${gatewayMatchers(site)}}) == 0)`,
      legend: 'quiet',
    },
  ],
  unit: 'none',
  decimals: 0,
  width: 24,
  height: 5,
  noData: 'The gateway reports no mirrors.',
});

export const gatewayReplicaFallback = defineDashboard({
  uid: 'gateway-replica-fallback',
  title: 'Gateway: replica fallback and mirrors',
  description: 'Which relays are served from a replica, for how long, and how stale it is.',
  tags: ['gateway-observability'],
  relays: { choose: 'many', query: relaysByUrgency },
  span: duration('12h'),
  rows: [
    { title: 'Replica fallback', panels: [counts, service, rate, age, worst] },
    { title: 'Writes and mirrors', panels: [writes, lag, active] },
  ],
});
