import {
  pendingWritesPending,
  pendingWritesStateFileLastGoodRead,
  pendingWritesStateFileReadFailure,
  pendingWritesStateFileReadSuccess,
} from '../../metrics/exporter.js';
import { up } from '../../metrics/prometheus.js';
import type { RunbookPages } from '../../src/model/runbook.js';
import { promql } from '../../src/promql/template.js';
import { CHECKS_ONLY, validFileCommand } from './commands.js';

export const exporterPages: RunbookPages = {
  PendingWritesExporterDown: ({ site, step }) => ({
    firesWhen: 'Prometheus cannot scrape the exporter of a worker',
    urgency:
      'Can wait until the morning. On a site with `workers.alwaysOn`, check the host in working hours.',
    meaning:
      'The host of the worker is off, or its exporter is not running. A closed laptop looks like this, so the alert is a warning only if `workers.alwaysOn` is set.',
    impact:
      'The queue of this worker is not monitored. Alerts that compare it with the gateway cannot fire for its relays.',
    check: [
      {
        text: 'Since when? Seconds since the exporter was last scraped; no line means more than two days.',
        query: promql`time() - max_over_time(timestamp(${up}{${site.exporter}, instance="$INSTANCE"} == 1)[2d:5m])`,
        mayBeEmpty: true,
      },
      {
        text: 'Which relays did it report within two days?',
        query: promql`group by (relay) (last_over_time(${pendingWritesPending}{${site.exporter}, instance="$INSTANCE"}[2d]))`,
        mayBeEmpty: true,
      },
      { text: 'Which other exporters are down?', query: promql`${up}{${site.exporter}} == 0` },
      { text: 'Does the host answer?', command: 'curl -sS -m 5 "http://$INSTANCE/metrics" | head -n 5' },
    ],
    act: [
      {
        text: 'If the host is on, start the exporter. By default it listens on loopback only, so check `--web.listen-address` as well.',
        command: 'systemctl status pending-writes-exporter\nsudo systemctl restart pending-writes-exporter',
      },
      {
        text: `If the host is off on purpose, ${step('planned-maintenance', 'silence its alerts')}. If it is gone for good, remove its target from Prometheus.`,
      },
    ],
    over: {
      query: promql`${up}{${site.exporter}, instance="$INSTANCE"} == 1`,
      becomes: 'present',
      text: 'The exporter is scraped again. If its target was removed on purpose, the alert ends without this sample.',
    },
    returnsIf: 'The host is switched off again.',
  }),

  PendingWritesExporterMissing: ({ site }) => ({
    firesWhen: 'no target matches `jobs.exporter` of the configuration',
    urgency: 'Can wait until the morning.',
    meaning: 'Prometheus has no target for a worker exporter.',
    impact: 'Stuck jobs, failed rotations and disagreements between gateway and worker cannot be seen.',
    check: [
      {
        text: 'Which jobs does Prometheus scrape?',
        query: promql`count by (job) (${up})`,
        mayBeEmpty: true,
      },
      {
        text: 'Which targets does Prometheus have, and what is wrong with them? Its service discovery page lists dropped targets.',
        command: `curl -sS "$PROMETHEUS/api/v1/targets?state=any" | jq -r '.data.activeTargets[] | [.labels.job, .scrapeUrl, .lastError] | @tsv'`,
      },
    ],
    act: [
      {
        text: 'Add the exporters to the scrape configuration, or correct `jobs.exporter` in the configuration of this bundle.',
      },
      {
        text: 'If the site runs no exporters, disable this alert and give that as the reason: `alerts.PendingWritesExporterMissing.disabled`.',
      },
    ],
    over: {
      query: promql`${up}{${site.exporter}}`,
      becomes: 'present',
      text: 'Prometheus has an exporter to scrape.',
    },
    returnsIf: 'The targets are dropped from the configuration or from service discovery again.',
  }),

  PendingWritesStateFileUnreadable: ({ site, step }) => ({
    firesWhen: 'the exporter has not been able to read the state file for 10 minutes',
    urgency:
      'Can wait until the morning, as long as no one restarts the worker. Warn its owner if a restart is planned.',
    meaning:
      'The label `reason` gives the cause. `spliced`: two overlapping writes have left parts of two states in the file, and it stays that way until the worker writes again. `not_json`: the file is broken. `permission`, `io`, `unlinked`: the exporter cannot reach it. A missing file is normal and raises no alert.',
    impact:
      'The state of the relays of this worker is unknown; they do not count as cleared. **A worker that restarts on a broken file loses its queue.** As long as its process keeps running, it has the queue in memory.',
    check: [
      {
        text: 'Why? The current reason.',
        query: promql`${pendingWritesStateFileReadFailure}{${site.exporter}, instance="$INSTANCE"} == 1`,
        mayBeEmpty: true,
      },
      {
        text: 'Since when? Seconds since the last successful read.',
        query: promql`time() - ${pendingWritesStateFileLastGoodRead}{${site.exporter}, instance="$INSTANCE"}`,
        mayBeEmpty: true,
      },
      {
        text: 'Which relays did the file name within two days?',
        query: promql`group by (relay) (last_over_time(${pendingWritesPending}{${site.exporter}, instance="$INSTANCE"}[2d]))`,
        mayBeEmpty: true,
      },
      {
        text: 'Which other exporters?',
        query: promql`${pendingWritesStateFileReadSuccess}{${site.exporter}} == 0`,
      },
      {
        text: 'On the host: check owner, mode and size, and whether the file is valid.',
        command: validFileCommand,
      },
    ],
    act: [
      {
        text: `If the content is broken: ${step('rewrite-state-file')}. Any new push or rotation rewrites the file as well. ${CHECKS_ONLY}`,
        command: validFileCommand,
      },
      {
        text: `If the worker was already restarted, its queue is lost. ${step('start-pushes')} for each of its pending relays.`,
      },
      {
        text: '`permission`, `io`, `unlinked`: fix owner, mode or mount. Was the folder recreated behind a bind mount? Is the disk full?',
        command: 'df -h "$(dirname "$STATE_FILE")"\njournalctl -u pending-writes-exporter -n 20',
      },
    ],
    avoid: ['Kill or restart the process of the worker while the file is broken.'],
    over: {
      query: promql`${pendingWritesStateFileReadSuccess}{${site.exporter}, instance="$INSTANCE"} == 1`,
      becomes: 'present',
      text: 'The exporter has read the file. If the exporter itself is gone, the alert also ends, but the query returns nothing.',
    },
    returnsIf: 'Two writes of the worker overlap again, which is common on a slow disk.',
  }),
};
