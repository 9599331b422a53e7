import { alertGroups } from '../../alerts/index.js';
import { inhibitions } from '../../alerts/inhibitions.js';
import { runbook } from '../../alerts/pages/index.js';
import { dashboards } from '../../dashboards/index.js';
import { metrics } from '../../metrics/index.js';
import { recordingRuleGroups } from '../../recording-rules/index.js';
import type { Definitions } from './bundle.js';

/** Everything this project defines. */
export function definitions(): Definitions {
  return {
    metrics,
    recordingRules: recordingRuleGroups,
    alerts: alertGroups,
    dashboards,
    inhibitions,
    runbook,
  };
}
