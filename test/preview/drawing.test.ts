import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { BrowserPage } from '../../src/preview/browser-page.js';
import type { Chromium } from '../../src/preview/chromium.js';
import { DevTools } from '../../src/preview/dev-tools.js';
import { DrawingError, startDrawing } from '../../src/preview/draw.js';
import type { ManagedProcess } from '../../src/processes/process.js';
import type { DashboardJson } from '../../src/view/dashboard-json.js';

type Message = Readonly<Record<string, unknown>>;

/** A browser that answers to each command as it is told. */
function browser(
  answerTo: (method: string, params: Message, session?: string) => Message | undefined = () => ({}),
) {
  const [input, output] = [new PassThrough(), new PassThrough()];
  const sent: [string, Message, unknown?][] = [];
  let end: (exit: { code: number | null; signal: string | null }) => void = () => undefined;
  const exited = new Promise((resolve) => {
    end = resolve;
  });
  const child = {
    channel: { input, output },
    exited,
    exit: undefined as unknown,
    logs: (lines: number) => `last ${lines} lines`,
  };
  const tools = new DevTools(child as unknown as ManagedProcess);
  const say = (message: object) => output.write(`${JSON.stringify(message)}\0`);
  input.on('data', (chunk: Buffer) => {
    for (const text of chunk.toString().split('\0').filter(Boolean)) {
      const { id, method, params, sessionId } = JSON.parse(text);
      sent.push(sessionId === undefined ? [method, params] : [method, params, sessionId]);
      const answer = answerTo(method, params, sessionId);
      if (answer !== undefined) say({ id, ...answer });
    }
  });
  return { tools, child, output, sent, say, end };
}

describe('the debugging protocol of a browser', () => {
  it('sends commands and reads their results, however they are cut', async () => {
    const { tools, output, sent } = browser(() => undefined);
    const results = [tools.send('A.one', { x: 1 }), tools.send('B.two', {}, 's'), tools.send('C.three', {})];
    const answers = [{ id: 2, result: { two: 'ä' } }, { id: 1, result: { one: 1 } }, { id: 3 }];
    const bytes = Buffer.from(answers.map((answer) => `${JSON.stringify(answer)}\0`).join(''));
    // The end of the first answer comes alone.
    const first = bytes.indexOf(0);
    output.write(bytes.subarray(0, first));
    for (let at = first; at < bytes.length; at += at === first ? 1 : 7)
      output.write(bytes.subarray(at, at === first ? at + 1 : at + 7));
    expect(await Promise.all(results)).toEqual([{ one: 1 }, { two: 'ä' }, {}]);
    expect(sent).toEqual([
      ['A.one', { x: 1 }],
      ['B.two', {}, 's'],
      ['C.three', {}],
    ]);
  });

  it('rejects what the browser refuses, and all that waits when it ends', async () => {
    const { tools, child, end } = browser((method) =>
      method === 'Bad' ? { error: { message: 'no such thing' } } : undefined,
    );
    await expect(tools.send('Bad', {})).rejects.toThrow(new Error('chromium: no such thing'));
    const waiting = [tools.send('A', {}), tools.send('B', {})];
    end({ code: 1, signal: null });
    for (const one of waiting)
      await expect(one).rejects.toThrow(new Error('chromium exited (exit code 1):\nlast 15 lines'));
    child.exit = { code: 1 };
    await expect(tools.send('C', {})).rejects.toThrow(new Error('chromium has ended'));
    const killed = browser(() => undefined);
    const last = killed.tools.send('A', {});
    killed.child.channel.input.emit('error', new Error('broken pipe'));
    killed.end({ code: null, signal: 'SIGKILL' });
    await expect(last).rejects.toThrow(new Error('chromium exited (SIGKILL):\nlast 15 lines'));
  });

  it('gives the events of a session to those who listen', async () => {
    const { tools, say } = browser();
    const events: unknown[] = [];
    tools.listen('s', (...event) => events.push(event));
    tools.listen('', (...event) => events.push(['browser', ...event]));
    say({ method: 'Page.loaded', params: { a: 1 }, sessionId: 's' });
    say({ method: 'Page.loaded', sessionId: 'other' });
    say({ sessionId: 's' });
    say({ method: 'Target.created' });
    say({ id: 99, result: {} });
    await tools.send('done', {});
    expect(events).toEqual([
      ['Page.loaded', { a: 1 }],
      ['', {}],
      ['browser', 'Target.created', {}],
    ]);
  });
});

