import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import type { DashboardJson, PanelJson } from '../../src/view/dashboard-json.js';
import { KNOWN_PANELS, unsupportedIn, unsupportedLines } from '../../src/view/known.js';
import { panelHeight, panelLeft, panelTop, panelWidth } from '../../src/view/layout.js';
import {
  asDashboard,
  dashboardFiles,
  readDashboardFiles,
  readDashboards,
} from '../../src/view/read-dashboards.js';

const at = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));

const dashboard = (panel: Partial<PanelJson>): DashboardJson => ({
  uid: 'x',
  title: 'X',
  time: { from: 'now-1h', to: 'now' },
  panels: [{ id: 7, type: 'timeseries', title: 'Is it?', gridPos: { x: 0, y: 0, w: 24, h: 8 }, ...panel }],
});
const fieldConfig = (more: Partial<NonNullable<PanelJson['fieldConfig']>>) => ({
  fieldConfig: { defaults: {}, overrides: [], ...more },
});

/** The options of each panel type in the versions of Grafana that the page is built from. */
const OPTIONS: Readonly<Record<string, string>> = {
  timeseries: 'legend tooltip annotations',
  stat: 'graphMode colorMode justifyMode textMode wideLayout showPercentChange percentChangeColorMode reduceOptions orientation text',
  gauge:
    'reduceOptions showThresholdLabels showThresholdMarkers sizing minVizWidth minVizHeight orientation text',
  bargauge:
    'displayMode valueMode namePlacement showUnfilled sizing minVizWidth minVizHeight maxVizHeight reduceOptions orientation legend text',
  table: 'showHeader showTypeIcons sortBy footer cellHeight frameIndex enablePagination frozenColumns',
  'state-timeline': 'showValue rowHeight mergeValues alignValue legend tooltip perPage annotations',
  heatmap:
    'calculate calculation color cellGap cellRadius cellValues yAxis showValue tooltip legend exemplars filterValues rowsFrame selectionMode annotations',
  text: 'mode content code',
  alertlist:
    'alertInstanceLabelFilter alertName alertListName dashboardAlerts dashboardTitle datasource folder groupBy groupMode maxItems showInactiveAlerts showInstances showOptions sortOrder stateFilter tags viewMode',
};

/** Options of which only some values are drawn: those, and one that is not. */
const VALUES: readonly (readonly [
  type: string,
  option: string,
  drawn: readonly unknown[],
  other: unknown,
])[] = [
  ['stat', 'showPercentChange', [false], true],
  ['table', 'frameIndex', [0], 1],
  ['heatmap', 'calculate', [false], true],
  ['heatmap', 'showValue', ['auto', 'never'], 'always'],
  ['text', 'mode', ['markdown', 'html'], 'code'],
  ['alertlist', 'viewMode', ['list'], 'stat'],
  ['alertlist', 'groupMode', ['default'], 'custom'],
];

const SHOWN = { legend: false, tooltip: false, viz: false };

/** What Grafana draws with where a dashboard says nothing. */
const GRAFANA_DEFAULTS: Readonly<Record<string, readonly [color: string, custom: object]>> = {
  timeseries: [
    'palette-classic',
    {
      drawStyle: 'line',
      lineInterpolation: 'linear',
      lineWidth: 1,
      lineStyle: { fill: 'solid' },
      fillOpacity: 0,
      gradientMode: 'none',
      barAlignment: 0,
      barWidthFactor: 0.6,
      spanNulls: false,
      insertNulls: false,
      showPoints: 'auto',
      pointSize: 5,
      stacking: { mode: 'none', group: 'A' },
      axisPlacement: 'auto',
      axisLabel: '',
      axisColorMode: 'text',
      axisBorderShow: false,
      axisCenteredZero: false,
      scaleDistribution: { type: 'linear' },
      thresholdsStyle: { mode: 'off' },
      hideFrom: SHOWN,
    },
  ],
  stat: ['thresholds', {}],
  gauge: ['thresholds', {}],
  bargauge: ['thresholds', {}],
  table: ['thresholds', { align: 'auto', cellOptions: { type: 'auto' }, inspect: false }],
  'state-timeline': [
    'continuous-GrYlRd',
    {
      lineWidth: 0,
      fillOpacity: 70,
      spanNulls: false,
      insertNulls: false,
      hideFrom: SHOWN,
      axisPlacement: 'auto',
    },
  ],
  heatmap: ['thresholds', { hideFrom: SHOWN, scaleDistribution: { type: 'linear' } }],
  text: ['thresholds', {}],
  alertlist: ['thresholds', {}],
};

