import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import type { ConfigInput } from '../../src/config/schema.js';
import { renderAlertmanagerExample } from '../../src/renderers/alertmanager/example.js';
import { inhibitRules } from '../../src/renderers/alertmanager/inhibit-rules.js';
import { renderNotificationTemplates } from '../../src/renderers/alertmanager/notifications.js';
import { alert, bundle, panel, raw } from '../checks/bundle-fixture.js';
import { dashboardOf, relays } from '../renderers/small-dashboard.js';

/* The example configuration for a small bundle, written by hand in the terms of Alertmanager's documentation. */

const exampleOf = (config: ConfigInput = {}) => {
  const [example, templates] = renderAlertmanagerExample(
    bundle({
      alerts: [
        alert({ severity: 'critical' }),
        alert({ alert: 'GatewayOld', signal: 'team-signal' }),
        alert({ alert: 'GatewaySeen', severity: 'info', labels: ['relay', 'instance'] }),
        alert({
          alert: 'GatewayMissing',
          signal: 'gateway',
          severity: 'critical',
          labels: [],
          withoutSiteLabels: true,
        }),
      ],
      inhibitions: [
        {
          reason: 'One page is enough.',
          source: { alerts: ['GatewayTestFiring'] },
          target: { severities: ['info', 'warning'], signals: ['team-signal', 'pending-writes'] },
          equal: ['relay'],
        },
        {
          reason: 'Nothing is measured.',
          source: { alerts: ['GatewayMissing'] },
          target: { severities: ['warning', 'info'] },
          equal: [],
        },
      ],
      config,
    }),
  );
  return { example, templates, value: parse(example?.content ?? '') as Record<string, unknown> };
};
const uses = (template: string) => `{{ template "gateway.${template}" . }}`;
const webhook = (name: string, send_resolved: boolean) => ({
  url: `http://127.0.0.1:5001/${name}`,
  send_resolved,
  max_alerts: 50,
});
const email = (to: string) => ({
  to,
  from: 'alertmanager@example.org',
  smarthost: '127.0.0.1:5025',
  send_resolved: true,
  headers: { Subject: uses('title') },
  html: uses('email.html'),
  text: uses('email.text'),
});

describe('the receivers', () => {
  const RUNBOOK = { href: '{{ .CommonAnnotations.runbook_url }}', text: 'Runbook' };
  const DASHBOARD = { href: uses('dashboard'), text: 'Dashboard' };
  const SILENCE = { href: uses('silence'), text: 'Silence' };
  it.each<[ConfigInput, object[]]>([
    [{}, [SILENCE]],
    [{ links: { runbooks: 'https://docs.example' } }, [RUNBOOK, SILENCE]],
    [{ links: { dashboards: 'https://grafana.example' } }, [DASHBOARD, SILENCE]],
    [
      { links: { runbooks: 'https://docs.example', dashboards: 'https://grafana.example' } },
      [RUNBOOK, DASHBOARD, SILENCE],
    ],
  ])(
    'page, mail and chat with the templates, read secrets from files, and link addresses only: %j',
    (config, links) => {
      const { value, templates } = exampleOf(config);
      expect(value.templates).toEqual(['gateway.tmpl']);
      expect(templates?.path).toBe('alertmanager/gateway.tmpl');
      expect(value.receivers).toEqual([
        {
          name: 'gateway-pager',
          webhook_configs: [webhook('gateway-pager', true)],
          pagerduty_configs: [
            {
              routing_key_file: '/etc/alertmanager/pagerduty-routing-key',
              send_resolved: true,
              description: uses('title'),
              client: 'Alertmanager',
              client_url: '{{ .ExternalURL }}',
              details: {
                alert: '{{ .CommonLabels.alertname }}',
                // A tab first, so that a text with a colon is not read as YAML.
                firing: `{{ "\\t" }}${uses('list')}`,
                resolved: '{{ len .Alerts.Resolved }}',
                description: `{{ "\\t" }}${uses('description')}`,
                runbook: '{{ .CommonAnnotations.runbook_url }}',
                dashboard: uses('dashboard'),
                silence: uses('silence'),
              },
              links,
            },
          ],
        },
        {
          name: 'gateway-tickets',
          webhook_configs: [webhook('gateway-tickets', true)],
          email_configs: [email('gateway-team@example.org')],
        },
        {
          name: 'worker-tickets',
          webhook_configs: [webhook('worker-tickets', true)],
          email_configs: [email('worker-team@example.org')],
        },
        {
          name: 'gateway-chat',
          webhook_configs: [webhook('gateway-chat', false)],
          slack_configs: [
            {
              api_url_file: '/etc/alertmanager/slack-webhook-url',
              channel: '#gateway',
              send_resolved: false,
              color: uses('slack.color'),
              fallback: uses('title'),
              title: uses('slack.title'),
              title_link: '{{ .ExternalURL }}',
              text: uses('slack.text'),
            },
          ],
        },
      ]);
    },
  );

  it('have the address of the overview and the number of listed alerts in their templates', () => {
    const { templates } = exampleOf({ links: { dashboards: 'https://grafana.example' } });
    expect(templates?.content).toContain('"https://grafana.example/d/test?"');
    expect(templates?.content).toContain('{{ if lt $i 10 }}');
    expect(templates?.content).not.toMatch(/OVERVIEW|MOST/);
    expect(exampleOf().templates?.content).toContain('"/d/test?"');
  });

  it('take no dashboard about one relay for the overview', () => {
    const story = dashboardOf('story', [panel()], { relays: relays('one') });
    const linked = (...dashboards: (typeof story)[]) =>
      renderNotificationTemplates(bundle({ dashboards })).content;
    expect(linked(story, dashboardOf('test', [panel()]))).toContain('"/d/test?"');
    expect(linked(story)).toContain('$base := "?"');
  });
});

