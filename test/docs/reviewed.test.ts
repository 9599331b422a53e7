import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package/root.js';
import { pages } from './pages.js';

/*
 * What no other test knows of the documentation: which flags a command needs, which number is right, whether a sentence says "before" or "after".
 * A copy has the code and the tables of a page, and of the sentences under each heading a digest, so that no change of either goes unnoticed.
 */

const HEADER = `The code and the tables of a page as they were reviewed, and a digest of the sentences under each heading. After a change of the page:
npm run texts
Then compare what changed on the page with its source: run each command, look up each flag, default, name and number, and read each
sentence once for "not", "before", "above" and the like.
`;
const FOLDER = fileURLToPath(new URL('reviewed/', import.meta.url));

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 12);
/** The same for a paragraph whose lines end elsewhere. */
const digestOfSentences = (text: string) => digestOf(text.replace(/\s+/g, ' ').trim());

/** The page without its sentences, which are a digest under each heading. */
function reviewed(page: string): string {
  const lines: string[] = [];
  let sentences: string[] = [];
  const endSection = () => {
    if (sentences.join('').trim() !== '') lines.push(`sentences: ${digestOfSentences(sentences.join('\n'))}`);
    sentences = [];
  };
  let fence: string | undefined;
  for (const line of page.split('\n')) {
    const [, indent] = /^( *)```/.exec(line) ?? [];
    if (indent !== undefined) fence = fence === undefined ? indent : undefined;
    const isHeading = fence === undefined && line.startsWith('#');
    if (isHeading) {
      endSection();
      lines.push('', line);
    } else if (fence !== undefined || indent !== undefined || line.startsWith('|'))
      lines.push(line.replace(new RegExp(`^${fence ?? indent ?? ''}`), ''));
    else sentences.push(line);
  }
  endSection();
  return `${lines.join('\n')}\n`;
}

/** The runbook is compared in test/rules/page-texts.test.ts; what settings mean is in no other place than their reference. */
const copies = [
  ...pages.filter(({ path }) => !path.startsWith('runbooks/')),
  ...['CHANGELOG.md', 'generated/docs/configuration.md'].map((path) => ({
    path,
    text: readFileSync(join(packageRoot, path), 'utf8'),
  })),
].map(({ path, text }) => ({
  path,
  file: `${basename(path, '.md')}.txt`,
  content: `${HEADER}${reviewed(text)}`,
}));

/** Examples and workflows, whose comments are instructions as well: a digest of each, so that a new version of an action or an image needs no review. */
const examples = [
  '.lint',
  '.pint.hcl',
  'Pulumi.yaml',
  'Pulumi.example.yaml',
  ...['.github/workflows', 'ci-examples', 'deploy'].flatMap((folder) =>
    readdirSync(join(packageRoot, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.c?[jt]s$/.test(entry.name))
      .map(({ parentPath, name }) => relative(packageRoot, join(parentPath, name))),
  ),
].sort();
const withoutVersions = (text: string) =>
  text.replace(/@[0-9a-f]{40} +# v[\d.]+$/gm, '').replace(/^(\s*(?:image:|FROM) *[\w/-]+):[\w.-]+/gm, '$1');
const EXAMPLES = `A digest of each example and workflow as it was reviewed, without versions of actions and images. After a change of one:
npm run texts
Then compare what changed, its comments too, with what the file is for.
`;

describe('the examples and workflows', () => {
  it('are as reviewed', async () => {
    const digests = examples.map(
      (path) => `${path}: ${digestOf(withoutVersions(readFileSync(join(packageRoot, path), 'utf8')))}`,
    );
    await expect(`${EXAMPLES}\n${digests.join('\n')}\n`).toMatchFileSnapshot('examples.txt');
  });
});

describe('the documentation', () => {
  it.each(copies)('is as reviewed: $path', async ({ file, content }) => {
    await expect(content).toMatchFileSnapshot(`${FOLDER}${file}`);
  });

  it('has no copy of a page that is not there', () => {
    expect(readdirSync(FOLDER).filter((name) => copies.every(({ file }) => file !== name))).toEqual([]);
  });
});
