import { pendingWritesRotationLastAttempts } from '../../metrics/exporter.js';
import { gatewayPendingWrites, gatewayRelayFallbackWrites, processStartTime } from '../../metrics/gateway.js';
import { lateRatios } from '../../recording-rules/objective.js';
import { clearedCount, pending, pendingCount, pendingStart } from '../../recording-rules/pending-writes.js';
import { pushes } from '../../recording-rules/push-wait.js';
import { notMarked } from '../../recording-rules/replica-fallback.js';
import { fileWritten } from '../../recording-rules/state-file.js';
import { deliveredStart, stuck, workerActivity } from '../../recording-rules/worker-queue.js';
import type { PageContext, PageEnd, PageStep, RunbookPages } from '../../src/model/runbook.js';
import { promql } from '../../src/promql/template.js';
import {
  allMirrorsCommand,
  gatewayLogCommand,
  mirrorsCommand,
  registrationCommand,
  requestLeaseCommand,
  stateFileCommand,
  uploadCommand,
  workerLogCommand,
} from './commands.js';
import {
  hostStep,
  mirrorsFirst,
  mirrorsOfEachSteps,
  mirrorsSteps,
  othersStep,
  pendingSinceStep,
  phaseStep,
  WHERE_FROM,
  withoutGauge,
  workerOnline,
} from './queries.js';
import { AVOID_GATEWAY_RESTART, AVOID_RESTART, restartStep } from './restart.js';

/** Over as soon as the relay is cleared. */
const cleared = ({ site, step }: PageContext): PageEnd => ({
  query: promql`${pendingStart}{relay="$RELAY"} > 0`,
  becomes: 'empty',
  text: `The relay was cleared: its gauge is 0, or a worker received the \`cleared\` push. A relay whose gauge disappeared, as in a gateway restart, is remembered for ${site.thresholds.pendingWrites.carryFor} only (\`thresholds.pendingWrites.carryFor\`). After that, an empty result proves nothing: ${step('confirm-clear')}.`,
});

/** How to start the pushes of a relay again. */
const startPushes = ({ step }: PageContext): PageStep[] => [
  {
    text: `${step('start-pushes')}: make sure that the worker is online, ${step('request-lease', 'request a lease')}, and write something to the relay. Only a new write starts pushes. Skip the lease if the gateway runs without escrow. ${WHERE_FROM} ${workerOnline(step)}`,
    command: requestLeaseCommand,
  },
  {
    text: `Upload a small file. ${step('read-state-file', 'The state file of the worker')} names the drive.`,
    command: uploadCommand,
  },
  { text: `Watch the gauge become 1 and then 0. ${step('confirm-clear')}.` },
];

const AVOID_REGISTER =
  'Register the relay again or toggle `gatewayPendingWrites`: in the observed build neither starts a push, and a registration overwrites the pending state.';

