import * as common from '@grafana/grafana-foundation-sdk/common';
import * as sdk from '@grafana/grafana-foundation-sdk/dashboard';
import {
  PanelBuilder as HeatmapBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StateTimelineBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeseriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Panel } from '../../bundle/bundle.js';
import { COLUMNS } from '../../bundle/panel-layout.js';
import type { ColumnDefinition, PanelDefinition } from '../../model/dashboard.js';

export type DataPanelBuilder =
  | TimeseriesBuilder
  | StatBuilder
  | TableBuilder
  | StateTimelineBuilder
  | HeatmapBuilder;

/** The builder of a panel, with what its kind asks for. Throws `TypeError` for a text, which has no data. */
export function panelOfKind(panel: Panel): DataPanelBuilder {
  const { definition, queries } = panel;
  switch (definition.kind) {
    case 'timeseries':
      return timeseries(definition);
    case 'stat':
      return stat(panel);
    case 'table':
      return firstColumnFirst(
        new TableBuilder(),
        queries.flatMap(({ column }) => column ?? []),
      );
    case 'state-timeline':
      return stateTimeline();
    case 'heatmap':
      return heatmap(definition);
    default:
      throw new TypeError(`no renderer for panels of the kind ${definition.kind}`);
  }
}

function timeseries(definition: PanelDefinition): TimeseriesBuilder {
  const isWide = definition.width === COLUMNS;
  const calcs = definition.calcs ?? ['last', 'max'];
  const hasLongNames = definition.queries.some(
    ({ legend = '' }) => legend.replace(/\{\{\w+\}\}/g, '').length > 30,
  );
  // The greatest last value on top, and lines that have ended at the end; of what counts down, the lowest.
  const [order, isDescending] = calcs.includes('min')
    ? ['Min', false]
    : [calcs.includes('last') ? 'Last' : 'Max', true];
  const legend = new common.VizLegendOptionsBuilder()
    .showLegend(true)
    .displayMode(common.LegendDisplayMode.Table)
    // Beside the lines where there is room: below them it would leave little of the plot.
    .placement(isWide ? common.LegendPlacement.Right : common.LegendPlacement.Bottom)
    // Of a line that has ended there is no last value: what was is not what is.
    .calcs([...calcs])
    .sortBy(order)
    .sortDesc(isDescending);
  const builder = new TimeseriesBuilder()
    .legend(isWide ? legend.width(hasLongNames ? 500 : 320) : legend)
    .tooltip(
      new common.VizTooltipOptionsBuilder()
        .mode(common.TooltipDisplayMode.Multi)
        .sort(common.SortOrder.Descending),
    )
    // In order, not by name: colors by name repeat within a panel, and many of them look alike.
    .colorScheme(new sdk.FieldColorBuilder().mode(sdk.FieldColorModeId.PaletteClassic))
    .lineWidth(1)
    .fillOpacity(0)
    .showPoints(common.VisibilityMode.Auto);
  // Whole numbers up to 1 would leave the lines of the grid without numbers.
  const least = definition.decimals === 0 ? 4 : 1;
  if (definition.min === 0 && definition.max === undefined) builder.axisSoftMax(definition.softMax ?? least);
  // What counts down crosses 0, where it becomes bad.
  if (definition.min === undefined) builder.axisSoftMin(0);
  return definition.thresholds !== undefined
    ? builder.thresholdsStyle(
        new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
      )
    : builder;
}

function stat({ definition, queries }: Panel): StatBuilder {
  return (
    new StatBuilder()
      .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['last']).values(false))
      .colorMode(
        definition.thresholds !== undefined ||
          definition.mappings !== undefined ||
          queries.some(({ thresholds }) => thresholds !== undefined)
          ? common.BigValueColorMode.Background
          : common.BigValueColorMode.None,
      )
      .graphMode(common.BigValueGraphMode.None)
      // Fixed: names of several values are otherwise as large as fits, and cut.
      .text(new common.VizTextDisplayOptionsBuilder().titleSize(16))
      .textMode(
        definition.showsNames === true
          ? common.BigValueTextMode.Name
          : queries.length > 1 || queries.some(({ legend }) => legend.includes('{{'))
            ? common.BigValueTextMode.ValueAndName
            : common.BigValueTextMode.Value,
      )
  );
}

function stateTimeline(): StateTimelineBuilder {
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
}

function heatmap(definition: PanelDefinition): HeatmapBuilder {
  return new HeatmapBuilder()
    .calculate(false)
    .color(
      new HeatmapColorOptionsBuilder()
        .mode(HeatmapColorMode.Scheme)
        // From dark to bright, which color-blind readers can distinguish as well.
        .scheme('Viridis')
        .fill('dark-blue')
        .exponent(0.5)
        .steps(32),
    )
    .yAxis({ build: () => ({ unit: definition.unit }) });
}

const firstColumnFirst = (builder: TableBuilder, [first, ...others]: readonly ColumnDefinition[]) =>
  first === undefined || first.hidden === true
    ? builder
    : builder.sortBy(
        [first, ...others.filter(({ breaksTies }) => breaksTies === true)].map((column) =>
          new common.TableSortByFieldStateBuilder()
            .displayName(column.title)
            .desc(column.smallestFirst !== true),
        ),
      );
