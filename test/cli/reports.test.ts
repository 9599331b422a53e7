import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Backtest } from '../../src/backtest/backtest.js';
import type { TrialResult } from '../../src/backtest/trial.js';
import { reportBacktest, reportTrial } from '../../src/cli/backtest-report.js';
import { reportComparison } from '../../src/cli/comparison-report.js';
import type { ExitCode } from '../../src/cli/exit-code.js';
import type { Finding, Level } from '../../src/diff/finding.js';
import { listenOnLoopback } from '../../src/processes/process.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { root } from './command.js';
import { captured, run } from './in-process.js';

const folder = temporaryFolder('gateway-observability-reports');
const place = (...names: readonly string[]) => join(folder.path, ...names);
const file = (name: string, text: string) => {
  writeFileSync(place(name), text);
  return place(name);
};
afterAll(() => folder.remove());

const summary = (alert: string, more: object = {}) => ({
  alert,
  severity: 'critical',
  episodes: 2,
  firing: 300,
  flaps: 0,
  pages: 14,
  failures: 0,
  ...more,
});
const NOON = Date.UTC(2026, 2, 2, 12) / 1000;
const rule = (name: string) => ({ name });
const unread = [{ file: 'b.yaml', reason: 'not YAML' }];

describe('a replay', () => {
  const result = (more: Partial<Backtest>) =>
    ({
      start: NOON,
      end: NOON + 86_400,
      hasBase: false,
      rows: [{ alert: 'Down', after: summary('Down') }],
      refused: [],
      unread: [],
      replay: { answers: 3, points: 5, sides: [{ alerts: [] }] },
      ...more,
    }) as unknown as Backtest;
  const report = (more: Partial<Backtest>, json = false) =>
    captured(async () => reportBacktest(result(more), json));

  it('is a table, and fine where everything was replayed', async () => {
    expect(await report({})).toEqual({
      code: 0,
      out: [
        '2026-03-02T12:00:00Z to 2026-03-03T12:00:00Z',
        '',
        'alert  severity  episodes  firing  flaps  pages/week  worst series',
        'Down   critical  2         5m 00s  0      14',
        '',
        'Every alert fired.',
        '',
      ].join('\n'),
      err: '',
    });
  });

  it.each<[string, object, string]>([
    [
      'an alert was not replayed',
      { refused: [{ rule: rule('Up'), reason: 'too many series' }] },
      'Up: not replayed: too many series\n',
    ],
    ['a file was not read', { unread }, 'b.yaml: not read: not YAML\n'],
    [
      'Prometheus would fail to evaluate one',
      {
        rows: [
          { alert: 'Down', after: summary('Down', { failures: 4, failure: 'many-to-many' }) },
          { alert: 'Up', after: summary('Up') },
        ],
      },
      'Down: Prometheus would fail at 4 evaluations: many-to-many\n',
    ],
  ])('is a problem where %s', async (_, more, err) => {
    expect(await report(more)).toMatchObject({ code: 1, err });
  });

  it('is for machines as well', async () => {
    const { code, out, err } = await report({ unread: unread as never }, true);
    expect([code, err]).toEqual([1, 'b.yaml: not read: not YAML\n']);
    expect(JSON.parse(out)).toMatchObject({ start: NOON, requests: 3, points: 5, notRead: unread });
  });
});

