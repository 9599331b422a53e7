import type { Bundle } from '../../bundle/bundle.js';
import { signalsOf } from '../../bundle/signals.js';
import type { Config } from '../../config/schema.js';
import { durationOf, durationSeconds } from '../../promql/duration.js';
import { type Artifact, GENERATED } from '../artifact.js';
import { commentedYaml, type Note } from '../commented-yaml.js';
import { inhibitRules, matcher } from './inhibit-rules.js';
import { NOTIFICATION_TEMPLATES, renderNotificationTemplates } from './notifications.js';

const WORKER_SIGNALS = ['worker-queue', 'exporter'] as const;

/** A webhook to be replaced: nothing listens at these addresses, so a forgotten one fails and shows. */
const webhook = (name: string, sendResolved: boolean) => ({
  name,
  webhook_configs: [
    {
      url: `http://127.0.0.1:5001/${name}`,
      send_resolved: sendResolved,
      max_alerts: 50,
    },
  ],
});

const uses = (template: string) => `{{ template "gateway.${template}" . }}`;

/** Newer Alertmanagers read a detail as YAML: a sentence with a colon would become a mapping. No YAML begins with a tab. */
const asText = (template: string) => `{{ "\\t" }}${template}`;

/** Pages through PagerDuty. */
const pagerDuty = ({ links }: Config) => ({
  pagerduty_configs: [
    {
      routing_key_file: '/etc/alertmanager/pagerduty-routing-key',
      send_resolved: true,
      description: uses('title'),
      client: 'Alertmanager',
      client_url: '{{ .ExternalURL }}',
      details: {
        alert: '{{ .CommonLabels.alertname }}',
        firing: asText(uses('list')),
        resolved: '{{ len .Alerts.Resolved }}',
        description: asText(uses('description')),
        runbook: '{{ .CommonAnnotations.runbook_url }}',
        dashboard: uses('dashboard'),
        silence: uses('silence'),
      },
      // Only addresses: PagerDuty refuses an event with a link that is a path.
      links: [
        ...(links.runbooks === undefined
          ? []
          : [{ href: '{{ .CommonAnnotations.runbook_url }}', text: 'Runbook' }]),
        ...(links.dashboards === undefined ? [] : [{ href: uses('dashboard'), text: 'Dashboard' }]),
        { href: uses('silence'), text: 'Silence' },
      ],
    },
  ],
});

/** Tickets by e-mail. */
const email = (to: string) => ({
  email_configs: [
    {
      to,
      from: 'alertmanager@example.org',
      smarthost: '127.0.0.1:5025',
      send_resolved: true,
      headers: { Subject: uses('title') },
      html: uses('email.html'),
      text: uses('email.text'),
    },
  ],
});

/** Chat. */
const slack = (channel: string) => ({
  slack_configs: [
    {
      api_url_file: '/etc/alertmanager/slack-webhook-url',
      channel,
      send_resolved: false,
      color: uses('slack.color'),
      fallback: uses('title'),
      title: uses('slack.title'),
      title_link: '{{ .ExternalURL }}',
      text: uses('slack.text'),
    },
  ],
});

/**
 * An example configuration of Alertmanager 0.25 and newer for the alerts of a bundle: routes by severity and signal,
 * grouping, inhibition, and the notification templates. Receivers are placeholders.
 *
 * Throws {@link InhibitionError} as {@link inhibitRules} does.
 */
export function renderAlertmanagerExample(bundle: Bundle): Artifact[] {
  const { config } = bundle;
  const inhibit = inhibitRules(bundle);
  const content = commentedYaml(
    {
      route: routeOf(config, signalsOf(bundle)),
      inhibit_rules: inhibit.map(({ rule }) => rule),
      receivers: [
        { ...webhook('gateway-pager', true), ...pagerDuty(config) },
        { ...webhook('gateway-tickets', true), ...email('gateway-team@example.org') },
        { ...webhook('worker-tickets', true), ...email('worker-team@example.org') },
        { ...webhook('gateway-chat', false), ...slack('#gateway') },
        ...(config.watchdog === 'on' ? [webhook('watchdog', false)] : []),
      ],
      templates: [NOTIFICATION_TEMPLATES],
    },
    headerOf(config),
    [
      ...routeNotes(config),
      ...inhibit.map(({ reason }, i): Note => [['inhibit_rules', i], reason]),
      ...RECEIVER_NOTES,
    ],
  );
  return [{ path: 'alertmanager/alertmanager.example.yaml', content }, renderNotificationTemplates(bundle)];
}

/** As often as Alertmanager allows: the service outside waits for the next one. */
const WATCHDOG_ROUTE = {
  matchers: ['alertname="GatewayWatchdogFiring"'],
  receiver: 'watchdog',
  group_wait: '0s',
  group_interval: '1m',
  repeat_interval: '1m',
};

