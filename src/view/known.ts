import { allPanels, type DashboardJson, type PanelJson } from './dashboard-json.js';

/** Settings of a field that are drawn, with the values that Grafana gives them where a dashboard says nothing. */
export type CustomDefaults = Readonly<Record<string, unknown>>;

interface KnownPanel {
  readonly options: readonly string[];
  /** Settings under `custom`, by their path. `undefined`: no value. */
  readonly custom: CustomDefaults;
  /** Colour mode where a dashboard names none. */
  readonly color: string;
  /** Values of options that are drawn, for options of which not all values are. */
  readonly values?: Readonly<Record<string, readonly unknown[]>>;
}

/** Settings of a field besides `custom`. */
export const STANDARD_PROPERTIES = [
  'unit',
  'min',
  'max',
  'decimals',
  'displayName',
  'noValue',
  'color',
  'thresholds',
  'mappings',
  'links',
  'description',
  'fieldMinMax',
  'filterable',
] as const;

const HIDE_FROM = { legend: false, tooltip: false, viz: false };

/**
 * Every panel type that the preview draws, with the options and settings that it knows. What is not listed makes the preview
 * fail: a picture that leaves something out would say that the dashboard does.
 */
export const KNOWN_PANELS: Readonly<Record<string, KnownPanel>> = {
  timeseries: {
    // The annotations option of 13.x does not change a picture.
    options: ['legend', 'tooltip', 'annotations'],
    color: 'palette-classic',
    custom: {
      drawStyle: 'line',
      lineInterpolation: 'linear',
      lineWidth: 1,
      lineStyle: { fill: 'solid' },
      fillOpacity: 0,
      fillBelowTo: undefined,
      gradientMode: 'none',
      barAlignment: 0,
      barWidthFactor: 0.6,
      spanNulls: false,
      insertNulls: false,
      showPoints: 'auto',
      pointSize: 5,
      stacking: { mode: 'none', group: 'A' },
      axisPlacement: 'auto',
      axisLabel: '',
      axisColorMode: 'text',
      axisWidth: undefined,
      axisBorderShow: false,
      axisGridShow: undefined,
      axisCenteredZero: false,
      axisSoftMin: undefined,
      axisSoftMax: undefined,
      scaleDistribution: { type: 'linear' },
      thresholdsStyle: { mode: 'off' },
      hideFrom: HIDE_FROM,
      transform: undefined,
    },
  },
  stat: {
    options: [
      'graphMode',
      'colorMode',
      'justifyMode',
      'textMode',
      'wideLayout',
      'showPercentChange',
      'percentChangeColorMode',
      'reduceOptions',
      'orientation',
      'text',
    ],
    values: { showPercentChange: [false] },
    color: 'thresholds',
    custom: {},
  },
  gauge: {
    options: [
      'reduceOptions',
      'showThresholdLabels',
      'showThresholdMarkers',
      'sizing',
      'minVizWidth',
      'minVizHeight',
      'orientation',
      'text',
    ],
    color: 'thresholds',
    custom: { neutral: undefined },
  },
  bargauge: {
    options: [
      'displayMode',
      'valueMode',
      'namePlacement',
      'showUnfilled',
      'sizing',
      'minVizWidth',
      'minVizHeight',
      'maxVizHeight',
      'reduceOptions',
      'orientation',
      'legend',
      'text',
    ],
    color: 'thresholds',
    custom: {},
  },
  table: {
    options: [
      'showHeader',
      'showTypeIcons',
      'sortBy',
      'footer',
      'cellHeight',
      'frameIndex',
      'enablePagination',
      'frozenColumns',
    ],
    values: { frameIndex: [0] },
    color: 'thresholds',
    custom: {
      align: 'auto',
      cellOptions: { type: 'auto' },
      displayMode: undefined,
      filterable: undefined,
      inspect: false,
      minWidth: undefined,
      width: undefined,
      hidden: undefined,
      hideFrom: undefined,
      hideHeader: undefined,
      wrapHeaderText: undefined,
      wrapText: undefined,
      footer: undefined,
    },
  },
  'state-timeline': {
    options: [
      'showValue',
      'rowHeight',
      'mergeValues',
      'alignValue',
      'legend',
      'tooltip',
      'perPage',
      'annotations',
    ],
    color: 'continuous-GrYlRd',
    custom: {
      lineWidth: 0,
      fillOpacity: 70,
      spanNulls: false,
      insertNulls: false,
      hideFrom: HIDE_FROM,
      axisPlacement: 'auto',
    },
  },
  heatmap: {
    options: [
      'calculate',
      'calculation',
      'color',
      'cellGap',
      'cellRadius',
      'cellValues',
      'yAxis',
      'showValue',
      'tooltip',
      'legend',
      'exemplars',
      'filterValues',
      'rowsFrame',
      'selectionMode',
      'annotations',
    ],
    values: { calculate: [false], showValue: ['auto', 'never'] },
    color: 'thresholds',
    custom: { hideFrom: HIDE_FROM, scaleDistribution: { type: 'linear' } },
  },
  text: {
    options: ['mode', 'content', 'code'],
    values: { mode: ['markdown', 'html'] },
    color: 'thresholds',
    custom: {},
  },
  alertlist: {
    options: [
      'alertInstanceLabelFilter',
      'alertName',
      'alertListName',
      'dashboardAlerts',
      'dashboardTitle',
      'datasource',
      'folder',
      'groupBy',
      'groupMode',
      'maxItems',
      'showInactiveAlerts',
      'showInstances',
      'showOptions',
      'sortOrder',
      'stateFilter',
      'tags',
      'viewMode',
    ],
    values: { viewMode: ['list'], groupMode: ['default'] },
    color: 'thresholds',
    custom: {},
  },
};

