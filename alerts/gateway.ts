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
    'While workers are away the gateway serves their relays, so their readers and writers are cut off. Nothing is known of pending writes. First check the process and its host. After a restart nothing resumes pushes: start them again for the relays that were pending.',
  dashboard: panel,
});

export const gatewayMissing = defineAlert({
  alert: 'GatewayMissing',
  signal: 'gateway',
  severity: 'critical',
  situation: 9,
  rationale:
    'Nothing to see because nothing is measured. up is absent, not 0, when the target is gone from the configuration.',
  labels: [],
  withoutSiteLabels: true,
  firesOnQueryError: true,
  expr: (site) => promql`absent(${up}{${site.gateway}})`,
  for: () => duration('5m'),
  summary: 'Prometheus has no gateway to scrape: every other alert of this bundle is blind.',
  description:
    'No target matches the job of the gateway. First check the scrape configuration and service discovery for it, then jobs.gateway in the configuration of this bundle.',
  dashboard: panel,
});

/** What every gateway exposes. Labelled series may be unborn; only a metric without labels is missing when it is not there. */
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
    'A metric without labels that is always present is absent from a gateway that is scraped: the contract is broken.',
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
    'Alerts of this bundle may be blind. Another program answers at that address, or a new build renamed or dropped metrics. First compare it with the contract: gateway-observability verify --metrics http://{{ $labels.instance }}/metrics.',
  dashboard: panel,
});

/** The alert that notices a broken path of alerts: its notification is missing. */
export const watchdogFiring = defineAlert({
  alert: 'GatewayWatchdogFiring',
  onlyWith: 'watchdog',
  signal: 'gateway',
  severity: 'info',
  situation: 9,
  rationale:
    'Nothing else shows that Prometheus or Alertmanager has stopped sending: no alert arrives, as on a quiet day.',
  labels: [],
  withoutSiteLabels: true,
  expr: () => promql`vector(1)`,
  summary: 'The path of alerts works: this alert always fires.',
  description:
    'No action is needed while it arrives. When it stops arriving, Prometheus does not evaluate its rules, or Alertmanager does not send. First check that both are running.',
  dashboard: { uid: 'gateway-overview', panel: 16 },
});

export const gatewayAlerts: readonly AlertDefinition[] = [
  gatewayDown,
  gatewayMissing,
  gatewayMetricsMissing,
  watchdogFiring,
];
