import { describe, expect, it } from 'vitest';
import { ConfigError } from '../../src/config/error.js';
import { projectConfigOf } from '../../src/project/shape.js';

type Tree = Record<string, unknown>;

const expr = () => 'up';

/** A new configuration for each test, which may change it; it uses every key. */
function example() {
  const rule = () => ({
    kind: 'recording-rule',
    record: 'a:b:c',
    help: 'Help.',
    unit: 's',
    labels: ['relay'],
    rationale: 'Why.',
    expr,
  });
  const alert = () => ({
    kind: 'alert',
    alert: 'OursDown',
    signal: 'our-signal_1',
    severity: 'warning' as unknown,
    labels: ['relay'],
    rationale: 'Why.',
    expr,
    for: () => '5m',
    keepFiringFor: () => '5m',
    summary: 'Summary.' as unknown,
    description: 'Description.' as unknown,
    extraLabels: { team: 'edge' },
    annotations: { queue: 'EDGE' },
    dashboard: { uid: 'ours', panel: 1 },
  });
  return {
    site: {},
    metrics: [
      { kind: 'metric', name: 'ours', help: 'Help.', unit: 'none', labels: { relay: { help: 'Key.' } } },
    ],
    recordingRules: [rule(), { name: 'ours', rules: [rule()] }],
    alerts: [
      alert(),
      { ...alert(), severity: () => 'info', summary: () => 'S.', description: () => 'D.' },
      { name: 'ours', rules: [alert()] },
    ],
    dashboards: [
      {
        kind: 'dashboard',
        uid: 'ours',
        title: 'Ours',
        description: 'Ours.',
        tags: ['edge'],
        span: '6h',
        rows: [
          {
            title: 'Row',
            panels: [
              {
                id: 1,
                title: 'Panel',
                description: 'Good: none.',
                kind: 'stat',
                queries: [{ expr }],
                unit: 's',
                width: 12,
                height: 8,
                noData: '',
              },
            ],
          },
        ],
      },
    ],
    inhibitions: [
      {
        reason: 'Why.',
        source: { alerts: ['A'], severities: ['critical'], signals: ['ours'] },
        target: {},
        equal: ['relay', 'signal'],
      },
    ],
    cases: [
      {
        rule: 'OursDown',
        name: 'fires',
        aspects: ['fires', 'silent', 'absent', 'boundary', 'resolves'],
        with: ['a:b:c'],
        series: { up: '1x4' },
        firing: { '10m': [{ relay: 'a' }] },
        samples: { '1m': [{ labels: { relay: 'a' }, value: 1 }] },
      },
    ],
    pages: { OursDown: () => ({}) },
  };
}

/** The value at a dotted path is replaced, or removed if it is undefined. */
function changed(path: string, value: unknown): unknown {
  const root = example() as unknown as Tree;
  const keys = path.split('.');
  const last = keys.pop() as string;
  const holder = keys.reduce<Tree>((node, key) => node[key] as Tree, root);
  if (value === undefined) delete holder[last];
  else holder[last] = value;
  return root;
}