export const pendingWritesPages: RunbookPages = {
  GatewayPendingWritesWaiting: (context) => ({
    firesWhen: `the relay has been pending for longer than ${context.site.thresholds.pendingWrites.infoAfter} (\`thresholds.pendingWrites.infoAfter\`)`,
    urgency: 'None while the worker is meant to be away.',
    meaning:
      'The gateway holds writes for this relay, and no worker has ingested them. That is normal while the worker is offline.',
    impact:
      'None while the worker is meant to be away: the gateway keeps the writes, and the mirrors serve the readers.',
    check: [
      phaseStep(context, '1 is normal while the worker is meant to be away.'),
      pendingSinceStep(context.site),
      hostStep(context, { mayBeEmpty: true }),
      othersStep(),
    ],
    act: [
      { text: 'Nothing while the worker is meant to be offline.' },
      {
        text: 'If the worker should be online, ask its owner to start it. The gateway looks for it every 15 s and pushes immediately. Check that it has registered the relay: nothing but `HTTP 200` means that it has not.',
        command: registrationCommand,
      },
      { text: 'For any other phase than 1, do what the first check says.' },
    ],
    over: cleared(context),
    returnsIf: 'There is a new write to the relay while its worker is away.',
  }),

  GatewayPendingWritesOld: (context) => ({
    firesWhen: `the relay has been pending for longer than ${context.site.thresholds.pendingWrites.warningAfter} (\`thresholds.pendingWrites.warningAfter\`)`,
    urgency: mirrorsFirst(),
    meaning: 'No worker has ingested the writes of this relay for longer than an overnight outage explains.',
    impact: 'The data exists only on the gateway and its mirrors. Nothing is lost while they are healthy.',
    check: [
      ...mirrorsSteps(context),
      phaseStep(context),
      pendingSinceStep(context.site),
      hostStep(context, { mayBeEmpty: true }),
      othersStep(),
    ],
    act: [
      { text: 'Phase 1: ask the owner of the worker whether it is still in use, and bring it online.' },
      {
        text: 'Is the relay registered? A line means that a worker was online within 300 s.',
        command: registrationCommand,
      },
      restartStep(context, 'If the worker is running and the relay is registered:'),
      { text: `If no push arrives, see ${context.alert('GatewayPendingWritesNotPushed')}.` },
    ],
    avoid: [AVOID_RESTART, AVOID_GATEWAY_RESTART],
    over: cleared(context),
    returnsIf: 'The worker stays away for that long again.',
  }),

  GatewayPendingWritesOverdue: (context) => ({
    firesWhen: `the relay has been pending for longer than ${context.site.thresholds.pendingWrites.criticalAfter} (\`thresholds.pendingWrites.criticalAfter\`)`,
    urgency:
      'Check the mirrors now. If they are healthy, the worker can wait until its owner is awake. If they are not, act now: the gateway may hold the only copy.',
    meaning: 'The relay has been pending for longer than this site allows.',
    impact:
      'Users notice nothing while the mirrors serve reads and the gateway accepts writes. But the writes exist only on the gateway and its mirrors. If both fail, all writes since the relay became pending are lost.',
    check: [
      ...mirrorsSteps(context),
      phaseStep(context),
      pendingSinceStep(context.site),
      hostStep(context, { mayBeEmpty: true }),
      othersStep(),
    ],
    act: [
      {
        text: `If the mirrors are not healthy, act now, see the end of ${context.step('check-mirrors')}. Then check them again.`,
        command: mirrorsCommand,
      },
      {
        text: `Bring a worker of the relay online: ask its owner to start the desktop app, or see ${context.step('find-worker')} if the host is unknown. Then check that it has registered the relay. If it is running but does not ingest: ${context.step('clear-stuck-job')}.`,
        command: registrationCommand,
      },
      {
        text: `If the worker will never come back, or its owner confirms that it has the writes although the relay stays pending: ${context.step('clear-by-hand')}. That is the last resort, because the gateway forgets that the writes are pending.`,
      },
    ],
    avoid: [AVOID_RESTART, AVOID_GATEWAY_RESTART],
    over: cleared(context),
    returnsIf: 'The relay stays pending for that long again.',
  }),

  GatewayPendingWritesStuck: (context) => ({
    firesWhen: `a push was delivered to a worker of the relay at least ${context.site.thresholds.pendingWrites.stuckAfter} ago (\`thresholds.pendingWrites.stuckAfter\`) and the worker is not busy with other jobs of its queue, or the state file reports a failed job`,
    urgency:
      'Now. The writes do not reach the worker without help, and the relay is known, so a restart of one service can fix it. If the host of the worker is unknown, check the mirrors: while they are healthy, the rest can wait until the owner of the worker is awake.',
    meaning:
      'The worker received pending-write pushes but does not ingest the writes. The job may have failed or may hang, or the worker was closed right after it received the push. A failed job is not retried until there is a new write or the worker restarts.',
    impact:
      'A worker that is online serves the users, so they do not see these writes. The writes exist only on the gateway and its mirrors. Waiting does not help.',
    check: [
      hostStep(context),
      {
        text: 'How long have pushes been delivered without effect? In seconds.',
        query: promql`time() - (${deliveredStart}{relay="$RELAY"} > 0)`,
        mayBeEmpty: true,
      },
      pendingSinceStep(context.site),
      {
        text: 'Which other relays are stuck?',
        query: promql`${stuck} == 1`,
      },
      {
        text: 'Is the worker running? A line means that a worker was online within 300 s. Nothing but `HTTP 200`: ask its owner to start the desktop app, which continues with the queue in its file. The name of its process depends on the host.',
        command: registrationCommand,
      },
      ...mirrorsSteps(context),
      {
        text: 'On the host: did its job fail? The line `Job failed` contains the error.',
        ...workerLogCommand,
      },
      {
        text: 'On the host: is the state file valid, and what is its entry for the relay?',
        ...stateFileCommand,
      },
    ],
    act: [
      restartStep(context),
      {
        text: 'If it is still stuck, check the mirrors again: the job fails if it cannot mirror the drive.',
        command: mirrorsCommand,
      },
      {
        text: `If they are not healthy, act now, see the end of ${context.step('check-mirrors')}. If they are: ${context.step('start-pushes')}. A new write to the relay repeats the job. Last resorts, in this order: ${context.step('discard-state-file')} and ${context.step('clear-by-hand')}.`,
      },
    ],
    avoid: [
      AVOID_RESTART,
      AVOID_GATEWAY_RESTART,
      'Delete the state file while the gateway service runs: stopping the service rewrites it.',
    ],
    over: {
      query: promql`${stuck}{relay="$RELAY"} == 1 or (${pendingStart}{relay="$RELAY"} > 0)`,
      becomes: 'empty',
      text: `The relay was cleared: ${context.step('confirm-clear')}. The alert also resolves when the worker goes offline. The query then still returns the relay, because its writes are still pending.`,
    },
    returnsIf: 'The job fails again. Fix the error in the log first.',
  }),

  GatewayPushesNotIngested: (context) => ({
    firesWhen: `pushes are delivered, but within the last ${context.site.thresholds.pendingWrites.stuckAfter} (\`thresholds.pendingWrites.stuckAfter\`) no relay was cleared, no lease was released and no state file was written`,
    urgency: mirrorsFirst(3),
    meaning:
      'The gateway delivers pushes, but they can only be repetitions to a worker that does not ingest the writes. The push counter has no relay label and no exporter reports the relay, so the alert covers the whole gateway.',
    impact: 'At least one relay with an online worker stays pending. Waiting does not help.',
    check: [
      othersStep('Which relays? The ten that have been pending longest.'),
      ...mirrorsOfEachSteps(context),
      { text: 'How many relays are pending?', query: promql`${pendingCount} > 0` },
      { text: 'Pushes by result.', query: promql`${pushes}` },
      {
        text: `Which worker is online? Check the registration of each of these relays: a line means that a worker was online within 300 s. ${context.step('find-worker')} shows its host.`,
        command: registrationCommand,
      },
    ],
    act: [
      { text: 'On the host of such a worker: why did the job fail?', ...workerLogCommand },
      restartStep(context),
      {
        text: `Run \`pending-writes-exporter\` on the host of the worker. ${context.alert('GatewayPendingWritesStuck')} then names the relay next time.`,
      },
    ],
    avoid: [AVOID_RESTART, AVOID_GATEWAY_RESTART],
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
      'the relay was pending and never cleared, its gauge has disappeared from a gateway that is scraped, and its worker has been active since',
    urgency: mirrorsFirst(),
    meaning:
      'The gateway has lost track of the pending writes, as after a restart. The worker is online, but the relay is not in its queue.',
    impact:
      'These writes are no longer pushed, so the worker does not ingest them until there is a new write to the relay. They stay on the gateway and its mirrors.',
    check: [
      ...mirrorsSteps(context),
      pendingSinceStep(context.site),
      {
        text: 'Was the gateway restarted? Seconds since the start of each process.',
        query: promql`time() - ${processStartTime}{${context.site.gateway}}`,
      },
      hostStep(context),
      {
        text: 'When was its worker last active? Seconds ago.',
        query: promql`time() - (${workerActivity}{relay="$RELAY"} > 0)`,
        mayBeEmpty: true,
      },
      {
        text: 'Which other relays have lost their gauge?',
        query: withoutGauge(context.site),
      },
      { text: 'Is the relay still registered, or was it removed on purpose?', command: registrationCommand },
    ],
    act: startPushes(context),
    avoid: [AVOID_REGISTER],
    over: {
      query: promql`(${pendingStart}{relay="$RELAY"} > 0) unless on (${context.site.by('relay')}) ${pending}`,
      becomes: 'empty',
      text: `The gauge is back, or the relay was cleared. A relay without a gauge, for example one that was removed on purpose, is forgotten after ${context.site.thresholds.pendingWrites.carryFor} (\`thresholds.pendingWrites.carryFor\`). After that, an empty result proves nothing: ${context.step('confirm-clear')}.`,
    },
    returnsIf: 'The gateway restarts while relays are pending.',
  }),

  GatewayPendingWritesNotPushed: (context) => ({
    firesWhen: `the relay has been pending for longer than ${context.site.thresholds.pendingWrites.unpushedAfter} (\`thresholds.pendingWrites.unpushedAfter\`), its worker has been active, and no push is known to have reached the worker`,
    urgency: mirrorsFirst(),
    meaning:
      'A worker of the relay should be online, but it gets no pushes or refuses them. The registration of the relay expired (300 s without renewal), the registration was overwritten, or the worker answers with an error. On builds that do not count pushes per relay, the metrics do not show which. While its exporter is down or its state file is broken, the worker may also have received a push and hang.',
    impact: 'The worker does not know about these writes. Waiting does not help.',
    check: [
      ...mirrorsSteps(context),
      pendingSinceStep(context.site),
      hostStep(context, { mayBeEmpty: true }),
      {
        text: 'Do pushes fail? `error` counts refused and undelivered pushes.',
        query: promql`${pushes}`,
        mayBeEmpty: true,
      },
      othersStep(),
      {
        text: 'Is the relay registered? Nothing but `HTTP 200` means that its registration has expired.',
        command: registrationCommand,
      },
      {
        text: 'Which gateway process reports the relay as pending? The label `instance` names its host.',
        query: promql`${gatewayPendingWrites}{${context.site.gateway}, relay="$RELAY"} == 1`,
      },
      {
        text: 'In the log of that process: "marking pending writes" without later pushes, or pushes with an error?',
        ...gatewayLogCommand('marking pending writes', 'pending-writes'),
      },
    ],
    act: [
      ...startPushes(context),
      {
        text: `If the push counter then shows errors, see ${context.alert('GatewayPushesFailing')}.`,
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
      'a write to the relay was accepted, but the relay was not marked as pending and none of its leases was released (a release would show that the write was cleared between two scrapes). The alert stays for a day',
    urgency: `${mirrorsFirst()} The gateway writes to the mirrors as well, so they normally hold the data. While the mirror service is down and users depend on it, ${context.alert('GatewayMirrorServiceDown')} pages.`,
    meaning:
      'The gateway accepted writes but never marked them as pending. Either the registration of the relay had expired or the registration store failed. The metrics do not show which.',
    impact:
      'No push is sent, so these writes reach a worker only by chance and **may be lost**. The mirrors may still hold them. Drive uploads are not counted, so more writes may be affected.',
    check: [
      ...mirrorsSteps(
        context,
        'Are the mirrors of the relay healthy? Then it is likely that they hold the write; only a user of the relay can confirm it.',
      ),
      {
        text: 'How long ago was such a write last seen? In seconds.',
        query: promql`time() - (${notMarked}{relay="$RELAY"} > 0)`,
      },
      {
        text: 'How long ago was the first one within a day? In seconds.',
        query: promql`time() - min_over_time((${notMarked}{relay="$RELAY"} > 0)[1d:5m])`,
        mayBeEmpty: true,
      },
      {
        text: 'Which gateway process accepted the writes, and how many since it started? The label `instance` names its host. How many of them were not marked is unknown.',
        query: promql`sum by (instance) (${gatewayRelayFallbackWrites}{${context.site.gateway}, relay="$RELAY", result="accepted"})`,
      },
      hostStep(context, { mayBeEmpty: true }),
      { text: 'Which other relays?', query: promql`${notMarked} > 0` },
      {
        text: 'In the log of that process: an error from the registration store at that time? The command prints the newest lines; raise the number after `-n` until it reaches back that far.',
        ...gatewayLogCommand('registration', 'marking pending writes'),
      },
      {
        text: 'Is the relay registered now? Nothing but `HTTP 200` means that it is not.',
        command: registrationCommand,
      },
    ],
    act: [
      {
        text: `If the mirrors are not healthy, act now, see the end of ${context.step('check-mirrors')}.`,
      },
      {
        text: `Bring the worker online, so that the relay is registered again: ask its owner to start the desktop app (${context.step('find-worker')}). Nothing but \`HTTP 200\` means that it is not registered yet. If the log shows an error of the registration store, that has to be fixed first, by the owner of the gateway.`,
        command: registrationCommand,
      },
      ...startPushes(context),
      {
        text: 'Ask the users of the relay whether what they wrote between the two times of the checks has arrived. If something is missing, they have to write it again.',
      },
    ],
    avoid: [
      'Assume that the registration had expired before you have looked in the log: if the registration store fails, the next writes are lost in the same way.',
    ],
    over: {
      query: promql`${notMarked}{relay="$RELAY"} > 0`,
      becomes: 'empty',
      text: 'A new write to the relay was marked as pending. The alert also ends a day after the last such write. Neither proves that the earlier writes arrived: it is over when the users of the relay confirm that they did.',
    },
    returnsIf: 'There is another write to the relay while it is not registered.',
  }),

  GatewayPendingWritesObjectiveFastBurn: (context) => ({
    firesWhen: `so many relay-minutes are pending for longer than ${context.site.thresholds.objective.clearedWithin} (\`thresholds.objective.clearedWithin\`) that the error budget of ${Number(((1 - context.site.thresholds.objective.target) * 100).toPrecision(4))} % is used up within days`,
    urgency: 'Can wait until the morning. Alerts about single relays page if one needs action earlier.',
    meaning:
      'Writes should be cleared within that time. The alert measures the share of relay-minutes beyond it, over 1 h and 5 min, and over 6 h and 30 min.',
    impact: 'Writes of many relays reach their workers too late, or a few relays are never cleared.',
    check: [
      { text: 'The share over the last hour.', query: promql`${lateRatios['1h']}` },
      othersStep(
        'Which relays? The ten that have been pending longest. Are a few very old, or are many late?',
      ),
      { text: 'How many are pending?', query: promql`${pendingCount}` },
      {
        text: 'When did workers last write their files? Seconds ago. If many are old, many workers are away.',
        query: promql`time() - ${fileWritten}`,
        mayBeEmpty: true,
      },
    ],
    act: [
      {
        text: 'Many are late: look for a common cause, such as escrow, the mirrors, a gateway restart or a new release of the worker.',
        command: allMirrorsCommand,
      },
      {
        text: `A few are very old: start with the oldest, and follow ${context.alert('GatewayPendingWritesOverdue')}.`,
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
    urgency: 'None at night. Plan it within days.',
    meaning:
      'Writes should be cleared within that time. The alert measures the share of relay-minutes beyond it, over 1 d and 2 h, and over 3 d and 6 h.',
    impact: 'Nothing urgent. The objective will be missed if it continues.',
    check: [
      { text: 'The share over the last day.', query: promql`${lateRatios['1d']}` },
      othersStep('Which relays? The ten that have been pending longest.'),
      {
        text: 'Relays per worker, as the exporters report them. Which workers are missing?',
        query: promql`count by (instance) (${pendingWritesRotationLastAttempts})`,
        mayBeEmpty: true,
      },
    ],
    act: [
      {
        text: 'Contact the owners of the workers, and remove relays that are no longer used. Set `RELAY` to each of the relays above.',
        command: registrationCommand,
      },
      { text: 'If this is normal for the site, change `thresholds.objective` in the configuration.' },
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
