import { EventEmitter } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { foldersOf } from '../../src/cli/artifacts.js';
import { reportProblems } from '../../src/cli/bundle.js';
import { dropOutputWithoutReader } from '../../src/cli/closed-pipe.js';
import { isExpected } from '../../src/cli/errors.js';
import { openFullScreen } from '../../src/cli/full-screen.js';
import { type Entry, find, inventory, readersOf, readsOf } from '../../src/cli/inventory.js';
import { linkNote } from '../../src/cli/link-note.js';
import {
  driftLines,
  emptyLine,
  isEmpty,
  writtenFolders,
  writtenLines,
} from '../../src/cli/output-folder-report.js';
import { ProgressBar } from '../../src/cli/progress-bar.js';
import { untilInterrupted } from '../../src/cli/signals.js';
import { UsageError } from '../../src/cli/usage-error.js';
import { ConfigError } from '../../src/config/error.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { duration } from '../../src/promql/duration.js';
import type { Drift } from '../../src/renderers/drift.js';
import { MANIFEST } from '../../src/renderers/manifest.js';
import { alert, bundle, panel, raw, record } from '../checks/bundle-fixture.js';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const RECORD = 'relay:gateway_pending_writes:max';

describe('what can be listed and explained', () => {
  const ours = bundle({
    alerts: [
      alert({
        for: () => duration('5m'),
        keepFiringFor: () => duration('1m'),
        severity: 'critical',
        situation: 4,
        runbookSteps: ['confirm-state'],
      }),
      alert({ alert: 'GatewayOther', labels: [] }),
    ],
    records: [record({ emptyWhen: 'no relay is pending' })],
    panels: [
      panel(),
      panel({
        id: 2,
        unit: '',
        queries: [{ expr: () => raw('up + on () group_left () not_known'), legend: 'x' }],
      }),
    ],
    inhibitions: [
      {
        reason: 'R.',
        source: { alerts: ['GatewayTestFiring'] },
        target: { alerts: ['GatewayOther'] },
        equal: [],
      },
    ],
  });
  const all = inventory(ours);
  const entry = (name: string) => {
    const found = find(all, name, ours);
    if (found === undefined) throw new Error(`${name} is gone`);
    return found;
  };
  const facts = (name: string) => Object.fromEntries(entry(name).facts);

  it('is every metric, record, alert and panel, in this order', () => {
    expect([...new Set(all.map(({ kind }) => kind))]).toEqual(['metric', 'record', 'alert', 'panel']);
    expect(all.filter(({ kind }) => kind !== 'metric').map(({ name }) => name)).toEqual([
      RECORD,
      'GatewayTestFiring',
      'GatewayOther',
      'test/1',
      'test/2',
    ]);
  });

  it('has its facts: a metric', () => {
    expect(entry('gateway_pending_writes')).toMatchObject({
      kind: 'metric',
      file: 'metrics/gateway.ts',
      expressions: [],
    });
    expect(facts('gateway_pending_writes')).toMatchObject({ type: expect.stringMatching(/^gauge, /) });
    expect(Object.keys(facts('gateway_pending_writes'))).not.toContain('buckets');
    expect(facts('gateway_pending_writes').labels).toBe('relay');
    expect(facts('gateway_pending_writes').trap).toMatch(/^Not a count\. /);
    expect(facts('gateway_active_sessions')).toEqual({ type: 'gauge, none, always', labels: 'none' });
    expect(facts('gateway_pending_write_push_total').labels).toBe('result, relay');
    const histogram = all.find(({ facts: own }) => own.some(([name]) => name === 'buckets'));
    expect(Object.fromEntries(histogram?.facts ?? [])).toMatchObject({
      type: expect.stringMatching(/^histogram, /),
      buckets: expect.stringMatching(/^[\d.]+( [\d.]+)+$/),
    });
    // By the name of one of its series.
    expect(find(all, `${histogram?.name}_bucket`, ours)).toBe(histogram);
    expect(find(all, 'nothing', ours)).toBeUndefined();
    expect(all.flatMap((one) => one.facts).filter(([, text]) => typeof text !== 'string')).toEqual([]);
    expect(
      all.filter(({ kind, facts: own }) => kind === 'metric' && own[1]?.[1] === 'none').length,
    ).toBeGreaterThan(0);
  });

  it('has its facts: a record', () => {
    expect(entry(RECORD)).toMatchObject({
      kind: 'record',
      says: 'The pending relays.',
      file: 'recording-rules/pending-writes.ts',
      expressions: [expect.stringMatching(/^max by \(relay\)/)],
      facts: [
        ['labels', 'relay'],
        ['unit', 'none'],
        ['why', 'Several gateway processes may report the same relay.'],
        ['empty when', 'no relay is pending'],
      ],
    });
    const sites = bundle({ config: { groupBy: ['site'] } });
    expect(Object.fromEntries(find(inventory(sites), RECORD, sites)?.facts ?? [])).toMatchObject({
      labels: 'site, relay',
    });
    const bare = bundle({ records: [record({ labels: [] })] });
    const facts = find(inventory(bare), RECORD, bare)?.facts ?? [];
    expect(facts[0]).toEqual(['labels', 'none']);
    expect(facts.map(([name]) => name)).toEqual(['labels', 'unit', 'why']);
  });

  it('has its facts: an alert', () => {
    expect(entry('GatewayTestFiring')).toMatchObject({
      kind: 'alert',
      says: expect.stringMatching(/^Relay .* is pending in a test\.$/),
      file: 'alerts/pending-writes.ts',
    });
    expect(entry('GatewayTestFiring').facts.map(([name]) => name)).toEqual([
      'severity',
      'fires',
      'description',
      'why',
      'situation',
      'runbook steps',
      'inhibits',
      'runbook',
      'dashboard',
    ]);
    expect(facts('GatewayTestFiring')).toMatchObject({
      severity: 'critical, signal pending-writes',
      fires: 'after 5m, keeps firing for 1m',
      description: expect.stringMatching(/^A description that is long enough/),
      inhibits: 'GatewayOther',
      runbook: 'runbooks/GatewayTestFiring.md',
    });
    expect(facts('GatewayOther').fires).toBe('at once');
    expect(Object.keys(facts('GatewayOther'))).toEqual([
      'severity',
      'fires',
      'description',
      'why',
      'runbook',
      'dashboard',
    ]);
  });

  it('has its facts: a panel', () => {
    expect(entry('test/1')).toEqual({
      kind: 'panel',
      name: 'test/1',
      says: 'Which relays are pending?',
      file: 'dashboards/test.ts',
      expressions: [RECORD],
      facts: [
        ['row', 'Row'],
        ['kind', 'timeseries, unit none'],
        ['description', 'Good: none. From the recorded pending set of the gateway.'],
      ],
    });
    expect(facts('test/2').kind).toBe('timeseries, unit none');
  });

  it('has what it reads and what reads it', () => {
    expect(readsOf(entry(RECORD), ours)).toEqual(['gateway_pending_writes']);
    expect(readsOf(entry('test/2'), ours)).toEqual(['up', 'not_known']);
    expect(readsOf(entry('gateway_pending_writes'), ours)).toEqual([]);
    expect(readersOf(entry(RECORD), ours).map(({ name }) => name)).toEqual([
      'GatewayTestFiring',
      'GatewayOther',
      'test/1',
    ]);
    // A histogram by its own name, none of all that a selector without a name may read twice, and what is broken not at all.
    const queries = ['sum(gateway_pending_write_push_wait_seconds_bucket)', 'sum({job="x"})', 'sum('];
    const readBy = (query: string) => {
      const own = bundle({ panels: [panel({ queries: [{ expr: () => raw(query), legend: 'x' }] })] });
      return readsOf(find(inventory(own), 'test/1', own) as Entry, own);
    };
    const [histogram, all, broken] = queries.map(readBy);
    expect([histogram, broken]).toEqual([['gateway_pending_write_push_wait_seconds'], []]);
    expect(all).toContain('up');
    expect(all?.filter((name) => !/^\w/.test(name))).toEqual([]);
    const ownPast =
      'max by (relay) (gateway_pending_writes) or last_over_time(relay:gateway_pending_writes:max[5m])';
    const carried = bundle({ records: [record({ expr: () => raw(ownPast) })], alerts: [], panels: [] });
    expect(readersOf(find(inventory(carried), RECORD, carried) as Entry, carried)).toEqual([]);
    const gone = { ...entry(RECORD), name: 'gone' };
    expect([readsOf(gone, ours), readersOf(gone, ours)]).toEqual([[], []]);
  });
});

