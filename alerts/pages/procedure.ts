import {
  pendingWritesPending,
  pendingWritesRotationLastAttempts,
  pendingWritesRotationLastEnd,
  pendingWritesRotationLastStatus,
} from '../../metrics/exporter.js';
import {
  gatewayBlindPeerMirrorLag,
  gatewayEscrowLeasesActive,
  gatewayEscrowLeaseTimeToExpiry,
  gatewayEscrowUnlockRequests,
  gatewayPendingWrites,
  gatewayRelayFallbackWrites,
  gatewayReplicaFallbacks,
} from '../../metrics/gateway.js';
import { up } from '../../metrics/prometheus.js';
import { leaseExpiry } from '../../recording-rules/lease-expiry.js';
import { pendingStart } from '../../recording-rules/pending-writes.js';
import { phase } from '../../recording-rules/phase.js';
import { pushes } from '../../recording-rules/push-wait.js';
import type { PageContext, ProcedureDefinition, ProcedureStep } from '../../src/model/runbook.js';
import { promql } from '../../src/promql/template.js';
import {
  allMirrorsCommand,
  clearCommand,
  gatewayLogCommand,
  mirrorsCommand,
  pendingInFileCommand,
  queryLeasesCommand,
  REWRITE_ONLY,
  registrationCommand,
  requestLeaseCommand,
  rotationLogCommand,
  stateFileCommand,
  uploadCommand,
  validFileCommand,
  workerLogCommand,
} from './commands.js';
import { lastOnlineStep, mirrorsSteps, withoutGauge, workerHosts } from './queries.js';
import { RESTART_MAY_LOSE } from './restart.js';

const confirmState = ({ site, step, panel }: PageContext): ProcedureStep => ({
  step: 'confirm-state',
  content: [],
  parts: [
    {
      step: 'query-metrics',
      content: [
        {
          text: 'Phase of the relay: 0 idle, 1 worker away, 2 pushing, 3 resyncing (the worker processes its job), 4 rotating (the worker replaces the escrow deposit), 5 stuck (pushed and not ingested), 6 blocked (users cannot write, or their lease has expired), 7 unknown (the gauge is gone).',
          query: promql`${phase}{relay="$RELAY"}`,
        },
        {
          text: `How long it has been pending, in seconds. A gateway restart does not reset it; without its gauge, a relay is remembered for ${site.thresholds.pendingWrites.carryFor} (\`thresholds.pendingWrites.carryFor\`).`,
          query: promql`time() - (${pendingStart}{relay="$RELAY"} > 0)`,
        },
        {
          text: 'The gauge on each gateway process. It is 0 or 1, not a count, and it disappears when the process restarts.',
          query: promql`${gatewayPendingWrites}{relay="$RELAY"}`,
        },
        {
          text: 'Pushes of the whole gateway by result. The observed build has no `relay` label here, and `success` means delivered, not ingested.',
          query: promql`${pushes}`,
        },
        {
          text: 'Seconds until the lease expires. The value comes from a recording rule, because the gauge of the gateway does not count down.',
          query: promql`${leaseExpiry}{relay="$RELAY"} - time()`,
        },
        {
          text: 'Reads and writes that are served from the replica.',
          query: promql`${gatewayReplicaFallbacks}{relay="$RELAY"}`,
        },
        { text: `The same as graphs: ${panel('gateway-relay', 7)}.` },
      ],
    },
    {
      step: 'find-worker',
      content: [
        {
          text: 'Each line is a worker whose exporter reported the relay within a week. 1: the exporter is up. 0: the host is off, or the exporter is down. Several lines: the relay has several workers.',
          query: workerHosts(site),
        },
        {
          text: `From the host or the key to a person, and what to do if no one answers: [Whom to ask](README.md#contacts). ${step('check-registration')} shows whether a worker is online.`,
        },
        {
          text: `No line: no exporter has reported the relay for a week, and no metric or response of the gateway names the host or the owner of a worker. Without the host, no step on the worker is possible until its owner can be reached. Until then, ${step('check-mirrors', 'check the mirrors')}: while they are healthy, the writes have a second copy.`,
        },
      ],
    },
    {
      step: 'worker-events',
      content: [
        {
          text: 'In the desktop app of the worker, or on its IPC stream, follow the `gateway-pending-writes` events. Each names the relay, the reason, the types, the drive, the lease and its version. The card "Gateway Pending Writes" shows the same.',
        },
      ],
    },
    {
      step: 'check-mirrors',
      content: [
        ...mirrorsSteps({ site, step }, undefined, {
          nothing: 'read the whole response, see below',
          log: ' (the next step)',
          unhealthy: '',
        }),
        {
          text: 'Drive uploads are in no metric. The gateway log shows when they were stored.',
          ...gatewayLogCommand('Stored drive upload', 'marking pending writes'),
        },
        {
          text: 'If the first check prints nothing, read the whole response: the identifier of a mirror need not be the key of the relay. If you cannot assign any mirror in it to the relay, the relay counts as one without a second copy, so its mirrors are not healthy.',
          command: allMirrorsCommand,
        },
        {
          text: 'The lag in milliseconds from the metrics. 0 also means that the lag is unknown.',
          query: promql`max by (identifier, type) (${gatewayBlindPeerMirrorLag}{identifier="$RELAY"})`,
        },
        {
          text: `**If the mirrors are not healthy, act now, at any hour:** the gateway may hold the only copy of the writes. Ask the [owner of the gateway](README.md#contacts) which blind peers hold the mirrors, and to check that these run, are reachable and have enough space. No metric or response names the hosts of blind peers. Until the mirrors are healthy, do not restart the gateway process, ask the users of the relay to keep copies of what they wrote, and bring a worker of the relay online (${step('find-worker')}). Then check them again.`,
          command: mirrorsCommand,
        },
      ],
    },
    {
      step: 'check-registration',
      content: [
        {
          text: 'A registration expires 300 s after its last renewal, and only an online worker renews it. If nothing but `HTTP 200` is printed, the relay is not registered: pushes have stopped, although the gauge may still be 1.',
          command: registrationCommand,
        },
      ],
    },
  ],
});

