import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Artifact } from '../../src/renderers/artifact.js';
import { compareFiles } from '../../src/renderers/drift.js';
import { MANIFEST } from '../../src/renderers/manifest.js';
import { OutputError } from '../../src/renderers/output-folder.js';
import { RefusedError, type WriteOptions } from '../../src/renderers/output-plan.js';
import { checksum } from '../../src/renderers/parts.js';
import { writeFiles } from '../../src/renderers/write.js';

/** What an earlier release of the definitions yields, and what the present one does. */
const EARLIER: readonly Artifact[] = [
  { path: 'docs/alerts.md', content: '# Alerts\n\n## One\n\nText.\n\n## Two\n\nText.\n' },
  { path: 'grafana/board.json', content: `${JSON.stringify({ uid: 'board', panels: [] }, null, 2)}\n` },
  { path: 'prometheus/old.yaml', content: 'groups: []\n' },
  { path: 'prometheus/rules.yaml', content: 'groups:\n\n- alert: A\n\n- alert: B\n' },
];
const PRESENT: readonly Artifact[] = [
  { path: 'docs/alerts.md', content: '# Alerts\n\n## One\n\nText.\n\n## Two\n\nAnother text.\n' },
  EARLIER[1] as Artifact,
  { path: 'prometheus/new.yaml', content: 'groups: [new]\n' },
  { path: 'prometheus/rules.yaml', content: 'groups:\n\n- alert: A\n\n- alert: C\n' },
];

let parent: string;
let out: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'gateway-output-'));
  out = join(parent, 'out');
});
afterEach(() => {
  for (const path of contents(parent).keys()) if (path.endsWith('/')) chmodSync(join(parent, path), 0o755);
  rmSync(parent, { recursive: true, force: true });
});

const put = (path: string, content: string) => {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  writeFileSync(join(out, path), content);
};
const text = (path: string) => readFileSync(join(out, path), 'utf8');
const generate = (artifacts: readonly Artifact[] = PRESENT, options: WriteOptions = {}) =>
  writeFiles(out, artifacts, options);

/** Everything below a folder: files with their text and mode, links with their target, folders. */
function contents(folder: string): Map<string, string> {
  const found = new Map<string, string>();
  if (!existsSync(folder)) return found;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const place = join(folder, entry.name);
    if (entry.isDirectory()) {
      found.set(`${entry.name}/`, '');
      for (const [path, what] of contents(place)) found.set(`${entry.name}/${path}`, what);
    } else {
      const mode = (lstatSync(place).mode & 0o777).toString(8);
      found.set(entry.name, entry.isFile() ? `${mode} ${readFileSync(place, 'utf8')}` : 'no file');
    }
  }
  return found;
}

const refusalsOf = (run: () => unknown): readonly string[] => {
  try {
    run();
  } catch (error) {
    if (error instanceof RefusedError) return error.refusals.map(({ path, reason }) => `${path}: ${reason}`);
    throw error;
  }
  return [];
};

/** A run that must not go on: what it names, and that nothing at all has changed. */
function expectRefused(options: WriteOptions, named: readonly string[], artifacts = PRESENT) {
  const before = contents(parent);
  expect(refusalsOf(() => generate(artifacts, options))).toEqual(named);
  expect(contents(parent)).toEqual(before);
}

/** A run that goes on: afterwards the folder is as the present definitions say. */
function expectWritten(options: WriteOptions, artifacts = PRESENT) {
  const written = generate(artifacts, options);
  for (const { path, content } of artifacts) expect(text(path)).toBe(content);
  expect(compareFiles(out, artifacts)).toEqual([]);
  expect(readdirSync(out)).not.toContain('gateway-observability.lock');
  return written;
}

const CONFLICT = '<<<<<<< HEAD\nours\n=======\ntheirs\n>>>>>>> branch\n';

