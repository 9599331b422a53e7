import { describe, expect, it } from 'vitest';
import type { Backtest } from '../../src/backtest/backtest.js';
import { asText } from '../../src/backtest/print.js';
import { type AlertHistory, type ReplayOptions, replay } from '../../src/backtest/replay.js';
import { type AlertComparison, type AlertSummary, compared } from '../../src/backtest/summary.js';
import { rulesWithSetting } from '../../src/backtest/trial-values.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { PrometheusError } from '../../src/prometheus/error.js';
import { readSide } from '../../src/rule-files/parse.js';
import { BEGIN, Server } from './stand-in.js';

type RuleFields = Readonly<Record<string, unknown>>;
const groupsOf = (rules: readonly RuleFields[], fields: object = {}) =>
  readSide([{ path: 'r.json', text: JSON.stringify({ groups: [{ name: 'g', ...fields, rules }] }) }]).groups;

const RECORD = { record: 'r', expr: 'load > 0' };
const alert = (name: string, more: object = {}) => ({ alert: name, expr: 'r', ...more });

/** Replays sides, and shows of each alert its episodes: `a 6120-6480`. */
async function replayed(
  sides: readonly (readonly RuleFields[])[],
  more: Partial<ReplayOptions> = {},
  { server = new Server(), fields = {} }: { server?: Server; fields?: object } = {},
) {
  const { sides: found, ...rest } = await replay(
    sides.map((rules) => groupsOf(rules, fields)),
    {
      connection: server.connection,
      start: BEGIN,
      end: 7200,
      leadIn: 0,
      evaluationInterval: 60,
      chunk: 600,
      concurrency: 1,
      patience: 60,
      ...more,
    },
  );
  const shown = found.map(({ alerts, refused }) => ({
    alerts: Object.fromEntries(
      alerts.map(({ rule, episodes }) => [
        rule.name,
        episodes.map(({ labels, from, to = '' }) => `${labels.host} ${from}-${to}`),
      ]),
    ),
    refused: refused.map(({ rule, reason }) => [rule.name, reason]),
  }));
  return { server, found, shown, ...rest };
}
const FIRES = ['a 6120-6480', 'b 6240-6360', 'a 6600-'];

