import { describe, expect, it } from 'vitest';
import { alsoDiffers } from '../../src/diff/also-differs.js';
import { compareSides } from '../../src/diff/compare.js';
import { describeDifferences, differences } from '../../src/diff/differences.js';
import type { Finding } from '../../src/diff/finding.js';
import { readSide } from '../../src/rule-files/parse.js';
import type { SideFile } from '../../src/rule-files/side.js';

const shown = ({ level, kind, subject, before = '-', after = '-', consequence }: Finding) =>
  `${level} ${kind} ${subject}: ${before} → ${after} | ${consequence}`;
const compared = (before: readonly SideFile[], after: readonly SideFile[], also: readonly SideFile[] = []) =>
  compareSides(readSide(before), readSide(after), readSide(also)).map(shown);

type Board = Readonly<Record<string, unknown>>;
const boardFile = (board: Board, path = 'd.json'): SideFile => ({ path, text: JSON.stringify(board) });
const boards = (before: Board, after: Board, also: readonly SideFile[] = []) =>
  compared([boardFile(before)], [boardFile(after)], also);
const linking = (...urls: string[]): SideFile => ({
  path: 'o.yaml',
  text: `groups: [{name: o, rules: [${urls.map((url, i) => `{alert: L${i}, expr: up, annotations: {url: '${url}'}}`).join(', ')}]}]`,
});
const UNKNOWN = 'Also differs, not compared: the effect of these fields is unknown.';
const LAYOUT = 'Also differs, not compared: fields of layout, description and bookkeeping.';

describe('a dashboard', () => {
  const board = { uid: 'u', title: 'T', panels: [{ id: 1, title: 'P' }] };
  const { uid: _, ...unnamed } = board;

  it('comes or goes', () => {
    const other = boardFile({ uid: 'o', title: 'O', panels: [] }, 'o.json');
    const removed = (also: SideFile[] = []) => compared([boardFile(board), other], [other], also);
    const GONE = 'bookmarks and shared links are broken.';
    expect(removed()).toEqual([
      `breaking dashboard-removed dashboard u: T → - | Nothing here links to it; ${GONE}`,
    ]);
    expect(removed([linking('/d/u')])).toEqual([
      `breaking dashboard-removed dashboard u: T → - | o.yaml (alert L0) still links to it; ${GONE}`,
    ]);
    expect(removed([linking('/d/u', 'https://g/d-solo/u?x=y')])).toEqual([
      `breaking dashboard-removed dashboard u: T → - | o.yaml (alert L0) and o.yaml (alert L1) still link to it; ${GONE}`,
    ]);
    expect(removed([linking('/d/u2')])[0]).toContain('Nothing here');
    expect(compared([other], [other, boardFile(board)])).toEqual([
      'harmless dashboard-added dashboard u: - → T | A new dashboard with 1 panels.',
    ]);
    expect(compared([other], [other, boardFile(unnamed)])[0]).toContain('dashboard T: - → T');
    expect(compared([other, boardFile(unnamed)], [other])[0]).toContain('dashboard T: T → -');
  });

  it('gets another uid', () => {
    const OLD =
      'bookmarks and shared links are broken, and Grafana keeps the old dashboard next to the new one.';
    const moved = (also: SideFile[] = []) => boards(board, { ...board, uid: 'v' }, also);
    expect(moved()).toEqual([
      `breaking dashboard-uid-changed dashboard v: u → v | Nothing here links to the old uid; ${OLD}`,
    ]);
    expect(moved([linking('/d/u')])).toEqual([
      `breaking dashboard-uid-changed dashboard v: u → v | o.yaml (alert L0) links to the old uid; ${OLD}`,
    ]);
    expect(moved([linking('/d/w')])[0]).toContain('Nothing here links to the old uid');
    expect(moved([linking('/d/u', '/d/u')])[0]).toContain(
      'o.yaml (alert L0) and o.yaml (alert L1) link to the old uid',
    );
    expect(boards(unnamed, board)).toEqual([
      'notable dashboard-uid-changed dashboard u: none → u | Until now Grafana chose the uid. Bookmarks and shared links to the uid that it chose may break.',
    ]);
    expect(boards(board, unnamed)).toEqual([
      `breaking dashboard-uid-changed dashboard T: u → none | Nothing here links to the old uid; ${OLD}`,
    ]);
  });

  it('gets another title, or moves to another file', () => {
    expect(boards(board, { ...board, title: 'S' })).toEqual([
      'harmless dashboard-title-changed dashboard u: T → S | The title changes; links keep working.',
    ]);
    expect(compared([boardFile(board)], [boardFile(board, 'e.json')])).toEqual([]);
    expect(compared([boardFile(board)], [boardFile({ ...board, title: 'S' }, 'e.json')])).toEqual([
      expect.stringContaining('harmless dashboard-title-changed'),
    ]);
    expect(compared([boardFile(unnamed)], [boardFile(unnamed, 'e.json')])).toEqual([]);
    // Of two with one title and no uid, each has its file.
    const tagged = (tag: string) => ({ ...unnamed, tags: [tag] });
    const [one, two] = [tagged('a'), tagged('b')];
    expect(
      compared(
        [boardFile(one, 'a.json'), boardFile(two, 'b.json')],
        [boardFile(two, 'b.json'), boardFile(one, 'a.json')],
      ),
    ).toEqual([]);
    // Neither uid nor title: the file is all there is.
    expect(boards({ panels: [] }, { panels: [], uid: 'u', title: 'T' })).toEqual([
      expect.stringContaining('notable dashboard-uid-changed dashboard u: none → u'),
      'harmless dashboard-title-changed dashboard u:  → T | The title changes; links keep working.',
    ]);
  });

  it('has other fields, or its panels in another order', () => {
    const also = (more: Board, after: Board) => boards({ ...board, ...more }, { ...board, ...after });
    expect(also({ refresh: '1m' }, { refresh: '5m', tags: ['a'] })).toEqual([
      `notable also-differs dashboard u: - → refresh 1m → 5m; tags none → ["a"] | ${UNKNOWN}`,
    ]);
    for (const field of ['version', 'iteration', 'id', 'revision', 'description']) {
      expect(also({ [field]: 1 }, { [field]: 2 })).toEqual([
        `harmless also-differs dashboard u: - → ${field} 1 → 2 | ${LAYOUT}`,
      ]);
    }
    expect(also({ version: 1, refresh: '1m' }, { version: 2, refresh: '2m' })[0]).toContain('notable');
    expect(also({ versions: 1 }, { versions: 2 })[0]).toContain('notable');
    const ordered = (...ids: number[]) => ({ uid: 'u', panels: ids.map((id) => ({ id, title: `P${id}` })) });
    expect(boards(ordered(1, 2), ordered(2, 1))).toEqual([
      `notable also-differs dashboard u: - → panels (order) 1, 2 → 2, 1 | ${UNKNOWN}`,
    ]);
    expect(boards(ordered(1, 2, 3), ordered(1, 3)).filter((one) => one.includes('order'))).toEqual([]);
  });

  it.each([
    ...['version', 'gridPos', 'gridPos.x', 'gridPos.static', 'metadata.generation', 'metadata.managedFields'],
    ...['metadata.managedFields[0].time', 'metadata.resourceVersion', 'metadata.creationTimestamp'],
  ])('may differ in %s without an effect', (path) => {
    const found = [{ path, before: 1, after: 2 }];
    expect(alsoDiffers({ file: 'f' }, 's', found).map(({ level }) => level)).toEqual(['harmless']);
  });

  it.each([
    ...['versions', 'apiversion', 'options.id', 'datasource.uid', 'gridPosition', 'options.description'],
    ...['metadata.name', 'metadata.generations', 'x.gridPos.x'],
  ])('may differ in %s, whose effect is not known', (path) => {
    const found = [{ path, before: 1, after: 2 }];
    expect(alsoDiffers({ file: 'f' }, 's', found).map(({ level }) => level)).toEqual(['notable']);
  });

  it('has rows', () => {
    const row = (title: string, ...panels: object[]) => ({ id: 9, type: 'row', title, panels });
    const panels = (...all: object[]) => ({ uid: 'u', panels: all });
    expect(boards(panels(row('A')), panels(row('B')))).toEqual([
      `notable also-differs dashboard u: - → panels[9].title A → B | ${UNKNOWN}`,
    ]);
    expect(boards(panels(row('A', { id: 1, title: 'P' })), panels(row('A', { id: 1, title: 'Q' })))).toEqual([
      'harmless panel-title-changed panel u/1: P → Q | The text changes.',
    ]);
  });
});

