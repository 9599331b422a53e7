import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { firstExecutable } from '../../src/processes/find.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { nodesOfKind } from '../../src/promql/ast.js';
import { parseExpression } from '../../src/promql/parse.js';
import { type CaseBatch, caseBatches } from '../../src/rule-cases/run.js';
import type { RuleCase } from './rule-case.js';
import { ownCases } from './run-cases.js';

/** How a case or a batch ended. `not run`: the tool did not evaluate it, so nothing is known about the rule. */
type Outcome = 'passed' | 'failed' | 'not run';

interface Result {
  readonly outcome: Outcome;
  /** What the tool printed, if the case did not pass. */
  readonly reason: string;
}

/** A batch that takes longer is reported as not run. Milliseconds. */
const TOOL_TIMEOUT_MS = 600_000;

/** When the clock of `vmalert-tool unittest` starts, in seconds since 1970. That of promtool starts at 0. */
const CLOCK_START = Date.UTC(2000, 0, 1) / 1000;

/** An expression that reads the clock as promtool's, so that the timestamps of a case mean the same in both tools. */
export function onPromtoolsClock(expr: string): string {
  const calls = nodesOfKind(parseExpression(expr).root, 'call').filter((call) =>
    ['time', 'timestamp'].includes(call.function),
  );
  const inserts = calls.flatMap(({ from, to }) => [
    { at: from, text: '(' },
    { at: to, text: ` - ${CLOCK_START})` },
  ]);
  return inserts
    .sort((a, b) => b.at - a.at)
    .reduce((text, { at, text: added }) => text.slice(0, at) + added + text.slice(at), expr);
}

/** The rule file of a batch, on promtool's clock. */
export const vmalertRules = ({ groups }: CaseBatch<RuleCase>['rules']) => ({
  groups: groups.map((group) => ({
    ...group,
    rules: group.rules.map((rule) => ({ ...rule, expr: onPromtoolsClock(rule.expr) })),
  })),
});

