import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { hash } from 'bcryptjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, waitFor } from '../../src/processes/process.js';
import { root } from '../cli/command.js';
import { PATIENCE_MS } from '../patience.js';
import { type ExporterHere, runHere, startHere, stopExportersHere } from './exporter-here.js';
import { builtExporter, startExporter, stopExporters } from './exporter-process.js';
import { get } from './request.js';
import {
  failureReason,
  MISSING,
  notification,
  queueSeries,
  READ_SUCCESS,
  samplesOf,
  scrape,
} from './scrape.js';

const run = promisify(execFile);

let folder: string;
let state: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pending-writes-'));
  state = join(folder, 'state.json');
  await writeFile(state, JSON.stringify({ notifications: [notification('a')], rotations: [] }));
});
afterAll(async () => {
  await stopExportersHere();
  await stopExporters();
  await rm(folder, { recursive: true, force: true });
});

const WAIT = { timeoutMs: PATIENCE_MS };
const PENDING = 'pending_writes_pending{relay=a}';

/** Starts a command line with the exporter in it; resolves once the exporter answers on the port. */
async function answering(
  command: string,
  args: readonly string[],
  port: number,
  stdio: 'ignore' | number = 'ignore',
) {
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', stdio] });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  await waitFor(() => scrape(`http://127.0.0.1:${port}`), { what: `${command} to answer`, ...WAIT });
  return { child, ended };
}

