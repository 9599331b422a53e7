/**
 * The programming interface of the package: take the definitions, change the configuration, add alerts,
 * recording rules and panels of your own, check the bundle and render it.
 */
export { alertGroups } from '../alerts/index.js';
export { dashboards } from '../dashboards/index.js';
export * as selectors from '../dashboards/shared/selectors.js';
export * as metrics from '../metrics/index.js';
export { recordingRuleGroups } from '../recording-rules/index.js';
export { buildBundle } from './bundle/build.js';
export type {
  AlertingRule,
  Bundle,
  Dashboard,
  Definitions,
  Panel,
  RecordingRule,
  RuleGroup,
} from './bundle/bundle.js';
export { definitions } from './bundle/definitions.js';
export { type OwnDefinitions, withOwn } from './bundle/own.js';
export { type Check, formatProblem, type Problem, type RatedProblem } from './checks/check.js';
export { checkBundle, checks } from './checks/index.js';
export { artifactsOf as renderBundle } from './cli/artifacts.js';
export { ConfigError, type ConfigProblem } from './config/error.js';
export { loadConfig } from './config/file.js';
export { parseConfig } from './config/load.js';
export type {
  Config,
  ConfigInput,
} from './config/schema.js';
export * from './model/dashboard.js';
export * from './model/inhibition.js';
export * from './model/metric.js';
export * from './model/provenance.js';
export type { Aspect, CaseLabels, RuleCase } from './model/rule-case.js';
export * from './model/rules.js';
export * from './model/runbook.js';
export * from './model/severity.js';
export type { Site, SiteConfig, Thresholds } from './model/site.js';
export { packageRoot } from './package/root.js';
export { defineConfig, type ProjectConfig } from './project/define-config.js';
export { loadProject, type Project } from './project/load.js';
export { type Duration, duration, durationOf, durationSeconds } from './promql/duration.js';
export { bucketOf, countOf, leBound, sumOf } from './promql/histogram.js';
export {
  type Promql,
  PromqlFragment,
  promql,
} from './promql/template.js';
export type { Artifact } from './renderers/artifact.js';
export { compareFiles, type Drift } from './renderers/drift.js';
export { OutputError } from './renderers/output-folder.js';
export { type Refusal, RefusedError, type WriteOptions, type Written } from './renderers/output-plan.js';
export { writeFiles } from './renderers/write.js';
export { RuleCaseError, runRuleCases } from './rule-cases/run.js';
