import { describe, expect, it } from 'vitest';
import type { Backtest } from '../../src/backtest/backtest.js';
import { asJson, asText } from '../../src/backtest/print.js';
import { type ReplayOptions, replay } from '../../src/backtest/replay.js';
import { compared } from '../../src/backtest/summary.js';
import { PrometheusError } from '../../src/prometheus/error.js';
import { readSide } from '../../src/rule-files/parse.js';
import { BEGIN, Server } from './stand-in.js';

const groupsOf = (rules: readonly object[], fields: object = {}) =>
  readSide([{ path: 'r.json', text: JSON.stringify({ groups: [{ name: 'g', ...fields, rules }] }) }], true)
    .groups;
const ALERT = { alert: 'A', expr: 'load > 0', labels: { severity: 'critical' } };

const optionsOf = (server: Server, more: Partial<ReplayOptions> = {}): ReplayOptions => ({
  connection: server.connection,
  start: BEGIN,
  end: 7200,
  leadIn: 0,
  evaluationInterval: 60,
  chunk: 600,
  concurrency: 1,
  patience: 60,
  ...more,
});
const replayed = async (rules: readonly object[], more: Partial<ReplayOptions> = {}, fields: object = {}) => {
  const server = new Server();
  const result = await replay([groupsOf(rules, fields)], optionsOf(server, more));
  return { server, result, alerts: result.sides[0]?.alerts ?? [] };
};
/** Episodes in short: `a 6120-6480`. */
const spans = (alerts: Awaited<ReturnType<typeof replayed>>['alerts']) =>
  alerts.map(({ episodes }) => episodes.map(({ labels, from, to }) => `${labels.host} ${from}-${to ?? ''}`));

