import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import ts from 'typescript';

/** What is compiled and published. */
export const PRODUCTION = ['metrics', 'recording-rules', 'alerts', 'dashboards', 'src'];

/** An import of one file by another: static, dynamic, type-only or re-exported. Paths are relative to the root. */
export interface Import {
  readonly from: string;
  readonly to: string;
}

/** The TypeScript files that are compiled and published. */
export function productionFiles(root: string): { readonly file: string; readonly text: string }[] {
  return PRODUCTION.flatMap((folder) =>
    (readdirSync(join(root, folder), { recursive: true }) as string[])
      .filter((name) => /\.tsx?$/.test(name))
      .sort()
      .map((name) => posix.join(folder, name))
      .map((file) => ({ file, text: readFileSync(join(root, file), 'utf8') })),
  );
}

/** Every relative import in production code. */
export function importsOf(root: string): Import[] {
  return productionFiles(root).flatMap(({ file, text }) => importsIn(file, text));
}

/** The relative imports in the text of one file. */
export function importsIn(file: string, text: string): Import[] {
  const { importedFiles } = ts.preProcessFile(text, true, true);
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith('.'))
    .map(({ fileName }) => ({
      from: file,
      to: posix.join(posix.dirname(file), fileName).replace(/\.js$/, '.ts'),
    }));
}

/** The folder that a file belongs to for the order of the layout: `src/config`, `metrics`; `src` for src/index.ts. */
export function folderOf(file: string): string {
  const [top = '', second = '', ...rest] = file.split('/');
  return top === 'src' && rest.length > 0 ? `src/${second}` : top;
}

/** Groups of nodes that reach each other. */
export function cycles(edges: readonly Import[]): string[][] {
  const targets = new Map<string, Set<string>>();
  for (const { from, to } of edges) {
    if (!targets.has(from)) targets.set(from, new Set());
    targets.get(from)?.add(to);
  }
  const reach = new Map<string, Set<string>>();
  for (const start of targets.keys()) {
    const seen = new Set<string>();
    const open = [...(targets.get(start) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      open.push(...(targets.get(next) ?? []));
    }
    reach.set(start, seen);
  }
  const inCycle = [...targets.keys()].filter((node) => reach.get(node)?.has(node));
  const groups = inCycle.map((node) =>
    inCycle.filter((other) => reach.get(node)?.has(other) && reach.get(other)?.has(node)).sort(),
  );
  return [...new Map(groups.map((group) => [group.join(' '), group])).values()];
}

/** The types, interfaces and classes that a file exports under a name of its own. */
export function exportedTypes(file: string, text: string): string[] {
  const { statements } = ts.createSourceFile(file, text, ts.ScriptTarget.Latest);
  return statements
    .filter(
      (node) =>
        ts.isInterfaceDeclaration(node) || ts.isTypeAliasDeclaration(node) || ts.isClassDeclaration(node),
    )
    .filter(({ modifiers = [] }) => [...modifiers].some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword))
    .flatMap(({ name }) => (name === undefined ? [] : [name.text]));
}
