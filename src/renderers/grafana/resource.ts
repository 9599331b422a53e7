import type * as classic from '@grafana/grafana-foundation-sdk/dashboard';
import * as v2 from '@grafana/grafana-foundation-sdk/dashboardv2';
import type { Bundle } from '../../bundle/bundle.js';
import type { Artifact } from '../artifact.js';
import { dashboardJson } from './dashboards.js';

/*
 * The second schema of dashboards: a resource as Kubernetes has them, with panels as named elements and the layout beside them. Made from the
 * classic form, so that the two cannot differ. Validated by the types that Grafana publishes; no server was asked.
 */

const API_VERSION = 'dashboard.grafana.app/v2';
const DATASOURCE = { name: '${datasource}' };

/** A dashboard as a resource. */
export interface DashboardResource {
  readonly apiVersion: string;
  readonly kind: 'Dashboard';
  readonly metadata: { readonly name: string };
  readonly spec: v2.Dashboard;
}

/** The target grafana-v2: dashboards as resources of the second schema, for Grafana 13 and newer. The file's name is the uid. */
export function renderDashboardResources(bundle: Bundle): Artifact[] {
  return bundle.dashboards.map((dashboard) => ({
    path: `grafana-v2/${dashboard.definition.uid}.json`,
    content: `${JSON.stringify(dashboardResource(dashboardJson(bundle, dashboard)), null, 2)}\n`,
  }));
}

/** The resource of a dashboard in classic JSON. Throws `TypeError` for parts that this project's dashboards do not use. */
function dashboardResource(dashboard: classic.Dashboard): DashboardResource {
  // Panels of a collapsed row stand inside it.
  const panels = (dashboard.panels ?? []).flatMap((panel) =>
    panel.type === 'row' ? [panel, ...(panel as classic.RowPanel).panels] : [panel],
  );
  const elements: Record<string, v2.Element> = {};
  const rows: v2.RowsLayoutRowKind[] = [];
  let top = 0;
  for (const panel of panels) {
    const { x, y, w, h } = panel.gridPos ?? { x: 0, y: 0, w: 0, h: 0 };
    if (panel.type === 'row') {
      rows.push({
        kind: 'RowsLayoutRow',
        spec: {
          title: panel.title ?? '',
          collapse: (panel as classic.RowPanel).collapsed,
          layout: { kind: 'GridLayout', spec: { items: [] } },
        },
      });
      top = y + h;
      continue;
    }
    const name = `panel-${panel.id}`;
    elements[name] = element(panel as classic.Panel);
    const layout = rows.at(-1)?.spec.layout;
    if (layout?.kind !== 'GridLayout') throw new TypeError(`panel ${panel.id} stands in no row`);
    layout.spec.items.push({
      kind: 'GridLayoutItem',
      spec: { x, y: y - top, width: w, height: h, element: { kind: 'ElementReference', name } },
    });
  }
  return {
    apiVersion: API_VERSION,
    kind: 'Dashboard',
    metadata: { name: dashboard.uid ?? '' },
    spec: {
      title: dashboard.title ?? '',
      description: dashboard.description ?? '',
      tags: dashboard.tags ?? [],
      editable: dashboard.editable ?? true,
      preload: false,
      cursorSync: v2.DashboardCursorSync.Crosshair,
      links: (dashboard.links ?? []).map(dashboardLink),
      annotations: (dashboard.annotations?.list ?? []).map(annotation),
      variables: (dashboard.templating?.list ?? []).map(variable),
      timeSettings: {
        timezone: dashboard.timezone ?? 'browser',
        from: dashboard.time?.from ?? 'now-6h',
        to: dashboard.time?.to ?? 'now',
        autoRefresh: dashboard.refresh ?? '',
        autoRefreshIntervals: ['5s', '10s', '30s', '1m', '5m', '15m', '30m', '1h', '2h', '1d'],
        hideTimepicker: false,
        fiscalYearStartMonth: 0,
      },
      elements,
      layout: { kind: 'RowsLayout', spec: { rows } },
    },
  };
}