describe('a replay', () => {
  it.each<[string, object, object, readonly string[]]>([
    [
      'an alert fires while its expression gives something',
      {},
      {},
      ['a 6120-6480', 'b 6240-6360', 'a 6600-'],
    ],
    ['for: only after that time', { for: '2m' }, {}, ['a 6240-6480', 'a 6720-']],
    ['for: and not at all where it is over before', { for: '7m' }, {}, ['a 7020-']],
    ['keep_firing_for: beyond its end', { keep_firing_for: '3m' }, {}, ['a 6120-', 'b 6240-6540']],
    [
      'keep_firing_for: until that time is over',
      { keep_firing_for: '1m' },
      {},
      ['a 6120-6540', 'b 6240-6420', 'a 6600-'],
    ],
    ['another interval', {}, { interval: '2m' }, ['a 6120-6480', 'b 6240-6360', 'a 6600-']],
    ['another interval, and for', { for: '3m' }, { interval: '2m' }, ['a 6360-6480', 'a 6840-']],
    ['an interval of 0 is the usual one', {}, { interval: '0s' }, ['a 6120-6480', 'b 6240-6360', 'a 6600-']],
    [
      'more alerts than the group allows are none',
      {},
      { limit: 1 },
      ['a 6120-6240', 'a 6360-6480', 'a 6600-'],
    ],
  ])('%s', async (_, rule, fields, expected) => {
    const { alerts } = await replayed([{ ...ALERT, ...rule }], {}, fields);
    expect(spans(alerts)).toEqual([expected]);
  });

  it('counts the evaluations that fail, with the reason', async () => {
    const { alerts } = await replayed([ALERT], {}, { limit: 1 });
    expect(alerts).toMatchObject([{ failures: 2, failure: 'exceeded limit of 1 with 2 alerts' }]);
    const record = { record: 'r', expr: 'load > 0' };
    const reader = await replayed([record, { alert: 'A', expr: 'r' }], {}, { limit: 1 });
    expect(reader.alerts).toMatchObject([{ failures: 2, failure: 'exceeded limit of 1 with 2 series' }]);
    expect((await replayed([ALERT])).alerts[0]).toMatchObject({ failures: 0 });
  });

  it('cuts what began before to the time that is judged, and leaves out what was over', async () => {
    const { alerts, server } = await replayed([ALERT], { start: 6360, leadIn: 300, end: 6660 });
    expect(spans(alerts)).toEqual([['a 6360-6480', 'a 6600-']]);
    expect(Math.min(...server.asked.map(({ from }) => from))).toBe(6060);
  });

  it('asks piece by piece, a short one first, and nothing twice', async () => {
    const { server, result } = await replayed([ALERT, { ...ALERT, alert: 'B', for: '2m' }], {
      end: 8400,
      chunk: 1200,
    });
    expect(server.asked).toEqual([
      { query: 'load > 0', from: 6000, to: 6540 },
      { query: 'load > 0', from: 6600, to: 7740 },
      { query: 'load > 0', from: 7800, to: 8400 },
    ]);
    // Of host a 6 and 31 points, of host b 2.
    expect(result).toMatchObject({ answers: 3, points: 39, firstSample: 6120 });
  });

  it('reads the answer of another server, too', async () => {
    const server = Object.assign(new Server(), { isText: false });
    const { sides, points } = await replay([groupsOf([ALERT])], optionsOf(server));
    expect(spans(sides[0]?.alerts ?? [])).toEqual([['a 6120-6480', 'b 6240-6360', 'a 6600-']]);
    expect(points).toBe(19);
  });

  it('goes through recorded series in the order of their groups, with the labels that they add', async () => {
    const record = { record: 'r', expr: 'load > 0', labels: { team: 'x' } };
    const { alerts } = await replayed([record, { alert: 'A', expr: 'r{team="x", host="a"} > 5' }]);
    expect(alerts[0]?.episodes).toEqual([
      { labels: { host: 'a', team: 'x' }, from: 6120, to: 6480 },
      { labels: { host: 'a', team: 'x' }, from: 6600 },
    ]);
  });

  it.each([
    ['2.42.0', ['a 6180-6480', 'a 6660-']],
    ['3.1.0', ['a 6240-6480', 'a 6720-']],
    [new PrometheusError('404', 'query'), ['a 6240-6480', 'a 6720-']],
    [new PrometheusError('no API', 'not-prometheus'), ['a 6240-6480', 'a 6720-']],
  ])('takes the begin of a range on Prometheus 2 only: %s', async (version, expected) => {
    const rules = [
      { record: 'r', expr: 'load > 0' },
      { alert: 'A', expr: 'count_over_time(r{host="a"}[2m]) >= 2 and r' },
    ];
    const at = { start: 6000, end: 6720 };
    const server = Object.assign(new Server(), { version });
    const { sides } = await replay([groupsOf(rules)], optionsOf(server, at));
    // Two samples within two minutes: one minute after the first on both; three on Prometheus 2.
    const three = [rules[0] as object, { alert: 'A', expr: 'count_over_time(r{host="a"}[1m]) >= 2 and r' }];
    expect(spans(sides[0]?.alerts ?? [])).toEqual([['a 6180-6480', 'a 6660-']]);
    const other = await replay([groupsOf(three)], optionsOf(Object.assign(new Server(), { version }), at));
    expect(spans(other.sides[0]?.alerts ?? [])).toEqual([version === '2.42.0' ? expected : []]);
  });

  it('ends where the server cannot be asked for its version', async () => {
    const server = Object.assign(new Server(), { version: new PrometheusError('away', 'unreachable') });
    await expect(replay([groupsOf([ALERT])], optionsOf(server))).rejects.toThrow('away');
  });

  it('lists an alert that the server refuses to evaluate, and replays the others', async () => {
    const server = new Server();
    const details = { status: 422, errorType: 'execution' };
    server.refuse = ({ query }) =>
      query.includes('bad') ? new PrometheusError('many-to-many', 'query', details) : undefined;
    const { sides } = await replay([groupsOf([ALERT, { alert: 'B', expr: 'bad > 1' }])], optionsOf(server));
    expect(sides[0]?.alerts.map(({ rule }) => rule.name)).toEqual(['A']);
    expect(sides[0]?.refused.map(({ rule, reason }) => [rule.name, reason])).toEqual([
      ['B', 'many-to-many; query: bad > 1'],
    ]);
    expect(server.asked.filter(({ query }) => query.includes('bad'))).toHaveLength(1);
  });

  it('halves what is too much for the server', async () => {
    const server = new Server();
    server.refuse = ({ from, to }) =>
      to - from > 300 ? new PrometheusError('too many samples', 'query', { status: 422 }) : undefined;
    const { sides } = await replay([groupsOf([ALERT])], optionsOf(server, { end: 6540 }));
    expect(server.asked.map(({ from, to }) => [from, to])).toEqual([
      [6000, 6540],
      [6000, 6240],
      [6300, 6540],
    ]);
    expect(spans(sides[0]?.alerts ?? [])).toEqual([['a 6120-6480', 'b 6240-6360']]);
  });

  it('asks again where the server was away, until its patience is over', async () => {
    const server = new Server();
    const away = new PrometheusError('away', 'unreachable', { status: 503 });
    let failed = 0;
    const retries: PrometheusError[] = [];
    server.refuse = () => (failed++ === 0 ? away : undefined);
    const onRetry = (error: PrometheusError) => retries.push(error);
    const { sides } = await replay([groupsOf([ALERT])], optionsOf(server, { end: 6540, onRetry }));
    expect(retries).toEqual([away]);
    expect(spans(sides[0]?.alerts ?? [])).toEqual([['a 6120-6480', 'b 6240-6360']]);
    server.refuse = () => away;
    await expect(replay([groupsOf([ALERT])], optionsOf(server, { patience: 0 }))).rejects.toThrow(
      expect.objectContaining({ message: 'away; query: load > 0', kind: 'unreachable' }),
    );
  });

  it('reports its progress', async () => {
    const done: number[] = [];
    await replayed([ALERT], { end: 7140, onProgress: (share) => done.push(share) });
    expect(done.at(-1)).toBe(1);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
  });

  it('replays the wanted alerts only', async () => {
    const { alerts, server } = await replayed(
      [
        { ...ALERT, expr: 'load > 1' },
        { ...ALERT, alert: 'B' },
      ],
      {
        wanted: ({ name }) => name === 'B',
      },
    );
    expect(alerts.map(({ rule }) => rule.name)).toEqual(['B']);
    expect(new Set(server.asked.map(({ query }) => query))).toEqual(new Set(['load > 0']));
  });
});

