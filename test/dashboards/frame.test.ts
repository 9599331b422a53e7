import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  leaseCounts,
  leaseRemainder,
  leaseRemainderOrNone,
  NONE_REJECTED,
} from '../../dashboards/shared/mappings.js';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { siteOf } from '../../src/config/site.js';
import { renderGrafanaDashboards } from '../../src/renderers/grafana/dashboards.js';
import { renderPrometheusRuleManifests } from '../../src/renderers/kubernetes/rules.js';

/** What each dashboard is called, and the time that it shows at first. */
const FRAMES: Readonly<Record<string, readonly [title: string, from: string]>> = {
  'gateway-overview': ['Gateway: overview', 'now-6h'],
  'gateway-push-resync': ['Gateway: push and resync', 'now-6h'],
  'gateway-escrow-leases': ['Gateway: escrow leases', 'now-3h'],
  'gateway-replica-fallback': ['Gateway: replica fallback and mirrors', 'now-12h'],
  'gateway-worker-queue': ['Gateway: worker queue', 'now-6h'],
  'gateway-relay': ['Gateway: relay', 'now-6h'],
};

interface DashboardJson {
  readonly uid: string;
  readonly title: string;
  readonly annotations: { readonly list: readonly object[] };
  readonly links: readonly object[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly query: string }[] };
  readonly panels: readonly Panel[];
}

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly options?: { readonly sortBy?: readonly { displayName: string; desc: boolean }[] };
  readonly transformations?: readonly {
    id: string;
    options: { renameByName?: Record<string, string>; sort?: readonly { field: string; desc: boolean }[] };
  }[];
  readonly panels?: readonly Panel[];
}

const bundle = buildBundle(parseConfig({ groupBy: ['cluster'] }), definitions());
const dashboards = renderGrafanaDashboards(bundle)
  .filter(({ path }) => path.startsWith('grafana/dashboards/'))
  .map(({ content }) => JSON.parse(content) as DashboardJson);