describe('a link', () => {
  const board = (id: number) => ({ uid: 'u', title: 'T', panels: [{ id, title: 'P', type: 'stat' }] });
  const broken = (...also: SideFile[]) => boards(board(1), board(2), also)[0];

  it.each([
    '/d/u?viewPanel=1',
    '/d/u/slug?viewPanel=panel-1',
    '/d/u?from=now&panelId=1&x=y',
    'https://g.example.org/d-solo/u/x?orgId=1&panelId=1',
    '/d/u?var-a={{ $labels.a }}&viewPanel=1',
  ])('leads to a panel: %s', (url) => {
    expect(broken(linking(url))).toBe(
      'breaking panel-id-changed panel u/2: id 1 → id 2 | o.yaml (alert L0) links to the old id and opens nothing.',
    );
  });

  it.each([
    '/d/u',
    '/d/u?viewPanel=2',
    '/d/u?viewPanel=11',
    '/d/v?viewPanel=1',
    '/e/u?viewPanel=1',
    '/d/u x?viewPanel=1',
    '/d/u?myviewPanel=1',
  ])('leads elsewhere: %s', (url) => {
    expect(broken(linking(url))).toBe(
      'notable panel-id-changed panel u/2: id 1 → id 2 | Bookmarks and shared links to “P” open nothing.',
    );
  });

  it('may stand in annotations for Grafana, in dashboards and in other files', () => {
    const rule = (annotations: string): SideFile => ({
      path: 'o.yaml',
      text: `groups: [{name: o, rules: [{alert: A, expr: up, annotations: {${annotations}}}]}]`,
    });
    const OLD = 'links to the old id and opens nothing.';
    expect(broken(rule('__dashboardUid__: u, __panelId__: "1"'))).toContain(`o.yaml (alert A) ${OLD}`);
    expect(broken(rule('__dashboardUid__: u'))).toContain('Bookmarks');
    expect(broken(rule('__panelId__: "1"'))).toContain('Bookmarks');
    expect(broken({ path: 'p.md', text: 'See (/d/u?viewPanel=1).' })).toContain(`| p.md ${OLD}`);
    const other = boardFile({ uid: 'o', panels: [], links: [{ url: '/d/u?viewPanel=1' }] }, 'o.json');
    expect(broken(other)).toContain(`| o.json (dashboard o) ${OLD}`);
    const both = (id: number) => [boardFile(board(id)), other, rule('a: /d/u?viewPanel=1')];
    const [first] = compared(both(1), both(2));
    expect(first).toContain('| alert A and dashboard o link to the old id and open nothing.');
    // Those of a dashboard to itself go along with it.
    const own = (id: number) => ({ ...board(id), links: [{ url: '/d/u?viewPanel=1' }] });
    expect(boards(own(1), own(2))[0]).toContain('Bookmarks');
  });

  it('may open another panel instead', () => {
    const two = (first: number, second: number) => ({
      ...{
        uid: 'u',
        panels: [
          { id: first, title: 'P' },
          { id: second, title: 'Q' },
        ],
      },
    });
    expect(boards(two(1, 2), two(2, 1), [linking('/d/u?viewPanel=1')])).toEqual([
      'breaking panel-id-changed panel u/2: id 1 → id 2 | o.yaml (alert L0) links to the old id and opens another panel.',
      'notable also-differs dashboard u: - → panels (order) 1, 2 → 2, 1 | Also differs, not compared: the effect of these fields is unknown.',
      'notable panel-id-changed panel u/1: id 2 → id 1 | Bookmarks and shared links to “Q” open another panel.',
    ]);
    const numbered = { uid: 'u', panels: [{ title: 'P' }] };
    expect(boards(numbered, { uid: 'u', panels: [{ id: 1, title: 'P' }] })).toEqual([
      'harmless panel-id-changed panel u/1: id none → id 1 | Bookmarks and shared links to “P” open nothing.',
    ]);
    expect(boards({ uid: 'u', panels: [{ id: 1, title: 'P' }] }, numbered)).toEqual([
      'notable panel-id-changed panel u/"P": id 1 → id none | Bookmarks and shared links to “P” open nothing.',
    ]);
  });
});

