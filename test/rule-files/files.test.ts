import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import { FileSetError, FileSets, type Git } from '../../src/rule-files/file-set.js';
import { reachedInFolder } from '../../src/rule-files/folder.js';
import { entriesIn, entriesOnDisk, pathsIn, textsIn, whyFailed } from '../../src/rule-files/git-answers.js';
import { reachedIn, type TreeEntry } from '../../src/rule-files/tree.js';

let folder: TemporaryFolder;
const at = (...names: string[]) => join(folder.path, ...names);
beforeAll(() => {
  folder = temporaryFolder('rule-files');
  for (const name of ['real/sub', 'real/..data', 'real/.git', 'real/node_modules', 'real/dist'])
    mkdirSync(at(name), { recursive: true });
  const files = ['b.yaml', 'a.yaml', 'sub/c.yaml', '..data/x.yaml', '.git/x.yaml', 'node_modules/x.yaml'];
  for (const file of [...files, 'dist/d.yaml', 'notes.txt'])
    writeFileSync(at('real', file), `# ${file}\r\nkind: x\r`);
  symlinkSync('a.yaml', at('real/link.yaml'));
  symlinkSync('..', at('real/sub/up'));
  symlinkSync('gone', at('real/broken'));
  symlinkSync('sub', at('real/also'));
  mkdirSync(at('mixed/generated'), { recursive: true });
  for (const file of ['generated/r.yaml', 'o..o.yaml']) writeFileSync(at('mixed', file), 'kind: x\n');
  symlinkSync('/dev/null', at('mixed/null.yaml'));
  writeFileSync(at('huge.yaml'), '');
  truncateSync(at('huge.yaml'), 64 * 1024 * 1024 + 1);
});
afterAll(() => folder.remove());

const file = (id: string): TreeEntry => ({ kind: 'file', id });
const link = (target: string): TreeEntry => ({ kind: 'link', id: 'l', target });

describe('the files of a tree', () => {
  const reached = (tree: Record<string, TreeEntry>) =>
    reachedIn(new Map(Object.entries(tree))).map(
      ({ path, at: from, unread }) => `${path} ${from ?? `(${unread})`}`,
    );
  const nowhere = (target: string) =>
    `(a symbolic link to ${target}, which leads out of the tree or nowhere)`;

  it('are reached by their paths, and through links to files and folders', () => {
    expect(
      reached({
        'b/x.yaml': file('1'),
        'a.yaml': file('2'),
        'c/link.yaml': link('../a.yaml'),
        'c/folder': link('../b/'),
        d: link('c'),
        'bb/y.yaml': file('3'),
        module: { kind: 'module', id: 'm' },
      }),
    ).toEqual([
      'a.yaml a.yaml',
      'b/x.yaml b/x.yaml',
      'bb/y.yaml bb/y.yaml',
      'c/folder/x.yaml b/x.yaml',
      'c/link.yaml a.yaml',
      'd/folder/x.yaml b/x.yaml',
      'd/link.yaml a.yaml',
      'module (a submodule)',
    ]);
  });

  it('are listed where a link leads out of the tree, nowhere, or around', () => {
    expect(
      reached({ 'r/a': link('../../x'), 'r/b': link('/etc/x'), 'r/c': link('gone'), 'r/d': link('../..') }),
    ).toEqual([
      `r/a ${nowhere('../../x')}`,
      `r/b ${nowhere('/etc/x')}`,
      `r/c ${nowhere('gone')}`,
      `r/d ${nowhere('../..')}`,
    ]);
    expect(reached({ 'r/a': link('..'), 'r/x': file('1') })).toEqual([`r/a ${nowhere('..')}`, 'r/x r/x']);
    expect(reached({ 'r/a': link('/x'), 'r/x': file('1') })).toEqual([`r/a ${nowhere('/x')}`, 'r/x r/x']);
    expect(reached({ a: link('b'), b: link('a') })).toEqual([`a ${nowhere('b')}`, `b ${nowhere('a')}`]);
    expect(reached({ 'a/x': file('1'), 'a/..b': file('2'), l: link('a/..b') })).toEqual([
      'a/..b a/..b',
      'a/x a/x',
      'l a/..b',
    ]);
  });

  it('are reached through links to links, up to a depth', () => {
    const chain = (length: number) =>
      Object.fromEntries([
        ['l0', file('1')],
        ...Array.from({ length }, (_, i) => [`l${i + 1}`, link(`l${i}`)]),
      ]);
    expect(reached(chain(19)).filter((one) => one.startsWith('l19 '))).toEqual(['l19 l0']);
    expect(reached(chain(20)).filter((one) => one.startsWith('l20 '))).toEqual([`l20 ${nowhere('l19')}`]);
    // A folder with links to itself.
    const ring = reached({ 'a/x': file('1'), 'a/one': link('../a'), 'a/two': link('../a') });
    expect(ring).toContain('a/one/two/one/two/one/x a/x');
    expect(ring).toContain(`a/one/two/one/two/one/two ${nowhere('../a')}`);
    expect(ring).toHaveLength(13);
  });

  it('of a folder are reached wherever links lead, but for those of git, npm and Kubernetes', () => {
    const { entries, reached: found } = reachedInFolder(at('real'));
    expect(found.map(({ path, at: from, unread }) => [path, from ?? unread])).toEqual([
      ['a.yaml', 'a.yaml'],
      ['also/c.yaml', 'sub/c.yaml'],
      ['b.yaml', 'b.yaml'],
      ['broken', 'a symbolic link that leads nowhere'],
      ['dist/d.yaml', 'dist/d.yaml'],
      ['link.yaml', 'a.yaml'],
      ['notes.txt', 'notes.txt'],
      ['sub/c.yaml', 'sub/c.yaml'],
    ]);
    expect([...entries.values()].every(({ kind }) => kind === 'file')).toBe(true);
    expect(entries.get('b.yaml')).toEqual(file(at('real/b.yaml')));
  });
});

