import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import type { Artifact } from '../../src/renderers/artifact.js';
import { renderGrafanaDashboards } from '../../src/renderers/grafana/dashboards.js';
import { type DashboardResource, renderDashboardResources } from '../../src/renderers/grafana/resource.js';

interface PanelJson {
  type: string;
  id: number;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { refId: string; expr: string; instant?: boolean; range?: boolean; format: string }[];
  links?: { title: string; url: string }[];
  /** Of a collapsed row. */
  panels?: PanelJson[];
  collapsed?: boolean;
  transformations?: { id: string; options: Record<string, unknown> }[];
  fieldConfig?: {
    defaults: { links?: { url: string }[]; thresholds?: { steps: { value: number | null }[] } };
    overrides: { matcher: { options: string }; properties: { id: string; value: unknown }[] }[];
  };
}
interface DashboardJson {
  uid: string;
  panels: PanelJson[];
  templating: { list: { name: string; query: string; allValue?: string; multi: boolean; regex?: string }[] };
  annotations: { list: Record<string, unknown>[] };
}

function render(config: ConfigInput = {}) {
  const bundle = buildBundle(parseConfig(config), definitions());
  const parsed = (files: readonly Artifact[]) => files.map(({ content }) => JSON.parse(content));
  return {
    bundle,
    classic: parsed(renderGrafanaDashboards(bundle)) as DashboardJson[],
    resources: parsed(renderDashboardResources(bundle)) as DashboardResource[],
  };
}

const usual = render();
const site = render({
  groupBy: ['cluster', 'namespace'],
  jobs: { gateway: 'gateway-(a|b)' },
  links: { runbooks: 'https://docs.example.org/runbooks' },
});
/** All panels, also those in collapsed rows. */
const shown = (dashboard: DashboardJson) =>
  dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]).filter(({ type }) => type !== 'row');
const each = usual.classic.map((dashboard) => [dashboard.uid, dashboard] as const);

describe.each(each)('the dashboard %s', (uid, dashboard) => {
  const definition = usual.bundle.definitions.dashboards.find((d) => d.uid === uid);
  const resource = usual.resources.find(({ metadata }) => metadata.name === uid)?.spec;

  it('keeps the ids that were written by hand, and gives rows ids out of their way', () => {
    expect(shown(dashboard).map(({ id }) => id)).toEqual(
      definition?.rows.flatMap((row) => row.panels.map(({ id }) => id)),
    );
    const ids = dashboard.panels.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('lays its panels out without overlap, inside 24 columns', () => {
    const taken = new Map<string, number>();
    for (const { id, gridPos } of dashboard.panels) {
      expect(gridPos.x + gridPos.w).toBeLessThanOrEqual(24);
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) {
          const cell = `${x} ${y}`;
          expect(taken.get(cell), `panel ${id} lies on another at ${cell}`).toBeUndefined();
          taken.set(cell, id);
        }
      }
    }
  });

  it('has one refId a query, and asks for one point where it shows one', () => {
    for (const { type, targets = [] } of shown(dashboard)) {
      const ids = targets.map(({ refId }) => refId);
      expect(new Set(ids).size).toBe(ids.length);
      if (type === 'table') {
        for (const target of targets) expect(target).toMatchObject({ instant: true, format: 'table' });
      }
      // The last value within a range may be hours old.
      if (type === 'stat') for (const target of targets) expect(target).toMatchObject({ instant: true });
    }
  });

  it('says the same in the second schema', () => {
    const elements = Object.values(resource?.elements ?? {}).map((element) => {
      if (element.kind !== 'Panel') throw new Error(element.kind);
      const { id, title, data, vizConfig } = element.spec;
      return {
        id,
        title,
        type: vizConfig.group,
        queries: data.spec.queries.map(({ spec }) => [spec.refId, spec.query.spec.expr]),
        transformations: data.spec.transformations.map(({ group }) => group),
        fieldConfig: vizConfig.spec.fieldConfig,
      };
    });
    expect(elements).toEqual(
      shown(dashboard).map(({ id, title, type, targets = [], transformations = [], fieldConfig }) => ({
        id,
        title,
        type,
        queries: targets.map(({ refId, expr }) => [refId, expr]),
        transformations: transformations.map((transformation) => transformation.id),
        fieldConfig: fieldConfig ?? { defaults: {}, overrides: [] },
      })),
    );
    expect(resource?.variables.map(({ spec }) => ('name' in spec ? spec.name : ''))).toEqual(
      dashboard.templating.list.map(({ name }) => name),
    );
  });

  it('shows every panel in its row of the second schema, from the top of the row', () => {
    if (resource?.layout.kind !== 'RowsLayout') throw new Error('no rows');
    const rows = resource.layout.spec.rows.map(({ spec }) => {
      if (spec.layout.kind !== 'GridLayout') throw new Error(spec.layout.kind);
      return spec.layout.spec.items.map(({ spec: item }) => [item.element.name, item.x, item.y] as const);
    });
    expect(rows.map((row) => row.map(([name]) => name))).toEqual(
      definition?.rows.map((row) => row.panels.map(({ id }) => `panel-${id}`)),
    );
    for (const row of rows) expect(row[0]?.slice(1)).toEqual([0, 0]);
    const collapsed = resource.layout.spec.rows.map(({ spec }) => spec.collapse);
    expect(collapsed).toEqual(definition?.rows.map((row) => row.collapsed === true));
    expect(dashboard.panels.filter(({ type }) => type === 'row').map((row) => row.collapsed)).toEqual(
      collapsed,
    );
  });

  it('holds nothing that the server writes, and no default that hides something', () => {
    expect(dashboard).not.toHaveProperty('id');
    expect(dashboard).not.toHaveProperty('version');
    expect(JSON.stringify(dashboard)).not.toContain('inControlsMenu');
    expect(JSON.stringify(dashboard)).not.toContain('undefined');
    for (const { type, ...panel } of shown(dashboard)) {
      if (type === 'timeseries') expect(panel).toHaveProperty('options.legend.showLegend', true);
      if (type === 'stat') expect(panel).toHaveProperty('options.reduceOptions.calcs', ['last']);
    }
  });
});