describe('several sides', () => {
  it('share what is asked of the server, and each has its own alerts', async () => {
    const { server, shown } = await replayed([
      [RECORD, alert('A'), alert('B', { for: '2m' })],
      [RECORD, alert('A', { labels: { severity: 'critical' } }), alert('C', { expr: 'r > 8' })],
      [alert('A'), RECORD],
    ]);
    expect(new Set(server.asked.map(({ query }) => query))).toEqual(new Set(['load > 0']));
    expect(server.asked).toHaveLength(3);
    expect(shown.map(({ alerts }) => alerts)).toEqual([
      { A: FIRES, B: ['a 6240-6480', 'a 6720-'] },
      { A: FIRES, C: ['a 6120-6480', 'a 6600-'] },
      // An alert before its record sees the evaluation before.
      { A: ['a 6180-6540', 'b 6300-6420', 'a 6660-'] },
    ]);
  });

  it('have alerts with the same condition, each with its own time', async () => {
    const both = [RECORD, alert('A'), alert('A', { for: '2m' })];
    const { found } = await replayed([both, [RECORD, alert('A', { for: '2m' })]]);
    expect(found.map(({ alerts }) => alerts.map(({ episodes }) => episodes.length))).toEqual([[3, 2], [2]]);
  });

  it('are refused for what the server does not evaluate, of the record too', async () => {
    const server = new Server();
    server.refuse = ({ query }) =>
      query.includes('bad') ? new PrometheusError('no', 'query', { status: 422 }) : undefined;
    const bad = { record: 'r', expr: 'bad > 0' };
    const { shown } = await replayed(
      [
        [bad, alert('A'), alert('B', { expr: 'load > 0' }), alert('C', { expr: 'load - bad2 > 0' })],
        [RECORD, alert('A'), alert('D', { expr: 'topk(1, r) > 0' })],
      ],
      {},
      { server },
    );
    expect(shown).toEqual([
      {
        alerts: { B: FIRES },
        refused: [
          ['A', 'no; query: bad > 0'],
          ['C', 'no; query: bad2'],
        ],
      },
      {
        alerts: { A: FIRES },
        refused: [['D', expect.stringContaining('topk() over a recorded series is not replayed')]],
      },
    ]);
  });

  it('have the failures of their own alerts and records', async () => {
    const { found } = await replayed(
      [
        [RECORD, alert('A'), alert('B', { expr: 'load > 8' })],
        [alert('C', { expr: 'load > 8', for: '1h' }), alert('D', { expr: 'load > 0' })],
      ],
      {},
      { fields: { limit: 1 } },
    );
    const failures = found.map(({ alerts }) => alerts.map(({ rule, failures }) => [rule.name, failures]));
    // Two series at 6240 and 6300, of which one is above 8.
    expect(failures).toEqual([
      [
        ['A', 2],
        ['B', 0],
      ],
      [
        ['C', 0],
        ['D', 2],
      ],
    ]);
    const kinds = found.map(({ alerts }) => alerts.map(({ failure }) => failure));
    expect(kinds[0]?.[0]).toBe('exceeded limit of 1 with 2 series');
    expect(kinds[1]?.[1]).toBe('exceeded limit of 1 with 2 alerts');
    // Sides with the same alert count its failures once.
    const same = [alert('A', { expr: 'load > 0' })];
    const twice = await replayed([same, same], {}, { fields: { limit: 1 } });
    expect(twice.found.map(({ alerts }) => alerts[0]?.failures)).toEqual([2, 2]);
    const joined = await replayed([[RECORD, alert('A', { expr: 'r + on () r' })]]);
    expect(joined.found[0]?.alerts).toMatchObject([
      { failures: 2, failure: 'found duplicate series for the match group' },
    ]);
  });

  it('are evaluated at the times of their groups', async () => {
    const { shown, server } = await replayed(
      [[RECORD, alert('A')]],
      { start: 6000 },
      { fields: { interval: '4m' } },
    );
    // At 6000, 6240, 6480 and so on.
    expect(shown[0]?.alerts).toEqual({ A: ['a 6240-6480', 'b 6240-6480', 'a 6720-'] });
    expect(server.asked[0]?.from).toBe(6000);
    const two = await replay(
      [
        [
          ...groupsOf([{ alert: 'A', expr: 'load > 0' }], { name: 'four', interval: '4m' }),
          ...groupsOf([{ alert: 'B', expr: 'load > 0' }], { name: 'six', interval: '6m' }),
        ],
      ],
      {
        connection: new Server().connection,
        start: 6000,
        end: 7200,
        leadIn: 0,
        evaluationInterval: 60,
        chunk: 600,
        concurrency: 1,
        patience: 60,
      },
    );
    expect(
      two.sides[0]?.alerts.map(({ episodes }) =>
        episodes.map(({ labels, from, to }) => [labels.host, from, to]),
      ),
    ).toEqual([
      [
        ['a', 6240, 6480],
        ['b', 6240, 6480],
        ['a', 6720, undefined],
      ],
      [
        ['a', 6120, 6480],
        ['a', 6840, undefined],
      ],
    ]);
  });

  it('have nothing to show without an alert or a sample', async () => {
    const none = await replayed([[RECORD]]);
    expect([none.shown, none.server.asked, none.firstSample]).toEqual([
      [{ alerts: {}, refused: [] }],
      [],
      undefined,
    ]);
    const quiet = await replayed([[{ alert: 'A', expr: 'load > 0' }]], { end: 6060 });
    expect([quiet.shown[0]?.alerts, quiet.firstSample]).toEqual([{ A: [] }, undefined]);
    // Each has its own query; without a comparison, host a has a value from the first evaluation on.
    const [late, early] = [alert('A', { expr: 'x > 0' }), alert('B', { expr: 'y' })];
    for (const rules of [
      [late, early],
      [early, late],
    ]) {
      expect((await replayed([rules])).firstSample).toBe(6000);
      expect((await replayed([rules], { end: 6060 })).firstSample).toBe(6000);
    }
    expect((await replayed([[late]])).firstSample).toBe(6120);
  });

  it('have episodes in the order of time, cut to the time that is judged', async () => {
    const { found } = await replayed([[{ alert: 'A', expr: 'load > 0' }]], {
      start: 6300,
      leadIn: 300,
      end: 6600,
    });
    expect(found[0]?.alerts[0]?.episodes).toStrictEqual([
      { labels: { host: 'a' }, from: 6300, to: 6480 },
      { labels: { host: 'b' }, from: 6300, to: 6360 },
      { labels: { host: 'a' }, from: 6600 },
    ]);
    const later = await replayed([[{ alert: 'A', expr: 'load > 0' }]], {
      start: 6360,
      leadIn: 360,
      end: 6420,
    });
    // That of host b ended as the judged time began.
    expect(later.shown[0]?.alerts).toEqual({ A: ['a 6360-'] });
  });

  it('take a duration that is none for no time, and are refused for it', async () => {
    const { shown } = await replayed([[RECORD, alert('A', { for: 'soon' }), alert('B')]]);
    expect(shown[0]?.alerts).toEqual({ B: FIRES });
    expect(shown[0]?.refused).toEqual([['A', expect.stringContaining('soon')]]);
  });
});

