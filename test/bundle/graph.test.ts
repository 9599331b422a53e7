import { describe, expect, it } from 'vitest';
import { DependencyGraph, type GraphNode, mentions } from '../../src/bundle/graph.js';
import { tryParse } from '../../src/promql/parse.js';
import { bundle, panel, raw } from '../checks/bundle-fixture.js';

const node = (kind: GraphNode['kind'], name: string, ...exprs: string[]): GraphNode => ({
  kind,
  name,
  yields: kind === 'alert' || kind === 'panel' ? [] : [name],
  expressions: exprs.map((expr) => tryParse(expr, { variables: kind === 'panel' })),
});

const nodes = [
  node('alert', 'Late', 'b > 1'),
  node('record', 'b', 'sum(a) or b offset 5m'),
  node('record', 'a', 'rate(m[5m])'),
  node('metric', 'm'),
  node('panel', 'p/1', '{"a"} + {__name__="b"}'),
];
const graph = new DependencyGraph(nodes);
const named = (found: Iterable<GraphNode>) => [...found].map(({ name }) => name);
const find = (name: string) => nodes.find((one) => one.name === name) as GraphNode;

describe('a dependency graph', () => {
  it('knows what a node reads and what reads it, its own past included', () => {
    expect(named(graph.reads(find('b')))).toEqual(['a', 'b']);
    expect(named(graph.readersOf(find('b')))).toEqual(['Late', 'b', 'p/1']);
    expect(named(graph.readersOf(find('m')))).toEqual(['a']);
    expect(graph.find('record', 'b')).toBe(find('b'));
    expect([graph.find('metric', 'b'), graph.find('record', 'm')]).toEqual([undefined, undefined]);
  });

  it('follows dependencies through others, in both directions', () => {
    expect(named(graph.restsOn([find('Late')])).sort()).toEqual(['a', 'b', 'm']);
    expect(named(graph.dependentsOf([find('m')])).sort()).toEqual(['Late', 'a', 'b', 'p/1']);
    expect(named(graph.restsOn([find('a')]))).toEqual(['m']);
  });

  it('knows readers of series that no node yields', () => {
    expect(named(graph.readersOfSeries('a'))).toEqual(['b', 'p/1']);
    expect([graph.readersOfSeries('nothing'), graph.yielding('nothing')]).toEqual([[], []]);
    const alone = node('alert', 'A', 'x == 0');
    expect(new DependencyGraph([alone]).reads(alone)).toEqual([]);
    expect(named(new DependencyGraph([node('alert', 'A', 'x == 0')]).readersOfSeries('x'))).toEqual(['A']);
  });

  it.each([
    ['r + 1', true],
    ['sum(r', true],
    ['{__name__=~"r|s"}', true],
    ['{__name__!~"s.*", x="y"}', true],
    ['{x="y"}', false],
    ['r{x="y"} + {x="y"}', true],
    ['s + {x="y"}', false],
  ])('knows whether a reader of r names it, or has a pattern for its name: %s: %s', (expr, isNaming) => {
    const alert = node('alert', 'A', expr);
    expect(new DependencyGraph([alert]).naming('r')).toEqual(isNaming ? [alert] : []);
  });

  it('takes a variable in a name for a pattern of it', () => {
    const panel = node('panel', 'p/1', 'r_$part + 1');
    expect(new DependencyGraph([panel]).naming('r_total')).toEqual([panel]);
  });

  it.each([
    ['r', true],
    ['{"r"}', true],
    ['{__name__="r", x="y"}', true],
    ['{__name__=~"r|s"}', true],
    ['{__name__=~"(?i)R"}', true],
    ['{__name__=~"[[:alpha:]]"}', true],
    ['{__name__!~"s.*", x="y"}', true],
    ['{x="y"}', true],
    ['r:s + rr', false],
    ['{__name__=~"r.+"}', false],
    ['{__name__="r", __name__!="r"}', false],
    ['label_replace(s, "r", "r", "r", "r")', false],
    // What cannot be parsed or evaluated is searched for the name.
    ['sum(r', true],
    ['{__name__=~"r(?=s)"}', true],
    ['s{x=~"(r"}', false],
    ['{__name__="(r"}', false],
    ['sum(rr', false],
  ])('reads r through %s: %s', (expr, reads) => {
    const [record, alert] = [node('record', 'r'), node('alert', 'A', expr)];
    const small = new DependencyGraph([record, alert]);
    expect(small.readersOf(record)).toEqual(reads ? [alert] : []);
    expect(small.doesRead(alert, 'r')).toBe(reads);
  });

  it.each([
    ['$metric', false],
    ['rate(r_$part[$__rate_interval])', true],
    ['[[whole]] + r_total', true],
    ['s_$part', false],
  ])('reads r_total through %s of a panel: %s', (expr, reads) => {
    const panel = node('panel', 'p/1', expr);
    expect(new DependencyGraph([panel]).doesRead(panel, 'r_total')).toBe(reads);
  });

  it('refuses a node that it does not hold', () => {
    expect(() => graph.reads(node('alert', 'Other'))).toThrow('alert Other is not in the graph');
  });
});

describe('the graph of a bundle', () => {
  it('holds metrics, records, alerts and panels, and a histogram by each of its parts', () => {
    const { graph: own } = bundle();
    const record = own.find('record', 'relay:gateway_pending_writes:max');
    if (record === undefined) throw new Error('the record is not in the graph');
    expect(named(own.reads(record))).toEqual(['gateway_pending_writes']);
    expect(own.readersOf(record).map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'alert GatewayTestFiring',
      'panel test/1',
    ]);
    // Alerts and panels yield nothing, also for a selector that reads every series.
    const panels = [panel({ queries: [{ expr: () => raw('{job="gateway"}') }] })];
    const { graph: wide } = bundle({ panels });
    const reader = wide.find('panel', 'test/1');
    const kinds = reader === undefined ? [] : wide.reads(reader).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['metric', 'record']));
    const histogram = 'gateway_pending_write_push_wait_seconds';
    expect(own.find('metric', histogram)?.name).toBe(histogram);
    expect(named(own.yielding(`${histogram}_bucket`))).toEqual([histogram]);
  });
});

describe('a text', () => {
  it('mentions a name as a word of its own', () => {
    expect(mentions('sum(a:b) + a', 'a')).toBe(true);
    expect(mentions('a + 1', 'a')).toBe(true);
    expect(mentions('sum(a:b) + ab', 'a')).toBe(false);
  });
});
