import { buildBundle } from '../bundle/build.js';
import type { Bundle } from '../bundle/bundle.js';
import { definitions } from '../bundle/definitions.js';
import { parseConfig } from '../config/load.js';
import { renderAlertmanagerExample } from './alertmanager/example.js';
import type { Artifact } from './artifact.js';
import { checksumOfAll, renderChecksums } from './checksums.js';
import { type DetectionScenario, renderDetection } from './docs/detection.js';
import { renderReferences } from './docs/references.js';
import { renderGrafanaAlertRules } from './grafana/alert-rules.js';
import { renderGrafanaDashboards } from './grafana/dashboards.js';
import { renderPrometheusRuleManifests } from './kubernetes/prometheus-rule.js';
import { renderPrometheusRules } from './prometheus/rules.js';

const byPath = (a: Artifact, b: Artifact) => (a.path < b.path ? -1 : 1);

function renderAll(bundle: Bundle, detection: readonly DetectionScenario[]): Artifact[] {
  return [
    ...renderPrometheusRules(bundle),
    ...renderPrometheusRuleManifests(bundle),
    ...renderAlertmanagerExample(bundle),
    ...renderGrafanaDashboards(bundle),
    ...renderGrafanaAlertRules(bundle),
    ...renderReferences(bundle),
    renderDetection(bundle, detection),
  ].sort(byPath);
}

const checksums = new WeakMap<readonly DetectionScenario[], string>();

/** What tells these definitions from those of another version: the checksum of what they yield where a site configures nothing. */
export function definitionsChecksum(detection: readonly DetectionScenario[]): string {
  const known = checksums.get(detection);
  if (known !== undefined) return known;
  const checksum = checksumOfAll(renderAll(buildBundle(parseConfig({}), definitions()), detection));
  checksums.set(detection, checksum);
  return checksum;
}

/**
 * Every file of the bundle, sorted by path. A pure function: the same input gives the same bytes.
 *
 * @param detection what the detection tables show
 */
export function renderBundle(bundle: Bundle, detection: readonly DetectionScenario[]): Artifact[] {
  const artifacts = renderAll(bundle, detection);
  return [...artifacts, renderChecksums(artifacts, definitionsChecksum(detection))].sort(byPath);
}
