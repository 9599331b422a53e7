import { describe, expect, it } from 'vitest';
import { nodesOfKind } from '../../src/promql/ast.js';
import { closedRange, duration } from '../../src/promql/duration.js';
import { parseExpression } from '../../src/promql/parse.js';
import { printDuration } from '../../src/promql/print.js';
import { bundleFor } from './run-cases.js';

const rules = (() => {
  const bundle = bundleFor(undefined);
  return [
    ...bundle.recordingGroups.flatMap(({ rules }) =>
      rules.map(({ record, expr }) => ({ name: record, expr })),
    ),
    ...bundle.alertGroups.flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ name: alert, expr }))),
  ];
})();

/** The ranges of an expression, subqueries included. */
function rangesOf(expr: string): string[] {
  const { root } = parseExpression(expr);
  return [...nodesOfKind(root, 'range'), ...nodesOfKind(root, 'subquery')].map(({ range }) =>
    printDuration(range),
  );
}

describe('whether a range includes its start, as in Prometheus 2, or not, as in 3, makes no difference', () => {
  it('because every range of a rule ends in a millisecond on which no rule is evaluated', () => {
    const ranges = rules.flatMap(({ name, expr }) => rangesOf(expr).map((range) => ({ name, range })));
    expect(ranges.length).toBeGreaterThan(20);
    expect(ranges.filter(({ range }) => !/[a-z]1ms$/.test(range))).toEqual([]);
  });

  it('closes a window of any length', () => {
    expect(closedRange(duration('5m'))).toBe('5m1ms');
    expect(closedRange(duration('1h30m'))).toBe('1h30m1ms');
    expect(closedRange(duration('250ms'))).toBe('251ms');
    expect(closedRange(duration('1s999ms'))).toBe('1s1000ms');
  });
});
