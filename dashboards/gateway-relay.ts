import {
  pendingWritesDriveVersion,
  pendingWritesJobStatus,
  pendingWritesLastUpdate,
  pendingWritesLeaseExpiry,
  pendingWritesLeaseVersion,
  pendingWritesPending,
  pendingWritesRotationLastAttempts,
  pendingWritesRotationLastEnd,
  pendingWritesRotationLastStart,
  pendingWritesRotationLastStatus,
  pendingWritesStateFileMtime,
  pendingWritesWanted,
} from '../metrics/exporter.js';
import {
  gatewayBlindPeerMirrorLag,
  gatewayEscrowLeaseLag,
  gatewayEscrowLeasesActive,
  gatewayEscrowLeaseTimeToExpiry,
  gatewayPendingWritePushWait,
  gatewayPendingWrites,
  gatewayRelayFallbackWrites,
  gatewayRelayReplicaSessions,
  gatewayReplicaFallbacks,
} from '../metrics/gateway.js';
import { alerts } from '../metrics/prometheus.js';
import { pendingStart } from '../recording-rules/pending-writes.js';
import { phase } from '../recording-rules/phase.js';
import { pushes, relayPushes } from '../recording-rules/push-wait.js';
import { fallbackStart } from '../recording-rules/replica-fallback.js';
import { rotationFailed, told, workerActivity } from '../recording-rules/worker-queue.js';
import { defineDashboard, definePanel } from '../src/model.js';
import { bucketOf, duration, promql } from '../src/promql.js';
import {
  chosenSite,
  exporters,
  exportersOf,
  firingAlerts,
  leaseLeft,
  of,
  processes,
  processesOf,
  relaysByNeed,
  since,
} from './selectors.js';
import {
  DONE_WORDS,
  fallbackAge,
  leaseRemainder,
  leaseRemainderOrNone,
  mirrorLag,
  PENDING_WORDS,
  PHASE_WORDS,
  pendingAge,
  RESULT_COLORS,
  stuckAge,
} from './words.js';

const stat = { kind: 'stat', width: 4, height: 4 } as const;

const phaseNow = definePanel({
  ...stat,
  id: 1,
  title: 'Which phase?',
  description:
    'Good: idle, or worker away for a while. From the recording rule of the phase, which states its inputs. A relay that was idle for an hour has none.',
  queries: [{ expr: (site) => promql`max(${of(site, phase)})`, legend: 'phase' }],
  unit: 'none',
  mappings: PHASE_WORDS,
  noData: 'idle',
});

const pendingFor = definePanel({
  ...stat,
  id: 2,
  title: 'Pending for?',
  description:
    'Good: shorter than a night. Kept across gateway restarts. The colours are the alerts’ thresholds.',
  queries: [{ expr: (site) => promql`max(${since(site, pendingStart)})`, legend: 'pending for' }],
  unit: 's',
  thresholds: pendingAge,
  noData: 'not pending',
});

const leaseLeftNow = definePanel({
  ...stat,
  id: 3,
  title: 'Lease left?',
  description:
    'Good: above 0 while somebody writes. Counts down for real. Below 0: past the expiry, unless a renewal went unseen; GET /api/escrow/leases/query tells.',
  queries: [{ expr: (site) => promql`max(${leaseLeft(site)})`, legend: 'lease left' }],
  unit: 's',
  thresholds: leaseRemainderOrNone,
  noData: 'no lease is known',
});

const workerSays = definePanel({
  ...stat,
  id: 4,
  title: 'Worker says?',
  description:
    'Good: what the gateway says too. Pending if any worker of the relay says so. Nothing where no exporter of a worker that knows it is scraped.',
  queries: [{ expr: (site) => promql`max(${pendingWritesPending}{${exportersOf(site)}})`, legend: 'worker' }],
  unit: 'none',
  mappings: PENDING_WORDS,
  noData: 'no worker measured',
});

const fallbackFor = definePanel({
  ...stat,
  id: 5,
  title: 'On its replica?',
  description:
    'Good: not at all, or for less than a night. Ends when nobody has read for the site’s quiet time.',
  queries: [{ expr: (site) => promql`max(${since(site, fallbackStart)})`, legend: 'on its replica' }],
  unit: 's',
  thresholds: fallbackAge,
  noData: 'not served from it',
});

const lagNow = definePanel({
  ...stat,
  id: 6,
  title: 'Mirror lag?',
  description:
    'Good: low while it is served from its replica (runbook step 1.3). 0 also means unknown; a mirror’s identifier need not be the relay’s key, so it may be missing here.',
  queries: [
    {
      expr: (site) =>
        promql`min(${gatewayBlindPeerMirrorLag}{${processes(site)}, identifier=~"$relay"}) / 1000`,
      legend: 'lag',
    },
  ],
  unit: 's',
  thresholds: mirrorLag,
  noData: 'no mirror of this name',
});

