import { describe, expect, it } from 'vitest';
import { framesOf, legendName, type QueryAnswer } from '../../src/view/frames.js';

const grid = { start: 0, end: 90, step: 30 };
const answer = (
  more: Partial<QueryAnswer> & { refId?: string; format?: string; legend?: string },
): QueryAnswer => {
  const { refId = 'A', format, legend, ...rest } = more;
  return {
    target: {
      refId,
      ...(format === undefined ? {} : { format }),
      ...(legend === undefined ? {} : { legendFormat: legend }),
    },
    expr: 'x',
    series: [],
    ...rest,
  };
};

describe('frames of series', () => {
  it('have a value or null at every step, so that no line bridges a gap', () => {
    const series = [
      {
        labels: { relay: 'a' },
        points: [
          [0, 1],
          [90, 2],
        ] as const,
      },
    ];
    const [frame] = framesOf([answer({ series, grid, legend: '{{relay}}' })]);
    expect(frame?.fields[0]?.values).toEqual([0, 30_000, 60_000, 90_000]);
    expect(frame?.fields[1]?.values).toEqual([1, null, null, 2]);
    expect(frame?.fields[1]?.config).toEqual({ displayNameFromDS: 'a' });
  });

  it('have null for what is no number', () => {
    const series = [
      {
        labels: {},
        points: [
          [0, Number.NaN],
          [30, Number.POSITIVE_INFINITY],
        ] as const,
      },
    ];
    const [frame] = framesOf([answer({ series, grid })]);
    expect(frame?.fields[1]?.values).toEqual([null, null, null, null]);
  });

  it('are named by the legend', () => {
    expect(legendName('{{ relay }} by {{job}}', { relay: 'a' }, 'x')).toBe('a by ');
    expect(legendName('__auto', { relay: 'a' }, 'x')).toBeUndefined();
    expect(legendName('__auto', {}, 'sum(x)')).toBe('sum(x)');
    expect(legendName('', { __name__: 'up', job: 'a' }, 'x')).toBe('up{job="a"}');
  });
});

describe('frames of tables', () => {
  const series = [{ labels: { relay: 'a' }, points: [[60, 7]] as const }];

  it('have a column for each label and one for the value', () => {
    const [frame] = framesOf([answer({ series, format: 'table' })]);
    expect(frame?.fields.map(({ name, values }) => [name, ...values])).toEqual([
      ['Time', 60_000],
      ['relay', 'a'],
      ['Value', 7],
    ]);
  });

  it('tell the values of several queries apart by their letter', () => {
    const frames = framesOf([
      answer({ series, format: 'table' }),
      answer({ series, format: 'table', refId: 'B' }),
    ]);
    expect(frames.map(({ fields }) => fields.at(-1)?.name)).toEqual(['Value #A', 'Value #B']);
  });

  it('are left out where a query gave nothing', () => {
    expect(framesOf([answer({ format: 'table' })])).toEqual([]);
  });
});

describe('frames of heatmaps', () => {
  const bucket = (le: string, ...values: number[]) => ({
    labels: { le },
    points: values.map((value, i) => [i * 30, value] as const),
  });

  it('count what lies between two bounds, in the order of the bounds', () => {
    const series = [bucket('+Inf', 9, 9), bucket('5', 2, 3), bucket('10', 6, 2)];
    const [frame] = framesOf([answer({ series, format: 'heatmap', grid: { start: 0, end: 30, step: 30 } })]);
    expect(frame?.fields.slice(1).map(({ name, values }) => [name, ...values])).toEqual([
      ['5', 2, 3],
      ['10', 4, 0],
      ['+Inf', 3, 7],
    ]);
  });

  it('are refused without buckets', () => {
    const series = [{ labels: { relay: 'a' }, points: [[0, 1]] as const }];
    expect(() => framesOf([answer({ series, format: 'heatmap', grid })])).toThrow('needs the label le');
  });
});

it('refuses a format that no panel can take', () => {
  expect(() => framesOf([answer({ format: 'logs' })])).toThrow(
    '"logs", expected time_series, table or heatmap',
  );
});
