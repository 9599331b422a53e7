import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { notices } from './notices.js';

/*
 * Builds the page that draws dashboards:
 *
 *   tsx deploy/build-page.ts dist/page
 *
 * The folder then holds its script, styles, fonts, icons and the licences of what is in them. Needs the packages of preview/.
 */

const root = dirname(import.meta.dirname as string);
const preview = join(root, 'preview');

/** Packages that `preview/package.json` replaces with an empty one: imported by the others, drawn by no panel. */
const UNUSED = Object.entries(
  (JSON.parse(readFileSync(join(preview, 'package.json'), 'utf8')) as { overrides: Record<string, string> })
    .overrides,
)
  .filter(([, version]) => version.startsWith('npm:empty-npm-package@'))
  .map(([name]) => name);

/** Takes any name and any use: classes extend it and functions are called while the packages are loaded. */
const NOTHING = `const nothing = new Proxy(function () {}, {
  get: (_, name) => (name === Symbol.toPrimitive ? () => '' : name === '__esModule' ? false : name === 'prototype' ? Object.prototype : nothing),
  apply: () => nothing,
});
module.exports = nothing;`;

const withoutUnused: Plugin = {
  name: 'without-unused',
  setup({ onResolve, onLoad }) {
    const filter = new RegExp(`^(?:${UNUSED.map((name) => name.replace(/[/.]/g, '\\$&')).join('|')})(?:/|$)`);
    onResolve({ filter }, () => ({ path: 'unused', namespace: 'unused' }));
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: NOTHING }));
  },
};

async function main(target: string): Promise<void> {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { page: join(preview, 'page', 'index.tsx') },
    bundle: true,
    minify: true,
    metafile: true,
    outdir: target,
    format: 'iife',
    platform: 'browser',
    target: 'chrome110',
    jsx: 'automatic',
    legalComments: 'none',
    tsconfig: join(preview, 'page', 'tsconfig.json'),
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    loader: { '.svg': 'dataurl', '.ttf': 'dataurl', '.woff': 'dataurl', '.woff2': 'dataurl' },
    // Grafana's packages read nothing with zod here; without this it would try to compile code, which the page forbids.
    banner: { js: 'globalThis.__zod_globalConfig={jitless:true};' },
    plugins: [withoutUnused],
    logLevel: 'error',
  });
  const packages = join(preview, 'node_modules');
  cpSync(join(packages, '@grafana/ui/dist/public/img/icons'), join(target, 'icons'), { recursive: true });
  const fonts = {
    'inter-400.woff2': '@fontsource/inter/files/inter-latin-400-normal.woff2',
    'inter-500.woff2': '@fontsource/inter/files/inter-latin-500-normal.woff2',
    'roboto-mono.woff2': '@fontsource/roboto-mono/files/roboto-mono-latin-400-normal.woff2',
  };
  mkdirSync(join(target, 'fonts'), { recursive: true });
  for (const [name, file] of Object.entries(fonts)) cpSync(join(packages, file), join(target, 'fonts', name));
  const files = [
    ...Object.keys(metafile.inputs),
    ...Object.values(fonts).map((file) => join('preview/node_modules', file)),
  ];
  writeFileSync(join(target, 'third-party-notices.txt'), notices(root, files, true));
}

const target = process.argv[2];
if (target === undefined) {
  process.stderr.write('usage: tsx deploy/build-page.ts <folder>\n');
  process.exitCode = 2;
} else await main(resolve(target));
