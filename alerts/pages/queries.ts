import { pendingWritesPending, pendingWritesRotationLastAttempts } from '../../metrics/exporter.js';
import { up } from '../../metrics/prometheus.js';
import { pendingStart } from '../../recording-rules/pending-writes.js';
import { phase } from '../../recording-rules/phase.js';
import type { PageContext, PageStep } from '../../src/model/runbook.js';
import type { Site } from '../../src/model/site.js';
import { type Promql, promql } from '../../src/promql/template.js';

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
  text: `Which host runs the worker of this relay? Each line is a worker whose exporter reported the relay within a week. 1: the exporter is up. 0: the host is off, or the exporter is down. No line: no exporter is known, see ${step('find-worker')}.`,
  query: workerHosts(site),
  ...rest,
});

/** Where the values for a request for a lease come from. */
export const WHERE_FROM = 'That step shows how to find `LAG_MS` and `LAST_HEALTHY_MS`.';

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