describe('a folder that holds files of others', () => {
  const FOREIGN = {
    'prometheus/my-rules.yml': 'groups: [mine]\n',
    'alertmanager/alertmanager.yml': 'route: {}\n',
    'grafana/dashboards/mine.json': '{}\n',
    'docs/adr.md': '# A decision\n',
    'kubernetes/ns.yaml': 'kind: Namespace\n',
  };
  type Run = () => unknown;
  const runs: Record<string, Run> = {
    'generate, earlier': () => generate(EARLIER),
    generate: () => generate(),
    'generate --force': () => generate(PRESENT, { force: true }),
    'generate --adopt': () => generate(PRESENT, { adopt: true }),
    'generate --force --adopt': () => generate(EARLIER, { force: true, adopt: true }),
    'generate nothing': () => generate([]),
    check: () => compareFiles(out, PRESENT),
    'edit and generate --force': () => {
      if (existsSync(join(out, 'prometheus/rules.yaml'))) put('prometheus/rules.yaml', 'edited\n');
      generate(PRESENT, { force: true });
    },
    'remove the manifest, generate --adopt': () => {
      rmSync(join(out, MANIFEST), { force: true });
      generate(PRESENT, { adopt: true });
    },
  };
  const names = Object.keys(runs);
  const few = [
    'generate, earlier',
    'generate --force',
    'generate nothing',
    'remove the manifest, generate --adopt',
  ];
  const orders = [
    ...names.flatMap((first) => names.map((second) => [first, second])),
    ...few.flatMap((first) => few.flatMap((second) => few.map((third) => [first, second, third]))),
  ];

  it('keeps them in every order of runs', () => {
    for (const order of orders) {
      rmSync(out, { recursive: true, force: true });
      for (const [path, content] of Object.entries(FOREIGN)) put(path, content);
      for (const name of order) {
        runs[name]?.();
        for (const [path, content] of Object.entries(FOREIGN))
          expect(text(path), `${path} after ${order.join(', ')}`).toBe(content);
      }
    }
  });

  it('lists them as left alone, and they are no difference', () => {
    for (const path of ['prometheus/.gitkeep', '.DS_Store', 'docs/alerts.md~', 'docs/.alerts.md.swp'])
      put(path, '');
    put('elsewhere/mine.yaml', '');
    expect(expectWritten({}).leftAlone).toEqual([
      '.DS_Store',
      'docs/.alerts.md.swp',
      'docs/alerts.md~',
      'prometheus/.gitkeep',
    ]);
  });

  it('is refused when one is at a path of ours and there is no manifest, also when it looks the same', () => {
    put('prometheus/rules.yaml', 'mine\n');
    put('grafana/board.json', EARLIER[1]?.content as string);
    const both = ['grafana/board.json', 'prometheus/rules.yaml'].map(
      (path) => `${path}: was not written by generate`,
    );
    expectRefused({}, both);
    expectRefused({ force: true }, both);
    expect(compareFiles(out, PRESENT)).toContainEqual({ path: 'prometheus/rules.yaml', state: 'foreign' });
    const { changes, unchanged } = expectWritten({ adopt: true });
    expect(changes).toContainEqual({ path: 'prometheus/rules.yaml', change: 'changed' });
    expect(unchanged).toContain('grafana/board.json');
  });

  it('is refused when one is at a new path of ours beside a manifest, whatever the options', () => {
    generate(EARLIER);
    put('prometheus/new.yaml', 'mine\n');
    for (const options of [{}, { force: true }, { adopt: true }, { force: true, adopt: true }])
      expectRefused(options, ['prometheus/new.yaml: was not written by generate']);
  });
});

interface Case {
  readonly name: string;
  /** What happens after the earlier definitions were generated. */
  readonly change: () => void;
  /** What a run without options names; undefined where it goes on. */
  readonly refused?: readonly string[];
  /** Likewise with --force. */
  readonly refusedByForce?: readonly string[];
  /** What check names. */
  readonly drift: readonly string[];
  /** What must be there after the last run. */
  readonly kept?: Readonly<Record<string, string>>;
}

const usual = [
  'docs/alerts.md changed',
  `${MANIFEST} changed`,
  'prometheus/new.yaml missing',
  'prometheus/old.yaml stale',
  'prometheus/rules.yaml changed',
];
const driftWith = (...other: readonly string[]) => {
  const replaced = new Map([...usual, ...other].map((line) => [line.split(' ')[0], line]));
  return [...replaced.values()].sort();
};
const link = (path: string, target: string) => {
  mkdirSync(dirname(join(out, path)), { recursive: true });
  rmSync(join(out, path), { recursive: true, force: true });
  symlinkSync(target, join(out, path));
};
const outside = (path: string) => join(parent, 'outside', path);
const putOutside = (path: string, content: string) => {
  mkdirSync(dirname(outside(path)), { recursive: true });
  writeFileSync(outside(path), content);
};

