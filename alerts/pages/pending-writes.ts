import { pendingWritesRotationLastAttempts } from '../../metrics/exporter.js';
import { gatewayRelayFallbackWrites, processStartTime } from '../../metrics/gateway.js';
import { lateRatios } from '../../recording-rules/objective.js';
import { clearedCount, pending, pendingCount, pendingStart } from '../../recording-rules/pending-writes.js';
import { pushes } from '../../recording-rules/push-wait.js';
import { notMarked } from '../../recording-rules/replica-fallback.js';
import { fileWritten } from '../../recording-rules/state-file.js';
import { deliveredStart, stuck, workerActivity } from '../../recording-rules/worker-queue.js';
import type { PageContext, PageEnd, PageStep, RunbookPages } from '../../src/model/runbook.js';
import { promql } from '../../src/promql/template.js';
import {
  clearCommand,
  gatewayLogCommand,
  mirrorsCommand,
  registrationCommand,
  requestLeaseCommand,
  stateFileCommand,
  uploadCommand,
  validFileCommand,
  workerLogCommand,
} from './commands.js';
import { hostStep, othersStep, pendingSinceStep, phaseStep } from './queries.js';

/** Over as soon as the relay is cleared. */
const cleared: PageEnd = {
  query: promql`${pendingStart}{relay="$RELAY"} > 0`,
  becomes: 'empty',
  text: 'The relay was cleared: its gauge is 0, or a worker was notified that it is cleared.',
};

/** What starts the pushes of a relay, step by step. */
const startPushes = ({ step }: PageContext): PageStep[] => [
  {
    text: `${step('start-pushes')}: make sure that the worker is online, request a lease, and write something to the relay. Only a new write starts pushes. Skip the lease where the gateway runs without escrow.`,
    command: requestLeaseCommand,
  },
  { text: 'Upload a small file.', command: uploadCommand },
  { text: `Watch the gauge become 1 and then 0. ${step('confirm-clear')}.` },
];

const AVOID_RESTART =
  'Kill or restart the worker while its state file is invalid: a worker that restarts on a broken file loses its queue.';
const AVOID_REGISTER =
  'Register the relay again or toggle `gatewayPendingWrites`: in the observed build neither starts a push, and a registration overwrites what was pending.';