const forcePendingWrites = ({ step }: PageContext): ProcedureStep => ({
  step: 'force-pending-writes',
  content: [
    {
      text: 'For a drill only. `gateway-observability drill` follows these steps and ticks off each reaction.',
      command:
        'npx gateway-observability drill --prometheus "${PROMETHEUS:?see above}" --relay "${RELAY:?see above}"',
    },
  ],
  parts: [
    {
      step: 'stop-worker',
      content: [
        {
          text: 'Send the worker the IPC message `stop-gateway`, or close the app. No shell command for either is documented: ask the owner of the worker. Wait 45 s: the policy does not grant a lease earlier.',
        },
      ],
    },
    {
      step: 'upload-file',
      content: [
        { text: `${step('request-lease')}. Skip this if the gateway runs without escrow.` },
        {
          text: 'Upload a small text file, `resync-<time>.txt`. It stays in the drive of the relay, where its users can see it, so announce it to them; no command to delete it is documented. 425 means that the relay has no lease.',
          command: uploadCommand,
        },
        {
          text: 'The gateway log shows the upload and that the relay was marked as pending.',
          ...gatewayLogCommand('Stored drive upload', 'marking pending writes'),
        },
      ],
    },
    {
      step: 'confirm-pending',
      content: [
        {
          text: 'Within two scrapes the gauge is 1.',
          query: promql`${gatewayPendingWrites}{relay="$RELAY"}`,
        },
      ],
    },
  ],
});

const watchResync = ({ step }: PageContext): ProcedureStep => ({
  step: 'watch-resync',
  content: [
    {
      text: `The worker queues one job per relay when it receives a push. Follow it in the events (${step('worker-events')}), in its file and in its log.`,
    },
  ],
  parts: [
    {
      step: 'read-state-file',
      content: [
        {
          text: 'On the host of the worker. `pending` means that the job has not finished or that its `cleared` push was lost; `cleared` only means that the worker reported completion. The file is overwritten in place, so if it is invalid, read it again. No file: the path is wrong, the file was deleted, or the worker never had a pending write; ask its owner which.',
          ...stateFileCommand,
        },
        {
          text: `If the file stays invalid, two writes have overlapped in it. The worker still has its queue in memory, but loses it if it restarts on such a file. First: ${step('rewrite-state-file')}.`,
        },
      ],
    },
    {
      step: 'search-worker-log',
      content: [
        {
          text: 'The observed system documents no fixed place for the logs of worker and gateway, so it depends on the site: see [the variables](README.md#variables). The line `Job failed` contains the error. A failed job is not retried until there is a new write or the worker restarts.',
          ...workerLogCommand,
        },
      ],
    },
  ],
});

