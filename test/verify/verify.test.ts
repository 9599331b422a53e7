import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { escrowMetrics } from '../../metrics/escrow.js';
import { gatewayMetrics } from '../../metrics/gateway.js';
import { parseExposition } from '../../src/verify/exposition.js';
import { runVerify } from '../../src/verify/index.js';
import { loadExposition } from '../../src/verify/load.js';
import { verifyMetrics } from '../../src/verify/verify.js';
import { gatewayObservability, root } from '../command-line/command.js';

const fixture = join(root, 'test/fixtures/gateway-metrics.prom');
const page = readFileSync(fixture, 'utf8');
const findings = (text: string) =>
  verifyMetrics(parseExposition(text), gatewayMetrics).map(
    ({ severity, metric, message }) => `${severity} ${metric} ${message}`,
  );
const edited = (from: string | RegExp, to: string) => {
  const text = page.replace(from, to);
  if (text === page) throw new Error(`the fixture does not hold ${from}`);
  return text;
};

describe('verify', () => {
  it('finds nothing wrong with the real exposition of the gateway', async () => {
    const result = await gatewayObservability(['verify', '--metrics', fixture]);
    expect(result.code).toBe(0);
    expect(result.stdout).toContain('20 metrics of the gateway compared, 0 problems, 0 warnings');
  });

  it('finds nothing wrong with the escrow service, whose metrics may also be absent', () => {
    const escrow = readFileSync(join(root, 'test/fixtures/escrow-metrics.prom'), 'utf8');
    expect(verifyMetrics(parseExposition(escrow), escrowMetrics)).toEqual([]);
    expect(verifyMetrics(parseExposition(''), escrowMetrics)).toEqual([]);
  });

  it('accepts a build whose push counter has a relay label', () => {
    expect(
      findings(
        page.replaceAll(
          'gateway_pending_write_push_total{result',
          'gateway_pending_write_push_total{relay="a",result',
        ),
      ),
    ).toEqual([]);
  });

  it('accepts a labelled metric that has no series yet', () => {
    expect(findings(page.replace(/^gateway_pending_writes\{.*\n/gm, ''))).toEqual([]);
  });

  it('accepts bucket bounds as Prometheus 3 writes them', () => {
    expect(findings(page.replace(/le="(\d+)"/g, 'le="$1.0"'))).toEqual([]);
  });

  it.each([
    [
      'a missing metric',
      () => page.replace(/^.*gateway_pending_writes[ {].*\n/gm, ''),
      'problem gateway_pending_writes is missing: there is no TYPE line for it',
    ],
    [
      'a wrong type',
      () => edited('# TYPE gateway_pending_writes gauge', '# TYPE gateway_pending_writes counter'),
      'problem gateway_pending_writes has the type counter, expected gauge',
    ],
    [
      'a missing label',
      () => edited(/^gateway_replica_fallback_total\{relay="[0-9a-f]+",/m, 'gateway_replica_fallback_total{'),
      'problem gateway_replica_fallback_total lacks the label relay',
    ],
    [
      'an extra label',
      () => edited('gateway_pending_writes{', 'gateway_pending_writes{peer="x",'),
      'problem gateway_pending_writes has the label peer, which the contract does not have',
    ],
    [
      'another bucket',
      () =>
        edited(
          'gateway_pending_write_push_wait_seconds_bucket{le="600"',
          'gateway_pending_write_push_wait_seconds_bucket{le="900"',
        ),
      'problem gateway_pending_write_push_wait_seconds has the buckets 5 15 30 60 120 300 900 Infinity, expected 5 15 30 60 120 300 600 Infinity',
    ],
    [
      'an unknown label value, as a warning',
      () => edited('push_total{result="error"', 'push_total{result="timeout"'),
      'warning gateway_pending_write_push_total has the value "timeout" of result, known are success, error',
    ],
  ])('names %s', (_, text, finding) => {
    expect(findings(text())).toEqual([finding]);
  });

  it('fails with exit code 1 for problems, and with 0 for warnings alone', async () => {
    const server = createServer((request, response) => {
      response.setHeader('content-type', 'text/plain');
      response.end(
        request.url === '/warning'
          ? page.replace('push_total{result="error"', 'push_total{result="timeout"')
          : page.replace('_pending_writes gauge', '_pending_writes counter'),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      expect(await runVerify({ metrics: `${base}/problem` })).toMatchObject({ exitCode: 1 });
      expect(await runVerify({ metrics: `${base}/warning` })).toMatchObject({ exitCode: 0 });
    } finally {
      server.close();
    }
  });
});

describe('the exposition', () => {
  it('is read with escapes, NaN in any case, timestamps, exemplars and OpenMetrics’ counters', () => {
    const families = parseExposition(
      [
        '# TYPE a counter',
        'a_total{x="q\\"\\\\\\n, }"} 3 1700000000.5 # {id="1"} 1',
        'a_created 5',
        '# TYPE b gauge',
        'b Nan',
        'b{le="x"} +Inf',
        '# EOF',
        '',
      ].join('\n'),
    );
    expect(families.get('a_total')).toMatchObject({
      type: 'counter',
      samples: [{ labels: { x: 'q"\\\n, }' }, value: 3 }],
    });
    expect(families.get('b')?.samples.map(({ value }) => value)).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
    ]);
  });

  it.each([
    ['a{x=1} 2', 'line 1: found "x=1", expected label="value"'],
    ['ok 1\nwhat is this', 'line 2: found "what is this", expected a sample such as metric{label="value"} 1'],
    ['a one', 'line 1: found "a one", expected a sample such as metric{label="value"} 1'],
  ])('%j is refused with its line', (text, message) => {
    expect(() => parseExposition(text)).toThrow(message);
  });
});

describe('loading', () => {
  const served = async (
    handler: Parameters<typeof createServer>[1],
    check: (url: string) => Promise<void>,
  ) => {
    const server = createServer(handler as never);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      await check(`http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  };

  it('refuses a page that never ends', () =>
    served(
      (_, response) => {
        const more = () => response.write('# filler\n'.repeat(1000)) && setImmediate(more);
        response.on('drain', more);
        more();
      },
      (url) =>
        expect(loadExposition(url, { maxBytes: 100_000 })).rejects.toThrow('sent more than 100000 bytes'),
    ));

  it('gives up on a server that does not answer', () =>
    served(
      () => {},
      (url) =>
        expect(loadExposition(url, { timeoutSeconds: 0.2 })).rejects.toThrow('did not answer within 0.2 s'),
    ));

  it('names the status, HTML, and a redirect to elsewhere', async () => {
    await served(
      (_, response) => response.writeHead(404).end(),
      (url) => expect(loadExposition(url)).rejects.toThrow('answered with status 404'),
    );
    await served(
      (_, response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>'),
      (url) => expect(loadExposition(url)).rejects.toThrow('answered with HTML'),
    );
    await served(
      (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      (url) => expect(loadExposition(url)).rejects.toThrow('answered with status 302'),
    );
  });

  it('names an address where nobody listens, and a file that is not there', async () => {
    await expect(loadExposition('http://127.0.0.1:1/metrics')).rejects.toThrow(/cannot be reached \(.+\)/);
    await expect(loadExposition('no-such-file.prom')).rejects.toThrow(
      'no-such-file.prom: cannot be read (ENOENT)',
    );
  });
});
