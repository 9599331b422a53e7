import type { DashboardDefinition } from '../model/dashboard.js';
import type { InhibitionDefinition } from '../model/inhibition.js';
import type { MetricDefinition } from '../model/metric.js';
import type {
  AlertDefinition,
  AlertGroupDefinition,
  RecordingRuleDefinition,
  RecordingRuleGroupDefinition,
} from '../model/rules.js';
import type { RunbookPages } from '../model/runbook.js';
import type { Definitions } from './bundle.js';

/** What a team adds to the definitions of this package. */
export interface OwnDefinitions {
  /** Metrics that the other definitions read. A metric of another program has the origin `other`. */
  readonly metrics?: readonly MetricDefinition[];
  /** Recording rules, or groups of them. Those outside of a group form the group `own`. */
  readonly recordingRules?: readonly (RecordingRuleDefinition | RecordingRuleGroupDefinition)[];
  /** Alerts, or groups of them. Those outside of a group form the group `own`. */
  readonly alerts?: readonly (AlertDefinition | AlertGroupDefinition)[];
  readonly dashboards?: readonly DashboardDefinition[];
  readonly inhibitions?: readonly InhibitionDefinition[];
  /** Runbook pages of the alerts, by the name of the alert. */
  readonly pages?: RunbookPages;
}

/** The group of rules that are in none. */
const OWN_GROUP = 'own';

/**
 * Adds a team's definitions to those of this package. Rules of this package are evaluated first. House rules, such as the
 * length of a text, are warnings for what is added.
 *
 * @param file where the added definitions come from, for messages
 */
export function withOwn(base: Definitions, own: OwnDefinitions, file: string): Definitions {
  const recordingRules = grouped(own.recordingRules ?? []);
  const alerts = grouped(own.alerts ?? []);
  const { metrics = [], dashboards = [], inhibitions = [], pages = {} } = own;
  return {
    metrics: [...base.metrics, ...metrics],
    recordingRules: [...base.recordingRules, ...recordingRules],
    alerts: [...base.alerts, ...alerts],
    dashboards: [...base.dashboards, ...dashboards],
    inhibitions: [...base.inhibitions, ...inhibitions],
    runbook: { ...base.runbook, pages: { ...base.runbook.pages, ...pages } },
    own: {
      file,
      members: new Set([...metrics, ...recordingRules, ...alerts, ...dashboards, ...inhibitions]),
    },
  };
}

interface Group<Rule> {
  readonly name: string;
  readonly rules: readonly Rule[];
}

function grouped<Rule extends object>(entries: readonly (Rule | Group<Rule>)[]): Group<Rule>[] {
  const isGroup = (entry: Rule | Group<Rule>): entry is Group<Rule> => 'rules' in entry;
  const loose = entries.filter((entry): entry is Rule => !isGroup(entry));
  const groups = entries.filter(isGroup);
  return loose.length === 0 ? groups : [{ name: OWN_GROUP, rules: loose }, ...groups];
}

/**
 * The file of a definition for messages and references: the team's file for what a team added, else the file of this package.
 *
 * @param definition a metric, a rule group, a dashboard or an inhibition
 */
export function fileOf({ own }: Definitions, definition: object, usual: string): string {
  return own?.members.has(definition) === true ? own.file : usual;
}