describe('signals', () => {
  /** Resolves as soon as the process has a handler for a signal (bit n - 1 of SigCgt). */
  const handles = (pid: number, number: number) =>
    waitFor(
      async () => {
        const caught = /^SigCgt:\s*([0-9a-f]+)/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
        return ((BigInt(`0x${caught}`) >> BigInt(number - 1)) & 1n) === 1n;
      },
      { what: 'a handler for the signal', everyMs: 1, ...WAIT },
    );

  it('do not end a process that is still loading with anything but 0', async () => {
    const program = [await builtExporter(), '--state-file', state, '--web.listen-address', '127.0.0.1:0'];
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const child = spawn(process.execPath, program, { stdio: 'ignore' });
      const ended = new Promise((resolve) => child.once('exit', (code, by) => resolve(by ?? code)));
      // Node.js handles the two from its own start on, and SIGHUP, whose handler comes last, never.
      await handles(child.pid as number, 1);
      child.kill(signal);
      expect(await ended).toBe(0);
    }
  });

  it('are handled before anything else is loaded', async () => {
    const text = await readFile(await builtExporter(), 'utf8');
    const first = text.indexOf('process.on("SIGHUP"');
    expect(first).toBeGreaterThan(0);
    // Bundled modules are wrapped or come later; nothing before the handlers calls require.
    const before = text.slice(text.indexOf('// src/exporter/signals.ts'), first);
    expect(before).not.toMatch(/require\w*\(/);
    expect(text.indexOf('// src/exporter/signals.ts')).toBeLessThan(text.indexOf('// src/exporter/main.ts'));
  });

  it('do not end it when they are SIGHUP, as early as that is handled', async () => {
    const port = await freePort();
    const child = spawn(
      process.execPath,
      [await builtExporter(), '--state-file', state, '--web.listen-address', `127.0.0.1:${port}`],
      { stdio: 'ignore' },
    );
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await handles(child.pid as number, 1);
    child.kill('SIGHUP');
    await waitFor(() => scrape(`http://127.0.0.1:${port}`), { what: 'the exporter', ...WAIT });
    child.kill('SIGHUP');
    expect((await scrape(`http://127.0.0.1:${port}`)).get(PENDING)).toBe(1);
    child.kill();
    expect(await ended).toBe(0);
  });

  it('reach it as PID 1 as well', async () => {
    const port = await freePort();
    const args = [
      '--map-root-user',
      '--pid',
      '--fork',
      '--kill-child',
      process.execPath,
      await builtExporter(),
    ];
    const flags = ['--state-file', state, '--web.listen-address', `127.0.0.1:${port}`];
    const { child, ended } = await answering('unshare', [...args, ...flags], port);
    const [pid] = (await readFile(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8')).trim().split(' ');
    expect(await readFile(`/proc/${pid}/status`, 'utf8')).toMatch(/^NSpid:.*\t1$/m);
    process.kill(Number(pid), 'SIGHUP');
    expect((await scrape(`http://127.0.0.1:${port}`)).get(PENDING)).toBe(1);
    process.kill(Number(pid), 'SIGTERM');
    expect(await ended).toBe(0);
  });

  it('end it even where the file system does not answer', async () => {
    const fifo = join(folder, 'hangs');
    await run('mkfifo', [fifo]);
    // The exporter opens files without blocking, so the hanging file system is made by hand: this open waits for a writer.
    const hook = join(folder, 'hang.cjs');
    await writeFile(
      hook,
      `const fs = require('node:fs/promises'); const { open } = fs;
fs.open = (path, ...rest) => path === ${JSON.stringify(join(folder, 'hung.json'))} ? open(${JSON.stringify(fifo)}, 'r') : open(path, ...rest);`,
    );
    const exporter = await startExporter(['--state-file', join(folder, 'hung.json')], {
      nodeFlags: ['--require', hook],
    });
    const answer = await get(`${exporter.url}/metrics`, {
      headers: { 'x-prometheus-scrape-timeout-seconds': '1' },
    });
    expect(failureReason(samplesOf(answer.text))).toBe('timeout');
    expect(await exporter.stop()).toBe(null);
    expect(exporter.log()).toContain('the file system does not answer');
  });
});

describe('the log', () => {
  const flags = (port: number) => [
    '--state-file',
    state,
    '--web.listen-address',
    `127.0.0.1:${port}`,
    '--log.level',
    'debug',
  ];

  it('does not end the process when the disk is full, or the reader has gone away', async () => {
    const full = await open('/dev/full', 'w');
    for (const stderr of [full.fd, 'closed pipe'] as const) {
      const port = await freePort();
      const command = [process.execPath, await builtExporter(), ...flags(port)];
      const { child, ended } =
        typeof stderr === 'number'
          ? await answering(command[0] as string, command.slice(1), port, stderr)
          : // The shell hands its place to the exporter; the reader ends at once.
            await answering('bash', ['-c', 'exec "$@" 2> >(exec true)', 'bash', ...command], port);
      for (let i = 0; i < 3; i += 1) {
        expect((await scrape(`http://127.0.0.1:${port}`)).get(PENDING)).toBe(1);
      }
      child.kill();
      expect(await ended).toBe(0);
    }
    await full.close();
  });

  it('does not wait for a reader that has stopped reading', async () => {
    const port = await freePort();
    const child = spawn(process.execPath, [await builtExporter(), ...flags(port)], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.stderr.pause();
    await waitFor(() => scrape(`http://127.0.0.1:${port}`), { what: 'the exporter', ...WAIT });
    // Far more than a pipe holds.
    const agent = `x${'y'.repeat(90)}`;
    for (let i = 0; i < 1_500; i += 1)
      expect((await get(`http://127.0.0.1:${port}/-/healthy?${agent}`)).status).toBe(200);
    expect((await scrape(`http://127.0.0.1:${port}`)).get(PENDING)).toBe(1);
    child.kill();
    expect(await ended).toBe(0);
  });

  it('reports left-out records when they first appear, and requests at the level debug', async () => {
    const path = join(folder, 'left-out.json');
    const write = (records: readonly unknown[]) =>
      writeFile(path, JSON.stringify({ notifications: records }));
    await write([notification('a')]);
    const exporter = await startHere(['--state-file', path, '--log.level', 'debug']);
    await scrape(exporter.url);
    expect(exporter.log()).not.toContain('left out');
    await write([notification('a'), { relayKey: 7 }]);
    await scrape(exporter.url);
    expect(exporter.log()).toMatch(
      /level=warn msg="parts of the state file are left out" invalid=1 duplicate=0/,
    );
    await scrape(exporter.url);
    expect(exporter.log().match(/are left out/g)).toHaveLength(1);
    expect(exporter.log()).toMatch(
      /level=debug msg=request client=127\.0\.0\.1 method=GET path=\/metrics status=200 ms=\d+/,
    );
    await exporter.stop();
  });
});

describe('the address', () => {
  it('is IPv4 where the host has no IPv6', async () => {
    // A kernel without IPv6, as far as the process can see.
    const library = join(folder, 'no-ipv6.so');
    const source = join(root, 'test/fixtures/exporter/no-ipv6.c');
    await run('gcc', ['-shared', '-fPIC', '-o', library, source, '-ldl']).catch((error: Error) => {
      throw new Error(`this test needs gcc to simulate a host without IPv6: ${error.message}`);
    });
    for (const address of [':0', 'localhost:0', '127.0.0.1:0']) {
      const exporter = await startExporter(['--state-file', state], {
        env: { LD_PRELOAD: library },
        address,
      });
      expect(exporter.log()).toMatch(/address=(?:0\.0\.0\.0|127\.0\.0\.1):/);
      expect((await scrape(exporter.url)).get(PENDING)).toBe(1);
      await exporter.stop();
    }
    const refused = startExporter(['--state-file', state], {
      env: { LD_PRELOAD: library },
      address: '[::1]:0',
    });
    await expect(refused).rejects.toThrow(
      /ended with 2: [\s\S]*cannot listen on \[::1\]:0" reason=EAFNOSUPPORT/,
    );
  });

  it('is every interface without a host, and messages show what was typed', async () => {
    const exporter = await startExporter(['--state-file', state], { address: ':0' });
    const { port } = new URL(exporter.url);
    for (const host of ['127.0.0.1', '[::1]'])
      expect((await scrape(`http://${host}:${port}`)).get(PENDING)).toBe(1);
    const second = startExporter(['--state-file', state], { address: `:${port}` });
    await expect(second).rejects.toThrow(`cannot listen on :${port}`);
    await exporter.stop();
  });
});

describe('a request target', () => {
  let exporter: ExporterHere;
  beforeAll(async () => {
    exporter = await startHere(['--state-file', state]);
  });
  afterAll(() => exporter.stop());

  it.each([
    ['/metrics', 200],
    ['/metrics?x=1#y', 200],
    ['http://anything.example:99/metrics', 200],
    ['HTTP://anything.example/metrics?x', 200],
    ['/%6detrics', 200],
    ['/%6Detric%73', 200],
    ['/-/%68ealthy', 200],
    ['http://anything.example', 200],
    ['/metrics/', 404],
    ['/metrics%2F', 404],
    ['//metrics', 404],
    ['/%zz', 400],
    ['/%', 400],
    ['metrics', 400],
  ])('is read as HTTP defines it: %s is %d', async (target, status) => {
    const { hostname, port } = new URL(exporter.url);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
    });
    socket.write(`HEAD ${target} HTTP/1.1\r\nhost: exporter\r\nconnection: close\r\n\r\n`);
    await new Promise((resolve) => socket.once('close', resolve));
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    expect(answer.endsWith('\r\n\r\n')).toBe(true);
  });

  it('of a link on the landing page is relative, for a path prefix', async () => {
    const behind = await startHere(['--state-file', state, '--web.telemetry-path', '/a/metrics']);
    const { text } = await get(`${behind.url}/`);
    const links = [...text.matchAll(/href="([^"]*)"/g)].map(
      ([, link]) => new URL(link as string, 'http://host/prefix/').pathname,
    );
    expect(links).toEqual(['/prefix/a/metrics', '/prefix/-/healthy', '/prefix/-/ready']);
    await behind.stop();
  });
});

