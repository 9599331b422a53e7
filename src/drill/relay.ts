import type { PrometheusClient } from '../prometheus/client.js';
import { PrometheusWatch } from './watch.js';

/** A relay key that names no relay, or several. */
export class RelayError extends Error {
  override readonly name = 'RelayError';
}

/**
 * The key of a relay that is given by its key or by enough of its beginning. Only series with the `matchers` are asked, such
 * as `cluster="a"`: a relay of another site does not make a prefix ambiguous.
 *
 * @throws {RelayError}
 * @throws {PrometheusError}
 */
export async function relayOf(
  client: PrometheusClient,
  text: string,
  matchers: readonly string[],
): Promise<string> {
  if (/^[0-9a-f]{64}$/.test(text)) return text;
  const wrong = (found: string) =>
    new RelayError(
      `--relay ${text}: ${found}, expected a relay key of 64 hexadecimal digits, or a unique prefix`,
    );
  if (!/^[0-9a-f]{4,63}$/.test(text)) throw wrong(`found ${text.length} characters`);
  const [relay, ...others] = await PrometheusWatch.relaysLike(client, text, matchers);
  if (relay === undefined) throw wrong(`found no relay with this prefix at ${client.url}`);
  if (others.length > 0) throw wrong(`found ${others.length + 1} relays with this prefix`);
  return relay;
}
