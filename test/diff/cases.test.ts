import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareSides } from '../../src/diff/compare.js';
import type { Finding } from '../../src/diff/finding.js';
import { packageRoot } from '../../src/package/root.js';
import { readSide } from '../../src/rule-files/parse.js';
import { refusalsOf } from '../../src/rule-files/refusals.js';
import type { SideFile } from '../../src/rule-files/side.js';
import { filesWithTargets } from '../targets.js';
import { committed } from './changes.js';

const cases = join(packageRoot, 'test/fixtures/review');

/** The file of a case, or all files of a folder of it, with paths below the case. */
function filesOf(name: string, path: string): SideFile[] {
  const full = join(cases, name, path);
  if (statSync(full).isDirectory()) {
    return readdirSync(full)
      .sort()
      .map((file) => ({ path: file, text: readFileSync(join(full, file), 'utf8') }));
  }
  return [{ path, text: readFileSync(full, 'utf8') }];
}

const compared = (name: string, before = 'before.yaml', after = 'after.yaml') =>
  compareSides(readSide(filesOf(name, before)), readSide(filesOf(name, after)));

const inShort = (findings: readonly Finding[]) =>
  findings.map(({ kind, level, subject }) => `${level} ${kind} ${subject}`);

/** Compares two rule files that are given as text. */
const rules = (before: string, after: string) =>
  compareSides(
    readSide([{ path: 'rules.yaml', text: before }]),
    readSide([{ path: 'rules.yaml', text: after }]),
  );

describe('a file is read as Prometheus reads it', () => {
  it('resolves merge keys', () => {
    const [finding, ...more] = compared('01-merge-keys');
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      kind: 'threshold-changed',
      subject: 'alert CertSoon (critical)',
      before: '604800',
      after: '86400',
      line: 9,
    });
    const [, { for: held, labels } = { for: '', labels: {} }] =
      readSide(filesOf('01-merge-keys', 'after.yaml')).groups[0]?.rules ?? [];
    expect([held, labels]).toEqual(['5m', { severity: 'critical' }]);
  });

  it('takes the first of several merged maps, and its own keys before them, wherever they stand', () => {
    const text = `
x: &one {for: 1m, expr: one}
y: &two {for: 2m, expr: two, labels: {a: two}}
groups:
- name: g
  rules:
  - {alert: A, expr: own, <<: [*one, *two]}
  - {alert: B, "<<": text, expr: up}
`;
    const [a, b] = readSide([{ path: 'r.yaml', text }]).groups[0]?.rules ?? [];
    expect(a).toMatchObject({ expr: 'own', for: '1m', labels: { a: 'two' } });
    expect(b?.more).toEqual({ '<<': 'text' });
  });

  it('resolves any number of aliases', () => {
    const findings = compared('03-many-aliases');
    expect(new Set(findings.map(({ kind }) => kind))).toEqual(new Set(['threshold-changed']));
    expect(findings.length).toBeGreaterThan(99);
  });

  it('lists a file whose aliases unfold without end or contain themselves, instead of filling the memory', () => {
    const bomb = `groups:\n- &a0 {name: x}\n${Array.from({ length: 40 }, (_, i) => `- &a${i + 1} [*a${i}, *a${i}]\n`).join('')}`;
    const side = readSide([
      { path: 'bomb.yaml', text: bomb },
      { path: 'ring.yaml', text: 'groups: &a [*a]\n' },
    ]);
    expect(side.unread.map(({ file, reason }) => [file, reason])).toEqual([
      ['bomb.yaml', expect.stringContaining('aliases unfold into more than')],
      ['ring.yaml', expect.stringContaining('contains itself at line 1')],
    ]);
  });

  it('reads quoted keys, flow style, and JSON in a .yaml file', () => {
    expect(inShort(compared('04-quoted-keys'))).toEqual(['notable window-changed alert A']);
    expect(inShort(compared('04-quoted-keys', 'flow.yaml', 'after.yaml'))).toEqual([
      'notable window-changed alert A',
    ]);
    expect(inShort(compared('04-quoted-keys', 'flow.yaml', 'before.yaml'))).toEqual([]);
  });

  it('reads the scalars of labels as the text that stands there', () => {
    const text = (labels: string) =>
      `groups: [{name: g, rules: [{alert: A, expr: up, labels: {${labels}}}]}]\n`;
    const [rule] =
      readSide([
        {
          path: 'r.yaml',
          text: text('a: 007, b: 1.10, c: True, d: 1e3, e: 2020-01-01, f: ~, g: "~", h: yes'),
        },
      ]).groups[0]?.rules ?? [];
    expect(rule?.labels).toEqual({
      a: '007',
      b: '1.10',
      c: 'True',
      d: '1e3',
      e: '2020-01-01',
      f: '',
      g: '~',
      h: 'yes',
    });
    expect(inShort(rules(text('a: 1.10'), text('a: 1.1')))).toEqual(['breaking label-changed alert A']);
    expect(rules(text('a: 1.10'), text('a: "1.10"'))).toEqual([]);
  });

  it('reads 0 as a duration', () => {
    expect(inShort(compared('06-zero-duration', 'for-0.yaml', 'for-5m.yaml'))).toEqual([
      'notable for-changed alert A',
    ]);
    const [finding] = compared('06-zero-duration', 'for-5m.yaml', 'for-0.yaml');
    expect(finding).toMatchObject({ before: '5m', after: '0s' });
  });

  it('reads the first document of a rule file only, and reports what stands in the others', () => {
    const [finding, ...more] = compared('19-multi-document');
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      kind: 'not-read',
      level: 'notable',
      consequence: expect.stringContaining(
        'document 2 of the file: Prometheus reads the first document only',
      ),
    });
  });
});

