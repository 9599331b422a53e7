import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildBundle } from '../bundle/build.js';
import { definitions } from '../bundle/definitions.js';
import { parseConfig } from '../config/load.js';
import { packageRoot } from '../package/root.js';
import { durationOf } from '../promql/duration.js';
import type { DetectedAlert, Detection, DetectionScenario } from '../renderers/docs/detection.js';
import type { SearchResult, SearchRun } from '../renderers/docs/search.js';
import { type RuleObject, renderedGroups } from '../renderers/prometheus/rules.js';
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
/** The file of the whole run in that folder. */
export const SEARCH_RUN = 'run.json';

const hash = (value: unknown) =>
  createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16);

/** The rules at the default configuration. */
function defaultRules(): RuleObject[] {
  // Dashboards have no part in the rules, and would be half of the work.
  const bundle = buildBundle(parseConfig({}), { ...definitions(), dashboards: [] });
  return renderedGroups(bundle).flatMap((group) => group.rules.map(({ rule }) => rule));
}

/** Changes when an expression, a time or a label of a rule at the default configuration changes. */
export const rulesHash = (): string => hash(defaultRules().map(({ annotations: _, ...rule }) => rule));

/** Changes when a text of an alert at the default configuration changes. */
export const textsHash = (): string =>
  hash(
    defaultRules().flatMap(({ alert, annotations }) =>
      annotations === undefined ? [] : [[alert, annotations.summary, annotations.description]],
    ),
  );

function searchResults(): SearchResult[] {
  const folder = join(packageRoot, SEARCH_RESULTS);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json') && name !== SEARCH_RUN)
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as SearchResult);
}

/** The run that the results are of; undefined where none is committed. */
export function searchRun(): SearchRun | undefined {
  const file = join(packageRoot, SEARCH_RESULTS, SEARCH_RUN);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as SearchRun) : undefined;
}

let known: Detection | undefined;

/**
 * When each scenario's alerts fire under the default configuration, and what the search found. The times are those that the
 * scenarios state; a test evaluates the rules over every scenario and fails when one is off by a single evaluation.
 */
export function detection(): Detection {
  known ??= { scenarios: detectionScenarios, search: searchResults(), run: searchRun(), rules: rulesHash() };
  return known;
}
