import type { Bundle } from '../bundle/bundle.js';
import type { Target } from '../model/target.js';
import { renderAlertmanagerExample } from './alertmanager/example.js';
import type { Artifact } from './artifact.js';
import { type Detection, renderDetection } from './docs/detection.js';
import { renderReferences } from './docs/references.js';
import { renderGrafanaAlertRules } from './grafana/alert-rules.js';
import { renderGrafanaDashboards } from './grafana/dashboards.js';
import { renderGrafanaProvisioning } from './grafana/provisioning.js';
import { renderDashboardResources } from './grafana/resource.js';
import { renderKubernetes } from './kubernetes/index.js';
import { renderMimirRules } from './mimir/rules.js';
import { renderPrometheusRules } from './prometheus/rules.js';
import { renderRunbooks } from './runbooks/index.js';
import { renderSiteSettings } from './site-settings.js';

/** `one folder`: everything in the output folder. `runbooks beside it`: the runbook is in a separate folder, `runbooks`. */
export type Layout = 'one folder' | 'runbooks beside it';

const TARGETS: Readonly<Record<Target, (bundle: Bundle) => Artifact[]>> = {
  kubernetes: renderKubernetes,
  'grafana-provisioning': renderGrafanaProvisioning,
  'grafana-v2': renderDashboardResources,
  mimir: renderMimirRules,
};

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
    ...renderAlertmanagerExample(bundle),
    ...renderGrafanaDashboards(bundle),
    ...renderGrafanaAlertRules(bundle),
    ...renderReferences(bundle, layout === 'one folder' ? '../runbooks' : '../../runbooks'),
    ...(layout === 'one folder' ? renderRunbooks(bundle) : []),
    renderDetection(bundle, detection),
    renderSiteSettings(bundle),
    ...bundle.config.targets.flatMap((target) => TARGETS[target](bundle)),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
}
