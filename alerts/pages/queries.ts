import { pendingWritesPending, pendingWritesRotationLastAttempts } from '../../metrics/exporter.js';
import { up } from '../../metrics/prometheus.js';
import { pending, pendingStart } from '../../recording-rules/pending-writes.js';
import { phase } from '../../recording-rules/phase.js';
import { acceptedWrites, fallbackStart } from '../../recording-rules/replica-fallback.js';
import { workerActivity } from '../../recording-rules/worker-queue.js';
import type { PageContext, PageStep } from '../../src/model/runbook.js';
import type { Site } from '../../src/model/site.js';
import { type Promql, promql } from '../../src/promql/template.js';
import { mirrorsCommand, registrationCommand } from './commands.js';

/** The exporters whose state file named the relay within a week, in a notification or in a rotation: 1 up, 0 down. */
export const workerHosts = (site: Site): Promql => promql`
  ${up}{${site.exporter}} and on (${site.by('instance')}) (
    last_over_time(${pendingWritesPending}{${site.exporter}, relay="$RELAY"}[7d])
    or last_over_time(${pendingWritesRotationLastAttempts}{${site.exporter}, relay="$RELAY"}[7d])
  )
`;

/** Where the worker of the relay runs. */
export const hostStep = (
  { site, step }: Pick<PageContext, 'site' | 'step'>,
  rest: Pick<PageStep, 'mayBeEmpty'> = {},
): PageStep => ({
  text: `Which host runs the worker of this relay? Each line is a worker whose exporter reported the relay within a week. 1: the exporter is up. 0: the host is off, or the exporter is down. No line: no exporter has reported this relay for a week, and you have to ask someone, see ${step('find-worker')}.`,
  query: workerHosts(site),
  ...rest,
});

/** How urgent an alert about the writes of a relay is whose first checks, up to a number, are about the mirrors. */
export const mirrorsFirst = (last = 2): string =>
  `Check the mirrors now, which takes two minutes (checks 1 ${last === 2 ? 'and' : 'to'} ${last}). If they are healthy, the rest can wait until the morning. If they are not, act now: the gateway may hold the only copy of the writes.`;

/** Which mirrors are healthy, and so whether an alert about the writes of a relay can wait. Of a page, unless it is the procedure. */
export const mirrorsSteps = (
  { site, step }: Pick<PageContext, 'site' | 'step'>,
  text = 'Are the mirrors of the relay healthy?',
  links = {
    nothing: `see ${step('check-mirrors')}`,
    log: ` (${step('check-mirrors')})`,
    unhealthy: ` **Not healthy: act now**, see the end of ${step('check-mirrors')}.`,
  },
): PageStep[] => [
  {
    text: `${text} At least one has to be: \`lagMs\`, the milliseconds since the mirror was last active, is above 0 and below ${site.thresholds.replicaFallback.mirrorLagSeconds * 1000} (\`thresholds.replicaFallback.mirrorLagSeconds\`). 0 or \`null\` means unknown, which counts as not healthy. A larger lag, and \`"healthy":false\` (not active for 10 minutes), are normal for a quiet relay: the next check decides. Nothing but \`HTTP 200\`: ${links.nothing}.`,
    command: mirrorsCommand,
  },
  {
    text: `For a larger lag: seconds since the last write over a websocket, within two days. The mirror counts as healthy if \`lagMs\` is above 0 and below 1000 times this, because it was then active after the write. Only the gateway log shows a later drive upload${links.log}. If you find no write at all, a larger lag counts as not healthy.${links.unhealthy}`,
    query: promql`time() - max_over_time(timestamp(${acceptedWrites}{relay="$RELAY"})[2d:1m])`,
    mayBeEmpty: true,
  },
];

/** The same where the alert names no relay, after a step that lists the relays. */
export const mirrorsOfEachSteps = (context: Pick<PageContext, 'site' | 'step'>): PageStep[] =>
  mirrorsSteps(context, 'Are the mirrors of these relays healthy? Set `RELAY` to each of them.');

/** Where the values for a request for a lease come from. */
export const WHERE_FROM =
  'It shows where `LAG_MS` and `LAST_HEALTHY_MS` come from, and what each response means.';

/** `LAST_HEALTHY_MS` of a request for a lease. */
export const lastOnlineStep: PageStep = {
  text: 'For `LAST_HEALTHY_MS`: when was a worker of the relay last online, in milliseconds since the epoch? The query returns when the worker was last active, or else when the replica took over.',
  query: promql`
    1000 * max(max_over_time(${workerActivity}{relay="$RELAY"}[7d]) > 0)
    or 1000 * max(${fallbackStart}{relay="$RELAY"} > 0)
  `,
};

/** How to request a lease for users who need to write now: the values of the request, then the request. The worker comes last. */
export const requestSteps = (request: PageStep): PageStep[] => [
  {
    text: 'Collect what the request for a lease needs. Without the shared secret, and if no one who has it answers, start with the last step, and inform the users that they may be unable to write until then. For `LAG_MS`: the smallest `lagMs` above 0. If all are 0, the lag is unknown: ask the owner of the gateway.',
    command: mirrorsCommand,
  },
  lastOnlineStep,
  request,
];

/** The worker is a desktop app that no command starts. */
export const bringBack = (step: PageContext['step']): PageStep => ({
  text: `Bring the worker back; users then write through the worker, without a lease. No command starts it: ask its owner to start the desktop app on its host (${step('find-worker')}). Then check that it has registered the relay: nothing but \`HTTP 200\` means that it has not.`,
  command: registrationCommand,
});

/** A lease that is requested to start pushes is requested while the worker is online. */
export const workerOnline = (step: PageContext['step']): string =>
  `But the worker is online here, so for \`LAST_HEALTHY_MS\` use a time more than 45 s ago (${step('start-pushes', 'why')}).`;

/** Since when the relay has been pending. */
export const pendingSinceStep = ({ thresholds }: Site): PageStep => ({
  text: `Since when? How long the relay has been pending, in seconds. A gateway restart does not reset it; without its gauge, a relay is remembered for ${thresholds.pendingWrites.carryFor} (\`thresholds.pendingWrites.carryFor\`).`,
  query: promql`time() - (${pendingStart}{relay="$RELAY"} > 0)`,
});

/** The phase of the relay, and what to do in each. */
export const phaseStep = ({ alert, step }: Pick<PageContext, 'alert' | 'step'>, text = ''): PageStep => ({
  text: `Phase?${text === '' ? '' : ` ${text}`} 1 worker away: bring it back if it should not be. 2 pushing, 3 resyncing, 4 rotating the escrow deposit: in progress, so look again in 10 minutes. 5 stuck: see ${alert('GatewayPendingWritesStuck')}. 6 blocked, users cannot write: ${step('request-lease')}. 7 unknown, the gauge is gone: see ${alert('GatewayPendingWritesForgotten')}.`,
  query: promql`${phase}{relay="$RELAY"}`,
});

/** Relays that were pending before a gateway restart and have no gauge now. */
export const withoutGauge = (site: Site): Promql =>
  promql`(${pendingStart} > 0) unless on (${site.by('relay')}) ${pending}`;

/** Which other relays are pending. */
export const othersStep = (
  text = 'Which other relays? The ten that have been pending longest.',
): PageStep => ({
  text,
  query: promql`topk(10, time() - (${pendingStart} > 0))`,
});