const story = definePanel({
  id: 7,
  title: 'What has happened to it?',
  description:
    'Good: worker away, pushing, resyncing, rotating, idle, in this order. The phase, and what each gateway process and each worker says.',
  kind: 'state-timeline',
  queries: [{ expr: (site) => of(site, phase), legend: 'phase' }],
  unit: 'none',
  width: 12,
  height: 6,
  mappings: PHASE_WORDS,
  noData: 'It was not busy within the time shown.',
});

const firing = definePanel({
  id: 8,
  title: 'Which alerts fire for it?',
  description: 'Good: none. From the ALERTS series; alerts about the whole gateway are on the overview.',
  kind: 'table',
  queries: [
    {
      expr: (site) => promql`
        max by (${site.by('alertname', 'severity')}) (${alerts}{${firingAlerts(site, 'relay=~"$relay"')}})
      `,
      column: { title: 'state', empty: '', unit: 'none', mappings: [{ value: 1, text: 'firing' }] },
    },
  ],
  unit: 'none',
  width: 12,
  height: 6,
  noData: 'No alert fires for this relay.',
});

const gauges = definePanel({
  id: 9,
  title: 'What does each side say: pending or clear?',
  description:
    'Good: both alike. A gateway process that restarted says nothing until the next write; with several, one may keep a stale pending. A worker stays pending when the cleared push was lost.',
  kind: 'state-timeline',
  queries: [
    {
      expr: (site) => promql`max by (instance) (${gatewayPendingWrites}{${processesOf(site)}})`,
      legend: 'gateway {{instance}}',
    },
    {
      expr: (site) => promql`max by (instance) (${pendingWritesPending}{${exportersOf(site)}})`,
      legend: 'worker {{instance}}',
    },
  ],
  unit: 'none',
  width: 24,
  height: 6,
  mappings: PENDING_WORDS,
  noData: 'Neither a gateway nor a worker knows the relay.',
});

const lease = definePanel({
  id: 10,
  title: 'How long does its lease last, in truth and by the gauge?',
  description:
    'Good: the true remainder above 0 while somebody writes. The gauge stands still between events, and keeps its value after the expiry: 0 there means "no active lease".',
  kind: 'timeseries',
  queries: [
    { expr: (site) => leaseLeft(site), legend: 'true remainder' },
    {
      expr: (site) => promql`max by (instance) (${gatewayEscrowLeaseTimeToExpiry}{${processesOf(site)}})`,
      legend: 'gauge of {{instance}}',
    },
    {
      expr: (site) => promql`
        max by (instance) (
          ${pendingWritesLeaseExpiry}{${exportersOf(site)}} - time() > -3600
        )
      `,
      legend: 'file of {{instance}}',
    },
  ],
  unit: 's',
  width: 12,
  height: 8,
  calcs: ['lastNotNull', 'min'],
  thresholds: leaseRemainder,
  noData: 'The relay has had no lease since the gateway started.',
});

const fallback = definePanel({
  id: 11,
  title: 'Is it served from its replica, and are writes taken?',
  description:
    'Good: nothing, or reads and accepted writes while the worker is away. readonly is a write turned away for want of a lease. Drive uploads are in no metric.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) =>
        promql`sum by (mode) (rate(${gatewayReplicaFallbacks}{${processesOf(site)}, mode="read"}[$__rate_interval]))`,
      legend: 'requests: {{mode}}',
    },
    {
      expr: (site) =>
        promql`sum by (result) (rate(${gatewayRelayFallbackWrites}{${processesOf(site)}}[$__rate_interval]))`,
      legend: 'writes: {{result}}',
    },
  ],
  unit: 'reqps',
  width: 12,
  height: 8,
  min: 0,
  colors: { 'writes: accepted': 'semi-dark-blue', 'writes: readonly': 'dark-red' },
  noData: 'The relay was not served from its replica since the gateway started.',
});

const waits = definePanel({
  id: 12,
  title: 'How long did its worker take to acknowledge?',
  description:
    'Good: under two minutes. From the first pending write to the first acknowledgement, so a night without a worker counts as a night; ten minutes is the top. The observed build records none.',
  kind: 'heatmap',
  queries: [
    {
      expr: (site) =>
        promql`sum by (le) (increase(${bucketOf(gatewayPendingWritePushWait)}{${processesOf(site)}}[$__rate_interval]))`,
      legend: '{{le}}',
      format: 'heatmap',
    },
  ],
  unit: 's',
  width: 12,
  height: 8,
  noData: 'No acknowledgement recorded: none yet, or a build that does not record them.',
});

