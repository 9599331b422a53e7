import type { Bundle } from '../../bundle/bundle.js';
import { type Artifact, GENERATED } from '../artifact.js';
import { commentedYaml } from '../commented-yaml.js';
import { renderedGroups, ruleNotes } from '../prometheus/rules.js';
import { metadata } from './metadata.js';

/** The rule groups as objects of the Prometheus operator, one per group. */
export function renderPrometheusRuleManifests(bundle: Bundle): Artifact[] {
  const interval = bundle.config.evaluationInterval;
  return renderedGroups(bundle).map((group) => ({
    path: `kubernetes/rules/${group.name}.yaml`,
    content: commentedYaml(
      {
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PrometheusRule',
        metadata: metadata(bundle, group.name),
        spec: { groups: [{ name: group.name, interval, rules: group.rules.map(({ rule }) => rule) }] },
      },
      `${GENERATED}\nSource: ${group.file}`,
      ruleNotes(['spec', 'groups', 0], group),
    ),
  }));
}
