import { tryParse } from '../promql/parse.js';
import { PromqlSyntaxError } from '../promql/syntax-error.js';
import { isObject, objects, text, without } from './json.js';
import type { GrafanaDashboard, GrafanaPanel, Json, Place, Query } from './side.js';

/** The file that a dashboard is in, and where an object of it stands. */
export interface DashboardSource {
  readonly path: string;
  readonly text: string;
  lineOf(value: unknown): number | undefined;
}

/** Whether an object is a dashboard in Grafana's classic form. */
export const isDashboard = (value: Json) =>
  Array.isArray(value.panels) || (Array.isArray(value.rows) && value.schemaVersion !== undefined);

const stepsOf = (thresholds: unknown) =>
  (isObject(thresholds) ? objects(thresholds.steps) : [])
    .map(({ value }) => value)
    .filter((value): value is number => typeof value === 'number');

/** Prometheus queries have `expr`; of other data sources whatever holds the question. */
const queryText = (query: Json) => text(query.expr ?? query.query ?? query.rawSql ?? query.target);

function defaultsOf(fieldConfig: unknown): Json {
  return isObject(fieldConfig) && isObject(fieldConfig.defaults) ? fieldConfig.defaults : {};
}

function datasourceOf(value: unknown): string {
  return isObject(value) ? text(value.uid ?? value.name ?? value.type) : text(value);
}

/** Data sources that are asked in PromQL. */
const PROMQL_SOURCE =
  /^(?:prometheus|grafana-(?:amazon|azure)prometheus-datasource|victoriametrics(?:-metrics)?-datasource)$/;

