import type { Reading } from '../state-file/state-file-source.js';

const escapeHtml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const time = (seconds: number | undefined) =>
  seconds === undefined ? '–' : new Date(seconds * 1000).toISOString();

/** The page at `/`: an overview for people. Its links are relative, so that they work behind a path prefix. */
export function landingPage(reading: Reading, telemetryPath: string, version: string): string {
  const { state, failure, missing } = reading;
  const shown = state === undefined ? '' : ', the last good version is shown';
  const file = failure === undefined ? 'read' : `cannot be read (${failure})${shown}`;
  const rows: (readonly [string, unknown])[] = [
    [
      'State file',
      missing ? 'does not exist: the worker never had a pending write, or it was deleted' : file,
    ],
    ['Last good read', time(reading.lastGoodRead)],
    ['File written', time(reading.mtime)],
  ];
  if (state !== undefined) {
    const { totals } = state;
    rows.push(
      ['Form', state.shape],
      ['Relays', totals.relays],
      ['Relays pending', totals.byState.get('pending') ?? 0],
    );
    rows.push(
      ['Oldest pending since', time(totals.oldestPendingSince)],
      ['Leases active', totals.leaseActive],
    );
    rows.push(['Rotations failed', totals.rotationStatus.get('failed') ?? 0]);
    rows.push(['Records left out', [...state.leftOut.values()].reduce((sum, count) => sum + count, 0)]);
  }
  const table = rows
    .map(([name, value]) => `<tr><th>${name}</th><td>${escapeHtml(String(value))}</td></tr>`)
    .join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>pending-writes-exporter</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:44rem;padding:0 1rem}th{text-align:left;padding-right:2rem;font-weight:600}td,th{padding-top:.25rem;padding-bottom:.25rem}</style>
</head><body><h1>pending-writes-exporter</h1><p>Version ${escapeHtml(version)}. Times are UTC.</p><table>${table}</table>
<p><a href="${escapeHtml(telemetryPath.slice(1))}">Metrics</a> · <a href="-/healthy">Healthy</a> · <a href="-/ready">Ready</a></p></body></html>
`;
}
