import { buildBundle } from '../bundle/build.js';
import type { Bundle } from '../bundle/bundle.js';
import { definitions } from '../bundle/definitions.js';
import { formatProblem } from '../checks/check.js';
import { checkBundle } from '../checks/index.js';
import { loadConfig, parseConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { complain, print } from './output.js';

export interface CommonOptions {
  readonly config?: string;
  readonly out: string;
  readonly json?: boolean;
}

function configured(options: { config?: string }): { config: Config; file: string } {
  const file = options.config;
  return file === undefined
    ? { config: parseConfig({}), file: 'configuration' }
    : { config: loadConfig(file), file };
}

export function bundleOf(options: { config?: string }): Bundle {
  const { config, file } = configured(options);
  return buildBundle(config, definitions(), file);
}

/** Prints the problems of the definitions; true when there are none. */
export function reportProblems(bundle: Bundle, json: boolean | undefined): boolean {
  const problems = checkBundle(bundle);
  if (json === true) {
    if (problems.length > 0) print(JSON.stringify({ problems }, null, 2));
  } else {
    for (const problem of problems) complain(formatProblem(problem));
    if (problems.length > 0)
      complain(`${problems.length} problem${problems.length === 1 ? '' : 's'} in the definitions`);
  }
  return problems.length === 0;
}
