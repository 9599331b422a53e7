import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands/index.js';
import { root } from './command.js';

const inputs = commands.flatMap(({ name, args, options }) =>
  Object.values({ ...args, ...options }).map((input) => ({ name: `${name} ${input.term}`, input })),
);

describe('every command', () => {
  it('has a file of its name, and no file holds two', () => {
    const files = readdirSync(join(root, 'src/cli/commands')).filter((file) => file !== 'index.ts');
    expect(files.sort()).toEqual(commands.map(({ name }) => `${name}.ts`).sort());
  });

  it.each(inputs)(
    'declares the defaults of its inputs, and types none into a description: $name',
    ({ input }) => {
      expect(input.description).not.toMatch(/\bdefault\b|by default/);
      if (input.default === undefined) return;
      expect(input.required).toBeUndefined();
      expect(input.default.value()).toBeDefined();
    },
  );

  it('leaves signals, streams and exit codes to the files that all share', () => {
    for (const { name } of commands) {
      const text = readFileSync(join(root, 'src/cli/commands', `${name}.ts`), 'utf8');
      expect(text, name).not.toMatch(/process\.(?:on|exit|exitCode|removeListener)\b|\\x1b|stderr\.write/);
    }
  });
});

/** The project's modules and the packages that a run of the command line loads. */
function loadedBy(...args: string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-coverage-'));
  try {
    execFileSync(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), join(root, 'src/cli/main.ts'), ...args],
      { cwd: root, env: { ...process.env, NODE_V8_COVERAGE: folder }, stdio: 'ignore' },
    );
    return readdirSync(folder)
      .flatMap(
        (file) =>
          (JSON.parse(readFileSync(join(folder, file), 'utf8')) as { result: { url: string }[] }).result,
      )
      .map(({ url }) => url)
      .filter((url) => url.startsWith(`file://${root}/`))
      .map((url) => url.slice(`file://${root}/`.length).replace(/\?.*$/, ''));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const SIMULATOR = /^src\/(?:simulator|demo)\//;
const OTHER_COMMANDS = /^src\/(?:backtest|drill|report)\//;
const HEAVY =
  /^node_modules\/(?:yaml|zod|@lezer|@prometheus-io|@grafana)\/|^src\/(?:renderers|checks|bundle)\//;

describe('a run of the command line', () => {
  it('loads no definitions, no parser and no simulator for --help', () => {
    const loaded = loadedBy('--help');
    expect(loaded).toContain('src/cli/commands/start.ts');
    expect(loaded.filter((module) => SIMULATOR.test(module) || HEAVY.test(module))).toEqual([]);
  });

  it('loads only what the chosen command needs', () => {
    const loaded = loadedBy('list');
    expect(loaded).toContain('src/cli/inventory.ts');
    // The names of the reactions are what `drill` takes as values of an option.
    expect(loaded.filter((module) => SIMULATOR.test(module) || OTHER_COMMANDS.test(module))).toEqual([
      'src/drill/reaction.ts',
    ]);
  });
});
