import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { PageStep, ProcedureStep } from '../../src/model/runbook.js';
import { RUNBOOK_STEPS } from '../../src/model/runbook.js';
import { renderRunbooks } from '../../src/renderers/runbooks/index.js';
import { bundleFor } from './run-cases.js';

/*
 * A page and its source change together, so that `npm run generate` would accept any change of a word. These copies are kept apart from both. They
 * have what a page says of its alert; what all pages share is in test/renderers/runbook-pages.test.ts.
 */

/** Every page: that of the watchdog as well. Other settings change no text. */
const bundle = bundleFor({ watchdog: 'on' });

const HEADER = `# The runbook as it was reviewed, without the lines that all pages share. After a change of its texts:
# npm run texts
# Then read what changed as the on-call engineer: does the text say what its query or command shows, with the right number, comparison,
# order and direction, and is each step safe to paste?
`;
const FOLDER = fileURLToPath(new URL('page-texts/', import.meta.url));
const asText = (content: unknown) =>
  `${HEADER}\n${stringify(content, { lineWidth: 110, blockQuote: 'literal' })}`;

const runbook = renderRunbooks(bundle);
const rendered = (name: string) => runbook.find(({ path }) => path === `runbooks/${name}`)?.content ?? '';

const stepText = ({ text, query, command, host, mayBeEmpty }: PageStep) => ({
  text,
  ...(query === undefined ? {} : { query }),
  ...(mayBeEmpty === undefined ? {} : { mayBeEmpty }),
  ...(command === undefined ? {} : { command }),
  ...(host === undefined ? {} : { host }),
});

const procedureText = ({ step, content, parts = [] }: ProcedureStep): Readonly<Record<string, unknown>> => ({
  [step]: {
    title: RUNBOOK_STEPS[step],
    steps: content.map(stepText),
    ...(parts.length === 0 ? {} : { parts: Object.assign({}, ...parts.map(procedureText)) as unknown }),
  },
});

const pagesBySignal = bundle.alertGroups.map(({ name, rules }) => ({
  file: `${name}.yaml`,
  content: Object.fromEntries(
    rules.map(({ alert, page }) => [
      alert,
      page && {
        firesWhen: page.firesWhen,
        urgency: page.urgency,
        meaning: page.meaning,
        impact: page.impact,
        check: page.check.map(stepText),
        act: page.act.map(stepText),
        avoid: page.avoid,
        over: { query: page.over.query, becomes: page.over.becomes, text: page.over.text },
        returnsIf: page.returnsIf,
      },
    ]),
  ),
}));

const files = [
  ...pagesBySignal.map(({ file, content }) => ({ file, text: asText(content) })),
  {
    file: 'procedure.yaml',
    text: asText({
      introduction: rendered('gateway.md').split('<a id=')[0],
      ...(Object.assign({}, ...bundle.procedure.map(procedureText)) as object),
    }),
  },
  {
    file: 'index.txt',
    text: `${HEADER}\n${rendered('README.md')}`,
  },
];

describe('what the runbook says', () => {
  it.each(files)('is as reviewed: $file', async ({ file, text }) => {
    await expect(text).toMatchFileSnapshot(`${FOLDER}${file}`);
  });

  it('has no copy of a signal that is not there', () => {
    expect(readdirSync(FOLDER).filter((name) => files.every(({ file }) => file !== name))).toEqual([]);
  });
});
