import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import { type PageWorkplace, pageFolder, pageInBackground } from '../../src/view/page-files.js';

/* A checkout of a few files, and programs that only write what they are asked for. The page itself is built in test/view/browser.test.ts. */

let folder: TemporaryFolder;
let ran: string[];
beforeEach(() => {
  folder = temporaryFolder('gateway-observability-page-files');
  ran = [];
  write('preview/page/page.tsx', 'page');
  write('preview/page/parts/part.ts', 'part');
  write('src/view/a.ts', 'a');
  write('src/promql/b.ts', 'b');
  write('deploy/build-page.ts', 'build');
  write('preview/package-lock.json', packages({ '': undefined, 'node_modules/x': '1.0.0' }));
  write('preview/node_modules/.package-lock.json', packages({ 'node_modules/x': '1.0.0' }));
});
afterEach(() => folder.remove());

const place = (path: string) => join(folder.path, path);
function write(path: string, text: string) {
  mkdirSync(dirname(place(path)), { recursive: true });
  writeFileSync(place(path), text);
}
const packages = (versions: Record<string, string | undefined>) =>
  JSON.stringify({
    packages: Object.fromEntries(Object.entries(versions).map(([path, version]) => [path, { version }])),
  });

/** Stands in for the programs: the build writes its page, the others do nothing. */
const run: PageWorkplace['run'] = async ({ name, command, args, cwd }) => {
  ran.push(`${name}: ${[command, ...args].join(' ')} in ${cwd}`.replaceAll(folder.path, '~'));
  if (name === 'the build of the page') {
    const part = args.at(-1) as string;
    // What an earlier build left behind is gone.
    expect(existsSync(part)).toBe(false);
    mkdirSync(part);
    writeFileSync(join(part, 'page.js'), 'script');
  }
  return { code: 0, output: 'done' };
};
const workplace = (more: Partial<PageWorkplace> = {}): PageWorkplace => ({
  root: folder.path,
  isInstalled: false,
  run,
  ...more,
});
const built = () => pageFolder({}, workplace());
const cached = () => readdirSync(place('.cache/page'));

