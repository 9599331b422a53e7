import { playedWorld } from './actions/index.js';
import { ExporterProbe } from './exporter-probe.js';
import type { Exposition } from './exposition.js';
import { type Scenario, seconds } from './scenario.js';
import type { World } from './world.js';

/** One target at one scrape. */
export interface TargetScrape {
  readonly job: string;
  readonly instance: string;
  /** Further labels of the target. */
  readonly labels?: Readonly<Record<string, string>>;
  /** What it served; undefined where the scrape failed. */
  readonly exposition: Exposition | undefined;
}

/** Everything Prometheus learns at one scrape time. */
export interface Scrape {
  /** Seconds since the scenario's begin. */
  readonly time: number;
  /** Seconds since the epoch. */
  readonly epoch: number;
  /** The targets that service discovery knows; undefined while Prometheus itself is down, and once after that. */
  readonly targets: readonly TargetScrape[] | undefined;
}

export interface RunOptions {
  readonly scrapeIntervalSeconds: number;
  /** When the scenario begins, seconds since the epoch; 0 by default, where promtool's tests begin. */
  readonly startEpoch?: number;
  readonly jobs?: { readonly gateway: string; readonly exporter: string };
  /** Further labels of every target, such as the cluster. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Called with the model at every scrape, before a gateway is read, and with the scrapes of the exporters just before. */
  readonly onScrape?: (world: World, time: number, exporters: readonly TargetScrape[]) => void;
}

/** Job names that the default configuration expects. */
export const DEFAULT_JOBS = { gateway: 'gateway', exporter: 'pending-writes-exporter' };

/**
 * Plays a scenario and yields what Prometheus scrapes: at 0, then at every interval up to and including the end. The
 * jobs are never scraped at the same moment: the exporters come within the interval before the gateways. A Prometheus
 * that starts evaluates its rules once before its first scrape: which of the two comes first is left to chance there,
 * and this order is the harder one for rules.
 */
export async function* runScenario(scenario: Scenario, options: RunOptions): AsyncGenerator<Scrape> {
  const { scrapeIntervalSeconds: interval, startEpoch = 0, jobs = DEFAULT_JOBS, labels = {} } = options;
  const world = playedWorld(scenario, startEpoch * 1000);
  const probes = new Map(
    world.workers.map((place) => [place, new ExporterProbe(() => place.worker.hostNow())]),
  );
  const order = world.workers.map((place, i) => ({
    place,
    lead: interval * (0.2 + 0.6 * ((i * 0.618) % 1)),
  }));
  order.sort((a, b) => b.lead - a.lead);
  const end = seconds(scenario.duration);
  let wasDown = false;
  for (let time = 0; time <= end; time += interval) {
    const epoch = startEpoch + time;
    const exporters: TargetScrape[] = [];
    for (const { place, lead } of order) {
      world.advanceTo((startEpoch + Math.max(0, time - lead)) * 1000);
      if (!world.scraped || !place.listed) continue;
      const probe = probes.get(place) as ExporterProbe;
      const exposition = world.exporterAnswers(place)
        ? await probe.scrape(place.worker.file.view)
        : undefined;
      exporters.push({ job: jobs.exporter, instance: place.instance, labels, exposition });
    }
    world.advanceTo(epoch * 1000);
    options.onScrape?.(world, time, exporters);
    const starting = wasDown;
    wasDown = !world.scraped;
    if (wasDown || starting) {
      yield { time, epoch, targets: undefined };
      continue;
    }
    const gateways = world.gateways
      .filter(({ listed }) => listed)
      .map((place) => ({
        job: jobs.gateway,
        instance: place.instance,
        labels,
        exposition: world.gatewayExposition(place),
      }));
    yield { time, epoch, targets: [...gateways, ...exporters] };
  }
}
