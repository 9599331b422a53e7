import {
  computed,
  empty,
  type Handler,
  type Message,
  proto,
  startProgram,
  startServer,
  struct,
} from './engine.js';

/*
 * What the `pulumi` command would download, in this process: the language host, which starts the program, and the provider, which here writes to a
 * Grafana in memory. The command attaches to both by two environment variables. With them the real engine plans, compares and keeps the state.
 */

const languageProto = proto('language_pb.js');
const providerProto = proto('provider_pb.js');
const pluginProto = proto('plugin_pb.js');
const { LanguageRuntimeService } = proto('language_grpc_pb.js');
const { ResourceProviderService } = proto('provider_grpc_pb.js');

type Inputs = Record<string, unknown>;

/** An object in the Grafana in memory. */
export interface Stored {
  readonly type: string;
  inputs: Inputs;
}

export interface StandIns {
  /** What has to be in the environment of the command. */
  readonly environment: NodeJS.ProcessEnv;
  /** What Grafana holds, by id. A test may change it, as people do by hand. */
  readonly grafana: Map<string, Stored>;
  /** What was done to it since the last look, as "create grafana:oss/folder:Folder". */
  readonly done: string[];
  readonly stop: () => void;
}

const typeOf = (urn: string) => (urn.split('::')[2] ?? '').split('$').at(-1) as string;
const nameOf = (urn: string) => urn.split('::').at(-1) as string;
const plain = (message: Message): Inputs => message?.toJavaScript() ?? {};
const asStruct = (value: Inputs) => struct.Struct.fromJavaScript(value);
const pluginInfo: Handler = (_, answer) => {
  const info = new pluginProto.PluginInfo();
  info.setVersion('2.40.0');
  answer(null, info);
};

function changedKeys(before: Inputs, after: Inputs): string[] {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...keys].filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key])).sort();
}

/** Starts both. Stop them in the end. */
export async function startStandIns(): Promise<StandIns> {
  const grafana = new Map<string, Stored>();
  const done: string[] = [];

  let engine = '';
  const language: Readonly<Record<string, Handler>> = {
    handshake: ({ request }, answer) => {
      engine = request.getEngineAddress();
      answer(null, new languageProto.LanguageHandshakeResponse());
    },
    getPluginInfo: pluginInfo,
    getRequiredPackages: (_, answer) => answer(null, new languageProto.GetRequiredPackagesResponse()),
    run: ({ request }, answer) => {
      startProgram({
        project: request.getProject(),
        stack: request.getStack(),
        organization: request.getOrganization(),
        monitor: request.getMonitorAddress(),
        engine,
        preview: request.getDryrun(),
        config: Object.fromEntries(request.getConfigMap().entries()),
        secrets: request.getConfigsecretkeysList(),
      }).then(
        ({ exitCode, stderr }) => {
          const response = new languageProto.RunResponse();
          // 32: the program has said what is wrong.
          if (exitCode === 32) response.setBail(true);
          else if (exitCode !== 0) response.setError(`the program ended with ${exitCode}: ${stderr}`);
          answer(null, response);
        },
        (error: Error) => answer(error),
      );
    },
  };

  const provider: Readonly<Record<string, Handler>> = {
    attach: (_, answer) => answer(null, new empty.Empty()),
    getPluginInfo: pluginInfo,
    checkConfig: ({ request }, answer) => {
      const response = new providerProto.CheckResponse();
      response.setInputs(request.getNews());
      answer(null, response);
    },
    diffConfig: (_, answer) => answer(null, new providerProto.DiffResponse()),
    configure: (_, answer) => answer(null, new providerProto.ConfigureResponse()),
    check: ({ request }, answer) => {
      const response = new providerProto.CheckResponse();
      response.setInputs(request.getNews());
      answer(null, response);
    },
    diff: ({ request }, answer) => {
      const response = new providerProto.DiffResponse();
      const keys = changedKeys(plain(request.getOldInputs()), plain(request.getNews()));
      const { DIFF_NONE, DIFF_SOME } = providerProto.DiffResponse.DiffChanges;
      response.setChanges(keys.length > 0 ? DIFF_SOME : DIFF_NONE);
      response.setDiffsList(keys);
      // Grafana knows a thing by its uid: another uid is another thing.
      response.setReplacesList(keys.filter((key) => key === 'uid'));
      answer(null, response);
    },
    create: ({ request }, answer) => {
      const urn = request.getUrn() as string;
      const inputs = plain(request.getProperties());
      const id = `1:${nameOf(urn)}`;
      grafana.set(id, { type: typeOf(urn), inputs });
      done.push(`create ${typeOf(urn)}`);
      const response = new providerProto.CreateResponse();
      response.setId(id);
      response.setProperties(asStruct(computed(typeOf(urn), nameOf(urn), inputs)));
      answer(null, response);
    },
    read: ({ request }, answer) => {
      const urn = request.getUrn() as string;
      const stored = grafana.get(request.getId());
      const response = new providerProto.ReadResponse();
      if (stored !== undefined) {
        response.setId(request.getId());
        response.setInputs(asStruct(stored.inputs));
        response.setProperties(asStruct(computed(stored.type, nameOf(urn), stored.inputs)));
      }
      answer(null, response);
    },
    update: ({ request }, answer) => {
      const urn = request.getUrn() as string;
      const inputs = plain(request.getNews());
      grafana.set(request.getId(), { type: typeOf(urn), inputs });
      done.push(`update ${typeOf(urn)}`);
      const response = new providerProto.UpdateResponse();
      response.setProperties(asStruct(computed(typeOf(urn), nameOf(urn), inputs)));
      answer(null, response);
    },
    delete: ({ request }, answer) => {
      grafana.delete(request.getId());
      done.push(`delete ${typeOf(request.getUrn())}`);
      answer(null, new empty.Empty());
    },
    cancel: (_, answer) => answer(null, new empty.Empty()),
  };

  const [host, plugin] = await Promise.all([
    startServer([LanguageRuntimeService, language]),
    startServer([ResourceProviderService, provider]),
  ]);
  return {
    environment: {
      PULUMI_DEBUG_LANGUAGES: `nodejs:${host.port}`,
      PULUMI_DEBUG_PROVIDERS: `grafana:${plugin.port}`,
    },
    grafana,
    done,
    stop: () => {
      host.stop();
      plugin.stop();
    },
  };
}
