import type { PrometheusClient } from '../src/prometheus/client.js';
import { allPanels, type DashboardJson, type PanelJson } from './dashboard-json.js';
import { type AnsweredSeries, type Frame, framesOf, type QueryAnswer } from './frames.js';
import { PICTURE_WIDTH, panelWidth } from './layout.js';
import { intervalMs, stepMs, type TimeRangeMs, timeRange } from './time-range.js';
import {
  type BuiltIn,
  builtIn,
  inDependencyOrder,
  queryResultText,
  substituteInQuery,
  VariableError,
  type VariableValue,
  variableOptions,
  variableQuery,
} from './variables.js';

/** A query as it was sent. */
export interface SentQuery {
  readonly refId: string;
  readonly expr: string;
  readonly series: number;
  /** Seconds; absent for an instant query. */
  readonly step?: number;
}

/** What a panel got. */
export interface PanelData {
  readonly frames: readonly Frame[];
  readonly queries: readonly SentQuery[];
  readonly builtIn: BuiltIn;
}

/** An alert that was pending or firing at the moment of the picture. */
export interface ListedAlert {
  readonly name: string;
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch of the first moment at which it was in this state, within the range. */
  readonly since: number;
}

/** A time during which an annotation held. Milliseconds since the epoch. */
export interface AnnotationSpan {
  readonly name: string;
  readonly color: string;
  readonly from: number;
  readonly to: number;
}

/** A dashboard with everything its queries gave. */
export interface DashboardData {
  readonly dashboard: DashboardJson;
  readonly range: TimeRangeMs;
  readonly variables: readonly VariableValue[];
  readonly builtIn: BuiltIn;
  readonly panels: Readonly<Record<number, PanelData>>;
  readonly annotations: readonly AnnotationSpan[];
  readonly alerts: readonly ListedAlert[];
}

/** A query of a dashboard could not be answered. The message names dashboard, panel and query. */
export class QueryError extends Error {
  override readonly name = 'QueryError';
}

export interface QueryOptions {
  readonly client: PrometheusClient;
  /** The moment of the picture; milliseconds since the epoch. */
  readonly nowMs: number;
  readonly scrapeIntervalMs: number;
  readonly datasource: string;
  /** What variables of a single value stand at, by name; others stand where the dashboard says. */
  readonly variableValues: ReadonlyMap<string, string>;
}

/** Runs every query of a dashboard as Grafana would send it. Throws where one fails; the message names the panel. */
export async function dashboardData(dashboard: DashboardJson, options: QueryOptions): Promise<DashboardData> {
  const { client, nowMs, scrapeIntervalMs } = options;
  const range = timeRange(dashboard.time, nowMs);
  const whole = builtIn(range, stepMs(range, PICTURE_WIDTH, scrapeIntervalMs), scrapeIntervalMs);
  const variables = await resolveVariables(dashboard, options, range, whole);
  const panels: Record<number, PanelData> = {};
  for (const panel of allPanels(dashboard)) {
    try {
      panels[panel.id] = await panelData(panel, range, variables, options);
    } catch (error) {
      throw new QueryError(
        `${dashboard.uid}, panel ${panel.id} (${panel.title ?? panel.type}): ${(error as Error).message}`,
      );
    }
  }
  return {
    dashboard,
    range,
    variables,
    builtIn: whole,
    panels,
    annotations: await annotations(dashboard, client, range, variables, whole),
    alerts: await listedAlerts(client, range),
  };
}

async function panelData(
  panel: PanelJson,
  range: TimeRangeMs,
  variables: readonly VariableValue[],
  { client, scrapeIntervalMs }: QueryOptions,
): Promise<PanelData> {
  for (const key of ['timeFrom', 'timeShift', 'repeat'] as const) {
    if (panel[key] !== undefined && panel[key] !== null) {
      throw new TypeError(`${key}: found ${JSON.stringify(panel[key])}, which the preview does not support`);
    }
  }
  const points = panel.maxDataPoints ?? panelWidth(panel.gridPos.w);
  const answers: QueryAnswer[] = [];
  let last: BuiltIn = builtIn(range, stepMs(range, points, scrapeIntervalMs), scrapeIntervalMs);
  for (const target of panel.targets ?? []) {
    if (target.hide === true) continue;
    const lowest = target.interval ?? panel.interval;
    const step = stepMs(
      range,
      points,
      lowest === undefined || lowest === '' ? scrapeIntervalMs : intervalMs(lowest),
    );
    last = builtIn(range, step, scrapeIntervalMs);
    const expr = substituteInQuery(target.expr ?? '', variables, last);
    try {
      answers.push(...(await runTarget(client, target, expr, range, step)));
    } catch (error) {
      throw new QueryError(`query ${target.refId}: ${(error as Error).message}\n${expr}`);
    }
  }
  return {
    frames: framesOf(answers),
    queries: answers.map(({ target, expr, series, grid }) => ({
      refId: target.refId,
      expr,
      series: series.length,
      ...(grid === undefined ? {} : { step: grid.step }),
    })),
    builtIn: last,
  };
}

