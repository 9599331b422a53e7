import { parser } from '@prometheus-io/lezer-promql';
import type { MetricDefinition, RecordingRuleDefinition } from './model.js';

declare const promqlBrand: unique symbol;
declare const durationBrand: unique symbol;

/** A PromQL expression made by the `promql` tag; a plain string is not accepted in its place. */
export type Promql = string & { readonly [promqlBrand]: true };

/** A Prometheus duration such as `5m` or `1h30m`, made by {@link duration}. */
export type Duration = string & { readonly [durationBrand]: true };

/** A piece of PromQL that is no expression of its own: label matchers, a list of labels, a series name. */
export class PromqlFragment {
  constructor(readonly text: string) {}
}

/** What may stand in `${}` of a `promql` template. */
export type Interpolation =
  | MetricDefinition
  | RecordingRuleDefinition
  | PromqlFragment
  | Promql
  | Duration
  | number;

const DURATION_UNITS: Record<string, number> = {
  ms: 0.001,
  s: 1,
  m: 60,
  h: 3600,
  d: 86_400,
  w: 604_800,
  y: 31_536_000,
};
const DURATION = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/**
 * Checks a Prometheus duration (`30s`, `5m`, `1h30m`; units in descending order, each at most once).
 * Throws `RangeError` for anything else, a bare number included.
 */
export function duration(text: string): Duration {
  if (text === '' || !DURATION.test(text)) {
    throw new RangeError(
      `found ${JSON.stringify(text)}, expected a Prometheus duration such as 30s, 5m or 1h30m`,
    );
  }
  return text as Duration;
}

/** Length of a duration in seconds. */
export function durationSeconds(text: Duration): number {
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[smhdwy])/g)) {
    seconds += Number(amount) * (DURATION_UNITS[unit as string] as number);
  }
  return seconds;
}

/** The shortest duration text for a number of whole seconds; throws `RangeError` for negative or broken ones. */
export function durationOf(seconds: number): Duration {
  if (!Number.isInteger(seconds) || seconds < 0) {
    throw new RangeError(`found ${seconds}, expected a whole number of seconds`);
  }
  let rest = seconds;
  let text = '';
  for (const unit of ['d', 'h', 'm', 's']) {
    const size = DURATION_UNITS[unit] as number;
    const amount = Math.floor(rest / size);
    rest -= amount * size;
    if (amount > 0) text += `${amount}${unit}`;
  }
  return duration(text === '' ? '0s' : text);
}

/**
 * The range to select so that a sample exactly one window old is in it under every Prometheus: ranges include their
 * start up to 2.x and exclude it since 3.0. Recorded series always have a sample there, because rules are evaluated on
 * a fixed grid. Timestamps are whole milliseconds, so a range that is 1 ms longer is the closed window in 3.x, and the
 * same window in 2.x as long as no sample is 1 ms older. Every range of a rule needs this; a test checks it.
 */
export function closedRange(window: Duration): Duration {
  const [, rest, milliseconds] = /^(.*?)(\d+)ms$/.exec(window) ?? [];
  return duration(milliseconds === undefined ? `${window}1ms` : `${rest}${Number(milliseconds) + 1}ms`);
}

/** The `_bucket` series of a histogram. */
export function bucketOf(metric: MetricDefinition): PromqlFragment {
  return histogramSeries(metric, 'bucket');
}

/** The `_sum` series of a histogram. */
export function sumOf(metric: MetricDefinition): PromqlFragment {
  return histogramSeries(metric, 'sum');
}

/** The `_count` series of a histogram. */
export function countOf(metric: MetricDefinition): PromqlFragment {
  return histogramSeries(metric, 'count');
}

/**
 * The matcher that pins a histogram's `le` to one of its bounds. Prometheus 3 stores `le="120.0"` where 2.x stores
 * `le="120"`; the matcher fits both. Throws `RangeError` for a bound the contract does not have, `TypeError` for another
 * metric than a histogram.
 */
export function leBound(metric: MetricDefinition, bound: number): PromqlFragment {
  if (metric.type !== 'histogram') {
    throw new TypeError(`${metric.name} is a ${metric.type}; only a histogram has bucket bounds`);
  }
  if (!metric.buckets?.includes(bound)) {
    throw new RangeError(
      `${metric.name} has no bucket bound ${bound}, expected one of ${metric.buckets?.join(', ')}`,
    );
  }
  return new PromqlFragment(
    `le=~"${String(bound).replace('.', '\\\\.')}${Number.isInteger(bound) ? '(\\\\.0)?' : ''}"`,
  );
}