describe('an answer of git', () => {
  const ID = '0123456789abcdef0123456789abcdef01234567';
  it('lists the entries of a tree or of the index', () => {
    const tree = [
      ...[`100644 blob ${ID}\ta b.yaml`, `120000 blob ${ID}\tl`, `160000 commit ${ID}\tm`],
      ...[`100755 blob ${ID}${ID.slice(0, 24)}\tx\ty`, ''],
    ].join('\0');
    expect(Object.fromEntries(entriesIn(tree))).toEqual({
      ...{ 'a b.yaml': file(ID), l: { kind: 'link', id: ID }, m: { kind: 'module', id: ID } },
      'x\ty': file(ID + ID.slice(0, 24)),
    });
    expect([...entriesIn(`100644 ${ID} 0\ta\nb\0`)]).toEqual([['a\nb', file(ID)]]);
    expect([...entriesIn('warning\0\0')]).toEqual([]);
    expect([...entriesIn(`x100644 ${ID}\ta\0`)]).toEqual([]);
    expect(pathsIn('a\0b c\0\0')).toEqual(['a', 'b c']);
  });

  it('has the texts of objects', () => {
    expect(textsIn('MARK\none\n\nMARK\n\nMARK\ntwo\n', 'MARK', 3)).toEqual(['one\n', '', 'two']);
    expect(textsIn('MARK\na:\n  b: c\n\n', 'MARK', 1)).toEqual(['a:\n  b: c\n']);
    expect(() => textsIn('MARK\none\n', 'MARK', 2)).toThrow(
      new Error('git cat-file gave 1 objects, expected 2'),
    );
    expect(textsIn('', 'MARK', 0)).toEqual([]);
  });

  it('may be that there is none', () => {
    expect(whyFailed('/x', { code: 'ENOENT' })).toBe('the command git is not installed');
    expect(whyFailed('/x', { code: 128, stderr: 'fatal: Not a git repository (or any parent)' })).toBe(
      '/x is not in a git repository',
    );
    expect(whyFailed('/x', { stderr: '\nfatal: dubious ownership\nsecond line' })).toBe(
      'git refuses to read the repository of /x (fatal: dubious ownership)',
    );
    expect(whyFailed('/x', {})).toBe('git refuses to read the repository of /x ()');
  });

  it('names paths of the working tree', () => {
    const paths = ['b.yaml', 'sub/', 'gone', 'link.yaml', 'b.yaml', 'sub/up'];
    expect([...entriesOnDisk(at('real'), paths)]).toEqual([
      ['b.yaml', file(at('real/b.yaml'))],
      ['link.yaml', { kind: 'link', id: at('real/link.yaml'), target: 'a.yaml' }],
      ['sub', { kind: 'module', id: at('real/sub/') }],
      ['sub/up', { kind: 'link', id: at('real/sub/up'), target: '..' }],
    ]);
    expect([...entriesOnDisk(at(), ['real/sub/'])]).toEqual([
      ['real/sub', { kind: 'module', id: at('real/sub/') }],
    ]);
    expect([...entriesOnDisk('/dev', ['null'])]).toEqual([]);
  });
});