const SIGNALS = 'signal=~"pending-writes|team-signal"';
const ROUTES = [
  {
    matchers: ['severity="critical"', 'signal="gateway"'],
    receiver: 'gateway-pager',
    group_wait: '5s',
    repeat_interval: '4h',
  },
  { matchers: ['severity="critical"', expect.any(String)], receiver: 'gateway-pager', repeat_interval: '4h' },
  {
    matchers: ['severity="warning"', 'signal=~"worker-queue|exporter"'],
    receiver: 'worker-tickets',
    group_interval: '30m',
  },
  {
    matchers: ['severity="warning"', expect.any(String)],
    receiver: 'gateway-tickets',
    group_interval: '30m',
  },
  {
    matchers: ['severity="info"', expect.any(String)],
    receiver: 'gateway-chat',
    group_interval: '1h',
    repeat_interval: '4d',
  },
];

describe('the routes', () => {
  it.each<[ConfigInput, string[], string]>([
    [{}, ['alertname'], '45s'],
    [{ groupBy: ['cluster', 'zone'] }, ['alertname', 'cluster', 'zone'], '45s'],
    [{ evaluationInterval: '90s' }, ['alertname'], '1m45s'],
  ])('group by installation and wait for one evaluation: %j', (config, group_by, group_wait) => {
    const { routes, ...root } = exampleOf(config).value.route as { routes: { matchers: string[] }[] };
    expect(root).toEqual({
      receiver: 'gateway-tickets',
      group_by,
      group_wait,
      group_interval: '5m',
      repeat_interval: '1d',
    });
    expect(routes).toEqual(ROUTES);
    // Signals of a team's own alerts are routed as well.
    for (const [i, { matchers }] of routes.entries())
      if (i !== 0 && i !== 2) expect(matchers[1]).toContain('|team-signal"');
  });

  it('send the watchdog every minute to a service outside, before any other route', () => {
    const { value, example } = exampleOf({ watchdog: 'on' });
    const { routes } = value.route as { routes: unknown[] };
    expect(routes).toEqual([
      {
        matchers: ['alertname="GatewayWatchdogFiring"'],
        receiver: 'watchdog',
        group_wait: '0s',
        group_interval: '1m',
        repeat_interval: '1m',
      },
      ...ROUTES,
    ]);
    const receivers = value.receivers as { name: string }[];
    expect(receivers.at(-1)).toEqual({ name: 'watchdog', webhook_configs: [webhook('watchdog', false)] });
    expect(example?.content).toMatch(
      /# The watchdog goes to an external service[\s\S]*?\n {4}- matchers:\n {8}- alertname="GatewayWatchdogFiring"/,
    );
    expect(example?.content).toMatch(/# The address of that service\.[^\n]*\n {2}- name: watchdog\n/);
  });

  it.each([
    ['# The gateway itself: sent almost immediately.', 'severity="critical"', 'gateway-pager'],
    ['# Critical alerts page.', 'severity="critical"', 'gateway-pager'],
    ['# Warnings about workers and their exporters go', 'severity="warning"', 'worker-tickets'],
    ['# All other warnings are tickets', 'severity="warning"', 'gateway-tickets'],
    ['# Info alerts go to chat and never page.', 'severity="info"', 'gateway-chat'],
  ])('have their reason above them, with and without a watchdog: %s', (reason, severity, receiver) => {
    for (const config of [{}, { watchdog: 'on' }] as const) {
      const text = exampleOf(config).example?.content ?? '';
      const after = text.slice(text.indexOf(reason)).replace(/^(?:\s*#.*\n)+/, '');
      expect(text).toContain(reason);
      expect(after).toMatch(
        new RegExp(
          `^    - matchers:\\n        - ${severity}\\n        - signal[^\\n]*\\n      receiver: ${receiver}\\n`,
        ),
      );
    }
  });

  it.each<[ConfigInput, string]>([
    [{}, 'No groupBy label is configured.'],
    [
      { groupBy: ['cluster', 'zone'] },
      'Alerts of one installation share cluster, zone; inhibition never crosses it.',
    ],
  ])('come after a word on installations that share an Alertmanager: %j', (config, text) => {
    const head = (exampleOf(config).example?.content ?? '').split('\nroute:')[0]?.replaceAll('\n#', '') ?? '';
    expect(head).toContain(text);
    expect(exampleOf(config).example?.content.replaceAll(/\n *#/g, '')).toContain(
      config?.groupBy === undefined
        ? 'One notification per alertname, not per relay'
        : 'One notification per alertname and cluster, zone, not per relay',
    );
  });
});

describe('the inhibitions', () => {
  const rulesOf = (config: ConfigInput) => exampleOf(config).value.inhibit_rules;
  const PAGE = {
    source_matchers: ['alertname="GatewayTestFiring"', 'relay!=""'],
    // Severities from the highest on, signals as the definition has them.
    target_matchers: ['severity=~"warning|info"', 'signal=~"team-signal|pending-writes"', 'relay!=""'],
  };
  const MISSING = {
    source_matchers: ['alertname="GatewayMissing"'],
    target_matchers: ['severity=~"warning|info"', SIGNALS],
  };

  it('compare the labels of the installation, and those that both must carry', () => {
    expect(rulesOf({})).toEqual([{ ...PAGE, equal: ['relay'] }, MISSING]);
    expect(rulesOf({ groupBy: ['cluster', 'zone'] })).toEqual([
      { ...PAGE, equal: ['cluster', 'zone', 'relay'] },
      // It has no label of an installation, unless its Prometheus adds them when it sends.
      {
        ...MISSING,
        source_matchers: ['alertname="GatewayMissing"', 'cluster=""', 'zone=""'],
      },
      { ...MISSING, equal: ['cluster', 'zone'] },
    ]);
  });

  it('compare what they must also where an installation has as many labels, and keep sources apart that reach further', () => {
    const missing = (alertname: string, withoutSiteLabels?: true) =>
      alert({
        alert: alertname,
        signal: 'gateway',
        severity: 'critical',
        expr: () => raw('max by (cluster, relay) (up)'),
        ...(withoutSiteLabels === undefined ? {} : { withoutSiteLabels }),
      });
    const rules = inhibitRules(
      bundle({
        alerts: [missing('GatewayDown'), missing('GatewayMissing', true), alert()],
        inhibitions: [
          {
            reason: 'Nothing is measured.',
            source: { alerts: ['GatewayDown', 'GatewayMissing'] },
            target: { severities: ['warning'] },
            equal: ['relay'],
          },
        ],
        config: { groupBy: ['cluster'] },
      }),
    );
    const target_matchers = ['severity="warning"', 'signal="pending-writes"', 'relay!=""'];
    const source = (name: string, ...more: string[]) => [`alertname="${name}"`, 'relay!=""', ...more];
    expect(rules.map(({ rule }) => rule)).toEqual([
      { source_matchers: source('GatewayDown'), target_matchers, equal: ['cluster', 'relay'] },
      { source_matchers: source('GatewayMissing', 'cluster=""'), target_matchers, equal: ['relay'] },
      { source_matchers: source('GatewayMissing'), target_matchers, equal: ['cluster', 'relay'] },
    ]);
  });

  it('name every problem on a line', () => {
    const inhibition = (alertname: string) => ({
      reason: 'Because.',
      source: { alerts: [alertname] },
      target: { severities: ['info'] as const },
      equal: [],
    });
    const broken = bundle({ inhibitions: [inhibition('GatewayNone'), inhibition('GatewayOther')] });
    expect(() => inhibitRules(broken)).toThrow(/^[^\n]+"GatewayNone"[^\n]*\n[^\n]+"GatewayOther"[^\n]*$/);
  });

  it('have their reasons above them', () => {
    const text = exampleOf({ groupBy: ['cluster', 'zone'] }).example?.content ?? '';
    const reasons = [...text.matchAll(/((?: *#[^\n]*\n)+) {2}- source_matchers:/g)].map(([, comment = '']) =>
      comment
        .replace(/^ *# ?/gm, '')
        .replaceAll('\n', ' ')
        .trim(),
    );
    expect(reasons).toEqual([
      'One page is enough.',
      'Nothing is measured. Without cluster, zone it is about every installation of its Prometheus.',
      'The same, if cluster, zone is an external label of each Prometheus.',
    ]);
  });
});
