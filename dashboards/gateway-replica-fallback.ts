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
  leaseRemainderOrNone,
  mirrorLag,
  PHASE_MAPPINGS,
  UP_MAPPINGS,
} from './shared/mappings.js';
import * as shared from './shared/panels.js';
import {
  gatewayMatchers,
  gatewayRelayMatchers,
  leaseTimeLeft,
  longestPresent,
  orZero,
  recorded,
  relaysByUrgency,
  secondsSince,
} from './shared/selectors.js';

const counts = definePanel({
  id: 1,
  title: 'How many relays live on their replica?',
  description:
    'Good: as many as have their worker away. Served now: reads within the rate window that no worker answered. Sessions stay in replica mode until their socket closes, also after the worker is back, so they tell little.',
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
  title: 'Does the mirror service run?',
  description:
    'Good: up on every gateway process. Without it no relay is mirrored, and a relay whose worker is away cannot be read ([check the mirrors](runbook:check-mirrors)).',
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
  title: 'For how long has the replica been the main path?',
  description:
    'Good: shorter than a night. A pause shorter than the site’s quiet time does not end it. The twenty relays served so longest within the time shown; the lines are the alerts’ thresholds.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => longestPresent(site, secondsSince(site, fallbackStart), fallbackStart),
      legend: '{{relay}}',
    },
  ],
  unit: 's',
  width: 12,
  height: 9,
  min: 0,
  calcs: ['max'],
  thresholds: fallbackAge,
  noData: 'No relay is served from its replica.',
});

const worst = definePanel({
  id: 5,
  title: 'Which ten relays have lived on their replica longest?',
  description:
    'Good: empty, or workers that have been away for less than a night. A relay leads to its story.',
  kind: 'table',
  queries: [
    {
      expr: (site) => promql`topk(10, max by (${site.by('relay')}) (${secondsSince(site, fallbackStart)}))`,
      column: { title: 'on its replica for', empty: 'ended', unit: 's', thresholds: fallbackAge },
    },
    {
      expr: (site) => promql`
        max by (${site.by('relay')}) (${recorded(site, fallbackRate)})
          and on (${site.by('relay')}) topk(10, ${secondsSince(site, fallbackStart)})
      `,
      column: { title: 'reads', empty: 'none', unit: 'reqps' },
    },
    {
      expr: (site) => promql`
        max by (${site.by('relay')}) (${recorded(site, wantedWrites)})
          and on (${site.by('relay')}) topk(10, ${secondsSince(site, fallbackStart)})
      `,
      column: { title: 'writes wanted', empty: 'none', unit: 'short', decimals: 0 },
    },
    {
      expr: (site) => promql`
        max by (${site.by('relay')}) (${leaseTimeLeft(site)})
          and on (${site.by('relay')}) topk(10, ${secondsSince(site, fallbackStart)})
      `,
      column: { title: 'lease left', empty: 'no lease', unit: 's', thresholds: leaseRemainderOrNone },
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
  title: 'Do users want to write to relays on their replica?',
  description:
    'Good: accepted where a lease is held, none turned away. Websocket writes of the last minutes of relays without a worker; drive uploads are in no metric. Wanted: accepted, or else turned away.',
  kind: 'timeseries',
  queries: [
    { expr: (site) => promql`sum(${recorded(site, wantedWrites)})`, legend: 'wanted' },
    { expr: (site) => promql`sum(${recorded(site, writesTurnedAway)})`, legend: 'turned away' },
  ],
  unit: 'short',
  width: 12,
  height: 8,
  min: 0,
  colors: { wanted: 'semi-dark-blue', 'turned away': 'dark-red' },
  noData: 'Nobody has written to a relay without a worker.',
});

const lag = definePanel({
  id: 7,
  title: 'Which ten mirrors lag most?',
  description:
    'Good: low for relays that are served from their replica. A quiet relay lags for as long as it is quiet, which harms nobody. 0 also means that the lag is unknown. The best mirror of each relay or drive.',
  kind: 'table',
  queries: [
    {
      expr: (site) =>
        promql`topk(10, min by (identifier, type) (${gatewayBlindPeerMirrorLag}{${gatewayMatchers(site)}}) / 1000)`,
      column: { title: 'lags by', empty: 'unknown', unit: 's', thresholds: mirrorLag },
    },
  ],
  unit: 's',
  width: 12,
  height: 8,
  noData: 'The gateway lists no mirrors.',
});

const active = definePanel({
  id: 8,
  title: 'How many mirrors were active lately?',
  description:
    'Good: every relay that is in use is among the active. Quiet: not active for ten minutes, which is normal for a quiet relay. As of now, not over time: there are as many series as mirrors.',
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
  noData: 'The gateway lists no mirrors.',
});

export const gatewayReplicaFallback = defineDashboard({
  uid: 'gateway-replica-fallback',
  title: 'Gateway: replica fallback and mirrors',
  description: 'Who lives on the replica, for how long, and is it fresh?',
  tags: ['gateway-observability'],
  relays: { choose: 'many', query: relaysByUrgency },
  span: duration('12h'),
  rows: [
    { title: 'Who lives on the replica?', panels: [counts, service, rate, age, worst] },
    { title: 'Is it good enough?', panels: [writes, lag, active] },
  ],
});
