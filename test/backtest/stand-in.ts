import type { PrometheusConnection, RequestOptions } from '../../src/prometheus/connection.js';
import type { PrometheusError } from '../../src/prometheus/error.js';

export const BEGIN = 6000;

interface Asked {
  readonly query: string;
  readonly from: number;
  readonly to: number;
}

/** A stand-in for a Prometheus: `load` is above 0 for host a from 6120 to 6420 and from 6600 on, for host b from 6240 to 6300. */
export class Server {
  readonly asked: Asked[] = [];
  version: string | PrometheusError = '2.42.0';
  /** Whether the answer is a text as Prometheus lays it out. */
  isText = true;
  refuse: (asked: Asked) => PrometheusError | undefined = () => undefined;

  static valueAt(host: string, time: number): number | undefined {
    if (host === 'b') return time >= 6240 && time <= 6300 ? 5 : undefined;
    return (time >= 6120 && time <= 6420) || time >= 6600 ? 9 : 0;
  }

  readonly connection = {
    url: 'http://prometheus.example',
    fetchJson: async (
      path: string,
      { form = {}, read }: RequestOptions & { read?: (text: string) => unknown } = {},
    ) => {
      if (path === '/api/v1/status/buildinfo') {
        if (this.version instanceof Error) throw this.version;
        return { version: this.version };
      }
      if (path !== '/api/v1/query_range') throw new TypeError(path);
      const { query = '', start, end, step } = form as Record<string, string>;
      const [from, to] = [Number(start), Number(end)];
      const refusal = this.refuse({ query, from, to });
      this.asked.push({ query, from, to });
      if (refusal !== undefined) throw refusal;
      const result = ['a', 'b'].map((host) => {
        const values: [number, string][] = [];
        for (let time = from; time <= to; time += Number(step)) {
          const value = Server.valueAt(host, time);
          if (value !== undefined && (!query.includes('> 0') || value > 0))
            values.push([time, String(value)]);
        }
        return { metric: { __name__: 'load', host }, values };
      });
      const data = { resultType: 'matrix', result: result.filter(({ values }) => values.length > 0) };
      const text = JSON.stringify({ status: 'success', data });
      return this.isText ? (read?.(text) ?? data) : data;
    },
  } as unknown as PrometheusConnection;
}
