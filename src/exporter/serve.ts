import { createServer, type Server, type ServerResponse } from 'node:http';
import type { Source } from './source.js';

const TEXT_FORMAT = 'text/plain; version=0.0.4; charset=utf-8';

const escapeHtml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
  });
  response.end(body);
}

async function landingPage(source: Source, telemetryPath: string): Promise<string> {
  const { health, state } = await source.scrape();
  const pending = state?.relays.filter((record) => record.pending === true).length ?? 0;
  const file = health.missing
    ? 'does not exist: the worker never had a pending write, or it was deleted'
    : health.success
      ? 'read'
      : `cannot be read (${health.failure})`;
  const rows: [string, string][] = [
    ['State file', file],
    ...(state === undefined
      ? []
      : ([
          ['Form', state.shape],
          ['Relays', String(state.relays.length)],
          ['Relays pending', String(pending)],
          ['Rotations failed', String(state.rotations.filter((r) => r.status === 'failed').length)],
          ['Records left out', String(state.invalid + state.overCap)],
        ] as [string, string][])),
  ];
  const table = rows
    .map(([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`)
    .join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>pending-writes-exporter</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:40rem;padding:0 1rem}th{text-align:left;padding-right:2rem;font-weight:600}td,th{padding-top:.25rem;padding-bottom:.25rem}</style>
</head><body><h1>pending-writes-exporter</h1><table>${table}</table>
<p><a href="${escapeHtml(telemetryPath)}">Metrics</a> · <a href="/-/healthy">Healthy</a> · <a href="/-/ready">Ready</a></p></body></html>
`;
}

/** The exporter's web server; not listening yet. Ready once the file was looked at for the first time. */
export function exporterServer(source: Source, telemetryPath: string): Server {
  let looked = false;
  const route = async (path: string, response: ServerResponse): Promise<void> => {
    switch (path) {
      case telemetryPath: {
        const { text } = await source.scrape();
        looked = true;
        answer(response, 200, TEXT_FORMAT, text);
        break;
      }
      case '/-/healthy':
        answer(response, 200, 'text/plain; charset=utf-8', 'pending-writes-exporter is healthy.\n');
        break;
      case '/-/ready':
        if (!looked) await source.scrape();
        looked = true;
        answer(response, 200, 'text/plain; charset=utf-8', 'pending-writes-exporter is ready.\n');
        break;
      case '/':
        answer(response, 200, 'text/html; charset=utf-8', await landingPage(source, telemetryPath));
        break;
      default:
        answer(response, 404, 'text/plain; charset=utf-8', `not found; metrics are at ${telemetryPath}\n`);
    }
  };
  return createServer((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      answer(response, 405, 'text/plain; charset=utf-8', 'only GET and HEAD are answered\n');
      return;
    }
    const { pathname } = new URL(request.url ?? '/', 'http://exporter');
    route(pathname, response).catch(() => {
      if (response.headersSent) response.destroy();
      else answer(response, 500, 'text/plain; charset=utf-8', 'internal error\n');
    });
  });
}
