import { describe, expect, it } from 'vitest';
import type { ConfigInput } from '../../src/config/schema.js';
import type { PanelDefinition } from '../../src/model/dashboard.js';
import { renderGrafanaDashboards } from '../../src/renderers/grafana/dashboards.js';
import { alert, bundle, panel } from '../checks/bundle-fixture.js';
import {
  BLUE,
  classic,
  DATASOURCE,
  dashboardOf,
  GREY,
  type Json,
  NONE,
  query,
  relays,
  rendered,
  SHORT_NAMES,
  UP,
} from './small-dashboard.js';

/*
 * What Grafana reads of a small dashboard, written by hand in the terms of Grafana's own documentation of its JSON.
 */

describe('a time series', () => {
  it('is drawn with thin lines over a legend with the last and the largest value, and leads to the relay', () => {
    const { gridPos, ...json } = rendered({
      kind: 'timeseries',
      queries: [query('{{relay}}'), query('all')],
      unit: 's',
      decimals: 1,
      min: 0,
    });
    expect(gridPos).toEqual({ x: 0, y: 1, w: 12, h: 8 });
    expect(json).toEqual({
      type: 'timeseries',
      id: 7,
      title: 'Which relays are pending?',
      description: 'Good: none. From the recorded pending set of the gateway.',
      datasource: DATASOURCE,
      options: {
        legend: {
          displayMode: 'table',
          placement: 'bottom',
          showLegend: true,
          calcs: ['last', 'max'],
          sortBy: 'Last',
          sortDesc: true,
        },
        tooltip: { mode: 'multi', sort: 'desc' },
      },
      fieldConfig: {
        defaults: {
          custom: { lineWidth: 1, fillOpacity: 0, showPoints: 'auto', axisSoftMax: 1 },
          color: { mode: 'palette-classic' },
          noValue: 'No relay is pending.',
          unit: 's',
          decimals: 1,
          min: 0,
          links: [
            {
              type: 'link',
              title: 'Relay ${__field.labels.relay}',
              url: '/d/story?var-relay=${__field.labels.relay:percentencode}&${datasource:queryparam}&${__url_time_range}',
            },
          ],
        },
        overrides: [
          { matcher: { id: 'byRegexp', options: '/.*/' }, properties: [{ id: 'noValue', value: '–' }] },
        ],
      },
      transformations: [SHORT_NAMES],
      targets: ['A', 'B'].map((refId) => ({
        refId,
        expr: UP,
        legendFormat: refId === 'A' ? '{{relay}}' : 'all',
        format: 'time_series',
        editorMode: 'code',
        range: true,
        instant: false,
      })),
    });
  });

  it.each([
    [['last', 'max'], 'Last', true],
    [['max'], 'Max', true],
    [['last', 'min'], 'Min', false],
    [['mean', 'max'], 'Max', true],
  ] as const)('with %j sorts its legend by %s, descending: %s', (calcs, sortBy, sortDesc) => {
    expect(rendered({ calcs }).options).toMatchObject({ legend: { calcs, sortBy, sortDesc } });
  });

  it('has its legend beside the lines only where it fills the width', () => {
    expect(rendered({ width: 24 }).options).toMatchObject({ legend: { placement: 'right', width: 320 } });
    const long = [query('{{relay}}: expired over 1 h ago, not released')];
    expect(rendered({ width: 24, queries: long }).options).toMatchObject({
      legend: { placement: 'right', width: 500 },
    });
    // The labels in a name are filled in with something of another length.
    const widthOf = (name: string) =>
      (rendered({ width: 24, queries: [query(name)] }).options as { legend: Json }).legend.width;
    expect(
      ['x'.repeat(30), 'x'.repeat(31), '{{relay}} of {{instance}} in {{a_long_name_of_a_label}}'].map(
        widthOf,
      ),
    ).toEqual([320, 500, 320]);
    const { legend } = rendered({ width: 23 }).options as { legend: Json };
    expect(legend).toMatchObject({ placement: 'bottom' });
    expect(legend).not.toHaveProperty('width');
  });

  it.each([
    [{ min: 0 }, 1],
    [{ min: 0, softMax: 100 }, 100],
    [{ min: 0, max: 1 }, undefined],
    [{ min: 1 }, undefined],
    [{}, undefined],
  ])('with %j has an axis that reaches at least to %s', (changes, softMax) => {
    const { custom, ...defaults } = rendered(changes).fieldConfig.defaults;
    expect((custom as Json).axisSoftMax).toBe(softMax);
    expect([defaults.min, defaults.max]).toEqual([
      (changes as { min?: number }).min,
      (changes as { max?: number }).max,
    ]);
  });

  it('draws its thresholds as dashed lines, with the color of good below the first', () => {
    const { custom, thresholds } = rendered({
      thresholds: () => [
        { value: 60, color: 'orange' },
        { value: 90, color: 'dark-red' },
      ],
    }).fieldConfig.defaults;
    expect(custom).toMatchObject({ thresholdsStyle: { mode: 'dashed' } });
    expect(thresholds).toEqual({
      mode: 'absolute',
      steps: [
        { value: null, color: BLUE },
        { value: 60, color: 'orange' },
        { value: 90, color: 'dark-red' },
      ],
    });
    expect(rendered({ thresholds: () => [] }).fieldConfig.defaults.thresholds).toEqual({
      mode: 'absolute',
      steps: [{ value: null, color: BLUE }],
    });
    const without = rendered({}).fieldConfig.defaults;
    expect(without).not.toHaveProperty('thresholds');
    expect(without.custom).not.toHaveProperty('thresholdsStyle');
  });

  it('gives lines the colors that are set by name', () => {
    const { overrides } = rendered({ colors: { success: 'blue', failed: 'by threshold' } }).fieldConfig;
    expect(overrides.slice(1)).toEqual([
      {
        matcher: { id: 'byName', options: 'success' },
        properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: 'blue' } }],
      },
      {
        matcher: { id: 'byName', options: 'failed' },
        properties: [{ id: 'color', value: { mode: 'thresholds', seriesBy: 'max' } }],
      },
    ]);
  });

  it('leads to no relay where it names none, nor on the dashboard about one relay', () => {
    const all = rendered({ queries: [query('all')] });
    expect(all.fieldConfig.defaults).not.toHaveProperty('links');
    expect(all).not.toHaveProperty('transformations');
    const story = classic([panel({ id: 7 })])[1]?.panels.find(({ type }) => type === 'timeseries');
    expect(story?.fieldConfig.defaults).not.toHaveProperty('links');
    expect(story?.transformations).toEqual([SHORT_NAMES]);
  });

  it('leads to no relay where no dashboard is about one', () => {
    const tableColumn = { title: 'pending for', unit: 's', empty: 'no' };
    const only = dashboardOf('test', [
      panel({ id: 1, queries: [query('{{relay}}')] }),
      panel({ id: 7, kind: 'table', queries: [query('', { column: tableColumn })] }),
    ]);
    const [file] = renderGrafanaDashboards(bundle({ dashboards: [only] }));
    expect(file?.content).toContain('"renameByRegex"');
    expect(file?.content).not.toContain('/d/');
  });

  it('keeps the labels of the installation in the link to the relay', () => {
    const { links } = rendered({ queries: [query('{{relay}}')] }, { groupBy: ['cluster', 'zone'] })
      .fieldConfig.defaults as { links: { url: string }[] };
    expect(links[0]?.url).toBe(
      '/d/story?var-relay=${__field.labels.relay:percentencode}&${datasource:queryparam}&${cluster:queryparam}&${zone:queryparam}&${__url_time_range}',
    );
  });
});

