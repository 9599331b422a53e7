import { createHash } from 'node:crypto';
import type { Provenance } from '../model/provenance.js';
import { situationText } from '../renderers/provenance.js';
import type { Contents, ReportedAlert, ReportedDashboard, ReportedKnob, ReportedRecord } from './contents.js';
import type { MutantsOfRule, ProvenCase } from './evidence.js';
import { html, joined, Markup } from './markup.js';
import type { Picture } from './pictures.js';
import { SCRIPT, STYLE } from './style.js';

const counted = (count: number, one: string, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
const code = (text: string) => html`<code>${text}</code>`;
const alertLink = (alert: string) => html`<a href="#alert-${alert}">${alert}</a>`;
const recordId = (record: string) => `record-${record.replace(/[^\w-]/g, '-')}`;
const recordLink = (record: string) => html`<a href="#${recordId(record)}"><code>${record}</code></a>`;
const panelId = (name: string) => `panel-${name.replace('/', '-')}`;
/** A setting's value as it would stand in the file. */
const shown = (json: string | undefined) =>
  code(json === undefined ? 'unset' : json.replace(/^"(.*)"$/, '$1'));
const panelLink = (name: string) => html`<a href="#${panelId(name)}">${name}</a>`;
const list = (parts: readonly Markup[]) => joined(parts, ', ');

/** A table that becomes a list of cards on a narrow screen; roles keep it a table for who cannot see it. */
function table(
  caption: string,
  heads: readonly string[],
  rows: readonly (readonly (string | Markup)[])[],
): Markup {
  return html`<table class="stack" role="table"><caption>${caption}</caption>
<thead role="rowgroup"><tr role="row">${heads.map((head) => html`<th role="columnheader" scope="col">${head}</th>`)}</tr></thead>
<tbody role="rowgroup">${rows.map(
    (cells) => html`<tr role="row">${cells.map((cell, i) =>
      i === 0
        ? html`<th role="rowheader" scope="row">${cell}</th>`
        : html`<td role="cell" data-label="${heads[i]}">${cell}</td>`,
    )}</tr>
`,
  )}</tbody></table>`;
}

function facts(rows: readonly (readonly [string, string | Markup | undefined])[]): Markup {
  return html`<dl class="facts">${rows.map(([name, value]) =>
    value === undefined || String(value) === '' ? '' : html`<dt>${name}</dt><dd>${value}</dd>`,
  )}</dl>`;
}

const provenanceFacts = (provenance: Provenance): readonly (readonly [string, string | undefined])[] => [
  ['Why', provenance.rationale],
  ['Situation', provenance.situation === undefined ? undefined : situationText(provenance.situation)],
  ['Runbook steps', provenance.runbookSteps?.join(', ')],
];

const promql = (name: string, expr: string) =>
  html`<pre tabindex="0" role="region" aria-label="PromQL of ${name}"><code>${expr}</code></pre>`;

function mutantsText(mutants: MutantsOfRule | undefined): string | undefined {
  if (mutants === undefined) return undefined;
  const { mutants: all, equivalent, proven } = mutants;
  const rest =
    equivalent === 0 ? '' : `; ${counted(equivalent, 'one', 'ones')} equivalent, with a stated reason`;
  return proven
    ? `${counted(all, 'small fault')} tried in this rule: the tests notice ${all - equivalent}${rest}`
    : `${counted(all, 'small fault')} can be made in this rule; since the last complete run the rule or its tests have changed, so nothing is proven`;
}

function testsList(cases: readonly ProvenCase[] | undefined): Markup | undefined {
  if (cases === undefined) return undefined;
  if (cases.length === 0) return html`<p>No test of its own.</p>`;
  return html`<h4>Tests (${cases.length})</h4><ul class="plainlist">${cases.map(
    ({ name, aspects }) =>
      html`<li>${name}${aspects.length === 0 ? '' : html` <span class="soft">(${aspects.join(', ')})</span>`}</li>`,
  )}</ul>`;
}

const item = (id: string, head: Markup, says: string, body: Markup, kind = '') =>
  html`<details class="item ${kind}"><summary><span class="head" id="${id}">${head}</span><span class="says">${says}</span></summary><div class="body">${body}</div></details>
`;

const badge = (severity: string) => html`<span class="badge ${severity}">${severity}</span>`;

function holds({ rule }: ReportedAlert): string {
  const hold = rule.for === undefined || rule.for === '0s' ? 'at\u00a0once' : `after\u00a0${rule.for}`;
  return rule.keepFiringFor === undefined ? hold : `${hold}, keeps firing for ${rule.keepFiringFor}`;
}

function alertItem(alert: ReportedAlert): Markup {
  const { rule, detections, knobs, cases, mutants, panel } = alert;
  const { dashboard } = rule.definition;
  const panelName = `${dashboard.uid}/${dashboard.panel}`;
  const thresholds = knobs.map(({ knob, through }) => {
    const via =
      through.length === 0 ? '' : html` <span class="soft">through ${list(through.map(recordLink))}</span>`;
    return html`<li><a href="#knob-${knob.path}"><code>${knob.path}</code></a> = ${shown(knob.value)}${via}</li>`;
  });
  const body = html`
<p>${rule.annotations.description}</p>
${facts([
  ['Fires', holds(alert)],
  ['Signal', rule.definition.signal],
  ...provenanceFacts(rule.definition),
  ['Labels', list(rule.definition.labels.map(code))],
  ['Runbook', code(rule.annotations.runbook_url)],
  ['Panel', panel === undefined ? undefined : html`<a href="#${panelId(panelName)}">${panel}</a>`],
])}
${promql(rule.alert, rule.expr)}
<h4>Thresholds and times</h4>
${
  thresholds.length === 0
    ? html`<p>No setting of the configuration moves it; <code>alerts.${rule.alert}</code> changes its <code>for</code>, its severity, or switches it off.</p>`
    : html`<ul class="plainlist">${thresholds}</ul>`
}
${
  detections.length === 0
    ? html`<h4>Detection</h4><p>Fires in none of the simulator's scenarios.</p>`
    : table(
        `Detection times in the simulator's scenarios`,
        ['Scenario', 'Tellable from', 'Fires by', 'After'],
        detections.map(({ scenario, tellable, by, delay }) => [scenario, tellable ?? '', by, delay ?? '']),
      )
}
${testsList(cases)}
${mutants === undefined ? '' : html`<h4>Mutants</h4><p>${mutantsText(mutants)}.</p>`}`;
  const head = html`<h3>${rule.alert}</h3> ${badge(rule.severity)} <span class="soft">${holds(alert)}</span>`;
  return item(`alert-${rule.alert}`, head, rule.annotations.summary, body);
}

function recordItem({ rule, reads, alerts, records, panels, cases, mutants }: ReportedRecord): Markup {
  const { definition, record } = rule;
  const known = (name: string) => (name.includes(':') ? recordLink(name) : code(name));
  const readers = [...alerts.map(alertLink), ...records.map(recordLink), ...panels.map(panelLink)];
  const body = html`${facts([
    ['Unit', definition.unit],
    ['Labels', list(definition.labels.map(code))],
    ...provenanceFacts(definition),
    ['Empty when', definition.emptyWhen],
    ['Reads', list(reads.map(known))],
    ['Alerts', list(alerts.map(alertLink))],
    ['Recording rules', list(records.map(recordLink))],
    ['Panels', list(panels.map(panelLink))],
  ])}
${readers.length === 0 ? html`<p>Nothing in this bundle reads it.</p>` : ''}
${promql(record, rule.expr)}
${testsList(cases)}
${mutants === undefined ? '' : html`<h4>Mutants</h4><p>${mutantsText(mutants)}.</p>`}`;
  const who = `${counted(alerts.length, 'alert')}, ${counted(records.length, 'rule')}, ${counted(panels.length, 'panel')}`;
  return item(
    recordId(record),
    html`<h3><code>${record}</code></h3> <span class="soft">read by ${who}</span>`,
    definition.help,
    body,
  );
}

function pictureFigure(title: string, light: Picture, dark: Picture | undefined): Markup {
  const { situation, width, height } = light;
  const source =
    dark === undefined || dark === light
      ? ''
      : html`<source media="(prefers-color-scheme: dark) and (not print)" srcset="data:image/png;base64,${new Markup(dark.data)}">`;
  return html`<figure class="wide" tabindex="0"><picture>${source}<img loading="lazy" width="${width}" height="${height}" alt="Preview of the dashboard ${title}, situation ${situation}; its panels are listed below." src="data:image/png;base64,${new Markup(light.data)}"></picture><figcaption>Situation: ${situation}. Drawn with data of the simulator; not a screenshot of Grafana.</figcaption></figure>`;
}

function dashboardSection({ dashboard, pictures }: ReportedDashboard): Markup {
  const { definition, rows } = dashboard;
  const situations = [...new Set(pictures.map(({ situation }) => situation))];
  const figures = situations.flatMap((situation) => {
    const own = pictures.filter((picture) => picture.situation === situation);
    const light = own.find(({ dark }) => !dark) ?? own[0];
    return light === undefined
      ? []
      : [
          pictureFigure(
            definition.title,
            light,
            own.find(({ dark }) => dark),
          ),
        ];
  });
  const panels = rows.flatMap((row) =>
    row.panels.map((panel) => {
      const { id, title, description, kind } = panel.definition;
      const body = html`${facts([
        ['Row', row.title],
        ['Kind', kind],
        ['Without data', panel.definition.noData],
      ])}${panel.queries.map(({ expr, refId }) => promql(`panel ${title}, query ${refId}`, expr))}`;
      return item(
        panelId(`${definition.uid}/${id}`),
        html`<h4 style="margin:0">${title}</h4> <span class="soft">${definition.uid}/${id}</span>`,
        description,
        body,
        'panel',
      );
    }),
  );
  return html`<section aria-labelledby="dashboard-${definition.uid}"><h3 id="dashboard-${definition.uid}" style="margin-top:1.75rem;font-size:1.15rem">${definition.title}</h3>
<p>${definition.description}</p>
${figures.length === 0 ? html`<p class="soft">No picture of this dashboard was given.</p>` : figures}
${panels}</section>`;
}

function knobItem({
  path,
  meaning,
  value,
  tried,
  alerts,
  through,
  records,
  panels,
  files,
}: ReportedKnob): Markup {
  // What moves everything alike is said in one sentence.
  const many = 12;
  const direct =
    alerts.length > many
      ? html`${counted(alerts.length, 'alert')} (${[...new Set(alerts.flatMap(({ parts }) => parts))].join(', ')})`
      : list(alerts.map(({ alert, parts }) => html`${alertLink(alert)} (${parts.join(', ')})`));
  const indirect =
    through.length > many
      ? html`${counted(through.length, 'alert')} through ${counted(records.length, 'record')}`
      : list(through.map(({ alert }) => alertLink(alert)));
  const rest = [
    ...(records.length === 0 ? [] : [counted(records.length, 'recording rule')]),
    ...(panels.length === 0 ? [] : [counted(panels.length, 'panel')]),
  ];
  const nothing = alerts.length + through.length + rest.length === 0;
  const other =
    tried === undefined
      ? 'no other value is allowed alone'
      : !nothing
        ? rest.join(', ')
        : files === 0
          ? 'nothing: it only limits other settings'
          : `no rule; ${counted(files, 'generated file')}`;
  return html`<div class="knob"><h3 id="knob-${path}"><code>${path}</code> = ${shown(value)}</h3><p>${meaning}</p>${facts(
    [
      ['Moves', direct],
      ['Moves through a rule', indirect],
      ['Also', other],
      ['Tried', tried === undefined ? undefined : shown(tried)],
    ],
  )}</section>
`;
}

/** The report as one page of HTML that needs nothing else: no network, no other file. */
export function reportPage(contents: Contents): string {
  const { alerts, records, dashboards, knobs, disabled, unknown } = contents;
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
<title>Gateway observability: what there is</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<a class="skip" href="#alerts">Skip to the alerts</a>
<header>
<h1>Gateway observability: what there is</h1>
<p class="lead">${counted(alerts.length, 'alert')} (${bySeverity.join(', ')}), ${counted(records.length, 'recording rule')}, ${counted(dashboards.length, 'dashboard')} with ${counted(panels, 'panel')}, ${counted(knobs.length, 'setting')}. gateway-observability ${contents.version}, ${contents.config === undefined ? 'default configuration' : html`configuration ${code(contents.config)}`}.</p>
${
  unknown.length === 0
    ? ''
    : html`<div class="unknown" role="note"><strong>What this report does not know</strong><ul>${unknown.map((line) => html`<li>${line}</li>`)}</ul></div>`
}
</header>
<nav aria-label="Chapters"><ul><li><a href="#alerts">Alerts</a></li><li><a href="#dashboards">Dashboards</a></li><li><a href="#records">Recording rules</a></li><li><a href="#knobs">Settings</a></li></ul></nav>
<main>
<h2 id="alerts">Alerts</h2>
${table(
  'All alerts. Detection: the longest time from when the fault could be told from the normal case until the alert fires, in the scenarios of the simulator.',
  ['Alert', 'Severity', 'Fires', 'Detection', 'Tests', 'Small faults noticed'],
  alerts.map((alert) => {
    const { rule, detections, cases, mutants } = alert;
    const delays = detections.flatMap(({ delay }) => (delay === undefined ? [] : [delay]));
    return [
      alertLink(rule.alert),
      badge(rule.severity),
      holds(alert),
      longest(delays) ??
        (detections.length === 0
          ? 'in no scenario'
          : `not timed, in ${counted(detections.length, 'scenario')}`),
      cases === undefined ? 'not known' : String(cases.length),
      mutants === undefined
        ? 'not known'
        : mutants.proven
          ? `${mutants.mutants - mutants.equivalent} of ${mutants.mutants}`
          : 'not proven since the last change',
    ];
  }),
)}
${alerts.map(alertItem)}
${
  disabled.length === 0
    ? ''
    : table(
        'Switched off by this site',
        ['Alert', 'Reason'],
        disabled.map(({ alert, reason }) => [alert, reason]),
      )
}
<h2 id="dashboards" class="chapter">Dashboards</h2>
${dashboards.map(dashboardSection)}
<h2 id="records" class="chapter">Recording rules</h2>
<p>Who reads them: alerts, other recording rules, panels. Unfold one for its text.</p>
${records.map(recordItem)}
<h2 id="knobs" class="chapter">Settings and what they move</h2>
<p>Measured: each setting was changed alone to the value tried, everything was built anew, and the texts were compared. Every alert can also be changed by its own settings, <code>alerts.&lt;name&gt;.for</code>, <code>.keepFiringFor</code>, <code>.severity</code>, <code>.labels</code> and <code>.disabled</code>.</p>
${knobs.map(knobItem)}
</main>
<footer>Written by <code>gateway-observability report</code>. The same definitions and configuration give the same page.</footer>
<script>${new Markup(SCRIPT)}</script>
</body>
</html>
`;
  return page.text;
}

const UNITS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 };

function longest(delays: readonly string[]): string | undefined {
  const length = (text: string) =>
    [...text.matchAll(/(\d+)([dhms])/g)].reduce(
      (sum, [, n, unit]) => sum + Number(n) * (UNITS[unit ?? ''] ?? 0),
      0,
    );
  return [...delays].sort((a, b) => length(b) - length(a))[0];
}
