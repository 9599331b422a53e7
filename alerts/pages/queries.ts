import { pendingWritesPending, pendingWritesRotationLastAttempts } from '../../metrics/exporter.js';
import { up } from '../../metrics/prometheus.js';
import { pendingStart } from '../../recording-rules/pending-writes.js';
import { phase } from '../../recording-rules/phase.js';
import { fallbackStart } from '../../recording-rules/replica-fallback.js';
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
  text: `Which host runs the worker of this relay? Each line is a worker whose exporter reported the relay within a week. 1: the exporter is up. 0: the host is off, or the exporter is down. No line: no exporter has reported this relay for a week, see ${step('find-worker')}.`,
  query: workerHosts(site),
  ...rest,
});

/** Where the values for a request for a lease come from. */
export const WHERE_FROM = 'That step shows how to find `LAG_MS` and `LAST_HEALTHY_MS`.';

/** `LAST_HEALTHY_MS` of a request for a lease. */
export const lastOnlineStep: PageStep = {
  text: 'For `LAST_HEALTHY_MS`: when was a worker of the relay last online, in milliseconds since the epoch? The query returns when the worker was last active, or else when the replica took over.',
  query: promql`
    1000 * max(max_over_time(${workerActivity}{relay="$RELAY"}[7d]) > 0)
    or 1000 * max(${fallbackStart}{relay="$RELAY"} > 0)
  `,
};

/** How to request a lease for users who need to write now: the values of the request, then the request. */
export const requestSteps = (request: PageStep): PageStep[] => [
  {
    text: 'Collect what the request for a lease needs. For `LAG_MS`: `lagMs` of the best mirror.',
    command: mirrorsCommand,
  },
  lastOnlineStep,
  request,
];

/** The worker is a desktop app that no command starts. */
export const bringBack = (step: PageContext['step']): PageStep => ({
  text: `Bring the worker back; then no lease is needed. No command starts it: ask its owner to start the desktop app on its host (${step('find-worker')}). Then check that it has registered the relay.`,
  command: registrationCommand,
});

/** A lease that is requested to start pushes is requested while the worker is online. */
export const WORKER_ONLINE =
  'For `LAST_HEALTHY_MS` use a time more than 45 s ago, because here the worker is online.';

/** Since when the relay has been pending. */
export const pendingSinceStep: PageStep = {
  text: 'Since when? How long the relay has been pending, in seconds. A gateway restart does not reset it.',
  query: promql`time() - (${pendingStart}{relay="$RELAY"} > 0)`,
};

/** The phase of the relay. */
export const phaseStep = (text = ''): PageStep => ({
  text: `Phase: 1 worker away, 2 pushing, 3 resyncing, 4 rotating, 5 stuck, 6 blocked, 7 unknown.${text === '' ? '' : ` ${text}`}`,
  query: promql`${phase}{relay="$RELAY"}`,
});

/** Which other relays are pending. */
export const othersStep = (
  text = 'Which other relays? The ten that have been pending longest.',
): PageStep => ({
  text,
  query: promql`topk(10, time() - (${pendingStart} > 0))`,
});
