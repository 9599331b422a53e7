import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { baseOf } from '../../src/preview/base.js';
import { changedPanels } from '../../src/preview/changed-panels.js';
import { type ComparedPanel, comparisonMarkdown, comparisonPage } from '../../src/preview/comparison-page.js';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import type { DashboardJson, PanelJson } from '../../src/view/dashboard-json.js';
import type { DashboardData } from '../../src/view/queries.js';

const panel = (id: number, more: Partial<PanelJson> = {}): PanelJson => ({
  id,
  type: 'stat',
  title: `P${id}`,
  gridPos: { x: 0, y: 0, w: 6, h: 4 },
  ...more,
});

const { title: _title, ...UNTITLED } = panel(1);

/** A dashboard whose panels give these values, a value every so many seconds. */
const dataOf = (
  panels: readonly PanelJson[],
  values: Readonly<Record<number, number>> = {},
  step = 30,
): DashboardData => ({
  dashboard: { uid: 'd', title: 'D', time: { from: 'now-1h', to: 'now' }, panels } as DashboardJson,
  range: { from: 0, to: 1 },
  variables: [],
  builtIn: {},
  annotations: [],
  alerts: [],
  panels: Object.fromEntries(
    Object.entries(values).map(([id, value]) => [
      id,
      {
        builtIn: {},
        queries: [{ refId: 'A', expr: 'up', series: 1, step }],
        frames: [{ refId: 'A', fields: [{ name: 'Value', type: 'number', values: [value] }] }],
      },
    ]),
  ),
});

describe('changed panels', () => {
  const one = dataOf([panel(1)], { 1: 5 });
  it.each<[string, DashboardData | undefined, DashboardData | undefined, readonly string[]]>([
    ['are none where nothing differs', one, dataOf([panel(1)], { 1: 5 }), []],
    [
      'are none where one only moved',
      one,
      dataOf([panel(1, { gridPos: { x: 6, y: 9, w: 6, h: 4 } })], { 1: 5 }),
      [],
    ],
    [
      'are those of another size',
      one,
      dataOf([panel(1, { gridPos: { x: 0, y: 0, w: 7, h: 4 } })], { 1: 5 }),
      ['1 P1 definition'],
    ],
    [
      'are those of another height',
      one,
      dataOf([panel(1, { gridPos: { x: 0, y: 0, w: 6, h: 5 } })], { 1: 5 }),
      ['1 P1 definition'],
    ],
    [
      'are those with another definition',
      one,
      dataOf([panel(1, { title: 'Q' })], { 1: 6 }),
      ['1 Q definition'],
    ],
    ['are those with another result', one, dataOf([panel(1)], { 1: 6 }), ['1 P1 result']],
    ['are those with values at other times', one, dataOf([panel(1)], { 1: 5 }, 60), ['1 P1 result']],
    ['are those without a result', one, dataOf([panel(1)]), ['1 P1 result']],
    ['are the new and the removed', one, dataOf([panel(2)], { 2: 5 }), ['2 P2 added', '1 P1 removed']],
    ['are all of a new dashboard', undefined, dataOf([panel(1), panel(2)]), ['1 P1 added', '2 P2 added']],
    [
      'are all of one that is gone',
      dataOf([panel(1), panel(2)]),
      undefined,
      ['1 P1 removed', '2 P2 removed'],
    ],
    ['have their type as name where they have no title', undefined, dataOf([UNTITLED]), ['1 stat added']],
    ['have it when they are gone, too', dataOf([UNTITLED]), undefined, ['1 stat removed']],
    [
      'are not rows, but what is in them',
      undefined,
      dataOf([panel(3, { type: 'row', panels: [panel(4)] })]),
      ['4 P4 added'],
    ],
    [
      'are none where a row has other panels',
      dataOf([panel(3, { type: 'row' })]),
      dataOf([panel(3, { type: 'row', title: 'x' })]),
      [],
    ],
  ])('%s', (_, before, after, expected) => {
    expect(changedPanels(before, after).map(({ id, title, change }) => `${id} ${title} ${change}`)).toEqual(
      expected,
    );
  });
});

