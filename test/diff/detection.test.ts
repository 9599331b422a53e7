import { describe, expect, it } from 'vitest';
import { simulatedFindings } from '../../src/diff/simulated.js';
import { FileSetError } from '../../src/rule-files/file-set.js';
import { readSide } from '../../src/rule-files/parse.js';
import { defineScenario, type Scenario } from '../../src/simulator/scenario.js';
import { type Episode, type episodesOfGroups, TimelineError } from '../../src/simulator/timeline.js';

const QUIET = defineScenario({
  name: 'a quiet hour',
  description: '',
  duration: '2m',
  actions: [],
  expect: [],
});
const DOWN = defineScenario({
  ...{ name: 'a fault', description: '', duration: '3m' },
  actions: [{ at: '1m', do: 'Prometheus is down', for: '1m' }],
  expect: [
    { alert: 'Other', by: '1m', detectableFrom: '1m' },
    { alert: 'A', by: '2m', detectableFrom: '30s' },
  ],
});
const sideOf = (rules: string) =>
  readSide([{ path: 'r.yaml', text: `groups:\n- name: g\n  rules: [${rules}]\n` }]);
const rule = (expr: string, more = '') => `{alert: A, expr: '${expr}'${more}}`;

type Call = Parameters<typeof episodesOfGroups>;

/** Simulates with episodes that are given for the rules before and after. */
async function simulated(
  before: string,
  after: string,
  episodes: (expr: string) => readonly Episode[] = () => [],
  played: readonly Scenario[] = [DOWN],
) {
  const calls: Call[] = [];
  const { findings, note } = await simulatedFindings(
    sideOf(before),
    sideOf(after),
    played,
    async (...call) => {
      calls.push(call);
      return [...episodes(JSON.stringify(call[0]))];
    },
  );
  return { findings, note, calls };
}

const episode = (from: number, relay = 'r', more: Partial<Episode> = {}): Episode => ({
  ...{ alert: 'A', severity: 'info', labels: { relay }, from, ...more },
});
/** What is said where an alert began at other times before than after. */
async function detection(before: readonly Episode[], after: readonly Episode[], scenario = DOWN) {
  const { findings } = await simulated(
    rule('up == 0'),
    rule('up == 1'),
    (rules) => (rules.includes('== 0') ? before : after),
    [scenario],
  );
  return findings.map(
    ({ level, kind, before: old, after: now, consequence }) =>
      `${level} ${kind}: ${old} → ${now} | ${consequence}`,
  );
}