/** Settings that Grafana has and gives no value. */
const WITHOUT_DEFAULT: Readonly<Record<string, string>> = {
  timeseries: 'fillBelowTo axisWidth axisGridShow axisSoftMin axisSoftMax transform',
  gauge: 'neutral',
  table: 'displayMode filterable minWidth width hidden hideFrom hideHeader wrapHeaderText wrapText footer',
};

describe('what the preview knows', () => {
  it.each(Object.entries(OPTIONS))('are the options of %s', (type, names) => {
    const options = Object.fromEntries(names.split(' ').map((name) => [name, undefined]));
    const drawn = Object.fromEntries(
      VALUES.flatMap(([of, option, [value]]) => (of === type ? [[option, value]] : [])),
    );
    const panel = dashboard({ type, options: { ...options, ...drawn } }).panels[0] as PanelJson;
    expect(unsupportedIn(panel)).toStrictEqual({ details: [] });
    expect(unsupportedIn({ ...panel, options: { '': 1, ...drawn } }).details).toEqual([
      'options: found "", which is not supported',
    ]);
  });

  it.each(VALUES)('are of %s the values of %s that are drawn: %j', (type, option, drawn, other) => {
    const reason = (value: unknown) =>
      unsupportedIn(dashboard({ type, options: { [option]: value } }).panels[0] as PanelJson).panel;
    expect(drawn.map(reason)).toEqual(drawn.map(() => undefined));
    expect(reason(other)).toBe(
      `options.${option}: found ${JSON.stringify(other)}, expected one of ${JSON.stringify(drawn)}`,
    );
  });

  it.each(Object.entries(GRAFANA_DEFAULTS))('are the defaults of %s', (type, [color, custom]) => {
    const known = KNOWN_PANELS[type];
    expect(known?.color).toBe(color);
    const undefinedOnes = (WITHOUT_DEFAULT[type] ?? '').split(' ').filter(Boolean);
    expect(known?.custom).toStrictEqual({
      ...custom,
      ...Object.fromEntries(undefinedOnes.map((name) => [name, undefined])),
    });
  });

  it.each<[string, Partial<PanelJson>, string]>([
    ['timeFrom', { timeFrom: '2h' }, 'timeFrom: found "2h", which is not supported'],
    ['timeShift', { timeShift: '1d' }, 'timeShift: found "1d", which is not supported'],
    ['repeat', { repeat: 'relay' }, 'repeat: found "relay", which is not supported'],
    [
      'a data source',
      { datasource: { type: 'loki' } },
      'datasource: found the type "loki", expected prometheus',
    ],
    [
      'the data source of a query',
      { targets: [{ refId: 'A' }, { refId: 'B', datasource: { type: 'not-prometheus' } }] },
      'datasource: found the type "not-prometheus", expected prometheus',
    ],
    [
      'a data source that begins like one',
      { datasource: { type: 'prometheus-like' } },
      'datasource: found the type "prometheus-like", expected prometheus',
    ],
  ])('is no data of %s', (_, panel, reason) => {
    expect(unsupportedIn(dashboard(panel).panels[0] as PanelJson)).toEqual({ panel: reason, details: [] });
  });

  it.each<[string, Partial<PanelJson>]>([
    ['an empty time range', { timeFrom: '', repeat: '' }],
    ['no time range', { timeFrom: null, timeShift: null, repeat: null } as never],
    ['a name of a data source, as in old files', { datasource: 'Prometheus' }],
    ['the default data source', { datasource: null }],
    ['a data source without a type', { datasource: { uid: 'x' } }],
    ['Grafana itself', { datasource: { type: 'datasource', uid: 'grafana' } }],
    ['a mix of data sources', { datasource: { type: '-- Mixed --' } }],
    ['a data source in a variable', { datasource: { type: '${ds}' } }],
    ['a name that begins with --', { datasource: { type: '--' } }],
    ['a name that is $', { datasource: { type: '$' } }],
    ['no queries', {}],
  ])('is data of %s', (_, panel) => {
    expect(unsupportedIn(dashboard(panel).panels[0] as PanelJson)).toEqual({ details: [] });
  });

  it('are the overrides by name, pattern, type, query and names, and parts of settings', () => {
    const overrides = ['byName', 'byRegexp', 'byType', 'byFrameRefID', 'byNames'].map((id) => ({
      matcher: { id },
      properties: [{ id: 'unit' }, { id: 'custom.hideFrom.viz' }],
    }));
    const of = (more: Parameters<typeof fieldConfig>[0]) =>
      unsupportedIn(dashboard(fieldConfig(more)).panels[0] as PanelJson).details;
    expect(of({ overrides })).toEqual([]);
    expect(of({ overrides: [{ matcher: { id: 'byValue' }, properties: [{ id: 'x.unit' }] }] })).toEqual([
      'overrides: found the matcher "byValue", expected one of byName, byRegexp, byType, byFrameRefID, byNames',
      'overrides: found the property "x.unit", which is not supported',
    ]);
  });

  it('is listed where something else is found', () => {
    const reason = (panel: Partial<PanelJson>) =>
      unsupportedIn(dashboard(panel).panels[0] as PanelJson).panel;
    expect(reason({ type: 'nodeGraph' })).toBe(
      'found the panel type "nodeGraph", expected one of timeseries, stat, gauge, bargauge, table, state-timeline, heatmap, text, alertlist',
    );
    expect(reason({ transformations: [{ id: 'histogram', options: {} }] })).toBe(
      'transformations: found "histogram", expected one of calculateField, concatenate, convertFieldType, filterByValue, filterByRefId, filterFieldsByName, groupBy, joinByField, labelsToFields, limit, merge, organize, reduce, renameByRegex, seriesToColumns, seriesToRows, sortBy',
    );
  });

  it('is everything that the generated dashboards use', () => {
    const dashboards = readDashboards(at('generated/grafana/dashboards'));
    expect(dashboards).not.toHaveLength(0);
    expect(dashboards.flatMap(unsupportedLines)).toEqual([]);
  });

  it('is shown by the sample, every panel type of it', () => {
    const [sample] = readDashboards(at('preview/sample')) as [DashboardJson];
    expect(unsupportedLines(sample)).toEqual([]);
    const types = new Set(sample.panels.map(({ type }) => type));
    expect([...types].sort()).toEqual([...Object.keys(KNOWN_PANELS), 'row'].sort());
  });

  it.each<[string, Partial<PanelJson>, string]>([
    ['a panel type', { type: 'nodeGraph' }, 'the panel type "nodeGraph"'],
    ['a name that every object has', { type: 'constructor' }, 'the panel type "constructor"'],
    ['an option', { options: { zoom: true } }, 'options: found "zoom"'],
    [
      'a value of an option',
      { type: 'heatmap', options: { calculate: true } },
      'options.calculate: found true',
    ],
    [
      'a transformation',
      { transformations: [{ id: 'histogram', options: {} }] },
      'transformations: found "histogram"',
    ],
    ['a setting', fieldConfig({ defaults: { actions: [] } }), 'fieldConfig.defaults: found "actions"'],
    ['a setting of its type', fieldConfig({ defaults: { custom: { width: 1 } } }), 'custom: found "width"'],
    [
      'a matcher',
      fieldConfig({ overrides: [{ matcher: { id: 'byValue' }, properties: [] }] }),
      'the matcher "byValue"',
    ],
    [
      'a property of an override',
      fieldConfig({ overrides: [{ matcher: { id: 'byName' }, properties: [{ id: 'custom.width' }] }] }),
      'the property "custom.width"',
    ],
  ])('does not include %s that is drawn nowhere, and the panel is named', (_, panel, problem) => {
    expect(unsupportedLines(dashboard(panel))).toEqual([
      expect.stringMatching(/^x, panel 7 \(Is it\?\): (?:not drawn|left out): /),
    ]);
    expect(unsupportedLines(dashboard(panel))[0]).toContain(problem);
  });

  it('passes over a transformation that is switched off', () => {
    const off = { transformations: [{ id: 'histogram', options: {}, disabled: true }] };
    expect(unsupportedLines(dashboard(off))).toEqual([]);
  });
});