const cases: readonly Case[] = [
  { name: 'nothing', change: () => {}, drift: usual },
  {
    name: 'a file of ours was removed',
    change: () => rmSync(join(out, 'prometheus/rules.yaml')),
    drift: driftWith('prometheus/rules.yaml missing'),
  },
  {
    name: 'a stale file of ours was removed',
    change: () => rmSync(join(out, 'prometheus/old.yaml')),
    drift: usual.filter((line) => !line.startsWith('prometheus/old.yaml')),
  },
  {
    name: 'a file of ours was edited',
    change: () => put('prometheus/rules.yaml', 'edited\n'),
    refused: ['prometheus/rules.yaml: was edited manually'],
    drift: driftWith('prometheus/rules.yaml edited'),
  },
  {
    name: 'a file of ours that does not change was edited',
    change: () => put('grafana/board.json', '{"uid": "board"}\n'),
    refused: ['grafana/board.json: was edited manually'],
    drift: driftWith('grafana/board.json edited'),
  },
  {
    name: 'a file of ours was edited in its white space only',
    change: () => put('grafana/board.json', `${text('grafana/board.json')}\n`),
    refused: ['grafana/board.json: was edited manually'],
    drift: driftWith('grafana/board.json edited'),
  },
  {
    name: 'a part of a file of ours was removed',
    change: () => put('docs/alerts.md', '# Alerts\n\n## One\n\nText.\n'),
    refused: ['docs/alerts.md: was edited manually'],
    drift: driftWith('docs/alerts.md edited'),
  },
  {
    name: 'a file of ours was emptied',
    change: () => put('docs/alerts.md', ''),
    refused: ['docs/alerts.md: was edited manually'],
    drift: driftWith('docs/alerts.md edited'),
  },
  {
    name: 'a file of ours was edited to what is to be written',
    change: () => put('prometheus/rules.yaml', PRESENT[3]?.content as string),
    drift: usual.filter((line) => !line.startsWith('prometheus/rules.yaml')),
  },
  {
    name: 'a stale file of ours was edited',
    change: () => put('prometheus/old.yaml', 'edited\n'),
    refused: ['prometheus/old.yaml: was edited manually and is no longer generated'],
    drift: driftWith('prometheus/old.yaml edited'),
  },
  {
    name: 'two files were edited',
    change: () => {
      put('prometheus/old.yaml', 'edited\n');
      put('docs/alerts.md', 'edited\n');
    },
    refused: [
      'docs/alerts.md: was edited manually',
      'prometheus/old.yaml: was edited manually and is no longer generated',
    ],
    drift: driftWith('prometheus/old.yaml edited', 'docs/alerts.md edited'),
  },
  {
    name: 'a file of ours has conflict markers',
    change: () => put('prometheus/rules.yaml', `groups:\n${CONFLICT}`),
    drift: usual,
  },
  {
    name: 'a stale file of ours has conflict markers',
    change: () => put('prometheus/old.yaml', CONFLICT),
    drift: usual,
  },
  {
    name: 'a file of ours has lines like conflict markers, but no conflict',
    change: () => put('docs/alerts.md', '# Alerts\n=======\n'),
    refused: ['docs/alerts.md: was edited manually'],
    drift: driftWith('docs/alerts.md edited'),
  },
  {
    name: 'the manifest has conflict markers',
    change: () => {
      const [ours, theirs] = [checksum('ours'), checksum('theirs')];
      put(
        MANIFEST,
        text(MANIFEST).replace(
          /(prometheus\/rules\.yaml\n\n {2}.*\n) {4}.*\n/,
          `$1<<<<<<< HEAD\n    ${ours}\n=======\n    ${theirs}\n>>>>>>> branch\n`,
        ),
      );
      put('prometheus/rules.yaml', CONFLICT);
    },
    drift: usual,
  },
  {
    name: 'the manifest has conflict markers, and another file was edited',
    change: () => {
      put(
        MANIFEST,
        text(MANIFEST).replace(/\n(docs\/alerts\.md)\n/, `\n<<<<<<< HEAD\n$1\n=======\n$1\n>>>>>>> branch\n`),
      );
      put('prometheus/rules.yaml', 'edited\n');
    },
    refused: ['prometheus/rules.yaml: was edited manually'],
    drift: driftWith('prometheus/rules.yaml edited'),
  },
  {
    name: 'a line was added to the manifest',
    change: () => put(MANIFEST, `${text(MANIFEST)}# a remark\n`),
    refused: [`${MANIFEST}: was edited manually`],
    drift: driftWith(`${MANIFEST} edited`),
  },
  {
    name: 'a checksum in the manifest was edited',
    change: () => put(MANIFEST, text(MANIFEST).replace(checksum('groups: []\n'), '0123456789abcdef')),
    refused: ['prometheus/old.yaml: was edited manually and is no longer generated'],
    drift: driftWith('prometheus/old.yaml edited'),
  },
  {
    name: 'a file of ours is a link to a file of others',
    change: () => {
      putOutside('rules.yaml', 'mine\n');
      link('prometheus/rules.yaml', outside('rules.yaml'));
    },
    refused: ['prometheus/rules.yaml: is a symbolic link, expected a file'],
    refusedByForce: ['prometheus/rules.yaml: is a symbolic link, expected a file'],
    drift: driftWith('prometheus/rules.yaml edited'),
  },
  {
    name: 'a file of ours is a link to its own text',
    change: () => {
      putOutside('rules.yaml', EARLIER[3]?.content as string);
      link('prometheus/rules.yaml', outside('rules.yaml'));
    },
    refused: ['prometheus/rules.yaml: is a symbolic link, expected a file'],
    refusedByForce: ['prometheus/rules.yaml: is a symbolic link, expected a file'],
    drift: driftWith('prometheus/rules.yaml edited'),
  },
  {
    name: 'a new file of ours is a link that leads nowhere',
    change: () => link('prometheus/new.yaml', outside('nothing')),
    refused: ['prometheus/new.yaml: is a symbolic link, expected a file'],
    refusedByForce: ['prometheus/new.yaml: is a symbolic link, expected a file'],
    drift: driftWith('prometheus/new.yaml foreign'),
  },
  {
    name: 'a stale file of ours is a link',
    change: () => {
      putOutside('old.yaml', EARLIER[2]?.content as string);
      link('prometheus/old.yaml', outside('old.yaml'));
    },
    refused: ['prometheus/old.yaml: is a symbolic link, expected a file'],
    drift: driftWith('prometheus/old.yaml edited'),
  },
  {
    name: 'a folder of ours is a link to a folder of others with the same files',
    change: () => {
      putOutside('rules/old.yaml', EARLIER[2]?.content as string);
      putOutside('rules/rules.yaml', EARLIER[3]?.content as string);
      link('prometheus', outside('rules'));
    },
    refused: ['new', 'old', 'rules'].map(
      (name) => `prometheus/${name}.yaml: prometheus is a symbolic link, expected a folder`,
    ),
    refusedByForce: ['new', 'rules'].map(
      (name) => `prometheus/${name}.yaml: prometheus is a symbolic link, expected a folder`,
    ),
    drift: driftWith(
      'prometheus/new.yaml foreign',
      'prometheus/old.yaml edited',
      'prometheus/rules.yaml edited',
    ),
  },
  {
    name: 'a folder is in the place of a file of ours',
    change: () => {
      rmSync(join(out, 'prometheus/rules.yaml'));
      put('prometheus/rules.yaml/mine', 'mine\n');
    },
    refused: ['prometheus/rules.yaml: is a folder, expected a file'],
    refusedByForce: ['prometheus/rules.yaml: is a folder, expected a file'],
    drift: driftWith('prometheus/rules.yaml edited'),
  },
  {
    name: 'a folder is in the place of a stale file of ours',
    change: () => {
      rmSync(join(out, 'prometheus/old.yaml'));
      put('prometheus/old.yaml/mine', 'mine\n');
    },
    refused: ['prometheus/old.yaml: is a folder, expected a file'],
    drift: driftWith('prometheus/old.yaml edited'),
    kept: { 'prometheus/old.yaml/mine': 'mine\n' },
  },
  {
    name: 'a file is in the place of a folder of ours',
    change: () => {
      rmSync(join(out, 'docs'), { recursive: true });
      put('docs', 'mine\n');
    },
    refused: ['docs/alerts.md: docs is a file, expected a folder'],
    refusedByForce: ['docs/alerts.md: docs is a file, expected a folder'],
    drift: driftWith('docs/alerts.md edited'),
  },
  {
    name: 'a file of ours that changes is read-only',
    change: () => chmodSync(join(out, 'prometheus/rules.yaml'), 0o444),
    refused: ['prometheus/rules.yaml: is read-only, but must be changed'],
    refusedByForce: ['prometheus/rules.yaml: is read-only, but must be changed'],
    drift: usual,
  },
  {
    name: 'a stale file of ours is read-only',
    change: () => chmodSync(join(out, 'prometheus/old.yaml'), 0o444),
    refused: ['prometheus/old.yaml: is read-only, but must be changed'],
    refusedByForce: ['prometheus/old.yaml: is read-only, but must be changed'],
    drift: usual,
  },
  {
    name: 'a file of ours that does not change is read-only',
    change: () => chmodSync(join(out, 'grafana/board.json'), 0o444),
    drift: usual,
  },
  {
    name: 'the manifest is read-only',
    change: () => chmodSync(join(out, MANIFEST), 0o444),
    refused: [`${MANIFEST}: is read-only, but must be changed`],
    refusedByForce: [`${MANIFEST}: is read-only, but must be changed`],
    drift: usual,
  },
  {
    name: 'a folder of ours is read-only',
    change: () => chmodSync(join(out, 'prometheus'), 0o555),
    refused: ['prometheus: is a read-only folder, but must be changed'],
    refusedByForce: ['prometheus: is a read-only folder, but must be changed'],
    drift: usual,
  },
  {
    name: 'the output folder is read-only',
    change: () => chmodSync(out, 0o555),
    refused: ['.: is a read-only folder, but must be changed'],
    refusedByForce: ['.: is a read-only folder, but must be changed'],
    drift: usual,
  },
];

