import type { AlertingRule, Bundle } from '../bundle.js';
import { durationOf } from '../promql.js';
import {
  type ExpectedAlert,
  type Permission,
  type Requirement,
  type Scenario,
  seconds,
} from '../simulator/scenario.js';
import { scenarios } from '../simulator/scenarios/index.js';
import { type Artifact, GENERATED } from './artifact.js';
import { code, table } from './markdown.js';

/** The situations that an operator has to be able to tell apart, in the words of the facts. */
const SITUATIONS = [
  'Worker away, writes pending, lease valid: normal',
  'Lease about to expire, past its expiry, or missing while writes are wanted',
  'Pushes delivered, never ingested: stuck',
  'Pushes refused or failing',
  'Gateway and worker disagree',
  'Resync done, rotation failed',
  'The replica has become the main path for hours',
  'Pending, and nothing pushes any more',
  'Nothing to see because nothing is measured',
] as const;

const situationsOf = (rule: AlertingRule) =>
  [...rule.definition.source.matchAll(/situation (\d)/g)].map(([, number]) => Number(number));

const relaysOf = ({ relays }: Pick<ExpectedAlert, 'relays'>, scenario: Scenario) =>
  relays === undefined ? '' : String(relays === 'all' ? (scenario.relays ?? 1) : relays.length);

/** What may fire beside what a scenario requires. */
function beside(allows: readonly Permission[]): string {
  const names = [...new Set(allows.map(({ alert }) => alert))];
  return names.length === 0
    ? 'No other warning and no other page fires.'
    : `Beside these only ${names.map(code).join(', ')} may fire as a warning or page, and not for other relays.`;
}

/**
 * When each scenario's alerts fire under the default configuration. The times are those that the scenarios state; a test
 * evaluates the rules over every scenario and fails when one is off by a single evaluation.
 */
export function renderDetection(bundle: Bundle): Artifact {
  const rules = new Map(
    bundle.alertGroups.flatMap((group) => group.rules.map((rule) => [rule.alert, rule] as const)),
  );
  const told = scenarios.flatMap((scenario) =>
    scenario.expect.flatMap((expected) => {
      const rule = rules.get(expected.alert);
      return rule === undefined ? [] : [{ scenario, expected, rule }];
    }),
  );
  const delay = ({ tellable, by }: Pick<ExpectedAlert, 'tellable' | 'by'>) =>
    tellable === undefined ? '' : durationOf(seconds(by) - seconds(tellable));
  const situations = SITUATIONS.flatMap((situation, i) =>
    told
      .filter(({ rule }) => situationsOf(rule).includes(i + 1))
      // Information that many scenarios raise is shown once.
      .filter(
        (one, place, all) =>
          one.rule.severity !== 'info' ||
          all.findIndex(({ rule }) => rule.alert === one.rule.alert) === place,
      )
      .map(({ scenario, expected, rule }) => [
        `${i + 1}. ${situation}`,
        expected.alert,
        rule.severity,
        scenario.name,
        expected.tellable ?? '',
        expected.by,
        delay(expected),
      ]),
  );
  const severityOf = (alert: string) => rules.get(alert)?.severity ?? 'disabled';
  const exactly = (scenario: Scenario) =>
    scenario.expect.length === 0
      ? 'No alert fires.'
      : table(
          ['Alert', 'Severity', 'Relays', 'Tellable from', 'Fires by', 'After'],
          scenario.expect.map((expected) => [
            expected.alert,
            severityOf(expected.alert),
            relaysOf(expected, scenario),
            expected.tellable ?? '',
            expected.by,
            delay(expected),
          ]),
        );
  const atLeast = (scenario: Scenario, requires: readonly Requirement[]) =>
    requires.length === 0
      ? 'No warning and no page fires.'
      : `${table(
          ['Alert', 'Relays', 'Tellable from', 'Fires at the latest', 'After'],
          requires.map((required) => [
            required.anyOf.join(' or '),
            relaysOf(required, scenario),
            required.tellable,
            required.by,
            delay(required),
          ]),
        )}\n\n${beside(scenario.allows ?? [])}`;
  const sections = scenarios.map((scenario) => {
    const fires = scenario.requires === undefined ? exactly(scenario) : atLeast(scenario, scenario.requires);
    const site = scenario.site === undefined ? '' : ` Site: ${code(JSON.stringify(scenario.site))}.`;
    return `### ${scenario.name}\n\n${scenario.description} (${scenario.duration}, ${code(String(scenario.relays ?? 1))} relays)${site}\n\n${fires}\n`;
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
