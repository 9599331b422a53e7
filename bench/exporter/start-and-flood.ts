import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hash } from 'bcryptjs';
import { startExporter } from '../../test/exporter/exporter-process.js';
import { get } from '../../test/exporter/request.js';
import type { Findings } from './findings.js';
import { stateFile } from './state-file.js';

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] as number;

const timed = async (work: () => Promise<unknown> | unknown) => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};

/** Measures how long the exporter takes from its start to the first scrape, and ten scrapes during a flood of wrong passwords. */
export async function measureStartAndFlood(findings: Findings): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-exporter-'));
  const file = join(folder, 'state.json');
  const config = join(folder, 'web.yml');
  writeFileSync(file, stateFile(100, 1));
  writeFileSync(config, `basic_auth_users:\n  prometheus: ${await hash('right', 10)}\n`);
  try {
    const [starts, empty]: [number[], number[]] = [[], []];
    for (let i = 0; i < 10; i += 1) {
      empty.push(await timed(() => spawnSync(process.execPath, ['-e', '0'])));
      let exporter: Awaited<ReturnType<typeof startExporter>> | undefined;
      const start = await timed(async () => {
        exporter = await startExporter(['--state-file', file]);
        await get(`${exporter.url}/metrics`);
      });
      // The first one includes the build.
      if (i > 0) starts.push(start);
      await exporter?.stop();
    }
    findings.atMost('start to the first scrape, times `node -e 0`', median(starts) / median(empty), 5);

    const exporter = await startExporter(['--state-file', file, '--web.config.file', config]);
    const basic = (password: string) => ({
      headers: { authorization: `Basic ${Buffer.from(`prometheus:${password}`).toString('base64')}` },
    });
    /** The milliseconds that ten scrapes take. */
    const scrapes = () =>
      timed(async () => {
        for (let i = 0; i < 10; i += 1) {
          const { status } = await get(`${exporter.url}/metrics`, basic('right'));
          if (status !== 200) throw new Error(`a scrape with the right password was answered with ${status}`);
        }
      });
    await scrapes();
    const quiet = await scrapes();
    let isFlooding = true;
    let sent = 0;
    const flood = Array.from({ length: 60 }, async () => {
      while (isFlooding) await get(`${exporter.url}/metrics`, basic(`wrong ${sent++}`)).catch(() => {});
    });
    const flooded = await scrapes();
    isFlooding = false;
    await exporter.stop();
    await Promise.all(flood);
    const what = 'ten scrapes during a flood of 60 clients with wrong passwords';
    findings.atMost(`${what}, times those without it`, flooded / quiet, undefined);
    findings.atMost(`${what}, less twice those without it`, flooded - 2 * quiet, 500, ' ms');
  } finally {
    rmSync(folder, { recursive: true });
  }
}
