import { durationOf } from '../promql/duration.js';
import type { DetectedAlert, DetectionScenario } from '../renderers/docs/detection.js';
import { type Scenario, seconds } from './scenario.js';
import { scenarios } from './scenarios/index.js';

interface Timed {
  readonly relays?: 'all' | readonly number[];
  readonly detectableFrom?: string;
  readonly by: string;
}

const timesOf = (
  { relays, detectableFrom, by }: Timed,
  scenario: Scenario,
): Omit<DetectedAlert, 'alerts'> => ({
  relays: relays === undefined ? undefined : relays === 'all' ? (scenario.relays ?? 1) : relays.length,
  detectableFrom,
  by,
  delay: detectableFrom === undefined ? undefined : durationOf(seconds(by) - seconds(detectableFrom)),
});

const detectionOf = (scenario: Scenario): DetectionScenario => ({
  name: scenario.name,
  description: scenario.description,
  duration: scenario.duration,
  relays: scenario.relays ?? 1,
  ...(scenario.site === undefined ? {} : { site: JSON.stringify(scenario.site) }),
  alerts: scenario.expect.map((expected) => ({ alerts: [expected.alert], ...timesOf(expected, scenario) })),
  ...(scenario.requires === undefined
    ? {}
    : {
        requires: scenario.requires.map((required) => ({
          alerts: required.anyOf,
          ...timesOf(required, scenario),
        })),
        allows: [...new Set((scenario.allows ?? []).map(({ alert }) => alert))],
      }),
});

/**
 * When each scenario's alerts fire under the default configuration. The times are those that the scenarios state; a test
 * evaluates the rules over every scenario and fails when one is off by a single evaluation.
 */
export const detectionScenarios: readonly DetectionScenario[] = scenarios.map(detectionOf);
