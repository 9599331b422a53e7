import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Bundle } from '../../src/bundle/bundle.js';
import type { Chromium } from '../../src/preview/chromium.js';
import { DrawingError } from '../../src/preview/draw.js';
import {
  type Base,
  type PreviewOptions,
  type PreviewTools,
  previewAll,
  previewChanges,
} from '../../src/preview/preview.js';
import { situations } from '../../src/preview/situations.js';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import { World } from '../../src/simulator/world.js';
import type { DashboardJson } from '../../src/view/dashboard-json.js';

const BUNDLE = {
  config: { scrapeInterval: '15s', datasource: { uid: 'p' } },
  ...{ recordingGroups: [], alertGroups: [] },
} as unknown as Bundle;
const NOW = Date.UTC(2026, 2, 2, 14, 50);

const panel = (id: number, expr = 'up', title = `P${id}`) => ({
  ...{ id, title, type: 'stat', gridPos: { x: 0, y: 0, w: 6, h: 4 } },
  targets: [{ refId: 'A', expr, instant: true }],
});
const board = (uid: string, ...panels: ReturnType<typeof panel>[]): DashboardJson => ({
  ...{ uid, title: uid.toUpperCase(), time: { from: 'now-1h', to: 'now' }, panels },
});

let folder: TemporaryFolder;
beforeAll(() => {
  folder = temporaryFolder('preview');
});
afterAll(() => folder.remove());

let log: string[];
let files: string[];
let problems: string[];
let runs = 0;
let output: string;
beforeEach(() => {
  [log, files, problems] = [[], [], []];
  runs += 1;
  output = join(folder.path, String(runs), 'deep');
});

interface Play {
  /** What a query gives under the groups with this name. */
  readonly valueUnder?: (group: string | undefined, expr: string) => number;
  /** Fails for a picture of this note of a dashboard. */
  readonly failure?: (note: string, uid: string) => Error | undefined;
}

function toolsOf({ valueUnder = () => 1, failure = () => undefined }: Play = {}): PreviewTools {
  return {
    async prometheusWith(bundle, scenario, endMs, groups) {
      const name = groups?.[0]?.name;
      log.push(`prometheus ${scenario.name} ${endMs} ${name ?? 'own'} ${bundle === BUNDLE}`);
      const client = {
        query: async (expr: string) => [{ labels: {}, time: endMs / 1000, value: valueUnder(name, expr) }],
        queryRange: async () => [],
      };
      const stop = async () => void log.push(`stop ${name ?? 'own'}`);
      return { client, url: `http://${name ?? 'own'}`, stop } as unknown as Awaited<
        ReturnType<PreviewTools['prometheusWith']>
      >;
    },
    async startDrawing(dashboards, { prometheusUrl, nowMs, scrapeIntervalMs, page }) {
      log.push(
        `drawing ${dashboards.map(({ uid }) => uid)} ${prometheusUrl} ${nowMs} ${scrapeIntervalMs} ${page}`,
      );
      return {
        async draw({ uid }, { width, theme, note, values, openRows }) {
          log.push(`draw ${uid} ${width} ${theme} ${note} ${values.get('relay')?.slice(0, 6)} ${openRows}`);
          const error = failure(note, uid);
          if (error !== undefined) throw error;
          return {
            whole: async () => Buffer.from(`${uid} whole`),
            panel: async (id) => (id === 9 ? undefined : Buffer.from(`${uid} ${id} ${note}`)),
            close: async () => void log.push(`close ${uid}`),
          };
        },
        stop: async () => void log.push(`stop drawing ${prometheusUrl}`),
      };
    },
  };
}

const optionsWith = (more: Partial<PreviewOptions> = {}, play: Play = {}): PreviewOptions => ({
  ...{
    bundle: BUNDLE,
    dashboards: [board('d', panel(1))],
    situations: ['quiet'],
    themes: ['light'],
    width: 1280,
  },
  ...{ output, chromium: {} as Chromium, page: 'page', tools: toolsOf(play) },
  onFile: (file) => files.push(file.slice(output.length + 1)),
  onProblem: (problem) => problems.push(problem),
  ...more,
});
const read = (name: string) => readFileSync(join(output, name), 'utf8');
const key = (situation: 0 | 1) => {
  const { scenario, relay } = situations[situation] as (typeof situations)[0];
  return new World(scenario, 0).relays[relay]?.key.slice(0, 6);
};

