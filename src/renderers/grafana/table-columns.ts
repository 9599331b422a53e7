import type * as sdk from '@grafana/grafana-foundation-sdk/dashboard';
import type { Bundle, Panel } from '../../bundle/bundle.js';
import { COLUMNS } from '../../bundle/panel-layout.js';
import type { ColumnDefinition } from '../../model/dashboard.js';
import { nodesOfKind } from '../../promql/ast.js';
import type { DataPanelBuilder } from './panel-kinds.js';
import { clone, NO_COLOR, thresholds, valueMappings } from './panel-values.js';

/** The link from a relay's line or row to its own dashboard, for the same time range and installation. */
export function relayDashboardLink(
  bundle: Bundle,
  uid: string,
): (relay: string) => { title: string; url: string } {
  const kept = ['datasource', ...bundle.config.groupBy].map((name) => `\${${name}:queryparam}`);
  return (relay) => ({
    title: 'Dashboard of this relay',
    url: `/d/${uid}?var-relay=${relay}&${kept.join('&')}&\${__url_time_range}`,
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
  if (queries.length > 1) builder.withTransformation({ id: 'merge', options: {} });
  builder.withTransformation({
    id: 'organize',
    options: {
      excludeByName: { Time: true },
      renameByName: Object.fromEntries(columns.map(({ field, column }) => [field, column.title])),
    },
  });
  for (const { column } of columns) builder.overrideByName(column.title, columnProperties(bundle, column));
  const width = { id: 'custom.width', value: KEY_WIDTH[panel.definition.width] ?? NARROW };
  if (keepsLabel(panel, 'relay')) {
    const links =
      linkToRelay === undefined
        ? []
        : [{ id: 'links', value: [linkToRelay('${__value.raw:percentencode}')] }];
    builder.overrideByName('relay', [width, ...links]);
  }
  if (keepsLabel(panel, 'identifier')) builder.overrideByName('identifier', [width]);
}

// Pixels. A key has 64 characters; the first ones distinguish relays, and the whole key can be copied.
const KEY_WIDTH: Readonly<Record<number, number>> = { [COLUMNS]: 440, 16: 220 };

const NARROW = 150;

/** Whether the rows of a table are distinguished by a label; all queries of a table group by the same labels. */
function keepsLabel(panel: Panel, label: string): boolean {
  const expression = panel.queries[0]?.analysis.expression;
  return (
    expression !== undefined &&
    nodesOfKind(expression.root, 'aggregation').some(
      ({ grouping }) => grouping?.without === false && grouping.labels.includes(label),
    )
  );
}

function columnProperties(bundle: Bundle, column: ColumnDefinition): sdk.DynamicConfigValue[] {
  const steps = column.thresholds?.(bundle.site);
  const isColored = steps !== undefined || column.mappings?.some(({ color }) => color !== undefined) === true;
  return [
    { id: 'unit', value: column.unit },
    { id: 'noValue', value: column.empty },
    ...(column.decimals === undefined ? [] : [{ id: 'decimals', value: column.decimals }]),
    ...(column.mappings === undefined ? [] : [{ id: 'mappings', value: valueMappings(column.mappings) }]),
    ...(isColored ? [{ id: 'thresholds', value: clone(thresholds(steps ?? NO_COLOR).build()) }] : []),
    ...(isColored ? [{ id: 'custom.cellOptions', value: { type: 'color-text' } }] : []),
  ];
}
