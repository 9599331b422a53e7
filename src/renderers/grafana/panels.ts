import * as common from '@grafana/grafana-foundation-sdk/common';
import * as sdk from '@grafana/grafana-foundation-sdk/dashboard';
import {
  PanelBuilder as HeatmapBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TextBuilder } from '@grafana/grafana-foundation-sdk/text';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Bundle, Panel } from '../../bundle/bundle.js';
import { runbookUrl } from '../../bundle/links.js';
import { COLUMNS } from '../../bundle/panel-layout.js';
import type { ColumnDefinition, PanelThreshold, ValueMapping } from '../../model/dashboard.js';

/** The data source that the variable of every dashboard names. */
export const DATASOURCE = { type: 'prometheus', uid: '${datasource}' } as const;

/** The uid of the dashboard about one relay: lines and rows of other dashboards that name a relay link to it. */
function relayDashboard(bundle: Bundle): string | undefined {
  return bundle.dashboards.find(({ definition }) => definition.relays?.choose === 'one')?.definition.uid;
}

type DataPanelBuilder =
  | TimeseriesBuilder
  | StatBuilder
  | TableBuilder
  | StateTimelineBuilder
  | HeatmapBuilder;

/** `build()` returns the builder's own object; what is changed afterwards must be a copy. */
export function clone<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** A panel in Grafana's classic JSON, without its place. */
export function panelJson(bundle: Bundle, uid: string, panel: Panel): sdk.Panel {
  const { definition } = panel;
  const json = clone<sdk.Panel>(
    definition.kind === 'text' ? textPanel(panel).build() : dataPanel(bundle, uid, panel).build(),
  );
  // Defaults of the builders that say nothing.
  delete json.transparent;
  delete json.repeatDirection;
  json.id = definition.id;
  json.description = description(bundle, uid, panel);
  const links = alertsOf(bundle, uid, definition.id).flatMap(({ alert }) => panelLinks(bundle, alert));
  if (links.length > 0) json.links = links;
  return json;
}

/** The alerts that lead to a panel. */
function alertsOf(bundle: Bundle, uid: string, id: number) {
  const rules = bundle.alertGroups.flatMap((group) => group.rules);
  const leading = rules.filter(
    ({ definition: { dashboard } }) => dashboard.uid === uid && dashboard.panel === id,
  );
  // Rules of one name differ in severity only.
  return leading.filter((rule, i) => leading.findIndex(({ alert }) => alert === rule.alert) === i);
}

/** What good looks like, then what to do when it is not. */
function description(bundle: Bundle, uid: string, { definition }: Panel): string {
  if (alertsOf(bundle, uid, definition.id).length === 0) return definition.description;
  // The links list the alerts, one per line of JSON: git merges an alert added here with one added by another signal.
  const alerts =
    bundle.config.links.runbooks === undefined
      ? `Its alerts are in the links of the panel; what to do is in ${runbookUrl(bundle.config, '<Alert>')}.`
      : 'Its alerts, and what to do, are in the links of the panel.';
  return `${definition.description}\n\n${alerts}`;
}

function panelLinks(bundle: Bundle, alert: string): sdk.DashboardLink[] {
  const link = (title: string, url: string): sdk.DashboardLink => {
    const json: sdk.DashboardLink = clone(
      new sdk.DashboardLinkBuilder(title).type(sdk.DashboardLinkType.Link).url(url).targetBlank(true).build(),
    );
    delete json.placement;
    return json;
  };
  return [
    link(`Alert: ${alert}`, `/alerting/list?search=${alert}`),
    // A path in the repository leads nowhere in Grafana.
    ...(bundle.config.links.runbooks === undefined
      ? []
      : [link(`What to do: ${alert}`, runbookUrl(bundle.config, alert))]),
  ];
}

function textPanel({ definition }: Panel): TextBuilder {
  return new TextBuilder().title(definition.title).content(definition.content ?? '');
}

