import type { ActionOf, Happening } from '../happening.js';
import type { GatewayPlace, Surroundings, WorkerPlace } from '../places.js';
import type { Relay } from '../relay.js';

/** What an action works on. */
export interface Stage {
  readonly world: Surroundings;
  /** The relays, workers and gateways that the action names; all of them where it names none. */
  readonly relays: readonly Relay[];
  readonly workers: readonly WorkerPlace[];
  readonly gateways: readonly GatewayPlace[];
  /** Begins something, and ends it after the action's time, where it has one. */
  lasting(change: (on: boolean) => void): void;
}

/** How each kind of action happens. */
export type Handlers<Kind extends Happening['do']> = {
  readonly [K in Kind]: (stage: Stage, action: ActionOf<K>) => void;
};