describe('a folder of dashboards', () => {
  const folder = temporaryFolder('preview-dashboards');
  afterAll(() => folder.remove());

  it.each([
    ['not JSON', '{', 'expected a dashboard as JSON'],
    ['no object', 'null', 'panels: found undefined, expected a list'],
    ['a uid that is no file name', '{"uid":"../x","panels":[]}', 'uid: found "../x"'],
    ['no panels', '{"uid":"x"}', 'panels: found undefined, expected a list'],
    ['schema v2', '{"elements":{}}', 'elements: found a dashboard of schema v2'],
    ['rows in place of panels', '{"rows":[]}', 'rows: found a dashboard from before Grafana 5'],
    ['a panel that is none', '{"uid":"x","panels":[7]}', 'panels[0]: found 7, expected a panel'],
  ])('is refused where a file holds %s', (_, text, problem) => {
    writeFileSync(join(folder.path, 'one.json'), text);
    expect(() => readDashboards(folder.path)).toThrow(`${join(folder.path, 'one.json')}: `);
    expect(() => readDashboards(folder.path)).toThrow(problem);
  });

  it('is refused where it is not there, or empty', () => {
    const path = join(folder.path, 'gone');
    const message = `${path}: cannot be read (ENOENT), expected a dashboard or a folder of dashboards`;
    expect(() => readDashboards(path)).toThrow(expect.objectContaining({ name: 'UnreadableError', message }));
    mkdirSync(join(folder.path, 'empty'));
    expect(() => readDashboards(join(folder.path, 'empty'))).toThrow(
      `${join(folder.path, 'empty')}: found no .json file, expected dashboards`,
    );
  });

  it('is its files of JSON and those of its subfolders, but none of packages', () => {
    const path = join(folder.path, 'mixed');
    for (const name of ['b', 'a/node_modules/x', 'node_modules/y', 'a_node_modules/z']) {
      mkdirSync(join(path, name), { recursive: true });
      writeFileSync(join(path, name, 'board.json'), '{}');
    }
    for (const name of ['z.json', 'a.json', 'read.me', 'node_modules.json'])
      writeFileSync(join(path, name), '{}');
    expect(dashboardFiles([path, join(path, 'read.me')])).toEqual(
      ['a.json', 'a_node_modules/z/board.json', 'b/board.json', 'node_modules.json', 'z.json', 'read.me'].map(
        (name) => join(path, name),
      ),
    );
  });

  it.each([['grafana/dashboards'], ['generated/grafana/dashboards']])(
    'is what generate wrote to %s',
    (output) => {
      const path = join(folder.path, 'site');
      mkdirSync(join(path, output), { recursive: true });
      writeFileSync(join(path, 'package.json'), '{}');
      writeFileSync(join(path, output, 'one.json'), '{"uid":"x","panels":[]}');
      mkdirSync(join(path, output, '../alerting'));
      writeFileSync(join(path, output, '../alerting/alert-rules.json'), '{"groups":[]}');
      expect(dashboardFiles([path])).toEqual([join(path, output, 'one.json')]);
      expect(readDashboards(path)).toMatchObject([{ uid: 'x', title: 'x' }]);
      rmSync(path, { recursive: true });
    },
  );

  it('may have a file that cannot be shown beside others', () => {
    const path = join(folder.path, 'twins');
    mkdirSync(path);
    writeFileSync(join(path, 'a.json'), '{"uid":"x","panels":[],"title":"Grün"}');
    writeFileSync(join(path, 'b.json'), '{"uid":"x","panels":[]}');
    writeFileSync(join(path, 'c.json'), '{"uid":"y","panels":[]}');
    expect(readDashboardFiles(dashboardFiles([path]))).toMatchObject({
      dashboards: [
        { file: join(path, 'a.json'), dashboard: { uid: 'x', title: 'Grün' } },
        { file: join(path, 'c.json'), dashboard: { uid: 'y' } },
      ],
      unread: [{ file: join(path, 'b.json'), reason: `its uid x is also that of ${join(path, 'a.json')}` }],
    });
  });
});

