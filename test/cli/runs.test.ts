import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { runCommandLine } from '../../src/cli/run.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { type Ran, run } from './in-process.js';

/* The commands in this process. test/cli/command-line.test.ts runs them as processes of their own. */

const folder = temporaryFolder('gateway-observability-runs');
const place = (...names: readonly string[]) => join(folder.path, ...names);
const file = (name: string, text: string) => {
  writeFileSync(place(name), text);
  return place(name);
};
afterAll(() => folder.remove());
afterEach(() => vi.unstubAllEnvs());

const site = file('site.yaml', 'groupBy: [site]\nmimir: { namespace: edge }\n');
/** Own definitions with one fault: a summary without a period. */
const wrong = file(
  'gateway-observability.config.mjs',
  `import { defineAlert, defineConfig, promql } from 'gateway-observability';
export default defineConfig({
  alerts: [
    defineAlert({
      alert: 'GatewayOwn',
      signal: 'capacity',
      severity: 'info',
      rationale: 'More sessions than a gateway is built for.',
      labels: [],
      for: () => '10m',
      expr: () => promql\`sum(gateway_active_sessions{job="gateway"}) > 10000\`,
      summary: 'Many sessions',
      description: 'More sessions than usual are open, which a gateway can take for a while. Add a gateway.',
      dashboard: { uid: 'gateway-overview', panel: 1 },
    }),
  ],
});
`,
);

describe('the command line', () => {
  it('ends with 0 after its help, and with 2 where it is used wrongly', async () => {
    const help = await run(['--help']);
    expect([help.code, help.err]).toEqual([0, '']);
    expect(help.out).toMatch(/^Usage: gateway-observability /);
    const unknown = await run(['nothing']);
    expect([unknown.code, unknown.out]).toEqual([2, '']);
    expect(unknown.err).toContain("error: unknown command 'nothing'\n(add --help for the options)\n");
    expect(await run(['list', 'thing'])).toEqual({
      code: 2,
      out: '',
      err: 'list: found "thing", expected one of metrics, records, alerts, panels\n',
    });
  });

  it('does not hide what is no fault of its user', async () => {
    const broken = { name: 'broken', description: '', args: {}, options: {} };
    const argv = ['node', 'x', 'broken'];
    const thrown = new TypeError('a fault of ours');
    await expect(runCommandLine([{ ...broken, run: () => Promise.reject(thrown) }], argv)).rejects.toBe(
      thrown,
    );
    expect(await runCommandLine([{ ...broken, run: async () => 1 }], argv)).toBe(1);
  });
});

describe('list', () => {
  it('has every kind, or one', async () => {
    const all = await run(['list', '-c', site]);
    expect([all.code, all.err]).toEqual([0, '']);
    const kinds = all.out.split('\n').map((line) => line.split(' ')[0]);
    expect([...new Set(kinds)]).toEqual(['metric', 'record', 'alert', 'panel', '']);
    expect(all.out).toMatch(
      /^alert +GatewayDown +The gateway at \{\{ \$labels\.instance \}\} .*cannot be scraped\.$/m,
    );
    const { out } = await run(['list', 'alerts', '-c', site]);
    expect(
      new Set(
        out
          .trim()
          .split('\n')
          .map((line) => line.split(' ')[0]),
      ),
    ).toEqual(new Set(['alert']));
  });

  it('is for machines as well', async () => {
    const { code, out } = await run(['list', 'metrics', '--json', '-c', site]);
    const metrics = JSON.parse(out) as object[];
    expect(code).toBe(0);
    expect(metrics).toContainEqual({
      kind: 'metric',
      name: 'gateway_pending_writes',
      says: 'Whether the relay has writes that no worker has ingested yet: 1 pending, 0 clear.',
      file: 'metrics/gateway.ts',
    });
    expect(out.startsWith('[\n  {\n    "kind": "metric",')).toBe(true);
  });

  it('suggests a kind', async () => {
    expect((await run(['list', 'alert'])).err).toBe(
      'list: found "alert", expected one of metrics, records, alerts, panels, did you mean "alerts"?\n',
    );
  });
});

