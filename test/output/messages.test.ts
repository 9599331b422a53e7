import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { version } from '../../src/package/version.js';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import type { Artifact } from '../../src/renderers/artifact.js';
import { compareFiles } from '../../src/renderers/drift.js';
import { formatManifest, MANIFEST, versionOf } from '../../src/renderers/manifest.js';
import { OutputError } from '../../src/renderers/output-folder.js';
import { LOCK } from '../../src/renderers/output-lock.js';
import type { WriteOptions } from '../../src/renderers/output-plan.js';
import { writeFiles } from '../../src/renderers/write.js';

const FILES: readonly Artifact[] = [
  { path: 'a.yaml', content: 'a\n' },
  { path: 'sub/b.yaml', content: 'b\n' },
];
const AFTER: readonly Artifact[] = [
  { path: 'a.yaml', content: 'changed\n' },
  { path: 'c.yaml', content: 'c\n' },
];
const CONFLICT = '<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> branch\n';

let parent: TemporaryFolder;
let out: string;
beforeEach(() => {
  parent = temporaryFolder('output-messages');
  out = join(parent.path, 'out');
  writeFiles(out, FILES);
});
afterEach(() => {
  chmodSync(out, 0o755);
  parent.remove();
});

const put = (path: string, content: string) => {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  writeFileSync(join(out, path), content);
};
const messageOf = (run: () => unknown) => {
  try {
    run();
    return undefined;
  } catch (error) {
    expect(error).toBeInstanceOf(OutputError);
    return (error as Error).message.replaceAll(`${out}/`, '').replaceAll(out, 'OUT');
  }
};
const UNCHANGED = 'OUT: nothing was written';
const EDITED =
  'was edited manually; undo the edit (or make it in the definitions), or overwrite it with --force';

