import type { Promql } from '../promql/template.js';
import type { Site } from './site.js';

/**
 * The steps of the operator procedure, by the anchor under which `runbooks/gateway.md` describes them. Rules, alert pages,
 * dashboards and the drill name a step by its anchor, so that a step can be moved without breaking a link.
 */
export const RUNBOOK_STEPS = {
  'confirm-state': 'Confirm the pending state',
  'query-metrics': 'Query the metrics',
  'find-worker': 'Find the worker of a relay',
  'worker-events': 'Watch the events of the worker',
  'check-mirrors': 'Check the mirrors',
  'check-registration': 'Check the registration',
  'force-pending-writes': 'Force pending writes',
  'stop-worker': 'Take the worker offline',
  'upload-file': 'Upload a file through the gateway',
  'confirm-pending': 'Confirm that the relay is pending',
  'watch-resync': 'Watch the resync',
  'read-state-file': 'Read the state file',
  'search-worker-log': 'Search the worker log',
  'clear-stuck-job': 'Clear a stuck job',
  'restart-service': 'Restart the gateway service inside the worker app',
  'rewrite-state-file': 'Let the worker rewrite its state file',
  'discard-state-file': 'Discard the state file',
  'start-pushes': 'Start the pushes again',
  'clear-by-hand': 'Clear the pending metadata by hand',
  'restart-gateway': 'Restart the gateway process',
  'rotate-deposit': 'Rotate the escrow deposit',
  'run-rotation': 'Run a rotation',
  'fix-rotation': 'Find out why a rotation failed',
  'confirm-deposit': 'Confirm the new deposit',
  'confirm-clear': 'Confirm that everything is clear',
  'confirm-gauge': 'Confirm that the gauge is 0',
  'confirm-queue': 'Confirm that the queue is empty',
  'confirm-lease': 'Confirm that the lease is released',
  'sign-request': 'Sign a request',
  'query-leases': 'Query the leases',
  'request-lease': 'Request a lease',
  'planned-maintenance': 'Silence alerts for planned maintenance',
  'change-configuration': 'Change the configuration of this bundle',
} as const;
export type RunbookStep = keyof typeof RUNBOOK_STEPS;

/** Something to read, and what to paste for it. */
export interface PageStep {
  /** One or more sentences in Markdown. */
  readonly text: string;
  /** PromQL to evaluate. `$RELAY` and `$INSTANCE` in a label value stand for the labels of the alert. */
  readonly query?: Promql;
  /** True where the query may yield nothing while the alert fires. */
  readonly mayBeEmpty?: true;
  /** Lines for a Bash shell. */
  readonly command?: string;
  /** Where the lines are run, if not where the reader works: a shell there has none of the variables that were set before. */
  readonly host?: 'worker' | 'gateway';
}

/** How to see that an alert is over. */
export interface PageEnd {
  readonly query: Promql;
  /** What the query yields as soon as the alert is over: no sample, or some where there were none. */
  readonly becomes: 'empty' | 'present';
  /** What changes besides, in Markdown. */
  readonly text: string;
}

/** What the page of an alert says. All texts are Markdown. */
export interface RunbookPage {
  /** When the alert fires, with the thresholds of the site. */
  readonly firesWhen: string;
  /** Whether it has to be done now or can wait until the morning, and what would change that. By default, what the severity means. */
  readonly urgency?: string;
  readonly meaning: string;
  readonly impact: string;
  /** What to look at first. */
  readonly check: readonly PageStep[];
  /** What to do about it. */
  readonly act: readonly PageStep[];
  /** What makes it worse. */
  readonly avoid?: readonly string[];
  readonly over: PageEnd;
  /** When the alert fires again. */
  readonly returnsIf: string;
}

/** What the text of a page may refer to. A reference to something that does not exist throws. */
export interface PageContext {
  readonly site: Site;
  /** A link to a step of the operator procedure; its title, or another text. */
  readonly step: (step: RunbookStep, text?: string) => string;
  /** A link to the page of another alert. */
  readonly alert: (name: string) => string;
  /** The title of a panel and its dashboard, with a link where the address of Grafana is configured. */
  readonly panel: (uid: string, id: number) => string;
}

/** The page of an alert for a site. */
export type RunbookPageDefinition = (context: PageContext) => RunbookPage;

/** The pages of some alerts, by the name of the alert. */
export type RunbookPages = Readonly<Record<string, RunbookPageDefinition>>;

/** A step of the operator procedure with its text, and the steps it consists of. */
export interface ProcedureStep {
  readonly step: RunbookStep;
  readonly content: readonly PageStep[];
  readonly parts?: readonly ProcedureStep[];
}

/** The operator procedure for a site. */
export type ProcedureDefinition = (context: PageContext) => readonly ProcedureStep[];

/** What an operator or a user notices, and the alerts that name its cause. */
export interface Symptom {
  readonly symptom: string;
  readonly alerts: readonly string[];
}

/** A word that the pages use, or several that belong together. */
export interface Word {
  readonly word: string;
  readonly meaning: string;
}

/** Everything from which the runbook of a site is rendered. */
export interface RunbookDefinition {
  readonly pages: RunbookPages;
  readonly procedure: ProcedureDefinition;
  readonly symptoms: readonly Symptom[];
  readonly words: readonly Word[];
}
