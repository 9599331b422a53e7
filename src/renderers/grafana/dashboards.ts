import * as sdk from '@grafana/grafana-foundation-sdk/dashboard';
import { processStartTime } from '../../../metrics/gateway.js';
import { alerts } from '../../../metrics/prometheus.js';
import type { Bundle, Dashboard } from '../../bundle/bundle.js';
import { layOut, ROW_TITLE_HEIGHT } from '../../bundle/panel-layout.js';
import { chosen, chosenOrNone } from '../../promql/dashboard-matchers.js';
import type { Artifact } from '../artifact.js';
import { clone, DATASOURCE } from './panel-values.js';
import { panelJson } from './panels.js';
import { variables } from './variables.js';

/** Dashboards in Grafana's classic JSON, for Grafana 11 and newer. The file's name is the dashboard's uid. */
export function renderGrafanaDashboards(bundle: Bundle): Artifact[] {
  return bundle.dashboards.map((dashboard) => ({
    path: `grafana/dashboards/${dashboard.definition.uid}.json`,
    content: `${JSON.stringify(dashboardJson(bundle, dashboard), null, 2)}\n`,
  }));
}

/** A dashboard in Grafana's classic JSON. */
export function dashboardJson(bundle: Bundle, dashboard: Dashboard): sdk.Dashboard {
  const { definition } = dashboard;
  const builder = new sdk.DashboardBuilder(definition.title)
    .uid(definition.uid)
    .description(definition.description)
    .tags([...definition.tags])
    .editable()
    .time({ from: `now-${definition.span}`, to: 'now' })
    .refresh('30s')
    .timezone('browser')
    .tooltip(sdk.DashboardCursorSync.Crosshair)
    .annotation(
      annotation('Critical alerts', 'red').expr(
        `${alerts.name}{${[
          'alertstate="firing"',
          'severity="critical"',
          'signal!=""',
          ...bundle.config.groupBy.map(chosenOrNone),
        ].join(', ')}}`,
      ),
    )
    .annotation(
      // Milliseconds: the value is the time of the mark.
      annotation('Gateway restarts', 'purple').expr(
        `${processStartTime.name}{${[bundle.site.gateway.text, ...bundle.config.groupBy.map(chosen)].join(', ')}} * 1000`,
      ),
    )
    .link(
      new sdk.DashboardLinkBuilder('Gateway dashboards')
        .type(sdk.DashboardLinkType.Dashboards)
        .tags([...definition.tags])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    );
  const json = clone(builder.build());
  for (const one of json.annotations?.list ?? []) {
    delete one.placement;
    Object.assign(one, ANNOTATION_TEXTS[one.name]);
  }
  for (const link of json.links ?? []) delete (link as { placement?: unknown }).placement;
  json.templating = { list: variables(bundle, dashboard) };
  json.panels = panels(bundle, dashboard);
  // `id` and `version` belong to the server; written here they would show as drift after every deployment.
  delete json.id;
  delete json.version;
  return json;
}

const annotation = (name: string, color: string) =>
  new sdk.AnnotationQueryBuilder().name(name).datasource(DATASOURCE).enable(true).iconColor(color);

/** What the marks on the time axis say; the builder has no words for it. */
const ANNOTATION_TEXTS: Readonly<Record<string, object>> = {
  'Critical alerts': { titleFormat: '{{alertname}}', textFormat: '{{relay}}', tagKeys: 'severity' },
  'Gateway restarts': { titleFormat: 'Gateway started', textFormat: '{{instance}}', useValueForTime: true },
};

function panels(bundle: Bundle, dashboard: Dashboard): NonNullable<sdk.Dashboard['panels']> {
  const { definition, rows } = dashboard;
  const built = new Map(
    rows.flatMap((row) => row.panels.map((panel) => [panel.definition.id, panel] as const)),
  );
  const placed = layOut(definition);
  const out: NonNullable<sdk.Dashboard['panels']> = [];
  definition.rows.forEach((row, index) => {
    const inRow = placed.filter((p) => p.row === index);
    const first = inRow[0];
    const isCollapsed = row.collapsed === true;
    const shown = inRow.flatMap(({ panel, x, y, width, height }) => {
      const ready = built.get(panel.id);
      if (ready === undefined) return [];
      return [{ ...panelJson(bundle, definition.uid, ready), gridPos: { x, y, w: width, h: height } }];
    });
    if (first !== undefined) {
      out.push({
        type: 'row',
        // Row ids count from 1000, out of the way of the panels' hand-written ids.
        id: 1000 + index,
        title: row.title,
        collapsed: isCollapsed,
        gridPos: { x: 0, y: first.y - ROW_TITLE_HEIGHT, w: 24, h: ROW_TITLE_HEIGHT },
        panels: isCollapsed ? shown : [],
      });
    }
    if (!isCollapsed) out.push(...shown);
  });
  return out;
}