describe('a page of a browser', () => {
  it('is prepared for pictures that are the same everywhere', async () => {
    const { tools, sent } = browser();
    await new BrowserPage(tools, 's', 'c').prepare({ width: 900, height: 700, theme: 'dark' });
    const size = { width: 900, height: 700, deviceScaleFactor: 1, mobile: false };
    const features = [
      { name: 'prefers-color-scheme', value: 'dark' },
      { name: 'prefers-reduced-motion', value: 'reduce' },
    ];
    expect(sent).toEqual([
      ...['Page', 'Runtime', 'Network', 'Log'].map((domain) => [`${domain}.enable`, {}, 's']),
      ['Emulation.setDeviceMetricsOverride', size, 's'],
      ['Emulation.setTimezoneOverride', { timezoneId: 'UTC' }, 's'],
      ['Emulation.setLocaleOverride', { locale: 'en-GB' }, 's'],
      ['Emulation.setEmulatedMedia', { features }, 's'],
    ]);
  });

  it('is opened at an address, asked and closed', async () => {
    const { tools, sent } = browser((method, params) => {
      if (method === 'Page.navigate')
        return { result: params.url === 'http://gone' ? { errorText: 'refused' } : {} };
      if (params.expression === 'bad')
        return {
          result: { exceptionDetails: { text: 'Uncaught', exception: { description: 'Error: bad' } } },
        };
      if (params.expression === 'worse') return { result: { exceptionDetails: { text: 'Uncaught' } } };
      if (params.expression === 'odd') return { result: { exceptionDetails: {} } };
      return { result: { result: { value: 7 } } };
    });
    const page = new BrowserPage(tools, 's', 'c');
    await page.goto('http://here');
    await expect(page.goto('http://gone')).rejects.toThrow(new Error('http://gone: refused'));
    expect(await page.evaluate('x')).toBe(7);
    await expect(page.evaluate('bad')).rejects.toThrow(new Error('Error: bad'));
    await expect(page.evaluate('worse')).rejects.toThrow(new Error('Uncaught'));
    await expect(page.evaluate('odd')).rejects.toThrow(new Error(''));
    expect(sent[2]).toEqual([
      'Runtime.evaluate',
      { expression: 'x', awaitPromise: true, returnByValue: true },
      's',
    ]);
    await page.close();
    expect(sent.at(-1)).toEqual(['Target.disposeBrowserContext', { browserContextId: 'c' }]);
  });

  it('is pictured in its whole height, or in part', async () => {
    const { tools, sent } = browser((method) =>
      method === 'Page.captureScreenshot'
        ? { result: { data: btoa('png') } }
        : { result: { result: { value: 1234 } } },
    );
    const page = new BrowserPage(tools, 's', 'c');
    expect((await page.picture()).toString()).toBe('png');
    await page.picture({ x: 1, y: 2, width: 3, height: 4 });
    const shots = sent.filter(([method]) => method === 'Page.captureScreenshot').map(([, params]) => params);
    expect(shots).toEqual([
      { format: 'png' },
      { format: 'png', clip: { x: 1, y: 2, width: 3, height: 4, scale: 1 } },
    ]);
    expect(sent[1]).toEqual([
      'Emulation.setDeviceMetricsOverride',
      { width: 0, height: 1234, deviceScaleFactor: 1, mobile: false },
      's',
    ]);
    expect(sent.map(([, { expression }]) => expression).filter(Boolean)).toEqual([
      'document.documentElement.scrollHeight',
      expect.stringContaining('requestAnimationFrame'),
      'document.documentElement.scrollHeight',
      expect.stringContaining('requestAnimationFrame'),
    ]);
  });

  it('collects what goes wrong', async () => {
    const { tools, say } = browser();
    const page = new BrowserPage(tools, 's', 'c');
    await page.prepare({ width: 1, height: 1, theme: 'light' });
    const event = (method: string, params: object) => say({ sessionId: 's', method, params });
    event('Runtime.exceptionThrown', {
      exceptionDetails: { text: 'Uncaught', exception: { description: 'Error: x' } },
    });
    event('Runtime.consoleAPICalled', {
      type: 'error',
      args: [{ value: 'a' }, { description: 'b' }, { value: 0 }],
    });
    event('Runtime.consoleAPICalled', { type: 'log', args: [{ value: 'a' }] });
    event('Log.entryAdded', { entry: { level: 'error', text: 'not found', url: 'http://u' } });
    event('Log.entryAdded', { entry: { level: 'error', text: 'odd' } });
    event('Log.entryAdded', { entry: { level: 'warning', text: 'old' } });
    event('Page.loaded', { type: 'error', entry: { level: 'error' } });
    await tools.send('done', {});
    expect(page.problems).toEqual(['Error: x', 'console: a b 0', 'http://u: not found', ': odd']);
  });
});

