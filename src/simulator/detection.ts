import { durationOf } from '../promql/duration.js';
import type { DetectionScenario } from '../renderers/docs/detection.js';
import { type ExpectedAlert, type Scenario, seconds } from './scenario.js';
import { scenarios } from './scenarios/index.js';

const relaysOf = ({ relays }: ExpectedAlert, scenario: Scenario) =>
  relays === undefined ? undefined : relays === 'all' ? (scenario.relays ?? 1) : relays.length;

const detectionOf = (scenario: Scenario): DetectionScenario => ({
  name: scenario.name,
  description: scenario.description,
  duration: scenario.duration,
  relays: scenario.relays ?? 1,
  alerts: scenario.expect.map((expected) => {
    const { alert, by, tellable } = expected;
    return {
      alert,
      relays: relaysOf(expected, scenario),
      tellable,
      by,
      delay: tellable === undefined ? undefined : durationOf(seconds(by) - seconds(tellable)),
    };
  }),
});

/**
 * When each scenario's alerts fire under the default configuration. The times are those that the scenarios state; a test
 * evaluates the rules over every scenario and fails when one is off by a single evaluation.
 */
export const detectionScenarios: readonly DetectionScenario[] = scenarios.map(detectionOf);