describe('a run that is refused', () => {
  it.each<[string, () => void, string, WriteOptions]>([
    ['an edit', () => put('a.yaml', 'mine\n'), `a.yaml: ${EDITED}`, {}],
    [
      'an edit of what is no longer generated',
      () => put('sub/b.yaml', 'mine\n'),
      'sub/b.yaml: was edited manually and is no longer generated; move it away, or remove it with --force',
      {},
    ],
    [
      'a file of others',
      () => put('c.yaml', 'mine\n'),
      'c.yaml: was not written by generate; move it away',
      { adopt: true },
    ],
    [
      'a file of others in a folder without a manifest',
      () => {
        rmSync(join(out, MANIFEST));
        rmSync(join(out, 'sub'), { recursive: true });
      },
      'a.yaml: was not written by generate; move it away, or let generate overwrite it with --adopt',
      {},
    ],
    [
      'a folder',
      () => put('c.yaml/mine', ''),
      'c.yaml: is a folder, expected a file; move it away',
      { force: true },
    ],
    [
      'a folder in the place of what is no longer generated',
      () => {
        rmSync(join(out, 'sub/b.yaml'));
        put('sub/b.yaml/mine', '');
      },
      'sub/b.yaml: is a folder, expected a file; remove it, or leave it alone with --force',
      {},
    ],
    [
      'an edited manifest',
      () => put(MANIFEST, `${readFileSync(join(out, MANIFEST), 'utf8')}# mine\n`),
      `${MANIFEST}: was edited manually; restore it, or rewrite it with --force`,
      {},
    ],
    [
      'a file without write permission',
      () => chmodSync(join(out, 'a.yaml'), 0o444),
      'a.yaml: is read-only, but must be changed; make it writable',
      {},
    ],
    [
      'a folder without write permission',
      () => chmodSync(out, 0o555),
      'is a read-only folder, but must be changed; make it writable',
      {},
    ],
  ])('names the file, the reason and what to do: %s', (_, change, message, options) => {
    change();
    const said = messageOf(() => writeFiles(out, AFTER, options)) ?? '';
    expect(said.split('\n').map((line) => line.replace(/^OUT: is/, 'is'))).toEqual([message, UNCHANGED]);
  });

  it('names them by path, whether or not they are still generated', () => {
    put('a.yaml', 'mine\n');
    put('c.yaml', 'mine\n');
    expect(messageOf(() => writeFiles(out, [AFTER[1] as Artifact]))?.split('\n')).toEqual([
      'a.yaml: was edited manually and is no longer generated; move it away, or remove it with --force',
      'c.yaml: was not written by generate; move it away',
      UNCHANGED,
    ]);
  });

  it('names the folder in which a new one cannot be made, and no folder above it', () => {
    writeFiles(out, [{ path: 'sub/deep/b.yaml', content: 'b\n' }]);
    const wanted = [{ path: 'sub/deep/b.yaml', content: 'changed\n' }];
    chmodSync(join(out, 'sub'), 0o555);
    expect(messageOf(() => writeFiles(out, [...wanted, { path: 'sub/new/c.yaml', content: '' }]))).toBe(
      `sub: is a read-only folder, but must be changed; make it writable\n${UNCHANGED}`,
    );
    expect(writeFiles(out, wanted).changes).toContainEqual({ path: 'sub/deep/b.yaml', change: 'changed' });
    chmodSync(join(out, 'sub'), 0o755);
  });

  it('names every file', () => {
    put('a.yaml', 'mine\n');
    put('c.yaml', 'mine\n');
    expect(messageOf(() => writeFiles(out, AFTER))?.split('\n')).toEqual([
      `a.yaml: ${EDITED}`,
      'c.yaml: was not written by generate; move it away',
      UNCHANGED,
    ]);
  });

  it.each([
    [
      'a manifest of something else',
      () => put(MANIFEST, '\tx\n'),
      `${MANIFEST}: line 1: found "\\tx", expected a path inside the output folder, a title or a checksum; restore it from version control, or run generate with --force to rewrite it`,
    ],
    [
      'a link as manifest',
      () => {
        rmSync(join(out, MANIFEST));
        symlinkSync('a.yaml', join(out, MANIFEST));
      },
      `${MANIFEST}: is a symbolic link, expected a file`,
    ],
    [
      'a folder as manifest',
      () => {
        rmSync(join(out, MANIFEST));
        mkdirSync(join(out, MANIFEST));
      },
      `${MANIFEST}: is a folder, expected a file`,
    ],
  ])('says what is wrong: %s', (_, change, message) => {
    change();
    expect(messageOf(() => writeFiles(out, AFTER))).toBe(message);
    expect(messageOf(() => compareFiles(out, AFTER))).toBe(message);
  });

  it('says which paths it cannot take', () => {
    const one = { path: 'x.yaml', content: '' };
    expect(messageOf(() => writeFiles(out, [{ ...one, path: '../x' }]))).toBe(
      '"../x": expected a path inside the output folder',
    );
    expect(messageOf(() => writeFiles(out, [one, { ...one, path: 'X.yaml' }]))).toBe(
      'X.yaml: two files with this name are to be written',
    );
  });

  it.each([
    ['a file', '/a.yaml', 'a.yaml: is a file, expected a folder'],
    ['below a file', '/a.yaml/x/y', 'a.yaml/x/y: a.yaml is a file, expected a folder'],
    ['a link that leads nowhere', '/link', 'link: cannot be read (ENOENT), expected a folder'],
  ])('says that the folder is none: %s', (_, at, message) => {
    symlinkSync('nowhere', join(out, 'link'));
    expect(messageOf(() => writeFiles(out + at, AFTER))).toBe(message);
    expect(messageOf(() => compareFiles(out + at, AFTER))).toBe(message);
  });
});

