import { up } from '../metrics/prometheus.js';
import type { MetricDefinition } from '../src/model/metric.js';
import type { Site } from '../src/model/site.js';
import type { Duration } from '../src/promql/duration.js';
import { closedRange } from '../src/promql/duration.js';
import { type Promql, PromqlFragment, promql } from '../src/promql/template.js';

/**
 * The increase of a gateway's counter over a window, its first event included. A labelled counter appears with its
 * first event and the value 1, so `increase` alone misses that event. A series that did not exist one window ago,
 * although its target was scraped then, counts in full; without that guard, a counter would look new after
 * Prometheus itself was down.
 *
 * @param extra further matchers, for example `result="error"`
 * @param standing what becomes of series that did not increase: they count 0, or they are left out, which is cheaper where most
 * counters stand and the result is filtered anyway
 */
export function increaseSinceBirth(
  site: Site,
  metric: MetricDefinition,
  extra: string,
  window: Duration,
  standing: 'count 0' | 'left out' = 'count 0',
): Promql {
  const series = new PromqlFragment(
    `${metric.name}{${[site.gateway.text, extra].filter((m) => m !== '').join(', ')}}`,
  );
  const increase = promql`increase(${series}[${closedRange(window)}])`;
  return promql`
    # series that appeared within the window: increase() counts them from 1 instead of 0
    (${series} unless ${series} offset ${window})
      and on (${site.by('instance')}) (${up}{${site.gateway}} offset ${window} == 1)
    or
    # increase() extrapolates, but events are whole numbers
    round(${standing === 'left out' ? promql`${increase} > 0` : increase})
  `;
}
