import { pendingWritesStateFileReadFailure, pendingWritesStateFileReadSuccess } from '../metrics/exporter.js';
import { up } from '../metrics/prometheus.js';
import { type AlertDefinition, defineAlert } from '../src/model/rules.js';
import type { Site } from '../src/model/site.js';
import { closedRange, duration } from '../src/promql/duration.js';
import { promql } from '../src/promql/template.js';

const panel = { uid: 'gateway-overview', panel: 12 };

/** A closed laptop is normal; a server that does not answer is a problem. */
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
    'The queue of this worker is not monitored, and alerts that compare it with the gateway cannot fire for its relays. Can wait until the morning. First check whether its host is on; if it is, start the exporter.',
  dashboard: panel,
});

export const exporterMissing = defineAlert({
  alert: 'PendingWritesExporterMissing',
  signal: 'exporter',
  severity,
  situation: 9,
  rationale: 'No data because nothing is scraped: up is absent, not 0, when no target is configured.',
  labels: [],
  withoutSiteLabels: true,
  expr: (site) => promql`absent(${up}{${site.exporter}})`,
  for: () => duration('15m'),
  summary: 'Prometheus has no worker exporter to scrape.',
  description:
    'Stuck jobs, failed rotations and disagreements with the gateway cannot be seen. Can wait until the morning. First add the exporters to the scrape configuration, or correct "jobs.exporter" in the configuration of these alerts. If this site runs no exporters, disable this alert there; the runbook page shows how.',
  dashboard: panel,
});

export const stateFileUnreadable = defineAlert({
  alert: 'PendingWritesStateFileUnreadable',
  signal: 'exporter',
  severity: 'warning',
  runbookSteps: ['read-state-file'],
  situation: 9,
  rationale:
    'The file is overwritten in place, so a failed read is normal for a moment. A splice of two writes lasts until the worker writes again, which may be hours away, and a worker that restarts on it loses its queue. The time is in the expression, not in `for`: the reason may change from read to read, and with it the identity of the alert.',
  labels: ['job', 'instance', 'reason'],
  expr: (site) => {
    const success = promql`${pendingWritesStateFileReadSuccess}{${site.exporter}}`;
    const unread = promql`
      # no successful read for 10 minutes, by an exporter that was up at their beginning
      max_over_time(${success}[${closedRange(duration('10m'))}]) == 0 and ${success} offset 10m == 0
    `;
    return promql`
      # the current reason
      (${pendingWritesStateFileReadFailure}{${site.exporter}} == 1)
        and on (${site.by('job', 'instance')}) (${unread})
      or on (${site.by('job', 'instance')})
      # exporters that report no reason and are up: the file may have been rewritten since one stopped
      label_replace(${unread} and ${success}, "reason", "unknown", "", "")
    `;
  },
  summary:
    'The state file of the worker at {{ $labels.instance }} cannot be read{{ with $labels.reason }} ({{ . }}){{ end }}.',
  description:
    'The state of its relays is unknown until the file can be read. Can wait until the morning. {{ if match "^(spliced|not_json|not_utf8|not_a_state_file)$" $labels.reason }}The content is broken, but the worker still has its queue in memory. A restart would lose the queue, which then has to be pushed again. First ask the owner of the worker not to quit the app and not to switch off its computer. Then let the worker rewrite the file from memory, as the runbook page shows; if no one knows how to send it the messages for that, leave it until working hours.{{ else }}First check the log of the exporter for the reason, then the owner, mode and size of the file. If the content is broken, do not restart the worker: it would lose its queue.{{ end }}',
  dashboard: panel,
});

export const exporterAlerts: readonly AlertDefinition[] = [
  exporterDown,
  exporterMissing,
  stateFileUnreadable,
];
