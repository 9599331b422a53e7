import { LEVELS, type Level } from '../diff/finding.js';
import { asJson, asMarkdown, asText, type Comparison } from '../diff/print.js';
import { wantsColours } from '../terminal/text.js';
import type { ExitCode } from './exit-code.js';
import { print } from './output.js';

interface ReportOptions {
  readonly json: boolean;
  readonly markdown: boolean;
  readonly all: boolean;
  /** The least bad level at which the command fails. */
  readonly failOn: Level | undefined;
}

/** Prints a comparison, and says whether it has findings at which the command is to fail. */
export function reportComparison(
  comparison: Comparison,
  { json, markdown, all, failOn }: ReportOptions,
): ExitCode {
  const { stdout } = process;
  if (json) print(asJson(comparison));
  else if (markdown) print(asMarkdown(comparison));
  else print(asText(comparison, { all, colour: wantsColours(stdout), width: stdout.columns ?? 100 }));
  const isBad = (level: Level) => failOn !== undefined && LEVELS.indexOf(level) <= LEVELS.indexOf(failOn);
  return comparison.findings.some(({ level }) => isBad(level)) ? 1 : 0;
}
