import {
  type DataFrame,
  FieldType,
  formattedValueToString,
  getFieldDisplayName,
  MappingType,
  SpecialValueMatch,
} from '@grafana/data';
import type { LegendDisplayMode, LegendPlacement } from '@grafana/schema';
import { measureText, useTheme2, VizLayout, VizLegend, type VizLegendItem } from '@grafana/ui';
import type { TimeRangeMs } from '../../src/view/time-range.js';
import { MARGIN, PLAIN_TEXT, TimeAxis } from './time-axis.js';

interface Props {
  readonly frames: DataFrame[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly range: TimeRangeMs;
  readonly width: number;
  readonly height: number;
}

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly text: string;
  readonly color: string;
}

interface Line {
  readonly name: string;
  readonly fillOpacity: number;
  readonly stretches: readonly Stretch[];
}

const FONT_SIZE = 12;
const textWidth = (text: string) => measureText(text, FONT_SIZE).width;

/** A text that is cut so that it fits into so many pixels. */
function fitted(text: string, pixels: number): string {
  if (textWidth(text) <= pixels) return text;
  let cut = text.length;
  while (cut > 1 && textWidth(`${text.slice(0, cut)}…`) > pixels) cut -= 1;
  return `${text.slice(0, cut)}…`;
}

/** States over time: our own drawing, since the packages export none. */
export function StateTimelinePanel({ frames, options, range, width, height }: Props) {
  const theme = useTheme2();
  const all = linesOf(frames, range, options.mergeValues !== false);
  const perPage = Number(options.perPage ?? 20);
  // Grafana shows one page; the others are behind a pager.
  const lines = perPage > 0 ? all.slice(0, perPage) : all;
  const legend = { showLegend: true, ...(options.legend as { showLegend?: boolean } | undefined) };
  const colors = new Map(all.flatMap(({ stretches }) => stretches.map(({ text, color }) => [text, color])));
  const items: VizLegendItem[] = [...colors].map(([label, color]) => ({ label, color, yAxis: 1 }));
  const showValue = options.showValue ?? 'auto';
  const rowHeight = Number(options.rowHeight ?? 0.9);
  return (
    <VizLayout
      width={width}
      height={height}
      legend={
        legend.showLegend && items.length > 0 ? (
          <VizLayout.Legend placement={'bottom' as LegendPlacement}>
            <VizLegend
              items={items}
              placement={'bottom' as LegendPlacement}
              displayMode={'list' as LegendDisplayMode}
            />
          </VizLayout.Legend>
        ) : null
      }
    >
      {(inner: number, tall: number) => {
        const longest = Math.max(...lines.map(({ name }) => textWidth(name)));
        const left = Math.min(longest + 12, inner * 0.3);
        const bottom = 20;
        const pager = all.length > lines.length ? 18 : 0;
        const plot = { width: inner - left - MARGIN, height: tall - bottom - pager };
        const each = plot.height / lines.length;
        const x = (time: number) => left + ((time - range.from) / (range.to - range.from)) * plot.width;
        return (
          <svg
            width={inner}
            height={tall}
            style={PLAIN_TEXT}
            fontSize={FONT_SIZE}
            fontFamily={theme.typography.fontFamily}
            role="img"
          >
            <title>states over time</title>
            <TimeAxis range={range} plot={plot} x={x} />
            {lines.map(({ name, stretches, fillOpacity }, row) => {
              const high = each * rowHeight;
              const top = row * each + (each - high) / 2;
              return (
                <g key={name}>
                  <text x={left - 6} y={top + high / 2 + 4} textAnchor="end" fill={theme.colors.text.primary}>
                    {fitted(name, left - 8)}
                  </text>
                  {stretches.map(({ from, to, text, color }) => {
                    const space = x(to) - x(from);
                    const fits = showValue === 'always' || textWidth(text) + 8 < space;
                    const middle = options.alignValue === 'center';
                    return (
                      <g key={from}>
                        <rect
                          x={x(from)}
                          y={top}
                          width={space}
                          height={high}
                          fill={color}
                          fillOpacity={fillOpacity}
                        />
                        {showValue !== 'never' && fits && high > 11 && (
                          <text
                            x={middle ? x(from) + space / 2 : x(from) + 4}
                            textAnchor={middle ? 'middle' : 'start'}
                            y={top + high / 2 + 4}
                            fill={
                              fillOpacity > 0.5
                                ? theme.colors.getContrastText(color, 3)
                                : theme.colors.text.primary
                            }
                          >
                            {text}
                          </text>
                        )}
                      </g>
                    );
                  })}
                </g>
              );
            })}
            {pager > 0 && (
              <text x={inner / 2} y={tall - 4} textAnchor="middle" fill={theme.colors.text.secondary}>
                {`1 to ${lines.length} of ${all.length}`}
              </text>
            )}
          </svg>
        );
      }}
    </VizLayout>
  );
}

function linesOf(frames: DataFrame[], range: TimeRangeMs, merge: boolean): Line[] {
  return frames.flatMap((frame) => {
    const time = frame.fields.find(({ type }) => type === FieldType.time);
    if (time === undefined) return [];
    return frame.fields
      .filter((field) => field !== time)
      .map((field): Line => {
        const stretches: Stretch[] = [];
        const namesNull = field.config.mappings?.some(
          ({ type, options }) =>
            type === MappingType.SpecialValue &&
            (options.match === SpecialValueMatch.Null || options.match === SpecialValueMatch.NullAndNaN),
        );
        const times = time.values as number[];
        const usual = (times[1] ?? range.to) - (times[0] ?? range.from);
        times.forEach((at, i) => {
          const value = field.values[i] as unknown;
          const display = field.display?.(value);
          const text = display === undefined ? String(value) : formattedValueToString(display);
          // As in Grafana: a null is drawn only where a mapping speaks of it.
          if ((value === null || value === undefined) && !namesNull) return;
          const from = Math.max(at, range.from);
          const to = Math.min(times[i + 1] ?? at + usual, range.to);
          if (to <= from) return;
          const before = stretches.at(-1);
          const color = display?.color ?? '#888888';
          if (
            merge &&
            before !== undefined &&
            before.to === from &&
            before.text === text &&
            before.color === color
          ) {
            stretches[stretches.length - 1] = { ...before, to };
          } else stretches.push({ from, to, text, color });
        });
        return {
          name: getFieldDisplayName(field, frame, frames),
          fillOpacity:
            Number((field.config.custom as { fillOpacity?: number } | undefined)?.fillOpacity ?? 70) / 100,
          stretches,
        };
      });
  });
}
