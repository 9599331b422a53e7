import { type ChildProcess, spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as grpc from '@grpc/grpc-js';
import { packageRoot } from '../../src/package/root.js';

/*
 * As much of Pulumi's engine as a program talks to, in this process: it takes registrations, answers them as a provider would, and keeps them.
 * The program runs in a real process under the part of the Node.js language host that npm ships.
 */

const require = createRequire(import.meta.url);
// The protocol's messages as Pulumi generates them; the package has no types for deep imports of ES modules.
export const proto = (name: string) => require(`@pulumi/pulumi/proto/${name}`);
const resourceProto = proto('resource_pb.js');
const engineProto = proto('engine_pb.js');
const { ResourceMonitorService } = proto('resource_grpc_pb.js');
const { EngineService } = proto('engine_grpc_pb.js');
export const empty = require('google-protobuf/google/protobuf/empty_pb.js');
export const struct = require('google-protobuf/google/protobuf/struct_pb.js');

/** A resource as the program registered it. */
export interface Registration {
  readonly type: string;
  readonly name: string;
  readonly urn: string;
  readonly parent: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly dependencies: readonly string[];
  readonly aliases: readonly string[];
  readonly retainOnDelete: boolean;
  readonly custom: boolean;
}

/** What a run of the program came to. */
export interface Run {
  readonly exitCode: number | null;
  readonly registrations: readonly Registration[];
  /** Outputs of the stack. */
  readonly outputs: Readonly<Record<string, unknown>>;
  readonly logs: readonly {
    readonly severity: 'debug' | 'info' | 'warning' | 'error';
    readonly message: string;
  }[];
  readonly stderr: string;
}

/** Pulumi's mark on values that are secret. */
export const SECRET = { '4dabf18193072939515e22adb298388d': '1b47061264138c4ac30d75fd1eb44270' } as const;

const SEVERITIES = ['debug', 'info', 'warning', 'error'] as const;

// biome-ignore lint/suspicious/noExplicitAny: messages of the protocol have no types here
export type Message = any;
export type Handler = (
  call: { request: Message },
  answer: (error: Error | null, value?: Message) => void,
) => void;

/** What a provider computes: enough for what the program reads. */
export function computed(
  type: string,
  name: string,
  inputs: Record<string, unknown>,
): Record<string, unknown> {
  if (type === 'grafana:oss/dashboard:Dashboard') {
    const { uid } = JSON.parse(String(inputs.configJson)) as { uid: string };
    return { ...inputs, uid, url: `https://grafana.example.org/d/${uid}`, version: 1, dashboardId: 1 };
  }
  return { ...inputs, uid: inputs.uid ?? name };
}

export interface RunOptions {
  /** The stack's configuration, with the namespace. */
  readonly config?: Readonly<Record<string, string>>;
  /** Which keys of it are secrets. */
  readonly secrets?: readonly string[];
  readonly preview?: boolean;
  /** Where Pulumi.yaml is; the checkout without it. */
  readonly root?: string;
  /** The program that Pulumi.yaml names; that of the checkout without it. */
  readonly program?: string;
}

/** Starts the program of Pulumi.yaml in a process of its own, and waits for its end. */
export async function startProgram(options: {
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  /** Where the engine takes registrations. */
  readonly monitor: string;
  /** Where it takes what is said. */
  readonly engine: string;
  readonly preview: boolean;
  readonly config: Readonly<Record<string, string>>;
  readonly secrets: readonly string[];
  readonly root?: string;
  readonly program?: string;
}): Promise<{ readonly exitCode: number | null; readonly stderr: string }> {
  const { root = packageRoot, program = join(packageRoot, 'src', 'pulumi', 'program.ts') } = options;
  const child: ChildProcess = spawn(
    process.execPath,
    [
      // Only the checkout's program is TypeScript.
      ...(program.endsWith('.ts') ? [`--import=${import.meta.resolve('tsx')}`] : []),
      require.resolve('@pulumi/pulumi/cmd/run'),
      `--project=${options.project}`,
      `--stack=${options.stack}`,
      `--organization=${options.organization}`,
      `--root-directory=${root}`,
      // As Pulumi does it for a `main` that is a file.
      `--pwd=${dirname(program)}`,
      `--monitor=${options.monitor}`,
      `--engine=${options.engine}`,
      `--dry-run=${options.preview}`,
      '--parallel=16',
      program,
    ],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        PULUMI_NODEJS_TYPESCRIPT: 'false',
        PULUMI_CONFIG: JSON.stringify(options.config),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(options.secrets),
      },
    },
  );
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { exitCode, stderr };
}

