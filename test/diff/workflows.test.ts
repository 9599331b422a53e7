import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { MARKER } from '../../src/diff/print.js';
import { packageRoot } from '../../src/package/root.js';
import { listenOnLoopback } from '../../src/processes/process.js';
import { compiledCommandLine } from '../compiled.js';
import { outcomeOf } from '../outcome.js';

const example = (path: string) => parse(readFileSync(join(packageRoot, 'ci-examples', path), 'utf8'));
const github = example('github-actions/observability.yml');
const gitlab = example('gitlab-ci/observability.gitlab-ci.yml');
const step = (job: string, name: string) =>
  github.jobs[job].steps.find((one: { name?: string }) => one.name === name).run as string;

const folder = mkdtempSync(join(tmpdir(), 'gateway-workflows-'));
const git = (...args: string[]) =>
  execFileSync('git', ['-c', 'user.name=Somebody', '-c', 'user.email=somebody@example.org', ...args], {
    cwd: folder,
    encoding: 'utf8',
  });

/** A server that keeps comments as GitHub and GitLab do, and asks for the token. */
const comments: { id: number; body: string; user: { type: string }; author: { id: number } }[] = [];
const requests: string[] = [];
let server: Server;
let address = '';

/** Runs a script of a workflow in bash, without blocking the server. */
const bash = async (script: string, env: Record<string, string>) => {
  const args = ['-e', '-o', 'pipefail', '-c', script];
  const { code, stdout, stderr } = await outcomeOf('bash', args, {
    cwd: folder,
    env: { ...process.env, ...env },
  });
  return { code, out: stdout + stderr };
};

beforeAll(async () => {
  mkdirSync(join(folder, 'generated'));
  mkdirSync(join(folder, 'node_modules', '.bin'), { recursive: true });
  // The package as an installation has it: a command that npx finds.
  writeFileSync(
    join(folder, 'node_modules/.bin/gateway-observability'),
    `#!/bin/sh\nexec '${process.execPath}' '${await compiledCommandLine()}' "$@"\n`,
    { mode: 0o755 },
  );
  writeFileSync(join(folder, 'package.json'), '{"private": true}\n');
  writeFileSync(join(folder, '.gitignore'), 'node_modules\n');
  const rules = (severity: string) =>
    `groups:\n- name: g\n  rules:\n  - {alert: Slow, expr: x > 1, labels: {severity: ${severity}}}\n`;
  writeFileSync(join(folder, 'generated/a.yaml'), rules('critical'));
  git('init', '-q', '-b', 'main');
  git('add', '-A');
  git('commit', '-q', '-m', 'one');
  writeFileSync(join(folder, 'generated/a.yaml'), rules('info'));
  git('commit', '-q', '-a', '-m', 'two');

  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk) => {
      text += chunk;
    });
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      requests.push(`${method} ${url}`);
      const answer = (status: number, body: unknown) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      };
      if (headers.authorization !== 'Bearer secret' && headers['private-token'] !== 'secret') {
        return answer(401, {});
      }
      if (url === '/user') return answer(200, { id: 7 });
      if (method === 'GET') return answer(200, comments);
      const { body } = JSON.parse(text);
      const known = comments.find(({ id }) => url.endsWith(`/${id}`));
      if (known !== undefined) known.body = body;
      else comments.push({ id: comments.length + 41, body, user: { type: 'Bot' }, author: { id: 7 } });
      answer(200, {});
    });
  });
  address = `http://127.0.0.1:${await listenOnLoopback(server)}`;
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('the workflow for GitHub', () => {
  it('pins every action by commit, and lets one job write, which checks nothing out', () => {
    const jobs = Object.values(github.jobs) as { permissions: unknown; steps: { uses?: string }[] }[];
    const used = jobs.flatMap(({ steps }) => steps.flatMap(({ uses }) => (uses === undefined ? [] : [uses])));
    expect(used.length).toBeGreaterThan(0);
    for (const action of used) expect(action).toMatch(/@[0-9a-f]{40}$/);
    expect(github.permissions).toEqual({});
    expect(jobs.map(({ permissions }) => permissions)).toEqual([
      { contents: 'read' },
      { 'pull-requests': 'write' },
    ]);
    expect(github.jobs.comment.steps).toHaveLength(1);
  });

  it('hands the report on, stops at what breaks, and writes one comment however often it runs', async () => {
    const files = { GITHUB_STEP_SUMMARY: join(folder, 'summary'), GITHUB_OUTPUT: join(folder, 'output') };
    const run = await bash(step('diff', 'Report the effects'), { ...files, BASE: 'HEAD~1' });
    expect(run).toMatchObject({ code: 0 });
    const output = readFileSync(files.GITHUB_OUTPUT, 'utf8');
    const [, delimiter, body = ''] = /^comment<<(\S+)\n([\s\S]*)\n\1\n$/.exec(output) ?? [];
    expect(delimiter).toBeDefined();
    expect(body).toContain('It no longer pages');
    expect(readFileSync(files.GITHUB_STEP_SUMMARY, 'utf8')).toContain(body);
    expect(await bash(step('diff', 'Stop at what breaks'), { BASE: 'HEAD~1' })).toMatchObject({ code: 1 });

    comments.splice(0);
    comments.push({ id: 1, body: 'looks good', user: { type: 'User' }, author: { id: 3 } });
    const env = {
      GITHUB_API_URL: address,
      GITHUB_REPOSITORY: 'some/where',
      NUMBER: '5',
      TOKEN: 'secret',
      BODY: body,
    };
    const script = step('comment', 'Write the comment, or rewrite the earlier one');
    expect(await bash(script, env)).toMatchObject({ code: 0 });
    expect(await bash(script, { ...env, BODY: `${MARKER}\nnewer` })).toMatchObject({ code: 0 });
    expect(comments.map((one) => one.body)).toEqual(['looks good', `${MARKER}\nnewer`]);
    expect((await bash(script, { ...env, TOKEN: 'wrong' })).out).toContain('401');
  });
});

