import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { isAlive } from '../../src/processes/lock.js';
import { freePort, ManagedProcess, onFreePort, waitFor } from '../../src/processes/process.js';
import { runToEnd } from '../../src/processes/run-to-end.js';
import { PATIENCE_MS } from '../patience.js';

const started: ManagedProcess[] = [];
const start = async (script: string): Promise<ManagedProcess> => {
  const child = await ManagedProcess.start({
    name: 'script',
    command: process.execPath,
    args: ['-e', script],
  });
  started.push(child);
  return child;
};
afterEach(async () => {
  for (const child of started.splice(0)) await child.stop(0);
});

describe('a managed process', () => {
  it('keeps what the process printed, on both streams', async () => {
    const child = await start('console.log("out"); console.error("err"); setInterval(() => {}, 1000)');
    await waitFor(() => child.logs().includes('out') && child.logs().includes('err'), {
      what: 'output',
      timeoutMs: PATIENCE_MS,
    });
    expect(child.exit).toBeUndefined();
  });

  it('is asked to end before it is forced', async () => {
    const child = await start(
      'process.on("SIGTERM", () => process.exit(7)); console.log("ready"); setInterval(() => {}, 1000)',
    );
    await waitFor(() => child.logs().includes('ready'), { what: 'ready', timeoutMs: PATIENCE_MS });
    expect(await child.stop(PATIENCE_MS)).toEqual({ code: 7, signal: null });
  });

  it('is forced to end when it does not listen', async () => {
    const child = await start(
      'process.on("SIGTERM", () => {}); console.log("ready"); setInterval(() => {}, 1000)',
    );
    await waitFor(() => child.logs().includes('ready'), { what: 'ready', timeoutMs: PATIENCE_MS });
    expect(await child.stop(200)).toEqual({ code: null, signal: 'SIGKILL' });
    expect(isAlive(child.pid)).toBe(false);
  });

  it('takes its own children along', async () => {
    const child = await start(
      'const c = require("child_process").spawn("sleep", ["1000"]); console.log("pid " + c.pid + " .")',
    );
    const grandchild = await waitFor(() => /pid (\d+) /.exec(child.logs())?.[1], {
      what: 'a pid',
      timeoutMs: PATIENCE_MS,
    });
    await child.stop();
    await waitFor(() => !isAlive(Number(grandchild)), {
      what: 'the grandchild to end',
      timeoutMs: PATIENCE_MS,
    });
  });

  it('cannot be started from a program that does not exist', async () => {
    await expect(
      ManagedProcess.start({ name: 'nothing', command: '/nonexistent/program', args: [] }),
    ).rejects.toThrow('nothing: /nonexistent/program could not be started');
  });
});

describe('the end of this process', () => {
  const endings = [
    ['a signal', 'wait', 'SIGINT' as const],
    ['another signal', 'wait', 'SIGTERM' as const],
    ['a closed terminal', 'wait', 'SIGHUP' as const],
    ['an uncaught error', 'throw', undefined],
    ['process.exit', 'exit', undefined],
  ] as const;
  it.each(endings)('stops the children and removes the temporary files after %s', async (_, way, signal) => {
    const parent = spawn(
      process.execPath,
      ['--import', 'tsx', join(import.meta.dirname, 'parent-process.ts'), way],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    let output = '';
    parent.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) =>
      parent.on('exit', (code, by) => resolve({ code, signal: by })),
    );
    const [, pid, folder] = await waitFor(() => /child (\d+) folder (\S+)\n/.exec(output) ?? undefined, {
      what: 'the parent to tell its child',
      timeoutMs: PATIENCE_MS,
    });
    if (signal !== undefined) parent.kill(signal);
    expect(await ended).toEqual(
      signal === undefined ? { code: way === 'exit' ? 3 : 1, signal: null } : { code: null, signal },
    );
    await waitFor(() => !isAlive(Number(pid)), { what: 'the child to end', timeoutMs: PATIENCE_MS });
    expect(existsSync(folder as string)).toBe(false);
  });
});

describe('waiting', () => {
  it('returns what the condition gives, and treats an error as not yet', async () => {
    let calls = 0;
    const result = await waitFor(
      () => {
        calls += 1;
        if (calls === 1) throw new Error('not yet');
        return calls > 2 ? 'done' : undefined;
      },
      { what: 'it', timeoutMs: PATIENCE_MS, everyMs: 1 },
    );
    expect(result).toBe('done');
  });

  it('gives up with the reason and the output of the processes', async () => {
    const child = await start('console.log("still loading"); setInterval(() => {}, 1000)');
    await waitFor(() => child.logs() !== '', { what: 'output', timeoutMs: PATIENCE_MS });
    await expect(
      waitFor(
        () => {
          throw new Error('refused');
        },
        { what: 'an answer', timeoutMs: 50, everyMs: 10, alive: [child] },
      ),
    ).rejects.toThrow(
      'timed out waiting for an answer after 0.05 s; last error: refused\nlast output of script:\nstill loading',
    );
  });

  it('ends at once when the process has ended', async () => {
    const child = await start('console.error("port in use"); process.exitCode = 4');
    await child.exited;
    await expect(
      waitFor(() => false, { what: 'an answer', timeoutMs: PATIENCE_MS, alive: [child] }),
    ).rejects.toThrow(
      'script exited (exit code 4) while waiting for an answer; its last output:\nport in use',
    );
  });

  it('finds a port that can be listened on', async () => {
    const port = await freePort();
    const server = createServer();
    await new Promise<void>((resolve, reject) =>
      server.once('error', reject).listen(port, '127.0.0.1', resolve),
    );
    expect(server.address()).toMatchObject({ port });
    await new Promise((resolve) => server.close(resolve));
  });

  it('takes another port where somebody else was faster, and gives up for any other reason', async () => {
    const ports: number[] = [];
    const port = await onFreePort(async (free) => {
      ports.push(free);
      if (ports.length < 3) throw new Error(`listen tcp 127.0.0.1:${free}: bind: address already in use`);
      return free;
    });
    expect(ports).toHaveLength(3);
    expect(port).toBe(ports[2]);
    let calls = 0;
    const failing = (reason: string) =>
      onFreePort(() => {
        calls += 1;
        return Promise.reject(new Error(reason));
      });
    await expect(failing('listen EADDRINUSE')).rejects.toThrow('EADDRINUSE');
    expect(calls).toBe(5);
    await expect(failing('no such file')).rejects.toThrow('no such file');
    expect(calls).toBe(6);
  });
});

describe('a program that is run to its end', () => {
  const node = (script: string) => ({ name: 'script', command: process.execPath, args: ['-e', script] });

  it('gives its exit code and its last eight lines', async () => {
    const script = 'for (let i = 1; i < 11; i += 1) console.log(`line ${i}`); process.exitCode = 3';
    const lines = [4, 5, 6, 7, 8, 9, 10].map((i) => `line ${i}`);
    const { code, output } = await runToEnd(node(script), new AbortController().signal);
    expect(code).toBe(3);
    expect(output.split('\n').slice(-7)).toEqual(lines);
    expect(output).not.toContain('line 2');
  });

  it('is stopped when it is no longer wanted, and not started when it never was', async () => {
    const stop = new AbortController();
    const never = runToEnd(node('setInterval(() => {}, 1000)'), stop.signal);
    stop.abort(new Error('not wanted'));
    await expect(never).rejects.toThrow('not wanted');
    await expect(runToEnd({ ...node(''), command: '/gone' }, stop.signal)).rejects.toThrow('not wanted');
  });
});
