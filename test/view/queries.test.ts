import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { prometheusWith } from '../../src/preview/data.js';
import type { RunningPrometheus } from '../../src/processes/prometheus.js';
import { defineScenario } from '../../src/simulator/scenario.js';
import type { DashboardJson, PanelJson, VariableJson } from '../../src/view/dashboard-json.js';
import { unsupportedIn } from '../../src/view/known.js';
import { panelWidth } from '../../src/view/layout.js';
import { dashboardData, QueryError } from '../../src/view/queries.js';

const scenario = defineScenario({
  name: 'queries of the preview',
  description: 'A worker is away and writes are rejected because there is no lease.',
  duration: '30m',
  relays: 3,
  seededCounters: true,
  actions: [
    { at: '5m', do: 'worker goes offline' },
    { at: '6m', do: 'lease is requested', relays: [0, 1] },
    { at: '6m30s', do: 'writes arrive', perMinute: 4, for: '20m' },
  ],
  expect: [],
});

const NOW = Date.UTC(2026, 2, 2, 14, 50);
const STARTED = NOW - 100_500;
/** Two processes: one started within the time shown, between two samples, the other before. */
const STARTS = `label_replace(vector(${STARTED}), "of", "a", "", "") or label_replace(vector(${NOW - 3_600_000}), "of", "b", "", "")`;
const relays: VariableJson = {
  name: 'relay',
  type: 'query',
  query: 'query_result(sort_desc(max by (relay) (gateway_pending_writes)))',
  regex: '/relay="([^"]+)"/',
  sort: 0,
};

describe('a dashboard asked of a real Prometheus', () => {
  let prometheus: RunningPrometheus;
  beforeAll(async () => {
    prometheus = await prometheusWith(buildBundle(parseConfig({}), definitions()), scenario, NOW);
  });
  afterAll(() => prometheus?.stop());

  const ask = (
    expr: string,
    list: readonly VariableJson[],
    more: Partial<PanelJson> = {},
    variableValues: [string, string][] = [],
  ) => {
    const panel: PanelJson = {
      id: 1,
      type: 'timeseries',
      title: 'Is it?',
      gridPos: { x: 0, y: 0, w: 12, h: 8 },
      targets: [{ refId: 'A', expr, legendFormat: '{{relay}}' }],
      ...more,
    };
    const dashboard: DashboardJson = {
      uid: 'x',
      title: 'X',
      time: { from: 'now-15m', to: 'now' },
      templating: { list },
      annotations: {
        list: [
          { name: 'Alerts', expr: 'ALERTS{alertstate="firing"}', iconColor: 'red' },
          { name: 'Starts', expr: STARTS, iconColor: 'purple', useValueForTime: true },
        ],
      },
      panels: [panel],
    };
    return dashboardData(dashboard, {
      client: prometheus.client,
      nowMs: NOW,
      scrapeIntervalMs: 30_000,
      datasource: 'prometheus',
      variableValues: new Map(variableValues),
    });
  };

  it('gets every series on the same steps from begin to end', async () => {
    const { panels } = await ask('gateway_pending_writes{relay=~"$relay"}', [
      { ...relays, multi: true, includeAll: true, allValue: '.*' },
    ]);
    expect(panels[1]?.queries).toEqual([
      { refId: 'A', expr: 'gateway_pending_writes{relay=~".*"}', series: 2, step: 30 },
    ]);
    for (const { fields } of panels[1]?.frames ?? []) {
      expect(fields[0]?.values).toHaveLength(31);
      expect(fields[0]?.values.at(-1)).toBe(NOW);
      expect(fields[1]?.values).toHaveLength(31);
    }
  });

  it('stands at the first relay that is offered where one is to be chosen, or at the one it is told', async () => {
    const offered =
      (await ask('up', [{ ...relays, multi: true, includeAll: true }])).variables[0]?.values ?? [];
    expect(offered).toHaveLength(2);
    const first = await ask('up{x!="$relay"}', [relays]);
    expect(first.variables[0]?.values).toEqual([offered[0]]);
    const second = await ask('up{x!="$relay"}', [relays], {}, [['relay', offered[1] as string]]);
    expect(second.panels[1]?.queries[0]?.expr).toBe(`up{x!="${offered[1]}"}`);
  });

  it('goes on standing at All where a relay is told and several may be chosen', async () => {
    const list = [{ ...relays, multi: true, includeAll: true, allValue: '.*' }];
    const { variables } = await ask('up', list, {}, [['relay', 'nobody']]);
    expect(variables[0]?.all).toBe(true);
  });

  it('asks for one value where a panel wants the newest only', async () => {
    const { panels } = await ask('up', [], {
      targets: [{ refId: 'B', expr: 'sum(up)', instant: true, range: false }],
    });
    expect(panels[1]?.queries).toEqual([{ refId: 'B', expr: 'sum(up)', series: 1 }]);
    expect(panels[1]?.frames[0]?.fields[1]?.values).toEqual([2]);
  });

  it('marks and lists the alerts that fire, and marks a time that is the value of a series', async () => {
    const { alerts, annotations } = await ask('up', []);
    expect(alerts.map(({ name, state }) => [name, state])).toContainEqual([
      'GatewayWritesTurnedAway',
      'firing',
    ]);
    for (const { from, to } of annotations) expect(to).toBeGreaterThanOrEqual(from);
    expect(annotations.filter(({ name }) => name === 'Starts')).toEqual([
      { name: 'Starts', color: 'purple', from: STARTED, to: STARTED },
    ]);
    expect(annotations.some(({ to }) => to === NOW)).toBe(true);
  });

  it('names dashboard, panel and query where a query fails', async () => {
    const failed = ask('sum by', []);
    await expect(failed).rejects.toThrow(QueryError);
    await expect(failed).rejects.toThrow(/^x, panel 1 \(Is it\?\): query A: .*parse error/);
    await expect(ask('up{relay="$realy"}', [])).rejects.toThrow('panel 1 (Is it?): $realy is not a variable');
  });

  it('asks nothing for a panel that has its own time range, rather than draw another', async () => {
    const { panels } = await ask('up', [], { timeFrom: '1h' });
    expect(panels).toEqual({});
    expect(unsupportedIn({ id: 1, type: 'stat', timeFrom: '1h' } as never).panel).toBe(
      'timeFrom: found "1h", which is not supported',
    );
  });
});

it('gives 24 columns the width of the picture', () => {
  expect(panelWidth(24)).toBe(1264);
  expect(2 * panelWidth(12) + 8).toBe(1264);
});
