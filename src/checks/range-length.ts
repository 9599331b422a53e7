import type { Duration } from '../promql/duration.js';
import { duration, durationSeconds } from '../promql/duration.js';
import { nodesOf, operandsOf, selectorsOf, textOf } from '../promql/syntax.js';
import type { Check } from './check.js';

/** `rate(x[1m])` at a scrape interval of 30 s is blind after one missed scrape. */
export const rangeLength: Check = {
  id: 'range-length',
  proves: 'Every range over scraped series holds at least four scrapes.',
  run: ({ bundle, expressions, catalogue }) =>
    expressions.flatMap(({ file, subject, tree }) => {
      if (tree === undefined) return [];
      const scrape = durationSeconds(bundle.config.scrapeInterval);
      return nodesOf(tree, 'MatrixSelector').flatMap((node) => {
        const range = node.getChild('DurationExpr');
        if (range === null) return [];
        const text = textOf(tree, range);
        let seconds: number;
        try {
          seconds = durationSeconds(duration(text) as Duration);
        } catch {
          return [];
        }
        const name = selectorsOf({ ...tree, root: operandsOf(node)[0] ?? node })[0]?.name ?? '';
        if (catalogue.get(name)?.type === 'recorded' || seconds >= 4 * scrape) return [];
        return [
          {
            file,
            subject,
            problem: `the range ${name}[${text}] holds fewer than four scrapes of ${bundle.config.scrapeInterval}`,
            remedy: `use at least ${4 * scrape}s; site.rateWindow is safe`,
          },
        ];
      });
    }),
};
