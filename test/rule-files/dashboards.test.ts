import { describe, expect, it } from 'vitest';
import { readSide } from '../../src/rule-files/parse.js';
import type { GrafanaDashboard, Place } from '../../src/rule-files/side.js';

const read = (value: unknown, path = 'd.json') =>
  readSide([{ path, text: typeof value === 'string' ? value : JSON.stringify(value) }]);
const dashboardIn = (value: unknown) => read(value).dashboards[0] as GrafanaDashboard;
const lineOf = ({ line }: Place) => (typeof line === 'function' ? line() : line);
/** Without what is asked for only when needed. */
const shown = ({ panels, ...dashboard }: GrafanaDashboard) => ({
  ...dashboard,
  line: lineOf(dashboard),
  panels: panels.map((panel) => ({
    ...panel,
    line: lineOf(panel),
    queries: panel.queries.map(({ refId, expr, parsed }) => [refId, expr, parsed.error?.message ?? 'PromQL']),
  })),
});

describe('a dashboard in the classic form', () => {
  const text = `{
  "uid": "u", "title": "T", "schemaVersion": 39, "tags": ["a"],
  "templating": {"list": [
    {"name": "logs", "type": "datasource", "query": "loki"},
    {"name": "relay", "type": "query", "query": {"query": "label_values(a, relay)"}},
    {"name": "old", "type": "query", "query": {}, "definition": "label_values(b)"},
    {"name": "text", "type": "custom", "query": "x,y"}
  ]},
  "panels": [
    {"id": 1, "title": "P", "type": "stat", "datasource": {"type": "prometheus", "uid": "p"},
     "fieldConfig": {"defaults": {"unit": "s", "thresholds": {"steps": [{"value": null}, {"value": 3}, {"value": 4.5}, "x"]}}},
     "targets": [{"refId": "A", "expr": "up"}, {"refId": "B", "expr": "rate("}]},
    {"id": 2, "type": "row", "title": "R", "collapsed": true, "panels": [
      {"title": "Q", "type": "table", "datasource": "$logs", "targets": [{"refId": "A", "query": "{a=\\"b\\"}"}]}
    ]},
    7
  ]
}`;

  it('is read with all that its file says of it', () => {
    expect(shown(dashboardIn(text))).toEqual({
      ...{ uid: 'u', title: 'T', form: 'classic', text, file: 'd.json', line: 1, order: ['1', '2', 'Q'] },
      variables: [
        { name: 'logs', query: 'loki' },
        { name: 'relay', query: 'label_values(a, relay)' },
        { name: 'old', query: 'label_values(b)' },
        { name: 'text', query: 'x,y' },
      ],
      panels: [
        {
          ...{ id: 1, title: 'P', type: 'stat', unit: 's', thresholds: [3, 4.5], datasource: 'p' },
          ...{ file: 'd.json', line: 10, more: expect.objectContaining({ id: 1, type: 'stat' }) },
          queries: [
            ['A', 'up', 'PromQL'],
            ['B', 'rate(', 'unexpected end of the expression'],
          ],
        },
        {
          ...{ title: 'Q', type: 'table', unit: '', thresholds: [], datasource: '$logs' },
          ...{ file: 'd.json', line: 14, more: expect.objectContaining({ title: 'Q' }) },
          queries: [['A', '{a="b"}', 'a query for loki']],
        },
      ],
      more: {
        ...{ uid: 'u', title: 'T', schemaVersion: 39, tags: ['a'], templating: expect.anything() },
        panels: [{ id: 2, type: 'row', title: 'R', collapsed: true, panels: ['Q'] }, 7],
      },
    });
  });

  it('of before Grafana 5 has its panels in rows', () => {
    const rows = [
      { title: 'R', height: '2', panels: [{ id: 1, title: 'P', format: 'bytes' }, { title: 'Q' }, {}] },
      { title: 'S' },
    ];
    const dashboard = dashboardIn({ title: 'T', schemaVersion: 8, rows });
    expect(shown(dashboard)).toMatchObject({
      ...{ uid: '', order: ['1', 'Q', ''], variables: [] },
      panels: [
        { id: 1, unit: 'bytes', title: 'P', type: '', queries: [], datasource: '' },
        { title: 'Q', unit: '' },
        { title: '' },
      ],
      more: {
        ...{ title: 'T', schemaVersion: 8 },
        rows: [{ title: 'R', height: '2', panels: [1, 'Q', null] }, { title: 'S' }],
      },
    });
    expect(Object.keys(dashboard.more as object)).not.toContain('panels');
    expect(dashboard.panels.map((panel) => 'id' in panel)).toEqual([true, false, false]);
    expect(Object.keys(dashboardIn({ panels: [] }).more as object)).toEqual(['panels']);
    expect(read({ rows }).dashboards).toEqual([]);
    expect(read({ rows: {}, panels: {}, schemaVersion: 8 }).dashboards).toEqual([]);
  });

  it.each([
    ['without a data source', {}, 'PromQL'],
    ['for Prometheus', { datasource: { type: 'prometheus', uid: 'p' } }, 'PromQL'],
    ['for Prometheus of a cloud', { datasource: { type: 'grafana-amazonprometheus-datasource' } }, 'PromQL'],
    ['for another cloud', { datasource: { type: 'grafana-azureprometheus-datasource' } }, 'PromQL'],
    ['for VictoriaMetrics', { datasource: { type: 'victoriametrics-datasource' } }, 'PromQL'],
    ['for its metrics', { datasource: { type: 'victoriametrics-metrics-datasource' } }, 'PromQL'],
    [
      'for its logs',
      { datasource: { type: 'victoriametrics-logs-datasource' } },
      'a query for victoriametrics-logs-datasource',
    ],
    ['for another Prometheus', { datasource: { type: 'myprometheus' } }, 'a query for myprometheus'],
    ['for one more', { datasource: { type: 'prometheus2' } }, 'a query for prometheus2'],
    ['for Loki', { datasource: { type: 'loki' } }, 'a query for loki'],
    ['for a name', { datasource: 'Loki' }, 'PromQL'],
    ['for several', { datasource: { type: 'datasource', uid: '-- Mixed --' } }, 'PromQL'],
    ['for a variable', { datasource: { type: 'prometheus', uid: '$logs' } }, 'PromQL'],
    ['for a variable alone', { datasource: { uid: '${logs}' } }, 'a query for loki'],
    ['for one as its type', { datasource: { type: '$type', uid: '$logs' } }, 'a query for loki'],
    ['for a text with one', { datasource: { uid: 'my $logs' } }, 'PromQL'],
    ['for another one', { datasource: '$relay' }, 'PromQL'],
  ])('asks a question %s', (_, panel, language) => {
    const list = [
      { name: 'logs', type: 'datasource', query: 'loki' },
      { name: 'relay', type: 'custom', query: 'loki' },
    ];
    const both = [
      { panels: [{ ...panel, targets: [{ expr: 'up' }] }] },
      { panels: [{ datasource: { type: 'other' }, targets: [{ ...panel, expr: 'up' }] }] },
    ];
    const messages = both.map((one) => {
      const [query] = dashboardIn({ ...one, templating: { list } }).panels[0]?.queries ?? [];
      return query?.parsed.error?.message ?? 'PromQL';
    });
    const isOwn = /"(?:type":"[^d$]|uid":"\$)/.test(JSON.stringify(panel));
    expect(messages).toEqual([language, isOwn ? language : 'a query for other']);
  });

  it('may ask with variables of Grafana, and in another language from the first character to the last', () => {
    const targets = [
      { expr: 'rate(up{relay=~"$relay"}[$__rate_interval]) > ${least}' },
      { datasource: { type: 'loki' }, expr: '{a="b"}' },
    ];
    const [metrics, logs] = dashboardIn({ panels: [{ targets }] }).panels[0]?.queries ?? [];
    expect(metrics?.parsed.error).toBeUndefined();
    expect(logs?.parsed.error).toMatchObject({ from: 0, to: 7 });
  });

  it('has the text of each question, and the name of each data source', () => {
    const targets = [
      { expr: 'a', query: 'b' },
      { query: 'b', rawSql: 'c' },
      { rawSql: 'c', target: 'd' },
      { target: 'd' },
      {},
    ];
    const datasources = [
      { uid: 'u', name: 'n', type: 't' },
      { name: 'n', type: 't' },
      { type: 't' },
      {},
      'x',
      undefined,
    ];
    const dashboard = dashboardIn({
      panels: datasources.map((datasource) => ({ datasource, targets: [...targets, 'x'] })),
    });
    expect(dashboard.panels[0]?.queries.map(({ expr }) => expr)).toEqual(['a', 'b', 'c', 'd', '']);
    expect(dashboard.panels.map(({ datasource }) => datasource)).toEqual(['u', 'n', 't', '', 'x', '']);
  });

  it('may have fields that are no objects', () => {
    const panel = { fieldConfig: 'x', targets: {}, format: 'bytes', panels: [] };
    const [one, other] = dashboardIn({
      ...{ panels: [panel, { fieldConfig: { defaults: 'x' } }], templating: 'x' },
    }).panels;
    expect(one).toMatchObject({ unit: 'bytes', thresholds: [], queries: [] });
    expect(one?.more).toEqual({ fieldConfig: 'x', targets: {}, format: 'bytes' });
    expect(other).toMatchObject({ unit: '', thresholds: [] });
    expect(dashboardIn({ panels: [], rows: 'x' }).more).toEqual({ panels: [] });
    expect(dashboardIn({ panels: 'x', rows: [], schemaVersion: 8 }).more).toEqual({
      ...{ rows: [], schemaVersion: 8 },
    });
    expect(
      dashboardIn({ panels: [{ fieldConfig: { defaults: { thresholds: [1] } } }] }).panels[0]?.thresholds,
    ).toEqual([]);
  });
});

