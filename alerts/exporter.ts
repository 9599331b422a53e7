import { pendingWritesStateFileReadSuccess } from '../metrics/exporter.js';
import { up } from '../metrics/prometheus.js';
import { type AlertDefinition, defineAlert } from '../src/model/rules.js';
import type { Site } from '../src/model/site.js';
import { duration } from '../src/promql/duration.js';
import { promql } from '../src/promql/template.js';

const panel = { uid: 'gateway-overview', panel: 12 };

/** A closed laptop is no fault; a server that does not answer is. */
const severity = (site: Site) => (site.config.workers.alwaysOn ? 'warning' : 'info');

export const exporterDown = defineAlert({
  alert: 'PendingWritesExporterDown',
  signal: 'exporter',
  severity,
  situation: 9,
  rationale:
    'The exporter is unreachable while its host is off; that is a fault only where the site declares its workers always on.',
  labels: ['job', 'instance'],
  expr: (site) => promql`${up}{${site.exporter}} == 0`,
  for: () => duration('15m'),
  summary: 'The worker exporter at {{ $labels.instance }} cannot be scraped.',
  description:
    "The worker's host is off, or the exporter on it does not run. While that lasts nothing is known of that worker's queue, and alerts that compare it with the gateway are silent for its relays.",
  dashboard: panel,
});

export const exporterMissing = defineAlert({
  alert: 'PendingWritesExporterMissing',
  signal: 'exporter',
  severity,
  situation: 9,
  rationale: 'Nothing to see because nothing is measured. up is absent, not 0, when no target is configured.',
  labels: [],
  withoutSiteLabels: true,
  expr: (site) => promql`absent(${up}{${site.exporter}})`,
  for: () => duration('15m'),
  summary: 'Prometheus has no worker exporter to scrape at all.',
  description:
    'Without one, stuck jobs, failed rotations and disagreements with the gateway cannot be seen. Add the exporters to the scrape configuration, or correct jobs.exporter in the configuration of this bundle. A site without exporters disables this alert with that reason.',
  dashboard: panel,
});

export const stateFileUnreadable = defineAlert({
  alert: 'PendingWritesStateFileUnreadable',
  signal: 'exporter',
  severity: 'warning',
  runbookSteps: ['3.2'],
  situation: 9,
  rationale:
    'The file is overwritten in place, so a torn read is normal for a moment; a missing file is a state of its own.',
  labels: ['job', 'instance'],
  expr: (site) => promql`${pendingWritesStateFileReadSuccess}{${site.exporter}} == 0`,
  for: () => duration('10m'),
  summary: 'The queue file of the worker at {{ $labels.instance }} cannot be read.',
  description:
    "The exporter runs, but the worker's pending-writes-state.json is torn, not JSON or not readable for it. A worker that restarts would lose its queue as well. Look at the exporter's log for the reason, then at the file's owner and mode (runbook step 3.2).",
  dashboard: panel,
});

export const exporterAlerts: readonly AlertDefinition[] = [
  exporterDown,
  exporterMissing,
  stateFileUnreadable,
];
