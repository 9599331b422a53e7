import { cp, mkdir, mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { gatewayObservability, root } from './command.js';

// Several processes one after the other, on a machine that may be busy.
vi.setConfig({ testTimeout: 300_000 });

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

  it('prints what it wrote, changed, removed and left alone, also when piped', async () => {
    const out = join(folder, 'out');
    const first = await gatewayObservability(['generate', '--out', out]);
    expect(first).toMatchObject({ code: 0, stderr: '' });
    expect(first.stdout).toContain(`wrote ${out}/prometheus/gateway.alerts.yaml\n`);
    // Links that cannot be opened are mentioned once, not per alert.
    const note =
      /\nnote: runbook_url and dashboard_url of the alerts are paths, .* set links\.runbooks to .* and links\.dashboards to .*\n/g;
    expect(first.stdout).toMatch(/: \d+ files: \d+ new, 0 changed, 0 removed, 0 unchanged\nnote: .*\n$/);
    expect(first.stdout.match(note)).toHaveLength(1);

    await writeFile(join(out, 'prometheus/mine.yaml'), '');
    const off = [
      'PendingWritesExporterDown',
      'PendingWritesExporterMissing',
      'PendingWritesStateFileUnreadable',
    ];
    const config = await configFile(
      `links: { runbooks: "https://w.example/r", dashboards: "https://g.example" }\nalerts:\n${off.map((alert) => `  ${alert}: { disabled: "no exporters at this site" }\n`).join('')}`,
    );
    const second = await gatewayObservability(['generate', '--config', config, '--out', out]);
    expect(second.stdout).toContain(`configuration: ${config}\n`);
    expect(second.stdout).toContain(`changed ${out}/docs/alerts.md\n`);
    expect(second.stdout).toContain(`removed ${out}/prometheus/exporter.alerts.yaml\n`);
    expect(second.stdout).toContain(`left alone ${out}/prometheus/mine.yaml (not ours)\n`);
    expect(second.stdout).toMatch(
      /: 0 new, \d+ changed, 4 removed, \d+ unchanged, 1 other file left alone\n$/,
    );

    const third = await gatewayObservability(['generate', '--config', config, '--out', out, '--json']);
    expect(JSON.parse(third.stdout)).toMatchObject({ out, changes: [], leftAlone: ['prometheus/mine.yaml'] });
  });

  it('reports a file that was edited manually and writes nothing; --force overwrites it', async () => {
    const out = join(folder, 'out');
    await cp(join(root, 'generated'), out, { recursive: true });
    const file = join(out, 'docs/metrics.md');
    await writeFile(file, 'edited');
    const config = await configFile('labels: { team: storage }\n');
    const refused = await gatewayObservability(['generate', '--config', config, '--out', out]);
    expect(refused).toEqual({
      code: 1,
      stdout: '',
      stderr: `${file}: was edited manually; undo the edit (or make it in the definitions), or overwrite it with --force\n${out}: nothing was written\n`,
    });
    const json = await gatewayObservability(['generate', '--config', config, '--out', out, '--json']);
    expect(json).toMatchObject({ code: 1, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({
      refusals: [{ path: 'docs/metrics.md', reason: 'was edited manually' }],
    });
    expect(await gatewayObservability(['check', '--out', out])).toMatchObject({ code: 1 });
    const forced = await gatewayObservability(['generate', '--config', config, '--out', out, '--force']);
    expect(forced).toMatchObject({ code: 0, stderr: '' });
    expect(forced.stdout).toContain(`changed ${file}\n`);
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

  it('refuses to overwrite files in a folder without a manifest, and takes it over with --adopt', async () => {
    const file = join(folder, 'prometheus/gateway.alerts.yaml');
    await mkdir(join(folder, 'prometheus'));
    await writeFile(file, 'groups: []\n');
    await writeFile(join(folder, 'thesis.txt'), 'years of work');
    const refused = await gatewayObservability(['generate', '--out', folder]);
    expect(refused).toMatchObject({ code: 1, stdout: '' });
    expect(refused.stderr).toContain(
      `${file}: was not written by generate; move it away, or let generate overwrite it with --adopt`,
    );
    expect(await readFile(file, 'utf8')).toBe('groups: []\n');
    await expect(stat(join(folder, 'grafana'))).rejects.toThrow();

    expect(await gatewayObservability(['generate', '--out', folder, '--adopt'])).toMatchObject({ code: 0 });
    expect(await readFile(file, 'utf8')).toContain('GatewayDown');
    expect(await readFile(join(folder, 'thesis.txt'), 'utf8')).toBe('years of work');
  });

  it('answers an output that is no folder, or a damaged manifest, with exit code 2', async () => {
    await writeFile(join(folder, 'file'), '');
    const file = await gatewayObservability(['generate', '--out', join(folder, 'file')]);
    expect(file).toMatchObject({ code: 2, stdout: '' });
    expect(file.stderr).toContain('is a file, expected a folder');
    await writeFile(join(folder, 'gateway-observability.manifest'), '../outside\n');
    for (const command of ['generate', 'check']) {
      const damaged = await gatewayObservability([command, '--out', folder]);
      expect(damaged).toMatchObject({ code: 2, stdout: '' });
      expect(damaged.stderr).toContain(
        'line 1: found "../outside", expected a path inside the output folder',
      );
    }
  });
});

describe('check', () => {
  it('passes on the committed output', async () => {
    expect(await gatewayObservability(['check'])).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  const tampered: [string, (out: string) => Promise<void>, (out: string) => string][] = [
    [
      'a changed file',
      async (out) => {
        const file = join(out, 'docs/metrics.md');
        await writeFile(file, `${await readFile(file, 'utf8')} `);
      },
      (out: string) =>
        `docs/metrics.md: edited: was edited manually: undo the edit, or make it in the definitions; to overwrite it, run: npm run generate -- --out ${out} --force`,
    ],
    [
      'a deleted file',
      (out) => unlink(join(out, 'grafana/dashboards/gateway-overview.json')),
      (out: string) =>
        `grafana/dashboards/gateway-overview.json: missing: does not exist: run: npm run generate -- --out ${out}`,
    ],
    [
      'conflict markers',
      (out) => writeFile(join(out, 'docs/metrics.md'), '<<<<<<< a\n=======\n>>>>>>> b\n'),
      (out: string) =>
        `docs/metrics.md: changed: has git conflict markers: run: npm run generate -- --out ${out}`,
    ],
    [
      'a removed manifest',
      async (out) => {
        for (const name of ['alertmanager', 'docs', 'grafana', 'prometheus', 'runbooks'])
          await rm(join(out, name), { recursive: true });
        await rm(join(out, 'gateway-observability.manifest'));
        await cp(join(root, 'generated/docs/alerts.md'), join(out, 'docs/alerts.md'));
      },
      (out: string) =>
        `docs/alerts.md: foreign: was not written by generate: to overwrite it, run: npm run generate -- --out ${out} --adopt`,
    ],
  ];
  it.each(tampered)('names %s and the remedy', async (_, tamper, message) => {
    const out = join(folder, 'out');
    await gatewayObservability(['generate', '--out', out]);
    await tamper(out);
    const result = await gatewayObservability(['check', '--out', out]);
    expect(result.code).toBe(1);
    expect(result.stderr.split('\n')).toContain(`${out}/${message(out)}`);
  });

  it.each(['prometheus/mine.yaml', '.hidden', 'docs/.gitkeep', '.DS_Store', 'docs/alerts.md~'])(
    'does not mind a file that is not ours: %s',
    async (path) => {
      const out = join(folder, 'out');
      await gatewayObservability(['generate', '--out', out]);
      await writeFile(join(out, path), '');
      expect(await gatewayObservability(['check', '--out', out])).toEqual({
        code: 0,
        stdout: '',
        stderr: '',
      });
    },
  );

  it('needs the targets that generate was run with', async () => {
    const out = join(folder, 'out');
    const targets = ['--target', 'mimir', '--target', 'grafana-v2', '--out', out];
    await gatewayObservability(['generate', ...targets]);
    expect(await gatewayObservability(['check', ...targets])).toEqual({ code: 0, stdout: '', stderr: '' });
    const without = await gatewayObservability(['check', '--out', out]);
    expect(without.code).toBe(1);
    expect(without.stderr).toContain(
      `${out}/mimir/rules.yaml: stale: is no longer generated without the target mimir: to keep it, add mimir to targets in the site's configuration; to remove it, run: npm run generate -- --out ${out}\n`,
    );
    const wrong = await gatewayObservability(['generate', '--target', 'helm', '--out', out]);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('expected kubernetes, grafana-provisioning, grafana-v2 or mimir');
  });

  it('says in one line that nothing was generated, and which folder to pass instead', async () => {
    const nothing = async (...args: readonly string[]) => {
      const { code, stdout, stderr } = await gatewayObservability(['check', ...args], folder);
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      return stderr;
    };
    expect(await nothing()).toBe(
      'nothing was generated in generated and runbooks. If the files are in another folder, pass it with --out; otherwise, run: npm run generate\n',
    );
    await gatewayObservability(['generate', '--out', 'build'], folder);
    expect(await nothing('--out', 'biuld')).toBe(
      'nothing was generated in biuld. If you mean the files in build, pass --out build; otherwise, run: npm run generate -- --out biuld\n',
    );
    // One file that is not ours is a reason to look at the whole list.
    await mkdir(join(folder, 'generated/docs'), { recursive: true });
    await writeFile(join(folder, 'generated/docs/alerts.md'), 'Ours.\n');
    const [first, ...more] = (await nothing()).split('\n');
    expect(first).toMatch(/^nothing was generated in runbooks\. /);
    expect(more).toContain(
      'generated/docs/alerts.md: foreign: was not written by generate: to overwrite it, run: npm run generate -- --adopt',
    );
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

describe('simulate', () => {
  it('shows which alerts fire when, also for machines', async () => {
    const scenario = 'a short outage clears without intervention';
    const text = await gatewayObservability(['simulate', 'a short outage clears']);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout).toMatch(
      /^a short outage clears without intervention\nA worker is away .*\n\nNo alert fires\.\n$/,
    );
    const { stdout } = await gatewayObservability(['simulate', scenario, '--json']);
    expect(JSON.parse(stdout)).toEqual({ scenario, episodes: [] });
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