describe('a dashboard that others wrote', () => {
  it.each([
    ['as it is', (inner: object) => inner],
    ['as an export of the API', (dashboard: object) => ({ dashboard, meta: {} })],
    ['as a manifest', (spec: object) => ({ kind: 'Dashboard', metadata: { name: 'x' }, spec })],
  ])('is read %s', (_, wrap) => {
    expect(asDashboard(wrap({ uid: 'x', title: 'X', panels: [] }), 'x.json')).toMatchObject({
      uid: 'x',
      title: 'X',
      time: { from: 'now-6h', to: 'now' },
    });
  });

  it('gets the ids and places that its file leaves to Grafana', () => {
    const row = { type: 'row', panels: [{ type: 'stat' }] };
    const { uid, panels } = asDashboard(
      { uid: null, title: 'X', panels: [{ type: 'stat', id: 1 }, { type: 'stat', id: 1 }, row] },
      'a folder/My board.json',
    );
    expect(uid).toBe('My-board');
    const ids = panels.flatMap(({ id, panels: inner = [] }) => [id, ...inner.map((one) => one.id)]);
    expect(new Set(ids).size).toBe(4);
    expect(panels.map(({ gridPos }) => gridPos.y)).toEqual([0, 8, 16]);
  });
});

describe('the panels of a dashboard', () => {
  const read = (...panels: readonly unknown[]) => asDashboard({ uid: 'x', panels }, 'x.json').panels;

  it('keep their ids; those without a number of their own get the next free one', () => {
    const ids = read({ id: 3 }, {}, { id: 0 }, { id: -1 }, { id: '7' }, { id: 1 }, { id: 3 }, { id: 5 });
    expect(ids.map(({ id }) => id)).toEqual([3, 2, 4, 6, 7, 1, 8, 5]);
  });

  it('have the types that the file gives them', () => {
    expect(read({ type: 'stat' }, {}, { libraryPanel: { uid: 'l' } }).map(({ type }) => type)).toEqual([
      'stat',
      'unknown',
      'library panel',
    ]);
  });

  it('are below one another, 12 columns wide and 8 rows high, where the file says nothing', () => {
    const places = read(
      {},
      { gridPos: { x: 2, y: 3, w: 4, h: 6 } },
      { gridPos: { h: 2 } },
      { gridPos: {}, panels: [{}, {}] },
    );
    expect(places.map(({ gridPos }) => gridPos)).toEqual([
      { x: 0, y: 0, w: 12, h: 8 },
      { x: 2, y: 3, w: 4, h: 6 },
      { x: 0, y: 9, w: 12, h: 2 },
      { x: 0, y: 11, w: 12, h: 8 },
    ]);
    expect(places[3]?.panels?.map(({ gridPos }) => gridPos.y)).toEqual([0, 8]);
    expect(places[0]).not.toHaveProperty('panels');
  });

  it.each<[string, unknown, string]>([
    ['null', null, 'panels[1]: found null, expected a panel'],
    [
      'a place that is no number',
      { gridPos: { x: 'left', y: 1 } },
      'panels[1].gridPos: found {"x":"left","y":1}, expected numbers',
    ],
    ['null in a row', { panels: [null] }, 'panels[1].panels[0]: found null, expected a panel'],
  ])('are refused with %s', (_, panel, message) => {
    expect(() => read({}, panel)).toThrow(message);
  });

  it('come from an export only where that holds some', () => {
    expect(asDashboard({ uid: 'x', panels: [{}], dashboard: { panels: [] } }, 'x').panels).toHaveLength(1);
    expect(asDashboard({ uid: 'x', panels: [{}], dashboard: null, spec: null }, 'x').panels).toHaveLength(1);
    expect(() => asDashboard({ dashboard: null }, 'x')).toThrow('panels: found undefined, expected a list');
    expect(asDashboard({ kind: 'D', metadata: { name: 'm' }, spec: { panels: [] } }, 'x').uid).toBe('m');
    for (const uid of [7, 'x/..', '', '../x'])
      expect(() => asDashboard({ uid, panels: [] }, 'x')).toThrow(
        `uid: found ${JSON.stringify(uid)}, expected the name of a dashboard`,
      );
    expect(asDashboard({ panels: [] }, 'My  (new) board.json').uid).toBe('My-new-board');
  });
});

