import type { AlertDefinition } from '../model/rules.js';
import { SEVERITIES, SIGNALS } from '../model/severity.js';
import { TEMPLATE_VARIABLES, templateFault } from '../promql/template-fault.js';
import type { Check } from './check.js';

/** A text in which an action counts as five characters, and as a capital letter where the text starts with it. */
const written = (text: string) => text.replace(/^\{\{.*?\}\}/s, 'X').replace(/\{\{.*?\}\}/gs, '{{ }}');

/** Labels in `extraLabels` that would replace one that the alert or its expression sets. */
const overwrittenLabels = ({ extraLabels = {}, labels }: AlertDefinition) =>
  Object.keys(extraLabels).filter((label) => ['alertname', 'severity', 'signal', ...labels].includes(label));

/** An alert has to say what is wrong without its reader knowing the rule. */
export const alertTexts: Check = {
  id: 'alert-texts',
  proves:
    'Every alert has a severity, a signal, a rationale, a one-sentence summary and a separate description; both are valid Prometheus templates.',
  run: ({ bundle }) =>
    bundle.alertGroups.flatMap((group) =>
      group.rules.flatMap(({ file, alert, severity, labels, annotations, definition }) => {
        // An own alert may be about anything, in any group.
        const isOwn = file === bundle.definitions.own?.file;
        const templates = [
          ...Object.entries(annotations),
          ...Object.entries(labels)
            .filter(([label]) => !['severity', 'signal'].includes(label))
            .map(([label, text]) => [`label ${label}`, text] as const),
        ].flatMap(([name, text]) => {
          const fault = templateFault(text);
          return fault === undefined ? [] : [`the ${name} ${fault}`];
        });
        const wrong: [boolean, string, string, 'style'?][] = [
          ...templates.map((fault): [boolean, string, string] => [
            true,
            fault,
            `write {{ ... }} with ${TEMPLATE_VARIABLES.map((name) => `$${name}`).join(', ')}`,
          ]),
          ...overwrittenLabels(definition).map((label): [boolean, string, string] => [
            true,
            `extraLabels sets ${label}, which the alert has already`,
            'choose another label',
          ]),
          [
            !SEVERITIES.includes(severity),
            `has the severity ${severity}`,
            `use one of ${SEVERITIES.join(', ')}`,
          ],
          [
            !isOwn && !SIGNALS.includes(definition.signal),
            `has the signal ${definition.signal}`,
            `use one of ${SIGNALS.join(', ')}`,
          ],
          [
            !isOwn && `${definition.signal}.alerts` !== group.name,
            `has the signal ${definition.signal} but is in ${group.file}`,
            'move it to the file of its signal',
          ],
          [
            !/^[A-Z].{10,158}\.$/s.test(written(annotations.summary)),
            'the summary is not one sentence of 12 to 160 characters',
            'write one sentence that ends with a full stop',
            'style',
          ],
          [
            annotations.description.length < 40,
            'the description is shorter than 40 characters',
            'describe the impact, since when, and the first thing to do',
            'style',
          ],
          [
            annotations.description === annotations.summary,
            'the description repeats the summary',
            'describe the impact, since when, and the first thing to do',
            'style',
          ],
          [
            !/^[A-Z0-9a-z].{10,}\.$/s.test(definition.rationale),
            'the rationale is not a sentence',
            'write one or more sentences on why the alert is defined this way',
            'style',
          ],
        ];
        return wrong
          .filter(([bad]) => bad)
          .map(([, problem, remedy, kind]) => ({
            file,
            subject: alert,
            problem,
            remedy,
            ...(kind === 'style' ? { houseRule: true as const } : {}),
          }));
      }),
    ),
};
