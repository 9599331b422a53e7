import type { Bundle } from '../bundle/bundle.js';
import { renderAlertmanagerExample } from './alertmanager/example.js';
import type { Artifact } from './artifact.js';
import { type Detection, renderDetection } from './docs/detection.js';
import { renderReferences } from './docs/references.js';
import { renderGrafanaAlertRules } from './grafana/alert-rules.js';
import { renderGrafanaDashboards } from './grafana/dashboards.js';
import { renderPrometheusRuleManifests } from './kubernetes/prometheus-rule.js';
import { renderPrometheusRules } from './prometheus/rules.js';
import { renderSiteSettings } from './site-settings.js';

/**
 * Every file of the bundle, sorted by path. A pure function: the same input gives the same bytes.
 *
 * @param detection what the detection tables show
 */
export function renderBundle(bundle: Bundle, detection: Detection): Artifact[] {
  return [
    ...renderPrometheusRules(bundle),
    ...renderPrometheusRuleManifests(bundle),
    ...renderAlertmanagerExample(bundle),
    ...renderGrafanaDashboards(bundle),
    ...renderGrafanaAlertRules(bundle),
    ...renderReferences(bundle),
    renderDetection(bundle, detection),
    renderSiteSettings(bundle),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
}