describe('the grid of a page', () => {
  it('has 24 columns and rows of 30 pixels, 8 pixels apart', () => {
    // 24 columns of 45 pixels, 23 gaps between them, and one at each side.
    const page = 24 * 45 + 23 * 8 + 2 * 8;
    expect(page).toBe(1280);
    expect([1, 2, 24].map((columns) => panelWidth(columns))).toEqual([45, 98, 1264]);
    expect([0, 1, 12].map((x) => panelLeft(x))).toEqual([0, 53, 636]);
    expect([1, 2, 8].map(panelHeight)).toEqual([30, 68, 296]);
    expect([0, 1, 8].map(panelTop)).toEqual([0, 38, 304]);
    expect([panelWidth(24, 2 * 1280), panelLeft(24, 416)]).toEqual([2544, 408]);
  });
});

describe('the large packages', () => {
  const root = JSON.parse(readFileSync(at('package.json'), 'utf8')) as Record<string, object | string[]>;
  const own = JSON.parse(readFileSync(at('preview/package.json'), 'utf8')) as { dependencies: object };

  it('are in a package of their own that nothing else pulls in', () => {
    const named = new Set(
      [root.dependencies, root.devDependencies].flatMap((list) => Object.keys(list ?? {})),
    );
    for (const name of Object.keys(own.dependencies)) expect(named).not.toContain(name);
    expect(root.workspaces).toBeUndefined();
    expect(root.files).not.toContain('preview');
  });

  it('are pinned exactly', () => {
    for (const version of Object.values(own.dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });
});
