import { describe, expect, it } from 'vitest';
import { readSide } from '../../src/rule-files/parse.js';
import type { Place, Side } from '../../src/rule-files/side.js';

const read = (text: string, path = 'f.yaml') => readSide([{ path, text }]);
const lineOf = ({ line }: Place) => (typeof line === 'function' ? line() : line);

/** What a side holds, in short. */
const shown = ({ groups, dashboards, objects, unread }: Side) => ({
  groups: groups.map((one) => [one.name, one.form, one.source, one.file, lineOf(one)]),
  rules: groups.flatMap(({ rules }) => rules.map((one) => [one.name, one.form, one.file, lineOf(one)])),
  dashboards: dashboards.map((one) => [one.uid, one.form, one.file, lineOf(one)]),
  objects: objects.map((one) => [one.kind, one.name, one.value, one.file, lineOf(one)]),
  unread: unread.map((one) => [one.file, lineOf(one), one.reason, one.mayMatter, one.isWhole]),
});
const NOTHING = { groups: [], rules: [], dashboards: [], objects: [], unread: [] };
const HIDDEN = (path: string, file = 'f.yaml', line = 1) => [
  ...[file, line, `rules or dashboards in a place where they are not read${path}`, true, false],
];

describe('a side', () => {
  it('sorts its files by what they hold', () => {
    const files = [
      { path: 'p.md', text: 'groups: []' },
      { path: 'r.yaml', text: 'groups: [{name: g}]' },
      { path: 'd.json', text: '{"panels":[]}' },
      { path: 'a.yaml', text: 'route: {receiver: a}\nreceivers: []\n' },
      { path: 'o.txt', text: 'kind: x' },
      { path: 'b.yaml', text: 'kind: "' },
      { path: 'p.yaml', text: 'scrape_configs: []\nkind: x\n' },
      { path: 'e.yaml', text: 'groups: []' },
    ];
    const side = readSide(files);
    expect(shown(side)).toEqual({
      groups: [['g', 'plain', 'r.yaml', 'r.yaml', 1]],
      ...{ rules: [], dashboards: [['', 'classic', 'd.json', 1]] },
      objects: [
        ['Alertmanager configuration', 'a.yaml', { route: { receiver: 'a' }, receivers: [] }, 'a.yaml', 1],
        ['Prometheus configuration', 'p.yaml', { scrape_configs: [], kind: 'x' }, 'p.yaml', 1],
      ],
      unread: [['b.yaml', undefined, expect.stringContaining('broken YAML'), false, true]],
    });
    expect(side.alertmanagers).toEqual([files[3]]);
    expect([...side.pages]).toEqual(['p.md']);
    expect(side.others.map(({ path }) => path)).toEqual(['p.md', 'o.txt', 'b.yaml', 'p.yaml', 'e.yaml']);
  });

  it('reads a file once, and by its name once more', () => {
    const file = { path: 'r.txt', text: 'groups: [{name: g}]' };
    expect(readSide([file]).groups).toEqual([]);
    const [group] = readSide([file], true).groups;
    expect(group?.name).toBe('g');
    expect(readSide([file], true).groups[0]).toBe(group);
    expect(readSide([file]).groups).toEqual([]);
  });

  it.each([
    ['route: {receiver: a}', []],
    ['route: a\nreceivers: []', []],
    ['route: {}\nreceivers: {}', []],
    ['rule_files: [x]', ['Prometheus configuration']],
    ['rule_files: [x]\ntests: []\ngroup: x', []],
    ['rule_files: [x]\ntests: x', ['Prometheus configuration']],
    ['scrape_configs: {}', []],
    ['scrape_configs: []\ntests: []', ['Prometheus configuration']],
  ])('knows the configurations of programs: %j', (text, kinds) => {
    expect(read(`# kind\n${text}`).objects.map(({ kind }) => kind)).toEqual(kinds);
  });
});

