import type { Check } from './check.js';

/** Everything that reads a recorded series trusts the labels its definition declares. */
export const recordedLabels: Check = {
  id: 'recorded-labels',
  proves:
    'A recording rule returns exactly the labels that its definition declares, and its level lists them.',
  run: ({ bundle }) =>
    bundle.recordingGroups
      .flatMap((group) => group.rules)
      .flatMap(({ file, record, definition, analysis: { labels: analysis } }) => {
        if (analysis?.known !== true) return [];
        const declared = [...definition.labels, ...bundle.config.groupBy].sort().join(', ');
        const actual = [...analysis.labels].sort().join(', ');
        if (declared === actual) return [];
        return [
          {
            file,
            subject: record,
            problem: `returns the labels (${actual}), but the definition declares (${declared})`,
            remedy: 'aggregate with by (...) to the labels declared, or declare the labels that it returns',
          },
        ];
      }),
};
