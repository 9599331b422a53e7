import { gatewayPendingWritePushes, gatewayPendingWritePushWait } from '../../metrics/gateway.js';
import { pendingCount } from '../../recording-rules/pending-writes.js';
import { pushes, slowAcknowledgements } from '../../recording-rules/push-wait.js';
import type { RunbookPages } from '../../src/model/runbook.js';
import { durationOf, durationSeconds } from '../../src/promql/duration.js';
import { countOf, sumOf } from '../../src/promql/histogram.js';
import { promql } from '../../src/promql/template.js';
import { gatewayLogCommand, workerLogCommand } from './commands.js';
import { hostStep, mirrorsFirst, mirrorsOfEachSteps, othersStep } from './queries.js';
import { AVOID_GATEWAY_RESTART, AVOID_RESTART, restartStep } from './restart.js';

const percent = (share: number) => `${Number((share * 100).toPrecision(6))} %`;

export const pushWaitPages: RunbookPages = {
  GatewayPushWaitHigh: ({ site, step, alert, panel }) => ({
    firesWhen: `more than ${percent(site.thresholds.pushWait.slowShare)} (\`thresholds.pushWait.slowShare\`) of the acknowledgements take longer than ${site.thresholds.pushWait.slowSeconds} s (\`thresholds.pushWait.slowSeconds\`)`,
    urgency: 'Can wait until the morning. Writes arrive late, and no data is at risk.',
    meaning:
      'Workers take a long time to acknowledge pending writes. Waits of more than 10 minutes are excluded: they mean that the worker was away, not that it is slow. On builds that record no acknowledgements, this alert never fires.',
    impact: 'Writes stay pending for longer than necessary. No data is at risk.',
    check: [
      {
        text: 'The share of slow acknowledgements in the last 15 minutes.',
        query: promql`${slowAcknowledgements}`,
      },
      {
        text: 'Which relays wait longest? Mean wait in seconds.',
        query: promql`
          topk(10,
            sum by (relay) (increase(${sumOf(gatewayPendingWritePushWait)}{${site.gateway}}[15m]))
              / (sum by (relay) (increase(${countOf(gatewayPendingWritePushWait)}{${site.gateway}}[15m])) > 0)
          )
        `,
      },
      { ...othersStep('Which relays are pending now?'), mayBeEmpty: true },
      { text: `Since when? The graph shows it: ${panel('gateway-overview', 5)}.` },
    ],
    act: [
      {
        text: `On the hosts of those workers: check the load, and look for failed jobs. ${step('find-worker')} shows the host of a relay.`,
        ...workerLogCommand,
        command: `uptime\n${workerLogCommand.command}`,
      },
      restartStep({ step }, 'Reduce the load on slow workers. If one hangs:'),
      { text: `If the network is the cause, see ${alert('GatewayPushesFailing')} as well.` },
    ],
    over: {
      query: promql`${slowAcknowledgements} <= ${site.thresholds.pushWait.slowShare}`,
      becomes: 'present',
      text: 'Acknowledgements are fast again. Without any acknowledgement for 15 minutes the alert also ends, but the query returns nothing: check whether relays are still pending.',
    },
    returnsIf: 'The workers or the network are overloaded again.',
  }),

  GatewayPushesFailing: ({ site, step, alert, panel }) => ({
    firesWhen: `more than ${percent(site.thresholds.pushWait.failedShare)} (\`thresholds.pushWait.failedShare\`) of the pushes fail, or some have failed in every stretch of ${site.pushWindow} for ${durationOf(2 * durationSeconds(site.pushWindow) + 60)}, whatever their share`,
    urgency: mirrorsFirst(3),
    meaning:
      'Workers are online for pending relays, but pushes end in errors: the worker refuses them (403, 500), or they cannot be delivered. The counter covers the whole gateway, so the alert names no relay.',
    impact:
      'Writes of one or more relays stay pending although a worker is online. They exist only on the gateway and its mirrors: no data is lost while those are healthy. Waiting does not help.',
    check: [
      { ...othersStep('Which relays? The ten that have been pending longest.'), mayBeEmpty: true },
      ...mirrorsOfEachSteps({ site, step }),
      {
        text: `On which gateway process do pushes fail? Pushes in the last ${site.pushWindow} by process and result; the label \`instance\` names the host.`,
        query: promql`sum by (instance, result) (increase(${gatewayPendingWritePushes}{${site.gateway}}[${site.pushWindow}]))`,
      },
      {
        text: 'In the log of that process: for which relay do pushes fail, and with which status? The command also prints pushes that succeeded. No line: the gateway logs pushes in other words; search the log for the keys of the relays above. Some of them may be pending for normal reasons: look for errors.',
        ...gatewayLogCommand('pending-writes', 'push'),
      },
      { text: 'How many relays are pending?', query: promql`${pendingCount} > 0`, mayBeEmpty: true },
      {
        ...hostStep({ site, step }, { mayBeEmpty: true }),
        text: `Which host runs the worker of that relay? Set \`RELAY\` to the relay in the log. 1: its exporter is up. 0: the host is off, or the exporter is down. No line: see ${step('find-worker')}.`,
      },
      {
        text: `Since when? The first errors in the graph that the message links as "Dashboard": ${panel('gateway-overview', 4)}.`,
      },
    ],
    act: [
      {
        text: `403: the shared secret of the worker differs from that of the gateway. Which side is right and where it is configured depends on the site: ask the owner of the gateway, who has the right secret, and have the owner of the worker enter it. If the app has to be restarted for it, do it as in ${step('restart-service')}. Then check in the log that the next push succeeds.`,
      },
      {
        text: '500: the worker failed to process the push. Look for the error on its host: the line `Job failed` contains it.',
        ...workerLogCommand,
      },
      restartStep({ step }, '500, after that:'),
      {
        text: `Timeout or connection error: check the network of the worker's host. From there, does the gateway answer? Any status shows that it does; 000 that it cannot be reached. ${alert('GatewayPendingWritesNotPushed')} names the affected relays where the metrics show them.`,
        host: 'worker',
        command: `curl -sS -m 5 -o /dev/null -w '%{http_code}\\n' "\${GATEWAY:?see above}"`,
      },
    ],
    avoid: [AVOID_RESTART, AVOID_GATEWAY_RESTART],
    over: {
      query: promql`${pushes}{result="error"} > 0.5`,
      becomes: 'empty',
      text: `No push has failed within ${site.pushWindow}, which covers the longest back-off of 5 minutes. The value is extrapolated, so the query ignores less than half a push. Pushes also stop failing when none are sent, so check that the relays are no longer pending: the query for the ten longest pending ones shows them.`,
    },
    returnsIf: 'The worker refuses pushes again, for example after a restart with the old secret.',
  }),
};
