import { mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { PAGE_HEADERS, pageFile, shell, waitingPage } from '../../src/view/page-answers.js';
import { loadRequest } from '../../src/view/requests.js';
import { runbookPage } from '../../src/view/runbooks.js';

const folder = temporaryFolder('gateway-observability-answers');
afterAll(() => folder.remove());

describe('a request for data', () => {
  const read = (query: string) => loadRequest(new URLSearchParams(query));

  it('has a range, values, panels with their widths, and annotations', () => {
    expect(
      read(
        'from=now-1h&to=now&var-a=1&var-b=2&var-a=3&panels=1:640,22:8000&width=800&annotations=x&annotations=',
      ),
    ).toEqual({
      from: 'now-1h',
      to: 'now',
      chosen: new Map([
        ['a', ['1', '3']],
        ['b', ['2']],
      ]),
      panels: new Map([
        [1, 640],
        [22, 8000],
      ]),
      width: 800,
      annotations: ['x'],
    });
  });

  it('may leave all of it to the dashboard', () => {
    expect(read('query=up&var=x')).toEqual({ chosen: new Map(), panels: new Map(), width: 1280 });
    expect(read('annotations=')).toMatchObject({ annotations: [] });
    expect(read('panels=,1:1,')).toMatchObject({ panels: new Map([[1, 1]]) });
  });

  it.each([
    ['panels=x:1', 'panels: found "x:1", expected an id and a width such as 3:640'],
    ['panels=1x:1', 'panels: found "1x:1", expected an id and a width such as 3:640'],
    ['panels=x1:1', 'panels: found "x1:1", expected an id and a width such as 3:640'],
    ['panels=:1', 'panels: found ":1", expected an id and a width such as 3:640'],
    ['panels=1', 'panels: found "", expected pixels from 1 to 8000'],
    ['panels=1:0', 'panels: found "0", expected pixels from 1 to 8000'],
    ['panels=1:8001', 'panels: found "8001", expected pixels from 1 to 8000'],
    ['width=1.5', 'width: found "1.5", expected pixels from 1 to 8000'],
    ['width=-1', 'width: found "-1", expected pixels from 1 to 8000'],
    ['width=wide', 'width: found "wide", expected pixels from 1 to 8000'],
  ])('is refused with %s', (query, message) => {
    expect(() => read(query)).toThrow(expect.objectContaining({ name: 'RequestError', message }));
  });
});

describe('a page of the runbook', () => {
  const [first, second] = ['first', 'second'].map((name) => join(folder.path, name)) as [string, string];
  mkdirSync(first);
  mkdirSync(second);
  writeFileSync(join(first, 'A-1.md'), 'first A: ä');
  writeFileSync(join(second, 'A-1.md'), 'second A');
  writeFileSync(join(second, 'B_2.md'), 'second B');
  writeFileSync(join(folder.path, 'secret.md'), 'secret');
  writeFileSync(join(first, 'a b.md'), 'a b');

  it('is that of the first folder that has it', () => {
    const page = (name: string) => runbookPage([first, join(folder.path, 'gone'), second], name);
    expect(page('A-1')).toEqual({ name: 'A-1', markdown: 'first A: ä' });
    expect(page('B_2')).toEqual({ name: 'B_2', markdown: 'second B' });
    for (const name of ['C', '../secret', 'a b', '', 'A-1/../A-1', './A-1'])
      expect(page(name)).toBeUndefined();
  });
});

describe('the files of the page', () => {
  const page = join(folder.path, 'page');
  mkdirSync(join(page, 'icons', 'unicons'), { recursive: true });
  mkdirSync(join(page, 'fonts'));
  for (const name of [
    'page.js',
    'page.css',
    'third-party-notices.txt',
    'icons/unicons/bell-slash.svg',
    'fonts/inter-400.woff2',
    'fonts/inter-500.woff2',
    'fonts/roboto-mono.woff2',
  ])
    writeFileSync(join(page, name), `content of ${name}`);
  writeFileSync(join(folder.path, 'page.js'), 'beside the folder');

  it.each([
    ['/page.js', 'page.js', 'text/javascript; charset=utf-8'],
    ['/page.css', 'page.css', 'text/css; charset=utf-8'],
    ['/third-party-notices.txt', 'third-party-notices.txt', 'text/plain; charset=utf-8'],
    ['/public/build/img/icons/unicons/bell-slash.svg', 'icons/unicons/bell-slash.svg', 'image/svg+xml'],
    ['/public/fonts/inter/Inter-Regular.woff2', 'fonts/inter-400.woff2', 'font/woff2'],
    ['/public/fonts/inter/Inter-Medium.woff2', 'fonts/inter-500.woff2', 'font/woff2'],
    ['/public/fonts/roboto/any-Name_1.woff2', 'fonts/roboto-mono.woff2', 'font/woff2'],
  ])('are at the addresses that its components ask for: %s', (path, name, type) => {
    const file = pageFile(page, path);
    if (typeof file !== 'object') throw new Error(`found ${file}`);
    expect({ ...file, content: file.content.toString() }).toEqual({
      content: `content of ${name}`,
      type,
      caching: 'public, max-age=31536000, immutable',
    });
  });

  it.each([
    '/page.jsx',
    '/other/page.js',
    '/../page.js',
    '/page.js/../../page.js',
    '/public/build/img/icons/unicons/bell-slash.svg.x',
    '/page.html',
    '/public/build/img/icons/unicons/gone.svg',
    '/public/build/img/icons/../page.svg',
    '/public/build/img/icons/x.svgz',
    '/x/public/build/img/icons/unicons/bell-slash.svg',
    '/public/fonts/roboto/.woff2',
    '/public/fonts/roboto/a/b.woff2',
    '/x/public/fonts/roboto/a.woff2',
    '/public/fonts/roboto/a.woff2.x',
    '/public/fonts/inter/Inter-Bold.woff2',
    '/fonts/inter-400.woff2',
    '/favicon.ico',
  ])('do not include %s', (path) => {
    expect(pageFile(page, path)).toBe('missing');
  });

  it.each(['/', '/d/board', '/runbook/GatewayDown.md', '/a.b/c', '/x.'])('leave %s to the page', (path) => {
    expect(pageFile(page, path)).toBeUndefined();
  });

  it('are named by what the script holds, so that browsers can keep them', () => {
    const version = (content: string, time: number) => {
      writeFileSync(join(page, 'page.js'), content);
      utimesSync(join(page, 'page.js'), time, time);
      return shell(page);
    };
    // The first twelve digits of the SHA-256 of "one" and of "two".
    const [one, two] = ['7692c3ad3540', '3fc4ccfe7458'];
    const document = (of: string) =>
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><title>Gateway dashboards</title><link rel="stylesheet" href="/page.css?${of}"></head><body><div id="root"></div><script src="/page.js?${of}"></script></body></html>`;
    expect(version('one', 1000)).toBe(document(one as string));
    expect(version('two', 2000)).toBe(document(two as string));
    expect(version('one', 1000)).toBe(document(one as string));
    // It is read again only when its time has changed.
    expect(version('two', 1000)).toBe(document(one as string));
  });

  it('are waited for on a page that tries again, and shows no markup', () => {
    expect(waitingPage('building <b>&amp; more')).toBe(
      '<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><title>Gateway dashboards</title><meta http-equiv="refresh" content="2"></head><body><p style="font:16px sans-serif;margin:24px">The dashboards will be here in a moment: building b>amp; more …</p></body></html>',
    );
  });

  it('come with headers that forbid everything from elsewhere', () => {
    expect(PAGE_HEADERS).toEqual({
      'content-security-policy':
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-store',
    });
  });
});
