import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, isAbsolute, join } from 'node:path';
import { ManagedProcess } from '../processes/process.js';
import { temporaryFolder } from '../processes/temporary-folder.js';
import { BrowserPage, type WindowOptions } from './browser-page.js';
import { DevTools } from './dev-tools.js';

/** No browser on this machine. The message says what to install. */
export class ChromiumNotFoundError extends Error {
  override readonly name = 'ChromiumNotFoundError';
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

// Fonts and colours look the same on every machine; containers have no sandbox and little shared memory.
const FLAGS = [
  '--headless=new',
  '--remote-debugging-pipe',
  '--font-render-hinting=none',
  '--force-color-profile=srgb',
  '--disable-dev-shm-usage',
  '--disable-gpu',
  '--no-sandbox',
  '--no-first-run',
  '--no-default-browser-check',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--hide-scrollbars',
];

/** A headless Chromium, driven through its debugging pipe: no port that others could reach, and no package. */
export class Chromium {
  private constructor(
    private readonly child: ManagedProcess,
    private readonly tools: DevTools,
    private readonly removeFiles: () => void,
  ) {}

  /** @throws {ChromiumNotFoundError} */
  static async start(): Promise<Chromium> {
    const command = await findChromium();
    const files = temporaryFolder('gateway-observability-chromium');
    const child = await ManagedProcess.start({
      name: 'chromium',
      command,
      args: [...FLAGS, `--user-data-dir=${files.path}`],
      withChannel: true,
    });
    return new Chromium(child, new DevTools(child), files.remove);
  }

  /** Opens an empty page with separate storage. */
  async open({ width, height = 800, theme = 'light' }: WindowOptions): Promise<BrowserPage> {
    const { browserContextId } = await this.tools.send('Target.createBrowserContext', {});
    const { targetId } = await this.tools.send('Target.createTarget', {
      url: 'about:blank',
      browserContextId,
    });
    const { sessionId } = await this.tools.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new BrowserPage(this.tools, String(sessionId), String(browserContextId));
    await page.prepare({ width, height, theme });
    return page;
  }

  async stop(): Promise<void> {
    await this.child.stop();
    this.removeFiles();
  }
}
