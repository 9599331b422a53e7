import type { PageContext, PageStep } from '../../src/model/runbook.js';
import { validFileCommand } from './commands.js';

/** How to restart the gateway service of a worker, after a text that says when. */
export const restartStep = ({ step }: Pick<PageContext, 'step'>, when = ''): PageStep => ({
  text: `${when === '' ? '' : `${when} `}Is the state file of the worker valid? If it is: ${step('restart-service')}. If it is not: ${step('rewrite-state-file')}. The command below only checks the file.`,
  ...validFileCommand,
});

/** Why a gateway process that still runs is not restarted without a look at the mirrors. */
export const RESTART_MAY_LOSE =
  'It is not documented whether the gateway keeps the accepted writes themselves over a restart.';

/** What loses the queue of a worker. */
export const AVOID_RESTART =
  'Kill or restart the worker while its state file is invalid: a worker that restarts on a broken file loses its queue.';

/** What is easily taken for the restart of the gateway service. */
export const AVOID_GATEWAY_RESTART =
  'Restart the gateway process: it drops pushes and leases, and does not help. "Gateway service" means the part inside the worker app.';
