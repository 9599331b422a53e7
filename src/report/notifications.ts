import { AlertmanagerConfigError, readAlertmanagerConfig } from '../alertmanager/config.js';
import type { AlertLabels } from '../alertmanager/labels.js';
import type { AlertingRule, Bundle } from '../bundle/bundle.js';
import { contractLabels } from '../diff/known-labels.js';
import { inhibitedAmong, inhibitedText } from '../diff/notifications/inhibitions.js';
import { type RoutingInWords, routingOf } from '../diff/notifications/routing.js';
import { renderAlertmanagerExample } from '../renderers/alertmanager/example.js';
import { SideError, type SideFile } from '../rule-files/side.js';

/** Who is notified of an alert. */
export interface NotifiedAlert {
  readonly rule: AlertingRule;
  /** One for each case that values make which only the site knows. */
  readonly routings: readonly RoutingInWords[];
  /** Alerts that suppress its notifications: `GatewayPendingWritesStuck with the same relay`. */
  readonly inhibitedBy: readonly string[];
}

/** Who is notified of what, by one configuration of Alertmanager. */
export interface Notifications {
  /** The file; undefined for the example that the bundle brings. */
  readonly file: string | undefined;
  readonly alerts: readonly NotifiedAlert[];
}

/**
 * Evaluates the routes and inhibition rules of a configuration on the labels of a bundle's alerts.
 *
 * @param config the site's configuration; the generated example without it
 * @throws {SideError} for a configuration that Alertmanager refuses
 */
export function notificationsOf(bundle: Bundle, config: SideFile | undefined): Notifications {
  const example = renderAlertmanagerExample(bundle)[0];
  const { path, text } = config ?? { path: example?.path ?? '', text: example?.content ?? '' };
  const read = () => {
    try {
      return readAlertmanagerConfig(text, path);
    } catch (error) {
      if (error instanceof AlertmanagerConfigError) throw new SideError(error.message);
      throw error;
    }
  };
  const alertmanager = read();
  const rules = bundle.alertGroups.flatMap((group) => group.rules);
  const labels = new Map(rules.map((rule) => [rule.alert, labelsOf(rule, bundle)]));
  const inhibited = inhibitedAmong(alertmanager.inhibitions, labels);
  return {
    file: config?.path,
    alerts: rules.map((rule) => ({
      rule,
      routings: routingOf({ labels: labels.get(rule.alert) as AlertLabels, config: alertmanager }),
      inhibitedBy: [...(inhibited.get(rule.alert) ?? [])].map(([source, all]) => inhibitedText(source, all)),
    })),
  };
}

/** What is known of the labels of an alert of the bundle. */
function labelsOf({ alert, labels, definition }: AlertingRule, { config }: Bundle): AlertLabels {
  const site = definition.withoutSiteLabels === true ? [] : config.groupBy;
  const carried = new Set([...definition.labels, ...site]);
  const known: Readonly<Record<string, string>> = { ...labels, alertname: alert };
  return {
    of(label) {
      if (Object.hasOwn(known, label)) return { kind: 'known', value: known[label] as string };
      if (carried.has(label)) return { kind: 'carried' };
      return contractLabels.has(label) ? { kind: 'known', value: '' } : { kind: 'external' };
    },
    holding: [],
  };
}
