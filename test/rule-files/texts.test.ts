import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { documentsOf, WANTED_FILE } from '../../src/rule-files/documents.js';
import { decoded } from '../../src/rule-files/encoded.js';
import { hiddenRules } from '../../src/rule-files/hidden-rules.js';
import { isObject, linesOfJson, objects, text, without } from '../../src/rule-files/json.js';
import { type Document, readYaml, YamlError } from '../../src/rule-files/yaml.js';

describe('values of JSON', () => {
  it('are shown as text, nothing as the empty one', () => {
    const values = [undefined, null, 0, 5, true, false, 'a', [1, { a: null }], { b: 2 }];
    expect(values.map(text)).toEqual(['', '', '0', '5', 'true', 'false', 'a', '[1,{"a":null}]', '{"b":2}']);
  });

  it('are objects only where they have keys', () => {
    expect([{}, { a: 1 }, [], null, undefined, 'a', 1].map(isObject)).toEqual([
      ...[true, true, false, false, false, false, false],
    ]);
    expect(objects([{ a: 1 }, null, [2], 'x', {}])).toEqual([{ a: 1 }, {}]);
    expect([undefined, { a: {} }, 'x'].map(objects)).toEqual([[], [], []]);
    expect(without({ a: 1, b: 2, c: 3 }, 'a', 'c')).toEqual({ b: 2 });
  });

  it('begin on a line', () => {
    const content = `{
  "a": [ {"x": 1}, "],:{",
    [2, {"y,:{": "]"}, []],
    {"e\\"\\\\": {
    }}],
  "b": {"c": null, "d": {}}, "f": [
  ]
}`;
    const value = JSON.parse(content);
    const lines = linesOfJson(content, value);
    const [first, , second, third] = value.a;
    const all = [value, value.a, first, second, second[1], second[2], third, third['e"\\']];
    expect([...all, value.b, value.b.d, value.f].map((one) => lines.get(one))).toEqual([
      ...[1, 2, 2, 3, 3, 3, 4, 4, 6, 6, 6],
    ]);
    // Of a key that is repeated, the last value counts.
    const repeated = '{"a": {"b": {}},\n"a": 5, "c": [{"d": []}],\n"c": null, "e": []}';
    const { e } = JSON.parse(repeated);
    expect(linesOfJson(repeated, { a: 5, c: null, e }).get(e)).toBe(3);
  });

  it('may be encoded and compressed', () => {
    expect(decoded(btoa('up == 1'))).toBe('up == 1');
    expect(decoded(gzipSync('up == 2').toString('base64'))).toBe('up == 2');
    // Compressed by its first two bytes only.
    expect(decoded(Buffer.from([0x1f, 0x8b, 0x20]).toString('base64'))).toBe('');
    expect(decoded(Buffer.from([0x1f, 0x41]).toString('base64'))).toBe('\u001fA');
    expect(decoded(Buffer.from([0x41, 0x8b]).toString('base64'))).toBe('A\uFFFD');
  });
});

