import { defineMetric, type LabelDefinition, type MetricDefinition } from '../src/model/metric.js';

const relay: LabelDefinition = { help: 'Relay key as the state file names it.' };

const gauge = (
  definition: Pick<MetricDefinition, 'name' | 'unit' | 'help'> & Partial<MetricDefinition>,
): MetricDefinition =>
  defineMetric({ type: 'gauge', labels: {}, presence: 'always', origin: 'exporter', ...definition });

export const pendingWritesPending = gauge({
  name: 'pending_writes_pending',
  unit: 'none',
  help: "State in the worker's last notification of the relay: 1 pending, 0 cleared.",
  labels: { relay },
  trap: 'A failed job leaves it at 1; the cleared push is sent once, so it stays 1 when that push is lost.',
});

export const pendingWritesPendingSince = gauge({
  name: 'pending_writes_pending_since_timestamp_seconds',
  unit: 'seconds',
  help: "When the relay became pending, according to the gateway's notification. Absent for a cleared relay.",
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
  help: 'Whether the last notification contains an active escrow lease: 1 or 0.',
  labels: { relay },
  trap: 'As of the last notification: does not reflect a later expiry or release.',
});

export const pendingWritesLeaseExpiry = gauge({
  name: 'pending_writes_lease_expiry_timestamp_seconds',
  unit: 'seconds',
  help: 'When the escrow lease of the last notification expires. Absent without a lease.',
  labels: { relay },
  trap: 'Does not reflect a renewal after the last notification.',
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
  help: 'Data types that the pending relay waits for; 1 for each.',
  labels: {
    relay,
    type: {
      help: 'Data type; `other` if unknown.',
      values: ['autobase', 'drive', 'event', 'drive-upload', 'http-join', 'http-callback', 'other'],
    },
  },
});

export const pendingWritesJobStatus = gauge({
  name: 'pending_writes_job_status',
  unit: 'none',
  help: "Status of the relay's job, 1 for the current one. Only if the file has the snapshot form.",
  labels: {
    relay,
    status: {
      help: 'Status; `other` if unknown.',
      values: ['idle', 'queued', 'in-progress', 'completed', 'error', 'cleared', 'other'],
    },
  },
  trap: 'The observed worker does not write the snapshot form to disk.',
});

export const pendingWritesQueueSize = gauge({
  name: 'pending_writes_queue_size',
  unit: 'none',
  help: "Jobs waiting in the worker's queue. Only if the file has the snapshot form.",
});

export const pendingWritesInflightSize = gauge({
  name: 'pending_writes_inflight_size',
  unit: 'none',
  help: 'Jobs that the worker is processing. Only if the file has the snapshot form.',
});

export const pendingWritesRotationLastStatus = gauge({
  name: 'pending_writes_rotation_last_status',
  unit: 'none',
  help: "Status of the relay's newest escrow rotation, 1 for the current one.",
  labels: {
    relay,
    status: {
      help: 'Status; `other` if unknown.',
      values: ['pending', 'completed', 'failed', 'other'],
    },
  },
  trap: 'The file keeps about a dozen rotations, so later ones displace a failure. completed does not prove that a new deposit was made.',
});

export const pendingWritesRotationLastAttempts = gauge({
  name: 'pending_writes_rotation_last_attempts',
  unit: 'none',
  help: 'Number of rotations of the relay, from its newest rotation row.',
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
  help: "When the relay's newest escrow rotation ended. Absent while it is in progress.",
  labels: { relay },
});

export const pendingWritesQueueUpdated = gauge({
  name: 'pending_writes_queue_updated_timestamp_seconds',
  unit: 'seconds',
  help: 'When the worker created the snapshot. Only if the file has the snapshot form.',
});

export const pendingWritesRelays = gauge({
  name: 'pending_writes_relays',
  unit: 'none',
  help: 'Relays in the state file by state, including those over the cap.',
  labels: { state: { help: 'State of the last notification.', values: ['pending', 'cleared'] } },
});

export const pendingWritesOldestPendingSince = gauge({
  name: 'pending_writes_oldest_pending_since_timestamp_seconds',
  unit: 'seconds',
  help: 'When the longest-pending relay became pending. Absent while no relay is pending.',
});

export const pendingWritesRelaysLeaseActive = gauge({
  name: 'pending_writes_relays_lease_active',
  unit: 'none',
  help: 'Relays whose last notification contains an active escrow lease.',
  trap: 'As of the last notification: does not reflect a later expiry or release.',
});

export const pendingWritesEarliestLeaseExpiry = gauge({
  name: 'pending_writes_earliest_lease_expiry_timestamp_seconds',
  unit: 'seconds',
  help: 'Earliest expiry among the active leases of pending relays. Absent without one.',
  trap: 'Does not reflect a renewal after the last notification.',
});

