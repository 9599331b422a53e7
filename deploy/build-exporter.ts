import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';

/*
 * Builds the exporter into one file that needs nothing but Node.js:
 *
 *   tsx deploy/build-exporter.ts dist/pending-writes-exporter.cjs
 *
 * CommonJS, because most of the libraries are, and because such a file runs under any name and without a package.json next to it.
 */

const root = dirname(import.meta.dirname as string);

interface Package {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

const packageAt = (folder: string) =>
  JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package;

/** The folder of the package that a bundled file belongs to, or undefined for our own. */
const packageFolder = (file: string) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file)?.[0];

/** The licences of the libraries in the bundle, as they demand to be passed on. Throws where a package has none. */
function notices(files: readonly string[]): string {
  const folders = [...new Set(files.flatMap((file) => packageFolder(file) ?? []))].sort();
  return folders
    .map((folder) => {
      const { name, version, license } = packageAt(join(root, folder));
      const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e/i.test(name));
      if (license === undefined || file === undefined) throw new Error(`${folder}: no licence was found`);
      const text = readFileSync(join(root, folder, file), 'utf8')
        .replaceAll('*/', '* /')
        .trim();
      return `${name} ${version} (${license})\n\n${text}`;
    })
    .join(`\n\n${'-'.repeat(80)}\n\n`);
}

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
  const { version } = packageAt(root);
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
  const licences = notices(Object.keys(metafile.inputs));
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