describe('a panel', () => {
  const panel = (more: object = {}) => ({ uid: 'u', panels: [{ id: 1, title: 'P', type: 'stat', ...more }] });
  const changed = (before: object, after: object, also: readonly SideFile[] = []) =>
    boards(panel(before), panel(after), also);
  const targets = (...exprs: string[]) => ({ targets: exprs.map((expr, i) => ({ refId: 'ABC'[i], expr })) });

  it('comes or goes', () => {
    const with2 = { uid: 'u', panels: [...panel().panels, { id: 2, title: 'Q', type: 'table' }] };
    expect(boards(panel(), with2)).toEqual(['harmless panel-added panel u/2: - → Q | A new panel.']);
    expect(boards(with2, panel())).toEqual([
      'notable panel-removed panel u/2: Q → - | This panel is no longer shown; nothing here links to it.',
    ]);
    expect(boards(with2, panel(), [linking('/d/u?viewPanel=2')])).toEqual([
      'breaking panel-removed panel u/2: Q → - | o.yaml (alert L0) still links to this panel; these links are broken.',
    ]);
    expect(boards(with2, panel(), [linking('/d/u?viewPanel=2', '/d/u?viewPanel=2')])[0]).toContain(
      'o.yaml (alert L0) and o.yaml (alert L1) still link to this panel',
    );
    // Another panel has its number.
    const twice = { uid: 'u', panels: [...panel().panels, { id: 1, title: 'Q', type: 'table' }] };
    expect(boards(twice, panel(), [linking('/d/u?viewPanel=1')])).toContain(
      'notable panel-removed panel u/1: Q → - | This panel is no longer shown; nothing here links to it.',
    );
    // A link to the dashboard is no link to a panel without a number.
    const numberless = { uid: 'u', panels: [...panel().panels, { title: 'Q', type: 'table' }] };
    expect(boards(numberless, panel(), [linking('/d/u')])).toEqual([
      'notable panel-removed panel u/"Q": Q → - | This panel is no longer shown; nothing here links to it.',
    ]);
    const unnamed = { panels: [{ id: 3, title: 'X' }] };
    expect(boards({ title: 'T', ...unnamed }, { title: 'T', panels: [] })[0]).toContain('panel T/3');
  });

  it.each([
    [{ title: 'P' }, { title: 'Q' }, 'harmless panel-title-changed panel u/1: P → Q | The text changes.'],
    [
      { type: 'stat' },
      { type: 'table' },
      'notable panel-type-changed panel u/1: stat → table | “P” uses another visualization.',
    ],
    [
      { format: 's' },
      { format: 'ms' },
      'notable panel-unit-changed panel u/1: s → ms | The numbers of “P” have another unit.',
    ],
    [
      { fieldConfig: { defaults: {} } },
      { fieldConfig: { defaults: { unit: 's' } } },
      'notable panel-unit-changed panel u/1: no unit → s | The numbers of “P” have another unit.',
    ],
    [
      { format: 's' },
      {},
      'notable panel-unit-changed panel u/1: s → no unit | The numbers of “P” have another unit.',
    ],
    [
      { datasource: { uid: 'a' } },
      { datasource: { uid: 'b' } },
      'notable panel-datasource-changed panel u/1: a → b | “P” uses another data source.',
    ],
    [
      {},
      { datasource: 'b' },
      'notable panel-datasource-changed panel u/1: default → b | “P” uses another data source.',
    ],
    [
      { datasource: 'b' },
      {},
      'notable panel-datasource-changed panel u/1: b → default | “P” uses another data source.',
    ],
    [{ x: 1 }, { x: 2 }, `notable also-differs panel u/1: - → x 1 → 2 | ${UNKNOWN}`],
    [
      { gridPos: { x: 1 } },
      { gridPos: { x: 2 } },
      `harmless also-differs panel u/1: - → gridPos.x 1 → 2 | ${LAYOUT}`,
    ],
    [{ description: 'a' }, {}, `harmless also-differs panel u/1: - → description a → none | ${LAYOUT}`],
  ])('%j → %j', (before, after, ...expected) => {
    expect(changed(before, after)).toEqual(expected);
  });

  it('changes color at other values', () => {
    const steps = (...values: (number | null)[]) => ({
      fieldConfig: { defaults: { thresholds: { steps: values.map((value) => ({ value })) } } },
    });
    const CHANGED = 'notable panel-thresholds-changed panel u/1';
    expect(changed(steps(null, 1, 2), steps(null, 1, 3))).toEqual([
      `${CHANGED}: 1, 2 → 1, 3 | “P” changes color at other values.`,
    ]);
    expect(changed(steps(null), steps(null, 1))).toEqual([
      expect.stringContaining(`${CHANGED}: none → 1`),
      expect.stringContaining('also-differs'),
    ]);
    const [only, more] = changed(steps(null, 1), steps(null));
    expect(only).toContain(`${CHANGED}: 1 → none`);
    expect(more).toContain('thresholds.steps[1]');
  });

  it('asks other questions', () => {
    const SHOWS = '“P” shows different data';
    expect(changed(targets('x > 1'), targets('x > 2'))).toEqual([
      `notable query-changed panel u/1: threshold 1 → 2 | ${SHOWS}.`,
    ]);
    expect(changed(targets('x'), targets('y'))).toEqual([
      `notable query-changed panel u/1: x → y | ${SHOWS} (reads y instead of x).`,
    ]);
    expect(changed(targets('x{a="1"} > 1'), targets('x{a="2"} > 2'))).toEqual([
      `notable query-changed panel u/1: x{a="1"} > 1 → x{a="2"} > 2 | ${SHOWS} (x: a="1" → a="2"; threshold 1 → 2).`,
    ]);
    expect(changed(targets('a + b + c + d + e'), targets('f + g + h + i + j'))).toEqual([
      `notable query-changed panel u/1: a + b + c + d + e → f + g + h + i + j | ${SHOWS}.`,
    ]);
    expect(changed(targets('x  > 1'), targets('x > 1'))).toEqual([]);
    expect(changed(targets('x'), targets('x', 'y'))).toEqual([
      'harmless query-added panel u/1: - → y | “P” now shows this too.',
    ]);
    expect(changed(targets('x', 'y'), targets('x'))).toEqual([
      'notable query-removed panel u/1: y → - | “P” no longer shows this.',
    ]);
    expect(changed(targets('x', 'y'), targets('y'))[0]).toBe(
      'notable query-removed panel u/1: x → - | “P” no longer shows this.',
    );
    // The letters say which belong together; of what is left over, the first ones do.
    const lettered = (...all: [refId: string, expr: string][]) => ({
      targets: all.map(([refId, expr]) => ({ refId, expr })),
    });
    expect(changed(lettered(['A', 'x'], ['B', 'y']), lettered(['B', 'z'], ['A', 'w'])).slice(0, 2)).toEqual([
      `notable query-changed panel u/1: x → w | ${SHOWS} (reads w instead of x).`,
      `notable query-changed panel u/1: y → z | ${SHOWS} (reads z instead of y).`,
    ]);
    expect(changed(lettered(['A', 'x']), lettered(['B', 'y']))[0]).toBe(
      `notable query-changed panel u/1: x → y | ${SHOWS} (reads y instead of x).`,
    );
    expect(
      changed({ targets: [{ refId: 'A', expr: 'x', hide: true }] }, { targets: [{ refId: 'A', expr: 'x' }] }),
    ).toEqual([`notable also-differs panel u/1: - → targets[A].hide true → none | ${UNKNOWN}`]);
    expect(
      changed({ targets: [{ refId: 'A', expr: 'x' }] }, { targets: [{ refId: 'B', expr: 'x' }] }),
    ).toEqual([expect.stringContaining('notable also-differs panel u/1')]);
  });

  it('differs in what the findings about another one do not explain', () => {
    const two = (expr: string, query: string) => ({
      uid: 'u',
      panels: [
        { id: 1, title: 'P', type: 'stat', ...targets(expr) },
        { id: 2, title: `Q${query}`, type: 'stat', options: { query } },
      ],
    });
    expect(boards(two('x', 'a'), two('y', 'b'))).toEqual([
      expect.stringContaining('notable query-changed panel u/1'),
      `notable also-differs panel u/2: - → options.query a → b | ${UNKNOWN}`,
      expect.stringContaining('harmless panel-title-changed panel u/2'),
    ]);
  });

  it('is known by its number, its title and what it asks', () => {
    const many = (...panels: object[]) => ({ uid: 'u', panels });
    const one = (id: number | undefined, title: string, expr: string, type = 'stat') => ({
      ...(id === undefined ? {} : { id }),
      ...{ title, type, ...targets(expr) },
    });
    const kinds = (before: object[], after: object[]) =>
      boards(many(...before), many(...after)).map((line) => line.split(' |')[0]);
    expect(kinds([one(1, 'P', 'x'), one(1, 'P', 'y')], [one(1, 'P', 'y'), one(1, 'P', 'z')])).toEqual([
      'notable query-changed panel u/1: x → z',
    ]);
    expect(kinds([one(1, 'P', 'x'), one(2, 'Q', 'y')], [one(1, 'Q', 'x'), one(2, 'P', 'y')])).toEqual([
      'harmless panel-title-changed panel u/1: P → Q',
      'harmless panel-title-changed panel u/2: Q → P',
    ]);
    expect(kinds([one(1, 'P', 'x')], [one(2, 'P', 'y', 'table')])).toEqual([
      'notable panel-removed panel u/1: P → -',
      'harmless panel-added panel u/2: - → P',
    ]);
    expect(kinds([one(1, 'P', 'x')], [one(2, 'P', 'y')])).toEqual([
      'notable panel-id-changed panel u/2: id 1 → id 2',
      'notable query-changed panel u/2: x → y',
    ]);
    expect(kinds([one(1, '', 'x')], [one(2, '', 'y')])).toEqual([
      'notable panel-removed panel u/1:  → -',
      'harmless panel-added panel u/2: - → ',
    ]);
    expect(kinds([one(1, 'P', 'x')], [one(1, 'Q', 'y', 'table')])).toEqual([
      'notable query-changed panel u/1: x → y',
      'notable panel-type-changed panel u/1: stat → table',
      'harmless panel-title-changed panel u/1: P → Q',
    ]);
    expect(kinds([one(1, 'P', 'x > 1'), one(1, 'P', 'y')], [one(1, 'P', 'z'), one(1, 'P', 'x>1')])).toEqual([
      'notable query-changed panel u/1: y → z',
    ]);
    expect(kinds([one(1, 'P', 'x'), one(2, 'P', 'y')], [one(3, 'P', 'y'), one(4, 'P', 'x')])).toEqual([
      'notable panel-id-changed panel u/3: id 2 → id 3',
      'notable panel-id-changed panel u/4: id 1 → id 4',
    ]);
    expect(kinds([one(undefined, 'P', 'x')], [one(undefined, 'Q', 'y', 'table')])).toEqual([
      'notable panel-removed panel u/"P": P → -',
      'harmless panel-added panel u/"Q": - → Q',
    ]);
    expect(kinds([one(undefined, '', 'x')], [one(undefined, '', 'y')])).toEqual([
      expect.stringContaining('query-changed panel u/""'),
    ]);
  });
});

