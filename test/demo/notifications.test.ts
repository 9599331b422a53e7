import { request } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partOf, subjectOf } from '../../src/demo/mail.js';
import { type NotificationReceiver, startReceiver } from '../../src/demo/notifications.js';
import { notificationsPage } from '../../src/demo/notifications-page.js';
import type { ReceivedMessage } from '../../src/demo/received-message.js';

/** Answers take milliseconds. */
const NO_ANSWER_MS = 3000;

const MAIL = [
  'From: a@example.com',
  'To: team@example.com',
  'Subject: =?utf-8?q?A_=E2=86=92_100%?=',
  ' =?utf-8?q?_done?=',
  'Content-Type: multipart/alternative; boundary=x',
  '',
  '--x',
  'Content-Type: text/plain; charset=UTF-8',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'One line that is =',
  'long, 5=C2=A0% and more',
  'second',
  '--x',
  'Content-Type: text/html; charset=UTF-8',
  '',
  '<p>page</p>',
  '--x--',
].join('\r\n');

describe('a mail', () => {
  it('has its subject and its parts decoded', () => {
    expect(subjectOf(MAIL)).toBe('A → 100% done');
    expect(subjectOf('X: y\r\nSubject: plain\r\nTo: z\r\n')).toBe('plain');
    expect(subjectOf('To: z\r\n')).toBe('');
    expect(partOf(MAIL, 'text/plain')).toBe('One line that is long, 5\u00A0% and more\nsecond');
    expect(partOf(MAIL, 'text/html')).toBe('<p>page</p>');
    expect(partOf(MAIL, 'text/markdown')).toBe('');
    expect(partOf('Content-Type: text/html\r\n\r\nto the end', 'text/html')).toBe('to the end');
  });
});

