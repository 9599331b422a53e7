import { describe, expect, it } from 'vitest';
import { prunedGroups } from '../../src/rule-files/for-promtool.js';
import { RuleGraph } from '../../src/rule-files/graph.js';
import { readSide } from '../../src/rule-files/parse.js';
import { reasonsNotToEvaluate, refusalsOf } from '../../src/rule-files/refusals.js';
import type { Rule } from '../../src/rule-files/side.js';
import { onceEach, withoutTwins } from '../../src/rule-files/twins.js';

const sideOf = (text: string, path = 'r.yaml') => readSide([{ path, text }]);
const groupsIn = (text: string) => sideOf(text).groups;
const ruleIn = (text: string) => groupsIn(`groups: [{name: g, rules: [${text}]}]`)[0]?.rules[0] as Rule;

describe('a rule group', () => {
  it('is read with all that its file says of it', () => {
    const [group, ...more] = groupsIn(`groups:
- name: g
  interval: 0
  limit: 5
  query_offset: 1m
  labels: {team: a, x: ~}
  rules:
  - alert: A
    expr: " up == 0 "
    for: 5m
    keep_firing_for: 0
    labels: {team: b}
    annotations: {summary: hi, empty: }
    owner: me
  - record: r
    expr: up
  - stray: 1
  - text
`);
    expect(more).toEqual([]);
    const own = { group: 'g', interval: '0s', file: 'r.yaml', form: 'plain' };
    const as = { parsed: expect.anything(), raw: expect.anything() };
    const alert = {
      ...{ ...own, ...as, kind: 'alert', name: 'A', line: 8, place: 0, expr: 'up == 0', for: '5m' },
      ...{ keepFiringFor: '0s', labels: { team: 'b', x: '' }, annotations: { summary: 'hi', empty: '' } },
      more: { owner: 'me' },
    };
    const record = {
      ...{ ...own, ...as, kind: 'record', name: 'r', line: 15, place: 1, expr: 'up' },
      ...{ labels: { team: 'a', x: '' }, annotations: {}, more: {} },
    };
    expect(group).toEqual({
      ...{ name: 'g', form: 'plain', source: 'r.yaml', file: 'r.yaml', line: 2, interval: '0s', limit: 5 },
      rules: [alert, record],
      more: { limit: '5', query_offset: '1m', 'rules[2]': { stray: '1' }, 'rules[3]': 'text' },
      raw: expect.objectContaining({ name: 'g', limit: '5', labels: { team: 'a', x: null } }),
    });
    expect(group?.rules[1]?.raw).toEqual({ record: 'r', expr: 'up' });
  });

  it('may have nothing but a name, or not even that', () => {
    const [group, ...more] = groupsIn('groups: [{name: g, limit: many}, {}, text]');
    expect(group).toEqual({
      ...{ name: 'g', form: 'plain', source: 'r.yaml', file: 'r.yaml', line: 1, limit: 0, rules: [] },
      ...{ more: { limit: 'many' }, raw: { name: 'g', limit: 'many' } },
    });
    expect(more.map(({ name, more: rest }) => [name, rest])).toEqual([['', {}]]);
  });

  it('keeps rules, labels and annotations that are none', () => {
    expect(
      groupsIn('groups: [{name: g, rules: {a: b}}, {name: h, rules: ~}]').map(({ more }) => more),
    ).toEqual([{ rules: { a: 'b' } }, {}]);
    expect(ruleIn('{alert: A, record: r, expr: up, labels: [a], annotations: b}')).toMatchObject({
      ...{ kind: 'alert', name: 'A', labels: {}, annotations: {} },
      more: { record: 'r', labels: ['a'], annotations: 'b' },
    });
    expect(ruleIn('{alert: A, record: "", labels: ~, annotations: ~}').more).toEqual({});
    expect(ruleIn('{alert: "", record: r}')).toMatchObject({ kind: 'record', name: 'r', expr: '', more: {} });
    expect(Object.keys(ruleIn('{alert: A, for: "", expr: up}'))).not.toContain('for');
  });

  it.each([
    ['{a="b"} |= "x"', 'LogQL'],
    ['{a="b"} |~ "x"', 'LogQL'],
    ['{a="b"} |> "x"', 'LogQL'],
    ['rate({a="b"} != "x" [5m])', 'LogQL'],
    ['rate({a="b"}!=`x`[5m])', 'LogQL'],
    ['rate({a="b"} !~ "x" [5m])', 'LogQL'],
    ['rate({a="b"} !~`x` [5m])', 'LogQL'],
    ['{a="b"} !> "x"', 'LogQL'],
    ['{a="b"} | json', 'LogQL'],
    ['{a="b"} |line_format "x"', 'LogQL'],
    ['{a="b"} | line_format "x"', 'LogQL'],
    ['x{a="} |= "}', undefined],
    ['rate(x |json [5m])', 'LogQL'],
    ['rate(x | logfmt [5m])', 'LogQL'],
    ['rate(x | unwrap y [5m])', 'LogQL'],
    ['x | pattern "y"', 'LogQL'],
    ['x | regexp "y"', 'LogQL'],
    ['x | jsonp', undefined],
    ['x | y', undefined],
    ['up == ', undefined],
    ['{a="b"} != 1', undefined],
    ['holt_winters(x[5m], 1, 1)', undefined],
  ])('has a rule that asks %s', (expr, dialect) => {
    expect(ruleIn(`{alert: A, expr: ${JSON.stringify(expr)}}`).dialect).toBe(dialect);
  });

  it('knows Holt-Winters smoothing under both names', () => {
    expect(ruleIn('{alert: A, expr: "holt_winters (x[5m], 1, 1)"}').parsed.text).toBe(
      'double_exponential_smoothing (x[5m], 1, 1)',
    );
    expect(ruleIn('{alert: A, expr: "my_holt_winters"}').parsed.text).toBe('my_holt_winters');
    expect(ruleIn('{alert: A, expr: "holt_winters > 1"}').parsed.text).toBe('holt_winters > 1');
  });
});

