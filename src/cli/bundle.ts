import { buildBundle } from '../bundle/build.js';
import type { Bundle } from '../bundle/bundle.js';
import { definitions } from '../bundle/definitions.js';
import { formatProblem } from '../checks/check.js';
import { checkBundle } from '../checks/index.js';
import { loadConfig, parseConfig } from '../config/load.js';
import { printError, printJson } from './output.js';

/**
 * The bundle for a site's configuration; with defaults where there is no file.
 *
 * @throws {ConfigError}
 */
export function bundleOf(file: string | undefined): Bundle {
  const config = file === undefined ? parseConfig({}) : loadConfig(file);
  return buildBundle(config, definitions(), file ?? 'configuration');
}

/** Prints the problems of the definitions; true when there are none. */
export function reportProblems(bundle: Bundle, json = false): boolean {
  const problems = checkBundle(bundle);
  if (problems.length === 0) return true;
  if (json) printJson({ problems });
  else {
    for (const problem of problems) printError(formatProblem(problem));
    printError(`${problems.length} problem${problems.length === 1 ? '' : 's'} in the definitions`);
  }
  return false;
}
