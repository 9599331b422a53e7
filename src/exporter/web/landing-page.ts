import { escapeHtml } from '../../html/markup.js';
import type { Reading } from '../state-file/state-file-source.js';

function condition({ state, failure, missing }: Reading): string {
  if (missing) return 'does not exist: the worker never had a pending write, or it was deleted';
  if (failure === undefined) return 'read';
  return `cannot be read (${failure})${state ? ', the last good version is shown' : ''}`;
}

/** The page at `/`: an overview for people. Its links are relative, so that they work behind a path prefix. */
export function landingPage(reading: Reading, telemetryPath: string, version: string): string {
  const { state, lastGoodRead } = reading;
  const rows = Object.entries({
    'State file': condition(reading),
    'Last good read': lastGoodRead === undefined ? 'never' : new Date(lastGoodRead * 1000).toISOString(),
    ...(state && { Relays: state.totals.relays, 'Relays pending': state.totals.byState.get('pending') ?? 0 }),
  });
  const table = rows.map(([name, value]) => `<tr><th>${name}</th><td>${escapeHtml(`${value}`)}</td></tr>`);
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>pending-writes-exporter</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:44rem;padding:0 1rem}th{text-align:left;padding-right:2rem}</style>
</head><body><h1>pending-writes-exporter</h1><p>Version ${escapeHtml(version)}. Times are UTC.</p><table>${table.join('')}</table>
<p><a href="${escapeHtml(telemetryPath.slice(1))}">Metrics</a> <a href="-/healthy">Healthy</a> <a href="-/ready">Ready</a></p></body></html>
`;
}
