import { nodesOfKind } from '../promql/ast.js';
import { durationSeconds } from '../promql/duration.js';
import { nameOf } from '../promql/names.js';
import type { Check } from './check.js';

/** `rate(x[1m])` at a scrape interval of 30 s is blind after one missed scrape. */
export const rangeLength: Check = {
  id: 'range-length',
  proves: 'Every range over scraped series contains at least four scrapes.',
  run: ({ bundle, expressions, catalogue }) =>
    expressions.flatMap(({ file, subject, text, root }) => {
      if (root === undefined) return [];
      const scrape = durationSeconds(bundle.config.scrapeInterval);
      return nodesOfKind(root, 'range').flatMap(({ selector, range }) => {
        // Grafana chooses the length of $__rate_interval and the like.
        if (range.kind !== 'duration') return [];
        const { seconds } = range;
        const name = nameOf(selector) ?? '';
        if (catalogue.get(name)?.type === 'recorded' || seconds >= 4 * scrape) return [];
        return [
          {
            file,
            subject,
            problem: `the range ${name}[${text.slice(range.from, range.to)}] contains fewer than four scrapes of ${bundle.config.scrapeInterval}`,
            remedy: `use at least ${4 * scrape}s; site.rateWindow is safe`,
            houseRule: true as const,
          },
        ];
      });
    }),
};