const lags = definePanel({
  id: 13,
  title: 'How long were its leases held?',
  description:
    'Good: shorter than the term. From issue to release, observed at the release; nothing is observed while a lease is held.',
  kind: 'heatmap',
  queries: [
    {
      expr: (site) =>
        promql`sum by (le) (increase(${bucketOf(gatewayEscrowLeaseLag)}{${processesOf(site)}}[$__rate_interval]))`,
      legend: '{{le}}',
      format: 'heatmap',
    },
  ],
  unit: 's',
  width: 12,
  height: 8,
  noData: 'No lease of this relay has been released since the gateway started, or only its first one.',
});

const forced = definePanel({
  id: 14,
  title: 'How to force pending writes',
  description: 'Runbook step 2, for a drill: what to do, and what to see above.',
  kind: 'text',
  queries: [],
  content: [
    'Stop the relay’s worker (`stop-gateway`), then upload a file through the gateway: `PUT /drive/:identifier/:file`.',
    '',
    'Expect: **pending** on the gateway within two scrapes, the phase **worker away**, and in the gateway’s log "Stored drive upload" and "marking pending writes".',
    '',
    '`gateway-observability drill --prometheus <url> --relay <key>` watches for all of it and ticks it off.',
  ].join('\n'),
  unit: 'none',
  width: 12,
  height: 6,
  noData: 'A text; it has no data.',
});

const sessions = definePanel({
  id: 15,
  title: 'Does the gateway take its writes?',
  description:
    'Good in a drill: the lease is held, and pending turns 1 with the write. A session stays in replica mode until its socket closes, also after the worker is back.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`max by (instance) (${gatewayEscrowLeasesActive}{${processesOf(site)}})`,
      legend: 'lease on {{instance}}',
    },
    {
      expr: (site) => promql`max by (instance) (${gatewayPendingWrites}{${processesOf(site)}})`,
      legend: 'pending on {{instance}}',
    },
    {
      expr: (site) => promql`sum(${gatewayRelayReplicaSessions}{${processesOf(site)}})`,
      legend: 'sessions in replica mode',
    },
  ],
  unit: 'none',
  decimals: 0,
  width: 12,
  height: 6,
  min: 0,
  noData: 'The gateway does not know the relay.',
});

const pushResults = definePanel({
  id: 16,
  title: 'Is its worker told?',
  description:
    'Good: success. The relay’s own pushes where the build counts them by relay; otherwise those of the whole gateway, all relays together, as in the observed build. Within the longest back-off; success means delivered, not ingested.',
  kind: 'timeseries',
  queries: [
    { expr: (site) => promql`sum by (result) (${of(site, relayPushes)})`, legend: 'its own: {{result}}' },
    {
      expr: (site) => promql`sum by (result) (${pushes}{${chosenSite(site)}})`,
      legend: 'whole gateway: {{result}}',
    },
  ],
  unit: 'short',
  width: 12,
  height: 8,
  min: 0,
  colors: {
    'its own: success': RESULT_COLORS.success,
    'its own: error': RESULT_COLORS.error,
    'whole gateway: success': 'light-blue',
    'whole gateway: error': 'light-red',
  },
  noData: 'Nothing was pushed: no worker has been online since the gateway started.',
});

const jobs = definePanel({
  id: 17,
  title: 'What is the state of its job?',
  description:
    'Good: queued, in-progress, completed. Only workers whose file has the snapshot form tell; with the observed one, look at the event stream (runbook step 3.1) and the log.',
  kind: 'state-timeline',
  queries: [
    {
      expr: (site) => promql`
        max by (instance) (
          ${pendingWritesJobStatus}{${exportersOf(site)}, status="queued"} * 1
            or ${pendingWritesJobStatus}{${exportersOf(site)}, status="in-progress"} * 2
            or ${pendingWritesJobStatus}{${exportersOf(site)}, status="completed"} * 3
            or ${pendingWritesJobStatus}{${exportersOf(site)}, status="error"} * 4
        )
      `,
      legend: '{{instance}}',
    },
  ],
  unit: 'none',
  width: 12,
  height: 8,
  mappings: [
    { value: 1, text: 'queued', color: 'light-blue' },
    { value: 2, text: 'in progress', color: 'light-purple' },
    { value: 3, text: 'completed', color: 'semi-dark-blue' },
    { value: 4, text: 'error', color: 'dark-red' },
  ],
  noData: 'No worker writes the snapshot form of the file, or it has no job of the relay.',
});

