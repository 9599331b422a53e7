import { html, Markup } from '../html/markup.js';
import type { ChangedPanel } from './changed-panels.js';

/** A changed panel in one situation, with the file names of its pictures. */
export interface ComparedPanel extends ChangedPanel {
  readonly uid: string;
  readonly dashboard: string;
  readonly situation: string;
  readonly before?: string;
  readonly after?: string;
}

const STYLE = new Markup(`
body { font: 14px sans-serif; margin: 16px }
table { border-collapse: collapse; width: 100% }
td, th { width: 50%; vertical-align: top; text-align: left; padding: 4px }
img { max-width: 100%; border: 1px solid #ccc }
`);

const WORDS: Readonly<Record<ChangedPanel['change'], string>> = {
  added: 'new',
  removed: 'removed',
  definition: 'definition changed',
  result: 'same definition, other result',
};

/** Every changed panel before and after, side by side. */
export function comparisonPage(panels: readonly ComparedPanel[], base: string): string {
  const picture = (file: string | undefined, words: string) =>
    file === undefined ? '(none)' : html`<img src="${file}" alt="${words}">`;
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Changed panels</title><style>${STYLE}</style></head><body>
<h1>Changed panels, compared with ${base}</h1>
<p>Drawn with simulated data, both sides with the same, without a Grafana server. These are not screenshots.</p>
${panels.length === 0 && html`<p>No panel looks different.</p>`}
${panels.map(
  (panel) => html`<h2>${panel.dashboard}: ${panel.title}</h2>
<p>Panel ${panel.id}, ${panel.situation}: ${WORDS[panel.change]}</p>
<table><tr><th>before</th><th>after</th></tr><tr><td>${picture(panel.before, `${panel.title}, before`)}</td><td>${picture(panel.after, `${panel.title}, after`)}</td></tr></table>
`,
)}
</body></html>
`.toString();
}

/** The changed panels as a list in Markdown, for a comment. */
export function comparisonMarkdown(panels: readonly ComparedPanel[], base: string): string {
  const lines = new Set(
    panels.map(
      ({ dashboard, title, id, change }) => `- ${dashboard}: **${title}** (panel ${id}): ${WORDS[change]}`,
    ),
  );
  if (lines.size === 0) return `No panel looks different, compared with \`${base}\`.\n`;
  return `Panels that look different, compared with \`${base}\`:\n\n${[...lines].join('\n')}\n`;
}