const clearStuckJob = ({ step, alert }: PageContext): ProcedureStep => ({
  step: 'clear-stuck-job',
  content: [
    {
      text: `Start with the mildest step: ${step('restart-service')}, then ${step('start-pushes')}. ${step('discard-state-file')} and ${step('clear-by-hand')} are last resorts.`,
    },
  ],
  parts: [
    {
      step: 'restart-service',
      content: [
        {
          text: `On the host of the worker: is the file valid? If not, do not kill or restart the process: ${step('rewrite-state-file')}.`,
          ...validFileCommand,
        },
        {
          text: 'Note the pending relays of the file: if the queue is lost, each needs a new push.',
          ...pendingInFileCommand,
        },
        {
          text: 'Send the worker the IPC message `stop-gateway`. It then rewrites the file from memory. Check that the file is still valid, then send `start-gateway`. The worker reads the file and continues with its queue. No documented shell command sends these messages; the command below only checks the file.',
          ...validFileCommand,
        },
        {
          text: 'If you cannot send the messages, ask the owner of the worker to quit the app while the file is valid. Check the file again before the owner starts the app, because quitting may rewrite it. Then start the app.',
          ...validFileCommand,
        },
        {
          text: `If the file is invalid after \`stop-gateway\`: ${step('rewrite-state-file')}. If it is invalid after the app has quit, the queue is lost: start the app, and ${step('start-pushes')} for each relay that you noted.`,
        },
        { text: `${step('confirm-clear')}, for each relay that was pending on this worker.` },
      ],
    },
    {
      step: 'rewrite-state-file',
      content: [
        {
          text: `Note which relays are pending, while the worker still runs: the query for relays on the page ${alert('PendingWritesStateFileUnreadable')} lists those that its file has named. Then send the worker the IPC message \`stop-gateway\`. It rewrites the file from memory. Check that the file is valid JSON, then send \`start-gateway\`. ${REWRITE_ONLY}`,
          ...validFileCommand,
        },
        {
          text: `If no one can send the messages, leave it until working hours, do not restart the app, and then ask its developers. A new push to any of its relays rewrites the file as well, but needs the drive, which a broken file does not show: only if someone knows the \`driveIdentifier\` of one, ${step('start-pushes')} for it. So does a rotation: ${step('run-rotation')} in a REPL, not with a restart.`,
        },
        {
          text: `If the file is still invalid after \`stop-gateway\`, its last two writes have overlapped again. Check it once more, in case a write was still in progress. If it is still invalid, the queue cannot be saved: send \`start-gateway\`, and ${step('start-pushes')} for each relay that you noted.`,
        },
        {
          text: `If the process was already killed or restarted on a broken file, its queue is lost. ${step('start-pushes')} for each of its pending relays.`,
        },
      ],
    },
    {
      step: 'discard-state-file',
      content: [
        {
          text: 'The worker forgets every relay of the file. This lists the pending ones; note them all, because each needs its pushes started again:',
          ...pendingInFileCommand,
        },
        {
          text: 'Send `stop-gateway`, wait until the service has stopped, then move the file away. Stopping rewrites the file, so moving it earlier has no effect.',
          host: 'worker',
          command: 'mv "$STATE_FILE" "$STATE_FILE.discarded"',
        },
        { text: `Send \`start-gateway\`, then ${step('start-pushes')}, for each relay of that list.` },
      ],
    },
    {
      step: 'start-pushes',
      content: [
        {
          text: `A worker of the relay must be online and registered: ${step('check-registration')}.`,
          command: registrationCommand,
        },
        {
          text: `${step('request-lease')}. Skip this if the gateway still holds a lease for the relay, or runs without escrow. A lease is needed although a worker is online, because only a write that the gateway accepts starts pushes.`,
        },
        {
          text: 'In that request, set `LAST_HEALTHY_MS` to a time more than 45 s ago: `LAST_HEALTHY_MS=$(( ($(date +%s) - 60) * 1000 ))`. The request then states that no worker is healthy, which is not the case here. The observed gateway does not check it. If your site does not allow such a request, ask the owner of the gateway.',
        },
        {
          text: 'A later build may check it and refuse with `peers-still-healthy`. Then request the lease and write while the network of the worker is disconnected, for more than 45 s and less than 300 s. Do not close the app for it: it registers again when it starts, and the push is lost.',
        },
        {
          text: `Write something to the relay. Pushes start only when a write is marked as pending. If the state file cannot be read and no one knows the drive, leave it until working hours: users cannot choose to write through the gateway while a worker is online. The file, \`resync-<time>.txt\`, stays in the drive, where the users of the relay can see it; no command to delete it is documented. 425 means that the relay has no lease.`,
          command: uploadCommand,
        },
        {
          text: 'In the observed build, toggling `gatewayPendingWrites` in `relay_metadata` or registering the relay again starts no push, and a registration overwrites the pending state. In a later build it may work.',
        },
        {
          text: 'The push counter increases, and the gauge becomes 1 and then 0.',
          query: promql`${gatewayPendingWrites}{relay="$RELAY"}`,
        },
      ],
    },
    {
      step: 'clear-by-hand',
      content: [
        {
          text: `Last resort: the gateway drops the pending state, and it is possible that no worker has ingested the writes. Use it only if the owner of the worker confirms that it has the writes, or if the relay is no longer used. ${step('check-mirrors')} now and again after a few minutes, so that a mirror that is just failing is noticed.`,
          command: mirrorsCommand,
        },
        {
          text: 'Clear the metadata. 404 means that the registration has expired; the gauge then stays at 1. Bring the worker online so that it registers, and repeat the call. 200 means that it is cleared.',
          command: clearCommand,
        },
        {
          text: 'With several gateway processes, only the process that answered clears its gauge. A stale 1 on another process disappears after the next write to that process has been cleared, or when the process restarts.',
          query: promql`${gatewayPendingWrites}{relay="$RELAY"}`,
        },
      ],
    },
  ],
});

