import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pageFolder } from '../../src/view/page-files.js';
import { root } from '../cli/command.js';
import { outcomeOf } from '../outcome.js';
import { OWN_CONFIG } from '../project/own-config.js';
import { runProgram } from '../pulumi/engine.js';

const run = promisify(execFile);

/** What another team writes: the definitions, a configuration of its own, an alert, a panel and a recording rule of its own. */
const PROGRAM = `
import {
  buildBundle, checkBundle, defineAlert, defineDashboard, definePanel, defineRecordingRule, definitions, duration, formatProblem, metrics,
  parseConfig, promql, renderBundle, type Definitions,
} from 'gateway-observability';

const sessions = defineRecordingRule({
  record: 'gateway:gateway_active_sessions:sum',
  help: 'Client sessions of all gateway processes.',
  unit: 'sessions',
  labels: [],
  rationale: 'Our own wish.',
  expr: (site) => promql\`sum by (\${site.by()}) (\${metrics.gatewayActiveSessions}{\${site.gateway}})\`,
});
const tooMany = defineAlert({
  alert: 'GatewaySessionsMany',
  signal: 'gateway',
  severity: 'info',
  rationale: 'Our own wish.',
  labels: [],
  expr: () => promql\`\${sessions} > 10000\`,
  summary: 'The gateway serves {{ $value }} sessions.',
  description: 'More than this site has planned for. Look at the panel and at the load of the gateway.',
  dashboard: { uid: 'sessions', panel: 1 },
});
const board = defineDashboard({
  uid: 'sessions', title: 'Sessions', description: 'Our own board.', tags: ['ours'], span: duration('6h'),
  rows: [{ title: 'Sessions', panels: [definePanel({
    id: 1, title: 'How many sessions are open?', description: 'Good: under what the site has planned for. Ours.', kind: 'timeseries',
    queries: [{ expr: () => promql\`\${sessions}\`, legend: 'sessions' }], unit: 'short', width: 24, height: 8, noData: 'Not measured.',
  })] }],
});

const base: Definitions = definitions();
const own: Definitions = {
  ...base,
  recordingRules: [...base.recordingRules, { name: 'ours', rules: [sessions] }],
  alerts: base.alerts.map((group) => (group.name === 'gateway' ? { ...group, rules: [...group.rules, tooMany] } : group)),
  dashboards: [...base.dashboards, board],
  runbook: { ...base.runbook, pages: { ...base.runbook.pages, GatewaySessionsMany: () => ({
    firesWhen: 'many sessions are open', meaning: 'Many sessions are open.', impact: 'None.',
    check: [{ text: 'How many?', query: promql\`\${sessions}\` }], act: [{ text: 'Nothing.', command: 'true' }],
    over: { query: promql\`\${sessions} > 1\`, becomes: 'empty', text: 'Sessions were closed.' }, returnsIf: 'More are opened.',
  }) } },
};
const bundle = buildBundle(parseConfig({ labels: { team: 'ours' } }), own);
const problems = checkBundle(bundle).map(formatProblem);
const paths = renderBundle(bundle).map(({ path }) => path);
console.log(JSON.stringify({ problems, paths }));
`;

/** Packing builds `dist/` first, which other tests must not see disappear: so it is a copy that is built and packed. */
async function copyOfCheckout(folder: string): Promise<string> {
  // Built once for all tests; the copy finds it in its cache, since the sources are the same.
  await pageFolder();
  const copy = join(folder, 'checkout');
  await mkdir(copy);
  const left = new Set(['.git', '.cache', 'dist', 'node_modules']);
  for (const name of await readdir(root)) {
    if (left.has(name)) continue;
    await cp(join(root, name), join(copy, name), {
      recursive: true,
      filter: (source) => basename(source) !== 'node_modules',
    });
  }
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));
  await cp(join(root, '.cache/page'), join(copy, '.cache/page'), { recursive: true });
  return copy;
}

