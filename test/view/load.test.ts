import pLimit from 'p-limit';
import { describe, expect, it } from 'vitest';
import { PrometheusError } from '../../src/prometheus/error.js';
import type { DashboardJson, PanelJson } from '../../src/view/dashboard-json.js';
import { type LoadedPart, type LoadRequest, loadDashboard, sharedLimit } from '../../src/view/load.js';

/** 1 January 2027, 00:00 UTC. */
const NOW = 1_798_761_600_000;
const RANGE = { from: NOW - 900_000, to: NOW };

const panel = (id: number, more: Partial<PanelJson> = {}): PanelJson => ({
  id,
  type: 'timeseries',
  gridPos: { x: 0, y: 0, w: 12, h: 8 },
  targets: [{ refId: 'A', expr: `metric_${id}` }],
  ...more,
});
const board = (more: Partial<DashboardJson> = {}): DashboardJson => ({
  uid: 'd',
  title: 'D',
  time: { from: 'now-15m', to: 'now' },
  panels: [],
  ...more,
});

type Answer = readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];

/** What a page gets, and the queries that were asked for it. Each answer has its values at the end of the range. */
async function load(
  dashboard: DashboardJson,
  {
    request = {},
    answers = {},
    gone = new AbortController(),
  }: {
    request?: Partial<LoadRequest>;
    answers?: Readonly<Record<string, Answer | Error>>;
    gone?: AbortController;
  } = {},
) {
  const asked: string[] = [];
  const parts: LoadedPart[] = [];
  const answer = (expr: string, signal: AbortSignal | undefined): Answer => {
    expect(signal).toBe(gone.signal);
    asked.push(expr);
    const found = answers[expr] ?? [];
    if (found instanceof Error) throw found;
    return found;
  };
  const at = NOW / 1000;
  await loadDashboard(
    dashboard,
    { chosen: new Map(), panels: new Map(), width: 1280, ...request },
    {
      client: {
        query: async (expr, time, signal) =>
          answer(expr, signal).map(([labels, value]) => ({ labels, value, time: time ?? 0 })),
        queryRange: async (expr, _start, _end, _step, signal) =>
          answer(expr, signal).map(([labels, value]) => ({ labels, points: [[at, value]] }) as never),
      },
      limit: pLimit(1),
      nowMs: () => NOW,
      scrapeIntervalMs: 15_000,
    },
    gone.signal,
    async (part) => {
      parts.push(part);
    },
  );
  return {
    parts,
    asked,
    of: <K extends LoadedPart['kind']>(kind: K) => parts.filter((one) => one.kind === kind),
  };
}
const panels = (...ids: readonly number[]) => new Map(ids.map((id) => [id, 640]));

