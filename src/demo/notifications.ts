import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { listenOnLoopback } from '../processes/process.js';
import { partOf, subjectOf, takeMail } from './mail.js';
import { notificationsPage } from './notifications-page.js';
import type { ReceivedMessage } from './received-message.js';

/** A message before it is counted. */
type Message = Omit<ReceivedMessage, 'number'>;

/** Stands in for Slack, PagerDuty and a mail server, and shows what they got. */
export interface NotificationReceiver {
  /** The page with the messages; also where Slack's and PagerDuty's messages go, by path. */
  readonly url: string;
  /** `host:port` of the mail server. */
  readonly mailAddress: string;
  /** The latest first. */
  readonly messages: readonly ReceivedMessage[];
  stop(): Promise<void>;
}

/** Messages that are kept; older ones are dropped. */
const MOST_MESSAGES = 200;
/** Bytes of a message; Alertmanager sends far less. */
const LONGEST = 1 << 20;

const SLACK_COLORS: Readonly<Record<string, string>> = {
  good: '#2eb67d',
  warning: '#ecb22e',
  danger: '#e01e5a',
};

interface SlackMessage {
  readonly attachments?: readonly { title?: string; text?: string; color?: string; title_link?: string }[];
}

interface PagerDutyEvent {
  readonly event_action?: string;
  readonly payload?: {
    readonly summary?: string;
    readonly severity?: string;
    readonly custom_details?: Readonly<Record<string, string>>;
  };
  readonly links?: readonly { readonly href: string; readonly text: string }[];
}

function slackMessage(receiver: string, { attachments: [first] = [] }: SlackMessage): Message {
  const { title = '', text = '', color = '' } = first ?? {};
  return { kind: 'Slack', receiver, at: Date.now(), title, text, color: SLACK_COLORS[color] ?? color };
}

function pagerDutyMessage(receiver: string, event: PagerDutyEvent): Message {
  const { event_action: action = '', payload, links = [] } = event;
  const details = Object.entries(payload?.custom_details ?? {})
    .map(([name, value]) => `${name}: ${value.trim()}`)
    .filter((line) => !line.endsWith(': '));
  return {
    kind: 'PagerDuty',
    receiver,
    at: Date.now(),
    title: action === 'resolve' ? 'Resolved' : (payload?.summary ?? ''),
    text: details.join('\n'),
    color: action === 'resolve' ? '#2eb67d' : '#e01e5a',
    links,
  };
}

const mailMessage = (mail: string): Message => ({
  kind: 'E-mail',
  receiver: /^To: (.*)\r$/m.exec(mail)?.[1] ?? '',
  at: Date.now(),
  title: subjectOf(mail),
  text: partOf(mail, 'text/plain').trim(),
  html: partOf(mail, 'text/html'),
});

/** Starts the servers on 127.0.0.1. */
export async function startReceiver(): Promise<NotificationReceiver> {
  const messages: ReceivedMessage[] = [];
  const sockets = new Set<Socket>();
  let number = 0;
  const keep = (message: Message) => {
    number += 1;
    messages.unshift({ ...message, number });
    messages.splice(MOST_MESSAGES);
  };
  const http = createHttpServer((request, response) => {
    handle(request, response, messages, keep).catch(() => response.destroy());
  });
  const smtp = createTcpServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    takeMail(socket, (mail) => keep(mailMessage(mail)));
  });
  const [httpPort, smtpPort] = await Promise.all([listenOnLoopback(http), listenOnLoopback(smtp)]);
  return {
    url: `http://127.0.0.1:${httpPort}`,
    mailAddress: `127.0.0.1:${smtpPort}`,
    messages,
    async stop() {
      for (const socket of sockets) socket.destroy();
      http.closeAllConnections();
      await Promise.all([http, smtp].map((server) => new Promise((resolve) => server.close(resolve))));
    },
  };
}

const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

async function handle(
  request: IncomingMessage,
  response: ServerResponse,
  messages: readonly ReceivedMessage[],
  keep: (message: Message) => void,
): Promise<void> {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const host = request.headers.host ?? '';
  if (!/^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d+)?$/.test(host)) {
    response.writeHead(403, HEADERS).end('This server answers to localhost and 127.0.0.1 only.\n');
    return;
  }
  const [, kind, receiver = ''] = /^\/(slack|pagerduty)\/([\w-]+)(?:\/|$)/.exec(pathname) ?? [];
  if (request.method === 'POST' && kind !== undefined) {
    const body: unknown = JSON.parse(await textOf(request));
    keep(
      kind === 'slack'
        ? slackMessage(receiver, body as SlackMessage)
        : pagerDutyMessage(receiver, body as PagerDutyEvent),
    );
    response.writeHead(kind === 'slack' ? 200 : 202, HEADERS).end(kind === 'slack' ? 'ok' : '{}');
    return;
  }
  const mail = /^\/mail\/(\d+)$/.exec(pathname)?.[1];
  const html = messages.find(({ number, html }) => html !== undefined && String(number) === mail)?.html;
  if (pathname !== '/' && html === undefined) {
    response.writeHead(404, HEADERS).end('There is nothing at this address.\n');
    return;
  }
  response.writeHead(200, { ...HEADERS, 'content-type': 'text/html; charset=utf-8' });
  response.end(html ?? notificationsPage(messages));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > LONGEST) throw new Error('the message is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