describe('a stat', () => {
  it('shows the value now, in a fixed size, grey where there is none', () => {
    const { options, fieldConfig, targets } = rendered({ kind: 'stat', queries: [query('all')] });
    expect(options).toMatchObject({
      reduceOptions: { calcs: ['last'], values: false },
      colorMode: 'none',
      graphMode: 'none',
      textMode: 'value',
      text: { titleSize: 16 },
    });
    expect(fieldConfig).toEqual({
      defaults: {
        noValue: 'No relay is pending.',
        unit: 'none',
        thresholds: { mode: 'absolute', steps: [{ value: null, color: GREY }] },
      },
      overrides: [],
    });
    expect(targets).toEqual([
      expect.objectContaining({ instant: true, range: false, format: 'time_series' }),
    ]);
  });

  it.each<[string, Partial<PanelDefinition>, string, string]>([
    ['one value', { queries: [query('all')] }, 'value', 'none'],
    ['two values', { queries: [query('a'), query('b')] }, 'value_and_name', 'none'],
    ['a value of each relay', { queries: [query('{{relay}}')] }, 'value_and_name', 'none'],
    ['names instead of values', { queries: [query('a'), query('b')], showsNames: true }, 'name', 'none'],
    ['words', { queries: [query('a')], mappings: [{ value: 0, text: 'no' }] }, 'value', 'background'],
    [
      'colors',
      { queries: [query('a')], thresholds: () => [{ value: 1, color: 'orange' }] },
      'value',
      'background',
    ],
    [
      'colors of one of its values',
      { queries: [query('a'), query('b', { thresholds: () => [{ value: 1, color: 'red' }] })] },
      'value_and_name',
      'background',
    ],
  ])('of %s', (_, changes, textMode, colorMode) => {
    expect(rendered({ kind: 'stat', ...changes }).options).toMatchObject({ textMode, colorMode });
  });

  it.each([
    [
      [{ value: 3, color: 'orange' }],
      [
        [null, GREY],
        [0, BLUE],
        [3, 'orange'],
      ],
    ],
    [
      [
        { value: NONE, color: 'orange' },
        { value: 0, color: BLUE },
      ],
      [
        [null, 'orange'],
        [0, BLUE],
      ],
    ],
    [
      [],
      [
        [null, GREY],
        [0, BLUE],
      ],
    ],
  ])('with the thresholds %j has the colors %j', (steps, colors) => {
    const { defaults } = rendered({ kind: 'stat', thresholds: () => steps }).fieldConfig;
    expect(defaults.thresholds).toEqual({
      mode: 'absolute',
      steps: colors.map(([value, color]) => ({ value, color })),
    });
  });

  it('has colors of a single value under its name', () => {
    const { fieldConfig } = rendered({
      kind: 'stat',
      queries: [query('a'), query('b', { thresholds: () => [{ value: 1, color: 'red' }] })],
    });
    expect(fieldConfig.overrides).toEqual([
      {
        matcher: { id: 'byName', options: 'b' },
        properties: [
          {
            id: 'thresholds',
            value: {
              mode: 'absolute',
              steps: [
                { value: null, color: GREY },
                { value: 0, color: BLUE },
                { value: 1, color: 'red' },
              ],
            },
          },
        ],
      },
    ]);
  });

  it('has a word and a color for a value, in their order, and a word for no value', () => {
    const mappings = [
      { value: 1, text: 'yes', color: 'red' },
      { value: 0, text: 'no' },
      { value: 'null', text: 'unknown', color: GREY },
    ] as const;
    expect(rendered({ kind: 'stat', mappings }).fieldConfig.defaults.mappings).toEqual([
      {
        type: 'value',
        options: { 1: { text: 'yes', index: 0, color: 'red' }, 0: { text: 'no', index: 1 } },
      },
      { type: 'special', options: { match: 'null', result: { text: 'unknown', index: 2, color: GREY } } },
    ]);
    expect(rendered({ kind: 'stat', mappings: [mappings[2]] }).fieldConfig.defaults.mappings).toEqual([
      { type: 'special', options: { match: 'null', result: { text: 'unknown', index: 0, color: GREY } } },
    ]);
    expect(rendered({ kind: 'stat', mappings: [mappings[0]] }).fieldConfig.defaults.mappings).toEqual([
      { type: 'value', options: { 1: { text: 'yes', index: 0, color: 'red' } } },
    ]);
    const range = { from: 0.001, to: 0.999, text: 'under 1 h' };
    expect(
      rendered({ kind: 'stat', mappings: [range, mappings[1], mappings[2]] }).fieldConfig.defaults.mappings,
    ).toEqual([
      { type: 'value', options: { 0: { text: 'no', index: 0 } } },
      { type: 'range', options: { from: 0.001, to: 0.999, result: { text: 'under 1 h', index: 1 } } },
      { type: 'special', options: { match: 'null', result: { text: 'unknown', index: 2, color: GREY } } },
    ]);
  });
});

