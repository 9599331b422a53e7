import type { Bundle } from '../../bundle/bundle.js';
import { type Artifact, GENERATED } from '../artifact.js';
import { commentedYaml } from '../commented-yaml.js';
import { renderedGroups, ruleNotes } from '../prometheus/rules.js';

/** The same groups as manifests for the Prometheus operator. */
export function renderPrometheusRuleManifests(bundle: Bundle): Artifact[] {
  const interval = bundle.config.evaluationInterval;
  return renderedGroups(bundle).map((group) => ({
    path: `kubernetes/${group.name}.yaml`,
    content: commentedYaml(
      {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PrometheusRule',
        metadata: {
          name: `gateway-observability-${group.name.replaceAll('.', '-')}`,
          labels: { 'app.kubernetes.io/name': 'gateway-observability' },
        },
        spec: { groups: [{ name: group.name, interval, rules: group.rules.map(({ rule }) => rule) }] },
      },
      `${GENERATED}\nSource: ${group.file}`,
      ruleNotes(['spec', 'groups', 0], group),
    ),
  }));
}