describe('a comparison', () => {
  const compared = (change: ComparedPanel['change'], more: Partial<ComparedPanel> = {}): ComparedPanel => ({
    id: 1,
    title: 'P <1>',
    change,
    uid: 'd',
    dashboard: 'D',
    situation: 'quiet',
    ...more,
  });

  it('has the pictures side by side', () => {
    const page = comparisonPage(
      [
        compared('definition', { before: 'b.png', after: 'a.png' }),
        compared('added', { id: 2, after: 'c.png' }),
      ],
      'main & co',
    );
    const body = page.slice(page.indexOf('<body>')).trim().split('\n').filter(Boolean);
    expect(body).toEqual([
      '<body>',
      '<h1>Changed panels, compared with main &amp; co</h1>',
      '<p>Drawn with simulated data, both sides with the same, without a Grafana server. These are not screenshots.</p>',
      '<h2>D: P &lt;1&gt;</h2>',
      '<p>Panel 1, quiet: definition changed</p>',
      '<table><tr><th>before</th><th>after</th></tr><tr><td><img src="b.png" alt="P &lt;1&gt;, before"></td><td><img src="a.png" alt="P &lt;1&gt;, after"></td></tr></table>',
      '<h2>D: P &lt;1&gt;</h2>',
      '<p>Panel 2, quiet: new</p>',
      '<table><tr><th>before</th><th>after</th></tr><tr><td>(none)</td><td><img src="c.png" alt="P &lt;1&gt;, after"></td></tr></table>',
      '</body></html>',
    ]);
    expect(page).toContain('img { max-width: 100%; border: 1px solid #ccc }');
    expect(comparisonPage([], 'main')).toContain('<p>No panel looks different.</p>');
    expect(page).not.toContain('No panel looks different');
  });

  it('is a list for a comment, with each panel once', () => {
    const panels = [
      compared('removed'),
      compared('removed', { situation: 'incident' }),
      compared('result', { id: 2 }),
    ];
    expect(comparisonMarkdown(panels, 'main')).toBe(
      [
        'Panels that look different, compared with `main`:',
        '',
        '- D: **P <1>** (panel 1): removed',
        '- D: **P <1>** (panel 2): same definition, other result',
        '',
      ].join('\n'),
    );
    expect(comparisonMarkdown([], 'main')).toBe('No panel looks different, compared with `main`.\n');
  });
});

describe('what a preview is compared with', () => {
  let folder: TemporaryFolder;
  beforeAll(() => {
    folder = temporaryFolder('preview-base');
  });
  afterAll(() => folder.remove());
  const given = (name: string, files: Readonly<Record<string, string>>) => {
    for (const [path, text] of Object.entries(files)) {
      const file = join(folder.path, name, path);
      mkdirSync(join(file, '..'), { recursive: true });
      writeFileSync(file, text);
    }
    return baseOf(join(folder.path, name));
  };
  const dashboard = (title: string) =>
    JSON.stringify({ uid: 'd', title, time: { from: 'now-1h', to: 'now' }, panels: [panel(1)] });

  it('is its dashboards, each once, and its rule groups', async () => {
    const base = await given('all', {
      'grafana/a.json': dashboard('first'),
      'grafana/b.json': dashboard('second'),
      'grafana/c.json': '{"kind":"Dashboard"}',
      'grafana/d.json': '{',
      'prometheus/rules.yaml': 'groups: [{name: g, rules: [{record: a, expr: up}]}]',
      'prometheus/s.yml': 'groups: [{name: h, rules: []}]',
      'prometheus/deep/t.yml': 'groups: [{name: i, rules: []}]',
      'other/u.yml': 'groups: [{name: j, rules: []}]',
      'prometheus/template.yaml.tpl': 'groups: [{name: k, rules: []}]',
      'prometheus/empty.yaml': '',
      'prometheus/none.yaml': 'x: y',
    });
    expect(base.dashboards.map(({ title }) => title)).toEqual(['first']);
    expect(base.groups).toEqual([
      { name: 'g', rules: [{ record: 'a', expr: 'up' }] },
      { name: 'h', rules: [] },
    ]);
    expect(base.label).toContain('all');
  });

  it('has no rules where there are none', async () => {
    expect((await given('dashboards', { 'a.json': dashboard('first') })).groups).toBeUndefined();
  });
});
