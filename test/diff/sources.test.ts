import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CompareOptions, compareSources } from '../../src/diff/compare-sources.js';
import { judgeFor } from '../../src/diff/judge.js';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import { FileSetError } from '../../src/rule-files/file-set.js';
import { readSide } from '../../src/rule-files/parse.js';
import { SideError } from '../../src/rule-files/side.js';

let folder: TemporaryFolder;
beforeAll(() => {
  folder = temporaryFolder('sources');
});
afterAll(() => folder.remove());
let written = 0;
/** A folder with files. */
function folderWith(files: Readonly<Record<string, string>>): string {
  written += 1;
  const path = join(folder.path, String(written));
  mkdirSync(path);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text);
  return path;
}
const rules = (n: number, more = '') => `groups: [{name: g, rules: [{alert: A, expr: x > ${n}${more}}]}]`;
// No promtool is of this version, so that the checks of this program are asked.
const VERSION = { major: 99, minor: 0 };
const JUDGE = 'the checks of gateway-observability for Prometheus 99.0';
const compared = (base: string, head: string | undefined, options: Partial<CompareOptions> = {}) =>
  compareSources(base, head, {
    ...{ path: [], also: [], prometheusVersion: VERSION, simulate: false, externalLabels: [], ...options },
  });
const short = async (...args: Parameters<typeof compared>) =>
  (await compared(...args)).findings.map(({ kind, subject }) => `${kind} ${subject}`);
const failure = (...args: Parameters<typeof compared>) =>
  compared(...args).then(
    () => undefined,
    (error: unknown) => error,
  );