const OLD = { major: 2, minor: 42 };
const NEW = { major: 3, minor: 16 };

describe('Prometheus refuses', () => {
  const refused = (text: string, version = NEW) =>
    refusalsOf(sideOf(text), version).map(({ subject, reason }) => `${subject}: ${reason}`);
  const DURATION = 'expected a duration such as 30s, 5m or 1h30m';
  const RANGE = expect.stringMatching(/^alert A: .*expected type matrix in call to function "rate"/);

  it.each([
    ['{name: "", rules: []}', ['group : the group has no name']],
    ['{name: g}, {name: h}, {name: g}', ['group g: another group of the file has the name "g"']],
    ['{name: g, interval: 90}', [`group g: interval: found "90", ${DURATION}`]],
    ['{name: g, interval: 0, query_offset: 1h30m}', []],
    ['{name: g, interval: ~, query_offset: ~, limit: ~}', []],
    ['{name: g, query_offset: -1m}', [`group g: query_offset: found "-1m", ${DURATION}`]],
    ['{name: g, limit: -12}', []],
    ['{name: g, limit: 1.5}', ['group g: limit: found "1.5", expected a whole number']],
    ['{name: g, limit: a1}', ['group g: limit: found "a1", expected a whole number']],
    [
      '{name: g, owner: me, xrules: 1, rulesx: 1}',
      ['owner', 'xrules', 'rulesx'].map((field) => `group g: there is no field ${field}`),
    ],
    ['{name: g, rules: 5}', ['group g: rules is no alerting and no recording rule']],
    [
      `{name: g, rules: [${'{}, '.repeat(10)}1]}`,
      Array.from({ length: 11 }, (_, i) => `group g: rules[${i}] is no alerting and no recording rule`),
    ],
    [
      `{name: g, align_evaluation_time_on_interval: true, evaluation_delay: 1m, labels: {a: b}, limit: 1,
        partial_response_strategy: warn, query_offset: 1m, source_tenants: [a]}`,
      [],
    ],
  ])('of groups: %s', (groups, expected) => {
    expect(refused(`groups: [${groups}]`)).toEqual(expected);
  });

  it.each([
    ['{alert: A}', ['alert A: the rule has no expr']],
    ['{alert: A, expr: up ==}', ['alert A: unexpected end of the expression']],
    ['{alert: A, expr: up, for: 90}', [`alert A: for: found "90", ${DURATION}`]],
    [
      '{alert: A, expr: up, for: 0, keep_firing_for: 1.5h}',
      [`alert A: keep_firing_for: found "1.5h", ${DURATION}`],
    ],
    ['{alert: A, expr: up, for: ~, keep_firing_for: ~}', []],
    [
      '{record: r, expr: up, for: 5m, keep_firing_for: 5m, annotations: {a: b}}',
      ['for', 'keep_firing_for', 'annotations'].map((field) => `record r: a recording rule has no ${field}`),
    ],
    ['{record: r, expr: up, for: ~, annotations: ~}', []],
    ['{record: "a{b}", expr: up}', ['record a{b}: "a{b}" is no name of a metric']],
    ['{alert: A, record: r, expr: up}', ['alert A: both alert and record are set']],
    ['{alert: A, expr: up, labels: [a]}', ['alert A: labels are no map']],
    ['{alert: A, expr: up, annotations: a}', ['alert A: annotations are no map']],
    ['{alert: A, expr: up, owner: me}', ['alert A: there is no field owner']],
    ['{alert: A, expr: up, labels: {"": a}}', ['alert A: "" is no name of a label']],
    ['{alert: A, expr: up, labels: {__name__: a}}', ['alert A: "__name__" is no name of a label']],
    ['{alert: A, expr: up, annotations: {"": a}}', ['alert A: "" is no name of an annotation']],
    ['{alert: A, expr: up, annotations: {__name__: a}}', []],
    [
      '{alert: A, expr: up, labels: {a: "{{ $x }}"}}',
      ['alert A: the label a uses $x, which no template has'],
    ],
    [
      '{alert: A, expr: up, annotations: {a: "{{ $x }}"}}',
      ['alert A: the annotation a uses $x, which no template has'],
    ],
    ['{record: r, expr: up, labels: {a: "{{ $x }}"}}', []],
  ])('of rules: %s', (rule, expected) => {
    expect(refused(`groups: [{name: g, rules: [${rule}]}]`)).toEqual(expected);
  });

  it.each([
    ['{record: a.b, expr: up}', ['record a.b: "a.b" is no name of a metric'], []],
    ['{record: "a:b_1", expr: up}', [], []],
    ['{record: "1a", expr: up}', ['record 1a: "1a" is no name of a metric'], []],
    ['{alert: A, expr: up, labels: {a.b: c}}', ['alert A: "a.b" is no name of a label'], []],
    ['{alert: A, expr: up, labels: {a_1: c, 1a: c}}', ['alert A: "1a" is no name of a label'], []],
    ['{alert: A, expr: up, annotations: {a-b: c}}', ['alert A: "a-b" is no name of an annotation'], []],
    [
      '{alert: A, expr: "holt_winters(x[5m], 0.5, 0.5)"}',
      [],
      ['alert A: unknown function holt_winters; Prometheus 3 has double_exponential_smoothing'],
    ],
    [
      '{alert: A, expr: "holt_winters (x[5m], 0.5, 0.5) > rate(up)"}',
      [RANGE],
      ['alert A: unknown function holt_winters; Prometheus 3 has double_exponential_smoothing', RANGE],
    ],
  ])('by its version: %s', (rule, old, now) => {
    const text = `groups: [{name: g, rules: [${rule}]}]`;
    expect([refused(text, OLD), refused(text)]).toEqual([old, now]);
  });

  it('functions and types that a version does not have', () => {
    const [one, ...more] = refused('groups: [{name: g, rules: [{alert: A, expr: rate(up)}]}]');
    expect(one).toMatch(/^alert A: .*expected type matrix in call to function "rate"/);
    expect(more).toEqual([]);
    const text =
      'groups: [{name: g, rules: [{alert: A, expr: "double_exponential_smoothing(x[5m], 0.5, 0.5)"}]}]';
    expect(refused(text)).toEqual([]);
    expect(refused(text, OLD)).toHaveLength(1);
    // Without a version, as the newest one does.
    expect(refusalsOf(sideOf('groups: [{name: g, rules: [{record: a.b, expr: up}]}]'))).toEqual([]);
  });

  it('fewer fields in manifests, and nothing in a file for another ruler', () => {
    const spec = 'groups: [{name: g, owner: me, rules: [{alert: A, expr: up, owner: me, record: r}]}]';
    expect(refused(`{kind: PrometheusRule, spec: {${spec}}}`)).toEqual([
      'alert A: both alert and record are set',
    ]);
    const logs = `{alert: L, expr: '{a="b"} |= "x"'}`;
    expect(refused(`groups: [{name: "", rules: [${logs}]}, {name: ""}]`)).toEqual([]);
  });

  it('by file: of two, one of the same groups, where it stands', () => {
    const text = 'groups:\n- name: g\n  rules:\n  - alert: A\n';
    const found = refusalsOf(readSide(['a.yaml', 'b.yaml'].map((path) => ({ path, text }))));
    expect(found).toEqual([
      { file: 'a.yaml', line: 4, subject: 'alert A', reason: 'the rule has no expr' },
      { file: 'b.yaml', line: 4, subject: 'alert A', reason: 'the rule has no expr' },
    ]);
    expect(refusalsOf(sideOf('groups:\n- rules: []\n'))[0]).toMatchObject({ file: 'r.yaml', line: 2 });
  });
});

