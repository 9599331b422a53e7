import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { Gauge, Registry } from 'prom-client';

/*
 * The program one writes in an afternoon: read, parse, set gauges, serve. It exposes the series of the exporter for each relay and guards
 * against nothing.
 */

interface Notification {
  relayKey: string;
  state: string;
  types: string[];
  driveVersion: number | null;
  lease: { expiresAt: number; issuedAt: number } | null;
  leaseVersion: number | null;
  leaseActive: boolean;
  updatedAt: number;
  pendingSince: number;
}

interface Rotation {
  relayKey: string;
  status: string;
  attempts: number;
  startedAt: number;
  completedAt: number | null;
}

const [file] = process.argv.slice(2) as [string];
const registry = new Registry();
const gauge = (name: string, ...more: string[]) =>
  new Gauge({ name, help: name, labelNames: ['relay', ...more], registers: [registry] });
const pending = gauge('pending_writes_pending');
const pendingSince = gauge('pending_writes_pending_since_timestamp_seconds');
const updated = gauge('pending_writes_last_update_timestamp_seconds');
const leaseActive = gauge('pending_writes_lease_active');
const leaseExpiry = gauge('pending_writes_lease_expiry_timestamp_seconds');
const leaseIssued = gauge('pending_writes_lease_issued_timestamp_seconds');
const leaseVersion = gauge('pending_writes_lease_version');
const driveVersion = gauge('pending_writes_drive_version');
const wanted = gauge('pending_writes_wanted', 'type');
const rotationStatus = gauge('pending_writes_rotation_last_status', 'status');
const rotationAttempts = gauge('pending_writes_rotation_last_attempts');
const rotationStart = gauge('pending_writes_rotation_last_start_timestamp_seconds');
const rotationEnd = gauge('pending_writes_rotation_last_end_timestamp_seconds');

const compress = promisify(gzip);

const server = createServer(async (request, response) => {
  const { notifications, rotations } = JSON.parse(await readFile(file, 'utf8')) as {
    notifications: Notification[];
    rotations: Rotation[];
  };
  registry.resetMetrics();
  for (const record of notifications) {
    const relay = record.relayKey;
    pending.set({ relay }, record.state === 'pending' ? 1 : 0);
    if (record.state === 'pending') pendingSince.set({ relay }, record.pendingSince / 1000);
    updated.set({ relay }, record.updatedAt / 1000);
    leaseActive.set({ relay }, record.leaseActive ? 1 : 0);
    if (record.lease !== null) {
      leaseExpiry.set({ relay }, record.lease.expiresAt / 1000);
      leaseIssued.set({ relay }, record.lease.issuedAt / 1000);
    }
    if (record.leaseVersion !== null) leaseVersion.set({ relay }, record.leaseVersion);
    if (record.driveVersion !== null) driveVersion.set({ relay }, record.driveVersion);
    for (const type of record.types) wanted.set({ relay, type }, 1);
  }
  const seen = new Set<string>();
  for (const { relayKey: relay, status, attempts, startedAt, completedAt } of rotations) {
    if (seen.has(relay)) continue;
    seen.add(relay);
    rotationStatus.set({ relay, status }, 1);
    rotationAttempts.set({ relay }, attempts);
    rotationStart.set({ relay }, startedAt / 1000);
    if (completedAt !== null) rotationEnd.set({ relay }, completedAt / 1000);
  }
  const text = await registry.metrics();
  const isGzip = request.headers['accept-encoding']?.includes('gzip') === true;
  const body = isGzip ? await compress(text) : Buffer.from(text);
  response.writeHead(200, {
    'content-type': registry.contentType,
    'content-length': body.length,
    ...(isGzip ? { 'content-encoding': 'gzip' } : {}),
  });
  response.end(body);
});
server.listen(0, '127.0.0.1', () => {
  process.stderr.write(`listening ${(server.address() as { port: number }).port}\n`);
});