describe('a comparison', () => {
  const history = (name: string, from: number, more: Partial<AlertHistory> = {}) =>
    ({
      rule: { name, labels: {} },
      episodes: [{ labels: { relay: name }, from, to: 100 }],
      failures: 0,
      ...more,
    }) as unknown as AlertHistory;
  const side = (...alerts: AlertHistory[]) => ({ alerts, refused: [] });

  it('puts alerts of one name beside each other, in their order', () => {
    const rows = compared(
      side(history('A', 90), history('A', 80), history('Old', 0)),
      side(history('A', 50), history('New', 0), history('A', 40), history('A', 30)),
      0,
      100,
    );
    expect(rows.map(({ alert, before, after }) => [alert, before?.firing, after?.firing])).toEqual([
      ['A', 10, 50],
      ['New', undefined, 100],
      ['A', 20, 60],
      ['A', undefined, 70],
      ['Old', 100, undefined],
    ]);
    expect(rows.map((row) => Object.keys(row))).toEqual([
      ['alert', 'before', 'after'],
      ['alert', 'after'],
      ['alert', 'before', 'after'],
      ['alert', 'after'],
      ['alert', 'before'],
    ]);
  });

  it('has the reason of failures, and the first of the series that fired longest', () => {
    const [row] = compared(
      undefined,
      side(
        history('A', 0, {
          failures: 3,
          failure: 'why',
          episodes: [
            { labels: { x: '1' }, from: 0, to: 10 },
            { labels: { x: '2' }, from: 0, to: 20 },
            { labels: { x: '3' }, from: 0, to: 20 },
            { labels: { x: '4' }, from: 0, to: 5 },
          ],
        }),
      ),
      0,
      100,
    );
    expect(row?.after).toMatchObject({
      failures: 3,
      failure: 'why',
      worst: { labels: { x: '2' }, firing: 20 },
    });
    expect(compared(undefined, side(history('A', 0)), 0, 100)[0]?.after).not.toHaveProperty('failure');
  });

  const summary = (episodes: number): AlertSummary => ({
    alert: 'A',
    severity: 'info',
    episodes,
    firing: 60,
    flaps: 0,
    pages: 10,
    failures: 0,
  });
  const shown = (hasBase: boolean, ...rows: readonly Omit<AlertComparison, 'alert'>[]) =>
    asText({
      hasBase,
      start: 0,
      end: 60,
      rows: rows.map((row) => ({ alert: 'A', ...row })),
    } as unknown as Backtest)
      .split('\n')
      .map((line) => line.trim().replace(/ {2,}/g, ' | '));

  it('shows the alerts that fired, and those of one side', () => {
    const rows = [
      { before: summary(0), after: summary(0) },
      { after: summary(0) },
      { before: summary(0) },
      { before: summary(2), after: summary(0) },
    ];
    expect(shown(true, ...rows)).toEqual([
      '1970-01-01T00:00:00Z to 1970-01-01T00:01:00Z, before -> after',
      '',
      'alert | severity | episodes | firing | flaps | pages/week | worst series',
      'A | info | - -> 0 | - -> 1m 00s | - -> 0 | - -> 10',
      'A | info | 0 -> - | 1m 00s -> - | 0 -> - | 10 -> -',
      'A | info | 2 -> 0 | 1m 00s | 0 | 10',
      '',
      '3 of 4 alerts never fired.',
    ]);
  });

  it('shows no table where nothing fired, and no other side where there is none', () => {
    expect(shown(false, { after: summary(0) })).toEqual([
      '1970-01-01T00:00:00Z to 1970-01-01T00:01:00Z',
      '',
      '1 of 1 alert never fired.',
    ]);
    const worst = { labels: { relay: 'ab'.repeat(32), host: 'cd'.repeat(32) }, firing: 5 };
    expect(shown(false, { after: { ...summary(1), pages: 9.9, worst } })[3]).toBe(
      `A | info | 1 | 1m 00s | 0 | 9.9 | relay=ababababab… host=${'cd'.repeat(32)} for 5s`,
    );
  });
});

describe('a setting that is tried', () => {
  const exprsWith = (setting: string, value: string) =>
    rulesWithSetting(parseConfig({}), definitions(), setting, value)
      .flatMap(({ rules }) => rules)
      .filter(({ name }) => name === 'GatewayPushWaitHigh')
      .map(({ expr }) => expr.replace(/\s+/g, ' '));

  it('is a number, a time or a text', () => {
    expect(exprsWith('thresholds.pushWait.slowShare', '0.25')[0]).toMatch(/ > 0\.25$/);
    expect(exprsWith('thresholds.pendingWrites.stuckAfter', '11m')).toHaveLength(1);
    const errorOf = (setting: string, value: string) => {
      try {
        exprsWith(setting, value);
        return '';
      } catch (error) {
        return (error as Error).message;
      }
    };
    const SLOW = 'thresholds.pushWait.slowShare';
    // Words, and what only begins or ends as a number, are texts.
    for (const text of ['x1', '1x', '1.', '1.5.5', '--1', 'truely'])
      expect(errorOf(SLOW, text)).toContain(`found ${JSON.stringify(text)}`);
    for (const [text, value] of [
      ['true', 'true'],
      ['false', 'false'],
      ['-10', '-10'],
      ['12.75', '12.75'],
      ['100', '100'],
    ] as const)
      expect(errorOf(SLOW, text)).toContain(`found ${value}`);
  });

  it('fails for another fault with that', () => {
    const broken = { ...definitions(), alerts: undefined } as unknown as ReturnType<typeof definitions>;
    expect(() => rulesWithSetting(parseConfig({}), broken, 'scrapeInterval', '30s')).toThrow(TypeError);
  });
});
