import { readFileSync } from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../config/error.js';

/**
 * Runs a file in TypeScript or JavaScript and returns its default export. `gateway-observability` is this very program there,
 * whatever is installed beside the file: the definitions of both fit together. Nothing is written to disk.
 *
 * @param place absolute path of the file
 * @param name the file's name in messages
 * @throws {ConfigError} for a file that cannot be loaded or has no default export
 */
export async function defaultExportOf(place: string, name: string): Promise<unknown> {
  const expected = 'expected a file with `export default defineConfig({ … })`';
  try {
    // The loader would look for files of similar names.
    readFileSync(place);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new ConfigError(name, [{ field: '', message: `cannot be read (${code}), ${expected}` }]);
  }
  // By its address: this module is a part of what is loaded.
  const self = import.meta.url.endsWith('.ts') ? '../index.ts' : '../index.js';
  const thisPackage: unknown = await import(new URL(self, import.meta.url).href);
  // Loaded where it is needed: most sites have none of these files.
  const { createJiti } = await import('jiti');
  const jiti = createJiti(place, {
    fsCache: false,
    moduleCache: false,
    virtualModules: { 'gateway-observability': thisPackage },
  });
  let loaded: unknown;
  try {
    loaded = await jiti.import(place);
  } catch (error) {
    const message = (error instanceof Error ? error.message : String(error)).replace(/\s*\n\s*/g, ' ');
    throw new ConfigError(name, [
      { field: '', message: `cannot be loaded: ${message}${lineOf(error, place)}` },
    ]);
  }
  if (typeof loaded !== 'object' || loaded === null || !('default' in loaded))
    throw new ConfigError(name, [
      { field: '', message: 'found no default export, expected `export default defineConfig({ … })`' },
    ]);
  return loaded.default;
}

/** Where an error was thrown, in the file or in one that it imports; empty where the error does not show it. */
function lineOf(error: unknown, place: string): string {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const [, file = '', line] of stack.matchAll(/^ +at (?:.*\()?(?:file:\/\/)?(\/.*):(\d+):\d+\)?$/gm)) {
    if (file.includes('/node_modules/')) continue;
    // The rest is this program, where the user need not look.
    if (file === fileURLToPath(import.meta.url)) return '';
    const inFolder = relative(dirname(place), file);
    if (file === place) return ` (line ${line})`;
    return inFolder.startsWith('..') ? '' : ` (${inFolder}, line ${line})`;
  }
  return '';
}
