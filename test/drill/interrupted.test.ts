import { type ChildProcess, spawn } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { listenOnLoopback, waitFor } from '../../src/processes/process.js';
import { compiledCommandLine } from '../compiled.js';
import { PATIENCE_MS } from '../patience.js';

const endings: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of endings.splice(0).reverse()) await end();
});

/** Something that answers like a Prometheus which scrapes one gateway without any series of a relay. */
async function likePrometheus() {
  const state = { status: 200, asked: 0 };
  const server: Server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    const query = new URLSearchParams(body).get('query') ?? '';
    state.asked += 1;
    if (state.status !== 200) {
      response.writeHead(state.status).end();
      return;
    }
    const now = Date.now() / 1000;
    const labels = { __name__: 'up', job: 'gateway', instance: 'gateway:1' };
    const data =
      query === 'time()'
        ? { resultType: 'scalar', result: [now, String(now)] }
        : query.endsWith('s]')
          ? {
              resultType: 'matrix',
              result:
                query.includes('"up|') && query.includes('job="gateway"')
                  ? [{ metric: labels, values: [[now, '1']] }]
                  : [],
            }
          : {
              resultType: 'vector',
              result: query.startsWith('up{') ? [{ metric: labels, value: [now, '1'] }] : [],
            };
    response.end(JSON.stringify({ status: 'success', data }));
  });
  await listenOnLoopback(server);
  endings.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return { state, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

/** A drill that is under way. */
async function underWay(url: string) {
  const child: ChildProcess = spawn(
    process.execPath,
    [await compiledCommandLine(), 'drill', '-p', url, '-r', 'a'.repeat(64), '--every', '1s'],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const said = { out: '', err: '' };
  child.stdout?.on('data', (chunk) => {
    said.out += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    said.err += chunk;
  });
  const end = new Promise<number | null>((resolve) => child.once('close', resolve));
  endings.push(() => {
    child.kill('SIGKILL');
    return end;
  });
  const begun = waitFor(async () => said.out.includes('[x] The relay is not pending'), {
    what: 'the drill to begin',
    timeoutMs: PATIENCE_MS,
  });
  return { child, said, end, begun };
}

describe('a drill that is broken off', () => {
  it('says what is open when it is interrupted, and ends with 1', async () => {
    const { url } = await likePrometheus();
    const { child, said, end, begun } = await underWay(url);
    await begun;
    child.kill('SIGINT');
    expect(await end).toBe(1);
    expect(said.out).toContain('interrupted before the end: A worker went offline; Escrow lease requested');
    expect(said.out).toContain('Reactions are MISSING: 1 of 13 reactions seen');
  });

  it('waits for a Prometheus that is away for a moment', async () => {
    const { url, state } = await likePrometheus();
    const { child, said, end, begun } = await underWay(url);
    await begun;
    state.status = 503;
    const before = state.asked;
    await waitFor(async () => state.asked >= before + 3, { what: 'three attempts', timeoutMs: PATIENCE_MS });
    state.status = 200;
    const away = state.asked;
    await waitFor(async () => state.asked >= away + 12, { what: 'it to go on', timeoutMs: PATIENCE_MS });
    child.kill('SIGTERM');
    expect(await end).toBe(1);
    expect(said.err).toBe('');
  });

  it('ends with 2 when Prometheus refuses from then on', async () => {
    const { url, state } = await likePrometheus();
    const { said, end, begun } = await underWay(url);
    await begun;
    state.status = 403;
    expect(await end).toBe(2);
    expect(said.err).toBe(`${url}/api/v1/query: HTTP 403: credentials are needed\n`);
  });
});