const record = definePanel({
  id: 18,
  title: 'What does the worker’s file say of it?',
  description:
    'Good: updated after the last write. One row for each worker that knows the relay (runbook step 3.2). An old file beside a pending relay says that nothing happens.',
  kind: 'table',
  queries: [
    {
      expr: (site) => promql`max by (instance) (time() - ${pendingWritesLastUpdate}{${exportersOf(site)}})`,
      column: { title: 'told ago', empty: 'unknown', unit: 's' },
    },
    {
      expr: (site) => promql`
        max by (instance) (time() - ${pendingWritesStateFileMtime}{${exporters(site)}})
          and on (instance) ${pendingWritesPending}{${exportersOf(site)}}
      `,
      column: { title: 'file written ago', empty: 'unknown', unit: 's' },
    },
    {
      expr: (site) => promql`max by (instance) (${pendingWritesDriveVersion}{${exportersOf(site)}})`,
      column: { title: 'drive version', empty: 'none', unit: 'none', decimals: 0 },
    },
    {
      expr: (site) => promql`max by (instance) (${pendingWritesLeaseVersion}{${exportersOf(site)}})`,
      column: { title: 'lease version', empty: 'none', unit: 'none', decimals: 0 },
    },
  ],
  unit: 'none',
  width: 12,
  height: 6,
  noData: 'No worker that knows the relay is measured.',
});

const wanted = definePanel({
  id: 19,
  title: 'Which kinds of data does it wait for?',
  description: 'Good: none left. As the gateway named them in its last notification to the worker.',
  kind: 'timeseries',
  queries: [
    {
      expr: (site) => promql`max by (type) (${pendingWritesWanted}{${exportersOf(site)}})`,
      legend: '{{type}}',
    },
  ],
  unit: 'none',
  decimals: 0,
  width: 12,
  height: 6,
  min: 0,
  calcs: ['lastNotNull'],
  noData: 'No worker waits for data of the relay.',
});

const logs = definePanel({
  id: 20,
  title: 'What no metric tells',
  description: 'Runbook step 3.3: the lines of the worker’s log that say how the job went.',
  kind: 'text',
  queries: [],
  content: [
    'In the worker’s log:',
    '- `[PendingWrites] Job failed`: the job waits for a new write or a restart; it is not retried by itself. Go to step 4.',
    '- `[PendingWrites] Job complete`: done; the gateway is told with `resync-complete`.',
    '',
    'In the desktop app: the card "Gateway Pending Writes", fed by the event stream `gateway-pending-writes`.',
  ].join('\n'),
  unit: 'none',
  width: 24,
  height: 6,
  noData: 'A text; it has no data.',
});

const toldFor = definePanel({
  id: 21,
  title: 'Was it told long ago, and is anybody at work?',
  description:
    'Good: told for less than the line, or a worker at work just now. Told for longer with nobody at work is stuck.',
  kind: 'timeseries',
  queries: [
    { expr: (site) => promql`max(${since(site, told)})`, legend: 'told for' },
    { expr: (site) => promql`max(${since(site, workerActivity)})`, legend: 'worker last seen at work' },
    { expr: (site) => promql`max(${since(site, pendingStart)})`, legend: 'pending for' },
  ],
  unit: 's',
  width: 12,
  height: 8,
  min: 0,
  thresholds: stuckAge,
  noData: 'Not pending, or no worker was told.',
});

const steps = definePanel({
  id: 22,
  title: 'How to clear a stuck job',
  description: 'Runbook step 4 in short: from the mildest to the last resort.',
  kind: 'text',
  queries: [],
  content: [
    '1. Restart the worker’s gateway service: `stop-gateway`, `start-gateway`. It reads its file again and goes on.',
    '2. Still stuck: delete `pending-writes-state.json` **while the service is stopped** (stopping rewrites the file), start it, request a lease and write something to the relay: only a new write starts the pushes again.',
    '3. Last resort: `POST /api/relays/:relayKey/resync-complete`. It clears the gateway’s metadata whether or not the data was ingested: check the mirrors first. It answers 404 and leaves the gauge at 1 when the registration has expired.',
    '',
    'Toggling `gatewayPendingWrites` or registering the relay again (step 4.2) starts no push in the observed build, and registering overwrites the pending metadata. If the state file is spliced, do not kill the worker: `stop-gateway` writes the file from memory.',
  ].join('\n'),
  unit: 'none',
  width: 12,
  height: 8,
  noData: 'A text; it has no data.',
});

