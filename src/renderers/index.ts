import type { Bundle } from '../bundle/bundle.js';
import { renderAlertmanagerExample } from './alertmanager/example.js';
import type { Artifact } from './artifact.js';
import { type Detection, renderDetection } from './docs/detection.js';
import { renderReferences } from './docs/references.js';
import { renderGrafanaAlertRules } from './grafana/alert-rules.js';
import { renderGrafanaDashboards } from './grafana/dashboards.js';
import { renderPrometheusRuleManifests } from './kubernetes/prometheus-rule.js';
import { renderPrometheusRules } from './prometheus/rules.js';
import { renderRunbooks } from './runbooks/index.js';
import { renderSiteSettings } from './site-settings.js';

/** `one folder`: everything in the output folder. `runbooks beside it`: the runbook is in a separate folder, `runbooks`. */
export type Layout = 'one folder' | 'runbooks beside it';

/**
 * Every file of the bundle, sorted by path. A pure function: the same input gives the same bytes.
 *
 * @param detection what the detection tables show
 * @param layout where the runbook lies
 */
export function renderBundle(
  bundle: Bundle,
  detection: Detection,
  layout: Layout = 'one folder',
): Artifact[] {
  return [
    ...renderPrometheusRules(bundle),
    ...renderPrometheusRuleManifests(bundle),
    ...renderAlertmanagerExample(bundle),
    ...renderGrafanaDashboards(bundle),
    ...renderGrafanaAlertRules(bundle),
    ...renderReferences(bundle, layout === 'one folder' ? '../runbooks' : '../../runbooks'),
    ...(layout === 'one folder' ? renderRunbooks(bundle) : []),
    renderDetection(bundle, detection),
    renderSiteSettings(bundle),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
}