describe('the detection of a fault', () => {
  const IN = 'In the scenario “a fault”';
  it.each([
    [
      [episode(90)],
      [],
      [
        `breaking detection-lost: 1 min → not detected | ${IN} the fault is no longer detected; before, after 1 min.`,
      ],
    ],
    [
      [],
      [episode(90)],
      [`notable detection-new: silent → 1 min | ${IN} it fires after 1 min, where it did not fire before.`],
    ],
    [
      [episode(60), episode(90, 's')],
      [episode(75)],
      [
        `breaking detection-partly-lost: 1 min → 45 s | ${IN} it fires for 1 instead of 2, the last one after 45 s.`,
      ],
    ],
    [
      [episode(60)],
      [episode(60), episode(150, 's')],
      [
        `notable detection-widened: 30 s → 2 min | ${IN} it fires for 2 instead of 1, the last one after 2 min.`,
      ],
    ],
    [
      [episode(60)],
      [episode(60), episode(60, 's')],
      [
        `notable detection-widened: 30 s → 30 s | ${IN} it fires for 2 instead of 1, the last one after 30 s.`,
      ],
    ],
    [
      [episode(60)],
      [episode(90)],
      [`notable detection-later: 30 s → 1 min | ${IN} detection time changes from 30 s to 1 min.`],
    ],
    [
      [episode(90)],
      [episode(30)],
      [`notable detection-earlier: 1 min → 0 s | ${IN} detection time changes from 1 min to 0 s.`],
    ],
    [
      [episode(15)],
      [episode(0)],
      [`notable detection-earlier: -15 s → -30 s | ${IN} detection time changes from -15 s to -30 s.`],
    ],
    [
      [episode(30 + 5405)],
      [episode(30 + 7200)],
      [
        `notable detection-later: 1 h 30 min 5 s → 2 h | ${IN} detection time changes from 1 h 30 min 5 s to 2 h.`,
      ],
    ],
    [[episode(90)], [episode(90)], []],
    [[], [], []],
    // Only the first time counts, and that of the last relay.
    [[episode(60), episode(120)], [episode(60)], []],
    [[episode(60), episode(90, 's')], [episode(90), episode(60, 's')], []],
    [[episode(60, 'r', { alert: 'B' })], [], []],
  ])('%#', async (before, after, expected) => {
    expect(await detection(before, after)).toEqual(expected);
  });

  it('is told by other labels where there is no relay', async () => {
    const of = (from: number, labels: Record<string, string>) => episode(from, '', { labels });
    expect(
      await detection([of(60, { a: 'b', c: 'd' })], [of(60, { c: 'd', a: 'b' }), of(60, { a: 'x' })]),
    ).toEqual([expect.stringContaining('it fires for 2 instead of 1')]);
    expect(await detection([of(60, { a: 'b', c: 'd' })], [of(60, { c: 'd', a: 'b' })])).toEqual([]);
  });

  it('counts from the beginning where the scenario does not say when it can be seen', async () => {
    expect(await detection([episode(60)], [episode(90)], { ...DOWN, expect: [] })).toEqual([
      expect.stringContaining('detection time changes from 1 min to 1 min 30 s.'),
    ]);
    const times = async (before: string, after: string) =>
      (await simulated(before, after, () => [episode(90)])).findings.map((one) => [one.before, one.after]);
    expect(await times('', rule('up == 0'))).toEqual([['silent', '1 min']]);
    expect(await times(rule('up == 0'), '')).toEqual([['1 min', 'not detected']]);
    const renamed = await simulated(rule('up == 0'), '{alert: New, expr: up == 0, for: 1m}', (rules) =>
      rules.includes('New') ? [episode(90, 'r', { alert: 'New' })] : [episode(60)],
    );
    expect(renamed.findings).toEqual([
      expect.objectContaining({
        subject: 'alert New',
        before: '30 s',
        after: '1 min',
        file: 'r.yaml',
        line: 3,
      }),
    ]);
  });

  it('is that of the rule with the severity', async () => {
    const two = (n: number) =>
      `${rule(`up == ${n}`, ', labels: {severity: info}')}, ${rule('up == 5', ', labels: {severity: page}')}`;
    const episodes = (rules: string) => [
      episode(rules.includes('== 1') ? 60 : 90, 'r', { severity: 'info' }),
      episode(120, 'r', { severity: 'page' }),
    ];
    const { findings } = await simulated(two(1), two(2), episodes);
    expect(findings.map(({ kind, before, after }) => [kind, before, after])).toEqual([
      ['detection-later', '30 s', '1 min'],
    ]);
    const one = (n: number) => rule(`up == ${n}`, ', labels: {severity: info}');
    const only = await simulated(one(1), one(2), episodes);
    expect(only.findings.map(({ before, after }) => [before, after])).toEqual([['30 s', '1 min']]);
  });
});

