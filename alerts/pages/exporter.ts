import {
  pendingWritesPending,
  pendingWritesStateFileLastGoodRead,
  pendingWritesStateFileReadFailure,
  pendingWritesStateFileReadSuccess,
} from '../../metrics/exporter.js';
import { up } from '../../metrics/prometheus.js';
import type { RunbookPages } from '../../src/model/runbook.js';
import { promql } from '../../src/promql/template.js';
import { REWRITE_ONLY, targetsCommand, validFileCommand } from './commands.js';

export const exporterPages: RunbookPages = {
  PendingWritesExporterDown: ({ site, step }) => ({
    firesWhen: 'Prometheus cannot scrape the exporter of a worker',
    urgency:
      'Can wait until the morning. On a site with `workers.alwaysOn`, check the host in working hours.',
    meaning:
      'The host of the worker is off, or its exporter is not running. A closed laptop looks like this, so the alert is info. With `workers.alwaysOn` it is a warning.',
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
      {
        text: 'Does the host answer?',
        command: 'curl -sS -m 5 "http://${INSTANCE:?see above}/metrics" | head -n 5',
      },
    ],
    act: [
      {
        text: 'If the host is on, start the exporter. By default it listens on loopback only, so check `--web.listen-address` as well.',
        host: 'worker',
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

  PendingWritesExporterMissing: ({ site, step }) => ({
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
        text: 'Which targets does Prometheus have, what is wrong with them, and which ones did relabelling drop?',
        command: targetsCommand,
      },
    ],
    act: [
      {
        text: `Add the exporters to the scrape configuration. If they are scraped under another job: ${step('change-configuration', 'correct `jobs.exporter` in the configuration of this bundle')}.`,
      },
      {
        text: `If the site runs no exporters, disable this alert and give that as the reason: \`alerts.PendingWritesExporterMissing.disabled\` in the configuration of this bundle (${step('change-configuration')}).`,
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
      'Can wait until the morning, but then call before anything else: ask the owner of the worker not to quit the app and not to switch off or restart the computer until the file is valid. It does not page, because a lost queue loses no data: the writes stay on the gateway and its mirrors, and new pushes bring them to the worker.',
    meaning:
      'The label `reason` gives the cause. `spliced`: two overlapping writes have left parts of two states in the file, and it stays that way until the worker writes again. `not_json`, `not_utf8`, `not_a_state_file`: the content is broken. `permission`, `io`: the exporter cannot read it. `unlinked`: the exporter sees a deleted file, for example because its folder was recreated behind a bind mount. `not_a_file`: the path leads to a folder or to something else that is not a regular file. `too_large`: the file is larger than the exporter reads. `changing`: the worker writes so often that no read finds a whole version. `timeout`: the file system does not respond. A worker that has never had a pending write has no file; that raises no alert.',
    impact:
      'The state of the relays of this worker is unknown; they do not count as cleared. **A worker that restarts on a broken file loses its queue.** As long as its process keeps running, it has the queue in memory. Users notice nothing until then.',
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
        text: 'Which relays did the file name within two days? 1 was pending. Note them before anyone touches the worker: if its queue is lost, they need new pushes.',
        query: promql`last_over_time(${pendingWritesPending}{${site.exporter}, instance="$INSTANCE"}[2d])`,
        mayBeEmpty: true,
      },
      {
        text: 'Which other exporters?',
        query: promql`${pendingWritesStateFileReadSuccess}{${site.exporter}} == 0`,
      },
      {
        text: 'On the host: check owner, mode and size, and whether the file is valid.',
        ...validFileCommand,
      },
    ],
    act: [
      {
        text: 'Ask the owner of the worker not to quit the app, and not to switch off or restart the computer, until the file is valid. `INSTANCE` without the port is the host; [Whom to ask](README.md#contacts) leads from it to the owner.',
      },
      {
        text: `If the content is broken (\`spliced\`, \`not_json\`, \`not_utf8\`, \`not_a_state_file\`): ${step('rewrite-state-file')}. ${REWRITE_ONLY}`,
        ...validFileCommand,
      },
      {
        text: `If the worker was already restarted, its queue is lost. ${step('start-pushes')} for each of its pending relays.`,
      },
      {
        text: '`permission`, `io`, `unlinked`: fix owner, mode or mount. Was the folder recreated behind a bind mount? Is the disk full?',
        host: 'worker',
        command: 'df -h "$(dirname "$STATE_FILE")"\njournalctl -u pending-writes-exporter -n 20',
      },
      {
        text: '`not_a_file`: correct `--state-file` of the exporter, or the mount, so that the path leads to the file of the worker. `too_large`: raise `--state-file.max-bytes` of the exporter above the size of the file, and restart the exporter. `changing`: look in the log of the worker for what it repeats, because it writes without a pause. `timeout`: find out why the disk or the network mount does not respond.',
      },
    ],
    avoid: ['Kill or restart the worker, quit the app or switch off its computer while the file is broken.'],
    over: {
      query: promql`${pendingWritesStateFileReadSuccess}{${site.exporter}, instance="$INSTANCE"} == 1`,
      becomes: 'present',
      text: 'The exporter has read the file. That is also the case after a restart that lost the queue: check that the relays that you noted are in the file or are no longer pending. If the exporter itself is gone, the alert also ends, but the query returns nothing.',
    },
    returnsIf: 'Two writes of the worker overlap again, which is common on a slow disk.',
  }),
};
