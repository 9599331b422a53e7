/** A relay as every part of the model knows it. */
export interface Relay {
  /** 64 hexadecimal digits. */
  readonly key: string;
  /** Place in the scenario, from 0. */
  readonly index: number;
  /** The name of the relay's drive among the mirrors; not its key. */
  readonly driveIdentifier: string;
  readonly owner: string;
}

/** An escrow lease in the words of the gateway's API; times in epoch milliseconds. */
export interface Lease {
  readonly leaseId: string;
  readonly escrowId: string;
  readonly expiresAt: number;
  readonly issuedAt: number;
  releasedAt: number | null;
  releasedReason: string | null;
  readonly version: number;
  status: 'active' | 'released';
}

/** What is pushed to a worker. */
export interface Push {
  readonly relayKey: string;
  readonly state: 'pending' | 'cleared';
  readonly reason: string;
  readonly types: readonly string[];
  readonly driveIdentifier: string;
  readonly driveVersion: number | null;
  readonly lease: Lease | null;
  readonly pendingSince: number;
  /** Changes with the state, not with its repetition. */
  readonly pushId: string;
}

/** A gateway process as a worker sees it. */
export interface GatewayView {
  readonly running: boolean;
  /** A worker of these relays has disconnected. */
  peerLeft(relays: readonly Relay[]): void;
  /** Takes the report that a relay's writes are ingested; false (HTTP 404) where its registration is gone. */
  resyncComplete(relay: Relay): boolean;
}

/** A worker as a gateway sees it. */
export interface Peer {
  readonly peerKey: string;
  /** Whether this gateway takes it for connected: also for a while after its host fell asleep. */
  isConnectedTo(gateway: GatewayView): boolean;
  /** Takes a push. `error` stands for a refusal (403, 500) or a failed delivery. */
  receive(push: Push): 'success' | 'error';
}

/** How a write comes to the gateway. */
export type WritePath = 'websocket' | 'drive' | 'join' | 'callback';

/** What a pending write of each path is called in a push. */
export const WRITES: Readonly<Record<WritePath, { reason: string; type: string }>> = {
  websocket: { reason: 'replica-write', type: 'event' },
  drive: { reason: 'gateway-drive-write', type: 'drive-upload' },
  join: { reason: 'http-join', type: 'http-join' },
  callback: { reason: 'http-callback', type: 'http-callback' },
};
