import * as common from '@grafana/grafana-foundation-sdk/common';
import * as sdk from '@grafana/grafana-foundation-sdk/dashboard';
import { PanelBuilder as HeatmapBuilder } from '@grafana/grafana-foundation-sdk/heatmap';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import type { PanelBuilder as TextBuilder } from '@grafana/grafana-foundation-sdk/text';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { alerts } from '../../metrics/prometheus.js';
import type { Bundle, Dashboard, Panel } from '../bundle.js';
import type { PanelKind, ValueMapping } from '../model.js';
import type { Artifact } from './artifact.js';
import { layOut, ROW_TITLE_HEIGHT } from './layout.js';

const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

type AnyPanelBuilder = TimeseriesBuilder | StatBuilder | TableBuilder | StateTimelineBuilder | HeatmapBuilder;

/** Dashboards in Grafana's classic JSON, for Grafana 11 and newer. The file's name is the dashboard's uid. */
export function renderGrafanaDashboards(bundle: Bundle): Artifact[] {
  return bundle.dashboards.map((dashboard) => ({
    path: `grafana/dashboards/${dashboard.definition.uid}.json`,
    content: `${JSON.stringify(dashboardJson(bundle, dashboard), null, 2)}\n`,
  }));
}

function dashboardJson(bundle: Bundle, dashboard: Dashboard): sdk.Dashboard {
  const { definition } = dashboard;
  const builder = new sdk.DashboardBuilder(definition.title)
    .uid(definition.uid)
    .description(definition.description)
    .tags([...definition.tags])
    .editable()
    .time({ from: 'now-6h', to: 'now' })
    .refresh('30s')
    .timezone('browser')
    .tooltip(sdk.DashboardCursorSync.Crosshair)
    .variables(variables(bundle, dashboard))
    .annotation(
      new sdk.AnnotationQueryBuilder()
        .name('Alerts')
        .datasource(DATASOURCE)
        .enable(true)
        .iconColor('red')
        .expr(`${alerts.name}{alertstate="firing", severity=~"critical|warning", signal!=""}`),
    )
    .link(
      new sdk.DashboardLinkBuilder('Gateway dashboards')
        .type(sdk.DashboardLinkType.Dashboards)
        .tags([...definition.tags])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    );
  const json = clone(builder.build());
  for (const annotation of json.annotations?.list ?? [])
    delete (annotation as { placement?: unknown }).placement;
  for (const link of json.links ?? []) delete (link as { placement?: unknown }).placement;
  json.panels = panels(bundle, dashboard);
  // `id` and `version` belong to the server; written here they would show as drift after every deployment.
  delete json.id;
  delete json.version;
  return json;
}

/** `build()` returns the builder's own object; what is changed afterwards must be a copy. */
function clone<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

function variables(bundle: Bundle, dashboard: Dashboard): sdk.QueryVariableBuilder[] {
  const { config } = bundle;
  const list: unknown[] = [
    new sdk.DatasourceVariableBuilder('datasource')
      .label('Data source')
      .type('prometheus')
      .current({ selected: true, text: config.datasource.uid, value: config.datasource.uid }),
  ];
  const query = (name: string, label: string, expr: string) =>
    new sdk.QueryVariableBuilder(name)
      .label(label)
      .datasource(DATASOURCE)
      .query({ query: expr, refId: `variable-${name}` } as never)
      .refresh(sdk.VariableRefresh.OnTimeRangeChanged)
      .sort(sdk.VariableSort.AlphabeticalAsc)
      .multi(true)
      .includeAll(true)
      .allValue('.*')
      .current({ selected: true, text: 'All', value: '$__all' });
  const pending = pendingWritesName(bundle);
  const pinned: string[] = [];
  for (const label of config.groupBy) {
    list.push(query(label, label, `label_values(${pending}{${pinned.join(', ')}}, ${label})`));
    pinned.push(`${label}=~"$${label}"`);
  }
  if (dashboard.definition.variables.includes('relay')) {
    list.push(query('relay', 'Relay', `label_values(${pending}{${pinned.join(', ')}}, relay)`));
  }
  return list as sdk.QueryVariableBuilder[];
}

/** The gauge that names the relays. */
function pendingWritesName(bundle: Bundle): string {
  const metric = bundle.definitions.metrics.find(
    (m) => m.origin === 'gateway' && 'relay' in m.labels && m.type === 'gauge',
  );
  if (metric === undefined)
    throw new TypeError('the contract has no gauge of the gateway with the label relay');
  return metric.name;
}

