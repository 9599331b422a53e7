import type { Duration } from '../promql/duration.js';
import type { Promql } from '../promql/template.js';
import type { Site } from './site.js';

/** A query of a panel. */
export interface QueryDefinition {
  readonly expr: (site: Site) => Promql;
  /** Legend with labels in Grafana's form, `{{relay}}`. */
  readonly legend?: string;
  /** Query only the end of the time range instead of the whole range; tables and stats always do. */
  readonly instant?: boolean;
  readonly format?: 'time_series' | 'table' | 'heatmap';
  /** In a table, each query is a column: its title and how its values are shown. */
  readonly column?: ColumnDefinition;
  /** In a stat, the colors of this value where they differ from those of the panel. */
  readonly thresholds?: (site: Site) => readonly PanelThreshold[];
}

/** How a value is shown. */
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
  /** What a row without this value shows. Without it, Grafana would show the panel's no-data text. */
  readonly empty: string;
  /** A row has no value because it is not measured or not known, not because there is none: its cell is grey. */
  readonly isEmptyUnknown?: true;
  /** Of the first column, by which the rows are sorted: the smallest value is on top, not the largest. */
  readonly smallestFirst?: true;
  /** Rows with the same first value are sorted by this one, the largest on top. */
  readonly breaksTies?: true;
  /** A label that only this query has beside those of the first one: a column before this one, with this text in rows without it. */
  readonly label?: { readonly name: string; readonly empty: string };
  /** Of the first column: it sorts the rows, the largest value on top, and is not shown. */
  readonly hidden?: true;
}

/** The color from a value upwards; `value` is in the panel's unit. */
export interface PanelThreshold {
  readonly value: number;
  readonly color: string;
}

/** The text for a value, or for values within a range, with its limits. */
export type ValueMapping = (
  | { readonly value: number | 'null' }
  | { readonly from: number; readonly to: number }
) & {
  readonly text: string;
  readonly color?: string;
};

export type PanelKind = 'stat' | 'timeseries' | 'table' | 'state-timeline' | 'heatmap' | 'text';

/** Values that a legend shows for each series, by Grafana's names. */
export type Calculation = 'last' | 'min' | 'max' | 'mean' | 'sum';

/** A panel of a dashboard. */
export interface PanelDefinition extends ValueFormat {
  /** Set by hand, unique in the dashboard, never reused: links point to it. */
  readonly id: number;
  /** What the panel shows, in a few words. */
  readonly title: string;
  /** Starts with the normal state (`Good: ...`); then where the number comes from. */
  readonly description: string;
  readonly kind: PanelKind;
  readonly queries: readonly QueryDefinition[];
  /** In columns, out of 24. */
  readonly width: number;
  /** In rows of the grid, 30 pixels each. */
  readonly height: number;
  /** Values that the legend of a time series shows: by default the last and the largest value. */
  readonly calcs?: readonly Calculation[];
  /** Limits of the axis; taken from the data if absent. */
  readonly min?: number;
  readonly max?: number;
  /** The axis reaches at least up to this value: otherwise Grafana draws a line of zeros on an axis up to 100. 1 if absent, 4 for whole numbers. */
  readonly softMax?: number;
  /** Colors of series by their name in the legend, so that "success" looks the same everywhere; `by threshold`: that of its greatest value. */
  readonly colors?: Readonly<Record<string, string>>;
  /** A stat shows the names of its values, in the colors of the values, instead of the numbers. */
  readonly showsNames?: true;
  /** Markdown of a text panel. */
  readonly content?: string;
  /** Shown when the query returns nothing: whether the system is idle or not being measured. */
  readonly noData: string | ((site: Site) => string);
}

/** A titled row of panels, laid out from left to right, wrapping at 24 columns. */
export interface RowDefinition {
  readonly title: string;
  /** Its panels are shown, and their queries run, once the row is opened. */
  readonly collapsed?: true;
  readonly panels: readonly PanelDefinition[];
}

/** A dashboard. Its file has the same name as its uid. */
export interface DashboardDefinition {
  readonly kind: 'dashboard';
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  /** Adds the variable `relay`. */
  readonly relays?: {
    readonly choose: 'one' | 'many';
    /** Returns one sample with the label `relay` per relay, in the order of the drop-down list. */
    readonly query: (site: Site) => Promql;
  };
  /** Default time range, such as `6h`. */
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
