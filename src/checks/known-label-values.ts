import { labelMatchersOf, nameOf, selectorsOf } from '../promql/names.js';
import { matchesPattern, patternFault } from '../promql/regexp.js';
import type { Check } from './check.js';

/** `result="errors"` parses, has the right label, and never matches. */
export const knownLabelValues: Check = {
  id: 'known-label-values',
  proves: 'Every matcher on a label with a known set of values can match one of them.',
  run: ({ expressions, catalogue }) =>
    expressions.flatMap(({ file, subject, root }) =>
      (root === undefined ? [] : selectorsOf(root)).flatMap((selector) =>
        labelMatchersOf(selector).flatMap(({ label, operator, value }) => {
          const name = nameOf(selector) ?? '';
          const values = catalogue.get(name)?.metric?.labels[label]?.values;
          if (values === undefined || value === '' || value.includes('$')) return [];
          const pattern = operator.endsWith('~');
          // A broken pattern is for the check promql-syntax to report.
          if (pattern && patternFault(value) !== undefined) return [];
          if (values.some((known) => (pattern ? matchesPattern(value, known) : known === value))) return [];
          return [
            {
              file,
              subject,
              problem: `${name}{${label}${operator}${JSON.stringify(value)}} ${operator.startsWith('!') ? 'excludes' : 'matches'} none of the known values (${values.join(', ')})`,
              remedy: 'use a known value, or add the new one in metrics/',
            },
          ];
        }),
      ),
    ),
};