function dataPanel(bundle: Bundle, uid: string, panel: Panel): DataPanelBuilder {
  const { definition, queries } = panel;
  const builder = panelOfKind(panel);
  builder.title(definition.title).datasource(DATASOURCE).noValue(definition.noData).unit(definition.unit);
  if (definition.decimals !== undefined) builder.decimals(definition.decimals);
  if (definition.min !== undefined) builder.min(definition.min);
  if (definition.max !== undefined) builder.max(definition.max);
  if (definition.mappings !== undefined) builder.mappings(valueMappings(definition.mappings));
  const steps = definition.thresholds?.(bundle.site);
  if (steps !== undefined) builder.thresholds(thresholds(steps));
  // What is not measured is neither good nor bad.
  else if (definition.kind === 'stat') {
    builder.thresholds(thresholds(NO_COLOR));
  }
  const isTable = definition.kind === 'table';
  for (const query of queries) {
    const target = new prometheus.DataqueryBuilder()
      .refId(query.refId)
      .expr(query.expr)
      .legendFormat(query.legend)
      .format((isTable ? 'table' : query.format) as prometheus.PromQueryFormat)
      .editorMode(prometheus.QueryEditorMode.Code);
    // A stat over a range would show the last value there was: a relay that was cleared an hour ago as pending.
    const isNow = query.instant || isTable || definition.kind === 'stat';
    builder.withTarget(isNow ? target.instant() : target.range());
  }
  for (const [name, color] of Object.entries(definition.colors ?? {})) {
    builder.overrideByName(name, [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }]);
  }
  const target = relayDashboard(bundle);
  const story = target === undefined || target === uid ? undefined : storyLink(bundle, target);
  if (isTable) tableColumns(bundle, panel, builder, story);
  else if (story !== undefined && queries.some(({ legend }) => legend.includes('{{relay}}'))) {
    const link = story('${__field.labels.relay:percentencode}');
    builder.dataLinks([{ build: () => ({ ...link, type: sdk.DashboardLinkType.Link }) as never }]);
  }
  return builder;
}

/** The way from a relay's line or row to its story, at the same time and place. */
function storyLink(bundle: Bundle, uid: string): (relay: string) => { title: string; url: string } {
  const kept = ['datasource', ...bundle.config.groupBy].map((name) => `\${${name}:queryparam}`);
  return (relay) => ({
    title: 'The story of this relay',
    url: `/d/${uid}?var-relay=${relay}&${kept.join('&')}&\${__url_time_range}`,
  });
}

/** Each query is a column beside the labels they share. */
function tableColumns(
  bundle: Bundle,
  panel: Panel,
  builder: DataPanelBuilder,
  story: ReturnType<typeof storyLink> | undefined,
): void {
  const { queries } = panel;
  const columns = queries.map(({ refId, column }) => ({
    field: queries.length === 1 ? 'Value' : `Value #${refId}`,
    column: column ?? { title: panel.definition.title, unit: panel.definition.unit, empty: '' },
  }));
  if (queries.length > 1) builder.withTransformation({ id: 'merge', options: {} });
  builder.withTransformation({
    id: 'organize',
    options: {
      excludeByName: { Time: true },
      renameByName: Object.fromEntries(columns.map(({ field, column }) => [field, column.title])),
    },
  });
  for (const { column } of columns) builder.overrideByName(column.title, columnProperties(bundle, column));
  const width = { id: 'custom.width', value: KEY_WIDTH[panel.definition.width] ?? NARROW };
  if (keepsLabel(panel, 'relay')) {
    const links =
      story === undefined ? [] : [{ id: 'links', value: [story('${__value.raw:percentencode}')] }];
    builder.overrideByName('relay', [width, ...links]);
  }
  if (keepsLabel(panel, 'identifier')) builder.overrideByName('identifier', [width]);
}

// Pixels. A key has 64 characters; the first ones tell relays apart, and all are there to be copied.
const KEY_WIDTH: Readonly<Record<number, number>> = { [COLUMNS]: 440, 16: 220 };
const NARROW = 150;

/** Whether the rows of a table are told apart by a label: the queries of one table group alike. */
const keepsLabel = (panel: Panel, label: string) =>
  new RegExp(`\\bby \\([^)]*\\b${label}\\b`).test(panel.queries[0]?.expr ?? '');

function columnProperties(bundle: Bundle, column: ColumnDefinition): sdk.DynamicConfigValue[] {
  const steps = column.thresholds?.(bundle.site);
  const isColored = steps !== undefined || column.mappings?.some(({ color }) => color !== undefined) === true;
  return [
    { id: 'unit', value: column.unit },
    { id: 'noValue', value: column.empty },
    ...(column.decimals === undefined ? [] : [{ id: 'decimals', value: column.decimals }]),
    ...(column.mappings === undefined ? [] : [{ id: 'mappings', value: valueMappings(column.mappings) }]),
    ...(isColored ? [{ id: 'thresholds', value: clone(thresholds(steps ?? NO_COLOR).build()) }] : []),
    ...(isColored ? [{ id: 'custom.cellOptions', value: { type: 'color-text' } }] : []),
  ];
}

