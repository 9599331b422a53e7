import { LiteralError, parseDuration } from '../promql/literals.js';
import { PatternError } from '../promql/regexp.js';
import { isObject, text, without } from '../rule-files/json.js';
import type { Json } from '../rule-files/side.js';
import { type Document, readYaml, YamlError } from '../rule-files/yaml.js';
import { type AlertMatcher, checked, MatcherError, parseMatchers } from './matchers.js';

/** A node of the routing tree, with everything that it inherits. */
export interface Route {
  readonly receiver: string;
  /** Labels that make a group, sorted; `all` for every label of the alert. */
  readonly groupBy: readonly string[] | 'all';
  /** Seconds. */
  readonly groupWait: number;
  readonly groupInterval: number;
  readonly repeatInterval: number;
  /** Names of time intervals; these two are not inherited. */
  readonly muteTimes: readonly string[];
  readonly activeTimes: readonly string[];
  readonly matchers: readonly AlertMatcher[];
  /** Whether an alert that matches is also tried on the routes after it. */
  readonly continues: boolean;
  readonly routes: readonly Route[];
  /** Line in the file, from 1. */
  readonly line: number | undefined;
}

/** An inhibition rule: while an alert of `source` fires, those of `target` with the same values of `equal` are not sent. */
export interface Inhibition {
  readonly source: readonly AlertMatcher[];
  readonly target: readonly AlertMatcher[];
  readonly equal: readonly string[];
  readonly line: number | undefined;
}

/** A configuration of Alertmanager, as far as it decides who is notified of what. */
export interface AlertmanagerConfig {
  readonly file: string;
  readonly root: Route;
  readonly inhibitions: readonly Inhibition[];
  /** The integrations of each receiver, which may hold secrets. */
  readonly receivers: ReadonlyMap<string, Json>;
  /** The definition of each time interval. */
  readonly timeIntervals: ReadonlyMap<string, unknown>;
  /** Everything else, which may hold secrets: `global`, `templates`. */
  readonly rest: Json;
  /** What other versions of Alertmanager read in another way, as sentences. */
  readonly notes: readonly string[];
}

/** A configuration that Alertmanager refuses. */
export class AlertmanagerConfigError extends Error {
  override readonly name = 'AlertmanagerConfigError';
}

const ROUTE_FIELDS = [
  'receiver',
  'group_by',
  'match',
  'match_re',
  'matchers',
  'mute_time_intervals',
  'active_time_intervals',
  'continue',
  'routes',
  'group_wait',
  'group_interval',
  'repeat_interval',
  'labels',
];
const INHIBITION_FIELDS = [
  'name',
  'source_match',
  'source_match_re',
  'source_matchers',
  'target_match',
  'target_match_re',
  'target_matchers',
  'equal',
];

/** What the root inherits: the defaults of Alertmanager. */
const DEFAULTS = {
  receiver: '',
  groupBy: [] as readonly string[] | 'all',
  groupWait: 30,
  groupInterval: 300,
  repeatInterval: 14_400,
};

/**
 * Reads a configuration of Alertmanager: routes, inhibition rules and what they name.
 *
 * @throws {AlertmanagerConfigError} for what Alertmanager refuses of these; receivers are not checked
 */
export function readAlertmanagerConfig(content: string, file: string): AlertmanagerConfig {
  let document: Document | undefined;
  try {
    [document] = readYaml(content);
  } catch (error) {
    if (error instanceof YamlError)
      throw new AlertmanagerConfigError(`${file}: found broken YAML: ${error.message}`);
    throw error;
  }
  return new ConfigReader(file, document).read();
}

class ConfigReader {
  readonly #notes: string[] = [];

  constructor(
    private readonly file: string,
    private readonly document: Document | undefined,
  ) {}