/** A repository with one commit `main`, in whose folder `ops/` the program runs; files are named by what they hold. */
const TREE = new Map<string, TreeEntry>([
  ['generated/r.yaml', file('root rules')],
  ['ops/generated/r.yaml', file('rules')],
  ['ops/generated/dist/x.yaml', file('built')],
  ['ops/runbooks/p.md', file('page')],
  ['ops/other/o.yaml', file('other')],
  ['ops/other/o.png', file('picture')],
  ['ops/other/linked.yaml', link('../generated/r.yaml')],
  ['ops/module', { kind: 'module', id: 'm' }],
  ['ops/dist/y.yaml', file('more built')],
]);
const COMMANDS: Readonly<Record<string, string>> = {
  'rev-parse --verify --quiet main': 'commit\n',
  'cat-file -t commit': 'commit\n',
  'rev-parse --verify commit^{tree}': 'tree\n',
  'rev-parse --verify --quiet main:generated/r.yaml': 'blob\n',
  'rev-parse --verify --quiet :0:ops/a.yaml': 'staged\n',
  'rev-parse --verify --quiet :ops/a.yaml': 'staged\n',
  'cat-file -t staged': 'blob\n',
  'cat-file -t blob': 'blob\n',
  'merge-base -- main topic': 'base\n',
};
for (const folderOf of ['main:', 'main:./other', 'main:ops/other/'])
  Object.assign(COMMANDS, { [`rev-parse --verify --quiet ${folderOf}`]: 'commit\n' });

function gitWith(changes: Partial<Git> = {}): Git {
  return {
    git: async (...args) => COMMANDS[args.join(' ')] ?? Promise.reject(new Error(`no ${args.join(' ')}`)),
    repository: async () => ({ root: folder.path, prefix: 'ops/' }),
    whyNoRepository: async () => undefined,
    hasCommits: async () => true,
    entriesOf: async () => TREE,
    workingTreeEntries: async () => TREE,
    readObjects: async (wanted) => wanted.map(({ id }) => `${id}\r\n`),
    ...changes,
  };
}

