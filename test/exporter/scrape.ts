import { expect } from 'vitest';
import { type ParsedSample, parseExposition } from '../../src/prometheus/exposition.js';

/** All samples of an exposition as `name{label=value,...}` → value. Throws where a series is there twice. */
export function samplesOf(text: string): Map<string, number> {
  const all: ParsedSample[] = [...parseExposition(text).values()].flatMap(({ samples }) => samples);
  const samples = new Map<string, number>();
  for (const { name, labels, value } of all) {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}=${text}`);
    const series = `${name}{${pairs.join(',')}}`;
    if (samples.has(series)) throw new Error(`${series} is there twice`);
    samples.set(series, value);
  }
  return samples;
}

/** Scrapes an exporter that answers plain HTTP. */
export async function scrape(url: string): Promise<Map<string, number>> {
  const response = await fetch(`${url}/metrics`);
  expect(response.status).toBe(200);
  return samplesOf(await response.text());
}

/** Series that tell of the queue, not of the file's or the exporter's health. */
export const queueSeries = (samples: ReadonlyMap<string, number>): string[] =>
  [...samples.keys()].filter((series) => !/^pending_writes_(state_file|exporter)_/.test(series));

/** The reason that a failed read is given, or undefined. Fails where there are several. */
export function failureReason(samples: ReadonlyMap<string, number>): string | undefined {
  const reasons = [...samples.keys()].flatMap(
    (series) => /^pending_writes_state_file_read_failure\{reason=(.*)\}$/.exec(series)?.[1] ?? [],
  );
  expect(reasons.length).toBeLessThanOrEqual(1);
  return reasons[0];
}

export const READ_SUCCESS = 'pending_writes_state_file_read_success{}';
export const MISSING = 'pending_writes_state_file_missing{}';

/** A notification as the worker writes it, with every field. */
export const notification = (relayKey: string, fields: Readonly<Record<string, unknown>> = {}) => ({
  relayKey,
  state: 'pending',
  reason: 'replica-write',
  types: ['drive'],
  driveIdentifier: relayKey,
  driveVersion: 1,
  lease: {
    leaseId: 'lease-1',
    escrowId: 'escrow-1',
    expiresAt: 1767226800000,
    issuedAt: 1767226200000,
    releasedAt: null,
    releasedReason: null,
    version: 1,
    status: 'active',
  },
  leaseVersion: 1,
  leaseActive: true,
  peerKey: 'peer-1',
  updatedAt: 1767226200000,
  pushId: 'push-1',
  pendingSince: 1767226200000,
  ...fields,
});
