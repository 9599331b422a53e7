import { type History, History as Samples } from '../../src/drill/history.js';
import { judge, type Progress } from '../../src/drill/progress.js';
import type { ReactionId } from '../../src/drill/reaction.js';
import { type Remark, remarks } from '../../src/drill/remarks.js';
import { type Action, defineScenario, type Scenario, seconds } from '../../src/simulator/scenario.js';
import { World } from '../../src/simulator/world.js';
import { EPOCH, played } from './played.js';

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
  const { end, series } = await played(scenario);
  const history = new Samples();
  history.add(series);
  const acknowledgementsServed = series.some(
    ({ labels }) => labels.__name__ === 'gateway_pending_write_push_wait_seconds_count',
  );
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
  const progress = judge(facts, end, within);
  const states = Object.fromEntries(progress.reactions.map(({ reaction, state }) => [reaction.id, state]));
  return {
    history,
    progress,
    remarks: remarks(facts, progress, end),
    states: states as VirtualDrill['states'],
  };
}