const query = (group: string, spec: unknown): v2.DataQueryKind => ({
  kind: 'DataQuery',
  group,
  version: 'v0',
  datasource: DATASOURCE,
  spec,
});

function element(panel: classic.Panel): v2.Element {
  return {
    kind: 'Panel',
    spec: {
      id: panel.id ?? 0,
      title: panel.title ?? '',
      description: panel.description ?? '',
      links: (panel.links ?? []).map(({ title, url, targetBlank }) => ({
        title,
        url: url ?? '',
        targetBlank,
      })),
      data: {
        kind: 'QueryGroup',
        spec: {
          queries: (panel.targets ?? []).map((target) => {
            const { refId, ...spec } = target as { refId?: string };
            return {
              kind: 'PanelQuery',
              spec: { refId: refId ?? '', hidden: false, query: query('prometheus', spec) },
            };
          }),
          transformations: (panel.transformations ?? []).map(
            ({ id, options }): v2.TransformationKind => ({
              kind: 'Transformation',
              group: id,
              spec: { options },
            }),
          ),
          queryOptions: {},
        },
      },
      vizConfig: {
        kind: 'VizConfig',
        group: panel.type,
        version: '',
        spec: {
          options: panel.options ?? {},
          // The two schemas describe fields alike; their types only have different names.
          fieldConfig: (panel.fieldConfig ?? {
            defaults: {},
            overrides: [],
          }) as unknown as v2.FieldConfigSource,
        },
      },
    },
  };
}

function dashboardLink(link: classic.DashboardLink): v2.DashboardLink {
  const { title, icon, tooltip, tags, asDropdown, targetBlank, includeVars, keepTime } = link;
  return {
    title,
    type: v2.DashboardLinkType.Dashboards,
    icon,
    tooltip,
    tags,
    asDropdown,
    targetBlank,
    includeVars,
    keepTime,
  };
}

function annotation(annotation: classic.AnnotationQuery): v2.AnnotationQueryKind {
  const { name, enable, hide, iconColor, expr, titleFormat, textFormat, tagKeys, useValueForTime } =
    annotation as classic.AnnotationQuery & {
      titleFormat?: string;
      textFormat?: string;
      tagKeys?: string;
      useValueForTime?: boolean;
    };
  return {
    kind: 'AnnotationQuery',
    spec: {
      name,
      enable: enable ?? true,
      hide: hide ?? false,
      iconColor,
      query: query('prometheus', {
        expr,
        titleFormat,
        textFormat,
        ...(tagKeys === undefined ? {} : { tagKeys }),
        ...(useValueForTime === undefined ? {} : { useValueForTime }),
      }),
    },
  };
}

function variable(model: classic.VariableModel): v2.VariableKind {
  const current: v2.VariableOption = {
    text: (model.current?.text as string | undefined) ?? '',
    value: (model.current?.value as string | undefined) ?? '',
  };
  const shared = {
    name: model.name,
    label: model.label ?? model.name,
    hide: v2.VariableHide.DontHide,
    skipUrlSync: false,
    current,
    options: [],
    multi: model.multi ?? false,
    includeAll: model.includeAll ?? false,
    ...(model.allValue === undefined ? {} : { allValue: model.allValue }),
    regex: model.regex ?? '',
    allowCustomValue: true,
    refresh: v2.VariableRefresh.OnTimeRangeChanged,
  };
  if (model.type === 'datasource') {
    return { kind: 'DatasourceVariable', spec: { ...shared, pluginId: 'prometheus' } };
  }
  if (model.type !== 'query') throw new TypeError(`a variable of the type ${model.type}`);
  return {
    kind: 'QueryVariable',
    spec: {
      ...shared,
      sort: model.sort === 0 ? v2.VariableSort.Disabled : v2.VariableSort.AlphabeticalAsc,
      // Grafana reads the text of a classic variable from this key.
      query: query('prometheus', { __legacyStringValue: model.query }),
      definition: String(model.query),
    },
  };
}
