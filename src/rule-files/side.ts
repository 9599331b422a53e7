import type { Parsed } from '../promql/parse.js';

/** A file of one side: its path with slashes, and its text. */
export interface SideFile {
  readonly path: string;
  readonly text: string;
  /** Why the file was not read, where it was not. */
  readonly unread?: string;
}

/** An object of a YAML or JSON file. */
export type Json = Readonly<Record<string, unknown>>;

/** Where something stands. */
export interface Place {
  readonly file: string;
  /** Line in the file, from 1; absent where it is not known. Found only when asked for where the file is large. */
  readonly line?: number | (() => number | undefined) | undefined;
}

/** An alerting or recording rule as a file has it. */
export interface Rule extends Place {
  readonly kind: 'alert' | 'record';
  readonly name: string;
  readonly group: string;
  /** How often its group is evaluated; absent for the server's default. */
  readonly interval?: string;
  /** The form of the file: a rule file, one for Mimir with its namespace, or a manifest for the Prometheus operator. */
  readonly form: 'plain' | 'mimir' | 'manifest';
  /** Its place in the group, from 0. */
  readonly place: number;
  readonly expr: string;
  /** The expression as a tree, or why it is none. */
  readonly parsed: Parsed;
  /** Another query language than PromQL, where the expression is written in one. */
  readonly dialect?: string;
  readonly for?: string;
  readonly keepFiringFor?: string;
  /** Labels that it sets, those of its group included. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** Everything else that the file says of it. */
  readonly more: Json;
  /** The rule as the file has it, its scalars as text. */
  readonly raw: Json;
}

/** A rule group as a file has it. */
export interface Group extends Place {
  readonly name: string;
  readonly form: Rule['form'];
  /** The rule file or manifest that it is a part of; the path, where it is a file and no part of one. */
  readonly source: string;
  readonly interval?: string;
  /** How many alerts or series a rule may yield before Prometheus fails it; 0 for any number. */
  readonly limit: number;
  readonly rules: readonly Rule[];
  /** Everything that the file says of it beside its name, interval, labels and rules; entries that are no rules included. */
  readonly more: Json;
  /** The group as the file has it, its scalars as text. */
  readonly raw: Json;
}

/** One query of a panel. */
export interface Query {
  readonly refId: string;
  readonly expr: string;
  /** The expression as a tree, or why it is none; Grafana's variables may stand in it. */
  readonly parsed: Parsed;
}

/** A panel of a dashboard, in either of Grafana's forms. */
export interface GrafanaPanel extends Place {
  /** Absent where the file leaves the numbering to Grafana. */
  readonly id?: number;
  readonly title: string;
  readonly type: string;
  readonly queries: readonly Query[];
  readonly unit: string;
  /** Values of its threshold lines and colours, without the base. */
  readonly thresholds: readonly number[];
  readonly datasource: string;
  /** Everything else that the file says of it. */
  readonly more: unknown;
}

/** A dashboard, in either of Grafana's forms. */
export interface GrafanaDashboard extends Place {
  readonly uid: string;
  readonly title: string;
  /** Classic, the same within an object of Kubernetes, or of version 2. */
  readonly form: 'classic' | 'embedded' | 'v2';
  readonly panels: readonly GrafanaPanel[];
  /** Panels and rows in the order of the file, each by its id or title. */
  readonly order: readonly string[];
  /** Template variables with their queries. */
  readonly variables: readonly { readonly name: string; readonly query: string }[];
  /** The whole text, to look for links in. */
  readonly text: string;
  /** Everything else that the file says of it. */
  readonly more: unknown;
}

/** Something that is compared field by field only: an alert rule or a library panel of Grafana, a manifest around rules. */
export interface PlainObject extends Place {
  /** What it is, as it is shown: `Grafana alert`. */
  readonly kind: string;
  readonly name: string;
  readonly value: unknown;
  /** Of an alert rule of Grafana: as its API takes it, or as a provisioning file has it. */
  readonly form?: 'api' | 'provisioning';
}

/** A file, or a part of one, that was not read. */
export interface Unread extends Place {
  /** `a Helm or Jinja template, not YAML`. */
  readonly reason: string;
  readonly text: string;
  /** Whether it may hold rules or dashboards, going by its words. */
  readonly mayMatter: boolean;
  /** Whether nothing of the file could be read, other than where a part of it is of a kind that is not supported. */
  readonly isWhole: boolean;
}

/** One side of a comparison: everything that its files hold. */
export interface Side {
  readonly groups: readonly Group[];
  readonly dashboards: readonly GrafanaDashboard[];
  readonly objects: readonly PlainObject[];
  /** Alertmanager configurations. */
  readonly alertmanagers: readonly SideFile[];
  /** Paths of all Markdown pages; a runbook may be among them. */
  readonly pages: ReadonlySet<string>;
  /** Files that are none of these, to look for names in. */
  readonly others: readonly SideFile[];
  readonly unread: readonly Unread[];
}

/** A file that has to be read and cannot be. */
export class SideError extends Error {
  override readonly name = 'SideError';
}
