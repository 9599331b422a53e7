import { readFileSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { z } from 'zod';
import { ConfigError, type ConfigProblem } from './error.js';
import { withPresentNames } from './former-settings.js';
import { type Config, schema } from './schema.js';
import { suggestion } from './suggestion.js';

/**
 * Checks a configuration and fills in the defaults. Throws {@link ConfigError} that lists every problem. Whether the values go
 * together and fit the definitions, `buildBundle` checks.
 *
 * @param file name to use in error messages
 */
export function parseConfig(input: unknown, file = 'configuration'): Config {
  // On standard error, like every warning: the output of a command may be JSON.
  const warn = (message: string) => console.warn(`${file}: ${message}`);
  const result = schema.safeParse(withPresentNames(input ?? {}, warn));
  if (!result.success) throw new ConfigError(file, result.error.issues.flatMap(describeIssue));
  return result.data;
}

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

function describeIssue(issue: z.core.$ZodIssue): ConfigProblem[] {
  const field = issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(issue.path);
    return issue.keys.map((key) => ({
      field: [...issue.path, key].join('.'),
      message: `unknown key${suggestion(key, known)}; expected one of ${known.join(', ')}`,
    }));
  }
  if (issue.code === 'invalid_key') {
    return issue.issues.map((inner) => ({ field, message: inner.message }));
  }
  return [{ field, message: issue.message }];
}

/** The keys that the schema knows at a path. */
function keysAt(path: readonly PropertyKey[]): string[] {
  let node: z.ZodType = schema;
  for (const step of [...path, undefined]) {
    while (!(node instanceof z.ZodObject) && !(node instanceof z.ZodRecord)) {
      const inner: unknown = (node as { def?: { innerType?: unknown; in?: unknown } }).def?.innerType;
      if (!(inner instanceof z.ZodType)) return [];
      node = inner;
    }
    if (step === undefined) break;
    node = (node instanceof z.ZodObject ? node.shape[String(step)] : node.valueType) as z.ZodType;
    if (node === undefined) return [];
  }
  return node instanceof z.ZodObject ? Object.keys(node.shape) : [];
}