describe('a state file that was deleted and is still mounted', () => {
  it.each([
    ['the file', 'bind/state.json', 'real/state.json'],
    ['its folder', 'bind', 'real'],
  ])(
    'is a failure with its own reason, and is read again once it is remounted: %s',
    async (_, mount, source) => {
      const here = await mkdtemp(join(folder, 'mounts-'));
      await mkdir(join(here, 'real'));
      await mkdir(join(here, 'bind'));
      const file = (relay: string) => JSON.stringify({ notifications: [notification(relay)] });
      await writeFile(join(here, 'real/state.json'), file('a'));
      await writeFile(join(here, 'bind/state.json'), '');
      const port = await freePort();
      const command = [
        process.execPath,
        await builtExporter(),
        '--state-file',
        join(here, 'bind/state.json'),
      ];
      const flags = ['--web.listen-address', `127.0.0.1:${port}`, '--state-file.max-stale', '0'];
      const script = 'cd "$1"; mount --bind "$2" "$3" || exit 9; shift 3; exec "$@"';
      const args = [
        '--map-root-user',
        '--mount',
        'sh',
        '-c',
        script,
        'sh',
        here,
        source,
        mount,
        ...command,
        ...flags,
      ];
      const { child, ended } = await answering('unshare', args, port);
      const url = `http://127.0.0.1:${port}`;
      expect((await scrape(url)).get(PENDING)).toBe(1);
      await rm(join(here, source), { recursive: true });
      if (source === 'real') await mkdir(join(here, 'real'));
      await writeFile(join(here, 'real/state.json'), file('b'));
      const gone = await scrape(url);
      expect([gone.get(READ_SUCCESS), gone.get(MISSING), failureReason(gone)]).toEqual([0, 0, 'unlinked']);
      expect(queueSeries(gone)).toEqual([]);
      const inside = [
        '--target',
        String(child.pid),
        '--user',
        '--mount',
        '--preserve-credentials',
        'sh',
        '-c',
      ];
      await run('nsenter', [
        ...inside,
        `cd "${here}" && umount -l "${mount}" && mount --bind "${source}" "${mount}"`,
      ]);
      expect((await scrape(url)).get('pending_writes_pending{relay=b}')).toBe(1);
      child.kill();
      expect(await ended).toBe(0);
    },
  );

  it('is not what a file is that is renamed over', async () => {
    const path = join(folder, 'renamed.json');
    const exporter = await startExporter(['--state-file', path, '--state-file.max-stale', '0']);
    for (let i = 0; i < 40; i += 1) {
      await writeFile(
        `${path}.new`,
        JSON.stringify({ notifications: [notification('a', { driveVersion: i })] }),
      );
      const renamed = run('mv', [`${path}.new`, path]);
      expect(failureReason(await scrape(exporter.url))).toBeUndefined();
      await renamed;
    }
    await exporter.stop();
  });
});

