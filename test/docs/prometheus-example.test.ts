import { execFile } from 'node:child_process';
import { copyFileSync, cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseConfig } from '../../src/config/load.js';
import { packageRoot } from '../../src/package/root.js';
import { findTool } from '../../src/processes/find.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { pages } from './pages.js';

const EXAMPLE = join(packageRoot, 'deploy/prometheus/prometheus.yaml');
const folder = temporaryFolder('prometheus-example');
afterAll(() => folder.remove());

describe('the example configuration of Prometheus', () => {
  const example = parse(readFileSync(EXAMPLE, 'utf8')) as {
    global: { scrape_interval: string; evaluation_interval: string };
    rule_files: readonly string[];
    scrape_configs: readonly {
      job_name: string;
      static_configs: readonly { targets: readonly string[] }[];
    }[];
    alerting: { alertmanagers: readonly unknown[] };
  };

  it('scrapes the jobs that the rules select, at the default intervals, and sends alerts to an Alertmanager', () => {
    const { jobs, scrapeInterval, evaluationInterval } = parseConfig({});
    expect(example.scrape_configs.map(({ job_name }) => job_name)).toEqual([jobs.gateway, jobs.exporter]);
    expect(example.global).toEqual({
      scrape_interval: scrapeInterval,
      evaluation_interval: evaluationInterval,
    });
    expect(example.alerting.alertmanagers).toHaveLength(1);
    const [, exporter] = example.scrape_configs;
    for (const target of exporter?.static_configs[0]?.targets ?? []) expect(target).toMatch(/:9797$/);
  });

  it('loads the generated rules from where the documented commands put them', async () => {
    const page = pages.find(({ path }) => path === 'docs/prometheus.md');
    expect(page?.blocks[0]?.lines).toContain('npx gateway-observability generate --out bundle');
    copyFileSync(EXAMPLE, join(folder.path, 'prometheus.yaml'));
    cpSync(join(packageRoot, 'generated/prometheus'), join(folder.path, 'bundle/prometheus'), {
      recursive: true,
    });
    const { stdout, stderr } = await promisify(execFile)(
      await findTool('promtool'),
      ['check', 'config', 'prometheus.yaml'],
      { cwd: folder.path },
    );
    const output = `${stdout}${stderr}`;
    expect(output).toContain('prometheus.yaml is valid prometheus config');
    expect(output.match(/\d+ rules found/g)?.length).toBe(15);
  });
});
