import { execFile } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { Pulumi } from './command.js';
import { inMemory, withProvider } from './grafanas.js';
import { adoption, credentials, lifecycle, removal } from './lifecycle.js';
import { startLanguageHost } from './stand-ins.js';

/*
 * npm run test:pulumi-cli
 *
 * The program under the real `pulumi` command with a local file backend: what is planned, created, compared, refused, reverted after a manual edit,
 * removed, adopted. Not a part of `npm test`.
 *
 * GRAFANA_PROVIDER_PLUGIN=<path of pulumi-resource-grafana> uses the real provider, against a stand-in of Grafana's API. Without it, a stand-in of the
 * provider is used, and the run proves only what Pulumi's engine does. The language host is that of the PATH, or a stand-in of it.
 */

const run = promisify(execFile);
const PLUGIN = 'GRAFANA_PROVIDER_PLUGIN';

async function isAvailable(command: string, argument: string): Promise<boolean> {
  return run(command, [argument]).then(
    () => true,
    (error: NodeJS.ErrnoException) => error.code !== 'ENOENT',
  );
}

async function main(): Promise<number> {
  if (!(await isAvailable('pulumi', 'version'))) {
    console.error(
      'COULD NOT RUN: the command pulumi is not on the PATH. Install it (https://www.pulumi.com/docs/install/) and try again.',
    );
    return 2;
  }
  const plugin = process.env[PLUGIN];
  if (plugin !== undefined && (basename(plugin) !== 'pulumi-resource-grafana' || !existsSync(plugin))) {
    console.error(`${PLUGIN}: found ${plugin}, expected the path of the program pulumi-resource-grafana`);
    return 2;
  }
  const files = temporaryFolder('pulumi-cli');
  const state = join(files.path, 'state');
  mkdirSync(state);
  const host = (await isAvailable('pulumi-language-nodejs', '--help'))
    ? undefined
    : await startLanguageHost();
  console.log(`language host: ${host === undefined ? 'that of the PATH' : 'a stand-in'}`);
  const grafana = plugin === undefined ? await inMemory() : await withProvider(resolve(plugin));
  console.log(
    plugin === undefined
      ? `provider: a stand-in. This run proves only what Pulumi's engine does with the program. For the provider, set ${PLUGIN}.`
      : `provider: ${plugin}, against a stand-in of Grafana's API`,
  );
  try {
    const pulumi = new Pulumi(state, { ...host?.environment, ...grafana.environment });
    await lifecycle(pulumi, grafana, files.path);
    await removal(pulumi, grafana);
    await adoption(pulumi, grafana, files.path);
    if (plugin !== undefined) await credentials(pulumi, grafana);
    return 0;
  } finally {
    host?.stop();
    await grafana.stop();
    files.remove();
  }
}

process.exitCode = await main().catch((error: Error) => {
  console.error(error.message);
  return 1;
});
