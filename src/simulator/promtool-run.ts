import { execFile } from 'node:child_process';
import { findTool } from '../processes/find.js';
import { unquote } from '../promql/literals.js';

/** A sample that a query of a promtool test returned. */
export interface GotSample {
  /** When the query was evaluated, in seconds since the start of the test. */
  readonly at: number;
  /** With `__name__`, if the result has a name. */
  readonly labels: Readonly<Record<string, string>>;
  /** The value as promtool prints it. */
  readonly value: string;
}

/**
 * Runs `promtool test rules` on a file and returns everything that it prints. That a test fails is no error: promtool prints what a
 * query returned only where something else was expected. Rejects if promtool could not be run.
 *
 * @param env variables of the process, beside those of this one
 */
export async function promtoolTest(
  file: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const promtool = await findTool('promtool');
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: 1 << 30, env: { ...process.env, ...env } };
    execFile(promtool, ['test', 'rules', file], options, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== 'number') reject(error);
      else resolve(`${stdout}${stderr}`);
    });
  });
}

/** The first error of a rule or a query in promtool's output. */
export function promtoolError(output: string): string | undefined {
  return /^\s+(?:rule|expr|group)?.*err: .*$/m.exec(output)?.[0].trim();
}

const LABEL = /([a-zA-Z_]\w*)=("(?:[^"\\]|\\.)*")/g;
const SAMPLE = /\{((?:[^"}]|"(?:[^"\\]|\\.)*")*)\} ([^\s,]+)/g;

/** The labels or annotations of a set as promtool prints it. */
export const labelsOf = (text: string): Record<string, string> =>
  Object.fromEntries([...text.matchAll(LABEL)].map(([, name, quoted]) => [name, unquote(quoted as string)]));

/** What the queries returned where it was not what the test expected, in the order of the output. */
export function* gotSamples(output: string): Generator<GotSample> {
  for (const [, time, got] of output.matchAll(/, time: ([\dwdhms.]+),\n\s+exp:[^\n]*\n\s+got:([^\n]*)/g)) {
    const at = goSeconds(time as string);
    for (const [, text, value] of (got as string).matchAll(SAMPLE)) {
      yield { at, labels: labelsOf(text as string), value: value as string };
    }
  }
}

/** Seconds of a duration as Go prints it: `1h2m30s`, `45s`. */
export function goSeconds(text: string): number {
  const units: Record<string, number> = { w: 604_800, d: 86_400, h: 3600, m: 60, s: 1 };
  return [...text.matchAll(/([\d.]+)(w|d|h|m|s)/g)].reduce(
    (sum, [, n, unit]) => sum + Number(n) * (units[unit as string] as number),
    0,
  );
}