describe('what is compared', () => {
  it('is what has no twin in the other form, too', () => {
    expect(inShort(compared('02-one-form-only', 'before', 'after'))).toEqual([
      'breaking alert-removed alert M',
      'notable form-removed rules',
    ]);
  });

  it('goes on beside templates and broken files of others, which are listed', () => {
    expect(inShort(compared('05-foreign-yaml-stops-all', 'before', 'after'))).toEqual([
      'notable threshold-changed alert A',
    ]);
    const side = readSide([
      ...filesOf('05-foreign-yaml-stops-all', 'before'),
      ...filesOf('05-foreign-yaml-stops-all', 'other'),
      ...filesOf('06-zero-duration', 'helm-value.yaml'),
    ]);
    expect(side.unread.map(({ file, reason }) => [file, reason])).toEqual([
      ['helm.yaml', expect.stringContaining('template')],
      ['jinja.yaml', expect.stringContaining('template')],
      ['not-rules-duplicate-key.yaml', expect.stringContaining('Map keys must be unique at line 3')],
      ['helm-value.yaml', expect.stringContaining('template')],
    ]);
  });

  it('are quoted labels and fill', () => {
    expect(inShort(compared('09-quoted-labels'))).toEqual(
      expect.arrayContaining([
        'notable grouping-changed alert F',
        'notable selection-changed alert M',
        'notable grouping-changed alert O',
        'notable grouping-changed alert S',
      ]),
    );
  });

  it('are all fields of a group', () => {
    const findings = compared('12-group-fields');
    expect(findings.map(({ kind, level, after }) => [kind, level, after])).toEqual([
      ['group-field-changed', 'notable', 'limit 10 → 1'],
      ['group-field-changed', 'notable', 'query_offset 1m → 10m'],
    ]);
    const group = (fields: string) => `groups: [{name: g, ${fields}, rules: [{alert: A, expr: up}]}]\n`;
    for (const field of ['partial_response_strategy', 'source_tenants', 'evaluation_delay']) {
      expect(inShort(rules(group('limit: 0'), group(`limit: 0, ${field}: [x]`)))).toEqual([
        'notable group-field-changed group g',
      ]);
    }
    const [other] = rules(group('new_field: 1'), group('new_field: 2'));
    expect(other).toMatchObject({
      kind: 'also-differs',
      after: 'new_field 1 → 2',
      consequence: expect.stringContaining('Also differs, not compared'),
    });
  });

  it('are the fields of a rule that are not known', () => {
    const rule = (more: string) => `groups: [{name: g, rules: [{alert: A, expr: up${more}}]}]\n`;
    expect(rules(rule(', owner: a'), rule(', owner: b'))).toEqual([
      expect.objectContaining({ kind: 'also-differs', after: 'owner a → b', line: 1 }),
    ]);
    expect(rules(rule(''), rule('}, {stray: 1'))).toEqual([
      expect.objectContaining({ kind: 'file-refused', subject: 'group g' }),
      expect.objectContaining({ kind: 'also-differs', subject: 'group g' }),
    ]);
  });

  it('is another query language as text, under its name', () => {
    const [finding, ...more] = compared('18-other-dialects', 'loki-before.yaml', 'loki-after.yaml');
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      kind: 'expression-changed',
      level: 'notable',
      consequence: expect.stringContaining('Not PromQL but LogQL'),
    });
    expect(inShort(compared('18-other-dialects', 'holt-before.yaml', 'holt-after.yaml'))).toContain(
      'notable threshold-changed alert A',
    );
  });

  it('is the interval of the group that an alert moved to', () => {
    const [finding, ...more] = compared('21-moved-record');
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      kind: 'rule-moved',
      level: 'notable',
      before: 'group g (30s)',
      after: 'group slow (10m)',
    });
  });

  it('is the manifest around rules, whose labels decide whether they are loaded', () => {
    const manifest = (role: string) =>
      readSide([
        {
          path: 'm.yaml',
          text: `apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: m, labels: {role: ${role}}}\nspec: {groups: [{name: g, rules: [{alert: A, expr: up}]}]}\n`,
        },
      ]);
    expect(compareSides(manifest('a'), manifest('b'))).toEqual([
      expect.objectContaining({ kind: 'also-differs', after: 'metadata.labels.role a → b' }),
    ]);
  });
});

