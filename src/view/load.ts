import pLimit from 'p-limit';
import type { PrometheusClient } from '../prometheus/client.js';
import { PrometheusError } from '../prometheus/error.js';
import { allPanels, type DashboardJson, type VariableJson } from './dashboard-json.js';
import { unsupportedIn } from './known.js';
import {
  type AnnotationSpan,
  annotationSpans,
  annotationsOf,
  type ListedAlert,
  listedAlerts,
  type PanelData,
  panelData,
} from './queries.js';
import { type QueryClient, resolveVariables } from './resolve-variables.js';
import { stepMs, type TimeRangeMs, timeRange } from './time-range.js';
import { type BuiltIn, builtIn, shownAs, type VariableValue } from './variables.js';

/** What a page asks of a dashboard: names and places, never a query. */
export interface LoadRequest {
  /** As Grafana writes moments; those of the dashboard by default. */
  readonly from?: string;
  readonly to?: string;
  /** Values of variables by name; `$__all` is All. */
  readonly chosen: ReadonlyMap<string, readonly string[]>;
  /** Panels by id with their width in pixels. */
  readonly panels: ReadonlyMap<number, number>;
  /** Width of the page in pixels. */
  readonly width: number;
  /** Names of the annotations to draw; those that the dashboard switches on by default. */
  readonly annotations?: readonly string[];
}

/** Why something is not there. `mayPass`: the same request may succeed a moment later. */
export interface PartError {
  readonly message: string;
  readonly mayPass: boolean;
}

/** A part of an answer, sent as soon as it is known. */
export type LoadedPart =
  | {
      readonly kind: 'variables';
      readonly range: TimeRangeMs;
      readonly variables: readonly VariableValue[];
      readonly builtIn: BuiltIn;
    }
  | { readonly kind: 'panel'; readonly id: number; readonly data?: PanelData; readonly error?: PartError }
  | { readonly kind: 'annotations'; readonly spans: readonly AnnotationSpan[]; readonly error?: PartError }
  | { readonly kind: 'alerts'; readonly alerts: readonly ListedAlert[]; readonly error?: PartError }
  | { readonly kind: 'failed'; readonly error: PartError };

export interface LoadSettings {
  readonly client: Pick<PrometheusClient, 'query' | 'queryRange'>;
  /** Requests to Prometheus at the same time, of all pages together. */
  readonly limit: ReturnType<typeof pLimit>;
  readonly nowMs: () => number;
  readonly scrapeIntervalMs: number;
}

/** How many requests to Prometheus run at the same time. */
export const CONCURRENT_QUERIES = 4;

/** The limit that all pages of a server share. */
export const sharedLimit = () => pLimit(CONCURRENT_QUERIES);

/** More options than this are not listed on a page; others can be typed. */
const LISTED_OPTIONS = 500;

/** A client whose requests wait for their turn, and are cancelled when their page is gone. */
function limitedClient({ client, limit }: LoadSettings, signal: AbortSignal): QueryClient {
  const inTurn = <T>(request: () => Promise<T>) =>
    limit(() => {
      signal.throwIfAborted();
      return request();
    });
  return {
    query: (expression, time) => inTurn(() => client.query(expression, time, signal)),
    queryRange: (expression, start, end, step) =>
      inTurn(() => client.queryRange(expression, start, end, step, signal)),
  };
}

/**
 * Runs the queries of a dashboard for a page and passes on each part as soon as it is there. A query that fails is a part, too.
 * Rejects with the signal's reason once that is aborted.
 */