describe('a dashboard around which something stands', () => {
  const inner = { uid: 'u', title: 'T', panels: [{ id: 1 }] };

  it('has the uid of the object', () => {
    const around = { apiVersion: 'v1', kind: 'Dashboard', metadata: { name: 'n' } };
    const dashboard = dashboardIn({ ...around, spec: inner });
    expect(dashboard).toMatchObject({ uid: 'n', title: 'T', form: 'classic', more: { around, title: 'T' } });
    expect(dashboardIn({ kind: 'Dashboard', metadata: 'x', spec: inner }).uid).toBe('u');
  });

  it('has its own uid where Grafana has exported it', () => {
    const dashboard = dashboardIn({ meta: { slug: 's' }, metadata: { name: 'n' }, dashboard: inner });
    expect(dashboard).toMatchObject({
      ...{ uid: 'u', title: 'T' },
      more: { around: { meta: { slug: 's' }, metadata: { name: 'n' } } },
    });
  });
});

describe('a dashboard of version 2', () => {
  const query = (group: string, spec: object) => ({
    kind: 'PanelQuery',
    spec: { refId: 'A', query: { kind: 'DataQuery', group, datasource: { name: 'p' }, spec } },
  });
  const panel = {
    kind: 'Panel',
    spec: {
      ...{ id: 3, title: 'P' },
      data: {
        kind: 'QueryGroup',
        spec: { queries: [query('prometheus', { expr: 'up' }), query('loki', { expr: 'x' })] },
      },
      vizConfig: {
        ...{ kind: 'VizConfig', group: 'stat' },
        spec: { fieldConfig: { defaults: { unit: 's', thresholds: { steps: [{ value: 1 }] } } } },
      },
    },
  };
  const variable = (name: string, spec: object) => ({ kind: 'QueryVariable', spec: { name, ...spec } });
  const spec = {
    title: 'T',
    elements: { 'panel-3': panel, library: { kind: 'LibraryPanel', spec: { id: 4 } } },
    variables: [
      variable('a', { query: { spec: { __legacyStringValue: 'label_values(a)' } } }),
      variable('b', { query: { spec: { query: 'label_values(b)' } } }),
      variable('c', {}),
      'x',
    ],
    layout: { kind: 'GridLayout' },
  };

  it('is read with all that its file says of it', () => {
    const around = {
      apiVersion: 'dashboard.grafana.app/v2beta1',
      kind: 'Dashboard',
      metadata: { name: 'n' },
    };
    const rest = { ...spec, elements: { library: { kind: 'LibraryPanel', spec: { id: 4 } } } };
    const text = `\n${JSON.stringify({ ...around, spec })}`;
    expect(shown(dashboardIn(text))).toEqual({
      ...{ uid: 'n', title: 'T', form: 'v2', text, file: 'd.json', line: 2, order: ['panel-3', 'library'] },
      panels: [
        {
          ...{ id: 3, title: 'P', type: 'stat', unit: 's', thresholds: [1], file: 'd.json', line: 2 },
          ...{ datasource: 'p', more: { name: 'panel-3', ...panel } },
          queries: [
            ['A', 'up', 'PromQL'],
            ['A', 'x', 'a query for loki'],
          ],
        },
      ],
      variables: [
        { name: 'a', query: 'label_values(a)' },
        { name: 'b', query: 'label_values(b)' },
        { name: 'c', query: '' },
      ],
      more: { ...around, spec: rest },
    });
    expect(dashboardIn(spec)).toMatchObject({ uid: '', title: 'T', form: 'v2' });
    expect(dashboardIn(spec).more).toEqual(rest);
  });

  it('of an earlier kind names the query and the visualization by their kinds', () => {
    const one = { spec: { query: { kind: 'prometheusDataQuery', spec: { query: 'up' } } } };
    const elements = {
      a: {
        kind: 'Panel',
        spec: { data: { spec: { queries: [one, { spec: {} }, 'x'] } }, vizConfig: { kind: 'gauge' } },
      },
      b: { kind: 'Panel', spec: 'x' },
      c: { kind: 'Panel', spec: { vizConfig: 'x' } },
      d: 'x',
    };
    const { panels, order } = shown(dashboardIn({ elements }));
    expect(order).toEqual(['a', 'b', 'c', 'd']);
    expect(panels.map(({ type, title, queries, datasource }) => [type, title, queries, datasource])).toEqual([
      [
        'gauge',
        '',
        [
          ['', 'up', 'PromQL'],
          ['', '', expect.anything()],
        ],
        '',
      ],
      ['', '', [], ''],
      ['', '', [], ''],
    ]);
    expect(panels.map((one) => 'id' in one)).toEqual([false, false, false]);
  });
});

