import type { Check } from './check.js';

/** Everything that reads a recorded series trusts the labels its definition declares. */
export const recordedLabels: Check = {
  id: 'recorded-labels',
  proves: 'A recording rule yields exactly the labels its definition declares, and its level names them.',
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
            problem: `yields the labels (${actual}), the definition declares (${declared})`,
            remedy: 'aggregate with by (...) to the labels declared, or declare what it yields',
          },
        ];
      }),
};