describe('a variable', () => {
  const variable = (name: string, query: unknown, more: object = {}) => ({
    name,
    type: 'query',
    query,
    ...more,
  });
  const list = (...all: object[]) => ({ uid: 'u', panels: [], templating: { list: all } });
  const changed = (before: object[], after: object[], also: readonly SideFile[] = []) =>
    boards(list(...before), list(...after), also);

  it('comes, goes or has other values', () => {
    const [a, b] = [variable('a', 'label_values(x, a)'), variable('b', 'label_values(x, b)')];
    const relay = variable('relay', 'label_values(x, relay)');
    expect(changed([relay], [], [linking('/d/u?var-relay=1')])[0]).toContain(
      'o.yaml (alert L0) sets var-relay in a link',
    );
    expect(changed([a], [a, b])).toEqual(['harmless variable-added dashboard u: - → $b | A new variable.']);
    expect(changed([a, b], [a])).toEqual([
      'notable variable-removed dashboard u: $b → - | Its value in bookmarks and shared links no longer selects anything.',
    ]);
    expect(changed([a, b], [a], [linking('/d/u?var-b=1')])).toEqual([
      'breaking variable-removed dashboard u: $b → - | o.yaml (alert L0) sets var-b in a link, which no longer selects anything.',
    ]);
    expect(
      changed([a, b], [a], [linking('/d/u?var-c=1&var-b={{ $labels.b }}', '/d/u?var-b=1')])[0],
    ).toContain('o.yaml (alert L0) and o.yaml (alert L1) set var-b in a link');
    expect(changed([a, b], [a], [linking('/d/v?var-b=1', '/d/u?var-a=1')])[0]).toContain(
      'notable variable-removed',
    );
    expect(changed([a], [variable('a', 'label_values(y, a)')])).toEqual([
      'notable variable-changed dashboard u: $a: label_values(x, a) → $a: label_values(y, a) | The list of values changes.',
    ]);
    expect(changed([a], [variable('a', 'label_values(x,a)')])).toHaveLength(1);
    expect(changed([variable('a', { query: 'x' })], [variable('a', { query: 'y' })])).toEqual([
      'notable variable-changed dashboard u: $a: x → $a: y | The list of values changes.',
    ]);
    expect(changed([variable('a', 'x', { multi: true })], [variable('a', 'x')])).toEqual([
      `notable also-differs dashboard u: - → templating.list[a].multi true → none | ${UNKNOWN}`,
    ]);
  });
});

