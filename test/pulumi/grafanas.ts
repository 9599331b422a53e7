import { delimiter, dirname } from 'node:path';
import { startGrafana } from './grafana-api.js';
import { DASHBOARD, FOLDER, keyOf, startProvider } from './stand-ins.js';

/** A Grafana under the test, with the provider that writes to it. */
export interface Grafana {
  /** What has to be in the environment of the command. */
  readonly environment: NodeJS.ProcessEnv;
  /** What it holds, sorted: "dashboard gateway-relay", "folder team". Groups of rules and contact points are not listed. */
  contents(): string[];
  /** How many changes were made since the last call. */
  changes(): number;
  /** Changes a dashboard's title, as someone does by hand. */
  retitle(uid: string): void;
  /** The title of a dashboard. */
  titleOf(uid: string): string;
  /** Creates a folder, as another team does. */
  addFolder(uid: string, title: string): void;
  /** Saves a dashboard in a folder, as another team does. */
  addDashboard(uid: string, folderUid: string): void;
  removeDashboard(uid: string): void;
  readonly stop: () => Promise<void> | void;
}

/** The token that both accept. */
export const TOKEN = 'token-of-the-test';

const titled = (json: Record<string, unknown>) => ({ ...json, title: `My ${json.title}` });

/** The stand-in of the provider, which keeps everything in memory. */
export async function inMemory(): Promise<Grafana> {
  const { environment, grafana, done, stop } = await startProvider();
  const dashboard = (uid: string) => {
    const stored = grafana.get(keyOf(DASHBOARD, uid));
    if (stored === undefined) throw new Error(`the dashboard ${uid} is not in Grafana`);
    return { stored, json: JSON.parse(String(stored.inputs.configJson)) as Record<string, unknown> };
  };
  return {
    environment: { ...environment, GRAFANA_URL: 'http://127.0.0.1:9', GRAFANA_AUTH: TOKEN },
    contents: () =>
      [...grafana.keys()]
        .filter((key) => key.startsWith(DASHBOARD) || key.startsWith(FOLDER))
        .map((key) => key.replace(DASHBOARD, 'dashboard').replace(FOLDER, 'folder'))
        .sort(),
    changes: () => done.splice(0).length,
    retitle: (uid) => {
      const { stored, json } = dashboard(uid);
      stored.inputs = { ...stored.inputs, configJson: JSON.stringify(titled(json)) };
    },
    titleOf: (uid) => String(dashboard(uid).json.title),
    addFolder: (uid, title) => {
      grafana.set(keyOf(FOLDER, uid), { type: FOLDER, inputs: { uid, title } });
    },
    addDashboard: (uid, folder) => {
      const configJson = JSON.stringify({ uid, title: uid });
      grafana.set(keyOf(DASHBOARD, uid), { type: DASHBOARD, inputs: { configJson, folder } });
    },
    removeDashboard: (uid) => {
      grafana.delete(keyOf(DASHBOARD, uid));
    },
    stop,
  };
}

/**
 * The real provider against a stand-in of Grafana's API.
 *
 * @param plugin path of `pulumi-resource-grafana`
 */
export async function withProvider(plugin: string): Promise<Grafana> {
  const { url, folders, dashboards, writes, stop } = await startGrafana(TOKEN);
  const dashboard = (uid: string) => {
    const found = dashboards.get(uid);
    if (found === undefined) throw new Error(`the dashboard ${uid} is not in Grafana`);
    return found;
  };
  return {
    environment: {
      // The command prefers a plugin on the PATH to one that it would download.
      PATH: `${dirname(plugin)}${delimiter}${process.env.PATH ?? ''}`,
      GRAFANA_URL: url,
      GRAFANA_AUTH: TOKEN,
    },
    contents: () =>
      [
        ...[...folders.keys()].map((uid) => `folder ${uid}`),
        ...[...dashboards.keys()].map((uid) => `dashboard ${uid}`),
      ].sort(),
    changes: () => writes.splice(0).length,
    retitle: (uid) => {
      const found = dashboard(uid);
      dashboards.set(uid, { ...found, json: titled(found.json) });
    },
    titleOf: (uid) => String(dashboard(uid).json.title),
    addFolder: (uid, title) => {
      folders.set(uid, { uid, title });
    },
    addDashboard: (uid, folderUid) => {
      dashboards.set(uid, { json: { id: 1, uid, title: uid, version: 1 }, folderUid, version: 1 });
    },
    removeDashboard: (uid) => {
      dashboards.delete(uid);
    },
    stop,
  };
}
