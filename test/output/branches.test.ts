import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { root } from '../cli/command.js';

vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

let folder: string;
const git = (...args: readonly string[]) =>
  execFileSync(
    'git',
    ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', '-c', 'commit.gpgsign=false', ...args],
    { cwd: folder, encoding: 'utf8', stdio: 'pipe' },
  );

interface Outcome {
  readonly code: number;
  readonly output: string;
}

/** The command line of the copy. */
function command(...args: readonly string[]): Outcome {
  const argv = ['--import', import.meta.resolve('tsx'), 'src/cli/main.ts', ...args];
  try {
    return {
      code: 0,
      output: execFileSync(process.execPath, argv, { cwd: folder, encoding: 'utf8', stdio: 'pipe' }),
    };
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
    return { code: status, output: `${stdout}${stderr}` };
  }
}

function edit(path: string, pattern: RegExp, replacement: string): void {
  const before = readFileSync(join(folder, path), 'utf8');
  const after = before.replace(pattern, replacement);
  expect(after, `${path}: ${pattern}`).not.toBe(before);
  writeFileSync(join(folder, path), after);
}

/** Another alert like the last one of a signal, with its page. */
function addAlert(signal: string, like: string, alert: string): void {
  edit(`alerts/${signal}.ts`, /(AlertDefinition\[\] = \[\s*)(\w+)/, `$1{ ...$2, alert: '${alert}' },\n  $2`);
  edit(
    `alerts/pages/${signal}.ts`,
    /export const (\w+): RunbookPages = \{/,
    `$&\n  ${alert}: (context) => $1.${like}(context),`,
  );
  edit('alerts/pages/symptoms.ts', new RegExp(`'${like}'`), `$&, '${alert}'`);
}

/** Changes on a branch of their own, with what they generate. */
function branch(name: string, change: () => void): void {
  git('checkout', '-q', '-b', name, 'base');
  change();
  expect(command('generate')).toMatchObject({ code: 0 });
  git('add', '-A');
  git('commit', '-qm', name);
}

const fileOf = (text: string) => git('grep', '-l', text, '--', 'src').trim().split('\n')[0] as string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-branches-'));
  const tracked = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  const parts =
    /^(?:alerts|dashboards|generated|metrics|recording-rules|runbooks|src)\/|^(?:package|tsconfig)\.json$|^\.gitattributes$/;
  for (const path of tracked.split('\0').filter((file) => parts.test(file)))
    cpSync(join(root, path), join(folder, path), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  appendFileSync(join(folder, '.gitignore'), 'node_modules\n');
  git('init', '-q', '-b', 'base');
  git('add', '-A');
  git('commit', '-qm', 'base');
  branch('push-wait', () => {
    edit('alerts/push-wait.ts', /duration\('\d+m'\)/, "duration('23m')");
    edit('alerts/push-wait.ts', /summary:\s*'/, "summary: 'Now: ");
    edit(fileOf('failedShare: number'), /(failedShare: numberField\(\s*)[\d.]+/, '$10.6');
    addAlert('push-wait', 'GatewayPushWaitHigh', 'GatewayPushWaitHigher');
  });
  branch('replica-fallback', () => {
    edit('alerts/replica-fallback.ts', /duration\('\d+m'\)/, "duration('7m')");
    edit('alerts/replica-fallback.ts', /summary:\s*'/, "summary: 'Now: ");
    edit(fileOf('mirrorLagSeconds: number'), /(mirrorLagSeconds: numberField\(\s*)\d+/, '$11000');
    addAlert('replica-fallback', 'GatewayReplicaMainPath', 'GatewayReplicaMainPathOften');
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('two branches that change and add alerts of different signals', () => {
  it('merge without a conflict, and check passes on the result', () => {
    git('checkout', '-q', '-b', 'merged', 'push-wait');
    git('merge', '-q', '--no-edit', 'replica-fallback');
    expect(git('status', '--porcelain')).toBe('');
    expect(command('check')).toEqual({ code: 0, output: '' });
    const generated = command('generate');
    expect(generated.output).toMatch(
      /^(?:\w+: \d+ files: 0 new, 0 changed, 0 removed, \d+ unchanged\n)+note: /,
    );
    expect(git('status', '--porcelain')).toBe('');
  });

  it('and one that changes the same line: generate resolves the conflict without --force', () => {
    branch('rival', () => {
      edit('alerts/push-wait.ts', /duration\('\d+m'\)/, "duration('29m')");
    });
    expect(() => git('merge', '-q', '--no-edit', 'push-wait')).toThrow();
    const conflicts = git('diff', '--name-only', '--diff-filter=U').trim().split('\n');
    expect(conflicts).toContain('generated/gateway-observability.manifest');
    expect(conflicts).toContain('generated/prometheus/push-wait.alerts.yaml');
    git('checkout', '--theirs', 'alerts/push-wait.ts');
    const refused = command('check');
    expect(refused.code).toBe(1);
    expect(refused.output).toContain('has git conflict markers: run: npm run generate');
    expect(command('generate')).toMatchObject({ code: 0 });
    expect(command('check')).toEqual({ code: 0, output: '' });
    git('add', '-A');
    git('commit', '-qm', 'merged');
    expect(git('diff', 'push-wait', '--', 'generated')).toBe('');
  });
});
