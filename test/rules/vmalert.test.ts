import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import { caseBatches } from '../../src/rule-cases/run.js';
import { ruleCases } from './cases/index.js';
import { ownCases } from './run-cases.js';
import { onPromtoolsClock, resultOf, runUnderVmalert, vmalertTest } from './vmalert.js';

// Stands in for vmalert-tool: refuses what the real tool refuses, and judges a case by its name.
const STAND_IN = `#!/bin/sh
if [ "$1" = --version ]; then echo 'vmalert-tool version stand-in'; exit 0; fi
[ "$1 $2 $3" = 'unittest --disableAlertgroupLabel --files' ] || { echo "wrong usage: $*"; exit 3; }
failed() {
  printf 'FAILED\\nfailed to run unit test for file "%s": \\n%s' "$file" "$1"
  echo '2026/11/27 01:02:03 unittest failed' >&2
  exit 1
}
file=$4
printf '\\n\\nUnit Testing:  %s\\n' "$file"
rules=$(sed -n 's/.*"rule_files":\\["\\([^"]*\\)"\\].*/\\1/p' "$file")
[ -n "$rules" ] && [ -f "\${file%/*}/$rules" ] || failed '[failed to parse \`rule_files\`]'
grep -q promql_expr_test "$file" && failed '[failed to unmarshal file: field promql_expr_test not found]'
grep -q 'the tool crashes' "$file" && { echo 'fatal error'; exit 255; }
grep -q 'refused' "$file" && failed '[failed to parse input series value 1y2]'
grep -q 'differs' "$file" && failed '[expr: "x", time: 1m0s, exp: 1 got: nil]'
echo SUCCESS
`;

let folder: TemporaryFolder;
beforeAll(() => {
  folder = temporaryFolder('gateway-vmalert-test');
  const file = join(folder.path, 'vmalert-tool');
  writeFileSync(file, STAND_IN);
  chmodSync(file, 0o755);
});
afterAll(() => folder.remove());

async function run(cases: typeof ruleCases, rules: readonly string[] = [], path = folder.path) {
  const lines: string[] = [];
  const exitCode = await runUnderVmalert(cases, rules, path, (text) => void lines.push(text));
  return { exitCode, lines };
}

const [first, second] = [...new Set(ruleCases.map(({ rule }) => rule))].map(
  (rule) => ruleCases.find((ruleCase) => ruleCase.rule === rule) as (typeof ruleCases)[number],
) as [(typeof ruleCases)[number], (typeof ruleCases)[number]];

describe('npm run test:vmalert', () => {
  it('reports each case that failed or was not run, with the reason, and exits with 1', async () => {
    const cases = [
      { ...first, name: 'holds', series: {} },
      { ...first, name: 'differs', series: {} },
      { ...first, name: 'refused', series: {} },
      { ...second, name: 'the tool crashes', series: {} },
    ];
    expect(await run(cases)).toEqual({
      exitCode: 1,
      lines: [
        'vmalert-tool version stand-in',
        `failed: ${first.rule}: differs\n  [expr: "x", time: 1m0s, exp: 1 got: nil]`,
        `not run: ${first.rule}: refused\n  [failed to parse input series value 1y2]`,
        `not run: ${second.rule}: the tool crashes\n  fatal error`,
        '2 batches: 0 passed, 0 failed, 2 not run',
        '4 cases: 1 passed, 1 failed, 2 not run',
      ],
    });
  });

  it('exits with 0 if all cases of the chosen rules pass', async () => {
    const cases = [
      { ...first, name: 'holds', series: {} },
      { ...second, name: 'differs', series: {} },
    ];
    expect(await run(cases, [first.rule])).toEqual({
      exitCode: 0,
      lines: [
        'vmalert-tool version stand-in',
        '1 batches: 1 passed, 0 failed, 0 not run',
        '1 cases: 1 passed, 0 failed, 0 not run',
      ],
    });
  });

  it('gives the rules the clock of promtool, so that timestamps in a case keep their meaning', () => {
    const start = Date.parse('2000-01-01T00:00:00Z') / 1000;
    expect(onPromtoolsClock('time() - max by (job) (timestamp(up{job="time()"} == 1)) > 60')).toBe(
      `(time() - ${start}) - max by (job) ((timestamp(up{job="time()"} == 1) - ${start})) > 60`,
    );
    expect(onPromtoolsClock('timestamp(a * time())')).toBe(`(timestamp(a * (time() - ${start})) - ${start})`);
    expect(onPromtoolsClock('last_over_time(up[5m]) > 0')).toBe('last_over_time(up[5m]) > 0');
  });

  it('exits with 2 without vmalert-tool, and for a rule without cases', async () => {
    expect(await run(ruleCases, [], '/nonexistent')).toEqual({
      exitCode: 2,
      lines: [expect.stringContaining('vmalert-tool is not on the PATH')],
    });
    expect(await run(ruleCases, ['GatewayNoSuchRule'])).toEqual({
      exitCode: 2,
      lines: [expect.stringContaining('found GatewayNoSuchRule, expected')],
    });
  });

  it('does not take a run without a verdict as passed', () => {
    expect(resultOf(0, '')).toEqual({ outcome: 'not run', reason: 'exit code 0, and nothing printed' });
    expect(resultOf(0, 'FAILED\nSUCCESS\n').outcome).toBe('not run');
    expect(resultOf(undefined, 'SUCCESS\nkilled').outcome).toBe('not run');
    expect(resultOf(1, 'FAILED\nexp: 1 got: 2').outcome).toBe('failed');
  });

  it('writes every case with the keys that vmalert-tool knows, and nothing else', () => {
    const batches = caseBatches(ruleCases, ownCases());
    expect(batches.flatMap(({ cases }) => cases)).toHaveLength(ruleCases.length);
    const files = batches.map(vmalertTest);
    const keys = (all: readonly object[]) => [...new Set(all.flatMap(Object.keys))].sort();
    expect(keys(files)).toEqual(['evaluation_interval', 'group_eval_order', 'rule_files', 'tests']);
    const tests = files.flatMap((file) => file.tests);
    expect(keys(tests)).toEqual(['input_series', 'interval', 'metricsql_expr_test', 'name']);
    expect(tests.filter(({ metricsql_expr_test: expected }) => (expected ?? []).length === 0)).toEqual([]);
  });
});
