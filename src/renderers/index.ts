import type { Bundle } from '../bundle.js';
import type { Artifact } from './artifact.js';
import { renderGrafanaDashboards } from './grafana-dashboards.js';
import { renderPrometheusRuleManifests, renderPrometheusRules } from './prometheus-rules.js';
import { renderReferences } from './references.js';

/** Every file of the bundle, sorted by path. A pure function: the same bundle gives the same bytes. */
export function renderBundle(bundle: Bundle): Artifact[] {
  return [
    ...renderPrometheusRules(bundle),
    ...renderPrometheusRuleManifests(bundle),
    ...renderGrafanaDashboards(bundle),
    ...renderReferences(bundle),
  ].sort((a, b) => (a.path < b.path ? -1 : 1));
}
