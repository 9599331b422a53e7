import type { ManagedProcess } from '../processes/process.js';

type Message = Readonly<Record<string, unknown>>;
type Listener = (method: string, event: Message) => void;

/** Chromium's debugging protocol over its pipe: JSON messages, each ended by a zero byte. */
export class DevTools {
  readonly #waiting = new Map<
    number,
    { resolve: (result: Message) => void; reject: (error: Error) => void }
  >();
  readonly #listeners = new Map<string, Listener>();
  #last = 0;

  constructor(private readonly child: ManagedProcess) {
    const { input, output } = child.channel;
    let chunks: Buffer[] = [];
    output.on('data', (chunk: Buffer) => {
      let rest = chunk;
      for (let end = rest.indexOf(0); end >= 0; end = rest.indexOf(0)) {
        this.#received(Buffer.concat([...chunks, rest.subarray(0, end)]).toString('utf8'));
        chunks = [];
        rest = rest.subarray(end + 1);
      }
      chunks.push(rest);
    });
    // A browser that ended is reported below, with its output.
    input.on('error', () => {});
    void child.exited.then(({ code, signal }) => {
      const error = new Error(`chromium exited (${signal ?? `exit code ${code}`}):\n${child.logs(15)}`);
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    });
  }

  /** Sends a command and returns its result. Rejects where the browser refuses it, or has ended. */
  send(method: string, params: object, sessionId?: string): Promise<Message> {
    if (this.child.exit !== undefined) return Promise.reject(new Error('chromium has ended'));
    this.#last += 1;
    const id = this.#last;
    const session = sessionId === undefined ? {} : { sessionId };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.child.channel.input.write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    });
  }

  /** Calls back with every event of a session. */
  listen(session: string, listener: Listener): void {
    this.#listeners.set(session, listener);
  }

  #received(text: string): void {
    const { id, result, error, method, params, sessionId } = JSON.parse(text) as {
      id?: number;
      result?: Message;
      error?: { message: string };
      method?: string;
      params?: Message;
      sessionId?: string;
    };
    if (id === undefined) {
      this.#listeners.get(sessionId ?? '')?.(method ?? '', params ?? {});
      return;
    }
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error !== undefined) waiting?.reject(new Error(`chromium: ${error.message}`));
    else waiting?.resolve(result ?? {});
  }
}