describe('a trial', () => {
  const row = (value: string, more: object = {}) => ({
    value,
    ...summary('', more),
    alerts: [summary('Down', more)],
    detections: [],
  });
  const result = (more: object) =>
    ({
      trial: { setting: 'for', values: ['5m', '10m'] },
      start: NOON,
      end: NOON + 86_400,
      alerts: ['Down'],
      rows: [row('5m'), row('10m')],
      warnings: [],
      refusedValues: [],
      refused: [],
      unread: [],
      replay: { answers: 3, points: 5 },
      ...more,
    }) as unknown as TrialResult;
  const report = (more: object, json = false) => captured(async () => reportTrial(result(more), json));

  it('is a table, and fine where everything was tried', async () => {
    const { code, out, err } = await report({});
    expect([code, err]).toEqual([0, '']);
    expect(out.split('\n').slice(0, 4)).toEqual([
      '2026-03-02T12:00:00Z to 2026-03-03T12:00:00Z, for=5m, 10m',
      '',
      'for  alert  episodes  firing  flaps  pages/week  detected after',
      '5m   Down   2         5m 00s  0      14          not simulated',
    ]);
  });

  it.each<[string, object, string]>([
    [
      'a value was not tried',
      { refusedValues: [{ value: '1s', reason: 'too short' }] },
      '1s: not tried: too short\n',
    ],
    [
      'an alert was not replayed',
      { refused: [{ rule: rule('Up'), reason: 'too many series' }] },
      'Up: not replayed: too many series\n',
    ],
    ['a file was not read', { unread }, 'b.yaml: not read: not YAML\n'],
    [
      'Prometheus would fail with a value',
      { rows: [row('5m'), row('10m', { failures: 4, failure: 'many-to-many' })] },
      'Down with 10m: Prometheus would fail at 4 evaluations: many-to-many\n',
    ],
  ])('is a problem where %s', async (_, more, err) => {
    expect(await report(more)).toMatchObject({ code: 1, err });
  });

  it('is for machines as well', async () => {
    const { code, out } = await report({}, true);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ setting: 'for', requests: 3, points: 5, chosen: null });
  });
});

