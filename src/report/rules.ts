import { html, type Markup } from '../html/markup.js';
import type { Provenance } from '../model/provenance.js';
import { situationText } from '../renderers/provenance.js';
import type { ReportedAlert, ReportedRecord } from './contents.js';
import {
  alertLink,
  badge,
  code,
  commaList,
  expressionBlock,
  facts,
  item,
  panelId,
  panelLink,
  pluralized,
  recordId,
  recordLink,
  settingValue,
  table,
} from './elements.js';
import type { MutantsOfRule, ProvenCase } from './evidence.js';

const provenanceFacts = (provenance: Provenance): readonly (readonly [string, string | undefined])[] => [
  ['Why', provenance.rationale],
  ['Situation', provenance.situation === undefined ? undefined : situationText(provenance.situation)],
  ['Runbook steps', provenance.runbookSteps?.join(', ')],
];

function mutantsText({ mutants: all, equivalent, proven }: MutantsOfRule): string {
  const rest =
    equivalent === 0 ? '' : `; ${pluralized(equivalent, 'one', 'ones')} equivalent, with a stated reason`;
  return proven
    ? `${pluralized(all, 'mutant')} of this rule: the tests detect ${all - equivalent}${rest}`
    : `${pluralized(all, 'mutant')} of this rule; the rule or its tests have changed since the last run, so there is no current result`;
}

function testsList(cases: readonly ProvenCase[] | undefined): Markup | undefined {
  if (cases === undefined) return undefined;
  if (cases.length === 0) return html`<p>No test.</p>`;
  return html`<h4>Tests (${cases.length})</h4><ul class="plainlist">${cases.map(
    ({ name, aspects }) =>
      html`<li>${name}${aspects.length === 0 ? '' : html` <span class="soft">(${aspects.join(', ')})</span>`}</li>`,
  )}</ul>`;
}

export function firingText({ rule }: ReportedAlert): string {
  const delay = rule.for === undefined || rule.for === '0s' ? 'at\u00a0once' : `after\u00a0${rule.for}`;
  return rule.keepFiringFor === undefined ? delay : `${delay}, keeps firing for ${rule.keepFiringFor}`;
}

export function alertItem(alert: ReportedAlert): Markup {
  const { rule, detections, settings, cases, mutants, panel, inhibits } = alert;
  const { dashboard } = rule.definition;
  const panelName = `${dashboard.uid}/${dashboard.panel}`;
  const thresholds = settings.map(({ setting, through }) => {
    const via =
      through.length === 0
        ? ''
        : html` <span class="soft">through ${commaList(through.map(recordLink))}</span>`;
    return html`<li><a href="#setting-${setting.path}"><code>${setting.path}</code></a> = ${settingValue(setting.value)}${via}</li>`;
  });
  const body = html`
<p>${rule.annotations.description}</p>
${facts([
  ['Fires', firingText(alert)],
  ['Signal', rule.definition.signal],
  ...provenanceFacts(rule.definition),
  ['Labels', commaList(rule.definition.labels.map(code))],
  ['Runbook', rule.annotations.runbook_url === undefined ? undefined : code(rule.annotations.runbook_url)],
  ['Inhibits', commaList(inhibits.map(code))],
  ['Panel', panel === undefined ? undefined : html`<a href="#${panelId(panelName)}">${panel}</a>`],
])}
${expressionBlock(rule.alert, rule.expr)}
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
        ['Scenario', 'Detectable from', 'Fires by', 'After'],
        detections.map(({ scenario, detectableFrom, by, delay }) => [
          scenario,
          detectableFrom ?? '',
          by,
          delay ?? '',
        ]),
      )
}
${testsList(cases)}
${mutants === undefined ? '' : html`<h4>Mutants</h4><p>${mutantsText(mutants)}.</p>`}`;
  const head = html`<h3>${rule.alert}</h3> ${badge(rule.severity)} <span class="soft">${firingText(alert)}</span>`;
  return item(`alert-${rule.alert}`, head, rule.annotations.summary, body);
}

export function recordItem({ rule, reads, alerts, records, panels, cases, mutants }: ReportedRecord): Markup {
  const { definition, record } = rule;
  const known = (name: string) => (name.includes(':') ? recordLink(name) : code(name));
  const readers = [...alerts.map(alertLink), ...records.map(recordLink), ...panels.map(panelLink)];
  const body = html`${facts([
    ['Unit', definition.unit],
    ['Labels', commaList(definition.labels.map(code))],
    ...provenanceFacts(definition),
    ['Empty when', definition.emptyWhen],
    ['Reads', commaList(reads.map(known))],
    ['Alerts', commaList(alerts.map(alertLink))],
    ['Recording rules', commaList(records.map(recordLink))],
    ['Panels', commaList(panels.map(panelLink))],
  ])}
${readers.length === 0 ? html`<p>Nothing in this bundle reads it.</p>` : ''}
${expressionBlock(record, rule.expr)}
${testsList(cases)}
${mutants === undefined ? '' : html`<h4>Mutants</h4><p>${mutantsText(mutants)}.</p>`}`;
  const who = `${pluralized(alerts.length, 'alert')}, ${pluralized(records.length, 'rule')}, ${pluralized(panels.length, 'panel')}`;
  return item(
    recordId(record),
    html`<h3><code>${record}</code></h3> <span class="soft">read by ${who}</span>`,
    definition.help,
    body,
  );
}

const UNITS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1 };

export function longest(delays: readonly string[]): string | undefined {
  const length = (text: string) =>
    [...text.matchAll(/(\d+)([dhms])/g)].reduce(
      (sum, [, n, unit]) => sum + Number(n) * (UNITS[unit ?? ''] ?? 0),
      0,
    );
  return [...delays].sort((a, b) => length(b) - length(a))[0];
}
