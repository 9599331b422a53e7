import type { RuleCase } from './rule-case.js';

/**
 * What each alert says, word for word, in the first case in which it fires. Read it aloud as if woken by it: what is wrong, for whom,
 * how bad, what to do first.
 */
export const spoken: Readonly<Record<string, NonNullable<RuleCase['says']>>> = {
  GatewayPendingWritesWaiting: {
    at: '1h1m',
    labels: {
      relay: 'c',
    },
    annotations: {
      summary: 'Relay c has had writes waiting for its worker for 1h 0m 59s.',
      description:
        'The gateway holds writes that no worker has ingested yet. That is normal while the worker is offline, and nothing is lost. Look at the phase panel to see whether the worker is away.',
      runbook_url: 'runbooks/GatewayPendingWritesWaiting.md',
      dashboard_url: '/d/gateway-overview?var-relay=c&viewPanel=2',
    },
  },
  GatewayPendingWritesOld: {
    at: '16h1m',
    labels: {
      relay: 'c',
    },
    annotations: {
      summary: 'Writes to relay c have waited for 16h 0m 59s, longer than any night.',
      description:
        "The data is on the gateway and its mirrors only; the relay's worker has not ingested it. First find out from the worker's owner whether it is meant to be offline. If it runs, follow the runbook from step 4.",
      runbook_url: 'runbooks/GatewayPendingWritesOld.md',
      dashboard_url: '/d/gateway-overview?var-relay=c&viewPanel=2',
    },
  },
  GatewayPendingWritesOverdue: {
    at: '24h1m',
    labels: {
      relay: 'c',
    },
    annotations: {
      summary: "Writes to relay c have waited for 1d 0h 0m 59s, beyond this site's limit.",
      description:
        'The data is on the gateway and its mirrors only. Check first that the mirrors of the relay are healthy (runbook step 1.3), so that nothing can be lost, then bring a worker of the relay back or follow the runbook from step 4.',
      runbook_url: 'runbooks/GatewayPendingWritesOverdue.md',
      dashboard_url: '/d/gateway-overview?var-relay=c&viewPanel=2',
    },
  },
  GatewayPendingWritesStuck: {
    at: '2m',
    labels: {
      relay: 'a',
    },
    annotations: {
      summary: 'The worker of relay a was told of pending writes and does not ingest them.',
      description:
        'Pushes reach the worker, but the writes are still pending: its job has failed or hangs, and it is not retried by itself. The data is on the gateway only. Restart the gateway service of that worker (runbook step 4.1) and watch the relay clear.',
      runbook_url: 'runbooks/GatewayPendingWritesStuck.md',
      dashboard_url: '/d/gateway-overview?var-relay=a&viewPanel=2',
    },
  },
  GatewayPushesNotIngested: {
    at: '10m',
    labels: {},
    annotations: {
      summary: 'The gateway delivers pushes of pending writes, but no relay is ever cleared.',
      description:
        '1 relay pending. Pushes of pending writes reach a worker, yet no relay has been cleared for as long. This build does not show which relay the pushes are for: look in the list of pending relays for those whose worker is online, and continue with runbook step 4.',
      runbook_url: 'runbooks/GatewayPushesNotIngested.md',
      dashboard_url: '/d/gateway-overview?viewPanel=3',
    },
  },
  GatewayPendingWritesForgotten: {
    at: '7m',
    labels: {
      relay: 'a',
    },
    annotations: {
      summary: 'The gateway has lost track of pending writes for relay a.',
      description:
        'The relay has been pending for 6m 59s and was never cleared, but its gauge is gone, as after a gateway restart, and a worker of the relay has been active since. Nothing pushes these writes any more. A new write to the relay starts the pushes: request a lease, then upload a file.',
      runbook_url: 'runbooks/GatewayPendingWritesForgotten.md',
      dashboard_url: '/d/gateway-overview?var-relay=a&viewPanel=2',
    },
  },
  GatewayPendingWritesNotPushed: {
    at: '20m30s',
    labels: {
      relay: 'c',
    },
    annotations: {
      summary: 'Pending writes of relay c do not reach its worker, although the worker has been active.',
      description:
        'Pending for 20m 29s. A worker of the relay should be online, but no push has reached it: the registration of the relay has expired or was overwritten, or the worker refuses pushes. A new write to the relay starts the pushes (request a lease, then upload a file); if the push counter then shows errors, the worker refuses them.',
      runbook_url: 'runbooks/GatewayPendingWritesNotPushed.md',
      dashboard_url: '/d/gateway-overview?var-relay=c&viewPanel=2',
    },
  },
  GatewayWritesNotMarkedPending: {
    at: '30s',
    labels: {
      relay: 'a',
    },
    annotations: {
      summary: 'The gateway accepted writes for relay a but never marked them as pending.',
      description:
        'Last seen 1970-01-01 00:00:01 +0000 UTC. No worker is pushed to, so these writes reach one only by chance and may be lost. The metrics do not show why: the registration of the relay had expired, or the registration store failed; search the gateway log for that time. Check that the mirrors hold the writes, then write to the relay again once its worker is registered and see whether its gauge becomes 1.',
      runbook_url: 'runbooks/GatewayWritesNotMarkedPending.md',
      dashboard_url: '/d/gateway-overview?var-relay=a&viewPanel=8',
    },
  },
  GatewayPendingWritesObjectiveFastBurn: {
    at: '0m',
    labels: {},
    annotations: {
      summary:
        'Relays are left pending beyond the objective, at a rate that uses up the error budget within days.',
      description:
        '14.5% of the relay-minutes pending lie beyond the time in which writes should be cleared. Many workers are away for too long, or stuck: sort the list of pending relays by age and start with the oldest (runbook step 4).',
      runbook_url: 'runbooks/GatewayPendingWritesObjectiveFastBurn.md',
      dashboard_url: '/d/gateway-overview?viewPanel=3',
    },
  },
  GatewayPendingWritesObjectiveSlowBurn: {
    at: '0m',
    labels: {},
    annotations: {
      summary: 'Relays are left pending beyond the objective often enough to use up the error budget.',
      description:
        '3.1% of the relay-minutes pending lie beyond the time in which writes should be cleared. Nothing is urgent; look for workers that are away for days or that nobody owns any more.',
      runbook_url: 'runbooks/GatewayPendingWritesObjectiveSlowBurn.md',
      dashboard_url: '/d/gateway-overview?viewPanel=3',
    },
  },
  GatewayPushWaitHigh: {
    at: '21m',
    labels: {},
    annotations: {
      summary: 'Workers are slow to acknowledge pending writes: 51% take too long.',
      description:
        'This share of the acknowledgements of the last 15 minutes, not counting workers that had been away, took longer than this site allows. Writes stay pending for longer than they need to. Look at the push panel for the relays concerned and at the load of their workers (runbook step 3).',
      runbook_url: 'runbooks/GatewayPushWaitHigh.md',
      dashboard_url: '/d/gateway-overview?viewPanel=5',
    },
  },
  GatewayPushesFailing: {
    at: '15m',
    labels: {},
    annotations: {
      summary: 'Workers refuse pushes of pending writes, or cannot be reached: 52% fail.',
      description:
        'The gateway has workers to push to, but pushes keep ending in errors, so writes stay pending although a worker is there. This build does not count pushes by relay: search the gateway log for the push error and the worker logs for [PendingWrites]; a 403 points to a wrong shared secret (runbook steps 3 and 4).',
      runbook_url: 'runbooks/GatewayPushesFailing.md',
      dashboard_url: '/d/gateway-overview?viewPanel=4',
    },
  },
  GatewayEscrowLeaseExpiring: {
    at: '8m',
    labels: {
      relay: 'a',
    },
    annotations: {
      summary: 'The escrow lease of relay a expires within 2m 0s.',
      description:
        'The relay has pending writes and its lease ends soon, unless it is renewed. No data is lost: accepted writes stay on the gateway. If more writes are expected before the worker is back, request a new lease. A renewal that leaves the gauge as it was shows in no metric of the relay; GET /api/escrow/leases/query answers for certain.',
      runbook_url: 'runbooks/GatewayEscrowLeaseExpiring.md',
      dashboard_url: '/d/gateway-overview?var-relay=a&viewPanel=6',
    },
  },
  GatewayEscrowLeaseExpired: {
    at: '10m',
    labels: {
      relay: 'a',
    },
    annotations: {
      summary: 'The escrow lease of relay a is 0s past its expiry.',
      description:
        'The relay has pending writes and no user has written to it lately, so nothing is urgent. A renewal that leaves the gauge as it was shows in no metric of the relay; GET /api/escrow/leases/query answers for certain.',
      runbook_url: 'runbooks/GatewayEscrowLeaseExpired.md',
      dashboard_url: '/d/gateway-overview?var-relay=a&viewPanel=6',
    },
  },
  GatewayEscrowLeaseExpiredWritesWanted: {
    at: '13m',
    labels: {
      relay: 'a',
    },
    annotations: {
      summary: 'Relay a is being written to while its escrow lease is past its expiry.',
      description:
        'Users wrote to the relay within the last minutes, its worker is away, and its lease is past its expiry. Depending on the build such writes are accepted against the escrow policy or rejected (then GatewayWritesTurnedAway fires). Request a new lease or bring the worker back. A renewal that leaves the gauge as it was shows in no metric of the relay; GET /api/escrow/leases/query answers for certain.',
      runbook_url: 'runbooks/GatewayEscrowLeaseExpiredWritesWanted.md',
      dashboard_url: '/d/gateway-overview?var-relay=a&viewPanel=6',
    },
  },
  GatewayReplicaMainPath: {
    at: '4h1m',
    labels: {
      relay: 'c',
    },
    annotations: {
      summary: 'Relay c has been served from its replica for 4h 0m 59s.',
      description:
        'No worker serves the relay, so its readers get the blind-peer copy. That is what the replica is for while a worker is away. Look at the phase panel to see whether the worker is meant to be away.',
      runbook_url: 'runbooks/GatewayReplicaMainPath.md',
      dashboard_url: '/d/gateway-overview?var-relay=c&viewPanel=7',
    },
  },
  GatewayReplicaMainPathTooLong: {
    at: '16h1m',
    labels: {
      relay: 'c',
    },
    annotations: {
      summary: 'Relay c has been served from its replica for 16h 0m 59s, longer than any night.',
      description:
        'Readers see a copy that only grows older, and every write needs an escrow lease. Find out whether the worker of the relay is still in use; if it runs, check why the gateway does not see it (runbook step 1).',
      runbook_url: 'runbooks/GatewayReplicaMainPathTooLong.md',
      dashboard_url: '/d/gateway-overview?var-relay=c&viewPanel=7',
    },
  },
  GatewayWritesTurnedAway: {
    at: '7m30s',
    labels: {
      relay: 'a',
    },
    annotations: {
      summary: 'Users cannot write to relay a: 2 writes rejected lately.',
      description:
        'The worker of the relay is away and the gateway holds no escrow lease for it, so it answers read-only. Drive uploads are rejected as well, which no metric counts. Request a lease (POST /api/escrow/leases/<relayKey>/request) and read the reason if it is refused, or bring the worker back. A site without escrow sets escrow: off.',
      runbook_url: 'runbooks/GatewayWritesTurnedAway.md',
      dashboard_url: '/d/gateway-overview?var-relay=a&viewPanel=8',
    },
  },
  GatewayFallbackOnStaleMirror: {
    at: '5m30s',
    labels: {
      relay: 'a',
    },
    annotations: {
      summary: 'Relay a is served from a mirror that has not moved for 15m 0s.',
      description:
        'The worker is away and readers get this copy, although even the best mirror of the relay lags. New leases may be refused (mirror-too-stale). Check GET /api/blind-peer/replicas for the relay (runbook step 1.3) and the blind peers behind it.',
      runbook_url: 'runbooks/GatewayFallbackOnStaleMirror.md',
      dashboard_url: '/d/gateway-overview?var-relay=a&viewPanel=9',
    },
  },
  GatewayMirrorServiceDown: {
    at: '3m30s',
    labels: {},
    annotations: {
      summary: 'The mirror service of the gateway is down while it serves the replica of 2 relays.',
      description:
        'Workers of these relays are away and the blind-peer service that should serve them does not run: readers get nothing new, and pending writes have no second copy. Restart the mirror service of the gateway and check its log (runbook step 1.3).',
      runbook_url: 'runbooks/GatewayMirrorServiceDown.md',
      dashboard_url: '/d/gateway-overview?viewPanel=9',
    },
  },
  GatewayEscrowUnlocksFailing: {
    at: '5m',
    labels: {
      result: 'error',
    },
    annotations: {
      summary: 'The gateway gets no escrow lease: requests fail while relays need one.',
      description:
        '1 request for a lease ended in an error lately and none succeeded. Without a lease, writes to relays whose worker is away are rejected. Check that the escrow service is reachable from the gateway and that both use the same shared secret (runbook step 5.2).',
      runbook_url: 'runbooks/GatewayEscrowUnlocksFailing.md',
      dashboard_url: '/d/gateway-overview?viewPanel=8',
    },
  },
  GatewayEscrowUnlocksRefused: {
    at: '10m',
    labels: {
      result: 'policy-rejection',
    },
    annotations: {
      summary: 'The escrow policy refuses every lease while writes are being rejected.',
      description:
        '1 request for a lease refused by the policy lately, and none granted. Stale mirrors, or peers that look healthy and are not, are the usual reasons: check GET /api/blind-peer/replicas (runbook step 1.3) and the reason in the answer to the request.',
      runbook_url: 'runbooks/GatewayEscrowUnlocksRefused.md',
      dashboard_url: '/d/gateway-overview?viewPanel=8',
    },
  },
  WorkerQueuePendingTooLong: {
    at: '30m30s',
    labels: {
      relay: 'a',
    },
    annotations: {
      summary: "Relay a has been pending in its worker's queue file for too long.",
      description:
        "The worker received a push and its file still says pending. Either its job failed, or the worker stopped before it was done, or the gateway's cleared push was lost. Search the worker's log for [PendingWrites] Job failed (runbook step 3), then continue with step 4.",
      runbook_url: 'runbooks/WorkerQueuePendingTooLong.md',
      dashboard_url: '/d/gateway-overview?var-relay=a&viewPanel=10',
    },
  },
  WorkerQueueStalled: {
    at: '10m30s',
    labels: {
      job: 'pending-writes-exporter',
      instance: 'w1',
    },
    annotations: {
      summary: 'The worker at w1 has 1 job in its queue and works on none.',
      description:
        'Its pending-write coordinator has stopped taking jobs, so the relays in its queue stay pending. Restart the gateway service of that worker (runbook step 4.1).',
      runbook_url: 'runbooks/WorkerQueueStalled.md',
      dashboard_url: '/d/gateway-overview?viewPanel=10',
    },
  },
  WorkerRotationFailed: {
    at: '5m30s',
    labels: {
      relay: 'a',
    },
    annotations: {
      summary: 'The escrow rotation of relay a failed, so its next fallback may get no lease.',
      description:
        'The last failure was seen 1970-01-01 00:00:01 +0000 UTC and no completed rotation since; one may have gone unseen, since the file keeps about a dozen. Data is safe, but with the worker away writes would be rejected. Look for "Escrow deposit request failed" in the worker\'s log, fix the cause, then restart the worker, which rotates all its relays (runbook step 5).',
      runbook_url: 'runbooks/WorkerRotationFailed.md',
      dashboard_url: '/d/gateway-overview?var-relay=a&viewPanel=10',
    },
  },
  WorkerMissedPendingWrites: {
    at: '10m30s',
    labels: {
      relay: 'a',
    },
    annotations: {
      summary: 'The gateway holds writes for relay a, but the state file of its worker says cleared.',
      description:
        "A worker of the relay should be online, yet its file was not notified of these writes: the push was lost or refused, or the relay's registration is gone. Waiting does not help. A new write to the relay starts the pushes (request a lease, then upload a file); if the push counter then shows errors, the worker refuses them.",
      runbook_url: 'runbooks/WorkerMissedPendingWrites.md',
      dashboard_url: '/d/gateway-overview?var-relay=a&viewPanel=10',
    },
  },
  WorkerPendingWritesOrphaned: {
    at: '20m30s',
    labels: {
      relay: 'c',
    },
    annotations: {
      summary: 'The worker of relay c says pending, but the gateway has no pending writes for it.',
      description:
        'Either the cleared push was lost, or not sent because the worker was not registered at that moment, and all is well; or the metadata was cleared by hand before the data was ingested. Check that the mirrors hold the latest state before anything else (runbook steps 4.3 and 6). Restarting the worker does not change its file in the observed build; a new write to the relay that is pushed and cleared does.',
      runbook_url: 'runbooks/WorkerPendingWritesOrphaned.md',
      dashboard_url: '/d/gateway-overview?var-relay=c&viewPanel=10',
    },
  },
  PendingWritesExporterDown: {
    at: '15m30s',
    labels: {
      job: 'pending-writes-exporter',
      instance: 'w1',
    },
    annotations: {
      summary: 'The worker exporter at w1 cannot be scraped.',
      description:
        "The worker's host is off, or the exporter on it does not run. While that lasts nothing is known of that worker's queue, and alerts that compare it with the gateway are silent for its relays.",
      runbook_url: 'runbooks/PendingWritesExporterDown.md',
      dashboard_url: '/d/gateway-overview?viewPanel=12',
    },
  },
  PendingWritesExporterMissing: {
    at: '15m30s',
    labels: {
      job: 'pending-writes-exporter',
    },
    annotations: {
      summary: 'Prometheus has no worker exporter to scrape at all.',
      description:
        'Without one, stuck jobs, failed rotations and disagreements with the gateway cannot be seen. Add the exporters to the scrape configuration, or correct jobs.exporter in the configuration of this bundle. A site without exporters disables this alert with that reason.',
      runbook_url: 'runbooks/PendingWritesExporterMissing.md',
      dashboard_url: '/d/gateway-overview?viewPanel=12',
    },
  },
  PendingWritesStateFileUnreadable: {
    at: '10m30s',
    labels: {
      job: 'pending-writes-exporter',
      instance: 'w1',
      reason: 'spliced',
    },
    annotations: {
      summary: 'The state file of the worker at w1 cannot be read (spliced).',
      description:
        'Two overlapping writes have left parts of both in pending-writes-state.json. It stays that way until the worker writes again. The worker still has its queue in memory, but a worker that restarts on this file loses it: do not kill or restart the worker. Stop its gateway service (stop-gateway), which writes the file from memory, check that the file is valid JSON, then start it again. Until then nothing is known of the relays of this worker.',
      runbook_url: 'runbooks/PendingWritesStateFileUnreadable.md',
      dashboard_url: '/d/gateway-overview?viewPanel=12',
    },
  },
  GatewayDown: {
    at: '2m30s',
    labels: {
      job: 'gateway',
      instance: 'g1',
    },
    annotations: {
      summary: 'The gateway at g1 cannot be scraped.',
      description:
        'The process is down or unreachable. While workers are away it serves their relays, so readers and writers of those are cut off, and nothing is known of pending writes. Check the process and its host first; after a restart nothing resumes pushes by itself (runbook step 4.2).',
      runbook_url: 'runbooks/GatewayDown.md',
      dashboard_url: '/d/gateway-overview?viewPanel=12',
    },
  },
  GatewayMissing: {
    at: '5m30s',
    labels: {
      job: 'gateway',
    },
    annotations: {
      summary: 'Prometheus has no gateway to scrape: every other alert of this bundle is blind.',
      description:
        'No target matches the job of the gateway. Either it was dropped from the scrape configuration or from service discovery, or jobs.gateway in the configuration of this bundle does not name it.',
      runbook_url: 'runbooks/GatewayMissing.md',
      dashboard_url: '/d/gateway-overview?viewPanel=12',
    },
  },
  GatewayMetricsMissing: {
    at: '5m30s',
    labels: {
      job: 'gateway',
      instance: 'g1',
    },
    annotations: {
      summary: 'The gateway at g1 answers, but metrics that it always has are not there.',
      description:
        'Another program answers at that address, or a new build renamed or dropped metrics: alerts of this bundle may be blind. Compare with the contract: gateway-observability verify --metrics http://g1/metrics.',
      runbook_url: 'runbooks/GatewayMetricsMissing.md',
      dashboard_url: '/d/gateway-overview?viewPanel=12',
    },
  },
};