describe('two sides', () => {
  const backtestOf = async (before: object, after: object): Promise<Backtest> => {
    const result = await replay([groupsOf([before]), groupsOf([after])], optionsOf(new Server()));
    const [old, now] = result.sides as [(typeof result.sides)[0], (typeof result.sides)[0]];
    return {
      start: BEGIN,
      end: 7200,
      hasBase: true,
      rows: compared(old, now, BEGIN, 7200),
      refused: now.refused,
      unread: [],
      replay: result,
    };
  };
  it('are shown beside each other where they differ', async () => {
    const text = asText(await backtestOf(ALERT, { ...ALERT, for: '2m' }));
    expect(text.split('\n').map((line) => line.trimEnd())).toEqual(
      [
        '1970-01-01T01:40:00Z to 1970-01-01T02:00:00Z, before -> after',
        '',
        'alert  severity  episodes  firing              flaps  pages/week   worst series',
        'A      critical  3 -> 2    16m 00s -> 12m 00s  1      1008',
        '',
        'Every alert fired.',
      ].map((line, i) =>
        i === 3
          ? expect.stringMatching(/^A +critical +3 -> 2 +16m 00s -> 12m 00s +1 +1008 +host=a for 12m 00s$/)
          : i === 2
            ? expect.stringMatching(/^alert +severity +episodes +firing +flaps +pages\/week +worst series$/)
            : line,
      ),
    );
  });

  it('show an alert that only one of them has', async () => {
    const text = asText(await backtestOf(ALERT, { alert: 'B', expr: 'load > 100 > 0' }));
    expect(text).toMatch(/^A +critical +3 -> - +16m 00s -> - +1 -> - +1008 -> - +host=a for 16m 00s$/m);
    expect(text).toMatch(/^B +- -> 3/m);
    expect(text).toMatch(/Every alert fired\.$/);
  });

  it('are one where the rules are the same', async () => {
    const { replay: result, rows } = await backtestOf(ALERT, { ...ALERT, annotations: { summary: 'x' } });
    expect(rows[0]?.before).toEqual(rows[0]?.after);
    expect(result).toMatchObject({ answers: 3, points: 19 });
  });
});

