import type { Scrape } from '../state-file/source.js';

const escapeHtml = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

const point = (seconds: number | undefined) =>
  seconds === undefined ? 'unknown' : new Date(seconds * 1000).toISOString();

/** The page at `/`: the state at a glance, for people. */
export function landingPage(
  { health, state }: Scrape,
  { telemetryPath, version }: { readonly telemetryPath: string; readonly version: string },
): string {
  const file = health.missing
    ? 'does not exist: the worker never had a pending write, or it was deleted'
    : health.success
      ? 'read'
      : `cannot be read (${health.failure})${state === undefined ? '' : ', the last good version is shown'}`;
  const rows: [string, string][] = [
    ['State file', file],
    ['Last good read', point(health.lastGoodRead)],
  ];
  if (health.mtime !== undefined) rows.push(['File written', point(health.mtime)]);
  if (state !== undefined) {
    const { totals } = state;
    rows.push(
      ['Form', state.shape],
      ['Relays', String(totals.relays)],
      ['Relays pending', String(totals.pending)],
    );
    if (totals.oldestPendingSince !== undefined)
      rows.push(['Oldest pending since', point(totals.oldestPendingSince)]);
    rows.push(
      ['Leases active', String(totals.leaseActive)],
      ['Rotations failed', String(totals.rotationStatus.get('failed') ?? 0)],
      ['Records left out', String(state.invalid + state.duplicates + state.overCap)],
    );
  }
  const table = rows
    .map(([name, value]) => `<tr><th>${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`)
    .join('');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>pending-writes-exporter</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:44rem;padding:0 1rem}th{text-align:left;padding-right:2rem;font-weight:600}td,th{padding-top:.25rem;padding-bottom:.25rem}</style>
</head><body><h1>pending-writes-exporter</h1><p>Version ${escapeHtml(version)}. Times are UTC.</p><table>${table}</table>
<p><a href="${escapeHtml(telemetryPath)}">Metrics</a> · <a href="/-/healthy">Healthy</a> · <a href="/-/ready">Ready</a></p></body></html>
`;
}