describe('a run', () => {
  it('says what it wrote, changed and removed, what was as it is to be, and what it left alone', () => {
    put('mine.yaml', '');
    put('sub/mine.yaml', '');
    put('other/mine.yaml', '');
    expect(writeFiles(out, AFTER)).toEqual({
      changes: [
        { path: 'a.yaml', change: 'changed' },
        { path: 'c.yaml', change: 'wrote' },
        { path: MANIFEST, change: 'changed' },
        { path: 'sub/b.yaml', change: 'removed' },
      ],
      unchanged: [],
      leftAlone: ['mine.yaml', 'sub/mine.yaml'],
    });
    expect(writeFiles(out, AFTER)).toEqual({
      changes: [],
      unchanged: ['a.yaml', 'c.yaml', MANIFEST],
      leftAlone: ['mine.yaml'],
    });
  });

  it('says of a new folder that all is written', () => {
    expect(writeFiles(join(parent.path, 'new/folder'), FILES)).toEqual({
      changes: ['a.yaml', MANIFEST, 'sub/b.yaml'].map((path) => ({ path, change: 'wrote' })),
      unchanged: [],
      leftAlone: [],
    });
  });

  it('leaves an obstacle to what is no longer generated alone where that is asked for, and reports it', () => {
    rmSync(join(out, 'sub/b.yaml'));
    put('sub/b.yaml/mine', '');
    expect(writeFiles(out, [FILES[0] as Artifact], { force: true })).toEqual({
      changes: [{ path: MANIFEST, change: 'changed' }],
      unchanged: ['a.yaml'],
      leftAlone: ['sub/b.yaml'],
    });
  });

  it('leaves what is behind a link alone, and lists the files of others in every folder of ours, by path', () => {
    const [a] = FILES as [Artifact];
    writeFiles(out, [a, { path: 'deep/er/x.yaml', content: '' }, { path: 'sub/b.yaml', content: 'b\n' }]);
    put('deep/er/mine.yaml', '');
    put('z.yaml', '');
    mkdirSync(join(parent.path, 'elsewhere'));
    writeFileSync(join(parent.path, 'elsewhere/theirs.yaml'), '');
    rmSync(join(out, 'sub'), { recursive: true });
    symlinkSync(join(parent.path, 'elsewhere'), join(out, 'sub'));
    expect(writeFiles(out, [a, { path: 'deep/er/x.yaml', content: '' }], { force: true }).leftAlone).toEqual([
      'deep/er/mine.yaml',
      'sub',
      'sub/b.yaml',
      'z.yaml',
    ]);
  });

  it('brings a manifest up to date, also where it alone, or where all but it differs', () => {
    put(MANIFEST, formatManifest(FILES.map(versionOf), { writtenBy: '0.0.1' }));
    const { changes, unchanged } = writeFiles(out, FILES);
    expect([changes, unchanged]).toEqual([[{ path: MANIFEST, change: 'changed' }], ['a.yaml', 'sub/b.yaml']]);
    expect(compareFiles(out, FILES)).toEqual([]);
    rmSync(join(out, 'a.yaml'));
    expect(writeFiles(out, FILES).unchanged).toEqual([MANIFEST, 'sub/b.yaml']);
    expect(compareFiles(out, FILES)).toEqual([]);
  });

  it('takes a folder or a link with the name of that of an earlier release for no manifest', () => {
    put('checksums.json/mine.yaml', '');
    expect(writeFiles(out, FILES).changes).toEqual([]);
    rmSync(join(out, 'checksums.json'), { recursive: true });
    symlinkSync('a.yaml', join(out, 'checksums.json'));
    expect(writeFiles(out, FILES).changes).toEqual([]);
  });

  it('knows its files by the manifest of an earlier release as well, where a merge has left both', () => {
    const sha256 = createHash('sha256').update('old\n').digest('hex');
    put('old.yaml', 'old\n');
    put('checksums.json', JSON.stringify({ files: { 'old.yaml': sha256 } }));
    expect(writeFiles(out, FILES).changes).toEqual([
      { path: 'checksums.json', change: 'removed' },
      { path: 'old.yaml', change: 'removed' },
    ]);
    expect(readdirSync(out).sort()).toEqual(['a.yaml', MANIFEST, 'sub']);
  });

  it('removes the folders that it leaves empty, and leaves no other file behind', () => {
    writeFiles(out, AFTER);
    expect(readdirSync(out).sort()).toEqual(['a.yaml', 'c.yaml', MANIFEST]);
  });

  it('lists the files sorted in the manifest, whatever their order', () => {
    for (const files of [AFTER, [...AFTER].reverse()]) {
      writeFiles(out, files);
      expect(readFileSync(join(out, MANIFEST), 'utf8')).toBe(formatManifest(AFTER.map(versionOf)));
    }
  });
});

