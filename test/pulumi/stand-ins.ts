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

export interface LanguageHostStandIn {
  /** What has to be in the environment of the command. */
  readonly environment: NodeJS.ProcessEnv;
  readonly stop: () => void;
}

export interface ProviderStandIn extends LanguageHostStandIn {
  /** What Grafana holds, by type and id. A test may change it, as people do by hand. */
  readonly grafana: Map<string, Stored>;
  /** What was done to it since the last look, as "create grafana:oss/folder:Folder". */
  readonly done: string[];
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

export const FOLDER = 'grafana:oss/folder:Folder';
export const DASHBOARD = 'grafana:oss/dashboard:Dashboard';

/** The id that the provider gives a resource, without the organization. */
function idOf(type: string, name: string, inputs: Inputs): string {
  if (type === FOLDER) return String(inputs.uid);
  if (type === DASHBOARD) return String((JSON.parse(String(inputs.configJson)) as { uid: string }).uid);
  if (type === 'grafana:alerting/ruleGroup:RuleGroup') return `${inputs.folderUid}:${inputs.name}`;
  return String(inputs.name ?? name);
}

/** Where the Grafana in memory keeps a resource. */
export const keyOf = (type: string, id: string) => `${type} ${id.replace(/^1:/, '')}`;

/** Starts the language host. Stop it in the end. */
export async function startLanguageHost(): Promise<LanguageHostStandIn> {
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

  const { port, stop } = await startServer([LanguageRuntimeService, language]);
  return { environment: { PULUMI_DEBUG_LANGUAGES: `nodejs:${port}` }, stop };
}

/** Starts the provider. Stop it in the end. */
export async function startProvider(): Promise<ProviderStandIn> {
  const grafana = new Map<string, Stored>();
  const done: string[] = [];
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
      const type = typeOf(urn);
      const inputs = plain(request.getProperties());
      const id = idOf(type, nameOf(urn), inputs);
      // Grafana refuses a second folder with the same uid, and overwrites a dashboard.
      if (type === FOLDER && grafana.has(keyOf(type, id))) {
        answer(new Error('failed to create folder: status 409: a folder with that uid already exists'));
        return;
      }
      grafana.set(keyOf(type, id), { type, inputs });
      done.push(`create ${type}`);
      const response = new providerProto.CreateResponse();
      response.setId(`1:${id}`);
      response.setProperties(asStruct(computed(type, nameOf(urn), inputs)));
      answer(null, response);
    },
    read: ({ request }, answer) => {
      const urn = request.getUrn() as string;
      const id = (request.getId() as string).replace(/^1:/, '');
      const stored = grafana.get(keyOf(typeOf(urn), id));
      const response = new providerProto.ReadResponse();
      if (stored !== undefined) {
        response.setId(`1:${id}`);
        response.setInputs(asStruct(stored.inputs));
        response.setProperties(asStruct(computed(stored.type, nameOf(urn), stored.inputs)));
      }
      answer(null, response);
    },
    update: ({ request }, answer) => {
      const urn = request.getUrn() as string;
      const inputs = plain(request.getNews());
      grafana.set(keyOf(typeOf(urn), request.getId()), { type: typeOf(urn), inputs });
      done.push(`update ${typeOf(urn)}`);
      const response = new providerProto.UpdateResponse();
      response.setProperties(asStruct(computed(typeOf(urn), nameOf(urn), inputs)));
      answer(null, response);
    },
    delete: ({ request }, answer) => {
      const type = typeOf(request.getUrn());
      const id = (request.getId() as string).replace(/^1:/, '');
      const isInside = ({ type: of, inputs }: Stored) => of === DASHBOARD && inputs.folder === id;
      if (type === FOLDER && [...grafana.values()].some(isInside)) {
        answer(new Error(`folder ${id} is not empty and prevent_destroy_if_not_empty is set`));
        return;
      }
      grafana.delete(keyOf(type, id));
      done.push(`delete ${type}`);
      answer(null, new empty.Empty());
    },
    cancel: (_, answer) => answer(null, new empty.Empty()),
  };

  const { port, stop } = await startServer([ResourceProviderService, provider]);
  return { environment: { PULUMI_DEBUG_PROVIDERS: `grafana:${port}` }, grafana, done, stop };
}
