import {
  type AlertmanagerConfig,
  AlertmanagerConfigError,
  readAlertmanagerConfig,
} from '../../alertmanager/config.js';
import type { AlertLabels } from '../../alertmanager/labels.js';
import { casesOf } from '../../alertmanager/labels.js';
import { routesFor } from '../../alertmanager/routes.js';
import type { Rule, Side, SideFile } from '../../rule-files/side.js';
import { subjectOf } from '../compare-rules.js';
import { type Finding, finding } from '../finding.js';
import { matchRules } from '../match-rules.js';
import { sideAlerts } from '../side-alerts.js';
import { managedLabels, sideLabels } from './alert-labels.js';
import { type ChangedAlert, changeFindings } from './change.js';
import {
  configurationChanges,
  isWrittenOtherwise,
  renamedReceivers,
  withReceivers,
} from './configuration.js';
import { inhibitedAmong, inhibitedText, inhibitionChanges } from './inhibitions.js';
import { routingChanges, routingOf, routingSentence } from './routing.js';

/** The configurations of Alertmanager of two sides. */
export interface NotificationOptions {
  /** Those to use instead of what the sides hold. */
  readonly configs?: { readonly base: SideFile; readonly head: SideFile };
  /** Labels that Prometheus adds to alerts without them: its `external_labels`. */
  readonly external?: ReadonlyMap<string, string>;
}

/** What changes for those who are notified. */
export interface NotificationChanges {
  readonly findings: readonly Finding[];
  /** What was not compared, as sentences. */
  readonly notes: readonly string[];
}

/** An alert of either side, or of both. */
interface Alert {
  readonly base?: Rule;
  readonly head?: Rule;
  readonly subject: string;
  /** By what it is known on both sides. */
  readonly name: string;
}

/** What is compared under each pair of configurations. */
interface Compared {
  readonly alerts: readonly Alert[];
  readonly baseLabels: (rule: Rule) => AlertLabels;
  readonly headLabels: (rule: Rule) => AlertLabels;
}

/**
 * Which alerts change their receiver, grouping or timing at Alertmanager, or become inhibited or muted, by a change of the rules or
 * of the configuration.
 *
 * @throws {AlertmanagerConfigError} for a configuration in `options` that Alertmanager refuses
 */
export function notificationChanges(
  base: Side,
  head: Side,
  options: NotificationOptions = {},
): NotificationChanges {
  const compared = comparedAlerts(base, head, options.external ?? new Map());
  if (options.configs !== undefined) {
    const { base: old, head: now } = options.configs;
    const [before, after] = [old, now].map(({ text, path }) => readAlertmanagerConfig(text, path)) as [
      AlertmanagerConfig,
      AlertmanagerConfig,
    ];
    return { findings: configPairChanges(before, after, compared), notes: notesOf(before, after) };
  }
  const findings: Finding[] = [];
  const notes: string[] = [];
  for (const now of head.alertmanagers) {
    const old =
      base.alertmanagers.find(({ path }) => path === now.path) ??
      (base.alertmanagers.length === 1 && head.alertmanagers.length === 1
        ? base.alertmanagers[0]
        : undefined);
    if (old === undefined) {
      notes.push(`${now.path} is new: there are no routes and inhibition rules to compare it with.`);
      continue;
    }
    const [before, after] = [read(old), read(now)];
    if (after instanceof AlertmanagerConfigError) {
      if (before instanceof AlertmanagerConfigError) {
        notes.push(`Routes and inhibition rules were not compared: ${after.message}.`);
      } else findings.push(broken(now, after));
    } else if (before instanceof AlertmanagerConfigError) {
      notes.push(`Routes and inhibition rules were not compared: ${before.message} (before the change).`);
    } else {
      findings.push(...configPairChanges(before, after, compared));
      notes.push(...notesOf(before, after));
    }
  }
  if (base.alertmanagers.length > 0 && head.alertmanagers.length === 0) {
    notes.push(
      `${base.alertmanagers.map(({ path }) => path).join(', ')}: gone, so that routes and inhibition rules were not compared.`,
    );
  }
  return { findings, notes };
}

const notesOf = (before: AlertmanagerConfig, after: AlertmanagerConfig) => [
  ...new Set([...before.notes, ...after.notes]),
];

function read({ text, path }: SideFile): AlertmanagerConfig | AlertmanagerConfigError {
  try {
    return readAlertmanagerConfig(text, path);
  } catch (error) {
    if (error instanceof AlertmanagerConfigError) return error;
    throw error;
  }
}

const broken = ({ path }: SideFile, { message }: AlertmanagerConfigError) =>
  finding(
    { file: path },
    'alertmanager-refused',
    'breaking',
    `file ${path}`,
    undefined,
    message,
    'Alertmanager refuses this configuration: it keeps the old one, and does not start with it.',
  );