describe('explain', () => {
  it('shows an alert, with what it reads', async () => {
    const { code, out, err } = await run(['explain', 'GatewayDown', '-c', site]);
    expect([code, err]).toEqual([0, '']);
    const lines = out.split('\n');
    expect(lines.slice(0, 4)).toEqual([
      'alert GatewayDown',
      expect.stringMatching(/^The gateway at .* cannot be scraped\.$/),
      '',
      'severity     critical, signal gateway',
    ]);
    expect(lines).toContain('defined in   alerts/gateway.ts');
    expect(lines.slice(-4)).toEqual(['reads        up', '', '  up{job="gateway"} == 0', '']);
    expect(out).not.toContain('read by');
  });

  it('shows a metric, with what reads it', async () => {
    const { out } = await run(['explain', 'gateway_pending_write_push_wait_seconds_bucket', '-c', site]);
    expect(out).toMatch(/^metric gateway_pending_write_push_wait_seconds$/m);
    expect(out).toMatch(/^buckets +5 15 30 60 120 300 600$/m);
    expect(out).toMatch(/^read by +(?:record|alert|panel) \S+, (?:record|alert|panel) \S+/m);
    expect(out).not.toMatch(/^reads /m);
    expect(out).toMatch(/^read by .*\n$/m);
    expect((await run(['explain', 'gateway_active_peers', '-c', site])).out).toMatch(/^read by +\S/m);
  });

  it('shows a record, with what it reads and what reads it', async () => {
    const { out } = await run(['explain', 'relay:gateway_pending_writes:max', '-c', site]);
    expect(out).toMatch(/^reads +gateway_pending_writes$/m);
    expect(out).toMatch(/^read by +.*alert GatewayPending/m);
  });

  it('shows an expression of several lines below the facts', async () => {
    const { out } = await run(['explain', 'gateway-overview/1', '-c', site]);
    expect(out).toMatch(/^panel gateway-overview\/1\nPhase by relay\n\n/);
    expect(out).toMatch(/\n\n {2}\S[^\n]*\n {4}and on /);
  });

  it('is for machines as well', async () => {
    const { out } = await run(['explain', 'GatewayDown', '--json', '-c', site]);
    expect(JSON.parse(out)).toMatchObject({
      kind: 'alert',
      name: 'GatewayDown',
      facts: { severity: 'critical, signal gateway', fires: 'after 2m' },
      reads: ['up'],
      readBy: [],
    });
    const metric = JSON.parse((await run(['explain', 'gateway_pending_writes', '--json', '-c', site])).out);
    expect(metric.reads).toEqual([]);
    expect(metric.readBy).toContain('relay:gateway_pending_writes:max');
  });

  it('suggests a name', async () => {
    expect(await run(['explain', 'GatewayDwon', '-c', site])).toEqual({
      code: 2,
      out: '',
      err: 'explain: found "GatewayDwon", expected an alert, a record, a metric or <dashboard uid>/<panel id>, did you mean "GatewayDown"?\n',
    });
  });
});