describe('what generate prints', () => {
  const change = (path: string, what: 'wrote' | 'changed' | 'removed') => ({ path, change: what });

  it('is a line per change and a summary', () => {
    const changes = [
      change('a', 'wrote'),
      change('b', 'changed'),
      change('c', 'removed'),
      change('d', 'wrote'),
    ];
    expect(writtenLines('out', { changes, unchanged: ['e', 'f'], leftAlone: [] } as never)).toEqual([
      'wrote out/a',
      'changed out/b',
      'removed out/c',
      'wrote out/d',
      'out: 5 files: 2 new, 1 changed, 1 removed, 2 unchanged',
    ]);
  });

  it('lists up to 20 files of others, and counts the rest', () => {
    const others = (count: number) => Array.from({ length: count }, (_, i) => `mine${i}`);
    const lines = (count: number) =>
      writtenLines('out', { changes: [], unchanged: ['e'], leftAlone: others(count) } as never);
    expect(lines(1)).toEqual([
      'left alone out/mine0 (not ours)',
      'out: 1 file: 0 new, 0 changed, 0 removed, 1 unchanged, 1 other file left alone',
    ]);
    expect(lines(20)).toHaveLength(21);
    expect(lines(21).slice(19)).toEqual([
      'left alone out/mine19 (not ours)',
      'left alone 1 more file (not ours)',
      'out: 1 file: 0 new, 0 changed, 0 removed, 1 unchanged, 21 other files left alone',
    ]);
    expect(lines(22)[20]).toBe('left alone 2 more files (not ours)');
  });

  it('is a note about links that are paths', () => {
    const note = (links: object) => linkNote({ links } as never);
    expect(note({ runbooks: 'r', dashboards: 'd' })).toBeUndefined();
    expect(note({})).toBe(
      "runbook_url and dashboard_url of the alerts are paths, which cannot be opened from a notification. In the site's configuration, set links.runbooks to the address where runbooks/ is published, and links.dashboards to the address of Grafana.",
    );
    expect(note({ runbooks: 'r' })).toBe(
      "dashboard_url of the alerts is a path, which cannot be opened from a notification. In the site's configuration, set links.dashboards to the address of Grafana.",
    );
    expect(note({ dashboards: 'd' })).toMatch(
      /^runbook_url of the alerts is a path, .* set links\.runbooks to /,
    );
  });

  it('is about one folder with --out, and about two without', () => {
    const small = bundle();
    const [only, ...none] = foldersOf(small, 'out');
    expect([only.out, none]).toEqual(['out', []]);
    expect(only.artifacts.map(({ path }) => path)).toContain('runbooks/README.md');
    const [generated, runbooks] = foldersOf(small, undefined);
    expect([generated.out, runbooks?.out]).toEqual(['generated', 'runbooks']);
    expect(generated.artifacts.filter(({ path }) => path.startsWith('runbooks'))).toEqual([]);
    expect(runbooks?.artifacts.map(({ path }) => path)).toEqual([
      'GatewayTestFiring.md',
      'README.md',
      'gateway.md',
    ]);
  });
});

