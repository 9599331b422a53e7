import { writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort, listenOnLoopback } from '../../src/processes/process.js';
import { type RunningPrometheus, startPrometheus } from '../../src/processes/prometheus.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { gatewayObservability } from '../cli/command.js';
import { fetchCeph } from '../diff/ceph.js';
import { remoteWrite } from './remote-write.js';

const RULES = (threshold: number, forText: string) => `
groups:
  - name: queue
    interval: 30s
    rules:
      - record: shop:queue:max
        expr: max by (shop) (queue)
      - alert: QueueLong
        expr: shop:queue:max > ${threshold}
        for: ${forText}
        labels:
          severity: warning
`;
const EPOCH = 1_700_000_100;

async function backtest(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await gatewayObservability(['backtest', ...args]);
  return { code, out: stdout, err: stderr };
}

describe('backtest on the command line', () => {
  const folder = temporaryFolder('backtest-command');
  const before = join(folder.path, 'before.yaml');
  const after = join(folder.path, 'after.yaml');
  let prometheus: RunningPrometheus;
  let flaky: Server;
  let flakyPort: number;
  let refusals = 0;

  beforeAll(async () => {
    writeFileSync(before, RULES(10, '5m'));
    writeFileSync(after, RULES(10, '20m'));
    prometheus = await startPrometheus({
      flags: ['--web.enable-remote-write-receiver', '--storage.tsdb.retention.time=100y'],
    });
    const times = Array.from({ length: 240 }, (_, i) => i * 30);
    // One queue of ten minutes and one of half an hour, in two hours.
    const long = (second: number) => (second >= 600 && second < 1200) || (second >= 3600 && second < 5400);
    await remoteWrite(prometheus.url, [
      {
        labels: { __name__: 'queue', shop: 'north' },
        samples: times.map((second) => [(EPOCH + second) * 1000, long(second) ? 20 : 1] as const),
      },
      {
        labels: { __name__: 'ceph_health_status', job: 'ceph', instance: 'a' },
        samples: times.map((second) => [(EPOCH + second) * 1000, long(second) ? 2 : 0] as const),
      },
    ]);
    // In front of it a server that is busy every other time.
    flaky = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        if (request.url?.includes('query_range') && refusals++ % 2 === 0) {
          response.writeHead(503).end('busy');
          return;
        }
        const answer = await fetch(`${prometheus.url}${request.url}`, {
          method: request.method ?? 'GET',
          headers: { 'content-type': request.headers['content-type'] ?? 'text/plain' },
          ...(chunks.length > 0 ? { body: new Uint8Array(Buffer.concat(chunks)) } : {}),
        });
        response.writeHead(answer.status, { 'content-type': 'application/json' });
        response.end(await answer.text());
      });
    });
    flakyPort = await listenOnLoopback(flaky);
  });
  afterAll(async () => {
    flaky?.close();
    await prometheus?.stop();
    folder.remove();
  });

  const asked = (url: string) => [
    ...['--prometheus', url, '--since', '2h', '--lead-in', '0s', '--until', String(EPOCH + 7200)],
    ...['--rules', after, '--base', before],
  ];

  it('tells what a change makes of an alert that was never recorded there', async () => {
    const { code, out, err } = await backtest(...asked(prometheus.url), '--json');
    expect({ code, err }).toMatchObject({ code: 0 });
    const [alert] = (JSON.parse(out) as { alerts: Record<string, unknown>[] }).alerts;
    expect(alert).toMatchObject({
      alert: 'QueueLong',
      // The samples turn to 20 at 600 s and 3600 s; five minutes of hold leave 300 s and 1500 s.
      before: { episodes: 2, firing: 1800, flaps: 0, pages: 168, worst: { labels: { shop: 'north' } } },
      after: { episodes: 1, firing: 600, pages: 84 },
    });
  });

  it('goes on where a busy server stopped it, and shows no progress bar in a pipe', async () => {
    const { code, out, err } = await backtest(...asked(`http://127.0.0.1:${flakyPort}`), '--chunk', '30m');
    expect({ code, out }).toMatchObject({ code: 0, out: expect.stringMatching(/QueueLong.*2 -> 1/) });
    expect(refusals).toBeGreaterThan(2);
    expect(err).toContain('retrying');
    expect(out + err).not.toContain('\r');
  });

  it('names the address of a server that is not there, and ends with 2', async () => {
    const port = await freePort();
    const { code, err } = await backtest(
      '-p',
      `http://127.0.0.1:${port}`,
      '--rules',
      after,
      '--patience',
      '0s',
    );
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(`127.0.0.1:${port}`) });
    expect(err).toContain('ECONNREFUSED');
  });

  it('tells an alert that it cannot replay from the others, and ends with 1', async () => {
    const odd = join(folder.path, 'odd.yaml');
    writeFileSync(
      odd,
      `${RULES(10, '5m')}      - alert: Steep\n        expr: quantile_over_time(0.9, shop:queue:max[10m]) > 10\n`,
    );
    const { code, out, err } = await backtest(
      ...[
        '-p',
        prometheus.url,
        '--since',
        '2h',
        '--lead-in',
        '0s',
        '--until',
        String(EPOCH + 7200),
        '--rules',
        odd,
      ],
    );
    expect({ code, out }).toMatchObject({ code: 1, out: expect.stringContaining('QueueLong') });
    expect(err).toMatch(/Steep: not replayed: .*quantile_over_time\(\) over a recorded series/);
  });

  it('replays rules that others wrote', async () => {
    const ceph = join(folder.path, 'ceph.yaml');
    writeFileSync(ceph, fetchCeph().rules);
    const { code, out, err } = await backtest(
      ...['--prometheus', prometheus.url, '--rules', ceph, '--since', '2h', '--lead-in', '0s'],
      ...['--until', String(EPOCH + 7170), '--evaluation-interval', '30s'],
    );
    expect(err).toBe('');
    expect(code).toBe(0);
    // Bad for ten minutes and for thirty, and told after five.
    expect(out).toMatch(/CephHealthError +critical +2 +30m/);
    expect(out).toMatch(/\d+ of \d+ alerts never fired/);
  });
});
