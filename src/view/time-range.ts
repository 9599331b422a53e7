/** A time range of a dashboard; milliseconds since the epoch. */
export interface TimeRangeMs {
  readonly from: number;
  readonly to: number;
}

/** Upper bounds in milliseconds and what Grafana rounds an interval below them to. */
const ROUNDED: readonly (readonly [below: number, to: number])[] = [
  [10, 1],
  [15, 10],
  [35, 20],
  [75, 50],
  [150, 100],
  [350, 200],
  [750, 500],
  [1_500, 1_000],
  [3_500, 2_000],
  [7_500, 5_000],
  [12_500, 10_000],
  [17_500, 15_000],
  [25_000, 20_000],
  [45_000, 30_000],
  [90_000, 60_000],
  [210_000, 120_000],
  [450_000, 300_000],
  [750_000, 600_000],
  [1_050_000, 900_000],
  [1_500_000, 1_200_000],
  [2_700_000, 1_800_000],
  [5_400_000, 3_600_000],
  [9_000_000, 7_200_000],
  [16_200_000, 10_800_000],
  [32_400_000, 21_600_000],
  [86_400_000, 43_200_000],
  [604_800_000, 86_400_000],
  [1_814_400_000, 604_800_000],
  [3_628_800_000, 2_592_000_000],
];

/** Milliseconds of an interval such as `30s`, `5m` or `500ms`. Throws where the text is none. */
export function intervalMs(text: string): number {
  const units: Record<string, number> = {
    ms: 1,
    s: 1_000,
    m: 60_000,
    h: 3_600_000,
    d: 86_400_000,
    w: 604_800_000,
    M: 2_592_000_000,
    y: 31_536_000_000,
  };
  const match = /^(\d+(?:\.\d+)?)(ms|[smhdwMy])$/.exec(text);
  if (match === null)
    throw new TypeError(`found ${JSON.stringify(text)}, expected an interval such as 30s or 5m`);
  return Number(match[1]) * (units[match[2] as string] as number);
}

/** An interval as Grafana writes it into a query: `15s`, `1m`, `1h`. */
export function intervalText(ms: number): string {
  for (const [unit, length] of [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ] as const) {
    if (ms % length === 0) return `${ms / length}${unit}`;
  }
  return `${ms}ms`;
}

/**
 * The step of a range query: the range over the number of points the panel can show, rounded, and never below the lowest
 * interval. Milliseconds.
 */
export function stepMs(range: TimeRangeMs, points: number, lowestMs: number): number {
  const exact = (range.to - range.from) / points;
  const rounded = ROUNDED.find(([below]) => exact < below)?.[1] ?? 31_536_000_000;
  // Prometheus answers no more than 11,000 points.
  const least = Math.ceil((range.to - range.from) / 11_000);
  return Math.max(rounded, lowestMs, least);
}

/** `$__rate_interval`: at least four scrapes, and always one scrape more than the step. Milliseconds. */
export function rateIntervalMs(step: number, scrapeIntervalMs: number): number {
  return Math.max(step + scrapeIntervalMs, 4 * scrapeIntervalMs);
}

const UNITS = ['s', 'm', 'h', 'd', 'w', 'M', 'y'] as const;

/** A moment rounded to a unit of time, in UTC; weeks begin on Monday. */
function roundedTo(unit: string, ms: number, up: boolean): number {
  const date = new Date(ms);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  const one = up ? 1 : 0;
  switch (unit) {
    case 'y':
      return Date.UTC(year + one, 0) - one;
    case 'M':
      return Date.UTC(year, month + one) - one;
    case 'w':
      return Date.UTC(year, month, day - ((date.getUTCDay() + 6) % 7) + 7 * one) - one;
    default: {
      const length = intervalMs(`1${unit}`);
      return Math.floor(ms / length) * length + (up ? length - 1 : 0);
    }
  }
}

/**
 * A moment as Grafana writes it: `now`, `now-6h`, `now-1d/d`, milliseconds since the epoch, or an ISO date. Milliseconds since the epoch.
 *
 * @param isEnd rounds up instead of down
 * @throws {TypeError} on anything else
 */
function moment(text: string, nowMs: number, isEnd: boolean): number {
  if (/^\d{10,14}$/.test(text)) return Number(text);
  if (/^\d{4}-\d\d-\d\d/.test(text) && Number.isFinite(Date.parse(text))) return Date.parse(text);
  const match = /^now((?:[+-]\d+(?:ms|[smhdwMy]))*)(?:\/([smhdwMy]))?$/.exec(text);
  if (match === null) {
    throw new TypeError(
      `time: found ${JSON.stringify(text)}, expected now, a span such as now-6h, milliseconds or an ISO date`,
    );
  }
  const spans = (match[1] as string).match(/[+-][^+-]+/g) ?? [];
  const at = spans.reduce(
    (sum, span) => sum + (span.startsWith('-') ? -1 : 1) * intervalMs(span.slice(1)),
    nowMs,
  );
  const unit = UNITS.find((one) => one === match[2]);
  return unit === undefined ? at : roundedTo(unit, at, isEnd);
}

/**
 * The range between two moments where `now` is fixed.
 *
 * @throws {TypeError} where a moment cannot be read, or the range ends before it begins
 */
export function timeRange(time: { readonly from: string; readonly to: string }, nowMs: number): TimeRangeMs {
  const range = { from: moment(time.from, nowMs, false), to: moment(time.to, nowMs, true) };
  if (range.to <= range.from) {
    throw new TypeError(`time: found ${time.from} to ${time.to}, expected a beginning before the end`);
  }
  return range;
}