describe('what check prints', () => {
  const drift = (path: string, state: Drift['state'], detail?: string): Drift => ({
    path,
    state,
    ...(detail === undefined ? {} : { detail }),
  });
  const lines = (drifts: Drift[], options: object = {}) => driftLines({ out: 'out', ...options }, drifts);

  it.each<[Drift['state'], string]>([
    ['missing', 'does not exist: run: npm run generate'],
    ['changed', 'is out of date: run: npm run generate'],
    [
      'edited',
      'was edited manually: undo the edit, or make it in the definitions; to overwrite it, run: npm run generate -- --force',
    ],
    ['foreign', 'was not written by generate: move it away'],
    ['stale', 'is no longer generated: run: npm run generate'],
  ])('is what is wrong with a file, and the fix: %s', (state, text) => {
    expect(lines([drift('a/b', state)])).toEqual([`out/a/b: ${state}: ${text}`]);
    expect(lines([drift('a', state, 'Something else')])[0]).toMatch(
      new RegExp(`^out/a: ${state}: Something else: `),
    );
  });

  it('has the options of the command that brings the folder up to date', () => {
    expect(
      lines([drift('a', 'changed')], {
        config: 'my site.yaml',
        given: 'x',
        targets: ['mimir', 'kubernetes'],
      })[0],
    ).toMatch(
      /run: npm run generate -- --config 'my site\.yaml' --out x --target mimir --target kubernetes$/,
    );
  });

  it('says how to take a folder over that has no manifest', () => {
    const both = lines([drift('a', 'foreign'), drift(MANIFEST, 'missing')]);
    expect(both[0]).toBe(
      'out/a: foreign: was not written by generate: to overwrite it, run: npm run generate -- --adopt',
    );
    expect(lines([drift('a', 'foreign', 'is a folder'), drift(MANIFEST, 'missing')])[0]).toBe(
      'out/a: foreign: is a folder: move it away',
    );
    expect(lines([drift('a', 'foreign'), drift(MANIFEST, 'changed')])[0]).toMatch(/move it away$/);
  });

  it('says how to keep the files of a target', () => {
    expect(lines([drift('mimir/rules.yaml', 'stale')])[0]).toBe(
      "out/mimir/rules.yaml: stale: is no longer generated without the target mimir: to keep it, add mimir to targets in the site's configuration; to remove it, run: npm run generate",
    );
    expect(lines([drift('mimir/rules.yaml', 'stale')], { allTargets: ['mimir'] })[0]).toMatch(
      /is no longer generated: run: /,
    );
    expect(lines([drift('mimir/rules.yaml', 'stale')], { allTargets: ['kubernetes'] })[0]).toMatch(
      /to keep it/,
    );
    expect(lines([drift('other/mimir/x', 'stale')])[0]).toMatch(/is no longer generated: run: /);
  });

  it('knows a folder in which nothing was generated', () => {
    const manifest = drift(MANIFEST, 'missing');
    expect(isEmpty([])).toBe(false);
    expect(isEmpty([drift('a', 'missing')])).toBe(false);
    expect(isEmpty([drift('a', 'missing'), manifest])).toBe(true);
    expect(isEmpty([drift('a', 'foreign'), manifest])).toBe(false);
    expect(emptyLine({}, ['generated', 'runbooks'], [])).toBe(
      'nothing was generated in generated and runbooks. If the files are in another folder, pass it with --out; otherwise, run: npm run generate',
    );
    expect(emptyLine({ given: 'x' }, ['x'], ['a', 'b c'])).toBe(
      "nothing was generated in x. If you mean the files in a or b c, pass --out a or --out 'b c'; otherwise, run: npm run generate -- --out x",
    );
  });

  it('knows the folders that generate wrote', () => {
    const folder = temporaryFolder('written-folders');
    const parts = [MANIFEST, 'gateway-observability.site.yaml', 'runbooks'];
    for (const [name, own] of [
      ['z', parts],
      ['a', parts],
      ['b', parts.slice(1)],
      ['c', parts.slice(0, 2)],
      ['d', []],
    ] as const) {
      mkdirSync(join(folder.path, name));
      for (const part of own) writeFileSync(join(folder.path, name, part), '');
    }
    expect(writtenFolders(folder.path)).toEqual(['a', 'z']);
    folder.remove();
  });

  it('is the problems of the definitions, counted without warnings', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    const out = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const printed = () => write.mock.calls.map(([text]) => String(text));
    const wrong = bundle({
      alerts: [alert({ summary: 'No dot' }), alert({ alert: 'GatewayOther', summary: 'No dot' })],
    });
    const { ok } = reportProblems(wrong);
    expect(ok).toBe(false);
    const problems = printed().filter((text) => !text.includes('warning')).length - 1;
    expect(problems).toBeGreaterThan(1);
    expect(printed().at(-1)).toBe(`${problems} problems in the definitions\n`);
    expect(out).not.toHaveBeenCalled();
    write.mockClear();
    expect(reportProblems(wrong, true).ok).toBe(false);
    expect(write).not.toHaveBeenCalled();
    const json = JSON.parse(String(out.mock.calls[0]?.[0])) as { problems: unknown[]; warnings: unknown[] };
    expect(json.problems).toHaveLength(problems);
    expect(Object.keys(json)).toEqual(['problems', 'warnings']);
  });
});

