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
    expect(legendName(undefined, { job: 'a', relay: 'b' }, 'x')).toBe('{job="a", relay="b"}');
    expect(legendName('', { __name__: 'up' }, 'x')).toBe('up');
    expect(legendName('', {}, 'sum(x)')).toBe('sum(x)');
  });

  it.each([[undefined], [''], ['time_series']])('are what the format %s stands for', (format) => {
    const series = [{ labels: { relay: 'a' }, points: [[60, 7]] as const }];
    const named = answer({ series, legend: '{{relay}}', ...(format === undefined ? {} : { format }) });
    expect(framesOf([named])).toEqual([
      {
        refId: 'A',
        meta: { type: 'timeseries-multi' },
        name: 'a',
        fields: [
          { name: 'Time', type: 'time', values: [60_000] },
          {
            name: 'Value',
            type: 'number',
            labels: { relay: 'a' },
            values: [7],
            config: { displayNameFromDS: 'a' },
          },
        ],
      },
    ]);
  });

  it('have no name where the legend leaves it to the panel', () => {
    const series = [{ labels: { relay: 'a' }, points: [[60, 7]] as const }];
    const [frame] = framesOf([answer({ series, legend: '__auto' })]);
    expect(frame).not.toHaveProperty('name');
    expect(frame?.fields[1]?.config).toEqual({});
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

  it('are told apart only from other tables', () => {
    const frames = framesOf([answer({ series, format: 'table' }), answer({ series, grid, refId: 'B' })]);
    expect(frames.map(({ fields }) => fields.at(-1)?.name)).toEqual(['Value', 'Value']);
  });

  it('have texts that can be filtered, bounds that are numbers, and nothing where a label is missing', () => {
    const rows = [
      { labels: { relay: 'a', le: '0.5' }, points: [[60, 7]] as const },
      { labels: { relay: 'b', job: 'j', le: '+Inf' }, points: [[60, 8]] as const },
    ];
    const [frame] = framesOf([answer({ series: rows, format: 'table' })]);
    expect(frame?.fields).toEqual([
      { name: 'Time', type: 'time', values: [60_000, 60_000] },
      { name: 'le', type: 'number', values: [0.5, null] },
      { name: 'relay', type: 'string', values: ['a', 'b'], config: { filterable: true } },
      { name: 'job', type: 'string', values: ['', 'j'], config: { filterable: true } },
      { name: 'Value', type: 'number', values: [7, 8] },
    ]);
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

  it('have rows of numbers, each with its bound, and nothing where a bucket has no value', () => {
    const series = [
      { labels: { le: '5', relay: 'a' }, points: [[0, 2]] as const },
      { labels: { le: '10', relay: 'a' }, points: [[30, 6]] as const },
    ];
    expect(framesOf([answer({ series, format: 'heatmap', grid: { start: 0, end: 30, step: 30 } })])).toEqual([
      {
        refId: 'A',
        meta: { type: 'heatmap-rows' },
        fields: [
          { name: 'Time', type: 'time', values: [0, 30_000] },
          { name: '5', type: 'number', labels: { le: '5' }, values: [2, null] },
          { name: '10', type: 'number', labels: { le: '10' }, values: [null, 6] },
        ],
      },
    ]);
  });

  it('are left out where a query gave nothing', () => {
    expect(framesOf([answer({ format: 'heatmap', grid }), answer({ format: 'heatmap' })])).toEqual([]);
  });

  it('are refused for the newest values alone', () => {
    expect(() => framesOf([answer({ series: [bucket('5', 1)], format: 'heatmap' })])).toThrow(
      'query A: a heatmap needs a range query',
    );
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
