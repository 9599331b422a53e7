import { defineMetric, type LabelDefinition, type MetricDefinition } from '../src/model.js';

const relay: LabelDefinition = { help: 'Relay key as the state file names it.' };

const gauge = (
  definition: Pick<MetricDefinition, 'name' | 'unit' | 'help'> & Partial<MetricDefinition>,
): MetricDefinition =>
  defineMetric({ type: 'gauge', labels: {}, presence: 'always', origin: 'exporter', ...definition });

export const pendingWritesPending = gauge({
  name: 'pending_writes_pending',
  unit: 'none',
  help: "Whether the worker's last notification of the relay says pending: 1 pending, 0 cleared.",
  labels: { relay },
  trap: 'A failed job leaves it at 1; the cleared push is sent once, so it stays 1 when that push is lost.',
});

export const pendingWritesPendingSince = gauge({
  name: 'pending_writes_pending_since_timestamp_seconds',
  unit: 'seconds',
  help: 'Since when the relay is pending, as the gateway told the worker. Absent for a cleared relay.',
  labels: { relay },
});

export const pendingWritesLastUpdate = gauge({
  name: 'pending_writes_last_update_timestamp_seconds',
  unit: 'seconds',
  help: 'When the last notification of the relay was updated.',
  labels: { relay },
});

export const pendingWritesLeaseActive = gauge({
  name: 'pending_writes_lease_active',
  unit: 'none',
  help: 'Whether the last notification names an active escrow lease: 1 or 0.',
  labels: { relay },
  trap: 'As of the last notification: an expiry or a release after it does not show.',
});

export const pendingWritesLeaseExpiry = gauge({
  name: 'pending_writes_lease_expiry_timestamp_seconds',
  unit: 'seconds',
  help: 'When the escrow lease of the last notification expires. Absent without a lease.',
  labels: { relay },
  trap: 'A renewal after the last notification does not show.',
});

export const pendingWritesLeaseIssued = gauge({
  name: 'pending_writes_lease_issued_timestamp_seconds',
  unit: 'seconds',
  help: 'When the escrow lease of the last notification was issued. Absent without a lease.',
  labels: { relay },
});

export const pendingWritesLeaseVersion = gauge({
  name: 'pending_writes_lease_version',
  unit: 'none',
  help: 'Version of the escrow lease in the last notification.',
  labels: { relay },
});

export const pendingWritesDriveVersion = gauge({
  name: 'pending_writes_drive_version',
  unit: 'none',
  help: "Version of the gateway's drive in the last notification.",
  labels: { relay },
});

export const pendingWritesWanted = gauge({
  name: 'pending_writes_wanted',
  unit: 'none',
  help: 'Kinds of data that the pending relay waits for; 1 for each.',
  labels: {
    relay,
    type: {
      help: 'Kind of data; what is not known is `other`.',
      values: ['autobase', 'drive', 'event', 'drive-upload', 'http-join', 'http-callback', 'other'],
    },
  },
});

export const pendingWritesJobStatus = gauge({
  name: 'pending_writes_job_status',
  unit: 'none',
  help: "Status of the relay's job, 1 for the current one. Only where the file has the snapshot form.",
  labels: {
    relay,
    status: {
      help: 'Status; what is not known is `other`.',
      values: ['idle', 'queued', 'in-progress', 'completed', 'error', 'cleared', 'other'],
    },
  },
  trap: 'The observed worker does not write the snapshot form to disk.',
});

export const pendingWritesQueueSize = gauge({
  name: 'pending_writes_queue_size',
  unit: 'none',
  help: 'Jobs that wait in the queue of the worker. Only where the file has the snapshot form.',
});

export const pendingWritesInflightSize = gauge({
  name: 'pending_writes_inflight_size',
  unit: 'none',
  help: 'Jobs that the worker is working on. Only where the file has the snapshot form.',
});

export const pendingWritesRotationLastStatus = gauge({
  name: 'pending_writes_rotation_last_status',
  unit: 'none',
  help: "Status of the relay's newest escrow rotation, 1 for the current one.",
  labels: {
    relay,
    status: {
      help: 'Status; what is not known is `other`.',
      values: ['pending', 'completed', 'failed', 'other'],
    },
  },
  trap: 'The file keeps about a dozen rotations: others push a failure out. completed does not prove that a new deposit was made.',
});

export const pendingWritesRotationLastAttempts = gauge({
  name: 'pending_writes_rotation_last_attempts',
  unit: 'none',
  help: 'Rotations of the relay counted by its newest rotation row.',
  labels: { relay },
  trap: "Counts the relay's rotations, not retries.",
});

export const pendingWritesRotationLastStart = gauge({
  name: 'pending_writes_rotation_last_start_timestamp_seconds',
  unit: 'seconds',
  help: "When the relay's newest escrow rotation started.",
  labels: { relay },
});

export const pendingWritesRotationLastEnd = gauge({
  name: 'pending_writes_rotation_last_end_timestamp_seconds',
  unit: 'seconds',
  help: "When the relay's newest escrow rotation ended. Absent while it is under way.",
  labels: { relay },
});

export const pendingWritesRelays = gauge({
  name: 'pending_writes_relays',
  unit: 'none',
  help: 'Relays in the state file by state.',
  labels: { state: { help: 'State of the last notification.', values: ['pending', 'cleared'] } },
});

export const pendingWritesRecordsLeftOut = gauge({
  name: 'pending_writes_records_left_out',
  unit: 'none',
  help: 'Records of the state file that are not exposed.',
  labels: {
    reason: {
      help: 'Why: the record is not valid, or there are more relays than the cap.',
      values: ['invalid', 'cap'],
    },
  },
});

export const pendingWritesStateFileReadSuccess = gauge({
  name: 'pending_writes_state_file_read_success',
  unit: 'none',
  help: 'Whether the last read of the state file succeeded: 1 or 0. A missing file is a success without relays.',
});

export const pendingWritesStateFileMissing = gauge({
  name: 'pending_writes_state_file_missing',
  unit: 'none',
  help: 'Whether the state file does not exist: 1 or 0.',
  trap: 'Normal: the worker never had a pending write, or an operator deleted the file (runbook step 4.2).',
});

export const pendingWritesStateFileMtime = gauge({
  name: 'pending_writes_state_file_mtime_timestamp_seconds',
  unit: 'seconds',
  help: 'Modification time of the state file at the last good read.',
  trap: 'The worker rewrites the file only when something changes: an old time alone is no fault.',
});

/** Every metric that the exporter exposes. */
export const exporterMetrics: readonly MetricDefinition[] = [
  pendingWritesPending,
  pendingWritesPendingSince,
  pendingWritesLastUpdate,
  pendingWritesLeaseActive,
  pendingWritesLeaseExpiry,
  pendingWritesLeaseIssued,
  pendingWritesLeaseVersion,
  pendingWritesDriveVersion,
  pendingWritesWanted,
  pendingWritesJobStatus,
  pendingWritesQueueSize,
  pendingWritesInflightSize,
  pendingWritesRotationLastStatus,
  pendingWritesRotationLastAttempts,
  pendingWritesRotationLastStart,
  pendingWritesRotationLastEnd,
  pendingWritesRelays,
  pendingWritesRecordsLeftOut,
  pendingWritesStateFileReadSuccess,
  pendingWritesStateFileMissing,
  pendingWritesStateFileMtime,
];
