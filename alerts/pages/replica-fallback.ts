import {
  gatewayBlindPeerActive,
  gatewayBlindPeerMirrorLag,
  gatewayEscrowPolicyRejections,
  gatewayEscrowUnlockRequests,
  processStartTime,
} from '../../metrics/gateway.js';
import { pendingCount, pendingStart } from '../../recording-rules/pending-writes.js';
import {
  fallbackRate,
  fallbackStart,
  unlockRequests,
  writesTurnedAway,
} from '../../recording-rules/replica-fallback.js';
import type { PageContext, PageEnd, PageStep, RunbookPages } from '../../src/model/runbook.js';
import { promql } from '../../src/promql/template.js';
import {
  allMirrorsCommand,
  gatewayLogCommand,
  mirrorsCommand,
  queryLeasesCommand,
  registrationCommand,
  requestLeaseCommand,
} from './commands.js';
import { bringBack, hostStep, mirrorsSteps, phaseStep, requestSteps } from './queries.js';
import { AVOID_RESTART, RESTART_MAY_LOSE, restartStep } from './restart.js';

const since: PageStep = {
  text: 'Since when? How long the replica has served the relay, in seconds.',
  query: promql`time() - (${fallbackStart}{relay="$RELAY"} > 0)`,
};
const others: PageStep = {
  text: 'Which other relays? The ten that have been served from a replica longest.',
  query: promql`topk(10, time() - (${fallbackStart} > 0))`,
};
const reads: PageStep = {
  text: 'Reads per second from the replica.',
  query: promql`${fallbackRate}{relay="$RELAY"}`,
};
const fallbackEnded = ({ site }: PageContext): PageEnd => ({
  query: promql`${fallbackStart}{relay="$RELAY"} > 0`,
  becomes: 'empty',
  text: `A worker serves the relay again, or no one has read from the replica for ${site.thresholds.replicaFallback.quietAfter} (\`thresholds.replicaFallback.quietAfter\`).`,
});
const requests: PageStep = {
  text: 'Results of lease requests in the last 15 minutes.',
  query: promql`${unlockRequests}`,
};
const rejectedWrites: PageStep = {
  text: 'For which relays are writes being rejected?',
  query: promql`topk(10, ${writesTurnedAway})`,
};

const mainPathSteps = (context: PageContext): PageStep[] => [
  since,
  reads,
  { ...phaseStep(context), mayBeEmpty: true },
  hostStep(context, { mayBeEmpty: true }),
  others,
];

