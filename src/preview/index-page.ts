import { escapeHtml } from '../html/markup.js';
import type { PanelJson } from '../view/dashboard-json.js';
import type { Frame } from '../view/frames.js';
import type { DashboardData } from '../view/queries.js';

/** A dashboard as one situation shows it. */
export interface Shown {
  readonly situation: string;
  readonly data: DashboardData;
  /** File names of its pictures, beside the index page. */
  readonly pictures: readonly string[];
}

/** Rows listed per query; the rest is counted. */
const MOST_ROWS = 20;

/**
 * A page of all pictures, with every query as it was sent and what it gave, one fact a line: two runs can be compared with `diff`.
 *
 * @param shown by dashboard, in the order in which they are listed
 */
export function indexPage(shown: readonly (readonly Shown[])[]): string {
  const lines = [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<title>Preview of the dashboards</title>',
    '<style>',
    'body { font: 14px sans-serif; margin: 16px; max-width: 1280px }',
    'img { max-width: 100%; border: 1px solid #ccc }',
    'pre { white-space: pre-wrap; background: #f4f5f5; padding: 4px 8px; margin: 4px 0 }',
    '</style>',
    '</head>',
    '<body>',
    '<h1>Preview of the dashboards</h1>',
    '<p>Drawn with simulated data, without a Grafana server. These are not screenshots.</p>',
    '<ul>',
    ...shown.flatMap(([first]) =>
      first === undefined
        ? []
        : [
            `<li><a href="#${escapeHtml(first.data.dashboard.uid)}">${escapeHtml(first.data.dashboard.title)}</a></li>`,
          ],
    ),
    '</ul>',
    ...shown.flatMap(dashboardLines),
    '</body>',
    '</html>',
  ];
  return `${lines.join('\n')}\n`;
}

function dashboardLines(shown: readonly Shown[]): string[] {
  const first = shown[0];
  if (first === undefined) return [];
  const { dashboard } = first.data;
  const panels = dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
  return [
    `<h2 id="${escapeHtml(dashboard.uid)}">${escapeHtml(dashboard.title)}</h2>`,
    ...shown.flatMap(({ situation, pictures, data }) => [
      `<h3>${escapeHtml(situation)}</h3>`,
      ...data.variables
        .filter(({ hidden }) => !hidden)
        .map(
          ({ label, all, values }) =>
            `<p>${escapeHtml(label)}: ${escapeHtml(all ? 'All' : values.join(', '))}</p>`,
        ),
      ...pictures.map(
        (picture) =>
          `<p><img src="${escapeHtml(picture)}" alt="${escapeHtml(`${dashboard.title}, ${situation}`)}"></p>`,
      ),
    ]),
    ...panels.filter(({ type }) => type !== 'row').flatMap((panel) => panelLines(panel, shown)),
  ];
}

function panelLines(panel: PanelJson, shown: readonly Shown[]): string[] {
  return [
    `<h4>${escapeHtml(`${panel.title ?? ''} (panel ${panel.id}, ${panel.type})`)}</h4>`,
    ...shown.flatMap(({ situation, data }) => {
      const { queries = [], frames = [] } = data.panels[panel.id] ?? {};
      return queries.flatMap(({ refId, expr, step, series }) => [
        `<p>${escapeHtml(situation)}, query ${escapeHtml(refId)}: ${series} series${step === undefined ? '' : `, a value every ${step} s`}</p>`,
        `<pre>${escapeHtml(expr)}</pre>`,
        ...rows(frames.filter((frame) => frame.refId === refId)),
      ]);
    }),
  ];
}

/** What the frames end with: a line for each series, or for each row of a table. */
function rows(frames: readonly Frame[]): string[] {
  const texts = frames.flatMap((frame) => {
    const isTable = frame.fields.some(({ type }) => type === 'string');
    if (!isTable) {
      return frame.fields
        .filter(({ type }) => type === 'number')
        .map(({ name, values }) => `${frame.name ?? name}: ${last(values)}`);
    }
    const shown = frame.fields.filter(({ type }) => type !== 'time');
    return Array.from({ length: shown[0]?.values.length ?? 0 }, (_, i) =>
      shown.map(({ name, values }) => `${name}: ${values[i] ?? 'no value'}`).join(', '),
    );
  });
  if (texts.length === 0) return [];
  const more = texts.length - MOST_ROWS;
  return [
    '<ul>',
    ...texts.slice(0, MOST_ROWS).map((text) => `<li>${escapeHtml(text)}</li>`),
    ...(more > 0 ? [`<li>and ${more} more</li>`] : []),
    '</ul>',
  ];
}

/** Six digits: a sum of floating-point numbers differs in the last ones between two versions of Prometheus. */
function last(values: readonly unknown[]): string {
  const value = values.at(-1);
  return typeof value === 'number' ? String(Number(value.toPrecision(6))) : 'no value at the end';
}
