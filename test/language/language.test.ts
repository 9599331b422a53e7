import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package/root.js';
import { ALLOWED, AVOIDED } from './patterns.js';

interface Text {
  /** File and line, `README.md:12`. */
  readonly at: string;
  readonly text: string;
}

const read = (file: string) => readFileSync(join(packageRoot, file), 'utf8');

/** Files below a folder, by their ends. */
const filesIn = (folder: string, ...ends: string[]) =>
  readdirSync(join(packageRoot, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && ends.some((end) => entry.name.endsWith(end)))
    .map((entry) => `${entry.parentPath.slice(packageRoot.length)}/${entry.name}`.replace(/^\/+/, ''))
    .filter((file) => !file.includes('node_modules'));

const lines = (file: string): Text[] =>
  read(file)
    .split('\n')
    .map((text, i) => ({ at: `${file}:${i + 1}`, text }));

/** Paragraphs, so that a phrase that is broken over two lines is found. */
function paragraphs(file: string): Text[] {
  const found: Text[] = [];
  let start = 1;
  for (const paragraph of read(file).split(/\n(?=\n|\s*[-*|#]|\s*\d+\.)/)) {
    found.push({ at: `${file}:${start}`, text: paragraph.replace(/\s+/g, ' ').trim() });
    start += paragraph.split('\n').length;
  }
  return found;
}

const parsed = (file: string) => ts.createSourceFile(file, read(file), ts.ScriptTarget.Latest, true);

/** String literals and templates of two words and more: messages, help and definitions. */
function literals(file: string): Text[] {
  const source = parsed(file);
  const found: Text[] = [];
  const visit = (node: ts.Node) => {
    if (
      ts.isStringLiteralLike(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddle(node) ||
      ts.isTemplateTail(node)
    ) {
      const text = node.text.replace(/\s+/g, ' ').trim();
      const { line } = source.getLineAndCharacterOfPosition(node.getStart());
      if (text.includes(' ')) found.push({ at: `${file}:${line + 1}`, text });
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** Docstrings of a module. */
function docstrings(file: string): Text[] {
  const source = read(file);
  return [...source.matchAll(/\/\*\*(.*?)\*\//gs)].map((match) => ({
    at: `${file}:${source.slice(0, match.index).split('\n').length}`,
    text: (match[1] as string)
      .replace(/\n\s*\*/g, ' ')
      .replace(/\s+/g, ' ')
      .trim(),
  }));
}

/** The modules that the public API exports from. */
const publicModules = ['src/index.ts', 'src/pulumi/index.ts'].flatMap((file) =>
  [...read(file).matchAll(/from '(\.[^']+)\.js'/g)].map(([, path]) =>
    join(file, '..', `${path as string}.ts`),
  ),
);

const prose = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'UPGRADING.md',
  ...filesIn('docs', '.md'),
  ...filesIn('runbooks', '.md'),
  ...filesIn('generated/docs', '.md'),
];

const sources = ['src', 'alerts', 'dashboards', 'metrics', 'recording-rules', 'preview'].flatMap((folder) =>
  filesIn(folder, '.ts').filter((file) => !file.includes('.d.ts')),
);

const texts: Text[] = [
  ...prose.flatMap(paragraphs),
  ...filesIn('generated', '.yaml', '.json').flatMap(lines),
  ...filesIn('ci-examples', '').flatMap(lines),
  ...filesIn('deploy', '.yaml', '.yml', '.service', 'Dockerfile', '.md').flatMap(lines),
  ...sources.flatMap(literals),
  ...publicModules.flatMap(docstrings),
];

const hits = texts.flatMap(({ at, text }) =>
  AVOIDED.flatMap(([pattern, instead]) => {
    const found = pattern.exec(text)?.[0];
    return found === undefined ? [] : [{ at, text, found, instead }];
  }),
);

describe('the language', () => {
  it('reads texts of every kind', () => {
    for (const kind of [
      'README.md',
      'docs/',
      'runbooks/',
      'generated/docs/',
      'generated/prometheus/',
      'src/cli/',
    ])
      expect(texts.filter(({ at }) => at.startsWith(kind)).length, kind).toBeGreaterThan(20);
    expect(publicModules.length).toBeGreaterThan(20);
  });

  it('is free of the words and patterns to avoid', () => {
    const open = hits.filter(
      ({ at, text }) => !ALLOWED.some((one) => at.startsWith(one.file) && text.includes(one.text)),
    );
    expect(
      open.map(
        ({ at, text, found, instead }) => `${at}: “${found}” in “${text.slice(0, 160)}”: write ${instead}`,
      ),
    ).toEqual([]);
  });

  it('has at most ten exceptions, each with a reason and each in use', () => {
    expect(ALLOWED.length).toBeLessThanOrEqual(10);
    for (const { file, text, reason } of ALLOWED) {
      expect(reason.length, text).toBeGreaterThan(10);
      expect(
        hits.some((hit) => hit.at.startsWith(file) && hit.text.includes(text)),
        text,
      ).toBe(true);
    }
  });

  it.each([
    'Nobody is told of this any more',
    'it resolves once and fires anew',
    'a group of its own',
    'clears by itself',
    'neither could be had',
    'diff shows what follows from it',
    'the text says so',
    'refused for want of a lease',
    'writes are turned away',
    'one file a signal',
    'that it waits is not news',
    'the highest step of the ladder says it all',
    'Nothing is known of the queue.',
    'the worker knows of nothing',
    'that is no fault',
    'The worker reported completion, and no more.',
    'Pushes go on and change nothing.',
    'Nothing resumes pushes after a restart.',
    'Who else?',
    'mend the definition',
    'one group a file',
    'What the exporter lists it must expose, and the other way round.',
  ])('would notice “%s”', (text) => {
    expect(AVOIDED.some(([pattern]) => pattern.test(text))).toBe(true);
  });

  it.each([
    'What was tested, and what was not',
    'The gateway restarts and pushes are sent again.',
    'its own lock file',
    'What is wrong?',
    'the service is stopped',
    'recommended amendments',
  ])('accepts “%s”', (text) => {
    expect(AVOIDED.filter(([pattern]) => pattern.test(text))).toEqual([]);
  });
});

describe('the README', () => {
  const readme = read('README.md').trimEnd().split('\n');

  it('has at most 120 lines', () => {
    expect(readme.length).toBeLessThanOrEqual(120);
  });

  it('has no line of prose over 120 characters', () => {
    // Rows of tables and addresses of pictures cannot be wrapped.
    expect(readme.filter((line) => line.length > 120 && !/^(\||!\[)/.test(line))).toEqual([]);
  });
});