describe('what is shown while a command works', () => {
  const streamOf = (isTTY: boolean) => {
    const written: string[] = [];
    const stream = { isTTY, columns: 80, rows: 24, write: (text: string) => written.push(text) > 0 };
    return { stream: stream as unknown as NodeJS.WriteStream, written };
  };

  it('is a bar on a terminal, and only the messages elsewhere', () => {
    const { stream, written } = streamOf(false);
    const bar = new ProgressBar(stream);
    bar.show(0.5);
    bar.print('again');
    bar.clear();
    expect(written).toEqual(['again\n']);
  });

  it('has the share that is done, and the time that is left once it is known', () => {
    vi.stubEnv('TERM', 'xterm');
    const { stream, written } = streamOf(true);
    const clock = vi.spyOn(Date, 'now').mockReturnValue(1_000_000);
    const bar = new ProgressBar(stream);
    bar.show(0.01);
    clock.mockReturnValue(1_010_000);
    bar.show(0.25);
    bar.clear();
    expect(written).toEqual([
      `\r\x1b[K[${'.'.repeat(30)}] 1 %`,
      `\r\x1b[K[${'#'.repeat(8)}${'.'.repeat(22)}] 25 %, 30s left`,
      '\r\x1b[K',
    ]);
  });

  it('is a whole terminal that is given back', () => {
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const before = process.stdout.listenerCount('resize');
    const screen = openFullScreen((_, height) =>
      Array.from({ length: height + 3 }, (_line, i) => `line ${i}`),
    );
    expect(process.stdout.listenerCount('resize')).toBe(before + 1);
    screen.draw();
    screen.close();
    const texts = write.mock.calls.map(([text]) => String(text));
    write.mockRestore();
    expect(process.stdout.listenerCount('resize')).toBe(before);
    expect([texts[0], texts[2]]).toEqual(['\x1b[?1049h\x1b[?25l', '\x1b[?25h\x1b[?1049l']);
    expect(texts[1]?.startsWith('\x1b[Hline 0\x1b[K\r\nline 1\x1b[K\r\n')).toBe(true);
    expect(texts[1]?.endsWith('\x1b[K\x1b[J')).toBe(true);
    expect(texts[1]?.split('\r\n')).toHaveLength(process.stdout.rows || 24);
  });
});

