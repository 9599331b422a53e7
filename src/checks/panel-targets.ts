import { TARGET_LABELS } from '../model/metric-series.js';
import { labelMatchersOf, nameOf, selectorsOf } from '../promql/names.js';
import { type Check, panelQueries } from './check.js';

/** Without a job, another team's metric of the same name is added in. */
export const panelTargets: Check = {
  id: 'panel-targets',
  proves:
    'Panels select scraped series by job; those of the gateway by the variables job and instance, so that the choice of a process applies everywhere.',
  run: ({ bundle, catalogue }) =>
    panelQueries(bundle).flatMap(({ file, subject, analysis: { expression } }) =>
      (expression === undefined ? [] : selectorsOf(expression.root)).flatMap((selector) => {
        const name = nameOf(selector) ?? '';
        const matchers = labelMatchersOf(selector);
        const origin = catalogue.get(name)?.metric?.origin;
        const needed =
          origin === 'gateway' || origin === 'escrow' ? TARGET_LABELS : origin === 'exporter' ? ['job'] : [];
        const missing = needed.filter((label) => !matchers.some((matcher) => matcher.label === label));
        if (missing.length === 0) return [];
        return [
          {
            file,
            subject,
            problem: `selects ${name} without ${missing.join(' and ')}`,
            remedy:
              'use the matchers of dashboards/shared/selectors.ts: gatewayMatchers() or exporterMatchers()',
            houseRule: true as const,
          },
        ];
      }),
    ),
};