const restartGateway = ({ site, step }: PageContext): ProcedureStep => ({
  step: 'restart-gateway',
  content: [
    {
      text: `A restart drops pushes and leases, and the gauges disappear. The relays are still pending afterwards and have to be pushed again, so note those that are pending now. ${RESTART_MAY_LOSE} Before you restart a process that still runs, ${step('check-mirrors', 'check the mirrors')} of these relays, and do not restart it unless they are healthy. With several processes, restart one at a time.`,
      query: promql`topk(50, time() - (${pendingStart} > 0))`,
    },
    {
      text: 'The observed system documents no command that starts or restarts the gateway: use the service manager of your site (for example systemd or the container platform), on the host that the label `instance` names. Check that the process is scraped again.',
      query: promql`${up}{${site.gateway}}`,
    },
    {
      text: `${step('start-pushes')} for each relay that you noted, as soon as its worker is online. Where users need to write before that: ${step('request-lease')}.`,
    },
  ],
});

const rotateDeposit = ({ step }: PageContext): ProcedureStep => ({
  step: 'rotate-deposit',
  content: [],
  parts: [
    {
      step: 'run-rotation',
      content: [
        {
          text: `After the worker has ingested the writes, note the time, then run \`gatewayService.rotateGatewayWriter(relayKey)\` in a REPL of the worker. How to open one is not documented: ask the developers of the app. Or have its owner quit the app and start it again, which rotates all its relays: only with a valid state file, and with a check of the file in between, as in ${step('restart-service')}. The observed build does not handle the IPC action \`rotate-gateway-writer\`.`,
        },
      ],
    },
    {
      step: 'fix-rotation',
      content: [
        {
          text: 'Search the log on the host of the worker. The usual causes are an unreachable escrow service and a wrong shared secret.',
          ...rotationLogCommand,
        },
        {
          text: 'Does the escrow service answer? Run this on the host of the worker. Any status shows that it does; 000 that it cannot be reached.',
          host: 'worker',
          command: 'curl -sS -o /dev/null -w \'%{http_code}\\n\' "${ESCROW:?see above}"',
        },
        {
          text: `The shared secret has to be the same on gateway, worker and escrow service. Where it is configured depends on the site: ask the owner of the gateway which one is right. A program that reads it only when it starts has to be restarted after a change: the worker as in ${step('restart-service')}, the gateway as in ${step('restart-gateway')}.`,
        },
        {
          text: 'Results of lease requests on the gateway: `error` points to the escrow service or the secret, `policy-rejection` to the policy.',
          query: promql`sum by (result) (increase(${gatewayEscrowUnlockRequests}[1h]))`,
        },
      ],
    },
    {
      step: 'confirm-deposit',
      content: [
        {
          text: 'The status of the newest rotation should be `completed`, and it should have ended after the failure. `completed` alone does not prove that a new deposit was made.',
          query: promql`${pendingWritesRotationLastStatus}{relay="$RELAY"} == 1`,
        },
        {
          text: 'Seconds since it ended.',
          query: promql`time() - ${pendingWritesRotationLastEnd}{relay="$RELAY"}`,
        },
        {
          text: 'The worker log should have no line with an error since the rotation was started. With both, the rotation counts as successful. Metrics, log and registration cannot prove more; only the owner of the escrow service can look at the deposit.',
          ...rotationLogCommand,
        },
      ],
    },
  ],
});

