import { PrometheusConnection, type RequestOptions } from './connection.js';
import { PrometheusError } from './error.js';
import { sampleValue } from './sample-text.js';

/** Labels of a series. `__name__` is among them unless an operation dropped it. */
export type Labels = Readonly<Record<string, string>>;

/** One sample of an instant query. */
export interface Sample {
  readonly labels: Labels;
  /** Seconds since the epoch. */
  readonly time: number;
  readonly value: number;
}

/** One series of a range query. */
export interface Series {
  readonly labels: Labels;
  /** Pairs of seconds since the epoch and value. */
  readonly points: readonly (readonly [time: number, value: number])[];
}

/** An active alert of an alerting rule. */
export interface ActiveAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: 'pending' | 'firing';
  /** RFC 3339. */
  readonly activeAt: string;
  readonly value: string;
}

/** A rule as Prometheus sees it. */
export interface RuleStatus {
  readonly type: 'recording' | 'alerting';
  readonly name: string;
  readonly query: string;
  readonly health: 'ok' | 'err' | 'unknown';
  readonly lastError?: string;
  /** RFC 3339; year 1 before the first evaluation. */
  readonly lastEvaluation: string;
  /** Seconds. */
  readonly evaluationTime: number;
  readonly state?: 'inactive' | 'pending' | 'firing';
  readonly alerts?: readonly ActiveAlert[];
}

export interface RuleGroupStatus {
  readonly name: string;
  readonly file: string;
  /** Seconds. */
  readonly interval: number;
  /** RFC 3339; year 1 before the first evaluation. */
  readonly lastEvaluation: string;
  /** Seconds that the last evaluation of the whole group took. */
  readonly evaluationTime: number;
  readonly rules: readonly RuleStatus[];
}

/** A scrape target as Prometheus sees it. */
export interface TargetStatus {
  readonly job: string;
  readonly instance: string;
  readonly health: 'up' | 'down' | 'unknown';
  readonly lastError: string;
}

/** Reads from the HTTP API of a Prometheus. */
export class PrometheusClient {
  readonly #connection: PrometheusConnection;

  /**
   * @param target its base address, or a connection with credentials and TLS options
   * @param timeoutMs milliseconds to wait for an answer; as the connection says by default
   */
  constructor(
    target: string | PrometheusConnection,
    private readonly timeoutMs?: number,
  ) {
    this.#connection = typeof target === 'string' ? new PrometheusConnection({ url: target }) : target;
  }

  /** Base address without a slash at the end. */
  get url(): string {
    return this.#connection.url;
  }

  /**
   * Evaluates an expression at one moment (seconds since the epoch; now by default). Scalars come as one sample.
   *
   * @param signal cancels the request; it then rejects with the signal's reason
   */
  async query(expression: string, time?: number, signal?: AbortSignal): Promise<Sample[]> {
    const form = { query: expression, ...(time === undefined ? {} : { time: String(time) }) };
    const data = (await this.post('/api/v1/query', form, signal)) as { resultType: string; result: unknown };
    if (data.resultType === 'scalar') {
      const [at, value] = data.result as [number, string];
      return [{ labels: {}, time: at, value: answeredValue(value) }];
    }
    return (data.result as { metric: Labels; value?: [number, string] }[]).map(({ metric, value }) => {
      if (value === undefined) throw nativeHistogram(metric);
      return { labels: metric, time: value[0], value: answeredValue(value[1]) };
    });
  }

  /**
   * Evaluates an expression at every step from `start` to `end`; all in seconds.
   *
   * @param signal cancels the request; it then rejects with the signal's reason
   */
  async queryRange(
    expression: string,
    start: number,
    end: number,
    step: number,
    signal?: AbortSignal,
  ): Promise<Series[]> {
    const form = { query: expression, start: String(start), end: String(end), step: String(step) };
    const data = (await this.post('/api/v1/query_range', form, signal)) as {
      result: MatrixSeries[];
    };
    return data.result.map(answeredSeries);
  }

  /**
   * The samples themselves, at the times at which they were scraped: an instant query of a range selector such as
   * `up[5m]`, as of `time` (seconds since the epoch; now by default).
   */
  async samplesOf(rangeSelector: string, time?: number): Promise<Series[]> {
    const data = (await this.post('/api/v1/query', {
      query: rangeSelector,
      ...(time === undefined ? {} : { time: String(time) }),
    })) as { resultType: string; result: MatrixSeries[] };
    if (data.resultType !== 'matrix') {
      throw new PrometheusError(`${rangeSelector}: found a ${data.resultType}, expected a range selector`);
    }
    return data.result.map(answeredSeries);
  }

  /** All rule groups with the state of their rules. */
  async rules(): Promise<RuleGroupStatus[]> {
    return ((await this.get('/api/v1/rules')) as { groups: RuleGroupStatus[] }).groups;
  }

  /** All targets that are scraped. */
  async targets(): Promise<TargetStatus[]> {
    interface ActiveTarget {
      labels: Labels;
      health: TargetStatus['health'];
      lastError: string;
    }
    const data = (await this.get('/api/v1/targets?state=active')) as { activeTargets: ActiveTarget[] };
    return data.activeTargets.map(({ labels, health, lastError }) => ({
      job: labels.job ?? '',
      instance: labels.instance ?? '',
      health,
      lastError,
    }));
  }

  /** The command line flags it was started with, without the dashes. */
  async flags(): Promise<Labels> {
    return (await this.get('/api/v1/status/flags')) as Labels;
  }

  /** Whether it serves queries. */
  async isReady(): Promise<boolean> {
    return (await this.#connection.status('/-/ready', { timeoutMs: 2_000 })) === 200;
  }

  private get(path: string): Promise<unknown> {
    return this.request(path, {});
  }

  private post(path: string, form: Record<string, string>, signal?: AbortSignal): Promise<unknown> {
    return this.request(path, { form, ...(signal === undefined ? {} : { signal }) });
  }

  private request(path: string, options: RequestOptions): Promise<unknown> {
    const { timeoutMs } = this;
    return this.#connection.fetchJson(path, timeoutMs === undefined ? options : { ...options, timeoutMs });
  }
}

/** A series in the answer of a range query. */
export interface MatrixSeries {
  readonly metric: Labels;
  /** Absent where all samples are native histograms. */
  readonly values?: readonly (readonly [time: number, value: string])[];
  readonly histograms?: readonly unknown[];
}

const nativeHistogram = (metric: Labels) =>
  new PrometheusError(
    `found native histograms in the series ${JSON.stringify(metric)}, expected numbers; native histograms are not supported`,
  );

/** Throws {@link PrometheusError} for native histograms: a part of the samples would pass for all of them. */
export function answeredSeries({ metric, values, histograms }: MatrixSeries): Series {
  if (values === undefined || histograms !== undefined) throw nativeHistogram(metric);
  return { labels: metric, points: values.map(([time, value]) => [time, answeredValue(value)] as const) };
}

/** The value of a sample in an answer. Throws {@link PrometheusError} for a text that is no number. */
export function answeredValue(text: string): number {
  const value = sampleValue(text);
  if (value !== undefined) return value;
  throw new PrometheusError(
    `found the value ${JSON.stringify(text)}, expected a number as Prometheus writes it`,
    'not-prometheus',
  );
}
