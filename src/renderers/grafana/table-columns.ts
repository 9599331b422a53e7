import type * as sdk from '@grafana/grafana-foundation-sdk/dashboard';
import type { Bundle, Panel } from '../../bundle/bundle.js';
import { runbookUrl } from '../../bundle/links.js';
import type { ColumnDefinition } from '../../model/dashboard.js';
import { nodesOfKind } from '../../promql/ast.js';
import type { DataPanelBuilder } from './panel-kinds.js';
import { cellSteps, clone, shortKey, thresholds, valueMappings } from './panel-values.js';

/** The link from a relay's line or row to its own dashboard, for the same time range and installation; `relay` is Grafana's variable of the whole key. */
export function relayDashboardLink(
  bundle: Bundle,
  uid: string,
): (relay: string) => { title: string; url: string } {
  const kept = ['datasource', ...bundle.config.groupBy].map((name) => `\${${name}:queryparam}`);
  return (relay) => ({
    // The title is the tooltip of a cell, and stands in the tooltip of a line.
    title: `Relay \${${relay}}`,
    url: `/d/${uid}?var-relay=\${${relay}:percentencode}&${kept.join('&')}&\${__url_time_range}`,
  });
}

/** Each query is a column beside the labels they share. */
export function tableColumns(
  bundle: Bundle,
  panel: Panel,
  builder: DataPanelBuilder,
  linkToRelay: ReturnType<typeof relayDashboardLink> | undefined,
): void {
  const { queries } = panel;
  const columns = queries.map(({ refId, column }) => ({
    field: queries.length === 1 ? 'Value' : `Value #${refId}`,
    column: column ?? { title: panel.definition.title, unit: panel.definition.unit, empty: '' },
  }));
  const own = columns.flatMap(({ column }) => column.label ?? []);
  const labels = labelsOf(panel);
  if (queries.length > 1) builder.withTransformation({ id: 'merge', options: {} });
  const shown = columns.filter(({ column }) => column.hidden !== true);
  const hidden = columns.filter(({ column }) => column.hidden === true).map(({ field }) => field);
  for (const field of hidden) {
    builder.withTransformation({ id: 'sortBy', options: { sort: [{ field, desc: true }] } });
  }
  builder.withTransformation({
    id: 'organize',
    options: {
      excludeByName: Object.fromEntries(['Time', ...hidden].map((field) => [field, true])),
      renameByName: Object.fromEntries([
        ...labels.filter((label) => titleOf(label) !== label).map((label) => [label, titleOf(label)]),
        ...shown.map(({ field, column }) => [field, column.title]),
      ]),
    },
  });
  // Grafana shares the width evenly and then adds what a name lacks, which pushes the last column out of the panel.
  const isNarrow = labels.some((label) => LABEL_WIDTHS[label] !== undefined && !KEYS.includes(label));
  for (const { column } of shown) {
    const properties = columnProperties(bundle, column);
    const texts = [column.empty, ...(column.mappings ?? []).map(({ text }) => text)];
    const isSorted = column === shown[0]?.column || column.breaksTies === true;
    const textWidth = 7 * Math.max(...texts.map((text) => text.length)) + 18;
    // Titles are set wider, and the arrow of the order stands beside them.
    const titleWidth = Math.ceil(7.6 * column.title.length) + 18 + (isSorted ? 20 : 0);
    const width = Math.max(100, textWidth, titleWidth);
    builder.overrideByName(column.title, [
      ...properties,
      // A column with a long text gets what it needs; the others share the rest.
      isNarrow || textWidth > 200
        ? { id: 'custom.width', value: width }
        : { id: 'custom.minWidth', value: 95 },
    ]);
  }
  for (const label of labels) {
    const properties = labelProperties(bundle, label, linkToRelay);
    // Without it, the cell of an alert about no single relay would show the panel's text for no data.
    const empty = own.find(({ name }) => name === label)?.empty ?? '–';
    builder.overrideByName(titleOf(label), [...properties, { id: 'noValue', value: empty }]);
  }
}

/** Pixels that a label needs; those of an alert's name are for the longest one. */
const LABEL_WIDTHS: Readonly<Record<string, number>> = {
  alertname: 310,
  instance: 150,
  relay: 130,
  identifier: 130,
  type: 70,
  version: 90,
};

const KEYS = ['relay', 'identifier'];

/** What stands above the values of a label. */
const titleOf = (label: string) => (label === 'alertname' ? 'alert' : label);

/** How the values of a label are shown: wide enough, keys shortened, with the link that belongs to them. */
function labelProperties(
  bundle: Bundle,
  label: string,
  linkToRelay: ReturnType<typeof relayDashboardLink> | undefined,
): sdk.DynamicConfigValue[] {
  const width = LABEL_WIDTHS[label];
  const isKey = KEYS.includes(label);
  const links =
    label === 'alertname'
      ? alertLinks(bundle)
      : label === 'relay' && linkToRelay !== undefined
        ? [linkToRelay('__value.raw')]
        : [];
  return [
    // A key has the same width everywhere; other names may get more.
    ...(width === undefined ? [] : [{ id: isKey ? 'custom.width' : 'custom.minWidth', value: width }]),
    ...(isKey ? [{ id: 'mappings', value: [shortKey] }] : []),
    ...(links.length === 0 ? [] : [{ id: 'links', value: links }]),
  ];
}

/** From the name of an alert to what to do, and to the alert. A path in the repository leads nowhere in Grafana. */
const alertLinks = ({ config }: Bundle) => [
  ...(config.links.runbooks === undefined
    ? []
    : [
        {
          title: 'What to do: ${__value.raw}',
          url: runbookUrl(config, '${__value.raw}'),
          targetBlank: true,
        },
      ]),
  { title: 'Alert: ${__value.raw}', url: '/alerting/list?search=${__value.raw}', targetBlank: true },
];

/** The labels that a table shows: those that distinguish its rows, and those of single columns. */
export const labelsOf = (panel: Panel): readonly string[] => [
  ...groupingOf(panel),
  ...panel.queries.flatMap(({ column }) => column?.label?.name ?? []),
];

/** The labels that distinguish the rows of a table; all its queries group by the same ones. */
function groupingOf(panel: Panel): readonly string[] {
  const expression = panel.queries[0]?.analysis.expression;
  if (expression === undefined) return [];
  const labels = nodesOfKind(expression.root, 'aggregation').flatMap(({ grouping }) =>
    grouping?.without === false ? grouping.labels : [],
  );
  return [...new Set(labels)];
}

function columnProperties(bundle: Bundle, column: ColumnDefinition): sdk.DynamicConfigValue[] {
  const own = column.thresholds?.(bundle.site);
  const isEmptyUnknown = column.isEmptyUnknown === true;
  const isColored =
    isEmptyUnknown || own !== undefined || column.mappings?.some(({ color }) => color !== undefined) === true;
  return [
    { id: 'unit', value: column.unit },
    { id: 'noValue', value: column.empty },
    ...(column.decimals === undefined ? [] : [{ id: 'decimals', value: column.decimals }]),
    ...(column.mappings === undefined ? [] : [{ id: 'mappings', value: valueMappings(column.mappings) }]),
    ...(isColored
      ? [{ id: 'thresholds', value: clone(thresholds(cellSteps(own ?? [], { isEmptyUnknown })).build()) }]
      : []),
    // Colored text would have too little contrast on a light page or on a dark one.
    ...(isColored ? [{ id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } }] : []),
  ];
}