describe('a rule file', () => {
  it('has a namespace for Mimir, or other fields', () => {
    const rules = 'groups: [{name: g, rules: [{alert: A, expr: up}]}]';
    expect(shown(read(`namespace: n\n${rules}`))).toEqual({
      ...NOTHING,
      groups: [['g', 'mimir', 'f.yaml', 'f.yaml', 2]],
      rules: [['A', 'mimir', 'f.yaml', 2]],
      objects: [['Mimir rule file', 'f.yaml', { namespace: 'n' }, 'f.yaml', 1]],
    });
    expect(shown(read(`${rules}\nx: 1`))).toEqual({
      ...NOTHING,
      groups: [['g', 'plain', 'f.yaml', 'f.yaml', 1]],
      rules: [['A', 'plain', 'f.yaml', 1]],
      objects: [['rule file', 'f.yaml', { x: 1 }, 'f.yaml', 1]],
    });
  });

  it('is its first document', () => {
    expect(shown(read('groups: [{name: g}]\n---\n---\ngroups: [{name: h, rules: [{expr: x}]}]\n'))).toEqual({
      ...NOTHING,
      groups: [['g', 'plain', 'f.yaml', 'f.yaml', 1]],
      unread: [
        ['f.yaml', 4, 'document 3 of the file: Prometheus reads the first document only', true, false],
      ],
    });
    expect(read('kind: x\n---\ngroups: [{name: 1.10}]\n').unread[0]?.text).toBe(
      '{"groups":[{"name":"1.10"}]}',
    );
  });

  it('is one for Grafana by its rules', () => {
    const kinds = (rule: string) =>
      read(`groups: [{name: g, rules: [{alert: A}]}, {rules: [${rule}]}]`).objects.map(({ kind }) => kind);
    const grafana = ['file', 'rule group'].map((what) =>
      what === 'file' ? 'Grafana alert file' : 'Grafana rule group',
    );
    expect(kinds('{condition: C}')).toEqual([
      grafana[0],
      grafana[1],
      'Grafana alert',
      grafana[1],
      'Grafana alert',
    ]);
    expect(kinds('{data: []}')).toHaveLength(5);
    expect(kinds('{alert: A, condition: C}')).toEqual([]);
    expect(kinds('{data: {}}')).toEqual([]);
    expect(kinds('{}')).toEqual([]);
  });
});

