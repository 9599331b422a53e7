import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { jobName, scrapeConfigs } from '../../src/demo/jobs.js';
import { withLocalReceiver } from '../../src/demo/local-receivers.js';
import { orWithoutNotifications, pageProblem } from '../../src/demo/optional-parts.js';
import { alertsAddress } from '../../src/demo/prometheus-address.js';
import { ToolNotFoundError } from '../../src/processes/find.js';
import { listenOnLoopback } from '../../src/processes/process.js';

describe('job names', () => {
  it('are made to fit the pattern of a site', () => {
    expect(jobName('gateway', 'gateway', 'jobs.gateway')).toBe('gateway');
    expect(jobName('prod-gateway', 'gateway', 'jobs.gateway')).toBe('prod-gateway');
    expect(jobName('.*gateway.*', 'gateway', 'jobs.gateway')).toBe('gateway');
    expect(jobName('prod/gw-.+', 'gateway', 'jobs.gateway')).toBe('prod/gw-x');
    expect(jobName('a.*-.+', 'gateway', 'jobs.gateway')).toBe('ax-x');
    // Prometheus takes a pattern as a whole.
    expect(jobName('gate', 'gateway', 'jobs.gateway')).toBe('gate');
  });

  it('cannot be made for every pattern, and that is said', () => {
    expect(() => jobName('(a|b)[0-9]{3}', 'gateway', 'jobs.gateway')).toThrow(
      'jobs.gateway: found "(a|b)[0-9]{3}", which does not determine a job name; expected a name, or a pattern that "gateway" matches',
    );
    for (const pattern of ['x(a)?', '(a)?x', 'a\\+x', ''])
      expect(() => jobName(pattern, 'gateway', 'k')).toThrow('which does not determine a job name');
  });

  it('are those of the gateways and of the exporters, with the labels of the site', () => {
    const jobs = { gateway: '.*gw', exporter: '.*exporter' };
    const labels = { cluster: 'demo', region: 'demo' };
    expect(scrapeConfigs({ jobs, groupBy: ['cluster', 'region'] }, ['a:1'], ['b:1', 'b:2'])).toEqual([
      { job: 'xgw', targets: ['a:1'], labels },
      { job: 'pending-writes-exporter', targets: ['b:1', 'b:2'], labels },
    ]);
    expect(scrapeConfigs({ jobs: { gateway: '.*', exporter: 'e' }, groupBy: [] }, [], [])).toEqual([
      { job: 'gateway', targets: [], labels: {} },
      { job: 'e', targets: [], labels: {} },
    ]);
    expect(() => scrapeConfigs({ jobs: { gateway: '(a)', exporter: 'e' }, groupBy: [] }, [], [])).toThrow(
      /^jobs\.gateway: .*"gateway" matches/,
    );
    expect(() => scrapeConfigs({ jobs: { gateway: 'a', exporter: '(e)' }, groupBy: [] }, [], [])).toThrow(
      /^jobs\.exporter: .*"pending-writes-exporter" matches/,
    );
  });
});

describe('the receivers of the demonstration', () => {
  it('take what the example sends to Slack, PagerDuty and the mail server, and no webhook', () => {
    const example = `
route: { receiver: default, group_by: [alertname] }
receivers:
  - name: default
    webhook_configs: [{ url: http://127.0.0.1:5001/default }]
  - name: page
    pagerduty_configs:
      - { routing_key_file: /key, description: text }
      - { routing_key_file: /other, send_resolved: true }
  - name: chat
    slack_configs: [{ api_url_file: /url, channel: '#a' }]
    email_configs: [{ to: a@example.com, smarthost: mail:25 }]
`;
    expect(
      parse(withLocalReceiver(example, { url: 'http://127.0.0.1:1', mailAddress: '127.0.0.1:2' })),
    ).toEqual({
      route: { receiver: 'default', group_by: ['alertname'] },
      receivers: [
        { name: 'default', slack_configs: [], pagerduty_configs: [], email_configs: [] },
        {
          name: 'page',
          slack_configs: [],
          pagerduty_configs: [
            { description: 'text', routing_key: 'demo', url: 'http://127.0.0.1:1/pagerduty/page' },
            { send_resolved: true, routing_key: 'demo', url: 'http://127.0.0.1:1/pagerduty/page' },
          ],
          email_configs: [],
        },
        {
          name: 'chat',
          slack_configs: [{ channel: '#a', api_url: 'http://127.0.0.1:1/slack/chat' }],
          pagerduty_configs: [],
          email_configs: [{ to: 'a@example.com', smarthost: '127.0.0.1:2', require_tls: false }],
        },
      ],
    });
  });
});

describe('a part that is missing', () => {
  it('is a line where it is Alertmanager, and an error where something else went wrong', async () => {
    expect(await orWithoutNotifications(Promise.resolve(7))).toBe(7);
    const missing = new ToolNotFoundError('alertmanager was not found\ninstall it');
    expect(await orWithoutNotifications(Promise.reject(missing))).toBe(
      'No notifications: alertmanager was not found',
    );
    await expect(orWithoutNotifications(Promise.reject(new Error('port')))).rejects.toThrow('port');
  });

  it('is a line where it is the page of the dashboards, from when it is known', async () => {
    const ready = Promise.reject(new Error('npm failed\nwith this'));
    const problem = pageProblem({ ready });
    expect(problem()).toBeUndefined();
    await expect(ready).rejects.toThrow();
    expect(problem()).toBe('No live dashboards: npm failed');
    const built = Promise.resolve('folder');
    const none = pageProblem({ ready: built });
    await built;
    expect(none()).toBeUndefined();
  });
});

describe('the address of the alerts in a Prometheus', () => {
  it.each([
    [['/alerts', '/graph'], '/alerts'],
    [['/classic/alerts', '/graph'], '/classic/alerts'],
    [['/graph', '/api/v1/alerts'], '/graph'],
    [['/api/v1/alerts'], '/api/v1/alerts'],
    [['/other'], ''],
  ])('is the first page of those that it has: %j', async (pages, address) => {
    const server = createServer(({ url = '' }, response) => {
      // A connection that breaks off is no answer.
      if (url === '/alerts' && !pages.includes(url)) response.destroy();
      else response.writeHead(pages.includes(url) ? 200 : 404).end();
    });
    const url = `http://127.0.0.1:${await listenOnLoopback(server)}`;
    try {
      expect(await alertsAddress(url)).toBe(`${url}${address}`);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
