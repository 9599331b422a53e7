import type { Bundle } from '../bundle/bundle.js';
import { formatProblem, type RatedProblem } from '../checks/check.js';
import { checkBundle } from '../checks/index.js';
import { printError, printJson } from './output.js';

/** What the checks found in a bundle. */
export interface Checked {
  /** Nothing is wrong; there may be warnings. */
  readonly ok: boolean;
  readonly warnings: readonly RatedProblem[];
}

const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;

/** Prints the problems of the definitions, and says whether the command can go on. */
export function reportProblems(bundle: Bundle, json = false): Checked {
  const found = checkBundle(bundle);
  const warnings = found.filter(({ level }) => level === 'warning');
  const problems = found.filter(({ level }) => level !== 'warning');
  const ok = problems.length === 0;
  if (json) {
    if (!ok) printJson({ problems, warnings });
    return { ok, warnings };
  }
  for (const problem of found) printError(formatProblem(problem));
  if (!ok) printError(`${counted(problems.length, 'problem')} in the definitions`);
  return { ok, warnings };
}