describe('a file that two writes have spliced', () => {
  const long = JSON.stringify(
    { notifications: [notification('old'), notification('older')], rotations: [] },
    null,
    2,
  );
  const short = JSON.stringify({ notifications: [notification('new')], rotations: [] }, null, 2);
  const compact = (text: string) => JSON.stringify(JSON.parse(text));

  it.each([
    ['a short version over a long one', short + long.slice(short.length), 'spliced'],
    ['the same without line breaks', compact(short) + compact(long).slice(compact(short).length), 'spliced'],
    ['one more brace', `${short}}`, 'spliced'],
    ['a second object', `${short}\n${long}`, 'spliced'],
    ['the beginning of one and the end of another', long.slice(0, 300) + short.slice(150), 'spliced'],
    [
      'a hole of NUL bytes in the middle',
      `${long.slice(0, 200)}${'\0'.repeat(64)}${long.slice(264)}`,
      'spliced',
    ],
    ['a version that breaks off', long.slice(0, 300), 'not_json'],
    [
      'a version that breaks off after a brace',
      compact(long).slice(0, compact(long).indexOf('}') + 1),
      'not_json',
    ],
    ['a version that breaks off in an escape', '{"notifications":[{"relayKey":"a\\u00', 'not_json'],
    ['NUL bytes alone', '\0'.repeat(512), 'not_json'],
    ['white space', '  \n', 'not_json'],
    ['a log', 'Error: no space left on device', 'not_json'],
  ])('has a reason of its own, and no part of it is shown: %s', async (_, text, reason) => {
    const path = join(folder, 'spliced.json');
    await writeFile(path, long);
    const exporter = await startHere(['--state-file', path]);
    const good = queueSeries(await scrape(exporter.url));
    await writeFile(path, text);
    const samples = await scrape(exporter.url);
    expect([samples.get(READ_SUCCESS), failureReason(samples)]).toEqual([0, reason]);
    // The last good version for a while, never the beginning of the spliced one.
    expect(queueSeries(samples)).toEqual(good);
    await exporter.stop();
  });

  it('is recognised where it has tens of megabytes', async () => {
    const path = join(folder, 'large.json');
    const large = JSON.stringify({ notifications: [notification('a', { reason: 'x'.repeat(30_000_000) })] });
    await writeFile(path, `${large}x`);
    const exporter = await startHere(['--state-file', path]);
    expect(failureReason(await scrape(exporter.url))).toBe('spliced');
    await exporter.stop();
  });
});

