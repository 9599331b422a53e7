import { describe, expect, it } from 'vitest';
import { type Changes, changesOf, joined, readMatrix } from '../../src/backtest/matrix.js';
import { LabelTable } from '../../src/backtest/vector.js';

/** Steps at 100, 110, 120, 130 and 140. */
const GRID = { start: 100, step: 10, count: 5 };
const HEAD = '{"status":"success","data":{"resultType":"matrix","result":[';

/** An answer as Prometheus lays it out: of each series the label `x`, and its samples as `100,"1"`. */
const answer = (...series: readonly (readonly [x: string, ...samples: string[]])[]) =>
  `${HEAD}${series
    .map(
      ([x, ...samples]) => `{"metric":{"x":"${x}"},"values":[${samples.map((one) => `[${one}]`).join(',')}]}`,
    )
    .join(',')}]}}`;

/** The changes of each step, in short: `a=1` for a value, `-a` for a series that ends. */
function steps({ starts, ids, values }: Changes, table: LabelTable): string[][] {
  expect(starts[0]).toBe(0);
  const shown = [...ids].map((id, i) =>
    id < 0
      ? `-${table.labels(~id).x}`
      : `${table.labels(id).x}=${Object.is(values[i], -0) ? '-0' : values[i]}`,
  );
  return Array.from({ length: starts.length - 1 }, (_, step) => shown.slice(starts[step], starts[step + 1]));
}

function read(text: string, stamps = false): { steps: string[][]; points: number } | undefined {
  const table = new LabelTable();
  const changes = readMatrix(text, GRID, table, stamps);
  return changes && { steps: steps(changes, table), points: changes.points };
}

describe('the text of an answer', () => {
  it.each<[string, string, string[][], number]>([
    ['no series', answer(), [[], [], [], [], []], 0],
    [
      'a value that stands still',
      answer(['a', '100,"1"', '110,"1"', '120,"1"', '130,"1"', '140,"1"']),
      [['a=1'], [], [], [], []],
      5,
    ],
    [
      'values that begin alike',
      answer(['a', '100,"1"', '110,"11"', '120,"1"', '130,"1"', '140,"1.5"']),
      [['a=1'], ['a=11'], ['a=1'], [], ['a=1.5']],
      5,
    ],
    ['a gap', answer(['a', '100,"1"', '130,"1"']), [['a=1'], ['-a'], [], ['a=1'], ['-a']], 2],
    ['a late begin', answer(['a', '120,"7"', '130,"7"']), [[], [], ['a=7'], [], ['-a']], 2],
    ['the last step only', answer(['a', '140,"7"']), [[], [], [], [], ['a=7']], 1],
    [
      'values that are no numbers of JSON',
      answer(['a', '100,"NaN"', '110,"NaN"', '120,"+Inf"', '130,"-Inf"', '140,"0"']),
      [['a=NaN'], [], ['a=Infinity'], ['a=-Infinity'], ['a=0']],
      5,
    ],
    ['a zero with a sign', answer(['a', '100,"0"', '110,"-0"']), [['a=0'], ['a=-0'], ['-a'], [], []], 2],
    [
      'times that are nearly those of the steps',
      answer(['a', '100.4,"1"', '109.6,"2"', '120,"3"']),
      [['a=1'], ['a=2'], ['a=3'], ['-a'], []],
      3,
    ],
    [
      'several series',
      answer(['a', '100,"1"', '110,"2"'], ['b', '110,"5"'], ['c', '100,"1"']),
      [['a=1', 'c=1'], ['a=2', 'b=5', '-c'], ['-a', '-b'], [], []],
      4,
    ],
  ])('is read: %s', (_, text, expected, points) => {
    expect(read(text)).toEqual({ steps: expected, points });
  });

  const GOOD = answer(['a', '100,"1"', '110,"1"']);
  it.each([
    ['another kind of answer', GOOD.replace('matrix', 'vector')],
    ['an error', '{"status":"error","errorType":"bad_data","error":"x"}'],
    ['a label that looks like samples', answer(['q,"values":[[', '100,"1"'])],
    ['no metric', GOOD.replace('{"metric"', '{"metrics"')],
    [
      'no metric of a later series',
      answer(['a', '100,"1"'], ['b', '100,"1"']).replace(',{"metric"', ',{"other"'),
    ],
    ['something else that is as long as a metric', GOOD.replace('metric', 'labels')],
    ['no values', GOOD.replace('values', 'value')],
    ['a time in quotes', GOOD.replace('110,', '"110",')],
    ['a value without quotes', GOOD.replace('110,"1"', '111,1')],
    ['a value of something else', GOOD.replace('110,"1"', '110,"x"')],
    ['no value', GOOD.replace('110,"1"', '110')],
    ['a value with more behind it', GOOD.replace('110,"1"', '110,"2",3')],
    ['no end of a value', GOOD.replace('110,"1"]]}]}}', '110,"2')],
    ['spaces behind the samples', answer(['a', '100,"1"'], ['b', '100,"1"']).replace(']]}', ']  ]}')],
    ['no end of the samples', GOOD.replace(']]}', ']}')],
    ['no end of the series', GOOD.replace(']]}]', ']]},')],
    ['something else after the series', GOOD.replace(']]}]', ']]}x')],
    ['histograms', GOOD.replace(']]}', ']],"histograms":[]}')],
  ])('is left to another reader: %s', (_, text) => {
    expect(read(text)).toBeUndefined();
  });
});

