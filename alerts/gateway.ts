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
    'The process is down or unreachable. While workers are away it serves their relays, so readers and writers of those are cut off, and nothing is known of pending writes. Check the process and its host first; after a restart nothing resumes pushes by itself (runbook step 4.2).',
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
    'No target matches the job of the gateway. Either it was dropped from the scrape configuration or from service discovery, or jobs.gateway in the configuration of this bundle does not name it.',
  dashboard: panel,
});

export const gatewayMetricsMissing = defineAlert({
  alert: 'GatewayMetricsMissing',
  signal: 'gateway',
  severity: 'warning',
  situation: 9,
  rationale:
    'A metric without labels that is always present is absent from a gateway that is scraped: the contract is broken.',
  labels: ['job', 'instance'],
  expr: (site) => {
    // Labelled series may be unborn; only a metric without labels is missing when it is not there.
    const always = gatewayMetrics.filter(
      (metric) =>
        metric.presence === 'always' &&
        metric.type !== 'histogram' &&
        Object.keys(metric.labels).length === 0,
    );
    const without = always.map(
      (metric) =>
        promql`${up}{${site.gateway}} == 1 unless on (${site.by('instance')}) ${metric}{${site.gateway}}`,
    );
    return promql`${new PromqlFragment(without.join('\nor\n'))}`;
  },
  for: () => duration('5m'),
  summary: 'The gateway at {{ $labels.instance }} answers, but metrics that it always has are not there.',
  description:
    'Another program answers at that address, or a new build renamed or dropped metrics: alerts of this bundle may be blind. Compare with the contract: gateway-observability verify --metrics http://{{ $labels.instance }}/metrics.',
  dashboard: panel,
});

export const gatewayAlerts: readonly AlertDefinition[] = [gatewayDown, gatewayMissing, gatewayMetricsMissing];