  read(): AlertmanagerConfig {
    const config = this.document?.texts;
    if (!isObject(config) || !isObject(config.route)) {
      throw this.#fault(undefined, 'found no route, expected a configuration of Alertmanager');
    }
    const receivers = this.#named(config, 'receivers');
    const timeIntervals = new Map([
      ...this.#named(config, 'mute_time_intervals'),
      ...this.#named(config, 'time_intervals'),
    ]);
    const root = this.#route(config.route, 'route', undefined);
    this.#checkRoot(config.route);
    this.#checkNames(root, receivers, timeIntervals);
    return {
      file: this.file,
      root,
      inhibitions: this.#list(config, 'inhibit_rules').map((rule, i) =>
        this.#inhibition(this.#object(rule, config, `inhibit_rules[${i}]`), `inhibit_rules[${i}]`),
      ),
      receivers: new Map([...receivers].map(([name, receiver]) => [name, without(receiver, 'name')])),
      timeIntervals: new Map([...timeIntervals].map(([name, one]) => [name, one.time_intervals])),
      rest: without(config, 'route', 'inhibit_rules', 'receivers', 'time_intervals', 'mute_time_intervals'),
      notes: this.#notes,
    };
  }

  #fault(at: unknown, problem: string): AlertmanagerConfigError {
    return new AlertmanagerConfigError(`${this.#at(at)}: ${problem}`);
  }

  #at(value: unknown): string {
    const line = this.document?.lineOf(value);
    return line === undefined ? this.file : `${this.file}:${line}`;
  }

  #object(value: unknown, around: unknown, field: string): Json {
    if (isObject(value)) return value;
    throw this.#fault(around, `${field}: found ${JSON.stringify(value)}, expected a map`);
  }

  #list(around: Json, key: string): readonly unknown[] {
    const value = around[key];
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value;
    throw this.#fault(around, `${key}: found ${JSON.stringify(value)}, expected a list`);
  }

  /** A list of objects by their names, which have to be unique. */
  #named(config: Json, key: string): Map<string, Json> {
    const found = new Map<string, Json>();
    for (const [i, item] of this.#list(config, key).entries()) {
      const one = this.#object(item, config, `${key}[${i}]`);
      const name = text(one.name);
      if (name === '') throw this.#fault(one, `${key}[${i}]: found no name`);
      if (found.has(name)) throw this.#fault(one, `${key}[${i}]: found ${JSON.stringify(name)} twice`);
      found.set(name, one);
    }
    return found;
  }

  #known(value: Json, fields: readonly string[], field: string): void {
    const unknown = Object.keys(value).find((key) => !fields.includes(key));
    if (unknown === undefined) return;
    throw this.#fault(value, `${field}: found the field ${unknown}, expected one of ${fields.join(', ')}`);
  }

  #route(value: Json, field: string, parent: Route | undefined): Route {
    this.#known(value, ROUTE_FIELDS, field);
    const inherited = parent ?? DEFAULTS;
    const seconds = (key: string, otherwise: number) => {
      const found = text(value[key]);
      return found === '' ? otherwise : this.#seconds(value, `${field}.${key}`, found);
    };
    const route = {
      receiver: text(value.receiver) || inherited.receiver,
      groupBy: this.#groupBy(value, field, inherited.groupBy) ?? inherited.groupBy,
      groupWait: seconds('group_wait', inherited.groupWait),
      groupInterval: seconds('group_interval', inherited.groupInterval),
      repeatInterval: seconds('repeat_interval', inherited.repeatInterval),
      muteTimes: this.#list(value, 'mute_time_intervals').map(text),
      activeTimes: this.#list(value, 'active_time_intervals').map(text),
      matchers: this.#matchers(value, ['match', 'match_re', 'matchers'], field),
      continues: this.#boolean(value, 'continue', field),
      line: this.document?.lineOf(value),
      routes: [] as Route[],
    };
    if (route.groupInterval === 0)
      throw this.#fault(value, `${field}.group_interval: found 0, expected more`);
    if (route.repeatInterval === 0) {
      throw this.#fault(value, `${field}.repeat_interval: found 0, expected more`);
    }
    for (const [i, item] of this.#list(value, 'routes').entries()) {
      const name = `${field}.routes[${i}]`;
      route.routes.push(this.#route(this.#object(item, value, name), name, route));
    }
    return route;
  }

  #groupBy(
    value: Json,
    field: string,
    inherited: readonly string[] | 'all',
  ): readonly string[] | 'all' | undefined {
    if (value.group_by === undefined || value.group_by === null) return undefined;
    const labels = this.#list(value, 'group_by').map(text);
    if (new Set(labels).size < labels.length && !labels.includes('...')) {
      throw this.#fault(value, `${field}.group_by: found a label twice in ${labels.join(', ')}`);
    }
    if (labels.length === 0 && inherited.length > 0) {
      this.#notes.push(
        `${this.#at(value)}: ${field}.group_by is empty: read as no grouping; Alertmanager before 0.31 inherits the grouping of the route above.`,
      );
    }
    if (!labels.includes('...')) return [...labels].sort();
    if (labels.every((label) => label === '...')) return 'all';
    throw this.#fault(value, `${field}.group_by: found ... and other labels, expected one of the two`);
  }

  #seconds(at: Json, field: string, found: string): number {
    if (found === '0') return 0;
    try {
      return parseDuration(found);
    } catch (error) {
      if (error instanceof LiteralError) throw this.#fault(at, `${field}: ${error.message}`);
      throw error;
    }
  }

  /** As Go's YAML reads a boolean. */
  #boolean(value: Json, key: string, field: string): boolean {
    const found = text(value[key]);
    if (/^(?:|n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/.test(found)) return false;
    if (/^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/.test(found)) return true;
    throw this.#fault(value, `${field}.${key}: found ${JSON.stringify(found)}, expected true or false`);
  }

  /** Matchers in the three forms: a map of values, a map of regular expressions, and a list of texts. */
  #matchers(
    value: Json,
    [equal, pattern, list]: readonly [string, string, string],
    field: string,
  ): AlertMatcher[] {
    const map = (key: string, operator: '=' | '=~') => {
      const found = value[key];
      if (found === undefined || found === null) return [];
      return Object.entries(this.#object(found, value, `${field}.${key}`)).map(
        ([label, one]): AlertMatcher => ({ label, operator, value: text(one) }),
      );
    };
    try {
      return [
        ...map(equal, '='),
        ...map(pattern, '=~').map(checked),
        ...this.#list(value, list).flatMap((one) => parseMatchers(text(one))),
      ];
    } catch (error) {
      if (error instanceof MatcherError || error instanceof PatternError) {
        throw this.#fault(value, `${field}: ${error.message}`);
      }
      throw error;
    }
  }

  #inhibition(value: Json, field: string): Inhibition {
    this.#known(value, INHIBITION_FIELDS, field);
    return {
      source: this.#matchers(value, ['source_match', 'source_match_re', 'source_matchers'], field),
      target: this.#matchers(value, ['target_match', 'target_match_re', 'target_matchers'], field),
      equal: [...new Set(this.#list(value, 'equal').map(text))].sort(),
      line: this.document?.lineOf(value),
    };
  }

  #checkRoot(route: Json): void {
    const isGiven = (key: string) => {
      const value = route[key];
      return isObject(value) ? Object.keys(value).length > 0 : Array.isArray(value) && value.length > 0;
    };
    if (text(route.receiver) === '') throw this.#fault(route, 'route: found no receiver, expected a default');
    for (const key of ['match', 'match_re', 'matchers', 'mute_time_intervals', 'active_time_intervals']) {
      if (isGiven(key)) throw this.#fault(route, `route: found ${key}, which the root route cannot have`);
    }
  }

  #checkNames(
    route: Route,
    receivers: ReadonlyMap<string, unknown>,
    intervals: ReadonlyMap<string, unknown>,
  ): void {
    const at = route.line === undefined ? this.file : `${this.file}:${route.line}`;
    if (!receivers.has(route.receiver)) {
      throw new AlertmanagerConfigError(
        `${at}: found the receiver ${JSON.stringify(route.receiver)}, expected one of ${[...receivers.keys()].join(', ')}`,
      );
    }
    const unknown = [...route.muteTimes, ...route.activeTimes].find((name) => !intervals.has(name));
    if (unknown !== undefined) {
      throw new AlertmanagerConfigError(
        `${at}: found the time interval ${JSON.stringify(unknown)}, which is not defined`,
      );
    }
    for (const one of route.routes) this.#checkNames(one, receivers, intervals);
  }
}
