import type { Check, Problem } from './check.js';

/** The ways a template of Prometheus names a label: `$labels.x`, `.Labels.x` and `index $labels "x"`. */
const USE = /(?:\$labels|\.Labels)\.([a-zA-Z_]\w*)|index\s+(?:\$labels|\.Labels)\s+"([^"]+)"/g;

/** A label the expression dropped renders as nothing: "Relay  is stuck" at 3 a.m. */
export const annotationLabels: Check = {
  id: 'annotation-labels',
  proves: 'The expression keeps every $labels.x of an annotation and every label that an alert declares.',
  run: ({ bundle }) =>
    bundle.alertGroups
      .flatMap((group) => group.rules)
      .flatMap((rule): Problem[] => {
        const analysis = rule.analysis.labels;
        if (analysis?.known !== true) return [];
        const own = new Set([...analysis.labels, ...Object.keys(rule.labels)]);
        const carried = [...analysis.labels].join(', ') || 'none';
        const used = Object.entries(rule.annotations).flatMap(([annotation, text]) =>
          [...text.matchAll(USE)].map((match) => ({ annotation, label: (match[1] ?? match[2]) as string })),
        );
        return [
          ...used
            .filter(({ label }) => !own.has(label))
            .map(({ annotation, label }) => ({
              file: rule.file,
              subject: rule.alert,
              problem: `${annotation} uses $labels.${label}, but the expression keeps only these labels: ${carried}`,
              remedy: `keep ${label} in the expression's groupings and joins, or leave it out of the text`,
            })),
          ...rule.definition.labels
            .filter((label) => !analysis.labels.has(label))
            .map((label) => ({
              file: rule.file,
              subject: rule.alert,
              problem: `declares the label ${label}, but the expression keeps only these labels: ${carried}`,
              remedy: 'update `labels` of the definition to match the expression',
            })),
        ];
      }),
};
