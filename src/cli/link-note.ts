import type { Config } from '../config/schema.js';

/** What to set so that the links in notifications can be opened; undefined where both addresses are set. */
export function linkNote({ links }: Pick<Config, 'links'>): string | undefined {
  const unset = [
    ...(links.runbooks === undefined
      ? [['runbook_url', 'links.runbooks', 'the address where runbooks/ is published']]
      : []),
    ...(links.dashboards === undefined
      ? [['dashboard_url', 'links.dashboards', 'the address of Grafana']]
      : []),
  ];
  if (unset.length === 0) return undefined;
  const annotations = unset.map(([annotation]) => annotation).join(' and ');
  const remedies = unset.map(([, setting, address]) => `${setting} to ${address}`).join(', and ');
  return `${annotations} of the alerts ${unset.length === 1 ? 'is a path' : 'are paths'}, which cannot be opened from a notification. In the site's configuration, set ${remedies}.`;
}
