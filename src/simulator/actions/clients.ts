import type { ActionOf } from '../happening.js';
import type { Surroundings } from '../places.js';
import { Random } from '../random.js';
import type { Relay } from '../relay.js';
import { seconds } from '../scenario.js';
import { Traffic } from '../traffic.js';
import type { Handlers, Stage } from './stage.js';

/** Now, and at an interval for as long as the action lasts. */
function repeatedly(
  { world }: Stage,
  action: { readonly every?: string; readonly for?: string },
  run: () => void,
): void {
  const { clock } = world;
  const end = clock.now + (action.for === undefined ? 0 : seconds(action.for) * 1000);
  const once = () => {
    run();
    if (action.every === undefined) return;
    const next = clock.now + seconds(action.every) * 1000;
    if (next <= end) clock.at(next, once);
  };
  once();
}

function startTraffic(
  world: Surroundings,
  relay: Relay,
  action: ActionOf<'writes arrive'> | ActionOf<'reads arrive'>,
): void {
  const writes = action.do === 'writes arrive' ? action : undefined;
  new Traffic(
    world.clock,
    Random.for(world.seed, `${action.at} ${action.do} ${relay.index}`),
    {
      relay,
      kind: writes === undefined ? 'read' : 'write',
      through: writes?.through ?? 'websocket',
      perMinute: action.perMinute,
      seconds: seconds(action.for),
      sessions: action.sessions ?? 1,
      invalid: writes?.invalid ?? 0,
      sessionSeconds: world.timings.session,
    },
    (of) => world.gatewayOf(of),
  );
}

export const clientActions: Handlers<
  | 'writes arrive'
  | 'reads arrive'
  | 'a write arrives'
  | 'a replica session writes'
  | 'lease is requested'
  | 'lease is released'
  | 'leases are refused'
  | 'escrow is down'
  | 'mirrors go stale'
  | 'mirror service stops'
> = {
  'writes arrive': ({ world, relays }, action) => {
    for (const relay of relays) startTraffic(world, relay, action);
  },
  'reads arrive': ({ world, relays }, action) => {
    for (const relay of relays) startTraffic(world, relay, action);
  },
  'a write arrives': ({ world, relays }, { through = 'drive' }) => {
    for (const relay of relays) {
      const gateway = world.gatewayOf(relay);
      if (gateway !== undefined && !gateway.hasWorker(relay)) gateway.writeToReplica(relay, through);
    }
  },
  'a replica session writes': (stage, action) => {
    const { world, relays } = stage;
    for (const relay of relays) world.gatewayOf(relay)?.enterReplicaMode(relay);
    world.clock.after(seconds(action.for) * 1000, () => {
      for (const relay of relays) world.gatewayOf(relay)?.leaveReplicaMode(relay, seconds(action.for));
    });
    repeatedly(stage, action, () => {
      for (const relay of relays) {
        world.gatewayOf(relay)?.requestLease(relay, 'claimed');
        world.gatewayOf(relay)?.writeToReplica(relay, action.through ?? 'websocket');
      }
    });
  },
  'lease is requested': (stage, action) =>
    repeatedly(stage, action, () => {
      for (const relay of stage.relays) stage.world.gatewayOf(relay)?.requestLease(relay, action.evidence);
    }),
  'lease is released': ({ world, relays }, { reason }) => {
    for (const relay of relays) world.gatewayOf(relay)?.releaseLease(relay, reason);
  },
  'leases are refused': ({ world, relays, lasting }, { reason }) =>
    lasting((on) => {
      for (const relay of relays) world.escrow.refuse(relay, on ? reason : undefined);
    }),
  'escrow is down': ({ world, lasting }) =>
    lasting((on) => {
      world.escrow.reachable = !on;
    }),
  'mirrors go stale': ({ world, relays, lasting }) =>
    lasting((on) => {
      for (const relay of relays) {
        if (on) world.mirrors.freeze(relay);
        else world.mirrors.thaw(relay);
      }
    }),
  'mirror service stops': ({ world, lasting }) =>
    lasting((on) => {
      world.mirrors.active = !on;
    }),
};
