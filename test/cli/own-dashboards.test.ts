import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { dashboardsOfBundle, generatedFolder } from '../../src/cli/own-dashboards.js';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import { projectBundle } from '../../src/project/load.js';

let folder: TemporaryFolder;
afterEach(() => folder.remove());

describe('without --dashboards, view and preview show', () => {
  it('generated/ in the working directory, unless a configuration is named', () => {
    folder = temporaryFolder('own-dashboards');
    expect(generatedFolder(undefined, folder.path)).toBeUndefined();
    mkdirSync(join(folder.path, 'generated'));
    expect(generatedFolder(undefined, folder.path)).toBe(join(folder.path, 'generated'));
    expect(generatedFolder('site.yaml', folder.path)).toBeUndefined();
  });

  it('otherwise the dashboards of the configuration, with those that a team defined', async () => {
    folder = temporaryFolder('own-dashboards');
    writeFileSync(
      join(folder.path, 'gateway-observability.config.ts'),
      `import { defineConfig, defineDashboard, definePanel, metrics, promql } from 'gateway-observability';
export default defineConfig({
  dashboards: [
    defineDashboard({
      uid: 'capacity',
      title: 'Capacity',
      description: 'Sessions of the gateway.',
      tags: [],
      span: '6h',
      rows: [
        {
          title: 'Sessions',
          panels: [
            definePanel({
              id: 1,
              title: 'Sessions',
              description: 'Good: fewer than 10,000 sessions in all.',
              kind: 'stat',
              queries: [{ expr: () => promql\`sum(up)\`, legend: 'up' }],
              unit: 'none',
              width: 24,
              height: 8,
              noData: 'Not measured.',
            }),
          ],
        },
      ],
    }),
  ],
});
`,
    );
    const uids = dashboardsOfBundle(await projectBundle(undefined, folder.path)).map(({ uid }) => uid);
    expect(uids).toContain('capacity');
    expect(uids).toContain('gateway-overview');
  });
});
