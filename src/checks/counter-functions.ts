import { nodesOfKind } from '../promql/ast.js';
import { nameOf, selectorsOf } from '../promql/names.js';
import type { Check } from './check.js';

const FOR_COUNTERS = ['rate', 'irate', 'increase', 'resets'];
const FOR_GAUGES = ['delta', 'idelta', 'deriv', 'predict_linear'];

/** `rate` of a gauge reads every fall as a counter reset; `delta` of a counter is wrong across a restart. */
export const counterFunctions: Check = {
  id: 'counter-functions',
  proves:
    'Functions fit the type: rate, irate, increase and resets only on counters, delta and deriv never on counters.',
  run: ({ expressions, catalogue }) =>
    expressions.flatMap(({ file, subject, root }) => {
      if (root === undefined) return [];
      return nodesOfKind(root, 'call').flatMap((call) => {
        const name = call.function;
        if (!FOR_COUNTERS.includes(name) && !FOR_GAUGES.includes(name)) return [];
        return selectorsOf(call).flatMap((selector) => {
          const series = nameOf(selector) ?? '';
          const type = catalogue.get(series)?.type;
          if (type === undefined) return [];
          const counter = type === 'counter' || type === 'bucket';
          if (counter === FOR_COUNTERS.includes(name)) return [];
          return [
            {
              file,
              subject,
              problem: `${name} of ${series}, which is a ${type === 'recorded' ? 'recorded series' : type}`,
              remedy: counter
                ? 'use rate or increase on counters'
                : 'use delta, changes or an _over_time function on gauges; take rates before recording',
            },
          ];
        });
      });
    }),
};