export const pendingWritesPages: RunbookPages = {
  GatewayPendingWritesWaiting: (context) => ({
    firesWhen: `the relay has been pending for longer than ${context.site.thresholds.pendingWrites.infoAfter} (\`thresholds.pendingWrites.infoAfter\`)`,
    meaning:
      'The gateway holds writes for this relay, and no worker has ingested them. That is normal while the worker is offline.',
    impact:
      'None while the worker is away on purpose: the gateway keeps the writes and the mirrors serve the readers.',
    check: [
      phaseStep('1 is the normal answer.'),
      pendingSinceStep,
      hostStep(context.site, { mayBeEmpty: true }),
      othersStep(),
    ],
    act: [
      { text: 'Nothing while the worker is meant to be offline.' },
      {
        text: 'If the worker should be online, ask its owner to start it. The gateway looks for it every 15 s and pushes immediately. Check that it has registered the relay.',
        command: registrationCommand,
      },
      {
        text: `Phase 5: see ${context.alert('GatewayPendingWritesStuck')}. Phase 7: see ${context.alert('GatewayPendingWritesForgotten')}.`,
      },
    ],
    over: cleared,
    returnsIf: 'The relay is written to again while its worker is away.',
  }),

  GatewayPendingWritesOld: (context) => ({
    firesWhen: `the relay has been pending for longer than ${context.site.thresholds.pendingWrites.warningAfter} (\`thresholds.pendingWrites.warningAfter\`)`,
    meaning: 'No worker has ingested the writes of this relay for longer than an overnight outage explains.',
    impact:
      'The data exists only on the gateway and its mirrors. Nothing is lost, but the longer it lasts, the more depends on them.',
    check: [phaseStep(), pendingSinceStep, hostStep(context.site, { mayBeEmpty: true }), othersStep()],
    act: [
      { text: 'Phase 1: ask the owner of the worker whether it is still in use, and bring it online.' },
      { text: 'The worker runs: is the relay registered?', command: registrationCommand },
      {
        text: `The worker runs and the relay is registered: ${context.step('restart-service')}. Phase 7: see ${context.alert('GatewayPendingWritesForgotten')}. No push arrives: see ${context.alert('GatewayPendingWritesNotPushed')}.`,
      },
    ],
    avoid: [AVOID_RESTART],
    over: cleared,
    returnsIf: 'The worker stays away for that long again.',
  }),

  GatewayPendingWritesOverdue: (context) => ({
    firesWhen: `the relay has been pending for longer than ${context.site.thresholds.pendingWrites.criticalAfter} (\`thresholds.pendingWrites.criticalAfter\`)`,
    meaning: 'The relay has been pending for longer than this site allows.',
    impact:
      'The only copies of the writes are on the gateway and its mirrors. If those fail as well, the writes of a whole day are lost.',
    check: [
      {
        text: 'Are the mirrors of the relay healthy, and is `lagMs` small?',
        command: mirrorsCommand,
      },
      phaseStep(),
      pendingSinceStep,
      hostStep(context.site, { mayBeEmpty: true }),
      othersStep(),
    ],
    act: [
      {
        text: `Make sure that the mirrors hold the latest state before anything else: ${context.step('check-mirrors')}.`,
      },
      {
        text: `Bring a worker of the relay online. If it runs and does not ingest: ${context.step('clear-stuck-job')}.`,
        command: registrationCommand,
      },
      {
        text: `Last resort, after the mirrors were checked twice: ${context.step('clear-by-hand')}. The gateway then forgets data that no worker has. 404 means that the registration has expired; the gauge then stays at 1.`,
        command: clearCommand,
      },
    ],
    avoid: [AVOID_RESTART],
    over: cleared,
    returnsIf: 'The relay stays pending for that long again.',
  }),

  GatewayPendingWritesStuck: (context) => ({
    firesWhen: `a push of this write was delivered to a worker ${context.site.thresholds.pendingWrites.stuckAfter} ago (\`thresholds.pendingWrites.stuckAfter\`) and the worker is not working through a queue, or the state file says that the job failed`,
    meaning:
      'The worker received pending-write pushes but is not ingesting them. Its job failed or hangs. A failed job is not retried until there is a new write or the worker restarts.',
    impact: 'The writes stay on the gateway and its mirrors only. Waiting does not help.',
    check: [
      hostStep(context.site),
      {
        text: 'Since when? Seconds for which pushes have been delivered without effect.',
        query: promql`time() - (${deliveredStart}{relay="$RELAY"} > 0)`,
        mayBeEmpty: true,
      },
      pendingSinceStep,
      {
        text: 'Who else is stuck?',
        query: promql`${stuck} == 1`,
      },
      { text: 'On the host: why did the job fail?', command: workerLogCommand },
      { text: 'On the host: what does the file say, and is it valid?', command: stateFileCommand },
    ],
    act: [
      {
        text: `${context.step('restart-service')}: \`stop-gateway\`, check that the file is valid, \`start-gateway\`. The coordinator reads the file and continues.`,
        command: validFileCommand,
      },
      {
        text: 'Still stuck: a job that cannot mirror the drive fails, so check the mirrors.',
        command: mirrorsCommand,
      },
      {
        text: `Still stuck: ${context.step('discard-state-file')}, then ${context.step('start-pushes')}. Last resort: ${context.step('clear-by-hand')}.`,
      },
    ],
    avoid: [
      AVOID_RESTART,
      'Delete the state file while the gateway service runs: stopping the service rewrites it.',
      'Assume a failed job if the worker was closed right after it received the push. It looks the same; start the worker.',
    ],
    over: {
      query: promql`${stuck}{relay="$RELAY"} == 1`,
      becomes: 'empty',
      text: `The relay is cleared, or its worker has gone away. Check with ${context.step('confirm-clear')}.`,
    },
    returnsIf: 'The job fails again: fix the error in the log first.',
  }),

  GatewayPushesNotIngested: (context) => ({
    firesWhen: `pushes have been delivered for ${context.site.thresholds.pendingWrites.stuckAfter} (\`thresholds.pendingWrites.stuckAfter\`) and no relay was cleared, no lease was released and no state file was written`,
    meaning:
      'The gateway delivers pushes, but they can only be repetitions to a worker that does not ingest. This build counts pushes without a relay label and no exporter names the relay, so the alert is about the whole gateway.',
    impact: 'At least one relay with an online worker stays pending. Waiting does not help.',
    check: [
      { text: 'How many relays are pending?', query: promql`${pendingCount} > 0` },
      othersStep('Which relays? The ten that have been pending longest.'),
      { text: 'Pushes by result.', query: promql`${pushes}` },
      {
        text: 'Which worker is online? Set `RELAY` to each of the oldest relays and look for its registration.',
        command: registrationCommand,
      },
    ],
    act: [
      { text: 'On the host of such a worker: why did the job fail?', command: workerLogCommand },
      { text: `${context.step('restart-service')}.`, command: validFileCommand },
      {
        text: `Run \`pending-writes-exporter\` beside the worker. ${context.alert('GatewayPendingWritesStuck')} then names the relay next time.`,
      },
    ],
    avoid: [AVOID_RESTART],
    over: {
      query: promql`
        ${pendingCount} > 0
          and on (${context.site.by()}) (${pushes}{result="success"} > 0)
          and on (${context.site.by()}) (${clearedCount} == 0)
      `,
      becomes: 'empty',
      text: 'A relay was cleared, nothing is pending any more, or pushes are no longer delivered.',
    },
    returnsIf: 'The job of a worker without an exporter fails again.',
  }),

  GatewayPendingWritesForgotten: (context) => ({
    firesWhen:
      'the relay was pending and never cleared, its gauge is gone from a gateway that is scraped, and its worker has been active since',
    meaning:
      'The gateway has lost track of the pending writes, as after a restart. The worker is there, but its file does not have the relay in its queue.',
    impact:
      'Nothing pushes these writes any more. They stay on the gateway until the relay is written to again.',
    check: [
      pendingSinceStep,
      {
        text: 'Was the gateway restarted? Seconds since each process started.',
        query: promql`time() - ${processStartTime}{${context.site.gateway}}`,
      },
      hostStep(context.site),
      {
        text: 'Seconds since its worker was active.',
        query: promql`time() - (${workerActivity}{relay="$RELAY"} > 0)`,
        mayBeEmpty: true,
      },
      {
        text: 'Who else lost its gauge?',
        query: promql`(${pendingStart} > 0) unless on (${context.site.by('relay')}) ${pending}`,
      },
      { text: 'Is the relay still registered, or was it removed on purpose?', command: registrationCommand },
    ],
    act: startPushes(context),
    avoid: [AVOID_REGISTER],
    over: {
      query: promql`(${pendingStart}{relay="$RELAY"} > 0) unless on (${context.site.by('relay')}) ${pending}`,
      becomes: 'empty',
      text: `The gauge is back, or the relay was cleared. A relay that was removed on purpose is forgotten after ${context.site.thresholds.pendingWrites.carryFor} (\`thresholds.pendingWrites.carryFor\`).`,
    },
    returnsIf: 'The gateway restarts while relays are pending.',
  }),

  GatewayPendingWritesNotPushed: (context) => ({
    firesWhen: `the relay has been pending for longer than ${context.site.thresholds.pendingWrites.unpushedAfter} (\`thresholds.pendingWrites.unpushedAfter\`), its worker has been active, and no push has reached the worker`,
    meaning:
      'A worker of the relay should be online, but nothing pushes to it any more or it refuses the pushes. The registration of the relay expired (300 s without renewal), was overwritten, or the worker answers with an error. Builds that do not count pushes per relay cannot show which.',
    impact: 'The worker does not know that there is something to ingest. Waiting does not help.',
    check: [
      pendingSinceStep,
      hostStep(context.site, { mayBeEmpty: true }),
      {
        text: 'Do pushes fail? `error` means that a worker refuses them.',
        query: promql`${pushes}`,
        mayBeEmpty: true,
      },
      othersStep(),
      { text: 'Is the relay registered, and since when?', command: registrationCommand },
      {
        text: 'Gateway log: "marking pending writes" without later pushes, or pushes that end in an error?',
        command: gatewayLogCommand('marking pending writes', 'pending-writes'),
      },
    ],
    act: [
      ...startPushes(context),
      {
        text: `The push counter then shows errors: see ${context.alert('GatewayPushesFailing')}.`,
      },
    ],
    avoid: [AVOID_REGISTER],
    over: {
      query: promql`${pending}{relay="$RELAY"}`,
      becomes: 'empty',
      text: `The relay was cleared. While it is still pending, the alert also ends when a push reaches the worker: its file then says \`pending\`. ${context.step('confirm-clear')}.`,
    },
    returnsIf: 'The registration expires again while the worker is away.',
  }),

  GatewayWritesNotMarkedPending: (context) => ({
    firesWhen:
      'a write to the relay was accepted, its gauge did not become 1, and no lease of the relay was released; kept for a day',
    meaning:
      'The gateway accepted writes but never marked them as pending. Either the registration of the relay had expired or the registration store failed. The metrics do not show which.',
    impact:
      'No push is sent, so these writes reach a worker only by chance and **may be lost**. The mirrors may still hold them. Drive uploads are in no counter: there may be more.',
    check: [
      { text: 'When was it last seen?', query: promql`${notMarked}{relay="$RELAY"} > 0` },
      {
        text: 'How many writes were accepted since the gateway started?',
        query: promql`sum by (relay, result) (${gatewayRelayFallbackWrites}{${context.site.gateway}, relay="$RELAY"})`,
      },
      hostStep(context.site, { mayBeEmpty: true }),
      { text: 'Who else?', query: promql`${notMarked} > 0` },
      {
        text: 'Gateway log at that time: an error of the registration store?',
        command: gatewayLogCommand('registration', 'marking pending writes'),
      },
      { text: 'Is the relay registered, and since when?', command: registrationCommand },
    ],
    act: [
      { text: 'Check that the mirrors hold the writes.', command: mirrorsCommand },
      {
        text: 'Bring the worker online, so that the relay is registered again.',
        command: registrationCommand,
      },
      ...startPushes(context),
      { text: 'Ask the users of the relay whether the writes of that time arrived.' },
    ],
    avoid: ['Assume one of the two causes before the log shows it.'],
    over: {
      query: promql`${notMarked}{relay="$RELAY"} > 0`,
      becomes: 'empty',
      text: 'A new write to the relay was marked as pending, or a day has passed. The end of the alert does not prove that the earlier writes arrived.',
    },
    returnsIf: 'The relay is written to while it is not registered.',
  }),

  GatewayPendingWritesObjectiveFastBurn: (context) => ({
    firesWhen: `so many relay-minutes are pending for longer than ${context.site.thresholds.objective.clearedWithin} (\`thresholds.objective.clearedWithin\`) that the error budget of ${Number(((1 - context.site.thresholds.objective.target) * 100).toPrecision(4))} % is used up within days`,
    meaning:
      'Writes should be cleared within that time. The share of relay-minutes beyond it is measured over 1 h and 5 min, or over 6 h and 30 min.',
    impact: 'Writes of many relays reach their workers too late, or a few relays are never cleared.',
    check: [
      { text: 'The share over the last hour.', query: promql`${lateRatios['1h']}` },
      othersStep('Which relays? The ten that have been pending longest: few old ones, or many?'),
      { text: 'How many are pending?', query: promql`${pendingCount}` },
      {
        text: 'When did workers last write their files? Many old ones: many workers are away.',
        query: promql`time() - ${fileWritten}`,
        mayBeEmpty: true,
      },
    ],
    act: [
      {
        text: 'Many at once: look for a common cause, such as escrow, the mirrors, a gateway restart or a new release of the worker.',
        command: 'curl -sS "$GATEWAY/api/blind-peer/replicas" | jq .',
      },
      {
        text: `Few: work through the oldest relays as on the page of ${context.alert('GatewayPendingWritesOverdue')}.`,
      },
      { text: 'If workers are away for good, decide with their owners and remove the relays.' },
    ],
    over: {
      query: promql`${lateRatios['5m']} > ${burnBudget(context, 14.4)} or ${lateRatios['30m']} > ${burnBudget(context, 6)}`,
      becomes: 'empty',
      text: 'The share over the short window is below the limit again.',
    },
    returnsIf: 'Relays stay pending beyond the objective again.',
  }),

  GatewayPendingWritesObjectiveSlowBurn: (context) => ({
    firesWhen: `over days, more relay-minutes are pending for longer than ${context.site.thresholds.objective.clearedWithin} (\`thresholds.objective.clearedWithin\`) than the error budget allows`,
    meaning:
      'Writes should be cleared within that time. The share of relay-minutes beyond it is measured over 1 d and 2 h, or over 3 d and 6 h.',
    impact: 'Nothing urgent. The objective will be missed if it continues.',
    check: [
      { text: 'The share over the last day.', query: promql`${lateRatios['1d']}` },
      othersStep('Which relays? The ten that have been pending longest.'),
      {
        text: 'Relays per worker that are known to the exporters: which workers are away for days?',
        query: promql`count by (instance) (${pendingWritesRotationLastAttempts})`,
        mayBeEmpty: true,
      },
    ],
    act: [
      {
        text: 'Talk to the owners of the workers, and remove relays that are no longer used. Set `RELAY` to each of the relays above.',
        command: registrationCommand,
      },
      { text: 'If the site works that way on purpose, change `thresholds.objective` in the configuration.' },
    ],
    over: {
      query: promql`${lateRatios['2h']} > ${burnBudget(context, 3)} or ${lateRatios['6h']} > ${burnBudget(context, 1)}`,
      becomes: 'empty',
      text: 'The share over the short window is below the limit again.',
    },
    returnsIf: 'Workers are away for days again.',
  }),
};

/** A multiple of the error budget as the alert compares it. */
function burnBudget({ site }: PageContext, factor: number): number {
  return Math.min(1, Number((factor * (1 - site.thresholds.objective.target)).toPrecision(6)));
}
