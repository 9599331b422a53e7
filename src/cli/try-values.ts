import { trialAsJson, trialAsText } from '../backtest/print-trial.js';
import { runTrial, type TrialOptions } from '../backtest/trial.js';
import { isRuleField, type Trial } from '../backtest/trial-values.js';
import { loadProject } from '../project/load.js';
import type { ExitCode } from './exit-code.js';
import { print, printError, printJson } from './output.js';
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
  if (json) printJson(trialAsJson(result));
  else print(trialAsText(result));
  for (const { value, reason } of result.refusedValues) printError(`${value}: not tried: ${reason}`);
  for (const { rule, reason } of result.refused) printError(`${rule.name}: not replayed: ${reason}`);
  for (const { file, reason } of result.unread) printError(`${file}: not read: ${reason}`);
  const failing = result.rows.flatMap(({ value, alerts }) =>
    alerts.filter(({ failures }) => failures > 0).map((one) => ({ value, ...one })),
  );
  for (const { value, alert, failures, failure } of failing) {
    printError(`${alert} with ${value}: Prometheus would fail at ${failures} evaluations: ${failure}`);
  }
  const { refused, refusedValues, unread } = result;
  return refused.length + refusedValues.length + unread.length + failing.length > 0 ? 1 : 0;
}
