import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { notices } from './notices.js';

/*
 * Builds the JavaScript of the package:
 *
 *   tsx deploy/build-package.ts
 *
 * Bundled, because reading some 400 small modules takes as long as the work of most commands (`npm run bench:cli`). Split into
 * chunks, because the command line and the programs of a team must share one copy of each class.
 */

const root = dirname(import.meta.dirname as string);

/**
 * Leaves out the SDK's builders of Grafana's newer dashboards, more than half of the SDK: the newer form is made from the classic one, with the
 * SDK's types alone. Without them, `check` and `generate` take less (`npm run bench:cli`); the tests of the package run both.
 */
const withoutNewerBuilders: Plugin = {
  name: 'without-newer-builders',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /Builder\.gen$/ }, ({ path, importer }) => {
      const [, folder] = /grafana-foundation-sdk\/dist\/(\w+)\/index\.js$/.exec(importer) ?? [];
      const isNewer =
        folder === 'dashboardv2' ||
        /\/(?:visualization|visualizationV2|query|queryV2)Builder\.gen$/.test(path);
      return folder !== undefined && folder !== 'dashboard' && isNewer
        ? { path, namespace: 'left-out' }
        : undefined;
    });
    onLoad({ filter: /./, namespace: 'left-out' }, () => ({ contents: '', loader: 'js' }));
  },
};

const { metafile } = await build({
  absWorkingDir: root,
  entryPoints: [
    'src/cli/main.ts',
    'src/index.ts',
    'src/pulumi/index.ts',
    'src/pulumi/program.ts',
    'src/demo/simulator.ts',
  ],
  outbase: '.',
  outdir: 'dist',
  chunkNames: 'src/chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  metafile: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  plugins: [withoutNewerBuilders],
  // The user's own, and a loader of TypeScript that reads files beside itself.
  external: ['@pulumi/*', '@pulumiverse/*', 'jiti'],
  // Some of the libraries are CommonJS.
  banner: {
    js: "import { createRequire as createRequireOfBundle } from 'node:module'; const require = createRequireOfBundle(import.meta.url);",
  },
  logLevel: 'warning',
});

const heading = 'The JavaScript in this folder contains these libraries:';
writeFileSync(
  join(root, 'dist/NOTICES.txt'),
  `${heading}\n\n${notices(root, Object.keys(metafile.inputs))}\n`,
);
