import { describe, expect, it } from 'vitest';
import { answeredValue } from '../../src/prometheus/client.js';
import { parseExposition, samplesBySeries } from '../../src/prometheus/exposition.js';
import { labelsText, sampleValue } from '../../src/prometheus/sample-text.js';

describe('a value', () => {
  it.each([
    ['0', 0],
    ['-0', -0],
    ['+2', 2],
    ['1.', 1],
    ['.25', 0.25],
    ['-1.5e-3', -0.0015],
    ['1E6', 1e6],
    ['1e-999', 0],
    ['007', 7],
    ['NaN', Number.NaN],
    ['Nan', Number.NaN],
    ['+Inf', Number.POSITIVE_INFINITY],
    ['inf', Number.POSITIVE_INFINITY],
    ['Infinity', Number.POSITIVE_INFINITY],
    ['-INF', Number.NEGATIVE_INFINITY],
  ])('%s is read as Go reads it', (text, value) => {
    expect(sampleValue(text)).toBe(value);
    expect(answeredValue(text)).toBe(value);
  });

  it.each([
    '',
    ' ',
    '.',
    '1e',
    '1 ',
    '0x10',
    '0b1',
    '1_000',
    '1,5',
    '1e999',
    '-1e999',
    '+NaN',
    'null',
    'Inf5',
    '5Inf',
    'NaNs',
  ])('such as %j is not taken for a number', (text) => {
    expect(sampleValue(text)).toBeUndefined();
    expect(() => answeredValue(text)).toThrow(`found the value ${JSON.stringify(text)}, expected a number`);
  });
});

describe('labels', () => {
  it('are read back as they were written, whatever they hold', () => {
    const labels = { a: 'quo"te', b: 'back\\slash\\n', c: 'line\nfeed', d: 'tab\t}, x="1"', e: '', f: 'ü漢' };
    const line = `x{${labelsText(labels)}} 1`;
    expect(parseExposition(line).get('x')?.samples[0]?.labels).toEqual(labels);
    expect(samplesBySeries(line)).toEqual([{ series: `x{${labelsText(labels)}}`, value: 1 }]);
  });

  it('are left out where there are none', () => {
    expect(labelsText({})).toBe('');
    expect(samplesBySeries('# TYPE x gauge\nx 1\n\ny{} NaN 123\n')).toEqual([
      { series: 'x', value: 1 },
      { series: 'y{}', value: Number.NaN },
    ]);
    expect(samplesBySeries('x 1\r\n\r\n{"a.b"} 2\n{"a.b",x="1"} 3')).toEqual([
      { series: 'x', value: 1 },
      { series: 'a.b{}', value: 2 },
      { series: 'a.b{x="1"}', value: 3 },
    ]);
  });

  it('that are broken are an error with the line', () => {
    expect(() => samplesBySeries('x 1\nx{a="1 2')).toThrow('line 2: found "x{a=\\"1 2", expected a sample');
  });
});
