import { parseAllDocuments } from 'yaml';
import { type Parsed, tryParse } from '../promql/parse.js';

/** A file of one side: its path with slashes, and its text. */
export interface SideFile {
  readonly path: string;
  readonly text: string;
}

/** An alerting or recording rule as a file has it. */
export interface Rule {
  readonly kind: 'alert' | 'record';
  readonly name: string;
  readonly group: string;
  readonly file: string;
  /** The form of the file: a rule file, or a manifest for the Prometheus operator. */
  readonly form: 'plain' | 'manifest';
  /** Its place in the group, from 0. */
  readonly place: number;
  readonly expr: string;
  /** The expression as a tree, or why it is none. */
  readonly parsed: Parsed;
  readonly for?: string;
  readonly keepFiringFor?: string;
  /** Labels that it sets, those of its group included. */
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** A rule group as a file has it. */
export interface Group {
  readonly name: string;
  readonly file: string;
  readonly form: Rule['form'];
  readonly interval?: string;
  readonly rules: readonly Rule[];
}

/** One query of a panel. */
export interface Query {
  readonly refId: string;
  readonly expr: string;
  /** The expression as a tree, or why it is none; Grafana's variables may stand in it. */
  readonly parsed: Parsed;
}

/** A panel of a dashboard, in either of Grafana's forms. */
export interface GrafanaPanel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly queries: readonly Query[];
  readonly unit: string;
  /** Values of its threshold lines and colours, without the base. */
  readonly thresholds: readonly number[];
  readonly datasource: string;
}

/** A dashboard, in either of Grafana's forms. */
export interface GrafanaDashboard {
  readonly uid: string;
  readonly title: string;
  readonly file: string;
  readonly form: 'classic' | 'v2';
  readonly panels: readonly GrafanaPanel[];
  /** Template variables with their queries. */
  readonly variables: readonly { readonly name: string; readonly query: string }[];
  /** The whole text, to look for links in. */
  readonly text: string;
}

/** One side of a comparison: everything that its files hold. */
export interface Side {
  readonly groups: readonly Group[];
  readonly dashboards: readonly GrafanaDashboard[];
  /** Alertmanager configurations. */
  readonly alertmanagers: readonly SideFile[];
  /** Paths of all Markdown pages; a runbook may be among them. */
  readonly pages: ReadonlySet<string>;
  /** Files that are none of these, to look for names in. */
  readonly others: readonly SideFile[];
}

/** A file that looks like rules or a dashboard and cannot be read. */
export class SideError extends Error {
  override readonly name = 'SideError';
}

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const objects = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isObject) : []);
const text = (value: unknown): string => (value === undefined || value === null ? '' : String(value));

function texts(value: unknown): Record<string, string> {
  if (!isObject(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, text(one)]));
}

/**
 * Reads the files of one side. What is neither rules, dashboard nor Alertmanager configuration is kept as text only.
 *
 * @throws {SideError} when a YAML or JSON file cannot be parsed; the message names the file and the line
 */
export function readSide(files: readonly SideFile[]): Side {
  const groups: Group[] = [];
  const dashboards: GrafanaDashboard[] = [];
  const alertmanagers: SideFile[] = [];
  const pages = new Set<string>();
  const others: SideFile[] = [];
  for (const file of files) {
    if (file.path.endsWith('.md')) {
      pages.add(file.path);
      others.push(file);
      continue;
    }
    const manifests = documentsOf(file).flatMap((document) => {
      if (!isObject(document)) return [];
      return document.kind === 'List' ? objects(document.items) : [document];
    });
    const contents = manifests.map((manifest) => contentOf(manifest, file));
    groups.push(...contents.flatMap((content) => content.groups ?? []));
    dashboards.push(...contents.flatMap((content) => content.dashboard ?? []));
    for (const { isAlertmanager } of contents) if (isAlertmanager) alertmanagers.push(file);
    const isKnown = contents.some(
      (content) =>
        (content.groups?.length ?? 0) > 0 || content.dashboard !== undefined || content.isAlertmanager,
    );
    if (!isKnown) others.push(file);
  }
  return { groups, dashboards, alertmanagers, pages, others };
}

/** What one document of a file holds; nothing where it is of another kind. */
interface Content {
  readonly groups?: readonly Group[];
  readonly dashboard?: GrafanaDashboard;
  readonly isAlertmanager?: true;
}

function contentOf(manifest: Json, file: SideFile): Content {
  const spec = isObject(manifest.spec) ? manifest.spec : {};
  if (manifest.kind === 'PrometheusRule') return { groups: groupsOf(spec, file.path, 'manifest') };
  if (Array.isArray(manifest.groups)) return { groups: groupsOf(manifest, file.path, 'plain') };
  if (isObject(spec.elements)) return { dashboard: dashboardV2(manifest, spec, file) };
  if (isDashboard(manifest)) return { dashboard: classicDashboard(manifest, file) };
  const { dashboard, route, receivers } = manifest;
  if (isObject(dashboard) && isDashboard(dashboard)) return { dashboard: classicDashboard(dashboard, file) };
  return isObject(route) && Array.isArray(receivers) ? { isAlertmanager: true } : {};
}