describe('a run that cannot write a file', () => {
  // Its temporary name is longer than a file system takes.
  const long = { path: `d${'x'.repeat(239)}`, content: 'd\n' };
  const failing = [...AFTER, long];

  it('names it, leaves no temporary file and no lock, and the next run completes it', () => {
    expect(messageOf(() => writeFiles(out, failing))).toBe(
      `${long.path}: cannot be written (ENAMETOOLONG); run generate again to complete it`,
    );
    // Files are as before or as after, and the manifest agrees with them.
    expect(readdirSync(out).sort()).toEqual(['a.yaml', 'c.yaml', MANIFEST]);
    const manifest = readFileSync(join(out, MANIFEST), 'utf8');
    expect(manifest).toContain('\n# UNFINISHED: the last run did not finish. Run `generate` again.\n');
    for (const file of [...FILES, ...failing])
      for (const { checksum } of versionOf(file).parts) expect(manifest.split(checksum)).toHaveLength(2);
    put('a.yaml', 'a\n');
    expect(writeFiles(out, AFTER)).toMatchObject({
      changes: [
        { path: 'a.yaml', change: 'changed' },
        { path: MANIFEST, change: 'changed' },
      ],
      unchanged: ['c.yaml'],
    });
    expect(readFileSync(join(out, MANIFEST), 'utf8')).not.toContain('UNFINISHED');
    expect(compareFiles(out, AFTER)).toEqual([]);
  });

  it('knows what was there before, also where a merge had left it', () => {
    put('a.yaml', CONFLICT);
    expect(messageOf(() => writeFiles(out, failing))).toContain('ENAMETOOLONG');
    put('a.yaml', CONFLICT);
    expect(writeFiles(out, AFTER).changes).toContainEqual({ path: 'a.yaml', change: 'changed' });
  });

  it('knows what it wrote in place of an edit that it was to overwrite, and the next run needs no --force', () => {
    put('a.yaml', 'mine\n');
    // Written before the others: the edit is still there.
    const first = { path: `A${'x'.repeat(239)}`, content: '' };
    expect(messageOf(() => writeFiles(out, [...AFTER, first], { force: true }))).toContain('ENAMETOOLONG');
    expect(readFileSync(join(out, 'a.yaml'), 'utf8')).toBe('mine\n');
    expect(writeFiles(out, AFTER).changes).toContainEqual({ path: 'a.yaml', change: 'changed' });
  });

  it('says in the manifest that it did not finish, also where it removes as many files as it writes', () => {
    expect(messageOf(() => writeFiles(out, [FILES[0] as Artifact, long]))).toContain('ENAMETOOLONG');
    expect(readFileSync(join(out, MANIFEST), 'utf8')).toContain('# UNFINISHED');
  });

  it.each([
    ['/proc/nothing/out', '/proc/nothing/out: cannot be created (ENOENT)'],
    [`/tmp/${'x'.repeat(300)}`, `/tmp/${'x'.repeat(300)}: cannot be read (ENAMETOOLONG)`],
  ])('names a folder that it cannot create: %s', (folder, message) => {
    expect(messageOf(() => writeFiles(folder, FILES))).toBe(message);
  });
});

describe('a comparison', () => {
  it('says what differs, with the detail that the state does not say', () => {
    put('a.yaml', CONFLICT);
    put(MANIFEST, formatManifest(FILES.map(versionOf), { writtenBy: '0.0.1' }));
    put('c.yaml/mine', '');
    expect(compareFiles(out, AFTER)).toEqual([
      { path: 'a.yaml', state: 'changed', detail: 'has git conflict markers' },
      { path: 'c.yaml', state: 'foreign', detail: 'is a folder, expected a file' },
      {
        path: MANIFEST,
        state: 'changed',
        detail: `was written by version 0.0.1; this is ${version}`,
      },
      { path: 'sub/b.yaml', state: 'stale' },
    ]);
  });

  it('says only of another version that it is one', () => {
    expect(compareFiles(out, AFTER)).toContainEqual({ path: MANIFEST, state: 'changed' });
    put(MANIFEST, formatManifest(FILES.map(versionOf), { writtenBy: null }));
    expect(compareFiles(out, FILES)).toEqual([{ path: MANIFEST, state: 'changed' }]);
    put(MANIFEST, `${formatManifest(FILES.map(versionOf), { writtenBy: '0.0.1' })}# mine\n`);
    expect(compareFiles(out, FILES)).toEqual([{ path: MANIFEST, state: 'edited' }]);
  });

  it('says nothing of the version of a manifest in which git has left a conflict', () => {
    const [ours, theirs] = ['0.0.1', '0.0.2'].map((writtenBy) =>
      formatManifest(FILES.map(versionOf), { writtenBy }),
    );
    put(MANIFEST, `<<<<<<< HEAD\n${ours}=======\n${theirs}>>>>>>> branch\n`);
    expect(compareFiles(out, FILES)).toEqual([{ path: MANIFEST, state: 'changed' }]);
  });

  it('finds everything missing in a folder that does not exist', () => {
    expect(compareFiles(join(parent.path, 'nothing'), FILES)).toEqual(
      ['a.yaml', MANIFEST, 'sub/b.yaml'].map((path) => ({ path, state: 'missing' })),
    );
  });

  it('finds nothing where all is as it is to be', () => {
    expect(compareFiles(out, FILES)).toEqual([]);
  });
});

