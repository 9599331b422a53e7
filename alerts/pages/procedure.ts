import {
  pendingWritesPending,
  pendingWritesRotationLastAttempts,
  pendingWritesRotationLastStatus,
} from '../../metrics/exporter.js';
import {
  gatewayBlindPeerMirrorLag,
  gatewayEscrowLeasesActive,
  gatewayEscrowLeaseTimeToExpiry,
  gatewayEscrowUnlockRequests,
  gatewayPendingWrites,
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
  CHECKS_ONLY,
  clearCommand,
  gatewayLogCommand,
  mirrorsCommand,
  queryLeasesCommand,
  registrationCommand,
  requestLeaseCommand,
  rotationLogCommand,
  stateFileCommand,
  uploadCommand,
  validFileCommand,
  workerLogCommand,
} from './commands.js';
import { lastOnlineStep, workerHosts } from './queries.js';

const confirmState = ({ site, step, panel }: PageContext): ProcedureStep => ({
  step: 'confirm-state',
  content: [],
  parts: [
    {
      step: 'query-metrics',
      content: [
        {
          text: 'Phase of the relay: 0 idle, 1 worker away, 2 pushing, 3 resyncing, 4 rotating, 5 stuck, 6 blocked, 7 unknown.',
          query: promql`${phase}{relay="$RELAY"}`,
        },
        {
          text: 'How long it has been pending, in seconds. A gateway restart does not reset it.',
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
          text: `No line: no exporter has reported the relay for a week, and no metric or response of the gateway names the host of a worker. ${step('check-registration')} shows whether a worker is online. Ask the owner of the relay on which host it runs, or look in the inventory of your site. Without the host, steps on the worker are not possible. The owner can then restart the desktop app, after checking that its state file is valid.`,
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
        {
          text: 'Ask the gateway. `healthy` should be true and `lagMs` small. The request needs no signature.',
          command: mirrorsCommand,
        },
        {
          text: 'The identifier of a mirror need not be the key of the relay. If nothing is printed, read the whole response.',
          command: 'curl -sS "$GATEWAY/api/blind-peer/replicas" | jq .',
        },
        {
          text: 'The lag in milliseconds from the metrics. 0 also means that the lag is unknown.',
          query: promql`max by (identifier, type) (${gatewayBlindPeerMirrorLag}{identifier="$RELAY"})`,
        },
      ],
    },
    {
      step: 'check-registration',
      content: [
        {
          text: 'A registration expires 300 s after its last renewal, and only an online worker renews it. If nothing is printed, the relay is not registered: pushes have stopped, although the gauge may still be 1.',
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
      command: 'gateway-observability drill --prometheus "$PROMETHEUS" --relay "$RELAY"',
    },
  ],
  parts: [
    {
      step: 'stop-worker',
      content: [
        {
          text: 'Send the worker the IPC message `stop-gateway`, or close the app. Neither has a documented shell command. Wait 45 s: the policy does not grant a lease earlier.',
        },
      ],
    },
    {
      step: 'upload-file',
      content: [
        { text: `${step('request-lease')}. Skip this if the gateway runs without escrow.` },
        {
          text: 'Upload a file. 425 means that the relay has no lease.',
          command: uploadCommand,
        },
        {
          text: 'The gateway log shows the upload and that the relay was marked as pending.',
          command: gatewayLogCommand('Stored drive upload', 'marking pending writes'),
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
          text: 'On the host of the worker. `pending` means that the job has not finished or that its `cleared` push was lost; `cleared` only means that the worker reported completion. The file is overwritten in place, so if it is invalid, read it again.',
          command: stateFileCommand,
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
          text: 'The observed system documents no fixed place for the logs of worker and gateway, so it depends on the site. If a log is in the journal, save it to a file first: `journalctl -u <unit> > <file>`. `Job failed` shows the error. A failed job is not retried until there is a new write or the worker restarts.',
          command: workerLogCommand,
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
          text: 'On the host of the worker: is the file valid? If not, do not kill or restart the process.',
          command: validFileCommand,
        },
        {
          text: `Send the worker the IPC message \`stop-gateway\`. It then rewrites the file from memory. Check that the file is valid, then send \`start-gateway\`. The worker reads the file and continues with its queue. ${CHECKS_ONLY}`,
          command: validFileCommand,
        },
        {
          text: `\`stop-gateway\` and \`start-gateway\` are IPC messages of the desktop app, not shell commands, and the observed system documents no command that sends them. If you cannot send them, ask the owner of the worker to quit the app and start it again. Do this only while the file is valid. If it is not: ${step('rewrite-state-file')}.`,
        },
        { text: `${step('confirm-clear')}.` },
      ],
    },
    {
      step: 'rewrite-state-file',
      content: [
        {
          text: `Note which relays are pending, while the worker still runs: the query for relays on the page ${alert('PendingWritesStateFileUnreadable')} lists those that its file has named. Then send the worker the IPC message \`stop-gateway\`. It rewrites the file from memory. Check that the file is valid JSON, then send \`start-gateway\`. ${CHECKS_ONLY}`,
          command: validFileCommand,
        },
        {
          text: 'If you cannot send IPC messages, do not restart the app. A new push or a rotation of any of its relays rewrites the file as well.',
        },
        {
          text: `If the file is still invalid after \`stop-gateway\`, its last two writes have overlapped again. Wait a minute and check it once more. If it stays invalid, the queue cannot be saved: send \`start-gateway\`, and ${step('start-pushes')} for each relay that you noted.`,
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
          text: 'Do this only if no other relay in the file is pending: the worker forgets all of them. This lists the pending ones:',
          command: `jq -r '(.notifications // .relays // [])[] | select(.state == "pending" or .status == "error") | .relayKey' "$STATE_FILE"`,
        },
        {
          text: 'Send `stop-gateway`, wait until the service has stopped, then move the file away. Stopping rewrites the file, so moving it earlier has no effect.',
          command: 'mv "$STATE_FILE" "$STATE_FILE.discarded"',
        },
        { text: `Send \`start-gateway\`, then ${step('start-pushes')}.` },
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
          text: `${step('request-lease')}, although a worker is online. Skip this if the gateway still holds one. The policy decides by the evidence in the request, which the observed gateway does not check. The command states that no worker is healthy (\`healthyCount\` is 0), so here set \`LAST_HEALTHY_MS\` to a time more than 45 s ago. A later build may check the evidence and refuse with \`peers-still-healthy\`. Then repeat the request and the write when the worker is next away, within 300 s, before its registration expires. Skip the lease if the gateway runs without escrow.`,
        },
        {
          text: `Write something to the relay. Pushes start only when a write is marked as pending. If the state file cannot be read, the drive is unknown: ask a user of the relay to write something through the gateway instead. 425 means that the relay has no lease.`,
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
          text: `Last resort: the gateway drops the pending state, and it is possible that no worker has ingested the writes. ${step('check-mirrors')} twice.`,
          command: mirrorsCommand,
        },
        {
          text: 'Clear the metadata. 404 means that the registration has expired; the gauge then stays at 1. Bring the worker online so that it registers, and repeat the call.',
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
      text: 'A restart drops pushes and leases, and the gauges disappear. Note the relays that are pending now.',
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
          text: 'After the worker has ingested the writes, run `gatewayService.rotateGatewayWriter(relayKey)` in a REPL of the worker, or restart the worker, which rotates all its relays: quit the desktop app and start it again, but only if its state file is valid. The observed build does not handle the IPC action `rotate-gateway-writer`.',
        },
      ],
    },
    {
      step: 'fix-rotation',
      content: [
        {
          text: 'Search the log on the host of the worker. The usual causes are an unreachable escrow service and a wrong shared secret.',
          command: rotationLogCommand,
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
          text: '`completed` alone does not prove that a new deposit was made. Look at the registration as well.',
          query: promql`${pendingWritesRotationLastStatus}{relay="$RELAY"} == 1`,
        },
        {
          text: `${step('check-registration')} before and after the rotation, and compare: the escrow package should have changed.`,
          command: registrationCommand,
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
          command: gatewayLogCommand('notifyCleared', 'lease'),
        },
        {
          text: 'The time to expiry is 0 in the observed build; a later build may show a new term.',
          query: promql`${gatewayEscrowLeaseTimeToExpiry}{relay="$RELAY"} and on (instance, relay) ${gatewayEscrowLeasesActive}{relay="$RELAY"} == 0`,
        },
      ],
    },
  ],
});

const leases = ({ step }: PageContext): readonly ProcedureStep[] => [
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
        text: 'Trust this over the metrics, which miss a renewal that leaves the gauge at 600 s.',
        command: queryLeasesCommand,
      },
    ],
  },
  {
    step: 'request-lease',
    content: [
      {
        text: 'The escrow policy grants or refuses the lease based on the evidence in the request. The gateway does not check the evidence, so use the values that this step finds. First get the lag of the best mirror, `lagMs`.',
        command: mirrorsCommand,
      },
      lastOnlineStep,
      {
        text: 'If the query returns nothing, ask the owner of the worker. Then request the lease. Success is `"status":"ok"` with the lease. It lasts 10 minutes and is not renewed automatically: repeat the request while users need to write, or bring a worker back, which ends the need for a lease.',
        command: requestLeaseCommand,
      },
      {
        text: 'A refusal is a 400 with the reason. `peers-still-healthy`, `peer-timeout-not-reached`: by the evidence, a worker was online less than 45 s ago, so wait and repeat. `mirror-too-stale`, `mirror-window-expired`: bring the mirrors up to date first. `registration-flag-missing`: the evidence is missing. `record-revoked`, `record-expired`: the worker must rotate its deposit.',
      },
      {
        text: `An error is not a refusal. \`escrow-record-not-found\`: the relay has no deposit, so its worker must come back; 503 \`escrow-disabled\`: the gateway runs without escrow and needs no lease for uploads; anything else: ${step('fix-rotation', 'check the escrow service and the secret')}.`,
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
        'amtool --alertmanager.url="$ALERTMANAGER" silence add instance="$INSTANCE" --duration=12h --author="$USER" --comment=\'worker away\'',
        `RELAYS=$(promtool query instant -o json "$PROMETHEUS" \\`,
        `  "group by (relay) (${pendingWritesPending.name}{instance='$INSTANCE'} or ${pendingWritesRotationLastAttempts.name}{instance='$INSTANCE'})" |`,
        `  jq -r '[.[].metric.relay] | join("|")')`,
        '[ -n "$RELAYS" ] && amtool --alertmanager.url="$ALERTMANAGER" silence add "relay=~$RELAYS" signal=~\'pending-writes|worker-queue|replica-fallback\' \\',
        '  --duration=12h --author="$USER" --comment=\'worker away\'',
      ].join('\n'),
    },
    {
      text: 'The silence does not include lease alerts: users who cannot write while the worker is away are still a problem.',
    },
    {
      text: `If a gateway process will be down, silence ${alert('GatewayDown')} for it. A silenced alert still inhibits other alerts.`,
      command:
        'amtool --alertmanager.url="$ALERTMANAGER" silence add alertname=GatewayDown instance="$INSTANCE" --duration=1h --author="$USER" --comment=\'gateway maintenance\'',
    },
    {
      text: 'After a gateway restart, pushes do not resume and leases are gone. These relays were pending before the restart and have no gauge now:',
      query: promql`(${pendingStart} > 0) unless on (${site.by('relay')}) (${gatewayPendingWrites} == 1)`,
    },
    {
      text: 'Expire the silence as soon as the maintenance is over.',
      command: [
        'amtool --alertmanager.url="$ALERTMANAGER" silence query',
        'amtool --alertmanager.url="$ALERTMANAGER" silence expire "${SILENCE:?set it to the id of the silence}"',
      ].join('\n'),
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
];
