import { type Call, nodesOfKind } from '../promql/ast.js';
import { printDuration } from '../promql/print.js';
import { type Check, panelQueries } from './check.js';

const RATES: readonly string[] = ['rate', 'irate', 'increase'];

/** The range of a call's argument, with the step of a subquery. */
function rangeOf({ args: [argument] }: Call): string | undefined {
  if (argument?.kind === 'range') return printDuration(argument.range);
  if (argument?.kind !== 'subquery') return undefined;
  const { range, step } = argument;
  return `${printDuration(range)}:${step === undefined ? '' : printDuration(step)}`;
}

/** A fixed window is blind between the points of a long time range, and too short for a slow scrape. */
export const panelRanges: Check = {
  id: 'panel-ranges',
  proves:
    'Panels use $__rate_interval for rates and increases; it follows the time range and the scrape interval.',
  run: ({ bundle }) =>
    panelQueries(bundle).flatMap(({ file, subject, analysis: { expression } }) => {
      if (expression === undefined) return [];
      return nodesOfKind(expression.root, 'call').flatMap((call) => {
        const range = RATES.includes(call.function) ? rangeOf(call) : undefined;
        if (range === undefined || range === '$__rate_interval') return [];
        return [
          {
            file,
            subject,
            problem: `uses ${call.function} over ${range}`,
            remedy: 'use [$__rate_interval], or record the rate and show the recorded series',
            houseRule: true as const,
          },
        ];
      });
    }),
};
