import type { Duration, Promql } from './promql.js';
import type { Site } from './site.js';

/** What an alert, a recording rule or a panel is about. Becomes the `signal` label of every alert. */
export const SIGNALS = [
  'pending-writes',
  'push-wait',
  'lease-expiry',
  'replica-fallback',
  'worker-queue',
  'exporter',
  'gateway',
] as const;
export type Signal = (typeof SIGNALS)[number];

/** `critical` pages, `warning` is a ticket, `info` is context that wakes nobody. */
export const SEVERITIES = ['critical', 'warning', 'info'] as const;
export type Severity = (typeof SEVERITIES)[number];

/**
 * The situations that an operator must be able to tell apart, by number. `docs/system.md` describes each of them under the
 * anchor `situation-<number>`.
 */
export const SITUATIONS = {
  1: 'Worker away, writes pending: normal',
  2: 'Lease about to expire, past its expiry, or missing while writes are wanted',
  3: 'Pushes delivered, never ingested: stuck',
  4: 'Pushes refused or failing',
  5: 'Gateway and worker disagree',
  6: 'Resync done, rotation failed',
  7: 'The replica has been the main path for hours',
  8: 'Pending, and nothing pushes any more',
  9: 'Nothing to see because nothing is measured',
  10: 'Writes accepted, never marked as pending',
} as const;
export type Situation = keyof typeof SITUATIONS;

/** What a rule rests on. */
export interface Provenance {
  /** Steps of the operator runbook that the rule serves, such as `3` or `4.2`. */
  readonly runbookSteps?: readonly string[];
  /** The situation that the rule recognizes or measures. */
  readonly situation?: Situation;
  /** Why the rule is the way it is: one or more sentences. */
  readonly rationale: string;
}

export type MetricType = 'gauge' | 'counter' | 'histogram';

/** One label of a metric. */
export interface LabelDefinition {
  /** What the label's value names. */
  readonly help: string;
  /** The values seen so far; absent when the set is open. Unknown values only warn in `verify`. */
  readonly values?: readonly string[];
  /** True when some builds serve the metric without this label. */
  readonly optional?: boolean;
  /** Why the label must not survive into rules, panels or alerts (peer keys, for example). */
  readonly confidential?: string;
}

/** Who exposes a metric. `prometheus` is Prometheus itself (`up`, `ALERTS`). */
export type MetricOrigin = 'gateway' | 'escrow' | 'exporter' | 'prometheus';

/**
 * One metric as a scrape shows it. The files in `metrics/` are the only place that spells metric names;
 * rules, panels, the exporter and the simulator all refer to these objects.
 */
export interface MetricDefinition {
  readonly kind: 'metric';
  /** Prometheus metric name; for a histogram the base name, without `_bucket`, `_sum` or `_count`. */
  readonly name: string;
  readonly type: MetricType;
  /** Base unit in Prometheus's words (`seconds`, `bytes`), `ratio`, `none`, or `milliseconds` where a build strays. */
  readonly unit: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, LabelDefinition>>;
  /** Upper bounds of a histogram's buckets, ascending, without `+Inf`; in the metric's unit. */
  readonly buckets?: readonly number[];
  /**
   * `always`: the TYPE line is in every scrape. `optional`: some builds do not serve it.
   * A labelled series of an `always` metric may still be unborn until its first event.
   */
  readonly presence: 'always' | 'optional';
  /** What the metric really does, where its name or help would mislead. */
  readonly trap?: string;
  readonly origin: MetricOrigin;
}

/** Declares a metric of the contract. Throws `TypeError` when a histogram lacks ascending buckets. */
export function defineMetric(definition: Omit<MetricDefinition, 'kind'>): MetricDefinition {
  const { name, type, buckets } = definition;
  if ((type === 'histogram') !== (buckets !== undefined)) {
    throw new TypeError(`metric ${name}: a histogram has buckets and nothing else has; type is ${type}`);
  }
  if (buckets?.some((bound, i) => i > 0 && bound <= (buckets[i - 1] as number))) {
    throw new TypeError(`metric ${name}: buckets must ascend, found ${buckets.join(' ')}`);
  }
  return Object.freeze({ kind: 'metric', ...definition });
}

/** A series that one of our recording rules makes. */
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

/** Where an alert's reader should look first. */
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
  /** True where the alert makes no sense on a site that runs without escrow (`escrow: off`): it is left out there. */
  readonly needsEscrow?: true;
  /** True where the expression cannot keep the site's `groupBy` labels, as with `absent()`. */
  readonly withoutSiteLabels?: true;
  readonly expr: (site: Site) => Promql;
  /** How long the expression must hold before the alert fires. Absent: fires at once. */
  readonly for?: (site: Site) => Duration;
  /** How long the alert keeps firing after the expression stopped holding (Prometheus 2.42 and newer). */
  readonly keepFiringFor?: (site: Site) => Duration;
  /** One sentence: what is wrong and for whom. May use `{{ $labels.x }}` and `{{ $value }}`. */
  readonly summary: string | ((site: Site) => string);
  /** How bad it is, since when, and what to do first. May use `{{ $labels.x }}` and `{{ $value }}`. */
  readonly description: string | ((site: Site) => string);
  readonly dashboard: DashboardLink;
}

