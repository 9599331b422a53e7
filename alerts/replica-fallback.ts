import { gatewayBlindPeerActive, gatewayBlindPeerMirrorLag } from '../metrics/gateway.js';
import { pendingCount } from '../recording-rules/pending-writes.js';
import {
  fallbackRate,
  fallbackStart,
  unlockRequests,
  writesTurnedAway,
} from '../recording-rules/replica-fallback.js';
import { type AlertDefinition, defineAlert } from '../src/model/rules.js';
import { duration, durationSeconds } from '../src/promql/duration.js';
import { promql } from '../src/promql/template.js';

import { counted } from './texts.js';

const panel = (id: number) => ({ uid: 'gateway-overview', panel: id });

export const replicaMainPath = defineAlert({
  alert: 'GatewayReplicaMainPath',
  signal: 'replica-fallback',
  severity: 'info',
  situation: 7,
  rationale: 'The replica has been the main path for hours.',
  labels: ['relay'],
  expr: (site) => promql`
    time() - (${fallbackStart} > 0) > ${durationSeconds(site.thresholds.replicaFallback.infoAfter)}
  `,
  summary: 'Relay {{ $labels.relay }} has been served from its replica for {{ $value | humanizeDuration }}.',
  description:
    'No worker serves the relay, so its readers get the blind-peer copy. That is what the replica is for while a worker is away. Look at the phase panel to see whether the worker is meant to be away.',
  dashboard: panel(7),
});

export const replicaMainPathTooLong = defineAlert({
  alert: 'GatewayReplicaMainPathTooLong',
  signal: 'replica-fallback',
  severity: 'warning',
  situation: 7,
  rationale: 'The replica has been the main path for longer than an overnight outage explains.',
  labels: ['relay'],
  expr: (site) => promql`
    time() - (${fallbackStart} > 0) > ${durationSeconds(site.thresholds.replicaFallback.warningAfter)}
  `,
  summary:
    'Relay {{ $labels.relay }} has been served from its replica for {{ $value | humanizeDuration }}, longer than any night.',
  description:
    'Readers see a copy that only grows older, and every write needs an escrow lease. Find out whether the worker of the relay is still in use; if it runs, check why the gateway does not see it (runbook step 1).',
  dashboard: panel(7),
});

export const writesAreTurnedAway = defineAlert({
  alert: 'GatewayWritesTurnedAway',
  needsEscrow: true,
  signal: 'replica-fallback',
  severity: 'critical',
  situation: 2,
  rationale: 'readonly is a write rejected because the relay has no lease.',
  labels: ['relay'],
  expr: () => promql`${writesTurnedAway}`,
  // Within 45 s of the last healthy peer the policy grants no lease, so a short burst is normal. The window of 5 minutes
  // keeps such a burst visible for as long; writes that are still rejected 2 minutes later are no burst.
  for: (site) => site.times(site.rateWindow, 1.4),
  summary: `Users cannot write to relay {{ $labels.relay }}: ${counted('write')} rejected lately.`,
  description:
    'The worker of the relay is away and the gateway holds no escrow lease for it, so it answers read-only. Drive uploads are rejected as well, which no metric counts. Request a lease (POST /api/escrow/leases/<relayKey>/request) and read the reason if it is refused, or bring the worker back. A site without escrow sets escrow: off.',
  dashboard: panel(8),
});

