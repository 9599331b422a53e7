import { execFile, spawn } from 'node:child_process';
import { chmod, copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { StatefulSet } from 'kubernetes-models/apps/v1';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { parseFlags } from '../../src/exporter/flags.js';
import { freePort, waitFor } from '../../src/processes/process.js';
import { root } from '../cli/command.js';
import { nodeForAnyUser } from '../node-for-any-user.js';
import { PATIENCE_MS } from '../patience.js';
import { filesWithTargets } from '../targets.js';
import { builtExporter } from './exporter-process.js';
import { notification, scrape } from './scrape.js';

const run = promisify(execFile);
const deploy = join(root, 'deploy');

/** What the exporter makes of such arguments. Rejects for wrong ones. */
describe('the image', () => {
  const lines = async () => {
    const text = (await readFile(join(deploy, 'Dockerfile'), 'utf8')).replaceAll('\\\n', ' ');
    return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  };
  const words = async (instruction: string) => {
    const line = (await lines()).find((line) => line.startsWith(`${instruction} `));
    return JSON.parse(line?.slice(line.indexOf('[')) ?? '[]') as string[];
  };

  it('copies the single file and nothing else, which the packed package has, and runs as an unprivileged user', async () => {
    const copied = (await lines()).filter((line) => line.startsWith('COPY '));
    expect(copied).toEqual(['COPY dist/pending-writes-exporter.cjs /app/pending-writes-exporter.cjs']);
    const ignore = await readFile(join(deploy, 'Dockerfile.dockerignore'), 'utf8');
    expect(ignore).toBe('*\n!dist/pending-writes-exporter.cjs\n');
    const { bin, files, scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
    expect(bin['pending-writes-exporter']).toBe('dist/pending-writes-exporter.cjs');
    expect(scripts.build).toContain('npm run build:exporter');
    expect(files).toEqual(expect.arrayContaining(['dist', 'deploy']));
    expect(await lines()).toContain('USER 65532:65532');
    expect((await lines())[0]).toMatch(/^FROM node:2[46]-\w+-slim$/);
  });

  // There may be no Docker here: its steps are done by hand.
  it('runs with that file alone, as an unprivileged user, and its health check finds it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'pending-writes-image-'));
    try {
      await chmod(folder, 0o755);
      await mkdir(join(folder, 'app'));
      await copyFile(await builtExporter(), join(folder, 'app/pending-writes-exporter.cjs'));
      const state = join(folder, 'state.json');
      await writeFile(state, JSON.stringify({ notifications: [notification('a')] }));
      const inImage = (list: readonly string[]) =>
        list.slice(1).map((word) => (word.startsWith('/app/') ? join(folder, word) : word));
      const port = await freePort();
      const flags = [
        '--state-file',
        state,
        '--web.listen-address',
        `127.0.0.1:${port}`,
        '--collector.process',
      ];
      const user: { uid?: number; gid?: number } = process.getuid?.() === 0 ? { uid: 65532, gid: 65532 } : {};
      const options = { cwd: '/', env: {}, ...user };
      const node = user.uid === undefined ? process.execPath : await nodeForAnyUser();
      const child = spawn(node, [...inImage(await words('ENTRYPOINT')), ...flags], {
        ...options,
        stdio: 'ignore',
      });
      const ended = new Promise((resolve) => child.once('exit', resolve));
      try {
        const samples = await waitFor(() => scrape(`http://127.0.0.1:${port}`), {
          what: 'the exporter of the image',
          timeoutMs: PATIENCE_MS,
        });
        expect(samples.get('pending_writes_pending{relay=a}')).toBe(1);
        expect(samples.get('process_resident_memory_bytes{}')).toBeGreaterThan(0);
        await run(node, inImage(await words('HEALTHCHECK')), options);
      } finally {
        child.kill();
      }
      expect(await ended).toBe(0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('is started with flags that exist', async () => {
    const flags = parseFlags(await words('CMD'));
    expect(flags.stateFile).toBe('/state/pending-writes-state.json');
  });

  it('contains the licences of its libraries', async () => {
    const text = await readFile(await builtExporter(), 'utf8');
    for (const name of ['commander', 'prom-client', 'yaml', 'zod', 'bcryptjs']) {
      expect(text).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\([\\w.-]+\\)$`, 'm'));
    }
    // None of the bundle's.
    expect(text).not.toMatch(/lezer|grafana-foundation|@pulumi/);
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
      const program = '/usr/bin/node';
      expect(text).toContain(`ExecStart=${program} `);
      // After any exit that was not requested.
      expect(text).toMatch(/^Restart=always$/m);
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
    const [, args] =
      /^ExecStart=\/usr\/bin\/node (?:--\S+ )+\/usr\/local\/lib\/pending-writes-exporter\.cjs (.*)$/m.exec(
        await readFile(unit, 'utf8'),
      ) ?? [];
    const words = (args ?? '').replace('${STATE_FILE}', '/var/lib/worker/state.json').replace(' $FLAGS', '');
    expect(parseFlags(words.split(' ')).stateFile).toBe('/var/lib/worker/state.json');
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

  it("is valid by Kubernetes' own schema", () => {
    const [worker, ...others] = objects as [never];
    expect(others).toEqual([]);
    new StatefulSet(worker).validate();
    const wrong = structuredClone(worker) as {
      spec: { template: { spec: { initContainers: { image: unknown }[] } } };
    };
    (wrong.spec.template.spec.initContainers[0] as { image: unknown }).image = 7;
    expect(() => new StatefulSet(wrong as never).validate()).toThrow(/image/);
  });

  it('runs the exporter as a native sidecar that cannot write and runs as an unprivileged user', async () => {
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
    const flags = parseFlags(exporter.args);
    expect(flags.stateFile?.startsWith('/state/')).toBe(true);
    const port = exporter.ports[0]?.containerPort;
    expect(flags['web.listenAddress']).toEqual([{ text: `:${port}`, hosts: [], port }]);
    expect(exporter.startupProbe.httpGet.path).toBe('/-/ready');
  });

  it('is selected, with the port of the exporter, by the PodMonitor that the target kubernetes writes', () => {
    const [worker] = objects as unknown as [
      { spec: { template: { metadata: { labels: object }; spec: { initContainers: Container[] } } } },
    ];
    const monitor = parse(filesWithTargets().get('kubernetes/monitors/exporter.yaml') as string) as {
      spec: { selector: { matchLabels: object }; podMetricsEndpoints: { port: string }[] };
    };
    expect(worker.spec.template.metadata.labels).toMatchObject(monitor.spec.selector.matchLabels);
    const [endpoint] = monitor.spec.podMetricsEndpoints;
    expect(worker.spec.template.spec.initContainers[0]?.ports.map(({ name }) => name)).toContain(
      endpoint?.port,
    );
  });
});
