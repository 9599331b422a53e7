import { type Check, panelQueries } from './check.js';

const STRING = /"(?:[^"\\]|\\.)*"/g;
const RATE = /\b(rate|irate|increase)\s*\(/g;

/** What stands between the parenthesis at `open` and the one that closes it. */
function inside(text: string, open: number): string {
  let depth = 0;
  for (let i = open; i < text.length; i += 1) {
    if (text[i] === '(') depth += 1;
    if (text[i] === ')') depth -= 1;
    if (depth === 0) return text.slice(open + 1, i);
  }
  return text.slice(open + 1);
}

/** A fixed window is blind between the points of a long time range, and too short for a slow scrape. */
export const panelRanges: Check = {
  id: 'panel-ranges',
  proves:
    'Panels take rates and increases over $__rate_interval, which follows the time range and the scrape interval.',
  run: ({ bundle }) =>
    panelQueries(bundle).flatMap(({ file, subject, expr: written }) => {
      const expr = written.replace(STRING, '""');
      return [...expr.matchAll(RATE)].flatMap((match) => {
        const argument = inside(expr, match.index + match[0].length - 1);
        const range = /\[([^\]]*)\]\s*$/.exec(argument)?.[1];
        if (range === undefined || range === '$__rate_interval') return [];
        return [
          {
            file,
            subject,
            problem: `takes the ${match[1]} over ${range}`,
            remedy: 'use [$__rate_interval], or record the rate and show what was recorded',
          },
        ];
      });
    }),
};
