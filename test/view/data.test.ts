import { describe, expect, it } from 'vitest';
import type { DashboardJson, PanelJson } from '../../src/view/dashboard-json.js';
import { annotationsOf, dashboardData, QueryError } from '../../src/view/queries.js';

/** 00:00:10 UTC, so that ranges are aligned to their step. */
const NOW = 1_800_000_010_000;
const END = NOW / 1000;
type Points = readonly (readonly [time: number, value: number])[];
type Answer = readonly { readonly labels: Readonly<Record<string, string>>; readonly points: Points }[];

const panelWith = (targets: PanelJson['targets'], more: Partial<PanelJson> = {}): PanelJson => ({
  id: 1,
  type: 'timeseries',
  title: 'P',
  gridPos: { x: 0, y: 0, w: 24, h: 8 },
  ...(targets === undefined ? {} : { targets }),
  ...more,
});

/** Asks for a dashboard; returns its data and what was asked: `expr from-to/step`, seconds before and after the end. */
async function ask(
  panels: readonly PanelJson[],
  {
    answers = {},
    annotations = [],
    from = 'now-15m',
    width,
  }: {
    answers?: Readonly<Record<string, Answer | Error>>;
    annotations?: readonly object[];
    from?: string;
    width?: number;
  } = {},
) {
  const asked: string[] = [];
  const answerTo = (expr: string): Answer => {
    const answer = answers[expr] ?? [];
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const dashboard = {
    uid: 'd',
    title: 'D',
    time: { from, to: 'now' },
    annotations: { list: annotations },
    panels,
  } as unknown as DashboardJson;
  const data = await dashboardData(dashboard, {
    client: {
      query: async (expr, time) => {
        asked.push(`${expr} at ${(time ?? 0) - END}`);
        return answerTo(expr).map(({ labels, points: [[at, value] = [0, 0]] }) => ({
          labels,
          time: at,
          value,
        }));
      },
      queryRange: async (expr, start, end, step) => {
        asked.push(`${expr} ${start - END} to ${end - END} by ${step}`);
        return answerTo(expr).map(({ labels, points }) => ({ labels, points }) as never);
      },
    },
    nowMs: NOW,
    scrapeIntervalMs: 15_000,
    datasource: 'p',
    variableValues: new Map(),
    ...(width === undefined ? {} : { width }),
  });
  return { data, asked: asked.filter((one) => !one.startsWith('ALERTS ')), all: asked };
}

describe('the queries of a panel', () => {
  it.each<[string, PanelJson, readonly string[]]>([
    ['a range, aligned to its step', panelWith([{ refId: 'A', expr: 'up' }]), ['up -910 to -10 by 15']],
    [
      'the newest value alone',
      panelWith([{ refId: 'A', expr: 'up', instant: true, range: false }]),
      ['up at 0'],
    ],
    ['both', panelWith([{ refId: 'A', expr: 'up', instant: true }]), ['up -910 to -10 by 15', 'up at 0']],
    [
      'a range where neither is wanted',
      panelWith([{ refId: 'A', expr: 'up', range: false }]),
      ['up -910 to -10 by 15'],
    ],
    [
      'no hidden query',
      panelWith([
        { refId: 'A', expr: 'up', hide: true },
        { refId: 'B', expr: 'down', hide: false },
      ]),
      ['down -910 to -10 by 15'],
    ],
    ['nothing where there is none', panelWith(undefined), []],
    ['an empty query', panelWith([{ refId: 'A' }]), [' -910 to -10 by 15']],
    [
      'the interval of the panel',
      panelWith([{ refId: 'A', expr: 'up' }], { interval: '1m' }),
      ['up -910 to -10 by 60'],
    ],
    [
      'that of the query first',
      panelWith([{ refId: 'A', expr: 'up', interval: '2m' }], { interval: '1m' }),
      ['up -970 to -10 by 120'].map(() => 'up -970 to -10 by 120'),
    ],
    [
      'an empty interval is none',
      panelWith([{ refId: 'A', expr: 'up' }], { interval: '' }),
      ['up -910 to -10 by 15'],
    ],
    ['few points', panelWith([{ refId: 'A', expr: 'up' }], { maxDataPoints: 10 }), ['up -970 to -10 by 120']],
    [
      'its intervals',
      panelWith([{ refId: 'A', expr: 'rate(x[$__rate_interval]) $__interval' }]),
      ['rate(x[60s]) 15s -910 to -10 by 15'],
    ],
  ])('ask for %s', async (_, panel, expected) => {
    const { asked } = await ask([panel]);
    expect(asked.map((one) => one.replace('[1m]', '[60s]'))).toEqual(expected);
  });

  it('give the panel the interval of its last query, and its own where it has none', async () => {
    const intervalOf = async (panel: PanelJson) => (await ask([panel])).data.panels[1]?.builtIn.__interval;
    expect(await intervalOf(panelWith([{ refId: 'A', expr: 'up', interval: '1m' }]))).toBe('1m');
    expect(
      await intervalOf(
        panelWith(['1m', '2m', '5m'].map((interval) => ({ refId: interval, expr: 'up', interval }))),
      ),
    ).toBe('5m');
    expect(await intervalOf(panelWith(undefined))).toBe('15s');
  });

  it('ask for as many points as the page is wide', async () => {
    const panel = panelWith([{ refId: 'A', expr: 'up' }]);
    expect((await ask([panel], { from: 'now-12h' })).asked).toEqual(['up -43210 to -10 by 30']);
    expect((await ask([panel], { from: 'now-12h', width: 400 })).asked).toEqual(['up -43210 to -10 by 120']);
    expect(
      (await ask([{ ...panel, gridPos: { x: 0, y: 0, w: 6, h: 8 } }], { from: 'now-12h' })).asked,
    ).toEqual(['up -43210 to -10 by 120']);
  });

  it('give series in the order of their labels, newest values in the order of the answer', async () => {
    const series = (x: string): Answer[0] => ({ labels: { x }, points: [[END - 10, Number(x)]] });
    const targets = [
      { refId: 'A', expr: 'range' },
      { refId: 'B', expr: 'newest', instant: true, range: false },
    ];
    const { data } = await ask([panelWith(targets)], {
      answers: { range: [series('2'), series('1'), series('3')], newest: [series('2'), series('1')] },
    });
    expect(data.panels[1]?.queries).toEqual([
      { refId: 'A', expr: 'range', series: 3, step: 15 },
      { refId: 'B', expr: 'newest', series: 2 },
    ]);
    expect(data.panels[1]?.frames.map(({ refId, fields }) => [refId, fields[1]?.values.at(-1)])).toEqual([
      ['A', 1],
      ['A', 2],
      ['A', 3],
      ['B', 2],
      ['B', 1],
    ]);
    expect(data.panels[1]?.builtIn).toMatchObject({ __interval: '15s' });
    expect(data.range).toEqual({ from: NOW - 900_000, to: NOW });
  });

  it('ask nothing for rows and for what cannot be drawn, and all that is in a row', async () => {
    const up = [{ refId: 'A', expr: 'up' }];
    const { data, asked } = await ask([
      panelWith(up, { type: 'unknown' }),
      panelWith(undefined, { id: 2, type: 'row', panels: [panelWith(up, { id: 3 })] }),
    ]);
    expect(asked).toHaveLength(1);
    expect(data.panels[1]).toBeUndefined();
    expect(data.panels[3]?.queries).toHaveLength(1);
  });

  it.each([
    ['P', 'd, panel 1 (P): query A: no\nup'],
    [undefined, 'd, panel 1 (timeseries): query A: no\nup'],
  ])('name the panel and the query where one fails: %s', async (title, message) => {
    const { title: _title, ...untitled } = panelWith([{ refId: 'A', expr: 'up' }]);
    const panel = title === undefined ? untitled : { ...untitled, title };
    const failed = ask([panel], { answers: { up: new Error('no') } });
    await expect(failed).rejects.toThrow(QueryError);
    await expect(failed).rejects.toThrow(expect.objectContaining({ name: 'QueryError', message }));
  });
});

describe('annotations', () => {
  const spansOf = async (points: Points, annotation: object = {}, from = 'now-15m') => {
    const { data, asked } = await ask([], {
      answers: { x: [{ labels: {}, points }] },
      annotations: [{ name: 'N', expr: 'x', ...annotation }],
      from,
    });
    return {
      asked,
      spans: data.annotations.map(({ from, to }) => [from / 1000 - END, to / 1000 - END]),
      colors: data.annotations.map(({ name, color }) => `${name} ${color}`),
    };
  };
  const at = (...ago: readonly number[]): Points => ago.map((one) => [END - one, 1] as const);

  it.each<[string, Points, readonly (readonly number[])[]]>([
    ['while it holds', at(300, 240, 180), [[-300, -180]]],
    [
      'until a gap',
      at(300, 240, 120, 60),
      [
        [-300, -240],
        [-120, -60],
      ],
    ],
    [
      'while it is at least 1',
      [
        [END - 300, 1],
        [END - 240, 0.9],
        [END - 180, 2],
      ],
      [
        [-300, -300],
        [-180, -180],
      ],
    ],
    ['never', [[END - 300, 0]], []],
  ])('are marks %s', async (_, points, expected) => {
    const { spans, asked } = await spansOf(points);
    expect(spans).toEqual(expected);
    expect(asked).toEqual(['x -850 to 0 by 60']);
  });

  it('are marks at the times that are values', async () => {
    const points = [NOW - 900_000, NOW - 900_001, NOW - 60_000.5, NOW - 60_000.5, NOW, NOW + 1].map(
      (value, i) => [END - 60 * i, value] as const,
    );
    const { spans } = await spansOf(points, { useValueForTime: true });
    expect(spans.map(([from, to]) => [Math.round(from ?? 0), Math.round(to ?? 0)])).toEqual([
      [-900, -900],
      [-60, -60],
      [0, 0],
    ]);
  });

  it('have a color, and a step that grows with the range', async () => {
    expect((await spansOf(at(60))).colors).toEqual(['N red']);
    expect((await spansOf(at(60), { iconColor: 'blue', step: '' })).colors).toEqual(['N blue']);
    expect((await spansOf(at(60), { step: '30s' })).asked).toEqual(['x -880 to 0 by 30']);
    expect((await spansOf([], {}, 'now-25h')).asked).toEqual(['x -89950 to 0 by 60']);
    expect((await spansOf([], {}, 'now-1500m')).asked).toEqual(['x -89950 to 0 by 60']);
    expect((await spansOf([], {}, 'now-1501m')).asked[0]).toMatch(/ by 120$/);
  });

  it('are those that are drawn at first', () => {
    const list = [
      { name: 'a', expr: 'x' },
      { name: 'b', expr: 'x', enable: false },
      { name: 'c' },
      { name: 'd', expr: 'x', builtIn: 1 },
    ];
    expect(annotationsOf({ annotations: { list } } as never).map(({ name }) => name)).toEqual(['a']);
    expect(annotationsOf({} as never)).toEqual([]);
  });
});

describe('the alerts', () => {
  const alertsOf = async (points: Points, from = 'now-15m') => {
    const labels = { __name__: 'ALERTS', alertname: 'A', alertstate: 'firing', relay: 'r' };
    const { data, all } = await ask([], { answers: { ALERTS: [{ labels, points }] }, from });
    return { alerts: data.alerts, asked: all };
  };

  it('are those of the end, since they began', async () => {
    const { alerts, asked } = await alertsOf([600, 180, 150, 120, 90, 60, 30].map((ago) => [END - ago, 1]));
    expect(alerts).toEqual([
      { name: 'A', state: 'firing', labels: { relay: 'r' }, since: (END - 180) * 1000 },
    ]);
    expect(asked).toEqual(['ALERTS -880 to 0 by 30']);
    expect((await alertsOf([[END - 31, 1]])).alerts).toEqual([]);
    expect((await alertsOf([])).alerts).toEqual([]);
    expect((await alertsOf([], 'now-13h')).asked[0]).toMatch(/ by 60$/);
  });

  it('have no names where they have no labels', async () => {
    const { data } = await ask([], { answers: { ALERTS: [{ labels: {}, points: [[END, 1]] }] } });
    expect(data.alerts).toEqual([{ name: '', state: '', labels: {}, since: NOW }]);
  });
});