async function runTarget(
  client: PrometheusClient,
  target: QueryAnswer['target'],
  expr: string,
  range: TimeRangeMs,
  step: number,
): Promise<QueryAnswer[]> {
  const out: QueryAnswer[] = [];
  if (target.range !== false || target.instant !== true) {
    // Grafana aligns a range to its step, so that a refresh does not make lines dance.
    const start = Math.floor(range.from / step) * (step / 1000);
    const end = Math.floor(range.to / step) * (step / 1000);
    const series = await client.queryRange(expr, start, end, step / 1000);
    out.push({ target, expr, series: inOrder(series), grid: { start, end, step: step / 1000 } });
  }
  if (target.instant === true) {
    const samples = await client.query(expr, range.to / 1000);
    // An instant query keeps the order of sort(), topk() and the like.
    const series = samples.map(({ labels, time, value }) => ({ labels, points: [[time, value]] as const }));
    out.push({ target, expr, series });
  }
  return out;
}

/** Prometheus gives no order of series in a range query; a picture needs one that does not change. */
function inOrder(series: readonly AnsweredSeries[]): AnsweredSeries[] {
  const key = ({ labels }: AnsweredSeries) => JSON.stringify(Object.entries(labels).sort());
  return [...series].sort((a, b) => (key(a) < key(b) ? -1 : 1));
}

async function resolveVariables(
  dashboard: DashboardJson,
  { client, datasource, variableValues }: QueryOptions,
  range: TimeRangeMs,
  builtIns: BuiltIn,
): Promise<VariableValue[]> {
  const resolved: VariableValue[] = [];
  for (const variable of inDependencyOrder(dashboard)) {
    const { name, type } = variable;
    const list = variable.multi === true || variable.includeAll === true;
    const base = {
      name,
      label: variable.label ?? name,
      type,
      hidden: variable.hide === 2,
      multi: variable.multi === true,
      list,
    };
    let options: string[];
    if (type === 'datasource') {
      resolved.push({ ...base, all: false, values: [datasource] });
      continue;
    }
    if (type === 'query') options = await queriedOptions(variable, client, range, resolved, builtIns);
    else if (type === 'custom' || type === 'interval') {
      options = String(variable.query ?? '')
        .split(',')
        .map((text) => text.trim().replace(/^.* : /, ''));
    } else if (type === 'constant' || type === 'textbox') options = [String(variable.query ?? '')];
    else
      throw new VariableError(
        `${dashboard.uid}, variable ${name}: found the type ${JSON.stringify(type)}, which the preview does not support`,
      );

    const current = [variable.current?.value ?? []].flat();
    const wanted = list ? undefined : variableValues.get(name);
    if (
      wanted === undefined &&
      variable.includeAll === true &&
      (current.length === 0 || current[0] === '$__all')
    ) {
      resolved.push({
        ...base,
        all: true,
        values: options,
        ...(variable.allValue === undefined || variable.allValue === ''
          ? {}
          : { allValue: variable.allValue }),
      });
      continue;
    }
    const known = (wanted === undefined ? current : [wanted]).filter((value) => options.includes(value));
    // As in Grafana: where the value is gone, the first option takes its place.
    const values = known.length > 0 ? known : options.slice(0, 1);
    resolved.push({
      ...base,
      all: false,
      values: list && variable.multi === true ? values : values.slice(0, 1),
    });
  }
  const order = (dashboard.templating?.list ?? []).map(({ name }) => name);
  return resolved.sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

async function queriedOptions(
  variable: Parameters<typeof variableQuery>[0],
  client: PrometheusClient,
  range: TimeRangeMs,
  resolved: readonly VariableValue[],
  builtIns: BuiltIn,
): Promise<string[]> {
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

/** A gap of more than a step ends an annotation, as in Grafana. */
async function annotations(
  dashboard: DashboardJson,
  client: PrometheusClient,
  range: TimeRangeMs,
  variables: readonly VariableValue[],
  builtIns: BuiltIn,
): Promise<AnnotationSpan[]> {
  const spans: AnnotationSpan[] = [];
  for (const { name, enable, expr, iconColor = 'red', step: stepText } of dashboard.annotations?.list ?? []) {
    if (enable === false || expr === undefined) continue;
    const step = intervalMs(stepText === undefined || stepText === '' ? '60s' : stepText) / 1000;
    const start = Math.ceil(range.from / 1000 / step) * step;
    const series = await client.queryRange(
      substituteInQuery(expr, variables, builtIns),
      start,
      range.to / 1000,
      step,
    );
    for (const { points } of inOrder(series)) {
      let from: number | undefined;
      points.forEach(([time, value], i) => {
        if (value < 1) return;
        from ??= time;
        const next = points[i + 1];
        if (next !== undefined && next[1] >= 1 && next[0] - time <= step) return;
        spans.push({ name, color: iconColor, from: from * 1000, to: time * 1000 });
        from = undefined;
      });
    }
  }
  return spans;
}

async function listedAlerts(client: PrometheusClient, range: TimeRangeMs): Promise<ListedAlert[]> {
  const step = 30;
  const end = range.to / 1000;
  const series = await client.queryRange('ALERTS', Math.ceil(range.from / 1000 / step) * step, end, step);
  return inOrder(series).flatMap(({ labels, points }) => {
    const last = points.at(-1);
    if (last === undefined || last[0] < end - step) return [];
    let since = last[0];
    for (const [time] of [...points].reverse()) {
      if (since - time > step) break;
      since = time;
    }
    const { __name__, alertname = '', alertstate = '', ...rest } = labels;
    return [{ name: alertname, state: alertstate, labels: rest, since: since * 1000 }];
  });
}
