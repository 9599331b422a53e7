import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:http';

/** A program that is scraped. */
export interface Target {
  /** Scrapes it; resolves with the milliseconds until the last byte and the number of bytes. */
  readonly scrape: (gzip: boolean) => Promise<{ readonly ms: number; readonly bytes: number }>;
  /** The body of a scrape as text. */
  readonly text: () => Promise<string>;
  /** Resident memory, bytes. */
  readonly rss: () => number;
  readonly stop: () => Promise<void>;
}

/** Starts a program and waits until its output names the port, as the pattern's first group. */
export function startTarget(
  command: string,
  args: readonly string[],
  { port: pattern, path = '/metrics' }: { readonly port: RegExp; readonly path?: string },
): Promise<Target> {
  const child: ChildProcess = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let output = '';
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    const onEnd = () => reject(new Error(`${command} ended: ${output}`));
    child.once('exit', onEnd);
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      // The output goes on; only its beginning is of interest.
      if (output.length > 20_000) return;
      output += text;
      const port = pattern.exec(output)?.[1];
      if (port === undefined) return;
      child.off('exit', onEnd);
      const get = (gzip: boolean) =>
        new Promise<{ ms: number; body: Buffer[] }>((resolve, reject) => {
          const start = performance.now();
          request(
            {
              host: '127.0.0.1',
              port: Number(port),
              path,
              agent,
              headers: { 'accept-encoding': gzip ? 'gzip' : 'identity' },
            },
            (response) => {
              const body: Buffer[] = [];
              response.on('data', (chunk: Buffer) => body.push(chunk));
              response.on('end', () => {
                if (response.statusCode === 200) resolve({ ms: performance.now() - start, body });
                else reject(new Error(`${command}: HTTP ${response.statusCode}`));
              });
              response.on('error', reject);
            },
          )
            .on('error', reject)
            .end();
        });
      resolve({
        scrape: async (gzip) => {
          const { ms, body } = await get(gzip);
          return { ms, bytes: body.reduce((sum, { length }) => sum + length, 0) };
        },
        text: async () => Buffer.concat((await get(false)).body).toString(),
        rss: () => {
          const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
          return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) * 1024;
        },
        stop: () =>
          new Promise((resolve) => {
            agent.destroy();
            child.once('exit', () => resolve());
            child.kill();
          }),
      });
    });
  });
}