export const pendingWritesRelaysWanted = gauge({
  name: 'pending_writes_relays_wanted',
  unit: 'none',
  help: 'Pending relays by the data type that they wait for.',
  labels: { type: pendingWritesWanted.labels.type as LabelDefinition },
});

export const pendingWritesRelaysJobStatus = gauge({
  name: 'pending_writes_relays_job_status',
  unit: 'none',
  help: 'Relays by the status of their job. Only if the file has the snapshot form.',
  labels: { status: pendingWritesJobStatus.labels.status as LabelDefinition },
});

export const pendingWritesRelaysRotationLastStatus = gauge({
  name: 'pending_writes_relays_rotation_last_status',
  unit: 'none',
  help: 'Relays by the status of their newest escrow rotation.',
  labels: { status: pendingWritesRotationLastStatus.labels.status as LabelDefinition },
  trap: 'The file keeps about a dozen rotations; a relay whose rotation was displaced is not counted.',
});

export const pendingWritesRecordsLeftOut = gauge({
  name: 'pending_writes_records_left_out',
  unit: 'none',
  help: 'Records of the state file that are not exported.',
  labels: {
    reason: {
      help: 'Reason: not valid, an older record of the same relay, or a relay beyond the cap.',
      values: ['invalid', 'duplicate', 'cap'],
    },
  },
});

export const pendingWritesFieldsLeftOut = gauge({
  name: 'pending_writes_fields_left_out',
  unit: 'none',
  help: 'Known fields of otherwise valid records that are skipped because of an unexpected value.',
});

export const pendingWritesStateFileReadSuccess = gauge({
  name: 'pending_writes_state_file_read_success',
  unit: 'none',
  help: 'Whether the last read of the state file succeeded: 1 or 0. A missing file counts as success with no relays.',
});

export const pendingWritesStateFileMissing = gauge({
  name: 'pending_writes_state_file_missing',
  unit: 'none',
  help: 'Whether the state file does not exist: 1 or 0.',
  trap: 'Not a fault: the worker has never had a pending write, or an operator deleted the file.',
});

export const pendingWritesStateFileMtime = gauge({
  name: 'pending_writes_state_file_mtime_timestamp_seconds',
  unit: 'seconds',
  help: 'Modification time of the state file at the last good read.',
  trap: 'The worker writes the file only when something changes, so an old time alone is not a fault.',
});

export const pendingWritesStateFileSize = gauge({
  name: 'pending_writes_state_file_size_bytes',
  unit: 'bytes',
  help: 'Size of the state file when it was last checked.',
});

export const pendingWritesStateFileRelays = gauge({
  name: 'pending_writes_state_file_relays',
  unit: 'none',
  help: 'Relays in the state file, including those over the cap.',
});

export const pendingWritesStateFileShape = gauge({
  name: 'pending_writes_state_file_shape',
  unit: 'none',
  help: 'Form of the state file at the last good read, 1 for the current one.',
  labels: {
    shape: {
      help: 'The form that the worker writes to disk, the snapshot that it sends to operators, or `{}`.',
      values: ['persisted', 'snapshot', 'empty'],
    },
  },
});

export const pendingWritesStateFileLastGoodRead = gauge({
  name: 'pending_writes_state_file_last_good_read_timestamp_seconds',
  unit: 'seconds',
  help: 'When the state file was last read successfully or found missing. Absent until then.',
  trap: 'While reads fail, the queue series keep their values from this time, for at most --state-file.max-stale.',
});

const failureReason: LabelDefinition = {
  help: 'Reason for the failed read.',
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
  help: 'Reason why the last read of the state file failed, 1 for the current reason. Absent after a successful read.',
  labels: { reason: failureReason },
});

export const pendingWritesStateFileReadFailures = defineMetric({
  type: 'counter',
  name: 'pending_writes_state_file_read_failures_total',
  unit: 'none',
  help: 'Scrapes that could not read the state file since the exporter started.',
  labels: { reason: failureReason },
  presence: 'always',
  origin: 'exporter',
});

export const pendingWritesExporterBuildInfo = gauge({
  name: 'pending_writes_exporter_build_info',
  unit: 'none',
  help: 'Always 1; labels with the versions of the exporter and Node.js.',
  labels: { version: { help: 'Version of the exporter.' }, node: { help: 'Version of Node.js.' } },
});

export const pendingWritesExporterScrapeDuration = gauge({
  name: 'pending_writes_exporter_scrape_duration_seconds',
  unit: 'seconds',
  help: 'Time to read the state file and render the metrics for this scrape.',
});

export const pendingWritesExporterWebConfigReloadSuccess = gauge({
  name: 'pending_writes_exporter_web_config_reload_success',
  unit: 'none',
  help: 'Whether the last reload of the web configuration succeeded: 1 or 0. After a failure, the previous configuration stays in use.',
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
