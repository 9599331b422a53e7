import {
  pendingWritesJobStatus,
  pendingWritesLastUpdate,
  pendingWritesPending,
  pendingWritesPendingSince,
  pendingWritesRotationLastStart,
  pendingWritesRotationLastStatus,
  pendingWritesStateFileReadFailure,
  pendingWritesStateFileReadSuccess,
} from '../../metrics/exporter.js';
import {
  gatewayActivePeers,
  gatewayEscrowLeaseLag,
  gatewayEscrowLeasesActive,
  gatewayEscrowLeaseTimeToExpiry,
  gatewayEscrowRotations,
  gatewayEscrowUnlockRequests,
  gatewayPendingWritePushes,
  gatewayPendingWritePushWait,
  gatewayPendingWrites,
  gatewayRelayFallbackWrites,
  gatewayReplicaFallbacks,
  processStartTime,
} from '../../metrics/gateway.js';
import { up } from '../../metrics/prometheus.js';
import type { Config } from '../config/schema.js';
import { siteOf } from '../config/site.js';
import type { MetricDefinition } from '../model/metric.js';
import type { PrometheusClient } from '../prometheus/client.js';
import type { MatchOperator } from '../promql/ast.js';
import { countOf } from '../promql/histogram.js';
import { matcherText } from '../promql/print.js';
import { literalPattern } from '../promql/regexp.js';
import { countedName, History } from './history.js';
import type { DrillFacts, SystemFacts } from './reaction.js';

/** How far back to read, to distinguish a change from an older state. Seconds. */
const LOOK_BACK = 3600;
/** Samples may reach Prometheus late, by remote write for one: each look overlaps the one before. Seconds. */
const OVERLAP = 120;

const matching = (label: string, operator: MatchOperator, value: string) =>
  matcherText({ label, operator, value });

const anyOf = (...metrics: MetricDefinition[]) => metrics.map(countedName).join('|');

const OF_RELAY = anyOf(
  gatewayPendingWrites,
  gatewayEscrowLeasesActive,
  gatewayEscrowLeaseTimeToExpiry,
  gatewayEscrowLeaseLag,
  gatewayPendingWritePushWait,
  gatewayRelayFallbackWrites,
);
const OF_GATEWAY = anyOf(
  up,
  processStartTime,
  gatewayActivePeers,
  gatewayEscrowUnlockRequests,
  gatewayEscrowRotations,
);
const OF_WORKER = anyOf(
  pendingWritesPending,
  pendingWritesPendingSince,
  pendingWritesLastUpdate,
  pendingWritesJobStatus,
  pendingWritesRotationLastStart,
  pendingWritesRotationLastStatus,
);
const OF_EXPORTER = anyOf(up, pendingWritesStateFileReadSuccess, pendingWritesStateFileReadFailure);

export interface WatchOptions {
  readonly config: Config;
  readonly relay: string;
  /** Further matchers for every selector, such as `cluster="a"`. */
  readonly matchers?: readonly string[];
}

/** Looks at a Prometheus again and again, and keeps every sample that a drill of a relay needs. Only reads. */
export class PrometheusWatch {
  readonly #history = new History();
  readonly #othersPending: [number, number][] = [];
  readonly #client: PrometheusClient;
  readonly #options: WatchOptions;
  #start: number | undefined;
  #last: number | undefined;
  #acknowledgementsServed = false;
  #exporterConfigured = false;
  #gatewayConfigured = false;

  constructor(client: PrometheusClient, options: WatchOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** Whether Prometheus has a target of the gateways' job; known after the first look. */
  get gatewayConfigured(): boolean {
    return this.#gatewayConfigured;
  }

  /** Everything seen so far. The drill began with the first look. */
  get facts(): Omit<DrillFacts, 'notPendingSince' | 'seen'> {
    const system: SystemFacts = {
      othersPending: this.#othersPending,
      acknowledgementsServed: this.#acknowledgementsServed,
      exporterConfigured: this.#exporterConfigured,
    };
    const { relay } = this.#options;
    return { history: this.#history, system, relay, start: this.#start ?? 0 };
  }

  /**
   * Fetches what is new. Returns the time, seconds since the epoch, by Prometheus' clock.
   *
   * @throws {PrometheusError}
   */
  async poll(): Promise<number> {
    const client = this.#client;
    const now = (await client.query('time()'))[0]?.value ?? Date.now() / 1000;
    const window = this.#last === undefined ? LOOK_BACK : Math.ceil(now - this.#last) + OVERLAP;
    const { config, relay, matchers = [] } = this.#options;
    const { gateway, exporter } = siteOf(config);
    const select = (names: string, ...own: string[]) =>
      `{${[matching('__name__', '=~', names), ...own, ...matchers].join(', ')}}[${window}s]`;
    const ofRelay = matching('relay', '=', relay);
    // Builds that do not count pushes by relay have no such label, which an empty value matches.
    const ofRelayOrNone = matching('relay', '=~', `${literalPattern(relay)}|`);
    const pieces = await Promise.all(
      [
        select(OF_RELAY, gateway.text, ofRelay),
        select(gatewayPendingWritePushes.name, gateway.text, ofRelayOrNone),
        select(OF_GATEWAY, gateway.text),
        select(OF_WORKER, exporter.text, ofRelay),
        select(OF_EXPORTER, exporter.text),
      ].map((selector) => client.samplesOf(selector, now)),
    );
    for (const piece of pieces) this.#history.add(piece);
    const among = [gateway.text, ...matchers].join(', ');
    const [others, acknowledged] = await Promise.all([
      client.query(
        `count(max by (relay) (${gatewayPendingWrites.name}{${among}, ${matching('relay', '!=', relay)}}) == 1) or vector(0)`,
        now,
      ),
      this.#acknowledgementsServed
        ? undefined
        : client.query(`count(${countOf(gatewayPendingWritePushWait).text}{${among}})`, now),
    ]);
    this.#othersPending.push([now, others[0]?.value ?? 0]);
    this.#acknowledgementsServed ||= (acknowledged?.length ?? 0) > 0;
    const isConfigured = (jobs: 'gateway' | 'exporter') => {
      const piece = pieces[jobs === 'gateway' ? 2 : 4] ?? [];
      return piece.some(({ labels }) => labels.__name__ === up.name);
    };
    this.#gatewayConfigured ||= isConfigured('gateway');
    this.#exporterConfigured ||= isConfigured('exporter');
    this.#start ??= now;
    this.#last = now;
    return now;
  }

  /** Keys of relays that begin with a text, as far as Prometheus knows them by series with these further matchers. */
  static async relaysLike(
    client: PrometheusClient,
    beginning: string,
    matchers: readonly string[],
  ): Promise<string[]> {
    const names = anyOf(
      gatewayPendingWrites,
      gatewayEscrowLeasesActive,
      gatewayReplicaFallbacks,
      pendingWritesPending,
    );
    const ofRelays = matching('relay', '=~', `${literalPattern(beginning)}.*`);
    const found = await client.query(
      `group by (relay) ({${[matching('__name__', '=~', names), ofRelays, ...matchers].join(', ')}})`,
    );
    return found.map(({ labels }) => labels.relay ?? '').sort();
  }
}
