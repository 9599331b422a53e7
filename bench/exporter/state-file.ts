import { createHash } from 'node:crypto';

/** A state file of so many relays, as the worker writes it: indented, with every field, and the 50 rotation rows it keeps. */
export function stateFile(relays: number, version: number): string {
  const start = 1_767_226_200_000;
  const key = (i: number) => createHash('sha256').update(`relay ${i}`).digest('hex');
  const notifications = Array.from({ length: relays }, (_, i) => {
    const relayKey = key(i);
    // A tenth is pending, as after a short outage; the version changes one field of one relay in ten.
    const pending = i % 10 === 0;
    return {
      relayKey,
      state: pending ? 'pending' : 'cleared',
      reason: 'replica-write',
      types: pending ? ['drive-upload'] : [],
      driveIdentifier: relayKey,
      driveVersion: pending ? version : null,
      lease: {
        leaseId: `lease-${relayKey.slice(0, 6)}-1`,
        escrowId: `escrow-${relayKey.slice(0, 6)}`,
        expiresAt: start + 600_000,
        issuedAt: start,
        releasedAt: pending ? null : start + 300_000,
        releasedReason: pending ? null : 'worker-resync',
        version: 1,
        status: pending ? 'active' : 'released',
      },
      leaseVersion: 1,
      leaseActive: pending,
      peerKey: 'a'.repeat(64),
      updatedAt: start + i,
      pushId: relayKey.slice(0, 16),
      pendingSince: start + i,
    };
  });
  const rotations = Array.from({ length: Math.min(50, relays * 4) }, (_, i) => ({
    rotationId: `rotation-${Math.floor(i / 4)}`,
    relayKey: key(Math.floor(i / 4)),
    reason: 'worker-reconnect',
    status: i % 4 < 2 ? 'completed' : 'pending',
    attempts: 1,
    previousEscrowId: null,
    startedAt: start,
    completedAt: i % 4 < 2 ? start + 5 : null,
    error: null,
  }));
  return `${JSON.stringify({ notifications, rotations }, null, 2)}\n`;
}