describe('what is simulated', () => {
  const HOW = 'with scrapes and evaluations every 30s with the affected';
  const END =
    '; detection times start when the metrics first show the fault, if the scenario defines that, otherwise at the start of the scenario.';

  it('are the rules that changed, with what they read', async () => {
    const records = '{record: r, expr: up}, {record: unused, expr: up}, ';
    const { calls, note } = await simulated(
      `${records}${rule('r == 0')}`,
      `${records}${rule('r == 1', ', for: 1m')}`,
    );
    expect(note).toBe(`Simulated 1 of 1 scenarios ${HOW} alert${END}`);
    expect(calls.map(([groups]) => groups)).toEqual([
      [
        {
          name: '0 g',
          rules: [
            { record: 'r', expr: 'up', labels: {} },
            { alert: 'A', expr: 'r == 0', labels: {} },
          ],
        },
      ],
      [
        {
          name: '0 g',
          rules: [
            { record: 'r', expr: 'up', labels: {} },
            { alert: 'A', expr: 'r == 1', for: '1m', labels: {} },
          ],
        },
      ],
    ]);
    const [, config, series, length, pauses] = calls[0] as Call;
    expect([config.scrapeInterval, length, pauses]).toEqual(['30s', 180, [{ from: 60, to: 120 }]]);
    expect(new Set(series.map((one) => one.series.split('{')[0]))).toEqual(new Set(['up']));
    // A sample every 30 s.
    expect(new Set(series.map(({ values }) => values))).toEqual(new Set(['1x1 _x3 1x1']));
  });

  it.each([
    [rule('up == 0'), rule('up == 0', ', for: 1m'), 1],
    [rule('up == 0'), rule('up == 0', ', keep_firing_for: 1m'), 1],
    [rule('up == 0'), rule('up == 0', ', labels: {a: b}'), 1],
    [rule('up == 0', ', labels: {a: b, c: d}'), rule('up == 0', ', labels: {c: d, a: b}'), 0],
    [rule('up == 0', ', labels: {c: d, a: b}'), rule('up == 0', ', labels: {a: b, c: d}'), 0],
    [rule('up == 0'), rule('(up == 0)'), 0],
    [rule('up == 0'), rule('up == 0', ', annotations: {a: b}'), 0],
    [rule('up == 0'), '', 1],
    ['', rule('up == 0'), 1],
    [rule('up == 0'), '{alert: B, expr: up == 0}', 1],
    [`{record: r, expr: up}, ${rule('r == 0')}`, `{record: r, expr: up > 0}, ${rule('r == 0')}`, 1],
    [`{record: r, expr: up}, ${rule('up == 0')}`, `{record: r, expr: up > 0}, ${rule('up == 0')}`, 0],
    [`${rule('up == 0')}, {alert: B, expr: up}`, `${rule('up == 1')}, {alert: B, expr: up > 1}`, 2],
  ])('%s → %s concerns so many alerts', async (before, after, count) => {
    const { note, findings } = await simulated(before, after);
    expect(findings).toEqual([]);
    const alerts = count === 1 ? 'alert' : `${count} alerts`;
    expect(note).toBe(
      count === 0
        ? 'No alert is affected, so no scenario was simulated.'
        : `Simulated 1 of 1 scenarios ${HOW} ${alerts}${END}`,
    );
  });

  it('are scenarios in which something is that the rules read, but for alerts on absence', async () => {
    const played = [QUIET, DOWN];
    const gone = await simulated(rule('gone == 0'), rule('gone == 1'), undefined, played);
    expect([gone.calls.length, gone.note]).toEqual([0, `Simulated 0 of 2 scenarios ${HOW} alert${END}`]);
    for (const expr of ['absent(gone)', 'absent_over_time(gone[1m])', 'vector(1)']) {
      const { calls, note } = await simulated(rule(expr), rule(`${expr} == 1`), undefined, played);
      expect([calls.length, note]).toEqual([4, `Simulated 2 of 2 scenarios ${HOW} alert${END}`]);
    }
    const more = ', {alert: B, expr: up}';
    const beside = await simulated(
      rule('absent(gone)') + more,
      rule('absent(gone) == 1') + more,
      undefined,
      played,
    );
    expect(beside.calls).toHaveLength(4);
    const other = `, {alert: B, expr: absent(gone)}`;
    expect((await simulated(rule('gone == 0') + other, rule('gone == 1') + other)).calls).toEqual([]);
    expect((await simulated('', rule('up == 0'))).calls).toHaveLength(1);
    expect((await simulated(rule('gone == 0'), rule('up == 1'))).calls).toHaveLength(2);
    expect((await simulated(rule('up == 0'), rule('gone == 1'))).calls).toHaveLength(2);
  });

  it('are no rules that cannot be evaluated', async () => {
    const logs = '{a="b"} |= "x"';
    const broken = await simulated(
      `${rule('up ==')}, {record: r, expr: '${logs}'}, {alert: B, expr: r == 1}, {alert: C, expr: up, for: 5}`,
      `${rule('up >')}, {record: r, expr: '${logs}'}, {alert: B, expr: r == 2}, {alert: C, expr: up == 1, for: 5}`,
    );
    expect(broken.note).toBe(
      'No scenario was simulated. Not simulated: alert A (unexpected end of the expression), alert B (it reads r: it is LogQL), alert C (for: found "5", expected a duration such as 30s, 5m or 1h30m).',
    );
    const before = await simulated(rule('up =='), rule('up == 1'));
    expect(before.note).toBe(
      'No scenario was simulated. Not simulated: alert A (unexpected end of the expression).',
    );
    const one = await simulated(
      `${rule('up ==')}, {alert: B, expr: up}`,
      `${rule('up >')}, {alert: B, expr: up == 1}`,
    );
    expect(one.note).toBe(
      `Simulated 1 of 1 scenarios ${HOW} alert${END} Not simulated: alert A (unexpected end of the expression).`,
    );
    expect((await simulated(rule('up =='), '')).note).toContain('Not simulated: alert A (unexpected end');
  });

  it('may be refused by promtool', async () => {
    const failing = (error: Error) =>
      simulatedFindings(sideOf(rule('up == 0')), sideOf(rule('up == 1')), [DOWN], () =>
        Promise.reject(error),
      );
    await expect(failing(new TimelineError('bad rule'))).rejects.toThrow(
      new FileSetError('the rules cannot be simulated: bad rule'),
    );
    const other = new Error('disk full');
    await expect(failing(other)).rejects.toBe(other);
  });
});