describe('what is provisioned in Grafana', () => {
  const objectsIn = (text: string, path = 'p.yaml') =>
    readSide([{ path, text }]).objects.map(({ kind, name, value, line, form }) => [
      kind,
      name,
      value,
      line,
      ...(form === undefined ? [] : [form]),
    ]);

  it('are alert rules, their groups and the file around them', () => {
    const text = `apiVersion: 1
groups:
- name: g
  folder: f
  rules:
  - uid: r1
    title: One
    condition: C
    data: [{refId: C}]
  - title: Two
    data: []
  - condition: C
    datas: [1]
deleteRules: []
`;
    expect(objectsIn(text)).toEqual([
      ['Grafana alert file', 'p.yaml', { apiVersion: 1, deleteRules: [] }, 1],
      ['Grafana rule group', 'g', { name: 'g', folder: 'f' }, 3],
      [
        'Grafana alert',
        'r1',
        { group: 'g', uid: 'r1', title: 'One', condition: 'C', data: [{ refId: 'C' }] },
        6,
        'provisioning',
      ],
      ['Grafana alert', 'Two', { group: 'g', title: 'Two', data: [] }, 10, 'provisioning'],
      ['Grafana alert', 'g/2', { group: 'g', condition: 'C', data: [1] }, 12, 'api'],
    ]);
  });

  it.each([
    'contactPoints',
    'datasources',
    'deleteRules',
    'deleteContactPoints',
    'muteTimes',
    'policies',
    'providers',
    'templates',
  ])('is a file with %s', (key) => {
    expect(objectsIn(`apiVersion: 1\n${key}: [{alert: x}]\n`)).toEqual([
      ['Grafana provisioning', 'p.yaml', { apiVersion: 1, [key]: [{ alert: 'x' }] }, 1],
    ]);
    expect(objectsIn(`apiVersion: v1\n${key}: [{alert: x}]\n`)).toEqual([]);
    expect(objectsIn(`apiVersion: 1\n${key}: {alert: x}\n`)).toEqual([]);
    expect(objectsIn(`apiVersion: 1a\n${key}: []\n`)).toEqual([]);
  });

  it('is a library panel', () => {
    const panel = { uid: 'u', name: 'n', model: { panels: 1 } };
    expect(objectsIn(JSON.stringify(panel), 'l.json')).toEqual([['library panel', 'u', panel, 1]]);
    expect(objectsIn(JSON.stringify({ result: panel }), 'l.json')).toEqual([
      ['library panel', 'u', panel, 1],
    ]);
    const named = { name: 'n', model: { panels: 1 } };
    expect(objectsIn(JSON.stringify(named), 'l.json')).toEqual([['library panel', 'n', named, 1]]);
    expect(objectsIn('{"model": {"panels": 1}}', 'l.json')).toEqual([]);
    expect(objectsIn('{"uid": "u", "model": "panels"}', 'l.json')).toEqual([]);
  });
});