describe('a folder of an earlier run', () => {
  it.each(cases)('$name', ({ change, refused, refusedByForce, drift, kept }) => {
    generate(EARLIER);
    put('mine/mine.yaml', 'mine\n');
    change();
    expect(compareFiles(out, PRESENT).map(({ path, state }) => `${path} ${state}`)).toEqual(
      [...drift].sort(),
    );
    const before = contents(join(parent, 'outside'));
    if (refused === undefined) expectWritten({});
    else {
      // Twice: a refusal must not make the next run go on.
      expectRefused({}, refused);
      expectRefused({ adopt: true }, refused);
      if (refusedByForce === undefined) expectWritten({ force: true });
      else expectRefused({ force: true }, refusedByForce);
    }
    expect(contents(join(parent, 'outside'))).toEqual(before);
    expect(text('mine/mine.yaml')).toBe('mine\n');
    for (const [path, content] of Object.entries(kept ?? {})) expect(text(path)).toBe(content);
  });
});

describe('a manifest', () => {
  const without = (line: RegExp) => put(MANIFEST, text(MANIFEST).replace(line, ''));

  it.each([
    '../victim',
    '/etc/victim',
    'docs/../../victim',
    'docs//victim',
    './victim',
    'docs\\victim',
    'C:victim',
  ])('that lists %j is refused and removes nothing, also with --force', (path) => {
    generate(EARLIER);
    writeFileSync(join(parent, 'victim'), 'mine\n');
    put(MANIFEST, `${text(MANIFEST)}\n${path}\n\n  (start)\n    ${checksum('mine\n')}\n`);
    const before = contents(parent);
    expect(() => generate()).toThrow(/line \d+: found ".*", expected a path inside the output folder/);
    expect(contents(parent)).toEqual(before);
    expectWritten({ force: true });
    expect(readFileSync(join(parent, 'victim'), 'utf8')).toBe('mine\n');
  });

  it.each(['not a manifest\t\n', '{"files": {}}\n', '    0123456789abcdef\n'])(
    'that is something else is refused, with the remedy: %j',
    (content) => {
      generate(EARLIER);
      put(MANIFEST, content);
      const before = contents(parent);
      expect(() => generate()).toThrow(OutputError);
      expect(contents(parent)).toEqual(before);
    },
  );

  it('without an entry no longer covers the file', () => {
    generate(EARLIER);
    without(/\nprometheus\/rules\.yaml\n(\n {2}.*\n {4}.*\n)+/);
    expectRefused({}, ['prometheus/rules.yaml: was not written by generate']);
    expectRefused({ force: true }, ['prometheus/rules.yaml: was not written by generate']);
  });

  it('that is a link or a folder is refused', () => {
    generate(EARLIER);
    rmSync(join(out, MANIFEST));
    put(`${MANIFEST}/mine`, '');
    expect(() => generate()).toThrow('is a folder, expected a file');
  });

  it('of an earlier release, checksums.json, counts: no option is needed, and it is replaced', async () => {
    const { createHash } = await import('node:crypto');
    const sum = (content: string) => createHash('sha256').update(content).digest('hex');
    const files = Object.fromEntries(EARLIER.map(({ path, content }) => [path, sum(content)]));
    for (const { path, content } of EARLIER) put(path, content);
    put('checksums.json', `${JSON.stringify({ definitions: sum('x'), files }, null, 2)}\n`);
    put('prometheus/rules.yaml', 'edited\n');
    expectRefused({}, ['prometheus/rules.yaml: was edited manually']);
    put('prometheus/rules.yaml', EARLIER[3]?.content as string);
    expect(compareFiles(out, PRESENT)).toContainEqual({ path: 'checksums.json', state: 'stale' });
    expect(expectWritten({}).changes).toContainEqual({ path: 'checksums.json', change: 'removed' });
    expect(existsSync(join(out, 'checksums.json'))).toBe(false);
    expect(existsSync(join(out, 'prometheus/old.yaml'))).toBe(false);
  });

  it('leaves a checksums.json of others alone', () => {
    put('checksums.json', '{"mine": true}\n');
    expectWritten({});
    expect(text('checksums.json')).toBe('{"mine": true}\n');
  });
});