function refusals(value: unknown): string[] {
  try {
    projectConfigOf(value, 'own.ts');
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}

const TEXT = [undefined, '', 7, null];
const FUNCTION = [undefined, 'up', null];
const LIST = ['x', {}, null];
const RULE: readonly (readonly [string, readonly unknown[], string])[] = [
  ['help', TEXT, 'a text'],
  ['unit', TEXT, 'a text'],
  ['labels', [undefined, ...LIST], 'a list of label names'],
  ['labels.0', ['', 1], 'a text'],
  ['expr', FUNCTION, 'an expression: (site) => …'],
];
const ALERT: typeof RULE = [
  ['kind', [undefined, 'rule'], 'what defineAlert() returns'],
  ['alert', TEXT, 'the name of the alert'],
  ['signal', [undefined, 7], 'a signal'],
  ['signal', ['a|b', '9a', '-a', 'a b', 'a!'], 'letters, digits, - and _'],
  ['severity', [undefined, 'page', 1], 'one of critical, warning, info'],
  ['labels', [undefined, ...LIST], 'a list of label names'],
  ['rationale', TEXT, 'why the alert is defined this way'],
  ['expr', FUNCTION, 'an expression: (site) => …'],
  ['for', ['5m', 300], 'a duration: (site) => …'],
  ['keepFiringFor', ['5m'], 'a duration: (site) => …'],
  ['summary', [undefined, 7, null], 'a text, or a function of the site'],
  ['summary', [''], 'a text'],
  ['description', [undefined, 7, null], 'a text, or a function of the site'],
  ['extraLabels', ['x', ['x']], 'names with texts'],
  ['extraLabels.team', [1], 'a text'],
  ['annotations', ['x'], 'names with texts'],
  ['dashboard', [undefined, 'ours/1'], 'the dashboard and panel that explain the alert: { uid, panel }'],
  ['dashboard.uid', TEXT, 'the uid of a dashboard'],
  ['dashboard.panel', [undefined, '1'], 'the id of a panel'],
];
const PANEL: typeof RULE = [
  ['id', [undefined, '1'], 'a number'],
  ['title', TEXT, 'a text'],
  ['description', TEXT, 'a text'],
  ['kind', [undefined, 'gauge'], 'stat, timeseries, table, state-timeline, heatmap or text'],
  ['queries', [undefined, ...LIST], 'a list of queries'],
  ['queries.0', ['up'], 'a query: { expr }'],
  ['queries.0.expr', FUNCTION, 'an expression: (site) => …'],
  ['unit', [undefined, 1], 'a unit of Grafana'],
  ['width', [undefined, '12'], 'columns, out of 24'],
  ['height', [undefined, '8'], 'rows of the grid'],
  ['noData', [undefined, 1], 'the text for missing data, or a function of the site'],
];
const SIDE = 'a selection of alerts: { alerts, severities, signals }';

const WRONG: typeof RULE = [
  ['metrics', LIST, 'a list of metrics'],
  ['metrics.0', ['up', null], 'what defineMetric() returns'],
  ['metrics.0.kind', [undefined, 'alert'], 'what defineMetric() returns'],
  ['metrics.0.name', TEXT, 'the name of the metric'],
  ['metrics.0.help', TEXT, 'a text'],
  ['metrics.0.unit', TEXT, 'a text'],
  ['metrics.0.labels', [undefined, ['relay']], 'labels with their help'],
  ['metrics.0.labels.relay', ['Key.'], 'a label: { help }'],
  ['metrics.0.labels.relay.help', TEXT, 'a text'],

  ['recordingRules', LIST, 'a list of recording rules'],
  ['recordingRules.0', ['x', null], 'what defineRecordingRule() returns'],
  ['recordingRules.0.kind', [undefined, 'alert'], 'what defineRecordingRule() returns'],
  ['recordingRules.0.record', TEXT, 'the name of the series'],
  ['recordingRules.0.rationale', TEXT, 'why the rule is defined this way'],
  ...RULE.map(([path, values, what]) => [`recordingRules.0.${path}`, values, what] as const),
  ['recordingRules.1.name', TEXT, 'the name of the group'],
  ['recordingRules.1.rules', LIST, 'a list of recording rules'],
  ['recordingRules.1.rules.0.record', TEXT, 'the name of the series'],

  ['alerts', LIST, 'a list of alerts'],
  ['alerts.0', ['x', null], 'what defineAlert() returns'],
  ...ALERT.map(([path, values, what]) => [`alerts.0.${path}`, values, what] as const),
  ['alerts.2.name', TEXT, 'the name of the group'],
  ['alerts.2.rules', LIST, 'a list of alerts'],
  ['alerts.2.rules.0.alert', TEXT, 'the name of the alert'],

  ['dashboards', LIST, 'a list of dashboards'],
  ['dashboards.0.kind', [undefined, 'panel'], 'what defineDashboard() returns'],
  ['dashboards.0.uid', TEXT, 'the uid of the dashboard'],
  ['dashboards.0.title', TEXT, 'a text'],
  ['dashboards.0.description', TEXT, 'a text'],
  ['dashboards.0.tags', [undefined, ...LIST], 'a list of tags'],
  ['dashboards.0.span', TEXT, 'a duration such as 6h'],
  ['dashboards.0.rows', [undefined, ...LIST], 'a list of rows'],
  ['dashboards.0.rows.0', ['x'], 'a row: { title, panels }'],
  ['dashboards.0.rows.0.title', TEXT, 'a text'],
  ['dashboards.0.rows.0.panels', [undefined, ...LIST], 'a list of panels'],
  ['dashboards.0.rows.0.panels.0', ['x'], 'what definePanel() returns'],
  ...PANEL.map(([path, values, what]) => [`dashboards.0.rows.0.panels.0.${path}`, values, what] as const),

  ['inhibitions', LIST, 'a list of inhibitions'],
  ['inhibitions.0', ['x'], 'an inhibition: { reason, source, target, equal }'],
  ['inhibitions.0.reason', TEXT, 'why the target adds nothing while the source fires'],
  ['inhibitions.0.source', [undefined, 'A'], SIDE],
  ['inhibitions.0.target', [undefined, 'A'], SIDE],
  ['inhibitions.0.source.alerts', ['A'], 'a list of alert names'],
  ['inhibitions.0.source.severities', ['critical'], 'a list of severities'],
  ['inhibitions.0.source.severities.0', ['page'], 'one of critical, warning, info'],
  ['inhibitions.0.source.signals', ['ours'], 'a list of signals'],
  ['inhibitions.0.source.signals.0', ['a|b'], 'letters, digits, - and _'],
  ['inhibitions.0.equal', [undefined, 'relay'], 'a list of labels: relay, signal'],
  ['inhibitions.0.equal.0', ['job'], 'relay or signal'],

  ['cases', LIST, 'a list of cases'],
  ['cases.0', ['x'], 'a case: { rule, name, aspects, series, firing or samples }'],
  ['cases.0.rule', TEXT, 'the name of a rule'],
  ['cases.0.name', TEXT, 'a sentence'],
  ['cases.0.aspects', [undefined, 'fires'], 'a list of aspects'],
  ['cases.0.aspects.0', ['burns'], 'fires, silent, absent, boundary or resolves'],
  ['cases.0.with', ['a:b:c'], 'a list of recorded series'],
  ['cases.0.series', [undefined, 'up'], 'names with texts'],
  ['cases.0.series.up', [1], 'a text'],
  ['cases.0.firing', [['10m']], 'times such as 10m with lists'],
  ['cases.0.firing.10m', ['relay'], 'a list'],
  ['cases.0.firing.10m.0', ['relay'], 'names with texts'],
  ['cases.0.samples', [[]], 'times such as 10m with lists'],
  ['cases.0.samples.1m', [{}], 'a list'],
  ['cases.0.samples.1m.0', ['x'], 'a sample: { labels, value }'],
  ['cases.0.samples.1m.0.value', [undefined, '1'], 'a number'],

  ['pages', ['x', []], 'pages by the name of the alert'],
  ['pages.OursDown', ['page'], 'a page: (site) => …'],
];

describe('what a configuration file exports', () => {
  it('is returned as it is, because definitions refer to each other', () => {
    const value = example();
    expect(refusals(value)).toEqual([]);
    expect(projectConfigOf(value, 'own.ts')).toBe(value);
  });

  it('may leave out every key', () => {
    for (const key of Object.keys(example())) expect(refusals(changed(key, undefined))).toEqual([]);
    expect(refusals({})).toEqual([]);
  });

  it.each([
    'alerts.0.for',
    'alerts.0.keepFiringFor',
    'alerts.0.extraLabels',
    'alerts.0.annotations',
    'inhibitions.0.source.alerts',
    'inhibitions.0.source.severities',
    'inhibitions.0.source.signals',
    'cases.0.with',
    'cases.0.firing',
    'cases.0.samples',
  ])('may leave out %s', (path) => {
    expect(refusals(changed(path, undefined))).toEqual([]);
  });

  it('may have more in definitions than is checked here', () => {
    for (const path of [
      'metrics.0.trap',
      'metrics.0.labels.relay.values',
      'recordingRules.0.situation',
      'alerts.0.situation',
      'alerts.0.dashboard.more',
      'dashboards.0.relays',
      'dashboards.0.rows.0.collapsed',
      'dashboards.0.rows.0.panels.0.min',
      'dashboards.0.rows.0.panels.0.queries.0.legend',
    ])
      expect(refusals(changed(path, 1))).toEqual([]);
    for (const kind of ['stat', 'timeseries', 'table', 'state-timeline', 'heatmap', 'text'])
      expect(refusals(changed('dashboards.0.rows.0.panels.0.kind', kind))).toEqual([]);
    expect(refusals(changed('dashboards.0.rows.0.panels.0.noData', () => ''))).toEqual([]);
  });

  it.each(WRONG)(
    'is refused with the path, what was found and what is expected: %s',
    (path, values, what) => {
      for (const value of values) {
        const found = value === undefined ? 'nothing' : JSON.stringify(value);
        expect(refusals(changed(path, value))).toEqual([`own.ts: ${path}: found ${found}, expected ${what}`]);
      }
    },
  );

  it.each([
    'inhibitions.0.reasons',
    'inhibitions.0.source.alert',
    'cases.0.rules',
    'cases.0.samples.1m.0.label',
    'alerts.2.interval',
    'recordingRules.1.interval',
  ])('is refused with a key that has no meaning: %s', (path) => {
    expect(refusals(changed(path, 1))).toEqual([`own.ts: ${path}: unknown key`]);
  });

  it('is refused with a misspelt key at the top, with the keys that there are', () => {
    expect(refusals({ alert: [] })).toEqual([
      'own.ts: alert: unknown key, did you mean "alerts"?; expected one of site, metrics, recordingRules, alerts, dashboards, inhibitions, cases, pages',
    ]);
    expect(refusals([1])).toEqual(['own.ts: (file): found [1], expected what defineConfig() returns']);
  });

  it('is refused with all problems at once', () => {
    expect(refusals({ metrics: 1, alerts: 2, nothing: 3 })).toHaveLength(3);
  });
});
