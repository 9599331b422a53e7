import type { AlertingRule, Bundle, BundleNode, Dashboard, RecordingRule } from '../bundle/bundle.js';
import { inhibitedBy } from '../bundle/inhibited-alerts.js';
import { version } from '../package/version.js';
import { durationOf } from '../promql/duration.js';
import { namesIn } from '../promql/names.js';
import type { SideFile } from '../rule-files/side.js';
import { type Scenario, seconds } from '../simulator/scenario.js';
import { scenarios } from '../simulator/scenarios/index.js';
import type { MutantsOfRule, ProvenCase, TestEvidence } from './evidence.js';
import { type Notifications, notificationsOf } from './notifications.js';
import type { Picture } from './pictures.js';
import type { Setting } from './settings.js';
import type { MeasuredWeek } from './week.js';

/** When an alert fires in a scenario of the simulator. */
export interface AlertDetection {
  readonly scenario: string;
  /** The earliest time at which the data shows the fault; absent for `info` alerts. */
  readonly detectableFrom?: string;
  readonly by: string;
  /** From `detectableFrom` to firing. */
  readonly delay?: string;
}

export interface ReportedAlert {
  readonly rule: AlertingRule;
  readonly detections: readonly AlertDetection[];
  /** Settings that move it, directly or through the records it reads. */
  readonly settings: readonly { readonly setting: Setting; readonly through: readonly string[] }[];
  /** Undefined where tests are not known. */
  readonly cases: readonly ProvenCase[] | undefined;
  readonly mutants: MutantsOfRule | undefined;
  /** `<title of the dashboard> / <title of the panel>`. */
  readonly panel: string | undefined;
  /** Alerts that send no notification while this one fires. */
  readonly inhibits: readonly string[];
}

export interface ReportedRecord {
  readonly rule: RecordingRule;
  readonly reads: readonly string[];
  readonly alerts: readonly string[];
  readonly records: readonly string[];
  /** `<dashboard uid>/<panel id>`. */
  readonly panels: readonly string[];
  readonly cases: readonly ProvenCase[] | undefined;
  readonly mutants: MutantsOfRule | undefined;
}

export interface ReportedSetting extends Setting {
  /** Alerts whose own text stays, but which read a record that changed. */
  readonly through: readonly { readonly alert: string; readonly records: readonly string[] }[];
}

export interface ReportedDashboard {
  readonly dashboard: Dashboard;
  readonly pictures: readonly Picture[];
}

/** Everything that the report says. */
export interface ReportContents {
  readonly version: string;
  /** File of the configuration; undefined for the defaults. */
  readonly config: string | undefined;
  readonly alerts: readonly ReportedAlert[];
  readonly disabled: Bundle['disabled'];
  readonly records: readonly ReportedRecord[];
  readonly dashboards: readonly ReportedDashboard[];
  readonly settings: readonly ReportedSetting[];
  readonly notifications: Notifications;
  /** What the alerts do in a week in which nothing is wrong. */
  readonly week: MeasuredWeek;
  /** What the report does not know, in sentences. */
  readonly unknown: readonly string[];
}

export interface ContentsOptions {
  readonly config?: string;
  /** What each setting of the bundle moves. */
  readonly settings: readonly Setting[];
  readonly evidence: TestEvidence;
  readonly week: MeasuredWeek;
  /** The site's configuration of Alertmanager. */
  readonly alertmanager?: SideFile;
  readonly pictures: readonly Picture[];
  /** Why there are no pictures, or which are missing. */
  readonly picturesMissing?: string;
}

/** Gathers the report. A pure function of its arguments: no clock, no files. */
export function contentsOf(bundle: Bundle, options: ContentsOptions): ReportContents {
  const { evidence, pictures } = options;
  const { own } = bundle.definitions;
  const ofOwn = {
    known: false,
    why: `Tests of the rules in ${own?.file} are not listed: the report knows those of this package.`,
  } as const;
  const evidenceOf = ({ file }: { readonly file: string }) => (file === own?.file ? ofOwn : evidence);
  const alertRules = bundle.alertGroups.flatMap(({ rules }) => rules);
  const recordRules = bundle.recordingGroups.flatMap(({ rules }) => rules);
  const panels = panelsOf(bundle);
  const settings = reportedSettings(options.settings, bundle, alertRules);
  return {
    version,
    config: options.config,
    alerts: alertRules.map((rule) => ({
      ...reportedAlert(rule, settings, panels, evidenceOf(rule)),
      inhibits: inhibitedBy(bundle, rule),
    })),
    disabled: bundle.disabled,
    records: recordRules.map((rule) => reportedRecord(rule, bundle, evidenceOf(rule))),
    dashboards: bundle.dashboards.map((dashboard) => ({
      dashboard,
      pictures: pictures.filter(({ uid }) => uid === dashboard.definition.uid),
    })),
    settings,
    notifications: notificationsOf(bundle, options.alertmanager),
    week: options.week,
    unknown: [
      ...(evidence.known ? [] : [evidence.why]),
      ...(own === undefined ? [] : [ofOwn.why]),
      ...(options.week.known ? [] : [options.week.why]),
      ...(options.picturesMissing === undefined ? [] : [options.picturesMissing]),
      ...(options.config === undefined
        ? []
        : [
            'Detection times, the ordinary week, tests and mutants are those of the default configuration: this site\u2019s settings were not simulated.',
          ]),
    ],
  };
}

