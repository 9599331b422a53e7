import type { Bundle } from '../bundle.js';
import { renderAlertmanagerExample } from './alertmanager.js';
import type { Artifact } from './artifact.js';
import { renderDetection } from './detection.js';
import { renderGrafanaAlertRules } from './grafana-alert-rules.js';
import { renderGrafanaDashboards } from './grafana-dashboards.js';
import { renderPrometheusRuleManifests, renderPrometheusRules } from './prometheus-rules.js';
import { renderReferences } from './references.js';
import { renderSiteSettings } from './site-settings.js';

/** Every file of the bundle, sorted by path. A pure function: the same bundle gives the same bytes. */
export function renderBundle(bundle: Bundle): Artifact[] {
  return [
    ...renderPrometheusRules(bundle),
    ...renderPrometheusRuleManifests(bundle),
    ...renderAlertmanagerExample(bundle),
    ...renderGrafanaDashboards(bundle),
    ...renderGrafanaAlertRules(bundle),
    ...renderReferences(bundle),
    renderDetection(bundle),
    renderSiteSettings(bundle),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
}
