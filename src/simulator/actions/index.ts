import type { Action, Happening } from '../happening.js';
import { type Scenario, seconds } from '../scenario.js';
import { World } from '../world.js';
import { clientActions } from './clients.js';
import { gatewayActions } from './gateways.js';
import type { Handlers, Stage } from './stage.js';
import { workerActions } from './workers.js';

const handlers: Handlers<Happening['do']> = { ...workerActions, ...clientActions, ...gatewayActions };

/** Lets an action happen now, whatever its time says. */
export function perform(world: World, action: Action): void {
  const chosen = <T>(all: readonly T[], places: readonly number[] | undefined): readonly T[] =>
    places === undefined ? all : places.map((place) => all[place] as T);
  const named = action as { relays?: number[]; workers?: number[]; gateways?: number[]; for?: string };
  const stage: Stage = {
    world,
    relays: chosen(world.relays, named.relays),
    workers: chosen(world.workers, named.workers),
    gateways: chosen(world.gateways, named.gateways),
    lasting: (change) => {
      change(true);
      if (named.for !== undefined) world.clock.after(seconds(named.for) * 1000, () => change(false));
    },
  };
  (handlers[action.do] as (stage: Stage, action: Action) => void)(stage, action);
}

/**
 * The world of a scenario, in which its actions happen as time passes.
 *
 * @param startMs the scenario's start, epoch milliseconds
 */
export function playedWorld(scenario: Scenario, startMs: number): World {
  const world = new World(scenario, startMs);
  for (const action of scenario.actions) {
    world.clock.at(startMs + seconds(action.at) * 1000, () => perform(world, action));
  }
  return world;
}
