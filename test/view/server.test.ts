import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listenOnLoopback, waitFor } from '../../src/processes/process.js';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import { PrometheusClient } from '../../src/prometheus/client.js';
import { PrometheusConnection } from '../../src/prometheus/connection.js';
import type { DashboardJson, PanelJson } from '../../src/view/dashboard-json.js';
import { CONCURRENT_QUERIES, type LoadedPart } from '../../src/view/load.js';
import { startView, type ViewServer } from '../../src/view/server.js';
import { type WatchedDashboards, watchDashboards } from '../../src/view/watch-dashboards.js';
import { PATIENCE_MS } from '../patience.js';

const panel = (id: number, more: Partial<PanelJson> = {}): PanelJson => ({
  id,
  type: 'timeseries',
  title: `Panel ${id}`,
  gridPos: { x: 0, y: id * 8, w: 12, h: 8 },
  targets: [{ refId: 'A', expr: `metric_${id}{relay="$relay"}` }],
  ...more,
});
const board = (panels: readonly PanelJson[], more: Partial<DashboardJson> = {}): DashboardJson => ({
  uid: 'board',
  title: 'Board',
  time: { from: 'now-1h', to: 'now' },
  templating: { list: [{ name: 'relay', type: 'custom', query: 'r1,r2' }] },
  panels,
  ...more,
});

/** Stands in for a Prometheus whose answers the test decides. Real ones answer in test/view/browser.test.ts. */
async function upstream(answer: (query: string, response: ServerResponse, request: IncomingMessage) => void) {
  const queries: string[] = [];
  const server = createServer((incoming, response) => {
    let form = '';
    incoming.setEncoding('utf8').on('data', (chunk: string) => {
      form += chunk;
    });
    incoming.on('end', () => {
      const query = new URLSearchParams(form).get('query') ?? '';
      queries.push(query);
      answer(query, response, incoming);
    });
  });
  const port = await listenOnLoopback(server);
  return { url: `http://127.0.0.1:${port}`, port, queries, server };
}
type Upstream = Awaited<ReturnType<typeof upstream>>;

const nothing = (_: string, response: ServerResponse) =>
  response.end('{"status":"success","data":{"resultType":"matrix","result":[]}}');

let folder: TemporaryFolder;
let source: WatchedDashboards | undefined;
let view: ViewServer | undefined;
let prometheus: Upstream | undefined;
let connection: PrometheusConnection | undefined;

beforeEach(() => {
  folder = temporaryFolder('gateway-observability-view-test');
});
afterEach(async () => {
  await view?.stop();
  source?.close();
  connection?.close();
  prometheus?.server.closeAllConnections();
  prometheus?.server.close();
  folder.remove();
});

const save = (dashboard: object, name = 'board.json') =>
  writeFileSync(join(folder.path, name), JSON.stringify(dashboard));

async function serve(dashboard: object, answer: Parameters<typeof upstream>[0] = nothing): Promise<string> {
  save(dashboard);
  prometheus = await upstream(answer);
  connection = new PrometheusConnection({ url: prometheus.url, timeoutMs: PATIENCE_MS });
  source = watchDashboards([folder.path]);
  mkdirSync(join(folder.path, 'runbooks'));
  writeFileSync(join(folder.path, 'runbooks', 'GatewayDown.md'), '# GatewayDown');
  writeFileSync(join(folder.path, 'secret.md'), 'secret');
  view = await startView({
    client: new PrometheusClient(connection),
    source,
    page: () => undefined,
    runbooks: [join(folder.path, 'runbooks')],
    scrapeIntervalMs: 15_000,
  });
  return view.url;
}

async function load(url: string, query: string): Promise<LoadedPart[]> {
  const response = await fetch(`${url}/api/load?uid=board&${query}`);
  const text = await response.text();
  if (!response.ok) throw new Error(`HTTP ${response.status}: ${text}`);
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as LoadedPart);
}