const confirmClear = (_: PageContext): ProcedureStep => ({
  step: 'confirm-clear',
  content: [],
  parts: [
    {
      step: 'confirm-gauge',
      content: [
        {
          text: 'The gauge should be 0 on every process.',
          query: promql`${gatewayPendingWrites}{relay="$RELAY"}`,
        },
      ],
    },
    {
      step: 'confirm-queue',
      content: [
        {
          text: '0: the state file of the worker says `cleared`. A file in snapshot form then shows `completed` and an empty queue.',
          query: promql`${pendingWritesPending}{relay="$RELAY"}`,
        },
        {
          text: 'If the file stays at `pending` although the job is complete, the `cleared` push was lost. It is sent only once. A restart repeats the job and often loses the push again. A new write that is pushed and cleared corrects the file.',
        },
      ],
    },
    {
      step: 'confirm-lease',
      content: [
        {
          text: 'The gateway log shows the `notifyCleared` push and the release of the lease.',
          ...gatewayLogCommand('notifyCleared', 'lease'),
        },
        {
          text: 'The time to expiry is 0 in the observed build; a later build may show a new term.',
          query: promql`${gatewayEscrowLeaseTimeToExpiry}{relay="$RELAY"} and on (instance, relay) ${gatewayEscrowLeasesActive}{relay="$RELAY"} == 0`,
        },
      ],
    },
  ],
});

const leases = ({ site, step }: PageContext): readonly ProcedureStep[] => [
  {
    step: 'sign-request',
    content: [
      {
        text: 'A signature is the hex HMAC-SHA256 of the payload, with the shared secret of the gateway as the key. The payload is JSON with sorted keys and without spaces, which is what `jq -cS` prints. Keep the secret in a file that only you can read; `sign` reads it from there.',
        command: `printf %s '{"relayKey":"example"}' | sign`,
      },
    ],
  },
  {
    step: 'query-leases',
    content: [
      {
        text: 'Trust this over the metrics, which miss a renewal that leaves the gauge at 600 s. Times are milliseconds since the epoch; a lease is current if `expiresAt` is in the future and `releasedAt` is empty. Nothing but `HTTP 200`: the process that answered holds no lease for the relay.',
        command: queryLeasesCommand,
      },
    ],
  },
  {
    step: 'request-lease',
    content: [
      {
        text: 'The escrow policy grants or refuses the lease based on the evidence in the request. The gateway does not check the evidence, so use the values that this step finds; only to start pushes while a worker is online, use what that step says. First get the lag of the best mirror: the smallest `lagMs` above 0. If all are 0, the lag is unknown: ask the owner of the gateway.',
        command: mirrorsCommand,
      },
      lastOnlineStep,
      {
        text: 'If the query returns nothing, ask the owner of the worker. Then request the lease. A lease lasts 10 minutes and is not renewed automatically: repeat the request while users need to write, or bring a worker back. Users then write through the worker, without a lease.',
        command: requestLeaseCommand,
      },
      {
        text: `\`HTTP 200\` with \`"status":"ok"\`: granted. \`HTTP 400\` with one of these reasons: refused by the policy. \`peers-still-healthy\`, \`peer-timeout-not-reached\`: by the evidence, a worker was online less than 45 s ago, so wait and repeat. \`mirror-too-stale\`, \`mirror-window-expired\`: the mirrors are not up to date, see the end of ${step('check-mirrors')}. \`registration-flag-missing\`: the request had no evidence. \`record-revoked\`, \`record-expired\`: the worker must come back and rotate its deposit.`,
      },
      {
        text: `Anything else is an error. \`escrow-record-not-found\`, with any status: the relay has no deposit, so its worker must come back. \`HTTP 503\` with \`escrow-disabled\`: the gateway runs without escrow and needs no lease for uploads. \`HTTP 000\`: the gateway did not answer, and an error of \`curl\` gives the reason. Another response: ${step('fix-rotation', 'check the escrow service and the secret')}; which status a wrong secret gets is not documented.`,
      },
      {
        text: 'With several gateway processes, a lease counts only on the process that granted it. On which process are writes rejected? `instance` names it.',
        query: promql`sum by (instance) (increase(${gatewayRelayFallbackWrites}{${site.gateway}, relay="$RELAY", result="readonly"}[${site.rateWindow}])) > 0`,
      },
      {
        text: 'Which process has a lease for the relay? 1 from the grant to the release, also after the expiry. If it is not the one that rejects, request the lease from that one: set `GATEWAY` to its own address. Its host is the host of `instance`; whether its API has the same port, and is reachable without the common address, depends on the site: try `http://<instance>`, or ask the [owner of the gateway](README.md#contacts). If you cannot reach it, repeat the request at the common address until this query shows the process that rejects.',
        query: promql`${gatewayEscrowLeasesActive}{${site.gateway}, relay="$RELAY"} == 1`,
      },
    ],
  },
];

