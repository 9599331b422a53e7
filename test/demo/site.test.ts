import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { liveBundle } from '../../src/demo/site.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';

const folder = temporaryFolder('gateway-observability-site');
afterAll(() => folder.remove());
const fileWith = (name: string, text: string) => {
  const file = join(folder.path, name);
  writeFileSync(file, text);
  return file;
};

describe('the bundle of npm start', () => {
  it('has shorter waits, and dashboards that begin shortly before the demonstration', async () => {
    const { bundle, isDemonstration } = await liveBundle();
    expect(isDemonstration).toBe(true);
    expect(bundle.dashboards.length).toBe(6);
    expect(new Set(bundle.dashboards.map(({ definition }) => definition.span))).toEqual(new Set(['15m']));
    expect(bundle.config).toMatchObject({
      scrapeInterval: '5s',
      evaluationInterval: '5s',
      thresholds: { pendingWrites: { stuckAfter: '6m20s' } },
    });
    expect(bundle.config.links).not.toHaveProperty('dashboards');
  });

  it("is a site's own, but evaluated every few seconds and with links to the live dashboards", async () => {
    const file = fileWith('site.yaml', 'jobs: { gateway: gw }\nscrapeInterval: 30s\n');
    const { bundle, isDemonstration } = await liveBundle(file, 'http://127.0.0.1:7');
    expect(isDemonstration).toBe(false);
    expect(new Set(bundle.dashboards.map(({ definition }) => definition.span))).not.toContain('15m');
    expect(bundle.config).toMatchObject({
      jobs: { gateway: 'gw' },
      scrapeInterval: '5s',
      evaluationInterval: '5s',
      links: { dashboards: 'http://127.0.0.1:7', runbooks: 'http://127.0.0.1:7/runbooks' },
    });
  });

  it('is refused where the own values of a site do not go together, though shorter intervals would', async () => {
    const file = fileWith('slow.yaml', 'scrapeInterval: 10m\n');
    await expect(liveBundle(file)).rejects.toThrow(/slow\.yaml/);
  });
});