describe('generate and check', () => {
  const out = place('out');
  const generate = (...more: readonly string[]) => run(['generate', '-c', site, '-o', out, ...more]);
  const check = (...more: readonly string[]) => run(['check', '-c', site, '-o', out, ...more]);
  const alerts = place('out', 'prometheus', 'gateway.alerts.yaml');
  let first: Ran;
  beforeAll(async () => {
    first = await generate();
  });

  it('write all files, say so, and find nothing wrong with them', async () => {
    expect([first.code, first.err]).toEqual([0, '']);
    const lines = first.out.trimEnd().split('\n');
    expect(lines[0]).toBe(`configuration: ${site}`);
    expect(lines).toContain(`wrote ${alerts}`);
    const summary = lines.find((line) => line.startsWith(`${out}: `));
    expect(summary).toMatch(/: \d+ files: \d+ new, 0 changed, 0 removed, 0 unchanged$/);
    expect(lines.filter((line) => line.startsWith('note: ')).map((line) => line.slice(0, 40))).toEqual([
      'note: runbook_url and dashboard_url of t',
      'note: mimir: without effect, because no ',
    ]);
    expect(readFileSync(alerts, 'utf8')).toContain('alert: GatewayDown');
    expect(await check()).toEqual({ code: 0, out: '', err: '' });
    vi.stubEnv('NO_COLOR', '1');
    const shown = await run(['check', '-c', site, '-o', out], { isTTY: true });
    // All but the manifest, which is one of the files that were written.
    const count = Number(/: (\d+) files/.exec(summary as string)?.[1]) - 1;
    expect(shown).toEqual({ code: 0, out: `${out}: ${count} files are up to date\n`, err: '' });
  });

  it('are for machines as well', async () => {
    const written = JSON.parse((await generate('--json')).out);
    expect(Object.keys(written)).toEqual(['out', 'changes', 'unchanged', 'leftAlone', 'warnings', 'notes']);
    expect(written).toMatchObject({ out, changes: [], leftAlone: [], warnings: [] });
    expect(written.notes).toHaveLength(2);
    expect(JSON.parse((await check('--json')).out)).toEqual({ problems: [], warnings: [], drifts: [] });
  });

  it('name a file that was edited', async () => {
    writeFileSync(alerts, 'edited');
    const found = await run(['check', '-c', site, '-o', out], { isTTY: true });
    expect([found.code, found.out]).toEqual([1, '']);
    expect(found.err).toBe(
      `${alerts}: edited: was edited manually: undo the edit, or make it in the definitions; to overwrite it, run: npm run generate -- --config ${site} --out ${out} --force\n`,
    );
  });

  it('do not write over a file that was edited, without --force', async () => {
    writeFileSync(alerts, 'edited');
    const refused = await generate();
    expect([refused.code, refused.out]).toEqual([1, '']);
    expect(refused.err).toBe(
      `${alerts}: was edited manually; undo the edit (or make it in the definitions), or overwrite it with --force\n${out}: nothing was written\n`,
    );
    const refusedJson = await generate('--json');
    expect([refusedJson.code, refusedJson.err]).toEqual([1, '']);
    expect(JSON.parse(refusedJson.out)).toMatchObject({
      out,
      refusals: [{ path: 'prometheus/gateway.alerts.yaml', reason: 'was edited manually' }],
    });
    const forced = await generate('--force');
    expect(forced.code).toBe(0);
    expect(forced.out).toContain(`changed ${alerts}\n`);
  });

  it('take over a folder of others with --adopt', async () => {
    mkdirSync(place('theirs', 'prometheus'), { recursive: true });
    file('theirs/prometheus/gateway.alerts.yaml', 'groups: []\n');
    expect((await run(['generate', '-o', place('theirs'), '--adopt'])).code).toBe(0);
  });

  it('end with 2 where the folder is a file', async () => {
    expect(await run(['generate', '-c', site, '-o', site])).toEqual({
      code: 2,
      out: '',
      err: expect.stringContaining('is a file, expected a folder'),
    });
  });

  it('write the files of a target that is asked for', async () => {
    const targets = ['--target', 'mimir', '-o', place('mimir')];
    const { out: printed } = await run(['generate', '-c', site, ...targets]);
    expect(printed).toContain(`wrote ${place('mimir', 'mimir', 'rules.yaml')}\n`);
    expect(printed).not.toContain('without effect');
    const without = await run(['check', '-c', site, '-o', place('mimir')]);
    expect(without.code).toBe(1);
    expect(without.err).toContain('stale: is no longer generated without the target mimir: ');
  });

  it('say in one line that nothing was generated', async () => {
    expect(await run(['check', '-c', site, '-o', place('gone')])).toEqual({
      code: 1,
      out: '',
      err: expect.stringMatching(
        /^nothing was generated in \S+\/gone\. [^\n]* run: npm run generate -- --config \S+ --out \S+\/gone\n$/,
      ),
    });
  });

  it('do nothing where the definitions are wrong', async () => {
    for (const command of ['generate', 'check', 'test', 'report']) {
      const argv = command === 'test' ? [] : ['-o', place('wrong')];
      const { code, out: printed, err } = await run([command, '-c', wrong, ...argv]);
      expect([command, code, printed]).toEqual([command, 1, '']);
      const lines = err.trimEnd().split('\n');
      expect(lines.map((line) => line.endsWith(' (warning)'))).toEqual([false, true, true, false]);
      expect(lines[0]).toContain('GatewayOwn: dashboard_url uses $labels.site');
      expect(lines[3]).toBe('1 problem in the definitions');
    }
    expect(existsSync(place('wrong'))).toBe(false);
    const { code, out: printed, err } = await run(['check', '-c', wrong, '-o', out, '--json']);
    const found = JSON.parse(printed);
    expect([code, err, Object.keys(found)]).toEqual([1, '', ['problems', 'warnings']]);
    expect([found.problems.length, found.warnings.length]).toEqual([1, 2]);
  });

  it('do not mind what is only unusual', async () => {
    // Without the site's labels beside it, the alert is fine but for its texts.
    mkdirSync(place('team'));
    const team = file('team/gateway-observability.config.mjs', readFileSync(wrong, 'utf8'));
    const found = JSON.parse((await run(['check', '-c', team, '-o', out, '--json'])).out);
    expect([found.problems.length, found.warnings.length, found.drifts.length > 0]).toEqual([0, 2, true]);
    const untested = await run(['test', '-c', team]);
    expect([untested.code, untested.out]).toEqual([2, '']);
    expect(untested.err).toMatch(
      /\(warning\)\n[^\n]*\(warning\)\ntest: found no cases, expected `cases` in gateway-observability\.config\.ts\n$/,
    );
  });
});