interface ListedPanel {
  /** `<dashboard uid>/<panel id>`. */
  readonly name: string;
  /** `<title of the dashboard> / <title of the panel>`. */
  readonly title: string;
}

function panelsOf(bundle: Bundle): ListedPanel[] {
  return bundle.dashboards.flatMap(({ definition, rows }) =>
    rows.flatMap((row) =>
      row.panels.map((panel) => ({
        name: `${definition.uid}/${panel.definition.id}`,
        title: `${definition.title} / ${panel.definition.title}`,
      })),
    ),
  );
}

/** For each alert the names of everything that its expression reads, directly or through records. */
function foundationsOf({ graph }: Bundle): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    graph.nodes
      .filter(({ kind }) => kind === 'alert')
      .map((alert) => [alert.name, new Set([...graph.restsOn([alert])].map(({ name }) => name))]),
  );
}

/** Whether more of an alert moves than what it says. */
const movesRule = ({ parts }: Setting['alerts'][number]) =>
  parts.some((part) => !['links', 'labels', 'texts'].includes(part));

function reportedSettings(
  measured: readonly Setting[],
  bundle: Bundle,
  alertRules: readonly AlertingRule[],
): ReportedSetting[] {
  const behind = foundationsOf(bundle);
  return measured.map((setting): ReportedSetting => {
    const direct = new Set(setting.alerts.filter(movesRule).map(({ alert }) => alert));
    return {
      ...setting,
      through: alertRules.flatMap(({ alert }) => {
        if (direct.has(alert)) return [];
        const records = setting.records.filter((record) => behind.get(alert)?.has(record));
        return records.length === 0 ? [] : [{ alert, records }];
      }),
    };
  });
}

function reportedAlert(
  rule: AlertingRule,
  settings: readonly ReportedSetting[],
  panels: readonly ListedPanel[],
  evidence: TestEvidence,
): Omit<ReportedAlert, 'inhibits'> {
  const { alert, definition } = rule;
  const panelName = `${definition.dashboard.uid}/${definition.dashboard.panel}`;
  return {
    rule,
    detections: scenarios.flatMap((scenario) => detectionsIn(scenario, alert)),
    // What is meant as a threshold comes before what describes the site.
    settings: [...settings]
      .sort((a, b) => Number(isThreshold(b)) - Number(isThreshold(a)))
      .flatMap((setting) => {
        // Links and added labels move every alert alike; they are listed once, with the settings.
        const direct = setting.alerts.find((one) => one.alert === alert);
        if (direct !== undefined && movesRule(direct)) return [{ setting, through: [] }];
        const through = setting.through.find((one) => one.alert === alert);
        if (through !== undefined) return [{ setting, through: through.records }];
        return direct?.parts.includes('texts') ? [{ setting, through: [] }] : [];
      }),
    ...testsOf(evidence, alert),
    panel: panels.find(({ name }) => name === panelName)?.title,
  };
}

function reportedRecord(rule: RecordingRule, { graph }: Bundle, evidence: TestEvidence): ReportedRecord {
  const node = graph.find('record', rule.record);
  const readers = node === undefined ? [] : graph.readersOf(node).filter((reader) => reader !== node);
  const named = (kind: BundleNode['kind']) =>
    readers.filter((reader) => reader.kind === kind).map(({ name }) => name);
  const { expression } = rule.analysis;
  return {
    rule,
    reads: expression === undefined ? [] : namesIn(expression.root),
    alerts: named('alert'),
    records: named('record'),
    panels: named('panel'),
    ...testsOf(evidence, rule.record),
  };
}

function testsOf(evidence: TestEvidence, name: string): Pick<ReportedAlert, 'cases' | 'mutants'> {
  if (!evidence.known) return { cases: undefined, mutants: undefined };
  return {
    cases: evidence.cases.filter(({ rule }) => rule === name),
    mutants: evidence.mutants.get(name),
  };
}

const isThreshold = ({ path }: Setting) => path.startsWith('thresholds.');

function detectionsIn(scenario: Scenario, alert: string): AlertDetection[] {
  const { expect, requires = [] } = scenario;
  const exact = expect.filter((expected) => expected.alert === alert);
  // A requirement that other alerts can meet as well says nothing of this one.
  const latest = requires.filter(({ anyOf }) => anyOf.length === 1 && anyOf[0] === alert);
  return (exact.length > 0 ? exact : latest).map(({ detectableFrom, by }) => ({
    scenario: scenario.name,
    by,
    ...(detectableFrom === undefined
      ? {}
      : { detectableFrom, delay: durationOf(seconds(by) - seconds(detectableFrom)) }),
  }));
}