export const fallbackOnStaleMirror = defineAlert({
  alert: 'GatewayFallbackOnStaleMirror',
  signal: 'replica-fallback',
  severity: 'warning',
  runbookSteps: ['check-mirrors'],
  situation: 7,
  rationale:
    'The lag is in milliseconds, and 0 when it is unknown. A quiet mirror is normal; one that serves reads is not quiet.',
  labels: ['relay'],
  expr: (site) => promql`
    max by (${site.by('relay')}) (
      label_replace(
        # the best mirror; several owners may mirror a relay, and 0 says that the lag is unknown
        min by (${site.by('identifier')}) (${gatewayBlindPeerMirrorLag}{${site.gateway}, type="relay"} > 0) / 1000
          > ${site.thresholds.replicaFallback.mirrorLagSeconds},
        "relay", "$1", "identifier", "(.+)"
      )
    )
      and on (${site.by('relay')}) ${fallbackRate}
  `,
  for: () => duration('5m'),
  summary:
    'Relay {{ $labels.relay }} is served from a mirror that has not moved for {{ $value | humanizeDuration }}.',
  description:
    'The worker is away and readers get this copy, although even the best mirror of the relay lags. New leases may be refused (mirror-too-stale). Check GET /api/blind-peer/replicas for the relay (runbook step 1.3) and the blind peers behind it.',
  dashboard: panel(9),
});

export const mirrorServiceDown = defineAlert({
  alert: 'GatewayMirrorServiceDown',
  signal: 'replica-fallback',
  severity: 'critical',
  runbookSteps: ['check-mirrors'],
  situation: 7,
  rationale: 'gateway_blind_peer_active is 1 while the mirror service runs.',
  labels: [],
  expr: (site) => promql`
    count by (${site.by()}) (${fallbackRate})
      and on (${site.by()}) (max by (${site.by()}) (${gatewayBlindPeerActive}{${site.gateway}}) == 0)
  `,
  for: () => duration('3m'),
  summary: `The mirror service of the gateway is down while it serves the replica of ${counted('relay')}.`,
  description:
    'Workers of these relays are away and the blind-peer service that should serve them does not run: readers get nothing new, and pending writes have no second copy. Restart the mirror service of the gateway and check its log (runbook step 1.3).',
  dashboard: panel(9),
});

export const escrowUnlocksFailing = defineAlert({
  alert: 'GatewayEscrowUnlocksFailing',
  needsEscrow: true,
  signal: 'replica-fallback',
  severity: 'warning',
  runbookSteps: ['fix-rotation'],
  situation: 2,
  rationale:
    'The escrow service is unreachable or the shared secrets differ. It matters while relays are pending or writes are rejected.',
  labels: ['result'],
  expr: (site) => promql`
    ${unlockRequests}{result="error"} > 0
      unless on (${site.by()}) (${unlockRequests}{result="success"} > 0)
      and on (${site.by()}) (
        (${pendingCount} > 0) or on (${site.by()}) group by (${site.by()}) (${writesTurnedAway})
      )
  `,
  for: () => duration('5m'),
  summary: 'The gateway gets no escrow lease: requests fail while relays need one.',
  description: `${counted('request')} for a lease ended in an error lately and none succeeded. Without a lease, writes to relays whose worker is away are rejected. Check that the escrow service is reachable from the gateway and that both use the same shared secret (runbook step 5.2).`,
  dashboard: panel(8),
});

export const escrowUnlocksRefused = defineAlert({
  alert: 'GatewayEscrowUnlocksRefused',
  needsEscrow: true,
  signal: 'replica-fallback',
  severity: 'warning',
  situation: 2,
  rationale:
    'The policy refuses while peers look healthy or mirrors are stale. That is a fault only while writes are rejected.',
  labels: ['result'],
  expr: (site) => promql`
    ${unlockRequests}{result="policy-rejection"} > 0
      unless on (${site.by()}) (${unlockRequests}{result="success"} > 0)
      and on (${site.by()}) ${writesTurnedAway}
  `,
  for: () => duration('10m'),
  summary: 'The escrow policy refuses every lease while writes are being rejected.',
  description: `${counted('request')} for a lease refused by the policy lately, and none granted. Stale mirrors, or peers that look healthy and are not, are the usual reasons: check GET /api/blind-peer/replicas (runbook step 1.3) and the reason in the answer to the request.`,
  dashboard: panel(8),
});

export const replicaFallbackAlerts: readonly AlertDefinition[] = [
  replicaMainPath,
  replicaMainPathTooLong,
  writesAreTurnedAway,
  fallbackOnStaleMirror,
  mirrorServiceDown,
  escrowUnlocksFailing,
  escrowUnlocksRefused,
];
