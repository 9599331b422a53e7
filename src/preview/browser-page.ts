import type { DevTools } from './dev-tools.js';

export interface WindowOptions {
  /** Pixels. */
  readonly width: number;
  readonly height?: number;
  readonly theme?: 'light' | 'dark';
}

/** A rectangle of a page in pixels. */
export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** One page of a browser. */
export class BrowserPage {
  /** Errors on the console, uncaught exceptions, and failed requests. */
  readonly problems: string[] = [];
  #width = 0;

  constructor(
    private readonly tools: DevTools,
    private readonly session: string,
    private readonly context: string,
  ) {}

  async prepare({ width, height, theme }: Required<WindowOptions>): Promise<void> {
    this.#width = width;
    this.tools.listen(this.session, (method, event) => this.#note(method, event));
    for (const domain of ['Page', 'Runtime', 'Network', 'Log']) await this.#send(`${domain}.enable`);
    await this.#size(height);
    await this.#send('Emulation.setTimezoneOverride', { timezoneId: 'UTC' });
    await this.#send('Emulation.setLocaleOverride', { locale: 'en-GB' });
    await this.#send('Emulation.setEmulatedMedia', {
      features: [
        { name: 'prefers-color-scheme', value: theme },
        { name: 'prefers-reduced-motion', value: 'reduce' },
      ],
    });
  }

  /** Loads an address. Rejects where no answer comes. */
  async goto(url: string): Promise<void> {
    const { errorText } = await this.#send('Page.navigate', { url });
    if (typeof errorText === 'string') throw new Error(`${url}: ${errorText}`);
  }

  /** The value of an expression in the page; promises are awaited. Rejects where it throws. */
  async evaluate(expression: string): Promise<unknown> {
    const { result, exceptionDetails } = await this.#send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails !== undefined) throw new Error(exceptionText(exceptionDetails));
    return (result as { value?: unknown }).value;
  }

  /** A PNG of a rectangle, or of the whole page. */
  async picture(clip?: Rectangle): Promise<Buffer> {
    // What lies outside the window is not painted by every component, so the window takes in the whole page.
    await this.#size(Number(await this.evaluate('document.documentElement.scrollHeight')));
    await this.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
    const { data } = await this.#send('Page.captureScreenshot', {
      format: 'png',
      ...(clip === undefined ? {} : { clip: { ...clip, scale: 1 } }),
    });
    return Buffer.from(String(data), 'base64');
  }

  async close(): Promise<void> {
    await this.tools.send('Target.disposeBrowserContext', { browserContextId: this.context });
  }

  #size(height: number): Promise<unknown> {
    return this.#send('Emulation.setDeviceMetricsOverride', {
      width: this.#width,
      height,
      deviceScaleFactor: 1,
      mobile: false,
    });
  }

  #send(method: string, parameters: object = {}) {
    return this.tools.send(method, parameters, this.session);
  }

  #note(method: string, event: Readonly<Record<string, unknown>>): void {
    if (method === 'Runtime.exceptionThrown') this.problems.push(exceptionText(event.exceptionDetails));
    else if (method === 'Runtime.consoleAPICalled' && event.type === 'error') {
      const args = event.args as { value?: unknown; description?: string }[];
      this.problems.push(`console: ${args.map(({ value, description }) => value ?? description).join(' ')}`);
    } else if (method === 'Log.entryAdded') {
      const { level, text, url } = event.entry as { level: string; text: string; url?: string };
      if (level === 'error') this.problems.push(`${url ?? ''}: ${text}`);
    }
  }
}

function exceptionText(details: unknown): string {
  const { text = '', exception } = details as { text?: string; exception?: { description?: string } };
  return exception?.description ?? text;
}
