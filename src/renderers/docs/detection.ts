import type { Bundle } from '../../bundle/bundle.js';
import { SITUATIONS } from '../../model/provenance.js';
import { SIGNALS } from '../../model/severity.js';
import { type Artifact, GENERATED } from '../artifact.js';
import { code, spaced, table } from './markdown.js';

/** An alert that a scenario raises. Times are durations from the scenario's begin. */
export interface DetectedAlert {
  readonly alert: string;
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
  readonly alerts: readonly DetectedAlert[];
}

/** When each scenario's alerts fire under the default configuration. */
export function renderDetection(bundle: Bundle, scenarios: readonly DetectionScenario[]): Artifact {
  const rules = new Map(
    bundle.alertGroups.flatMap((group) => group.rules.map((rule) => [rule.alert, rule] as const)),
  );
  const told = scenarios.flatMap((scenario) =>
    scenario.alerts.flatMap((expected) => {
      const rule = rules.get(expected.alert);
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
      expected.alert,
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
      ({ alert }) => rules.get(alert)?.definition.signal,
      (expected) => [
        expected.alert,
        rules.get(expected.alert)?.severity ?? 'disabled',
        String(expected.relays ?? ''),
        expected.tellable ?? '',
        expected.by,
        expected.delay ?? '',
      ],
    );
    const fires =
      rows.length === 0
        ? 'No alert fires.'
        : table(['Alert', 'Severity', 'Relays', 'Tellable from', 'Fires by', 'After'], rows);
    return `### ${scenario.name}\n\n${scenario.description} (${scenario.duration}, ${code(String(scenario.relays))} relays)\n\n${fires}\n`;
  });
  return {
    path: 'docs/detection.md',
    content: `<!-- ${GENERATED} -->
# Detection

When alerts fire in the simulator's scenarios, under the default configuration with scrapes and evaluations every 30 s. Times count from the
begin of the scenario. *Tellable from* is the earliest time at which anybody could have told the fault from the normal case by what is
exposed; a page comes at most five minutes later. Every alert that is not listed stays silent, and so does every relay that is not meant:
\`test/scenarios\` evaluates all rules over every scenario under promtool and compares.

## By situation

${table(['Situation', 'Alert', 'Severity', 'Scenario', 'Tellable from', 'Fires by', 'After'], situations)}

## By scenario

${sections.join('\n')}`,
  };
}
