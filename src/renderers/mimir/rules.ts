import type { Bundle } from '../../bundle/bundle.js';
import { type Artifact, GENERATED } from '../artifact.js';
import { commentedYaml } from '../commented-yaml.js';
import { renderedGroups, ruleNotes } from '../prometheus/rules.js';

/**
 * The target mimir: all rule groups in one file, for `mimirtool`. A file names its namespace, and no two files may name the same
 * one; a file without a namespace gets its name, which `--namespaces` would not match.
 */
export function renderMimirRules(bundle: Bundle): Artifact[] {
  const { evaluationInterval: interval, mimir } = bundle.config;
  const groups = renderedGroups(bundle);
  return [
    {
      path: 'mimir/rules.yaml',
      content: commentedYaml(
        {
          namespace: mimir.namespace,
          groups: groups.map(({ name, rules }) => ({ name, interval, rules: rules.map(({ rule }) => rule) })),
        },
        GENERATED,
        groups.flatMap((group, i) => [
          [['groups', i], `Source: ${group.file}`] as const,
          ...ruleNotes(['groups', i], group),
        ]),
      ),
    },
  ];
}
