import {
  gatewayBlindPeerActive,
  gatewayBlindPeerMirrorLag,
  gatewayEscrowPolicyRejections,
  processStartTime,
} from '../../metrics/gateway.js';
import { pendingCount } from '../../recording-rules/pending-writes.js';
import {
  fallbackRate,
  fallbackStart,
  unlockRequests,
  writesTurnedAway,
} from '../../recording-rules/replica-fallback.js';
import type { PageContext, PageEnd, PageStep, RunbookPages } from '../../src/model/runbook.js';
import { promql } from '../../src/promql/template.js';
import {
  gatewayLogCommand,
  mirrorsCommand,
  queryLeasesCommand,
  registrationCommand,
  requestLeaseCommand,
} from './commands.js';
import { bringBack, hostStep, phaseStep, requestSteps } from './queries.js';

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
  { ...phaseStep(), mayBeEmpty: true },
  hostStep(context, { mayBeEmpty: true }),
  others,
];

export const replicaFallbackPages: RunbookPages = {
  GatewayReplicaMainPath: (context) => ({
    firesWhen: `the relay has been served from its replica for longer than ${context.site.thresholds.replicaFallback.infoAfter} (\`thresholds.replicaFallback.infoAfter\`)`,
    urgency: 'None while the worker is meant to be away.',
    meaning: 'No worker serves the relay, so its readers get the copy of the blind peers.',
    impact: 'None while the worker is meant to be away: that is what the replica is for.',
    check: mainPathSteps(context),
    act: [
      { text: 'If the worker is meant to be away, do nothing.' },
      {
        text: 'If it should be online, check that it has registered the relay.',
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
    impact: 'Readers see an increasingly old copy, and every write needs an escrow lease.',
    check: mainPathSteps(context),
    act: [
      { text: 'Ask the owner of the worker whether it is still in use.' },
      {
        text: 'If it is running, check that the relay is registered. If not, register it or restart the worker.',
        command: registrationCommand,
      },
      { text: 'Remove the relay if it is no longer used.' },
    ],
    avoid: [
      'Rely on the number of sessions in replica mode: a session stays in this mode until its socket closes, even after the worker is back. Look at reads instead.',
    ],
    over: fallbackEnded(context),
    returnsIf: 'The worker stays away for that long again.',
  }),

  GatewayWritesTurnedAway: (context) => ({
    firesWhen: 'websocket writes to the relay are rejected as read-only, for longer than a short burst',
    urgency:
      'Now. Users cannot write. A lease lasts 10 minutes, so the lasting fix is to bring the worker back. Renew the lease until then only if the writes cannot wait.',
    meaning: 'The worker of the relay is away, and the gateway holds no escrow lease for the relay.',
    impact:
      'Users of the relay cannot write. Drive uploads, joins and callbacks are rejected with HTTP 425 as well. No metric counts those, so more requests may be affected.',
    check: [
      {
        text: `Since when? The first rejected writes in the graph: ${context.panel('gateway-overview', 8)}.`,
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
      { text: 'Does the gateway hold a lease for the relay?', command: queryLeasesCommand },
    ],
    act: [
      ...requestSteps({
        text: `${context.step('request-lease')}. If the response is \`peers-still-healthy\` or \`peer-timeout-not-reached\`, wait until no worker has been healthy for 45 s, and repeat. If it is \`mirror-too-stale\`: ${context.step('check-mirrors')}.`,
        command: requestLeaseCommand,
      }),
      {
        text: `If the response is an error rather than a refusal, the escrow service cannot be reached or the shared secret differs: see ${context.alert('GatewayEscrowUnlocksFailing')}.`,
      },
      bringBack(context.step),
      {
        text: 'If the gateway runs without escrow, read-only responses are normal: set `escrow: off` in the configuration of this bundle.',
      },
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
      { ...since },
      { ...hostStep(context), mayBeEmpty: true },
      {
        text: 'Which other relays? Many stale mirrors point to the mirror service as a whole.',
        query: promql`topk(10, min by (identifier) (${gatewayBlindPeerMirrorLag}{${context.site.gateway}, type="relay"} > 0) / 1000)`,
      },
      { text: '`healthy` and `lagMs` of the relay:', command: mirrorsCommand },
    ],
    act: [
      {
        text: 'Check the blind peers that hold the mirror: are they running and reachable, and do they have enough space?',
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

  GatewayMirrorServiceDown: ({ site, step }) => ({
    firesWhen: 'the mirror service of every gateway process is down while relays are served from a replica',
    urgency: 'Now. The gateway may hold the only copy of new writes.',
    meaning:
      '`gateway_blind_peer_active` is 0. The workers of these relays are away, so the mirrors are their only source.',
    impact: 'Readers of these relays get no new data, and pending writes have no second copy.',
    check: [
      {
        text: 'Which gateway process? 0 means that the service is down. `instance` is the host.',
        query: promql`${gatewayBlindPeerActive}{${site.gateway}}`,
      },
      {
        text: 'Which relays are affected? The ten with the most reads per second.',
        query: promql`topk(10, ${fallbackRate})`,
      },
      {
        text: 'Since when? Seconds since the service was last running; no line means more than two days.',
        query: promql`time() - max_over_time(timestamp(${gatewayBlindPeerActive}{${site.gateway}} == 1)[2d:1m])`,
        mayBeEmpty: true,
      },
      { text: 'Does the service answer?', command: 'curl -sS "$GATEWAY/api/blind-peer/replicas" | jq .' },
      { text: 'In the gateway log: why did it stop?', command: gatewayLogCommand('blind-peer', 'BlindPeer') },
    ],
    act: [
      {
        text: 'Find out in the gateway log why the service stopped, and fix that first: blind peers that cannot be reached, a full disk.',
        command: gatewayLogCommand('blind-peer', 'BlindPeer'),
      },
      {
        text: `The observed system documents no command that restarts only the mirror service. It runs in the gateway process, so restart that process: ${step('restart-gateway')}. **The restart drops pushes and leases**: writes are rejected until a new lease is granted.`,
      },
      { text: `Then ${step('start-pushes')} for the relays that were pending.` },
    ],
    over: {
      query: promql`${gatewayBlindPeerActive}{${site.gateway}} == 0`,
      becomes: 'empty',
      text: 'The service is running in every gateway process. The alert resolves as soon as it is running in one of them.',
    },
    returnsIf: 'The service stops again.',
  }),

  GatewayEscrowUnlocksFailing: ({ site, step }) => ({
    firesWhen: 'requests for escrow leases fail, none has succeeded for 15 minutes, and relays need a lease',
    urgency:
      'Can wait until the morning while no writes are being rejected; the checks show whether they are. Otherwise now.',
    meaning:
      'The escrow service cannot be reached, or the gateway and the escrow service use different shared secrets.',
    impact: 'Without a lease, writes to relays whose worker is away are rejected.',
    check: [
      requests,
      { ...rejectedWrites, mayBeEmpty: true },
      { text: 'How many relays are pending?', query: promql`${pendingCount}` },
      { text: 'In the gateway log: which error?', command: gatewayLogCommand('escrow', 'Escrow') },
    ],
    act: [
      {
        text: 'Is the escrow service reachable from the gateway? On the host of the gateway:',
        command:
          ': "${ESCROW:?set it to the address of the escrow service}"\ncurl -sS -o /dev/null -w \'%{http_code}\\n\' "$ESCROW"',
      },
      {
        text: 'Make the shared secrets of gateway and escrow service match. Check TLS certificates and the database of the service.',
      },
      {
        text: `Then try again for one of the relays: ${step('request-lease')}. \`escrow-record-not-found\` also counts as an error: that relay has no deposit, so its worker must come back.`,
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

  GatewayEscrowUnlocksRefused: ({ site, step }) => ({
    firesWhen:
      'the escrow policy has refused every request for a lease for 15 minutes while writes are being rejected',
    urgency: 'Now if the relays are in use at this hour: their users cannot write.',
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
        text: `The response to a request gives the reason. Set \`RELAY\` to one of the relays above. ${step('request-lease')} shows how to find \`LAG_MS\` and \`LAST_HEALTHY_MS\`.`,
        command: requestLeaseCommand,
      },
    ],
    act: [
      {
        text: '`mirror-too-stale`, `mirror-window-expired`: bring the mirrors up to date.',
        command: mirrorsCommand,
      },
      {
        text: '`peers-still-healthy`, `peer-timeout-not-reached` although the worker is gone: the request claims that peers are healthy, and the gateway does not check this. Correct `peerHealth` in the request.',
      },
      {
        text: `\`registration-flag-missing\`: the request has no evidence. \`record-revoked\`, \`record-expired\`: the worker must come back and ${step('rotate-deposit', 'rotate its deposit')}.`,
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
