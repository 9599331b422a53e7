import type { AlertingRule, Bundle } from '../bundle.js';
import { SIGNALS } from '../model.js';
import { durationOf } from '../promql.js';
import { type ExpectedAlert, type Scenario, seconds } from '../simulator/scenario.js';
import { scenarios } from '../simulator/scenarios/index.js';
import { type Artifact, GENERATED } from './artifact.js';
import { code, spaced, table } from './markdown.js';

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

const relaysOf = ({ relays }: ExpectedAlert, scenario: Scenario) =>
  relays === undefined ? '' : String(relays === 'all' ? (scenario.relays ?? 1) : relays.length);

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
  const delay = ({ tellable, by }: ExpectedAlert) =>
    tellable === undefined ? '' : durationOf(seconds(by) - seconds(tellable));
  const shown = SITUATIONS.flatMap((situation, i) =>
    told
      .filter(({ rule }) => situationsOf(rule).includes(i + 1))
      // Information that many scenarios raise is shown once.
      .filter(
        (one, place, all) =>
          one.rule.severity !== 'info' ||
          all.findIndex(({ rule }) => rule.alert === one.rule.alert) === place,
      )
      .map((one) => ({ ...one, situation: `${i + 1}. ${situation}` }))
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
      delay(expected),
    ],
  );
  const sections = scenarios.map((scenario) => {
    const rows = spaced(
      scenario.expect,
      ({ alert }) => rules.get(alert)?.definition.signal,
      (expected) => [
        expected.alert,
        rules.get(expected.alert)?.severity ?? 'disabled',
        relaysOf(expected, scenario),
        expected.tellable ?? '',
        expected.by,
        delay(expected),
      ],
    );
    const fires =
      rows.length === 0
        ? 'No alert fires.'
        : table(['Alert', 'Severity', 'Relays', 'Tellable from', 'Fires by', 'After'], rows);
    return `### ${scenario.name}\n\n${scenario.description} (${scenario.duration}, ${code(String(scenario.relays ?? 1))} relays)\n\n${fires}\n`;
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