describe('other panels', () => {
  it('are a state timeline with a list of its states below', () => {
    const { options, fieldConfig, targets } = rendered({
      kind: 'state-timeline',
      queries: [query('{{relay}}')],
    });
    expect(options).toMatchObject({
      showValue: 'auto',
      legend: { displayMode: 'list', placement: 'bottom', showLegend: true, calcs: [] },
    });
    expect(fieldConfig.defaults.color).toEqual({ mode: 'thresholds' });
    expect(fieldConfig.overrides).toEqual([]);
    expect(targets[0]).toMatchObject({ range: true, instant: false });
  });

  it('are a heatmap of buckets that were counted, from dark to bright', () => {
    const { options, targets } = rendered({
      kind: 'heatmap',
      unit: 's',
      queries: [query('', { format: 'heatmap' })],
    });
    expect(options).toMatchObject({
      calculate: false,
      color: { mode: 'scheme', scheme: 'Viridis', fill: 'dark-blue', exponent: 0.5, steps: 32 },
      yAxis: { unit: 's' },
    });
    expect(targets[0]).toMatchObject({ format: 'heatmap', range: true });
  });

  it('are a text, with links to steps of the procedure written out', () => {
    const { gridPos, ...json } = rendered({
      kind: 'text',
      queries: [],
      content: 'First [restart it](runbook:restart-service).',
    });
    expect(json).toEqual({
      type: 'text',
      id: 7,
      title: 'Which relays are pending?',
      description: 'Good: none. From the recorded pending set of the gateway.',
      options: { mode: 'markdown', content: 'First restart it (runbooks/gateway.md#restart-service).' },
    });
    expect(rendered({ kind: 'text', queries: [] }).options).toEqual({ mode: 'markdown', content: '' });
    const links = { operatorRunbook: 'https://docs.example/gateway.md' };
    const linked = rendered(
      {
        kind: 'text',
        queries: [],
        content: '[Do](runbook:restart-service).',
        description: 'As [here](runbook:watch-resync).',
      },
      { links },
    );
    expect([linked.options, linked.description]).toEqual([
      { mode: 'markdown', content: '[Do](https://docs.example/gateway.md#restart-service).' },
      'As [here](https://docs.example/gateway.md#watch-resync).',
    ]);
  });

  it('ask for a single point where the definition asks for one', () => {
    expect(rendered({ queries: [query('all', { instant: true })] }).targets[0]).toMatchObject({
      instant: true,
      range: false,
    });
  });
});

