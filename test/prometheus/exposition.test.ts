import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ExpositionError, parseExposition } from '../../src/prometheus/exposition.js';
import { root } from '../cli/command.js';
import { PATIENCE_MS } from '../patience.js';

const lines = (...text: string[]) => `${text.join('\n')}\n`;
const sampleOf = (text: string) => [...parseExposition(text).values()][0]?.samples[0];

describe('an exposition of Prometheus', () => {
  it('may have UTF-8 names of metrics and labels, in quotes', () => {
    const families = parseExposition(
      lines(
        '# HELP "my.metric" Seconds.',
        '# TYPE "my.metric" gauge',
        '{"my.metric", "label.x"="a", y="b"} 1',
        '{"my.metric"} 2',
        'plain{"label.x"="c"} 3',
      ),
    );
    const samples = [...families.values()].flatMap((family) => family.samples);
    expect(families.get('my.metric')).toMatchObject({ type: 'gauge', help: 'Seconds.' });
    expect(samples.map(({ name, labels, value }) => [name, labels, value])).toEqual([
      ['my.metric', { 'label.x': 'a', y: 'b' }, 1],
      ['my.metric', {}, 2],
      ['plain', { 'label.x': 'c' }, 3],
    ]);
  });

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

  it.each(['# EOF', '# EOF \n', '# EOF\r\n'])('may end with %j', (end) => {
    expect([...parseExposition(`# TYPE x counter\n${end}`).keys()]).toEqual(['x_total']);
  });

  it('may leave out its end where the samples tell that it is one', () => {
    const families = parseExposition(lines('# TYPE x counter', 'x_total 1', '# TYPE y counter', 'y 1'));
    expect([...families.keys()]).toEqual(['x_total', 'y']);
  });
});