/** Transformations that the preview runs, by Grafana's own code. */
const KNOWN_TRANSFORMATIONS = [
  'calculateField',
  'concatenate',
  'convertFieldType',
  'filterByValue',
  'filterByRefId',
  'filterFieldsByName',
  'groupBy',
  'joinByField',
  'labelsToFields',
  'limit',
  'merge',
  'organize',
  'reduce',
  'renameByRegex',
  'seriesToColumns',
  'seriesToRows',
  'sortBy',
] as const;

const KNOWN_MATCHERS = ['byName', 'byRegexp', 'byType', 'byFrameRefID', 'byNames'];

/** What of a panel cannot be drawn. */
export interface Unsupported {
  /** Why the panel cannot be drawn at all; undefined where it can. */
  readonly panel?: string;
  /** Settings that change details of the drawing and are left out. */
  readonly details: readonly string[];
}

/** Everything of a dashboard that cannot be drawn, a line for each. */
export function unsupportedLines(dashboard: DashboardJson): string[] {
  return allPanels(dashboard).flatMap((panel) => {
    const { panel: reason, details } = unsupportedIn(panel);
    const where = `${dashboard.uid}, panel ${panel.id} (${panel.title ?? panel.type})`;
    return [
      ...(reason === undefined ? [] : [`${where}: not drawn: ${reason}`]),
      ...details.map((detail) => `${where}: left out: ${detail}`),
    ];
  });
}

/** What of a panel cannot be drawn: the whole panel, or details of it. */
export function unsupportedIn(panel: PanelJson): Unsupported {
  if (panel.type === 'row') return { details: [] };
  const known = Object.hasOwn(KNOWN_PANELS, panel.type) ? KNOWN_PANELS[panel.type] : undefined;
  if (known === undefined) {
    return {
      panel: `found the panel type ${JSON.stringify(panel.type)}, expected one of ${Object.keys(KNOWN_PANELS).join(', ')}`,
      details: [],
    };
  }
  const reason = unsupportedData(panel) ?? unsupportedValue(panel, known);
  return {
    ...(reason === undefined ? {} : { panel: reason }),
    details: [...unsupportedOptions(panel, known), ...unsupportedSettings(panel, known)],
  };
}

/** Why the data of a panel would be wrong: another data source, another time range, or a transformation. */
function unsupportedData(panel: PanelJson): string | undefined {
  for (const key of ['timeFrom', 'timeShift', 'repeat'] as const) {
    const value = panel[key];
    if (value !== undefined && value !== null && value !== '')
      return `${key}: found ${JSON.stringify(value)}, which is not supported`;
  }
  for (const { datasource } of [panel, ...(panel.targets ?? [])]) {
    const type = typeof datasource === 'object' ? datasource?.type : undefined;
    if (type !== undefined && !/^(?:prometheus|datasource|--.*|\$.*)$/.test(type))
      return `datasource: found the type ${JSON.stringify(type)}, expected prometheus`;
  }
  for (const { id } of (panel.transformations ?? []).filter(({ disabled }) => disabled !== true)) {
    if (!KNOWN_TRANSFORMATIONS.includes(id as never)) {
      return `transformations: found ${JSON.stringify(id)}, expected one of ${KNOWN_TRANSFORMATIONS.join(', ')}`;
    }
  }
  return undefined;
}

/** An option whose value would make another drawing. */
function unsupportedValue(panel: PanelJson, known: KnownPanel): string | undefined {
  for (const [name, value] of Object.entries(panel.options ?? {})) {
    const values = known.values?.[name];
    if (values !== undefined && !values.includes(value)) {
      return `options.${name}: found ${JSON.stringify(value)}, expected one of ${JSON.stringify(values)}`;
    }
  }
  return undefined;
}

function unsupportedOptions(panel: PanelJson, known: KnownPanel): string[] {
  return Object.keys(panel.options ?? {})
    .filter((name) => !known.options.includes(name))
    .map((name) => `options: found ${JSON.stringify(name)}, which is not supported`);
}

function unsupportedSettings(panel: PanelJson, known: KnownPanel): string[] {
  const settings = new Set<string>([
    ...STANDARD_PROPERTIES,
    ...Object.keys(known.custom).map((path) => `custom.${path}`),
  ]);
  const isKnown = (id: string) =>
    [...settings].some((setting) => id === setting || id.startsWith(`${setting}.`));
  const { defaults = {}, overrides = [] } = panel.fieldConfig ?? {};
  const found = Object.keys(defaults)
    .filter((name) => name !== 'custom' && !settings.has(name))
    .map((name) => `fieldConfig.defaults: found ${JSON.stringify(name)}, which is not supported`);
  for (const name of Object.keys((defaults.custom as object | undefined) ?? {})) {
    if (!Object.hasOwn(known.custom, name)) {
      found.push(`fieldConfig.defaults.custom: found ${JSON.stringify(name)}, which is not supported`);
    }
  }
  for (const { matcher, properties } of overrides) {
    if (!KNOWN_MATCHERS.includes(matcher.id)) {
      found.push(
        `overrides: found the matcher ${JSON.stringify(matcher.id)}, expected one of ${KNOWN_MATCHERS.join(', ')}`,
      );
    }
    for (const { id } of properties.filter((property) => !isKnown(property.id))) {
      found.push(`overrides: found the property ${JSON.stringify(id)}, which is not supported`);
    }
  }
  return found;
}
