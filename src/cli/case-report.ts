import type { untestedAlerts } from '../rule-cases/run.js';
import type { ExitCode } from './exit-code.js';
import { print, printError, printJson } from './output.js';

/** What came of the cases of a team's rules. */
interface CaseResult {
  readonly cases: number;
  /** What promtool says of cases that failed; empty where all passed. */
  readonly output: string;
  readonly untested: ReturnType<typeof untestedAlerts>;
}

/** Prints what came of the cases, and gives the exit code. */
export function reportCases({ cases, output, untested }: CaseResult, json: boolean): ExitCode {
  const passed = output === '';
  if (json) printJson({ passed, cases, output, untested });
  else {
    if (!passed) printError(output.trim());
    for (const { alert, missing } of untested)
      print(`note: ${alert}: no case shows that it ${missing.join(', ')}`);
    print(passed ? `${cases} case${cases === 1 ? '' : 's'} passed` : 'not all cases passed');
  }
  return passed ? 0 : 1;
}