/** The type of a data source, where a panel or a query names it, or a variable that stands for it. */
function sourceType(datasource: unknown, variables: ReadonlyMap<string, string>): string | undefined {
  const { type, uid } = isObject(datasource) ? datasource : { type: undefined, uid: datasource };
  // The built-in ones, among them `-- Mixed --`, are of the type `datasource`.
  if (text(type) !== '' && type !== 'datasource' && !text(type).includes('$')) return text(type);
  const [, name] = /^\$\{?(\w+)/.exec(text(uid)) ?? [];
  return name === undefined ? undefined : variables.get(name);
}

/** Variables that stand for a data source, with its type. */
const sourceVariables = (variables: readonly Json[], typeOf: (variable: Json) => unknown) =>
  new Map(
    variables.flatMap((one) => (text(typeOf(one)) === '' ? [] : [[text(one.name), text(typeOf(one))]])),
  );

/** What is asked for only when a finding is about it: the lines of a large file are not free. */
const placeIn = (source: DashboardSource, value: unknown): Place => ({
  file: source.path,
  line: () => source.lineOf(value),
});

/** Reads a dashboard in the classic form; `uid` is that of the object around it, where that has it. */
export function classicDashboard(json: Json, source: DashboardSource, uid?: string): GrafanaDashboard {
  const nested = (panels: unknown): Json[] =>
    objects(panels).flatMap((panel) => [panel, ...nested(panel.panels)]);
  // Before Grafana 5 panels lay in rows.
  const all = [...nested(json.panels), ...objects(json.rows).flatMap((row) => nested(row.panels))];
  const templating = isObject(json.templating) ? objects(json.templating.list) : [];
  const sources = sourceVariables(templating, (one) => (one.type === 'datasource' ? one.query : undefined));
  const names = (panels: unknown) => objects(panels).map(({ id, title }) => id ?? title ?? null);
  const rowOf = (row: Json) => ({
    ...row,
    ...(Array.isArray(row.panels) ? { panels: names(row.panels) } : {}),
  });
  return {
    uid: uid ?? text(json.uid),
    title: text(json.title),
    form: 'classic',
    text: source.text,
    panels: all.filter((panel) => panel.type !== 'row').map((panel) => classicPanel(panel, source, sources)),
    order: all.map(({ id, title }) => text(id ?? title)),
    variables: templating.map(({ name, query, definition }) => ({
      name: text(name),
      query: isObject(query) ? text(query.query ?? definition) : text(query),
    })),
    more: {
      ...without(json, 'panels', 'rows'),
      ...(Array.isArray(json.panels)
        ? {
            panels: json.panels
              .filter((one) => !isObject(one) || one.type === 'row')
              .map((one) => (isObject(one) ? rowOf(one) : one)),
          }
        : {}),
      ...(Array.isArray(json.rows) ? { rows: objects(json.rows).map(rowOf) } : {}),
    },
    ...placeIn(source, json),
  };
}

function classicPanel(
  panel: Json,
  source: DashboardSource,
  sources: ReadonlyMap<string, string>,
): GrafanaPanel {
  const defaults = defaultsOf(panel.fieldConfig);
  return {
    ...(typeof panel.id === 'number' ? { id: panel.id } : {}),
    title: text(panel.title),
    type: text(panel.type),
    queries: objects(panel.targets).map((target) =>
      queryOf(
        text(target.refId),
        queryText(target),
        sourceType(target.datasource, sources) ?? sourceType(panel.datasource, sources),
      ),
    ),
    unit: text(defaults.unit ?? panel.format),
    thresholds: stepsOf(defaults.thresholds),
    datasource: datasourceOf(panel.datasource),
    more: without(panel, 'panels'),
    ...placeIn(source, panel),
  };
}

function queryOf(refId: string, expr: string, type: string | undefined): Query {
  if (type === undefined || PROMQL_SOURCE.test(type)) {
    return { refId, expr, parsed: tryParse(expr, { variables: true }) };
  }
  const whole = { from: 0, to: expr.length };
  return { refId, expr, parsed: { text: expr, error: new PromqlSyntaxError(`a query for ${type}`, whole) } };
}

const specOf = (value: unknown): Json => (isObject(value) && isObject(value.spec) ? value.spec : {});

/** Reads a dashboard of version 2: a resource, or just its `spec`. */
export function dashboardV2(document: Json, spec: Json, source: DashboardSource): GrafanaDashboard {
  const metadata = isObject(document.metadata) ? document.metadata : {};
  const elements = Object.entries(spec.elements as Json);
  const isPanel = (element: unknown) => isObject(element) && element.kind === 'Panel';
  const others = Object.fromEntries(elements.filter(([, element]) => !isPanel(element)));
  const rest = { ...spec, elements: others };
  return {
    uid: text(metadata.name),
    title: text(spec.title),
    form: 'v2',
    text: source.text,
    panels: elements
      .filter(([, element]) => isPanel(element))
      .map(([name, element]) => panelV2(name, element as Json, source)),
    order: elements.map(([name]) => name),
    variables: objects(spec.variables).map((variable) => {
      const one = specOf(variable);
      const query = isObject(one.query) ? specOf(one.query) : {};
      return {
        name: text(one.name),
        query: text(query.__legacyStringValue ?? queryText(query) ?? one.definition),
      };
    }),
    more: spec === document ? rest : { ...document, spec: rest },
    ...placeIn(source, document),
  };
}

function panelV2(name: string, element: Json, source: DashboardSource): GrafanaPanel {
  const panel = specOf(element);
  const vizConfig = isObject(panel.vizConfig) ? panel.vizConfig : {};
  const queries = objects(specOf(panel.data).queries).map((query) => {
    const one = specOf(query);
    return { refId: text(one.refId), query: isObject(one.query) ? one.query : {} };
  });
  const defaults = defaultsOf(specOf(vizConfig).fieldConfig);
  return {
    ...(typeof panel.id === 'number' ? { id: panel.id } : {}),
    title: text(panel.title),
    type: text(vizConfig.group ?? vizConfig.kind),
    queries: queries.map(({ refId, query }) =>
      queryOf(
        refId,
        queryText(specOf(query)),
        text(query.group ?? query.kind).replace('DataQuery', '') || undefined,
      ),
    ),
    unit: text(defaults.unit),
    thresholds: stepsOf(defaults.thresholds),
    datasource: datasourceOf(queries[0]?.query.datasource),
    more: { name, ...element },
    ...placeIn(source, element),
  };
}