function panels(bundle: Bundle, dashboard: Dashboard): NonNullable<sdk.Dashboard['panels']> {
  const { definition, rows } = dashboard;
  const built = new Map(
    rows.flatMap((row) => row.panels.map((panel) => [panel.definition.id, panel] as const)),
  );
  const placed = layOut(definition);
  const out: NonNullable<sdk.Dashboard['panels']> = [];
  definition.rows.forEach((row, index) => {
    const inRow = placed.filter((p) => p.row === index);
    const first = inRow[0];
    if (first !== undefined) {
      out.push({
        type: 'row',
        // Row ids count from 1000, out of the way of the panels' hand-written ids.
        id: 1000 + index,
        title: row.title,
        collapsed: false,
        gridPos: { x: 0, y: first.y - ROW_TITLE_HEIGHT, w: 24, h: ROW_TITLE_HEIGHT },
        panels: [],
      });
    }
    for (const { panel, x, y, width, height } of inRow) {
      const ready = built.get(panel.id);
      if (ready === undefined) continue;
      const json = clone(panelBuilder(bundle, ready).build());
      out.push({ ...json, id: panel.id, gridPos: { x, y, w: width, h: height } });
    }
  });
  return out;
}

function panelBuilder(bundle: Bundle, panel: Panel): AnyPanelBuilder | TextBuilder {
  const { definition } = panel;
  const builder = panelKind(definition.kind);
  builder
    .title(definition.title)
    .description(definition.description)
    .datasource(DATASOURCE)
    .noValue(definition.noData);
  if (definition.unit !== '') builder.unit(definition.unit);
  if (definition.decimals !== undefined) builder.decimals(definition.decimals);
  if (definition.mappings !== undefined) builder.mappings(valueMappings(definition.mappings));
  const steps = definition.thresholds?.(bundle.site);
  if (steps !== undefined) {
    builder.thresholds(
      new sdk.ThresholdsConfigBuilder()
        .mode(sdk.ThresholdsMode.Absolute)
        .steps([{ value: null, color: 'green' }, ...steps.map(({ value, color }) => ({ value, color }))]),
    );
  }
  for (const query of panel.queries) {
    const target = new prometheus.DataqueryBuilder()
      .refId(query.refId)
      .expr(query.expr)
      .legendFormat(query.legend)
      .format(query.format as prometheus.PromQueryFormat)
      .editorMode(prometheus.QueryEditorMode.Code);
    builder.withTarget(query.instant ? target.instant() : target.range());
  }
  return builder;
}

function panelKind(kind: PanelKind): AnyPanelBuilder {
  switch (kind) {
    case 'timeseries':
      return new TimeseriesBuilder()
        .legend(
          new common.VizLegendOptionsBuilder()
            .showLegend(true)
            .displayMode(common.LegendDisplayMode.Table)
            .placement(common.LegendPlacement.Bottom)
            .calcs(['lastNotNull', 'max']),
        )
        .tooltip(
          new common.VizTooltipOptionsBuilder()
            .mode(common.TooltipDisplayMode.Multi)
            .sort(common.SortOrder.Descending),
        );
    case 'stat':
      return new StatBuilder()
        .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
        .colorMode(common.BigValueColorMode.Background)
        .graphMode(common.BigValueGraphMode.None);
    case 'table':
      return new TableBuilder();
    case 'state-timeline':
      return new StateTimelineBuilder();
    case 'heatmap':
      return new HeatmapBuilder();
    default:
      throw new TypeError(`no renderer for panels of the kind ${kind}`);
  }
}

function valueMappings(mappings: readonly ValueMapping[]): sdk.ValueMapping[] {
  const named = mappings.filter((mapping) => mapping.value !== 'null');
  const empty = mappings.find((mapping) => mapping.value === 'null');
  const result = ({ text, color }: ValueMapping, index: number) => ({
    text,
    index,
    ...(color === undefined ? {} : { color }),
  });
  return [
    ...(named.length === 0
      ? []
      : [
          {
            type: sdk.MappingType.ValueToText,
            options: Object.fromEntries(
              named.map((mapping, index) => [String(mapping.value), result(mapping, index)]),
            ),
          } as sdk.ValueMapping,
        ]),
    ...(empty === undefined
      ? []
      : [
          {
            type: sdk.MappingType.SpecialValue,
            options: { match: sdk.SpecialValueMatch.Null, result: result(empty, named.length) },
          } as sdk.ValueMapping,
        ]),
  ];
}