describe('two folders', () => {
  it('are compared under their names', async () => {
    const [base, head] = [folderWith({ 'r.yaml': rules(1) }), folderWith({ 'r.yaml': rules(2) })];
    expect(await compared(base, head)).toEqual({
      ...{ base, head, notes: [], unread: [] },
      findings: [expect.objectContaining({ kind: 'threshold-changed', file: 'r.yaml', line: 1 })],
    });
    expect((await compared(base, base)).findings).toEqual([]);
  });

  it('are read with the files of others', async () => {
    const base = folderWith({ 'r.yaml': 'groups: [{name: g, rules: [{record: r, expr: up}]}]' });
    const head = folderWith({ 'r.yaml': rules(1) });
    const other = 'groups: [{name: o, rules: [{alert: O, expr: r}]}]';
    const also = folderWith({ 'o.yaml': other, 'broken.yaml': 'groups: "' });
    const reader = async (path: string) =>
      (await compared(base, head, { also: [path] })).findings.find(({ kind }) => kind === 'record-removed')
        ?.consequence;
    expect(await reader(also)).toBe(`${also}/o.yaml (alert O) still reads this series and will get no data.`);
    expect(await reader(`${also}//`)).toBe(
      `${also}/o.yaml (alert O) still reads this series and will get no data.`,
    );
    expect(await reader(`${also}/o.yaml`)).toBe(
      `${also}/o.yaml (alert O) still reads this series and will get no data.`,
    );
    const lone = folderWith({ 'o.yaml': other });
    expect(await reader(lone)).toBe(`${lone}/o.yaml (alert O) still reads this series and will get no data.`);
    expect(await reader(base)).toContain('Nothing here reads');
    expect((await compared(base, head, { also: [also, also] })).unread).toEqual([
      { file: `${also}/broken.yaml`, reason: expect.stringContaining('found broken YAML') },
    ]);
  });

  it('may be of no rules, on one side', async () => {
    const [some, none] = [folderWith({ 'r.yaml': rules(1) }), folderWith({ 'x.yaml': 'kind: x' })];
    expect((await compared(some, none)).notes).toEqual([`${none} contains no rules or dashboards.`]);
    expect((await compared(none, some)).notes).toEqual([`${none} contains no rules or dashboards.`]);
    const both = await failure(none, none, { path: ['a', 'b'] });
    expect(both).toBeInstanceOf(FileSetError);
    expect((both as Error).message).toBe(
      `${none} contains no rules or dashboards below a, b. ${none} contains no rules or dashboards below a, b. Expected rule files or dashboards.`,
    );
    const grafana = folderWith({ 'g.yaml': 'groups: [{name: g, rules: [{uid: a, condition: C}]}]' });
    expect((await compared(grafana, grafana)).notes).toEqual([]);
    const dashboard = folderWith({ 'd.json': '{"panels": []}' });
    expect((await compared(dashboard, dashboard)).notes).toEqual([]);
    const each = folderWith({ 'd.json': '{"panels": []}', 'r.yaml': rules(1) });
    expect((await compared(each, each)).notes).toEqual([]);
    const others = folderWith({ 'p.yaml': 'apiVersion: 1\npolicies: []' });
    expect((await compared(others, some)).notes).toEqual([`${others} contains no rules or dashboards.`]);
  });

  it('may have what Prometheus refuses, on both sides', async () => {
    const side = (n: number) =>
      folderWith({ 'r.yaml': rules(n, ', for: 5'), 's.yaml': rules(1, ', owner: me') });
    expect((await compared(side(1), side(2))).notes).toEqual([
      `Prometheus rejects r.yaml and s.yaml on both sides, according to ${JUDGE}: alert A: for: found "5", expected a duration such as 30s, 5m or 1h30m.`,
    ]);
    const [finding] = (
      await compared(folderWith({ 'r.yaml': rules(1) }), folderWith({ 'r.yaml': rules(1, ', owner: me') }))
    ).findings;
    expect(finding).toMatchObject({
      ...{ kind: 'file-refused', after: 'there is no field owner' },
      consequence: `Prometheus rejects this file and every rule in it, according to ${JUDGE}.`,
    });
  });

  it('stop the comparison where a file cannot be read that is read on the other side', async () => {
    const good = folderWith({ 'r.yaml': rules(1), 's.yaml': rules(1) });
    const broken = folderWith({ 'r.yaml': rules(1), 's.yaml': 'groups: "' });
    for (const [base, head] of [
      [good, broken],
      [broken, good],
    ] as const) {
      const error = await failure(base, head);
      expect(error).toBeInstanceOf(SideError);
      expect((error as Error).message).toMatch(new RegExp(`^s\\.yaml \\(in ${broken}\\): found broken YAML`));
    }
    const lone = folderWith({ 'r.yaml': rules(1), 't.yaml': 'groups: "' });
    expect(await short(good, lone)).toContain('not-read file t.yaml');
    expect(
      await short(
        good,
        folderWith({
          'r.yaml': rules(1),
          's.yaml': 'kind: AlertingRule\nspec: {groups: [{rules: [{alert: A, expr: x}]}]}',
        }),
      ),
    ).toContain('not-read file s.yaml');
    // One that was asked for by its name stops it anyway.
    const named = await failure(join(good, 'r.yaml'), join(lone, 't.yaml'));
    expect((named as Error).message).toMatch(new RegExp(`^${join(lone, 't.yaml')}: found broken YAML`));
    const board = folderWith({ 'd.json': '{"panels": []}', 'r.yaml': rules(1) });
    expect(await failure(board, folderWith({ 'd.json': '{"panels":[', 'r.yaml': rules(1) }))).toBeInstanceOf(
      SideError,
    );
    const library = '{"uid": "u", "model": {"panels": 1}}';
    expect(
      await failure(
        folderWith({ 'd.json': library, 'r.yaml': rules(1) }),
        folderWith({ 'd.json': '{"panels":[', 'r.yaml': rules(1) }),
      ),
    ).toBeInstanceOf(SideError);
  });

  it('may be two files, whatever their extensions', async () => {
    const path = folderWith({ 'a.txt': rules(1), 'b.txt': rules(2), 'a.yaml': rules(1) });
    expect(await short(join(path, 'a.txt'), join(path, 'b.txt'))).toEqual(['threshold-changed alert A']);
    expect(await short(path, join(path, 'b.txt'))).toEqual(['threshold-changed alert A']);
  });
});