describe('a dashboard of version 2', () => {
  const panel = (id: number, title: string, more: object = {}, expr = 'x') => ({
    kind: 'Panel',
    spec: {
      ...{ id, title },
      data: {
        spec: {
          queries: [
            {
              spec: { refId: 'A', query: { group: 'prometheus', datasource: { name: 'p' }, spec: { expr } } },
            },
          ],
        },
      },
      vizConfig: { group: 'stat', spec: {} },
      ...more,
    },
  });
  const board = (elements: object, more: object = {}, name = 'n') => ({
    ...{ kind: 'Dashboard', metadata: { name }, spec: { title: 'T', elements, ...more } },
  });

  it('is compared in the same way', () => {
    const before = board({ a: panel(1, 'P') });
    expect(boards(before, board({ a: panel(1, 'Q') }))).toEqual([
      'harmless panel-title-changed panel n/1: P → Q | The text changes.',
    ]);
    expect(boards(before, board({ a: panel(2, 'P') }))).toEqual([
      'notable panel-id-changed panel n/2: id 1 → id 2 | Bookmarks and shared links to “P” open nothing.',
    ]);
    expect(boards(before, board({ a: panel(1, 'P', { vizConfig: { group: 'table', spec: {} } }) }))).toEqual([
      'notable panel-type-changed panel n/1: stat → table | “P” uses another visualization.',
    ]);
    expect(boards(before, board({ a: panel(1, 'P', {}, 'y') }))).toEqual([
      'notable query-changed panel n/1: x → y | “P” shows different data (reads y instead of x).',
    ]);
    expect(boards(before, board({ a: panel(1, 'P') }, {}, 'm'))[0]).toContain(
      'dashboard-uid-changed dashboard m: n → m',
    );
    expect(boards(before, board({ a: panel(1, 'P') }, {}, 'm'))).toHaveLength(1);
    expect(boards(before, board({ a: panel(1, 'P') }, { title: 'S' }))).toHaveLength(1);
    const two = [
      ['a', panel(1, 'P')],
      ['b', panel(2, 'Q')],
    ] as const;
    expect(boards(board(Object.fromEntries(two)), board(Object.fromEntries([...two].reverse())))).toEqual([]);
    const variables = (query: string) => ({
      variables: [{ spec: { name: 'v', query: { spec: { query } } } }],
    });
    expect(boards(board({}, variables('x')), board({}, variables('y')))).toEqual([
      expect.stringContaining('notable variable-changed dashboard n: $v: x → $v: y'),
    ]);
  });
});

