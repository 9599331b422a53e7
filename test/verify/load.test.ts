import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gatewayMetrics } from '../../metrics/gateway.js';
import { listenOnLoopback } from '../../src/processes/process.js';
import { displayName, LoadError, loadExposition } from '../../src/verify/load.js';
import { problemsOf, verificationText, verifyPage } from '../../src/verify/page.js';
import { gatewayObservability, root } from '../cli/command.js';

const fixture = join(root, 'test/fixtures/gateway-metrics.prom');
let page: string;
let folder: string;
beforeAll(async () => {
  page = await readFile(fixture, 'utf8');
  folder = await mkdtemp(join(tmpdir(), 'gateway-verify-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A real server for the time of a check; `host` is its address and port. */
async function served<T>(handler: RequestListener, check: (url: string, host: string) => Promise<T>) {
  const server = createServer(handler);
  const host = `127.0.0.1:${await listenOnLoopback(server)}`;
  try {
    return await check(`http://${host}/metrics`, host);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
const messageOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: Error) => error.message,
  );
const refused = (handler: RequestListener, options = {}) =>
  served(handler, async (url) => (await messageOf(loadExposition(url, options))).replace(url, 'URL'));

describe('a page over HTTP', () => {
  it('is loaded as it is, with the text format asked for', async () => {
    let accepted: string | undefined;
    const text = await served(
      (request, response) => {
        accepted = request.headers.accept;
        response.setHeader('content-type', 'text/plain; version=0.0.4; charset=utf-8');
        response.end(page);
      },
      (url) => loadExposition(url.replace('http:', 'HTTP:')),
    );
    expect(text).toBe(page);
    expect(accepted).toBe('text/plain;version=0.0.4');
  });

  it.each([
    [
      'another status',
      (_, response) => response.writeHead(404).end('not here'),
      'URL: answered with status 404, expected a /metrics page',
    ],
    [
      'HTML',
      (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      'URL: answered with HTML, expected a /metrics page',
    ],
    [
      'a redirect, also within the host',
      (_, response) =>
        response.writeHead(301, { location: 'https://elsewhere.example/m?token=secret' }).end(),
      'URL: answered with status 301, which redirects to https://elsewhere.example/m, expected a /metrics page',
    ],
    [
      'a redirect to another path',
      (_, response) => response.writeHead(302, { location: '/login?next=metrics' }).end(),
      expect.stringMatching(
        /^URL: answered with status 302, which redirects to http:\/\/127\.0\.0\.1:\d+\/login, expected a \/metrics page$/,
      ),
    ],
    [
      'a status without content',
      (_, response) => response.writeHead(204).end(),
      'URL: answered with status 204, expected a /metrics page',
    ],
    [
      'a connection that breaks off',
      (_, response) => {
        response.writeHead(200, { 'content-length': '1000' });
        response.write('x 1\n', () => response.destroy());
      },
      expect.stringMatching(/^URL: cannot be reached \(\S+\), expected a \/metrics page$/),
    ],
  ] satisfies [string, RequestListener, unknown][])('is refused for %s', async (_, handler, message) => {
    expect(await refused(handler)).toEqual(message);
  });

  it('is refused when it never ends', async () => {
    const handler: RequestListener = (_, response) => {
      const more = () => {
        while (!response.destroyed && response.write('# filler\n'.repeat(1000)));
      };
      response.on('drain', more);
      more();
    };
    expect(await refused(handler, { maxBytes: 100_000 })).toBe(
      'URL: holds more than 100000 bytes, expected a /metrics page',
    );
  });

  it.each([
    ['does not come', () => {}],
    ['does not go on', (_, response) => void response.writeHead(200).write('x 1\n')],
  ] satisfies [string, RequestListener][])('is refused when it %s in time', async (_, handler) => {
    expect(await refused(handler, { timeoutSeconds: 0.3 })).toBe(
      'URL: did not answer completely within 0.3 s, expected a /metrics page',
    );
  });

  it('is refused where nobody listens, or where there can be no address', async () => {
    const gone = await served(
      () => {},
      async (url) => url,
    );
    expect(await messageOf(loadExposition(gone))).toBe(
      `${gone}: cannot be reached (ECONNREFUSED), expected a /metrics page`,
    );
    expect(await messageOf(loadExposition('http://'))).toBe(
      'http://: cannot be reached (ERR_INVALID_URL), expected a /metrics page',
    );
  });

  it('is asked for with the password of its address, which no message tells', async () => {
    const login: RequestListener = (request, response) =>
      response
        .writeHead(request.headers.authorization === `Basic ${btoa('me:s3cret/')}` ? 200 : 401)
        .end(page);
    await served(login, async (_, host) => {
      expect(await loadExposition(`http://me:s3cret%2F@${host}/metrics`)).toBe(page);
      expect(await messageOf(verifyPage(`http://me:wrong@${host}/metrics?token=t0ken`))).toBe(
        `http://${host}/metrics: answered with status 401, expected a /metrics page`,
      );
    });
    expect(await messageOf(loadExposition('http://me:s3cret@:/metrics'))).not.toContain('s3cret');
  });
});

describe('a page at its limits', () => {
  it('may have as many bytes as allowed, and not one more', async () => {
    const serve: RequestListener = (_, response) => response.end('x 1\n');
    expect(await served(serve, (url) => loadExposition(url, { maxBytes: 4 }))).toBe('x 1\n');
    expect(await refused(serve, { maxBytes: 3 })).toBe(
      'URL: holds more than 3 bytes, expected a /metrics page',
    );
    const file = join(folder, 'four.prom');
    await writeFile(file, 'x 1\n');
    expect(await loadExposition(file, { maxBytes: 4 })).toBe('x 1\n');
    await expect(loadExposition(file, { maxBytes: 3 })).rejects.toThrow(LoadError);
  });

  it('is asked for without a password where the address has none', async () => {
    const logins: (string | undefined)[] = [];
    const listen: RequestListener = (request, response) => {
      logins.push(request.headers.authorization);
      response.end('x 1\n');
    };
    await served(listen, async (url, host) => {
      await loadExposition(url);
      await loadExposition(`http://me@${host}/metrics`);
      await loadExposition(`http://:word@${host}/metrics`);
    });
    expect(logins).toEqual([undefined, `Basic ${btoa('me:')}`, `Basic ${btoa(':word')}`]);
  });
});

describe('the name of a page in messages', () => {
  it.each([
    ['http://me:secret@gateway:9090/metrics?token=t#x', 'http://gateway:9090/metrics'],
    ['HTTPS://Gateway.example/', 'https://gateway.example/'],
    ['http://me:secret@:/metrics', 'http://:/metrics'],
    ['https://a@b:secret@:/m', 'https://:/m'],
    ['pages/gateway.prom', 'pages/gateway.prom'],
    ['ftp://me@gateway/metrics', 'ftp://me@gateway/metrics'],
    ['see http://me@gateway/metrics', 'see http://me@gateway/metrics'],
  ])('has no secret of an address: %s', (from, name) => {
    expect(displayName(from)).toBe(name);
  });

  it('comes with the name of the error', async () => {
    const error = await loadExposition(join(folder, 'gone.prom')).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LoadError);
    expect((error as Error).name).toBe('LoadError');
  });
});

describe('the text of a comparison', () => {
  const textOf = async (name: string, text: string, job?: 'gateway') => {
    const file = join(folder, name);
    await writeFile(file, text);
    const verification = await verifyPage(file, job === undefined ? {} : { job });
    return { lines: verificationText(verification).replaceAll(file, 'PAGE').split('\n'), verification };
  };
  const all = gatewayMetrics.length;

  it('has a line for each finding, then a summary', async () => {
    const wrong = page
      .replace('_pending_writes gauge', '_pending_writes counter')
      .replace('push_total{result="error"', 'push_total{result="late"');
    const { lines, verification } = await textOf('both.prom', wrong, 'gateway');
    expect(lines).toEqual([
      'PAGE: gateway_pending_writes: has the type counter, expected gauge',
      'PAGE: gateway_pending_write_push_total: has the value "late" of result, known are success, error (warning)',
      `PAGE: ${all} metrics of the gateway compared, 1 problem, 1 warning`,
    ]);
    expect(problemsOf(verification)).toBe(1);
    expect(verification).toMatchObject({ job: 'gateway', isJobGuessed: false, compared: all });
  });

  it('says whether the job was guessed', async () => {
    const { lines, verification } = await textOf('fine.prom', page);
    expect(lines).toEqual([
      `PAGE: ${all} metrics of the gateway compared, 0 problems, 0 warnings (job guessed from the metrics; --job names it)`,
    ]);
    expect(verification.isJobGuessed).toBe(true);
  });

  it.each([
    ['an empty page', '', 'found no metrics, expected a /metrics page'],
    ['another text', 'hello\n', 'line 1: found "hello", expected a sample such as metric{label="value"} 1'],
  ])('is an error for %s', async (_, text, message) => {
    const file = join(folder, 'none.prom');
    await writeFile(file, text);
    await expect(verifyPage(file)).rejects.toThrow(new LoadError(`${file}: ${message}`));
  });
});

describe('a page in a file', () => {
  it('is loaded as it is', async () => {
    expect(await loadExposition(fixture)).toBe(page);
  });

  it.each([
    ['that is not there', 'no-such-file.prom', 'cannot be read (ENOENT)'],
    ['that is a folder', 'test', 'cannot be read (EISDIR)'],
    ['that never ends', '/dev/zero', 'holds more than 100000 bytes'],
  ])('%s is refused', async (_, file, what) => {
    expect(await messageOf(loadExposition(file, { maxBytes: 100_000 }))).toBe(
      `${file}: ${what}, expected a file or an http(s) address`,
    );
  });
});

describe('the command', () => {
  it('finds nothing wrong with the real exposition of the gateway', async () => {
    const result = await gatewayObservability(['verify', '--metrics', fixture]);
    expect(result).toEqual({
      code: 0,
      stdout: `${fixture}: ${gatewayMetrics.length} metrics of the gateway compared, 0 problems, 0 warnings (job guessed from the metrics; --job names it)\n`,
      stderr: '',
    });
  });

  it('ends with 1 for problems, on the standard output and as JSON', async () => {
    const file = join(folder, 'wrong.prom');
    await writeFile(file, page.replace('_pending_writes gauge', '_pending_writes counter'));
    expect(await gatewayObservability(['verify', '--metrics', file, '--job', 'gateway'])).toEqual({
      code: 1,
      stdout: [
        `${file}: gateway_pending_writes: has the type counter, expected gauge`,
        `${file}: ${gatewayMetrics.length} metrics of the gateway compared, 1 problem, 0 warnings`,
        '',
      ].join('\n'),
      stderr: '',
    });
    const { code, stdout } = await gatewayObservability(['verify', '--metrics', file, '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      job: 'gateway',
      compared: gatewayMetrics.length,
      findings: [
        {
          severity: 'problem',
          metric: 'gateway_pending_writes',
          message: 'has the type counter, expected gauge',
        },
      ],
    });
  });

  it('ends with 2 and one message where there is nothing to compare', async () => {
    const missing = join(folder, 'missing.prom');
    expect(await gatewayObservability(['verify', '--metrics', missing])).toEqual({
      code: 2,
      stdout: '',
      stderr: `${missing}: cannot be read (ENOENT), expected a file or an http(s) address\n`,
    });
  });

  it('ends with 0 for warnings alone, over HTTP', async () => {
    const result = await served(
      (_, response) => response.end(page.replace('push_total{result="error"', 'push_total{result="late"')),
      async (url) => ({ url, ...(await gatewayObservability(['verify', '-m', url, '--job', 'gateway'])) }),
    );
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout.trimEnd().split('\n')).toEqual([
      `${result.url}: gateway_pending_write_push_total: has the value "late" of result, known are success, error (warning)`,
      `${result.url}: ${gatewayMetrics.length} metrics of the gateway compared, 0 problems, 1 warning`,
    ]);
  });

  it.each([
    ['an empty file', '', 'found no metrics, expected a /metrics page'],
    ['another text', 'hello\n', 'line 1: found "hello", expected a sample such as metric{label="value"} 1'],
  ])('ends with 2 for %s', async (_, text, message) => {
    const file = join(folder, 'text.prom');
    await writeFile(file, text);
    expect(await gatewayObservability(['verify', '--metrics', file])).toEqual({
      code: 2,
      stdout: '',
      stderr: `${file}: ${message}\n`,
    });
  });

  it('tells whose page it is by what is present, unless it is told', async () => {
    const escrow = join(root, 'test/fixtures/escrow-metrics.prom');
    const exporter = join(folder, 'exporter.prom');
    await writeFile(
      exporter,
      ['process_start_time_seconds', 'pending_writes_pending', 'pending_writes_state_file_missing']
        .map((name) => `# TYPE ${name} gauge\n`)
        .join(''),
    );
    const stranger = join(folder, 'stranger.prom');
    await writeFile(stranger, 'node_load1 0.5\n');
    const jobOf = async (from: string, job?: 'gateway') =>
      (await verifyPage(from, job === undefined ? {} : { job })).job;
    expect(await Promise.all([fixture, escrow, exporter, stranger].map((file) => jobOf(file)))).toEqual([
      'gateway',
      'escrow',
      'exporter',
      'gateway',
    ]);
    expect(await jobOf(escrow, 'gateway')).toBe('gateway');
    expect(problemsOf(await verifyPage(stranger))).toBeGreaterThan(0);
  });
});
