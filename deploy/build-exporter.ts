import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { notices } from './notices.js';

/*
 * Builds the exporter into one file that needs nothing but Node.js:
 *
 *   tsx deploy/build-exporter.ts dist/pending-writes-exporter.cjs
 *
 * CommonJS, because most of the libraries are, and because such a file runs under any name and without a package.json next to it.
 */

const root = dirname(import.meta.dirname as string);

const lessOfPromClient: Plugin = {
  name: 'prom-client',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^prom-client$/ }, () => ({ path: join(root, 'deploy', 'prom-client.cjs') })),
};

/*
 * The file as a program starts Node.js with the flags that keep a process of this size small; they only count at its start. Not with
 * `env -S`, which Alpine Linux does not have: for a shell the second line starts Node.js, for JavaScript it is a string and a comment.
 */
const START = `#!/bin/sh
':' //; exec node --max-semi-space-size=1 --optimize-for-size "$0" "$@"`;

/** Writes the single file. */
export async function buildExporter(outfile: string): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['src/exporter/main.ts'],
    outfile,
    bundle: true,
    write: false,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    plugins: [lessOfPromClient],
    banner: { js: START },
    define: { EXPORTER_VERSION: JSON.stringify(version) },
    logLevel: 'warning',
  });
  const [output] = outputFiles;
  const licences = notices(root, Object.keys(metafile.inputs));
  mkdirSync(dirname(outfile), { recursive: true });
  const heading = `pending-writes-exporter ${version} (Apache-2.0), with these libraries:`;
  writeFileSync(outfile, `${output?.text}\n/*\n${heading}\n\n${licences}\n*/\n`);
  chmodSync(outfile, 0o755);
}

const [, started, outfile] = process.argv;
if (started !== undefined && existsSync(started) && import.meta.url === pathToFileURL(started).href) {
  if (outfile === undefined) throw new Error('usage: tsx deploy/build-exporter.ts <file>');
  await buildExporter(resolve(outfile));
}
