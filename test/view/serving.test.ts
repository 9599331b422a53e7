import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders, request, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { listenOnLoopback, waitFor } from '../../src/processes/process.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import type { DashboardJson, PanelJson } from '../../src/view/dashboard-json.js';
import type { DashboardFiles } from '../../src/view/read-dashboards.js';
import { startView, type ViewOptions, type ViewServer } from '../../src/view/server.js';
import { PATIENCE_MS } from '../patience.js';

/* The server with stand-ins for the files and for Prometheus. test/view/server.test.ts has them all. */

const folder = temporaryFolder('gateway-observability-serving');
writeFileSync(join(folder.path, 'Down.md'), '# Down');
const page = join(folder.path, 'page');
mkdirSync(page);
writeFileSync(join(page, 'page.js'), 'one');
afterAll(() => folder.remove());

const panel: PanelJson = {
  id: 1,
  type: 'timeseries',
  title: 'P',
  gridPos: { x: 0, y: 0, w: 12, h: 8 },
  targets: [{ refId: 'A', expr: 'up' }],
};
const board: DashboardJson = {
  uid: 'd',
  title: 'D',
  description: 'About',
  tags: ['t'],
  time: { from: 'now-15m', to: 'now' },
  panels: [panel],
};

let view: ViewServer | undefined;
afterEach(async () => {
  await view?.stop();
  view = undefined;
});

type Query = ViewOptions['client']['queryRange'];
const nothing: Query = async () => [];

