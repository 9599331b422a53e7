/** The parts of Grafana's classic dashboard JSON that the preview reads. */
export interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly description?: string;
  readonly time: { readonly from: string; readonly to: string };
  readonly refresh?: string | false;
  readonly tags?: readonly string[];
  readonly templating?: { readonly list: readonly VariableJson[] };
  readonly annotations?: { readonly list: readonly AnnotationJson[] };
  readonly links?: readonly DashboardLinkJson[];
  readonly panels: readonly PanelJson[];
}

export interface VariableJson {
  readonly name: string;
  readonly type: string;
  readonly label?: string;
  /** Text for most types; an object with a `query` for query variables. */
  readonly query?: string | { readonly query?: string };
  readonly regex?: string;
  readonly sort?: number;
  readonly multi?: boolean;
  readonly includeAll?: boolean;
  readonly allValue?: string;
  /** 0 shown, 1 without its label, 2 hidden. */
  readonly hide?: number;
  readonly current?: { readonly value?: string | readonly string[] };
  readonly options?: readonly { readonly value?: string | readonly string[] }[];
}

export interface AnnotationJson {
  readonly name: string;
  readonly enable?: boolean;
  readonly hide?: boolean;
  readonly iconColor?: string;
  readonly expr?: string;
  readonly step?: string;
  readonly titleFormat?: string;
  readonly tagKeys?: string;
  /** The values are the times of the marks, in milliseconds. */
  readonly useValueForTime?: boolean;
  /** 1 for the annotations that Grafana stores itself. */
  readonly builtIn?: number;
}

export interface DashboardLinkJson {
  readonly title: string;
  readonly type: string;
  readonly url?: string;
  readonly asDropdown?: boolean;
  /** Of links of the type `dashboards`: which ones are meant. */
  readonly tags?: readonly string[];
  readonly includeVars?: boolean;
  readonly keepTime?: boolean;
  readonly targetBlank?: boolean;
}

/** Text in old files, an object since Grafana 8.3. */
type DatasourceJson = string | null | { readonly type?: string; readonly uid?: string };

export interface TargetJson {
  readonly refId: string;
  readonly expr?: string;
  readonly legendFormat?: string;
  readonly format?: string;
  readonly instant?: boolean;
  readonly range?: boolean;
  readonly interval?: string;
  readonly hide?: boolean;
  readonly datasource?: DatasourceJson;
}

export interface GridPosition {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface TransformationJson {
  readonly id: string;
  readonly options: unknown;
  readonly disabled?: boolean;
  readonly filter?: unknown;
}

export interface OverrideJson {
  readonly matcher: { readonly id: string; readonly options?: unknown };
  readonly properties: readonly { readonly id: string; readonly value?: unknown }[];
}

export interface PanelJson {
  readonly id: number;
  readonly type: string;
  readonly title?: string;
  readonly description?: string;
  readonly gridPos: GridPosition;
  readonly transparent?: boolean;
  readonly collapsed?: boolean;
  /** Panels of a collapsed row. */
  readonly panels?: readonly PanelJson[];
  readonly options?: Readonly<Record<string, unknown>>;
  readonly fieldConfig?: {
    readonly defaults: Readonly<Record<string, unknown>>;
    readonly overrides: readonly OverrideJson[];
  };
  readonly targets?: readonly TargetJson[];
  readonly transformations?: readonly TransformationJson[];
  readonly links?: readonly { readonly title: string; readonly url: string }[];
  readonly maxDataPoints?: number;
  readonly interval?: string;
  readonly timeFrom?: string;
  readonly timeShift?: string;
  readonly repeat?: string;
  readonly datasource?: DatasourceJson;
}

/** All panels, those inside collapsed rows among them. */
export function allPanels(dashboard: DashboardJson): PanelJson[] {
  return dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
}
