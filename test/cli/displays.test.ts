import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from 'vitest';
import { reportCases } from '../../src/cli/case-report.js';
import { drillDisplay, drillExitCode } from '../../src/cli/drill-display.js';
import { checkedLine, observationDisplay } from '../../src/cli/observation-display.js';
import { ownOrShipped } from '../../src/cli/own-or-shipped.js';
import {
  changesLine,
  chosenOr,
  dashboardsToDraw,
  isWanted,
  withUids,
} from '../../src/cli/preview-choices.js';
import { drawPreview } from '../../src/cli/preview-run.js';
import { plainOnLoopback } from '../../src/cli/prometheus-options.js';
import { episodeLines, findScenario } from '../../src/cli/simulation-text.js';
import { serveUntil, viewedDashboards } from '../../src/cli/view-session.js';
import type { Observation } from '../../src/demo/observe.js';
import type { RunInfo } from '../../src/demo/view.js';
import type { Drill } from '../../src/drill/view.js';
import { packageRoot } from '../../src/package/root.js';
import type { PreviewOptions } from '../../src/preview/preview.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { PrometheusError } from '../../src/prometheus/error.js';
import type { Scenario } from '../../src/simulator/scenario.js';
import type { Episode } from '../../src/simulator/timeline.js';
import { alert, bundle, record } from '../checks/bundle-fixture.js';

const folder = temporaryFolder('gateway-observability-displays');
const place = (...names: readonly string[]) => join(folder.path, ...names);
afterAll(() => folder.remove());