describe('the parts of a page', () => {
  it('are its variables, the panels that are asked for, and its annotations', async () => {
    const dashboard = board({ panels: [panel(1), panel(2), panel(3, { type: 'nodeGraph' })] });
    const { parts, asked } = await load(dashboard, { request: { panels: panels(2, 3) } });
    expect(asked).toEqual(['metric_2']);
    expect(parts).toMatchObject([
      { kind: 'variables', range: RANGE, variables: [], builtIn: { __interval: '15s', __range: '900s' } },
      { kind: 'annotations', spans: [] },
      { kind: 'panel', id: 2, data: { queries: [{ refId: 'A', expr: 'metric_2', series: 0, step: 15 }] } },
    ]);
  });

  it('are of the range that is asked for', async () => {
    const of = async (request: Partial<LoadRequest>) => (await load(board(), { request })).parts[0];
    expect(await of({ from: 'now-1h' })).toMatchObject({ range: { from: NOW - 3_600_000, to: NOW } });
    expect(await of({ to: 'now-5m' })).toMatchObject({ range: { from: RANGE.from, to: NOW - 300_000 } });
    // 900 s on 30 pixels are 30 s each.
    expect(await of({ width: 30 })).toMatchObject({ builtIn: { __interval: '30s' } });
  });

  it('are one error where the range cannot be read', async () => {
    const { parts, asked } = await load(board({ panels: [panel(1)] }), {
      request: { from: 'yesterday', panels: panels(1) },
    });
    expect(parts).toEqual([
      {
        kind: 'failed',
        error: {
          message:
            'time: found "yesterday", expected now, a span such as now-6h, milliseconds or an ISO date',
          mayPass: false,
        },
      },
    ]);
    expect(asked).toEqual([]);
  });

  it('have the error of the panel that fails, and the data of the others', async () => {
    const { of } = await load(board({ panels: [panel(1), panel(2)] }), {
      request: { panels: panels(1, 2) },
      answers: { metric_1: new PrometheusError('p: busy', 'query', { status: 503 }) },
    });
    expect(of('panel')).toMatchObject([
      { id: 1, error: { message: 'query A: p: busy\nmetric_1', mayPass: true } },
      { id: 2, data: { queries: [{ expr: 'metric_2' }] } },
    ]);
  });

  it('are those of rows as well', async () => {
    const row = panel(1, { type: 'row', panels: [panel(2)] });
    const { asked } = await load(board({ panels: [row] }), { request: { panels: panels(2) } });
    expect(asked).toEqual(['metric_2']);
  });

  it('are none once the page is gone', async () => {
    const gone = new AbortController();
    gone.abort(new Error('the page is gone'));
    const dashboard = board({ panels: [panel(1)] });
    await expect(load(dashboard, { request: { panels: panels(1) }, gone })).rejects.toThrow(
      'the page is gone',
    );
    await expect(load(dashboard, { request: { from: 'x' }, gone })).rejects.toThrow('the page is gone');
  });

  it('run four queries at a time, of all pages together', () => {
    expect(sharedLimit().concurrency).toBe(4);
  });
});

describe('variables', () => {
  const list = [{ name: 'relay', type: 'query', query: 'label_values(up, relay)' }];
  const QUERY = 'group by (relay) (last_over_time(up[900s]))';
  const relays = (count: number): Answer =>
    Array.from({ length: count }, (_, i) => [{ relay: `r${String(i).padStart(3, '0')}` }, 1]);
  const variableOf = async (more: object, answer: Answer, chosen: readonly string[] = []) => {
    const { parts } = await load(board({ templating: { list: [{ ...list[0], ...more } as never] } }), {
      answers: { [QUERY]: answer },
      ...(chosen.length === 0 ? {} : { request: { chosen: new Map([['relay', chosen]]) } }),
    });
    const [first] = parts;
    return first?.kind === 'variables' ? first.variables[0] : undefined;
  };

  it('are one error for the whole page where Prometheus is away', async () => {
    const { parts } = await load(board({ templating: { list }, panels: [panel(1)] }), {
      request: { panels: panels(1) },
      answers: { [QUERY]: new PrometheusError('p: away', 'unreachable') },
    });
    expect(parts).toEqual([{ kind: 'failed', error: { message: 'p: away', mayPass: true } }]);
  });

  it.each([
    ['Prometheus refuses the query', new PrometheusError('p: what?', 'query')],
    ['the error is another', new Error('p: what?')],
  ])('have an error of their own where %s', async (_, error) => {
    const { parts } = await load(board({ templating: { list } }), { answers: { [QUERY]: error } });
    expect(parts).toMatchObject([
      { variables: [{ name: 'relay', error: 'd, variable relay: p: what?', options: [], optionCount: 0 }] },
      { kind: 'annotations' },
    ]);
  });

  it('list 500 options at most, and say how many there are', async () => {
    const one = await variableOf({}, relays(501));
    expect(one?.options).toHaveLength(500);
    expect(one?.options?.at(-1)).toBe('r499');
    expect(one).toMatchObject({ optionCount: 501, values: ['r000'] });
    expect((await variableOf({ includeAll: true }, relays(501)))?.values).toHaveLength(500);
    const chosen = Array.from({ length: 501 }, (_, i) => `r${String(i).padStart(3, '0')}`);
    expect((await variableOf({ multi: true }, relays(501), chosen))?.values).toHaveLength(501);
  });

  it('have the texts of what is listed and chosen', async () => {
    const regex = '/(?<value>r(?<text>\\d+))/';
    expect(await variableOf({}, relays(2))).not.toHaveProperty('texts');
    // As in Prometheus: `query_result` with a text of its own.
    const { parts } = await load(
      board({
        templating: { list: [{ name: 'relay', type: 'query', query: 'query_result(up)', regex, sort: 1 }] },
      }),
      {
        answers: { up: relays(502) },
        request: { chosen: new Map([['relay', ['r501']]]) },
      },
    );
    const [first] = parts;
    const one = first?.kind === 'variables' ? first.variables[0] : undefined;
    expect(Object.keys(one?.texts ?? {})).toHaveLength(501);
    expect(one?.texts).toMatchObject({ r000: '000', r499: '499', r501: '501' });
    expect(one?.texts).not.toHaveProperty('r500');
  });

  it('are one error for the whole page where they refer to each other', async () => {
    const ring = [
      { name: 'a', type: 'query', query: 'label_values(up{b="$b"}, a)' },
      { name: 'b', type: 'query', query: 'label_values(up{a="$a"}, b)' },
    ];
    expect((await load(board({ templating: { list: ring } }))).parts).toEqual([
      {
        kind: 'failed',
        error: { message: 'variables refer to each other in a cycle: a, b', mayPass: false },
      },
    ]);
  });

  it('come from the data source "prometheus"', async () => {
    const { parts } = await load(board({ templating: { list: [{ name: 'ds', type: 'datasource' }] } }));
    expect(parts[0]).toMatchObject({ variables: [{ name: 'ds', values: ['prometheus'] }] });
  });
});

