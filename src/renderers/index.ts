import { type Bundle, buildBundle } from '../bundle.js';
import { parseConfig } from '../config.js';
import { definitions } from '../definitions.js';
import { renderAlertmanagerExample } from './alertmanager.js';
import type { Artifact } from './artifact.js';
import { checksumOfAll, renderChecksums } from './checksums.js';
import { renderDetection } from './detection.js';
import { renderGrafanaAlertRules } from './grafana-alert-rules.js';
import { renderGrafanaDashboards } from './grafana-dashboards.js';
import { renderPrometheusRuleManifests, renderPrometheusRules } from './prometheus-rules.js';
import { renderReferences } from './references.js';

const byPath = (a: Artifact, b: Artifact) => (a.path < b.path ? -1 : 1);

function renderAll(bundle: Bundle): Artifact[] {
  return [
    ...renderPrometheusRules(bundle),
    ...renderPrometheusRuleManifests(bundle),
    ...renderAlertmanagerExample(bundle),
    ...renderGrafanaDashboards(bundle),
    ...renderGrafanaAlertRules(bundle),
    ...renderReferences(bundle),
    renderDetection(bundle),
  ].sort(byPath);
}

let ofDefinitions: string | undefined;

/** What tells these definitions from those of another version: the checksum of what they yield where a site configures nothing. */
export function definitionsChecksum(): string {
  ofDefinitions ??= checksumOfAll(renderAll(buildBundle(parseConfig({}), definitions())));
  return ofDefinitions;
}

/** Every file of the bundle, sorted by path. A pure function: the same bundle gives the same bytes. */
export function renderBundle(bundle: Bundle): Artifact[] {
  const artifacts = renderAll(bundle);
  return [...artifacts, renderChecksums(artifacts, definitionsChecksum())].sort(byPath);
}