describe('what Prometheus refuses', () => {
  const refused = (findings: readonly Finding[]) =>
    findings
      .filter(({ kind }) => kind === 'file-refused')
      .map(({ level, subject, after, line }) => [level, subject, after, line]);

  it('is breaking: types, regular expressions, templates, names', () => {
    expect(refused(compared('10-refused-by-prometheus'))).toEqual([
      ['breaking', 'alert A', expect.stringContaining('expected type matrix in call to function "rate"'), 4],
      ['breaking', 'alert B', expect.stringContaining('missing closing )'), 5],
      ['breaking', 'alert C', 'the annotation summary has an unmatched {{ or }}', 6],
      ['breaking', 'group g', 'another group of the file has the name "g"', 7],
    ]);
  });

  it.each(['90', '1.5h', '-5m', '5'])('is a duration of %s', (text) => {
    const rule = (held: string) => `groups: [{name: g, rules: [{alert: A, expr: up, for: ${held}}]}]\n`;
    const findings = rules(rule('5m'), rule(text));
    expect(refused(findings)).toEqual([
      ['breaking', 'alert A', expect.stringContaining('expected a duration such as 30s'), 1],
    ]);
    expect(JSON.stringify(findings)).not.toContain('NaN');
    expect(findings.some(({ kind }) => kind === 'for-changed')).toBe(false);
  });

  it('depends on the version', () => {
    const [side] = [readSide(filesOf('18-other-dialects', 'holt-after.yaml'))];
    expect(refusalsOf(side, { major: 2, minor: 42 })).toEqual([]);
    expect(refusalsOf(side, { major: 3, minor: 16 })).toEqual([
      expect.objectContaining({ reason: expect.stringContaining('unknown function holt_winters') }),
    ]);
    const named = readSide([
      { path: 'r.yaml', text: "groups: [{name: g, rules: [{alert: A, expr: up, labels: {'a.b': c}}]}]\n" },
    ]);
    expect(refusalsOf(named, { major: 3, minor: 16 })).toEqual([]);
    expect(refusalsOf(named, { major: 2, minor: 42 })).toHaveLength(1);
  });

  it('is nothing of another query language, and nothing of what is committed here', () => {
    expect(refusalsOf(readSide(filesOf('18-other-dialects', 'loki-after.yaml')))).toEqual([]);
    expect(refusalsOf(readSide(committed))).toEqual([]);
  });

  it.each([
    ['both names', '{alert: A, record: a, expr: up}', 'both alert and record are set'],
    ['no name', '{expr: up}', 'rules[0] is no alerting and no recording rule'],
    ['no expression', '{alert: A}', 'the rule has no expr'],
    ['an unknown field', '{alert: A, expr: up, owner: a}', 'there is no field owner'],
    ['an empty duration', "{alert: A, expr: up, for: ''}", expect.stringContaining('for: found ""')],
    ['a recording rule that is held', '{record: a, expr: up, for: 5m}', 'a recording rule has no for'],
    ['the label __name__', '{alert: A, expr: up, labels: {__name__: a}}', '"__name__" is no name of a label'],
    [
      'an unknown variable',
      "{alert: A, expr: up, annotations: {a: '{{ $label.x }}'}}",
      'the annotation a uses $label, which no template has',
    ],
    [
      'an open block',
      "{alert: A, expr: up, annotations: {a: '{{ if $value }}'}}",
      'the annotation a has a block without {{ end }}',
    ],
  ])('includes %s', (_, rule, reason) => {
    const side = readSide([{ path: 'r.yaml', text: `groups: [{name: g, rules: [${rule}]}]\n` }]);
    expect(refusalsOf(side).map((one) => one.reason)).toEqual([reason]);
  });
});

