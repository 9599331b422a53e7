import { type Check, panelQueries } from './check.js';

/** Grafana writes nothing for a label that is not there: every line of the panel is then called the same. */
export const legendLabels: Check = {
  id: 'legend-labels',
  proves: 'The expression of a query keeps every {{label}} of its legend.',
  run: ({ bundle }) =>
    panelQueries(bundle).flatMap(({ file, subject, legend, analysis: { labels: analysis } }) => {
      if (analysis?.known !== true) return [];
      const carried = [...analysis.labels].join(', ') || 'none';
      return [...legend.matchAll(/\{\{\s*([^\s}]+)\s*\}\}/g)]
        .map((match) => match[1] as string)
        .filter((label) => !analysis.labels.has(label))
        .map((label) => ({
          file,
          subject,
          problem: `the legend uses {{${label}}}, but the expression keeps only these labels: ${carried}`,
          remedy: `keep ${label} in the expression's groupings and joins, or leave it out of the legend`,
        }));
    }),
};
