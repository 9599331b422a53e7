import { seriesOf } from '../model/metric-series.js';
import type { Bundle, BundleNode } from './bundle.js';
import { DependencyGraph } from './graph.js';

type Parts = Pick<Bundle, 'definitions' | 'recordingGroups' | 'alertGroups' | 'dashboards'>;

/** The graph of a bundle: metrics of the contract, recording rules, alerts and panels, in this order. */
export function graphOf({ definitions, recordingGroups, alertGroups, dashboards }: Parts) {
  const metrics = definitions.metrics.map((metric): BundleNode => {
    const { name } = metric;
    const yields = [...new Set([name, ...seriesOf(metric).map((series) => series.name)])];
    return { kind: 'metric', name, yields, expressions: [] };
  });
  const records = recordingGroups
    .flatMap(({ rules }) => rules)
    .map(
      ({ record, analysis }): BundleNode => ({
        kind: 'record',
        name: record,
        yields: [record],
        expressions: [analysis],
      }),
    );
  const alerts = alertGroups
    .flatMap(({ rules }) => rules)
    .map(
      ({ alert, analysis }): BundleNode => ({
        kind: 'alert',
        name: alert,
        yields: [],
        expressions: [analysis],
      }),
    );
  const panels = dashboards.flatMap(({ definition: { uid }, rows }) =>
    rows.flatMap((row) =>
      row.panels.map(
        ({ definition, queries }): BundleNode => ({
          kind: 'panel',
          name: `${uid}/${definition.id}`,
          yields: [],
          expressions: queries.map(({ analysis }) => analysis),
        }),
      ),
    ),
  );
  return new DependencyGraph<BundleNode>([...metrics, ...records, ...alerts, ...panels]);
}
