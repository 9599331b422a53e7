import { type AnnotationJson, allPanels, type DashboardJson, type PanelJson } from './dashboard-json.js';
import { type AnsweredSeries, type Frame, framesOf, type QueryAnswer } from './frames.js';
import { unsupportedIn } from './known.js';
import { PICTURE_WIDTH, panelWidth } from './layout.js';
import { type QueryClient, resolveVariables } from './resolve-variables.js';
import { intervalMs, stepMs, type TimeRangeMs, timeRange } from './time-range.js';
import { type BuiltIn, builtIn, substituteInQuery, type VariableValue } from './variables.js';

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
  readonly client: QueryClient;
  /** The moment that is `now`; milliseconds since the epoch. */
  readonly nowMs: number;
  readonly scrapeIntervalMs: number;
  readonly datasource: string;
  /** Values of variables of a single value, by name; others have the value that the dashboard gives them. */
  readonly variableValues: ReadonlyMap<string, string>;
  /** Width of the page in pixels, from which the number of points follows; 1,280 by default. */
  readonly width?: number;
}

/** Runs every query of a dashboard as Grafana would send it. Throws where one fails; the message names the panel. */
export async function dashboardData(dashboard: DashboardJson, options: QueryOptions): Promise<DashboardData> {
  const { client, nowMs, scrapeIntervalMs, width = PICTURE_WIDTH } = options;
  const range = timeRange(dashboard.time, nowMs);
  const whole = builtIn(range, stepMs(range, width, scrapeIntervalMs), scrapeIntervalMs);
  const variables = await resolveVariables(dashboard, options, range, whole);
  const panels: Record<number, PanelData> = {};
  for (const panel of allPanels(dashboard)) {
    // Data of another source, or for another drawing.
    if (unsupportedIn(panel).panel !== undefined) continue;
    try {
      const asked = {
        client,
        range,
        variables,
        scrapeIntervalMs,
        points: panelWidth(panel.gridPos.w, width),
      };
      panels[panel.id] = await panelData(panel, asked);
    } catch (error) {
      throw new QueryError(
        `${dashboard.uid}, panel ${panel.id} (${panel.title ?? panel.type}): ${(error as Error).message}`,
      );
    }
  }
  const asked = { client, range, variables, builtIns: whole };
  return {
    dashboard,
    range,
    variables,
    builtIn: whole,
    panels,
    annotations: (
      await Promise.all(annotationsOf(dashboard).map((annotation) => annotationSpans(annotation, asked)))
    ).flat(),
    alerts: await listedAlerts(client, range),
  };
}

/** The annotations of a dashboard that are drawn at first. */
export const annotationsOf = (dashboard: DashboardJson): AnnotationJson[] =>
  (dashboard.annotations?.list ?? []).filter(
    ({ enable, expr, builtIn }) => enable !== false && expr !== undefined && builtIn !== 1,
  );

export interface PanelQueryOptions {
  readonly client: QueryClient;
  readonly range: TimeRangeMs;
  readonly variables: readonly VariableValue[];
  readonly scrapeIntervalMs: number;
  /** How many points there is room for; the panel's own limit goes first. */
  readonly points: number;
}

/** Runs the queries of one panel that is supported. Throws where one fails; the message names the query. */
export async function panelData(
  panel: PanelJson,
  { client, range, variables, scrapeIntervalMs, points: room }: PanelQueryOptions,
): Promise<PanelData> {
  const points = panel.maxDataPoints ?? room;
  const targets = (panel.targets ?? []).filter(({ hide }) => hide !== true);
  const sent = targets.map((target) => {
    const lowest = target.interval ?? panel.interval;
    const step = stepMs(
      range,
      points,
      lowest === undefined || lowest === '' ? scrapeIntervalMs : intervalMs(lowest),
    );
    const own = builtIn(range, step, scrapeIntervalMs);
    return { target, step, own, expr: substituteInQuery(target.expr ?? '', variables, own) };
  });
  const answers = await Promise.all(
    sent.map(async ({ target, step, expr }) => {
      try {
        return await runTarget(client, target, expr, range, step);
      } catch (error) {
        throw new QueryError(`query ${target.refId}: ${(error as Error).message}\n${expr}`, { cause: error });
      }
    }),
  );
  return {
    frames: framesOf(answers.flat()),
    queries: answers.flat().map(({ target, expr, series, grid }) => ({
      refId: target.refId,
      expr,
      series: series.length,
      ...(grid === undefined ? {} : { step: grid.step }),
    })),
    builtIn: sent.at(-1)?.own ?? builtIn(range, stepMs(range, points, scrapeIntervalMs), scrapeIntervalMs),
  };
}

async function runTarget(
  client: QueryClient,
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

/** Most points of a series of an annotation or alert. */
const MOST_POINTS = 1_500;

/** Times during which an annotation held. A gap of more than a step ends one, as in Grafana. */
export async function annotationSpans(
  { name, expr = '', iconColor = 'red', step: stepText, useValueForTime = false }: AnnotationJson,
  {
    client,
    range,
    variables,
    builtIns,
  }: {
    readonly client: QueryClient;
    readonly range: TimeRangeMs;
    readonly variables: readonly VariableValue[];
    readonly builtIns: BuiltIn;
  },
): Promise<AnnotationSpan[]> {
  const spans: AnnotationSpan[] = [];
  const wanted = intervalMs(stepText === undefined || stepText === '' ? '60s' : stepText) / 1000;
  const step = wanted * Math.max(1, Math.ceil((range.to - range.from) / 1000 / wanted / MOST_POINTS));
  const start = Math.ceil(range.from / 1000 / step) * step;
  const query = substituteInQuery(expr, variables, builtIns);
  for (const { points } of inOrder(await client.queryRange(query, start, range.to / 1000, step))) {
    if (useValueForTime) {
      const times = new Set(points.map(([, value]) => Math.floor(value)));
      for (const at of times) {
        if (at >= range.from && at <= range.to) spans.push({ name, color: iconColor, from: at, to: at });
      }
      continue;
    }
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
  return spans;
}

/** Alerts that are pending or firing at the end of a range, and since when within it. */
export async function listedAlerts(client: QueryClient, range: TimeRangeMs): Promise<ListedAlert[]> {
  const step = 30 * Math.max(1, Math.ceil((range.to - range.from) / 30_000 / MOST_POINTS));
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
