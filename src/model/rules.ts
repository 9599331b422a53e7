import type { Duration } from '../promql/duration.js';
import type { Promql } from '../promql/template.js';
import type { Provenance } from './provenance.js';
import type { Severity, Signal } from './severity.js';
import type { Site } from './site.js';

/** A series that a recording rule produces. */
export interface RecordingRuleDefinition extends Provenance {
  readonly kind: 'recording-rule';
  /** `level:metric:operations`; the level names `labels`, not the site's extra grouping labels. */
  readonly record: string;
  /** What the value means, with its unit and range. */
  readonly help: string;
  readonly unit: string;
  /** Labels the series carries besides the site's `groupBy` labels. */
  readonly labels: readonly string[];
  /**
   * Why a healthy site may record no sample (a build without the metric, nothing wrong at the moment).
   * Absent for rules that must always yield samples.
   */
  readonly emptyWhen?: string;
  readonly expr: (site: Site) => Promql;
}

/** Declares a recording rule. */
export function defineRecordingRule(
  definition: Omit<RecordingRuleDefinition, 'kind'>,
): RecordingRuleDefinition {
  return Object.freeze({ kind: 'recording-rule', ...definition });
}

/** The recording rules of one signal, evaluated in the order given. The name is the file's name. */
export interface RecordingRuleGroupDefinition {
  readonly name: string;
  readonly rules: readonly RecordingRuleDefinition[];
}

/** The panel that explains an alert. */
export interface DashboardLink {
  /** The dashboard's uid, which is its file's name in `dashboards/`. */
  readonly uid: string;
  /** The id of the panel that explains the alert. */
  readonly panel: number;
}

/** One alerting rule. */
export interface AlertDefinition extends Provenance {
  readonly kind: 'alert';
  /** `<Component><Symptom>` in PascalCase; severity is a label, never part of the name. */
  readonly alert: string;
  readonly signal: Signal;
  readonly severity: Severity | ((site: Site) => Severity);
  /** Labels that name what the alert is about, besides the site's `groupBy` labels: what a silence matches. */
  readonly labels: readonly string[];
  /**
   * True for the one alert that fires in Grafana when the data source cannot be queried. The others keep the state they had,
   * so that one outage of the data source is one alert.
   */
  readonly firesOnQueryError?: true;
  /** True if the alert requires escrow; it is omitted at sites with `escrow: off`. */
  readonly needsEscrow?: true;
  /** The setting that has to be `on` for the alert to exist; without it the alert is part of every site. */
  readonly onlyWith?: 'watchdog';
  /** True if the expression cannot keep the site's `groupBy` labels, as with `absent()`. */
  readonly withoutSiteLabels?: true;
  readonly expr: (site: Site) => Promql;
  /** How long the expression must hold before the alert fires. Absent: fires at once. */
  readonly for?: (site: Site) => Duration;
  /** How long the alert keeps firing after the expression stopped holding (Prometheus 2.42 and newer). */
  readonly keepFiringFor?: (site: Site) => Duration;
  /** One sentence: what is wrong and for whom. May use `{{ $labels.x }}` and `{{ $value }}`. */
  readonly summary: string | ((site: Site) => string);
  /** The recorded series that holds since when the relay is pending, where the value of the alert does not say it. */
  readonly since?: RecordingRuleDefinition;
  /** How bad it is, since when, and what to do first. May use `{{ $labels.x }}` and `{{ $value }}`. */
  readonly description: string | ((site: Site) => string);
  readonly dashboard: DashboardLink;
  /** More labels of the alert, for example a team. Values may be templates. The site's configuration may override them. */
  readonly extraLabels?: Readonly<Record<string, string>>;
  /** More annotations, or others in place of `runbook_url` and `dashboard_url`. Values may be templates. */
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Declares an alerting rule. */
export function defineAlert(definition: Omit<AlertDefinition, 'kind'>): AlertDefinition {
  return Object.freeze({ kind: 'alert', ...definition });
}

/** The alerting rules of one rule group. In this package, the name is the signal and the file's name. */
export interface AlertGroupDefinition {
  readonly name: string;
  readonly rules: readonly AlertDefinition[];
}
