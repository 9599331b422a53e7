import { createHash, randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const root = join(import.meta.dirname, '..');
/** What tsconfig.build.json compiles. */
const SOURCES = ['alerts', 'dashboards', 'metrics', 'recording-rules', 'src'];
const CACHE = join(root, '.cache', 'compiled');
const DAY_MS = 24 * 3_600_000;

let answer: Promise<string> | undefined;

/**
 * The compiled form of a source file, such as `src/cli/main.ts`: a process starts from it in a third of the time that it takes to compile everything
 * as it is loaded, and the tests start hundreds. It lies in a copy of the checkout whose other files and folders are links, named by
 * the content of the sources: it is never that of an older source, and made once for all processes and runs.
 */
export async function compiled(source: string): Promise<string> {
  answer ??= build();
  return join(await answer, 'dist', source.replace(/\.ts$/, '.js'));
}

async function build(): Promise<string> {
  const files = new Map<string, string>();
  for (const folder of SOURCES) {
    for (const name of await readdir(join(root, folder), { recursive: true })) {
      const path = join(folder, name);
      if (path.endsWith('.ts')) files.set(path, await readFile(join(root, path), 'utf8'));
    }
  }
  const entries = (await readdir(root)).filter((name) => name !== 'dist' && name !== '.git');
  const hash = createHash('sha256')
    .update(JSON.stringify([ts.version, entries.sort(), [...files].sort()]))
    .digest('hex')
    .slice(0, 16);
  const finished = join(CACHE, hash);
  if (existsSync(finished)) return finished;

  await mkdir(CACHE, { recursive: true });
  const own = join(CACHE, `unfinished-${randomUUID()}`);
  for (const [path, text] of files) {
    const target = join(own, 'dist', path.replace(/\.ts$/, '.js'));
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, javascript(text));
  }
  for (const name of entries) await symlink(join(root, name), join(own, name));
  // Another process may have been faster; its result is the same.
  await rename(own, finished).catch(() => rm(own, { recursive: true }));
  await removeOld();
  return finished;
}

const javascript = (text: string) =>
  ts.transpileModule(text, {
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      verbatimModuleSyntax: true,
    },
  }).outputText;

async function removeOld(): Promise<void> {
  for (const name of await readdir(CACHE)) {
    const folder = join(CACHE, name);
    const age = Date.now() - (await stat(folder)).mtimeMs;
    if (age > DAY_MS) await rm(folder, { recursive: true, force: true });
  }
}
