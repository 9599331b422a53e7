/**
 * The programming interface of the package: take the definitions, change the configuration, add alerts,
 * recording rules and panels of your own, check the bundle and render it.
 */
export { alertGroups } from '../alerts/index.js';
export { dashboards } from '../dashboards/index.js';
export * as selectors from '../dashboards/shared/selectors.js';
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
} from './bundle/build.js';
export { definitions, runbookPages } from './bundle/definitions.js';
export { type Check, formatProblem, type Problem } from './checks/check.js';
export { checkBundle, checks } from './checks/index.js';
export { artifactsOf as renderBundle } from './cli/artifacts.js';
export {
  type Config,
  ConfigError,
  type ConfigInput,
  type ConfigProblem,
  loadConfig,
  parseConfig,
} from './config/schema.js';
export * from './model/rules.js';
export type { Site, SiteConfig, Thresholds } from './model/site.js';
export { packageRoot } from './package/root.js';
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
} from './promql/template.js';
export type { Artifact } from './renderers/artifact.js';
export { compareFiles, type Drift, OutputError, writeFiles } from './targets/files.js';
