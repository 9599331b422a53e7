import type { Catalogue } from '../bundle/catalogue.js';
import { suggestion } from '../config/suggestion.js';
import type { VectorSelector } from '../promql/ast.js';
import { namesIn, namesOf, selectorsOf } from '../promql/names.js';
import type { Check } from './check.js';

/** A misspelt metric is no error to Prometheus: the rule is healthy and never fires. */
export const knownMetrics: Check = {
  id: 'known-metrics',
  proves: 'Every series an expression reads is defined in metrics/ or recorded by the bundle.',
  run: ({ bundle, expressions, catalogue }) =>
    expressions.flatMap(({ file, subject, root }) => {
      const problems = root === undefined ? [] : selectorsOf(root).map((one) => problemOf(one, catalogue));
      return [...new Set(problems)].flatMap((problem) =>
        problem === undefined
          ? []
          : {
              file,
              subject,
              problem,
              remedy:
                file === bundle.definitions.own?.file
                  ? 'use a definition of `metrics`, or declare the metric with defineMetric'
                  : 'use a definition from metrics/ or recording-rules/ instead of spelling the name',
            },
      );
    }),
};

function problemOf(selector: VectorSelector, catalogue: Catalogue): string | undefined {
  const names = namesOf(selector);
  switch (names.kind) {
    case 'one': {
      const { name } = names;
      return catalogue.get(name) === undefined
        ? `reads ${name}, which is neither defined in metrics/ nor recorded${suggestion(name, catalogue.names())}`
        : undefined;
    }
    case 'variable':
      return `reads ${names.text}, a variable in place of a metric`;
    case 'matching':
      return names.matchers.length === 0
        ? 'a selector names no metric'
        : `reads all of ${namesIn(selector).join()}, of which nothing can be checked`;
  }
}