describe('a preview of everything', () => {
  it('pictures each dashboard in each situation and theme, and lists what it shows', async () => {
    const dashboards = [board('d', panel(1)), board('e', panel(2))];
    await previewAll(
      optionsWith({ dashboards, situations: ['quiet', 'incident', 'other'], themes: ['light', 'dark'] }),
    );
    const pictures = ['quiet', 'incident'].flatMap((situation) =>
      ['d', 'e'].flatMap((uid) => [`${uid}-${situation}.png`, `${uid}-${situation}-dark.png`]),
    );
    expect(files).toEqual([...pictures, 'index.html']);
    expect(readdirSync(output).sort()).toEqual([...files].sort());
    expect(read('e-incident-dark.png')).toBe('e whole');
    const index = read('index.html')
      .split('\n')
      .filter((line) => /^<h[2-4]|<img/.test(line));
    expect(index.slice(0, 8)).toEqual([
      '<h2 id="d">D</h2>',
      '<h3>quiet</h3>',
      '<p><img src="d-quiet.png" alt="D, quiet"></p>',
      '<p><img src="d-quiet-dark.png" alt="D, quiet"></p>',
      '<h3>incident</h3>',
      '<p><img src="d-incident.png" alt="D, incident"></p>',
      '<p><img src="d-incident-dark.png" alt="D, incident"></p>',
      '<h4>P1 (panel 1, stat)</h4>',
    ]);
    const note = (situation: string, key6: string | undefined) =>
      `preview, ${situation}; not a screenshot of Grafana ${key6} undefined`;
    expect(log.slice(0, 6)).toEqual([
      `prometheus preview: a quiet afternoon ${NOW} own true`,
      `drawing d,e http://own ${NOW} 15000 page`,
      `draw d 1280 light ${note('quiet', key(0))}`,
      'close d',
      `draw d 1280 dark ${note('quiet', key(0))}`,
      'close d',
    ]);
    expect(log).toContain(`draw e 1280 dark ${note('incident', key(1))}`);
    expect(log.slice(-3)).toEqual(['close e', 'stop drawing http://own', 'stop own']);
    expect(key(0)).not.toBe(key(1));
  });

  it('names pictures by their width where it is another', async () => {
    await previewAll(optionsWith({ width: 900, themes: ['dark', 'light'] }));
    expect(files).toEqual(['d-quiet-900-dark.png', 'd-quiet-900.png', 'index.html']);
  });

  it('goes on where a dashboard cannot be drawn or asked, and ends with other errors', async () => {
    const dashboards = [board('d', panel(1)), board('e', panel(2, 'bad'))];
    const valueUnder = (_: unknown, expr: string) => {
      if (expr === 'bad') throw new Error('no such query');
      return 1;
    };
    const failure = (note: string, uid: string) =>
      uid === 'd' && note.includes('quiet') ? new DrawingError('d: it failed') : undefined;
    await previewAll(optionsWith({ dashboards, situations: ['quiet', 'incident'] }, { valueUnder, failure }));
    expect(files).toEqual(['d-incident.png', 'index.html']);
    const ASKED = expect.stringMatching(/^e, panel 2 \(P2\): .*no such query/);
    expect(problems).toEqual(['d: it failed', ASKED, ASKED]);
    expect(read('index.html')).toContain('<h3>quiet</h3>');
    log = [];
    const other = previewAll(optionsWith({}, { failure: () => new Error('disk full') }));
    await expect(other).rejects.toThrow(new Error('disk full'));
    expect(log.slice(-2)).toEqual(['stop drawing http://own', 'stop own']);
  });

  it('asks about the relay of the situation, for as long as its scrapes need', async () => {
    const asked: string[] = [];
    const { scenario, relay } = situations[0] as (typeof situations)[0];
    const full = new World(scenario, 0).relays[relay]?.key;
    const list = [{ name: 'relay', type: 'custom', query: `other,${full}`, current: { value: 'other' } }];
    const one = board('d', panel(1, 'rate(x{relay="$relay"}[$__rate_interval])'));
    const valueUnder = (_: unknown, expr: string) => {
      asked.push(expr);
      return 1;
    };
    await previewAll(optionsWith({ dashboards: [{ ...one, templating: { list } }] }, { valueUnder }));
    expect(asked).toEqual([`rate(x{relay="${full}"}[1m])`]);
  });

  it('reports a variable that is unknown', async () => {
    const list = [{ name: 'v', type: 'strange' }];
    await previewAll(optionsWith({ dashboards: [{ ...board('d', panel(1)), templating: { list } }] }));
    expect(problems).toHaveLength(1);
    expect(files).toEqual(['index.html']);
  });
});

