import { html, type Markup } from '../html/markup.js';
import { durationOf } from '../promql/duration.js';
import type { ReportContents } from './contents.js';
import { alertLink, badge, code, table } from './elements.js';

const lines = (texts: readonly string[]) =>
  html`${texts.map((text, i) => (i === 0 ? text : html`<br>${text}`))}`;

/** Who is notified of what, and how often in an ordinary week. */
export function notificationsSection({ notifications, week, alerts }: ReportContents): Markup {
  const { file, alerts: notified } = notifications;
  return html`<h2 id="notifications" class="chapter">Who is paged for what</h2>
<p>By ${file === undefined ? html`the generated example ${code('alertmanager/alertmanager.example.yaml')}; pass the site's own configuration with ${code('--alertmanager')}` : html`the configuration ${code(file)}`}. Its routes and inhibition rules are evaluated on the labels of each alert. Receivers decide what a notification is: a page, a ticket or a message.</p>
${table(
  'Receivers, grouping and inhibition of each alert',
  ['Alert', 'Severity', 'Receiver', 'One notification per', 'Sent', 'Not sent while'],
  notified.map(({ rule, routings, inhibitedBy }) => [
    alertLink(rule.alert),
    badge(rule.severity),
    lines(
      routings.map(({ receivers, dependsOn }) => `${receivers}${dependsOn === '' ? '' : `. ${dependsOn}`}`),
    ),
    lines([...new Set(routings.map(({ grouping }) => grouping))]),
    lines([
      ...new Set(
        routings.map(({ timing, times }) => (times === 'at any time' ? timing : `${timing}; ${times}`)),
      ),
    ]),
    lines(inhibitedBy),
  ]),
)}
<h3 id="ordinary-week">An ordinary week</h3>
${weekTable(week, alerts)}
`;
}

function weekTable(week: ReportContents['week'], alerts: ReportContents['alerts']): Markup {
  if (!week.known) return html`<p>Not known: ${week.why}</p>`;
  const { description, alerts: measured } = week.week;
  const stale = week.isCurrent ? '' : html` <strong>The rules have changed since this was measured.</strong>`;
  const severities = new Map(alerts.map(({ rule }) => [rule.alert, rule.severity as string]));
  const fired = measured.filter(({ episodes }) => episodes > 0);
  return html`<p>${description} No part of the system fails in it. Measured with the default configuration: ${fired.length} of ${measured.length} alerts fire.${stale} <code>backtest --try</code> gives the same numbers for other values and over the history of a Prometheus.</p>
${
  fired.length === 0
    ? ''
    : table(
        'Alerts in the ordinary week of the simulator',
        ['Alert', 'Severity', 'Episodes', 'Time firing', 'Flaps', 'Pages per week'],
        fired.map(({ alert, episodes, firing, flaps, pages }) => {
          const severity = severities.get(alert);
          return [
            severity === undefined ? alert : alertLink(alert),
            severity === undefined ? 'not in this bundle' : badge(severity),
            String(episodes),
            durationOf(firing),
            String(flaps),
            String(Math.round(pages * 10) / 10),
          ];
        }),
      )
}`;
}
