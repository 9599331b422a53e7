import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { PICTURE_WIDTH } from './layout.js';

/** No browser on this machine. The message says what to install. */
class ChromiumNotFoundError extends Error {
  override readonly name = 'ChromiumNotFoundError';
}

/** A dashboard could not be drawn. The message names the panel where it is known. */
class DrawingError extends Error {
  override readonly name = 'DrawingError';
}

const BINARIES = ['chromium', 'chromium-browser', 'google-chrome'];

/** The first Chromium in `PATH`. Throws {@link ChromiumNotFoundError} where there is none. */
async function findChromium(path = process.env.PATH ?? ''): Promise<string> {
  for (const folder of path.split(delimiter).filter((folder) => isAbsolute(folder))) {
    for (const binary of BINARIES) {
      const file = join(folder, binary);
      try {
        await access(file, constants.X_OK);
        return file;
      } catch {
        // Not here: the next one may be.
      }
    }
  }
  throw new ChromiumNotFoundError(
    [
      `no browser for the screenshots: found none of ${BINARIES.join(', ')} on the PATH.`,
      'Install one, then try again:',
      '  Debian          sudo apt-get install chromium',
      '  Ubuntu          sudo snap install chromium',
      '  Fedora          sudo dnf install chromium',
    ].join('\n'),
  );
}

/** Where the packages have what the page asks Grafana's server for: icons and fonts. */
function packageFile(path: string): { readonly path: string; readonly type: string } | undefined {
  const icon = /^\/public\/build\/(img\/icons\/[\w/-]+\.svg)$/.exec(path);
  if (icon !== null) return { path: `@grafana/ui/dist/public/${icon[1]}`, type: 'image/svg+xml' };
  const fonts: Record<string, string> = {
    '/public/fonts/inter/Inter-Regular.woff2': '@fontsource/inter/files/inter-latin-400-normal.woff2',
    '/public/fonts/inter/Inter-Medium.woff2': '@fontsource/inter/files/inter-latin-500-normal.woff2',
  };
  const font =
    fonts[path] ?? (/^\/public\/fonts\/roboto\/[\w-]+\.woff2$/.test(path) ? ROBOTO_MONO : undefined);
  return font === undefined ? undefined : { path: font, type: 'font/woff2' };
}

const ROBOTO_MONO = '@fontsource/roboto-mono/files/roboto-mono-latin-400-normal.woff2';

export interface Page {
  readonly script: string;
  readonly styles: string;
}

/** Draws pages and takes pictures of them. */
export class Photographer {
  private constructor(
    private readonly browser: Browser,
    private readonly page: Page,
  ) {}

  static async start(page: Page): Promise<Photographer> {
    const browser = await chromium.launch({
      executablePath: await findChromium(),
      // Fonts and colours look the same on every machine; containers have no sandbox and little shared memory.
      args: [
        '--font-render-hinting=none',
        '--force-color-profile=srgb',
        '--disable-dev-shm-usage',
        '--no-sandbox',
        '--hide-scrollbars',
      ],
    });
    return new Photographer(browser, page);
  }

  /** A PNG of a whole page. Throws {@link DrawingError} where a panel could not be drawn. */
  async picture(given: {
    readonly theme: 'light' | 'dark';
    readonly [key: string]: unknown;
  }): Promise<Buffer> {
    const context = await this.browser.newContext({
      viewport: { width: PICTURE_WIDTH, height: 800 },
      deviceScaleFactor: 1,
      timezoneId: 'UTC',
      locale: 'en-GB',
      colorScheme: given.theme,
      reducedMotion: 'reduce',
    });
    const problems: string[] = [];
    try {
      const page = await context.newPage();
      page.on('pageerror', (error) => problems.push(error.message));
      await page.route('**/*', async (route) => {
        const path = decodeURIComponent(new URL(route.request().url()).pathname);
        const answer = await this.answer(path, given);
        if (answer === undefined) {
          problems.push(`${path}: asked for by the page and not there`);
          await route.fulfill({ status: 404, body: '' });
        } else await route.fulfill({ body: answer.body, contentType: answer.type });
      });
      await page.goto('http://preview.invalid/');
      try {
        await page.waitForFunction('window.previewDrawn || window.previewErrors.length > 0', undefined, {
          timeout: 60_000,
        });
        await page.waitForLoadState('networkidle');
      } catch (error) {
        problems.push((error as Error).message);
      }
      problems.push(...((await page.evaluate('window.previewErrors')) as string[]));
      if (problems.length > 0) throw new DrawingError(problems.join('\n'));
      // What lies outside the window is not painted by every component, so the window takes in the whole page.
      const height = (await page.evaluate('document.documentElement.scrollHeight')) as number;
      await page.setViewportSize({ width: PICTURE_WIDTH, height });
      await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
      return await page.screenshot({ animations: 'disabled', type: 'png' });
    } finally {
      await context.close();
    }
  }

  async stop(): Promise<void> {
    await this.browser.close();
  }

  private async answer(
    path: string,
    given: object,
  ): Promise<{ body: string | Buffer; type: string } | undefined> {
    switch (path) {
      case '/':
        return {
          type: 'text/html; charset=utf-8',
          body: '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>preview</title><link rel="stylesheet" href="page.css"></head><body><div id="root"></div><script>window.previewErrors=[];window.previewDrawn=false;window.__grafana_public_path__="/public/"</script><script src="page.js"></script></body></html>',
        };
      case '/page.js':
        return { type: 'text/javascript; charset=utf-8', body: this.page.script };
      case '/page.css':
        return { type: 'text/css; charset=utf-8', body: this.page.styles };
      case '/given.json':
        return { type: 'application/json', body: JSON.stringify(given) };
      case '/favicon.ico':
        return { type: 'image/x-icon', body: '' };
    }
    const file = packageFile(path);
    if (file === undefined) return undefined;
    try {
      return {
        type: file.type,
        body: await readFile(fileURLToPath(new URL(`./node_modules/${file.path}`, import.meta.url))),
      };
    } catch {
      return undefined;
    }
  }
}
