import type { AlertingRule, Bundle } from '../../bundle/bundle.js';
import { SITUATIONS } from '../../model/provenance.js';
import { SIGNALS } from '../../model/severity.js';
import { type Artifact, GENERATED } from '../artifact.js';
import { code, spaced, table } from './markdown.js';
import { type SearchResult, type SearchRun, searchSection } from './search.js';

/** An alert that a scenario triggers, or one of several. Times are durations from the start of the scenario. */
export interface DetectedAlert {
  readonly alerts: readonly string[];
  /** Number of relays that it names; undefined if none. */
  readonly relays: number | undefined;
  /** The earliest time at which the exposed metrics show the fault. */
  readonly detectableFrom: string | undefined;
  /** The latest time at which it fires. */
  readonly by: string;
  /** From `detectableFrom` to `by`. */
  readonly delay: string | undefined;
}

/** A row of the detection tables: a scenario and the alerts that it triggers. */
export interface DetectionScenario {
  readonly name: string;
  readonly description: string;
  readonly duration: string;
  readonly relays: number;
  /** Settings of the site that differ from the defaults, as JSON. */
  readonly site?: string;
  /** Alerts with their exact times. */
  readonly alerts: readonly DetectedAlert[];
  /** What must fire, and the latest time, if the scenario states a requirement instead of exact times. */
  readonly requires?: readonly DetectedAlert[];
  /** Other alerts that may fire. */
  readonly allows?: readonly string[];
}

/** What is known of how soon alerts fire. */
export interface Detection {
  readonly scenarios: readonly DetectionScenario[];
  /** Results of the search in random worlds, one a signal. */
  readonly search: readonly SearchResult[];
  /** The run that they are of; undefined where no results are committed. */
  readonly run: SearchRun | undefined;
  /** The hash of the rules at the default configuration, as they are now. */
  readonly rules: string;
}

/** When each scenario's alerts fire under the default configuration, and what the search in random worlds found. */
export function renderDetection(
  bundle: Bundle,
  { scenarios, search, run, rules: hash }: Detection,
): Artifact {
  const rules = new Map(
    bundle.alertGroups.flatMap((group) => group.rules.map((rule) => [rule.alert, rule] as const)),
  );
  const sections = scenarios.map((scenario) => scenarioSection(scenario, rules));
  return {
    path: 'docs/detection.md',
    content: `<!-- ${GENERATED} -->
# Detection

When alerts fire in the simulator's scenarios, with the default configuration and scrapes and evaluations every 30 s. Times are relative to the
start of the scenario. *Detectable from* is the earliest time at which the metrics differ from normal operation; critical alerts fire at most five
minutes later. Alerts that are not listed do not fire, and no alert fires for an unaffected relay: \`test/scenarios\` evaluates all rules over every
scenario with promtool and compares the results. Scenarios with a latest time state a requirement instead of an exact time.

## By situation

${situationTable(scenarios, rules)}

${searchSection(search, run, hash)}## By scenario

${sections.join('\n')}`,
  };
}

type Rules = ReadonlyMap<string, AlertingRule>;

function situationTable(scenarios: readonly DetectionScenario[], rules: Rules): string {
  const expectedAlerts = scenarios.flatMap((scenario) =>
    scenario.alerts.flatMap((expected) => {
      const rule = rules.get(expected.alerts[0] ?? '');
      return rule === undefined ? [] : [{ scenario, expected, rule }];
    }),
  );
  const rows = Object.entries(SITUATIONS).flatMap(([number, situation]) =>
    expectedAlerts
      .filter(({ rule }) => rule.definition.situation === Number(number))
      // An info alert that fires in many scenarios is listed once.
      .filter(
        (one, place, all) =>
          one.rule.severity !== 'info' ||
          all.findIndex(({ rule }) => rule.alert === one.rule.alert) === place,
      )
      .map((one) => ({ ...one, situation: `${number}. ${situation}` }))
      .sort((a, b) => SIGNALS.indexOf(a.rule.definition.signal) - SIGNALS.indexOf(b.rule.definition.signal)),
  );
  return table(
    ['Situation', 'Alert', 'Severity', 'Scenario', 'Detectable from', 'Fires by', 'After'],
    spaced(
      rows,
      ({ rule }) => rule.definition.signal,
      ({ scenario, expected, rule, situation }) => [
        situation,
        rule.alert,
        rule.severity,
        scenario.name,
        ...timesOf(expected),
      ],
    ),
  );
}

function scenarioSection(scenario: DetectionScenario, rules: Rules): string {
  const { name, description, duration, relays, alerts, requires, allows = [] } = scenario;
  const site = scenario.site === undefined ? '' : ` Site: ${code(scenario.site)}.`;
  const fires = requires === undefined ? exactTimes(alerts, rules) : requirements(requires, allows);
  return `### ${name}\n\n${description} (${duration}, ${code(String(relays))} relays)${site}\n\n${fires}\n`;
}

function exactTimes(alerts: readonly DetectedAlert[], rules: Rules): string {
  const rows = spaced(
    alerts,
    (expected) => rules.get(expected.alerts[0] ?? '')?.definition.signal,
    (expected) => [
      expected.alerts.join(' or '),
      expected.alerts.map((alert) => rules.get(alert)?.severity ?? 'disabled').join(' or '),
      String(expected.relays ?? ''),
      ...timesOf(expected),
    ],
  );
  return rows.length === 0
    ? 'No alert fires.'
    : table(['Alert', 'Severity', 'Relays', 'Detectable from', 'Fires by', 'After'], rows);
}

function requirements(requires: readonly DetectedAlert[], allows: readonly string[]): string {
  if (requires.length === 0) return 'No warning or critical alert fires.';
  const rows = requires.map((required) => [
    required.alerts.join(' or '),
    String(required.relays ?? ''),
    ...timesOf(required),
  ]);
  const others =
    allows.length === 0
      ? 'No other warning or critical alert fires.'
      : `Of the other warnings and critical alerts, only ${allows.map(code).join(', ')} may fire, and only for the same relays.`;
  return `${table(['Alert', 'Relays', 'Detectable from', 'Fires at the latest', 'After'], rows)}\n\n${others}`;
}

const timesOf = ({ detectableFrom, by, delay }: DetectedAlert) => [detectableFrom ?? '', by, delay ?? ''];
