import { type DataFrame, FieldType, type TimeRange } from '@grafana/data';
import type { LegendDisplayMode, LegendPlacement, VizLegendOptions } from '@grafana/schema';
import { TimeSeries, type UPlotConfigBuilder, useTheme2 } from '@grafana/ui';
import type { AnnotationSpan } from '../queries.js';

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

/** Lines over time, by Grafana's own component. */
export function TimeSeriesPanel({ frames, options, annotations, range, width, height }: Props) {
  const theme = useTheme2();
  const numeric = frames.filter(({ fields }) => fields.some(({ type }) => type === FieldType.number));
  const legend = { ...DEFAULT_LEGEND, ...(options.legend as Partial<VizLegendOptions> | undefined) };
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
      {(builder: UPlotConfigBuilder) => {
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
        return null;
      }}
    </TimeSeries>
  );
}
