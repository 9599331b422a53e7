import { describe, expect, it } from 'vitest';
import type { ExitCode } from '../../src/cli/exit-code.js';
import { ended, runLive, runOnce } from '../../src/cli/stack-run.js';
import { ToolNotFoundError } from '../../src/processes/find.js';
import { captured } from './in-process.js';

/* What `start` does, with stand-ins that only write down what is asked of them. test/end-to-end runs the real ones. */

const bundle = { name: 'the bundle' } as never;

function world() {
  const interrupt = new AbortController();
  const reported: string[] = [];
  const asked: [string, ...unknown[]][] = [];
  const note =
    <T>(name: string, result: T) =>
    (...given: unknown[]): T => {
      asked.push([name, ...given]);
      return result;
    };
  const stop = (name: string) => async () => {
    asked.push([`stop ${name}`]);
  };
  const given = { bundle, progress: (text: string) => void reported.push(text), signal: interrupt.signal };
  const stack = { prometheus: { client: 'the client' }, stop: stop('stack') };
  const names = () => asked.map(([name]) => name);
  const of = (name: string) => asked.find(([one]) => one === name)?.slice(1);
  const scenario = { demonstration: 'the demonstration', DEMONSTRATION_LEAD: 85 };
  return { interrupt, reported, asked, note, stop, given, stack, names, of, scenario };
}

describe('a run that ends by itself', () => {
  const once = async (summary: object | undefined, json = false, isInterrupted = false) => {
    const { interrupt, note, given, stack, names, of, scenario } = world();
    if (isInterrupted) interrupt.abort();
    const parts = {
      ...scenario,
      startStack: note('start', Promise.resolve(stack)),
      watchOnce: note('watch', Promise.resolve(summary)),
      summaryText: ({ text }: { text: string }) => `summary: ${text}`,
    } as unknown as Parameters<typeof runOnce>[2];
    const before = Date.now();
    const ran = await captured(() => runOnce(given, json, parts) as Promise<ExitCode>);
    return { ran, names: names(), start: of('start'), watch: of('watch'), given, stack, before };
  };

  it('watches the demonstration and prints a summary', async () => {
    const { ran, names, start, watch, given, stack, before } = await once({ ok: true, text: 'fine' });
    expect(ran).toEqual({ code: 0, out: 'summary: fine\n', err: '' });
    expect(names).toEqual(['start', 'watch', 'stop stack']);
    expect(start).toEqual([
      { bundle, scenario: 'the demonstration', alreadyPassed: 85, onProgress: given.progress },
    ]);
    const [watched, of, begin, signal] = watch ?? [];
    expect([watched, of, signal]).toEqual([bundle, stack, given.signal]);
    expect(begin).toBeGreaterThanOrEqual(before);
    expect(begin).toBeLessThanOrEqual(Date.now());
  });

  it('fails where not everything is well', async () => {
    expect((await once({ ok: false, text: 'bad' })).ran).toEqual({ code: 1, out: 'summary: bad\n', err: '' });
    const json = await once({ ok: false, text: 'bad' }, true);
    expect([json.ran.code, JSON.parse(json.ran.out)]).toEqual([1, { ok: false, text: 'bad' }]);
  });

  it('fails where it is interrupted, before or while it watches', async () => {
    const early = await once({ ok: true }, false, true);
    expect([early.ran.code, early.ran.out, early.names]).toEqual([1, '', ['start', 'stop stack']]);
    const late = await once(undefined);
    expect([late.ran.code, late.ran.out, late.names]).toEqual([1, '', ['start', 'watch', 'stop stack']]);
  });
});

