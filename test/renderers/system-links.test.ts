import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package/root.js';

const read = (path: string) => readFileSync(join(packageRoot, path), 'utf8');
const pages = [
  ...['runbooks', 'docs', 'generated/docs'].flatMap((folder) =>
    readdirSync(join(packageRoot, folder))
      .filter((name) => name.endsWith('.md'))
      .map((name) => `${folder}/${name}`),
  ),
  'README.md',
];

/** The address of a heading on GitHub. */
const slug = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

describe('links to docs/system.md', () => {
  const system = read('docs/system.md');
  const anchors = new Set([
    ...[...system.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id),
    ...[...system.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => slug(heading as string)),
  ]);

  it('lead to anchors that it has', () => {
    const links = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\(([^)]*system\.md)?#([\w-]+)\)/g)]
        .filter(([, file]) => file !== undefined || page === 'docs/system.md')
        .map(([, , anchor]) => ({ page, anchor: anchor as string })),
    );
    expect(links.length).toBeGreaterThan(60);
    expect(links.filter(({ anchor }) => !anchors.has(anchor))).toEqual([]);
  });

  it('have each anchor once', () => {
    const ids = [...system.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id);
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([]);
  });
});