/** A test file in the format of `vmalert-tool unittest`, which refuses keys that it does not know. */
export function vmalertTest({ test, rules, cases }: CaseBatch<RuleCase>) {
  const { tests, ...file } = test;
  const group = rules.groups.find((one) => one.rules.some(({ alert }) => alert === cases[0]?.rule))?.name;
  return {
    ...file,
    tests: tests.map(({ promql_expr_test = [], alert_rule_test, ...rest }) => {
      // vmalert-tool needs `groupname` there and compares annotations; ALERTS shows the same in both tools.
      if (alert_rule_test !== undefined) throw new Error(`${rest.name}: found alert_rule_test`);
      const expected = promql_expr_test.map((one) => ({
        ...one,
        // vmalert adds this label to ALERTS, even with --disableAlertgroupLabel.
        exp_samples: one.exp_samples.map(({ labels, value }) => ({
          labels: labels.replace(/^ALERTS\{/, `ALERTS{alertgroup=${JSON.stringify(group)}, `),
          value,
        })),
      }));
      return { ...rest, metricsql_expr_test: expected };
    }),
  };
}

/** Messages of vmalert-tool about a file or a case that it did not evaluate. */
const NOT_EVALUATED =
  /failed to (?:unmarshal file|parse (?:`rule_files`|series|input series))|found no rule group|group name repeated|got invalid (?:input series|exp_samples)|failed to parse labels|(?:missing required|shouldn't set) field/;

/** What the exit code and the output of `vmalert-tool unittest` mean. Exit code `undefined`: killed, or not started. */
export function resultOf(exitCode: number | undefined, output: string): Result {
  const reason = output
    .replace(
      /^(?:Unit Testing: |FAILED$|SUCCESS$|failed to run unit test for file |\S+ \S+ unittest failed$).*\n?/gm,
      '',
    )
    .trim();
  const printed = (word: string) => new RegExp(`^${word}$`, 'm').test(output);
  if (exitCode === 0 && printed('SUCCESS') && !printed('FAILED')) return { outcome: 'passed', reason: '' };
  const evaluated = exitCode === 1 && printed('FAILED') && !NOT_EVALUATED.test(output);
  return {
    outcome: evaluated ? 'failed' : 'not run',
    reason: reason || `exit code ${exitCode ?? 'none'}, and nothing printed`,
  };
}

/** Runs the tool and returns its exit code and all that it printed. */
function outputOf(tool: string, args: readonly string[], folder: string) {
  return new Promise<{ exitCode: number | undefined; output: string }>((resolve) => {
    const options = {
      cwd: folder,
      // The tool's storage goes where it is removed with the folder, even if the tool is killed.
      env: { ...process.env, TMPDIR: folder },
      maxBuffer: 1 << 26,
      timeout: TOOL_TIMEOUT_MS,
      killSignal: 'SIGKILL' as const,
    };
    execFile(tool, args, options, (error, stdout, stderr) => {
      // The last line of the tool's standard output has no line break.
      const output = [stdout, stderr].filter((text) => text !== '').join('\n');
      if (error === null) resolve({ exitCode: 0, output });
      else if (typeof error.code === 'number') resolve({ exitCode: error.code, output });
      else resolve({ exitCode: undefined, output: `${output}\n${error.message}` });
    });
  });
}

async function runBatch(tool: string, batch: CaseBatch<RuleCase>): Promise<Result> {
  const folder = temporaryFolder('gateway-vmalert');
  try {
    const write = (name: string, content: object) =>
      writeFileSync(join(folder.path, name), JSON.stringify(content));
    write(batch.test.rule_files[0] as string, vmalertRules(batch.rules));
    write('cases.yaml', vmalertTest(batch));
    const args = ['unittest', '--disableAlertgroupLabel', '--files', join(folder.path, 'cases.yaml')];
    const { exitCode, output } = await outputOf(tool, args, folder.path);
    return resultOf(exitCode, output.replaceAll(`${folder.path}/`, ''));
  } finally {
    folder.remove();
  }
}

const counted = (unit: string, outcomes: readonly Outcome[]) => {
  const count = (wanted: Outcome) => outcomes.filter((outcome) => outcome === wanted).length;
  return `${outcomes.length} ${unit}: ${count('passed')} passed, ${count('failed')} failed, ${count('not run')} not run`;
};

/**
 * Runs rule cases under vmalert-tool, one process per batch, and prints each case that failed or was not run, with the reason, and the
 * counts. The tool does not print which case failed, so the cases of such a batch run again one by one.
 *
 * @param rules the rules whose cases to run; all if empty
 * @param path folders to search for `vmalert-tool`, as in `PATH`
 * @returns the exit code: 0 all passed, 1 a case failed or was not run, 2 no vmalert-tool or unknown rule
 */
export async function runUnderVmalert(
  all: readonly RuleCase[],
  rules: readonly string[],
  path: string,
  print: (text: string) => void,
): Promise<number> {
  const unknown = rules.filter((rule) => all.every((ruleCase) => ruleCase.rule !== rule));
  if (unknown.length > 0) {
    print(`found ${unknown.join(', ')}, expected names of alerts or recorded series that have cases`);
    return 2;
  }
  const tool = await firstExecutable('vmalert-tool', path.split(delimiter).filter(isAbsolute));
  if (tool === undefined) {
    print(
      'vmalert-tool is not on the PATH. It is part of the vmutils archive of each VictoriaMetrics release.',
    );
    return 2;
  }
  const version = await outputOf(tool, ['--version'], '.');
  if (version.exitCode !== 0) {
    print(`${tool} --version failed: ${version.output.trim()}`);
    return 2;
  }
  print(version.output.split('\n')[0] as string);
  const chosen = all.filter(({ rule }) => rules.length === 0 || rules.includes(rule));
  const batches = ownBatches(chosen);
  const ofBatches: Outcome[] = [];
  const ofCases: Outcome[] = [];
  for (const batch of batches) {
    const { outcome, reason } = await runBatch(tool, batch);
    ofBatches.push(outcome);
    if (outcome === 'passed') {
      ofCases.push(...batch.cases.map(() => outcome));
      continue;
    }
    const report = (ruleCase: RuleCase, result: Result) => {
      ofCases.push(result.outcome);
      if (result.outcome !== 'passed')
        print(
          `${result.outcome}: ${ruleCase.rule}: ${ruleCase.name}\n  ${result.reason.replaceAll('\n', '\n  ')}`,
        );
    };
    const results: Outcome[] = [];
    for (const ruleCase of batch.cases) {
      const [alone] = ownBatches([ruleCase]);
      const result =
        batch.cases.length === 1 ? { outcome, reason } : await runBatch(tool, alone as CaseBatch<RuleCase>);
      results.push(result.outcome);
      report(ruleCase, result);
    }
    if (results.every((one) => one === 'passed'))
      print(
        `${outcome}: the ${results.length} cases of ${batch.cases[0]?.rule} together, but each passes alone\n  ${reason}`,
      );
  }
  print(counted('batches', ofBatches));
  print(counted('cases', ofCases));
  return ofCases.every((outcome) => outcome === 'passed') &&
    ofBatches.every((outcome) => outcome === 'passed')
    ? 0
    : 1;
}

const ownBatches = (cases: readonly RuleCase[]) => caseBatches(cases, ownCases());
