import type { Reading } from '../state-file/state-file-source.js';

const escapeHtml = (text: string) => text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);

const time = (seconds: number | undefined) =>
  seconds === undefined ? 'never' : new Date(seconds * 1000).toISOString();

/** The page at `/`: an overview for people. Its links are relative, so that they work behind a path prefix. */
export function landingPage(reading: Reading, telemetryPath: string, version: string): string {
  const { state, failure, missing } = reading;
  const shown = state === undefined ? '' : ', the last good version is shown';
  const rows = Object.entries({
    'State file': missing
      ? 'does not exist: the worker never had a pending write, or it was deleted'
      : failure === undefined
        ? 'read'
        : `cannot be read (${failure})${shown}`,
    'Last good read': time(reading.lastGoodRead),
    'File written': time(reading.mtime),
    ...(state && {
      Relays: state.totals.relays,
      'Relays pending': state.totals.byState.get('pending') ?? 0,
      'Rotations failed': state.totals.rotationStatus.get('failed') ?? 0,
      'Records left out': [...state.leftOut.values()].reduce((sum, count) => sum + count, 0),
    }),
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
