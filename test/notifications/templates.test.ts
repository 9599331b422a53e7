import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { partOf, subjectOf } from '../../src/demo/mail.js';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import { renderAlertmanagerExample } from '../../src/renderers/alertmanager/example.js';
import { alertLabels } from './alert-labels.js';
import { type SentAlert, startWithTemplates } from './template-receivers.js';

const LINKS = { runbooks: 'https://runbooks.example', dashboards: 'https://grafana.example' };
const STARTED = '2024-05-06T02:10:00Z';
const ENDED = '2024-05-06T03:40:00Z';
const HOUR = 3_600_000;
const FROM = Date.parse(STARTED) - HOUR;
const KEY = '4121c78e6c2a5d1f4121c78e6c2a5d1f4121c78e6c2a5d1f4121c78e6c2a5d1f';
const OVERVIEW = 'https://grafana.example/d/gateway-overview';

/** What fits on one screen. */
const SCREEN = { lines: 20, characters: 4_000 };

let folder: TemporaryFolder;
let running: Awaited<ReturnType<typeof startWithTemplates>> | undefined;
beforeEach(() => {
  folder = temporaryFolder('notification-templates');
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  folder.remove();
});

async function start(config: ConfigInput = { links: LINKS }) {
  const [example, templates] = renderAlertmanagerExample(buildBundle(parseConfig(config), definitions()));
  const file = join(folder.path, 'gateway.tmpl');
  writeFileSync(file, templates?.content ?? '');
  running = await startWithTemplates(example?.content ?? '', file);
  return running;
}

const bundle = buildBundle(parseConfig({ links: LINKS }), definitions());

/** An alert as Prometheus sends it: the texts of a stuck relay on this site. */
function stuck(relay: string, name: string, links = LINKS, rest: Partial<SentAlert> = {}): SentAlert {
  return {
    labels: alertLabels(bundle, 'GatewayPendingWritesStuck', { relay }),
    annotations: {
      summary: `The worker of relay ${name} received pending-write pushes but does not ingest the writes.`,
      description:
        'The writes stay on the gateway. First: restart the gateway service. Its worker is on laptop-7:9797.',
      runbook_url: `${links.runbooks}/GatewayPendingWritesStuck.md`,
      dashboard_url: `${links.dashboards}/d/gateway-relay?var-relay=${encodeURIComponent(relay)}`,
    },
    startsAt: STARTED,
    ...rest,
  };
}

