import { createJiti } from 'jiti';
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
  // By its address: this module is a part of what is loaded.
  const self = import.meta.url.endsWith('.ts') ? '../index.ts' : '../index.js';
  const thisPackage: unknown = await import(new URL(self, import.meta.url).href);
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
    throw new ConfigError(name, [{ field: '', message: `cannot be loaded: ${message}` }]);
  }
  if (typeof loaded !== 'object' || loaded === null || !('default' in loaded))
    throw new ConfigError(name, [
      { field: '', message: 'found no default export, expected `export default defineConfig({ … })`' },
    ]);
  return loaded.default;
}
