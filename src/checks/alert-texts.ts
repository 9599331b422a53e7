import { SEVERITIES, SIGNALS } from '../model/severity.js';
import { TEMPLATE_VARIABLES, templateFault } from '../promql/template-fault.js';
import type { Check } from './check.js';

/** A template as long as what it writes: an action stands for a dozen characters. Its first character stays a capital letter. */
const written = (text: string) => text.replace(/^\{\{.*?\}\}/s, 'X').replace(/\{\{.*?\}\}/gs, '{{ }}');

/** An alert has to say what is wrong without its reader knowing the rule. */
export const alertTexts: Check = {
  id: 'alert-texts',
  proves:
    'Every alert has a severity, a signal, a rationale, a one-sentence summary and a separate description; both are valid Prometheus templates.',
  run: ({ bundle }) =>
    bundle.alertGroups.flatMap((group) =>
      group.rules.flatMap(({ file, alert, severity, annotations, definition }) => {
        const templates = (['summary', 'description'] as const).flatMap((annotation) => {
          const fault = templateFault(annotations[annotation]);
          return fault === undefined ? [] : [`the ${annotation} ${fault}`];
        });
        const wrong: [boolean, string, string][] = [
          ...templates.map((fault): [boolean, string, string] => [
            true,
            fault,
            `write {{ ... }} with ${TEMPLATE_VARIABLES.map((name) => `$${name}`).join(', ')}`,
          ]),
          [
            !SEVERITIES.includes(severity),
            `has the severity ${severity}`,
            `use one of ${SEVERITIES.join(', ')}`,
          ],
          [
            !SIGNALS.includes(definition.signal),
            `has the signal ${definition.signal}`,
            `use one of ${SIGNALS.join(', ')}`,
          ],
          [
            `${definition.signal}.alerts` !== group.name,
            `has the signal ${definition.signal} but is in ${group.file}`,
            'move it to the file of its signal',
          ],
          [
            !/^[A-Z].{10,158}\.$/s.test(written(annotations.summary)),
            'the summary is not one sentence of 12 to 160 characters',
            'write one sentence that ends with a full stop',
          ],
          [
            annotations.description.length < 40,
            'the description is shorter than 40 characters',
            'describe the impact, since when, and the first thing to do',
          ],
          [
            annotations.description === annotations.summary,
            'the description repeats the summary',
            'describe the impact, since when, and the first thing to do',
          ],
          [
            !/^[A-Z0-9a-z].{10,}\.$/s.test(definition.rationale),
            'the rationale is not a sentence',
            'write one or more sentences on why the alert is defined this way',
          ],
        ];
        return wrong
          .filter(([bad]) => bad)
          .map(([, problem, remedy]) => ({ file, subject: alert, problem, remedy }));
      }),
    ),
};