/** The filter of the form for a silence that a link opens. */
const filterIn = (url: string) =>
  decodeURIComponent(/#\/silences\/new\?filter=([^"|>\s]*)/.exec(url)?.[1] ?? '');
const FILTER_OF_ONE = `{alertname="GatewayPendingWritesStuck",relay="${KEY}",severity="critical",signal="pending-writes"}`;
const FILTER_OF_ALL = '{alertname="GatewayPendingWritesStuck",severity="critical",signal="pending-writes"}';

describe('the notification templates in a real Alertmanager', () => {
  it('say of one alert what is wrong, since when and what to do, and that it has ended', async () => {
    const alertmanager = await start();
    const alert = stuck(KEY, '4121c78e6c2a…');
    await alertmanager.send([alert]);
    const title = `[FIRING critical] ${alert.annotations.summary}`;
    await alertmanager.untilReceived({ title: /^\[FIRING/, action: 'trigger' });
    const { slack, pagerDuty, mails } = alertmanager.received;
    const dashboard = `https://grafana.example/d/gateway-relay?var-relay=${KEY}&from=${FROM}&to=now`;

    const [message] = slack[0]?.attachments ?? [];
    expect(message?.title).toBe(title);
    expect(message?.color).toBe('danger');
    expect(message?.text).toContain('Firing since 2024-05-06 02:10 UTC; the problem began earlier.\n');
    expect(message?.text).toContain('Its worker is on laptop-7:9797.');
    expect(message?.text).toContain(
      'GatewayPendingWritesStuck | <https://runbooks.example/GatewayPendingWritesStuck.md|Runbook>',
    );
    expect(message?.text).toContain(`<${dashboard}|Dashboard>`);
    expect(filterIn(message?.text ?? '')).toBe(FILTER_OF_ONE);

    const [event] = pagerDuty;
    expect(event?.payload.summary).toBe(title);
    expect(event?.payload.custom_details).toMatchObject({
      alert: 'GatewayPendingWritesStuck',
      firing: `\t• ${alert.annotations.summary} Firing since 2024-05-06 02:10 UTC; the problem began earlier.\n`,
      description: `\t${alert.annotations.description}`,
      dashboard,
      runbook: 'https://runbooks.example/GatewayPendingWritesStuck.md',
    });
    expect(
      event?.links?.map(({ text, href }) => [text, href.includes('silences') ? filterIn(href) : href]),
    ).toEqual([
      ['Runbook', 'https://runbooks.example/GatewayPendingWritesStuck.md'],
      ['Dashboard', dashboard],
      ['Silence', FILTER_OF_ONE],
    ]);

    const mail = mails[0] ?? '';
    expect(subjectOf(mail)).toBe(title);
    expect(partOf(mail, 'text/plain')).toContain(
      'Firing since 2024-05-06 02:10 UTC; the problem began earlier.',
    );
    expect(partOf(mail, 'text/plain')).toContain('\nAlert: GatewayPendingWritesStuck\n');
    expect(partOf(mail, 'text/plain')).toContain(`Dashboard: ${dashboard}`);
    const html = partOf(mail, 'text/html');
    expect(html).toContain(`<p>${alert.annotations.description}</p>`);
    expect(html).toContain(`href="${dashboard.replaceAll('&', '&amp;')}"`);
    expect(filterIn(html)).toBe(FILTER_OF_ONE);

    await alertmanager.send([{ ...alert, endsAt: ENDED }]);
    await alertmanager.untilReceived({ title: /^\[RESOLVED/, action: 'resolve' });
    const resolved = slack.at(-1)?.attachments[0];
    expect(resolved?.title).toBe(`[RESOLVED critical] ${alert.annotations.summary}`);
    expect(resolved?.color).toBe('good');
    expect(resolved?.text).toMatch(/^Fired from 2024-05-06 02:10 UTC to 2024-05-06 03:40 UTC\.\n/);
    expect(resolved?.text).not.toContain('First: restart');
    expect(resolved?.text).toContain(`&from=${FROM}&to=${Date.parse(ENDED) + 600_000}|Dashboard>`);
    expect(subjectOf(mails.at(-1) ?? '')).toBe(resolved?.title);
  });

  it('fit on one screen for 1,000 relays, say how many there are, and that all have ended', async () => {
    const alertmanager = await start();
    const relays = Array.from({ length: 1000 }, (_, i) => i.toString(16).padStart(64, '0'));
    const alerts = relays.map((relay) => stuck(relay, `${relay.slice(0, 12)}…`));
    await alertmanager.send(alerts);
    await alertmanager.untilReceived({ title: /: 1000 firing$/, action: 'trigger' });
    const { slack, pagerDuty, mails } = alertmanager.received;
    const [message] = slack.at(-1)?.attachments ?? [];
    expect(message?.title).toBe('[FIRING critical] GatewayPendingWritesStuck: 1000 firing');
    const event = pagerDuty.at(-1);
    const mail = mails.at(-1) ?? '';
    const shown = (text = '') => text.replace(/<[^|>]*\|([^>]*)>/g, '$1');
    const texts = [
      shown(message?.text),
      event?.payload.custom_details.firing ?? '',
      partOf(mail, 'text/plain').replace(/^(?:Runbook|Dashboard|Silence): .*$/gm, ''),
    ];
    for (const text of texts) {
      expect(text.match(/Firing since 2024-05-06 02:10 UTC; the problem began earlier\./g)).toHaveLength(10);
      expect(text).toContain('10 of 1000 firing alerts are listed; the dashboard shows all.');
      expect(text.split('\n').length).toBeLessThanOrEqual(SCREEN.lines);
      expect(text.length).toBeLessThanOrEqual(SCREEN.characters);
    }
    expect(partOf(mail, 'text/html').match(/<li>/g)).toHaveLength(10);
    expect(message?.text).toContain(`<${OVERVIEW}?from=${FROM}&to=now|Dashboard>`);
    expect(filterIn(message?.text ?? '')).toBe(FILTER_OF_ALL);
    // What PagerDuty shows besides is Alertmanager's own list of all alerts, unless it is replaced.
    expect(Object.values(event?.payload.custom_details ?? {}).join('').length).toBeLessThan(
      SCREEN.characters,
    );

    // All end at one moment after Alertmanager has read them, so that no message is about a part of them.
    const endsAt = new Date(Date.now() + 10_000).toISOString();
    await alertmanager.send(alerts.map((alert) => ({ ...alert, endsAt })));
    await alertmanager.untilReceived({ title: /^\[RESOLVED .*: 1000 resolved$/, action: 'resolve' });
    const resolved = slack.at(-1)?.attachments[0];
    expect(shown(resolved?.text).split('\n').length).toBeLessThanOrEqual(SCREEN.lines);
    expect(resolved?.text).toContain('10 of 1000 resolved alerts are listed.');
  });

  it('say how many are listed only where some are not', async () => {
    const alertmanager = await start();
    const { slack, pagerDuty, mails } = alertmanager.received;
    const alerts = Array.from({ length: 11 }, (_, i) => stuck(`relay-${i}`, `relay-${i}`));
    const texts = () => [
      slack.at(-1)?.attachments[0]?.text ?? '',
      pagerDuty.at(-1)?.payload.custom_details.firing ?? '',
      partOf(mails.at(-1) ?? '', 'text/plain'),
      partOf(mails.at(-1) ?? '', 'text/html'),
    ];

    await alertmanager.send(alerts.slice(0, 10));
    await alertmanager.untilReceived({ title: /: 10 firing$/, action: 'trigger' });
    for (const text of texts()) expect(text).not.toContain('are listed');

    await alertmanager.send(alerts.slice(10));
    await alertmanager.untilReceived({ title: /: 11 firing$/, action: 'trigger' });
    for (const text of texts())
      expect(text).toContain('10 of 11 firing alerts are listed; the dashboard shows all.');

    await alertmanager.send(alerts.slice(10).map((alert) => ({ ...alert, endsAt: ENDED })));
    await alertmanager.untilReceived({ title: /: 10 firing, 1 resolved$/, action: 'trigger' });
    for (const text of texts()) expect(text).not.toContain('are listed');

    const endsAt = new Date(Date.now() + 5_000).toISOString();
    await alertmanager.send(alerts.slice(0, 10).map((alert) => ({ ...alert, endsAt })));
    await alertmanager.untilReceived({ title: /: 10 resolved$/, action: 'resolve' });
    for (const text of [texts()[0], texts()[2], texts()[3]]) {
      expect(text).toContain('relay-9');
      expect(text).not.toContain('are listed');
    }
  });

  it('count what has ended beside what still fires', async () => {
    const alertmanager = await start();
    const [first, second] = [stuck('a', 'a'), stuck('b', 'b')] as const;
    await alertmanager.send([first, second]);
    await alertmanager.untilReceived({ title: /: 2 firing$/, action: 'trigger' });
    await alertmanager.send([{ ...first, endsAt: ENDED }]);
    await alertmanager.untilReceived({ title: /: 1 firing, 1 resolved$/, action: 'trigger' });
    expect(alertmanager.received.slack.at(-1)?.attachments[0]?.text).toMatch(
      /^• The worker of relay b .*\n1 resolved\.\n/,
    );
  });

  it('write paths as paths on a site without addresses, and escape what Slack and HTML would read', async () => {
    const alertmanager = await start({});
    const name = 'a&b <!channel> + "c"';
    const alert = {
      ...stuck(name, name),
      annotations: {
        ...stuck(name, name).annotations,
        runbook_url: 'runbooks/GatewayPendingWritesStuck.md',
        dashboard_url: '/d/gateway-relay?var-relay=a',
      },
    };
    await alertmanager.send([alert]);
    await alertmanager.untilReceived({ title: /^\[FIRING/, action: 'trigger' });
    const { slack, pagerDuty, mails } = alertmanager.received;
    const message = slack[0]?.attachments[0];
    expect(message?.title).toContain('relay a&amp;b &lt;!channel&gt; + "c" received');
    expect(message?.text).toContain(
      'Runbook: runbooks/GatewayPendingWritesStuck.md | Dashboard: /d/gateway-relay',
    );
    expect(filterIn(message?.text ?? '')).toContain('relay="a&b <!channel> + \\"c\\""');
    expect(pagerDuty[0]?.links?.map(({ text }) => text)).toEqual(['Silence']);
    const html = partOf(mails[0] ?? '', 'text/html');
    expect(html).not.toContain('<!channel>');
    expect(filterIn(html)).toContain('relay="a&b <!channel> + \\"c\\""');
  });

  it('name an alert of another origin that has none of our annotations', async () => {
    const alertmanager = await start();
    await alertmanager.send([{ labels: { alertname: 'DiskFull' }, annotations: {}, startsAt: STARTED }]);
    await alertmanager.untilReceived({ title: /DiskFull$/, action: 'trigger' });
    expect(alertmanager.received.slack[0]?.attachments[0]?.text).toContain(
      `<${OVERVIEW}?from=${FROM}&to=now|Dashboard>`,
    );
  });
});
