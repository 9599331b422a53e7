import type { Bundle } from '../../src/bundle/bundle.js';

export type AlertLabels = Readonly<Record<string, string>>;

/**
 * The labels that Prometheus would send for an alert of the bundle. `measured` holds the values of the labels that come
 * from the series; they must be those that the alert's definition declares and the site's `groupBy` labels.
 */
export function alertLabels(bundle: Bundle, alert: string, measured: AlertLabels = {}): AlertLabels {
  const rule = bundle.alertGroups.flatMap((group) => group.rules).find((r) => r.alert === alert);
  if (rule === undefined) throw new Error(`${alert}: the bundle has no such alert`);
  const { labels, withoutSiteLabels } = rule.definition;
  const declared = [...(withoutSiteLabels === true ? [] : bundle.config.groupBy), ...labels].sort();
  const given = Object.keys(measured).sort();
  if (declared.join() !== given.join()) {
    throw new Error(`${alert}: found the labels ${given.join()}, its definition has ${declared.join()}`);
  }
  return { ...measured, ...rule.labels, alertname: alert };
}
