import type { Check } from './check.js';

/** Uses Prometheus's own grammar and type rules, so what passes here is not refused by the server. */
export const promqlSyntax: Check = {
  id: 'promql-syntax',
  proves: 'Every expression parses and type-checks.',
  run: ({ expressions }) =>
    expressions.flatMap(({ file, subject, text, faults }) => {
      const messages = faults.map((fault) => {
        const place = text.slice(fault.from, fault.to).replace(/\s+/g, ' ').slice(0, 60);
        return `${fault.message}${place === '' ? '' : ` at ${JSON.stringify(place)}`}`;
      });
      return messages.map((problem) => ({ file, subject, problem, remedy: 'correct the PromQL' }));
    }),
};