describe('a comparison', () => {
  const finding = (level: Level): Finding => ({
    kind: `${level}-kind`,
    level,
    subject: `alert ${level}`,
    consequence: 'It is so.',
    file: 'a.yaml',
  });
  const report = (levels: readonly Level[], options: object = {}) =>
    captured(async () =>
      reportComparison(
        { base: 'v1', head: 'v2', findings: levels.map(finding), notes: [] },
        { json: false, markdown: false, all: false, failOn: undefined, ...options },
      ),
    );

  it.each<[Level | undefined, readonly Level[], ExitCode]>([
    [undefined, ['breaking'], 0],
    ['breaking', ['breaking'], 1],
    ['breaking', ['notable', 'harmless'], 0],
    ['notable', ['notable'], 1],
    ['notable', ['harmless', 'breaking'], 1],
    ['notable', ['harmless'], 0],
    ['harmless', ['harmless'], 1],
    ['harmless', [], 0],
  ])('that is to fail at %s fails with %j: %i', async (failOn, levels, code) => {
    expect((await report(levels, { failOn })).code).toBe(code);
  });

  it('is text, Markdown or JSON', async () => {
    const { out } = await report(['harmless']);
    expect(out).toMatch(/^v1 → v2\n\n1 harmless \(--all lists harmless changes: /);
    expect((await report(['harmless'], { all: true })).out).toContain('\nHARMLESS\n');
    expect((await report(['breaking'], { markdown: true })).out).toMatch(
      /^<!-- gateway-observability diff -->/,
    );
    expect(JSON.parse((await report(['breaking'], { json: true })).out)).toMatchObject({
      base: 'v1',
      head: 'v2',
    });
  });

  it('needs two sides that can be read', async () => {
    const both = ['--alertmanager', 'x', '--alertmanager-base', 'y'];
    for (const more of [[], both])
      expect(await run(['diff', place('gone-a'), place('gone-b'), ...more])).toEqual({
        code: 2,
        out: '',
        err: expect.stringMatching(/^diff: found "[^"]*gone-a", expected a file, a folder or a git revision/),
      });
  });

  it('with a configuration before the change needs the one after it', async () => {
    expect(await run(['diff', '--alertmanager-base', 'main:alertmanager.yml'])).toEqual({
      code: 2,
      out: '',
      err: 'diff: --alertmanager-base needs --alertmanager, the configuration after the change\n',
    });
  });
});

describe('verify', () => {
  const METRICS = `# HELP gateway_active_peers Workers connected to this gateway process.
# TYPE gateway_active_peers gauge
gateway_active_peers 2
`;

  it('compares a file with the contract, of the job that it has metrics of', async () => {
    const page = file('metrics.txt', METRICS);
    const { code, out, err } = await run(['verify', '-m', page]);
    expect([code, err]).toEqual([1, '']);
    expect(out).toMatch(/^\S+\/metrics\.txt: gateway_pending_writes: /m);
    expect(out).toMatch(
      / metrics of the gateway compared, \d+ problems, .* \(job guessed from the metrics; --job names it\)\n$/,
    );
    const exporter = await run(['verify', '-m', page, '--job', 'exporter']);
    expect(exporter.code).toBe(1);
    expect(exporter.out).toMatch(/ metrics of the exporter compared, \d+ problems?, \d+ warnings?\n$/);
  });

  it('is for machines as well', async () => {
    const { code, out } = await run(['verify', '-m', file('metrics.txt', METRICS), '--json']);
    const found = JSON.parse(out);
    expect([code, Object.keys(found), found.job]).toEqual([1, ['job', 'compared', 'findings'], 'gateway']);
    expect(found.findings.length).toBeGreaterThan(5);
    expect(found.compared).toBeGreaterThan(10);
  });

  it('finds nothing wrong with the metrics of a real gateway', async () => {
    const { code, out } = await run(['verify', '-m', join(root, 'test/fixtures/gateway-metrics.prom')]);
    expect(code).toBe(0);
    expect(out).toMatch(/ metrics of the gateway compared, 0 problems, 0 warnings /);
  });

  it('needs a page', async () => {
    const { code, out, err } = await run(['verify', '-m', place('gone.txt')]);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain('gone.txt');
  });
});

describe('simulate', () => {
  it('lists the scenarios', async () => {
    const { code, out } = await run(['simulate']);
    expect(code).toBe(0);
    expect(out).toMatch(/^40m {5}a short outage clears without intervention$/m);
    const listed = JSON.parse((await run(['simulate', '--json'])).out) as Record<string, string>[];
    expect(listed).toContainEqual({
      name: 'a short outage clears without intervention',
      duration: '40m',
      description: expect.any(String),
    });
  });

  it('needs one of them', async () => {
    expect(await run(['simulate', 'no such thing'])).toMatchObject({
      code: 2,
      out: '',
      err: expect.stringContaining('simulate: found "no such thing", expected a scenario'),
    });
  });
});

describe('a preview', () => {
  it('needs dashboards that there are', async () => {
    mkdirSync(place('boards'), { recursive: true });
    file('boards/a.json', '{"uid":"a","panels":[]}');
    expect(await run(['preview', '--dashboards', place('boards'), '--dashboard', 'b'])).toEqual({
      code: 2,
      out: '',
      err: '--dashboard: found b, expected one of a\n',
    });
  });
});

describe('what asks a Prometheus', () => {
  let server: Server;
  let url: string;
  let asked: { path: string; encoding: string | undefined; query: string }[] = [];
  /** The job of the only target, and its series where it has been scraped. */
  let job: string;
  /** Seconds since the epoch; two hours later at each look. */
  let now: number;
  /** After so many looks it has no answers any more. A drill ends long before. */
  let looks: number;
  /** So many range queries are refused first, because the server is busy. */
  let failures: number;

  function answerTo(path: string, query: string): unknown {
    if (path.endsWith('/buildinfo')) return { version: '3.1.0' };
    if (path.includes('/targets'))
      return { activeTargets: [{ labels: { job }, health: 'up', lastError: '' }] };
    if (path.endsWith('/query_range')) return { resultType: 'matrix', result: [] };
    if (query === 'time()') {
      now += 7200;
      return { resultType: 'scalar', result: [now, String(now)] };
    }
    const metric = { __name__: 'up', job, instance: 'a' };
    const isScraped = job === 'gateway';
    if (!query.endsWith(']')) {
      const samples = isScraped && query.startsWith('up{') ? [{ metric, value: [now, '1'] }] : [];
      return { resultType: 'vector', result: samples };
    }
    const ofGateway = isScraped && query.includes('process_start_time_seconds');
    return { resultType: 'matrix', result: ofGateway ? [{ metric, values: [[now, '1']] }] : [] };
  }

  beforeAll(async () => {
    server = createServer((request, response) => {
      let form = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        form += chunk;
      });
      request.on('end', () => {
        const path = request.url ?? '';
        const query = new URLSearchParams(form).get('query') ?? '';
        asked.push({ path, encoding: request.headers['accept-encoding'], query });
        response.setHeader('content-type', 'application/json');
        if (path.endsWith('/query_range') && failures-- > 0) {
          response.statusCode = 503;
          response.end('busy');
          return;
        }
        const isOver = now >= NOON + looks * 7200;
        if (isOver) response.statusCode = 422;
        response.end(
          JSON.stringify(
            isOver
              ? { status: 'error', errorType: 'execution', error: 'that is all' }
              : { status: 'success', data: answerTo(path, query) },
          ),
        );
      });
    });
    url = `http://127.0.0.1:${await listenOnLoopback(server)}`;
  });
  beforeEach(() => {
    asked = [];
    job = 'gateway';
    now = NOON;
    looks = 20;
    failures = 0;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  // Without patience nothing goes on after a test that failed.
  const backtest = (...argv: readonly string[]) => run(['backtest', '-p', url, '--patience', '0s', ...argv]);
  const SHORT = ['--since', '1h', '--lead-in', '0s', '--until', '2026-03-02T12:00:00Z'];

  it.each([
    [['--try', 'for=5m', '--base', 'main'], 'backtest: found --try and --base, expected one of the two\n'],
    [['--budget', '2/week'], 'backtest: --budget and --history-only need --try\n'],
    [['--history-only'], 'backtest: --budget and --history-only need --try\n'],
    [
      ['--try', 'thresholds.pendingWrites.stuckAfter=5m', '--rules', 'x'],
      'backtest: found --rules with --try thresholds.pendingWrites.stuckAfter, expected --config: the rules are built from the definitions\n',
    ],
  ])('is a replay, with options that go together: %j', async (argv, err) => {
    expect(await backtest(...argv)).toEqual({ code: 2, out: '', err });
    expect(asked).toEqual([]);
  });

  it('is a replay of rules, beside others where there are some', async () => {
    const rules = (name: string) =>
      file(`${name}.yaml`, `groups: [{name: g, rules: [{alert: ${name}, expr: up == 0}]}]`);
    const now = ['--rules', rules('Down')];
    const alone = await backtest(...SHORT, ...now);
    expect([alone.code, alone.err]).toEqual([0, '']);
    expect(alone.out).toBe('2026-03-02T11:00:00Z to 2026-03-02T12:00:00Z\n\n1 of 1 alert never fired.\n');
    const both = JSON.parse((await backtest(...SHORT, ...now, '--base', rules('Gone'), '--json')).out);
    expect(
      both.alerts.map(({ alert, before, after }: Record<string, object>) => [
        alert,
        typeof before,
        typeof after,
      ]),
    ).toEqual([
      ['Down', 'undefined', 'object'],
      ['Gone', 'object', 'undefined'],
    ]);
  });

  it('is a replay that says when it asks again', async () => {
    failures = 1;
    const { code, err } = await run([
      ...['backtest', '-p', url, '--patience', '1h', ...SHORT],
      ...['--rules', file('Again.yaml', 'groups: [{name: g, rules: [{alert: Down, expr: up == 0}]}]')],
    ]);
    expect([code, err]).toEqual([0, expect.stringMatching(/^[^\n]*503[^\n]*; retrying\n$/)]);
  });

  it('is a trial of a setting, without compression on this machine', async () => {
    const { code, out, err } = await backtest(
      ...SHORT,
      ...['--try', 'thresholds.pendingWrites.stuckAfter=10m,20m', '--history-only', '--budget', '2/week'],
    );
    expect([code, err]).toEqual([0, '']);
    const lines = out.split('\n');
    expect(lines[0]).toBe(
      '2026-03-02T11:00:00Z to 2026-03-02T12:00:00Z, thresholds.pendingWrites.stuckAfter=10m, 20m',
    );
    expect(lines.filter((line) => /^[12]0m /.test(line)).map((line) => line.split(/ {2,}/).at(-1))).toEqual([
      'not simulated',
      'not simulated',
    ]);
    expect(out).toContain('Within the budget of 2.0 pages a week');
    expect(asked.length).toBeGreaterThan(1);
    expect(new Set(asked.map(({ encoding }) => encoding))).toEqual(new Set(['identity']));
  });

  it('is a trial with an exit code, and a result for machines', async () => {
    const { code, out, err } = await backtest(
      ...SHORT,
      ...['--try', 'thresholds.pendingWrites.stuckAfter=5m,10m', '--history-only', '--json'],
    );
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({ setting: 'thresholds.pendingWrites.stuckAfter', chosen: null });
    expect(err).toMatch(
      /^5m: not tried: --try thresholds\.pendingWrites\.stuckAfter: found 5m, expected at least /,
    );
  });

  const RELAY = 'ab'.repeat(32);
  const drill = (...argv: readonly string[]) =>
    run(['drill', '-p', url, '-r', RELAY, '--every', '0s', '--timeout', 'all=1m', ...argv]);

  it('is a drill, which ends where nothing reacts in time', async () => {
    const { code, out, err } = await drill();
    expect([code, err]).toEqual([1, '']);
    const lines = out.split('\n');
    expect(lines.slice(0, 3)).toEqual([
      `Offline drill of relay ${RELAY}`,
      expect.stringMatching(/^\[x\] The relay is not pending before the drill: 14:00:00 /),
      expect.stringMatching(/^--> Take the worker offline /),
    ]);
    expect(lines).toContain('[!] Escrow lease requested: NOT SEEN within 1m 00s');
    expect(lines.at(-2)).toMatch(/^Reactions are MISSING: 1 of 13 reactions seen in 2h 00m, /);
    const json = await drill('--json', '--timeout', 'lease-requested=2m');
    expect([json.code, json.err]).toEqual([1, '']);
    expect(JSON.parse(json.out)).toMatchObject({
      relay: RELAY,
      ok: false,
      interrupted: false,
      start: '2026-03-02T18:00:00.000Z',
      reactions: expect.arrayContaining([
        expect.objectContaining({ id: 'lease-requested', deadline: '2026-03-02T18:02:00.000Z' }),
        expect.objectContaining({ id: 'pending-raised', deadline: '2026-03-02T18:01:00.000Z' }),
      ]),
    });
  });

  it('is a drill that cannot go on without answers', async () => {
    looks = 2;
    const { code, out, err } = await drill();
    expect([code, out]).toEqual([2, expect.stringContaining('\nReactions are ')]);
    expect(err).toMatch(/^http:\/\/127\.0\.0\.1:\d+[^\n]*that is all[^\n]*\n$/);
  });

  it('is a drill of a gateway that is scraped', async () => {
    job = 'other';
    const none = (rest: string) => ({
      code: 2,
      out: '',
      err: `${url}: found no target of the job "gateway" (${rest}), expected a Prometheus that scrapes the gateway\n`,
    });
    expect(await drill()).toEqual(none('jobs.gateway'));
    expect(await drill('--match', 'site=x')).toEqual(none('jobs.gateway, --match'));
    expect(asked.some(({ query }) => query.includes('site="x"'))).toBe(true);
    expect(await run(['drill', '-p', url, '-r', 'xyz'])).toEqual({
      code: 2,
      out: '',
      err: '--relay xyz: found 3 characters, expected a relay key of 64 hexadecimal digits, or a unique prefix\n',
    });
  });
});
