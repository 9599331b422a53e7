import { pendingWritesPending, pendingWritesRotationLastAttempts } from '../../metrics/exporter.js';
import { pendingStart } from '../../recording-rules/pending-writes.js';
import { phase } from '../../recording-rules/phase.js';
import type { PageStep } from '../../src/model/runbook.js';
import type { Site } from '../../src/model/site.js';
import { type Promql, promql } from '../../src/promql/template.js';

/** The exporters whose state file names the relay: in a notification or in a rotation. */
export const workerHosts = (site: Site): Promql => promql`
  group by (instance) (
    ${pendingWritesPending}{${site.exporter}, relay="$RELAY"}
    or ${pendingWritesRotationLastAttempts}{${site.exporter}, relay="$RELAY"}
  )
`;

/** Which host has the relay. */
export const hostStep = (site: Site, rest: Pick<PageStep, 'mayBeEmpty'> = {}): PageStep => ({
  text: 'Which host has this relay? Each line is a worker with an exporter. No line: the host is off, or the worker has no exporter.',
  query: workerHosts(site),
  ...rest,
});

/** Since when the relay is pending. */
export const pendingSinceStep: PageStep = {
  text: 'Since when? Seconds for which the relay has been pending; gateway restarts do not reset it.',
  query: promql`time() - (${pendingStart}{relay="$RELAY"} > 0)`,
};

/** What the relay is doing. */
export const phaseStep = (text = ''): PageStep => ({
  text: `Phase: 1 worker away, 2 pushing, 3 resyncing, 4 rotating, 5 stuck, 6 blocked, 7 unknown.${text === '' ? '' : ` ${text}`}`,
  query: promql`${phase}{relay="$RELAY"}`,
});

/** Which other relays are pending. */
export const othersStep = (text = 'Who else? The ten relays that have been pending longest.'): PageStep => ({
  text,
  query: promql`topk(10, time() - (${pendingStart} > 0))`,
});
