import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listenOnLoopback } from '../processes/process.js';
import type { PrometheusClient } from '../prometheus/client.js';
import { allPanels } from './dashboard-json.js';
import { unsupportedIn } from './known.js';
import { type LoadedPart, loadDashboard, sharedLimit } from './load.js';
import { PAGE_HEADERS, pageFile, shell, waitingPage } from './page-answers.js';
import { loadRequest, RequestError } from './requests.js';
import { runbookPage } from './runbooks.js';
import type { WatchedDashboards } from './watch-dashboards.js';

export interface ViewOptions {
  readonly client: Pick<PrometheusClient, 'query' | 'queryRange'>;
  readonly source: WatchedDashboards;
  /** Folder of the page's files; undefined while it is built. */
  readonly page: () => string | undefined;
  /** What is being done while there is no page. */
  readonly progress?: () => string;
  /** Folders with the pages of the runbook; the first that has a page is used. */
  readonly runbooks: readonly string[];
  readonly scrapeIntervalMs: number;
  /** The moment that is `now`; the clock by default. Milliseconds since the epoch. */
  readonly nowMs?: () => number;
  /** Port of 127.0.0.1; a free one by default. */
  readonly port?: number;
}

export interface ViewServer {
  /** Base address without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Pages that load at the same time; further ones are asked to wait. */
const MOST_LOADS = 16;

/** Names under which a browser on this machine reaches a server on loopback. Another name is a page of another site. */
const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/i;

/** Serves dashboards on 127.0.0.1, with data of one Prometheus. Only reads. Rejects where the port is taken. */
export async function startView(options: ViewOptions): Promise<ViewServer> {
  const { source } = options;
  const limit = sharedLimit();
  const listeners = new Set<ServerResponse>();
  let loads = 0;
  const unwatch = source.onChange(() => {
    for (const response of listeners) response.write('data: changed\n\n');
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    if (!LOOPBACK_HOST.test(request.headers.host ?? '')) {
      return text(response, 403, 'This server answers to localhost and 127.0.0.1 only.');
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return text(response, 405, 'This server only reads.', { allow: 'GET, HEAD' });
    }
    const url = new URL(request.url ?? '/', 'http://localhost');
    const path = decoded(url.pathname);
    if (!path.startsWith('/api/')) return pageAnswer(options, path, response);
    // A page of another site could not read the answer, but could make us run queries.
    if (request.headers['sec-fetch-site'] === 'cross-site') {
      return text(response, 403, 'Only the pages of this server may ask it for data.');
    }
    switch (path) {
      case '/api/dashboards':
        return json(response, listing(source));
      case '/api/dashboard':
        return dashboardAnswer(source, url, response);
      case '/api/load':
        return loadAnswer(url, response);
      case '/api/runbook': {
        const page = runbookPage(options.runbooks, url.searchParams.get('page') ?? '');
        return page === undefined ? text(response, 404, 'There is no such page.') : json(response, page);
      }
      case '/api/changes':
        response.writeHead(200, { ...PAGE_HEADERS, 'content-type': 'text/event-stream' });
        response.write(': open\n\n');
        listeners.add(response);
        return response.once('close', () => listeners.delete(response));
      default:
        return text(response, 404, 'There is nothing at this address.');
    }
  }

  async function loadAnswer(url: URL, response: ServerResponse): Promise<unknown> {
    const dashboard = source.find(url.searchParams.get('uid') ?? '');
    if (dashboard === undefined) return text(response, 404, 'There is no dashboard with this uid.');
    const request = loadRequest(url.searchParams);
    if (loads >= MOST_LOADS) {
      return text(response, 503, `${MOST_LOADS} pages are loading; try again in a moment.`, {
        'retry-after': '2',
      });
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    response.writeHead(200, { ...PAGE_HEADERS, 'content-type': 'application/x-ndjson' });
    const send = (part: LoadedPart) => written(response, `${JSON.stringify(part)}\n`, gone.signal);
    loads += 1;
    try {
      const settings = {
        client: options.client,
        limit,
        scrapeIntervalMs: options.scrapeIntervalMs,
        nowMs: options.nowMs ?? Date.now,
      };
      await loadDashboard(dashboard, request, settings, gone.signal, send);
    } catch (error) {
      if (!gone.signal.aborted) throw error;
    } finally {
      loads -= 1;
    }
    return response.end();
  }

  const server = createServer((request, response) => {
    answer(request, response).catch((error: Error) => {
      if (response.headersSent) response.destroy();
      else if (error instanceof RequestError) text(response, 400, error.message);
      else text(response, 500, error.message);
    });
  });
  const port = await listenOnLoopback(server, options.port);
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      unwatch();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function pageAnswer(options: ViewOptions, path: string, response: ServerResponse): ServerResponse {
  const folder = options.page();
  if (folder === undefined) return html(response, waitingPage(options.progress?.() ?? 'starting'));
  const file = pageFile(folder, path);
  if (file === 'missing') return text(response, 404, 'There is nothing at this address.');
  if (file === undefined) return html(response, shell(folder));
  response.writeHead(200, { ...PAGE_HEADERS, 'content-type': file.type, 'cache-control': file.caching });
  return response.end(file.content);
}

function dashboardAnswer(source: WatchedDashboards, url: URL, response: ServerResponse): ServerResponse {
  const dashboard = source.find(url.searchParams.get('uid') ?? '');
  if (dashboard === undefined) return text(response, 404, 'There is no dashboard with this uid.');
  const unsupported = allPanels(dashboard)
    .map((panel) => ({ id: panel.id, title: panel.title ?? panel.type, ...unsupportedIn(panel) }))
    .filter(({ panel, details }) => panel !== undefined || details.length > 0);
  return json(response, { dashboard, unsupported });
}

/** What the first page lists. */
function listing({ current }: WatchedDashboards) {
  return {
    dashboards: current.dashboards.map(({ dashboard: { uid, title, description, tags }, file }) => ({
      uid,
      title,
      description,
      tags,
      file,
    })),
    unread: current.unread,
  };
}

/** A path that cannot be decoded is one that does not exist. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return '/api/unreadable';
  }
}

/** Writes and waits until the reader has taken it, so that answers do not pile up here. */
async function written(response: ServerResponse, line: string, gone: AbortSignal): Promise<void> {
  gone.throwIfAborted();
  if (response.write(line)) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.once('drain', done).once('close', done);
  });
  gone.throwIfAborted();
}

function text(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Record<string, string> = {},
): ServerResponse {
  response.writeHead(status, { ...PAGE_HEADERS, 'content-type': 'text/plain; charset=utf-8', ...headers });
  return response.end(`${message}\n`);
}

function html(response: ServerResponse, content: string): ServerResponse {
  response.writeHead(200, { ...PAGE_HEADERS, 'content-type': 'text/html; charset=utf-8' });
  return response.end(content);
}

function json(response: ServerResponse, value: unknown): ServerResponse {
  response.writeHead(200, { ...PAGE_HEADERS, 'content-type': 'application/json' });
  return response.end(JSON.stringify(value));
}
