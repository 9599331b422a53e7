import { seconds } from '../scenario.js';
import type { Handlers } from './stage.js';

export const gatewayActions: Handlers<
  | 'gateway restarts'
  | 'gateway stops'
  | 'registration store fails'
  | 'relays leave'
  | 'registrations are lost'
  | 'metadata is cleared by hand'
  | 'relay is registered again'
  | 'pending is toggled by hand'
  | 'operator requests a lease and writes'
  | 'gateway is not scraped'
  | 'gateway leaves service discovery'
  | 'gateway loses a metric'
  | 'exporter stops'
  | 'exporter leaves service discovery'
  | 'Prometheus is down'
> = {
  'gateway restarts': ({ world, gateways }, { downFor = '5s' }) => {
    for (const place of gateways) {
      world.stopGateway(place);
      world.clock.after(seconds(downFor) * 1000, () => world.startGateway(place));
    }
  },
  'gateway stops': ({ world, gateways, lasting }) =>
    lasting((on) => {
      for (const place of gateways) {
        if (on) world.stopGateway(place);
        else world.startGateway(place);
      }
    }),
  'relays leave': ({ world, relays, lasting }) =>
    lasting((away) => {
      for (const relay of relays) {
        if (away) world.relayLeaves(relay);
        else world.relayJoins(relay);
      }
    }),
  'registration store fails': ({ world, lasting }) =>
    lasting((on) => {
      world.registrations.failing = on;
    }),
  'registrations are lost': ({ world, relays }) => {
    for (const relay of relays) world.registrations.remove(relay);
  },
  'metadata is cleared by hand': ({ world, relays }) => {
    for (const relay of relays) world.answering(relay)?.resyncComplete(relay);
  },
  'relay is registered again': ({ world, relays }) => {
    for (const relay of relays) world.registrations.register(relay);
  },
  'pending is toggled by hand': ({ world, relays }) => {
    for (const relay of relays) world.registrations.register(relay);
  },
  'operator requests a lease and writes': ({ world, relays }) => {
    for (const relay of relays) {
      const gateway = world.gatewayOf(relay);
      gateway?.requestLease(relay, 'claimed');
      gateway?.writeToReplica(relay, 'drive');
    }
  },
  'gateway is not scraped': ({ gateways, lasting }) =>
    lasting((on) => {
      for (const place of gateways) place.reachable = !on;
    }),
  'gateway leaves service discovery': ({ gateways, lasting }) =>
    lasting((on) => {
      for (const place of gateways) place.listed = !on;
    }),
  'gateway loses a metric': ({ gateways, lasting }, { metric }) =>
    lasting((on) => {
      for (const place of gateways) {
        if (on) place.withheld.add(metric);
        else place.withheld.delete(metric);
      }
    }),
  'exporter stops': ({ workers, lasting }) =>
    lasting((on) => {
      for (const place of workers) place.reachable = !on;
    }),
  'exporter leaves service discovery': ({ workers, lasting }) =>
    lasting((on) => {
      for (const place of workers) place.listed = !on;
    }),
  'Prometheus is down': ({ world, lasting }) =>
    lasting((on) => {
      world.prometheusDown(on);
    }),
};
