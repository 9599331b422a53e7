import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { formatProblem } from '../../src/checks/check.js';
import { checkBundle } from '../../src/checks/index.js';
import { ConfigError } from '../../src/config/error.js';
import { loadProject, projectBundle } from '../../src/project/load.js';
import { gatewayObservability } from '../cli/command.js';
import { OWN_CONFIG } from './own-config.js';

const CONFIG = 'gateway-observability.config.ts';
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A working directory with these files. */
function directory(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-project-'));
  folders.push(folder);
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const exported = (text: string) =>
  `import { defineAlert, defineConfig, metrics, promql } from 'gateway-observability';\nexport default defineConfig(${text});\n`;
const site = (hours: number) => `thresholds: { pendingWrites: { criticalAfter: ${hours}h } }\n`;
const inCode = (hours: number) =>
  `{ site: { thresholds: { pendingWrites: { criticalAfter: '${hours}h' } } } }`;
const critical = async (files: Readonly<Record<string, string>>, file?: string) =>
  (await loadProject(file, directory(files))).config.thresholds.pendingWrites.criticalAfter;

/** The problems of a project that cannot be loaded. */
async function refusal(files: Readonly<Record<string, string>>, file?: string): Promise<string> {
  const error = await loadProject(file, directory(files)).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(ConfigError);
  return (error as ConfigError).message;
}

describe('the settings of a site', () => {
  it.each<[string, Readonly<Record<string, string>>, string | undefined, string]>([
    ['are the defaults without any file', {}, undefined, '1d'],
    ['come from site.yaml in the working directory', { 'site.yaml': site(20) }, undefined, '20h'],
    ['come from the configuration in code', { [CONFIG]: exported(inCode(20)) }, undefined, '20h'],
    [
      'may be in both files if they agree',
      { [CONFIG]: exported(inCode(20)), 'site.yaml': site(20) },
      undefined,
      '20h',
    ],
    [
      'come from the file that --config names, in place of site.yaml',
      { 'site.yaml': site(20), 'b.yaml': site(21), [CONFIG]: exported('{}') },
      'b.yaml',
      '21h',
    ],
    [
      'come from the site.yaml beside the configuration in code that --config names',
      { 'site.yaml': site(20), 'edge/site.yaml': site(21), 'edge/own.config.ts': exported('{}') },
      'edge/own.config.ts',
      '21h',
    ],
  ])('%s', async (_, files, file, expected) => {
    const { config } = await loadProject(file, directory(files));
    const found = config.thresholds.pendingWrites.criticalAfter;
    expect(found === '24h' ? '1d' : found).toBe(expected);
  });

  it('are refused if the two files differ: neither wins in silence', async () => {
    expect(await refusal({ [CONFIG]: exported(inCode(20)), 'site.yaml': site(21) })).toBe(
      `${CONFIG}: site: thresholds.pendingWrites.criticalAfter: is "20h" here, but "21h" in site.yaml, defaults included; expected the site's settings in one of the two files`,
    );
    expect(await refusal({ [CONFIG]: exported(inCode(20)), 'b.yaml': site(21) }, 'b.yaml')).toContain(
      'but "21h" in b.yaml',
    );
  });

  it('are compared as they apply: a default that one file writes out is no difference', async () => {
    expect(await critical({ [CONFIG]: exported('{ site: {} }'), 'site.yaml': site(24) })).toBe('24h');
  });
});

describe('a project', () => {
  const YAML = 'thresholds: {}\nlabels: {}\ngroupBy: []\nescrow: on\n';
  it.each([
    ['nothing', {}, { files: [], hasSettings: false, written: [], source: 'configuration' }],
    [
      'site.yaml, of which empty settings count as not written',
      { 'site.yaml': YAML },
      { files: ['site.yaml'], hasSettings: true, written: ['groupBy', 'escrow'], source: 'site.yaml' },
    ],
    [
      'a site.yaml that is empty',
      { 'site.yaml': '' },
      { files: ['site.yaml'], hasSettings: true, written: [], source: 'site.yaml' },
    ],
    [
      'code without settings',
      { [CONFIG]: exported('{}') },
      { files: [CONFIG], hasSettings: false, written: [], source: 'configuration' },
    ],
    [
      'site.yaml beside code without settings',
      { 'site.yaml': YAML, [CONFIG]: exported('{}') },
      {
        files: ['site.yaml', CONFIG],
        hasSettings: true,
        written: ['groupBy', 'escrow'],
        source: 'site.yaml',
      },
    ],
    [
      'code with settings',
      { [CONFIG]: exported("{ site: { escrow: 'off', labels: undefined } }") },
      { files: [CONFIG], hasSettings: true, written: ['escrow'], source: `${CONFIG}: site` },
    ],
    [
      'both',
      { 'site.yaml': YAML, [CONFIG]: exported("{ site: { escrow: 'on', workers: { alwaysOn: false } } }") },
      {
        files: ['site.yaml', CONFIG],
        hasSettings: true,
        written: ['groupBy', 'escrow', 'workers'],
        source: 'site.yaml',
      },
    ],
  ])('knows from where its settings are: %s', async (_, files, expected) => {
    const {
      config: _config,
      definitions: _definitions,
      cases,
      ...rest
    } = await loadProject(undefined, directory(files));
    expect(rest).toEqual(expected);
    expect(cases).toEqual([]);
  });

  it('names the file of settings that do not fit the definitions', async () => {
    const settings = "{ alerts: { GatewayNope: { severity: 'info' } } }";
    const bundle = (files: Readonly<Record<string, string>>) => projectBundle(undefined, directory(files));
    await expect(bundle({ 'site.yaml': settings })).rejects.toThrow(
      /^site\.yaml: alerts\.GatewayNope: no alert has this name/,
    );
    await expect(bundle({ [CONFIG]: exported(`{ site: ${settings} } as never`) })).rejects.toThrow(
      `${CONFIG}: site: alerts.GatewayNope: no alert has this name`,
    );
  });

  it('names every setting that differs between the two files', async () => {
    const message = await refusal({
      [CONFIG]: exported("{ site: { labels: { a: 'x' }, groupBy: ['b'], links: { runbooks: 'http://w' } } }"),
      'site.yaml':
        'groupBy: [c]\nlabels: { d: y }\nlinks: { dashboards: "http://g" }\nalerts: { GatewayRestart: { severity: info } }\n',
    });
    const end = "in site.yaml, defaults included; expected the site's settings in one of the two files";
    expect(message.split('\n').sort()).toEqual([
      `${CONFIG}: site: alerts.GatewayRestart: is nothing here, but {"severity":"info","labels":{},"annotations":{}} ${end}`,
      `${CONFIG}: site: groupBy: is ["b"] here, but ["c"] ${end}`,
      `${CONFIG}: site: labels.a: is "x" here, but nothing ${end}`,
      `${CONFIG}: site: labels.d: is nothing here, but "y" ${end}`,
      `${CONFIG}: site: links.dashboards: is nothing here, but "http://g" ${end}`,
      `${CONFIG}: site: links.runbooks: is "http://w" here, but nothing ${end}`,
    ]);
  });

  it.each(['own.cts', 'own.cjs', 'own.mts', 'own.js'])(
    'may have definitions under another name that --config gives: %s',
    async (name) => {
      const { files } = await loadProject(name, directory({ [name]: exported('{}'), [CONFIG]: 'broken(' }));
      expect(files).toEqual([name]);
    },
  );

  it('reads any other file that --config names as YAML', async () => {
    expect(await critical({ 'a.conf': site(20) }, 'a.conf')).toBe('20h');
    expect(await critical({ 'ts.yaml': site(20) }, 'ts.yaml')).toBe('20h');
    expect(await refusal({ 'a.ts.bak': '{' }, 'a.ts.bak')).toContain('a.ts.bak: (file): line 1, column 2: ');
  });

  it('does not leave a site.yml beside a configuration in code unread', async () => {
    const files = { 'edge/own.config.ts': exported('{}'), 'edge/site.yml': '{}' };
    expect(await refusal(files, 'edge/own.config.ts')).toBe(
      'edge/site.yml: (file): is not read under this name; expected site.yaml',
    );
  });
});

describe('a configuration file', () => {
  it.each(['ts', 'mts', 'js', 'mjs'])('may be .%s', async (end) => {
    const { definitions } = await loadProject(
      undefined,
      directory({ [`gateway-observability.config.${end}`]: exported('{ alerts: [] }') }),
    );
    expect(definitions.own?.file).toBe(`gateway-observability.config.${end}`);
  });

  it('may import other TypeScript files, and awaits', async () => {
    const { definitions } = await loadProject(
      undefined,
      directory({
        [CONFIG]:
          "import { own } from './own.js';\nexport default await Promise.resolve({ metrics: [own] });\n",
        'own.ts': `import { defineMetric } from 'gateway-observability';
          enum Kind { Gauge = 'gauge' }
          export const own = defineMetric({ name: 'ours', type: Kind.Gauge, unit: 'none', help: 'Ours.', labels: {}, presence: 'always', origin: 'other' });`,
      }),
    );
    expect(definitions.metrics.at(-1)?.name).toBe('ours');
  });

  it.each<[string, Readonly<Record<string, string>>, string | RegExp]>([
    ['that does not parse', { [CONFIG]: 'export default {' }, `${CONFIG}: (file): cannot be loaded: `],
    [
      'that throws',
      { [CONFIG]: "\nthrow new Error('no token')" },
      `${CONFIG}: (file): cannot be loaded: no token (line 2)`,
    ],
    [
      'that imports a file that throws',
      { [CONFIG]: "import './lib/own.js';\nexport default {};", 'lib/own.ts': "\n\nthrow new Error('x')" },
      `${CONFIG}: (file): cannot be loaded: x (lib/own.ts, line 3)`,
    ],
    [
      'with a function that throws',
      { [CONFIG]: `function f() {${'\n'.repeat(11)}          throw new Error('x');\n}\nf();` },
      /: cannot be loaded: x \(line 12\)$/,
    ],
    [
      'with a package that throws',
      {
        [CONFIG]: "import { f } from 'dep';\n\nf();",
        'node_modules/dep/package.json': '{ "main": "index.js" }',
        'node_modules/dep/index.js': "exports.f = () => { throw new Error('x'); };",
      },
      /: cannot be loaded: x \(line 3\)$/,
    ],
    [
      'that throws a text of two lines',
      { [CONFIG]: "throw 'no token\\n  at all'" },
      /: \(file\): cannot be loaded: no token at all$/,
    ],
    [
      'that exports a function',
      { [CONFIG]: 'export default () => ({})' },
      '(file): found a function, expected',
    ],
    [
      'without a default export',
      { [CONFIG]: 'export const a = 1' },
      `${CONFIG}: (file): found no default export, expected \`export default defineConfig({ … })\``,
    ],
    [
      'with a misspelt key',
      { [CONFIG]: exported('{ alert: [] } as never') },
      'alert: unknown key, did you mean "alerts"?',
    ],
    [
      'with an alert that is no alert',
      { [CONFIG]: exported('{ alerts: [{ alert: "A" }] } as never') },
      'alerts.0.kind: found nothing, expected what defineAlert() returns',
    ],
    [
      'with an alert without a summary',
      {
        [CONFIG]: exported(
          '{ alerts: [{ name: "ours", rules: [defineAlert({ alert: "A", signal: "a b" } as never)] }] }',
        ),
      },
      'alerts.0.rules.0.summary: found nothing, expected a text, or a function of the site',
    ],
    [
      'with a setting that does not exist',
      { [CONFIG]: exported('{ site: { thresholds: { x: 1 } } } as never') },
      `${CONFIG}: site: thresholds.x: unknown key`,
    ],
    [
      'beside another one',
      { [CONFIG]: exported('{}'), 'gateway-observability.config.mjs': exported('{}') },
      `gateway-observability.config.mjs: (file): found ${CONFIG} as well, expected one of the two`,
    ],
  ])('%s is refused with the file, the field and what is expected', async (_, files, message) => {
    expect(await refusal(files)).toMatch(message);
  });

  it.each([
    ['5', 'found 5, expected what defineConfig() returns'],
    ['null', 'found no default export, expected `export default defineConfig({ … })`'],
  ])('that exports %s as a CommonJS module is refused', async (value, message) => {
    expect(await refusal({ 'own.cjs': `module.exports = ${value};` }, 'own.cjs')).toBe(
      `own.cjs: (file): ${message}`,
    );
  });

  it('that imports a file of another folder that throws is refused without a line', async () => {
    const files = { 'edge/own.config.ts': "import '../own.js';", 'own.ts': "throw new Error('x');" };
    expect(await refusal(files, 'edge/own.config.ts')).toBe(
      'edge/own.config.ts: (file): cannot be loaded: x',
    );
  });

  it('is loaded without a trace on the disk', async () => {
    const folder = directory({ [CONFIG]: exported('{}'), 'node_modules/dep/package.json': '{}' });
    await loadProject(undefined, folder);
    expect(readdirSync(join(folder, 'node_modules'))).toEqual(['dep']);
  });

  it('is read again each time, because it may have changed', async () => {
    const folder = directory({ [CONFIG]: exported(inCode(20)) });
    const hours = async () => (await loadProject(undefined, folder)).config.thresholds.pendingWrites;
    expect(await hours()).toMatchObject({ criticalAfter: '20h' });
    writeFileSync(join(folder, CONFIG), exported(inCode(21)));
    expect(await hours()).toMatchObject({ criticalAfter: '21h' });
  });

  it('may lie beside a file of a name that is not read', async () => {
    const files = { [CONFIG]: exported('{}'), 'gateway-observability.config.json': '{}' };
    expect((await loadProject(undefined, directory(files))).files).toEqual([CONFIG]);
  });

  it('that --config names and that does not exist is refused', async () => {
    expect(await refusal({}, 'gone.config.ts')).toBe(
      'gone.config.ts: (file): cannot be read (ENOENT), expected a file with `export default defineConfig({ … })`',
    );
    expect(await refusal({ [`${CONFIG}/a`]: '' })).toContain(`${CONFIG}: (file): cannot be read (EISDIR)`);
  });

  it.each([
    ['gateway-observability.config.cjs', 'gateway-observability.config.ts, '],
    ['gateway-observability.config.cts', 'gateway-observability.config.ts, '],
    ['gateway-observability.config.json', 'gateway-observability.config.ts, '],
    ['gateway-observability.config.yaml', 'gateway-observability.config.ts, '],
    ['gateway-observability.config.yml', 'gateway-observability.config.ts, '],
    ['gateway-observability.config.tsx', 'gateway-observability.config.ts, '],
    [
      'gateway-observability.config.jsx',
      'gateway-observability.config.ts, gateway-observability.config.mts, gateway-observability.config.js, gateway-observability.config.mjs',
    ],
    ['site.yml', 'site.yaml'],
  ])('is not left unread in silence: %s', async (name, expected) => {
    const message = await refusal({ [name]: '{}' });
    expect(message).toContain(`${name}: (file): is not read under this name; expected ${expected}`);
  });

  it('may lie beside a site.yml of another tool, if --config or site.yaml gives the settings', async () => {
    const files = { 'site.yml': '- hosts: all', 'b.yaml': '{}', 'edge/site.yaml': '{}', 'edge/site.yml': '' };
    expect((await loadProject('b.yaml', directory(files))).files).toEqual(['b.yaml']);
    const [edge] = [directory(files)].map((folder) => join(folder, 'edge'));
    expect((await loadProject(undefined, edge)).files).toEqual(['site.yaml']);
  });

  it('has a signal that fits a matcher of Alertmanager', async () => {
    const text = exported('{ alerts: [defineAlert({ alert: "A", signal: "a|b" } as never)] }');
    expect(await refusal({ [CONFIG]: text })).toContain('alerts.0.signal: found "a|b", expected letters');
  });
});

describe('own definitions', () => {
  it('need not follow the house rules: those are warnings, and the rest are errors', async () => {
    const bundle = await projectBundle(undefined, directory({ [CONFIG]: OWN_CONFIG }));
    const found = checkBundle(bundle);
    expect(found.map(formatProblem)).toEqual([
      `${CONFIG}: GatewaySessionsMany: the summary is not one sentence of 12 to 160 characters: write one sentence that ends with a full stop (warning)`,
      `${CONFIG}: GatewaySessionsMany: the description is shorter than 40 characters: describe the impact, since when, and the first thing to do (warning)`,
      `${CONFIG}: GatewaySessionsMany: has no runbook page: write one in \`pages\`, or set the annotation runbook_url (warning)`,
      `${CONFIG}: panel 1 "Sessions": has a description of under 30 characters: describe the normal state and where the number comes from (warning)`,
      `${CONFIG}: panel 1 "Sessions": has a description that does not start with the normal state: start the description with "Good: ..." (warning)`,
    ]);
    const broken = OWN_CONFIG.replaceAll('${sessions} > 10000', 'gateway_sesions > 10000');
    const problems = checkBundle(await projectBundle(undefined, directory({ [CONFIG]: broken })));
    expect(problems.filter(({ level }) => level === undefined).map(formatProblem)).toEqual([
      `${CONFIG}: GatewaySessionsMany: reads gateway_sesions, which is neither defined in metrics/ nor recorded: use a definition of \`metrics\`, or declare the metric with defineMetric`,
    ]);
  });

  it('carry their own labels and annotations, which the site may add to', async () => {
    const bundle = await projectBundle(
      undefined,
      directory({
        [CONFIG]: OWN_CONFIG,
        'site.yaml':
          'alerts: { GatewaySessionsMany: { labels: { tier: a }, annotations: { runbook_url: "https://w/x" } } }',
      }),
    );
    const rule = bundle.alertGroups
      .flatMap(({ rules }) => rules)
      .find(({ alert }) => alert === 'GatewaySessionsMany');
    expect(rule?.labels).toEqual({ team: 'edge', tier: 'a', severity: 'info', signal: 'capacity' });
    expect(rule?.annotations).toMatchObject({ ticket_queue: 'EDGE', runbook_url: 'https://w/x' });
  });
});

describe('configuration of another revision', () => {
  it('is never run: diff reads the generated files of a revision', async () => {
    const marker = join(tmpdir(), `gateway-marker-${process.pid}`);
    const rules = (threshold: number) =>
      `groups: [{ name: own, rules: [{ alert: Many, expr: "sessions > ${threshold}" }] }]\n`;
    const folder = directory({
      [CONFIG]: `import { writeFileSync } from 'node:fs';\nwriteFileSync(${JSON.stringify(marker)}, '');\nexport default {};\n`,
      'generated/own.yaml': rules(1),
    });
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], {
        cwd: folder,
        stdio: 'ignore',
      });
    try {
      // The proof that this file would leave its mark.
      await loadProject(undefined, folder);
      expect(existsSync(marker)).toBe(true);
      rmSync(marker);
      git('init', '-q');
      git('add', '-A');
      git('commit', '-q', '-m', 'one');
      writeFileSync(join(folder, 'generated/own.yaml'), rules(2));
      git('commit', '-q', '-a', '-m', 'two');
      const { code, stdout } = await gatewayObservability(['diff', 'HEAD~1...HEAD'], folder);
      expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining('1 → 2') });
      expect(existsSync(marker)).toBe(false);
    } finally {
      rmSync(marker, { force: true });
    }
  });
});
