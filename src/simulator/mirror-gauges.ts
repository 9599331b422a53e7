import { gatewayBlindPeerMirrorLag, gatewayBlindPeerMirrorState } from '../../metrics/gateway.js';
import type { GatewayProcess } from './surroundings.js';

/** Serves the mirrors' gauges; the whole set is rebuilt at an interval. */
export function exposeMirrors({ at, registry, every }: GatewayProcess): void {
  const { mirrors, relays, timings } = at;
  if (!mirrors.exposed) return;
  const rebuild = () => {
    registry.clear(gatewayBlindPeerMirrorState);
    registry.clear(gatewayBlindPeerMirrorLag);
    if (!mirrors.active) return;
    for (const relay of relays) {
      const lag = mirrors.lag(relay);
      const isActive = lag !== undefined && lag < timings.mirrorActive * 1000;
      for (const [identifier, type] of [
        [relay.key, 'relay'],
        [relay.driveIdentifier, 'drive'],
      ] as const) {
        const labels = { identifier, owner: relay.owner, type };
        registry.set(gatewayBlindPeerMirrorState, labels, isActive ? 1 : 0);
        registry.set(gatewayBlindPeerMirrorLag, labels, lag ?? 0);
      }
    }
  };
  rebuild();
  every(timings.mirrorRebuild, rebuild);
}
