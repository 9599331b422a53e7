import type { AlertingRule, Bundle, Dashboard, RecordingRule } from '../bundle.js';
import { durationOf } from '../promql.js';
import { selectorsIn } from '../promql-syntax.js';
import { type Scenario, seconds } from '../simulator/scenario.js';
import { scenarios } from '../simulator/scenarios/index.js';
import { version } from '../version.js';
import type { Evidence, MutantsOfRule, ProvenCase } from './evidence.js';
import { type Knob, measureKnobs } from './knobs.js';
import type { Picture } from './pictures.js';

/** When an alert fires in a scenario of the simulator. */
export interface Detection {
  readonly scenario: string;
  /** The earliest time at which the fault could be told from the normal case; absent for information. */
  readonly tellable?: string;
  readonly by: string;
  /** From tellable to firing. */
  readonly delay?: string;
}

export interface ReportedAlert {
  readonly rule: AlertingRule;
  readonly detections: readonly Detection[];
  /** Settings that move it, directly or through the records it reads. */
  readonly knobs: readonly { readonly knob: Knob; readonly through: readonly string[] }[];
  /** Undefined where tests are not known. */
  readonly cases: readonly ProvenCase[] | undefined;
  readonly mutants: MutantsOfRule | undefined;
  /** `<title of the dashboard> / <title of the panel>`. */
  readonly panel: string | undefined;
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

export interface ReportedKnob extends Knob {
  /** Alerts whose own text stays, but which read a record that changed. */
  readonly through: readonly { readonly alert: string; readonly records: readonly string[] }[];
}

export interface ReportedDashboard {
  readonly dashboard: Dashboard;
  readonly pictures: readonly Picture[];
}

/** Everything that the report says. */
export interface Contents {
  readonly version: string;
  /** File of the configuration; undefined for the defaults. */
  readonly config: string | undefined;
  readonly alerts: readonly ReportedAlert[];
  readonly disabled: Bundle['disabled'];
  readonly records: readonly ReportedRecord[];
  readonly dashboards: readonly ReportedDashboard[];
  readonly knobs: readonly ReportedKnob[];
  /** What the report does not know, in sentences. */
  readonly unknown: readonly string[];
}

export interface ContentsOptions {
  readonly config?: string;
  readonly evidence: Evidence;
  readonly pictures: readonly Picture[];
  /** Why there are no pictures, or which are missing. */
  readonly picturesMissing?: string;
}

/** Gathers the report. A pure function of its arguments: no clock, no files. */
export function contentsOf(bundle: Bundle, options: ContentsOptions): Contents {
  const { evidence, pictures } = options;
  const alertRules = bundle.alertGroups.flatMap(({ rules }) => rules);
  const recordRules = bundle.recordingGroups.flatMap(({ rules }) => rules);
  const panels = bundle.dashboards.flatMap(({ definition, rows }) =>
    rows.flatMap((row) =>
      row.panels.map((panel) => ({
        name: `${definition.uid}/${panel.definition.id}`,
        title: `${definition.title} / ${panel.definition.title}`,
        reads: new Set(panel.queries.flatMap(({ expr }) => selectorsIn(expr))),
      })),
    ),
  );
  const recordReads = new Map(recordRules.map(({ record, expr }) => [record, selectorsIn(expr)]));
  /** Records that a list of series rests on, those behind them included. */
  const restsOn = (names: readonly string[], found = new Set<string>()): Set<string> => {
    for (const name of names) {
      const reads = recordReads.get(name);
      if (reads === undefined || found.has(name)) continue;
      found.add(name);
      restsOn(reads, found);
    }
    return found;
  };
  const foundations = new Map(alertRules.map(({ alert, expr }) => [alert, restsOn(selectorsIn(expr))]));

  const knobs = measureKnobs(bundle).map((knob): ReportedKnob => {
    const direct = new Set(knob.alerts.map(({ alert }) => alert));
    return {
      ...knob,
      through: alertRules.flatMap(({ alert }) => {
        if (direct.has(alert)) return [];
        const records = knob.records.filter((record) => foundations.get(alert)?.has(record));
        return records.length === 0 ? [] : [{ alert, records }];
      }),
    };
  });

  const casesOf = (name: string) =>
    evidence.known ? evidence.cases.filter(({ rule }) => rule === name) : undefined;
  const mutantsOf = (name: string) => (evidence.known ? evidence.mutants.get(name) : undefined);
  const panelTitles = new Map(panels.map(({ name, title }) => [name, title]));

  const alerts = alertRules.map((rule): ReportedAlert => {
    const { alert, definition } = rule;
    return {
      rule,
      detections: scenarios.flatMap((scenario) => detectionsIn(scenario, alert)),
      // What is meant as a threshold comes before what describes the site.
      knobs: [...knobs]
        .sort((a, b) => Number(isThreshold(b)) - Number(isThreshold(a)))
        .flatMap((knob) => {
          // Links and added labels move every alert alike; they are told once, with the knobs.
          const own = knob.alerts.find((one) => one.alert === alert);
          if (own?.parts.some((part) => part !== 'links' && part !== 'labels'))
            return [{ knob, through: [] }];
          const through = knob.through.find((one) => one.alert === alert);
          return through === undefined ? [] : [{ knob, through: through.records }];
        }),
      cases: casesOf(alert),
      mutants: mutantsOf(alert),
      panel: panelTitles.get(`${definition.dashboard.uid}/${definition.dashboard.panel}`),
    };
  });
  const records = recordRules.map((rule): ReportedRecord => {
    const reads = (names: Iterable<string>) => [...names].includes(rule.record);
    return {
      rule,
      reads: selectorsIn(rule.expr),
      alerts: alertRules.filter(({ expr }) => reads(selectorsIn(expr))).map(({ alert }) => alert),
      records: recordRules
        .filter(({ record, expr }) => record !== rule.record && reads(selectorsIn(expr)))
        .map(({ record }) => record),
      panels: panels.filter((panel) => panel.reads.has(rule.record)).map(({ name }) => name),
      cases: casesOf(rule.record),
      mutants: mutantsOf(rule.record),
    };
  });
  return {
    version,
    config: options.config,
    alerts,
    disabled: bundle.disabled,
    records,
    dashboards: bundle.dashboards.map((dashboard) => ({
      dashboard,
      pictures: pictures.filter(({ uid }) => uid === dashboard.definition.uid),
    })),
    knobs,
    unknown: [
      ...(evidence.known ? [] : [evidence.why]),
      ...(options.picturesMissing === undefined ? [] : [options.picturesMissing]),
      ...(options.config === undefined
        ? []
        : [
            'Detection times, tests and mutants are those of the default configuration: this site\u2019s settings were not simulated.',
          ]),
    ],
  };
}

const isThreshold = ({ path }: Knob) => path.startsWith('thresholds.');

function detectionsIn(scenario: Scenario, alert: string): Detection[] {
  const { expect, requires = [] } = scenario;
  const exact = expect.filter((expected) => expected.alert === alert);
  // A requirement that other alerts can meet as well says nothing of this one.
  const latest = requires.filter(({ anyOf }) => anyOf.length === 1 && anyOf[0] === alert);
  return (exact.length > 0 ? exact : latest).map(({ tellable, by }) => ({
    scenario: scenario.name,
    by,
    ...(tellable === undefined ? {} : { tellable, delay: durationOf(seconds(by) - seconds(tellable)) }),
  }));
}
