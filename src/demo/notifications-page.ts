import { html, joined, Markup } from '../html/markup.js';
import type { ReceivedMessage } from './received-message.js';

const STYLE = new Markup(`
body { font: 14px/1.5 sans-serif; margin: 24px auto; max-width: 900px; padding: 0 16px; color: #1d1c1d }
article { border-left: 4px solid #888; padding: 4px 12px; margin: 0 0 20px; overflow-wrap: anywhere }
h2 { font-size: 15px; margin: 0 }
header { color: #616061; font-size: 12px }
p { margin: 4px 0; white-space: pre-wrap }
iframe { width: 100%; height: 220px; border: 1px solid #ddd }
`);

/** What Alertmanager sent, the latest first; it loads itself again every five seconds. */
export function notificationsPage(messages: readonly ReceivedMessage[]): string {
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="5"><title>Notifications (${messages.length})</title><style>${STYLE}</style></head><body>
<h1>Notifications</h1>
${messages.length === 0 && html`<p>Nothing was sent yet. The first notification follows an alert by the time that Alertmanager waits for others.</p>`}
${messages.map(article)}
</body></html>`.toString();
}

function article(message: ReceivedMessage): Markup {
  const { kind, receiver, at, title, text, color = '#888', links = [], html: page, number } = message;
  const safeColor = /^#?\w+$/.test(color) ? color : '#888';
  const body =
    page === undefined
      ? html`<p>${linked(text)}</p>`
      : html`<iframe sandbox="allow-top-navigation-by-user-activation" src="/mail/${number}"></iframe>`;
  return html`<article style="border-color:${safeColor}"><header>${kind} to ${receiver}, ${new Date(at).toISOString().slice(11, 19)} UTC</header>
<h2>${linked(title)}</h2>${body}
${
  links.length > 0 &&
  html`<p>${joined(
    links.map((link) => anchor(link.href, link.text)),
    ' | ',
  )}</p>`
}</article>
`;
}

const anchor = (href: string, text: string): Markup =>
  /^https?:\/\//.test(href) ? html`<a href="${href}">${text}</a>` : html`${text} (${href})`;

const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>' };
const unescaped = (text: string) => text.replace(/&(?:amp|lt|gt);/g, (entity) => ENTITIES[entity] as string);

/** Text in Slack's form: `<address|words>` is a link, and three characters are escaped. */
function linked(text: string): Markup {
  const parts = text.split(/(<[^<>|]+\|[^<>]*>|https?:\/\/[^\s<>|]+)/);
  return joined(
    parts.map((part, i) => {
      if (i % 2 === 0) return unescaped(part);
      const [, href = part, words = part] = /^<([^|]+)\|(.*)>$/.exec(part) ?? [];
      return anchor(unescaped(href), unescaped(words));
    }),
    '',
  );
}
