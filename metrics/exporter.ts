import { defineMetric, type LabelDefinition, type MetricDefinition } from '../src/model/metric.js';

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

export const pendingWritesQueueUpdated = gauge({
  name: 'pending_writes_queue_updated_timestamp_seconds',
  unit: 'seconds',
  help: 'When the worker made the snapshot. Only where the file has the snapshot form.',
});

export const pendingWritesRelays = gauge({
  name: 'pending_writes_relays',
  unit: 'none',
  help: 'Relays in the state file by state, those over the cap included.',
  labels: { state: { help: 'State of the last notification.', values: ['pending', 'cleared'] } },
});

export const pendingWritesOldestPendingSince = gauge({
  name: 'pending_writes_oldest_pending_since_timestamp_seconds',
  unit: 'seconds',
  help: 'Since when the relay that is pending longest is pending. Absent while none is.',
});

export const pendingWritesRelaysLeaseActive = gauge({
  name: 'pending_writes_relays_lease_active',
  unit: 'none',
  help: 'Relays whose last notification names an active escrow lease.',
  trap: 'As of the last notification: an expiry or a release after it does not show.',
});

export const pendingWritesEarliestLeaseExpiry = gauge({
  name: 'pending_writes_earliest_lease_expiry_timestamp_seconds',
  unit: 'seconds',
  help: 'When the first of the active leases of pending relays expires. Absent without one.',
  trap: 'A renewal after the last notification does not show.',
});

export const pendingWritesRelaysWanted = gauge({
  name: 'pending_writes_relays_wanted',
  unit: 'none',
  help: 'Pending relays that wait for a kind of data.',
  labels: { type: pendingWritesWanted.labels.type as LabelDefinition },
});

export const pendingWritesRelaysJobStatus = gauge({
  name: 'pending_writes_relays_job_status',
  unit: 'none',
  help: 'Relays by the status of their job. Only where the file has the snapshot form.',
  labels: { status: pendingWritesJobStatus.labels.status as LabelDefinition },
});

export const pendingWritesRelaysRotationLastStatus = gauge({
  name: 'pending_writes_relays_rotation_last_status',
  unit: 'none',
  help: 'Relays by the status of their newest escrow rotation.',
  labels: { status: pendingWritesRotationLastStatus.labels.status as LabelDefinition },
  trap: 'The file keeps about a dozen rotations: a relay whose rotation was pushed out is not counted.',
});

export const pendingWritesRecordsLeftOut = gauge({
  name: 'pending_writes_records_left_out',
  unit: 'none',
  help: 'Records of the state file that have no series of their own.',
  labels: {
    reason: {
      help: 'Why: not valid, an older record of the same relay, or one of a relay beyond the cap.',
      values: ['invalid', 'duplicate', 'cap'],
    },
  },
});

export const pendingWritesFieldsLeftOut = gauge({
  name: 'pending_writes_fields_left_out',
  unit: 'none',
  help: 'Known fields of otherwise valid records that hold something else than expected and are therefore left out.',
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
  trap: 'Normal: the worker never had a pending write, or an operator deleted the file.',
});

export const pendingWritesStateFileMtime = gauge({
  name: 'pending_writes_state_file_mtime_timestamp_seconds',
  unit: 'seconds',
  help: 'Modification time of the state file at the last good read.',
  trap: 'The worker rewrites the file only when something changes: an old time alone is no fault.',
});

export const pendingWritesStateFileSize = gauge({
  name: 'pending_writes_state_file_size_bytes',
  unit: 'bytes',
  help: 'Size of the state file when it was last looked at.',
});

export const pendingWritesStateFileRelays = gauge({
  name: 'pending_writes_state_file_relays',
  unit: 'none',
  help: 'Relays that the state file names, those over the cap included.',
});

export const pendingWritesStateFileShape = gauge({
  name: 'pending_writes_state_file_shape',
  unit: 'none',
  help: 'Form of the state file at the last good read, 1 for the current one.',
  labels: {
    shape: {
      help: 'What the worker writes to disk, the snapshot it sends to operators, or {}.',
      values: ['persisted', 'snapshot', 'empty'],
    },
  },
});

export const pendingWritesStateFileLastGoodRead = gauge({
  name: 'pending_writes_state_file_last_good_read_timestamp_seconds',
  unit: 'seconds',
  help: 'When the state file was last read with success or found missing. Absent before the first time.',
  trap: 'While reads fail the queue series are those of this time, for as long as --state-file.max-stale says.',
});

const failureReason: LabelDefinition = {
  help: 'Why a read failed.',
  values: [
    'changing',
    'io',
    'not_a_file',
    'not_a_state_file',
    'not_json',
    'not_utf8',
    'permission',
    'spliced',
    'timeout',
    'too_large',
    'unlinked',
  ],
};

export const pendingWritesStateFileReadFailure = gauge({
  name: 'pending_writes_state_file_read_failure',
  unit: 'none',
  help: 'Why the last read of the state file failed, 1 for the current reason. Absent when it succeeded.',
  labels: { reason: failureReason },
});

export const pendingWritesStateFileReadFailures = defineMetric({
  type: 'counter',
  name: 'pending_writes_state_file_read_failures_total',
  unit: 'none',
  help: 'Scrapes whose read of the state file failed, since the exporter started.',
  labels: { reason: failureReason },
  presence: 'always',
  origin: 'exporter',
});

export const pendingWritesExporterBuildInfo = gauge({
  name: 'pending_writes_exporter_build_info',
  unit: 'none',
  help: 'Always 1; the version of the exporter and of the Node.js that runs it.',
  labels: { version: { help: 'Version of the exporter.' }, node: { help: 'Version of Node.js.' } },
});

export const pendingWritesExporterScrapeDuration = gauge({
  name: 'pending_writes_exporter_scrape_duration_seconds',
  unit: 'seconds',
  help: 'How long reading the state file and rendering took for this scrape.',
});

export const pendingWritesExporterWebConfigReloadSuccess = gauge({
  name: 'pending_writes_exporter_web_config_reload_success',
  unit: 'none',
  help: 'Whether the last reload of the web configuration succeeded: 1 or 0. The earlier one stays in force after a failure.',
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
  pendingWritesQueueUpdated,
  pendingWritesRotationLastStatus,
  pendingWritesRotationLastAttempts,
  pendingWritesRotationLastStart,
  pendingWritesRotationLastEnd,
  pendingWritesRelays,
  pendingWritesOldestPendingSince,
  pendingWritesRelaysLeaseActive,
  pendingWritesEarliestLeaseExpiry,
  pendingWritesRelaysWanted,
  pendingWritesRelaysJobStatus,
  pendingWritesRelaysRotationLastStatus,
  pendingWritesRecordsLeftOut,
  pendingWritesFieldsLeftOut,
  pendingWritesStateFileMtime,
  pendingWritesStateFileSize,
  pendingWritesStateFileRelays,
  pendingWritesStateFileShape,
  pendingWritesStateFileReadSuccess,
  pendingWritesStateFileMissing,
  pendingWritesStateFileLastGoodRead,
  pendingWritesStateFileReadFailure,
  pendingWritesStateFileReadFailures,
  pendingWritesExporterBuildInfo,
  pendingWritesExporterScrapeDuration,
  pendingWritesExporterWebConfigReloadSuccess,
];
