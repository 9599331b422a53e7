import type { AlertmanagerConfig } from '../../alertmanager/config.js';
import { differences } from '../differences.js';
import { type Finding, finding, listed } from '../finding.js';

/** Paths in which two values differ. The values themselves may be secrets. */
const pathsOf = (before: unknown, after: unknown) =>
  [...new Set(differences(before, after).map(({ path }) => path))].sort();

/** A value with its keys in one order, so that equal ones are equal texts. */
const canonical = (value: unknown) =>
  JSON.stringify(value, (_, one) =>
    typeof one === 'object' && one !== null && !Array.isArray(one)
      ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
      : one,
  );

/** Receivers that only got another name: the new name, by the old one. */
export function renamedReceivers(
  before: AlertmanagerConfig,
  after: AlertmanagerConfig,
): ReadonlyMap<string, string> {
  const gone = [...before.receivers].filter(([name]) => !after.receivers.has(name));
  const added = [...after.receivers].filter(([name]) => !before.receivers.has(name));
  return new Map(
    gone.flatMap(([name, definition]) => {
      const alike = (all: typeof gone) => all.filter(([, one]) => canonical(one) === canonical(definition));
      const [only, ...more] = alike(added);
      return only === undefined || more.length > 0 || alike(gone).length > 1
        ? []
        : [[name, only[0]] as const];
    }),
  );
}

/** A configuration with receivers under other names. */
export function withReceivers(
  config: AlertmanagerConfig,
  names: ReadonlyMap<string, string>,
): AlertmanagerConfig {
  const name = (old: string) => names.get(old) ?? old;
  const renamed = (route: AlertmanagerConfig['root']): AlertmanagerConfig['root'] => ({
    ...route,
    receiver: name(route.receiver),
    routes: route.routes.map(renamed),
  });
  return {
    ...config,
    root: renamed(config.root),
    receivers: new Map([...config.receivers].map(([old, one]) => [name(old), one])),
  };
}

/**
 * What changes in the receivers and in the settings for all of them. The values are not shown.
 *
 * @param notified the alerts of which a receiver is notified, after the change
 */
export function configurationChanges(
  before: AlertmanagerConfig,
  after: AlertmanagerConfig,
  notified: (receiver: string) => readonly string[],
): Finding[] {
  const place = { file: after.file };
  const receivers = [...after.receivers].flatMap(([name, definition]) => {
    const old = before.receivers.get(name);
    if (old === undefined || canonical(old) === canonical(definition)) return [];
    const alerts = notified(name);
    const whose =
      alerts.length === 0
        ? 'None of the alerts here notifies it.'
        : `It is notified of ${alerts.join(', ')}.`;
    return [
      finding(
        place,
        'receiver-definition-changed',
        alerts.length === 0 ? 'harmless' : 'notable',
        `receiver ${name}`,
        undefined,
        listed(pathsOf(old, definition), 6),
        `Its integrations change in these fields; the values are not shown. ${whose}`,
      ),
    ];
  });
  if (canonical(before.rest) === canonical(after.rest)) return receivers;
  return [
    ...receivers,
    finding(
      place,
      'alertmanager-settings-changed',
      'notable',
      `file ${after.file}`,
      undefined,
      listed(pathsOf(before.rest, after.rest), 6),
      'Settings for all receivers change; the values are not shown.',
    ),
  ];
}

/** Whether routes, or inhibition rules, are written in another way. */
export const isWrittenOtherwise = (before: unknown, after: unknown) => {
  const withoutLines = (value: unknown) =>
    JSON.stringify(value, (key, one) => (key === 'line' ? undefined : one));
  return withoutLines(before) !== withoutLines(after);
};
