import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { ConfigError } from './error.js';
import { parseConfig } from './load.js';
import type { Config } from './schema.js';

/**
 * Reads a YAML configuration file. Throws {@link ConfigError}, also for a file that cannot be read.
 *
 * @param place where the file is
 * @param file its name in error messages
 */
export const loadConfig = (place: string, file = place): Config =>
  parseConfig(readSettings(place, file), file);

/** The content of a YAML configuration file, unchecked; as {@link loadConfig} otherwise. */
export function readSettings(place: string, file: string): unknown {
  let source: string;
  try {
    source = readFileSync(place, 'utf8');
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new ConfigError(file, [{ field: '', message: `cannot be read (${reason}), expected a YAML file` }]);
  }
  const lineCounter = new LineCounter();
  const document = parseDocument(source, { lineCounter, merge: true });
  // A tag that the schema does not know (`!secret`) is a warning, and its value would be taken as it stands.
  const broken = document.errors[0] ?? document.warnings[0];
  if (broken !== undefined) {
    const { line, col } = lineCounter.linePos(broken.pos[0]);
    const what =
      broken.code === 'MULTIPLE_DOCS'
        ? 'a second document'
        : (broken.message.split('\n')[0] as string).replace(/ at line \d+, column \d+:?$/, '');
    const message = `line ${line}, column ${col}: found ${what}, expected valid YAML of one document`;
    throw new ConfigError(file, [{ field: '', message }]);
  }
  try {
    return document.toJS();
  } catch (error) {
    // An alias without its anchor, or aliases that multiply without end.
    const message = `found ${(error as Error).message}, expected valid YAML`;
    throw new ConfigError(file, [{ field: '', message }]);
  }
}