describe('a manifest', () => {
  const GROUPS = 'groups: [{name: g, rules: [{alert: A, expr: up}]}]';

  it('of rules is read with what stands around them', () => {
    const text = `---\nkind: PrometheusRule\nmetadata: {namespace: n, name: m}\nspec:\n  x: 1\n  ${GROUPS}\n`;
    expect(shown(read(text))).toEqual({
      ...NOTHING,
      groups: [['g', 'manifest', 'f.yaml 2', 'f.yaml', 6]],
      rules: [['A', 'manifest', 'f.yaml', 6]],
      objects: [
        [
          ...['PrometheusRule', 'n/m'],
          { kind: 'PrometheusRule', metadata: { namespace: 'n', name: 'm' }, spec: { x: '1' } },
          ...['f.yaml', 2],
        ],
      ],
    });
    const value = (spec: string) => read(`kind: PrometheusRule\nspec: ${spec}`).objects[0];
    expect(value('{groups: x, y: z}')).toMatchObject({ name: '', value: { spec: { groups: 'x', y: 'z' } } });
    expect(value('{y: z}')?.value).toEqual({ kind: 'PrometheusRule', spec: { y: 'z' } });
    expect(value('x')?.value).toEqual({ kind: 'PrometheusRule', spec: {} });
    expect(read('kind: PrometheusRule\nmetadata: {name: m}').objects[0]?.name).toBe('m');
  });

  it('may be an item of a list, which need not say what its items are', () => {
    const text = `kind: PrometheusRuleList
metadata: {x: 1}
items:
- metadata: {name: a}
  spec: {${GROUPS}}
- text
- kind: ConfigMap
  metadata: {name: b}
  data: {x.yaml: "groups: [{name: h}]"}
`;
    expect(shown(read(text))).toEqual({
      ...NOTHING,
      groups: [
        ['g', 'manifest', 'f.yaml 4', 'f.yaml', 5],
        ['h', 'plain', 'f.yaml#x.yaml', 'f.yaml', 9],
      ],
      rules: [['A', 'manifest', 'f.yaml', 5]],
      objects: [
        ['PrometheusRule', 'a', { metadata: { name: 'a' }, spec: {} }, 'f.yaml', 4],
        [
          ...['ConfigMap', 'b'],
          { kind: 'ConfigMap', metadata: { name: 'b' }, data: { 'x.yaml': 'rules or dashboards' } },
          ...['f.yaml', 7],
        ],
        [
          ...['List', 'f.yaml'],
          { kind: 'PrometheusRuleList', metadata: { x: 1 }, others: ['text'] },
          ...['f.yaml', 1],
        ],
      ],
    });
    const around = (list: string) => read(list).objects.map(({ kind, value }) => [kind, value]);
    expect(around('kind: List\nitems: [{kind: x}]')).toEqual([['List', { kind: 'List', others: [] }]]);
    expect(around('kind: List\nitems: x')).toEqual([]);
    expect(around('kind: Listed\nitems: []')).toEqual([]);
  });

  it('may be an item of a list in a list', () => {
    const dashboard = '{kind: Dashboard, metadata: {name: d}, spec: {title: T, panels: [{id: 1}]}}';
    const map = '{kind: ConfigMap, metadata: {name: c}, data: {r.yaml: "groups: [{name: g}]"}}';
    const list = (items: string) => `{kind: List, items: [${items}]}`;
    const side = read(list(`text, ${list(`1, ${map}, ${dashboard}`)}, ${list(dashboard)}`));
    expect(side.dashboards.map(({ uid, title, panels }) => [uid, title, panels.length])).toEqual([
      ['d', 'T', 1],
      ['d', 'T', 1],
    ]);
    expect(side.objects[0]).toMatchObject({
      ...{ kind: 'ConfigMap', name: 'c' },
      value: { kind: 'ConfigMap', metadata: { name: 'c' }, data: { 'r.yaml': 'rules or dashboards' } },
    });
  });

  it.each([
    ['monitoring.coreos.com/v1', 'AlertmanagerConfig', true],
    ['monitoring.coreos.com/v1', 'ServiceMonitor', false],
    ['monitoring.googleapis.com/v1', 'ClusterRules', true],
    ['operator.victoriametrics.com/v1beta1', 'VMRule', true],
    ['loki.grafana.com/v1', 'AlertingRule', true],
    ['grafana.integreatly.org/v1', 'GrafanaFolder', true],
    ['grafana.integreatly.org/v1', 'GrafanaContactPoint', true],
    ['grafana.integreatly.org/v1', 'GrafanaNotificationPolicy', true],
    ['grafana.integreatly.org/v1', 'GrafanaLibraryPanel', true],
    ['grafana.integreatly.org/v1', 'GrafanaDatasource', false],
    ['rules.grafana.app/v0', 'AlertRule', true],
    ['notifications.alerting.grafana.app/v0', 'Receiver', false],
    ['sloth.slok.dev/v1', 'PrometheusServiceLevel', true],
    ['pyrra.dev/v1', 'ServiceLevelObjective', true],
    ['openslo/v1', 'SLO', true],
  ])('of %s %s is not supported', (apiVersion, kind, mayMatter) => {
    expect(shown(read(`apiVersion: ${apiVersion}\nkind: ${kind}`)).unread).toEqual([
      ['f.yaml', 1, `${kind} (${apiVersion}) is not supported`, mayMatter, false],
    ]);
  });

  it.each([
    'apiVersion: apps/v1\nkind: AlertRule',
    'apiVersion: my.monitoring.coreos.com/v1\nkind: AlertRule',
    'apiVersion: monitoring.coreos.com/v1',
    'kind: Rule',
  ])('is of no interest: %j', (text) => {
    expect(shown(read(text))).toEqual(NOTHING);
  });
});