describe('what no Prometheus can evaluate', () => {
  it.each([
    ['{alert: A, expr: up, for: 0, keep_firing_for: 5m}', []],
    ['{alert: A}', ['the rule has no expr']],
    ['{alert: A, expr: up ==}', []],
    ['{alert: A, expr: "{a=\\"b\\"} |= \\"x\\""}', ['LogQL is not replayed']],
    ['{alert: A, expr: "holt_winters(x[5m], 1, 1)"}', ['holt_winters() is not replayed']],
    ['{alert: A, expr: "holt_winters (x[5m], 1, 1)"}', ['holt_winters() is not replayed']],
    ['{alert: A, expr: "my_holt_winters > 1", for: 5}', [expect.stringMatching(/^for: found "5", expected/)]],
    ['{alert: A, expr: up, keep_firing_for: x}', [expect.stringMatching(/^keep_firing_for: found "x", /)]],
    ['{alert: A, expr: rate(up)}', [expect.stringContaining('expected type matrix')]],
  ])('is %s', (rule, reasons) => {
    expect(reasonsNotToEvaluate(ruleIn(rule))).toEqual(reasons);
  });

  it('is a group whose interval is no duration', () => {
    const [group] = groupsIn('groups: [{name: g, interval: x, rules: [{alert: A, expr: up}]}]');
    expect(reasonsNotToEvaluate(group?.rules[0] as Rule)).toEqual([
      expect.stringMatching(/^interval: found "x", expected a duration/),
    ]);
  });
});

