import { faultsOf } from '../promql/validate.js';
import type { Check } from './check.js';

/** Uses Prometheus's own grammar and type rules, so what passes here is not refused by the server. */
export const promqlSyntax: Check = {
  id: 'promql-syntax',
  proves: 'Every expression parses and its types fit.',
  run: ({ expressions }) =>
    expressions.flatMap(({ file, subject, text, tree }) => {
      const faults = faultsOf(text);
      const messages = faults.map((fault) => {
        const place = text.slice(fault.from, fault.to).replace(/\s+/g, ' ').slice(0, 60);
        return `${fault.message}${place === '' ? '' : ` at ${JSON.stringify(place)}`}`;
      });
      if (tree === undefined && messages.length === 0) messages.push('the expression does not parse');
      return messages.map((problem) => ({ file, subject, problem, remedy: 'correct the PromQL' }));
    }),
};
