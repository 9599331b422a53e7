import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { unusedSettingsNote } from '../../src/cli/unused-settings-note.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { loadProject } from '../../src/project/load.js';

const folder = temporaryFolder('unused-settings');
afterAll(() => folder.remove());

/** The note for a site.yaml. */
async function noteFor(site: string): Promise<string | undefined> {
  writeFileSync(join(folder.path, 'site.yaml'), site);
  const { config, written } = await loadProject(undefined, folder.path);
  return unusedSettingsNote(config, written);
}

describe('the settings of a target', () => {
  it.each([
    ['kubernetes: { namespace: monitoring }', 'kubernetes for kubernetes'],
    // What is written has no effect either where it is the default.
    ['kubernetes: { monitors: on }', 'kubernetes for kubernetes'],
    ['grafanaProvisioning: { alertRules: off }', 'grafana-provisioning for grafanaProvisioning'],
    ['mimir: { namespace: edge }', 'mimir for mimir'],
    ['folder: Edge', 'kubernetes or grafana-provisioning for folder'],
    ['folder: Edge\ntargets: [mimir]', 'kubernetes or grafana-provisioning for folder'],
    [
      'targets: [grafana-v2]\nmimir: { namespace: edge }\nkubernetes: { namePrefix: edge }',
      'kubernetes for kubernetes, mimir for mimir',
    ],
  ])('are without effect, and generate says how to ask for the target: %s', async (site, wanted) => {
    const note = await noteFor(site);
    expect(note).toMatch(/^[\w, ]+: without effect, because no target uses th(?:is setting|ese settings)\./);
    expect(note?.endsWith(`or pass it with --target: ${wanted}.`)).toBe(true);
  });

  it('are named, one or several', () => {
    const note = (...written: readonly string[]) => unusedSettingsNote({ targets: [] }, written);
    expect(note('mimir')).toMatch(/^mimir: without effect, because no target uses this setting\. /);
    expect(note('mimir', 'folder')).toMatch(
      /^folder, mimir: without effect, because no target uses these settings\. /,
    );
  });

  it.each([
    '{}',
    'mimir: {}',
    'thresholds: { pushWait: { failedShare: 0.25 } }',
    'targets: [kubernetes]\nkubernetes: { namespace: monitoring }\nfolder: Edge',
    'targets: [grafana-provisioning]\nfolder: Edge',
    'targets: [mimir]\nmimir: { namespace: edge }',
  ])('need no note where the target is written, or nothing is set: %s', async (site) => {
    expect(await noteFor(site)).toBeUndefined();
  });

  it('count as set in gateway-observability.config.js as well', async () => {
    const code = temporaryFolder('unused-settings-in-code');
    writeFileSync(
      join(code.path, 'gateway-observability.config.mjs'),
      'export default { site: { folder: "Edge" } };',
    );
    const { config, written } = await loadProject(undefined, code.path);
    expect(written).toEqual(['folder']);
    expect(unusedSettingsNote(config, written)).toMatch(/^folder: without effect/);
    code.remove();
  });
});
