/**
 * What went wrong between us and a Prometheus.
 *
 * - `settings`: an address, header or file of the connection cannot be used
 * - `unreachable`: no connection, or it broke off
 * - `tls`: the certificate or the handshake is refused
 * - `refused`: HTTP 401 or 403
 * - `timeout`: no full answer in time
 * - `redirect`: the answer sends to another server
 * - `not-prometheus`: the answer is not one of Prometheus' API
 * - `too-large`: the answer is longer than allowed
 * - `query`: Prometheus itself says that the request failed (`errorType` has the kind)
 */
export type PrometheusErrorKind =
  | 'settings'
  | 'unreachable'
  | 'tls'
  | 'refused'
  | 'timeout'
  | 'redirect'
  | 'not-prometheus'
  | 'too-large'
  | 'query';

/** A Prometheus answered with an error, or did not answer. The message names the address, never a secret. */
export class PrometheusError extends Error {
  override readonly name = 'PrometheusError';

  constructor(
    message: string,
    readonly kind: PrometheusErrorKind = 'query',
    /** HTTP status, where there was an answer; and Prometheus' own word for the error, where it gave one. */
    readonly details: { readonly status?: number; readonly errorType?: string } = {},
  ) {
    super(message);
  }

  /** Whether the same request may succeed a moment later: the server was away, busy or slow. */
  get mayPass(): boolean {
    const { status = 0, errorType } = this.details;
    if (this.kind === 'unreachable' || this.kind === 'timeout') return true;
    if (errorType === 'unavailable' || errorType === 'timeout') return true;
    return status === 429 || status === 502 || status === 503 || status === 504;
  }
}

export const settingsError = (message: string) => new PrometheusError(message, 'settings');
