import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { withStepLinks } from '../../src/bundle/links.js';
import { parseConfig } from '../../src/config/load.js';
import { RUNBOOK_STEPS } from '../../src/model/runbook.js';
import { packageRoot } from '../../src/package/root.js';

const read = (path: string) => readFileSync(join(packageRoot, path), 'utf8');
const filesIn = (folder: string, end: string): string[] =>
  readdirSync(join(packageRoot, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(end))
    .map((entry) => normalize(`${entry.parentPath.slice(packageRoot.length + 1)}/${entry.name}`));

/** Everything in Markdown that people read. */
const pages = [
  ...['docs', 'generated/docs', 'runbooks'].flatMap((folder) => filesIn(folder, '.md')),
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', 'UPGRADING.md'],
];

/** The anchor of a heading on GitHub. */
const slug = (heading: string) =>
  heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-');

const ids = (text: string) => [...text.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id as string);
const anchorsOf = (text: string) =>
  new Set([...ids(text), ...[...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => slug(heading as string))]);

/** What is wrong with the relative links of a page: the file or the anchor is missing. */
function brokenLinks(page: string, text: string): string[] {
  const outsideCode = text.replace(/^ *```.*?^ *```/gms, '').replace(/`[^`\n]*`/g, '');
  return [...outsideCode.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link]) => {
    const [path, anchor] = (link as string).split('#') as [string, string | undefined];
    if (/^[a-z]+:/.test(path)) return [];
    const target = path === '' ? page : normalize(join(dirname(page), path));
    if (!existsSync(join(packageRoot, target))) return [`${page}: ${link}: no such file`];
    if (anchor === undefined) return [];
    const there = target === page ? text : read(target);
    return anchorsOf(there).has(anchor) ? [] : [`${page}: ${link}: no such anchor`];
  });
}

describe('links', () => {
  it('lead to files and anchors that exist, from every page', () => {
    const links = pages.flatMap((page) => [...read(page).matchAll(/\]\(/g)]);
    expect(links.length).toBeGreaterThan(300);
    expect(pages.flatMap((page) => brokenLinks(page, read(page)))).toEqual([]);
  });

  it.each([
    ['[a](nowhere.md)', 'docs/drill.md: nowhere.md: no such file'],
    ['[a](system.md#nowhere)', 'docs/drill.md: system.md#nowhere: no such anchor'],
    ['[a](#nowhere)\n# Here', 'docs/drill.md: #nowhere: no such anchor'],
  ])('that lead nowhere are found: %s', (text, problem) => {
    expect(brokenLinks('docs/drill.md', text)).toEqual([problem]);
  });

  it('have each anchor once in a page', () => {
    const twice = pages.flatMap((page) =>
      ids(read(page))
        .filter((id, i, all) => all.indexOf(id) !== i)
        .map((id) => `${page}#${id}`),
    );
    expect(twice).toEqual([]);
  });
});

describe('the steps of the operator procedure', () => {
  const procedure = read('runbooks/gateway.md');

  it('are described once each, under their anchor and title', () => {
    expect(ids(procedure).sort()).toEqual(Object.keys(RUNBOOK_STEPS).sort());
    for (const [step, title] of Object.entries(RUNBOOK_STEPS))
      expect(procedure).toMatch(new RegExp(`<a id="${step}"></a>\\n#+ ${title}\\n`));
  });

  it('exist wherever a generated file names their anchor', () => {
    const named = filesIn('generated', '').flatMap((path) =>
      [...read(path).matchAll(/runbooks\/gateway\.md#([\w-]+)/g)].map(([, step]) => step as string),
    );
    expect(new Set(named).size).toBeGreaterThan(8);
    expect(named.filter((step) => !(step in RUNBOOK_STEPS))).toEqual([]);
  });

  it('are named by anchor, never by number, in all texts', () => {
    const texts = [
      ...pages,
      ...filesIn('generated', ''),
      ...filesIn('alerts', '.ts'),
      ...filesIn('dashboards', '.ts'),
    ]
      .concat(filesIn('src/drill', '.ts'))
      .filter((path) => !path.endsWith('CHANGELOG.md'));
    const numbered = texts.flatMap((path) =>
      [...read(path).matchAll(/\bsteps? \d(?:\.\d)?\b/gi)].map(([text]) => `${path}: ${text}`),
    );
    expect(numbered).toEqual([]);
  });
});

describe('links to a step in a text', () => {
  const text = 'First [restart it](runbook:restart-service).';
  it.each([
    [{}, 'markdown', 'First restart it (runbooks/gateway.md#restart-service).'],
    [
      { runbooks: 'https://wiki.example' },
      'markdown',
      'First [restart it](https://wiki.example/gateway.md#restart-service).',
    ],
    [
      { runbooks: 'https://wiki.example' },
      'plain',
      'First restart it (https://wiki.example/gateway.md#restart-service).',
    ],
    [
      { operatorRunbook: 'https://ours.example/ops' },
      'markdown',
      'First [restart it](https://ours.example/ops#restart-service).',
    ],
  ] as const)('follow the settings %j', (links, form, written) => {
    expect(withStepLinks(parseConfig({ links }), text, form)).toBe(written);
  });

  it('are refused where the step does not exist', () => {
    expect(() => withStepLinks(parseConfig({}), '[x](runbook:nowhere)', 'plain')).toThrow(
      'links the step nowhere, which the operator procedure does not have',
    );
  });
});

describe('panels that a page names', () => {
  const bundle = buildBundle(parseConfig({}), definitions());
  const titles = new Set(
    bundle.dashboards.flatMap(({ definition: { title, rows } }) =>
      rows.flatMap(({ panels }) => panels.map((panel) => `"${panel.title}" on the dashboard ${title}`)),
    ),
  );
  it('exist, with that title on that dashboard', () => {
    const named = filesIn('runbooks', '.md').flatMap((page) =>
      [...read(page).matchAll(/"[^"\n]+" on the dashboard Gateway: [\w ]+/g)].map(([text]) => text),
    );
    expect(named.length).toBeGreaterThan(1);
    expect(named.filter((text) => !titles.has(text))).toEqual([]);
  });

  it('stop the build where they do not exist', () => {
    const all = definitions();
    const pagesOf = { ...all.runbook.pages };
    pagesOf.GatewayDown = (context) => {
      const page = (all.runbook.pages.GatewayDown as NonNullable<(typeof pagesOf)[string]>)(context);
      return { ...page, meaning: context.panel('gateway-overview', 999) };
    };
    const { broken } = buildBundle(parseConfig({}), { ...all, runbook: { ...all.runbook, pages: pagesOf } });
    expect(broken).toEqual([
      {
        file: 'alerts/pages/gateway.ts',
        subject: 'GatewayDown',
        message: 'names panel 999 of gateway-overview, which is not defined',
      },
    ]);
  });
});