describe('a configuration of Alertmanager', () => {
  const config = (receiver: string) => `route: {receiver: ${receiver}}\nreceivers: [{name: a}, {name: b}]\n`;
  const alerts = () => folderWith({ 'r.yaml': rules(1) });

  it('may be given for both sides, or for each of them', async () => {
    const side = alerts();
    const files = folderWith({
      'a.yaml': config('a'),
      'b.yaml': config('b'),
      'bad.yaml': 'route: x',
      'nul.yaml': 'a\0',
    });
    const [a, b] = [join(files, 'a.yaml'), join(files, 'b.yaml')];
    expect(await short(side, side, { alertmanager: a })).toEqual([]);
    const { findings } = await compared(side, side, { alertmanager: b, alertmanagerBase: a });
    expect(findings).toEqual([
      expect.objectContaining({ kind: 'receiver-changed', subject: 'alert A', before: 'a', after: 'b' }),
    ]);
    expect(await short(side, side, { alertmanagerBase: a })).toEqual([]);
    const refused = async (alertmanager: string) => (await failure(side, side, { alertmanager })) as Error;
    expect(await refused(join(files, 'bad.yaml'))).toBeInstanceOf(SideError);
    expect((await refused(join(files, 'bad.yaml'))).message).toContain(join(files, 'bad.yaml'));
    expect((await refused(join(files, 'nul.yaml'))).message).toBe(
      `${join(files, 'nul.yaml')}: a binary file`,
    );
    expect(await refused(files)).toEqual(
      new FileSetError(`--alertmanager: found ${files}, expected a file or <revision>:<file>`),
    );
  });

  it('of the sides is compared, with labels that Prometheus adds', async () => {
    const routes = (receiver: string) =>
      `route: {receiver: a, routes: [{matchers: [site=north], receiver: ${receiver}}]}\nreceivers: [{name: a}, {name: b}, {name: c}]\n`;
    const side = (receiver: string) =>
      folderWith({
        'r.yaml': 'groups: [{name: g, rules: [{alert: A, expr: sum(x)}]}]',
        'a.yaml': routes(receiver),
      });
    const [base, head] = [side('b'), side('c')];
    expect(await short(base, head, { externalLabels: [['site', 'north']] })).toContain(
      'receiver-changed alert A',
    );
    expect(await short(base, head, { externalLabels: [['site', 'south']] })).not.toContain(
      'receiver-changed alert A',
    );
  });

  it('names alerts that are gone', async () => {
    const files = folderWith({ 'a.yaml': `# about A\n${config('a')}` });
    const { findings } = await compared(
      alerts(),
      folderWith({ 'r.yaml': 'groups: [{name: g, rules: [{alert: B, expr: y}]}]' }),
      {
        alertmanager: join(files, 'a.yaml'),
      },
    );
    expect(findings.find(({ kind }) => kind === 'alert-removed')?.consequence).toBe(
      `This condition no longer triggers an alert. ${join(files, 'a.yaml')} still names it.`,
    );
  });
});

describe('promtool', () => {
  const group = (name: string, expr: string) =>
    `groups: [{name: g, rules: [{alert: ${name}, expr: '${expr}', for: 5}]}]`;
  const files = [
    { path: 'a.yaml', text: group('A', 'up') },
    { path: 'logs.yaml', text: group('L', '{a="b"} |= "c"') },
    {
      path: 'both.yaml',
      text: `groups: [{name: g, rules: [{alert: L, expr: '{a="b"} |= "c"'}, {alert: U, expr: up}]}]`,
    },
    { path: 'mimir.yaml', text: `namespace: n\n${group('M', 'up')}` },
    { path: 'manifest.yaml', text: `kind: PrometheusRule\nspec: {${group('K', 'up')}}` },
    { path: 'map.yaml', text: `kind: ConfigMap\ndata: {r.yaml: "${group('C', 'up').replaceAll('"', "'")}"}` },
    { path: 'other.txt', text: 'x' },
    { path: 'b.yaml', text: group('B', 'up') },
  ];
  const asked: (readonly string[])[] = [];
  const promtool = async (output: string) =>
    judgeFor(VERSION, async (version) => ({
      text: `${version.major}.x`,
      check: async (texts) => {
        asked.push(texts);
        return { output, paths: texts.map((_, i) => `/t/${i}.yaml`) };
      },
    }));

  it('is asked about the rule files that it reads; the others are checked by this program', async () => {
    const judge = await promtool('SUCCESS: 1 rules found\n');
    expect(judge.name).toBe('promtool 99.x');
    const refusals = await judge.refusals(readSide(files), files);
    expect(asked).toEqual([[group('A', 'up'), group('B', 'up')]]);
    expect(refusals.map(({ file, subject }) => `${file} ${subject}`)).toEqual([
      ...['mimir.yaml alert M', 'manifest.yaml alert K', 'map.yaml alert C'],
    ]);
  });

  it('is not asked about nothing', async () => {
    asked.length = 0;
    const judge = await promtool('');
    const [, , , manifest] = files;
    const refusals = await judge.refusals(readSide([manifest as (typeof files)[0]]), [
      manifest as (typeof files)[0],
    ]);
    expect([refusals.length, asked]).toEqual([1, []]);
  });

  it('is read line by line', async () => {
    const judge = await promtool(`Checking /t/0.yaml
  FAILED:
/t/0.yaml: 5:11: group "g", rule 1, "A": could not parse expression: 1:2: x: y
  /t/1.yaml: 12:3: something else
  /t/1.yaml: 12:3: something else
/t/1.yaml: group "h i", rule 12, "B C": it is odd
/t/1.yaml: a: 1:2: group "h", rule 1, "D": not at the start
/t/2.yaml: not ours
`);
    const plain = files.filter(({ path }) => /^[ab]\./.test(path));
    expect(await judge.refusals(readSide(plain), plain)).toEqual([
      { file: 'a.yaml', line: 5, subject: 'rule A', reason: 'could not parse expression: 1:2: x: y' },
      { file: 'b.yaml', line: 12, subject: 'file b.yaml', reason: 'something else' },
      { file: 'b.yaml', subject: 'rule B C', reason: 'it is odd' },
      { file: 'b.yaml', subject: 'file b.yaml', reason: 'a: 1:2: group "h", rule 1, "D": not at the start' },
    ]);
  });

  it('may not be there', async () => {
    const judge = await judgeFor(VERSION, async () => undefined);
    expect(judge.name).toBe(JUDGE);
    expect(await judge.refusals(readSide(files.slice(0, 1)), files.slice(0, 1))).toHaveLength(1);
  });
});

