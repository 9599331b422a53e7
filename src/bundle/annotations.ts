import { pendingWritesPending, pendingWritesRotationLastAttempts } from '../../metrics/exporter.js';
import type { Config } from '../config/schema.js';
import type { DashboardDefinition } from '../model/dashboard.js';
import type { AlertDefinition } from '../model/rules.js';
import type { RunbookDefinition } from '../model/runbook.js';
import type { Site } from '../model/site.js';
import { mapValues, templateForGrafana, templateForPrometheus } from './external-labels.js';
import { dashboardUrl, runbookUrl } from './links.js';

/** What an alert says, as templates. An alert without a page has no `runbook_url`, unless it sets one itself. */
export type Annotations = Readonly<Record<string, string>> &
  Readonly<Record<'summary' | 'description' | 'dashboard_url', string>>;

/**
 * What an alert says: its own texts; the annotations that it or the site adds; for a relay also the host of its worker and, where a recorded series holds it, since when.
 * Templates of Grafana cannot query, so there the text names the panel that shows the host.
 */
export function annotationsOf(
  config: Config,
  site: Site,
  definition: AlertDefinition,
  {
    dashboards,
    runbook,
  }: { readonly dashboards: readonly DashboardDefinition[]; readonly runbook: RunbookDefinition },
): { readonly prometheus: Annotations; readonly grafana: Annotations } {
  const text = (value: string | ((site: Site) => string)) =>
    typeof value === 'function' ? value(site) : value;
  const summary = text(definition.summary);
  const description = text(definition.description);
  const ofRelay = definition.labels.includes('relay')
    ? dashboards.find(({ relays }) => relays?.choose === 'one')
    : undefined;
  const more = {
    ...(Object.hasOwn(runbook.pages, definition.alert)
      ? { runbook_url: runbookUrl(config, definition.alert) }
      : {}),
    dashboard_url: dashboardUrl(config, definition, ofRelay?.uid),
    ...definition.annotations,
    ...config.alerts[definition.alert]?.annotations,
  };
  const plain = { summary, description, ...more };
  const prometheus =
    ofRelay === undefined
      ? plain
      : {
          summary: `${summary.slice(0, -1)}${sinceText(config, definition)}.`,
          description: `${description} ${hostText(config, site)}`,
          ...more,
        };
  const grafana =
    ofRelay === undefined
      ? plain
      : {
          summary,
          description: `${description} The dashboard "${ofRelay.title}" shows the host of its worker.`,
          ...more,
        };
  return {
    prometheus: mapValues(prometheus, (template) => templateForPrometheus(config, template)),
    grafana: mapValues(grafana, (template) => templateForGrafana(config, template)),
  };
}

/** A text as a literal of a Go template. */
const literal = (text: string) => (text.includes('`') ? JSON.stringify(text) : `\`${text}\``);

/** The matchers of the alert's own relay, for `printf`, and the labels to fill in. */
function ownRelay(config: Config): { readonly matchers: string; readonly labels: string } {
  // A query of a template reads this Prometheus, whose series do not have the external labels.
  const siteLabels = config.groupBy.filter((label) => !Object.hasOwn(config.externalLabels, label));
  const labels = [...siteLabels, 'relay'];
  return {
    matchers: labels.map((label) => `${label}=%q`).join(', '),
    labels: labels.map((label) => `$labels.${label}`).join(' '),
  };
}

const query = (promql: string, labels: string) => `with printf ${literal(promql)} ${labels} | query`;

/** Since when, from the recorded series. Empty where the series has no sample of the relay. */
function sinceText(config: Config, { since }: AlertDefinition): string {
  if (since === undefined) return '';
  const { matchers, labels } = ownRelay(config);
  const asked = query(`${since.record}{${matchers}} > 0`, labels);
  return `{{ ${asked} }} (pending since {{ (. | first | value | toTime).Format "2006-01-02 15:04 MST" }}){{ end }}`;
}

/** The host of the worker: its exporter names the relay in a notification or a rotation. */
function hostText(config: Config, site: Site): string {
  const { matchers, labels } = ownRelay(config);
  // Percent signs of the site's own matchers are no verbs.
  const exporter = site.exporter.text.replaceAll('%', '%%');
  const of = (metric: { readonly name: string }) => `${metric.name}{${exporter}, ${matchers}}`;
  const hosts = `group by (instance) (${of(pendingWritesPending)} or ${of(pendingWritesRotationLastAttempts)})`;
  return [
    `{{ ${query(hosts, `${labels} ${labels}`)} }}`,
    '{{ if gt (len .) 1 }}This relay has {{ len . }} workers; the dashboard shows their hosts.',
    '{{ else }}The worker is on {{ . | first | label "instance" }}.{{ end }}',
    '{{ else }}No exporter reports the worker of this relay at the moment; the runbook page shows where to ask for its host.{{ end }}',
  ].join('');
}
