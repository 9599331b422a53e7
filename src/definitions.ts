import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alertGroups } from '../alerts/index.js';
import { dashboards } from '../dashboards/index.js';
import { metrics } from '../metrics/index.js';
import { recordingRuleGroups } from '../recording-rules/index.js';
import type { Definitions } from './bundle.js';

/** The folder that holds `runbooks/` and `generated/`: the checkout, or the installed package. */
export const packageRoot = (() => {
  const here = dirname(fileURLToPath(import.meta.url));
  const parent = dirname(here);
  return parent.endsWith('dist') ? dirname(parent) : parent;
})();

/** The names of the runbook pages in a directory, without `.md`, sorted. */
export function runbookPages(directory = join(packageRoot, 'runbooks')): string[] {
  return readdirSync(directory)
    .filter((name) => name.endsWith('.md') && name !== 'README.md')
    .map((name) => name.slice(0, -'.md'.length))
    .sort();
}

/** Everything this project defines. */
export function definitions(): Definitions {
  return {
    metrics,
    recordingRules: recordingRuleGroups,
    alerts: alertGroups,
    dashboards,
    runbooks: runbookPages(),
  };
}
