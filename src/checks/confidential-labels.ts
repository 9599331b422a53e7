import type { Check } from './check.js';

/** Peer keys are confidential: Prometheus may store them, but this bundle must not show them. */
export const confidentialLabels: Check = {
  id: 'confidential-labels',
  proves: 'No recorded series, alert or panel contains a confidential label.',
  run: ({ bundle, expressions }) => {
    const confidential = new Map(
      bundle.definitions.metrics.flatMap((metric) =>
        Object.entries(metric.labels).flatMap(([label, { confidential: why }]) =>
          why === undefined ? [] : [[label, why]],
        ),
      ) as [string, string][],
    );
    return expressions.flatMap(({ file, subject, labels }) =>
      [...(labels?.labels ?? [])]
        .filter((label) => confidential.has(label))
        .map((label) => ({
          file,
          subject,
          problem: `shows the label ${label}, ${confidential.get(label)}`,
          remedy: 'aggregate the label away',
        })),
    );
  },
};