/** The status of a request with headers that fetch would not send. */
const statusOf = (url: string, headers: Record<string, string>, method = 'GET', path = '/api/dashboards') =>
  new Promise<number | undefined>((resolve, reject) => {
    request(`${url}${path}`, { headers, method }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end();
  });

describe('who may ask the server', () => {
  it.each([
    ['127.0.0.1:1', 200],
    ['localhost:8080', 200],
    ['[::1]:1', 200],
    ['LOCALHOST', 200],
    ['example.org', 403],
    ['127.0.0.1.example.org', 403],
    ['localhost.example.org:80', 403],
    ['0.0.0.0', 403],
  ])('under the name %s gets %i', async (host, status) => {
    expect(await statusOf(await serve(board([panel(1)])), { host })).toBe(status);
  });

  it('is no page of another site, and no answer allows that', async () => {
    const url = await serve(board([panel(1)]));
    expect(await statusOf(url, { 'sec-fetch-site': 'cross-site' })).toBe(403);
    expect(await statusOf(url, {}, 'POST')).toBe(405);
    expect(await statusOf(url, {}, 'OPTIONS')).toBe(405);
    const { headers } = await fetch(`${url}/api/dashboards`, { headers: { origin: 'http://example.org' } });
    expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(headers.get('cross-origin-resource-policy')).toBe('same-origin');
  });

  it('gets no file outside the runbook', async () => {
    const url = await serve(board([panel(1)]));
    const page = (name: string) => fetch(`${url}/api/runbook?page=${encodeURIComponent(name)}`);
    expect(await (await page('GatewayDown')).json()).toEqual({
      name: 'GatewayDown',
      markdown: '# GatewayDown',
    });
    for (const name of ['../secret', '..%2fsecret', '', 'gone', '/etc/passwd']) {
      expect((await page(name)).status).toBe(404);
    }
  });
});

describe('the queries that are sent', () => {
  it('are those of the panels that are asked for, with the values that were chosen', async () => {
    const url = await serve(board([panel(1), panel(2)]));
    const parts = await load(url, 'panels=2:640&var-relay=r2&query=up&expr=up&panels=9:1');
    expect(prometheus?.queries).toEqual(['metric_2{relay="r2"}']);
    expect(parts.filter(({ kind }) => kind === 'panel')).toMatchObject([{ id: 2, data: { frames: [] } }]);
  });

  it('take no text of a query from a value that is not among the options', async () => {
    const url = await serve(board([panel(1)]));
    const parts = await load(url, `panels=1:640&var-relay=${encodeURIComponent('r1"} or up{x="')}`);
    expect(prometheus?.queries).toEqual([]);
    expect(parts).toMatchObject([
      {
        kind: 'variables',
        variables: [{ name: 'relay', error: expect.stringContaining('not among the options') }],
      },
      { kind: 'annotations' },
      { kind: 'panel', error: { message: expect.stringContaining('not among the options') } },
    ]);
  });

  it('take a plain value that is not among the options, and the page learns that', async () => {
    const parts = await load(await serve(board([panel(1)])), 'panels=1:640&var-relay=r9');
    expect(prometheus?.queries).toEqual(['metric_1{relay="r9"}']);
    expect(parts[0]).toMatchObject({ variables: [{ values: ['r9'], unlisted: ['r9'] }] });
  });

  it('are none for panels that cannot be drawn; they are listed', async () => {
    const foreign = [
      panel(1, { type: 'geomap' }),
      panel(2, { datasource: { type: 'loki', uid: 'x' } }),
      panel(3, { options: { sparkles: true } }),
    ];
    const url = await serve(board(foreign));
    const parts = await load(url, 'panels=1:640,2:640,3:640');
    expect(parts.flatMap((part) => (part.kind === 'panel' ? part.id : []))).toEqual([3]);
    expect(await (await fetch(`${url}/api/dashboard?uid=board`)).json()).toMatchObject({
      unsupported: [
        { id: 1, panel: expect.stringContaining('"geomap"') },
        { id: 2, panel: expect.stringContaining('"loki"') },
        { id: 3, details: [expect.stringContaining('"sparkles"')] },
      ],
    });
  });

  it.each([
    ['panels=1', 'panels: found "", expected pixels'],
    ['panels=x:1', 'panels: found "x:1"'],
    ['panels=1:0', 'found "0", expected pixels'],
    ['panels=1:9999', 'found "9999", expected pixels'],
    ['width=wide', 'width: found "wide"'],
  ])('are none where %s is asked for', async (query, problem) => {
    await expect(load(await serve(board([panel(1)])), query)).rejects.toThrow(problem);
    expect(prometheus?.queries).toEqual([]);
  });

  it('are none for a range that cannot be read; the page learns why', async () => {
    const parts = await load(await serve(board([panel(1)])), 'panels=1:640&from=yesterday');
    expect(parts).toMatchObject([
      { kind: 'failed', error: { message: expect.stringContaining('"yesterday"') } },
    ]);
  });

  it('run a few at a time, of all pages together, and end when nobody waits for them', async () => {
    const open = new Set<ServerResponse>();
    let most = 0;
    let abandoned = 0;
    const url = await serve(board(Array.from({ length: 12 }, (_, i) => panel(i + 1))), (_, response) => {
      open.add(response);
      most = Math.max(most, open.size);
      response.once('close', () => {
        if (!response.writableEnded) abandoned += 1;
        open.delete(response);
      });
    });
    const all = `uid=board&panels=${Array.from({ length: 12 }, (_, i) => `${i + 1}:640`).join(',')}`;
    const pages = [new AbortController(), new AbortController()];
    const answers = pages.map(async ({ signal }) =>
      (await fetch(`${url}/api/load?${all}`, { signal })).text(),
    );
    const wait = { timeoutMs: PATIENCE_MS, everyMs: 20 };
    await waitFor(() => open.size === CONCURRENT_QUERIES, { what: 'the first queries', ...wait });
    for (const page of pages) page.abort();
    expect((await Promise.allSettled(answers)).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await waitFor(() => open.size === 0, { what: 'the queries to be cancelled', ...wait });
    expect([most, abandoned, prometheus?.queries.length]).toEqual(Array(3).fill(CONCURRENT_QUERIES));
  });
});

describe('a Prometheus that refuses or is away', () => {
  it('shows why, and that the same may work a moment later', async () => {
    let isAway = true;
    const url = await serve(board([panel(1)]), (query, response, incoming) => {
      if (isAway) incoming.socket.destroy();
      else nothing(query, response);
    });
    const away = await load(url, 'panels=1:640');
    expect(away.find(({ kind }) => kind === 'panel')).toMatchObject({ error: { mayPass: true } });
    isAway = false;
    const back = await load(url, 'panels=1:640');
    expect(back.find(({ kind }) => kind === 'panel')).toMatchObject({ data: { frames: [] } });
  });

  it('shows that credentials are needed, and that trying again is of no use', async () => {
    const url = await serve(board([panel(1)]), (_, response) => {
      response.statusCode = 401;
      response.end('no');
    });
    expect((await load(url, 'panels=1:640')).find(({ kind }) => kind === 'panel')).toMatchObject({
      error: { message: expect.stringContaining('HTTP 401: credentials are needed'), mayPass: false },
    });
  });

  it('is one error for all panels where the variables already need it', async () => {
    const list = [{ name: 'relay', type: 'query', query: 'label_values(up, relay)' }];
    const url = await serve(board([panel(1)], { templating: { list } }), (_, response) => {
      response.statusCode = 403;
      response.end('no');
    });
    expect(await load(url, 'panels=1:640')).toMatchObject([
      { kind: 'failed', error: { message: expect.stringContaining('HTTP 403') } },
    ]);
  });
});

describe('files that change', () => {
  it('are read again, and open pages learn of it', async () => {
    const url = await serve(board([panel(1)]));
    const abort = new AbortController();
    const events = await fetch(`${url}/api/changes`, { signal: abort.signal });
    const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
    expect((await reader?.read())?.value).toContain('open');
    save(board([panel(1)], { title: 'Another title' }));
    save({ no: 'dashboard' }, 'other.json');
    let seen = '';
    while (!seen.includes('changed')) seen += (await reader?.read())?.value ?? '';
    abort.abort();
    await waitFor(
      async () =>
        (await (await fetch(`${url}/api/dashboard?uid=board`)).text()).includes('Another title') &&
        (await (await fetch(`${url}/api/dashboards`)).text()).includes('other.json'),
      { what: 'the new title', timeoutMs: PATIENCE_MS },
    );
  });

  it('may go for a moment without ending the server', async () => {
    const url = await serve(board([panel(1)]));
    rmSync(join(folder.path, 'board.json'));
    const board404 = async () => (await fetch(`${url}/api/dashboard?uid=board`)).status;
    await waitFor(async () => (await board404()) === 404, {
      what: 'the file to be missed',
      timeoutMs: PATIENCE_MS,
    });
    save(board([panel(1)]));
    await waitFor(async () => (await board404()) === 200, {
      what: 'the file to be back',
      timeoutMs: PATIENCE_MS,
    });
  });
});
