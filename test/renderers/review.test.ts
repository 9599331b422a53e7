import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { artifactsOf } from '../../src/cli/artifacts.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import type { Artifact } from '../../src/renderers/artifact.js';
import { manifestText } from '../../src/renderers/output-folder.js';
import { partsOf } from '../../src/renderers/parts.js';

const filesOf = (config: ConfigInput) => artifactsOf(buildBundle(parseConfig(config), definitions()));

/** The parts of a file that differ from another version of it, by their titles. */
function changedParts(before: Artifact, after: Artifact): string[] {
  const known = new Set(partsOf(before.path, before.content).map(({ checksum }) => checksum));
  return partsOf(after.path, after.content)
    .filter(({ checksum }) => !known.has(checksum))
    .map(({ title }) => title);
}

/** Files of targets, which this project does not commit. */
const TARGET = /^(?:kubernetes|grafana\/dashboards-v2)\//;

describe('a review of one changed threshold', () => {
  it('shows the rule, the Grafana-managed rule, the panel that draws it, the page, and lines of the references', () => {
    const canonical = (config: ConfigInput) => filesOf(config).filter(({ path }) => !TARGET.test(path));
    const before = canonical({});
    const after = canonical({ thresholds: { pushWait: { failedShare: 0.25 } } });
    const known = new Map(before.map((file) => [file.path, file]));
    expect(after.map(({ path }) => path)).toEqual([...known.keys()]);
    const changes = Object.fromEntries(
      after
        .filter(({ path, content }) => known.get(path)?.content !== content)
        .map((file) => [file.path, changedParts(known.get(file.path) as Artifact, file)]),
    );
    expect(changes).toEqual({
      'prometheus/push-wait.alerts.yaml': ['alert: GatewayPushesFailing'],
      'grafana/alerting/alert-rules.json': ['groups/push-wait.alerts/rules/GatewayPushesFailing/datas/A'],
      'grafana/dashboards/gateway-push-resync.json': ['panels/2'],
      'runbooks/GatewayPushesFailing.md': ['warning'],
      'docs/alerts.md': ['## GatewayPushesFailing'],
      'gateway-observability.site.yaml': ['thresholds:'],
    });

    // In the manifest, one checksum for each of these parts.
    const [old, now] = [manifestText(before), manifestText(after)].map((text) => text.split('\n')) as [
      string[],
      string[],
    ];
    const isSettings = (line: string) => line.includes('thresholds:') || line.includes('{}');
    const changed = now.filter((line, i) => line !== old[i] && !isSettings(line));
    expect(now).toHaveLength(old.length);
    expect(changed).toHaveLength(Object.values(changes).flat().length);
    expect(changed.every((line) => /^ {4}[0-9a-f]{16}$/.test(line))).toBe(true);
  });
});