const maintenance = ({ site, alert }: PageContext): ProcedureStep => ({
  step: 'planned-maintenance',
  content: [
    {
      text: 'If a worker will be away, silence its exporter, then its relays. Relay alerts have no `instance` label, so the commands read the relays from Prometheus while the exporter is still up.',
      command: [
        'amtool --alertmanager.url="${ALERTMANAGER:?see above}" silence add instance="${INSTANCE:?see above}" --duration=12h --author="$USER" --comment=\'worker away\'',
        `RELAYS=$(promtool query instant -o json "\${PROMETHEUS:?see above}" \\`,
        `  "group by (relay) (${pendingWritesPending.name}{instance='\${INSTANCE:?see above}'} or ${pendingWritesRotationLastAttempts.name}{instance='\${INSTANCE:?see above}'})" |`,
        `  jq -r '[.[].metric.relay] | join("|")')`,
        '[ -n "$RELAYS" ] && amtool --alertmanager.url="${ALERTMANAGER:?see above}" silence add "relay=~$RELAYS" signal=~\'pending-writes|worker-queue|replica-fallback\' \\',
        '  --duration=12h --author="$USER" --comment=\'worker away\'',
      ].join('\n'),
    },
    {
      text: 'The silence does not include lease alerts: users who cannot write while the worker is away are still a problem.',
    },
    {
      text: `If a gateway process will be down, silence ${alert('GatewayDown')} for it. A silenced alert still inhibits other alerts.`,
      command:
        'amtool --alertmanager.url="${ALERTMANAGER:?see above}" silence add alertname=GatewayDown instance="${INSTANCE:?see above}" --duration=1h --author="$USER" --comment=\'gateway maintenance\'',
    },
    {
      text: 'After a gateway restart, pushes do not resume and leases are gone. These relays were pending before the restart and have no gauge now:',
      query: withoutGauge(site),
    },
    {
      text: 'Expire the silence as soon as the maintenance is over.',
      command: [
        'amtool --alertmanager.url="${ALERTMANAGER:?see above}" silence query',
        'amtool --alertmanager.url="${ALERTMANAGER:?see above}" silence expire "${SILENCE:?see above}"',
      ].join('\n'),
    },
  ],
});

const configuration = (_: PageContext): ProcedureStep => ({
  step: 'change-configuration',
  content: [
    {
      text: 'Rules, dashboards and these pages are generated from a configuration file. Where it lies and how its output is installed depends on the site: ask the people who maintain it ([Whom to ask](README.md#contacts)). In its folder, after a change:',
      command: 'npx gateway-observability generate --config site.yaml --out build',
    },
    {
      text: 'Install the output as on your last change, and reload Prometheus. These pages are part of it; publish them as well.',
    },
  ],
});

/** The operator procedure, in the order in which it is followed. */
export const procedure: ProcedureDefinition = (context) => [
  confirmState(context),
  forcePendingWrites(context),
  watchResync(context),
  clearStuckJob(context),
  restartGateway(context),
  rotateDeposit(context),
  confirmClear(context),
  ...leases(context),
  maintenance(context),
  configuration(context),
];