describe('the page', () => {
  const message = (more: Partial<ReceivedMessage> = {}): ReceivedMessage => ({
    kind: 'Slack',
    receiver: 'team',
    at: Date.UTC(2026, 0, 1, 12, 34, 56),
    title: 'T',
    text: 'text',
    number: 3,
    ...more,
  });
  const articlesOf = (...messages: ReceivedMessage[]) => {
    const page = notificationsPage(messages);
    return [...page.matchAll(/<article .*?<\/article>/gs)].map(([article]) => article.replaceAll('\n', ''));
  };

  it('says that nothing was sent yet', () => {
    const page = notificationsPage([]);
    expect(page).toContain('<p>Nothing was sent yet.');
    expect(page).toContain('<title>Notifications (0)</title>');
    expect(page).toContain('<meta http-equiv="refresh" content="5">');
    expect(page).toMatch(/<style>\nbody \{ font/);
    expect(notificationsPage([message()])).not.toContain('Nothing was sent');
  });

  it.each<[string, Partial<ReceivedMessage>, string]>([
    [
      'in gray, without a color',
      {},
      '<article style="border-color:#888"><header>Slack to team, 12:34:56 UTC</header><h2>T</h2><p>text</p></article>',
    ],
    [
      'with its color and links',
      {
        color: '#e01e5a',
        links: [
          { href: 'http://a/?x&y', text: 'A' },
          { href: 'ftp://b', text: 'B' },
        ],
      },
      '<article style="border-color:#e01e5a"><header>Slack to team, 12:34:56 UTC</header><h2>T</h2><p>text</p><p><a href="http://a/?x&amp;y">A</a> | B (ftp://b)</p></article>',
    ],
    [
      'with an address in its text, and what only holds one',
      { text: 'http://e/f, <xhttps://g|h> a<https://i|j>' },
      '<article style="border-color:#888"><header>Slack to team, 12:34:56 UTC</header><h2>T</h2><p><a href="http://e/f,">http://e/f,</a> h (xhttps://g) a<a href="https://i">j</a></p></article>',
    ],
    [
      'without a color that is none',
      { color: 'red;x' },
      '<article style="border-color:#888"><header>Slack to team, 12:34:56 UTC</header><h2>T</h2><p>text</p></article>',
    ],
    [
      'with the page of a mail',
      { kind: 'E-mail', html: '<p>x</p>', color: 'red' },
      '<article style="border-color:red"><header>E-mail to team, 12:34:56 UTC</header><h2>T</h2><iframe sandbox="allow-top-navigation-by-user-activation" src="/mail/3"></iframe></article>',
    ],
    [
      "with Slack's links",
      {
        title: '<https://a/b|words &amp; more> x',
        text: 'see https://c/d now &lt;b&gt; <javascript:x|y> <http://e|>',
      },
      '<article style="border-color:#888"><header>Slack to team, 12:34:56 UTC</header><h2><a href="https://a/b">words &amp; more</a> x</h2><p>see <a href="https://c/d">https://c/d</a> now &lt;b&gt; y (javascript:x) <a href="http://e"></a></p></article>',
    ],
  ])('shows a message %s', (_, more, article) => {
    expect(articlesOf(message(more))).toEqual([article]);
  });

  it('shows messages in their order', () => {
    expect(
      articlesOf(message({ title: 'first' }), message({ title: 'second' })).map(
        (one) => /<h2>(.*?)</.exec(one)?.[1],
      ),
    ).toEqual(['first', 'second']);
  });
});

describe('a receiver that is stopped', () => {
  it('ends its connections, and answers no longer', async () => {
    const one = await startReceiver();
    const [host = '', port] = one.mailAddress.split(':');
    const socket = connect(Number(port), host);
    const greeted = new Promise((resolve) => socket.once('data', resolve));
    const ended = new Promise((resolve) => socket.once('close', resolve));
    await greeted;
    await one.stop();
    await ended;
    const again = connect(Number(port), host);
    await expect(
      new Promise((resolve, reject) => again.once('connect', resolve).once('error', reject)),
    ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    await expect(fetch(one.url)).rejects.toThrow();
  });
});

describe('the receiver', () => {
  let receiver: NotificationReceiver;
  beforeAll(async () => {
    receiver = await startReceiver();
  });
  afterAll(() => receiver.stop());

  const send = (
    path: string,
    { method = 'GET', body, host }: { method?: string; body?: unknown; host?: string } = {},
  ) =>
    new Promise<{ status: number | undefined; type: string | undefined; headers: object; text: string }>(
      (resolve, reject) => {
        const asked = request(
          `${receiver.url}${path}`,
          { method, headers: host === undefined ? {} : { host } },
          (response) => {
            let text = '';
            response.setEncoding('utf8').on('data', (chunk) => {
              text += chunk;
            });
            response.on('end', () =>
              resolve({
                status: response.statusCode,
                type: response.headers['content-type'],
                headers: response.headers,
                text,
              }),
            );
          },
        );
        asked.on('error', reject);
        asked.setTimeout(NO_ANSWER_MS, () => asked.destroy(new Error('no answer')));
        asked.end(typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body));
      },
    );
  const post = (path: string, body: unknown) => send(path, { method: 'POST', body });

  it("takes Slack's messages", async () => {
    const attachment = { title: 'T', text: 'x', color: 'danger' };
    expect(await post('/slack/team-a', { attachments: [attachment, { title: 'no' }] })).toMatchObject({
      status: 200,
      text: 'ok',
    });
    expect(receiver.messages[0]).toMatchObject({
      kind: 'Slack',
      receiver: 'team-a',
      title: 'T',
      text: 'x',
      color: '#e01e5a',
      number: 1,
    });
    for (const [color, expected] of [
      ['good', '#2eb67d'],
      ['warning', '#ecb22e'],
      ['#123456', '#123456'],
    ]) {
      await post('/slack/x', { attachments: [{ color }] });
      expect(receiver.messages[0]).toMatchObject({ title: '', text: '', color: expected });
    }
    await post('/slack/x', {});
    expect(receiver.messages[0]).toMatchObject({ title: '', color: '' });
  });

  it("takes PagerDuty's events", async () => {
    const links = [{ href: 'http://a', text: 'A' }];
    const payload = { summary: 'S', custom_details: { one: ' 1 ', none: '  ', two: '2' } };
    expect(
      await post('/pagerduty/page/v2/enqueue', { event_action: 'trigger', payload, links }),
    ).toMatchObject({ status: 202, text: '{}' });
    expect(receiver.messages[0]).toMatchObject({
      kind: 'PagerDuty',
      receiver: 'page',
      title: 'S',
      text: 'one: 1\ntwo: 2',
      color: '#e01e5a',
      links,
    });
    await post('/pagerduty/page', { event_action: 'resolve', payload });
    expect(receiver.messages[0]).toMatchObject({ title: 'Resolved', color: '#2eb67d', links: [] });
    await post('/pagerduty/page', {});
    expect(receiver.messages[0]).toMatchObject({ title: '', text: '', color: '#e01e5a' });
  });

  it('takes mails, several over one connection, and shows their page', async () => {
    const [host = '', port] = receiver.mailAddress.split(':');
    const socket = connect(Number(port), host);
    let answers = '';
    // A server that has nothing to say to a mail would keep the test waiting.
    socket.setTimeout(NO_ANSWER_MS, () => socket.destroy());
    const ended = new Promise((resolve) => socket.once('close', resolve));
    socket.setEncoding('utf8').on('data', (chunk) => {
      answers += chunk;
    });
    const other = MAIL.replace('team@', 'other@');
    socket.write(`EHLO x\r\nMAIL FROM:<a>\r\ndata\r\n${MAIL}\r\n.\r\nDATA\r\n${other.slice(0, 100)}`);
    setImmediate(() => socket.write(`${other.slice(100)}\r\n.\r\nQUIT\r\n`));
    await ended;
    expect(answers.split('\r\n')).toEqual([
      '220 localhost ESMTP',
      '250 localhost',
      '250 localhost',
      '354 go on',
      '250 accepted',
      '354 go on',
      '250 accepted',
      '221 bye',
      '',
    ]);
    expect(receiver.messages.slice(0, 2)).toMatchObject([
      { kind: 'E-mail', receiver: 'other@example.com', title: 'A → 100% done' },
      {
        kind: 'E-mail',
        receiver: 'team@example.com',
        text: 'One line that is long, 5\u00A0% and more\nsecond',
        html: '<p>page</p>',
      },
    ]);
    expect(await send(`/mail/${receiver.messages[0]?.number}`)).toMatchObject({
      status: 200,
      type: 'text/html; charset=utf-8',
      headers: {
        'cache-control': 'no-store',
        'content-security-policy':
          "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'; base-uri 'none'; form-action 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
      },
      text: '<p>page</p>',
    });
    expect(await send('/mail/1')).toMatchObject({ status: 404 });
  });

  it('shows all of them on one page', async () => {
    const { status, type, text } = await send('/');
    expect([status, type]).toEqual([200, 'text/html; charset=utf-8']);
    expect(text).toContain(`<title>Notifications (${receiver.messages.length})</title>`);
    expect(await send('/slack/x')).toMatchObject({
      status: 404,
      text: 'There is nothing at this address.\n',
    });
    expect(await send('/other')).toMatchObject({ status: 404 });
  });

  it.each([
    ['localhost', 200],
    ['127.0.0.1:80', 200],
    ['[::1]:1', 200],
    ['evil.example', 403],
    ['localhost.evil.example', 403],
    ['x.localhost', 403],
    ['127.0.0.1:x', 403],
  ])('answers to names of this machine only: %s', async (host, status) => {
    expect((await send('/', { host })).status).toBe(status);
  });

  it('breaks off what it cannot read, or what is too long', async () => {
    const count = receiver.messages.length;
    await expect(post('/slack/x', '{')).rejects.toThrow('socket hang up');
    const messageOf = (length: number) =>
      JSON.stringify({ x: '' }).replace('""', `"${'x'.repeat(length - 8)}"`);
    await expect(post('/slack/x', messageOf((1 << 20) + 1))).rejects.toThrow();
    expect(await post('/other/x', {})).toMatchObject({ status: 404 });
    expect(await post('/other/slack/x', {})).toMatchObject({ status: 404 });
    expect(receiver.messages).toHaveLength(count);
    expect(await post('/slack/x', messageOf(1 << 20))).toMatchObject({ status: 200 });
  });

  it('keeps the latest 200', async () => {
    for (let i = 0; i < 201; i += 1) await post('/slack/many', { attachments: [{ title: String(i) }] });
    expect(receiver.messages).toHaveLength(200);
    expect([receiver.messages[0]?.title, receiver.messages.at(-1)?.title]).toEqual(['200', '1']);
  });
});
