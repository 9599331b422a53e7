import { runTrial, type TrialOptions } from '../backtest/trial.js';
import { isRuleField, type Trial } from '../backtest/trial-values.js';
import { loadProject } from '../project/load.js';
import { reportTrial } from './backtest-report.js';
import type { ExitCode } from './exit-code.js';
import type { ProgressBar } from './progress-bar.js';
import { UsageError } from './usage-error.js';

/** What the command line says of a trial. */
interface Given
  extends Omit<TrialOptions, 'trial' | 'config' | 'definitions' | 'budget' | 'simulate' | keyof Range> {
  readonly trial: Trial;
  readonly config: string | undefined;
  readonly budget: number | undefined;
  readonly historyOnly: boolean;
  readonly json: boolean;
  /** The rules where none are given. */
  readonly defaultRules: string;
}

type Range = Pick<TrialOptions, 'connection' | 'start' | 'end' | 'onProgress' | 'onRetry'>;

/** Runs `backtest --try` and prints its table. */
export async function tryValues(given: Given, range: Range, bar: ProgressBar): Promise<ExitCode> {
  const { config, budget, historyOnly, json, defaultRules, ...options } = given;
  const { setting } = options.trial;
  if (!isRuleField(setting) && options.rules !== defaultRules) {
    throw new UsageError(
      `backtest: found --rules with --try ${setting}, expected --config: the rules are built from the definitions`,
    );
  }
  const project = await loadProject(config);
  const result = await runTrial({
    ...options,
    ...range,
    ...(budget === undefined ? {} : { budget }),
    config: project.config,
    definitions: project.definitions,
    simulate: !historyOnly,
  });
  bar.clear();
  return reportTrial(result, json);
}
