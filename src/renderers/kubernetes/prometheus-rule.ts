import type { Bundle } from '../../bundle/bundle.js';
import { type Artifact, GENERATED } from '../artifact.js';
import { renderedGroups, yamlOf } from '../prometheus/rules.js';

/** The same groups as manifests for the Prometheus operator. */
export function renderPrometheusRuleManifests(bundle: Bundle): Artifact[] {
  const interval = bundle.config.evaluationInterval;
  return renderedGroups(bundle).map(({ name, file, rules }) => ({
    path: `kubernetes/${name}.yaml`,
    content: yamlOf(
      {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PrometheusRule',
        metadata: {
          name: `gateway-observability-${name.replaceAll('.', '-')}`,
          labels: { 'app.kubernetes.io/name': 'gateway-observability' },
        },
        spec: { groups: [{ name, interval, rules: rules.map(({ rule }) => rule) }] },
      },
      `${GENERATED}\nSource: ${file}`,
      rules.map((r) => r.comment),
    ),
  }));
}
