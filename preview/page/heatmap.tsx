import { type DataFrame, FieldType, formattedValueToString, getValueFormat } from '@grafana/data';
import { useTheme2 } from '@grafana/ui';
import * as chromatic from 'd3-scale-chromatic';
import type { TimeRangeMs } from '../../src/view/time-range.js';
import { MARGIN, PLAIN_TEXT, TimeAxis } from './time-axis.js';

interface Props {
  readonly frames: DataFrame[];
  readonly options: Readonly<Record<string, unknown>>;
  readonly range: TimeRangeMs;
  readonly width: number;
  readonly height: number;
}

interface ColorOptions {
  readonly mode?: string;
  readonly scheme?: string;
  readonly fill?: string;
  readonly exponent?: number;
  readonly steps?: number;
  readonly reverse?: boolean;
  readonly min?: number;
  readonly max?: number;
}

/** Buckets over time, darker where more fell into them: our own drawing, since the packages export none. */
export function HeatmapPanel({ frames, options, range, width, height }: Props) {
  const theme = useTheme2();
  const frame = frames[0];
  const time = frame?.fields.find(({ type }) => type === FieldType.time);
  if (frame === undefined || time === undefined) return null;
  const rows = frame.fields.filter((field) => field !== time && field.type === FieldType.number);
  const color = (options.color ?? {}) as ColorOptions;
  const yAxis = (options.yAxis ?? {}) as {
    unit?: string;
    decimals?: number;
    axisLabel?: string;
    reverse?: boolean;
  };
  const filter = (options.filterValues ?? {}) as { le?: number };
  const least = filter.le ?? 1e-9;
  const seen = rows.flatMap(({ values }) =>
    (values as (number | null)[]).filter((v): v is number => v !== null && v > least),
  );
  const low = color.min ?? Math.min(...seen, Number.POSITIVE_INFINITY);
  const high = color.max ?? Math.max(...seen, Number.NEGATIVE_INFINITY);
  const shade = shading(color, theme.isDark, theme.visualization.getColorByName(color.fill ?? 'dark-orange'));
  const unit = yAxis.unit ?? rows[0]?.config.unit ?? 'short';
  const label = (name: string) =>
    Number.isFinite(Number(name))
      ? formattedValueToString(getValueFormat(unit)(Number(name), yAxis.decimals))
      : name;
  const names = rows.map((field) => label(field.labels?.le ?? field.name));
  const left = Math.max(...names.map((name) => name.length), 3) * 7 + 8;
  const legend = (options.legend as { show?: boolean } | undefined)?.show !== false ? 34 : 0;
  const plot = { width: width - left - MARGIN, height: height - 20 - legend };
  const each = plot.height / Math.max(1, rows.length);
  const x = (at: number) => left + ((at - range.from) / (range.to - range.from)) * plot.width;
  const times = time.values as number[];
  const step = (times[1] ?? range.to) - (times[0] ?? range.from);
  const gap = Math.min(Number(options.cellGap ?? 1), ((step / (range.to - range.from)) * plot.width) / 4);
  const share = (value: number) => (high > low ? (value - low) / (high - low) : 1);
  const top = (row: number) => (yAxis.reverse === true ? row : rows.length - 1 - row) * each;
  return (
    <svg
      width={width}
      height={height}
      style={PLAIN_TEXT}
      fontSize={12}
      fontFamily={theme.typography.fontFamily}
      role="img"
    >
      <title>distribution over time</title>
      <TimeAxis range={range} plot={plot} x={x} />
      {rows.map((field, row) => (
        // The name is the bucket's upper bound, so it stands at the upper edge.
        <g key={names[row]}>
          <text x={left - 6} y={Math.max(10, top(row) + 4)} textAnchor="end" fill={theme.colors.text.primary}>
            {names[row]}
          </text>
          <line
            x1={left}
            x2={left + plot.width}
            y1={top(row)}
            y2={top(row)}
            stroke={theme.colors.border.weak}
          />
          {(field.values as (number | null)[]).map((value, i) => {
            const at = times[i] as number;
            if (value === null || value <= least || at < range.from || at >= range.to) return null;
            return (
              <rect
                key={at}
                x={x(at)}
                y={top(row) + gap / 2}
                width={Math.max(0.5, x(Math.min(at + step, range.to)) - x(at) - gap)}
                height={Math.max(1, each - gap)}
                fill={shade(share(value))}
              />
            );
          })}
        </g>
      ))}
      {legend > 0 && seen.length > 0 && (
        <g>
          {Array.from({ length: 40 }, (_, i) => i / 40).map((from) => (
            <rect
              key={from}
              x={left + from * 200}
              y={height - 24}
              width={5.5}
              height={8}
              fill={shade(from)}
            />
          ))}
          <text x={left} y={height - 3} fontSize={11} fill={theme.colors.text.secondary}>
            {Number(low.toPrecision(2))}
          </text>
          <text
            x={left + 200}
            y={height - 3}
            fontSize={11}
            textAnchor="end"
            fill={theme.colors.text.secondary}
          >
            {Number(high.toPrecision(2))}
          </text>
        </g>
      )}
    </svg>
  );
}

function shading(color: ColorOptions, isDark: boolean, fill: string): (share: number) => string {
  const steps = color.steps ?? 64;
  const stepped = (share: number) => (steps <= 1 ? share : Math.round(share * (steps - 1)) / (steps - 1));
  if (color.mode === 'opacity') {
    const exponent = color.exponent ?? 0.5;
    return (share) =>
      `color-mix(in srgb, ${fill} ${Math.round(100 * stepped(share) ** exponent)}%, transparent)`;
  }
  const scheme = color.scheme ?? 'Oranges';
  const interpolate = (chromatic as unknown as Record<string, ((t: number) => string) | undefined>)[
    `interpolate${scheme}`
  ];
  if (interpolate === undefined) throw new Error(`options.color.scheme: the preview does not know ${scheme}`);
  // Schemes that run from light to dark are turned round on a dark background, as Grafana does.
  const invert =
    !/^(?:Turbo|Cividis|Viridis|Magma|Inferno|Plasma|Warm|Cool|CubehelixDefault)$/.test(scheme) && isDark;
  const turned = invert !== (color.reverse === true);
  return (share) => interpolate(turned ? 1 - stepped(share) : stepped(share));
}
