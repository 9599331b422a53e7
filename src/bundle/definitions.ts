import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { alertGroups } from '../../alerts/index.js';
import { inhibitions } from '../../alerts/inhibitions.js';
import { dashboards } from '../../dashboards/index.js';
import { metrics } from '../../metrics/index.js';
import { recordingRuleGroups } from '../../recording-rules/index.js';
import { packageRoot } from '../package/root.js';
import type { Definitions } from './bundle.js';

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
    inhibitions,
    runbooks: runbookPages(),
  };
}
