import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { get as httpGet } from 'node:http';
import { basename, resolve } from 'node:path';
import { type Flags, parseFlags } from './flags.js';
import { HEALTH_CHECK_NAME } from './web/server.js';

// Docker's own limit is 5 s, see the Dockerfile.
const TIMEOUT_MS = 4_000;

/** The flags of the running exporter: of the process with the lowest id that runs the same program. Undefined where there is none. */
export function flagsOfRunning(): Flags | undefined {
  const own = realpathSync(process.argv[1] as string);
  const pids = readdirSync('/proc').map(Number);
  for (const pid of pids.filter((pid) => pid > 0 && pid !== process.pid).sort((a, b) => a - b)) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
      // Node.js, its flags and the program; possibly with an init in front.
      const node = words.findIndex((word) => basename(word) === 'node');
      const at = words.findIndex((word, i) => i > node && !word.startsWith('-'));
      if (node < 0 || at < 0 || words.includes('--healthcheck')) continue;
      const path = resolve(readlinkSync(`/proc/${pid}/cwd`), words[at] as string);
      if (realpathSync(path) === own) return parseFlags(words.slice(at + 1));
    } catch {
      // It has ended, or belongs to another user.
    }
  }
  return undefined;
}

/** Asks for the health; resolves with a problem, or undefined. */
async function ask(host: string, port: number, isTls: boolean): Promise<string | undefined> {
  const get = isTls ? (await import('node:https')).get : httpGet;
  // Loopback has no name that a certificate could be issued for, and nothing secret is sent.
  const tls = isTls ? { rejectUnauthorized: false, servername: HEALTH_CHECK_NAME } : {};
  return new Promise((resolve) => {
    get({ host, port, path: '/-/healthy', agent: false, timeout: TIMEOUT_MS, ...tls }, (response) => {
      response.resume();
      resolve(response.statusCode === 200 ? undefined : `status ${response.statusCode}`);
    })
      .on('timeout', () => resolve('no answer in time'))
      .on('error', ({ code = 'unknown error' }: NodeJS.ErrnoException) => {
        // It wants a client certificate, which only Prometheus has, and closes the connection: so it is alive.
        resolve(isTls && code === 'ECONNRESET' ? undefined : code);
      });
  });
}

/** Asks a running exporter whether it is healthy. Resolves with the reason why it is not, or undefined. */
export async function healthProblem(flags: Flags): Promise<string | undefined> {
  const { text, hosts, port } = flags['web.listenAddress'][0] as Flags['web.listenAddress'][number];
  let problem: string | undefined;
  for (const host of hosts.length === 0 ? ['127.0.0.1', '::1'] : hosts) {
    // A web configuration may or may not turn TLS on.
    for (const isTls of flags['web.config.file'] ? [true, false] : [false]) {
      problem = await ask(host.replace(/^0\.0\.0\.0$/, '127.0.0.1').replace(/^::$/, '::1'), port, isTls);
      if (problem === undefined) return undefined;
    }
  }
  return `${text}: ${problem}`;
}
