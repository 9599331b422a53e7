import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { packageRoot } from '../../src/package/root.js';
import { freePort } from '../../src/processes/process.js';
import { findNodeExporter } from './node-exporter.js';
import { stateFile } from './state-file.js';
import { startTarget, type Target } from './target.js';

/* The programs that are compared. All of them read the same state file. */

export const OURS = 'pending-writes-exporter';
export const PRERENDERED = 'prerendered buffer';

export type Mode = 'unchanged' | 'changed at rest' | 'changed just now';
export const MODES: readonly Mode[] = ['unchanged', 'changed at rest', 'changed just now'];

export interface Program {
  readonly name: string;
  readonly modes: readonly Mode[];
  readonly start: () => Promise<Target>;
  /** Makes the program see another version of the state file; undefined where it reads the file itself. */
  readonly onChange?: (version: number) => void;
}

/** The flags of Node.js in the image's command line. */
const IMAGE_FLAGS = JSON.parse(
  /^ENTRYPOINT (.*)$/m.exec(readFileSync(join(packageRoot, 'deploy', 'Dockerfile'), 'utf8'))?.[1] ?? '[]',
).filter((word: string) => word.startsWith('--')) as readonly string[];

const tsx = import.meta.resolve('tsx');
const program = (name: string) => join(import.meta.dirname ?? packageRoot, name);

/**
 * Makes a state file of so many relays, and what the programs need to serve it.
 *
 * @param exporter the built exporter
 */
export async function prepare(relays: number, exporter: string) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-exporter-'));
  const file = join(folder, 'pending-writes-state.json');
  const texts = [stateFile(relays, 1), stateFile(relays, 2)] as const;
  writeFileSync(file, texts[0]);
  /** @param start the command line up to the flags of the exporter */
  const ours = (start: readonly [string, ...string[]] = [process.execPath, exporter]) =>
    startTarget(
      start[0],
      [
        ...start.slice(1),
        '--state-file',
        file,
        '--web.listen-address',
        '127.0.0.1:0',
        '--state-file.max-bytes',
        '500000000',
        '--state-file.max-relays',
        '1000000',
      ],
      { port: /msg=listening address=127\.0\.0\.1:(\d+)/ },
    );

  const first = await ours();
  const exposition = await first.text();
  await first.stop();
  const page = join(folder, 'page.prom');
  writeFileSync(page, exposition);
  // What a jq job would write: the same lines. Its own work (some seconds at 10,000 relays) is not counted.
  const textfiles = join(folder, 'textfiles');
  mkdirSync(textfiles);
  const writeTextfile = (version: number) => {
    writeFileSync(
      join(textfiles, 'pending.tmp'),
      exposition.replace(/^(pending_writes_drive_version\{.*\}) \d+$/gm, `$1 ${version}`),
    );
    renameSync(join(textfiles, 'pending.tmp'), join(textfiles, 'pending.prom'));
  };
  writeTextfile(1);

  const programs: Program[] = [
    { name: OURS, modes: MODES, start: () => ours() },
    {
      name: PRERENDERED,
      modes: ['unchanged'],
      start: () =>
        startTarget(process.execPath, ['--import', tsx, program('prerendered.ts'), page], {
          port: /listening (\d+)/,
        }),
    },
    {
      name: 'naive prom-client',
      modes: MODES,
      start: () =>
        startTarget(process.execPath, ['--import', tsx, program('naive.ts'), file], {
          port: /listening (\d+)/,
        }),
    },
  ];
  const nodeExporter = await findNodeExporter();
  if ('path' in nodeExporter) {
    const port = await freePort();
    programs.push({
      name: 'textfile collector',
      modes: MODES,
      onChange: writeTextfile,
      start: () =>
        startTarget(
          nodeExporter.path,
          [
            '--collector.disable-defaults',
            '--collector.textfile',
            `--collector.textfile.directory=${textfiles}`,
            '--web.disable-exporter-metrics',
            `--web.listen-address=127.0.0.1:${port}`,
          ],
          // The port is known; the pattern only waits for the line that names it.
          { port: new RegExp(`address=\\S*?:(${port})`, 'i') },
        ),
    });
  } else {
    console.log(nodeExporter.missing);
  }

  return {
    programs,
    /** The exporter as the image starts it, and as npx does: the file chooses the flags of Node.js. */
    asDeployed: [
      { name: `${OURS}, image`, start: () => ours([process.execPath, ...IMAGE_FLAGS, exporter]) },
      { name: `${OURS}, npx`, start: () => ours([exporter]) },
    ],
    /** Writes another version of the state file. */
    change: (version: number) => {
      writeFileSync(file, texts[version % 2] as string);
      for (const { onChange } of programs) onChange?.(version);
    },
    fileBytes: texts[0].length,
    expositionBytes: exposition.length,
    remove: () => rmSync(folder, { recursive: true }),
  };
}