/** A gRPC server on a free port of this machine. Methods without a handler are answered as not implemented. */
export async function startServer(
  ...services: readonly (readonly [service: Message, handlers: Readonly<Record<string, Handler>>])[]
): Promise<{ readonly port: number; readonly stop: () => void }> {
  const server = new grpc.Server({ 'grpc.max_receive_message_length': -1 });
  for (const [service, handlers] of services) {
    const unimplemented =
      (method: string) => (_: unknown, answer: (error: Partial<grpc.ServiceError>) => void) =>
        answer({ code: grpc.status.UNIMPLEMENTED, message: method });
    const all = Object.keys(service).map((method) => [method, handlers[method] ?? unimplemented(method)]);
    server.addService(service, Object.fromEntries(all));
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error === null ? resolve(bound) : reject(error),
    );
  });
  return { port, stop: () => server.forceShutdown() };
}

/** Runs the program of Pulumi.yaml. */
export async function runProgram({
  config = {},
  secrets = [],
  preview = false,
  ...places
}: RunOptions = {}): Promise<Run> {
  const registrations: Registration[] = [];
  const logs: Run['logs'][number][] = [];
  let outputs: Record<string, unknown> = {};
  let rootResource = '';

  const monitor: Record<string, Handler> = {
    supportsFeature: ({ request }, answer) => {
      const response = new resourceProto.SupportsFeatureResponse();
      response.setHassupport(
        ['secrets', 'resourceReferences', 'outputValues', 'aliasSpecs', 'deletedWith'].includes(
          request.getId(),
        ),
      );
      answer(null, response);
    },
    registerResource: ({ request }, answer) => {
      const type = request.getType() as string;
      const name = request.getName() as string;
      const urn = `urn:pulumi:test::gateway-observability::${type}::${name}`;
      const inputs = (request.getObject()?.toJavaScript() ?? {}) as Record<string, unknown>;
      registrations.push({
        type,
        name,
        urn,
        parent: request.getParent(),
        inputs,
        dependencies: request.getDependenciesList(),
        aliases: request
          .getAliasesList()
          .map((alias: Message) => alias.getSpec()?.getName() ?? alias.getUrn()),
        retainOnDelete: request.getRetainondelete(),
        custom: request.getCustom(),
      });
      const response = new resourceProto.RegisterResourceResponse();
      response.setUrn(urn);
      const isReal = request.getCustom() as boolean;
      if (isReal && !preview) response.setId(`id-of-${name}`);
      // In a preview nothing was created, so nothing is known but what was said.
      response.setObject(
        struct.Struct.fromJavaScript(isReal && !preview ? computed(type, name, inputs) : inputs),
      );
      answer(null, response);
    },
    registerResourceOutputs: ({ request }, answer) => {
      if ((request.getUrn() as string).includes('pulumi:pulumi:Stack')) {
        outputs = request.getOutputs()?.toJavaScript() ?? {};
      }
      answer(null, new empty.Empty());
    },
    signalAndWaitForShutdown: (_, answer) => answer(null, new empty.Empty()),
  };
  const engine: Record<string, Handler> = {
    log: ({ request }, answer) => {
      const severity = SEVERITIES[request.getSeverity() as number] ?? 'info';
      // What Pulumi says to its own developers holds every message, secrets too; it is shown on demand only.
      if (severity !== 'debug') logs.push({ severity, message: request.getMessage() });
      answer(null, new empty.Empty());
    },
    getRootResource: (_, answer) => {
      const response = new engineProto.GetRootResourceResponse();
      response.setUrn(rootResource);
      answer(null, response);
    },
    setRootResource: ({ request }, answer) => {
      rootResource = request.getUrn();
      answer(null, new engineProto.SetRootResourceResponse());
    },
  };
  const { port, stop } = await startServer([ResourceMonitorService, monitor], [EngineService, engine]);
  try {
    const address = `127.0.0.1:${port}`;
    const { exitCode, stderr } = await startProgram({
      project: 'gateway-observability',
      stack: 'test',
      organization: 'organization',
      monitor: address,
      engine: address,
      preview,
      config,
      secrets,
      ...places,
    });
    // Registrations come in any order.
    registrations.sort((a, b) => (a.urn < b.urn ? -1 : 1));
    return { exitCode, registrations, outputs, logs, stderr };
  } finally {
    stop();
  }
}