describe('the families of a page', () => {
  const shape = (...text: readonly string[]) =>
    [...parseExposition(lines(...text))].map(([key, { name, type, help, samples }]) => [
      key === name ? name : `${key} is ${name}`,
      type,
      help,
      samples.map(
        (sample) => `${sample.name} ${JSON.stringify(sample.labels)} ${sample.value} at ${sample.line}`,
      ),
    ]);

  it.each<[string, readonly string[], readonly unknown[]]>([
    [
      'a summary',
      ['# TYPE s summary', 's 1', 's_sum 2', 's_count 3', 's_created 4', 's_total 5', 's_bucket 6'],
      [
        ['s', 'summary', undefined, ['s {} 1 at 2', 's_sum {} 2 at 3', 's_count {} 3 at 4']],
        ['s_total', 'untyped', undefined, ['s_total {} 5 at 6']],
        ['s_bucket', 'untyped', undefined, ['s_bucket {} 6 at 7']],
      ],
    ],
    [
      'a histogram',
      ['# TYPE h histogram', 'h_bucket 1', 'h_sum 2', 'h_count 3', 'h_created 4', 'h_info 5'],
      [
        ['h', 'histogram', undefined, ['h_bucket {} 1 at 2', 'h_sum {} 2 at 3', 'h_count {} 3 at 4']],
        ['h_info', 'untyped', undefined, ['h_info {} 5 at 6']],
      ],
    ],
    [
      'an info',
      ['# TYPE i info', 'i_info 1', 'i_sum 2'],
      [
        ['i', 'info', undefined, ['i_info {} 1 at 2']],
        ['i_sum', 'untyped', undefined, ['i_sum {} 2 at 3']],
      ],
    ],
    [
      'a gauge that ends like a part',
      ['# TYPE g_created gauge', 'g_created 1', '# TYPE g gauge', 'g_sum 2'],
      [
        ['g_created', 'gauge', undefined, ['g_created {} 1 at 2']],
        ['g', 'gauge', undefined, []],
        ['g_sum', 'untyped', undefined, ['g_sum {} 2 at 4']],
      ],
    ],
    [
      'a counter with its creation',
      ['# TYPE c_total counter', 'c_total 1', 'c_created 2'],
      [['c_total', 'counter', undefined, ['c_total {} 1 at 2']]],
    ],
    [
      'a creation of nothing',
      ['c_created 2'],
      [['c_created', 'untyped', undefined, ['c_created {} 2 at 1']]],
    ],
    [
      'short counters, which OpenMetrics has',
      ['# TYPE a counter', '# HELP a Help.', '# TYPE b counter', 'b_total 1', '# EOF'],
      [
        ['a_total', 'counter', 'Help.', []],
        ['b_total', 'counter', undefined, ['b_total {} 1 at 4']],
      ],
    ],
    [
      'short counters, which the text format has',
      ['# TYPE a counter', '# HELP a Help.', 'a 1'],
      [['a', 'counter', 'Help.', ['a {} 1 at 3']]],
    ],
    [
      'an end that is no end',
      ['# TYPE a counter', 'a 1', '# EOF is near', ' x 1', '# HELP a Until # EOF', '# EOFs'],
      [
        ['a', 'counter', 'Until # EOF', ['a {} 1 at 2']],
        ['x', 'untyped', undefined, ['x {} 1 at 4']],
      ],
    ],
    [
      'a declaration inside a remark',
      ['# see # TYPE a counter', 'a 1'],
      [['a', 'untyped', undefined, ['a {} 1 at 2']]],
    ],
    [
      'both declared',
      ['# TYPE a counter', '# TYPE a_total counter', 'a_total 1', '# EOF'],
      [
        ['a', 'counter', undefined, []],
        ['a_total', 'counter', undefined, ['a_total {} 1 at 3']],
      ],
    ],
    [
      'a type twice, the same',
      ['# TYPE a gauge', '# TYPE a gauge', 'a 1'],
      [['a', 'gauge', undefined, ['a {} 1 at 3']]],
    ],
    [
      'help without a type, and odd white space',
      ['#  HELP   a   Two  words. ', '\ta{ x = "1" }  2   ', '#TYPE b gauge', '# TYPED b gauge'],
      [['a', 'untyped', 'Two  words.', ['a {"x":"1"} 2 at 2']]],
    ],
    ['help that is empty', ['# HELP a', 'a 1'], [['a', 'untyped', '', ['a {} 1 at 2']]]],
    [
      'a name in quotes with escapes',
      ['# TYPE "a \\" b" gauge', '{"a \\" b"} 1', '{ "c" , x="1" } 2', '{"d",} 3'],
      [
        ['a " b', 'gauge', undefined, ['a " b {} 1 at 2']],
        ['c', 'untyped', undefined, ['c {"x":"1"} 2 at 3']],
        ['d', 'untyped', undefined, ['d {} 3 at 4']],
      ],
    ],
    [
      'names with colons',
      ['a:b_c1 1', ':x 2', '_y{z="1"} 3'],
      [
        ['a:b_c1', 'untyped', undefined, ['a:b_c1 {} 1 at 1']],
        [':x', 'untyped', undefined, [':x {} 2 at 2']],
        ['_y', 'untyped', undefined, ['_y {"z":"1"} 3 at 3']],
      ],
    ],
    [
      'times and exemplars',
      ['a 1 -5', 'b 2 1.5e+3', 'c{x="1"} 3 7 # {t="x"} 1', 'd 4 # anything', 'e 5  1.5e+12  # anything'],
      [
        ['a', 'untyped', undefined, ['a {} 1 at 1']],
        ['b', 'untyped', undefined, ['b {} 2 at 2']],
        ['c', 'untyped', undefined, ['c {"x":"1"} 3 at 3']],
        ['d', 'untyped', undefined, ['d {} 4 at 4']],
        ['e', 'untyped', undefined, ['e {} 5 at 5']],
      ],
    ],
    [
      'white space before the labels',
      ['a {x="1"} 1', 'b  {x="2"} 2'],
      [
        ['a', 'untyped', undefined, ['a {"x":"1"} 1 at 1']],
        ['b', 'untyped', undefined, ['b {"x":"2"} 2 at 2']],
      ],
    ],
  ])('are these: %s', (_, text, expected) => {
    expect(shape(...text)).toEqual(expected);
  });

  it.each([
    ['a 1 2 3', '"a 1 2 3"'],
    ['a{x="1"}1', '"a{x=\\"1\\"}1"'],
    ['1a 1', '"1a 1"'],
    ['a-b 1', '"a-b 1"'],
    ['a {x="1" 2', '"a {x=\\"1\\" 2"'],
    ['{x="1"} 2', '"{x=\\"1\\"} 2"'],
    ['{"a" x="1"} 2', '"{\\"a\\" x=\\"1\\"} 2"'],
    ['a{x=" 2', '"a{x=\\" 2"'],
    ['- 1 # a', '"- 1 # a"'],
    ['a', '"a"'],
    ['a 1 x', '"a 1 x"'],
    [`a ${'0123456789abcdef'.repeat(2)}`, '"a 0123..."'],
    [`a ${'x'.repeat(78)}`, `"a ${'x'.repeat(78)}"`],
    [`a ${'x'.repeat(79)}`, `"a ${'x'.repeat(75)}..."`],
    ['a 0123456789ABCDE', '"a 0123456789ABCDE"'],
  ])('are none in %s', (text, found) => {
    expect(() => parseExposition(`ok 1\n${text}`)).toThrow(
      new ExpositionError(2, `found ${found}, expected a sample such as metric{label="value"} 1`),
    );
  });

  it.each([
    ['a{x="1" y="2"} 1', '"x=\\"1\\" y=\\"2\\""'],
    ['a{x="1",,} 1', '","'],
    ['a{"x"} 1', '"\\"x\\""'],
    ['a{1x="1"} 1', '"1x=\\"1\\""'],
  ])('have labels that are broken in %s', (text, found) => {
    expect(() => parseExposition(text)).toThrow(
      new ExpositionError(1, `found ${found}, expected label="value"`),
    );
  });

  it('name the line in errors', () => {
    const error = new ExpositionError(7, 'm');
    expect([error.name, error.line, error.message]).toEqual(['ExpositionError', 7, 'line 7: m']);
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
      import { ExpositionError, parseExposition } from ${JSON.stringify(join(root, 'src/prometheus/exposition.ts'))};
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