describe('the command line', () => {
  it.each([
    [['--state-file', ''], /expected a path, found an empty string/],
    [['--state-file', 'state.json', '--state-file.max-stale', ''], /expected a duration/],
    [['--state-file', 'state.json', '--state-file.max-stale', '1m1h'], /expected a duration/],
    [['--state-file', 'state.json', '--state-file.max-stale', '1.5h'], /expected a duration/],
    [['--state-file', 'state.json', '--state-file.max-stale', '300y'], /expected a duration/],
    [
      ['--state-file', 'state.json', '--state-file.max-bytes', '9999999999'],
      /expected a whole number from 1 to/,
    ],
    [['--state-file', 'state.json', '--web.listen-address', '[127.0.0.1]:1'], /expected host:port/],
    [['--state-file', 'state.json', '--web.listen-address', '127.0.0.1:65536'], /expected host:port/],
  ])('is refused with 2: %j', async (args, message) => {
    const { code, log } = await runHere(args);
    expect(code).toBe(2);
    expect(log).toMatch(message);
  });

  it.each(['1h30m', '1d', '1w', '1y2w3d4h5m6s7ms', '0', '0s'])(
    'takes durations as Prometheus writes them: %s',
    async (text) => {
      const exporter = await startHere(['--state-file', state, '--state-file.max-stale', text]);
      expect(await exporter.stop()).toBe(0);
    },
  );

  it('warns of a folder that does not exist', async () => {
    const exporter = await startHere(['--state-file', join(folder, 'nowhere', 'state.json')]);
    expect((await scrape(exporter.url)).get(MISSING)).toBe(1);
    expect(exporter.log()).toMatch(
      /level=warn msg="the folder of the state file does not exist" folder=\S*nowhere/,
    );
    await exporter.stop();
  });
});

describe('the metrics of the process', () => {
  it('have the same names in every format, whatever was asked before', async () => {
    const exporter = await startHere(['--state-file', state, '--collector.process']);
    const names = async (accept: string) => {
      const { text } = await get(`${exporter.url}/metrics`, { headers: { accept } });
      const all = [...samplesOf(text).keys()].map((series) => series.slice(0, series.indexOf('{')));
      // These begin with the first garbage collection, which may come between two requests.
      return [...new Set(all)].filter((name) => !name.startsWith('nodejs_gc_duration_seconds'));
    };
    const first = await names('text/plain');
    expect(first).toContain('process_cpu_seconds_total');
    expect(await names('application/openmetrics-text')).toEqual(first);
    expect(await names('text/plain')).toEqual(first);
    await exporter.stop();
  });
});

describe('web configurations that would fail when they are used', () => {
  it('cannot make a request or an error answer end the process, at the start or at a reload', async () => {
    const config = join(folder, 'web.yml');
    const csp =
      "http_server_config:\n  headers:\n    Content-Security-Policy: |\n      default-src 'self';\n      frame-ancestors 'none'\n";
    await writeFile(config, csp);
    const exporter = await startHere(['--state-file', state, '--web.config.file', config]);
    for (const target of ['/metrics', '/', '/nowhere', '/%zz']) {
      const answer = await get(`${exporter.url}${target}`);
      expect(answer.headers['content-security-policy']).toBe("default-src 'self'; frame-ancestors 'none'");
    }
    await writeFile(config, csp.replace("'none'", "'none'\n      report-uri /x"));
    exporter.hangUp();
    await waitFor(() => exporter.log().includes('msg="web configuration reloaded"'), {
      what: 'the reload',
      ...WAIT,
    });
    expect((await get(`${exporter.url}/metrics`)).status).toBe(200);
    await writeFile(config, `basic_auth_users: {a: "${(await hash('x', 4)).replace('$04$', '$99$')}"}\n`);
    exporter.hangUp();
    await waitFor(() => exporter.log().includes('cost 4 to 31'), { what: 'the refusal', ...WAIT });
    expect((await get(`${exporter.url}/metrics`)).status).toBe(200);
    expect(await exporter.stop()).toBe(0);
  });
});
