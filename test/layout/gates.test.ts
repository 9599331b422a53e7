import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package/root.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';

const program = (path: string) => join(packageRoot, 'node_modules', path);

/** What a program of the project says about a small project with these files. */
function judged(
  args: readonly string[],
  files: Readonly<Record<string, string>>,
): { status: number | null; output: string } {
  const folder = temporaryFolder('gateway-observability-gate');
  try {
    for (const config of ['biome.json', 'knip.jsonc'])
      copyFileSync(join(packageRoot, config), join(folder.path, config));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder.path, name)), { recursive: true });
      writeFileSync(join(folder.path, name), text);
    }
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      cwd: folder.path,
      encoding: 'utf8',
    });
    return { status, output: stdout + stderr };
  } finally {
    folder.remove();
  }
}

const lint = (file: string, text: string) =>
  judged([program('@biomejs/biome/bin/biome'), 'lint', '--vcs-enabled=false'], { [file]: text }).output;

const knip = (files: Readonly<Record<string, string>>) => judged([program('knip/bin/knip.js')], files);

const lines = (count: number) => `  console.log();\n`.repeat(count);
const nested = (depth: number): string =>
  depth === 0 ? 'console.log();' : `for (;;) { ${nested(depth - 1)} }`;

describe('the linter', () => {
  it('refuses a function of more than 100 lines in production code', () => {
    const rule = 'noExcessiveLinesPerFunction';
    expect(lint('src/model/a.ts', `export function a() {\n${lines(101)}}\n`)).toContain(rule);
    expect(lint('src/model/a.ts', `export function a() {\n${lines(90)}}\n`)).not.toContain(rule);
  });

  it('refuses a function that is too complex to follow', () => {
    const rule = 'noExcessiveCognitiveComplexity';
    // Each loop costs one more than the one around it: 36 for eight, 28 for seven.
    expect(lint('dashboards/a.ts', `export function a() { ${nested(8)} }\n`)).toContain(rule);
    expect(lint('dashboards/a.ts', `export function a() { ${nested(7)} }\n`)).not.toContain(rule);
  });
});

describe('knip', () => {
  const project = {
    'package.json': '{ "name": "small", "type": "module" }',
    'src/index.ts': "import { used } from './model/a.js';\nconsole.log(used);\n",
    'src/model/a.ts': 'export const used = 1;\n',
  };

  it('refuses an export that nothing uses, a file that nothing imports and a dependency that nothing needs', () => {
    expect(knip(project).status).toBe(0);
    const { status, output } = knip({
      ...project,
      'package.json': '{ "name": "small", "type": "module", "dependencies": { "left-pad": "1.3.0" } }',
      'src/model/a.ts': 'export const used = 1;\nexport const idle = 2;\n',
      'src/model/b.ts': 'export const lonely = 3;\n',
    });
    expect(status).toBe(1);
    expect(output).toMatch(/idle\s+src\/model\/a\.ts/);
    expect(output).toMatch(/src\/model\/b\.ts/);
    expect(output).toMatch(/left-pad/);
  });
});
