import { execFile, spawn } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { PodMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { StatefulSet } from 'kubernetes-models/apps/v1';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { commandLine, type Flags } from '../../src/exporter/flags.js';
import { waitFor } from '../../src/processes/process.js';
import { root } from '../cli/command.js';
import { nodeForAnyUser } from '../node-for-any-user.js';
import { PATIENCE_MS } from '../patience.js';
import { notification, scrape } from './scrape.js';

const run = promisify(execFile);
const deploy = join(root, 'deploy');

/** What the exporter makes of such arguments. Rejects for wrong ones. */
async function flagsOf(args: readonly string[]): Promise<Flags> {
  let flags: Flags | undefined;
  const command = commandLine('1', async (found) => {
    flags = found;
  });
  await command.parseAsync(['node', 'pending-writes-exporter', ...args]);
  return flags as Flags;
}

describe('the image', () => {
  let folder: string;
  let stages: { readonly from: string; readonly lines: string[] }[];
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'pending-writes-image-'));
    await chmod(folder, 0o755);
    const text = (await readFile(join(deploy, 'Dockerfile'), 'utf8')).replaceAll('\\\n', ' ');
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    stages = [];
    for (const line of lines) {
      if (line.startsWith('FROM ')) stages.push({ from: line, lines: [] });
      else stages.at(-1)?.lines.push(line);
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const copies = (stage: number) =>
    (stages[stage]?.lines ?? []).flatMap((line) => {
      const [, rest] = /^COPY (?:--from=build )?(.+)$/.exec(line) ?? [];
      if (rest === undefined) return [];
      const words = rest.split(' ');
      return words.slice(0, -1).map((from) => ({ from, to: words.at(-1) as string }));
    });

  it('is built in two stages, runs as nobody, and has all that its first stage copies', async () => {
    expect(stages).toHaveLength(2);
    expect(stages[1]?.lines).toContain('USER 65532:65532');
    const ignore = (await readFile(join(deploy, 'Dockerfile.dockerignore'), 'utf8')).split('\n');
    for (const { from } of copies(0)) {
      await stat(join(root, from));
      expect(ignore).toContain(`!${from}`);
    }
  });

  // There may be no Docker here: the steps are taken by hand, as the Dockerfile names them.
  it('runs with nothing but what its second stage copies, as nobody and without writing', async () => {
    const build = join(folder, 'build');
    const app = join(folder, 'app');
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    await run(process.execPath, [tsc, '-p', 'tsconfig.build.json', '--outDir', join(build, 'dist')], {
      cwd: root,
    });
    for (const { from, to } of copies(1)) {
      const path = from.replace(/^\/build\//, '');
      const source = path.startsWith('dist/') ? join(build, path) : join(root, path);
      const isFolder = to.endsWith('/');
      const target = join(app, to, isFolder ? (path.split('/').at(-1) as string) : '');
      await mkdir(dirname(target), { recursive: true });
      await cp(source, target, { recursive: true });
    }
    const state = join(folder, 'state.json');
    await writeFile(state, JSON.stringify({ notifications: [notification('a')] }));
    const [entrypoint] = stages[1]?.lines.filter((line) => line.startsWith('ENTRYPOINT ')) ?? [];
    const [, program] = JSON.parse(entrypoint?.slice('ENTRYPOINT '.length) ?? '') as [string, string];
    const webConfig = join(folder, 'web.yml');
    await writeFile(webConfig, `basic_auth_users:\n  a: $2y$04$${'a'.repeat(53)}\n`);
    await run(process.execPath, [join(folder, program), '--config.check', '--web.config.file', webConfig]);
    const args = ['--state-file', state, '--web.listen-address', '127.0.0.1:0', '--collector.process'];
    const isRoot = process.getuid?.() === 0;
    const child = spawn(
      isRoot ? await nodeForAnyUser() : process.execPath,
      [join(folder, program), ...args],
      {
        cwd: '/',
        stdio: ['ignore', 'ignore', 'pipe'],
        env: {},
        ...(isRoot ? { uid: 65532, gid: 65532 } : {}),
      },
    );
    let log = '';
    child.stderr?.on('data', (text) => {
      log += text;
    });
    try {
      const [, address] = await waitFor(() => /msg=listening address=(\S+)/.exec(log) ?? undefined, {
        what: 'the exporter of the image',
        timeoutMs: PATIENCE_MS,
      });
      const samples = await scrape(`http://${address}`);
      expect(samples.get('pending_writes_pending{relay=a}')).toBe(1);
      expect(samples.get('process_resident_memory_bytes{}')).toBeGreaterThan(0);
    } finally {
      child.kill();
    }
  });

  it('is started with flags that exist', async () => {
    const [line] = stages[1]?.lines.filter((text) => text.startsWith('CMD ')) ?? [];
    const flags = await flagsOf(JSON.parse(line?.slice('CMD '.length) ?? '') as string[]);
    expect(flags.stateFile).toBe('/state/pending-writes-state.json');
  });
});

describe('the systemd unit', () => {
  const unit = join(deploy, 'systemd', 'pending-writes-exporter.service');
  const analyze = (...args: string[]) =>
    run('systemd-analyze', args).then(
      ({ stdout, stderr }) => ({ code: 0, said: stdout + stderr }),
      (error: { code?: number | string; stdout?: string; stderr?: string }) => ({
        code: error.code,
        said: `${error.stdout}${error.stderr}`,
      }),
    );

  it('is valid and hardened, as systemd itself judges', async () => {
    const { code } = await analyze('--version');
    expect(code, 'systemd-analyze is needed (Debian: apt-get install systemd)').toBe(0);
    const folder = await mkdtemp(join(tmpdir(), 'pending-writes-unit-'));
    try {
      // The program is not installed here; systemd wants one that is.
      const text = await readFile(unit, 'utf8');
      const program = '/usr/local/bin/pending-writes-exporter';
      expect(text).toContain(`ExecStart=${program} `);
      const copy = join(folder, 'pending-writes-exporter.service');
      await writeFile(copy, text.replace(program, '/bin/true'));
      expect(await analyze('verify', '--man=no', copy)).toEqual({ code: 0, said: '' });
      // 2.0 of 10 is what systemd calls OK; most services have more than 9.
      const judged = await analyze('security', '--offline=true', '--threshold=20', copy);
      expect(judged.said).toMatch(/Overall exposure level for pending-writes-exporter.service: [01]\.\d/);
      expect(judged.code).toBe(0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('starts the exporter with flags that exist', async () => {
    const [, args] = /^ExecStart=\S+ (.*)$/m.exec(await readFile(unit, 'utf8')) ?? [];
    const words = (args ?? '').replace('${STATE_FILE}', '/var/lib/worker/state.json').replace(' $FLAGS', '');
    expect((await flagsOf(words.split(' '))).stateFile).toBe('/var/lib/worker/state.json');
  });
});

describe('the Kubernetes manifest', () => {
  interface Container {
    readonly name: string;
    readonly args: readonly string[];
    readonly restartPolicy?: string;
    readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
    readonly securityContext: Readonly<Record<string, unknown>>;
    readonly volumeMounts: readonly {
      readonly name: string;
      readonly mountPath: string;
      readonly readOnly?: boolean;
    }[];
    readonly startupProbe: { readonly httpGet: { readonly path: string } };
  }
  let objects: Record<string, never>[];
  beforeAll(async () => {
    const text = await readFile(join(deploy, 'kubernetes', 'worker-with-exporter.yaml'), 'utf8');
    objects = parseAllDocuments(text).map((document) => {
      expect(document.errors).toEqual([]);
      return document.toJS() as Record<string, never>;
    });
  });

  it("is valid by Kubernetes' and the operator's own schemas", () => {
    const [worker, monitor] = objects as [never, never];
    new StatefulSet(worker).validate();
    new PodMonitor(monitor).validate();
    const wrong = structuredClone(worker) as {
      spec: { template: { spec: { initContainers: { image: unknown }[] } } };
    };
    (wrong.spec.template.spec.initContainers[0] as { image: unknown }).image = 7;
    expect(() => new StatefulSet(wrong as never).validate()).toThrow(/image/);
  });

  it('runs the exporter as a native sidecar that cannot write and is nobody', async () => {
    const { spec } = (
      objects[0] as unknown as { spec: { template: { metadata: { labels: object }; spec: never } } }
    ).spec.template as unknown as {
      spec: { initContainers: Container[]; containers: Container[]; securityContext: object };
    };
    const [exporter] = spec.initContainers as [Container];
    expect(exporter.restartPolicy).toBe('Always');
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true });
    expect(exporter.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(exporter.volumeMounts).toEqual([{ name: 'state', mountPath: '/state', readOnly: true }]);
    const flags = await flagsOf(exporter.args);
    expect(flags.stateFile?.startsWith('/state/')).toBe(true);
    expect(flags.addresses).toEqual([{ host: '::', port: exporter.ports[0]?.containerPort }]);
    expect(exporter.startupProbe.httpGet.path).toBe('/-/ready');
  });

  it('has a PodMonitor that selects the pod, its port and the job that the rules look for', () => {
    const [worker, monitor] = objects as unknown as [
      { spec: { template: { metadata: { labels: object }; spec: { initContainers: Container[] } } } },
      {
        spec: {
          selector: { matchLabels: object };
          podMetricsEndpoints: {
            port: string;
            relabelings: { targetLabel: string; replacement?: string }[];
          }[];
        };
      },
    ];
    expect(worker.spec.template.metadata.labels).toMatchObject(monitor.spec.selector.matchLabels);
    const [endpoint] = monitor.spec.podMetricsEndpoints;
    expect(worker.spec.template.spec.initContainers[0]?.ports.map(({ name }) => name)).toContain(
      endpoint?.port,
    );
    expect(endpoint?.relabelings).toContainEqual({
      targetLabel: 'job',
      replacement: 'pending-writes-exporter',
    });
  });
});