describe('dashboards', () => {
  it('say which library panel they show', () => {
    const [finding] = compared('16-dashboards', 'lib-before.json', 'lib-after.json');
    expect(finding).toMatchObject({
      kind: 'also-differs',
      subject: 'panel l/1',
      after: 'libraryPanel.uid lp1 → lp2',
      line: 5,
    });
  });

  it('say which data source each query of a mixed panel asks', () => {
    const findings = compared('16-dashboards', 'mixed-before.json', 'mixed-after.json');
    expect(findings.map(({ kind, after }) => [kind, after])).toEqual([
      ['query-changed', expect.stringContaining('warn')],
      ['also-differs', 'targets[A].datasource.uid p1 → p2'],
    ]);
  });

  it('may get ids where they had none', () => {
    const findings = compared('16-dashboards', 'idsset-before.json', 'idsset-after.json');
    expect(inShort(findings)).toEqual([
      'harmless panel-id-changed panel n/1',
      'harmless panel-id-changed panel n/2',
    ]);
  });

  it('are read as the bare spec of version 2, as a resource of version 1, and from a ConfigMap', () => {
    const v2 = JSON.parse(filesWithTargets().get('grafana-v2/gateway-overview.json') as string);
    const bare = JSON.stringify(v2.spec);
    const side = (text: string, path = 'd.json') => readSide([{ path, text }]);
    expect(
      new Set(compareSides(side(bare), side(bare.replaceAll('max(', 'min('))).map(({ kind }) => kind)),
    ).toContain('query-changed');
    const classic = { title: 'T', panels: [{ id: 1, title: 'P', type: 'stat', targets: [{ expr: 'a' }] }] };
    const v1 = JSON.stringify({
      apiVersion: 'dashboard.grafana.app/v1beta1',
      kind: 'Dashboard',
      metadata: { name: 'u' },
      spec: classic,
    });
    const changed = (text: string) => text.replace('"expr":"a"', '"expr":"b"');
    expect(inShort(compareSides(side(v1), side(changed(v1))))).toEqual(['notable query-changed panel u/1']);
    const map = (text: string) =>
      `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  d.json: |\n    ${text}\n`;
    const inner = JSON.stringify(classic);
    const findings = compareSides(side(map(inner), 'c.yaml'), side(map(changed(inner)), 'c.yaml'));
    expect(findings).toEqual([expect.objectContaining({ kind: 'query-changed', file: 'c.yaml', line: 6 })]);
    // A sidecar loads `*.json` only.
    const renamed = map(inner).replace('d.json:', 'd.jsonx:');
    expect(inShort(compareSides(side(map(inner), 'c.yaml'), side(renamed, 'c.yaml')))).toEqual([
      'notable also-differs ConfigMap c',
    ]);
    const secret = (key: string, password: string) =>
      `apiVersion: v1\nkind: Secret\nmetadata: {name: c}\nstringData:\n  password: ${password}\n  ${key}: '${inner}'\n`;
    const between = (before: string, after: string) =>
      compareSides(side(before, 's.yaml'), side(after, 's.yaml'));
    expect(inShort(between(secret('d.json', 'a'), secret('d.jsonx', 'a')))).toEqual([
      'notable also-differs Secret c',
    ]);
    expect(JSON.stringify(between(secret('d.json', 'hunter2'), secret('d.jsonx', 'hunter3')))).not.toContain(
      'hunter',
    );
  });

  it('include the alert rules that Grafana evaluates', () => {
    const [finding, ...more] = compared(
      '16-dashboards',
      'grafana-alert-rules-before.yaml',
      'grafana-alert-rules-after.yaml',
    );
    expect(more).toEqual([]);
    expect(finding).toMatchObject({
      kind: 'also-differs',
      subject: 'Grafana alert r1',
      after: 'data[A].model.expr rate(up[5m]) == 0 → rate(up[10m]) == 0',
      line: 8,
    });
  });

  it('say that the alert rules of a Grafana group were put in another order', () => {
    const rules = ['r1', 'r2', 'r3'].map((uid) => ({ uid, title: uid, condition: 'A', data: [] }));
    const file = (list: typeof rules) =>
      readSide([{ path: 'a.json', text: JSON.stringify({ groups: [{ name: 'g', rules: list }] }) }]);
    expect(inShort(compareSides(file(rules), file(rules)))).toEqual([]);
    expect(inShort(compareSides(file(rules), file([...rules].reverse())))).toEqual([
      'harmless rules-reordered Grafana rule group g',
    ]);
  });
});

