import { collectDefaultMetrics, Registry } from 'prom-client';
import type { Format } from './render.js';

/** The metrics of this process as prom-client makes them; off unless asked for, since promtool objects to some of their names. */
export function processMetrics(): (format: Format) => Promise<string> {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return async (format) => {
    registry.setContentType(
      format === 'openmetrics'
        ? (Registry.OPENMETRICS_CONTENT_TYPE as never)
        : Registry.PROMETHEUS_CONTENT_TYPE,
    );
    const text = (await registry.metrics()).replace(/# EOF\n?$/, '');
    // Blank lines are no part of OpenMetrics.
    return `${text.replace(/\n{2,}/g, '\n').trimEnd()}\n`;
  };
}