describe('the end of a command', () => {
  it('is asked for by a signal, which is listened for only while it works', async () => {
    const before = process.listenerCount('SIGTERM');
    const aborted = await untilInterrupted(async (signal) => {
      expect(process.listenerCount('SIGTERM')).toBe(before + 1);
      // Not sent: whatever else listens in this process would end it.
      (process.listeners('SIGTERM').at(-1) as () => void)();
      return signal.aborted;
    });
    expect(aborted).toBe(true);
    expect(process.listenerCount('SIGTERM')).toBe(before);
    await expect(untilInterrupted(() => Promise.reject(new Error('it failed')))).rejects.toThrow('it failed');
    expect(process.listenerCount('SIGTERM')).toBe(before);
  });

  it('is not a reader that has gone, but is any other fault of a stream', () => {
    const stream = new EventEmitter();
    dropOutputWithoutReader([stream as unknown as NodeJS.WritableStream]);
    expect(() => stream.emit('error', Object.assign(new Error('gone'), { code: 'EPIPE' }))).not.toThrow();
    expect(() => stream.emit('error', Object.assign(new Error('full'), { code: 'ENOSPC' }))).toThrow('full');
  });

  it('is a message for what the user can fix', () => {
    expect(isExpected(new UsageError('x'))).toBe(true);
    expect(new UsageError('x').name).toBe('UsageError');
    expect(isExpected(new ConfigError('x', []))).toBe(true);
    expect(isExpected(new Error('x'))).toBe(false);
    expect(isExpected('x')).toBe(false);
  });
});
