import { describe, expect, it } from 'vitest';
import type { ConfigInput } from '../../src/config/schema.js';
import { duration } from '../../src/promql/duration.js';
import { renderGrafanaDashboards } from '../../src/renderers/grafana/dashboards.js';
import { renderDashboardResources } from '../../src/renderers/grafana/resource.js';
import { panel, raw } from '../checks/bundle-fixture.js';
import { built, classic, DATASOURCE, type Json, query, relays, SHORT_NAMES } from './small-dashboard.js';

/*
 * What Grafana reads of a small dashboard, written by hand in the terms of Grafana's own documentation of its JSON.
 */

describe('a dashboard', () => {
  const SITE: ConfigInput = {
    groupBy: ['cluster', 'zone'],
    externalLabels: { zone: 'eu-1' },
    datasource: { uid: 'thanos' },
    jobs: { gateway: 'gw' },
  };
  const ofGateway = panel({
    id: 7,
    queries: [{ expr: () => raw('up{instance=~"$instance"}'), legend: 'x' }],
  });

  it('has a range, marks for critical alerts and restarts, and links that keep range and variables', () => {
    const [json] = classic([ofGateway], SITE);
    const { panels, templating, ...rest } = json as Json;
    expect(rest).toEqual({
      uid: 'test',
      title: 'Title of test',
      description: 'About test.',
      tags: ['a tag'],
      editable: true,
      timezone: 'browser',
      graphTooltip: 1,
      fiscalYearStartMonth: 0,
      schemaVersion: 42,
      time: { from: 'now-6h', to: 'now' },
      refresh: '30s',
      annotations: {
        list: [
          {
            name: 'Critical alerts',
            enable: true,
            hide: false,
            builtIn: 0,
            iconColor: 'red',
            datasource: DATASOURCE,
            expr: 'ALERTS{alertstate="firing", severity="critical", signal!="", cluster=~"$cluster|", zone=~"$zone|"}',
            titleFormat: '{{alertname}}',
            textFormat: '{{relay}}',
            tagKeys: 'severity',
          },
          {
            name: 'Gateway restarts',
            enable: true,
            hide: false,
            builtIn: 0,
            iconColor: 'purple',
            datasource: DATASOURCE,
            // Milliseconds since the epoch.
            expr: 'process_start_time_seconds{job="gw", cluster=~"$cluster", zone=~"$zone"} * 1000',
            titleFormat: 'Gateway started',
            textFormat: '{{instance}}',
            useValueForTime: true,
          },
        ],
      },
      links: [
        {
          title: 'Gateway dashboards',
          type: 'dashboards',
          icon: '',
          tooltip: '',
          tags: ['a tag'],
          asDropdown: true,
          targetBlank: false,
          includeVars: true,
          keepTime: true,
        },
      ],
    });
  });

  const ALL = { selected: true, text: 'All', value: '$__all' };
  const variable = (name: string, label: string, text: string, allValue: string, more: object = {}) => ({
    type: 'query',
    name,
    label,
    datasource: DATASOURCE,
    query: text,
    definition: text,
    // When the time range changes.
    refresh: 2,
    // By name.
    sort: 1,
    multi: true,
    includeAll: true,
    allowCustomValue: true,
    allValue,
    current: ALL,
    ...more,
  });
  const variablesOf = (...args: Parameters<typeof built>) =>
    (classic(...args)[0] as unknown as { templating: { list: Json[] } }).templating.list;
  const RELAY = {
    ...variable('relay', 'Relay', 'query_result(sort_desc( up ))', '.*'),
    sort: 0,
    regex: '/relay="(?<value>(?<text>[^"]{1,12})[^"]*)"/',
  };

  it('lets the reader choose the data source, the installation, the process and the relay', () => {
    expect(variablesOf([ofGateway], SITE, { relays: relays('many') })).toEqual([
      {
        type: 'datasource',
        name: 'datasource',
        label: 'Data source',
        query: 'prometheus',
        multi: false,
        includeAll: false,
        allowCustomValue: true,
        current: { selected: true, text: 'thanos', value: 'thanos' },
      },
      variable('cluster', 'cluster', 'label_values(gateway_active_sessions{job="gw"}, cluster)', '.*', {
        description:
          'If the list is empty, no series has the label: it may be an external label that Prometheus adds only to what it sends. Everything is then shown.',
      }),
      variable(
        'zone',
        'zone',
        'label_values(gateway_active_sessions{job="gw", cluster=~"$cluster"}, zone)',
        '.*',
        {
          description:
            'An external label: a Prometheus that is queried directly does not have it. The list is then empty, and everything is shown.',
        },
      ),
      variable(
        'job',
        'Gateway job',
        'label_values(gateway_active_sessions{job="gw", cluster=~"$cluster", zone=~"$zone"}, job)',
        'gw',
      ),
      variable(
        'instance',
        'Gateway process',
        'label_values(gateway_active_sessions{job=~"$job", cluster=~"$cluster", zone=~"$zone"}, instance)',
        '.+',
      ),
      RELAY,
    ]);
  });

  it('has no variable that none of its queries uses', () => {
    const names = (...args: Parameters<typeof built>) => variablesOf(...args).map(({ name }) => name);
    expect(names([panel({ id: 7, queries: [query('x')] })])).toEqual(['datasource']);
    expect(names([ofGateway])).toEqual(['datasource', 'job', 'instance']);
  });

  it('about one relay lets one be chosen, and not All', () => {
    const { multi, includeAll, allValue, current, ...same } = RELAY;
    const [relay] = variablesOf(
      [panel({ id: 7, queries: [query('x')] })],
      {},
      { relays: relays('one') },
    ).slice(1);
    expect(relay).toEqual({ ...same, multi: false, includeAll: false });
  });

  it('lays rows out below each other; a collapsed one holds its panels and takes no room', () => {
    const at = (id: number, width: number, height: number) => panel({ id, width, height });
    const [json] = classic(
      [],
      {},
      {
        rows: [
          { title: 'First', panels: [at(3, 12, 4), at(4, 12, 6), at(5, 8, 2)] },
          { title: 'Closed', collapsed: true, panels: [at(6, 24, 9)] },
          { title: 'Empty', panels: [] },
          { title: 'Last', panels: [at(8, 24, 5)] },
        ],
      },
    );
    const shown = ({ id, gridPos, panels }: Json): unknown => [
      id,
      gridPos,
      ...((panels as Json[] | undefined)?.map(shown) ?? []),
    ];
    const place = (x: number, y: number, w: number, h: number) => ({ x, y, w, h });
    expect(json?.panels.map(shown)).toEqual([
      [1000, place(0, 0, 24, 1)],
      [3, place(0, 1, 12, 4)],
      [4, place(12, 1, 12, 6)],
      [5, place(0, 7, 8, 2)],
      [1001, place(0, 9, 24, 1), [6, place(0, 10, 24, 9)]],
      [1003, place(0, 11, 24, 1)],
      [8, place(0, 12, 24, 5)],
    ]);
    expect(json?.panels.filter(({ type }) => type === 'row')).toEqual([
      expect.objectContaining({ title: 'First', collapsed: false }),
      expect.objectContaining({ title: 'Closed', collapsed: true }),
      expect.objectContaining({ title: 'Last', collapsed: false }),
    ]);
  });

  it('leaves out a panel that cannot be built, which a check reports', () => {
    const broken = panel({
      id: 7,
      noData: () => {
        throw new Error('no text');
      },
    });
    const [json] = classic([broken, panel({ id: 8 })]);
    expect(json?.panels.map(({ id }) => id)).toEqual([1000, 8]);
  });

  it('is a file of its uid, which ends with a line break', () => {
    const files = renderGrafanaDashboards(built([ofGateway]));
    expect(files.map(({ path }) => path)).toEqual([
      'grafana/dashboards/test.json',
      'grafana/dashboards/story.json',
    ]);
    for (const { content } of files) expect(content).toMatch(/^\{\n {2}"[\s\S]*\n\}\n$/);
  });

  describe('in the second schema', () => {
    const DATA = {
      kind: 'DataQuery',
      group: 'prometheus',
      version: 'v0',
      datasource: { name: '${datasource}' },
    };
    const [file] = renderDashboardResources(
      built(
        [],
        { groupBy: ['cluster'] },
        {
          relays: relays('one'),
          span: duration('12h'),
          rows: [
            { title: 'First', panels: [panel({ id: 1, height: 4 }), panel({ id: 4, width: 24, height: 3 })] },
            {
              title: 'Closed',
              collapsed: true,
              panels: [
                panel({ id: 5, width: 6, kind: 'text', queries: [], content: 'Text' }),
                panel({ id: 6, width: 6 }),
              ],
            },
          ],
        },
      ),
    );
    const resource = JSON.parse(file?.content ?? '') as Json & { spec: Json };

    it('is a resource with the name of the uid, and its settings', () => {
      expect(file?.path).toBe('grafana-v2/test.json');
      const { spec, ...rest } = resource;
      expect(rest).toEqual({
        apiVersion: 'dashboard.grafana.app/v2',
        kind: 'Dashboard',
        metadata: { name: 'test' },
      });
      const { elements, layout, variables, annotations, ...settings } = spec;
      expect(settings).toEqual({
        title: 'Title of test',
        description: 'About test.',
        tags: ['a tag'],
        editable: true,
        preload: false,
        cursorSync: 'Crosshair',
        links: [
          {
            title: 'Gateway dashboards',
            type: 'dashboards',
            icon: '',
            tooltip: '',
            tags: ['a tag'],
            asDropdown: true,
            targetBlank: false,
            includeVars: true,
            keepTime: true,
          },
        ],
        timeSettings: {
          timezone: 'browser',
          from: 'now-12h',
          to: 'now',
          autoRefresh: '30s',
          autoRefreshIntervals: ['5s', '10s', '30s', '1m', '5m', '15m', '30m', '1h', '2h', '1d'],
          hideTimepicker: false,
          fiscalYearStartMonth: 0,
        },
      });
      expect(annotations).toEqual([
        {
          kind: 'AnnotationQuery',
          spec: {
            name: 'Critical alerts',
            enable: true,
            hide: false,
            iconColor: 'red',
            query: {
              ...DATA,
              spec: {
                expr: 'ALERTS{alertstate="firing", severity="critical", signal!="", cluster=~"$cluster|"}',
                titleFormat: '{{alertname}}',
                textFormat: '{{relay}}',
                tagKeys: 'severity',
              },
            },
          },
        },
        {
          kind: 'AnnotationQuery',
          spec: {
            name: 'Gateway restarts',
            enable: true,
            hide: false,
            iconColor: 'purple',
            query: {
              ...DATA,
              spec: {
                expr: 'process_start_time_seconds{job="gateway", cluster=~"$cluster"} * 1000',
                titleFormat: 'Gateway started',
                textFormat: '{{instance}}',
                useValueForTime: true,
              },
            },
          },
        },
      ]);
    });

    it('has the same variables', () => {
      const shared = {
        hide: 'dontHide',
        skipUrlSync: false,
        options: [],
        allowCustomValue: true,
        refresh: 'onTimeRangeChanged',
      };
      const cluster = 'label_values(gateway_active_sessions{job="gateway"}, cluster)';
      const relay = 'query_result(sort_desc( up ))';
      expect(resource.spec.variables).toEqual([
        {
          kind: 'DatasourceVariable',
          spec: {
            ...shared,
            name: 'datasource',
            label: 'Data source',
            pluginId: 'prometheus',
            current: { text: 'prometheus', value: 'prometheus' },
            multi: false,
            includeAll: false,
            regex: '',
          },
        },
        {
          kind: 'QueryVariable',
          spec: {
            ...shared,
            name: 'cluster',
            label: 'cluster',
            current: { text: 'All', value: '$__all' },
            multi: true,
            includeAll: true,
            allValue: '.*',
            regex: '',
            sort: 'alphabeticalAsc',
            definition: cluster,
            query: { ...DATA, spec: { __legacyStringValue: cluster } },
          },
        },
        {
          kind: 'QueryVariable',
          spec: {
            ...shared,
            name: 'relay',
            label: 'Relay',
            current: { text: '', value: '' },
            multi: false,
            includeAll: false,
            regex: '/relay="(?<value>(?<text>[^"]{1,12})[^"]*)"/',
            sort: 'disabled',
            definition: relay,
            query: { ...DATA, spec: { __legacyStringValue: relay } },
          },
        },
      ]);
    });

    it('has its panels as elements, each placed from the top of its row', () => {
      const item = (id: number, x: number, y: number, width: number, height: number) => ({
        kind: 'GridLayoutItem',
        spec: { x, y, width, height, element: { kind: 'ElementReference', name: `panel-${id}` } },
      });
      const row = (title: string, collapse: boolean, items: object[]) => ({
        kind: 'RowsLayoutRow',
        spec: { title, collapse, layout: { kind: 'GridLayout', spec: { items } } },
      });
      expect(resource.spec.layout).toEqual({
        kind: 'RowsLayout',
        spec: {
          rows: [
            row('First', false, [item(1, 0, 0, 12, 4), item(4, 0, 4, 24, 3)]),
            row('Closed', true, [item(5, 0, 0, 6, 8), item(6, 6, 0, 6, 8)]),
          ],
        },
      });
    });

    it('has the links, the queries and the look of a panel', () => {
      const {
        'panel-1': first,
        'panel-5': text,
        ...others
      } = resource.spec.elements as Record<string, Json & { spec: Json & { vizConfig: Json } }>;
      expect(Object.keys(others)).toEqual(['panel-4', 'panel-6']);
      const { vizConfig, ...spec } = first?.spec ?? { vizConfig: {} };
      expect([first?.kind, spec]).toEqual([
        'Panel',
        {
          id: 1,
          title: 'Which relays are pending?',
          description:
            'Good: none. From the recorded pending set of the gateway.\n\nThe links of the panel list its alerts. What to do: runbooks/<Alert>.md.',
          links: [
            {
              title: 'Alert: GatewayTestFiring',
              url: '/alerting/list?search=GatewayTestFiring',
              targetBlank: true,
            },
          ],
          data: {
            kind: 'QueryGroup',
            spec: {
              queries: [
                {
                  kind: 'PanelQuery',
                  spec: {
                    refId: 'A',
                    hidden: false,
                    query: {
                      ...DATA,
                      spec: {
                        expr: 'relay:gateway_pending_writes:max',
                        legendFormat: '{{relay}}',
                        format: 'time_series',
                        editorMode: 'code',
                        range: true,
                        instant: false,
                      },
                    },
                  },
                },
              ],
              transformations: [
                { kind: 'Transformation', group: 'renameByRegex', spec: { options: SHORT_NAMES.options } },
              ],
              queryOptions: {},
            },
          },
        },
      ]);
      expect(vizConfig).toMatchObject({
        kind: 'VizConfig',
        group: 'timeseries',
        version: '',
        spec: { options: { tooltip: { mode: 'multi', sort: 'desc' } } },
      });
      expect(text?.spec).toMatchObject({
        links: [],
        data: { kind: 'QueryGroup', spec: { queries: [], transformations: [], queryOptions: {} } },
        vizConfig: {
          group: 'text',
          spec: {
            options: { mode: 'markdown', content: 'Text' },
            fieldConfig: { defaults: {}, overrides: [] },
          },
        },
      });
    });
  });
});
