import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';
import { compiledCommandLine } from '../compiled.js';
import { root } from './command.js';

/** Runs a command whose output no one reads. */
async function unread(args: readonly string[], closed: 'stdout' | 'stderr') {
  const child = spawn(process.execPath, [await compiledCommandLine(), ...args], { cwd: root });
  let other = '';
  child[closed].destroy();
  child[closed === 'stdout' ? 'stderr' : 'stdout'].setEncoding('utf8').on('data', (text: string) => {
    other += text;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, other };
}

it.each([
  ['the help', ['--help'], 'stdout', 0],
  ['the output of a command', ['explain', 'GatewayDown'], 'stdout', 0],
  ['an error message', ['explain', 'GatewayOnFire'], 'stderr', 2],
  ['the help after a wrong option', ['generate', '--wrong'], 'stderr', 2],
] as const)('%s into a closed pipe ends as otherwise, and quietly', async (_, args, closed, code) => {
  expect(await unread(args, closed)).toEqual({ code, signal: null, other: '' });
});