describe('the jobs for GitLab', () => {
  it('write the report, stop at what breaks unless it is wanted, and keep one comment', async () => {
    const env = { CI_MERGE_REQUEST_DIFF_BASE_SHA: 'HEAD~1', CI_MERGE_REQUEST_LABELS: 'other' };
    const script = gitlab['observability:diff'].script as string[];
    const markdown = script.find((line) => line.includes('--markdown')) as string;
    const gate = script.find((line) => line.includes('--fail-on')) as string;
    expect(await bash(markdown, env)).toMatchObject({ code: 0 });
    expect(readFileSync(join(folder, 'comment.md'), 'utf8').startsWith(MARKER)).toBe(true);
    expect(await bash(gate, env)).toMatchObject({ code: 1 });
    expect(
      await bash(gate, { ...env, CI_MERGE_REQUEST_LABELS: 'other,breaking-observability' }),
    ).toMatchObject({ code: 0 });

    comments.splice(0);
    const token = {
      CI_API_V4_URL: address,
      CI_PROJECT_ID: '3',
      CI_MERGE_REQUEST_IID: '9',
      CI_PROJECT_DIR: folder,
      OBSERVABILITY_COMMENT_TOKEN: 'secret',
    };
    const comment = (gitlab['observability:comment'].script as string[]).join('\n');
    for (let run = 0; run < 2; run += 1) expect(await bash(comment, token)).toMatchObject({ code: 0 });
    expect(comments).toHaveLength(1);
    expect(requests.at(-1)).toBe('PUT /projects/3/merge_requests/9/notes/41');
  });
});

describe('the hook for git', () => {
  it('tells what a commit does, and is quiet where nothing of interest is staged', async () => {
    const hook = readFileSync(join(packageRoot, 'ci-examples/pre-commit/pre-commit'), 'utf8').replace(
      /^npx --no-install gateway-observability check$/m,
      '',
    );
    writeFileSync(join(folder, '.git/hooks/pre-commit'), hook, { mode: 0o755 });
    writeFileSync(join(folder, 'README'), 'new\n');
    git('add', 'README');
    expect((await bash('.git/hooks/pre-commit', {})).out).toBe('');
    rmSync(join(folder, 'generated/a.yaml'));
    writeFileSync(
      join(folder, 'generated/b.yaml'),
      'groups:\n- name: g\n  rules:\n  - {alert: Other, expr: y}\n',
    );
    git('add', '-A');
    const { code, out } = await bash('.git/hooks/pre-commit', {});
    expect(code).toBe(0);
    expect(out).toContain('alert Slow');
  });
});
