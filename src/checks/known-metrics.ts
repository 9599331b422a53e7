import { suggestion } from '../config/suggestion.js';
import { selectorsOf } from '../promql/syntax.js';
import type { Check } from './check.js';

/** A misspelt metric is no error to Prometheus: the rule is healthy and never fires. */
export const knownMetrics: Check = {
  id: 'known-metrics',
  proves: 'Every series an expression reads is in the contract or recorded by the bundle.',
  run: ({ expressions, catalogue }) =>
    expressions.flatMap(({ file, subject, tree }) => {
      const names = new Set(tree === undefined ? [] : selectorsOf(tree).map((selector) => selector.name));
      return [...names]
        .filter((name) => catalogue.get(name) === undefined)
        .map((name) => ({
          file,
          subject,
          problem:
            name === ''
              ? 'a selector names no metric'
              : `reads ${name}, which is neither in the contract nor recorded${suggestion(name, catalogue.names())}`,
          remedy: 'use a definition from metrics/ or recording-rules/ instead of spelling the name',
        }));
    }),
};