describe('the package', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gateway-package-'));
    await run('npm', ['pack', '--pack-destination', folder], { cwd: await copyOfCheckout(folder) });
    const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz')) ?? '';
    await writeFile(
      join(folder, 'package.json'),
      JSON.stringify({ name: 'another-team', private: true, type: 'module' }),
    );
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', join(folder, tarball)], {
      cwd: folder,
    });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('offers both commands', async () => {
    const command = (name: string, ...args: string[]) =>
      run(join(folder, 'node_modules/.bin', name), args, { cwd: folder });
    expect((await command('gateway-observability', '--help')).stdout).toContain('Exit codes');
    expect((await command('pending-writes-exporter', '--help')).stdout).toContain('--state-file');
    await command('gateway-observability', 'generate', '--out', 'rules');
    const written = await readFile(join(folder, 'rules/prometheus/gateway.alerts.yaml'), 'utf8');
    const inProject = await readFile(join(root, 'generated/prometheus/gateway.alerts.yaml'), 'utf8');
    // The header names the command that was used.
    expect(written).toBe(
      inProject.replace('run: npm run generate\n', 'run: npx gateway-observability generate\n'),
    );
    expect(written).not.toBe(inProject);
    const fixture = join(root, 'test/fixtures/gateway-metrics.prom');
    expect((await command('gateway-observability', 'verify', '--metrics', fixture)).stdout).toContain(
      '0 problems',
    );
  });

  it('carries the generated bundle and the runbook, and none of its tests', async () => {
    const installed = join(folder, 'node_modules/gateway-observability');
    const names = await readdir(installed);
    expect(names).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'dist', 'generated', 'package.json', 'runbooks']),
    );
    expect(names).not.toContain('test');
    expect(names).not.toContain('src');
  });

  it('knows own definitions of an empty repository in every command and in the Pulumi program', async () => {
    const repository = join(folder, 'repository');
    await mkdir(join(repository, 'node_modules'), { recursive: true });
    await symlink(
      join(folder, 'node_modules/gateway-observability'),
      join(repository, 'node_modules/gateway-observability'),
    );
    await writeFile(join(repository, 'site.yaml'), 'thresholds: { pendingWrites: { criticalAfter: 20h } }\n');
    await writeFile(join(repository, 'gateway-observability.config.ts'), OWN_CONFIG);
    const git = (...args: string[]) =>
      run('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], { cwd: repository });
    const command = (...args: string[]) =>
      outcomeOf(join(folder, 'node_modules/.bin/gateway-observability'), args, {
        cwd: repository,
        env: { ...process.env, NO_COLOR: '1' },
      });
    const text = (path: string) => readFile(join(repository, path), 'utf8');

    const generated = await command('generate');
    expect(generated.code, generated.stderr).toBe(0);
    expect(generated.stdout).toContain('configuration: site.yaml, gateway-observability.config.ts\n');
    expect(await text('generated/prometheus/own.alerts.yaml')).toMatch(
      /^# yamllint .*\n# Generated by .* run: npx gateway-observability generate\n# Source: gateway-observability\.config\.ts\n[\s\S]* alert: GatewaySessionsMany\n/,
    );
    expect(await text('generated/prometheus/own.recording.yaml')).toContain(
      'gateway:gateway_active_sessions:sum',
    );
    expect(await text('generated/grafana/dashboards/sessions.json')).toContain('"uid": "sessions"');
    expect(await text('generated/alertmanager/alertmanager.example.yaml')).toMatch(
      /# A gateway that is down has no sessions\.\n[\s\S]*alertname="GatewaySessionsMany"/,
    );
    expect(await text('generated/gateway-observability.site.yaml')).toContain('criticalAfter: 20h');

    expect(await command('check')).toMatchObject({ code: 0, stdout: '' });
    expect((await command('test')).stdout).toBe('3 cases passed\n');
    const explained = (name: string) => command('explain', name).then(({ stdout }) => stdout);
    expect(await explained('GatewaySessionsMany')).toMatch(/defined in +gateway-observability\.config\.ts/);
    expect(await explained('gateway:gateway_active_sessions:sum')).toMatch(
      /read by +alert GatewaySessionsMany, panel sessions\/1/,
    );
    expect(await explained('sessions/1')).toContain('Open sessions.');
    expect(await explained('GatewayDown')).toMatch(/inhibits .*GatewaySessionsMany/);
    await command('report', '--out', 'report.html');
    for (const own of ['GatewaySessionsMany', 'gateway:gateway_active_sessions:sum', 'Open sessions.'])
      expect(await text('report.html')).toContain(own);

    await writeFile(join(repository, '.gitignore'), 'node_modules\nreport.html\n');
    await git('init', '-q');
    await git('add', '-A');
    await git('commit', '-q', '-m', 'one');
    await writeFile(
      join(repository, 'gateway-observability.config.ts'),
      OWN_CONFIG.replace('> 10000', '> 20000'),
    );
    const drifted = await command('check');
    expect(drifted.code).toBe(1);
    expect(drifted.stderr).toContain(
      'generated/prometheus/own.alerts.yaml: changed: is out of date: run: npx gateway-observability generate\n',
    );
    await command('generate');
    expect((await command('diff')).stdout).toMatch(
      /alert GatewaySessionsMany\n +threshold changed: 10000 → 20000/,
    );

    for (const scope of ['@pulumi', '@pulumiverse'])
      await symlink(join(root, 'node_modules', scope), join(folder, 'node_modules', scope));
    const deployed = await runProgram({
      root: repository,
      // By its real path, so that it finds the packages beside it.
      program: join(folder, 'node_modules/gateway-observability/dist/src/pulumi/program.js'),
      config: { 'gateway-observability:alertRules': 'true' },
    });
    expect(deployed.exitCode, deployed.stderr).toBe(0);
    const names = deployed.registrations.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['gateway-sessions', 'gateway-own.alerts']));
  });

  it('carries the page that draws dashboards with the notices of what is in it, and is under 60 MB', async () => {
    const page = join(folder, 'node_modules/gateway-observability/dist/page');
    expect((await stat(join(page, 'page.js'))).size).toBeGreaterThan(1_000_000);
    const notices = await readFile(join(page, 'third-party-notices.txt'), 'utf8');
    for (const name of ['@grafana/ui', '@grafana/data', 'react', 'uplot', '@fontsource/inter']) {
      expect(notices).toMatch(new RegExp(`^${name} \\d`, 'm'));
    }
    const { stdout } = await run('du', ['-sm', join(folder, 'node_modules')]);
    expect(Number.parseInt(stdout, 10)).toBeLessThan(60);
  });

  it('lets another team extend the bundle, with types', async () => {
    await writeFile(join(folder, 'own.ts'), PROGRAM);
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({
        compilerOptions: {
          module: 'NodeNext',
          target: 'ES2022',
          strict: true,
          skipLibCheck: false,
          outDir: 'out',
          types: [],
        },
        files: ['own.ts'],
      }),
    );
    await run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '--lib', 'ES2023,DOM'], {
      cwd: folder,
    }).catch((error: { stdout?: string }) => {
      throw new Error(error.stdout);
    });
    const { stdout } = await run(process.execPath, ['out/own.js'], { cwd: folder });
    const { problems, paths } = JSON.parse(stdout) as { problems: string[]; paths: string[] };
    expect(problems).toEqual([]);
    expect(paths).toEqual(
      expect.arrayContaining(['grafana/dashboards/sessions.json', 'prometheus/ours.recording.yaml']),
    );
  });
});
