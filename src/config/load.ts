import * as z from 'zod';
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
