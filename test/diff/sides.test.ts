import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gatewayObservability } from '../cli/command.js';

let folder: string;
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=Test', '-c', 'user.email=test@example.org', ...args], {
    cwd: folder,
    encoding: 'utf8',
  });
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  writeFileSync(join(folder, path), text);
};
const link = (path: string, target: string) => {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  symlinkSync(target, join(folder, path));
};
const commit = () => {
  git('add', '-A');
  git('commit', '-q', '-m', 'state');
};
const rules = (expr: string) => `groups:\n- name: g\n  rules: [{alert: A, expr: '${expr}'}]\n`;

async function diff(...args: string[]) {
  const { code, stdout, stderr } = await gatewayObservability(['diff', '--json', ...args], folder);
  if (code === 2) return { code, err: stderr, kinds: [], unread: [] };
  const { findings, unread } = JSON.parse(stdout) as {
    findings: { kind: string }[];
    unread: { file: string; reason: string }[];
  };
  return { code, err: stderr, kinds: findings.map(({ kind }) => kind), unread };
}

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gateway-sides-'));
  git('init', '-q', '-b', 'main');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a clean tree has no changes', () => {
  it('with symbolic links to files and to folders, also where only the links are compared', async () => {
    write('shared/a.yaml', rules('up == 0'));
    link('rules/a.yaml', '../shared/a.yaml');
    link('linked', 'shared');
    commit();
    for (const args of [
      ['--path', 'rules'],
      ['--path', 'linked'],
      [],
      ['HEAD', 'shared'],
      ['HEAD:rules', 'rules'],
      ['HEAD:linked', 'shared'],
      [':', 'rules'],
    ]) {
      expect(await diff(...args), args.join(' ')).toMatchObject({ code: 0, kinds: [], unread: [] });
    }
    write('shared/a.yaml', rules('up == 1'));
    expect((await diff('--path', 'rules')).kinds).toEqual(['threshold-changed']);
    git('add', '-A');
    expect((await diff('HEAD', ':', '--path', 'rules')).kinds).toEqual(['threshold-changed']);
    expect((await diff(':', '--path', 'rules')).kinds).toEqual([]);
  });

  it('with files of more than 8 MiB', async () => {
    write('rules/big.yaml', `${rules('up == 0')}${`# ${'x'.repeat(1022)}\n`.repeat(9 * 1024)}`);
    commit();
    expect(await diff('--path', 'rules')).toMatchObject({ code: 0, kinds: [], unread: [] });
    expect((await diff('HEAD', 'rules')).kinds).toEqual([]);
  });

  it('with filters and other line endings', async () => {
    write('.gitattributes', '*.yaml filter=upper eol=crlf\n');
    git('config', 'filter.upper.clean', 'sed s/ONE/one/');
    git('config', 'filter.upper.smudge', 'sed s/one/ONE/');
    write('rules/a.yaml', rules('up{a="ONE"} == 0').replaceAll('\n', '\r\n'));
    commit();
    expect(git('show', 'HEAD:rules/a.yaml')).toContain('a="one"');
    expect(await diff('--path', 'rules')).toMatchObject({ code: 0, kinds: [] });
    expect((await diff('HEAD', 'rules')).kinds).toEqual([]);
    expect((await diff('HEAD:rules/a.yaml', 'rules/a.yaml')).kinds).toEqual([]);
  });

  it('with links that lead out of the repository, which are listed', async () => {
    write('rules/a.yaml', rules('up == 0'));
    link('rules/out.yaml', '/etc/hostname');
    commit();
    const { kinds, unread } = await diff('--path', 'rules');
    expect(kinds).toEqual([]);
    expect(unread).toEqual([{ file: 'rules/out.yaml', reason: expect.stringContaining('a symbolic link') }]);
  });
});

describe('a folder', () => {
  it('is read through links that lead out of it, as Kubernetes mounts files', async () => {
    write('elsewhere/alerts.yaml', rules('up == 0'));
    link('mount/alerts.yaml', '../elsewhere/alerts.yaml');
    write('map/..2026_11_26/alerts.yaml', rules('up == 0'));
    link('map/..data', '..2026_11_26');
    link('map/alerts.yaml', '..data/alerts.yaml');
    link('map/ring', '.');
    for (const side of ['mount', 'map']) {
      expect((await diff('elsewhere', side)).kinds, side).toEqual([]);
    }
  });
});

describe('dist', () => {
  it('is left out, and read when it is named', async () => {
    write('dist/rules/a.yaml', rules('up == 0'));
    write('rules/a.yaml', rules('up == 0'));
    commit();
    write('dist/rules/a.yaml', rules('up == 1'));
    expect((await diff()).kinds).toEqual([]);
    expect((await diff('--path', 'dist/rules')).kinds).toEqual(['threshold-changed']);
    expect((await diff('--path', 'dist')).kinds).toEqual(['threshold-changed']);
    expect((await diff('--path', 'dist/rules/a.yaml')).kinds).toEqual(['threshold-changed']);
    expect((await diff('HEAD:dist', 'dist')).kinds).toEqual(['threshold-changed']);
  });
});

describe('a file that cannot be read', () => {
  it('stops the comparison only where it could be read on the other side, or was named', async () => {
    write('rules/a.yaml', rules('up == 0'));
    write('chart/x.yaml', 'kind: PrometheusRule\nspec:\n  {{- toYaml .Values.spec | nindent 2 }}\n');
    commit();
    write('chart/x.yaml', 'kind: PrometheusRule\nspec:\n  {{- toYaml .Values.other | nindent 2 }}\n');
    const foreign = await diff();
    expect(foreign.kinds).toEqual(['not-read']);
    expect(foreign.unread).toEqual([
      { file: 'chart/x.yaml', reason: 'a Helm, Jinja or similar template, not YAML' },
    ]);
    write('rules/a.yaml', 'groups:\n- name: "x\n');
    expect(await diff()).toMatchObject({
      code: 2,
      err: expect.stringContaining('rules/a.yaml (in working tree): found broken YAML'),
    });
    expect(await diff('HEAD:rules', 'rules/a.yaml')).toMatchObject({ code: 2 });
  });
});
