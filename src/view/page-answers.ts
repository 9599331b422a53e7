import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';

/** Headers of every answer: nothing is loaded from elsewhere, framed, or read by pages of other sites. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  // Grafana's components put their styles into the page.
  'content-security-policy':
    "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.txt': 'text/plain; charset=utf-8',
};

const FONTS: Readonly<Record<string, string>> = {
  '/public/fonts/inter/Inter-Regular.woff2': 'fonts/inter-400.woff2',
  '/public/fonts/inter/Inter-Medium.woff2': 'fonts/inter-500.woff2',
};

/** The place of a file of the page, from what its components ask Grafana's server for. */
function placeOf(path: string): string | undefined {
  if (/^\/page\.(?:js|css)$/.test(path)) return path.slice(1);
  if (path === '/third-party-notices.txt') return 'third-party-notices.txt';
  const icon = /^\/public\/build\/img\/icons\/([\w/-]+\.svg)$/.exec(path)?.[1];
  if (icon !== undefined) return `icons/${icon}`;
  return (
    FONTS[path] ??
    (/^\/public\/fonts\/roboto\/[\w-]+\.woff2$/.test(path) ? 'fonts/roboto-mono.woff2' : undefined)
  );
}

/** A file of the page; `missing` where there is no such file, undefined where the path is that of a page. */
export function pageFile(
  folder: string,
  path: string,
): { readonly content: Buffer; readonly type: string; readonly caching: string } | 'missing' | undefined {
  const place = placeOf(path);
  if (place === undefined) return /\.\w+$/.test(path) && !path.endsWith('.md') ? 'missing' : undefined;
  try {
    return {
      content: readFileSync(join(folder, place)),
      type: TYPES[extname(place)] ?? 'application/octet-stream',
      // The script's address changes with its content.
      caching: 'public, max-age=31536000, immutable',
    };
  } catch {
    return 'missing';
  }
}

const versions = new Map<string, string>();

/** A text that changes with the page's script. */
function versionOf(folder: string): string {
  const script = join(folder, 'page.js');
  const key = `${script} ${statSync(script).mtimeMs}`;
  const known = versions.get(key);
  if (known !== undefined) return known;
  const version = createHash('sha256').update(readFileSync(script)).digest('hex').slice(0, 12);
  versions.set(key, version);
  return version;
}

const document = (head: string, body: string) =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><title>Gateway dashboards</title>${head}</head><body>${body}</body></html>`;

/** The document of every page; its script reads from the address what to show. */
export function shell(folder: string): string {
  const version = versionOf(folder);
  return document(
    `<link rel="stylesheet" href="/page.css?${version}">`,
    `<div id="root"></div><script src="/page.js?${version}"></script>`,
  );
}

/** What is shown while the page is built; it tries again every two seconds. */
export function waitingPage(progress: string): string {
  return document(
    '<meta http-equiv="refresh" content="2">',
    `<p style="font:16px sans-serif;margin:24px">The dashboards will be here in a moment: ${progress.replace(/[<&]/g, '')} …</p>`,
  );
}