describe('revisions', () => {
  const asked: unknown[] = [];
  const sets = {
    read: async (text: string, only: readonly string[] = []) => {
      asked.push(['read', text, ...only]);
      return { label: text, isFile: false, files: [{ path: 'r.yaml', text: rules(text.length) }] };
    },
    readWorkingTree: async (only: readonly string[] = []) => {
      asked.push(['working tree', ...only]);
      return { label: 'working tree', isFile: false, files: [{ path: 'r.yaml', text: rules(50) }] };
    },
    mergeBase: async (one: string, other: string) => {
      asked.push(['merge base', one, other]);
      return 'common';
    },
  };
  const between = async (base: string, head?: string) => {
    asked.length = 0;
    const options = {
      path: ['p'],
      also: [],
      prometheusVersion: VERSION,
      simulate: false,
      externalLabels: [],
    };
    const { base: from, head: to } = await compareSources(base, head, options, sets);
    return [from, to, ...asked];
  };

  it('are compared with the working tree, with each other, or from the commit that they have in common', async () => {
    expect(await between('main')).toEqual([
      'main',
      'working tree',
      ['read', 'main', 'p'],
      ['working tree', 'p'],
    ]);
    expect(await between('main', 'work')).toEqual([
      'main',
      'work',
      ['read', 'main', 'p'],
      ['read', 'work', 'p'],
    ]);
    const common = (one: string, to: string) => [
      one,
      to,
      ['merge base', one, to],
      ['read', 'common', 'p'],
      ['read', to, 'p'],
    ];
    expect(await between('main...work')).toEqual(common('main', 'work'));
    expect(await between('main...')).toEqual(common('main', 'HEAD'));
    expect(await between('...work')).toEqual([
      '...work',
      'working tree',
      ['read', '...work', 'p'],
      ['working tree', 'p'],
    ]);
    expect(await between('main...work', 'x')).toEqual([
      'main...work',
      'x',
      ['read', 'main...work', 'p'],
      ['read', 'x', 'p'],
    ]);
  });
});

it('the scenarios are played where that is wanted', async () => {
  const [base, head] = [
    folderWith({ 'r.yaml': rules(1) }),
    folderWith({ 'r.yaml': rules(1, ', annotations: {a: b}') }),
  ];
  const { notes, findings } = await compared(base, head, { simulate: true });
  expect(notes).toEqual(['No alert is affected, so no scenario was simulated.']);
  expect(findings.map(({ kind }) => kind)).toEqual(['text-changed']);
});
