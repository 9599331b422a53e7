import { html, joined, type Markup } from '../html/markup.js';

export const pluralized = (count: number, one: string, many = `${one}s`) =>
  `${count} ${count === 1 ? one : many}`;

export const code = (text: string) => html`<code>${text}</code>`;

export const alertLink = (alert: string) => html`<a href="#alert-${alert}">${alert}</a>`;

export const recordId = (record: string) => `record-${record.replace(/[^\w-]/g, '-')}`;

export const recordLink = (record: string) => html`<a href="#${recordId(record)}"><code>${record}</code></a>`;

export const panelId = (name: string) => `panel-${name.replace('/', '-')}`;

/** A setting's value as it would stand in the file. */
export const settingValue = (json: string | undefined) =>
  code(json === undefined ? 'unset' : json.replace(/^"(.*)"$/, '$1'));

export const panelLink = (name: string) => html`<a href="#${panelId(name)}">${name}</a>`;

export const commaList = (parts: readonly Markup[]) => joined(parts, ', ');

/** A table that becomes a list of cards on a narrow screen; roles keep it a table for who cannot see it. */
export function table(
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

export function facts(rows: readonly (readonly [string, string | Markup | undefined])[]): Markup {
  return html`<dl class="facts">${rows.map(([name, value]) =>
    value === undefined || String(value) === '' ? '' : html`<dt>${name}</dt><dd>${value}</dd>`,
  )}</dl>`;
}

export const expressionBlock = (name: string, expr: string) =>
  html`<pre tabindex="0" role="region" aria-label="PromQL of ${name}"><code>${expr}</code></pre>`;

export const item = (id: string, head: Markup, says: string, body: Markup, kind = '') =>
  html`<details class="item ${kind}"><summary><span class="head" id="${id}">${head}</span><span class="says">${says}</span></summary><div class="body">${body}</div></details>
`;

export const badge = (severity: string) => html`<span class="badge ${severity}">${severity}</span>`;
