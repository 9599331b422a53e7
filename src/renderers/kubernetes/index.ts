import type { Bundle } from '../../bundle/bundle.js';
import { type Artifact, GENERATED } from '../artifact.js';
import { commentedYaml } from '../commented-yaml.js';
import { renderDashboardConfigMaps } from './dashboards.js';
import { renderMonitors } from './monitors.js';
import { renderPrometheusRuleManifests } from './rules.js';

/** The target kubernetes: objects for the Prometheus operator and for the sidecar of Grafana, and a kustomization of them all. */
export function renderKubernetes(bundle: Bundle): Artifact[] {
  const objects = [
    ...renderDashboardConfigMaps(bundle),
    ...renderMonitors(bundle),
    ...renderPrometheusRuleManifests(bundle),
  ];
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: objects.map(({ path }) => path.slice('kubernetes/'.length)).sort(),
  };
  return [
    ...objects,
    { path: 'kubernetes/kustomization.yaml', content: commentedYaml(kustomization, GENERATED, []) },
  ];
}
