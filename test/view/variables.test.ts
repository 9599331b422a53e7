import { describe, expect, it } from 'vitest';
import type { VariableJson } from '../../src/view/dashboard-json.js';
import {
  builtIn,
  inDependencyOrder,
  queryResultText,
  substituteInQuery,
  substituteInText,
  type VariableValue,
  variableOptions,
  variableQuery,
} from '../../src/view/variables.js';

const variable = (
  name: string,
  values: readonly string[],
  more: Partial<VariableValue> = {},
): VariableValue => ({
  name,
  label: name,
  type: 'query',
  hidden: false,
  multi: true,
  all: false,
  list: true,
  values,
  ...more,
});

const RANGE = { from: 0, to: 6 * 3_600_000 };
const given = builtIn(RANGE, 30_000, 30_000);
const inQuery = (expr: string, ...variables: VariableValue[]) => substituteInQuery(expr, variables, given);

describe('variables in a query', () => {
  it('stand as a group of alternatives where several values are chosen, and bare where one is', () => {
    expect(inQuery('up{relay=~"$relay"}', variable('relay', ['a', 'b']))).toBe('up{relay=~"(a|b)"}');
    expect(inQuery('up{relay=~"$relay"}', variable('relay', ['a']))).toBe('up{relay=~"a"}');
  });

  it('are escaped for a regular expression inside a string of PromQL where they may hold several values', () => {
    expect(inQuery('up{i=~"$i"}', variable('i', ['gateway-1:3000', 'a.b']))).toBe(
      'up{i=~"(gateway-1:3000|a\\\\.b)"}',
    );
    expect(inQuery('up{i=~"$i"}', variable('i', ['a(b)']))).toBe('up{i=~"a\\\\(b\\\\)"}');
  });

  it('are not escaped for a regular expression where they can hold only one value', () => {
    expect(inQuery('up{i="$i"}', variable('i', ['a.b'], { list: false, multi: false }))).toBe('up{i="a.b"}');
  });

  it('stand as what All means where the dashboard says so, and as all options where it does not', () => {
    expect(inQuery('up{r=~"$r"}', variable('r', ['a', 'b'], { all: true, allValue: '.*' }))).toBe(
      'up{r=~".*"}',
    );
    expect(inQuery('up{r=~"$r"}', variable('r', ['a', 'b'], { all: true }))).toBe('up{r=~"(a|b)"}');
  });

  it('may be written in braces with a format', () => {
    expect(inQuery('up{r=~"${r:pipe}"}', variable('r', ['a', 'b']))).toBe('up{r=~"a|b"}');
    expect(inQuery('up{r=~"[[r]]"}', variable('r', ['a', 'b']))).toBe('up{r=~"(a|b)"}');
    expect(inQuery('up{r=~"${r.name}"}', variable('r', ['a', 'b']))).toBe('up{r=~"(a|b)"}');
    expect(inQuery('up{r=~"${r.name:pipe}"}', variable('r', ['a', 'b']))).toBe('up{r=~"a|b"}');
    expect(() => inQuery('${r:nonsense}', variable('r', ['a']))).toThrow(/"nonsense".*does not support/);
  });

  it.each([
    ['raw', ['a.b'], 'a.b'],
    ['raw', ['a', 'b'], 'a,b'],
    ['csv', ['a', 'b'], 'a,b'],
    ['pipe', ['a.b', 'c'], 'a.b|c'],
    ['regex', ['a.b'], 'a\\.b'],
    ['regex', ['a.b', 'c-d/e'], '(a\\.b|c\\-d\\/e)'],
    ['text', ['a', 'b'], 'a + b'],
    ['glob', ['a'], 'a'],
    ['glob', ['a', 'b'], '{a,b}'],
    ['doublequote', ['a', 'b'], '"a","b"'],
    ['percentencode', ['a b', 'c'], 'a%20b%2Cc'],
  ])('have the format %s: %j is %s', (format, values, text) => {
    expect(inQuery(`x $\{relay:${format}}`, variable('relay', values))).toBe(`x ${text}`);
    expect(inQuery(`x [[relay:${format}]]`, variable('relay', values))).toBe(`x ${text}`);
  });

  it('keep a backslash and a quote in a string of PromQL', () => {
    const single = { list: false, multi: false };
    expect(inQuery('$i', variable('i', ["a\\b'c"], single))).toBe("a\\\\b\\\\'c");
    expect(inQuery('$i', variable('i', ["a\\b'c"]))).toBe("a\\\\\\\\b\\\\'c");
    expect(inQuery('$i', variable('i', [], single))).toBe('');
  });

  it('are refused where they could not be resolved', () => {
    expect(() => inQuery('up{i="$i"}', variable('i', [], { error: 'it is away' }))).toThrow(
      expect.objectContaining({ name: 'VariableError', message: 'it is away' }),
    );
  });

  it('are refused where the dashboard does not have them', () => {
    expect(() => inQuery('up{relay=~"$realy"}', variable('relay', ['a']))).toThrow(
      '$realy is not a variable',
    );
  });

  it('include those of range and step', () => {
    expect(inQuery('rate(x[$__rate_interval]) + rate(x[$__interval]) + rate(x[$__range]) > $__range_s')).toBe(
      'rate(x[2m]) + rate(x[30s]) + rate(x[21600s]) > 21600',
    );
    expect(builtIn({ from: 1_000_000, to: 1_090_400 }, 15_000, 30_000)).toEqual({
      __interval: '15s',
      __interval_ms: '15000',
      __rate_interval: '2m',
      __rate_interval_ms: '120000',
      __range: '90s',
      __range_s: '90',
      __range_ms: '90400',
      __from: '1000000',
      __to: '1090400',
    });
  });
});