function comparedAlerts(base: Side, head: Side, external: ReadonlyMap<string, string>): Compared {
  const [old, now] = [sideAlerts(base), sideAlerts(head)];
  const { pairs, renamed, removed, added } = matchRules(old, now);
  const managed = managedLabels([base, head]);
  const [baseLabels, headLabels] = [base, head].map((side) => sideLabels(side, managed, external).of) as [
    Compared['baseLabels'],
    Compared['headLabels'],
  ];
  const name = (subject: string) => subject.replace(/^alert /, '');
  const described = (rule: Rule, all: readonly Rule[]) => {
    const subject = subjectOf(rule, all);
    return { subject, name: name(subject) };
  };
  const alerts: Alert[] = [
    ...[...pairs, ...renamed].map(({ before, after }) => ({
      base: before,
      head: after,
      ...described(after, now),
    })),
    ...removed.map((rule) => ({ base: rule, ...described(rule, old) })),
    ...added.map((rule) => ({ head: rule, ...described(rule, now) })),
  ];
  // Rules with the same name and severity are distinguished by their number.
  const seen = new Map<string, number>();
  const unique = alerts.map((alert) => {
    const count = (seen.get(alert.name) ?? 0) + 1;
    seen.set(alert.name, count);
    return count === 1 ? alert : { ...alert, name: `${alert.name} (${count})` };
  });
  return { alerts: unique, baseLabels, headLabels };
}

/** The changes under one configuration before and one after, which may be the same. */
function configPairChanges(
  old: AlertmanagerConfig,
  after: AlertmanagerConfig,
  { alerts, baseLabels, headLabels }: Compared,
): Finding[] {
  const names = renamedReceivers(old, after);
  const before = withReceivers(old, names);
  const present = (side: 'base' | 'head', labels: (rule: Rule) => AlertLabels) =>
    new Map(
      alerts.flatMap((alert) => (alert[side] === undefined ? [] : [[alert.name, labels(alert[side])]])),
    );
  const [oldLabels, newLabels] = [present('base', baseLabels), present('head', headLabels)];
  const [oldInhibited, nowInhibited] = [
    inhibitedAmong(before.inhibitions, oldLabels),
    inhibitedAmong(after.inhibitions, newLabels),
  ];
  const changed = alerts.flatMap(({ head, base, subject, name }): ChangedAlert[] => {
    const [labelsBefore, labelsAfter] = [oldLabels.get(name), newLabels.get(name)];
    if (head === undefined || labelsAfter === undefined) return [];
    const now = { labels: labelsAfter, config: after };
    if (base === undefined || labelsBefore === undefined) {
      const inhibitedBy = [...(nowInhibited.get(name) ?? [])].map(([source, all]) =>
        inhibitedText(source, all),
      );
      return [{ subject, place: head, changes: newAlert(now, inhibitedBy) }];
    }
    return [
      {
        subject,
        place: head,
        changes: [
          ...routingChanges({ labels: labelsBefore, config: before }, now),
          ...inhibitionChanges(oldInhibited.get(name), nowInhibited.get(name)),
        ],
      },
    ];
  });
  const findings = changeFindings(changed, { file: after.file });
  const notified = (receiver: string) =>
    [...newLabels].flatMap(([name, labels]) =>
      casesOf((holdsFor) => routesFor(after.root, labels, holdsFor(labels))).cases.some(({ result }) =>
        result.some((route) => route.receiver === receiver),
      )
        ? [name]
        : [],
    );
  return [
    ...findings,
    ...configurationChanges(before, after, notified),
    ...[...names].map(([from, to]) => renamedReceiver(after.file, from, to)),
    ...writtenOtherwise(before, after, findings, alerts.length),
  ];
}

/** An alert that is new: who is notified of it. */
function newAlert(
  now: Parameters<typeof routingOf>[0],
  inhibitedBy: readonly string[],
): ChangedAlert['changes'] {
  const silent =
    inhibitedBy.length === 0 ? '' : ` No notification is sent while ${inhibitedBy.join(' or ')} fires.`;
  return routingOf(now).map((routing) => ({
    kind: 'alert-routed',
    level: 'notable',
    before: undefined,
    after: routing.receivers,
    consequence: `${routingSentence(routing)}${silent}`,
  }));
}

const renamedReceiver = (file: string, from: string, to: string) =>
  finding(
    { file },
    'receiver-renamed',
    'harmless',
    `receiver ${to}`,
    from,
    to,
    'Its integrations are the same under the new name. Groups that fire during the change are notified once more.',
  );

/** Differences of the configuration that no alert here notices. */
function writtenOtherwise(
  before: AlertmanagerConfig,
  after: AlertmanagerConfig,
  findings: readonly Finding[],
  count: number,
): Finding[] {
  if (findings.length > 0) return [];
  const parts = [
    ...(isWrittenOtherwise(before.root, after.root) ? ['routes'] : []),
    ...(isWrittenOtherwise(before.inhibitions, after.inhibitions) ? ['inhibition rules'] : []),
  ];
  if (parts.length === 0) return [];
  return [
    finding(
      { file: after.file },
      'alertmanager-written-otherwise',
      'harmless',
      `file ${after.file}`,
      undefined,
      parts.join(' and '),
      `They differ, and nothing changes for any of the ${count} alerts compared.`,
    ),
  ];
}