describe('the page of a checkout', () => {
  it('is built once, and what was built before is removed', async () => {
    write('.cache/page/old/page.js', 'old');
    const progress: string[] = [];
    const path = await pageFolder({ onProgress: (what) => progress.push(what) }, workplace());
    expect(readFileSync(join(path, 'page.js'), 'utf8')).toBe('script');
    expect(dirname(path)).toBe(place('.cache/page'));
    const [name] = cached();
    expect(cached()).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/)]);
    expect(ran).toEqual([
      `the build of the page: ${process.execPath} --import tsx ~/deploy/build-page.ts ~/.cache/page/${name}.part in ~`,
    ]);
    expect(progress).toEqual(['building the page that draws dashboards, once']);
    expect(readdirSync(place('.cache'))).toEqual(['page']);
    expect(await built()).toBe(path);
    expect(ran).toHaveLength(1);
  });

  it.each([
    'preview/page/page.tsx',
    'preview/page/parts/part.ts',
    'src/view/a.ts',
    'src/promql/b.ts',
    'deploy/build-page.ts',
    'preview/package-lock.json',
  ])('is built again when %s has changed', async (path) => {
    const before = await built();
    write(path, `${readFileSync(place(path), 'utf8')} `);
    expect(await built()).not.toBe(before);
    expect(ran).toHaveLength(2);
  });

  it('is built again when a file has another name, or is there no more', async () => {
    const before = await built();
    write('src/view/c.ts', 'a');
    rmSync(place('src/view/a.ts'));
    const renamed = await built();
    expect(renamed).not.toBe(before);
    rmSync(place('src/view/c.ts'));
    expect(await built()).not.toBe(renamed);
  });

  it('is not built again for files that are no code, or not a part of it', async () => {
    const before = await built();
    write('src/view/notes.md', 'x');
    write('src/view/a.ts.orig', 'x');
    write('src/cli/other.ts', 'of no page');
    expect(await built()).toBe(before);
  });

  it.each<[string, string | undefined]>([
    ['are missing', undefined],
    ['are of another version', packages({ 'node_modules/x': '1.0.1' })],
    ['include one too many', packages({ 'node_modules/x': '1.0.0', 'node_modules/y': '1.0.0' })],
  ])('needs its packages, which are installed where they %s', async (_, installed) => {
    if (installed === undefined) rmSync(place('preview/node_modules'), { recursive: true });
    else write('preview/node_modules/.package-lock.json', installed);
    const progress: string[] = [];
    await pageFolder({ onProgress: (what) => progress.push(what) }, workplace());
    expect(progress).toEqual([
      'installing the packages that draw dashboards, once',
      'building the page that draws dashboards, once',
    ]);
    expect(ran).toHaveLength(2);
    expect(ran[0]).toBe(
      'npm ci --prefix preview: npm ci --prefix ~/preview --omit=dev --no-audit --no-fund --prefer-offline in ~',
    );
  });

  it('is not there where its packages or its build fail, with what the program said last', async () => {
    const failing = (code: number | null, output: string) =>
      pageFolder({}, workplace({ run: async () => ({ code, output }) }));
    await expect(failing(1, 'no space left')).rejects.toThrow(
      expect.objectContaining({ name: 'PageError', message: 'the build of the page failed: no space left' }),
    );
    await expect(failing(7, '')).rejects.toThrow('the build of the page failed: exit code 7');
    await expect(failing(null, '')).rejects.toThrow('the build of the page failed: exit code null');
    rmSync(place('preview/node_modules'), { recursive: true });
    await expect(failing(1, 'offline')).rejects.toThrow('npm ci --prefix preview failed: offline');
    expect(cached()).toEqual([]);
    write('.cache/page/x.part', 'left behind by a build that was ended');
    const path = await built();
    write(`.cache/page/${path.split('/').at(-1)}.part/x`, 'left behind');
    write('src/view/a.ts', 'changed');
    await built();
    expect(cached()).toHaveLength(1);
  });

  it('starts where an earlier build of the same files was ended', async () => {
    const path = await built();
    rmSync(path, { recursive: true });
    write(`.cache/page/${path.split('/').at(-1)}.part/page.js`, 'half of it');
    expect(readFileSync(join(await built(), 'page.js'), 'utf8')).toBe('script');
  });

  it('is built by one process, while others wait for it', async () => {
    const paths = await Promise.all([built(), built()]);
    expect(paths[0]).toBe(paths[1]);
    expect(ran).toHaveLength(1);
  });

  it('passes the signal on to what it starts', async () => {
    const { signal } = new AbortController();
    let passed: AbortSignal | undefined;
    await pageFolder(
      { signal },
      workplace({
        run: (options, given) => {
          passed = given;
          return run(options);
        },
      }),
    );
    expect(passed).toBe(signal);
  });
});

describe('the page of an installed package', () => {
  it('is the one that it brings', async () => {
    const installed = () => pageFolder({}, workplace({ isInstalled: true }));
    write('dist/page/page.css', 'the style alone');
    await expect(installed()).rejects.toThrow(
      `${place('dist/page')}: the page that draws dashboards is missing; install the package again`,
    );
    write('dist/page/page.js', 'script');
    expect(await installed()).toBe(place('dist/page'));
    expect(ran).toEqual([]);
  });
});

describe('a page that is built while a server runs', () => {
  it('is there when it is ready', async () => {
    const progress: string[] = [];
    let done: (path: string) => void = () => undefined;
    const page = pageInBackground({ onProgress: (what) => progress.push(what) }, (options) => {
      options?.onProgress?.('building');
      return new Promise((resolve) => {
        done = resolve;
      });
    });
    expect([page.folder(), page.progress(), progress]).toEqual([undefined, 'building', ['building']]);
    done('the folder');
    await page.ready;
    expect(page.folder()).toBe('the folder');
  });

  it('may be followed by nobody', async () => {
    const page = pageInBackground({}, async (options) => {
      options?.onProgress?.('building');
      return 'the folder';
    });
    expect(page.progress()).toBe('building');
    await page.ready;
    expect(page.folder()).toBe('the folder');
  });

  it('says so before anything is done, and why it failed', async () => {
    const { signal } = new AbortController();
    let given: AbortSignal | undefined;
    const page = pageInBackground({ signal }, (options) => {
      given = options?.signal;
      return Promise.reject(new Error('it failed'));
    });
    expect([page.folder(), page.progress(), given]).toEqual([undefined, 'starting', signal]);
    await expect(page.ready).rejects.toThrow('it failed');
    expect([page.folder(), page.progress()]).toEqual([undefined, 'it failed']);
  });

  it('may fail without anyone waiting for it', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    try {
      pageInBackground({}, () => Promise.reject(new Error('it failed')));
      await new Promise((resolve) => setImmediate(resolve));
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(unhandled).toEqual([]);
  });
});