describe('the lock of a folder', () => {
  const id = '01234567-89ab-cdef-0123-456789abcdef';
  /** No process has it: the kernel's limit is below. */
  const DEAD = 2 ** 30;

  it('of a run that still writes stops another one', () => {
    put(LOCK, `${process.pid} ${id}\n`);
    expect(messageOf(() => writeFiles(out, AFTER))).toBe(
      `${LOCK}: another run is writing into this folder (process ${process.pid}); wait for it, or remove this file if there is none`,
    );
    expect(readFileSync(join(out, 'a.yaml'), 'utf8')).toBe('a\n');
  });

  it.each(['', 'x', `${DEAD}\n`, `${DEAD} ${id}`, ` ${DEAD} ${id}\n`, `${DEAD} ${id}\n\n`])(
    'of an unknown run stops another one: %j',
    (content) => {
      put(LOCK, content);
      expect(messageOf(() => writeFiles(out, AFTER))).toContain('(process unknown)');
    },
  );

  it('that cannot be read stops a run', () => {
    put(`${LOCK}/x`, '');
    expect(messageOf(() => writeFiles(out, AFTER))).toBe(`${LOCK}: cannot be read (EISDIR)`);
  });

  it('of a run that has died is taken over, and its temporary files are removed', () => {
    put(LOCK, `${DEAD} ${id}\n`);
    const temporary = ['.a.yaml', '.c.yaml', 'sub/.b.yaml', `.${MANIFEST}`].map(
      (name) => `${name}.${id}.tmp`,
    );
    for (const path of temporary) put(path, 'half');
    // Those of other runs and of other files are not ours.
    const others = [`.a.yaml.${id.replace('0', '1')}.tmp`, `.mine.yaml.${id}.tmp`];
    for (const path of others) put(path, 'mine');
    writeFiles(out, AFTER);
    expect(temporary.filter((path) => existsSync(join(out, path)))).toEqual([]);
    expect(others.filter((path) => existsSync(join(out, path)))).toEqual(others);
    expect(existsSync(join(out, LOCK))).toBe(false);
  });

  it('of a run that has died before it wrote is removed, also where nothing is to be written', () => {
    put(LOCK, `${DEAD} ${id}\n`);
    expect(writeFiles(out, FILES).changes).toEqual([]);
    expect(readdirSync(out).filter((name) => name.startsWith(LOCK))).toEqual([]);
    expect(compareFiles(out, FILES)).toEqual([]);
  });

  /** A file that looks around whenever its content is read. */
  const watching = (look: () => void): Artifact => ({
    path: 'c.yaml',
    get content() {
      look();
      return 'c\n';
    },
  });

  it('names the process that writes, so that another run can check whether it is still running', () => {
    const locks = new Set<string>();
    const watched = watching(() => {
      if (existsSync(join(out, LOCK))) locks.add(readFileSync(join(out, LOCK), 'utf8'));
    });
    writeFiles(out, [...FILES, watched]);
    expect([...locks]).toEqual([expect.stringMatching(new RegExp(`^${process.pid} [0-9a-f-]{36}\\n$`))]);
  });

  it('ends a run that cannot write it', () => {
    const watched = watching(() => rmSync(out, { recursive: true, force: true }));
    expect(messageOf(() => writeFiles(out, [watched]))).toBe(`${LOCK}: cannot be written (ENOENT)`);
    mkdirSync(out);
  });
});
