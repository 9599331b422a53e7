import type { Bundle } from '../../bundle/bundle.js';
import { SITUATIONS } from '../../model/provenance.js';
import { SIGNALS } from '../../model/severity.js';
import { type Artifact, GENERATED } from '../artifact.js';
import { code, spaced, table } from './markdown.js';

/** An alert that a scenario raises, or one of several. Times are durations from the scenario's start. */
export interface DetectedAlert {
  readonly alerts: readonly string[];
  /** How many relays it names; undefined where it names none. */
  readonly relays: number | undefined;
  /** The earliest time at which the fault could be seen in what is exposed. */
  readonly tellable: string | undefined;
  /** The latest time at which it fires. */
  readonly by: string;
  /** From `tellable` to `by`. */
  readonly delay: string | undefined;
}

/** A row of the detection tables: a scenario and the alerts that it raises. */
export interface DetectionScenario {
  readonly name: string;
  readonly description: string;
  readonly duration: string;
  readonly relays: number;
  /** Settings of the site that differ from the defaults, as JSON. */
  readonly site?: string;
  /** Alerts with their exact times. */
  readonly alerts: readonly DetectedAlert[];
  /** What must fire at the latest, where the scenario states a requirement instead of exact times. */
  readonly requires?: readonly DetectedAlert[];
  /** Alerts that may fire beside what is required. */
  readonly allows?: readonly string[];
}

const severityIn = (rules: ReadonlyMap<string, { readonly severity: string }>) => (alert: string) =>
  rules.get(alert)?.severity ?? 'disabled';

/** What may fire beside what a scenario requires. */
function beside(allows: readonly string[]): string {
  return allows.length === 0
    ? 'No other warning and no other page fires.'
    : `Beside these only ${allows.map(code).join(', ')} may fire as a warning or page, and not for other relays.`;
}

function requirements(requires: readonly DetectedAlert[], allows: readonly string[]): string {
  if (requires.length === 0) return 'No warning and no page fires.';
  const rows = requires.map(({ alerts, relays, tellable, by, delay }) => [
    alerts.join(' or '),
    String(relays ?? ''),
    tellable ?? '',
    by,
    delay ?? '',
  ]);
  return `${table(['Alert', 'Relays', 'Tellable from', 'Fires at the latest', 'After'], rows)}\n\n${beside(allows)}`;
}

/** When each scenario's alerts fire under the default configuration. */
export function renderDetection(bundle: Bundle, scenarios: readonly DetectionScenario[]): Artifact {
  const rules = new Map(
    bundle.alertGroups.flatMap((group) => group.rules.map((rule) => [rule.alert, rule] as const)),
  );
  const told = scenarios.flatMap((scenario) =>
    scenario.alerts.flatMap((expected) => {
      const rule = rules.get(expected.alerts[0] ?? '');
      return rule === undefined ? [] : [{ scenario, expected, rule }];
    }),
  );
  const shown = Object.entries(SITUATIONS).flatMap(([number, situation]) =>
    told
      .filter(({ rule }) => rule.definition.situation === Number(number))
      // Information that many scenarios raise is shown once.
      .filter(
        (one, place, all) =>
          one.rule.severity !== 'info' ||
          all.findIndex(({ rule }) => rule.alert === one.rule.alert) === place,
      )
      .map((one) => ({ ...one, situation: `${number}. ${situation}` }))
      .sort((a, b) => SIGNALS.indexOf(a.rule.definition.signal) - SIGNALS.indexOf(b.rule.definition.signal)),
  );
  const situations = spaced(
    shown,
    ({ rule }) => rule.definition.signal,
    ({ scenario, expected, rule, situation }) => [
      situation,
      rule.alert,
      rule.severity,
      scenario.name,
      expected.tellable ?? '',
      expected.by,
      expected.delay ?? '',
    ],
  );
  const sections = scenarios.map((scenario) => {
    const rows = spaced(
      scenario.alerts,
      ({ alerts }) => rules.get(alerts[0] ?? '')?.definition.signal,
      (expected) => [
        expected.alerts.join(' or '),
        expected.alerts.map(severityIn(rules)).join(' or '),
        String(expected.relays ?? ''),
        expected.tellable ?? '',
        expected.by,
        expected.delay ?? '',
      ],
    );
    const site = scenario.site === undefined ? '' : ` Site: ${code(scenario.site)}.`;
    const exact =
      rows.length === 0
        ? 'No alert fires.'
        : table(['Alert', 'Severity', 'Relays', 'Tellable from', 'Fires by', 'After'], rows);
    const fires =
      scenario.requires === undefined ? exact : requirements(scenario.requires, scenario.allows ?? []);
    return `### ${scenario.name}\n\n${scenario.description} (${scenario.duration}, ${code(String(scenario.relays))} relays)${site}\n\n${fires}\n`;
  });
  return {
    path: 'docs/detection.md',
    content: `<!-- ${GENERATED} -->
# Detection

When alerts fire in the simulator's scenarios, under the default configuration with scrapes and evaluations every 30 s. Times count from the
begin of the scenario. *Tellable from* is the earliest time at which anybody could have told the fault from the normal case by what is
exposed; a page comes at most five minutes later. Every alert that is not listed stays silent, and so does every relay that is not meant:
\`test/scenarios\` evaluates all rules over every scenario under promtool and compares. Scenarios with a latest time state a requirement
instead of an exact time.

## By situation

${table(['Situation', 'Alert', 'Severity', 'Scenario', 'Tellable from', 'Fires by', 'After'], situations)}

## By scenario

${sections.join('\n')}`,
  };
}
