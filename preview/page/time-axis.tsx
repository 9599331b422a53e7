import { useTheme2 } from '@grafana/ui';
import type { TimeRangeMs } from '../../src/view/time-range.js';

/** Text as a canvas measures it: Grafana's styles for pages widen digits and spaces between letters. */
export const PLAIN_TEXT = {
  letterSpacing: 0,
  fontFeatureSettings: 'normal',
  fontVariantNumeric: 'normal',
} as const;

/** Half the width of a time in pixels: nearer to the right edge it would be cut. */
const HALF_TEXT = 16;
/** Room right of a plot. */
export const MARGIN = 4;

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440].map((minutes) => minutes * 60_000);

/** Round times within a range, at most one for every 90 pixels, and how they are written (UTC). */
function timeTicks(from: number, to: number, pixels: number): { at: number; text: string }[] {
  const least = ((to - from) * 90) / Math.max(1, pixels);
  const step = STEPS.find((candidate) => candidate >= least) ?? 86_400_000;
  const ticks: { at: number; text: string }[] = [];
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    const iso = new Date(at).toISOString();
    ticks.push({ at, text: step >= 86_400_000 ? iso.slice(5, 10) : iso.slice(11, 16) });
  }
  return ticks;
}

/** The lines and words of a time axis below a plot. `x` tells where a time lies. */
export function TimeAxis({
  range,
  plot,
  x,
}: {
  readonly range: TimeRangeMs;
  readonly plot: { readonly width: number; readonly height: number };
  readonly x: (time: number) => number;
}) {
  const { colors } = useTheme2();
  return timeTicks(range.from, range.to, plot.width).map(({ at, text }) => (
    <g key={at}>
      <line x1={x(at)} x2={x(at)} y1={0} y2={plot.height} stroke={colors.border.weak} />
      {x(at) + HALF_TEXT <= x(range.to) + MARGIN && (
        <text x={x(at)} y={plot.height + 15} textAnchor="middle" fill={colors.text.primary}>
          {text}
        </text>
      )}
    </g>
  ));
}