describe('rules inside other objects', () => {
  it('are read from a ConfigMap and from lists, and findings name their line in the file', () => {
    const map = (threshold: number) =>
      readSide([
        {
          path: 'c.yaml',
          text: `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  rules.yaml: |\n    groups:\n    - name: g\n      rules:\n      - alert: A\n        expr: x > ${threshold}\n`,
        },
      ]);
    expect(compareSides(map(1), map(2))).toEqual([
      expect.objectContaining({ kind: 'threshold-changed', file: 'c.yaml', line: 9 }),
    ]);
    const list = (threshold: number) =>
      readSide([
        {
          path: 'l.yaml',
          text: `apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRuleList\nitems:\n- kind: PrometheusRule\n  metadata: {name: m}\n  spec:\n    groups:\n    - name: g\n      rules:\n      - alert: A\n        expr: x > ${threshold}\n`,
        },
      ]);
    expect(compareSides(list(1), list(2))).toEqual([
      expect.objectContaining({ kind: 'threshold-changed', file: 'l.yaml', line: 10 }),
    ]);
  });

  it('of a kind that is not supported are listed, and a change of them is a finding', () => {
    const rule = (threshold: number) =>
      readSide([
        {
          path: 'vm.yaml',
          text: `apiVersion: operator.victoriametrics.com/v1beta1\nkind: VMRule\nmetadata: {name: v}\nspec: {groups: [{name: g, rules: [{alert: A, expr: x > ${threshold}}]}]}\n`,
        },
      ]);
    expect(rule(1).unread).toEqual([
      expect.objectContaining({ file: 'vm.yaml', reason: expect.stringContaining('VMRule') }),
    ]);
    expect(compareSides(rule(1), rule(1))).toEqual([]);
    expect(inShort(compareSides(rule(1), rule(2)))).toEqual(['notable not-read file vm.yaml']);
  });
});

it('lists manifests that are about neither rules nor dashboards, without a finding when they change', () => {
  const monitor = (port: string) =>
    readSide([
      {
        path: 'm.yaml',
        text: `apiVersion: monitoring.coreos.com/v1\nkind: ServiceMonitor\nspec: {endpoints: [{port: ${port}}]}\n`,
      },
    ]);
  expect(monitor('a').unread).toHaveLength(1);
  expect(compareSides(monitor('a'), monitor('b'))).toEqual([]);
});

it('takes a group, labels and annotations that are nothing for what they are', () => {
  const text =
    'groups: [{name: g, rules: }, {name: h, rules: [{alert: A, expr: up, labels: , annotations: ~}]}]\n';
  const side = readSide([{ path: 'r.yaml', text }]);
  expect(refusalsOf(side)).toEqual([]);
  expect(side.groups.map(({ more, rules: own }) => [more, own.map((rule) => rule.more)])).toEqual([
    [{}, []],
    [{}, [{}]],
  ]);
});

describe('what is known of our own metrics', () => {
  it('is not applied to up, ALERTS and the series of others', () => {
    const rule = (expr: string) => `groups: [{name: g, rules: [{alert: A, expr: '${expr}'}]}]\n`;
    for (const [before, after] of [
      ['up == 0', 'up{cluster="a"} == 0'],
      ['ALERTS{alertname="X"} == 1', 'ALERTS{alertname="Y"} == 1'],
      ['max by (cluster) (up) == 0', 'max by (cluster) (up) == 1'],
    ] as const) {
      const kinds = rules(rule(before), rule(after)).map(({ kind }) => kind);
      expect(kinds.filter((kind) => kind.startsWith('alert-labels'))).toEqual([]);
    }
  });
});