function histogramSeries(metric: MetricDefinition, suffix: string): PromqlFragment {
  if (metric.type !== 'histogram') {
    throw new TypeError(`${metric.name} is a ${metric.type}; only a histogram has a _${suffix} series`);
  }
  return new PromqlFragment(`${metric.name}_${suffix}`);
}

/**
 * Writes PromQL as text. Definitions become their names, numbers and durations stand as they are, a nested
 * expression gets parentheses where it needs them, and the common indentation is taken away. Comments stay:
 * the reviewer and the on-call read them in the rule file.
 *
 * Throws `TypeError` for a value that has no place in PromQL (a plain string that is neither a duration nor a
 * whole expression, `NaN`, `undefined`). Whether the whole is correct is for the checks of the bundle to say.
 */
export function promql(strings: TemplateStringsArray, ...values: Interpolation[]): Promql {
  const texts = dedent(strings);
  let out = texts[0] as string;
  values.forEach((value, i) => {
    const after = texts[i + 1] as string;
    out += interpolate(value, out, after, values.length === 1 && texts.every((t) => t.trim() === ''));
    out += after;
  });
  return out.trim() as Promql;
}

function interpolate(value: Interpolation, before: string, after: string, alone: boolean): string {
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`promql: found ${value}, expected a finite number`);
    // The power binds tighter than the sign: -2 ^ 2 is -4.
    return value < 0 && /^\s*\^/.test(after) ? `(${value})` : String(value);
  }
  if (value instanceof PromqlFragment) return value.text;
  if (typeof value === 'object' && value !== null) {
    if (value.kind === 'metric') return value.name;
    if (value.kind === 'recording-rule') return value.record;
  }
  if (typeof value !== 'string') {
    throw new TypeError(
      `promql: found ${String(value)}, expected a definition, number, duration or expression`,
    );
  }
  if (value !== '' && DURATION.test(value)) return value;
  return nest(value, before, after, alone);
}

/** Node types that bind tighter than any operator, so that they need no parentheses. */
const ATOMIC = new Set([
  'VectorSelector',
  'MatrixSelector',
  'FunctionCall',
  'AggregateExpr',
  'ParenExpr',
  'NumberDurationLiteral',
]);

function nest(text: string, before: string, after: string, alone: boolean): string {
  const tree = parser.parse(text);
  let broken = text.trim() === '';
  let commented = false;
  tree.iterate({
    enter(node) {
      if (node.type.isError) broken = true;
      if (node.name === 'LineComment') commented = true;
    },
  });
  if (broken) {
    throw new TypeError(
      `promql: found ${JSON.stringify(text)}, expected a definition, number, duration or whole expression`,
    );
  }
  const indentation = /(?:^|\n)([ \t]*)[^\n]*$/.exec(before)?.[1] ?? '';
  const indented = (extra: string) => text.replaceAll('\n', `\n${indentation}${extra}`);
  if (alone) return text;
  const inParentheses = /\(\s*$/.test(before) && /^\s*\)/.test(after);
  const top = tree.topNode.firstChild;
  if (!commented && (inParentheses || (top !== null && ATOMIC.has(top.name)))) return indented('');
  if (inParentheses && /\(\n\s*$/.test(before) && /^\n/.test(after)) return indented('');
  return text.includes('\n') || commented
    ? `(\n${indentation}  ${indented('  ')}\n${indentation})`
    : `(${text})`;
}

/** Removes the indentation that all lines of a template share, so that source layout does not reach the output. */
function dedent(strings: TemplateStringsArray): string[] {
  let width = Number.POSITIVE_INFINITY;
  strings.raw.forEach((raw) => {
    for (const [, spaces] of raw.matchAll(/\n([ \t]*)(?=[^ \t\n])/g))
      width = Math.min(width, (spaces as string).length);
    // An interpolation at the start of a line shows its indentation as trailing space.
    const tail = /\n([ \t]*)$/.exec(raw);
    if (tail && raw !== strings.raw[strings.raw.length - 1])
      width = Math.min(width, (tail[1] as string).length);
  });
  if (!Number.isFinite(width)) width = 0;
  return strings.map((text) => text.replace(new RegExp(`\\n[ \\t]{0,${width}}`, 'g'), '\n'));
}