const rotationStatus = definePanel({
  id: 23,
  title: 'How did its last rotation end?',
  description:
    'Good: completed, after the resync. Failed: the next fallback may get no lease. completed does not prove a new deposit: look at the registration as well (runbook step 5.3).',
  kind: 'state-timeline',
  queries: [
    {
      expr: (site) => promql`
        max by (instance) (
          ${pendingWritesRotationLastStatus}{${exportersOf(site)}, status="pending"} * 1
            or ${pendingWritesRotationLastStatus}{${exportersOf(site)}, status="completed"} * 2
            or ${pendingWritesRotationLastStatus}{${exportersOf(site)}, status="failed"} * 3
        )
      `,
      legend: '{{instance}}',
    },
  ],
  unit: 'none',
  width: 12,
  height: 6,
  mappings: [
    { value: 1, text: 'under way', color: 'light-purple' },
    { value: 2, text: 'completed', color: 'semi-dark-blue' },
    { value: 3, text: 'failed', color: 'dark-red' },
  ],
  noData: 'No rotation of the relay is in a worker’s file, which keeps about a dozen.',
});

const rotationTimes = definePanel({
  id: 24,
  title: 'When did it rotate?',
  description:
    'Good: after the resync, and ended. attempts counts the relay’s rotations, not retries. A failure stays on record for a day, until a completed rotation is seen.',
  kind: 'table',
  queries: [
    {
      expr: (site) => promql`max(time() - ${pendingWritesRotationLastStart}{${exportersOf(site)}})`,
      column: { title: 'begun ago', empty: 'unknown', unit: 's' },
    },
    {
      expr: (site) => promql`max(time() - ${pendingWritesRotationLastEnd}{${exportersOf(site)}})`,
      column: { title: 'ended ago', empty: 'under way', unit: 's' },
    },
    {
      expr: (site) => promql`max(${pendingWritesRotationLastAttempts}{${exportersOf(site)}})`,
      column: { title: 'rotations', empty: 'unknown', unit: 'none', decimals: 0 },
    },
    {
      expr: (site) => promql`max(${since(site, rotationFailed)})`,
      column: { title: 'failure last seen', empty: 'none', unit: 's' },
    },
  ],
  unit: 'none',
  width: 12,
  height: 6,
  noData: 'No rotation of the relay is known.',
});

const clear = definePanel({
  id: 25,
  title: 'Is everything clear?',
  description:
    'Good: every line done. Worker: its file says cleared. Lease: released, or a new term of the full length, as a later build shows. A line is missing where its source is not measured.',
  kind: 'state-timeline',
  queries: [
    {
      expr: (site) => promql`1 - max(${gatewayPendingWrites}{${processesOf(site)}})`,
      legend: '6.1 gateway clear',
    },
    {
      expr: (site) => promql`1 - max(${pendingWritesPending}{${exportersOf(site)}})`,
      legend: '6.2 worker clear',
    },
    {
      expr: (site) => promql`1 - max(${gatewayEscrowLeasesActive}{${processesOf(site)}})`,
      legend: '6.3 lease released',
    },
    {
      expr: (site) => promql`
        max(${pendingWritesRotationLastStatus}{${exportersOf(site)}, status="completed"})
          or on () max(${pendingWritesRotationLastStatus}{${exportersOf(site)}}) * 0
      `,
      legend: '5 rotation completed',
    },
  ],
  unit: 'none',
  width: 24,
  height: 7,
  mappings: DONE_WORDS,
  noData: 'Neither a gateway nor a worker knows the relay.',
});

export const gatewayRelay = defineDashboard({
  uid: 'gateway-relay',
  title: 'Gateway: the story of a relay',
  description: 'One relay on one time axis, in the order of the runbook’s steps 1 to 6.',
  tags: ['gateway-observability'],
  relays: { choose: 'one', query: relaysByNeed },
  span: duration('6h'),
  rows: [
    {
      title: 'Step 1: what is its state?',
      panels: [
        phaseNow,
        pendingFor,
        leaseLeftNow,
        workerSays,
        fallbackFor,
        lagNow,
        story,
        firing,
        gauges,
        lease,
        fallback,
        waits,
        lags,
      ],
    },
    { title: 'Step 2: force pending writes (for a drill)', panels: [forced, sessions] },
    { title: 'Step 3: does its worker resync?', panels: [pushResults, jobs, record, wanted, logs] },
    { title: 'Step 4: is it stuck, and how to clear it?', panels: [toldFor, steps] },
    { title: 'Step 5: did the escrow rotation succeed?', panels: [rotationStatus, rotationTimes] },
    { title: 'Step 6: is everything clear?', panels: [clear] },
  ],
});
