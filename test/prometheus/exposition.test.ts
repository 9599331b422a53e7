import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parseExposition } from '../../src/prometheus/exposition.js';
import { root } from '../cli/command.js';
import { PATIENCE_MS } from '../patience.js';

const lines = (...text: string[]) => `${text.join('\n')}\n`;
const sampleOf = (text: string) => [...parseExposition(text).values()][0]?.samples[0];

describe('an exposition of Prometheus', () => {
  it('is read into families with type, help and samples', () => {
    const families = parseExposition(
      lines(
        '# HELP x_total What x does.',
        '# TYPE x_total counter',
        'x_total{relay="a"} 1',
        'x_total{relay="b"} 2.5e3 1700000000000',
        '# a remark',
        '',
        '# TYPE y gauge',
      ),
    );
    expect([...families.values()]).toEqual([
      {
        name: 'x_total',
        type: 'counter',
        help: 'What x does.',
        samples: [
          { name: 'x_total', labels: { relay: 'a' }, value: 1, line: 3 },
          { name: 'x_total', labels: { relay: 'b' }, value: 2500, line: 4 },
        ],
      },
      { name: 'y', type: 'gauge', samples: [] },
    ]);
  });

  it('may have samples that nothing declares', () => {
    expect(parseExposition('x 1').get('x')).toMatchObject({ type: 'untyped', samples: [{ value: 1 }] });
  });

  it('keeps the parts of a histogram together, and of a summary', () => {
    const families = parseExposition(
      lines(
        '# TYPE h histogram',
        'h_bucket{le="1"} 1',
        'h_bucket{le="+Inf"} 2',
        'h_sum 3',
        'h_count 2',
        '# TYPE s summary',
        's{quantile="0.5"} 1',
        's_sum 3',
        's_count 2',
      ),
    );
    expect([...families].map(([name, { samples }]) => [name, samples.length])).toEqual([
      ['h', 4],
      ['s', 3],
    ]);
  });

  it('does not take a metric for a part of another that its name begins with', () => {
    const families = parseExposition(
      lines('# TYPE x gauge', 'x 1', '# TYPE x_total gauge', 'x_total 2', '# TYPE y gauge', 'y_count 3'),
    );
    expect([...families].map(([name, { samples }]) => [name, samples.map(({ value }) => value)])).toEqual([
      ['x', [1]],
      ['x_total', [2]],
      ['y', []],
      ['y_count', [3]],
    ]);
  });

  it.each([
    ['x{a="q\\"b"} 1', { a: 'q"b' }],
    ['x{a="b\\\\c"} 1', { a: 'b\\c' }],
    ['x{a="b\\nc"} 1', { a: 'b\nc' }],
    ['x{a="}, b=\\"{"} 1', { a: '}, b="{' }],
    ['x{ a = "1" , b="2", } 1', { a: '1', b: '2' }],
    ['x{} 1', {}],
    ['x{a=""} 1', { a: '' }],
  ])('has the labels of %s', (text, labels) => {
    expect(sampleOf(text)?.labels).toEqual(labels);
  });

  it.each([
    ['Nan', Number.NaN],
    ['NaN', Number.NaN],
    ['nan', Number.NaN],
    ['+Inf', Number.POSITIVE_INFINITY],
    ['inf', Number.POSITIVE_INFINITY],
    ['-INF', Number.NEGATIVE_INFINITY],
    ['-1.5e-3', -0.0015],
    ['+2', 2],
  ])('has the value %s', (text, value) => {
    expect(sampleOf(`x ${text}`)?.value).toBe(value);
  });

  it('may end its lines as Windows does', () => {
    expect(parseExposition('# TYPE x gauge\r\nx 1\r\n').get('x')).toMatchObject({
      type: 'gauge',
      samples: [{ value: 1 }],
    });
  });

  it('is what the gateway and the escrow service serve', () => {
    const page = readFileSync(join(root, 'test/fixtures/gateway-metrics.prom'), 'utf8');
    const families = parseExposition(page);
    expect(families.size).toBe(page.match(/^# TYPE /gm)?.length);
    const samples = [...families.values()].flatMap((family) => family.samples);
    expect(samples).toHaveLength(page.split('\n').filter((line) => /^[a-z]/.test(line)).length);
    expect([...families.values()].filter(({ type }) => type === 'untyped')).toEqual([]);
  });
});

describe('an exposition of OpenMetrics', () => {
  it('ends with EOF, names units, and declares counters without _total', () => {
    const families = parseExposition(
      lines(
        '# TYPE x counter',
        '# UNIT x seconds',
        '# HELP x What x does.',
        'x_total{relay="a"} 3.0 1700000000.5 # {trace="}"} 0.5 1.7e9',
        'x_created{relay="a"} 1.7e9 1.7e9',
        '# TYPE unborn counter',
        '# TYPE h histogram',
        'h_bucket{le="120.0"} 1 # {trace="1"} 7',
        'h_created 1.7e9',
        '# EOF',
      ),
    );
    expect([...families.values()]).toEqual([
      {
        name: 'x_total',
        type: 'counter',
        help: 'What x does.',
        samples: [{ name: 'x_total', labels: { relay: 'a' }, value: 3, line: 4 }],
      },
      { name: 'unborn_total', type: 'counter', samples: [] },
      {
        name: 'h',
        type: 'histogram',
        samples: [{ name: 'h_bucket', labels: { le: '120.0' }, value: 1, line: 8 }],
      },
    ]);
  });

  it('may leave out its end where the samples tell that it is one', () => {
    const families = parseExposition(lines('# TYPE x counter', 'x_total 1', '# TYPE y counter', 'y 1'));
    expect([...families.keys()]).toEqual(['x_total', 'y']);
  });
});

describe('text that is no exposition', () => {
  it.each([
    ['HTML', '<html>', 'line 1: found "<html>", expected a sample such as metric{label="value"} 1'],
    ['a JSON text', '{"a": 1}', 'line 1: found "{\\"a\\": 1}", expected a sample'],
    ['a label without quotes', 'x{a=1} 2', 'line 1: found "a=1", expected label="value"'],
    ['a label name with a dash', 'x{a-b="1"} 2', 'line 1: found "a-b=\\"1\\"", expected label="value"'],
    ['a label twice', 'x{a="1",a="2"} 2', 'line 1: found the label a twice, expected it once'],
    ['an open quote', 'x{a="1} 2', 'line 1: found "x{a=\\"1} 2", expected a sample'],
    ['an open brace', 'x{a="1" 2', 'line 1: found "x{a=\\"1\\" 2", expected a sample'],
    ['no value', 'x{a="1"}', 'line 1: found "x{a=\\"1\\"}", expected a sample'],
    ['a value in words', 'ok 1\nx one', 'line 2: found "x one", expected a sample'],
    ['a time in words', 'x 1 now', 'line 1: found "x 1 now", expected a sample'],
    ['a TYPE line without a type', '# TYPE x', 'line 1: found "# TYPE x", expected # TYPE <metric> <type>'],
    [
      'two types of one metric',
      '# TYPE x gauge\n# TYPE x counter',
      'line 2: found x as counter, which an earlier line declared as gauge',
    ],
  ])('is refused with the line, what was found and what is expected: %s', (_, text, message) => {
    expect(() => parseExposition(text)).toThrow(message);
  });

  it('is quoted short, and without keys of peers', () => {
    const key = '4045d2ef356c7f670dc70f1d0f6b88efc5722dcff2faafe050d63ad5135ea8c0';
    expect(() => parseExposition(`x{owner="${key}"} none`)).toThrow(
      'line 1: found "x{owner=\\"4045...\\"} none", expected',
    );
    expect(() => parseExposition('long '.repeat(10_000))).toThrow(/^line 1: found "(?:long ){15}lo\.\.\."/);
  });

  // Hours of work where it grows with the square of the length. In a process, which can be ended then.
  it('is refused without working ever longer, however it is made', async () => {
    const program = `
      import { parseExposition } from ${JSON.stringify(join(root, 'src/prometheus/exposition.ts'))};
      for (const text of ['x{' + 'a="1",'.repeat(300_000), 'x{' + '"'.repeat(600_001) + '} 1']) {
        try {
          parseExposition(text);
        } catch (error) {
          console.log(error.message.slice(0, 6));
        }
      }`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), '--input-type=module', '--eval', program],
      { timeout: PATIENCE_MS },
    );
    expect(stdout).toBe('line 1\nline 1\n');
  });
  it('is read however many labels a line has, and however long a value is', () => {
    const labels = Array.from({ length: 400_000 }, (_, i) => `a${i % 20_000}_${Math.floor(i / 20_000)}="x"`);
    const long = '\\n'.repeat(3_000_000);
    for (const [text, count] of [
      [`m{${labels.join(',')}} 1`, labels.length],
      [`m{a="${long}"} 1`, 1],
    ] as const) {
      const [sample] = parseExposition(text).get('m')?.samples ?? [];
      expect(Object.keys(sample?.labels ?? {}).length).toBe(count);
      expect(sample?.value).toBe(1);
    }
  });
});