describe.each(Object.entries(FRAMES))('the dashboard %s', (uid, [title, from]) => {
  const dashboard = dashboards.find((one) => one.uid === uid) as DashboardJson;
  const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

  it('has its title, its time, and is refreshed every 30 seconds', () => {
    expect(dashboards.map((one) => one.uid).sort()).toEqual(Object.keys(FRAMES).sort());
    expect(dashboard).toMatchObject({
      title,
      time: { from, to: 'now' },
      refresh: '30s',
      timezone: 'browser',
      editable: true,
      // A crosshair at the same moment in every panel.
      graphTooltip: 1,
      tags: ['gateway-observability'],
    });
  });

  it('marks pages and restarts of the gateway of its installation, nothing else', () => {
    expect(dashboard.annotations.list).toEqual([
      {
        name: 'Critical alerts',
        enable: true,
        hide: false,
        iconColor: 'red',
        builtIn: 0,
        datasource: DATASOURCE,
        expr: 'ALERTS{alertstate="firing", severity="critical", signal!="", cluster=~"$cluster|"}',
        titleFormat: '{{alertname}}',
        textFormat: '{{relay}}',
        tagKeys: 'severity',
      },
      {
        name: 'Gateway restarts',
        enable: true,
        hide: false,
        iconColor: 'purple',
        builtIn: 0,
        datasource: DATASOURCE,
        // The start itself, in milliseconds, wherever the samples are.
        expr: 'process_start_time_seconds{job="gateway", cluster=~"$cluster"} * 1000',
        useValueForTime: true,
        titleFormat: 'Gateway started',
        textFormat: '{{instance}}',
      },
    ]);
  });

  it('leads to the others with the same time and variables', () => {
    expect(dashboard.links).toEqual([
      expect.objectContaining({
        title: 'Gateway dashboards',
        type: 'dashboards',
        tags: ['gateway-observability'],
        asDropdown: true,
        includeVars: true,
        keepTime: true,
        targetBlank: false,
      }),
    ]);
  });

  it('has variables that follow the time shown, with All for everything of the site', () => {
    // Grafana's numbers: refreshed on a change of the time; sorted by name, or left as they come.
    const [ON_TIME, BY_NAME, AS_THEY_COME] = [2, 1, 0];
    const all = (name: string, query: string, allValue: string) => ({
      name,
      query,
      definition: query,
      allValue,
      sort: BY_NAME,
    });
    const [datasource, ...queries] = dashboard.templating.list;
    expect(datasource).toMatchObject({ type: 'datasource', query: 'prometheus' });
    const relay = {
      name: 'relay',
      sort: AS_THEY_COME,
      // The list shows the first twelve characters; queries get the whole key.
      regex: '/relay="(?<value>(?<text>[^"]{1,12})[^"]*)"/',
      query: expect.stringMatching(/^query_result\(sort_desc\( max by \(relay\) /),
    };
    // No panel about the workers depends on the gateway's process.
    const gatewayVariables =
      uid === 'gateway-worker-queue' || uid === 'gateway-push-resync'
        ? []
        : [
            all(
              'job',
              'label_values(gateway_active_sessions{job="gateway", cluster=~"$cluster"}, job)',
              'gateway',
            ),
            all(
              'instance',
              'label_values(gateway_active_sessions{job=~"$job", cluster=~"$cluster"}, instance)',
              '.+',
            ),
          ];
    expect(queries).toEqual(
      [
        {
          // Also series without the label, which Prometheus itself lacks where it is an external one.
          ...all('cluster', 'label_values(gateway_active_sessions{job="gateway"}, cluster)', '.*'),
          description: expect.stringContaining('external label'),
        },
        ...gatewayVariables,
        uid === 'gateway-relay' ? relay : { ...relay, allValue: '.*' },
      ].map((variable) =>
        expect.objectContaining({ type: 'query', datasource: DATASOURCE, refresh: ON_TIME, ...variable }),
      ),
    );
    for (const variable of queries.filter(({ name }) => name !== 'relay' || uid !== 'gateway-relay')) {
      expect(variable).toMatchObject({
        multi: true,
        includeAll: true,
        current: { selected: true, text: 'All', value: '$__all' },
      });
    }
  });

  it('sorts each table by its first value, the greatest on top, or the newest', () => {
    // The value is an age: the newest has the smallest.
    const newestOnTop = ['Failed escrow rotations (latest 10)', 'Gateway processes'];
    const panels = dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
    for (const panel of panels.filter(({ type }) => type === 'table')) {
      const names = panel.transformations?.find(({ id }) => id === 'organize')?.options.renameByName ?? {};
      const order = panel.transformations?.find(({ id }) => id === 'sortBy')?.options.sort;
      if (panel.title === 'Relays by need (top 10)') {
        // By a value that is not shown.
        expect(order).toEqual([{ field: 'Value #A', desc: true }]);
        expect(names).not.toHaveProperty(['Value #A']);
        continue;
      }
      expect(order, panel.title).toBeUndefined();
      const first = names.Value ?? names['Value #A'];
      expect(first, panel.title).toBeDefined();
      const desc = !newestOnTop.includes(panel.title ?? '');
      // Alerts of the same urgency: the one that has been active longest.
      const ties = panel.title === 'Firing alerts' && uid === 'gateway-overview' ? ['active for'] : [];
      expect(panel.options?.sortBy, panel.title).toEqual([
        { displayName: first, desc },
        ...ties.map((displayName) => ({ displayName, desc: true })),
      ]);
    }
  });
});

describe('the manifests for the Prometheus operator', () => {
  it('are one PrometheusRule per group, each under the name of its group', () => {
    const files = renderPrometheusRuleManifests(bundle);
    expect(files.length).toBeGreaterThan(12);
    for (const { path, content } of files) {
      const [, group = ''] = /^kubernetes\/rules\/([a-z-]+\.(?:alerts|recording))\.yaml$/.exec(path) ?? [];
      expect(parse(content)).toMatchObject({
        apiVersion: 'monitoring.coreos.com/v1',
        kind: 'PrometheusRule',
        metadata: {
          name: `gateway-observability-${group.replace('.', '-')}`,
          labels: { 'app.kubernetes.io/name': 'gateway-observability' },
        },
        spec: { groups: [{ name: group, interval: '30s' }] },
      });
    }
  });
});

describe('the colors of leases', () => {
  const GREY = { value: Number.NEGATIVE_INFINITY, color: '#6b717b' };
  const siteWith = (escrow: 'on' | 'off') => siteOf(parseConfig({ escrow }));

  it('are those of what is not measured where a site runs without escrow', () => {
    const all = [NONE_REJECTED, ...Object.values(leaseCounts), leaseRemainder, leaseRemainderOrNone];
    for (const thresholds of all) expect(thresholds(siteWith('off'))).toEqual([GREY]);
  });

  it('of a single value are grey without a lease, and red from the expiry down', () => {
    expect(leaseRemainderOrNone(siteWith('on'))).toEqual([
      GREY,
      { value: -1e9, color: 'dark-red' },
      { value: 0, color: '#ffa640' },
      { value: 120, color: 'semi-dark-blue' },
    ]);
  });
});
