/** The types of PromQL: one number per series, a stretch of samples per series, a number, a text. */
export type ValueType = 'vector' | 'matrix' | 'scalar' | 'string';

/** What is known of a function of PromQL. */
export interface FunctionFacts {
  readonly args: readonly ValueType[];
  /** The last argument may be absent, or stand up to so many times. */
  readonly variadic?: number;
  /** A vector unless given. */
  readonly returns?: ValueType;
  /** Came after Prometheus 2.42. */
  readonly newer?: true;
  /** Prometheus 3.16 wants `--enable-feature=promql-experimental-functions` for it. */
  readonly experimental?: true;
  /** Reads native histograms; series of a classic histogram have no result. */
  readonly nativeHistograms?: true;
}

const INFINITY = Number.POSITIVE_INFINITY;

/** Every function that the grammar knows, with the signatures of Prometheus 3.16. */
export const FUNCTIONS = {
  abs: { args: ['vector'] },
  absent: { args: ['vector'] },
  absent_over_time: { args: ['matrix'] },
  acos: { args: ['vector'] },
  acosh: { args: ['vector'] },
  asin: { args: ['vector'] },
  asinh: { args: ['vector'] },
  atan: { args: ['vector'] },
  atanh: { args: ['vector'] },
  avg_over_time: { args: ['matrix'] },
  ceil: { args: ['vector'] },
  changes: { args: ['matrix'] },
  clamp: { args: ['vector', 'scalar', 'scalar'] },
  clamp_max: { args: ['vector', 'scalar'] },
  clamp_min: { args: ['vector', 'scalar'] },
  cos: { args: ['vector'] },
  cosh: { args: ['vector'] },
  count_over_time: { args: ['matrix'] },
  day_of_month: { args: ['vector'], variadic: 1 },
  day_of_week: { args: ['vector'], variadic: 1 },
  day_of_year: { args: ['vector'], variadic: 1 },
  days_in_month: { args: ['vector'], variadic: 1 },
  deg: { args: ['vector'] },
  delta: { args: ['matrix'] },
  deriv: { args: ['matrix'] },
  double_exponential_smoothing: { args: ['matrix', 'scalar', 'scalar'], newer: true, experimental: true },
  end: { args: [], returns: 'scalar', newer: true, experimental: true },
  exp: { args: ['vector'] },
  first_over_time: { args: ['matrix'], newer: true },
  floor: { args: ['vector'] },
  histogram_avg: { args: ['vector'], newer: true, nativeHistograms: true },
  histogram_count: { args: ['vector'], nativeHistograms: true },
  histogram_fraction: { args: ['scalar', 'scalar', 'vector'], nativeHistograms: true },
  histogram_quantile: { args: ['scalar', 'vector'] },
  histogram_quantiles: {
    args: ['vector', 'string', 'scalar', 'scalar'],
    variadic: 9,
    newer: true,
    experimental: true,
  },
  histogram_stddev: { args: ['vector'], newer: true, nativeHistograms: true },
  histogram_stdvar: { args: ['vector'], newer: true, nativeHistograms: true },
  histogram_sum: { args: ['vector'], nativeHistograms: true },
  hour: { args: ['vector'], variadic: 1 },
  idelta: { args: ['matrix'] },
  increase: { args: ['matrix'] },
  info: { args: ['vector', 'vector'], variadic: 1, newer: true, experimental: true },
  irate: { args: ['matrix'] },
  label_join: { args: ['vector', 'string', 'string', 'string'], variadic: INFINITY },
  label_replace: { args: ['vector', 'string', 'string', 'string', 'string'] },
  last_over_time: { args: ['matrix'] },
  ln: { args: ['vector'] },
  log10: { args: ['vector'] },
  log2: { args: ['vector'] },
  mad_over_time: { args: ['matrix'], newer: true, experimental: true },
  max_over_time: { args: ['matrix'] },
  min_over_time: { args: ['matrix'] },
  minute: { args: ['vector'], variadic: 1 },
  month: { args: ['vector'], variadic: 1 },
  pi: { args: [], returns: 'scalar' },
  predict_linear: { args: ['matrix', 'scalar'] },
  present_over_time: { args: ['matrix'] },
  quantile_over_time: { args: ['scalar', 'matrix'] },
  rad: { args: ['vector'] },
  range: { args: [], returns: 'scalar', newer: true, experimental: true },
  rate: { args: ['matrix'] },
  resets: { args: ['matrix'] },
  round: { args: ['vector', 'scalar'], variadic: 1 },
  scalar: { args: ['vector'], returns: 'scalar' },
  sgn: { args: ['vector'] },
  sin: { args: ['vector'] },
  sinh: { args: ['vector'] },
  sort: { args: ['vector'] },
  sort_by_label: { args: ['vector', 'string'], variadic: INFINITY, newer: true, experimental: true },
  sort_by_label_desc: { args: ['vector', 'string'], variadic: INFINITY, newer: true, experimental: true },
  sort_desc: { args: ['vector'] },
  sqrt: { args: ['vector'] },
  start: { args: [], returns: 'scalar', newer: true, experimental: true },
  start_timestamp: { args: ['vector'], newer: true, experimental: true },
  stddev_over_time: { args: ['matrix'] },
  stdvar_over_time: { args: ['matrix'] },
  step: { args: [], returns: 'scalar', newer: true, experimental: true },
  sum_over_time: { args: ['matrix'] },
  tan: { args: ['vector'] },
  tanh: { args: ['vector'] },
  time: { args: [], returns: 'scalar' },
  timestamp: { args: ['vector'] },
  ts_of_first_over_time: { args: ['matrix'], newer: true, experimental: true },
  ts_of_last_over_time: { args: ['matrix'], newer: true, experimental: true },
  ts_of_max_over_time: { args: ['matrix'], newer: true, experimental: true },
  ts_of_min_over_time: { args: ['matrix'], newer: true, experimental: true },
  vector: { args: ['scalar'] },
  year: { args: ['vector'], variadic: 1 },
} as const satisfies Readonly<Record<string, FunctionFacts>>;

export type FunctionName = keyof typeof FUNCTIONS;

/** What is known of a function. */
export function factsOf(name: FunctionName): FunctionFacts {
  return FUNCTIONS[name];
}

export function isFunction(name: string): name is FunctionName {
  return Object.hasOwn(FUNCTIONS, name);
}

/** What is wrong with the number of arguments in a call, in the words of Prometheus; `undefined` where it fits. */
export function arityFault(name: FunctionName, found: number): string | undefined {
  const { args, variadic = 0 } = factsOf(name);
  const fault = (expected: string) => `expected ${expected} argument(s) in call to "${name}", got ${found}`;
  if (variadic === 0) return found === args.length ? undefined : fault(String(args.length));
  const least = args.length - 1;
  if (found < least) return fault(`at least ${least}`);
  return found > least + variadic ? fault(`at most ${least + variadic}`) : undefined;
}
