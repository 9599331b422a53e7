import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { subjectOf, takeMail } from '../../src/demo/mail.js';
import { launchAlertmanager, startableAlertmanager } from '../../src/processes/alertmanager.js';
import { listenOnLoopback, type ManagedProcess, waitFor } from '../../src/processes/process.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { PATIENCE_MS } from '../patience.js';
import type { AlertLabels } from './alert-labels.js';

/** An alert as Prometheus sends it. Times are ISO 8601. */
export interface SentAlert {
  readonly labels: AlertLabels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly startsAt: string;
  readonly endsAt?: string;
}

/** What arrived at Slack, PagerDuty and the mail server, each in the order of arrival. */
export interface Received {
  readonly slack: {
    readonly attachments: readonly {
      readonly title: string;
      readonly text: string;
      readonly fallback: string;
      readonly color: string;
    }[];
  }[];
  readonly pagerDuty: {
    readonly event_action: string;
    readonly payload: { readonly summary: string; readonly custom_details: Readonly<Record<string, string>> };
    readonly links?: readonly { readonly href: string; readonly text: string }[];
  }[];
  readonly mails: string[];
}

interface Receiver {
  readonly name: string;
  readonly slack_configs?: readonly Record<string, unknown>[];
  readonly pagerduty_configs?: readonly Record<string, unknown>[];
  readonly email_configs?: readonly Record<string, unknown>[];
}

/** The integrations of the example in one receiver, with addresses of local servers and nothing else changed. */
function configOf(example: string, http: string, smtp: string): string {
  const { receivers, templates } = parse(example) as {
    receivers: readonly Receiver[];
    templates: readonly string[];
  };
  const first = <K extends 'slack_configs' | 'pagerduty_configs' | 'email_configs'>(kind: K) => {
    const [config] = receivers.flatMap((receiver) => receiver[kind] ?? []);
    if (config === undefined) throw new Error(`the example has no ${kind}`);
    return { ...config, send_resolved: true };
  };
  const { api_url_file: _, ...slack } = first('slack_configs') as Record<string, unknown>;
  const { routing_key_file: __, ...pagerDuty } = first('pagerduty_configs') as Record<string, unknown>;
  return stringify({
    route: { receiver: 'all', group_by: ['alertname'], group_wait: '500ms', group_interval: '1s' },
    receivers: [
      {
        name: 'all',
        slack_configs: [{ ...slack, api_url: `${http}/slack` }],
        pagerduty_configs: [{ ...pagerDuty, routing_key: 'key', url: `${http}/pagerduty` }],
        email_configs: [{ ...first('email_configs'), smarthost: smtp, require_tls: false }],
      },
    ],
    templates,
  });
}

/** A real Alertmanager with the integrations of the example and the notification templates, and local servers for them. */
export async function startWithTemplates(example: string, templates: string) {
  const received: Received = { slack: [], pagerDuty: [], mails: [] };
  const sockets = new Set<Socket>();
  const http = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
      if (request.url === '/slack') received.slack.push(body);
      else received.pagerDuty.push(body);
      response.statusCode = request.url === '/slack' ? 200 : 202;
      response.end(request.url === '/slack' ? 'ok' : '{}');
    });
  });
  const smtp = createTcpServer((socket) => {
    sockets.add(socket);
    takeMail(socket, (mail) => received.mails.push(mail));
  });
  const [httpPort, smtpPort] = await Promise.all([listenOnLoopback(http), listenOnLoopback(smtp)]);
  const files = temporaryFolder('gateway-observability-templates');
  let child: ManagedProcess | undefined;
  const stop = async () => {
    await child?.stop();
    for (const socket of sockets) socket.destroy();
    http.closeAllConnections();
    await Promise.all([http, smtp].map((server) => new Promise((resolve) => server.close(resolve))));
    files.remove();
  };
  try {
    mkdirSync(files.path, { recursive: true });
    const file = join(files.path, 'alertmanager.yml');
    writeFileSync(file, configOf(example, `http://127.0.0.1:${httpPort}`, `127.0.0.1:${smtpPort}`));
    copyFileSync(templates, join(files.path, 'gateway.tmpl'));
    const { alertmanager, url } = await launchAlertmanager(file, await startableAlertmanager(), (started) => {
      child = started;
    });
    return {
      received,
      logs: () => alertmanager.logs(15),
      url,
      async send(alerts: readonly SentAlert[]) {
        const response = await fetch(`${url}/api/v2/alerts`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(alerts),
        });
        if (!response.ok) throw new Error(`HTTP ${response.status}: ${await response.text()}`);
      },
      /** Waits until each of the three has received a message that matches. */
      async untilReceived(matches: { readonly title: RegExp; readonly action: string }) {
        await waitFor(
          () =>
            received.slack.some(({ attachments }) => matches.title.test(attachments[0]?.title ?? '')) &&
            received.pagerDuty.some(
              ({ event_action, payload }) =>
                event_action === matches.action &&
                (matches.action === 'resolve' || matches.title.test(payload.summary)),
            ) &&
            received.mails.some((mail) => matches.title.test(subjectOf(mail))),
          {
            what: `messages with the title ${matches.title}; so far ${JSON.stringify(received).slice(0, 4000)}`,
            timeoutMs: PATIENCE_MS,
            everyMs: 50,
            alive: [alertmanager],
          },
        );
      },
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