describe('what leads from a panel to others', () => {
  it('is the alert and its page, on the panel that the alert leads to', () => {
    const rules = site.bundle.alertGroups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(20);
    for (const { alert, definition } of rules) {
      const dashboard = site.classic.find(({ uid }) => uid === definition.dashboard.uid) as DashboardJson;
      const target = shown(dashboard).find(({ id }) => id === definition.dashboard.panel);
      expect(target?.links, alert).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ title: `Alert: ${alert}`, url: `/alerting/list?search=${alert}` }),
          expect.objectContaining({
            title: `What to do: ${alert}`,
            url: `https://docs.example.org/runbooks/${alert}.md`,
          }),
        ]),
      );
    }
  });

  it('names the page where it is published nowhere, instead of a link that leads nowhere', () => {
    const overview = usual.classic.find(({ uid }) => uid === 'gateway-overview') as DashboardJson;
    const ages = shown(overview).find(({ id }) => id === 2);
    // The links list the alerts; the name of the alert leads to its page.
    expect(ages?.links).toContainEqual(
      expect.objectContaining({ title: 'Alert: GatewayPendingWritesStuck' }),
    );
    expect(ages?.description).toContain('What to do: runbooks/<Alert>.md.');
    expect(ages?.links?.some(({ title }) => title.startsWith('What to do'))).toBe(false);
  });

  it('is the story of the relay, from every line and every row that names one', () => {
    const urls = (dashboard: DashboardJson) =>
      shown(dashboard).flatMap(({ fieldConfig }) => [
        ...(fieldConfig?.defaults.links ?? []).map(({ url }) => url),
        ...(fieldConfig?.overrides ?? []).flatMap(({ properties }) =>
          properties
            .filter(({ id }) => id === 'links')
            .flatMap(({ value }) => (value as { url: string }[]).map(({ url }) => url)),
        ),
      ]);
    const overview = site.classic.find(({ uid }) => uid === 'gateway-overview') as DashboardJson;
    const isOfAlert = (url: string) => /^\/alerting\/list|\/runbooks\//.test(url);
    expect(new Set(urls(overview).filter((url) => !isOfAlert(url)))).toEqual(
      new Set(
        ['${__field.labels.relay:percentencode}', '${__value.raw:percentencode}'].map(
          (relay) =>
            `/d/gateway-relay?var-relay=${relay}&\${datasource:queryparam}&\${cluster:queryparam}&\${namespace:queryparam}&\${__url_time_range}`,
        ),
      ),
    );
    const relay = site.classic.find(({ uid }) => uid === 'gateway-relay') as DashboardJson;
    expect(urls(relay).filter((url) => !isOfAlert(url))).toEqual([]);
  });
});

describe('the variables', () => {
  it('go from the data source to the relay, each within what was chosen before', () => {
    for (const { uid, templating } of site.classic) {
      // Nothing about the workers depends on the gateway's process, nor does what rules record of pushes.
      const isRecorded = uid === 'gateway-worker-queue' || uid === 'gateway-push-resync';
      const gateway = isRecorded ? [] : ['job', 'instance'];
      expect(templating.list.map(({ name }) => name)).toEqual([
        'datasource',
        'cluster',
        'namespace',
        ...gateway,
        'relay',
      ]);
      const text = (name: string) => templating.list.find((variable) => variable.name === name)?.query;
      expect(text('namespace')).toContain('cluster=~"$cluster"');
      if (gateway.length > 0)
        expect(text('instance')).toContain('job=~"$job", cluster=~"$cluster", namespace=~"$namespace"');
      expect(text('relay')).toContain('namespace=~"$namespace"');
    }
  });

  it('mean the configured jobs by All, not every job there is', () => {
    const job = site.classic
      .find(({ uid }) => uid === 'gateway-overview')
      ?.templating.list.find(({ name }) => name === 'job');
    expect(job?.allValue).toBe('gateway-(a|b)');
  });

  it('let choose many relays, and one for its story', () => {
    for (const { uid, templating } of usual.classic) {
      const relay = templating.list.find(({ name }) => name === 'relay');
      expect(relay?.multi ?? false).toBe(uid !== 'gateway-relay');
    }
  });
});

describe('the marks on the time axis', () => {
  it('name the alert and the relay, or the process that started', () => {
    for (const { annotations } of usual.classic) {
      expect(annotations.list).toEqual([
        expect.objectContaining({
          titleFormat: '{{alertname}}',
          textFormat: '{{relay}}',
          tagKeys: 'severity',
        }),
        expect.objectContaining({ titleFormat: 'Gateway started', textFormat: '{{instance}}' }),
      ]);
    }
  });
});

it('tells of the alerts of the chosen site, and of those that could not keep its labels', () => {
  const here = 'cluster=~"$cluster|", namespace=~"$namespace|"';
  const overview = site.classic.find(({ uid }) => uid === 'gateway-overview') as DashboardJson;
  const firing = overview.panels.find(({ id }) => id === 13)?.targets?.[0]?.expr;
  expect(firing?.split(here)).toHaveLength(4);
  expect(firing).toContain('max by (cluster, namespace, alertname, relay)');
  for (const { annotations } of site.classic) expect(String(annotations.list[0]?.expr)).toContain(here);
});

it('is the same each time', () => {
  const again = render();
  expect([again.classic, again.resources]).toEqual([usual.classic, usual.resources]);
});