describe('variables in a text', () => {
  it('are words, and All where everything is chosen', () => {
    const all = variable('relay', ['a', 'b'], { all: true, allValue: '.*' });
    expect(substituteInText('of $relay', [all], given)).toBe('of All');
    expect(substituteInText('of $relay', [variable('relay', ['a', 'b'])], given)).toBe('of a + b');
    expect(substituteInText('/d/x?${relay:queryparam}', [all], given)).toBe('/d/x?var-relay=%24__all');
  });

  it('stay where they are unknown, since panels have variables of their own', () => {
    expect(substituteInText('${__field.labels.relay} costs $5', [], given)).toBe(
      '${__field.labels.relay} costs $5',
    );
    const two = [variable('job', ['j']), variable('relay', ['a', 'b'])];
    expect(substituteInText('$relay of ${job} in ${place:raw}', two, given)).toBe(
      'a + b of j in ${place:raw}',
    );
  });

  it('include those of range and step', () => {
    expect(substituteInText('per $__interval', [], given)).toBe('per 30s');
  });

  it('are a parameter for each value in an address', () => {
    expect(substituteInText('/d/x?${relay:queryparam}', [variable('relay', ['a b', 'c'])], given)).toBe(
      '/d/x?var-relay=a%20b&var-relay=c',
    );
  });
});

