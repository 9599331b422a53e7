import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package/root.js';
import { cycles, folderOf, importsIn, importsOf, PRODUCTION, productionFiles } from './imports.js';

/** From what imports nothing of ours to what imports the rest: a folder imports only from those before it. */
const ORDER = [
  'src/promql',
  'src/model',
  'metrics',
  'recording-rules',
  'alerts',
  'dashboards',
  'src/config',
  'src/package',
  'src/bundle',
  'src/checks',
  'src/prometheus',
  'src/processes',
  'src/renderers',
  'src/exporter',
  'src/simulator',
  'src/rule-files',
  'src/terminal',
  'src/verify',
  'src/backtest',
  'src/diff',
  'src/drill',
  'src/report',
  'src/demo',
  'src/cli',
  'src',
  'src/pulumi',
];

const COMPUTED_IMPORT = /\bimport\((?!\s*['"])|\btsImport\(/;

const imports = importsOf(packageRoot);

describe('the layout', () => {
  it('has no import cycle between files, type-only and dynamic imports included', () => {
    expect(cycles(imports)).toEqual([]);
  });

  it('has an order of folders in which each imports only from earlier ones', () => {
    const place = (file: string) => ORDER.indexOf(folderOf(file));
    const unknown = new Set(imports.flatMap(({ from, to }) => [from, to]).filter((file) => place(file) < 0));
    expect([...unknown]).toEqual([]);
    const backwards = imports.filter(({ from, to }) => place(from) < place(to));
    expect(backwards).toEqual([]);
  });

  it('lets alerts and dashboards know nothing of each other', () => {
    const linked = imports.filter(({ from, to }) =>
      ['alerts dashboards', 'dashboards alerts'].includes(`${folderOf(from)} ${folderOf(to)}`),
    );
    expect(linked).toEqual([]);
  });

  it('keeps test/, bench/ and preview/ out of production code', () => {
    expect(imports.filter(({ to }) => !PRODUCTION.includes(to.split('/')[0] ?? ''))).toEqual([]);
  });

  it('names every module that production code imports, so that these tests see it', () => {
    const computed = productionFiles(packageRoot).filter(({ text }) => COMPUTED_IMPORT.test(text));
    expect(computed.map(({ file }) => file)).toEqual([]);
    expect('await import(url)').toMatch(COMPUTED_IMPORT);
    expect("await import('./a.js')").not.toMatch(COMPUTED_IMPORT);
  });

  it('has no loose file in src/ but index.ts', () => {
    const loose = readdirSync(join(packageRoot, 'src'), { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);
    expect(loose).toEqual(['index.ts']);
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
});