describe('rules that read each other', () => {
  const groups = groupsIn(`groups:
- name: alerts
  rules:
  - {alert: A, expr: b > 1, for: 5m, keep_firing_for: 1m, labels: {x: y}}
  - {alert: Z, expr: other > 1}
- name: second
  rules:
  - {record: b, expr: a + a, labels: {l: m}}
- name: first
  rules:
  - {record: a, expr: source}
  - {record: unused, expr: b}
`);
  const graph = new RuleGraph(groups.flatMap(({ rules }) => rules));
  const names = (rules: Iterable<Rule>) => [...rules].map(({ name }) => name);
  const named = (name: string) => graph.rules.find((rule) => rule.name === name) as Rule;

  it('are known by what they read, directly or through others', () => {
    expect(['A', 'Z', 'b', 'a'].map((name) => names(graph.reads(named(name))))).toEqual([
      ['b'],
      [],
      ['a'],
      [],
    ]);
    expect(names(graph.recordsFor([named('A')]))).toEqual(['b', 'a']);
    expect(names(graph.recordsFor([named('Z'), named('b')]))).toEqual(['a']);
    expect([
      graph.doesRead(named('A'), 'b'),
      graph.doesRead(named('A'), 'a'),
      graph.doesRead(named('a'), 'source'),
    ]).toEqual([true, false, true]);
    expect(names(graph.concernedBy(new Set(['a'])))).toEqual(['A', 'b', 'a', 'unused']);
    expect(names(graph.concernedBy(new Set(['source'])))).toEqual(['A', 'b', 'a', 'unused']);
    expect(names(graph.concernedBy(new Set(['Z'])))).toEqual(['Z']);
    expect(names(graph.concernedBy(new Set(['gone'])))).toEqual([]);
    expect(() => graph.reads(ruleIn('{alert: Else, expr: up}'))).toThrow(
      new Error('alert Else is not among the rules'),
    );
  });

  it('read no alert, though a metric has its name or any name will do', () => {
    const rules = groupsIn(
      `groups: [{name: g, rules: [{alert: up, expr: a}, {record: r, expr: up}, {record: s, expr: '{job="x"}'}]}]`,
    ).flatMap((group) => group.rules);
    const [, named, any] = rules as [Rule, Rule, Rule];
    const own = new RuleGraph(rules);
    expect(names(own.reads(named))).toEqual([]);
    expect(names(own.reads(any))).toEqual(['r', 's']);
  });

  it('are put in the order in which they read each other', () => {
    expect(graph.groupsInOrder(groups).map(({ name }) => name)).toEqual(['first', 'second', 'alerts']);
    const ring = groupsIn(
      'groups: [{name: g, rules: [{record: x, expr: y}]}, {name: h, rules: [{record: y, expr: x}]}, {name: i, rules: []}]',
    );
    const rules = ring.flatMap((group) => group.rules);
    expect(new RuleGraph(rules).groupsInOrder(ring).map(({ name }) => name)).toEqual(['h', 'g', 'i']);
  });

  it('are given to promtool without those that an alert does not need', () => {
    const { groups: pruned, reads } = prunedGroups(groups, graph, new Set(['A']), { world: '1' });
    expect(pruned).toEqual([
      { name: '0 first', rules: [{ record: 'a', expr: 'source', labels: {} }] },
      { name: '1 second', rules: [{ record: 'b', expr: 'a + a', labels: { l: 'm' } }] },
      {
        name: '2 alerts',
        rules: [
          { alert: 'A', expr: 'b > 1', for: '5m', keep_firing_for: '1m', labels: { x: 'y', world: '1' } },
        ],
      },
    ]);
    expect(['source', 'a', 'other', 'unused'].map(reads)).toEqual([true, true, false, false]);
    expect(prunedGroups(groups, graph, new Set(['Z', 'b'])).groups).toEqual([
      { name: '0 alerts', rules: [{ alert: 'Z', expr: 'other > 1', labels: {} }] },
    ]);
  });
});