describe('options of a variable', () => {
  const json = (more: Partial<VariableJson>): VariableJson => ({ name: 'relay', type: 'query', ...more });

  it('are asked for by label_values and query_result, and by nothing else', () => {
    expect(variableQuery(json({ query: 'label_values(up{job="a", x=~"$y"}, relay)' }))).toEqual({
      kind: 'label values',
      label: 'relay',
      selector: 'up{job="a", x=~"$y"}',
    });
    expect(variableQuery(json({ query: { query: 'label_values(relay)' } }))).toEqual({
      kind: 'label values',
      label: 'relay',
    });
    expect(variableQuery(json({ query: 'query_result(sort_desc(max by (relay) (up)))' }))).toEqual({
      kind: 'query result',
      expr: 'sort_desc(max by (relay) (up))',
    });
    expect(variableQuery(json({ query: 'label_values( up ,  relay ) ' }))).toEqual({
      kind: 'label values',
      label: 'relay',
      selector: 'up',
    });
    expect(variableQuery(json({ query: 'query_result(up) ' }))).toEqual({ kind: 'query result', expr: 'up' });
    expect(() => variableQuery(json({ query: 'metrics(.*)' }))).toThrow('variable relay');
    for (const query of ['label_values(up, relay) + 1', 'x label_values(relay)', 'label_values(relay-x)'])
      expect(() => variableQuery(json({ query }))).toThrow(
        `found the query "${query}", expected label_values(`,
      );
    for (const query of ['query_result(up) + 1', 'x query_result(up)'])
      expect(() => variableQuery(json({ query }))).toThrow(
        `found the query "${query}", expected label_values(`,
      );
    expect(() => variableQuery(json({}))).toThrow('found the query "", expected');
    expect(() => variableQuery(json({ query: {} }))).toThrow('found the query "", expected');
  });

  it('are taken out of the answer by the regular expression, once each, in the order that is asked for', () => {
    const answers = ['{relay="b"} 2 1000', '{relay="a"} 1 1000', '{relay="b"} 3 1000', '{} 1 1000'];
    const regex = '/relay="([^"]+)"/';
    const values = (...given: Parameters<typeof variableOptions>) =>
      variableOptions(...given).map(({ value }) => value);
    expect(values(json({ regex, sort: 0 }), answers)).toEqual(['b', 'a']);
    expect(values(json({ regex, sort: 1 }), answers)).toEqual(['a', 'b']);
    expect(values(json({ sort: 2, regex: '' }), ['a', 'c', 'b', 'a'])).toEqual(['c', 'b', 'a']);
    expect(values(json({ sort: 3 }), ['10', '9'])).toEqual(['9', '10']);
    expect(values(json({ sort: 4 }), ['9', '10', '8'])).toEqual(['10', '9', '8']);
    expect(values(json({ sort: 5 }), ['b', 'A', 'C'])).toEqual(['A', 'b', 'C']);
    expect(values(json({ sort: 6 }), ['b', 'A', 'C'])).toEqual(['C', 'b', 'A']);
    // Between capital and small letters.
    expect(values(json({ sort: 5 }), ['a', '_'])).toEqual(['_', 'a']);
    expect(values(json({ sort: 6 }), ['_', 'a'])).toEqual(['a', '_']);
    expect(values(json({ regex: 'a.' }), ['ab', 'xab', 'abx'])).toEqual(['ab']);
    expect(values(json({ regex: 'x/a/' }), ['x/a/', 'a'])).toEqual(['x/a/']);
    expect(values(json({ regex: '/a/x/' }), ['/a/x', 'a/x'])).toEqual(['a/x']);
    expect(values(json({ regex: '/A/2' }), ['/A/2', 'A'])).toEqual(['/A/2']);
    expect(() => variableOptions(json({ sort: 99 }), [])).toThrow('sort 99');
  });

  it('are shown as the text that the regular expression names, and sorted by it', () => {
    const answers = ['{relay="aab"} 1 1000', '{relay="zz1"} 1 1000', '{relay="aac"} 1 1000'];
    const options = (regex: string) => variableOptions(json({ regex, sort: 1 }), answers);
    expect(options('/relay="(?<value>.(?<text>[^"]+))"/')).toEqual([
      { value: 'aab', text: 'ab' },
      { value: 'aac', text: 'ac' },
      { value: 'zz1', text: 'z1' },
    ]);
    expect(options('/relay="(?<text>[^"]+)"/')[0]).toEqual({ value: 'aab', text: 'aab' });
    expect(options('/relay="(?<value>[^"]+)"/g')).toHaveLength(3);
  });

  it('appear in texts as what is shown, and in queries and addresses as the value', () => {
    const relay = variable('relay', ['aab'], { texts: { aab: 'ab' } });
    expect(substituteInText('of $relay, ${relay:text}, ${relay:raw}', [relay], given)).toBe('of ab, ab, aab');
    expect(substituteInText('/d/x?${relay:queryparam}', [relay], given)).toBe('/d/x?var-relay=aab');
    expect(substituteInText('/d/x?var-relay=$relay', [relay], given, true)).toBe('/d/x?var-relay=aab');
    expect(inQuery('up{relay=~"$relay"}', relay)).toBe('up{relay=~"aab"}');
  });

  it('are matched against a sample as Grafana writes it', () => {
    expect(queryResultText({ __name__: 'up', relay: 'a' }, 1, 60)).toBe('up{relay="a"} 1 60000');
    expect(queryResultText({ relay: 'a', job: 'j' }, 0.5, 60.0004)).toBe('{relay="a",job="j"} 0.5 60000');
  });

  it('are resolved after the variables that they depend on', () => {
    const list = [
      json({ name: 'relay', query: 'label_values(up{job=~"$job"}, relay)' }),
      json({ name: 'job', query: 'label_values(up, job)' }),
    ];
    const dashboard = {
      uid: 'x',
      title: 'x',
      time: { from: 'now-1h', to: 'now' },
      panels: [],
      templating: { list },
    };
    expect(inDependencyOrder(dashboard).map(({ name }) => name)).toEqual(['job', 'relay']);
    const chain = [
      json({ name: 'c', query: '$b' }),
      json({ name: 'b', query: '$a, $other' }),
      json({ name: 'a', type: 'custom' }),
    ];
    const order = inDependencyOrder({ ...dashboard, templating: { list: chain } });
    expect(order.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    const ring = [
      json({ name: 'a', query: 'label_values(up{b="$b"}, a)' }),
      json({ name: 'b', query: '$a' }),
    ];
    expect(() => inDependencyOrder({ ...dashboard, templating: { list: ring } })).toThrow('cycle: a, b');
  });
});
