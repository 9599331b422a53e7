import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../package/root.js';
import { rulesHash } from '../simulator/detection.js';

/** Where `npm run week` writes its result, relative to the package. */
export const WEEK_RESULT = 'docs/ordinary-week.json';

/** What an alert did in the simulator's ordinary week, with the default configuration. */
export interface AlertInWeek {
  readonly alert: string;
  readonly episodes: number;
  /** Seconds in which at least one of its series fired. */
  readonly firing: number;
  readonly flaps: number;
  readonly pages: number;
}

/** The content of {@link WEEK_RESULT}. */
export interface WeekResult {
  readonly description: string;
  /** Hash of the expressions and times of all rules, when it was measured. */
  readonly rules: string;
  readonly alerts: readonly AlertInWeek[];
}

/** The measured week, or why it is not known. */
export type MeasuredWeek =
  | { readonly known: true; readonly week: WeekResult; readonly isCurrent: boolean }
  | { readonly known: false; readonly why: string };

/** @param root the folder of the package; the one this file lies in by default */
export function measuredWeek(root = packageRoot): MeasuredWeek {
  const file = join(root, WEEK_RESULT);
  if (!existsSync(file)) return { known: false, why: `the measurement ${WEEK_RESULT} is missing.` };
  const week = JSON.parse(readFileSync(file, 'utf8')) as WeekResult;
  return { known: true, week, isCurrent: week.rules === rulesHash() };
}