describe('groups in several forms', () => {
  const rules = (...labels: string[]) =>
    `rules: [${labels.map((one) => `{alert: A, expr: up, labels: {${one}}}`).join(', ')}]`;
  const manifest = (name: string, ...labels: string[]) =>
    groupsIn(`{kind: PrometheusRule, spec: {groups: [{name: ${name}, ${rules(...labels)}}]}}`);
  const plain = (...labels: string[]) => groupsIn(`groups: [{name: p, ${rules(...labels)}}]`);
  const mimir = (...labels: string[]) => groupsIn(`namespace: n\ngroups: [{name: m, ${rules(...labels)}}]`);
  const short = (groups: ReturnType<typeof groupsIn>) =>
    groups.map(({ name, rules: own }) => [name, ...own.map(({ labels }) => JSON.stringify(labels))]);

  it('are there once: as rule files, for Mimir, as manifests', () => {
    const all = [...manifest('k', 'a: b', 'e: f'), ...mimir('a: b', 'c: d'), ...plain('a: b')];
    expect(short(onceEach(all))).toEqual([
      ['p', '{"a":"b"}'],
      ['m', '{"c":"d"}'],
      ['k', '{"e":"f"}'],
    ]);
    expect(short(onceEach(manifest('k', 'a: b', 'a: b')))).toEqual([['k', '{"a":"b"}', '{"a":"b"}']]);
  });

  it('are twins by name, kind and labels, whatever their order', () => {
    expect(withoutTwins(plain('a: b, c: d'), mimir('c: d, a: b'))).toEqual([]);
    expect(short(withoutTwins(plain('a: b', 'a: c'), mimir('a: b')))).toEqual([['p', '{"a":"c"}']]);
    const record = groupsIn('groups: [{name: p, rules: [{record: A, expr: up}]}]');
    expect(withoutTwins(record, plain(''))).toEqual(record);
  });
});