describe('what is known by its fields only', () => {
  const provisioning = (more: string, path = 'p.yaml'): SideFile => ({
    path,
    text: `apiVersion: 1\n${more}`,
  });
  const grafana = (...rules: string[]): SideFile => ({
    path: 'g.yaml',
    text: `groups: [{name: g, rules: [${rules.map((uid) => `{uid: ${uid}, condition: C}`).join(', ')}]}]`,
  });
  const rule: SideFile = { path: 'r.yaml', text: 'groups: [{name: g, rules: [{alert: A, expr: up}]}]' };

  it('comes, goes or differs', () => {
    const [one, two] = [provisioning('policies: [{a: 1}]'), provisioning('policies: [{a: 2}]')];
    expect(compared([one], [two])).toEqual([
      `notable also-differs Grafana provisioning p.yaml: - → policies[0].a 1 → 2 | ${UNKNOWN}`,
    ]);
    expect(compared([rule, one], [rule])).toEqual([
      'notable object-removed Grafana provisioning p.yaml: Grafana provisioning p.yaml → - | It was removed; the effect is unknown.',
    ]);
    expect(compared([rule], [rule, one])).toEqual([
      'notable object-added Grafana provisioning p.yaml: - → Grafana provisioning p.yaml | It was added; the effect is unknown.',
    ]);
    // Two files that are compared with each other.
    expect(compared([one], [provisioning('policies: [{a: 2}]', 'q.yaml')])[0]).toContain(
      'also-differs Grafana provisioning q.yaml',
    );
    expect(compared([grafana('a', 'b')], [grafana('a')])).toEqual([
      'breaking object-removed Grafana alert b: Grafana alert b → - | It was removed; the effect is unknown.',
    ]);
    expect(compared([grafana('a', 'b', 'c')], [grafana('c', 'a', 'b')])).toEqual([
      'harmless rules-reordered Grafana rule group g: - → c, a, b | The order of evaluation changes; nothing else does.',
    ]);
    expect(compared([grafana('a', 'b')], [grafana('a', 'c', 'b')])).toEqual([
      expect.stringContaining('notable object-added Grafana alert c'),
    ]);
    expect(compared([grafana('a', 'b')], [grafana('a', 'c')])).toEqual([
      expect.stringContaining('breaking object-removed Grafana alert b'),
      expect.stringContaining('notable object-added Grafana alert c'),
    ]);
  });

  it('is known by its name, whatever its file', () => {
    const h = (...uids: string[]): SideFile => ({ ...grafana(...uids), path: 'h.yaml' });
    expect(compared([grafana('a')], [h('a')])).toEqual([]);
    expect(compared([grafana('a')], [h('b', 'a')])).toEqual([
      expect.stringContaining('notable object-added Grafana alert b'),
    ]);
  });

  it('has an order within its group', () => {
    const REORDERED = 'harmless rules-reordered Grafana rule group';
    expect(compared([grafana('a', 'b', 'c')], [grafana('a', 'c', 'b')])).toEqual([
      expect.stringContaining(`${REORDERED} g: - → a, c, b`),
    ]);
    const changed = grafana('a', 'b', 'c').text.replace('uid: c,', 'uid: c, x: 1,');
    expect(compared([grafana('a', 'b', 'c')], [{ path: 'g.yaml', text: changed }])).toEqual([
      expect.stringContaining('notable also-differs Grafana alert c'),
    ]);
    // Groups and files have none among each other.
    const groups = (...all: [name: string, ...uids: string[]][]): SideFile => ({
      path: 'g.yaml',
      text: `groups: [${all.map(([name, ...uids]) => `{name: ${name}, rules: [${uids.map((uid) => `{uid: ${uid}, condition: C}`).join(', ')}]}`).join(', ')}]`,
    });
    expect(compared([groups(['g', 'a'], ['h', 'b'])], [groups(['h', 'b'], ['g', 'a'])])).toEqual([]);
    const [one, two] = [grafana('a'), { ...grafana('b'), path: 'h.yaml' }];
    expect(compared([one, two], [two, one])).toEqual([]);
    // One that comes from another group has no place before.
    expect(compared([groups(['g', 'a'], ['h', 'b'])], [groups(['g'], ['h', 'b', 'a'])])).toEqual([
      expect.stringContaining('also-differs Grafana alert a: - → group g → h'),
    ]);
    const [first, second] = ['p.yaml', 'q.yaml'].map((path) => provisioning('policies: [{a: 1}]', path));
    expect(compared([first, second] as SideFile[], [second, first] as SideFile[])).toEqual([]);
  });

  it('is gone or new, and not said to differ as well', () => {
    const library = (uid: string): SideFile => ({
      path: 'l.json',
      text: JSON.stringify({ uid, name: 'L', model: { targets: [{ expr: 'x' }] } }),
    });
    expect(compared([library('a')], [library('b')])).toEqual([
      expect.stringContaining('notable object-removed library panel a'),
      expect.stringContaining('notable object-added library panel b'),
    ]);
  });

  it('is no alert rule of Grafana', () => {
    const policies = provisioning('policies: [{a: 1}]');
    expect(compared([policies, grafana('a')], [policies])).toEqual([
      expect.stringContaining('breaking object-removed Grafana alert a'),
    ]);
  });

  it('stands around rules, in a file that stays', () => {
    const mimir = (namespace: string, path = 'm.yaml'): SideFile => ({
      path,
      text: `${namespace}${rule.text}`,
    });
    const AROUND = 'notable also-differs Mimir rule file m.yaml: - → namespace';
    expect(compared([mimir('namespace: a\n')], [mimir('namespace: b\n')])).toEqual([
      `${AROUND} a → b | ${UNKNOWN}`,
    ]);
    expect(compared([mimir('namespace: a\n')], [mimir('')])).toEqual([`${AROUND} a → none | ${UNKNOWN}`]);
    expect(compared([mimir('')], [mimir('namespace: a\n')])).toEqual([`${AROUND} none → a | ${UNKNOWN}`]);
    expect(compared([mimir('namespace: a\n')], [mimir('', 'n.yaml')])).toEqual([
      `${AROUND} a → none | ${UNKNOWN}`,
    ]);
    const two = [mimir('', 'n.yaml'), { path: 'o.yaml', text: rule.text.replaceAll('A', 'B') }];
    expect(compared([mimir('namespace: a\n')], two)).toEqual([
      expect.stringContaining('alert-added alert B'),
    ]);
    // In a ConfigMap.
    const held = (text: string, path = 'c.yaml'): SideFile => ({
      path,
      text: `kind: ConfigMap\ndata: {r.yaml: ${JSON.stringify(text)}}`,
    });
    const [inNamespace, without] = ['namespace: a\n', ''].map((text) => held(`${text}${rule.text}`)) as [
      SideFile,
      SideFile,
    ];
    const IN_MAP = 'notable also-differs Mimir rule file c.yaml#r.yaml: - → namespace a → none';
    const other: SideFile = { path: 'z.yaml', text: rule.text.replaceAll('A', 'Z') };
    expect(compared([inNamespace, other], [without, other])).toContainEqual(expect.stringContaining(IN_MAP));
    expect(compared([inNamespace], [{ ...without, path: 'd.yaml' }])).toEqual([
      expect.stringContaining(IN_MAP),
    ]);
    // A manifest that goes with its file is told by its rules.
    const manifest: SideFile = {
      path: 'k.yaml',
      text: 'kind: PrometheusRule\nmetadata: {name: k}\nspec: {groups: [{name: g, rules: [{alert: A, expr: up}]}]}',
    };
    expect(compared([rule, manifest], [rule])).toEqual([
      'notable form-removed rules: PrometheusRule manifests → - | There are no PrometheusRule manifests any more: deployments that use them no longer get changes.',
    ]);
    expect(compared([rule], [rule, manifest])).toEqual([]);
    expect(compared([manifest], [rule])).toEqual([]);
    const named = (name: string, path = 'k.yaml'): SideFile => ({
      path,
      text: manifest.text.replace('name: k', `name: ${name}`),
    });
    expect(compared([manifest], [named('l')])).toEqual([
      `notable also-differs PrometheusRule l: - → metadata.name k → l | ${UNKNOWN}`,
    ]);
    expect(compared([manifest, named('m', 'm.yaml')], [named('n', 'm.yaml')])).toEqual([
      expect.stringContaining('breaking alert-removed alert A'),
      `notable also-differs PrometheusRule n: - → metadata.name m → n | ${UNKNOWN}`,
    ]);
  });

  it.each([
    ['kind: Secret\nstringData: {r.yaml: "groups: [{name: g, rules: [{alert: S, expr: up == 1}]}]"}'],
    ['kind: GrafanaDashboard\nspec: {json: \'{"uid": "u", "panels": []}\'}'],
    [
      'kind: List\nitems: [{kind: PrometheusRule, spec: {groups: [{name: g, rules: [{alert: S, expr: up == 1}]}]}}]',
    ],
  ])('stands around rules or dashboards, and goes with its file: %j', (text) => {
    const file: SideFile = { path: 'k.yaml', text };
    const kinds = (before: SideFile[], after: SideFile[]) =>
      compared(before, after).filter((one) => one.includes('object-'));
    expect([kinds([rule, file], [rule]), kinds([rule], [rule, file])]).toEqual([[], []]);
    expect(compared([rule, file], [rule]).length).toBeGreaterThan(0);
  });

  it('was not read', () => {
    const unread = (text: string, path = 'b.yaml'): SideFile => ({ path, text });
    const broken = 'groups: "';
    const CHANGED = 'was not compared: found broken YAML';
    expect(compared([rule, unread(broken)], [rule, unread(`${broken}x`)])).toEqual([
      expect.stringContaining(`notable not-read file b.yaml: - → - | It differs and ${CHANGED}`),
    ]);
    expect(compared([rule, unread(broken)], [rule])[0]).toContain(`It is gone and ${CHANGED}`);
    expect(compared([rule], [rule, unread(broken)])[0]).toContain(`It is new and ${CHANGED}`);
    expect(compared([rule, unread(broken)], [rule, unread(broken)])).toEqual([]);
    expect(compared([rule, unread(broken)], [rule, unread(broken, 'c.yaml')])).toEqual([]);
    expect(compared([rule, unread('kind: "')], [rule])).toEqual([]);
    const empty = (path: string, reason: string): SideFile => ({ path, text: '', unread: reason });
    expect(compared([rule, empty('a', 'x')], [rule, empty('b', 'y')])).toEqual([
      'notable not-read file a: - → - | It is gone and was not compared: x.',
      'notable not-read file b: - → - | It is new and was not compared: y.',
    ]);
    expect(compared([rule, empty('a', 'x')], [rule, empty('a', 'x')])).toEqual([]);
  });
});

