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
import { counted, RELAY } from './texts.js';

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
  summary: `Relay ${RELAY} has been served from its replica for {{ $value | humanizeDuration }}.`,
  description:
    'No worker serves the relay, so its readers get the copy that the mirrors hold. That is normal while the worker is away. First check whether its worker is meant to be away.',
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
  summary: `Relay ${RELAY} has been served from its replica for {{ $value | humanizeDuration }}, longer than an overnight outage.`,
  description:
    'Readers get the copy of the mirrors, which has nothing that exists only on the worker, and every write needs an escrow lease. Can wait until the morning. First find out whether the worker is still in use. If it is running, check that it has registered the relay.',
  dashboard: panel(7),
});

export const writesAreTurnedAway = defineAlert({
  alert: 'GatewayWritesTurnedAway',
  needsEscrow: true,
  signal: 'replica-fallback',
  severity: 'critical',
  situation: 2,
  rationale: 'A readonly result is a write that was rejected because the relay has no lease.',
  labels: ['relay'],
  expr: () => promql`${writesTurnedAway}`,
  // Within 45 s of the last healthy peer the policy grants no lease, so a short burst is normal. The window of 5 minutes
  // keeps such a burst visible for that long; if writes are still rejected 2 minutes later, it is not a burst.
  for: (site) => site.times(site.rateWindow, 1.4),
  summary: (site) =>
    `Users cannot write to relay ${RELAY}: ${counted('write')} rejected within ${site.rateWindow}.`,
  description:
    'The worker is away, and the gateway holds no escrow lease for the relay. Drive uploads are rejected as well, but no metric counts them. First request a lease, which lasts 10 minutes, then bring the worker back. If the lease is refused, the response gives the reason.',
  dashboard: panel(8),
});

export const fallbackOnStaleMirror = defineAlert({
  alert: 'GatewayFallbackOnStaleMirror',
  signal: 'replica-fallback',
  severity: 'warning',
  runbookSteps: ['check-mirrors'],
  situation: 7,
  rationale:
    'The lag is in milliseconds, and 0 when it is unknown. An inactive mirror is normal, unless it serves reads.',
  labels: ['relay'],
  expr: (site) => promql`
    max by (${site.by('relay')}) (
      label_replace(
        # the best mirror: several owners may mirror a relay, and 0 means that the lag is unknown
        (min by (${site.by('identifier')}) (${gatewayBlindPeerMirrorLag}{${site.gateway}, type="relay"} > 0) > ${site.thresholds.replicaFallback.mirrorLagSeconds * 1000}) / 1000,
        "relay", "$1", "identifier", "(.+)"
      )
    )
      and on (${site.by('relay')}) ${fallbackRate}
  `,
  for: () => duration('5m'),
  summary: `Relay ${RELAY} is served from a mirror that has been inactive for {{ $value | humanizeDuration }}.`,
  description:
    'Readers may see old data, and new leases may be refused (mirror-too-stale). Can wait until the morning. First check the mirrors of the relay, then have the blind peers that hold them checked.',
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
  summary: `The mirror service of the gateway is down while ${counted('relay')} depend on it.`,
  description:
    'Readers of these relays see old data at best, and new writes have no second copy. The service is down in every gateway process. First find their hosts with the query on the runbook page, then search the gateway log there for the reason. A restart of the gateway process drops pushes and leases: read the page first.',
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
  summary: 'All requests for escrow leases fail while relays need one.',
  description: `${counted('request')} failed within 15 minutes and none succeeded. Without a lease, writes to relays whose worker is away are rejected. Can wait until the morning while that is not the case; when it is, GatewayWritesTurnedAway pages. First check that the escrow service is reachable from the gateway, then that both use the same shared secret.`,
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
  description: `${counted('request')} refused within 15 minutes and none granted. Users cannot write to relays whose worker is away; GatewayWritesTurnedAway pages for each of them. This alert can wait until the morning. First request a lease: the response gives the reason. The usual reasons are stale mirrors, and evidence in the request that says that peers are healthy.`,
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