describe('annotations', () => {
  const annotations = {
    list: [
      { name: 'Deploys', expr: 'deploys', iconColor: 'blue' },
      { name: 'Alerts', expr: 'fires', enable: false },
      { name: 'Grafana' },
    ],
  };
  const asked = async (names?: readonly string[]) =>
    (await load(board({ annotations }), names === undefined ? {} : { request: { annotations: names } }))
      .asked;

  it('are those that are asked for, or those that are on', async () => {
    expect(await asked()).toEqual(['deploys']);
    expect(await asked(['Alerts', 'Grafana', 'gone'])).toEqual(['fires']);
    expect(await asked([])).toEqual([]);
    expect((await load(board(), { request: { annotations: ['Alerts'] } })).asked).toEqual([]);
  });

  it('are spans, or an error', async () => {
    const one = await load(board({ annotations }), { answers: { deploys: [[{}, 1]] } });
    expect(one.of('annotations')).toEqual([
      { kind: 'annotations', spans: [{ name: 'Deploys', color: 'blue', from: NOW, to: NOW }] },
    ]);
    const other = await load(board({ annotations }), { answers: { deploys: new Error('no') } });
    expect(other.of('annotations')).toEqual([
      { kind: 'annotations', spans: [], error: { message: 'no', mayPass: false } },
    ]);
  });
});

describe('alerts', () => {
  const listed = board({ panels: [panel(1), panel(2, { type: 'alertlist' })] });

  it('are asked for where a panel lists them', async () => {
    expect((await load(board({ panels: [panel(1)] }))).asked).toEqual([]);
    const labels = { __name__: 'ALERTS', alertname: 'Down', alertstate: 'firing', relay: 'r' };
    const { of } = await load(listed, { answers: { ALERTS: [[labels, 1]] } });
    expect(of('alerts')).toEqual([
      {
        kind: 'alerts',
        alerts: [{ name: 'Down', state: 'firing', labels: { relay: 'r' }, since: NOW }],
      },
    ]);
  });

  it('may be an error, which may pass', async () => {
    const away = new Error('no', { cause: new PrometheusError('p: late', 'timeout') });
    expect((await load(listed, { answers: { ALERTS: away } })).of('alerts')).toEqual([
      { kind: 'alerts', alerts: [], error: { message: 'no', mayPass: true } },
    ]);
  });
});