describe('a preview of what changed', () => {
  const base = (dashboards: readonly DashboardJson[], groups?: Base['groups']): Base => ({
    label: 'main',
    dashboards,
    groups,
  });
  const before = board('d', panel(1), panel(2));
  const after = board('d', panel(1), panel(2, 'down'));

  it('pictures changed panels on both sides, on one Prometheus where the rules are the same', async () => {
    const panels = await previewChanges(
      base([before]),
      optionsWith({ dashboards: [after], themes: ['dark', 'light'] }),
    );
    expect(panels).toEqual([
      {
        ...{ id: 2, title: 'P2', change: 'definition', uid: 'd', dashboard: 'D', situation: 'quiet' },
        ...{ before: 'd-panel-2-quiet-before.png', after: 'd-panel-2-quiet-after.png' },
      },
    ]);
    expect(files).toEqual([
      'd-panel-2-quiet-before.png',
      'd-panel-2-quiet-after.png',
      'changes.html',
      'changes.md',
    ]);
    expect(read('d-panel-2-quiet-before.png')).toBe('d 2 before');
    expect(read('changes.md')).toBe(
      'Panels that look different, compared with `main`:\n\n- D: **P2** (panel 2): definition changed\n',
    );
    expect(read('changes.html')).toContain('compared with main');
    const sides = ['before', 'after'].flatMap((side) => [
      `draw d 1280 dark ${side} ${key(0)} true`,
      'close d',
    ]);
    expect(log).toEqual([
      `prometheus preview: a quiet afternoon ${NOW} own true`,
      ...[1, 2].map(() => `drawing d http://own ${NOW} 15000 page`),
      ...sides,
      ...[1, 2].map(() => 'stop drawing http://own'),
      'stop own',
    ]);
  });

  it('asks two where the rules differ, and says where the same question has another answer', async () => {
    const groups = [{ name: 'old', rules: [{ record: 'a', expr: 'b' }] }];
    const valueUnder = (group: string | undefined) => (group === 'old' ? 1 : 2);
    const options = optionsWith(
      { dashboards: [before], situations: ['quiet', 'incident'], themes: [] },
      { valueUnder },
    );
    const panels = await previewChanges(base([before], groups), options);
    expect(panels.map(({ id, change, situation }) => `${id} ${change} ${situation}`)).toEqual([
      ...['1 result quiet', '2 result quiet', '1 result incident', '2 result incident'],
    ]);
    expect(log.filter((line) => line.startsWith('prometheus')).map((line) => line.split(' ').at(-2))).toEqual(
      [...['own', 'old', 'own', 'old']],
    );
    expect(log.filter((line) => line.startsWith('stop ')).slice(2, 4)).toEqual(['stop own', 'stop old']);
    expect(log).toContain(`draw d 1280 light before ${key(0)} true`);
    expect(log.filter((line) => line.startsWith('drawing')).map((line) => line.split(' ')[2])).toEqual([
      ...['http://old', 'http://own', 'http://old', 'http://own'],
    ]);
  });

  it('takes rules for the same whatever the order of their groups', async () => {
    const rules = (name: string, more = {}) => ({ name, rules: [], ...more });
    await previewChanges(base([before], []), optionsWith({ dashboards: [before] }));
    expect(log.filter((line) => line.startsWith('prometheus'))).toHaveLength(1);
    await previewChanges(
      base([before], [rules('b', { interval: '1m' })]),
      optionsWith({ dashboards: [before] }),
    );
    expect(log.filter((line) => line.startsWith('prometheus'))).toHaveLength(3);
  });

  it('compares the rules of groups, whatever else a group has', async () => {
    const rule = (record: string) => ({
      ...{ record, expr: 'up', definition: { help: 'Help.', rationale: 'Because.' } },
    });
    const group = (name: string, record: string) => ({ name, file: `${name}.yaml`, rules: [rule(record)] });
    const bundle = { ...BUNDLE, recordingGroups: [group('g', 'a:b'), group('h', 'c:d')] };
    const options = () => optionsWith({ bundle: bundle as unknown as Bundle, dashboards: [before] });
    const plain = (name: string, record: string, more = {}) => ({
      ...{ name, rules: [{ record, expr: 'up' }], ...more },
    });
    const started = async (...groups: readonly ReturnType<typeof plain>[]) => {
      log = [];
      await previewChanges(base([before], groups), options());
      return log.filter((line) => line.startsWith('prometheus')).length;
    };
    expect(await started(plain('g', 'a:b'), plain('h', 'c:d'))).toBe(1);
    expect(await started(plain('h', 'c:d', { interval: '1m' }), plain('g', 'a:b'))).toBe(1);
    expect(await started(plain('g', 'a:b'), plain('h', 'c:e'))).toBe(2);
    expect(await started(plain('g', 'a:b'), plain('i', 'c:d'))).toBe(2);
  });

  it('ends with the error of a Prometheus that does not start, and stops the other one', async () => {
    const tools = toolsOf();
    const prometheusWith: PreviewTools['prometheusWith'] = async (...args) => {
      if (args[3] !== undefined) throw new Error('it does not start');
      return tools.prometheusWith(...args);
    };
    const groups = [{ name: 'old', rules: [] }];
    const compared = previewChanges(
      base([before], groups),
      optionsWith({ dashboards: [before], tools: { ...tools, prometheusWith } }),
    );
    await expect(compared).rejects.toThrow(new Error('it does not start'));
    expect(log.at(-1)).toBe('stop own');
  });

  it('has dashboards of one side only, and panels that no page shows', async () => {
    const dashboards = [board('new', panel(1)), board('both', panel(9))];
    const panels = await previewChanges(
      base([board('gone', panel(1), panel(2)), board('both', panel(9, 'x'))]),
      optionsWith({ dashboards }),
    );
    expect(
      panels.map(({ dashboard, id, change, before: old, after: now }) => [dashboard, id, change, old, now]),
    ).toEqual([
      ['NEW', 1, 'added', undefined, 'new-panel-1-quiet-after.png'],
      ['BOTH', 9, 'definition', undefined, undefined],
      ['GONE', 1, 'removed', 'gone-panel-1-quiet-before.png', undefined],
      ['GONE', 2, 'removed', 'gone-panel-2-quiet-before.png', undefined],
    ]);
    expect(
      log.filter((line) => line.startsWith('draw ')).map((line) => line.split(' ').slice(0, 2).join(' ')),
    ).toEqual([...['draw new', 'draw both', 'draw both', 'draw gone']]);
  });

  it('goes on with what can be drawn', async () => {
    const failure = (note: string) => (note === 'before' ? new DrawingError('d: it failed') : undefined);
    const [changed] = await previewChanges(base([before]), optionsWith({ dashboards: [after] }, { failure }));
    expect([changed?.before, changed?.after, problems]).toEqual([
      undefined,
      'd-panel-2-quiet-after.png',
      ['d: it failed'],
    ]);
    log = [];
    const other = previewChanges(
      base([before]),
      optionsWith({ dashboards: [after] }, { failure: () => new Error('disk full') }),
    );
    await expect(other).rejects.toThrow(new Error('disk full'));
    expect(log.slice(-3)).toEqual(['stop drawing http://own', 'stop drawing http://own', 'stop own']);
  });

  it('says where nothing looks different', async () => {
    expect(await previewChanges(base([before]), optionsWith({ dashboards: [before] }))).toEqual([]);
    expect(log.filter((line) => line.startsWith('draw '))).toEqual([]);
    expect(read('changes.md')).toBe('No panel looks different, compared with `main`.\n');
  });
});