describe('a drawing', () => {
  const dashboard: DashboardJson = {
    ...{ uid: 'd', title: 'D', time: { from: 'now-1h', to: 'now' }, panels: [] },
    templating: {
      list: [
        { name: 'relay', type: 'query' },
        { name: 'many', type: 'query', multi: true },
        { name: 'all', type: 'query', includeAll: true },
        { name: 'other', type: 'query' },
      ],
    },
  };
  const { templating: _, ...untemplated } = dashboard;
  const plain: DashboardJson = { ...untemplated, uid: 'plain' };
  const options = {
    width: 900,
    theme: 'dark' as const,
    note: 'a note',
    values: new Map(['relay', 'many', 'all'].map((name) => [name, 'v'])),
  };

  /** A browser whose page has these values. */
  async function drawn(values: Readonly<Record<string, unknown>>, problems: string[] = []) {
    const log: unknown[] = [];
    const tab = {
      problems,
      goto: async (url: string) => log.push(url),
      evaluate: async (expression: string) => {
        const value = values[expression] ?? values[/data-panel="(\d+)"/.exec(expression)?.[1] ?? ''];
        if (value instanceof Error) throw value;
        return typeof value === 'function' ? value() : value;
      },
      picture: async (place?: object) => Buffer.from(JSON.stringify(place ?? 'whole')),
      close: async () => log.push('closed'),
    };
    const chromium = {
      open: async (window: object) => {
        log.push(window);
        return tab;
      },
    } as unknown as Chromium;
    const drawing = await startDrawing([dashboard, plain], {
      ...{
        chromium,
        page: 'nowhere',
        prometheusUrl: 'http://127.0.0.1:1',
        nowMs: 0,
        scrapeIntervalMs: 30_000,
      },
    });
    return { drawing, log };
  }

  it('is of a dashboard at its address, with values of variables of a single value', async () => {
    const { drawing, log } = await drawn({
      'window.previewDrawn': true,
      3: { x: 1, y: 2, width: 3, height: 4 },
    });
    try {
      const one = await drawing.draw(dashboard, options);
      expect((await one.whole()).toString()).toBe('"whole"');
      expect((await one.panel(3))?.toString()).toBe('{"x":1,"y":2,"width":3,"height":4}');
      expect(await one.panel(4)).toBeUndefined();
      await one.close();
      await (await drawing.draw(dashboard, { ...options, openRows: true })).close();
      const [window, address, closed, , open] = log;
      expect([window, closed]).toEqual([{ width: 900, theme: 'dark' }, 'closed']);
      expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/d\/d\?picture=a\+note&theme=dark&var-relay=v$/);
      expect(open).toMatch(/\?picture=a\+note&theme=dark&rows=open&var-relay=v$/);
    } finally {
      await drawing.stop();
    }
  });

  it('is finished when the page reports it, for the given time and page', async () => {
    let looks = 0;
    const { drawing, log } = await drawn({
      'window.previewDrawn': () => {
        looks += 1;
        return looks === 3;
      },
    });
    try {
      await drawing.draw(plain, options);
      expect(looks).toBe(3);
      const address = log[1] as string;
      // The page is loaded from the folder that was given.
      expect(await (await fetch(address)).text()).toContain("'nowhere/page.js'");
      const loaded = await (await fetch(`${new URL(address).origin}/api/load?uid=plain`)).text();
      expect(JSON.parse(loaded.split('\n')[0] as string)).toMatchObject({
        kind: 'variables',
        range: { from: -3_600_000, to: 0 },
      });
    } finally {
      await drawing.stop();
    }
  });

  it.each([
    [
      { 'window.previewDrawn': true, 'window.previewErrors': ['one', 'two'] },
      ['zero'],
      'd: zero\nd: one\nd: two',
    ],
    [{ 'window.previewErrors': ['one'] }, [], 'd: one'],
    [{}, ['zero'], 'd: zero'],
  ])('fails with what the page says: %#', async (values, problems, message) => {
    const { drawing, log } = await drawn(values, problems);
    try {
      await expect(drawing.draw(dashboard, options)).rejects.toThrow(new DrawingError(message));
      expect(log.at(-1)).toBe('closed');
    } finally {
      await drawing.stop();
    }
  });
});