async function serve({
  dashboards = [board],
  queryRange = nothing,
  ...more
}: Partial<ViewOptions> & { dashboards?: readonly DashboardJson[]; queryRange?: Query } = {}) {
  const listeners = new Set<() => void>();
  const current: DashboardFiles = {
    dashboards: dashboards.map((dashboard) => ({ file: `${dashboard.uid}.json`, dashboard })),
    unread: [{ file: 'x.json', reason: 'no' }],
  };
  view = await startView({
    client: { query: async () => [], queryRange },
    source: {
      current,
      find: (uid) => dashboards.find((dashboard) => dashboard.uid === uid),
      onChange(changed) {
        listeners.add(changed);
        return () => listeners.delete(changed);
      },
      close: () => undefined,
    },
    page: () => undefined,
    runbooks: [folder.path],
    scrapeIntervalMs: 15_000,
    ...more,
  });
  return { url: view.url, listeners };
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An answer to a request as it is, on a connection of its own. Rejects where it breaks off. */
const ask = (url: string, path: string, headers: Record<string, string> = {}, method = 'GET') =>
  new Promise<Answer>((resolve, reject) => {
    request(`${url}${path}`, { headers, method, agent: false }, (response) => {
      let body = '';
      response
        .setEncoding('utf8')
        .on('data', (chunk: string) => {
          body += chunk;
        })
        .once('error', reject)
        .once('end', () => resolve({ status: response.statusCode, headers: response.headers, body }));
    })
      .once('error', reject)
      .end();
  });
const brief = ({ status, headers, body }: Answer) => [status, headers['content-type'], body];
const TEXT = 'text/plain; charset=utf-8';

describe('an address', () => {
  it.each<[string, readonly unknown[]]>([
    [
      '/api/dashboards',
      [
        200,
        'application/json',
        '{"dashboards":[{"uid":"d","title":"D","description":"About","tags":["t"],"file":"d.json"}],"unread":[{"file":"x.json","reason":"no"}]}',
      ],
    ],
    ['/api/runbook?page=Down', [200, 'application/json', '{"name":"Down","markdown":"# Down"}']],
    ['/api/runbook?page=Up', [404, TEXT, 'There is no such page.\n']],
    ['/api/runbook', [404, TEXT, 'There is no such page.\n']],
    ['/api/dashboard?uid=e', [404, TEXT, 'There is no dashboard with this uid.\n']],
    ['/api/dashboard', [404, TEXT, 'There is no dashboard with this uid.\n']],
    ['/api/load?uid=e', [404, TEXT, 'There is no dashboard with this uid.\n']],
    ['/api/load', [404, TEXT, 'There is no dashboard with this uid.\n']],
    ['/api/other', [404, TEXT, 'There is nothing at this address.\n']],
    ['/api/dashboards/', [404, TEXT, 'There is nothing at this address.\n']],
    ['/%zz', [404, TEXT, 'There is nothing at this address.\n']],
    ['/api/load?uid=d&width=x', [400, TEXT, 'width: found "x", expected pixels from 1 to 8000\n']],
  ])('%s is answered', async (path, expected) => {
    const { url } = await serve();
    const answer = await ask(url, path);
    expect(brief(answer)).toEqual(expected);
    expect(answer.headers).toMatchObject({
      'cache-control': 'no-store',
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
  });

  it('of a dashboard gives it and what of it is not drawn', async () => {
    const other: DashboardJson = {
      ...board,
      panels: [
        panel,
        { ...panel, id: 2, title: 'Two', type: 'nodeGraph' },
        { ...panel, id: 3, options: { sparkles: 1 } },
        { ...panel, id: 4, type: 'row', panels: [{ id: 5, type: 'logs', gridPos: panel.gridPos }] },
      ],
    };
    const { url } = await serve({ dashboards: [other] });
    const { headers, body } = await ask(url, '/api/dashboard?uid=d');
    expect(headers['content-type']).toBe('application/json');
    expect(JSON.parse(body)).toEqual({
      dashboard: other,
      unsupported: [
        { id: 2, title: 'Two', panel: expect.stringContaining('"nodeGraph"'), details: [] },
        { id: 3, title: 'P', details: ['options: found "sparkles", which is not supported'] },
        { id: 5, title: 'logs', panel: expect.stringContaining('"logs"'), details: [] },
      ],
    });
  });

  it('is answered to readers on this machine only', async () => {
    const { url } = await serve();
    const status = async (host: string) => (await ask(url, '/api/dashboards', { host })).status;
    for (const host of ['127.0.0.1', '127.0.0.1:80', 'localhost:8080', '[::1]:1', 'LOCALHOST'])
      expect([host, await status(host)]).toEqual([host, 200]);
    for (const host of [
      'example.org',
      'localhost.org',
      'xlocalhost',
      '127.0.0.1.x:1',
      '127a0b0c1',
      'localhost:',
      'localhost:8x',
      '0.0.0.0',
      '::1',
    ])
      expect([host, await status(host)]).toEqual([host, 403]);
    expect(brief(await ask(url, '/', { host: 'example.org' }))).toEqual([
      403,
      TEXT,
      'This server answers to localhost and 127.0.0.1 only.\n',
    ]);
  });

  it('without a host is not answered', async () => {
    const { url } = await serve();
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.end('GET /api/dashboards HTTP/1.0\r\n\r\n');
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('is only read', async () => {
    const { url } = await serve();
    const head = await ask(url, '/api/dashboards', {}, 'HEAD');
    expect([head.status, head.body]).toEqual([200, '']);
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const answer = await ask(url, '/api/dashboards', {}, method);
      expect([...brief(answer), answer.headers.allow]).toEqual([
        405,
        TEXT,
        'This server only reads.\n',
        'GET, HEAD',
      ]);
    }
  });

  it('of data is not for pages of other sites', async () => {
    const { url } = await serve();
    const site = (path: string, from: string) => ask(url, path, { 'sec-fetch-site': from });
    expect(brief(await site('/api/dashboards', 'cross-site'))).toEqual([
      403,
      TEXT,
      'Only the pages of this server may ask it for data.\n',
    ]);
    expect((await site('/api/dashboards', 'same-origin')).status).toBe(200);
    expect((await site('/', 'cross-site')).status).toBe(200);
  });
});

describe('the page', () => {
  it('is waited for while it is built', async () => {
    const { url } = await serve({ progress: () => 'building' });
    const answer = await ask(url, '/d/x');
    expect(brief(answer)).toEqual([200, 'text/html; charset=utf-8', expect.stringContaining(': building …')]);
    await view?.stop();
    expect((await ask((await serve()).url, '/page.js')).body).toContain(': starting …');
  });

  it('is a document and its files', async () => {
    const { url } = await serve({ page: () => page });
    for (const path of ['/', '/d/x?from=now', '/runbook/Down.md'])
      expect(brief(await ask(url, path))).toEqual([
        200,
        'text/html; charset=utf-8',
        expect.stringContaining('/page.js?7692c3ad3540'),
      ]);
    const script = await ask(url, '/page.js?7692c3ad3540');
    expect(brief(script)).toEqual([200, 'text/javascript; charset=utf-8', 'one']);
    expect(script.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
    });
    expect(brief(await ask(url, '/favicon.ico'))).toEqual([404, TEXT, 'There is nothing at this address.\n']);
  });

  it('may be impossible to read, which is an error of the server', async () => {
    const { url } = await serve({ page: () => join(folder.path, 'gone') });
    expect(brief(await ask(url, '/'))).toEqual([500, TEXT, expect.stringContaining('ENOENT')]);
  });
});

describe('the data of a dashboard', () => {
  const PATH = '/api/load?uid=d&panels=1:640';

  it('is a line for each part', async () => {
    const asked: unknown[] = [];
    const { url } = await serve({
      nowMs: () => 1_800_000_000_000,
      queryRange: async (...given) => {
        asked.push(given.slice(0, 4));
        return [];
      },
    });
    const { status, headers, body } = await ask(url, PATH);
    expect([status, headers['content-type']]).toEqual([200, 'application/x-ndjson']);
    expect(headers).toMatchObject({ 'cache-control': 'no-store' });
    expect(body.split('\n').map((line) => (line === '' ? '' : JSON.parse(line).kind))).toEqual([
      'variables',
      'annotations',
      'panel',
      '',
    ]);
    expect(asked).toEqual([['up', 1_799_999_100, 1_800_000_000, 15]]);
  });

  it('is of this moment', async () => {
    const before = Date.now();
    const { body } = await ask((await serve()).url, PATH);
    const { to } = (JSON.parse(body.split('\n')[0] as string) as { range: { to: number } }).range;
    expect(to).toBeGreaterThanOrEqual(before);
    expect(to).toBeLessThanOrEqual(Date.now());
  });

  it('is complete where it is long', async () => {
    const labels = { text: 'x'.repeat(3_000_000) };
    const { url } = await serve({ queryRange: async () => [{ labels, points: [] }] as never });
    expect((await ask(url, PATH)).body.length).toBeGreaterThan(3_000_000);
  });

  it('breaks off where it cannot be written, and the server goes on', async () => {
    const { url } = await serve({ queryRange: async () => [{ labels: { n: 1n }, points: [] }] as never });
    await expect(ask(url, PATH)).rejects.toThrow(/aborted|hang up/);
    expect((await ask(url, '/api/dashboards')).status).toBe(200);
  });

  it('is of sixteen pages at a time, and no longer asked for once a page is gone', async () => {
    const signals: AbortSignal[] = [];
    const { url } = await serve({
      queryRange: (_, _start, _end, _step, signal) =>
        new Promise((_resolve, reject) => {
          signals.push(signal as AbortSignal);
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        }),
    });
    const started: (() => void)[] = [];
    for (let i = 0; i < 16; i += 1) {
      await new Promise<void>((resolve, reject) => {
        const asking = request(`${url}${PATH}`, { agent: false }, (response) => {
          response.on('error', () => undefined);
          response.once('data', () => resolve());
        });
        asking.once('error', reject).end();
        started.push(() => asking.destroy());
      });
    }
    const refused = await ask(url, PATH);
    expect([...brief(refused), refused.headers['retry-after']]).toEqual([
      503,
      TEXT,
      '16 pages are loading; try again in a moment.\n',
      '2',
    ]);
    for (const stop of started) stop();
    const wait = { timeoutMs: 5_000, everyMs: 5 };
    await waitFor(() => signals.length > 0 && signals.every(({ aborted }) => aborted), {
      what: 'queries to be cancelled',
      ...wait,
    });
    await waitFor(async () => (await ask(url, '/api/load?uid=d')).status === 200, {
      what: 'a free place',
      ...wait,
    });
  });

  it('frees its place also where the page is gone in the middle of an answer', async () => {
    const labels = { text: 'x'.repeat(8_000_000) };
    let asked = 0;
    const { url } = await serve({
      queryRange: (_, _start, _end, _step, signal) => {
        asked += 1;
        if (asked === 1) return Promise.resolve([{ labels, points: [] }] as never);
        return new Promise((_resolve, reject) => {
          signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
        });
      },
    });
    const stops: (() => void)[] = [];
    for (let i = 0; i < 16; i += 1) {
      await new Promise<void>((resolve, reject) => {
        const asking = request(`${url}${PATH}`, { agent: false }, (response) => {
          // Nobody reads the answer.
          response.on('error', () => undefined);
          resolve();
        });
        asking.once('error', reject).end();
        stops.push(() => asking.destroy());
      });
    }
    const status = async () => (await ask(url, '/api/load?uid=d')).status;
    expect(await status()).toBe(503);
    stops[0]?.();
    await waitFor(async () => (await status()) === 200, {
      what: 'a free place',
      timeoutMs: PATIENCE_MS,
      everyMs: 5,
    });
    for (const stop of stops) stop();
  });
});

describe('changes', () => {
  it('are told to open pages, until they are gone or the server ends', async () => {
    const { url, listeners } = await serve();
    const write = vi.spyOn(ServerResponse.prototype, 'write');
    try {
      const events = await fetch(`${url}/api/changes`);
      const { status, headers } = events;
      expect([status, headers.get('content-type'), headers.get('cache-control')]).toEqual([
        200,
        'text/event-stream',
        'no-store',
      ]);
      const reader = (events.body as ReadableStream<Uint8Array>).getReader();
      const next = async () => Buffer.from((await reader.read()).value ?? []).toString();
      expect(await next()).toBe(': open\n\n');
      for (const changed of listeners) changed();
      expect(await next()).toBe('data: changed\n\n');
      await reader.cancel();
      const response = write.mock.contexts[0] as ServerResponse;
      await waitFor(() => response.closed, { what: 'the page to be gone', timeoutMs: 10_000, everyMs: 2 });
      for (const changed of listeners) changed();
      expect(write.mock.calls.map(([text]) => text)).toEqual([': open\n\n', 'data: changed\n\n']);
    } finally {
      write.mockRestore();
    }
    await view?.stop();
    expect(listeners.size).toBe(0);
  });
});

describe('the server', () => {
  it('ends at once, also with open pages, and its port is free again', async () => {
    const { url } = await serve();
    const events = await fetch(`${url}/api/changes`);
    const rest = events.text().catch(() => 'broken off');
    await view?.stop();
    expect(await rest).toBe('broken off');
    const port = Number(new URL(url).port);
    expect((await serve({ port })).url).toBe(`http://127.0.0.1:${port}`);
  });

  it('does not start where the port is taken', async () => {
    const other = createServer();
    const port = await listenOnLoopback(other);
    await expect(serve({ port })).rejects.toThrow(/EADDRINUSE|is taken|in use/);
    other.close();
  });
});