describe('rules and dashboards elsewhere in a file', () => {
  it('are listed', () => {
    const rule = '{alert: A, expr: up}';
    expect(shown(read(`\nx: {y: [${rule}]}`)).unread).toEqual([HIDDEN(' (x.y[0])', 'f.yaml', 2)]);
    expect(shown(read(rule)).unread).toEqual([HIDDEN('')]);
    expect(read(`x: ${rule}`).unread[0]?.text).toBe('{"x":{"alert":"A","expr":"up"}}');
    expect(shown(read('groups: {a: b}'))).toEqual(NOTHING);
    expect(shown(read('just a text about a group'))).toEqual(NOTHING);
  });

  it('are read from a file that is a list, but for rule files', () => {
    const list = [
      { panels: [], uid: 'd' },
      ...['text', null],
      { groups: [{ rules: [{ alert: 'A', expr: 'up' }] }] },
      { kind: 'PrometheusRule', metadata: { name: 'm' }, spec: { groups: [] } },
    ];
    expect(shown(read(JSON.stringify(list), 'f.json'))).toEqual({
      ...NOTHING,
      dashboards: [['d', 'classic', 'f.json', 1]],
      objects: [['PrometheusRule', 'm', { ...(list[4] as object), spec: {} }, 'f.json', 1]],
      unread: [HIDDEN(' (groups[0].rules[0])', 'f.json')],
    });
  });
});

