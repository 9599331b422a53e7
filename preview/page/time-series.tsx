import {
  type DataFrame,
  FieldType,
  formattedValueToString,
  getFieldDisplayName,
  type TimeRange,
} from '@grafana/data';
import type { LegendDisplayMode, LegendPlacement, VizLegendOptions } from '@grafana/schema';
import { TimeSeries, TooltipPlugin2, type UPlotConfigBuilder, useTheme2 } from '@grafana/ui';
import type { AnnotationSpan } from '../../src/view/queries.js';
import { change } from './address.js';
import { SeriesTooltip } from './tooltip.js';

interface Props {
  readonly frames: DataFrame[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly annotations: readonly AnnotationSpan[];
  readonly range: TimeRange;
  readonly width: number;
  readonly height: number;
}

const DEFAULT_LEGEND: VizLegendOptions = {
  showLegend: true,
  displayMode: 'list' as LegendDisplayMode,
  placement: 'bottom' as LegendPlacement,
  calcs: [],
};

/** The mode of Grafana's tooltip for the value below the pointer, and for all values at its time. */
const HOVER = { single: 0, multi: 1 } as const;

const zoom = ({ from, to }: { from: number; to: number }) =>
  change({ from: String(Math.round(from)), to: String(Math.round(to)) });

/** Lines over time, by Grafana's own component. */
export function TimeSeriesPanel({ frames, options, annotations, range, width, height }: Props) {
  const theme = useTheme2();
  const numeric = frames.filter(({ fields }) => fields.some(({ type }) => type === FieldType.number));
  const legend = { ...DEFAULT_LEGEND, ...(options.legend as Partial<VizLegendOptions> | undefined) };
  const { mode = 'single' } = (options.tooltip ?? {}) as { mode?: keyof typeof HOVER | 'none' };
  const marked = new WeakSet<UPlotConfigBuilder>();
  return (
    <TimeSeries
      frames={numeric}
      structureRev={1}
      width={width}
      height={height}
      timeRange={range}
      timeZone="utc"
      legend={legend}
      options={options}
    >
      {(builder: UPlotConfigBuilder, aligned: DataFrame) => {
        // Called at every rendering; the hook must be there once.
        if (!marked.has(builder)) {
          marked.add(builder);
          builder.addHook('draw', (plot) => {
            const { ctx, bbox } = plot;
            ctx.save();
            for (const { from, to, color } of annotations) {
              const left = Math.max(bbox.left, plot.valToPos(from, 'x', true));
              const right = Math.min(bbox.left + bbox.width, plot.valToPos(to, 'x', true));
              if (right < bbox.left || left > bbox.left + bbox.width) continue;
              ctx.strokeStyle = ctx.fillStyle = theme.visualization.getColorByName(color);
              ctx.setLineDash([5, 5]);
              ctx.lineWidth = 1;
              for (const x of to > from ? [left, right] : [left]) {
                ctx.beginPath();
                ctx.moveTo(Math.round(x) + 0.5, bbox.top);
                ctx.lineTo(Math.round(x) + 0.5, bbox.top + bbox.height);
                ctx.stroke();
              }
              ctx.setLineDash([]);
              ctx.fillRect(left, bbox.top + bbox.height, Math.max(2, right - left), 4);
            }
            ctx.restore();
          });
        }
        if (mode === 'none') return null;
        return (
          <TooltipPlugin2
            config={builder}
            hoverMode={HOVER[mode]}
            queryZoom={zoom}
            maxWidth={600}
            render={(_, places, series, isPinned) => (
              <SeriesTooltip
                {...{ isPinned }}
                rows={rowsOf(aligned, places, mode === 'single' ? series : null)}
                time={timeOf(aligned, places)}
              />
            )}
          />
        );
      }}
    </TimeSeries>
  );
}

/** The values of a tooltip, highest first. `series`: only this one. */
function rowsOf(aligned: DataFrame, places: readonly (number | null)[], series: number | null) {
  return aligned.fields
    .flatMap((field, i) => {
      const place = places[i];
      if (i === 0 || place === null || place === undefined || (series !== null && series !== i)) return [];
      const value = field.values[place] as number | null | undefined;
      if (value === null || value === undefined || field.config.custom?.hideFrom?.tooltip === true) return [];
      const display = field.display?.(value);
      return {
        label: getFieldDisplayName(field, aligned),
        value,
        text: display === undefined ? String(value) : formattedValueToString(display),
        color: display?.color ?? '',
        links: field.getLinks?.({ valueRowIndex: place }) ?? [],
      };
    })
    .sort((a, b) => b.value - a.value);
}

function timeOf(aligned: DataFrame, places: readonly (number | null)[]): string {
  const place = places.find((one) => one !== null && one !== undefined);
  const time =
    place === undefined || place === null ? undefined : (aligned.fields[0]?.values[place] as number);
  return time === undefined ? '' : `${new Date(time).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