describe('an output folder', () => {
  it('may be a link itself', () => {
    mkdirSync(join(parent, 'real'));
    symlinkSync(join(parent, 'real'), out);
    expectWritten({});
    expect(existsSync(join(parent, 'real/docs/alerts.md'))).toBe(true);
  });

  it.each([
    ['a file', () => writeFileSync(out, '')],
    ['a link that leads nowhere', () => symlinkSync(join(parent, 'nothing'), out)],
    ['a link to a file', () => symlinkSync('/etc/hostname', out)],
  ])('that is %s is refused', (_, make) => {
    make();
    expect(() => generate()).toThrow(OutputError);
    expect(() => compareFiles(out, PRESENT)).toThrow(OutputError);
  });

  it('below a file is refused', () => {
    writeFileSync(join(parent, 'file'), '');
    expect(() => writeFiles(join(parent, 'file/out'), PRESENT)).toThrow('file is a file, expected a folder');
  });

  it('that nothing changes in is not written to, so it may be read-only', () => {
    generate();
    chmodSync(out, 0o555);
    // Not even for a moment: a superuser could.
    utimesSync(out, 0, 0);
    expect(generate().changes).toEqual([]);
    expect(lstatSync(out).mtimeMs).toBe(0);
  });

  it('keeps the mode of a file that changes', () => {
    generate(EARLIER);
    chmodSync(join(out, 'prometheus/rules.yaml'), 0o664);
    generate();
    expect(lstatSync(join(out, 'prometheus/rules.yaml')).mode & 0o777).toBe(0o664);
  });

  it('does not take two files of one name, or one outside', () => {
    const one = { path: 'a/b.yaml', content: '' };
    expect(() => generate([one, { ...one, path: 'A/B.yaml' }])).toThrow('two files with this name');
    expect(() => generate([{ ...one, path: '../b.yaml' }])).toThrow(
      'expected a path inside the output folder',
    );
    expect(() => generate([{ ...one, path: MANIFEST }])).toThrow('two files with this name');
  });

  it('loses a folder that a removal has left empty, and no other', () => {
    generate([
      { path: 'a/b/c.yaml', content: '' },
      { path: 'a/d/e.yaml', content: '' },
    ]);
    put('a/d/.gitkeep', '');
    generate([]);
    expect([...contents(out).keys()]).toEqual(['a/', 'a/d/', 'a/d/.gitkeep', MANIFEST]);
  });
});
