import type { DashboardJson, VariableJson } from './dashboard-json.js';
import { intervalText, rateIntervalMs, type TimeRangeMs } from './time-range.js';

/** What a variable of a dashboard stands at. */
export interface VariableValue {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly hidden: boolean;
  readonly multi: boolean;
  /** Whether it stands at All. */
  readonly all: boolean;
  /** With All: every option, unless the variable says what All means. */
  readonly values: readonly string[];
  /** What All means, put into queries as it is; undefined where it is all options. */
  readonly allValue?: string;
  /** Whether it holds several values or could. A single value is not escaped as a list is. */
  readonly list: boolean;
  readonly includeAll?: boolean;
  /** What it can be set to; empty where nothing can be chosen. */
  readonly options?: readonly string[];
  /** How many options there are, where only the first are listed. */
  readonly optionCount?: number;
  /** What is shown for a value, where it is not the value: the first characters of a key. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Values that were asked for and are not among the options. */
  readonly unlisted?: readonly string[];
  /** Why it could not be resolved; it then has no value. */
  readonly error?: string;
}

/** A dashboard refers to a variable that it does not have, or in a form that is unknown here. */
export class VariableError extends Error {
  override readonly name = 'VariableError';
}

/** Variables that Grafana itself provides, as texts. */
export type BuiltIn = Readonly<Record<string, string>>;

const REFERENCE = /\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.[^:^}]+)?(?::([^}]+))?\}/g;

/** Replaces every reference to a variable. What it does not know stays, as in Grafana. */
function replaceReferences(
  text: string,
  replace: (name: string, format: string | undefined) => string | undefined,
): string {
  return text.replace(
    REFERENCE,
    (whole, plain?: string, square?: string, squareFormat?: string, braced?: string, format?: string) =>
      replace((plain ?? square ?? braced) as string, squareFormat ?? format) ?? whole,
  );
}

/** Names of all variables that a text refers to. */
function referencedVariables(text: string): string[] {
  return [...text.matchAll(REFERENCE)].map((match) => (match[1] ?? match[2] ?? match[4]) as string);
}