let stdout: MockInstance;
let stderr: MockInstance;
const isTTY = process.stdout.isTTY;
beforeEach(() => {
  stdout = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  stderr = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  process.stdout.isTTY = false;
});
afterEach(() => {
  process.stdout.isTTY = isTTY;
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
const onTerminal = () => {
  process.stdout.isTTY = true;
  vi.stubEnv('TERM', 'xterm');
};
const textsOf = (spy: MockInstance) => spy.mock.calls.map(([text]) => String(text));
const printed = () => textsOf(stdout).join('');
const complained = () => textsOf(stderr).join('');
const ENTERED = '\x1b[?1049h\x1b[?25l';
const LEFT = '\x1b[?25h\x1b[?1049l';

describe('a drill', () => {
  const drill = (start: number) => ({ start }) as Drill;
  /** Stands in for the texts of a drill: each has one new line per look, and a hint. */
  const view = {
    ProgressLog: class {
      newLines({ start }: Drill) {
        return [`line ${start}`, `--> hint ${start}`];
      }
    },
    checklist: ({ start }: Drill, { width }: { width: number }, height: number) => [
      `${start} in ${width} x ${height}`,
    ],
  } as unknown as Parameters<typeof drillDisplay>[0];

  it('is shown as lines of what is new', () => {
    const display = drillDisplay(view, 'abc', false);
    display.show(drill(1));
    display.show(drill(2));
    display.close();
    display.printLog(drill(3));
    expect(printed()).toBe('Offline drill of relay abc\nline 1\n--> hint 1\nline 2\n--> hint 2\n');
  });

  it('is not shown where its result is for machines', () => {
    onTerminal();
    const display = drillDisplay(view, 'abc', true);
    display.show(drill(1));
    display.close();
    display.printLog(drill(2));
    expect(printed()).toBe('');
  });

  it('has the whole terminal, which has its lines without the hints afterwards', () => {
    onTerminal();
    const { columns, rows } = process.stdout;
    const display = drillDisplay(view, 'abc', false);
    // Only its own listener: a test that failed may have left others.
    (process.stdout.listeners('resize').at(-1) as () => void)();
    display.show(drill(1));
    display.show(drill(2));
    display.close();
    display.printLog(drill(3));
    const size = `${columns || 80} x ${(rows || 24) - 1}`;
    expect(textsOf(stdout)).toEqual([
      ENTERED,
      '\x1b[H\x1b[J',
      `\x1b[H1 in ${size}\x1b[K\x1b[J`,
      `\x1b[H2 in ${size}\x1b[K\x1b[J`,
      LEFT,
      'line 3\n',
    ]);
  });

  it.each([
    [true, true, 0],
    [true, false, 1],
    [false, true, 1],
    [false, false, 1],
  ] as const)('that is over (%s) and went well (%s) ends with %i', (over, ok, code) => {
    expect(drillExitCode({ drill: { progress: { over, ok } } as Drill })).toBe(code);
    expect(complained()).toBe('');
  });

  it.each([
    ['unreachable', 'p: away (for 2m 00s)\n'],
    ['refused', 'p: away\n'],
  ] as const)('that could not go on ends with 2, and says why: %s', (kind, text) => {
    const broken = new PrometheusError('p: away', kind);
    expect(drillExitCode({ drill: { progress: { over: true, ok: true } } as Drill, broken })).toBe(2);
    expect(complained()).toBe(text);
  });
});

describe('a run of the bundle', () => {
  const observation = (relays: number) => ({ relays }) as unknown as Observation;
  const info = (remarks: readonly string[] = []) =>
    ({
      addresses: [
        ['Prometheus', 'http://p'],
        ['dashboards', 'http://d'],
      ],
      remarks,
    }) as unknown as RunInfo;
  const view = {
    changes: (before: unknown, after: unknown) => [`${JSON.stringify(before)} to ${JSON.stringify(after)}`],
    screen: (last: unknown, _: unknown, { width }: { width: number }, height: number) => [
      `${JSON.stringify(last)} in ${width} x ${height}`,
    ],
  } as unknown as Parameters<typeof observationDisplay>[0];

  it('is shown as addresses, remarks and what changed', () => {
    let remarks: readonly string[] = [];
    const display = observationDisplay(view, () => info(remarks));
    display.show(observation(1));
    remarks = ['no page'];
    display.show(observation(2));
    remarks = ['no page', 'no mail'];
    display.show(observation(3));
    display.close();
    expect(printed()).toBe(
      [
        'Prometheus: http://p',
        'dashboards: http://d',
        'undefined to {"relays":1}',
        'no page',
        '{"relays":1} to {"relays":2}',
        'no mail',
        '{"relays":2} to {"relays":3}',
        '',
      ].join('\n'),
    );
  });

  it('has the whole terminal', () => {
    onTerminal();
    const { columns, rows } = process.stdout;
    const display = observationDisplay(view, () => info(['no page']));
    display.show(observation(1));
    display.close();
    const size = `${columns || 80} x ${rows || 24}`;
    expect(textsOf(stdout)).toEqual([ENTERED, `\x1b[H{"relays":1} in ${size}\x1b[K\x1b[J`, LEFT]);
  });

  it('begins with the number of its rules', () => {
    const two = bundle({ records: [record()], alerts: [alert(), alert({ alert: 'GatewayOther' })] });
    expect(checkedLine(two)).toBe('checked: 1 recording rules and 2 alerts');
  });
});

describe('the cases of own rules', () => {
  const untested = [{ alert: 'GatewayOwn', missing: ['fires', 'stays silent'] }];

  it('pass, with what they do not show', () => {
    expect(reportCases({ cases: 1, output: '', untested: [] }, false)).toBe(0);
    expect(reportCases({ cases: 2, output: '', untested }, false)).toBe(0);
    expect(printed()).toBe(
      '1 case passed\nnote: GatewayOwn: no case shows that it fires, stays silent\n2 cases passed\n',
    );
    expect(complained()).toBe('');
  });

  it('fail, with what promtool found', () => {
    expect(reportCases({ cases: 2, output: '\n  FAILED\n', untested: [] }, false)).toBe(1);
    expect([printed(), complained()]).toEqual(['not all cases passed\n', 'FAILED\n']);
  });

  it('are for machines as well', () => {
    expect(reportCases({ cases: 2, output: ' FAILED\n', untested }, true)).toBe(1);
    expect(reportCases({ cases: 2, output: '', untested: [] }, true)).toBe(0);
    expect(textsOf(stdout).map((text) => JSON.parse(text))).toEqual([
      { passed: false, cases: 2, output: ' FAILED\n', untested },
      { passed: true, cases: 2, output: '', untested: [] },
    ]);
    expect(complained()).toBe('');
  });
});

describe('a scenario', () => {
  const scenarios = ['a short outage', 'A short outage clears', 'Two relays'].map(
    (name) => ({ name }) as Scenario,
  );
  const found = (text: string) => findScenario(text, scenarios).name;

  it('is found by its name, or by a part that only one has', () => {
    expect(found('a short outage')).toBe('a short outage');
    expect(found('CLEARS')).toBe('A short outage clears');
    expect(found('relay')).toBe('Two relays');
  });

  it('is not found where none or several match', () => {
    expect(() => found('short')).toThrow(
      expect.objectContaining({
        name: 'UsageError',
        message:
          'simulate: found "short", which matches 2 scenarios: "a short outage", "A short outage clears"',
      }),
    );
    expect(() => found('Two relay s')).toThrow(
      'simulate: found "Two relay s", expected a scenario or part of its name, did you mean "Two relays"?; `simulate` alone lists them',
    );
  });

  const episode = (alert: string, from: number, to?: number, relay = 'a'): Episode =>
    ({
      alert,
      severity: 'critical',
      labels: { relay },
      from,
      ...(to === undefined ? {} : { to }),
    }) as Episode;

  it('has a line for each alert: how many, since when, until when', () => {
    expect(episodeLines([])).toEqual(['No alert fires.']);
    expect(
      episodeLines([
        episode('Down', 60, 120),
        episode('Lease', 300, 900, 'a'),
        episode('Down', 600, 660),
        episode('Lease', 300, 840, 'b'),
        episode('Queue', 60, 120),
        episode('Queue', 3600, undefined),
      ]),
    ).toEqual([
      'critical  Down        fires from 1m to 10m  resolved by 11m',
      'critical  Lease  × 2  fires at 5m           resolved by 15m',
      'critical  Queue       fires from 1m to 1h   still firing at the end',
    ]);
  });
});

describe('the dashboards', () => {
  const board = (uid: string, title = uid) => JSON.stringify({ uid, title, panels: [] });
  mkdirSync(place('cwd', 'generated'), { recursive: true });
  mkdirSync(place('some'));
  mkdirSync(place('empty'));
  writeFileSync(place('cwd', 'generated', 'own.json'), board('own'));
  writeFileSync(place('some', 'a.json'), board('a'));
  writeFileSync(place('some', 'b.json'), '{}');
  const ours = bundle({});
  const ownUids = ['test'];
  const reason = 'panels: found undefined, expected a list';

  it('of a preview are those at its paths, in generated/, or of the configuration', () => {
    const uids = (paths: readonly string[], config: string | undefined, directory: string) =>
      dashboardsToDraw(paths, config, ours, directory).map(({ uid }) => uid);
    expect(uids([place('some')], undefined, place('cwd'))).toEqual(['a']);
    expect(complained()).toBe(`${place('some', 'b.json')}: not drawn: ${reason}\n`);
    expect(uids([], undefined, place('cwd'))).toEqual(['own']);
    expect(uids([place('some')], undefined, place('empty'))).toEqual(['a']);
    expect(uids([], 'site.yaml', place('cwd'))).toEqual(ownUids);
    expect(uids([], undefined, place('empty'))).toEqual(ownUids);
    expect(() => uids([place('empty'), place('some', 'b.json')], undefined, place('cwd'))).toThrow(
      expect.objectContaining({
        name: 'UnreadableError',
        message: `${place('empty')}, ${place('some', 'b.json')}: found no dashboard as JSON`,
      }),
    );
  });

  it('of a preview are chosen by their uids', () => {
    const all = ['a', 'b', 'c'].map((uid) => ({ uid }) as Parameters<typeof withUids>[1][number]);
    const uids = (...chosen: readonly string[]) => withUids(chosen, all).map(({ uid }) => uid);
    expect(uids()).toEqual(['a', 'b', 'c']);
    expect(uids('c', 'a')).toEqual(['a', 'c']);
    expect(() => uids('a', 'x')).toThrow(
      expect.objectContaining({
        name: 'UsageError',
        message: '--dashboard: found x, expected one of a, b, c',
      }),
    );
    expect(['b', 'x'].map((uid) => isWanted(['x'])({ ...all[0], uid } as never))).toEqual([false, true]);
    expect(chosenOr([], ['light', 'dark'])).toEqual(['light', 'dark']);
    expect(chosenOr(['dark'], ['light', 'dark'])).toEqual(['dark']);
    expect([0, 3].map(changesLine)).toEqual(['no panel looks different', 'changed: 3 pictures of panels']);
  });

  it('of a view are those at its paths, in generated/, or of the configuration', () => {
    const uids = (paths: readonly string[], config: string | undefined, directory: string) => {
      const source = viewedDashboards(paths, config, ours, directory);
      source.close();
      return source.current.dashboards.map(({ dashboard }) => dashboard.uid);
    };
    expect(uids([place('some')], undefined, place('cwd'))).toEqual(['a']);
    expect(complained()).toBe(`${place('some', 'b.json')}: not shown: ${reason}\n`);
    expect(uids([], undefined, place('cwd'))).toEqual(['own']);
    expect(uids([], 'site.yaml', place('cwd'))).toEqual(ownUids);
    expect(uids([place('some')], 'site.yaml', place('cwd'))).toEqual(['a']);
    expect(uids([], undefined, place('empty'))).toEqual(ownUids);
    expect(() => uids([place('empty')], undefined, place('cwd'))).toThrow('found no dashboard as JSON');
  });
});

describe('a preview', () => {
  const dashboards = [{ uid: 'a' }, { uid: 'b' }] as unknown as Parameters<typeof drawPreview>[1];
  const previewed = async (
    given: Partial<Parameters<typeof drawPreview>[2]>,
    more: { unsupported?: readonly string[]; problem?: string; fails?: boolean } = {},
  ) => {
    const did: unknown[] = [];
    const draw =
      (name: string) =>
      ({ bundle: _, chromium: __, onFile, onProblem, ...rest }: PreviewOptions) => {
        did.push(name, rest);
        onFile('a.png');
        if (more.problem !== undefined) onProblem(more.problem);
        if (more.fails === true) throw new Error('no picture');
      };
    const parts = {
      unsupportedLines: ({ uid }: { uid: string }) => (uid === 'a' ? (more.unsupported ?? []) : []),
      baseOf: async (label: string) => ({
        label,
        dashboards: [...dashboards, { uid: 'old' }],
        groups: undefined,
      }),
      pageFolder: async ({ onProgress }: { onProgress: (what: string) => void }) => {
        onProgress('building the page');
        return 'page';
      },
      Chromium: {
        start: async () => ({
          stop: async () => {
            did.push('stop');
          },
        }),
      },
      previewAll: async (options: PreviewOptions) => draw('all')(options),
      previewChanges: async (before: { dashboards: readonly { uid: string }[] }, options: PreviewOptions) => {
        did.push(before.dashboards.map(({ uid }) => uid));
        draw('changes')(options);
        return [{}, {}];
      },
    } as unknown as Parameters<typeof drawPreview>[3];
    const options = {
      ...{ uids: [], base: undefined, situations: [], themes: [], width: 900, output: 'out' },
      ...given,
    };
    const code = await drawPreview(bundle({}), dashboards, options, parts).catch(
      (error: Error) => error.message,
    );
    return { code, did };
  };
  const DRAWN = { dashboards, width: 900, output: 'out', page: 'page' };

  it('draws all, in every situation and theme', async () => {
    expect(await previewed({})).toEqual({
      code: 0,
      did: ['all', { ...DRAWN, situations: ['quiet', 'incident'], themes: ['light', 'dark'] }, 'stop'],
    });
    expect([printed(), complained()]).toEqual(['building the page …\na.png\n', '']);
    const chosen = await previewed({ situations: ['quiet'], themes: ['dark'] });
    expect(chosen.did[1]).toEqual({ ...DRAWN, situations: ['quiet'], themes: ['dark'] });
  });

  it('draws what differs from a base, also what is there only before', async () => {
    const { code, did } = await previewed({ base: 'main', uids: ['a', 'old'] });
    expect([code, did]).toEqual([
      0,
      [
        ['a', 'old'],
        ...['changes', { ...DRAWN, situations: ['quiet', 'incident'], themes: ['light'] }, 'stop'],
      ],
    ]);
    expect(printed()).toMatch(/\nchanged: 2 pictures of panels\n$/);
  });

  it('ends with 1 where something could not be drawn', async () => {
    expect((await previewed({}, { problem: 'a: no data' })).code).toBe(1);
    expect((await previewed({}, { unsupported: ['a: no such panel'] })).code).toBe(1);
    expect(complained()).toBe('a: no data\na: no such panel\n');
    const failed = await previewed({}, { fails: true });
    expect([failed.code, failed.did.at(-1)]).toEqual(['no picture', 'stop']);
  });
});

describe('a server', () => {
  const server = () => {
    const stop = vi.fn(async () => undefined);
    return { url: 'http://127.0.0.1:1', stop };
  };
  const settled = async (promise: Promise<unknown>) => {
    let state = 'open';
    const note = (now: string) => () => {
      state = now;
    };
    promise.then(note('done'), note('failed'));
    await new Promise((resolve) => setImmediate(resolve));
    return state;
  };

  it('runs until it is interrupted', async () => {
    const interrupt = new AbortController();
    const one = server();
    const running = serveUntil(interrupt.signal, one, { ready: Promise.resolve() });
    expect(await settled(running)).toBe('open');
    expect(printed()).toBe('dashboards: http://127.0.0.1:1/\n');
    expect(one.stop).not.toHaveBeenCalled();
    interrupt.abort();
    await running;
    expect(one.stop).toHaveBeenCalledOnce();
  });

  it('ends where its page cannot be built', async () => {
    const one = server();
    const { signal } = new AbortController();
    await expect(serveUntil(signal, one, { ready: Promise.reject(new Error('no page')) })).rejects.toThrow(
      'no page',
    );
    expect(one.stop).toHaveBeenCalledOnce();
  });

  it('may be interrupted while its page is built, which then fails', async () => {
    const interrupt = new AbortController();
    const one = server();
    let fail: (error: Error) => void = () => undefined;
    const ready = new Promise<void>((_, reject) => {
      fail = reject;
    });
    const running = serveUntil(interrupt.signal, one, { ready });
    interrupt.signal.addEventListener('abort', () => fail(new Error('ended')));
    interrupt.abort();
    await running;
    expect(one.stop).toHaveBeenCalledOnce();
    const failing = new AbortController();
    let failFirst: (error: Error) => void = () => undefined;
    const readyFirst = new Promise<void>((_, reject) => {
      failFirst = reject;
    });
    failing.signal.addEventListener('abort', () => failFirst(new Error('ended')), { once: true });
    const other = serveUntil(failing.signal, one, { ready: readyFirst });
    failing.abort();
    await other;
  });
});

describe('what commands share', () => {
  it('is a folder of the working directory, or of the package', () => {
    expect(ownOrShipped('generated', place('cwd'))).toBe(place('cwd', 'generated'));
    expect(ownOrShipped('generated', place('empty'))).toBe(join(packageRoot, 'generated'));
    expect(ownOrShipped('runbooks')).toBe(join(packageRoot, 'runbooks'));
  });

  it('is a connection without compression on this machine', () => {
    const headers = (url: string, own: Record<string, string> = {}) =>
      plainOnLoopback({ url, headers: own }).headers;
    for (const host of ['localhost', '127.0.0.1', '127.1.2.3', '[::1]'])
      expect([host, headers(`http://${host}:9090/x`)]).toEqual([host, { 'accept-encoding': 'identity' }]);
    for (const url of [
      'http://prometheus',
      'http://localhost.example',
      'http://my-localhost',
      'http://10.0.0.1',
      'http://127.0.0.1.example',
      'localhost',
      '',
    ])
      expect([url, headers(url)]).toEqual([url, {}]);
    expect(headers('http://localhost', { a: 'b', 'accept-encoding': 'gzip' })).toEqual({
      'accept-encoding': 'gzip',
      a: 'b',
    });
    expect(plainOnLoopback({ url: 'http://p', timeoutMs: 1 })).toEqual({
      url: 'http://p',
      timeoutMs: 1,
      headers: {},
    });
  });
});