describe('bundles in several forms', () => {
  const rules = (n: number) => `groups: [{name: g, rules: [{alert: A, expr: x > ${n}}]}]`;
  const plain = (n: number): SideFile => ({ path: 'r.yaml', text: rules(n) });
  const mimir = (n: number): SideFile => ({ path: 'm.yaml', text: `namespace: a\n${rules(n)}` });
  const manifest = (n: number): SideFile => ({
    path: 'k.yaml',
    text: `kind: PrometheusRule\nspec: {${rules(n)}}`,
  });
  const board = (title: string) => ({ uid: 'u', title, panels: [] });
  const classic = (title: string) => boardFile(board(title));
  const embedded = (title: string): SideFile => ({
    path: 'c.yaml',
    text: `kind: ConfigMap\ndata: {d.json: '${JSON.stringify(board(title))}'}`,
  });
  const v2 = (title: string) =>
    boardFile({ metadata: { name: 'u' }, spec: { title, elements: {} } }, 'v2.json');
  const CHANGED = expect.stringContaining('threshold-changed alert A');
  const FORM = (what: string, form: string) =>
    `notable form-removed ${what}: ${form} → - | There are no ${form} any more: deployments that use them no longer get changes.`;

  it('are compared form by form, each change once', () => {
    expect(compared([plain(1), manifest(1)], [plain(2), manifest(2)])).toEqual([CHANGED]);
    expect(compared([plain(1), manifest(1)], [plain(1), manifest(2)])).toEqual([CHANGED]);
    expect(compared([plain(1), manifest(1)], [plain(2), manifest(1)])).toEqual([CHANGED]);
    expect(compared([plain(1), mimir(1), manifest(1)], [plain(1), mimir(2), manifest(1)])).toEqual([CHANGED]);
    expect(compared([classic('T'), embedded('T')], [classic('T'), embedded('S')])).toEqual([
      expect.stringContaining('dashboard-title-changed'),
    ]);
  });

  it('are compared whatever their form where the sides have different ones', () => {
    expect(compared([plain(1)], [manifest(2)])).toEqual([CHANGED]);
    expect(compared([plain(1), manifest(1)], [manifest(2)])).toEqual([CHANGED, FORM('rules', 'rule files')]);
    expect(compared([plain(1), mimir(1)], [plain(1)])).toEqual([FORM('rules', 'rule files for Mimir')]);
    expect(compared([plain(1)], [plain(1), mimir(1)])).toEqual([]);
    expect(compared([classic('T'), embedded('T')], [classic('T')])).toEqual([
      FORM('dashboards', 'dashboards within manifests'),
    ]);
    expect(compared([classic('T'), v2('T')], [v2('T')])).toEqual([
      FORM('dashboards', 'dashboards in the classic form'),
    ]);
    expect(compared([classic('T'), v2('T')], [classic('T')])).toEqual([
      FORM('dashboards', 'dashboards of version 2'),
    ]);
    const untitled = (path: string) => boardFile({ title: 'T', panels: [] }, path);
    expect(compared([untitled('a.json'), embedded('S')], [untitled('a.json'), embedded('S')])).toEqual([]);
  });

  it('are compared form by form where one of them repeats less than before', () => {
    const named = (name: string) => (file: SideFile) => ({
      ...file,
      text: file.text.replace('alert: A, expr: x', `alert: ${name}, expr: ${name.toLowerCase()}y`),
    });
    const other = named('B')(manifest(1));
    expect(compared([plain(1), manifest(1)], [plain(1), other])).toEqual([
      expect.stringContaining('breaking alert-removed alert A'),
      expect.stringContaining('notable alert-added alert B'),
    ]);
    expect(compared([plain(1), other], [plain(1), manifest(1)])).toEqual([
      expect.stringContaining('breaking alert-removed alert B'),
      expect.stringContaining('notable alert-added alert A'),
    ]);
  });

  it('may hold different things, of which one goes into the other form', () => {
    const file = (form: (n: number) => SideFile, ...names: string[]): SideFile => ({
      ...form(1),
      text: form(1).text.replace(
        '{alert: A, expr: x > 1}',
        names.map((name) => `{alert: ${name}, expr: ${name.toLowerCase()}y}`).join(', '),
      ),
    });
    expect(
      compared([file(plain, 'A'), file(manifest, 'B')], [file(plain, 'A', 'B'), file(manifest, 'C')]).filter(
        (one) => one.includes('alert'),
      ),
    ).toEqual([expect.stringContaining('notable alert-added alert C')]);
    // What only the other form had is gone.
    const [u, w] = [board('T'), { ...board('T'), uid: 'w' }];
    const second = boardFile({ metadata: { name: 'w' }, spec: { title: 'T', elements: {} } }, 'w.json');
    expect(compared([boardFile(u), second], [boardFile(u)])).toEqual([
      expect.stringContaining('breaking dashboard-removed dashboard w'),
      FORM('dashboards', 'dashboards of version 2'),
    ]);
    expect(compared([boardFile(u), boardFile(w, 'w.json')], [boardFile(u)])).toHaveLength(1);
  });

  it('are shown with the file of the form that people write, and of one that is gone', () => {
    const places = (before: SideFile[], after: SideFile[]) =>
      compareSides(readSide(before), readSide(after)).map(({ kind, file }) => `${kind} ${file}`);
    expect(places([plain(1), manifest(1)], [plain(2), manifest(2), mimir(2)])).toEqual([
      'threshold-changed r.yaml',
    ]);
    expect(places([plain(1), mimir(1)], [plain(1)])).toEqual(['form-removed m.yaml']);
    // Nothing is left in any form.
    expect(places([plain(1), mimir(1)], [])).toEqual(['alert-removed r.yaml']);
  });

  it('hold alert rules of Grafana for its API and for provisioning', () => {
    const file = (path: string, field: string, ...uids: string[]): SideFile => ({
      path,
      text: `groups: [{name: g, rules: [${uids.map((uid) => `{uid: ${uid}, condition: C, ${field}: [1]}`).join(', ')}]}]`,
    });
    const [api, provisioned] = [file('a.yaml', 'datas', 'r'), file('p.yaml', 'data', 'r')];
    expect(compared([api, provisioned], [api])).toEqual([
      FORM('Grafana alerts', 'provisioning files with alert rules'),
    ]);
    expect(compared([api, provisioned], [provisioned])).toEqual([
      FORM('Grafana alerts', "alert rules for Grafana's API"),
    ]);
    expect(compared([api, provisioned], [api, provisioned])).toEqual([]);
    expect(compared([api, file('p.yaml', 'data', 's')], [api])).toEqual([
      expect.stringContaining('breaking object-removed Grafana alert s'),
      FORM('Grafana alerts', 'provisioning files with alert rules'),
    ]);
    const policies: SideFile = { path: 'o.yaml', text: 'apiVersion: 1\npolicies: [{a: 1}]' };
    expect(compared([api, policies], [policies])).toEqual([
      expect.stringContaining('breaking object-removed Grafana alert r'),
    ]);
    expect(compared([file('a.yaml', 'datas', 'r', 's'), provisioned], [api, provisioned])).toEqual([
      expect.stringContaining('breaking object-removed Grafana alert s'),
    ]);
  });
});

