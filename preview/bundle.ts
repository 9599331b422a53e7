import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Editors and maps: imported by the packages, drawn by no panel, and half of the bundle. */
const UNUSED = /^(?:monaco-editor|@monaco-editor\/react|ol)(?:\/|$)/;

const withoutUnused: Plugin = {
  name: 'without-unused',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: UNUSED }, () => ({ path: 'unused', namespace: 'unused' }));
    // CommonJS: any name may be imported from it.
    onLoad({ filter: /.*/, namespace: 'unused' }, () => ({ contents: 'module.exports = {};' }));
  },
};

/** The page's script and its styles, as texts. Fonts are inside the styles. */
export async function bundlePage(): Promise<{ script: string; styles: string }> {
  const { outputFiles } = await build({
    entryPoints: [here('./page/index.tsx')],
    bundle: true,
    write: false,
    outdir: here('./out'),
    format: 'iife',
    platform: 'browser',
    target: 'chrome110',
    jsx: 'automatic',
    tsconfig: here('./page/tsconfig.json'),
    define: { 'process.env.NODE_ENV': '"production"', global: 'globalThis' },
    loader: { '.svg': 'dataurl', '.ttf': 'dataurl', '.woff': 'dataurl', '.woff2': 'dataurl' },
    plugins: [withoutUnused],
    logLevel: 'silent',
  });
  const text = (suffix: string) => outputFiles.find(({ path }) => path.endsWith(suffix))?.text;
  const script = text('.js');
  if (script === undefined) throw new Error('esbuild gave no script for preview/page/index.tsx');
  return { script, styles: text('.css') ?? '' };
}
