import type { MetricDefinition } from '../../src/model/metric.js';
import { playedWorld } from '../../src/simulator/actions/index.js';
import { type Action, defineScenario, type Scenario } from '../../src/simulator/scenario.js';
import type { World } from '../../src/simulator/world.js';

type Setup = Partial<Omit<Scenario, 'actions'>>;

/** A world in which the actions happen, at first standing at its begin, epoch 0. */
export class Play {
  readonly world: World;

  constructor(actions: readonly Action[], setup: Setup = {}) {
    const scenario = defineScenario({
      name: 'a test',
      description: '',
      duration: '12h',
      expect: [],
      actions,
      ...setup,
    });
    this.world = playedWorld(scenario, 0);
  }

  /** Goes on to a moment, seconds after the begin. */
  to(seconds: number): this {
    this.world.advanceTo(seconds * 1000);
    return this;
  }

  key(relay = 0): string {
    return this.world.relays[relay]?.key ?? '';
  }

  /** Value of a gateway's series whose labels contain those given, summed; undefined where there is none. */
  metric(
    metric: MetricDefinition,
    labels: Record<string, string> = {},
    suffix = '',
    gateway = 0,
  ): number | undefined {
    const exposition = this.world.gatewayExposition(this.world.gateways[gateway] as never);
    const wanted = Object.entries(labels).map(([name, value]) => `${name}="${value}"`);
    const name = metric.name + suffix;
    const values = exposition?.samples
      .filter(({ series }) => series === name || series.startsWith(`${name}{`))
      .filter(({ series }) => wanted.every((label) => series.includes(label)))
      .map(({ value }) => value);
    return values === undefined || values.length === 0 ? undefined : values.reduce((a, b) => a + b, 0);
  }

  /** The same, of one relay. */
  ofRelay(metric: MetricDefinition, relay = 0, labels: Record<string, string> = {}): number | undefined {
    return this.metric(metric, { relay: this.key(relay), ...labels });
  }

  /** The state file of a worker, parsed. */
  file(worker = 0): { notifications: Record<string, unknown>[]; rotations: Record<string, unknown>[] } {
    return JSON.parse(this.text(worker)) as never;
  }

  text(worker = 0): string {
    return this.world.workers[worker]?.worker.file.view?.content ?? '';
  }
}

/** A worker that is away from 0:10, a lease from 1:00 on. */
export const AWAY_WITH_LEASE: readonly Action[] = [
  { at: '10s', do: 'worker goes offline' },
  { at: '1m', do: 'lease is requested' },
];

/** Everything that a generator yields. */
export async function collected<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
