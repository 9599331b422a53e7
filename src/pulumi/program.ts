import * as pulumi from '@pulumi/pulumi';
import { ConfigError } from '../config/error.js';
import { packageRoot } from '../package/root.js';
import { argsOf, artifactsFolder, SECRET_SETTING, SettingsError } from './settings.js';

/*
 * The program of Pulumi.yaml: the component with the stack's configuration. Grafana's address and credentials are the provider's own settings,
 * `grafana:url` and `grafana:auth`.
 */

const PROJECT = 'gateway-observability';
const config = new pulumi.Config(PROJECT);
const set = Object.keys(pulumi.runtime.allConfig())
  .filter((key) => key.startsWith(`${PROJECT}:`))
  .map((key) => key.slice(PROJECT.length + 1));
const args = argsOf((key) => config.get(key), set);
const webhookUrl = config.getSecret(SECRET_SETTING);

// The rest of the program is loaded only now: it costs several times as much as reading the settings, which are wrong more often.
const { loadProject } = await import('../project/load.js');
const { GatewayObservability } = await import('./component.js');

// The folder of Pulumi.yaml, wherever the command was given.
const root = pulumi.getRootDirectory() || packageRoot;
const artifacts = artifactsFolder(args.artifacts, root);
const project = await loadProject(undefined, root).catch((error: unknown) => {
  throw error instanceof ConfigError ? new SettingsError(error.message) : error;
});

const deployed = new GatewayObservability('gateway', {
  ...args,
  // The definitions of gateway-observability.config.ts; the settings are those that are recorded in the folder.
  definitions: project.definitions,
  // A project without generated files deploys those of the package.
  ...(artifacts === undefined ? {} : { artifacts }),
  ...(args.notifications === undefined || webhookUrl === undefined
    ? {}
    : { notifications: { ...args.notifications, webhookUrl } }),
});

export const folderUid = deployed.folderUid;
export const dashboardUrls = deployed.dashboardUrls;
