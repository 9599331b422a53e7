import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MARKER } from '../../src/diff/print.js';
import { gatewayObservability } from '../cli/command.js';

const folder = mkdtempSync(join(tmpdir(), 'gateway-diff-'));
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@example.org', ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const rules = (above: number) =>
  `groups:\n- name: g\n  rules:\n  - alert: Slow\n    expr: x > ${above} # why\n    labels: {severity: warning}\n`;

/** Runs the command as a process of its own in the repository. */
async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return runIn(folder, ...args);
}

async function runIn(place: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const { code, stdout, stderr } = await gatewayObservability(['diff', ...args], place);
  return { code, out: stdout, err: stderr };
}

beforeAll(() => {
  git('init', '-q', '-b', 'main');
  write('rules/a.yaml', rules(600));
  write('chart/templates/x.yaml', '{{- if .Values.on }}\ngroups: {}\n{{- end }}\n');
  git('add', '-A');
  git('commit', '-q', '-m', 'one');
  git('checkout', '-q', '-b', 'change');
  write('rules/a.yaml', rules(900));
  git('commit', '-q', '-a', '-m', 'two');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('diff', () => {
  it('compares a revision with the working tree, which it leaves alone', async () => {
    const { code, out } = await run('main');
    expect(code).toBe(0);
    expect(out).toContain('main → working tree');
    expect(out).toContain('threshold changed: 600 → 900');
    expect(out).toContain('It fires later or less often');
    expect(git('status', '--porcelain')).toBe('');
    expect(git('rev-parse', '--abbrev-ref', 'HEAD').trim()).toBe('change');
  });

  it('compares two revisions, what a branch changes, and folders within revisions', async () => {
    for (const args of [
      ['main', 'change'],
      ['main...change'],
      ['main:rules', 'change:rules'],
      ['main:rules/a.yaml', 'rules/a.yaml'],
    ]) {
      expect((await run(...args)).out, args.join(' ')).toContain('600 → 900');
    }
    expect((await run('change')).out).toContain('No effect');
  });

  it('fails on what it is told to fail on, and only on that', async () => {
    expect((await run('main', '--fail-on', 'breaking')).code).toBe(0);
    expect((await run('main', '--fail-on', 'notable')).code).toBe(1);
    expect((await run('main', '--fail-on', 'harmless')).code).toBe(1);
  });

  it('prints JSON for machines', async () => {
    const answer = JSON.parse((await run('main', '--json')).out);
    expect(answer.count).toEqual({ breaking: 0, notable: 1, harmless: 0 });
    expect(answer.findings[0]).toEqual({
      kind: 'threshold-changed',
      level: 'notable',
      subject: 'alert Slow',
      before: '600',
      after: '900',
      consequence: 'It fires later or less often: values between the two thresholds no longer trigger it.',
      file: 'rules/a.yaml',
      line: 4,
    });
  });

  it('prints a comment that a later run can find again', async () => {
    const { out } = await run('main', '--markdown');
    expect(out.startsWith(MARKER)).toBe(true);
    expect(out).toContain('| `alert Slow` | threshold changed: `600` → `900` |');
  });

  it('says what is wrong with its input, and ends with 2', async () => {
    expect(await run('no-such-thing')).toMatchObject({
      code: 2,
      err: expect.stringContaining('expected a file, a folder or a git revision'),
    });
    expect((await run('main', '--fail-on', 'never')).code).toBe(2);
    expect(await run('main', '--path', 'chart')).toMatchObject({
      code: 2,
      err: expect.stringContaining('contains no rules or dashboards below chart'),
    });
    write('broken.yaml', 'groups:\n- name: "x\n');
    const broken = await run('main', 'broken.yaml');
    expect(broken.code).toBe(2);
    expect(broken.err).toContain('broken.yaml: found broken YAML');
    rmSync(join(folder, 'broken.yaml'));
  });

  it('names the folder that is not in a git repository, and what it expects instead', async () => {
    const place = realpathSync(mkdtempSync(join(tmpdir(), 'gateway-no-repository-')));
    const expected = 'expected a git repository, or two files or folders to compare\n';
    writeFileSync(join(place, 'a.yaml'), rules(600));
    const cases: [args: string[], detail: string][] = [
      [[], ', and "HEAD" is not a file or folder'],
      [['main...change'], ', and main...change are revisions'],
      [['a.yaml'], ''],
    ];
    for (const [args, detail] of cases) {
      const answer = await runIn(place, ...args);
      expect(answer, args.join(' ')).toEqual({
        code: 2,
        out: '',
        err: `diff: ${place} is not in a git repository${detail}; ${expected}`,
      });
    }
    execFileSync('git', ['init', '-q', place]);
    expect(await runIn(place)).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        `found "HEAD", but the git repository of ${place} has no commits; expected a first commit`,
      ),
    });
    rmSync(place, { recursive: true });
  });
});
