import { ALERT, alert } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

/** A sentence of so many characters. */
const sentence = (length: number) => `R${'x'.repeat(length - 2)}.`;
const NO_SUMMARY =
  'the summary is not one sentence of 12 to 160 characters: write one sentence that ends with a full stop';
const SHORT =
  'the description is shorter than 40 characters: describe the impact, since when, and the first thing to do';
const NO_RATIONALE =
  'the rationale is not a sentence: write one or more sentences on why the alert is defined this way';

describeCheck('alert-texts', {
  catches: [
    ...[
      sentence(11),
      sentence(161),
      'relay is pending.',
      '1 relay is pending.',
      'Relay is pending',
      'Relay is pending. ',
    ].map(
      (summary) =>
        [`the summary ${summary}`, { alerts: [alert({ summary })] }, [`${ALERT}: ${NO_SUMMARY}`]] as const,
    ),
    ...['x'.repeat(39), '- '.repeat(19)].map(
      (description) =>
        [
          `the description ${description}`,
          { alerts: [alert({ description })] },
          [`${ALERT}: ${SHORT}`],
        ] as const,
    ),
    ...[sentence(11), '(see the runbook of the gateway).', 'The runbook says so! '].map(
      (rationale) =>
        [
          `the rationale ${rationale}`,
          { alerts: [alert({ rationale })] },
          [`${ALERT}: ${NO_RATIONALE}`],
        ] as const,
    ),
    [
      'a summary that is no sentence',
      { alerts: [alert({ summary: 'broken' })] },
      [
        `${ALERT}: the summary is not one sentence of 12 to 160 characters: write one sentence that ends with a full stop`,
      ],
    ],
    [
      'a description that says nothing',
      { alerts: [alert({ description: 'It is bad.' })] },
      [
        `${ALERT}: the description is shorter than 40 characters: describe the impact, since when, and the first thing to do`,
      ],
    ],
    [
      'no rationale',
      { alerts: [alert({ rationale: '' })] },
      [
        `${ALERT}: the rationale is not a sentence: write one or more sentences on why the alert is defined this way`,
      ],
    ],
    [
      'a rationale that is no sentence',
      { alerts: [alert({ rationale: 'runbook step 4' })] },
      [
        `${ALERT}: the rationale is not a sentence: write one or more sentences on why the alert is defined this way`,
      ],
    ],
    [
      'a severity that does not exist',
      { alerts: [alert({ severity: 'page' as never })] },
      [`${ALERT}: has the severity page: use one of critical, warning, info`],
    ],
    [
      'an alert in the file of another signal',
      { alerts: [alert({ signal: 'gateway' })] },
      [
        `${ALERT}: has the signal gateway but is in alerts/pending-writes.ts: move it to the file of its signal`,
      ],
    ],
    [
      'a signal that does not exist',
      { alerts: [alert({ signal: 'queue' as never })] },
      [
        `${ALERT}: has the signal queue: use one of pending-writes, push-wait, lease-expiry, replica-fallback, worker-queue, exporter, gateway`,
        `${ALERT}: has the signal queue but is in alerts/pending-writes.ts: move it to the file of its signal`,
      ],
    ],
    [
      'a description that repeats the summary',
      {
        alerts: [
          alert({
            summary: 'Relay {{ $labels.relay }} is pending, and that is all there is to say.',
            description: 'Relay {{ $labels.relay }} is pending, and that is all there is to say.',
          }),
        ],
      },
      [
        `${ALERT}: the description repeats the summary: describe the impact, since when, and the first thing to do`,
      ],
    ],
    [
      'a variable that templates do not have',
      { alerts: [alert({ summary: 'Relay {{ $label.relay }} is pending in a test.' })] },
      [
        `${ALERT}: the summary uses $label, which no template has: write {{ ... }} with $labels, $value, $externalLabels, $externalURL`,
      ],
    ],
    [
      'braces that are not closed',
      {
        alerts: [
          alert({
            description: 'Pending since {{ $value | humanizeDuration }, which is long enough to look.',
          }),
        ],
      },
      [
        `${ALERT}: the description has an unmatched {{ or }}: write {{ ... }} with $labels, $value, $externalLabels, $externalURL`,
      ],
    ],
    [
      'a capital letter that is not the first one, and a rationale that goes on after its full stop',
      {
        alerts: [alert({ summary: 'the Relay is pending in a test.', rationale: 'It has a reason. Or two' })],
      },
      [`${ALERT}: ${NO_SUMMARY}`, `${ALERT}: ${NO_RATIONALE}`],
    ],
    [
      'labels that would replace those of the alert',
      {
        alerts: [
          alert({ extraLabels: { alertname: 'A', severity: 'B', signal: 'C', relay: 'D', team: 'storage' } }),
        ],
      },
      ['alertname', 'severity', 'signal', 'relay'].map(
        (label) => `${ALERT}: extraLabels sets ${label}, which the alert has already: choose another label`,
      ),
    ],
    [
      'a wrong template in a label',
      { alerts: [alert({ extraLabels: { team: '{{ $team }}' } })] },
      [
        `${ALERT}: the label team uses $team, which no template has: write {{ ... }} with $labels, $value, $externalLabels, $externalURL`,
      ],
    ],
    [
      'braces in a severity and a signal, which are no templates',
      { alerts: [alert({ severity: '{{' as never, signal: '}}{{' })] },
      [
        `${ALERT}: has the severity {{: use one of critical, warning, info`,
        `${ALERT}: has the signal }}{{: use one of pending-writes, push-wait, lease-expiry, replica-fallback, worker-queue, exporter, gateway`,
        `${ALERT}: has the signal }}{{ but is in alerts/pending-writes.ts: move it to the file of its signal`,
      ],
    ],
    [
      'the style of an own alert, as warnings, and its faults',
      {
        own: {
          alerts: [
            alert({ severity: 'page' as never, summary: 'own', description: 'own', rationale: 'own' }),
          ],
        },
      },
      [
        'has the severity page: use one of critical, warning, info',
        `${NO_SUMMARY} (warning)`,
        `${SHORT} (warning)`,
        'the description repeats the summary: describe the impact, since when, and the first thing to do (warning)',
        `${NO_RATIONALE} (warning)`,
      ].map((problem) => `own.ts: GatewayTestFiring: ${problem}`),
    ],
  ],
  passes: [
    [
      'an own alert about something else, in a group of any name',
      {
        own: { alerts: [{ name: 'disks', rules: [alert({ signal: 'disk' })] }] },
      },
    ],
    [
      'a summary of 12 characters, of which a template is five',
      { alerts: [alert({ labels: ['relay'], summary: 'R{{ $labels.relay }}xxxxx.' })] },
    ],
    ...[12, 160].map(
      (length) =>
        [`a summary of ${length} characters`, { alerts: [alert({ summary: sentence(length) })] }] as const,
    ),
    [
      'a summary with long templates, also as its first word',
      {
        alerts: [
          alert({
            summary: `{{ with $labels.relay }}{{ . }}{{ end }} and {{ if $labels.relay }}${'x'.repeat(20)}{{ else }}{{ ${' '.repeat(140)} $value }}{{ end }} wait.`,
          }),
        ],
      },
    ],
    [
      'a summary of several lines',
      { alerts: [alert({ summary: 'Relay {{ $labels.relay\n}} is pending\nin a test.' })] },
    ],
    ['a description of 40 characters', { alerts: [alert({ description: 'x'.repeat(40) })] }],
    ...[sentence(12), '3 of 4 relays.\nOf a test.', 'relays of a test.'].map(
      (rationale) => [`the rationale ${rationale}`, { alerts: [alert({ rationale })] }] as const,
    ),
    [
      'a template with variables of its own',
      {
        alerts: [
          alert({
            description:
              '{{ $age := $value }}{{ range $i, $x := query "up" }}{{ $i }}{{ $x }}{{ end }}{{ $age | humanizeDuration }} since then.',
          }),
        ],
      },
    ],
    [
      'a dollar sign outside of braces',
      { alerts: [alert({ summary: 'Relay {{ $labels.relay }} costs $5 a minute.' })] },
    ],
    [
      'a severity and texts that the site decides',
      {
        alerts: [
          alert({
            severity: (site) => (site.config.workers.alwaysOn ? 'critical' : 'info'),
            summary: () => 'Relay {{ $labels.relay }} is pending in a test.',
          }),
        ],
      },
    ],
    [
      'a severity of the configuration',
      { config: { alerts: { GatewayTestFiring: { severity: 'critical' } } } },
    ],
  ],
});