export const replicaFallbackPages: RunbookPages = {
  GatewayReplicaMainPath: (context) => ({
    firesWhen: `the relay has been served from its replica for longer than ${context.site.thresholds.replicaFallback.infoAfter} (\`thresholds.replicaFallback.infoAfter\`)`,
    urgency: 'None while the worker is meant to be away.',
    meaning:
      'No worker serves the relay, so its readers get the copy that the mirrors hold. What the gateway accepts is written to the mirrors as well; what was only on the worker when it left is not there.',
    impact: 'None while the worker is meant to be away: that is what the replica is for.',
    check: mainPathSteps(context),
    act: [
      { text: 'If the worker is meant to be away, do nothing.' },
      {
        text: 'If it should be online, check that it has registered the relay: nothing but `HTTP 200` means that it has not.',
        command: registrationCommand,
      },
    ],
    over: fallbackEnded(context),
    returnsIf: 'The worker is away for hours again.',
  }),

  GatewayReplicaMainPathTooLong: (context) => ({
    firesWhen: `the relay has been served from its replica for longer than ${context.site.thresholds.replicaFallback.warningAfter} (\`thresholds.replicaFallback.warningAfter\`)`,
    urgency: 'Can wait until the morning.',
    meaning: 'No worker has served the relay for longer than an overnight outage explains.',
    impact:
      'Readers get the copy of the mirrors, which has nothing that exists only on the worker. Every write needs an escrow lease.',
    check: mainPathSteps(context),
    act: [
      { text: 'Ask the owner of the worker whether it is still in use.' },
      {
        text: 'If it is running, is the relay registered? Nothing but `HTTP 200` means that it is not.',
        command: registrationCommand,
      },
      restartStep(
        context,
        'If it is not registered, the owner has to quit the app and start it again, because the worker registers its relays when it starts.',
      ),
      {
        text: `If the relay is pending, that registration overwrites its pending state, so afterwards: ${context.step('start-pushes')}.`,
      },
      { text: 'Remove the relay if it is no longer used.' },
    ],
    avoid: [
      AVOID_RESTART,
      'Rely on the number of sessions in replica mode: a session stays in this mode until its socket closes, even after the worker is back. Look at reads instead.',
    ],
    over: fallbackEnded(context),
    returnsIf: 'The worker stays away for that long again.',
  }),

  GatewayWritesTurnedAway: (context) => ({
    firesWhen: 'websocket writes to the relay are rejected as read-only, for longer than a short burst',
    urgency:
      'Now. Users cannot write. Request a lease first, which lasts 10 minutes, then bring the worker back: that is the lasting fix. Repeat the request until then only if the writes cannot wait.',
    meaning: 'The worker of the relay is away, and the gateway holds no escrow lease for the relay.',
    impact:
      'Users of the relay cannot write. Drive uploads, joins and callbacks are rejected with HTTP 425 as well. No metric counts those, so more requests may be affected.',
    check: [
      {
        text: `Since when? Seconds since the first rejected write within a day. An earlier burst counts as well; the graph separates them: ${context.panel('gateway-overview', 8)}.`,
        query: promql`time() - min_over_time(timestamp(${writesTurnedAway}{relay="$RELAY"} > 0)[1d:1m])`,
      },
      {
        text: `How many writes were rejected in the last ${context.site.rateWindow}?`,
        query: promql`${writesTurnedAway}{relay="$RELAY"}`,
      },
      { ...requests, mayBeEmpty: true },
      { ...hostStep(context), mayBeEmpty: true },
      { text: 'Which other relays?', query: promql`topk(10, ${writesTurnedAway})` },
      {
        text: 'Was the gateway restarted? A restart loses the leases. Seconds since the start of each process.',
        query: promql`time() - ${processStartTime}{${context.site.gateway}}`,
      },
      {
        text: `Does the gateway hold a lease for the relay? ${context.step('query-leases')} explains the output; nothing but \`HTTP 200\` means that it holds none.`,
        command: queryLeasesCommand,
      },
    ],
    act: [
      ...requestSteps({
        text: `${context.step('request-lease')}. That step explains each response. With several gateway processes, its last two queries show which one to ask.`,
        command: requestLeaseCommand,
      }),
      {
        text: 'If the response is `escrow-disabled`, the gateway runs without escrow, and read-only responses are normal: set `escrow: off` in the configuration of this bundle.',
      },
      bringBack(context.step),
    ],
    over: {
      query: promql`${writesTurnedAway}{relay="$RELAY"} > 0`,
      becomes: 'empty',
      text: `No write was rejected for ${context.site.rateWindow}. To be sure, ask a user to write or upload a file.`,
    },
    returnsIf: 'The lease expires while users keep writing. It lasts 10 minutes.',
  }),

  GatewayFallbackOnStaleMirror: (context) => ({
    firesWhen: `the relay is served from its replica, and its best mirror has not been active for ${context.site.thresholds.replicaFallback.mirrorLagSeconds} s (\`thresholds.replicaFallback.mirrorLagSeconds\`)`,
    urgency: 'Can wait until the morning. Readers see old data.',
    meaning: 'The worker is away, and the copy that readers get is stale.',
    impact:
      'Readers may see old data. New leases may be refused because the mirror is stale (`mirror-too-stale`).',
    check: [
      {
        text: 'Lag of the best mirror, in seconds.',
        query: promql`min by (identifier) (${gatewayBlindPeerMirrorLag}{${context.site.gateway}, type="relay", identifier="$RELAY"} > 0) / 1000`,
      },
      {
        ...since,
        text: 'How long the replica has served the relay, in seconds. The mirror may have been inactive for longer.',
      },
      { ...hostStep(context), mayBeEmpty: true },
      {
        text: 'Which other relays? Many stale mirrors point to the mirror service as a whole.',
        query: promql`topk(10, min by (identifier) (${gatewayBlindPeerMirrorLag}{${context.site.gateway}, type="relay"} > 0) / 1000)`,
      },
      ...mirrorsSteps(context),
    ],
    act: [
      {
        text: `Ask the owner of the gateway to check the blind peers that hold the mirror: the end of ${context.step('check-mirrors')} says how.`,
      },
      {
        text: `Bring the worker back to refresh the mirror: ask its owner to start the desktop app on its host (${context.step('find-worker')}).`,
        command: registrationCommand,
      },
    ],
    over: {
      query: promql`
        min by (identifier) (${gatewayBlindPeerMirrorLag}{${context.site.gateway}, type="relay", identifier="$RELAY"} > 0) / 1000
          > ${context.site.thresholds.replicaFallback.mirrorLagSeconds}
      `,
      becomes: 'empty',
      text: 'The best mirror is active again. The alert also resolves when clients stop reading from the replica.',
    },
    returnsIf: 'The blind peers fall behind again while the worker is away.',
  }),

  GatewayMirrorServiceDown: ({ site, step, alert }) => ({
    firesWhen: 'the mirror service of every gateway process is down while relays are served from a replica',
    urgency:
      'Now. The gateway may hold the only copy of new writes, so read the steps before you restart anything.',
    meaning:
      '`gateway_blind_peer_active` is 0. The workers of these relays are away, so the gateway serves them from the mirrors, which are no longer updated.',
    impact: 'Readers of these relays see old data at best, and new writes have no second copy.',
    check: [
      {
        text: 'Which gateway processes? 0 means that the service is down. `instance` is the host and port.',
        query: promql`${gatewayBlindPeerActive}{${site.gateway}}`,
      },
      {
        text: 'Since when? Seconds since the service was last running in each process: the smallest number is how long it has been down everywhere, and its process went down last. No line means more than two days.',
        query: promql`time() - max_over_time(timestamp(${gatewayBlindPeerActive}{${site.gateway}} == 1)[2d:1m])`,
        mayBeEmpty: true,
      },
      {
        text: 'In the log of the process that went down last: why did it stop? No line: the gateway logs it in other words; search the log around that time.',
        ...gatewayLogCommand('blind-peer', 'BlindPeer'),
      },
      {
        text: 'Which relays are affected? The ten with the most reads per second.',
        query: promql`topk(10, ${fallbackRate})`,
      },
      {
        text: 'Which relays are pending? What they have accepted since the service stopped has no second copy. They need new pushes after a restart.',
        query: promql`topk(10, time() - (${pendingStart} > 0))`,
        mayBeEmpty: true,
      },
      {
        text: 'Does the service answer? An error or an empty list confirms that it is down in the process that answered.',
        command: allMirrorsCommand,
      },
    ],
    act: [
      {
        text: 'Fix the reason that the log gives first, for example a full disk or blind peers that cannot be reached. On the host of the gateway:',
        host: 'gateway',
        command: 'df -h',
      },
      {
        text: `No documented command restarts only the mirror service: its gateway process has to be restarted, which **drops pushes and leases** (${step('restart-gateway')}). Ask the owner of the gateway first. If no one answers, the pending relays of the checks decide. None, and no alert ${alert('GatewayWritesNotMarkedPending')}: restart. Some: do not restart. ${RESTART_MAY_LOSE} They may have no other copy. Without a restart, readers see old data until the workers are back. Bring the workers of these relays back instead (${step('find-worker')}), and restart when no relay is pending any more.`,
      },
      {
        text: `Restart one process at a time, and check that this is 1 for it before you restart the next.`,
        query: promql`${gatewayBlindPeerActive}{${site.gateway}}`,
      },
      { text: `Then ${step('start-pushes')} for the relays that were pending.` },
    ],
    over: {
      query: promql`${gatewayBlindPeerActive}{${site.gateway}} == 0`,
      becomes: 'empty',
      text: 'The service is running in every gateway process. The alert resolves as soon as it is running in one of them, or when no relay is served from a replica any more; then the service may still be down.',
    },
    returnsIf: 'The service stops again.',
  }),

  GatewayEscrowUnlocksFailing: ({ site, step, alert }) => ({
    firesWhen: 'requests for escrow leases fail, none has succeeded for 15 minutes, and relays need a lease',
    urgency: `Can wait until the morning while no writes are being rejected. When they are, ${alert('GatewayWritesTurnedAway')} pages for each relay.`,
    meaning:
      'The escrow service cannot be reached, or the gateway and the escrow service use different shared secrets.',
    impact: 'Without a lease, writes to relays whose worker is away are rejected.',
    check: [
      requests,
      { ...rejectedWrites, mayBeEmpty: true },
      { text: 'How many relays are pending?', query: promql`${pendingCount}` },
      {
        text: 'On which gateway processes do requests fail? Failed requests since each one started; the label `instance` names the host.',
        query: promql`sum by (instance) (${gatewayEscrowUnlockRequests}{${site.gateway}, result="error"})`,
      },
      { text: 'In the log of that process: which error?', ...gatewayLogCommand('escrow', 'Escrow') },
    ],
    act: [
      {
        text: 'Is the escrow service reachable from the gateway? Any status shows that it is; 000 that it is not. On the host of the gateway:',
        host: 'gateway',
        command: 'curl -sS -o /dev/null -w \'%{http_code}\\n\' "${ESCROW:?see above}"',
      },
      {
        text: `Make the shared secrets of gateway and escrow service match (${step('fix-rotation')}). Check TLS certificates and the database of the service. Where these are configured depends on the site: ask the owner of the gateway.`,
      },
      {
        text: `Then try again for one of the relays: ${step('request-lease')}. That step explains each response.`,
      },
    ],
    over: {
      query: promql`
        ${unlockRequests}{result="error"} > 0
          unless on (${site.by()}) (${unlockRequests}{result="success"} > 0)
      `,
      becomes: 'empty',
      text: 'A request succeeded, or none has failed for 15 minutes. The alert also resolves when no relay needs a lease.',
    },
    returnsIf: 'The escrow service fails again.',
  }),

  GatewayEscrowUnlocksRefused: ({ site, step, alert }) => ({
    firesWhen:
      'the escrow policy has refused every request for a lease for 15 minutes while writes are being rejected',
    urgency: `Can wait until the morning: ${alert('GatewayWritesTurnedAway')} pages for each relay whose users cannot write, and this alert shows why their requests for a lease are refused.`,
    meaning: 'A refusal alone is normal. It is a problem while users cannot write.',
    impact: 'Users cannot write to relays whose worker is away.',
    check: [
      requests,
      {
        text: 'Refusals by reason. In the observed build, the reason is always `unknown`.',
        query: promql`sum by (reason) (${gatewayEscrowPolicyRejections}{${site.gateway}})`,
      },
      rejectedWrites,
      {
        text: `The response to a request gives the reason. Set \`RELAY\` to one of the relays above. ${step('request-lease')} shows how to find \`LAG_MS\` and \`LAST_HEALTHY_MS\`, and what each reason means.`,
        command: requestLeaseCommand,
      },
    ],
    act: [
      {
        text: `\`mirror-too-stale\`, \`mirror-window-expired\`: are the mirrors healthy? Not healthy: act now, see the end of ${step('check-mirrors')}.`,
        command: mirrorsCommand,
      },
      {
        text: '`peers-still-healthy`, `peer-timeout-not-reached` although the worker is gone: the evidence of the requests that were refused says that peers are healthy, or were less than 45 s ago. The request above has `healthyCount: 0`, so `LAST_HEALTHY_MS` is too recent, or the refused requests come from another program: ask the owner of the gateway which one.',
      },
      {
        text: `Another response: ${step('request-lease')} explains it. For \`record-revoked\` and \`record-expired\`: ${step('rotate-deposit')}.`,
      },
    ],
    over: {
      query: promql`
        ${unlockRequests}{result="policy-rejection"} > 0
          unless on (${site.by()}) (${unlockRequests}{result="success"} > 0)
      `,
      becomes: 'empty',
      text: 'A lease was granted, or none was refused for 15 minutes. The alert also resolves when no more writes are rejected.',
    },
    returnsIf: 'The policy refuses the next lease as well, 10 minutes later.',
  }),
};