/** Declares an alerting rule. */
export function defineAlert(definition: Omit<AlertDefinition, 'kind'>): AlertDefinition {
  return Object.freeze({ kind: 'alert', ...definition });
}

/** The alerting rules of one signal. The name is the file's name. */
export interface AlertGroupDefinition {
  readonly name: Signal;
  readonly rules: readonly AlertDefinition[];
}

/** The alerts on one side of an inhibition. Every condition that is given must hold. */
export interface AlertSelection {
  /** By name. A name that no alert has is an error; one that the site disabled is left out. */
  readonly alerts?: readonly string[];
  readonly severities?: readonly Severity[];
  readonly signals?: readonly Signal[];
}

/** While an alert of `source` fires, alerts of `target` send no notification. */
export interface InhibitionDefinition {
  /** Why the target adds nothing while the source fires. */
  readonly reason: string;
  readonly source: AlertSelection;
  readonly target: AlertSelection;
  /**
   * Labels that must agree, besides the site's `groupBy` labels. Every alert named on either side carries them:
   * Alertmanager takes two alerts that both lack a label as equal.
   */
  readonly equal: readonly ('relay' | 'signal')[];
}

/** A query of a panel. */
export interface QueryDefinition {
  readonly expr: (site: Site) => Promql;
  /** Legend with labels in Grafana's form, `{{relay}}`. */
  readonly legend?: string;
  /** Only the value at the end of the time shown instead of a range; tables and stats always ask for that. */
  readonly instant?: boolean;
  readonly format?: 'time_series' | 'table' | 'heatmap';
  /** What the query's value is called and how it is written, where the panel is a table: each query is a column. */
  readonly column?: ColumnDefinition;
}

/** How a value is written. */
export interface ValueFormat {
  /** Grafana unit id: `s`, `short`, `percentunit`, `dateTimeAsIso`, `bool`, `none`. */
  readonly unit: string;
  readonly decimals?: number;
  readonly thresholds?: (site: Site) => readonly PanelThreshold[];
  readonly mappings?: readonly ValueMapping[];
}

/** A column of a table. */
export interface ColumnDefinition extends ValueFormat {
  readonly title: string;
  /** What a row without this value shows: Grafana would put the panel's text for no data there. */
  readonly empty: string;
}

/** A value from which a colour applies; `value` is in the panel's unit. */
export interface PanelThreshold {
  readonly value: number;
  readonly color: string;
}

/** What a value means in words. */
export interface ValueMapping {
  readonly value: number | 'null';
  readonly text: string;
  readonly color?: string;
}

export type PanelKind = 'stat' | 'timeseries' | 'table' | 'state-timeline' | 'heatmap' | 'text';

/** What a legend tells of each series, in Grafana's names. */
export type Calculation = 'lastNotNull' | 'min' | 'max' | 'mean' | 'sum';

/** A panel of a dashboard. */
export interface PanelDefinition extends ValueFormat {
  /** Written by hand, unique in the dashboard, never reused: links point at it. */
  readonly id: number;
  /** A question the panel answers. */
  readonly title: string;
  /** What good looks like, and where the number comes from. */
  readonly description: string;
  readonly kind: PanelKind;
  readonly queries: readonly QueryDefinition[];
  /** Columns of 24. */
  readonly width: number;
  /** Rows of the grid, 30 pixels each. */
  readonly height: number;
  /** What the legend of a time series tells besides the name: the last and the largest value by default. */
  readonly calcs?: readonly Calculation[];
  /** Least and greatest value of the axis; found in the data where absent. */
  readonly min?: number;
  readonly max?: number;
  /** Colours of series by their name in the legend, so that "success" looks the same everywhere. */
  readonly colors?: Readonly<Record<string, string>>;
  /** Markdown, where the panel is a text. */
  readonly content?: string;
  /** Shown when the query yields nothing; tells idle from unmeasured. */
  readonly noData: string;
}

/** A titled row of panels, laid out from left to right, wrapping at 24 columns. */
export interface RowDefinition {
  readonly title: string;
  readonly panels: readonly PanelDefinition[];
}

/** A dashboard. Its file's name is its uid. */
export interface DashboardDefinition {
  readonly kind: 'dashboard';
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  /** The variable `relay`; without it the dashboard has none. */
  readonly relays?: {
    readonly choose: 'one' | 'many';
    /** One sample with the label `relay` for each relay, in the order in which they are offered. */
    readonly query: (site: Site) => Promql;
  };
  /** The time shown at first, such as `6h`. */
  readonly span: Duration;
  readonly rows: readonly RowDefinition[];
}

/** Declares a dashboard. */
export function defineDashboard(definition: Omit<DashboardDefinition, 'kind'>): DashboardDefinition {
  return Object.freeze({ kind: 'dashboard', ...definition });
}

/** Declares a panel. */
export function definePanel(definition: PanelDefinition): PanelDefinition {
  return Object.freeze(definition);
}
