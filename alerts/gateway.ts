import { gatewayMetrics } from '../metrics/gateway.js';
import { up } from '../metrics/prometheus.js';
import { type AlertDefinition, defineAlert } from '../src/model/rules.js';
import { duration } from '../src/promql/duration.js';
import { PromqlFragment, promql } from '../src/promql/template.js';

const panel = { uid: 'gateway-overview', panel: 12 };

export const gatewayDown = defineAlert({
  alert: 'GatewayDown',
  signal: 'gateway',
  severity: 'critical',
  situation: 9,
  rationale: 'The gateway cannot be scraped.',
  labels: ['job', 'instance'],
  expr: (site) => promql`${up}{${site.gateway}} == 0`,
  // A restart of the process takes less.
  for: () => duration('2m'),
  summary: 'The gateway at {{ $labels.instance }} cannot be scraped.',
  description:
    'If the process is down and no other one serves its users, users of relays whose worker is away can neither read nor write. Pending writes are not monitored. First check on its host whether the process answers. A restart drops pushes and leases: the runbook page lists the relays whose pushes have to be started again.',
  dashboard: panel,
});

export const gatewayMissing = defineAlert({
  alert: 'GatewayMissing',
  signal: 'gateway',
  severity: 'critical',
  situation: 9,
  rationale:
    'No data because nothing is scraped: up is absent, not 0, when the target is gone from the configuration.',
  labels: [],
  withoutSiteLabels: true,
  firesOnQueryError: true,
  expr: (site) => promql`absent(${up}{${site.gateway}})`,
  for: () => duration('5m'),
  summary: 'Prometheus has no gateway to scrape, so no other alert of the gateway can be trusted.',
  description:
    'Users are not affected, but problems with pending writes, leases and replica fallback go unnoticed. No target matches the job of the gateway. First check which targets Prometheus has (the runbook page has the command), then the scrape configuration, and "jobs.gateway" in the configuration of these alerts.',
  dashboard: panel,
});

/** What every gateway exposes. Series with labels may not exist yet, so only metrics without labels can be reported as missing. */
export const alwaysExposed = gatewayMetrics.filter(
  ({ presence, type, labels }) =>
    presence === 'always' && type !== 'histogram' && Object.keys(labels).length === 0,
);

export const gatewayMetricsMissing = defineAlert({
  alert: 'GatewayMetricsMissing',
  signal: 'gateway',
  severity: 'warning',
  situation: 9,
  rationale:
    'A gateway is scraped but lacks a metric without labels that every build exposes: the contract is broken.',
  labels: ['job', 'instance'],
  expr: (site) => {
    const without = alwaysExposed.map(
      (metric) =>
        promql`${up}{${site.gateway}} == 1 unless on (${site.by('instance')}) ${metric}{${site.gateway}}`,
    );
    return promql`${new PromqlFragment(without.join('\nor\n'))}`;
  },
  for: () => duration('5m'),
  summary: 'The gateway at {{ $labels.instance }} is up, but required metrics are missing.',
  description:
    'Alerts that need these metrics cannot fire. Can wait until the morning. Either another program answers at that address, or a new build renamed or dropped metrics. First run "npx gateway-observability verify --metrics http://{{ $labels.instance }}/metrics", which lists the differences, on a machine that can reach the gateway.',
  dashboard: panel,
});

/** Always fires: a missing notification shows that alert delivery is broken. */
export const watchdogFiring = defineAlert({
  alert: 'GatewayWatchdogFiring',
  onlyWith: 'watchdog',
  signal: 'gateway',
  severity: 'info',
  situation: 9,
  rationale: 'Without it, a Prometheus or Alertmanager that has stopped sending looks like a quiet day.',
  labels: [],
  withoutSiteLabels: true,
  expr: () => promql`vector(1)`,
  summary: 'Alert delivery works: this alert always fires.',
  description:
    'No action is needed while it arrives. If it stops arriving, Prometheus is not evaluating its rules or Alertmanager is not sending. First check that both are running.',
  dashboard: { uid: 'gateway-overview', panel: 16 },
});

export const gatewayAlerts: readonly AlertDefinition[] = [
  gatewayDown,
  gatewayMissing,
  gatewayMetricsMissing,
  watchdogFiring,
];