describe('a document of YAML', () => {
  const CONTENT = `# first line
a: &x
  b: 010
  "q": |
    one
  f: >-
    two
  n: ~
list:
  - {k: 1.10, l}
  - *x
`;

  it('has its scalars as text, and as values', () => {
    const [document, ...more] = readYaml(`\uFEFF${CONTENT}`);
    expect(more).toEqual([]);
    const a = { b: '010', q: 'one\n', f: 'two', n: null };
    expect(document?.texts).toEqual({ a, list: [{ k: '1.10', l: null }, a] });
    const values = { b: 10, q: 'one\n', f: 'two', n: null };
    expect(document?.values).toEqual({ a: values, list: [{ k: 1.1, l: null }, values] });
    expect(document?.values).toBe(document?.values);
  });

  it('knows where objects, lists and the values of keys begin', () => {
    const [document] = readYaml(CONTENT);
    // biome-ignore lint/suspicious/noExplicitAny: as it stands above
    for (const read of [document?.texts, document?.values] as any[]) {
      expect([read, read.a, read.list, read.list[0]].map((one) => document?.lineOf(one))).toEqual([
        ...[2, 3, 10, 10],
      ]);
      expect(['b', 'q', 'f', 'n', 'other'].map((key) => document?.placeOf(read.a, key))).toEqual([
        { line: 3, isBlock: false },
        { line: 4, isBlock: true },
        { line: 6, isBlock: false },
        { line: 8, isBlock: false },
        undefined,
      ]);
      expect(document?.placeOf(read.list[0], 'l')).toEqual({ line: 10, isBlock: false });
      expect(document?.placeOf(read.list, '0')).toBeUndefined();
    }
    expect([undefined, null, 'a', {}].map((one) => document?.lineOf(one))).toEqual([
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
    expect(document?.placeOf({}, 'a')).toBeUndefined();
  });

  it('may have keys that are no texts', () => {
    const [document] = readYaml('1.0: a\n~: b\ntrue: c\n"": d\n');
    expect(document?.texts).toEqual({ '1.0': 'a', '': 'd', true: 'c' });
    expect(Object.keys(document?.values as object)).toEqual(['1.0', '~', 'true', '']);
  });

  it('merges maps: the first of several, and after what a map has itself', () => {
    const [document] = readYaml(
      'a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {<<: [*a, *b], x: 3}\nd: {"<<": *a}\ne: {<<: *b}\n',
    );
    const { c, d, e } = (document as Document).values as Record<string, object>;
    expect([c, d, e]).toEqual([{ x: 3, y: 1, z: 2 }, { '<<': { x: 1, y: 1 } }, { y: 2, z: 2 }]);
    expect(Object.keys(c as object)).toEqual(['y', 'z', 'x']);
  });

  it.each([
    ['a: 1\na: 2\n', 'Map keys must be unique at line 2, column 1'],
    ['a: "x\n', 'Missing closing "quote at line 2, column 1'],
    ['a: 1\nb: *gone\n', 'unknown anchor gone at line 2'],
    ['a: &a\n  b: *a\n', 'the anchor a contains itself at line 2'],
    ['a: 1\n? [b]\n: c\n', 'found a map or a list as a key at line 2'],
    ['x: 1\na: {<<: text}\n', 'found no map to merge at line 2'],
    ['a: {<<: [[1]]}\n', 'found no map to merge at line 1'],
    ['a: {<<: ~}\n', 'found no map to merge at line 1'],
    // Prometheus refuses it as well.
    ['a: &a {b: 1}\nc: {<<: *a, <<: *a}\n', 'Map keys must be unique at line 2, column 13'],
    [`a: ${'['.repeat(500)}${']'.repeat(500)}`, 'objects and lists are nested too deeply'],
  ])('is refused: %j', (content, message) => {
    expect(() => readYaml(content)).toThrow(new YamlError(message));
  });

  it('is refused where its aliases unfold into millions, through lists and through maps', () => {
    const levels = (begin: (level: number) => string, item: (level: number) => string) =>
      Array.from(
        { length: 6 },
        (_, i) => `${begin(i)}&a${i} [${Array(16).fill(i === 0 ? '1' : item(i - 1))}]\n`,
      ).join('');
    const lists = levels(
      (level) => `k${level}: `,
      (level) => `[*a${level}]`,
    );
    const maps = levels(
      () => '- ',
      (level) => `{x: *a${level}}`,
    );
    for (const content of [lists, maps])
      expect(() => readYaml(content)).toThrow(new YamlError('aliases unfold into more than 2000000 values'));
  });

  it('may be nested 500 deep, and be one of several, or none', () => {
    expect(readYaml(`a: ${'['.repeat(499)}${']'.repeat(499)}`)).toHaveLength(1);
    expect(readYaml('a: 1\n---\nb: 2\n').map(({ texts }) => texts)).toEqual([{ a: '1' }, { b: '2' }]);
    expect(readYaml('')).toEqual([]);
    expect(readYaml('# nothing\n')).toEqual([]);
    expect(readYaml('---\n').map(({ texts }) => texts)).toEqual([null]);
  });
});

describe('a file', () => {
  const read = (path: string, content: string, isNamed = false) => {
    const { documents, unread } = documentsOf({ path, text: content }, isNamed);
    return unread === undefined ? documents.length : unread.reason;
  };

  it.each([
    ['r.yaml', 'groups: []', 1],
    ['r.yml', 'groups: []\n---\nkind: a\n', 2],
    ['R.RULES', 'groups: []', 1],
    ['r.yaml.j2', 'groups: []', 1],
    ['r.yml.gotmpl', 'groups: []', 1],
    ['d.json.tpl', '{"panels":[]}', 1],
    ['d.json', '{"panels":[]}', 1],
    ['d.json', '\uFEFF{"panels":[]}', 1],
    ['D.JSON', '{"panels":[]}', 1],
    ['d.json', '{"panels":[],}', 1],
    ['r.yaml.bak', 'groups: []', 0],
    ['r.txt', 'groups: []', 0],
    ['yaml', 'groups: []', 0],
    // Without a word of rules, dashboards or manifests a file is not even parsed.
    ['r.yaml', 'a: "', 0],
    ['r.yaml', 'kind: "', 'found broken YAML (Missing closing "quote at line 1, column 8), expected rules'],
    ['d.json', '{"panels":[', expect.stringMatching(/^found broken JSON \(.+\), expected a dashboard$/)],
    ['r.libsonnet', '{alert: "A"}', 'Jsonnet is not evaluated'],
    ['r.JSONNET', '{"expr" : "A"}', 'Jsonnet is not evaluated'],
    ['r.tf', "'record' = 1", 'Terraform is not evaluated'],
    ['r.hcl', 'grafana_rule_group', 'Terraform is not evaluated'],
    ['r.cue', 'kind: "PrometheusRule"', 'CUE is not evaluated'],
    ['r.cue', 'import "prometheus_rule"', 'CUE is not evaluated'],
    ['r.cue', 'dashboard: {}', 'CUE is not evaluated'],
    ['r.cue', 'expr: "up"', 'CUE is not evaluated'],
    ['r.jsonnet.yaml', 'groups: []\nexpr: a', 1],
    ['r.cue.yaml', 'groups: []\nexpr: a', 1],
    ['r.tf', 'resource "group" {}', 0],
    ['r.tf', 'nothing', 0],
    ['r.cue', 'preexpr: 1', 0],
    ['r.tf.json', '{"groups": []}', 1],
  ])('%s with %j', (path, content, expected) => {
    expect(read(path, content)).toEqual(expected);
  });

  it('is read whatever its extension, where it was asked for by its name', () => {
    expect(read('r.txt', 'groups: []', true)).toBe(1);
    expect(read('r.txt', '{"panels": []}', true)).toBe(1);
  });

  it.each([
    'kind: {{- x }}',
    'kind: {{ .Values.x }}: [',
    'kind: {{.Values.x }}: [',
    'kind: {{ . }}: [',
    'kind: {{ if x }}: [',
    'kind: {{range x }}: [',
    'kind: {{ include "x" }}: [',
    'kind: {{ with x }}: [',
    'kind: {{ template "x" }}: [',
    'kind: {{ end }}: [',
    'kind: {{ toYaml x }}: [',
    'kind: {{ define "x" }}: [',
    'kind: [ {% if x %}',
    'kind: [ <% x %>: [',
    'kind: [ <%= x %>: [',
    'kind: [ <%- x %>: [',
  ])('is a template: %s', (content) => {
    expect(read('r.yaml', content)).toBe('a Helm, Jinja or similar template, not YAML');
    expect(read('r.json', content)).toBe('a Helm, Jinja or similar template, not JSON');
  });

  it('is no template where braces stand in a text that is broken otherwise', () => {
    expect(read('r.yaml', 'kind: "{{ $labels.x }}')).toContain('found broken YAML');
    expect(read('r.yaml', 'kind: "{{ iffy }}')).toContain('found broken YAML');
  });

  it('may matter by its words, where it cannot be read', () => {
    const matters = (content: string) => documentsOf({ path: 'r.yaml', text: content }).unread;
    for (const word of ['groups', 'PrometheusRule', 'alert', 'record', 'expr', 'panels', 'elements']) {
      expect(matters(`${word}: "`), word).toMatchObject({
        ...{ file: 'r.yaml', text: `${word}: "`, mayMatter: true, isWhole: true },
      });
    }
    for (const word of ['kind', 'alerts', 'apiVersion']) {
      expect(matters(`${word}: "`), word).toMatchObject({ mayMatter: false, isWhole: true });
    }
  });

  it('that was not read is listed with the reason', () => {
    const file = { path: 'a', text: 'x', unread: 'a submodule' };
    expect(documentsOf(file)).toEqual({
      documents: [],
      unread: { file: 'a', reason: 'a submodule', text: 'x', mayMatter: true, isWhole: true },
    });
    expect(documentsOf({ path: 'r.tf', text: 'expr = 1' }).unread).toMatchObject({
      ...{ file: 'r.tf', text: 'expr = 1', mayMatter: true, isWhole: true },
    });
  });

  it('of JSON may be nested 500 deep, strings aside', () => {
    const nested = (depth: number) => `{"panels":${'['.repeat(depth)}${']'.repeat(depth)}}`;
    expect(read('d.json', nested(499))).toBe(1);
    expect(read('d.json', nested(500))).toBe('objects and lists are nested too deeply');
    expect(read('d.json', `{"panels":[${'{},[],'.repeat(600)}1]}`)).toBe(1);
    expect(read('d.json', `{"panels":"\\"${'['.repeat(600)}"}`)).toBe(1);
    expect(documentsOf({ path: 'd.json', text: nested(500) }).unread).toMatchObject({
      ...{ file: 'd.json', text: nested(500), mayMatter: true, isWhole: true },
    });
  });

  it('of JSON has its values as they are, but rules as text', () => {
    const [dashboard] = documentsOf({ path: 'd.json', text: '\uFEFF\n{"panels": [1.10,\n{}]}' }).documents;
    const values = { panels: [1.1, {}] };
    expect(dashboard).toMatchObject({ texts: values, values });
    const { panels } = (dashboard as Document).values as typeof values;
    expect([dashboard?.values, panels, panels[1], 1.1, null].map((one) => dashboard?.lineOf(one))).toEqual([
      ...[2, 2, 3, undefined, undefined],
    ]);
    expect(dashboard?.placeOf(values, 'panels')).toBeUndefined();
    const [rules] = documentsOf({ path: 'r.json', text: '{"groups": [{"limit": 1.10}]}' }).documents;
    expect(rules?.texts).toEqual({ groups: [{ limit: '1.10' }] });
    const [map] = documentsOf({ path: 'r.json', text: '{"groups": {"limit": 1.10}}' }).documents;
    expect(map?.texts).toEqual({ groups: { limit: 1.1 } });
  });

  it('is looked at by its name', () => {
    const names = ['a.yaml', 'b/a.yml', 'a.JSON', 'a.rules', 'a.md', 'a.jsonnet', 'a.libsonnet', 'a.tf'];
    const also = ['a.hcl', 'a.cue', 'a.yaml.tmpl', 'a.json.erb', 'a.rules.template', 'a.yml.jinja'];
    const more = ['a.yml.jinja2', 'a.yml.j2', 'a.yaml.tpl', 'a.yaml.gotmpl'];
    const others = ['a.txt', 'a.yaml.bak', 'yaml', 'a.md.tmpl', 'a.go', 'a.tfx', 'axmd', 'a.yaml.', 'a.yl'];
    expect([...names, ...also, ...more].filter((name) => !WANTED_FILE.test(name))).toEqual([]);
    expect(others.filter((name) => WANTED_FILE.test(name))).toEqual([]);
  });
});

describe('rules in a place where they are not read', () => {
  const rule = { alert: 'A', expr: 'up' };
  it.each([
    [rule, ''],
    [{ record: 'r', expr: 1 }, ''],
    [{ a: { b: [{}, rule] } }, 'a.b[1]'],
    [[[], [rule]], '[1][0]'],
    [{ a: { b: rule }, c: rule }, 'c'],
    [{ alert: 'A' }, undefined],
    [{ expr: 'up' }, undefined],
    [{ alert: '', record: '', expr: 'up' }, undefined],
    [{ alert: 5, expr: 'up' }, undefined],
    [{ v: 'alert: A\nexpr: up' }, 'v'],
    [{ v: '- alert: A\n  expr: up' }, 'v'],
    [{ v: '  - record: a\n    "expr" : up' }, 'v'],
    [{ v: '{"alert": "A", "expr": "up"}' }, 'v'],
    [{ v: "{'alert':A,'expr':up}" }, 'v'],
    [{ v: 'expr: up\nalert: A' }, 'v'],
    [{ v: 'alert: A' }, undefined],
    [{ v: 'expr: up' }, undefined],
    [{ v: 'alert:\nexpr:' }, 'v'],
    [{ v: '# alert: A\nexpr: up' }, undefined],
    [{ v: 'alert: A\n# expr: up' }, undefined],
    [{ v: 'alerts: A\nexpr: up' }, undefined],
    [{ v: 'alert: A\nexprs: up' }, undefined],
    [{ v: 'expr: up\nalert:' }, undefined],
    [{ v: '{"panels": [1]}' }, 'v'],
    [{ v: '"panels":[' }, 'v'],
    [{ v: '"panels" : [' }, 'v'],
    [{ v: '{"panels": 1}' }, undefined],
    [{ panels: [1, { type: 'stat' }] }, ''],
    [{ panels: [null, 'x', { title: 'a' }] }, undefined],
    [{ panels: { type: 'stat' } }, undefined],
    [{ op: 'add', path: '/spec/groups/0' }, ''],
    [{ op: 'add', path: '/spec/groups/0/rules/-' }, ''],
    [{ op: 'add', path: '/rules/12/expr' }, ''],
    [{ op: 'add', path: '/groups/12x' }, undefined],
    [{ op: 'add', path: '/groups/x' }, undefined],
    [{ op: 'add', path: '/groups' }, undefined],
    [{ path: '/spec/groups/0' }, undefined],
    [{ data: [], condition: 'C', title: 'T' }, ''],
    [{ data: [], condition: 'C', title: '' }, undefined],
    [{ data: [], condition: 'C' }, undefined],
    [{ data: [], title: 'T' }, undefined],
    [{ data: {}, condition: 'C', title: 'T' }, undefined],
    [{ kind: 'Dashboard', spec: {} }, ''],
    [{ kind: 'PersesDashboard', spec: {} }, ''],
    [{ kind: 'GrafanaDashboard', spec: {} }, undefined],
    [{ kind: 'DashboardList', spec: {} }, undefined],
    [{ kind: 'Dashboard', spec: [] }, undefined],
    [{ patches: [{ target: { kind: 'PrometheusRule' } }] }, 'patches[0].target'],
    [{ target: { kind: 'PrometheusRule' } }, 'target'],
    [{ target: { kind: 'Service' } }, undefined],
    [{ targets: { kind: 'PrometheusRule' } }, undefined],
    [{ xtarget: { kind: 'PrometheusRule' } }, undefined],
    [{ names: { kind: 'PrometheusRule' } }, undefined],
    [{ target: 'PrometheusRule' }, undefined],
    ['text', undefined],
    [null, undefined],
  ])('%j stand at %j', (document, path) => {
    expect(hiddenRules(document)).toBe(path);
  });
});
