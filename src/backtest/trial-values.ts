import { buildBundle } from '../bundle/build.js';
import type { Definitions } from '../bundle/bundle.js';
import { ConfigError } from '../config/error.js';
import { parseConfig } from '../config/load.js';
import type { Config } from '../config/schema.js';
import { isDurationText } from '../promql/literals.js';
import { renderPrometheusRules } from '../renderers/prometheus/rules.js';
import { isObject } from '../rule-files/json.js';
import { readSide } from '../rule-files/parse.js';
import type { Group, Rule } from '../rule-files/side.js';

/** Values of one setting to be tried: `for=5m,10m`, `thresholds.pendingWrites.stuckAfter=5m,10m`. */
export interface Trial {
  readonly setting: string;
  readonly values: readonly string[];
}

/** A trial that cannot be done; the message says what was found and what is expected. */
export class TrialError extends Error {
  override readonly name = 'TrialError';
}

/** Fields of an alerting rule that can be tried with any rules. */
const RULE_FIELDS = { for: 'for', keep_firing_for: 'keepFiringFor' } as const;

/** Whether a setting is a field of the rules, not one of the configuration. */
export const isRuleField = (setting: string): setting is keyof typeof RULE_FIELDS =>
  Object.hasOwn(RULE_FIELDS, setting);

/**
 * The rules with another value in every alert that is wanted.
 *
 * @throws {TrialError} for a value that is no duration
 */
export function withRuleField(
  groups: readonly Group[],
  setting: keyof typeof RULE_FIELDS,
  value: string,
  isWanted: (rule: Rule) => boolean,
): Group[] {
  if (!isDurationText(value)) {
    throw new TrialError(`--try ${setting}: found ${JSON.stringify(value)}, expected a duration such as 5m`);
  }
  return groups.map((group) => ({
    ...group,
    rules: group.rules.map((rule) =>
      rule.kind === 'alert' && isWanted(rule) ? { ...rule, [RULE_FIELDS[setting]]: value } : rule,
    ),
  }));
}

/** A value as the configuration file would have it. */
function typed(text: string): string | number | boolean {
  if (/^-?\d+(?:\.\d+)?$/.test(text)) return Number(text);
  return text === 'true' || text === 'false' ? text === 'true' : text;
}

function withSetting(node: unknown, [key = '', ...rest]: readonly string[], value: unknown): unknown {
  const object = isObject(node) ? node : {};
  return { ...object, [key]: rest.length === 0 ? value : withSetting(object[key], rest, value) };
}

/**
 * The rules that definitions give with another value of one setting.
 *
 * @throws {TrialError} for a setting or value that the configuration does not take
 */
export function rulesWithSetting(
  config: Config,
  definitions: Definitions,
  setting: string,
  value: string,
): readonly Group[] {
  try {
    const changed = parseConfig(withSetting(config, setting.split('.'), typed(value)), '--try');
    const bundle = buildBundle(changed, definitions, '--try');
    return readSide(renderPrometheusRules(bundle).map(({ path, content }) => ({ path, text: content })))
      .groups;
  } catch (error) {
    // The message names the setting.
    if (error instanceof ConfigError) throw new TrialError(error.message.replaceAll('--try: ', '--try '));
    throw error;
  }
}
