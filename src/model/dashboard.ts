import type { Duration } from '../promql/duration.js';
import type { Promql } from '../promql/template.js';
import type { Site } from './site.js';

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