describe('the panel to which an alert leads', () => {
  const link = (title: string, url: string) => ({
    title,
    url,
    type: 'link',
    icon: '',
    tooltip: '',
    tags: [],
    asDropdown: false,
    targetBlank: true,
    includeVars: false,
    keepTime: false,
  });
  const panelsWith = (config: ConfigInput) =>
    classic([panel({ id: 1 }), panel({ id: 7 })], config)[0]?.panels ?? [];

  it.each<[ConfigInput, string, object[]]>([
    [
      {},
      'The links of the panel list its alerts. What to do: runbooks/<Alert>.md.',
      [link('Alert: GatewayTestFiring', '/alerting/list?search=GatewayTestFiring')],
    ],
    [
      { links: { runbooks: 'https://docs.example.org' } },
      'Its alerts, and what to do, are in the links of the panel.',
      [
        link('Alert: GatewayTestFiring', '/alerting/list?search=GatewayTestFiring'),
        link('What to do: GatewayTestFiring', 'https://docs.example.org/GatewayTestFiring.md'),
      ],
    ],
  ])('has its name and what to do as links: %j', (config, text, links) => {
    const [, first, other] = panelsWith(config);
    expect(first).toMatchObject({
      id: 1,
      description: `Good: none. From the recorded pending set of the gateway.\n\n${text}`,
      links,
    });
    expect(other).not.toHaveProperty('links');
  });

  it('has one link for rules of one name, and none for alerts that lead elsewhere', () => {
    const rules = [
      alert(),
      alert({ severity: 'critical' }),
      alert({ alert: 'GatewayOther', dashboard: { uid: 'test', panel: 2 } }),
      alert({ alert: 'GatewayElsewhere', dashboard: { uid: 'story', panel: 1 } }),
    ];
    const [overview] = renderGrafanaDashboards(
      bundle({
        alerts: rules,
        dashboards: [
          dashboardOf('test', [panel({ id: 1 }), panel({ id: 2 })]),
          dashboardOf('story', [panel({ id: 1 })], { relays: relays('one') }),
        ],
      }),
    );
    const { panels } = JSON.parse(overview?.content ?? '') as { panels: { links?: { title: string }[] }[] };
    expect(panels.slice(1).map(({ links }) => links?.map(({ title }) => title))).toEqual([
      ['Alert: GatewayTestFiring'],
      ['Alert: GatewayOther'],
    ]);
  });
});