// The base colour of what is good: blue, since green and red look alike to many.
const GOOD = 'semi-dark-blue';

/** For values whose words have the colours: what has no word is neither good nor bad. */
const NO_COLOR: readonly PanelThreshold[] = [{ value: Number.NEGATIVE_INFINITY, color: 'text' }];

function thresholds(steps: readonly PanelThreshold[]): sdk.ThresholdsConfigBuilder {
  const base = steps[0]?.value === Number.NEGATIVE_INFINITY ? steps[0].color : GOOD;
  return new sdk.ThresholdsConfigBuilder()
    .mode(sdk.ThresholdsMode.Absolute)
    .steps([
      { value: null, color: base },
      ...steps.filter(({ value }) => Number.isFinite(value)).map(({ value, color }) => ({ value, color })),
    ]);
}

function panelOfKind({ definition, queries }: Panel): DataPanelBuilder {
  const hasThresholds = definition.thresholds !== undefined;
  switch (definition.kind) {
    case 'timeseries': {
      const isWide = definition.width === COLUMNS;
      const legend = new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.Table)
        // Beside the lines where there is room: below them it would leave little of the plot.
        .placement(isWide ? common.LegendPlacement.Right : common.LegendPlacement.Bottom)
        .calcs([...(definition.calcs ?? ['lastNotNull', 'max'])]);
      const builder = new TimeseriesBuilder()
        .legend(isWide ? legend.width(420) : legend)
        .tooltip(
          new common.VizTooltipOptionsBuilder()
            .mode(common.TooltipDisplayMode.Multi)
            .sort(common.SortOrder.Descending),
        )
        // By name: a relay has the same colour in every panel.
        .colorScheme(new sdk.FieldColorBuilder().mode(sdk.FieldColorModeId.PaletteClassicByName))
        .lineWidth(1)
        .fillOpacity(0)
        .showPoints(common.VisibilityMode.Auto);
      return hasThresholds
        ? builder.thresholdsStyle(
            new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Line),
          )
        : builder;
    }
    case 'stat':
      return (
        new StatBuilder()
          .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']).values(false))
          .colorMode(
            hasThresholds || definition.mappings !== undefined
              ? common.BigValueColorMode.Background
              : common.BigValueColorMode.None,
          )
          .graphMode(common.BigValueGraphMode.None)
          // Fixed: names of several values are otherwise as large as fits, and cut.
          .text(new common.VizTextDisplayOptionsBuilder().titleSize(16))
          .textMode(
            queries.length > 1 || queries.some(({ legend }) => legend.includes('{{'))
              ? common.BigValueTextMode.ValueAndName
              : common.BigValueTextMode.Value,
          )
      );
    case 'table':
      return firstColumnFirst(new TableBuilder(), queries[0]?.column?.title);
    case 'state-timeline':
      return new StateTimelineBuilder()
        .colorScheme(new sdk.FieldColorBuilder().mode(sdk.FieldColorModeId.Thresholds))
        .showValue(common.VisibilityMode.Auto)
        .legend(
          new common.VizLegendOptionsBuilder()
            .showLegend(true)
            .displayMode(common.LegendDisplayMode.List)
            .placement(common.LegendPlacement.Bottom)
            .calcs([]),
        );
    case 'heatmap':
      return new HeatmapBuilder()
        .calculate(false)
        .color(
          new HeatmapColorOptionsBuilder()
            .mode(HeatmapColorMode.Scheme)
            // From dark to bright for everybody, colour-blind or not.
            .scheme('Viridis')
            .fill('dark-blue')
            .exponent(0.5)
            .steps(32),
        )
        .yAxis({ build: () => ({ unit: definition.unit }) });
    default:
      throw new TypeError(`no renderer for panels of the kind ${definition.kind}`);
  }
}

const firstColumnFirst = (builder: TableBuilder, title: string | undefined) =>
  title === undefined
    ? builder
    : builder.sortBy([new common.TableSortByFieldStateBuilder().displayName(title).desc(true)]);

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