function documentsOf({ path, text: content }: SideFile): unknown[] {
  if (path.endsWith('.json')) {
    try {
      return [JSON.parse(content)];
    } catch (error) {
      // A JSON file that is no dashboard is none of our business.
      if (!/"(?:panels|elements)"/.test(content)) return [];
      throw new SideError(`${path}: found broken JSON (${(error as Error).message}), expected a dashboard`);
    }
  }
  if (!/\.(?:ya?ml|rules)$/.test(path)) return [];
  const looksLikeOurs = /^\s*-?\s*(?:groups|kind:\s*PrometheusRule)\b/m.test(content);
  // Alerts' descriptions in Go templates, Helm charts and the like are no YAML.
  if (!looksLikeOurs && !/^(?:route|apiVersion)\s*:/m.test(content)) return [];
  const documents = parseAllDocuments(content, { logLevel: 'silent' });
  const all = Array.isArray(documents) ? documents : [];
  const broken = all.flatMap(({ errors }) => errors)[0];
  if (broken !== undefined) {
    if (!looksLikeOurs || /\{\{-?\s*(?:if|range|include|with)\b/.test(content)) return [];
    throw new SideError(`${path}: found broken YAML (${broken.message.split('\n')[0]}), expected rules`);
  }
  return all.map((document) => document.toJS());
}

function groupsOf(spec: Json, file: string, form: Rule['form']): Group[] {
  return objects(spec.groups).map((group) => {
    const name = text(group.name);
    const shared = texts(group.labels);
    const rules = objects(group.rules).flatMap((rule, place): Rule[] => {
      const alert = text(rule.alert);
      const record = text(rule.record);
      if (alert === '' && record === '') return [];
      const keepFiringFor = text(rule.keep_firing_for);
      const forDuration = text(rule.for);
      const expr = text(rule.expr).trim();
      return [
        {
          kind: alert === '' ? 'record' : 'alert',
          name: alert || record,
          group: name,
          file,
          form,
          place,
          expr,
          parsed: tryParse(expr),
          ...(forDuration === '' ? {} : { for: forDuration }),
          ...(keepFiringFor === '' ? {} : { keepFiringFor }),
          labels: { ...shared, ...texts(rule.labels) },
          annotations: texts(rule.annotations),
        },
      ];
    });
    const interval = text(group.interval);
    return { name, file, form, rules, ...(interval === '' ? {} : { interval }) };
  });
}

const isDashboard = (value: Json) =>
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

function classicDashboard(json: Json, file: SideFile): GrafanaDashboard {
  const nested = (panels: unknown): Json[] =>
    objects(panels).flatMap((panel) => [panel, ...nested(panel.panels)]);
  // Before Grafana 5 panels lay in rows.
  const all = [...nested(json.panels), ...objects(json.rows).flatMap((row) => nested(row.panels))];
  const templating = isObject(json.templating) ? objects(json.templating.list) : [];
  return {
    uid: text(json.uid),
    title: text(json.title),
    file: file.path,
    form: 'classic',
    text: file.text,
    panels: all
      .filter((panel) => panel.type !== 'row')
      .map((panel) => {
        const defaults = defaultsOf(panel.fieldConfig);
        return {
          id: Number(panel.id ?? 0),
          title: text(panel.title),
          type: text(panel.type),
          queries: objects(panel.targets).map((target) => queryOf(text(target.refId), queryText(target))),
          unit: text(defaults.unit ?? panel.format),
          thresholds: stepsOf(defaults.thresholds),
          datasource: datasourceOf(panel.datasource),
        };
      }),
    variables: templating.map(({ name, query, definition }) => ({
      name: text(name),
      query: isObject(query) ? text(query.query ?? definition) : text(query),
    })),
  };
}

function queryOf(refId: string, expr: string): Query {
  return { refId, expr, parsed: tryParse(expr, { variables: true }) };
}

function dashboardV2(document: Json, spec: Json, file: SideFile): GrafanaDashboard {
  const metadata = isObject(document.metadata) ? document.metadata : {};
  const specOf = (value: unknown): Json => (isObject(value) && isObject(value.spec) ? value.spec : {});
  const panels = Object.values(spec.elements as Json)
    .filter((element) => isObject(element) && element.kind === 'Panel')
    .map((element): GrafanaPanel => {
      const panel = specOf(element);
      const vizConfig = isObject(panel.vizConfig) ? panel.vizConfig : {};
      const queries = objects(specOf(panel.data).queries).map((query) => {
        const one = specOf(query);
        return { refId: text(one.refId), query: isObject(one.query) ? one.query : {} };
      });
      const defaults = defaultsOf(specOf(vizConfig).fieldConfig);
      return {
        id: Number(panel.id ?? 0),
        title: text(panel.title),
        type: text(vizConfig.group ?? vizConfig.kind),
        queries: queries.map(({ refId, query }) => queryOf(refId, queryText(specOf(query)))),
        unit: text(defaults.unit),
        thresholds: stepsOf(defaults.thresholds),
        datasource: datasourceOf(queries[0]?.query.datasource),
      };
    });
  return {
    uid: text(metadata.name),
    title: text(spec.title),
    file: file.path,
    form: 'v2',
    text: file.text,
    panels,
    variables: objects(spec.variables).map((variable) => {
      const one = specOf(variable);
      const query = isObject(one.query) ? specOf(one.query) : {};
      return {
        name: text(one.name),
        query: text(query.__legacyStringValue ?? queryText(query) ?? one.definition),
      };
    }),
  };
}
