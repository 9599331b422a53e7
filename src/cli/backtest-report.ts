import { type Backtest, failuresOf, summaryIn } from '../backtest/backtest.js';
import { asJson, asText } from '../backtest/print.js';
import { trialAsJson, trialAsText } from '../backtest/print-trial.js';
import type { TrialResult } from '../backtest/trial.js';
import type { ExitCode } from './exit-code.js';
import { print, printError, printJson } from './output.js';

/** What could not be replayed or read, on either kind of replay. */
type Gaps = Pick<Backtest, 'refused' | 'unread'>;

function printGaps({ refused, unread }: Gaps): void {
  for (const { rule, reason } of refused) printError(`${rule.name}: not replayed: ${reason}`);
  for (const { file, reason } of unread) printError(`${file}: not read: ${reason}`);
}

/** Prints what a replay found, and what it could not replay. */
export function reportBacktest(result: Backtest, json: boolean): ExitCode {
  if (json) printJson(asJson(result));
  else print(asText(result));
  printGaps(result);
  const failing = failuresOf(result);
  for (const row of failing) {
    const { failures, failure } = summaryIn(row);
    printError(`${row.alert}: Prometheus would fail at ${failures} evaluations: ${failure}`);
  }
  return result.refused.length + result.unread.length + failing.length > 0 ? 1 : 0;
}

/** Prints the table of a trial, and what it could not try. */
export function reportTrial(result: TrialResult, json: boolean): ExitCode {
  if (json) printJson(trialAsJson(result));
  else print(trialAsText(result));
  const { refused, refusedValues, unread } = result;
  for (const { value, reason } of refusedValues) printError(`${value}: not tried: ${reason}`);
  printGaps(result);
  const failing = result.rows.flatMap(({ value, alerts }) =>
    alerts.filter(({ failures }) => failures > 0).map((one) => ({ value, ...one })),
  );
  for (const { value, alert, failures, failure } of failing) {
    printError(`${alert} with ${value}: Prometheus would fail at ${failures} evaluations: ${failure}`);
  }
  return refused.length + refusedValues.length + unread.length + failing.length > 0 ? 1 : 0;
}
