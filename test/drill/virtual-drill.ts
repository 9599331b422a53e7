import { type History, History as Samples } from '../../src/drill/history.js';
import { judge, type Progress } from '../../src/drill/progress.js';
import type { ReactionId } from '../../src/drill/reaction.js';
import { type Remark, remarks } from '../../src/drill/remarks.js';
import type { Series } from '../../src/prometheus/client.js';
import { DEFAULT_JOBS, runScenario } from '../../src/simulator/run.js';
import { type Action, defineScenario, type Scenario, seconds } from '../../src/simulator/scenario.js';
import { World } from '../../src/simulator/world.js';

const EPOCH = 1_700_000_000;
const INTERVAL = 15;

/** The end of a drill that goes well, on the observed build. */
export const EVERYTHING: Readonly<Record<ReactionId, string>> = {
  'not-pending': 'seen',
  'worker-away': 'seen',
  'lease-requested': 'seen',
  'lease-issued': 'seen',
  'pending-raised': 'seen',
  'push-seen': 'seen',
  'push-acknowledged': 'not-served',
  'worker-queue': 'seen',
  resync: 'seen',
  'gateway-cleared': 'seen',
  'worker-cleared': 'seen',
  rotation: 'seen',
  'expiry-reset': 'seen',
};

export interface VirtualDrill {
  readonly history: History;
  readonly progress: Progress;
  readonly remarks: readonly Remark[];
  /** States by reaction. */
  readonly states: Readonly<Record<ReactionId, string>>;
}

export interface VirtualOptions {
  readonly setup?: Partial<Omit<Scenario, 'actions'>>;
  /** When the drill begins, seconds after the scenario's begin. */
  readonly start?: string;
  readonly within?: Partial<Record<ReactionId, number>>;
  /** How many other relays are pending all the time. */
  readonly othersPending?: number;
  readonly exporterConfigured?: boolean;
}

/** `name{a="b"}` as labels. */
function labelsOf(series: string): Record<string, string> {
  const brace = series.indexOf('{');
  const name = brace === -1 ? series : series.slice(0, brace);
  const pairs = [...series.matchAll(/([a-zA-Z_]+)="((?:[^"\\]|\\.)*)"/g)];
  return { __name__: name, ...Object.fromEntries(pairs.map(([, label, value]) => [label, value])) };
}

/** Plays a scenario in virtual time, scraped every 15 s, and judges a drill of its first relay at its end. */
export async function virtualDrill(
  actions: readonly Action[],
  options: VirtualOptions = {},
): Promise<VirtualDrill> {
  const { start = '1m', setup = {}, within = {}, othersPending = 0, exporterConfigured = true } = options;
  const scenario = defineScenario({
    name: 'a drill',
    description: '',
    duration: '40m',
    seededCounters: true,
    expect: [],
    actions,
    ...setup,
  });
  const history = new Samples();
  let acknowledgementsServed = false;
  let now = EPOCH;
  for await (const scrape of runScenario(scenario, {
    scrapeIntervalSeconds: INTERVAL,
    startEpoch: EPOCH,
  })) {
    now = scrape.epoch;
    for (const { job, instance, exposition } of scrape.targets ?? []) {
      // The exporters are scraped first.
      const time = scrape.epoch - (job === DEFAULT_JOBS.exporter ? INTERVAL / 2 : 0);
      const series: Series[] = (exposition?.samples ?? []).map(({ series, value }) => ({
        labels: { ...labelsOf(series), job, instance },
        points: [[time, value]],
      }));
      const up = exposition === undefined ? 0 : 1;
      history.add([...series, { labels: { __name__: 'up', job, instance }, points: [[time, up]] }]);
      acknowledgementsServed ||= series.some(
        ({ labels }) => labels.__name__ === 'gateway_pending_write_push_wait_seconds_count',
      );
    }
  }
  const relay = new World(scenario, EPOCH * 1000).relays[0]?.key as string;
  const facts = {
    history,
    relay,
    start: EPOCH + seconds(start),
    system: {
      othersPending: [[EPOCH, othersPending]] as const,
      acknowledgementsServed,
      exporterConfigured,
    },
  };
  const progress = judge(facts, now, within);
  const states = Object.fromEntries(progress.reactions.map(({ reaction, state }) => [reaction.id, state]));
  return { history, progress, remarks: remarks(facts, progress), states: states as VirtualDrill['states'] };
}
