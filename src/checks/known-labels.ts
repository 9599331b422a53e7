import type { Check } from './check.js';

/** A label that is not there makes a matcher match nothing, a grouping collapse and a join stay empty. */
export const knownLabels: Check = {
  id: 'known-labels',
  proves:
    'Every label in a matcher, grouping, on(), ignoring() or group_left() exists on what it is applied to.',
  run: ({ expressions }) =>
    expressions.flatMap(({ file, subject, labels }) =>
      (labels?.faults ?? []).map(({ message }) => ({
        file,
        subject,
        problem: message,
        remedy:
          'see the labels of the metric in generated/docs/metrics.md, or keep the label in the inner grouping',
      })),
    ),
};