export async function loadDashboard(
  dashboard: DashboardJson,
  request: LoadRequest,
  settings: LoadSettings,
  signal: AbortSignal,
  send: (part: LoadedPart) => Promise<void>,
): Promise<void> {
  const client = limitedClient(settings, signal);
  const { scrapeIntervalMs } = settings;
  const problem = (error: unknown): PartError => {
    signal.throwIfAborted();
    return loadError(error);
  };
  let range: TimeRangeMs;
  let builtIns: BuiltIn;
  let variables: readonly VariableValue[];
  let unreachable: PartError | undefined;
  try {
    const { from = dashboard.time.from, to = dashboard.time.to } = request;
    range = timeRange({ from, to }, settings.nowMs());
    builtIns = builtIn(range, stepMs(range, request.width, scrapeIntervalMs), scrapeIntervalMs);
    const choices = {
      client,
      datasource: 'prometheus',
      chosen: request.chosen,
      onError(_: VariableJson, error: Error) {
        const found = problem(error.cause);
        if (error.cause instanceof PrometheusError && error.cause.kind !== 'query') unreachable = found;
      },
    };
    variables = await resolveVariables(dashboard, choices, range, builtIns);
  } catch (error) {
    await send({ kind: 'failed', error: problem(error) });
    return;
  }
  // Every panel would wait for the same error.
  if (unreachable !== undefined) {
    await send({ kind: 'failed', error: unreachable });
    return;
  }
  await send({ kind: 'variables', range, builtIn: builtIns, variables: variables.map(forPage) });
  const asked = { client, range, variables, builtIns, scrapeIntervalMs };
  await Promise.all([
    ...panelParts(dashboard, request, asked, problem).map(async (part) => send(await part)),
    sendAnnotations(dashboard, request, asked, problem, send),
    sendAlerts(dashboard, client, range, problem, send),
  ]);
}

interface Asked {
  readonly client: QueryClient;
  readonly range: TimeRangeMs;
  readonly variables: readonly VariableValue[];
  readonly builtIns: BuiltIn;
  readonly scrapeIntervalMs: number;
}

type Problem = (error: unknown) => PartError;

function panelParts(
  dashboard: DashboardJson,
  { panels }: LoadRequest,
  asked: Asked,
  problem: Problem,
): Promise<LoadedPart>[] {
  return allPanels(dashboard)
    .filter((panel) => panels.has(panel.id) && unsupportedIn(panel).panel === undefined)
    .map(async (panel): Promise<LoadedPart> => {
      try {
        const data = await panelData(panel, { ...asked, points: panels.get(panel.id) as number });
        return { kind: 'panel', id: panel.id, data };
      } catch (error) {
        return { kind: 'panel', id: panel.id, error: problem(error) };
      }
    });
}

async function sendAnnotations(
  dashboard: DashboardJson,
  request: LoadRequest,
  asked: Asked,
  problem: Problem,
  send: (part: LoadedPart) => Promise<void>,
): Promise<void> {
  const { annotations: names } = request;
  const wanted =
    names === undefined
      ? annotationsOf(dashboard)
      : (dashboard.annotations?.list ?? []).filter(
          ({ name, expr }) => expr !== undefined && names.includes(name),
        );
  try {
    const spans = await Promise.all(wanted.map((annotation) => annotationSpans(annotation, asked)));
    await send({ kind: 'annotations', spans: spans.flat() });
  } catch (error) {
    await send({ kind: 'annotations', spans: [], error: problem(error) });
  }
}

async function sendAlerts(
  dashboard: DashboardJson,
  client: QueryClient,
  range: TimeRangeMs,
  problem: Problem,
  send: (part: LoadedPart) => Promise<void>,
): Promise<void> {
  if (!allPanels(dashboard).some(({ type }) => type === 'alertlist')) return;
  try {
    await send({ kind: 'alerts', alerts: await listedAlerts(client, range) });
  } catch (error) {
    await send({ kind: 'alerts', alerts: [], error: problem(error) });
  }
}

/** A page gets the first options only, and no list of all values where All is one text. */
function forPage(variable: VariableValue): VariableValue {
  const { options = [], all, texts } = variable;
  const listed = options.slice(0, LISTED_OPTIONS);
  const values = all ? variable.values.slice(0, LISTED_OPTIONS) : variable.values;
  return {
    ...variable,
    values,
    options: listed,
    optionCount: options.length,
    ...(texts === undefined
      ? {}
      : {
          texts: Object.fromEntries([...values, ...listed].map((value) => [value, shownAs(variable, value)])),
        }),
  };
}

function loadError(error: unknown): PartError {
  const { message } = error as Error;
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof PrometheusError) return { message, mayPass: cause.mayPass };
  }
  return { message, mayPass: false };
}
