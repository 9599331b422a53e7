import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package/root.js';
import {
  cycles,
  exportedTypes,
  folderOf,
  type Import,
  importsIn,
  importsOf,
  PRODUCTION,
  productionFiles,
} from './imports.js';

/** From what imports nothing of ours to what imports the rest: a folder imports only from those before it. */
const ORDER = [
  'src/promql',
  'src/html',
  'src/model',
  'metrics',
  'recording-rules',
  'alerts',
  'dashboards',
  'src/config',
  'src/package',
  'src/bundle',
  'src/project',
  'src/checks',
  'src/prometheus',
  'src/processes',
  'src/terminal',
  'src/view',
  'src/renderers',
  'src/rule-cases',
  'src/exporter',
  'src/simulator',
  'src/rule-files',
  'src/alertmanager',
  'src/verify',
  'src/backtest',
  'src/diff',
  'src/drill',
  'src/report',
  'src/preview',
  'src/demo',
  'src/cli',
  'src',
  'src/pulumi',
];

/** Longer files do more than one thing. */
const MOST_LINES = 400;

/** Loads a team's configuration file, and this package as that file imports it: neither has a name beforehand. */
const CONFIGURATION_LOADER = 'src/project/module.ts';

const COMPUTED_IMPORT = /\bimport\((?!\s*['"])|\btsImport\(/;

const imports = importsOf(packageRoot);
const place = (file: string) => ORDER.indexOf(folderOf(file));

/** Files in folders that the order does not name. */
const unplaced = (edges: readonly Import[]) =>
  edges.flatMap(({ from, to }) => [from, to]).filter((file) => place(file) < 0);
/** Imports from a folder that comes later in the order. */
const backwards = (edges: readonly Import[]) => edges.filter(({ from, to }) => place(from) < place(to));
/** Imports between alerts and dashboards, in either direction. */
const linked = (edges: readonly Import[]) =>
  edges.filter(({ from, to }) =>
    ['alerts dashboards', 'dashboards alerts'].includes(`${folderOf(from)} ${folderOf(to)}`),
  );
/** Imports of what is not published. */
const unpublished = (edges: readonly Import[]) =>
  edges.filter(({ to }) => !PRODUCTION.includes(to.split('/')[0] ?? ''));
/** Whether a text imports a module that it does not name. */
const importsComputed = (text: string) => COMPUTED_IMPORT.test(text);
/** The files of `src/` itself that belong into a folder. */
const loose = (names: readonly string[]) => names.filter((name) => name !== 'index.ts');
/** Files of src/ that are too long. */
const tooLong = (files: readonly { readonly file: string; readonly text: string }[]) =>
  files
    .filter(({ file, text }) => file.startsWith('src/') && text.trimEnd().split('\n').length > MOST_LINES)
    .map(({ file }) => file);

/** Names of exported types that stand for two things, with the files. */
function ambiguous(files: readonly { readonly file: string; readonly text: string }[]): string[] {
  const places = new Map<string, string[]>();
  for (const { file, text } of files.filter((one) => one.file.startsWith('src/'))) {
    for (const name of exportedTypes(file, text)) places.set(name, [...(places.get(name) ?? []), file]);
  }
  return [...places]
    .filter(([, found]) => found.length > 1)
    .map(([name, found]) => `${name}: ${found.join(', ')}`);
}

describe('the layout', () => {
  it('has no import cycle between files, type-only and dynamic imports included', () => {
    expect(cycles(imports)).toEqual([]);
  });

  it('has an order of folders in which each imports only from earlier ones', () => {
    expect(unplaced(imports)).toEqual([]);
    expect(backwards(imports)).toEqual([]);
  });

  it('lets alerts and dashboards know nothing of each other', () => {
    expect(linked(imports)).toEqual([]);
  });

  it('keeps test/, bench/ and preview/ out of production code', () => {
    expect(unpublished(imports)).toEqual([]);
  });

  it('names every module that production code imports, so that these tests see it, but for configuration files', () => {
    const computed = productionFiles(packageRoot).filter(({ text }) => importsComputed(text));
    expect(computed.map(({ file }) => file)).toEqual([CONFIGURATION_LOADER]);
  });

  it('has no loose file in src/ but index.ts', () => {
    const files = readdirSync(join(packageRoot, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);
    expect(files).toContain('index.ts');
    expect(loose(files)).toEqual([]);
  });
});

describe('the files', () => {
  it('of src/ are no longer than 400 lines', () => {
    expect(tooLong(productionFiles(packageRoot))).toEqual([]);
  });
});

describe('the names', () => {
  // There are no exceptions: name the rarer of two things more precisely.
  it('of exported types in src/ mean one thing each', () => {
    expect(ambiguous(productionFiles(packageRoot))).toEqual([]);
  });
});

describe('the gate', () => {
  it('sees static, type-only, dynamic and re-exporting imports', () => {
    const text = `
      import { a } from './a.js';
      import type { B } from './b.js';
      export * from '../c/c.js';
      type D = import('./d.js').D;
      const e = await import('../../test/e.js');
    `;
    expect(importsIn('src/x/y.ts', text).map(({ to }) => to)).toEqual([
      'src/x/a.ts',
      'src/x/b.ts',
      'src/c/c.ts',
      'src/x/d.ts',
      'test/e.ts',
    ]);
  });

  it('finds a cycle through several files, and one of a file with itself', () => {
    const edge = (from: string, to: string) => ({ from, to });
    const edges = [edge('a', 'b'), edge('b', 'c'), edge('c', 'a'), edge('c', 'd'), edge('e', 'e')];
    expect(cycles(edges)).toEqual([['a', 'b', 'c'], ['e']]);
  });

  it('finds a folder that is imported by an earlier one, and one without a place', () => {
    const wrong = importsIn('src/config/load.ts', "import { x } from '../cli/output.js';");
    const right = importsIn('src/cli/output.ts', "import { x } from '../config/load.js';");
    expect(backwards([...wrong, ...right])).toEqual(wrong);
    expect(unplaced(importsIn('src/helpers/a.ts', "import { x } from '../config/load.js';"))).toEqual([
      'src/helpers/a.ts',
    ]);
  });

  it('finds an alert that imports a dashboard, and the other way round', () => {
    const wrong = [
      ...importsIn('alerts/gateway.ts', "import type { x } from '../dashboards/gateway-relay.js';"),
      ...importsIn('dashboards/shared/panels.ts', "const x = await import('../../alerts/gateway.js');"),
    ];
    const right = importsIn('alerts/gateway.ts', "import { x } from '../recording-rules/gateway.js';");
    expect(linked([...wrong, ...right])).toEqual(wrong);
    expect(wrong).toHaveLength(2);
  });

  it.each(['test', 'bench', 'preview'])('finds production code that imports %s/', (folder) => {
    const wrong = importsIn('src/report/evidence.ts', `const x = await import('../../${folder}/x.js');`);
    expect(unpublished([...wrong, ...importsIn('src/a/b.ts', "import '../../metrics/x.js';")])).toEqual(
      wrong,
    );
    expect(wrong).toHaveLength(1);
  });

  it('finds an import whose module is not named', () => {
    expect(importsComputed('await import(url)')).toBe(true);
    expect(importsComputed("await tsImport('./a.ts', url)")).toBe(true);
    expect(importsComputed("await import('./a.js')")).toBe(false);
  });

  it('finds a loose file in src/', () => {
    expect(loose(['index.ts', 'helpers.ts'])).toEqual(['helpers.ts']);
  });

  it('finds a file that is too long', () => {
    const file = (name: string, lines: number) => ({ file: name, text: 'x\n'.repeat(lines) });
    const files = [file('src/a.ts', 401), file('src/b.ts', 400), file('metrics/c.ts', 401)];
    expect(tooLong(files)).toEqual(['src/a.ts']);
  });

  it('finds a name that two files export for a type, but no local, imported or re-exported one', () => {
    const files = [
      { file: 'src/a.ts', text: 'export interface Episode {}\nexport type Plan = 1;\n' },
      { file: 'src/b.ts', text: 'export class Episode {}\ninterface Plan {}\n' },
      {
        file: 'src/c.ts',
        text: "export type { Plan } from './a.js';\nimport type { Episode } from './a.js';\n",
      },
      { file: 'metrics/d.ts', text: 'export type Plan = 2;\n' },
    ];
    expect(ambiguous(files)).toEqual(['Episode: src/a.ts, src/b.ts']);
  });
});