describe('the files of a side', () => {
  const sets = (changes: Partial<Git> = {}) => new FileSets(gitWith(changes));
  const read = async (text: string, only: string[] = [], changes: Partial<Git> = {}) => {
    const { files, ...rest } = await sets(changes).read(text, only);
    return {
      ...rest,
      files: files.map(({ path, text: content, unread }) => `${path}: ${unread ?? content.trim()}`),
    };
  };
  const OURS = ['generated/r.yaml: rules', 'runbooks/p.md: page'];
  const OTHERS = ['other/o.yaml: other'];

  it('are our own folders of a revision or of the index, or those that were asked for', async () => {
    expect(await read('main')).toEqual({ label: 'main', isFile: false, files: OURS });
    expect(await read(':')).toEqual({ label: 'index', isFile: false, files: OURS });
    const files = async (...only: string[]) => (await read('main', only)).files;
    expect((await sets().read('main')).files).toHaveLength(OURS.length);
    expect(await files('./other/')).toEqual(['other/linked.yaml: rules', ...OTHERS]);
    expect(await files('other//')).toEqual(['other/linked.yaml: rules', ...OTHERS]);
    expect(await files('other/o.yaml', 'dist')).toEqual(['dist/y.yaml: more built', ...OTHERS]);
    expect(await files('generated', 'other')).toEqual(['generated/r.yaml: rules', ...OTHERS]);
    expect(await files('.')).toEqual([
      'generated/r.yaml: rules',
      'module: a submodule',
      ...OTHERS,
      'runbooks/p.md: page',
    ]);
    expect(await files('oth')).toEqual([]);
    const without = new Map([...TREE].filter(([path]) => !path.startsWith('ops/generated')));
    expect((await read('main', [], { entriesOf: async () => without })).files).toEqual([
      ...[
        'module: a submodule',
        'other/linked.yaml: a symbolic link to ../generated/r.yaml, which leads out of the tree or nowhere',
      ],
      ...[...OTHERS, 'runbooks/p.md: page'],
    ]);
  });

  it('that cannot be read are listed where they may be rule files: by their extension, or without one', async () => {
    const entriesOf = async () =>
      new Map([
        ['ops/Makefile', file('alert: A')],
        ['ops/gone.png', link('/x')],
        ['ops/v1.2/rules', link('/x')],
        ['ops/gone.yaml', link('/x')],
      ]);
    const why = 'a symbolic link to /x, which leads out of the tree or nowhere';
    expect((await read('main', ['.'], { entriesOf })).files).toEqual([
      `gone.yaml: ${why}`,
      `v1.2/rules: ${why}`,
    ]);
  });

  it('are asked of git with the line endings and filters of a checkout', async () => {
    const asked: unknown[] = [];
    await read('main', ['other'], {
      readObjects: async (wanted) => {
        asked.push(...wanted);
        return wanted.map(() => '');
      },
    });
    expect(asked).toEqual([
      { path: 'ops/generated/r.yaml', id: 'rules' },
      { path: 'ops/other/o.yaml', id: 'other' },
    ]);
    const trees: unknown[] = [];
    const entriesOf: Git['entriesOf'] = async (tree) => {
      trees.push(tree);
      return TREE;
    };
    for (const text of ['main', ':', 'main:']) await read(text, [], { entriesOf });
    expect(trees).toEqual(['tree', undefined, 'main']);
  });

  it('are a folder or a file of a revision', async () => {
    expect(await read('main:ops/other/')).toEqual({
      ...{ label: 'main:ops/other/', isFile: false },
      files: ['linked.yaml: rules', 'o.yaml: other'],
    });
    expect((await read('main:./other')).files).toEqual(['linked.yaml: rules', 'o.yaml: other']);
    expect((await read('main:./other', ['o.yaml'])).files).toEqual(['o.yaml: other']);
    const whole = (await read('main:')).files;
    expect(whole).toEqual(
      expect.arrayContaining(['generated/r.yaml: root rules', 'ops/other/o.yaml: other']),
    );
    expect(await read('main:generated/r.yaml')).toEqual({
      ...{ label: 'main:generated/r.yaml', isFile: true, files: ['generated/r.yaml: root rules'] },
    });
    for (const text of [':0:ops/a.yaml', ':ops/a.yaml'])
      expect(await read(text)).toEqual({ label: text, isFile: true, files: ['ops/a.yaml: staged'] });
  });

  it('are those of the working tree', async () => {
    const entries = new Map([
      ['ops/generated/r.yaml', file(at('real/a.yaml'))],
      ['x.yaml', file('none')],
    ]);
    const roots: string[] = [];
    const workingTreeEntries: Git['workingTreeEntries'] = async (root) => {
      roots.push(root);
      return entries;
    };
    expect(await sets({ workingTreeEntries }).readWorkingTree()).toEqual({
      ...{ label: 'working tree', isFile: false },
      files: [{ path: 'generated/r.yaml', text: '# a.yaml\nkind: x\n' }],
    });
    expect(roots).toEqual([folder.path]);
    expect((await sets({ workingTreeEntries }).readWorkingTree(['other'])).files).toEqual([]);
  });

  it('are those of a folder or a file on disk, in a repository or not', async () => {
    const { label, isFile, files } = await sets().read(at('real'));
    expect([label, isFile]).toEqual([at('real'), false]);
    expect(files).toEqual([
      { path: 'a.yaml', text: '# a.yaml\nkind: x\n' },
      { path: 'b.yaml', text: '# b.yaml\nkind: x\n' },
      { path: 'broken', text: '', unread: 'a symbolic link that leads nowhere' },
      { path: 'sub/c.yaml', text: '# sub/c.yaml\nkind: x\n' },
    ]);
    expect(await sets().read(at('real/notes.txt'))).toEqual({
      ...{ label: at('real/notes.txt'), isFile: true },
      files: [{ path: at('real/notes.txt'), text: '# notes.txt\nkind: x\n' }],
    });
    expect((await sets().read(at('mixed'))).files).toEqual([
      { path: 'generated/r.yaml', text: 'kind: x\n' },
      { path: 'null.yaml', text: '', unread: 'no regular file' },
      { path: 'o..o.yaml', text: 'kind: x\n' },
    ]);
    const bytes = async (content: string) => {
      writeFileSync(at('bytes.yaml'), content);
      const [one] = (await sets().read(at('bytes.yaml'))).files;
      return one?.unread ?? one?.text;
    };
    expect(await bytes('version https://git-lfs.github.com/spec/v1\n')).toBe(
      'a pointer of Git LFS, whose file was not fetched',
    );
    expect(await bytes('# version https://git-lfs.github.com/')).toBe(
      '# version https://git-lfs.github.com/',
    );
    expect(await bytes('a\u0000')).toBe('a binary file');
    expect(await bytes('a\uFFFD')).toBe('not UTF-8');
    mkdirSync(at('large'), { recursive: true });
    symlinkSync('../huge.yaml', at('large/huge.yaml'));
    expect((await sets().read(at('large'))).files).toEqual([
      { path: 'huge.yaml', text: '', unread: 'larger than 64 MiB' },
    ]);
  });

  it('may be a path and a revision', async () => {
    const both: Partial<Git> = { git: async () => 'commit\n' };
    await expect(sets(both).read('src')).rejects.toThrow(
      new FileSetError('found "src", which is a path and a revision; expected ./src or refs/heads/src'),
    );
    // As a branch may be called.
    await expect(sets(both).read('src/rule-files')).rejects.toThrow(
      /^found "src\/rule-files", which is a path/,
    );
    expect(await sets().read('src/rule-files')).toMatchObject({ label: 'src/rule-files', isFile: false });
    for (const path of ['./src/rule-files', `../${basename(process.cwd())}/src/rule-files`])
      expect(await sets(both).read(path)).toMatchObject({ label: path });
    expect(await sets(both).read(at('real'))).toMatchObject({ isFile: false });
  });

  it.each([
    [{}, 'gone', /^found "gone", expected a file, a folder or a git revision \(in a shallow clone/],
    [
      { hasCommits: async () => false },
      'gone',
      /^found "gone", but the git repository of \/.* has no commits; expected a first commit/,
    ],
    [
      { whyNoRepository: async () => 'no git' },
      'gone',
      /^no git, and "gone" is not a file or folder; expected a git repository, or/,
    ],
    [
      { whyNoRepository: async () => 'no git' },
      ':',
      /^no git; expected a git repository, or two files or folders to compare$/,
    ],
    [{ git: async () => 'commit' }, '-x', /^found "-x", expected a file/],
    [{ git: async () => 'commit' }, '', /^found "", expected a file/],
    [{ entriesOf: () => Promise.reject(new Error('bad')) }, 'main', /^git cannot list the files: bad$/],
    [{ readObjects: () => Promise.reject(new Error('bad')) }, 'main', /^git cannot read the files: bad$/],
    [
      { repository: () => Promise.reject(new Error('bad')) },
      'main',
      /is in a git repository without a working tree; expected a clone with one/,
    ],
  ] as [Partial<Git>, string, RegExp][])('cannot be read %#', async (changes, text, message) => {
    const failure = await sets(changes)
      .read(text)
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(FileSetError);
    expect((failure as Error).message).toMatch(message);
  });

  it('cannot be read where a folder lies in the way', async () => {
    const failure = await sets({ workingTreeEntries: async () => new Map() })
      .read('/proc/self/mem')
      .catch((error: unknown) => error);
    expect((failure as Error).message).toMatch(/^\/proc\/self\/mem: cannot be read \(.+\)$/);
    await expect(sets({ whyNoRepository: async () => 'no git' }).readWorkingTree()).rejects.toThrow(
      /^no git; expected/,
    );
  });

  it('of a branch begin at the commit that it has in common', async () => {
    expect(await sets().mergeBase('main', 'topic')).toBe('base');
    await expect(sets().mergeBase('main', 'gone')).rejects.toThrow(
      new FileSetError(
        'found main...gone, expected two revisions with a common commit (a shallow clone may lack it)',
      ),
    );
    await expect(sets({ whyNoRepository: async () => 'no git' }).mergeBase('a', 'b')).rejects.toThrow(
      /^no git, and a\.\.\.b are revisions; expected/,
    );
  });
});