describe('generate and check without --out', () => {
  const before = process.cwd();
  let empty: Ran;
  let first: Ran;
  beforeAll(async () => {
    mkdirSync(place('cwd'));
    process.chdir(place('cwd'));
    empty = await run(['check']);
    first = await run(['generate']);
  });
  afterAll(() => process.chdir(before));
  const alerts = 'generated/prometheus/gateway.alerts.yaml';

  it('are about two folders of the working directory', () => {
    expect(empty).toEqual({
      code: 1,
      out: '',
      err: 'nothing was generated in generated and runbooks. If the files are in another folder, pass it with --out; otherwise, run: npm run generate\n',
    });
    expect([first.code, first.err]).toEqual([0, '']);
    expect(first.out).toMatch(/^wrote generated\//);
    expect(first.out).toContain(`wrote ${alerts}\n`);
    expect(first.out).toContain('wrote runbooks/GatewayDown.md\n');
    expect(first.out).toMatch(/^generated: \d+ files: /m);
    expect(first.out).toMatch(/^runbooks: \d+ files: /m);
    expect(readdirSync('generated')).not.toContain('runbooks');
  });

  it('name both for machines', async () => {
    const { out, runbooks } = JSON.parse((await run(['generate', '--json'])).out);
    expect([out, runbooks.out]).toEqual(['generated', 'runbooks']);
  });

  it('leave one as it is where the other one stands in the way', async () => {
    const written = readFileSync(alerts);
    rmSync(alerts);
    writeFileSync('runbooks/GatewayDown.md', 'edited');
    const refused = await run(['generate']);
    expect([refused.code, refused.out]).toEqual([1, '']);
    expect(refused.err).toMatch(
      /^runbooks\/GatewayDown\.md: was edited manually[^\n]*\nrunbooks: nothing was written\n$/,
    );
    expect(existsSync(alerts)).toBe(false);
    expect(JSON.parse((await run(['check', '--json'])).out)).toEqual({
      problems: [],
      warnings: [],
      drifts: [{ path: 'prometheus/gateway.alerts.yaml', state: 'missing' }],
      runbooks: [{ path: 'GatewayDown.md', state: 'edited' }],
    });
    writeFileSync(alerts, written);
    expect((await run(['generate', '--force'])).code).toBe(0);
  });

  it('say which folder to pass where one is gone', async () => {
    await run(['generate', '-o', 'other']);
    renameSync('runbooks', 'away');
    const half = await run(['check'], { isTTY: true });
    renameSync('away', 'runbooks');
    expect(half.code).toBe(1);
    expect(half.out).toContain('generated: ');
    expect(half.err).toBe(
      'nothing was generated in runbooks. If you mean the files in other, pass --out other; otherwise, run: npm run generate\n',
    );
  });
});
