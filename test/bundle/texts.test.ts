import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';

/*
 * What definitions say of themselves, in words that stand in one place: `npm run generate` copies a changed word into the references and dashboards,
 * and no other test reads it. The messages and pages of alerts are in test/rules/rendered-texts/ and test/rules/page-texts/.
 */

const HEADER = `# The texts of definitions as they were reviewed. After a change of one:
# npm run texts
# Then compare what changed with the definition: does it say what the expression or the panel shows, with the right unit, number and direction?
`;
const FOLDER = fileURLToPath(new URL('texts/', import.meta.url));

const {
  definitions: defined,
  recordingGroups,
  alertGroups,
  dashboards,
  site,
} = buildBundle(parseConfig({ watchdog: 'on' }), definitions());

const texts: Readonly<Record<string, unknown>> = {
  metrics: Object.fromEntries(
    defined.metrics.map(({ name, type, unit, presence, help, trap, labels }) => [
      name,
      { help, trap, type, unit, presence, labels },
    ]),
  ),
  'recording-rules': Object.fromEntries(
    recordingGroups
      .flatMap(({ rules }) => rules)
      .map(({ record, definition: { help, unit, emptyWhen, situation, runbookSteps, rationale } }) => [
        record,
        { help, unit, emptyWhen, situation, runbookSteps, rationale },
      ]),
  ),
  alerts: Object.fromEntries(
    alertGroups
      .flatMap(({ rules }) => rules)
      .map(({ alert, grafanaAnnotations, definition: { situation, runbookSteps, rationale } }) => [
        alert,
        {
          situation,
          runbookSteps,
          rationale,
          inGrafana: { summary: grafanaAnnotations.summary, description: grafanaAnnotations.description },
        },
      ]),
  ),
  inhibitions: defined.inhibitions,
  dashboards: Object.fromEntries(
    dashboards.map(({ definition: { uid, title, description, tags, span, rows } }) => [
      uid,
      {
        title,
        description,
        tags,
        span,
        rows: rows.map((row) => ({
          title: row.title,
          panels: Object.fromEntries(
            row.panels.map((panel) => [
              panel.id,
              {
                title: panel.title,
                description: panel.description,
                content: panel.content,
                noData: typeof panel.noData === 'string' ? panel.noData : panel.noData(site),
              },
            ]),
          ),
        })),
      },
    ]),
  ),
};

describe('the texts of definitions', () => {
  it.each(Object.keys(texts))('are as reviewed: %s', async (kind) => {
    const content = stringify(texts[kind], { lineWidth: 110, aliasDuplicateObjects: false });
    await expect(`${HEADER}\n${content}`).toMatchFileSnapshot(`${FOLDER}${kind}.yaml`);
  });

  it('have no copy of anything else', () => {
    expect(readdirSync(FOLDER).filter((file) => !(file.replace('.yaml', '') in texts))).toEqual([]);
  });
});