describe('differences', () => {
  const paths = (before: unknown, after: unknown) => differences(before, after).map(({ path }) => path);
  it('are found wherever two values differ', () => {
    expect(differences({ a: 1, b: { c: [1, 2] } }, { a: 1, b: { c: [1, 3, 4] }, d: null })).toEqual([
      { path: 'b.c[1]', before: 2, after: 3 },
      { path: 'b.c[2]', before: undefined, after: 4 },
      { path: 'd', before: undefined, after: null },
    ]);
    expect(differences(1, '1')).toEqual([{ path: '', before: 1, after: '1' }]);
    expect(differences(Number.NaN, Number.NaN)).toEqual([]);
    expect(differences([1], { 0: 1 })).toHaveLength(1);
    expect(differences({}, { toString: 1 })).toEqual([{ path: 'toString', before: undefined, after: 1 }]);
  });

  it('of lists follow what their objects are known by', () => {
    const list = (key: string, ...names: unknown[]) => names.map((name) => ({ [key]: name, x: 1 }));
    for (const key of ['refId', 'uid', 'id', 'name']) {
      expect(paths(list(key, 'a', 'b'), list(key, 'b')), key).toEqual(['[a]']);
    }
    expect(paths(list('id', 1, 2), list('id', 2, 3))).toEqual(['[1]', '[3]']);
    expect(paths(list('key', 'a', 'b'), list('key', 'b'))).toEqual(['[0].key', '[1]']);
    expect(paths(list('id', 'a', 'a'), list('id', 'a'))).toEqual(['[1]']);
    expect(paths(list('id', 'a', null), list('id', 'a', 'b'))).toEqual(['[1].id']);
    expect(paths([...list('id', 'a'), 5], list('id', 'a'))).toEqual(['[1]']);
    expect(differences(list('id', 'a', 'b', 'c'), list('id', 'c', 'a', 'd'), 'p')).toEqual([
      { path: 'p[b]', before: { id: 'b', x: 1 }, after: undefined },
      { path: 'p[d]', before: undefined, after: { id: 'd', x: 1 } },
      { path: 'p (order)', before: 'a, c', after: 'c, a' },
    ]);
    expect(paths(list('id', 'a', 'b'), list('id', 'c', 'a', 'b'))).toEqual(['[c]']);
  });

  it('are described, the first six of them', () => {
    const described = (before: unknown, after: unknown) => describeDifferences(differences(before, after));
    expect(described({ a: 1, b: 'x' }, { a: { c: 1 }, d: [1] })).toBe(
      'a 1 → {"c":1}; b x → none; d none → [1]',
    );
    expect(described('a', 'b')).toBe('a → b');
    expect(described(Object.fromEntries([...'abcdefgh'].map((key) => [key, 1])), {})).toBe(
      'a 1 → none; b 1 → none; c 1 → none; d 1 → none; e 1 → none; f 1 → none; and 2 more',
    );
    expect(described({ a: 'x'.repeat(61) }, {})).toBe(`a ${'x'.repeat(59)}… → none`);
    const six = Object.fromEntries([...'abcdef'].map((key) => [key, 1]));
    expect(described(six, {})).not.toContain('more');
  });

  it.each([
    ...[
      'password',
      'passwd',
      'my_passphrase',
      'secret',
      'auth_token',
      'credentials',
      'api_key',
      'routingkey',
    ],
    ...[
      'service_key',
      'private_key',
      'user_key',
      'integration_key',
      'Authorization',
      'api_url',
      'webhook_url',
    ],
    ...['webhookUrl', 'url', 'basicAuthUser', 'bearer'],
  ])('do not show a %s', (key) => {
    const described = (before: unknown, after: unknown) => describeDifferences(differences(before, after));
    expect(described({ [key]: 'one' }, { [key]: 'two' })).toBe(`${key} *** → ***`);
    expect(described({ a: [{ [key]: ['one'] }] }, {})).toBe(`a [{"${key}":["***"]}] → none`);
    expect(described({ [key]: { x: 'one' } }, { [key]: { x: 'two' } })).toBe(`${key}.x *** → ***`);
    expect(described({ [key]: null }, {})).toBe(`${key} null → none`);
  });

  it.each(['my_url', 'urls', 'keys', 'name', 'key'])('show a %s', (key) => {
    expect(describeDifferences(differences({ [key]: 'one' }, { [key]: 'two' }))).toBe(`${key} one → two`);
  });
});