function routeOf(config: Config, signals: readonly string[]) {
  return {
    receiver: 'gateway-tickets',
    group_by: ['alertname', ...config.groupBy],
    group_wait: groupWait(config),
    group_interval: '5m',
    repeat_interval: '1d',
    routes: [
      ...(config.watchdog === 'on' ? [WATCHDOG_ROUTE] : []),
      {
        matchers: ['severity="critical"', 'signal="gateway"'],
        receiver: 'gateway-pager',
        group_wait: '5s',
        repeat_interval: '4h',
      },
      {
        matchers: ['severity="critical"', matcher('signal', signals)],
        receiver: 'gateway-pager',
        repeat_interval: '4h',
      },
      {
        matchers: ['severity="warning"', matcher('signal', WORKER_SIGNALS)],
        receiver: 'worker-tickets',
        group_interval: '30m',
      },
      {
        matchers: ['severity="warning"', matcher('signal', signals)],
        receiver: 'gateway-tickets',
        group_interval: '30m',
      },
      {
        matchers: ['severity="info"', matcher('signal', signals)],
        receiver: 'gateway-chat',
        group_interval: '1h',
        repeat_interval: '4d',
      },
    ],
  };
}

/** Every rule group is evaluated once in this time, and 15 seconds are for sending. */
const groupWait = ({ evaluationInterval }: Config) => durationOf(durationSeconds(evaluationInterval) + 15);

function headerOf(config: Config): string {
  const shared =
    config.groupBy.length === 0
      ? 'No groupBy label is configured. If several installations share this Alertmanager, set groupBy to the labels that distinguish them; otherwise, an alert of one installation inhibits alerts of the others.'
      : `Alerts of one installation share ${config.groupBy.join(', ')}; inhibition never crosses it.`;
  return `${GENERATED}\nSource: alerts/inhibitions.ts, src/renderers/alertmanager/example.ts\n\nAn example: copy it, or merge its routes, inhibition rules and receivers into your own configuration. Addresses are placeholders without secrets.\n${shared}`;
}

function routeNotes(config: Config): Note[] {
  const first = config.watchdog === 'on' ? 1 : 0;
  const site = config.groupBy.length === 0 ? 'alertname' : `alertname and ${config.groupBy.join(', ')}`;
  return [
    [
      ['route', 'receiver'],
      'For alerts that no route below matches, for example because of changed labels: they become tickets.',
    ],
    [
      ['route', 'group_by'],
      `One notification per ${site}, not per relay: 1,000 relays that fail together make one page.`,
    ],
    [
      ['route', 'group_wait'],
      `Rule groups are evaluated at different times within an interval (${config.evaluationInterval}). Waiting for one interval and 15 seconds groups relays that fail together, and lets inhibiting alerts arrive before the alert is sent.`,
    ],
    [
      ['route', 'group_interval'],
      'Minimum time between notifications about new relays in a group. Repeated notifications are sent only at multiples of this interval.',
    ],
    [['route', 'repeat_interval'], 'A ticket is already open; a reminder per day is enough.'],
    ...(config.watchdog === 'on'
      ? ([
          [
            ['route', 'routes', 0],
            'The watchdog goes to an external service that expects a notification every minute and raises an alarm when they stop. Do not silence or inhibit it.',
          ],
          [
            ['receivers', 4],
            'The address of that service. It must be able to alert you without this Alertmanager.',
          ],
        ] satisfies Note[])
      : []),
    [
      ['route', 'routes', first],
      'The gateway itself: sent almost immediately. The alert has already waited for its "for", and it inhibits other alerts.',
    ],
    [
      ['route', 'routes', first + 1],
      'Critical alerts page. Repeated before the end of a shift, so that they are handed over.',
    ],
    [
      ['route', 'routes', first + 2],
      'Warnings about workers and their exporters go to the team that runs the worker hosts. They do not need updates every 5 minutes.',
    ],
    [['route', 'routes', first + 3], 'All other warnings are tickets for the team that runs the gateway.'],
    [
      ['route', 'routes', first + 4],
      'Info alerts go to chat and never page. Repeated rarely, but within the 5 days for which Alertmanager keeps its notification log (data.retention).',
    ],
    [
      ['inhibit_rules'],
      'A silenced alert still inhibits others. If a process was taken out of service, do not silence its alert; remove its target from Prometheus.',
    ],
  ];
}

const RECEIVER_NOTES: readonly Note[] = [
  [
    ['receivers'],
    'Keep the integrations that you use and replace their addresses; secrets are read from files. Nothing listens at these addresses; one that was not replaced shows in alertmanager_notifications_failed_total. Webhooks use no templates.',
  ],
  [
    ['receivers', 0],
    'A page lists at most 50 alerts; truncatedAlerts in the message counts the others, and the dashboard shows all.',
  ],
  [['receivers', 3], 'No notification is needed when an info alert resolves.'],
  [
    ['templates'],
    'Copy this file next to the configuration. The path is relative to the configuration file.',
  ],
];
