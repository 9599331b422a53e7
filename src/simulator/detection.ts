import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildBundle } from '../bundle/build.js';
import { definitions } from '../bundle/definitions.js';
import { parseConfig } from '../config/load.js';
import { packageRoot } from '../package/root.js';
import { durationOf } from '../promql/duration.js';
import type { DetectedAlert, Detection, DetectionScenario } from '../renderers/docs/detection.js';
import type { SearchResult } from '../renderers/docs/search.js';
import { renderedGroups } from '../renderers/prometheus/rules.js';
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

const detectionScenarios: readonly DetectionScenario[] = scenarios.map(detectionOf);

/** Where `npm run search` writes its results, relative to the package: one file a signal. */
export const SEARCH_RESULTS = 'docs/search';

/** Changes when the expression or a time of a rule at the default configuration changes. */
export function rulesHash(): string {
  const bundle = buildBundle(parseConfig({}), definitions());
  const rules = renderedGroups(bundle).flatMap((group) => group.rules.map(({ rule }) => rule));
  return createHash('sha256')
    .update(JSON.stringify(rules.map(({ alert, record, expr, for: wait }) => [alert ?? record, expr, wait])))
    .digest('hex')
    .slice(0, 16);
}

function searchResults(): SearchResult[] {
  const folder = join(packageRoot, SEARCH_RESULTS);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as SearchResult);
}

let known: Detection | undefined;

/**
 * When each scenario's alerts fire under the default configuration, and what the search found. The times are those that the
 * scenarios state; a test evaluates the rules over every scenario and fails when one is off by a single evaluation.
 */
export function detection(): Detection {
  known ??= { scenarios: detectionScenarios, search: searchResults(), rules: rulesHash() };
  return known;
}
