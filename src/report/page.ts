import { createHash } from 'node:crypto';
import { html, Markup } from '../html/markup.js';
import type { ReportContents } from './contents.js';
import { dashboardSection } from './dashboards.js';
import { alertLink, badge, code, pluralized, table } from './elements.js';
import { notificationsSection } from './notifications-section.js';
import { alertItem, firingText, longest, recordItem } from './rules.js';
import { settingItem } from './setting-item.js';
import { SCRIPT, STYLE } from './style.js';

/** The report as one page of HTML that needs nothing else: no network, no other file. */
export function reportPage(contents: ReportContents): string {
  const { alerts, records, dashboards, settings, disabled, unknown } = contents;
  const panels = dashboards.reduce(
    (sum, { dashboard }) => sum + dashboard.rows.reduce((count, row) => count + row.panels.length, 0),
    0,
  );
  const hash = createHash('sha256').update(SCRIPT).digest('base64');
  const bySeverity = ['critical', 'warning', 'info'].map(
    (severity) => `${alerts.filter(({ rule }) => rule.severity === severity).length} ${severity}`,
  );
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'">
<title>Gateway observability</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<a class="skip" href="#alerts">Skip to the alerts</a>
<header>
<h1>Gateway observability</h1>
<p class="lead">${pluralized(alerts.length, 'alert')} (${bySeverity.join(', ')}), ${pluralized(records.length, 'recording rule')}, ${pluralized(dashboards.length, 'dashboard')} with ${pluralized(panels, 'panel')}, ${pluralized(settings.length, 'setting')}. gateway-observability ${contents.version}, ${contents.config === undefined ? 'default configuration' : html`configuration ${code(contents.config)}`}.</p>
${
  unknown.length === 0
    ? ''
    : html`<div class="unknown" role="note"><strong>Missing from this report</strong><ul>${unknown.map((line) => html`<li>${line}</li>`)}</ul></div>`
}
</header>
<nav aria-label="Chapters"><ul><li><a href="#alerts">Alerts</a></li><li><a href="#notifications">Who is paged</a></li><li><a href="#dashboards">Dashboards</a></li><li><a href="#records">Recording rules</a></li><li><a href="#settings">Settings</a></li></ul></nav>
<main>
<h2 id="alerts">Alerts</h2>
${alertTable(alerts)}
${alerts.map(alertItem)}
${disabledTable(disabled)}
${notificationsSection(contents)}
<h2 id="dashboards" class="chapter">Dashboards</h2>
${dashboards.map(dashboardSection)}
<h2 id="records" class="chapter">Recording rules</h2>
<p>Alerts, other recording rules and panels that read them. Expand one for its expression.</p>
${records.map(recordItem)}
<h2 id="settings" class="chapter">Settings and their effects</h2>
<p>Measured: each setting was changed to another value, the bundle was built again, and the results were compared. Each alert also has the settings <code>alerts.&lt;name&gt;.for</code>, <code>.keepFiringFor</code>, <code>.severity</code>, <code>.labels</code> and <code>.disabled</code>.</p>
${settings.map(settingItem)}
</main>
<footer>Written by <code>gateway-observability report</code>. The same definitions and configuration produce the same page.</footer>
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`;
  return page.text;
}

function alertTable(alerts: ReportContents['alerts']): Markup {
  return table(
    'All alerts. Detection: the longest time from when the metrics first show the fault until the alert fires, in the scenarios of the simulator.',
    ['Alert', 'Severity', 'Fires', 'Detection', 'Tests', 'Mutants detected'],
    alerts.map((alert) => {
      const { rule, detections, cases, mutants } = alert;
      const delays = detections.flatMap(({ delay }) => (delay === undefined ? [] : [delay]));
      return [
        alertLink(rule.alert),
        badge(rule.severity),
        firingText(alert),
        longest(delays) ??
          (detections.length === 0
            ? 'in no scenario'
            : `not timed, in ${pluralized(detections.length, 'scenario')}`),
        cases === undefined ? 'not known' : String(cases.length),
        mutants === undefined
          ? 'not known'
          : mutants.proven
            ? `${mutants.mutants - mutants.equivalent} of ${mutants.mutants}`
            : 'not tested since the last change',
      ];
    }),
  );
}

function disabledTable(disabled: ReportContents['disabled']): Markup | '' {
  if (disabled.length === 0) return '';
  return table(
    'Disabled by this site',
    ['Alert', 'Reason'],
    disabled.map(({ alert, reason }) => [alert, reason]),
  );
}
