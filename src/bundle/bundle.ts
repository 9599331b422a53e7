import type { Config } from '../config/schema.js';
import type {
  ColumnDefinition,
  DashboardDefinition,
  PanelDefinition,
  PanelThreshold,
} from '../model/dashboard.js';
import type { InhibitionDefinition } from '../model/inhibition.js';
import type { MetricDefinition } from '../model/metric.js';
import type {
  AlertDefinition,
  AlertGroupDefinition,
  RecordingRuleDefinition,
  RecordingRuleGroupDefinition,
} from '../model/rules.js';
import type { ProcedureStep, RunbookDefinition, RunbookPage } from '../model/runbook.js';
import type { Severity } from '../model/severity.js';
import type { Site } from '../model/site.js';
import type { Duration } from '../promql/duration.js';
import type { Promql } from '../promql/template.js';
import type { ExpressionAnalysis } from './analysis.js';
import type { Annotations } from './annotations.js';
import type { Catalogue } from './catalogue.js';
import type { DependencyGraph, GraphNode } from './graph.js';

/** Everything a bundle is made of. `withOwn` adds another team's definitions. */
export interface Definitions {
  readonly metrics: readonly MetricDefinition[];
  readonly recordingRules: readonly RecordingRuleGroupDefinition[];
  readonly alerts: readonly AlertGroupDefinition[];
  readonly dashboards: readonly DashboardDefinition[];
  /** Which alerts suppress the notifications of which others. */
  readonly inhibitions: readonly InhibitionDefinition[];
  /** The pages of the alerts and the operator procedure. */
  readonly runbook: RunbookDefinition;
  /** What a team added, and the file that it comes from. */
  readonly own?: { readonly file: string; readonly members: ReadonlySet<object> };
}

/** A recording rule as it is for one site. */
export interface RecordingRule {
  readonly file: string;
  readonly record: string;
  readonly expr: Promql;
  readonly analysis: ExpressionAnalysis;
  readonly definition: RecordingRuleDefinition;
}

/** An alerting rule as it is for one site. */
export interface AlertingRule {
  readonly file: string;
  readonly alert: string;
  readonly expr: Promql;
  readonly analysis: ExpressionAnalysis;
  readonly for?: Duration;
  readonly keepFiringFor?: Duration;
  readonly severity: Severity;
  readonly labels: Readonly<Record<string, string>>;
  /** The same for Grafana, which has no external labels. */
  readonly grafanaLabels: Readonly<Record<string, string>>;
  readonly annotations: Annotations;
  /** The same for Grafana, whose templates cannot query. */
  readonly grafanaAnnotations: Annotations;
  /** Absent where no page is defined. The check `alert-links` reports that. */
  readonly page?: RunbookPage;
  readonly definition: AlertDefinition;
}

/** Rules that are evaluated one after the other. `name` is unique in the bundle. */
export interface RuleGroup<Rule> {
  readonly name: string;
  readonly file: string;
  readonly rules: readonly Rule[];
}

/** One query of a panel as it is for one site. */
export interface PanelQuery {
  readonly refId: string;
  readonly expr: Promql;
  readonly analysis: ExpressionAnalysis;
  readonly legend: string;
  readonly instant: boolean;
  readonly format: 'time_series' | 'table' | 'heatmap';
  readonly column?: ColumnDefinition;
  readonly thresholds?: readonly PanelThreshold[];
}

/** A panel as it is for one site. */
export interface Panel {
  readonly definition: PanelDefinition;
  readonly noData: string;
  readonly queries: readonly PanelQuery[];
}

/** A dashboard as it is for one site. */
export interface Dashboard {
  readonly file: string;
  readonly definition: DashboardDefinition;
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[];
}

/** A definition that could not be turned into a rule: it threw while its text was written. */
export interface BrokenDefinition {
  readonly file: string;
  readonly subject: string;
  readonly message: string;
}

/** Rules and dashboards for one site, before anything is checked or rendered. */
export interface Bundle {
  readonly site: Site;
  readonly config: Config;
  readonly definitions: Definitions;
  readonly recordingGroups: readonly RuleGroup<RecordingRule>[];
  readonly alertGroups: readonly RuleGroup<AlertingRule>[];
  readonly dashboards: readonly Dashboard[];
  /** The operator procedure. */
  readonly procedure: readonly ProcedureStep[];
  /** Alerts the site switched off, with its reasons. */
  readonly disabled: readonly { readonly alert: string; readonly reason: string }[];
  readonly broken: readonly BrokenDefinition[];
  /** All series names that expressions may use. */
  readonly catalogue: Catalogue;
  /** Who reads what, among the metrics of the contract, the rules and the panels. */
  readonly graph: DependencyGraph<BundleNode>;
}

/** A metric, rule or panel in the graph; a panel is called `<uid of the dashboard>/<id>`. */
export interface BundleNode extends GraphNode {
  readonly kind: 'metric' | 'record' | 'alert' | 'panel';
  readonly expressions: readonly ExpressionAnalysis[];
}
