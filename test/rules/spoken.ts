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
      summary: 'Relay c has had pending writes for 1h 0m 59s.',
      description:
        'No worker has ingested these writes yet. That is normal while the worker is offline, and nothing is lost. First check the phase of the relay: "worker away" needs no action. No exporter shows its worker at the moment.',
      runbook_url: 'runbooks/GatewayPendingWritesWaiting.md',
      dashboard_url: '/d/gateway-relay?var-relay=c',
    },
  },
  GatewayPendingWritesOld: {
    at: '16h1m',
    labels: {
      relay: 'c',
    },
    annotations: {
      summary: 'Relay c has had pending writes for 16h 0m 59s, longer than an overnight outage.',
      description:
        'The data is on the gateway and its mirrors only. First ask the owner of the worker whether it is meant to be offline. If it runs, restart its gateway service. No exporter shows its worker at the moment.',
      runbook_url: 'runbooks/GatewayPendingWritesOld.md',
      dashboard_url: '/d/gateway-relay?var-relay=c',
    },
  },
  GatewayPendingWritesOverdue: {
    at: '24h1m',
    labels: {
      relay: 'c',
    },
    annotations: {
      summary: 'Relay c has had pending writes for 1d 0h 0m 59s, longer than this site allows.',
      description:
        'The data is on the gateway and its mirrors only. First check that the mirrors of the relay are healthy, so that nothing can be lost. Then bring a worker of the relay back. No exporter shows its worker at the moment.',
      runbook_url: 'runbooks/GatewayPendingWritesOverdue.md',
      dashboard_url: '/d/gateway-relay?var-relay=c',
    },
  },
  GatewayPendingWritesStuck: {
    at: '2m',
    labels: {
      relay: 'a',
    },
    annotations: {
      summary: 'The worker of relay a received pending-write pushes but is not ingesting them.',
      description:
        'The writes stay on the gateway and its mirrors only. The job of the worker failed or hangs, and it is not retried automatically. First restart the gateway service of that worker, then watch the relay clear. No exporter shows its worker at the moment.',
      runbook_url: 'runbooks/GatewayPendingWritesStuck.md',
      dashboard_url: '/d/gateway-relay?var-relay=a',
    },
  },
  GatewayPushesNotIngested: {
    at: '10m',
    labels: {},
    annotations: {
      summary: 'The gateway delivers pending-write pushes, but no relay is being cleared.',
      description:
        '1 relay pending. At least one worker receives pushes and does not ingest. This build does not show which relay the pushes are for: first look in the list of the longest pending relays for one whose worker is online, and restart the gateway service of that worker.',
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
      summary: 'The gateway has lost track of the pending writes of relay a, pending for 6m 59s.',
      description:
        'Nothing pushes these writes any more, so no worker will ingest them. The gauge of the relay is gone, as after a gateway restart, and its worker has been active since. First trigger a new push: request a lease, then upload a file to the relay. No exporter shows its worker at the moment.',
      runbook_url: 'runbooks/GatewayPendingWritesForgotten.md',
      dashboard_url: '/d/gateway-relay?var-relay=a',
    },
  },
  GatewayPendingWritesNotPushed: {
    at: '20m30s',
    labels: {
      relay: 'c',
    },
    annotations: {
      summary: 'No push reaches the worker of relay c, which has been pending for 20m 29s.',
      description:
        'The worker has been active but does not know of these writes. The registration of the relay expired or was overwritten, or the worker refuses pushes. First trigger a new push: request a lease, then upload a file to the relay. If the push counter then shows errors, the worker refuses them. No exporter shows its worker at the moment.',
      runbook_url: 'runbooks/GatewayPendingWritesNotPushed.md',
      dashboard_url: '/d/gateway-relay?var-relay=c',
    },
  },
  GatewayWritesNotMarkedPending: {
    at: '30s',
    labels: {
      relay: 'a',
    },
    annotations: {
      summary:
        'The gateway accepted writes for relay a but never marked them as pending, last 1970-01-01 00:00:01 +0000 UTC.',
      description:
        'No push is sent, so these writes reach a worker only by chance and may be lost. First check that the mirrors hold them. Then search the gateway log for that time: the registration of the relay had expired, or the registration store failed. The metrics do not show which. No exporter shows its worker at the moment.',
      runbook_url: 'runbooks/GatewayWritesNotMarkedPending.md',
      dashboard_url: '/d/gateway-relay?var-relay=a',
    },
  },
  GatewayPendingWritesObjectiveFastBurn: {
    at: '0m',
    labels: {},
    annotations: {
      summary: 'Pending writes miss the objective at a rate that uses up the error budget within days.',
      description:
        '14.5% of the relay-minutes pending are longer than writes should take to clear. Many workers are away for too long, or stuck. First sort the pending relays by age and start with the oldest.',
      runbook_url: 'runbooks/GatewayPendingWritesObjectiveFastBurn.md',
      dashboard_url: '/d/gateway-overview?viewPanel=3',
    },
  },
  GatewayPendingWritesObjectiveSlowBurn: {
    at: '0m',
    labels: {},
    annotations: {
      summary: 'Pending writes miss the objective often enough to use up the error budget.',
      description:
        '3.1% of the relay-minutes pending are longer than writes should take to clear. Not urgent. First look for workers that are away for days or are no longer used.',
      runbook_url: 'runbooks/GatewayPendingWritesObjectiveSlowBurn.md',
      dashboard_url: '/d/gateway-overview?viewPanel=3',
    },
  },
  GatewayPushWaitHigh: {
    at: '21m',
    labels: {},
    annotations: {
      summary: 'Workers are slow to acknowledge pending writes: 51% of acknowledgements are slow.',
      description:
        'Writes stay pending for longer than necessary; no data is at risk. The share is over the last 15 minutes and leaves out workers that had been away. First check which relays wait longest, and the load of their workers.',
      runbook_url: 'runbooks/GatewayPushWaitHigh.md',
      dashboard_url: '/d/gateway-overview?viewPanel=5',
    },
  },
  GatewayPushesFailing: {
    at: '15m',
    labels: {},
    annotations: {
      summary: '52% of pending-write pushes fail: workers refuse them or cannot be reached.',
      description:
        'Writes stay pending although a worker is there to take them. This build does not count pushes per relay. First search the gateway log for the push error, then the log of that worker for [PendingWrites]. A 403 points to a wrong shared secret.',
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
        'No data is lost: accepted writes stay on the gateway. New writes may be rejected after the expiry. If more writes are expected before the worker is back, request a new lease first. A renewal may leave no trace in the metrics; the lease query shows the current lease. No exporter shows its worker at the moment.',
      runbook_url: 'runbooks/GatewayEscrowLeaseExpiring.md',
      dashboard_url: '/d/gateway-relay?var-relay=a',
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
        'Not urgent: no user has written to the relay lately. If writes are expected, request a new lease first. A renewal may leave no trace in the metrics; the lease query shows the current lease. No exporter shows its worker at the moment.',
      runbook_url: 'runbooks/GatewayEscrowLeaseExpired.md',
      dashboard_url: '/d/gateway-relay?var-relay=a',
    },
  },
  GatewayEscrowLeaseExpiredWritesWanted: {
    at: '13m',
    labels: {
      relay: 'a',
    },
    annotations: {
      summary: 'Users write to relay a while its escrow lease is past its expiry.',
      description:
        'The worker is away. Depending on the build, the writes are accepted against the escrow policy or rejected; if they are rejected, GatewayWritesTurnedAway fires as well. First request a new lease, or bring the worker back. A renewal may leave no trace in the metrics; the lease query shows the current lease. No exporter shows its worker at the moment.',
      runbook_url: 'runbooks/GatewayEscrowLeaseExpiredWritesWanted.md',
      dashboard_url: '/d/gateway-relay?var-relay=a',
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
        'No worker serves the relay, so its readers get the copy of the blind peers. That is normal while the worker is away. First check the phase of the relay: is its worker meant to be away? No exporter shows its worker at the moment.',
      runbook_url: 'runbooks/GatewayReplicaMainPath.md',
      dashboard_url: '/d/gateway-relay?var-relay=c',
    },
  },
  GatewayReplicaMainPathTooLong: {
    at: '16h1m',
    labels: {
      relay: 'c',
    },
    annotations: {
      summary: 'Relay c has been served from its replica for 16h 0m 59s, longer than an overnight outage.',
      description:
        'Readers see a copy that gets older, and every write needs an escrow lease. First ask whether the worker is still in use. If it runs, check that it has registered the relay. No exporter shows its worker at the moment.',
      runbook_url: 'runbooks/GatewayReplicaMainPathTooLong.md',
      dashboard_url: '/d/gateway-relay?var-relay=c',
    },
  },
  GatewayWritesTurnedAway: {
    at: '7m30s',
    labels: {
      relay: 'a',
    },
    annotations: {
      summary: 'Users cannot write to relay a: 2 writes rejected within the last minutes.',
      description:
        'Its worker is away and the gateway holds no escrow lease for it. Drive uploads are rejected as well, and no metric counts those. First request a lease; if it is refused, the answer gives the reason. Or bring the worker back. A site without escrow sets escrow: off. No exporter shows its worker at the moment.',
      runbook_url: 'runbooks/GatewayWritesTurnedAway.md',
      dashboard_url: '/d/gateway-relay?var-relay=a',
    },
  },
  GatewayFallbackOnStaleMirror: {
    at: '5m30s',
    labels: {
      relay: 'a',
    },
    annotations: {
      summary: 'Relay a is served from a mirror that has been inactive for 15m 0s.',
      description:
        'Readers may see old data, and new leases may be refused (mirror-too-stale). First check the mirrors of the relay, then the blind peers that hold them. No exporter shows its worker at the moment.',
      runbook_url: 'runbooks/GatewayFallbackOnStaleMirror.md',
      dashboard_url: '/d/gateway-relay?var-relay=a',
    },
  },
  GatewayMirrorServiceDown: {
    at: '3m30s',
    labels: {},
    annotations: {
      summary: 'The mirror service of the gateway is down while 2 relays depend on it.',
      description:
        'Readers of these relays get no new data, and pending writes have no second copy. First restart the mirror service of the gateway, then search its log for the reason.',
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
      summary: 'All requests for an escrow lease end in errors while relays need one.',
      description:
        '1 request failed within 15 minutes and none succeeded. Without a lease, writes to relays whose worker is away are rejected. First check that the escrow service is reachable from the gateway, then that both use the same shared secret.',
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
        '1 request refused within 15 minutes and none granted. Users cannot write to relays whose worker is away. First request a lease: the answer gives the reason. Stale mirrors, or peers that wrongly look healthy, are the usual ones.',
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
      summary: 'Relay a has been pending in the state file of its worker for too long.',
      description:
        "Either the writes are not ingested, or they are and the cleared push was lost. First search the worker's log for [PendingWrites] Job failed. If the job failed, restart the gateway service of the worker. No exporter shows its worker at the moment.",
      runbook_url: 'runbooks/WorkerQueuePendingTooLong.md',
      dashboard_url: '/d/gateway-relay?var-relay=a',
    },
  },
  WorkerQueueStalled: {
    at: '10m30s',
    labels: {
      job: 'pending-writes-exporter',
      instance: 'w1',
    },
    annotations: {
      summary: 'The worker at w1 has 1 job in its queue and is processing none.',
      description:
        'No relay of this worker is ingested: its coordinator has stopped taking jobs. First restart the gateway service of the worker.',
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
      summary: 'The escrow rotation of relay a failed, last seen 1970-01-01 00:00:01 +0000 UTC.',
      description:
        'No data is at risk now, but the next time the worker is away the relay may get no lease and writes would be rejected. First look for "Escrow deposit request failed" in the worker\'s log and fix the cause. Then restart the worker, which rotates all its relays. No exporter shows its worker at the moment.',
      runbook_url: 'runbooks/WorkerRotationFailed.md',
      dashboard_url: '/d/gateway-relay?var-relay=a',
    },
  },
  WorkerMissedPendingWrites: {
    at: '10m30s',
    labels: {
      relay: 'a',
    },
    annotations: {
      summary:
        'The gateway holds writes for relay a, but the state file of its worker says cleared (pending since 1970-01-01 00:00 UTC).',
      description:
        'The worker has been active but was not notified of these writes: the push was lost or refused, or the registration of the relay is gone. Waiting does not help. First trigger a new push: request a lease, then upload a file to the relay. No exporter shows its worker at the moment.',
      runbook_url: 'runbooks/WorkerMissedPendingWrites.md',
      dashboard_url: '/d/gateway-relay?var-relay=a',
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
        'Harmless if only the cleared push was lost. If the metadata was cleared by hand before the data was ingested, data may be missing on the worker. First check that the mirrors hold the latest state, then whether the job of the worker is complete. A restart does not correct the file; a new write that is pushed and cleared does. No exporter shows its worker at the moment.',
      runbook_url: 'runbooks/WorkerPendingWritesOrphaned.md',
      dashboard_url: '/d/gateway-relay?var-relay=c',
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
        'Nothing is known of the queue of this worker, and alerts that compare it with the gateway are silent for its relays. First check whether its host is on; then start the exporter.',
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
      summary: 'Prometheus has no worker exporter to scrape.',
      description:
        'Stuck jobs, failed rotations and disagreements with the gateway cannot be seen. First add the exporters to the scrape configuration, or correct jobs.exporter in the configuration of this bundle. A site without exporters disables this alert with that reason.',
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
        'Nothing is known of the relays of this worker until the file can be read. The content is broken, but the worker still has its queue in memory. Do not kill or restart the worker: it would lose the queue. First stop its gateway service (stop-gateway), which writes the file from memory, check that the file is valid JSON, then start it again.',
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
        'While workers are away the gateway serves their relays, so their readers and writers are cut off. Nothing is known of pending writes. First check the process and its host. After a restart nothing resumes pushes: start them again for the relays that were pending.',
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
        'No target matches the job of the gateway. First check the scrape configuration and service discovery for it, then jobs.gateway in the configuration of this bundle.',
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
      summary: 'The gateway at g1 is up, but required metrics are missing.',
      description:
        'Alerts of this bundle may be blind. Another program answers at that address, or a new build renamed or dropped metrics. First compare it with the contract: gateway-observability verify --metrics http://g1/metrics.',
      runbook_url: 'runbooks/GatewayMetricsMissing.md',
      dashboard_url: '/d/gateway-overview?viewPanel=12',
    },
  },
};