describe('files in a ConfigMap or a Secret', () => {
  const DASHBOARD = '{"uid": "u",\n "panels": [{"id": 1}]}';

  it('are read with their lines, and with what stands around them', () => {
    const text = `kind: ConfigMap
metadata: {name: c, labels: {x: y}}
data:
  r.yaml: |
    # one
    groups:
    - name: g
      rules:
      - alert: A
        expr: up
  d.json: |
    {"uid": "u",
     "panels": [{"id": 1}]}
  folded.rules: "groups: [{name: h, rules: [{record: r, expr: up}]}]"
  other: text
  bad.yaml: |
    groups: "
  p.yml: 'apiVersion: 1

    policies: []'
`;
    const side = read(text);
    const marked = ['r.yaml', 'd.json', 'folded.rules', 'p.yml'].map((key) => [key, 'rules or dashboards']);
    const data = { ...Object.fromEntries(marked), other: 'text', 'bad.yaml': 'groups: "\n' };
    expect(shown(side)).toEqual({
      groups: [
        ['g', 'plain', 'f.yaml#r.yaml', 'f.yaml', 7],
        ['h', 'plain', 'f.yaml#folded.rules', 'f.yaml', 14],
      ],
      rules: [
        ['A', 'plain', 'f.yaml', 9],
        ['r', 'plain', 'f.yaml', 14],
      ],
      dashboards: [['u', 'embedded', 'f.yaml', 12]],
      objects: [
        [...['Grafana provisioning', 'f.yaml#p.yml', { apiVersion: 1, policies: [] }, 'f.yaml', 18]],
        [
          ...['ConfigMap', 'c', { kind: 'ConfigMap', metadata: { name: 'c', labels: { x: 'y' } }, data }],
          ...['f.yaml', 1],
        ],
      ],
      unread: [['f.yaml', undefined, expect.stringMatching(/^bad\.yaml: found broken YAML/), true, true]],
    });
    expect(side.dashboards[0]?.panels.map((panel) => [panel.file, lineOf(panel)])).toEqual([['f.yaml', 13]]);
  });

  it('are read by their content where their names have no extension', () => {
    const content = (key: string, value: string) => {
      const { groups, dashboards } = read(
        JSON.stringify({ kind: 'ConfigMap', data: { [key]: value } }),
        'c.json',
      );
      return [groups.map(({ source }) => source), dashboards.map(({ uid }) => uid)];
    };
    expect(content('alerts', '# ours\ngroups: [{name: g}]')).toEqual([['c.json#alerts'], []]);
    expect(content('alerts', '"groups" : [{name: g}]')).toEqual([['c.json#alerts'], []]);
    expect(content('alerts', `'groups': [{name: g}]`)).toEqual([['c.json#alerts'], []]);
    expect(content('board', `\n ${DASHBOARD}`)).toEqual([[], ['u']]);
    expect(content('r.yaml.gz', 'kind: x\n---\nkind: y')).toEqual([[], []]);
    expect(content('x', ' groups: [{name: g}]')).toEqual([[], []]);
    expect(content('x', 'my groups: [{name: g}]')).toEqual([[], []]);
    expect(content('yaml', '[{"panels": []}]')).toEqual([[], []]);
    const second = JSON.stringify({ kind: 'ConfigMap', data: { board: '{"elements": {}}' } });
    expect(read(second, 'c.json').dashboards.map(({ form }) => form)).toEqual(['v2']);
    expect(content('x.json', '[{"panels": [], "uid": "u"}]')).toEqual([[], ['u']]);
    expect(content('x.jsonl', '[{"panels": [], "uid": "u"}]')).toEqual([[], []]);
    expect(content('x.yml.gz', '[{"panels": [], "uid": "u"}]')).toEqual([[], ['u']]);
  });

  it('are decoded, and what else a Secret holds is not shown', () => {
    const rules = btoa('groups: [{name: g}]');
    const shows = (kind: string, field: string, value: string) =>
      shown(
        read(
          JSON.stringify({ kind, metadata: { name: 'c' }, [field]: { 'r.yaml': value, password: 'p' } }),
          'c.json',
        ),
      );
    const held = { 'r.yaml': 'rules or dashboards' };
    for (const [field, value] of [
      ['data', rules],
      ['stringData', 'groups: [{name: g}]'],
      ['binaryData', rules],
    ] as const) {
      expect(shows('Secret', field, value), field).toEqual({
        ...NOTHING,
        groups: [['g', 'plain', 'c.json#r.yaml', 'c.json', 1]],
        objects: [['Secret', 'c', { [field]: held }, 'c.json', 1]],
      });
    }
    expect(shows('ConfigMap', 'binaryData', rules).groups).toHaveLength(1);
    const both = { data: { 'r.yaml': 'groups: [{name: h}]' }, binaryData: { 's.yaml': rules } };
    expect(read(JSON.stringify({ kind: 'ConfigMap', ...both }), 'c.json').objects[0]?.value).toEqual({
      ...{ kind: 'ConfigMap', data: held, binaryData: { 's.yaml': 'rules or dashboards' } },
    });
    expect(shows('ConfigMap', 'data', rules)).toEqual(NOTHING);
    expect(shows('Secret', 'stringData', rules)).toEqual(NOTHING);
    expect(shown(read('kind: ConfigMap\ndata: x'))).toEqual(NOTHING);
    expect(shown(read('kind: ConfigMap\ndata: {a: b}'))).toEqual(NOTHING);
  });

  it('may be files in files, all on one line', () => {
    const inner =
      'kind: ConfigMap\ndata:\n  r.yaml: |\n    groups:\n    - name: g\n      rules: [{alert: A, expr: up}]\n';
    const text = `kind: ConfigMap\ndata:\n  x: y\n  c.yaml: ${JSON.stringify(inner)}\n`;
    expect(shown(read(text))).toMatchObject({
      groups: [['g', 'plain', 'f.yaml#c.yaml#r.yaml', 'f.yaml', 4]],
    });
  });
});

describe('a GrafanaDashboard', () => {
  it('holds a dashboard as text', () => {
    const text = `kind: GrafanaDashboard
metadata: {name: n}
spec:
  folder: f
  json: |
    {"uid": "u", "panels": []}
`;
    expect(shown(read(text))).toEqual({
      ...NOTHING,
      dashboards: [['u', 'embedded', 'f.yaml', 6]],
      objects: [
        [
          ...['GrafanaDashboard', 'n'],
          {
            ...{ kind: 'GrafanaDashboard', metadata: { name: 'n' } },
            spec: { folder: 'f', json: 'rules or dashboards' },
          },
          ...['f.yaml', 1],
        ],
      ],
    });
    expect(shown(read('kind: GrafanaDashboard\nspec: {url: x}'))).toEqual(NOTHING);
    // Of another kind, it is not known who reads it.
    const other = `kind: Board\nspec: {json: '{"uid": "u", "panels": []}'}`;
    expect(shown(read(other))).toEqual({ ...NOTHING, unread: [HIDDEN(' (spec.json)')] });
  });
});