describe('a run until it is interrupted', () => {
  const live = async (more: object = {}, { isInterrupted = false } = {}) => {
    const { interrupt, reported, note, stop, given, stack, names, of, scenario, asked } = world();
    if (isInterrupted) interrupt.abort();
    const info = { addresses: [['Prometheus', 'http://p']], remarks: [] };
    const parts = {
      ...scenario,
      pageInBackground: note('page', 'the page'),
      pageProblem: note('problem', 'the problem'),
      notificationsOf: note(
        'notifications',
        Promise.resolve({
          url: 'http://alertmanager',
          receiver: { url: 'http://receiver' },
          stop: stop('notifications'),
        }),
      ),
      startStack: note('start', Promise.resolve(stack)),
      startDashboards: note(
        'dashboards',
        Promise.resolve({ url: 'http://dashboards', stop: stop('dashboards') }),
      ),
      runInfoOf: note(
        'info',
        Promise.resolve(() => info),
      ),
      async watchLive(_: unknown, signal: AbortSignal, show: (observation: object) => void) {
        asked.push(['watch', _, signal]);
        show({ relays: 1 });
      },
      view: {
        changes: (_: unknown, { relays }: { relays: number }) => [`${relays} relays`],
        screen: () => [],
      },
      ...more,
    } as unknown as Parameters<typeof runLive>[3];
    const before = Date.now();
    const ran = await captured(
      () => ended(given, () => runLive(given, 8080, true, parts)) as Promise<ExitCode>,
    );
    return { ran, reported, given, stack, names: names(), of, before };
  };
  const STOPS = ['stop notifications', 'stop stack', 'stop dashboards'];

  it('has notifications and dashboards, and stops all of them', async () => {
    const { ran, reported, given, stack, names, of, before } = await live();
    expect(ran).toEqual({ code: 0, out: 'Prometheus: http://p\n1 relays\n', err: '' });
    expect(names).toEqual([
      ...['page', 'problem', 'notifications', 'start', 'dashboards', 'info', 'watch'],
      ...STOPS,
    ]);
    expect(reported).toEqual(['starting Alertmanager and a receiver for its notifications']);
    const [{ onProgress, signal }] = of('page') as [{ onProgress: (what: string) => void; signal: unknown }];
    expect(signal).toBe(given.signal);
    onProgress('building');
    expect(reported.at(-1)).toBe('building …');
    expect(of('problem')).toEqual(['the page']);
    expect(of('notifications')).toEqual([bundle]);
    expect(of('start')).toEqual([
      {
        bundle,
        scenario: 'the demonstration',
        alreadyPassed: 85,
        onProgress: given.progress,
        alertmanager: 'http://alertmanager',
      },
    ]);
    expect(of('dashboards')).toEqual([bundle, 'the client', 'the page', 8080]);
    const [watched, isDemonstration, begin, beside] = of('info') ?? [];
    expect([watched, isDemonstration, beside]).toEqual([
      stack,
      true,
      {
        dashboards: 'http://dashboards',
        problem: 'the problem',
        notifications: { alertmanager: 'http://alertmanager', sent: 'http://receiver' },
      },
    ]);
    expect(begin).toBeGreaterThanOrEqual(before);
    expect(of('watch')).toEqual([stack, given.signal]);
  });

  it('goes on without notifications where there are none, and says why', async () => {
    const { ran, names, of } = await live({ notificationsOf: async () => 'no Alertmanager here' });
    expect(ran.code).toBe(0);
    expect(of('start')?.[0]).not.toHaveProperty('alertmanager');
    expect(of('info')?.[3]).toMatchObject({ notifications: 'no Alertmanager here' });
    expect(names.filter((name) => name.startsWith('stop'))).toEqual(STOPS.slice(1));
  });

  it('does not watch where it was interrupted while it started', async () => {
    const { ran, reported, names } = await live({}, { isInterrupted: true });
    expect(ran).toEqual({ code: 0, out: '', err: '' });
    expect(names).toEqual([...['page', 'problem', 'notifications', 'start', 'dashboards'], ...STOPS]);
    expect(reported.at(-1)).toBe('stopped; all processes ended and temporary files removed');
  });

  it('stops what was started where something does not start, and says why', async () => {
    const failed = await live({ startDashboards: () => Promise.reject(new Error('port taken')) });
    expect(failed.ran).toEqual({ code: 1, out: '', err: 'port taken\n' });
    expect(failed.names.filter((name) => name.startsWith('stop'))).toEqual(STOPS.slice(0, 2));
    expect(failed.reported).toHaveLength(1);
    const missing = new ToolNotFoundError('no prometheus');
    await expect(live({ startStack: () => Promise.reject(missing) })).rejects.toBe(missing);
  });
});
