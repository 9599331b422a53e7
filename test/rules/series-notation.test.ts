import { describe, expect, it } from 'vitest';
import { runRuleTests } from '../promtool.js';
import { ruleCases } from './cases/index.js';
import { seriesNotation } from './series-notation.js';

const NUMBER = '\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?';
const PARTS: Readonly<Record<string, string>> = { A: `-?${NUMBER}`, B: NUMBER, N: '\\d+', '+': '\\+' };

/** Matches what an item of the legend stands for. */
const patternOf = (item: string) => new RegExp(`^${item.replace(/[ABN+]/g, (part) => PARTS[part] ?? '')}$`);

describe('the legend of the series notation', () => {
  const used = [
    ...new Set(ruleCases.flatMap(({ series }) => Object.values(series)).flatMap((s) => s.split(' '))),
  ];
  const patterns = seriesNotation.map(({ item }) => ({ item, pattern: patternOf(item) }));

  it('explains every item that a case uses', () => {
    expect(used.length).toBeGreaterThan(100);
    expect(used.filter((text) => patterns.filter(({ pattern }) => pattern.test(text)).length !== 1)).toEqual(
      [],
    );
  });

  it('explains no other', () => {
    const unused = patterns.filter(({ pattern }) => !used.some((text) => pattern.test(text)));
    expect(unused.map(({ item }) => item)).toEqual([]);
  });

  it('shows in its examples what promtool finds', async () => {
    const tests = seriesNotation.map(({ item, example, found }) => ({
      name: item,
      interval: '30s',
      input_series: [{ series: 'x', values: example }],
      promql_expr_test: found.map((value, index) => ({
        expr: 'x',
        eval_time: `${index * 30}s`,
        exp_samples: value === undefined ? [] : [{ labels: 'x', value }],
      })),
    }));
    expect(await runRuleTests([{ evaluation_interval: '30s', tests }])).toBe('');
  });
});
