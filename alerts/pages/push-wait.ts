import { gatewayPendingWritePushWait } from '../../metrics/gateway.js';
import { pendingCount } from '../../recording-rules/pending-writes.js';
import { pushes, slowAcknowledgements } from '../../recording-rules/push-wait.js';
import type { RunbookPages } from '../../src/model/runbook.js';
import { countOf, sumOf } from '../../src/promql/histogram.js';
import { promql } from '../../src/promql/template.js';
import { gatewayLogCommand, validFileCommand, workerLogCommand } from './commands.js';
import { othersStep } from './queries.js';

const percent = (share: number) => `${Number((share * 100).toPrecision(6))} %`;

export const pushWaitPages: RunbookPages = {
  GatewayPushWaitHigh: ({ site, step, alert }) => ({
    firesWhen: `more than ${percent(site.thresholds.pushWait.slowShare)} (\`thresholds.pushWait.slowShare\`) of the acknowledgements take longer than ${site.thresholds.pushWait.slowSeconds} s (\`thresholds.pushWait.slowSeconds\`)`,
    meaning:
      'Workers take long to acknowledge pending writes. Waits beyond the top bucket are left out: there the worker had been away. Builds that record no acknowledgement never raise this alert.',
    impact: 'Writes stay pending for longer than necessary. No data is at risk.',
    check: [
      { text: 'The share of slow acknowledgements over 15 minutes.', query: promql`${slowAcknowledgements}` },
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
    ],
    act: [
      {
        text: 'On the hosts of those workers: load, and failed jobs.',
        command: `uptime\n${workerLogCommand}`,
      },
      { text: `Relieve slow workers. If one hangs: ${step('restart-service')}.` },
      { text: `If the network is the cause, watch ${alert('GatewayPushesFailing')} as well.` },
    ],
    over: {
      query: promql`${slowAcknowledgements} > ${site.thresholds.pushWait.slowShare}`,
      becomes: 'empty',
      text: 'Acknowledgements are fast again, or there was none for 15 minutes.',
    },
    returnsIf: 'The workers or the network are overloaded again.',
  }),

  GatewayPushesFailing: ({ site, step, alert, panel }) => ({
    firesWhen: `more than ${percent(site.thresholds.pushWait.failedShare)} (\`thresholds.pushWait.failedShare\`) of the pushes fail, or some fail without a pause`,
    meaning:
      'Workers are online for pending relays, but pushes end in errors: the worker refuses them (403, 500), or they cannot be delivered. The counter is for the whole gateway, so the alert names no relay.',
    impact: 'Writes stay pending although a worker is there to take them.',
    check: [
      { text: 'Pushes by result.', query: promql`${pushes}` },
      { text: 'How many relays are pending?', query: promql`${pendingCount} > 0`, mayBeEmpty: true },
      { ...othersStep('Which relays? The ten that have been pending longest.'), mayBeEmpty: true },
      {
        text: 'Gateway log: which relay, and which error?',
        command: gatewayLogCommand('pending-writes', 'push'),
      },
      { text: `Since when: ${panel('gateway-overview', 4)}.` },
    ],
    act: [
      { text: '403: the shared secret differs. Make the secrets of gateway and worker match.' },
      {
        text: '500: the coordinator failed. On the host of the worker, find the exception.',
        command: workerLogCommand,
      },
      { text: `500: ${step('restart-service')}.`, command: validFileCommand },
      {
        text: `Not delivered: check the network between gateway and worker. ${alert('GatewayPendingWritesNotPushed')} names the relays for which there is evidence.`,
      },
    ],
    over: {
      query: promql`${pushes}{result="error"} > 0.5`,
      becomes: 'empty',
      text: 'No push has failed within the longest back-off. The relays clear one after the other.',
    },
    returnsIf: 'The worker refuses pushes again, for example after a restart with the old secret.',
  }),
};
