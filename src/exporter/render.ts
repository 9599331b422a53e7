import * as metrics from '../../metrics/exporter.js';
import type { MetricDefinition } from '../model.js';
import type { State, StateFileError } from './parse.js';
import type { ReadFailure } from './read.js';

/** Why the last read gave no state. */
export type Failure = ReadFailure | StateFileError['reason'];

/** What is known of the file at a scrape. */
export interface Health {
  readonly success: boolean;
  readonly missing: boolean;
  readonly failure?: Failure;
  /** Modification time of the file at the last good read, Unix seconds. */
  readonly mtime?: number;
}

type Labels = Readonly<Record<string, string>>;

const escapeHelp = (text: string) => text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
const escapeLabel = (text: string) =>
  text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');

/** Collects samples by metric, so that each family is written once, in one piece. */
class Families {
  readonly #lines = new Map<MetricDefinition, string[]>();

  add(metric: MetricDefinition, value: number | boolean | undefined, labels: Labels = {}): void {
    if (value === undefined) return;
    const names = Object.entries(labels).map(([name, text]) => `${name}="${escapeLabel(text)}"`);
    const series = names.length === 0 ? metric.name : `${metric.name}{${names.join(',')}}`;
    const lines = this.#lines.get(metric);
    const line = `${series} ${Number(value)}`;
    if (lines === undefined) this.#lines.set(metric, [line]);
    else lines.push(line);
  }

  /** Every metric of the contract has its TYPE line in every scrape, with samples or without. */
  text(): string {
    return `${metrics.exporterMetrics
      .flatMap((metric) => [
        `# HELP ${metric.name} ${escapeHelp(metric.help)}`,
        `# TYPE ${metric.name} ${metric.type}`,
        ...(this.#lines.get(metric) ?? []),
      ])
      .join('\n')}\n`;
  }
}

/**
 * The exposition of a state and of the health of its file. Without a state there are no queue series at all: what
 * cannot be read is not invented.
 */
export function renderMetrics(state: State | undefined, health: Health): string {
  const families = new Families();
  families.add(metrics.pendingWritesStateFileReadSuccess, health.success);
  families.add(metrics.pendingWritesStateFileMissing, health.missing);
  families.add(metrics.pendingWritesStateFileMtime, health.mtime);
  if (state !== undefined) {
    for (const record of state.relays) {
      const relay = { relay: record.relay };
      families.add(metrics.pendingWritesPending, record.pending, relay);
      families.add(metrics.pendingWritesPendingSince, record.pendingSince, relay);
      families.add(metrics.pendingWritesLastUpdate, record.updatedAt, relay);
      families.add(metrics.pendingWritesLeaseActive, record.leaseActive, relay);
      families.add(metrics.pendingWritesLeaseExpiry, record.leaseExpiry, relay);
      families.add(metrics.pendingWritesLeaseIssued, record.leaseIssued, relay);
      families.add(metrics.pendingWritesLeaseVersion, record.leaseVersion, relay);
      families.add(metrics.pendingWritesDriveVersion, record.driveVersion, relay);
      for (const type of record.wanted) families.add(metrics.pendingWritesWanted, 1, { ...relay, type });
      if (record.jobStatus !== undefined) {
        families.add(metrics.pendingWritesJobStatus, 1, { ...relay, status: record.jobStatus });
      }
    }
    for (const rotation of state.rotations) {
      const relay = { relay: rotation.relay };
      if (rotation.status !== undefined) {
        families.add(metrics.pendingWritesRotationLastStatus, 1, { ...relay, status: rotation.status });
      }
      families.add(metrics.pendingWritesRotationLastAttempts, rotation.attempts, relay);
      families.add(metrics.pendingWritesRotationLastStart, rotation.start, relay);
      families.add(metrics.pendingWritesRotationLastEnd, rotation.end, relay);
    }
    families.add(metrics.pendingWritesQueueSize, state.queueSize);
    families.add(metrics.pendingWritesInflightSize, state.inflightSize);
    for (const [name, pending] of [
      ['pending', true],
      ['cleared', false],
    ] as const) {
      const relays = state.relays.filter((record) => record.pending === pending).length;
      families.add(metrics.pendingWritesRelays, relays, { state: name });
    }
    families.add(metrics.pendingWritesRecordsLeftOut, state.invalid, { reason: 'invalid' });
    families.add(metrics.pendingWritesRecordsLeftOut, state.overCap, { reason: 'cap' });
  }
  return families.text();
}
