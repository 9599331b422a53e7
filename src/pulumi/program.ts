import { resolve } from 'node:path';
import * as pulumi from '@pulumi/pulumi';
import { packageRoot } from '../package/root.js';
import { GatewayObservability } from './component.js';
import { argsOf, SECRET_SETTING, SettingsError } from './settings.js';

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
if (webhookUrl !== undefined && args.notifications === undefined) {
  throw new SettingsError(
    `${PROJECT}:${SECRET_SETTING}: found no ${PROJECT}:contactPoint, expected its name`,
  );
}

const deployed = new GatewayObservability('gateway', {
  ...args,
  // Relative to Pulumi.yaml, wherever the command was given.
  ...(args.artifacts === undefined ? {} : { artifacts: resolve(packageRoot, args.artifacts) }),
  ...(args.notifications === undefined || webhookUrl === undefined
    ? {}
    : { notifications: { ...args.notifications, webhookUrl } }),
});

export const folderUid = deployed.folderUid;
export const dashboardUrls = deployed.dashboardUrls;
