import { existsSync } from 'node:fs';
import { chmod, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findTool } from './find.js';
import { ManagedProcess, onFreePort, waitFor } from './process.js';
import { temporaryFolder } from './temporary-folder.js';

/** Where Debian's build looks for its templates; other builds carry them inside. */
const TEMPLATES = '/usr/share/prometheus/alertmanager';

/** What to start, and in which folder. */
export interface Startable {
  readonly command: string;
  readonly cwd: string;
}

let answer: Promise<Startable> | undefined;

/**
 * An Alertmanager that starts. Debian's build reads its templates from a fixed path and ends when they are not there, as
 * is so when its package was unpacked into the cache folder instead of being installed. In that case it is a copy whose
 * path is relative, to be started in the folder the package was unpacked to; nothing else of it is changed.
 */
export function startableAlertmanager(): Promise<Startable> {
  answer ??= find();
  return answer;
}

async function find(): Promise<Startable> {
  const command = await findTool('alertmanager');
  const unpacked = dirname(dirname(dirname(command)));
  const isThere = (folder: string) => existsSync(join(folder, 'default.tmpl'));
  if (isThere(TEMPLATES) || !isThere(join(unpacked, TEMPLATES))) return { command, cwd: unpacked };

  const binary = await readFile(command);
  const from = Buffer.from(TEMPLATES);
  // As long as the original: the program keeps the lengths of its strings elsewhere.
  const to = Buffer.from('usr/share/prometheus//alertmanager');
  let changed = 0;
  for (let at = binary.indexOf(from); at >= 0; at = binary.indexOf(from, at + to.length)) {
    to.copy(binary, at);
    changed += 1;
  }
  if (changed === 0) throw new Error(`${command}: found no ${TEMPLATES} in it, expected Debian's build`);
  const copy = join(temporaryFolder('gateway-observability-alertmanager-binary').path, 'alertmanager');
  await writeFile(copy, binary);
  await chmod(copy, 0o755);
  return { command: copy, cwd: unpacked };
}

/**
 * Starts Alertmanager on 127.0.0.1 with a configuration file, and waits until it is ready.
 *
 * @param onStart gets each process as soon as it runs, so that it can be stopped whatever follows
 */
export function launchAlertmanager(
  file: string,
  startable: Startable,
  onStart: (process: ManagedProcess) => void,
): Promise<{ readonly alertmanager: ManagedProcess; readonly url: string }> {
  return onFreePort(async (port) => {
    const url = `http://127.0.0.1:${port}`;
    const alertmanager = await ManagedProcess.start({
      name: 'alertmanager',
      ...startable,
      args: [
        `--config.file=${file}`,
        `--storage.path=${join(dirname(file), 'data')}`,
        `--web.listen-address=127.0.0.1:${port}`,
        // The name of this machine may not resolve; links in notifications name this address.
        `--web.external-url=${url}`,
        '--cluster.listen-address=',
      ],
    });
    onStart(alertmanager);
    await waitFor(async () => (await fetch(`${url}/-/ready`)).ok, {
      what: 'Alertmanager to be ready',
      timeoutMs: 120_000,
      alive: [alertmanager],
    });
    return { alertmanager, url };
  });
}