// A backslash has to survive PromQL's string and the regular expression inside it.
const escapeInString = (value: string) => value.replace(/\\/g, '\\\\').replace(/'/g, "\\\\'");
const escapeInRegex = (value: string) =>
  value.replace(/\\/g, '\\\\\\\\').replace(/[$^*{}[\]'+?.()|]/g, (c) => `\\\\${c}`);

/** A variable's value as Grafana's Prometheus data source puts it into a query. */
function inQuery({ all, allValue, values, list }: VariableValue, format: string | undefined): string {
  if (all && allValue !== undefined) return allValue;
  if (format !== undefined) return formatted(values, format);
  if (!list) return escapeInString(values[0] ?? '');
  const escaped = values.map(escapeInRegex);
  return escaped.length === 1 ? (escaped[0] as string) : `(${escaped.join('|')})`;
}

function formatted(values: readonly string[], format: string): string {
  const escaped = (value: string) => value.replace(/[-\\^$*+?.()|[\]{}/]/g, '\\$&');
  switch (format) {
    case 'raw':
    case 'csv':
      return values.join(',');
    case 'pipe':
      return values.join('|');
    case 'regex':
      return values.length === 1 ? escaped(values[0] as string) : `(${values.map(escaped).join('|')})`;
    case 'text':
      return values.join(' + ');
    case 'glob':
      return values.length === 1 ? (values[0] as string) : `{${values.join(',')}}`;
    case 'doublequote':
      return values.map((value) => `"${value}"`).join(',');
    case 'percentencode':
      return encodeURIComponent(values.join(','));
    default:
      throw new VariableError(
        `variable format: found ${JSON.stringify(format)}, which the preview does not support`,
      );
  }
}

/** The variables that depend on range and step, as Grafana's Prometheus data source gives them. */
export function builtIn(range: TimeRangeMs, step: number, scrapeIntervalMs: number): BuiltIn {
  const length = range.to - range.from;
  const rate = rateIntervalMs(step, scrapeIntervalMs);
  return {
    __interval: intervalText(step),
    __interval_ms: String(step),
    __rate_interval: intervalText(rate),
    __rate_interval_ms: String(rate),
    __range: `${Math.round(length / 1000)}s`,
    __range_s: String(Math.round(length / 1000)),
    __range_ms: String(length),
    __from: String(range.from),
    __to: String(range.to),
  };
}

/**
 * Puts all variables into a query. Throws {@link VariableError} where the query refers to one that the dashboard does not
 * have: Grafana would send it as it is and show an error.
 */
export function substituteInQuery(
  expr: string,
  variables: readonly VariableValue[],
  builtIns: BuiltIn,
): string {
  return replaceReferences(expr, (name, format) => {
    const own = builtIns[name];
    if (own !== undefined) return own;
    const variable = variables.find((v) => v.name === name);
    if (variable === undefined) throw new VariableError(`$${name} is not a variable of the dashboard`);
    if (variable.error !== undefined) throw new VariableError(variable.error);
    return inQuery(variable, format);
  });
}

/** What is shown for a variable's value. */
export const shownAs = ({ texts }: VariableValue, value: string): string =>
  texts !== undefined && Object.hasOwn(texts, value) ? (texts[value] as string) : value;

/** Puts variables into a title or text, as words, or into an address, as values. What is unknown stays, as in Grafana. */
export function substituteInText(
  text: string,
  variables: readonly VariableValue[],
  builtIns: BuiltIn,
  isAddress = false,
): string {
  return replaceReferences(text, (name, format) => {
    const own = builtIns[name];
    if (own !== undefined) return own;
    const variable = variables.find((v) => v.name === name);
    if (variable === undefined) return undefined;
    if (variable.all && format === undefined) return 'All';
    if (format === 'queryparam') {
      const list = variable.all ? ['$__all'] : variable.values;
      return list.map((value) => `var-${name}=${encodeURIComponent(value)}`).join('&');
    }
    return format === 'text' || (format === undefined && !isAddress)
      ? variable.values.map((value) => shownAs(variable, value)).join(' + ')
      : formatted(variable.values, format ?? 'text');
  });
}

/** What a variable's query asks of Prometheus. */
export type VariableQuery =
  | { readonly kind: 'label values'; readonly label: string; readonly selector?: string }
  | { readonly kind: 'query result'; readonly expr: string };

/** Reads `label_values(…)` and `query_result(…)`. Throws {@link VariableError} on anything else. */
export function variableQuery(variable: VariableJson): VariableQuery {
  const text = typeof variable.query === 'string' ? variable.query : (variable.query?.query ?? '');
  const values = /^label_values\((?:(.+),\s*)?([a-zA-Z_]\w*)\s*\)\s*$/s.exec(text);
  if (values !== null) {
    const [, selector, label] = values;
    return {
      kind: 'label values',
      label: label as string,
      ...(selector === undefined ? {} : { selector: selector.trim() }),
    };
  }
  const result = /^query_result\((.+)\)\s*$/s.exec(text);
  if (result !== null) return { kind: 'query result', expr: result[1] as string };
  throw new VariableError(
    `variable ${variable.name}: found the query ${JSON.stringify(text)}, expected label_values(...) or query_result(...)`,
  );
}

/** A sample as `query_result` gives it to the variable's regular expression. */
export function queryResultText(
  labels: Readonly<Record<string, string>>,
  value: number,
  time: number,
): string {
  const { __name__: name = '', ...rest } = labels;
  const pairs = Object.entries(rest).map(([label, text]) => `${label}="${text}"`);
  return `${name}{${pairs.join(',')}} ${value} ${Math.round(time * 1000)}`;
}

/** What a variable can be set to, and what is shown for it. */
export interface VariableOption {
  readonly value: string;
  readonly text: string;
}

/** Applies a variable's regular expression, removes values that repeat, and sorts by what is shown, as Grafana does. */
export function variableOptions(variable: VariableJson, answers: readonly string[]): VariableOption[] {
  const seen = new Set<string>();
  const options = matchedOptions(variable, answers).filter(
    ({ value }) => !seen.has(value) && seen.add(value) !== undefined,
  );
  const text = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
  const sorts: Record<number, ((a: string, b: string) => number) | undefined> = {
    0: undefined,
    1: text,
    2: (a, b) => text(b, a),
    3: (a, b) => Number.parseFloat(a) - Number.parseFloat(b),
    4: (a, b) => Number.parseFloat(b) - Number.parseFloat(a),
    5: (a, b) => text(a.toLowerCase(), b.toLowerCase()),
    6: (a, b) => text(b.toLowerCase(), a.toLowerCase()),
  };
  const sort = variable.sort ?? 0;
  if (!(sort in sorts)) {
    throw new VariableError(
      `variable ${variable.name}: found sort ${sort}, which the preview does not support`,
    );
  }
  const compare = sorts[sort];
  return compare === undefined ? options : options.sort((a, b) => compare(a.text, b.text));
}

/** The groups `value` and `text` of the regular expression stand for each other where one is missing; without them, its first group is both. */
function matchedOptions({ regex }: VariableJson, answers: readonly string[]): VariableOption[] {
  const same = (text: string): VariableOption => ({ value: text, text });
  if (regex === undefined || regex === '') return answers.map(same);
  const literal = /^\/(.*)\/([a-z]*)$/s.exec(regex);
  const pattern = literal === null ? new RegExp(`^${regex}$`) : new RegExp(literal[1] as string, literal[2]);
  return answers.flatMap((answer) => {
    pattern.lastIndex = 0;
    const match = pattern.exec(answer);
    if (match === null) return [];
    const whole = match[1] ?? match[0];
    const { value, text } = match.groups ?? {};
    return [{ value: value ?? text ?? whole, text: text ?? value ?? whole }];
  });
}

/** The order in which variables can be resolved: each after those that its query refers to. */
export function inDependencyOrder(dashboard: DashboardJson): VariableJson[] {
  const list = dashboard.templating?.list ?? [];
  const names = new Set(list.map(({ name }) => name));
  const done: VariableJson[] = [];
  const open = [...list];
  while (open.length > 0) {
    const ready = open.findIndex((variable) =>
      referencedVariables(JSON.stringify(variable.query ?? '')).every(
        (name) => !names.has(name) || done.some((other) => other.name === name),
      ),
    );
    if (ready < 0) {
      throw new VariableError(
        `variables refer to each other in a cycle: ${open.map(({ name }) => name).join(', ')}`,
      );
    }
    done.push(...open.splice(ready, 1));
  }
  return done;
}
