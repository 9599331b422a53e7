import type { Config } from '../config/schema.js';
import type { ScrapeConfig } from '../processes/prometheus.js';
import { matchesPattern } from '../promql/regexp.js';

/** A job name that the configuration's pattern selects. Throws where none can be found. */
export function jobName(pattern: string, usual: string, key: string): string {
  const matches = (name: string) => /^[\w:./ -]+$/.test(name) && matchesPattern(pattern, name);
  const name = [usual, pattern, pattern.replace(/\.[*+]/g, 'x')].find(matches);
  if (name === undefined) {
    throw new Error(
      `${key}: found ${JSON.stringify(pattern)}, which does not determine a job name; expected a name, or a pattern that ${JSON.stringify(usual)} matches`,
    );
  }
  return name;
}

/** The jobs of the simulated gateways and their exporters, with the names and labels that a site's rules expect. */
export function scrapeConfigs(
  { jobs, groupBy }: Pick<Config, 'jobs' | 'groupBy'>,
  gateways: readonly string[],
  exporters: readonly string[],
): ScrapeConfig[] {
  const labels = Object.fromEntries(groupBy.map((name) => [name, 'demo']));
  return [
    { job: jobName(jobs.gateway, 'gateway', 'jobs.gateway'), targets: gateways, labels },
    {
      job: jobName(jobs.exporter, 'pending-writes-exporter', 'jobs.exporter'),
      targets: exporters,
      labels,
    },
  ];
}
