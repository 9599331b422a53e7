import { cp, mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gatewayObservability, root } from './command.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-command-'));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const configFile = async (text: string) => {
  const file = join(folder, 'site.yaml');
  await writeFile(file, text);
  return file;
};

describe('generate', () => {
  it('writes what is committed, and the same bytes on a second run', async () => {
    const out = join(folder, 'out');
    expect(await gatewayObservability(['generate', '--out', out])).toMatchObject({ code: 0, stderr: '' });
    expect(await gatewayObservability(['check', '--out', out])).toMatchObject({ code: 0 });
    const file = join(out, 'prometheus/pending-writes.alerts.yaml');
    const first = { bytes: await readFile(file, 'utf8'), mtime: (await stat(file)).mtimeMs };
    const second = await gatewayObservability(['generate', '--out', out, '--json']);
    expect(JSON.parse(second.stdout)).toMatchObject({ changes: [] });
    expect(await readFile(file, 'utf8')).toBe(first.bytes);
    expect((await stat(file)).mtimeMs).toBe(first.mtime);
    expect(await readFile(join(root, 'generated/prometheus/pending-writes.alerts.yaml'), 'utf8')).toBe(
      first.bytes,
    );
  });

  it('is quiet when its output is piped', async () => {
    const result = await gatewayObservability(['generate', '--out', join(folder, 'out')]);
    expect(result).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('follows the configuration', async () => {
    const config = await configFile(
      [
        'jobs: { gateway: "gw-.+" }',
        'groupBy: [cluster]',
        'labels: { team: storage }',
        'links: { runbooks: "https://runbooks.example/gateway/", dashboards: "https://grafana.example" }',
        'thresholds: { pendingWrites: { criticalAfter: 30h } }',
        'alerts:',
        '  GatewayDown: { severity: warning, for: 4m, labels: { area: edge } }',
        '  PendingWritesExporterMissing: { disabled: "this site runs no exporters" }',
        '',
      ].join('\n'),
    );
    const out = join(folder, 'out');
    expect(await gatewayObservability(['generate', '--config', config, '--out', out])).toMatchObject({
      code: 0,
      stderr: '',
    });
    const gateway = await readFile(join(out, 'prometheus/gateway.alerts.yaml'), 'utf8');
    expect(gateway).toContain('up{job=~"gw-.+"} == 0');
    expect(gateway).toMatch(
      /alert: GatewayDown[\s\S]*?for: 4m\n\s+labels:\n\s+team: storage\n\s+area: edge\n\s+severity: warning\n\s+signal: gateway/,
    );
    expect(gateway).toContain('runbook_url: https://runbooks.example/gateway/GatewayDown.md');
    expect(gateway).toContain(
      'https://grafana.example/d/gateway-overview?var-cluster={{ $labels.cluster | urlquery }}&viewPanel=12',
    );
    const pending = await readFile(join(out, 'prometheus/pending-writes.alerts.yaml'), 'utf8');
    expect(pending).toContain('> 108000');
    expect(await readFile(join(out, 'prometheus/exporter.alerts.yaml'), 'utf8')).not.toContain(
      'PendingWritesExporterMissing',
    );
    expect(await readFile(join(out, 'docs/alerts.md'), 'utf8')).toContain('this site runs no exporters');
    expect(await gatewayObservability(['check', '--config', config, '--out', out])).toMatchObject({
      code: 0,
    });
  });

  it('refuses to write into a folder with somebody else’s files, and leaves it as it was', async () => {
    await writeFile(join(folder, 'thesis.txt'), 'years of work');
    const result = await gatewayObservability(['generate', '--out', folder]);
    expect(result.code).toBe(2);
    expect(result.stderr).toContain('thesis.txt');
    expect(await readFile(join(folder, 'thesis.txt'), 'utf8')).toBe('years of work');
    await expect(stat(join(folder, 'prometheus'))).rejects.toThrow();
  });
});

describe('check', () => {
  it('passes on the committed output', async () => {
    expect(await gatewayObservability(['check'])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  const tampered: [string, (out: string) => Promise<void>, string][] = [
    [
      'a changed file',
      async (out) => {
        const file = join(out, 'docs/metrics.md');
        await writeFile(file, `${await readFile(file, 'utf8')} `);
      },
      'docs/metrics.md: changed: differs from what the definitions yield: run: npm run generate',
    ],
    [
      'a deleted file',
      (out) => unlink(join(out, 'grafana/dashboards/gateway-overview.json')),
      'grafana/dashboards/gateway-overview.json: missing: is missing: run: npm run generate',
    ],
    [
      'an added file',
      (out) => writeFile(join(out, 'prometheus/mine.yaml'), 'groups: []'),
      'prometheus/mine.yaml: stale: is not written by any definition: remove it, or run: npm run generate',
    ],
    [
      'an added file outside the known folders',
      (out) => writeFile(join(out, '.hidden'), ''),
      '.hidden: stale: is not written by any definition: remove it, or run: npm run generate',
    ],
  ];
  it.each(tampered)('names %s and the remedy', async (_, tamper, message) => {
    const out = join(folder, 'out');
    await cp(join(root, 'generated'), out, { recursive: true });
    await tamper(out);
    const result = await gatewayObservability(['check', '--out', out]);
    expect(result.code).toBe(1);
    expect(result.stderr.trim()).toBe(`${out}/${message}`);
  });

  it('prints the differences as JSON', async () => {
    const result = await gatewayObservability(['check', '--json', '--out', join(folder, 'empty')]);
    expect(result.code).toBe(1);
    const { drifts } = JSON.parse(result.stdout) as { drifts: { state: string }[] };
    expect(drifts.length).toBeGreaterThan(20);
    expect(new Set(drifts.map(({ state }) => state))).toEqual(new Set(['missing']));
  });
});

describe('list and explain', () => {
  it('lists every kind, and one kind alone', async () => {
    const all = await gatewayObservability(['list']);
    for (const line of [
      /^metric\s+gateway_pending_writes /m,
      /^record\s+relay:gateway_relay_phase:code /m,
      /^alert\s+GatewayDown /m,
      /^panel\s+gateway-overview\/1 /m,
    ]) {
      expect(all.stdout).toMatch(line);
    }
    const alerts = await gatewayObservability(['list', 'alerts', '--json']);
    const kinds = new Set((JSON.parse(alerts.stdout) as { kind: string }[]).map(({ kind }) => kind));
    expect(kinds).toEqual(new Set(['alert']));
  });

  it('explains what a recorded series reads and what reads it', async () => {
    const { stdout, code } = await gatewayObservability([
      'explain',
      'relay:gateway_pending_writes:start_timestamp_seconds',
    ]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^defined in\s+recording-rules\/pending-writes\.ts$/m);
    expect(stdout).toMatch(/^reads\s+.*relay:gateway_pending_writes:max/m);
    expect(stdout).toMatch(/^read by\s+.*alert GatewayPendingWritesOverdue.*panel gateway-overview\/2/m);
  });

  it('finds a histogram by the name of one of its series', async () => {
    const { stdout } = await gatewayObservability([
      'explain',
      'gateway_pending_write_push_wait_seconds_bucket',
    ]);
    expect(stdout).toMatch(/^metric gateway_pending_write_push_wait_seconds$/m);
    expect(stdout).toMatch(/^buckets\s+5 15 30 60 120 300 600$/m);
  });

  it('suggests a name for a misspelt one', async () => {
    const result = await gatewayObservability(['explain', 'GatewayDwon']);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain('did you mean "GatewayDown"?');
  });
});

describe('usage', () => {
  it('helps a newcomer: every command with a sentence, examples and exit codes', async () => {
    const { stdout, code } = await gatewayObservability(['--help']);
    expect(code).toBe(0);
    for (const word of [
      'generate',
      'check',
      'verify',
      'list',
      'explain',
      'start',
      'Examples:',
      'Exit codes:',
    ]) {
      expect(stdout).toContain(word);
    }
  });

  it.each([
    [['frobnicate']],
    [['generate', '--colour']],
    [['generate', '--config', 'does-not-exist.yaml']],
    [['verify']],
    [['list', 'everything']],
  ])('answers %j with exit code 2 and a message', async (args) => {
    const result = await gatewayObservability(args, folder);
    expect(result.code).toBe(2);
    expect(result.stderr).not.toBe('');
    expect(result.stderr).not.toMatch(/\n\s+at /);
  });
});
