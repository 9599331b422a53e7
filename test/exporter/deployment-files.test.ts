import { readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import { root } from '../cli/command.js';
import { filesWithTargets } from '../targets.js';
import { type RunningExporter, startExporter, stopExporters } from './exporter-process.js';
import { get } from './request.js';
import { notification, samplesOf } from './scrape.js';

/*
 * The paths, ports and folders of the files in deploy/ are those of a real exporter that was started as they say. Whether the files are valid
 * to systemd, Kubernetes and the operator is shown by deploy.test.ts.
 */

const file = (...path: string[]) => readFileSync(join(root, 'deploy', ...path), 'utf8');
const dockerfile = file('Dockerfile');
const instructions = dockerfile.split('\n').filter((line) => !line.startsWith('#'));
const instruction = (name: string) =>
  instructions.find((line) => line.startsWith(`${name} `))?.slice(name.length + 1) ?? '';
const unitText = file('systemd', 'pending-writes-exporter.service');

interface Container {
  readonly name: string;
  readonly args?: readonly string[];
  readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
  readonly volumeMounts: readonly {
    readonly name: string;
    readonly mountPath: string;
    readonly readOnly?: boolean;
  }[];
  readonly startupProbe: { readonly httpGet: { readonly path: string; readonly port: string } };
  readonly livenessProbe: { readonly httpGet: { readonly path: string; readonly port: string } };
  readonly readinessProbe?: unknown;
  readonly restartPolicy?: string;
  readonly securityContext?: unknown;
}
interface Pod {
  readonly securityContext: Readonly<Record<string, unknown>>;
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly initContainers: readonly [Container];
  readonly containers: readonly [Container];
}
const statefulSet = parse(file('kubernetes', 'worker-with-exporter.yaml')) as {
  spec: {
    template: { spec: Pod };
    volumeClaimTemplates: readonly { metadata: { name: string } }[];
  };
};
/** What scrapes it. */
const podMonitor = parse(filesWithTargets().get('kubernetes/monitors/exporter.yaml') as string) as {
  spec: { podMetricsEndpoints: readonly [{ port: string; path: string }] };
};
const [endpoint] = podMonitor.spec.podMetricsEndpoints;
const pod = statefulSet.spec.template.spec;
const [sidecar] = pod.initContainers;
const [worker] = pod.containers;

const flag = (args: readonly string[], name: string) =>
  args.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? '';

let folder: TemporaryFolder;
beforeAll(() => {
  folder = temporaryFolder('deployment-files');
});
afterAll(async () => {
  await stopExporters();
  folder.remove();
});

/** Starts an exporter with such flags: on a free port instead of theirs, and with the state file below a temporary folder. */
async function started(args: readonly string[]): Promise<RunningExporter> {
  const state = join(folder.path, flag(args, 'state-file'));
  await mkdir(dirname(state), { recursive: true });
  await writeFile(state, JSON.stringify({ notifications: [notification('a')] }));
  const others = args.filter((arg) => !/^--(?:state-file|web\.listen-address|log\.format)=/.test(arg));
  return startExporter([`--state-file=${state}`, ...others]);
}

/** The paths on which an exporter serves what a scrape needs, of those given. */
async function answering(exporter: RunningExporter, paths: readonly string[]) {
  const answers = await Promise.all(
    paths.map(async (path) => [path, (await get(exporter.url + path)).status]),
  );
  return Object.fromEntries(answers) as Record<string, number>;
}

describe('the image', () => {
  const args = JSON.parse(instruction('CMD')) as string[];

  it('has these instructions, and takes from the build context what it copies', () => {
    expect(instructions.filter((line) => line !== '')).toEqual([
      'FROM node:24-bookworm-slim',
      'ENV NODE_ENV=production',
      'COPY dist/pending-writes-exporter.cjs /app/pending-writes-exporter.cjs',
      'USER 65532:65532',
      'EXPOSE 9797',
      'HEALTHCHECK --interval=30s --timeout=5s CMD ["node", "/app/pending-writes-exporter.cjs", "--healthcheck"]',
      'ENTRYPOINT ["node", "--max-semi-space-size=1", "--optimize-for-size", "--no-opt", "/app/pending-writes-exporter.cjs"]',
      'CMD ["--state-file=/state/pending-writes-state.json", "--web.listen-address=:9797"]',
    ]);
    expect(file('Dockerfile.dockerignore')).toBe('*\n!dist/pending-writes-exporter.cjs\n');
  });

  it('listens on the port that it exposes, which is the port of the exporter without flags', async () => {
    expect(instruction('EXPOSE')).toBe('9797');
    expect(flag(args, 'web.listen-address')).toBe(':9797');
    expect(dockerfile).toContain('-p 127.0.0.1:9797:9797 ');
  });

  it('reads the folder that its example mounts, and mounts it read-only', async () => {
    expect(flag(args, 'state-file')).toBe('/state/pending-writes-state.json');
    expect(dockerfile).toContain('-v <folder>:/state:ro ');
    expect(dockerfile).toMatch(/docker run --read-only --cap-drop ALL --security-opt no-new-privileges /);
    const exporter = await started(args);
    const samples = samplesOf((await get(`${exporter.url}/metrics`)).text);
    expect(samples.get('pending_writes_pending{relay=a}')).toBe(1);
    await exporter.stop();
  });

  it('runs what it copied, as an unprivileged user, and asks the running exporter for its health', () => {
    const [, program] = instruction('COPY').split(' ');
    expect(program).toBe('/app/pending-writes-exporter.cjs');
    expect(JSON.parse(instruction('ENTRYPOINT')).at(-1)).toBe(program);
    expect(instruction('HEALTHCHECK')).toBe(
      `--interval=30s --timeout=5s CMD ["node", "${program}", "--healthcheck"]`,
    );
    expect(instruction('USER')).toBe('65532:65532');
  });
});

describe('the systemd unit', () => {
  const settings = unitText
    .split('\n')
    .filter((line) => /^[A-Z]\w*=/.test(line))
    .map((line) => {
      const [name = '', ...value] = line.split('=');
      return [name, value.join('=')] as const;
    });
  const values = (name: string) => settings.filter(([one]) => one === name).map(([, value]) => value);

  it('shows the exporter the folder of its state file, read-only, and of the rest nothing to write', () => {
    const [stateFile] = values('Environment').flatMap((value) => /^STATE_FILE=(.*)$/.exec(value)?.[1] ?? []);
    expect(stateFile).toBe('/var/lib/worker/pending-writes-state.json');
    expect(values('BindReadOnlyPaths')).toEqual([dirname(stateFile ?? '')]);
    // /var/lib is empty but for that folder.
    expect(values('TemporaryFileSystem')).toEqual(['/var/lib:ro']);
    expect(values('ProtectSystem')).toEqual(['strict']);
    expect(values('ProtectHome')).toEqual(['tmpfs']);
    const writable = ['ReadWritePaths', 'BindPaths', 'StateDirectory', 'RuntimeDirectory', 'CacheDirectory'];
    expect(writable.flatMap(values)).toEqual([]);
  });

  it.each([
    ['DynamicUser', ['yes']],
    ['User', []],
    ['SupplementaryGroups', ['worker']],
    ['NoNewPrivileges', ['yes']],
    ['CapabilityBoundingSet', ['']],
    ['AmbientCapabilities', ['']],
    ['PrivateUsers', ['yes']],
    ['PrivateTmp', ['yes']],
    ['PrivateDevices', ['yes']],
    ['RestrictAddressFamilies', ['AF_INET AF_INET6']],
    ['IPAddressDeny', ['any']],
    ['IPAddressAllow', ['localhost']],
    ['SystemCallFilter', ['@system-service', '~@privileged @resources']],
    ['UMask', ['0077']],
    // V8 cannot do without.
    ['MemoryDenyWriteExecute', ['no']],
    ['MemoryMax', ['512M']],
    ['Restart', ['always']],
    ['RestartSec', ['5s']],
    ['TimeoutStopSec', ['20s']],
    ['Type', ['exec']],
    ['WantedBy', ['multi-user.target']],
  ])('has %s=%j', (name, expected) => {
    expect(values(name)).toEqual(expected);
  });

  it('has these lines and no others', () => {
    expect(unitText.split('\n').filter((line) => line !== '' && !line.startsWith('#'))).toEqual([
      '[Unit]',
      "Description=Prometheus exporter for a worker's pending writes",
      'After=network-online.target',
      'Wants=network-online.target',
      '[Service]',
      'Type=exec',
      'Environment=STATE_FILE=/var/lib/worker/pending-writes-state.json',
      'Environment=FLAGS=',
      'ExecStart=/usr/bin/node --max-semi-space-size=1 --optimize-for-size --no-opt /usr/local/lib/pending-writes-exporter.cjs --state-file ${STATE_FILE} $FLAGS',
      'ExecReload=/bin/kill -HUP $MAINPID',
      'Restart=always',
      'RestartSec=5s',
      'TimeoutStopSec=20s',
      'MemoryMax=512M',
      'DynamicUser=yes',
      'SupplementaryGroups=worker',
      'UMask=0077',
      'ProtectSystem=strict',
      'ProtectHome=tmpfs',
      'TemporaryFileSystem=/var/lib:ro',
      'BindReadOnlyPaths=/var/lib/worker',
      'PrivateTmp=yes',
      'PrivateDevices=yes',
      'DevicePolicy=closed',
      'ProtectProc=invisible',
      'ProcSubset=pid',
      'NoNewPrivileges=yes',
      'CapabilityBoundingSet=',
      'AmbientCapabilities=',
      'PrivateUsers=yes',
      'ProtectClock=yes',
      'ProtectControlGroups=yes',
      'ProtectHostname=yes',
      'ProtectKernelLogs=yes',
      'ProtectKernelModules=yes',
      'ProtectKernelTunables=yes',
      'RestrictAddressFamilies=AF_INET AF_INET6',
      'RestrictNamespaces=yes',
      'RestrictRealtime=yes',
      'RestrictSUIDSGID=yes',
      'RemoveIPC=yes',
      'LockPersonality=yes',
      'KeyringMode=private',
      'SystemCallArchitectures=native',
      'SystemCallFilter=@system-service',
      'SystemCallFilter=~@privileged @resources',
      'SystemCallErrorNumber=EPERM',
      'MemoryDenyWriteExecute=no',
      'IPAddressDeny=any',
      'IPAddressAllow=localhost',
      '[Install]',
      'WantedBy=multi-user.target',
    ]);
  });

  it('copies the file that it starts, and reloads with the signal that the exporter reloads on', async () => {
    const [command = ''] = values('ExecStart');
    const program = '/usr/local/lib/pending-writes-exporter.cjs';
    expect(command).toMatch(
      / \/usr\/local\/lib\/pending-writes-exporter\.cjs --state-file \$\{STATE_FILE\} \$FLAGS$/,
    );
    expect(unitText).toContain(`dist/${basename(program)} ${dirname(program)}/\n`);
    expect(values('ExecReload')).toEqual(['/bin/kill -HUP $MAINPID']);
    const exporter = await started(['--state-file=unit.json']);
    exporter.signal('SIGHUP');
    expect((await get(`${exporter.url}/-/healthy`)).status).toBe(200);
    // The same signal as ExecReload's has to leave it running: systemd would call its end a failure.
    expect(await exporter.stop()).toBe(0);
  });

  it('has the flags of V8 that the image has', () => {
    const [command = ''] = values('ExecStart');
    const [node, ...flags] = JSON.parse(instruction('ENTRYPOINT')) as string[];
    expect(command.startsWith(`/usr/bin/${node} ${flags.slice(0, -1).join(' ')} `)).toBe(true);
  });
});

describe('the Kubernetes manifest', () => {
  it('probes and scrapes paths that an exporter with its flags answers on', async () => {
    const exporter = await started(sidecar.args ?? []);
    const paths = [
      sidecar.startupProbe.httpGet.path,
      sidecar.livenessProbe.httpGet.path,
      endpoint.path ?? '',
    ];
    expect(paths).toEqual(['/-/ready', '/-/healthy', '/metrics']);
    expect(await answering(exporter, [...paths, '/nowhere'])).toEqual({
      '/-/ready': 200,
      '/-/healthy': 200,
      '/metrics': 200,
      '/nowhere': 404,
    });
    const samples = samplesOf((await get(exporter.url + endpoint.path)).text);
    expect(samples.get('pending_writes_pending{relay=a}')).toBe(1);
    await exporter.stop();
  });

  it('names one port everywhere, the one that its flags listen on', () => {
    expect(flag(sidecar.args ?? [], 'web.listen-address')).toBe(':9797');
    expect(sidecar.ports).toEqual([{ name: 'metrics', containerPort: 9797 }]);
    expect([sidecar.startupProbe.httpGet.port, sidecar.livenessProbe.httpGet.port, endpoint.port]).toEqual([
      'metrics',
      'metrics',
      'metrics',
    ]);
    // A native sidecar that is not ready would take the worker out of service.
    expect(sidecar.readinessProbe).toBeUndefined();
  });

  it('shows the exporter the volume that the worker writes, read-only, where its flags look for the file', () => {
    const [volume, ...others] = statefulSet.spec.volumeClaimTemplates.map(({ metadata }) => metadata.name);
    expect(others).toEqual([]);
    expect(sidecar.volumeMounts).toEqual([
      { name: volume, mountPath: dirname(flag(sidecar.args ?? [], 'state-file')), readOnly: true },
    ]);
    expect(flag(sidecar.args ?? [], 'state-file')).toBe('/state/pending-writes-state.json');
    expect(worker.volumeMounts).toEqual([{ name: volume, mountPath: '/var/lib/worker' }]);
  });

  it('keeps the exporter running beside the worker', () => {
    // Anything else makes it an init container that has to end before the worker starts, which it never does.
    expect(sidecar.restartPolicy).toBe('Always');
    expect(worker.restartPolicy).toBeUndefined();
    // What the worker has to write after the end is scraped as well.
    expect(pod.terminationGracePeriodSeconds).toBe(60);
  });

  it('says this and nothing else', () => {
    expect(statefulSet).toEqual({
      apiVersion: 'apps/v1',
      kind: 'StatefulSet',
      metadata: {
        name: 'worker',
        labels: {
          'app.kubernetes.io/name': 'worker',
        },
      },
      spec: {
        serviceName: 'worker',
        replicas: 1,
        selector: {
          matchLabels: {
            'app.kubernetes.io/name': 'worker',
          },
        },
        template: {
          metadata: {
            labels: {
              'app.kubernetes.io/name': 'worker',
            },
          },
          spec: {
            automountServiceAccountToken: false,
            terminationGracePeriodSeconds: 60,
            securityContext: {
              runAsNonRoot: true,
              runAsUser: 10001,
              runAsGroup: 10001,
              fsGroup: 10001,
              seccompProfile: {
                type: 'RuntimeDefault',
              },
            },
            initContainers: [
              {
                name: 'pending-writes-exporter',
                image: 'pending-writes-exporter:0.1.0',
                restartPolicy: 'Always',
                args: [
                  '--state-file=/state/pending-writes-state.json',
                  '--web.listen-address=:9797',
                  '--log.format=json',
                ],
                ports: [
                  {
                    name: 'metrics',
                    containerPort: 9797,
                  },
                ],
                startupProbe: {
                  httpGet: {
                    path: '/-/ready',
                    port: 'metrics',
                  },
                  periodSeconds: 2,
                  failureThreshold: 30,
                },
                livenessProbe: {
                  httpGet: {
                    path: '/-/healthy',
                    port: 'metrics',
                  },
                  periodSeconds: 20,
                  timeoutSeconds: 5,
                },
                resources: {
                  requests: {
                    cpu: '10m',
                    memory: '80Mi',
                  },
                  limits: {
                    memory: '384Mi',
                  },
                },
                securityContext: {
                  allowPrivilegeEscalation: false,
                  readOnlyRootFilesystem: true,
                  capabilities: {
                    drop: ['ALL'],
                  },
                },
                volumeMounts: [
                  {
                    name: 'state',
                    mountPath: '/state',
                    readOnly: true,
                  },
                ],
              },
            ],
            containers: [
              {
                name: 'worker',
                image: 'worker:latest',
                volumeMounts: [
                  {
                    name: 'state',
                    mountPath: '/var/lib/worker',
                  },
                ],
              },
            ],
          },
        },
        volumeClaimTemplates: [
          {
            metadata: {
              name: 'state',
            },
            spec: {
              accessModes: ['ReadWriteOnce'],
              resources: {
                requests: {
                  storage: '1Gi',
                },
              },
            },
          },
        ],
      },
    });
  });

  it('gives the exporter no rights', () => {
    expect(sidecar.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  it('runs both as one unprivileged user, without a token', () => {
    expect(pod.securityContext).toEqual({
      runAsNonRoot: true,
      runAsUser: 10001,
      runAsGroup: 10001,
      fsGroup: 10001,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    expect(pod.automountServiceAccountToken).toBe(false);
  });
});

describe('the composition', () => {
  interface Service {
    readonly image: string;
    readonly command?: readonly string[];
    readonly network_mode?: string;
    readonly ports?: readonly string[];
    readonly volumes?: readonly string[];
    readonly environment?: Readonly<Record<string, string>>;
    readonly read_only?: boolean;
    readonly cap_drop?: readonly string[];
    readonly security_opt?: readonly string[];
  }
  const { services } = parse(file('compose.yaml'), { merge: true }) as {
    services: Readonly<Record<string, Service>>;
  };
  const service = (name: string) => services[name] as Service;
  const scraping = parse(file('compose', 'prometheus.yaml')) as {
    rule_files: readonly string[];
    alerting: { alertmanagers: readonly [{ static_configs: readonly [{ targets: readonly string[] }] }] };
    scrape_configs: readonly {
      job_name: string;
      static_configs: readonly [{ targets: readonly string[] }];
    }[];
  };
  const targetsOf = (job: string) =>
    scraping.scrape_configs.find(({ job_name }) => job_name === job)?.static_configs[0].targets;
  const exporters = Object.keys(services).filter((name) => name.startsWith('exporter-'));

  it('runs an exporter for each worker of the simulator, each at its own port, and scrapes them all', () => {
    expect(exporters).toEqual(['exporter-1', 'exporter-2', 'exporter-3']);
    for (const [i, name] of exporters.entries()) {
      expect(service(name).command).toEqual([
        'node',
        '/exporter.cjs',
        '--state-file',
        `/state/worker-${i + 1}/pending-writes-state.json`,
        '--web.listen-address',
        `127.0.0.1:${9797 + i}`,
      ]);
      expect(service(name).volumes).toEqual([
        '../dist/pending-writes-exporter.cjs:/exporter.cjs:ro',
        'state:/state:ro',
      ]);
    }
    // The jobs that the rules select without further settings.
    expect(scraping.scrape_configs.map(({ job_name }) => job_name)).toEqual([
      'gateway',
      'pending-writes-exporter',
    ]);
    expect(targetsOf('pending-writes-exporter')).toEqual([
      '127.0.0.1:9797',
      '127.0.0.1:9798',
      '127.0.0.1:9799',
    ]);
    expect(service('simulator').command?.slice(-2)).toEqual(['/state', '9464']);
    expect(targetsOf('gateway')).toEqual(['127.0.0.1:9464']);
    expect(service('simulator').volumes).toContain('state:/state');
  });

  it('scrapes what listens on loopback, which Prometheus and the exporters share with the simulator', () => {
    for (const name of ['prometheus', ...exporters])
      expect(service(name).network_mode).toBe('service:simulator');
    expect(Object.values(services).flatMap(({ ports = [] }) => ports)).toEqual([
      '127.0.0.1:9090:9090',
      '127.0.0.1:9093:9093',
      '127.0.0.1:3000:3000',
    ]);
  });

  it('gives the generated rules, routes and dashboards to those who read them', () => {
    expect(service('prometheus').volumes).toContain('../generated/prometheus:/etc/prometheus/rules:ro');
    expect(scraping.rule_files).toEqual(['rules/*.yaml']);
    expect(scraping.alerting.alertmanagers[0].static_configs[0].targets).toEqual(['alertmanager:9093']);
    expect(service('alertmanager').command).toContain(
      '--config.file=/etc/alertmanager/alertmanager.example.yaml',
    );
    expect(service('alertmanager').volumes).toContain('../generated/alertmanager:/etc/alertmanager:ro');
    expect(service('grafana').volumes).toContain('../generated/grafana/dashboards:/dashboards:ro');
    const { providers } = parse(file('compose', 'grafana', 'dashboards', 'gateway.yaml'));
    expect(providers[0].options.path).toBe('/dashboards');
    expect(service('grafana').environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH).toBe(
      '/dashboards/gateway-overview.json',
    );
    // The uid that the dashboards and the rules of Grafana expect without further settings.
    const { datasources } = parse(file('compose', 'grafana', 'datasources', 'prometheus.yaml'));
    expect(datasources).toEqual([
      expect.objectContaining({ uid: 'prometheus', type: 'prometheus', url: 'http://simulator:9090' }),
    ]);
  });

  it('gives none of them rights', () => {
    for (const { read_only, cap_drop, security_opt } of Object.values(services)) {
      expect({ read_only, cap_drop, security_opt }).toEqual({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
    }
  });

  it('says this and nothing else', () => {
    const limits = {
      restart: 'unless-stopped',
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    };
    const exporter = {
      ...limits,
      image: 'node:22.20.0-bookworm-slim',
      user: 'node',
      network_mode: 'service:simulator',
      depends_on: ['simulator'],
      volumes: ['../dist/pending-writes-exporter.cjs:/exporter.cjs:ro', 'state:/state:ro'],
    };
    const { name, volumes } = parse(file('compose.yaml'), { merge: true });
    expect({ name, volumes }).toEqual({
      name: 'gateway-observability',
      volumes: {
        state: null,
        prometheus: null,
        alertmanager: null,
        grafana: null,
      },
    });
    expect(services).toEqual({
      simulator: {
        ...limits,
        image: 'node:22.20.0-bookworm-slim',
        command: ['node', '/app/dist/src/demo/simulator.js', '/state', '9464'],
        volumes: [
          '../dist:/app/dist:ro',
          '../node_modules:/app/node_modules:ro',
          '../package.json:/app/package.json:ro',
          'state:/state',
        ],
        ports: ['127.0.0.1:9090:9090'],
      },
      'exporter-1': {
        ...exporter,
        command: [
          'node',
          '/exporter.cjs',
          '--state-file',
          '/state/worker-1/pending-writes-state.json',
          '--web.listen-address',
          '127.0.0.1:9797',
        ],
      },
      'exporter-2': {
        ...exporter,
        command: [
          'node',
          '/exporter.cjs',
          '--state-file',
          '/state/worker-2/pending-writes-state.json',
          '--web.listen-address',
          '127.0.0.1:9798',
        ],
      },
      'exporter-3': {
        ...exporter,
        command: [
          'node',
          '/exporter.cjs',
          '--state-file',
          '/state/worker-3/pending-writes-state.json',
          '--web.listen-address',
          '127.0.0.1:9799',
        ],
      },
      prometheus: {
        ...limits,
        image: 'prom/prometheus:v3.16.0',
        network_mode: 'service:simulator',
        depends_on: ['simulator'],
        command: ['--config.file=/etc/prometheus/prometheus.yaml', '--storage.tsdb.path=/prometheus'],
        volumes: [
          './compose/prometheus.yaml:/etc/prometheus/prometheus.yaml:ro',
          '../generated/prometheus:/etc/prometheus/rules:ro',
          'prometheus:/prometheus',
        ],
      },
      alertmanager: {
        ...limits,
        image: 'prom/alertmanager:v0.35.0',
        command: [
          '--config.file=/etc/alertmanager/alertmanager.example.yaml',
          '--storage.path=/alertmanager',
          '--web.external-url=http://127.0.0.1:9093',
          '--cluster.listen-address=',
        ],
        volumes: ['../generated/alertmanager:/etc/alertmanager:ro', 'alertmanager:/alertmanager'],
        ports: ['127.0.0.1:9093:9093'],
      },
      grafana: {
        ...limits,
        image: 'grafana/grafana:13.2.2',
        depends_on: ['prometheus'],
        environment: {
          GF_AUTH_ANONYMOUS_ENABLED: 'true',
          GF_AUTH_ANONYMOUS_ORG_ROLE: 'Viewer',
          GF_AUTH_DISABLE_LOGIN_FORM: 'true',
          GF_ANALYTICS_REPORTING_ENABLED: 'false',
          GF_ANALYTICS_CHECK_FOR_UPDATES: 'false',
          GF_PLUGINS_PREINSTALL_DISABLED: 'true',
          GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: '/dashboards/gateway-overview.json',
        },
        volumes: [
          './compose/grafana:/etc/grafana/provisioning:ro',
          '../generated/grafana/dashboards:/dashboards:ro',
          'grafana:/var/lib/grafana',
        ],
        tmpfs: ['/tmp'],
        ports: ['127.0.0.1:3000:3000'],
      },
    });
  });

  it('sets up Prometheus and Grafana so', () => {
    expect(scraping).toEqual({
      global: {
        scrape_interval: '30s',
        evaluation_interval: '30s',
      },
      rule_files: ['rules/*.yaml'],
      alerting: {
        alertmanagers: [
          {
            static_configs: [
              {
                targets: ['alertmanager:9093'],
              },
            ],
          },
        ],
      },
      scrape_configs: [
        {
          job_name: 'gateway',
          static_configs: [
            {
              targets: ['127.0.0.1:9464'],
            },
          ],
        },
        {
          job_name: 'pending-writes-exporter',
          static_configs: [
            {
              targets: ['127.0.0.1:9797', '127.0.0.1:9798', '127.0.0.1:9799'],
            },
          ],
        },
      ],
    });
    expect(parse(file('compose', 'grafana', 'dashboards', 'gateway.yaml'))).toEqual({
      apiVersion: 1,
      providers: [
        {
          name: 'gateway',
          folder: 'Gateway',
          type: 'file',
          allowUiUpdates: false,
          updateIntervalSeconds: 10,
          options: {
            path: '/dashboards',
          },
        },
      ],
    });
    expect(parse(file('compose', 'grafana', 'datasources', 'prometheus.yaml'))).toEqual({
      apiVersion: 1,
      datasources: [
        {
          name: 'Prometheus',
          uid: 'prometheus',
          type: 'prometheus',
          access: 'proxy',
          url: 'http://simulator:9090',
          isDefault: true,
          jsonData: {
            timeInterval: '30s',
          },
        },
      ],
    });
  });
});

describe('the example of a Prometheus', () => {
  it('says this and nothing else', () => {
    expect(parse(file('prometheus', 'prometheus.yaml'))).toEqual({
      global: { scrape_interval: '30s', evaluation_interval: '30s' },
      rule_files: ['bundle/prometheus/*.yaml'],
      alerting: { alertmanagers: [{ static_configs: [{ targets: ['127.0.0.1:9093'] }] }] },
      scrape_configs: [
        { job_name: 'gateway', static_configs: [{ targets: ['gateway.example.org:9100'] }] },
        {
          job_name: 'pending-writes-exporter',
          static_configs: [{ targets: ['worker-1.example.org:9797', 'worker-2.example.org:9797'] }],
        },
      ],
    });
  });
});
