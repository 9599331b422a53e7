import type { Bundle } from '../../bundle/bundle.js';
import type { Config } from '../../config/schema.js';
import { SIGNALS } from '../../model/severity.js';
import { durationOf, durationSeconds } from '../../promql/duration.js';
import { type Artifact, GENERATED } from '../artifact.js';
import { commentedYaml, type Note } from '../commented-yaml.js';
import { inhibitRules, matcher } from './inhibit-rules.js';

const WORKER_SIGNALS = ['worker-queue', 'exporter'] as const;

/** A receiver to be replaced: nothing listens at these addresses, so a forgotten one fails and says so. */
const placeholder = (name: string, sendResolved: boolean) => ({
  name,
  webhook_configs: [
    {
      url: `http://127.0.0.1:5001/${name}`,
      send_resolved: sendResolved,
      max_alerts: 50,
    },
  ],
});

/**
 * An example configuration of Alertmanager 0.22 and newer for the alerts of a bundle: routes by severity and signal,
 * grouping, inhibition. Receivers are placeholders.
 *
 * Throws {@link InhibitionError} as {@link inhibitRules} does.
 */
export function renderAlertmanagerExample(bundle: Bundle): Artifact[] {
  const { config } = bundle;
  const inhibit = inhibitRules(bundle);
  const content = commentedYaml(
    {
      route: routeOf(config),
      inhibit_rules: inhibit.map(({ rule }) => rule),
      receivers: [
        placeholder('gateway-pager', true),
        placeholder('gateway-tickets', true),
        placeholder('worker-tickets', true),
        placeholder('gateway-chat', false),
      ],
    },
    headerOf(config),
    [
      ...routeNotes(config),
      ...inhibit.map(({ reason }, i): Note => [['inhibit_rules', i], reason]),
      ...RECEIVER_NOTES,
    ],
  );
  return [{ path: 'alertmanager/alertmanager.example.yaml', content }];
}

function routeOf(config: Config) {
  return {
    receiver: 'gateway-tickets',
    group_by: ['alertname', ...config.groupBy],
    group_wait: groupWait(config),
    group_interval: '5m',
    repeat_interval: '1d',
    routes: [
      {
        matchers: ['severity="critical"', 'signal="gateway"'],
        receiver: 'gateway-pager',
        group_wait: '5s',
        repeat_interval: '4h',
      },
      {
        matchers: ['severity="critical"', matcher('signal', SIGNALS)],
        receiver: 'gateway-pager',
        repeat_interval: '4h',
      },
      {
        matchers: ['severity="warning"', matcher('signal', WORKER_SIGNALS)],
        receiver: 'worker-tickets',
        group_interval: '30m',
      },
      {
        matchers: ['severity="warning"', matcher('signal', SIGNALS)],
        receiver: 'gateway-tickets',
        group_interval: '30m',
      },
      {
        matchers: ['severity="info"', matcher('signal', SIGNALS)],
        receiver: 'gateway-chat',
        group_interval: '1h',
        repeat_interval: '4d',
      },
    ],
  };
}

/** Every rule group is evaluated once in this time, and 15 seconds are for sending. */
const groupWait = ({ evaluationInterval }: Config) =>
  durationOf(Math.ceil(durationSeconds(evaluationInterval)) + 15);

function headerOf(config: Config): string {
  const shared =
    config.groupBy.length === 0
      ? 'No groupBy label is configured: where several installations share this Alertmanager, configure the labels that tell them apart (groupBy), or the gateway of one silences alerts of the others.'
      : `Alerts of one installation share ${config.groupBy.join(', ')}; inhibition never crosses it.`;
  return `${GENERATED}\nSource: alerts/inhibitions.ts, src/renderers/alertmanager/example.ts\n\nAn example: copy it, or merge its routes, inhibition rules and receivers into your own configuration. Addresses are placeholders without secrets.\n${shared}`;
}

function routeNotes(config: Config): Note[] {
  const site = config.groupBy.length === 0 ? 'alertname' : `alertname and ${config.groupBy.join(', ')}`;
  return [
    [
      ['route', 'receiver'],
      'For what no route below takes: an alert whose labels somebody changed becomes a ticket, it does not vanish.',
    ],
    [
      ['route', 'group_by'],
      `One notification per ${site}, not per relay: 1,000 relays that fail at once make one page.`,
    ],
    [
      ['route', 'group_wait'],
      `Rule groups are evaluated at different moments of an interval (${config.evaluationInterval}). Waiting for one interval and 15 seconds lets relays that fail together arrive together, and lets what silences an alert arrive before the alert is sent.`,
    ],
    [
      ['route', 'group_interval'],
      'Relays that join a group are told of at most this often. Alertmanager sends a repetition on such a beat only.',
    ],
    [['route', 'repeat_interval'], 'A ticket is open already; once a day says that it is still true.'],
    [
      ['route', 'routes', 0],
      'The gateway itself: sent almost at once. It has waited for its own "for" already, and other alerts wait for it.',
    ],
    [
      ['route', 'routes', 1],
      'Critical pages. Repeated before the shift that took it is over, so that it is handed on.',
    ],
    [
      ['route', 'routes', 2],
      "Warnings about workers and their exporters are for those who run the workers' hosts. Nobody reads a ticket every 5 minutes.",
    ],
    [['route', 'routes', 3], 'All other warnings are tickets for those who run the gateway.'],
    [
      ['route', 'routes', 4],
      'Information goes where nobody is woken. Repeated rarely, within the 5 days that Alertmanager remembers what it sent (data.retention).',
    ],
    [
      ['inhibit_rules'],
      'An alert that somebody silenced by hand still silences others: do not silence the alert about a process that was taken out of service, remove its target from Prometheus.',
    ],
  ];
}

const RECEIVER_NOTES: readonly Note[] = [
  [
    ['receivers'],
    'Replace the webhooks. Nothing listens at these addresses: a forgotten one shows in alertmanager_notifications_failed_total.',
  ],
  [
    ['receivers', 0],
    'A page lists at most 50 alerts; truncatedAlerts in the message counts the others, and the dashboard shows all.',
  ],
  [['receivers', 3], 'That an information ended is no information.'],
];