describe('the times of samples', () => {
  const SAMPLES = ['95', '103', '108', '117', '140', '141'];
  const EXPECTED = [['a=95'], ['a=108'], ['a=117'], [], ['a=140', 'b=130.5']];

  it('are at each step that of the newest one so far', () => {
    const text = answer(['a', ...SAMPLES.map((time) => `${time},"7"`)], ['b', '130.5,"7"'], ['c', '150,"7"']);
    expect(read(text, true)).toEqual({ steps: EXPECTED, points: 8 });
  });

  it('are the same through any reader of JSON', () => {
    const table = new LabelTable();
    const of = (x: string, times: readonly string[]) => ({
      labels: { x },
      points: times.map((time) => [Number(time), 7] as const),
    });
    const changes = changesOf([of('a', SAMPLES), of('b', ['130.5']), of('c', ['150'])], GRID, table, true);
    expect([steps(changes, table), changes.points]).toEqual([EXPECTED, 8]);
  });

  it('begin with the step of the first one', () => {
    expect(read(answer(['a', '100,"1"', '101,"1"']), true)?.steps).toEqual([
      ['a=100'],
      ['a=101'],
      [],
      [],
      [],
    ]);
    expect(read(answer(['a', '125,"1"']), true)?.steps).toEqual([[], [], [], ['a=125'], []]);
  });
});

describe('changes', () => {
  const series = (x: string, ...points: readonly (readonly [number, number])[]) => ({
    labels: { x },
    points,
  });

  it('are as many as there are', () => {
    const table = new LabelTable();
    const points = Array.from({ length: 3000 }, (_, i) => [i, i % 7] as const);
    const changes = changesOf([series('a', ...points)], { start: 0, step: 1, count: 3000 }, table);
    expect(steps(changes, table)).toEqual(points.map(([, value]) => [`a=${value}`]));
  });

  it('of neighbouring pieces are those of the whole', () => {
    const table = new LabelTable();
    const first = changesOf(
      [
        series('stays', [0, 1], [10, 1]),
        series('changes', [0, 1], [10, 1]),
        series('ends', [10, 1]),
        series('ended', [0, 1]),
        series('nan', [0, Number.NaN], [10, Number.NaN]),
      ],
      { start: 0, step: 10, count: 2 },
      table,
    );
    const second = changesOf(
      [
        series('stays', [20, 1], [30, 1]),
        series('changes', [20, 2], [30, 3]),
        series('nan', [20, Number.NaN]),
        series('begins', [20, 5]),
        series('later', [30, 5]),
      ],
      { start: 20, step: 10, count: 2 },
      table,
    );
    const both = joined([first, second]);
    expect(steps(both, table)).toEqual([
      ['stays=1', 'changes=1', 'ended=1', 'nan=NaN'],
      ['ends=1', '-ended'],
      ['-ends', 'changes=2', 'begins=5'],
      ['changes=3', '-nan', '-begins', 'later=5'],
    ]);
    expect(both.points).toBe(15);
    expect(steps(changesOf([series('none')], { start: 0, step: 10, count: 1 }, table), table)).toEqual([[]]);
    expect(joined([first])).toBe(first);
    expect(steps(joined([]), table)).toEqual([]);
    // A piece in which nothing is there ends what was.
    const nothing = changesOf([], { start: 20, step: 10, count: 1 }, table);
    expect(
      steps(
        joined([changesOf([series('a', [0, 1])], { start: 0, step: 10, count: 1 }, table), nothing, nothing]),
        table,
      ),
    ).toEqual([['a=1'], ['-a'], []]);
  });
});
