import type { Sample, Series } from '../prometheus/client.js';
import type { DashboardJson, VariableJson } from './dashboard-json.js';
import type { TimeRangeMs } from './time-range.js';
import {
  type BuiltIn,
  inDependencyOrder,
  queryResultText,
  substituteInQuery,
  VariableError,
  type VariableOption,
  type VariableValue,
  variableOptions,
  variableQuery,
} from './variables.js';

/** The requests that dashboards need of a Prometheus. Times and steps in seconds. */
export interface QueryClient {
  query(expression: string, time?: number): Promise<Sample[]>;
  queryRange(expression: string, start: number, end: number, step: number): Promise<Series[]>;
}

export interface VariableChoices {
  readonly client: QueryClient;
  readonly datasource: string;
  /** Values of variables of a single value, by name; others have the value that the dashboard gives them. */
  readonly variableValues?: ReadonlyMap<string, string>;
  /** Values that a reader chose, by name; `$__all` is All. They replace those of the dashboard. */
  readonly chosen?: ReadonlyMap<string, readonly string[]>;
  /** Called where a variable cannot be resolved; without it the error is thrown. */
  readonly onError?: (variable: VariableJson, error: Error) => void;
}

/** What every variable holds, in the order of the dashboard. Throws {@link VariableError} where one is not supported. */
export async function resolveVariables(
  dashboard: DashboardJson,
  choices: VariableChoices,
  range: TimeRangeMs,
  builtIns: BuiltIn,
): Promise<VariableValue[]> {
  const resolved: VariableValue[] = [];
  for (const variable of inDependencyOrder(dashboard)) {
    try {
      resolved.push(await resolvedVariable(variable, choices, range, resolved, builtIns));
    } catch (error) {
      const named = new VariableError(
        `${dashboard.uid}, variable ${variable.name}: ${(error as Error).message}`,
        { cause: error },
      );
      if (choices.onError === undefined) throw named;
      choices.onError(variable, named);
      resolved.push({ ...baseOf(variable), all: false, values: [], options: [], error: named.message });
    }
  }
  const order = (dashboard.templating?.list ?? []).map(({ name }) => name);
  return resolved.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

function baseOf(variable: VariableJson) {
  const { name, type } = variable;
  return {
    name,
    label: variable.label ?? name,
    type,
    hidden: variable.hide === 2,
    multi: variable.multi === true,
    includeAll: variable.includeAll === true,
    list: variable.multi === true || variable.includeAll === true,
  };
}

async function resolvedVariable(
  variable: VariableJson,
  { client, datasource, variableValues, chosen }: VariableChoices,
  range: TimeRangeMs,
  resolved: readonly VariableValue[],
  builtIns: BuiltIn,
): Promise<VariableValue> {
  const base = baseOf(variable);
  const { name, list } = base;
  if (variable.type === 'datasource') return { ...base, all: false, values: [datasource], options: [] };
  const offered =
    variable.type === 'query'
      ? await queriedOptions(variable, client, range, resolved, builtIns)
      : listedOptions(variable);
  const options = offered.map(({ value }) => value);
  const renamed = offered.filter(({ value, text }) => value !== text);
  const texts =
    renamed.length === 0
      ? {}
      : { texts: Object.fromEntries(renamed.map(({ value, text }) => [value, text])) };
  const single = list ? undefined : variableValues?.get(name);
  const asked = chosen?.get(name) ?? (single === undefined ? undefined : [single]);
  const current = asked ?? [variable.current?.value ?? []].flat();
  if (variable.includeAll === true && (current.length === 0 || current[0] === '$__all')) {
    return {
      ...base,
      all: true,
      values: options,
      options,
      ...texts,
      ...(variable.allValue === undefined || variable.allValue === '' ? {} : { allValue: variable.allValue }),
    };
  }
  if (variable.type === 'textbox' && asked !== undefined) {
    return { ...base, all: false, values: typedText(name, asked), options };
  }
  const known = current.filter((value) => options.includes(value));
  // A link may name what this range does not have. Another one in its place would be a wrong answer.
  const unlisted = chosen?.get(name)?.filter((value) => !options.includes(value)) ?? [];
  const wanted = [...known, ...unlisted.map((value) => safeValue(name, value))];
  // As in Grafana: where the value of the dashboard is gone, the first option takes its place.
  const values = wanted.length > 0 ? wanted : options.slice(0, 1);
  return {
    ...base,
    all: false,
    values: variable.multi === true ? values : values.slice(0, 1),
    options,
    ...texts,
    ...(unlisted.length === 0 ? {} : { unlisted }),
  };
}

/** A value that no query returned must not become a part of a query's syntax. */
function safeValue(name: string, value: string): string {
  if (/^[\w.:/@-]+$/.test(value)) return value;
  throw new VariableError(
    `${name}: found ${JSON.stringify(value)}, which is not among the options; expected one of them`,
  );
}

/** A text that is typed may hold no quotes and brackets, with which it could end a string or selector of a query. */
function typedText(name: string, values: readonly string[]): string[] {
  const text = values[0] ?? '';
  if (/^[^"'`{}()[\]\\]*$/.test(text)) return [text];
  throw new VariableError(
    `${name}: found ${JSON.stringify(text)}, expected a text without quotes and brackets`,
  );
}

function listedOptions({ type, query }: VariableJson): VariableOption[] {
  const text = String(query ?? '');
  if (type === 'custom' || type === 'interval') {
    return text.split(',').map((option) => {
      const [, name, value] = /^(.*) : (.*)$/.exec(option.trim()) ?? [];
      return { value: value ?? option.trim(), text: name ?? option.trim() };
    });
  }
  if (type === 'constant' || type === 'textbox') return [{ value: text, text }];
  throw new VariableError(`found the type ${JSON.stringify(type)}, which is not supported`);
}

async function queriedOptions(
  variable: VariableJson,
  client: QueryClient,
  range: TimeRangeMs,
  resolved: readonly VariableValue[],
  builtIns: BuiltIn,
): Promise<VariableOption[]> {
  const query = variableQuery(variable);
  const to = range.to / 1000;
  if (query.kind === 'query result') {
    const samples = await client.query(substituteInQuery(query.expr, resolved, builtIns), to);
    return variableOptions(
      variable,
      samples.map(({ labels, value, time }) => queryResultText(labels, value, time)),
    );
  }
  const selector = substituteInQuery(query.selector ?? '{__name__=~".+"}', resolved, builtIns);
  const samples = await client.query(
    `group by (${query.label}) (last_over_time(${selector}[${builtIns.__range}]))`,
    to,
  );
  return variableOptions(
    variable,
    samples.flatMap(({ labels }) => labels[query.label] ?? []),
  );
}
