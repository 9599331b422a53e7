/**
 * The programming interface of the package: take the definitions, change the configuration, add alerts,
 * recording rules and panels of your own, check the bundle and render it.
 */
export { alertGroups } from '../alerts/index.js';
export { dashboards } from '../dashboards/index.js';
export * as selectors from '../dashboards/selectors.js';
export * as metrics from '../metrics/index.js';
export { recordingRuleGroups } from '../recording-rules/index.js';
export {
  type AlertingRule,
  type Bundle,
  buildBundle,
  type Dashboard,
  type Definitions,
  type Panel,
  type RecordingRule,
  type RuleGroup,
} from './bundle.js';
export { type Check, formatProblem, type Problem } from './checks/check.js';
export { checkBundle, checks } from './checks/index.js';
export {
  type Config,
  ConfigError,
  type ConfigInput,
  type ConfigProblem,
  loadConfig,
  parseConfig,
} from './config.js';
export { definitions, runbookPages } from './definitions.js';
export * from './model.js';
export { packageRoot } from './package-root.js';
export {
  bucketOf,
  countOf,
  type Duration,
  duration,
  durationOf,
  durationSeconds,
  leBound,
  type Promql,
  PromqlFragment,
  promql,
  sumOf,
} from './promql.js';
export type { Artifact } from './renderers/artifact.js';
export { compareFiles, type Drift } from './renderers/drift.js';
export { renderBundle } from './renderers/index.js';
export { OutputError } from './renderers/output-folder.js';
export { type Refusal, RefusedError, type WriteOptions, type Written } from './renderers/output-plan.js';
export { writeFiles } from './renderers/write.js';
export type { Site } from './site.js';
