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
import { hostStep, phaseStep } from './queries.js';

const since: PageStep = {
  text: 'Since when? Seconds for which the replica has served the relay.',
  query: promql`time() - (${fallbackStart}{relay="$RELAY"} > 0)`,
};
const others: PageStep = {
  text: 'Who else? The ten relays that have been served from a replica longest.',
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
  text: 'How did lease requests end within 15 minutes?',
  query: promql`${unlockRequests}`,
};
const rejectedWrites: PageStep = {
  text: 'For which relays are writes being rejected?',
  query: promql`topk(10, ${writesTurnedAway})`,
};

const mainPathSteps = ({ site }: PageContext): PageStep[] => [
  since,
  reads,
  { ...phaseStep(), mayBeEmpty: true },
  hostStep(site, { mayBeEmpty: true }),
  others,
];

export const replicaFallbackPages: RunbookPages = {
  GatewayReplicaMainPath: (context) => ({
    firesWhen: `the relay has been served from its replica for longer than ${context.site.thresholds.replicaFallback.infoAfter} (\`thresholds.replicaFallback.infoAfter\`)`,
    meaning: 'No worker serves the relay, so its readers get the copy of the blind peers.',
    impact: 'None while the worker is away on purpose: that is what the replica is for.',
    check: mainPathSteps(context),
    act: [
      { text: 'Nothing while the worker is meant to be away.' },
      { text: 'If it should be online: has it registered the relay?', command: registrationCommand },
    ],
    over: fallbackEnded(context),
    returnsIf: 'The worker is away for hours again.',
  }),

  GatewayReplicaMainPathTooLong: (context) => ({
    firesWhen: `the relay has been served from its replica for longer than ${context.site.thresholds.replicaFallback.warningAfter} (\`thresholds.replicaFallback.warningAfter\`)`,
    meaning: 'No worker has served the relay for longer than an overnight outage explains.',
    impact: 'Readers see a copy that gets older, and every write needs an escrow lease.',
    check: mainPathSteps(context),
    act: [
      { text: 'Ask the owner whether the worker is still in use.' },
      {
        text: 'If it runs: is the relay registered? If not, register it or restart the worker.',
        command: registrationCommand,
      },
      { text: 'Remove the relay if it is no longer used.' },
    ],
    avoid: [
      'Count sessions in replica mode: a session stays in it until its socket closes, also after the worker is back. Reads are what counts.',
    ],
    over: fallbackEnded(context),
    returnsIf: 'The worker stays away for that long again.',
  }),

  GatewayWritesTurnedAway: (context) => ({
    firesWhen: 'websocket writes to the relay are answered read-only, for longer than a burst lasts',
    meaning: 'The worker of the relay is away and the gateway holds no escrow lease for it.',
    impact:
      'Users cannot write. Drive uploads, joins and callbacks are rejected with HTTP 425 as well, and no metric counts those: there may be more than the number shows.',
    check: [
      {
        text: 'How many writes are being rejected?',
        query: promql`${writesTurnedAway}{relay="$RELAY"}`,
      },
      { ...requests, mayBeEmpty: true },
      { ...hostStep(context.site), mayBeEmpty: true },
      { text: 'Who else?', query: promql`topk(10, ${writesTurnedAway})` },
      {
        text: 'Was the gateway restarted? Leases are lost then. Seconds since each process started.',
        query: promql`time() - ${processStartTime}{${context.site.gateway}}`,
      },
      { text: 'Does the gateway hold a lease of the relay?', command: queryLeasesCommand },
    ],
    act: [
      {
        text: `${context.step('request-lease')}. \`peers-still-healthy\` or \`peer-timeout-not-reached\`: wait until 45 s after the last healthy peer and repeat. \`mirror-too-stale\`: ${context.step('check-mirrors')} first.`,
        command: requestLeaseCommand,
      },
      {
        text: `An error instead of a refusal: the escrow service cannot be reached or the shared secret differs, see ${context.alert('GatewayEscrowUnlocksFailing')}.`,
      },
      { text: 'Or bring the worker back: then no lease is needed.', command: registrationCommand },
      {
        text: 'If the gateway runs without escrow, read-only answers are normal: set `escrow: off` in the configuration.',
      },
    ],
    over: {
      query: promql`${writesTurnedAway}{relay="$RELAY"} > 0`,
      becomes: 'empty',
      text: `No write was rejected for ${context.site.rateWindow}. Ask a user to write, or upload a file, to be sure.`,
    },
    returnsIf: 'The lease expires while users keep writing. It lasts 10 minutes.',
  }),

  GatewayFallbackOnStaleMirror: (context) => ({
    firesWhen: `the relay is served from its replica, and its best mirror has not been active for ${context.site.thresholds.replicaFallback.mirrorLagSeconds} s (\`thresholds.replicaFallback.mirrorLagSeconds\`)`,
    meaning: 'The worker is away, and the copy that readers get is stale.',
    impact:
      'Readers may see old data. New leases may be refused because the mirror is stale (`mirror-too-stale`).',
    check: [
      {
        text: 'Lag of the best mirror in seconds.',
        query: promql`min by (identifier) (${gatewayBlindPeerMirrorLag}{${context.site.gateway}, type="relay", identifier="$RELAY"} > 0) / 1000`,
      },
      { ...since },
      { ...hostStep(context.site), mayBeEmpty: true },
      {
        text: 'Who else? Many stale mirrors point to the mirror service as a whole.',
        query: promql`topk(10, min by (identifier) (${gatewayBlindPeerMirrorLag}{${context.site.gateway}, type="relay"} > 0) / 1000)`,
      },
      { text: '`healthy` and `lagMs` of the relay:', command: mirrorsCommand },
    ],
    act: [
      {
        text: 'Check the blind peers that hold the mirror: are they running and reachable, and do they have enough space?',
      },
      { text: 'Bring the worker back to refresh the mirror.', command: registrationCommand },
    ],
    over: {
      query: promql`
        min by (identifier) (${gatewayBlindPeerMirrorLag}{${context.site.gateway}, type="relay", identifier="$RELAY"} > 0) / 1000
          > ${context.site.thresholds.replicaFallback.mirrorLagSeconds}
      `,
      becomes: 'empty',
      text: 'The best mirror is active again. The alert also ends when no one reads from the replica any more.',
    },
    returnsIf: 'The blind peers fall behind again while the worker is away.',
  }),

  GatewayMirrorServiceDown: ({ site, step }) => ({
    firesWhen: 'the mirror service of the gateway does not run while relays are served from a replica',
    meaning:
      '`gateway_blind_peer_active` is 0. The workers of these relays are away, so the mirrors are their only source.',
    impact: 'Readers of these relays get no new data, and pending writes have no second copy.',
    check: [
      {
        text: 'Which gateway process? 0 means that the service does not run.',
        query: promql`${gatewayBlindPeerActive}{${site.gateway}}`,
      },
      { text: 'How many relays are concerned, and which?', query: promql`topk(10, ${fallbackRate})` },
      { text: 'Does the service answer?', command: 'curl -sS "$GATEWAY/api/blind-peer/replicas" | jq .' },
      { text: 'Gateway log: why did it stop?', command: gatewayLogCommand('blind-peer', 'BlindPeer') },
    ],
    act: [
      { text: 'Restart the mirror service.' },
      {
        text: `If you have to restart the gateway: nothing resumes pushes after that. ${step('start-pushes')} for the relays that were pending.`,
      },
    ],
    over: {
      query: promql`max by (${site.by()}) (${gatewayBlindPeerActive}{${site.gateway}}) == 0`,
      becomes: 'empty',
      text: 'The service runs again. The mirrors catch up within minutes.',
    },
    returnsIf: 'The service stops again: find the cause in the log.',
  }),

  GatewayEscrowUnlocksFailing: ({ site, step }) => ({
    firesWhen:
      'requests for an escrow lease end in an error, none succeeded for 15 minutes, and relays need a lease',
    meaning:
      'The escrow service cannot be reached, or the shared secret of gateway and escrow service differ.',
    impact: 'Without a lease, writes to relays whose worker is away are rejected.',
    check: [
      requests,
      { ...rejectedWrites, mayBeEmpty: true },
      { text: 'How many relays are pending?', query: promql`${pendingCount}` },
      { text: 'Gateway log: which error?', command: gatewayLogCommand('escrow', 'Escrow') },
    ],
    act: [
      {
        text: 'Is the escrow service reachable from the gateway? On the host of the gateway:',
        command:
          'ESCROW=<address of the escrow service>\ncurl -sS -o /dev/null -w \'%{http_code}\\n\' "$ESCROW"',
      },
      {
        text: 'Make the shared secrets of gateway and escrow service match. Check TLS certificates and the database of the service.',
      },
      {
        text: `Then request the lease of a relay again: ${step('request-lease')}. \`escrow-record-not-found\` also counts as an error: that relay has no deposit, so its worker must come back.`,
      },
    ],
    over: {
      query: promql`
        ${unlockRequests}{result="error"} > 0
          unless on (${site.by()}) (${unlockRequests}{result="success"} > 0)
      `,
      becomes: 'empty',
      text: 'A request succeeded, or none has failed for 15 minutes. The alert also ends when no relay needs a lease any more.',
    },
    returnsIf: 'The escrow service fails again.',
  }),

  GatewayEscrowUnlocksRefused: ({ site, step }) => ({
    firesWhen:
      'the escrow policy refused every request for a lease for 15 minutes while writes are being rejected',
    meaning: 'A refusal alone is the policy at work. It is a fault while users cannot write.',
    impact: 'Users cannot write to relays whose worker is away.',
    check: [
      requests,
      {
        text: 'Refusals by reason. The observed build always says `unknown`.',
        query: promql`sum by (reason) (${gatewayEscrowPolicyRejections}{${site.gateway}})`,
      },
      rejectedWrites,
      {
        text: 'The answer to a request names the reason. Set `RELAY` to one of the relays above.',
        command: requestLeaseCommand,
      },
    ],
    act: [
      {
        text: '`mirror-too-stale`, `mirror-window-expired`: bring the mirrors up to date.',
        command: mirrorsCommand,
      },
      {
        text: '`peers-still-healthy`, `peer-timeout-not-reached` although the worker is gone: the request claims that peers are healthy, the gateway does not measure it. Correct `peerHealth` in the request.',
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
      text: 'A lease was granted, or none was refused for 15 minutes. The alert also ends when no write is being rejected any more.',
    },
    returnsIf: 'The policy refuses the next lease as well, 10 minutes later.',
  }),
};