describe('the result', () => {
  const backtest = (rows: Backtest['rows'], more: Partial<Backtest> = {}): Backtest => ({
    start: BEGIN,
    end: 7200,
    hasBase: false,
    rows,
    refused: [],
    unread: [],
    replay: { sides: [{ alerts: [], refused: [] }], firstSample: undefined, answers: 1, points: 2 },
    ...more,
  });
  const row = (alert: string, episodes: number, more: object = {}): Backtest['rows'][0] => ({
    alert,
    after: { alert, severity: '', episodes, firing: 61, flaps: 0, pages: 1.26, failures: 0, ...more },
  });

  it.each([
    [[], 'No alerts were replayed.'],
    [[row('A', 1)], 'Every alert fired.'],
    [[row('A', 0)], '1 of 1 alert never fired.'],
    [[row('A', 0), row('B', 1)], '1 of 2 alerts never fired.'],
  ])('says how many alerts never fired', (rows, last) => {
    expect(asText(backtest(rows)).split('\n').at(-1)).toBe(last);
  });

  it('has the alerts that fired, with whole numbers from ten on and short keys of relays', () => {
    const relay = 'ab'.repeat(32);
    const text = asText(
      backtest([
        row('A', 1, { worst: { labels: { relay, x: 'y' }, firing: 3600 } }),
        row('B', 2, { pages: 9.96, worst: { labels: {}, firing: 5 } }),
        row('C', 2, { pages: 10.4 }),
        row('E', 2, { pages: 0 }),
        row('D', 0),
      ]),
    );
    expect(text).toMatch(/^A +1 +1m 01s +0 +1\.3 +relay=ababababab… x=y for 1h 00m$/m);
    expect(text).toMatch(/^B +2 +1m 01s +0 +10\.0 +\(no labels\) for 5s$/m);
    expect(text).toMatch(/^C +2 +1m 01s +0 +10$/m);
    expect(text).toMatch(/^E +2 +1m 01s +0 +0$/m);
    expect(text).not.toMatch(/^D/m);
    expect(text.split('\n')[0]).toBe('1970-01-01T01:40:00Z to 1970-01-01T02:00:00Z');
  });

  it('is for machines, too', async () => {
    const { result } = await replayed([ALERT], { end: 6540 });
    const rule = result.sides[0]?.alerts[0]?.rule;
    if (rule === undefined) return expect.fail('no alert');
    const unread = [{ file: 'x.yaml', line: 1, reason: 'why', text: '', mayMatter: true, isWhole: false }];
    expect(
      asJson(backtest([row('A', 1)], { replay: result, unread, refused: [{ rule, reason: 'no' }] })),
    ).toEqual({
      start: BEGIN,
      end: 7200,
      requests: 1,
      points: 8,
      alerts: [row('A', 1)],
      episodes: [
        { alert: 'A', labels: { host: 'a' }, from: 6120, to: 6480 },
        { alert: 'A', labels: { host: 'b' }, from: 6240, to: 6360 },
      ],
      notRead: [{ file: 'x.yaml', reason: 'why' }],
      notReplayed: [{ alert: 'A', reason: 'no' }],
    });
  });
});
