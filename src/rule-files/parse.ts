import { classicDashboard, type DashboardSource, dashboardV2, isDashboard } from './dashboards.js';
import { documentsOf } from './documents.js';
import { decoded } from './encoded.js';
import { type GrafanaFile, grafanaRules, provisioned } from './grafana-objects.js';
import { groupsOf, isRule } from './groups.js';
import { hiddenRules } from './hidden-rules.js';
import { isObject, objects, text, without } from './json.js';
import type { GrafanaDashboard, Group, Json, Place, PlainObject, Side, SideFile, Unread } from './side.js';
import type { Document } from './yaml.js';

/** What a document of a file holds. */
interface Content {
  readonly groups?: readonly Group[];
  readonly dashboards?: readonly GrafanaDashboard[];
  readonly objects?: readonly PlainObject[];
  readonly unread?: readonly Unread[];
  readonly isAlertmanager?: true;
  /** Files inside a file, such as the entries of a ConfigMap. */
  readonly files?: readonly (Content & { readonly path: string })[];
}

/** A document, or an item of a list in it, and where it stands. */
interface Item {
  /** With scalars as text, and as values. */
  readonly texts: Json;
  readonly values: Json;
  readonly document: Document;
  readonly file: SideFile;
  /** Its number in the file, from 0. */
  readonly number: number;
  /** What a list says that its items are, if it does. */
  readonly listedAs?: string;
  /** Lines before the text of the file, where that is a part of another file. */
  readonly above: number;
  /** Whether its lines cannot be counted, since the text is one line of another file. */
  readonly isFixed: boolean;
}

/**
 * Reads the files of one side. What is neither rules, dashboard nor Alertmanager configuration is kept as text only; what cannot
 * be read, or is of a kind that is not supported, is listed in `unread`.
 *
 * @param isNamed whether the files were asked for one by one, so that their extensions do not matter
 */
export function readSide(files: readonly SideFile[], isNamed = false): Side {
  const groups: Group[] = [];
  const dashboards: GrafanaDashboard[] = [];
  const things: PlainObject[] = [];
  const unread: Unread[] = [];
  const alertmanagers: SideFile[] = [];
  const pages = new Set<string>();
  const others: SideFile[] = [];
  for (const file of files) {
    if (file.path.endsWith('.md')) {
      pages.add(file.path);
      others.push(file);
      continue;
    }
    const content = contentsOfFile(file, isNamed);
    groups.push(...(content.groups ?? []));
    dashboards.push(...(content.dashboards ?? []));
    things.push(...(content.objects ?? []));
    unread.push(...(content.unread ?? []));
    if (content.isAlertmanager) alertmanagers.push(file);
    const isKnown =
      (content.groups?.length ?? 0) > 0 ||
      (content.dashboards?.length ?? 0) > 0 ||
      content.isAlertmanager === true;
    if (!isKnown) others.push(file);
  }
  return { groups, dashboards, objects: things, alertmanagers, pages, others, unread };
}

/** What was read of a file, as long as the file is held: one that is the same on several sides is read once. */
const known = { named: new WeakMap<SideFile, Content>(), found: new WeakMap<SideFile, Content>() };

function contentsOfFile(file: SideFile, isNamed: boolean): Content {
  const contents = isNamed ? known.named : known.found;
  const content = contents.get(file) ?? contentsOf(file, isNamed);
  contents.set(file, content);
  return content;
}

function joined(contents: readonly Content[]): Content {
  return {
    groups: contents.flatMap(({ groups }) => groups ?? []),
    dashboards: contents.flatMap(({ dashboards }) => dashboards ?? []),
    objects: contents.flatMap((content) => content.objects ?? []),
    unread: contents.flatMap(({ unread }) => unread ?? []),
    ...(contents.some(({ isAlertmanager }) => isAlertmanager) ? { isAlertmanager: true } : {}),
  };
}

function contentsOf(file: SideFile, isNamed: boolean, above = 0, isFixed = false): Content {
  const { documents, unread } = documentsOf(file, isNamed);
  if (unread !== undefined) return { unread: [unread] };
  return joined(
    documents.flatMap((document, number) => {
      const around = { document, file, number, above, isFixed };
      if (Array.isArray(document.texts)) return listed(document.texts, around);
      if (!isObject(document.texts)) return [];
      const item = { texts: document.texts, ...around };
      return [...itemsOf(item).map(contentOf), ...listAround(item)];
    }),
  );
}

/** The objects of a file that is a list: no file of Prometheus, but dashboards and manifests are exported so. */
function listed(texts: readonly unknown[], around: Omit<Item, 'texts' | 'values'>): Content[] {
  const values = around.document.values as readonly unknown[];
  return texts.flatMap((one, i): Content[] => {
    if (!isObject(one)) return [];
    const item = { ...around, texts: one, values: values[i] as Json };
    return [Array.isArray(one.groups) ? notRead(item) : contentOf(item)];
  });
}

/** The document, or the items of a list of Kubernetes objects; a list may hold lists. */
function itemsOf(item: Omit<Item, 'values'>, valuesOf = () => item.document.values as Json): Item[] {
  const { texts } = item;
  if (!isList(texts)) {
    return [
      {
        ...item,
        get values() {
          return valuesOf();
        },
      },
    ];
  }
  // The items of a `PrometheusRuleList` need not repeat what they are.
  const own = text(texts.kind).slice(0, -'List'.length);
  return objects(texts.items).flatMap((one, i) =>
    itemsOf(
      { ...item, texts: one, ...(own === '' ? {} : { listedAs: own }) },
      () => objects(valuesOf().items)[i] as Json,
    ),
  );
}

const isList = ({ kind, items }: Json) => /List$/.test(text(kind)) && Array.isArray(items);

/** What a list of Kubernetes objects says beside its items. */
function listAround({ texts, document, file }: Omit<Item, 'values'>): Content[] {
  if (!isList(texts)) return [];
  const value = {
    ...without(document.values as Json, 'items'),
    others: (texts.items as readonly unknown[]).filter((one) => !isObject(one)),
  };
  return [{ objects: [{ kind: 'List', name: file.path, value, file: file.path, line: 1 }] }];
}

const placeIn =
  ({ document, file, above, isFixed }: Item) =>
  (value: unknown): Place => {
    const line = document.lineOf(value);
    if (isFixed) return { file: file.path, line: above };
    return { file: file.path, ...(line === undefined ? {} : { line: above + line }) };
  };

const grafanaFile = (item: Item): GrafanaFile => ({
  texts: item.texts,
  // Read only when asked for.
  values: () => item.values,
  path: item.file.path,
  placeOf: placeIn(item),
});

/** Kinds of objects that hold rules or dashboards, and that are not read. */
const UNSUPPORTED =
  /^(?:monitoring\.coreos\.com|monitoring\.googleapis\.com|operator\.victoriametrics\.com|loki\.grafana\.com|grafana\.integreatly\.org|rules\.grafana\.app|notifications\.alerting\.grafana\.app|sloth\.slok\.dev|pyrra\.dev|openslo)/;

/** Those of them that say something of alerts and dashboards; what is scraped, for one, is of no interest here. */
const RELATED = /Rule|Dashboard|Folder|LibraryPanel|AlertmanagerConfig|ContactPoint|Policy|ServiceLevel|SLO/i;

function contentOf(item: Item): Content {
  const { texts, file } = item;
  const spec = isObject(texts.spec) ? texts.spec : {};
  const kind = kindOf(item);
  const apiVersion = text(texts.apiVersion);
  if (kind === 'PrometheusRule') return prometheusRule(item, spec);
  if (kind === 'ConfigMap' || kind === 'Secret') return configMap(item);
  const dashboard = dashboardIn(item);
  if (dashboard !== undefined) return { dashboards: [dashboard] };
  if (kind === 'GrafanaDashboard' && text(spec.json) !== '') {
    return joined([
      embedded(item, spec, 'json', `${file.path}#spec.json`, '.json'),
      wrapper(item, [{ field: 'spec', key: 'json' }]),
    ]);
  }
  if (Array.isArray(texts.groups)) return ruleFile(item);
  const things = provisioned(grafanaFile(item));
  if (things.length > 0) return { objects: things };
  if (isObject(texts.route) && Array.isArray(texts.receivers)) {
    return { isAlertmanager: true, objects: [configuration(item, 'Alertmanager configuration')] };
  }
  if (
    Array.isArray(texts.scrape_configs) ||
    (Array.isArray(texts.rule_files) && !Array.isArray(texts.tests))
  ) {
    return { objects: [configuration(item, 'Prometheus configuration')] };
  }
  if (kind !== '' && UNSUPPORTED.test(apiVersion)) {
    const reason = `${kind} (${apiVersion}) is not supported`;
    const own = { ...placeIn(item)(texts), reason, text: JSON.stringify(texts) };
    return { unread: [{ ...own, mayMatter: RELATED.test(kind), isWhole: false }] };
  }
  return notRead(item);
}

/** Settings that decide what becomes of rules and alerts; they are compared field by field. */
const configuration = (item: Item, kind: string): PlainObject => ({
  kind,
  name: item.file.path,
  value: item.values,
  ...placeIn(item)(item.texts),
});

/** A document that is none of these. Rules and dashboards somewhere in it are listed, not read. */
function notRead(item: Item): Content {
  const { texts, file } = item;
  const path = hiddenRules(texts);
  if (path === undefined) return {};
  const reason = `rules or dashboards in a place where they are not read${path === '' ? '' : ` (${path})`}`;
  const own = { ...placeIn(item)(texts), reason, text: JSON.stringify(texts) };
  return { unread: [{ ...own, file: file.path, mayMatter: true, isWhole: false }] };
}

/** The rules of a manifest, and what stands around them. */
function prometheusRule(item: Item, spec: Json): Content {
  const { texts } = item;
  const isList = Array.isArray(spec.groups) || spec.groups === undefined;
  const rest = { ...texts, spec: isList ? without(spec, 'groups') : spec };
  return {
    groups: groupsOf(spec, 'manifest', `${item.file.path} ${placeIn(item)(texts).line}`, placeIn(item)),
    objects: [{ kind: 'PrometheusRule', name: nameOf(texts), value: rest, ...placeIn(item)(texts) }],
  };
}

const kindOf = ({ texts, listedAs = '' }: Pick<Item, 'texts' | 'listedAs'>) => text(texts.kind) || listedAs;

const nameOf = ({ metadata }: Json) =>
  isObject(metadata) ? [metadata.namespace, metadata.name].map(text).filter(Boolean).join('/') : '';

/** What stands around the groups of a file. A file for Mimir names its namespace there. */
const AROUND_RULES = { plain: 'rule file', mimir: 'Mimir rule file' } as const;

function ruleFile(item: Item): Content {
  const { texts, values, number } = item;
  const all = objects(texts.groups).flatMap((group) => objects(group.rules));
  if (all.some((rule) => !isRule(rule) && (Array.isArray(rule.data) || rule.condition !== undefined))) {
    return { objects: grafanaRules(grafanaFile(item)) };
  }
  if (number > 0) {
    const unread = {
      ...placeIn(item)(texts),
      reason: `document ${number + 1} of the file: Prometheus reads the first document only`,
      text: JSON.stringify(texts),
    };
    return { unread: [{ ...unread, mayMatter: true, isWhole: false }] };
  }
  const rest = without(values, 'groups');
  const form = text(texts.namespace) === '' ? 'plain' : 'mimir';
  const around: PlainObject[] =
    Object.keys(rest).length === 0
      ? []
      : [{ kind: AROUND_RULES[form], name: item.file.path, value: rest, ...placeIn(item)(texts) }];
  return { groups: groupsOf(texts, form, item.file.path, placeIn(item)), objects: around };
}

function dashboardIn(item: Item): GrafanaDashboard | undefined {
  const { texts, file, above, isFixed, document } = item;
  const is = (one: unknown) => isObject(one) && (isDashboard(one) || isObject(one.elements));
  if (![texts, texts.spec, texts.dashboard].some(is)) return undefined;
  const { values } = item;
  const source: DashboardSource = {
    path: file.path,
    text: file.text,
    lineOf: (value) => {
      const line = document.lineOf(value);
      return isFixed ? above : line === undefined ? undefined : above + line;
    },
  };
  const { spec, dashboard, metadata } = values;
  if (isObject(spec) && isObject(spec.elements)) return dashboardV2(values, spec, source);
  if (isObject(values.elements)) return dashboardV2(values, values, source);
  if (isDashboard(values)) return classicDashboard(values, source);
  const [inner, key] =
    isObject(spec) && isDashboard(spec) ? [spec, 'spec'] : [dashboard as Json, 'dashboard'];
  const uid = key === 'spec' && isObject(metadata) ? text(metadata.name) : undefined;
  const read = classicDashboard(inner, source, uid);
  return { ...read, more: { ...(read.more as Json), around: without(values, key) } };
}

/** The files in a ConfigMap or a Secret. */
function configMap(item: Item): Content {
  const { texts, file } = item;
  const isSecret = kindOf(item) === 'Secret';
  const parts = ['data', 'stringData', 'binaryData'].flatMap((field) => {
    const container = texts[field];
    if (!isObject(container)) return [];
    const isEncoded = field === 'binaryData' || (field === 'data' && isSecret);
    return Object.keys(container).map((key) => {
      const content = isEncoded ? decoded(text(container[key])) : text(container[key]);
      return { field, key, content: embedded(item, container, key, `${file.path}#${key}`, key, content) };
    });
  });
  const holds = ({ groups, dashboards, objects: own }: Content) =>
    (groups ?? []).length + (dashboards ?? []).length + (own ?? []).length > 0;
  const contents = parts.map(({ content }) => content);
  const read = parts.filter(({ content }) => holds(content));
  // What a Secret holds beside rules and dashboards is not shown.
  const around = isSecret ? { ...item, values: {} } : item;
  return read.length > 0 ? joined([...contents, wrapper(around, read)]) : joined(contents);
}

/** What stands in a manifest around the files that it holds: labels by which a sidecar finds it, for one. */
function wrapper(
  { texts, values, ...item }: Item,
  read: readonly { readonly field: string; readonly key: string }[],
): Content {
  const inner = (field: string) => (isObject(values[field]) ? values[field] : {});
  // What they hold is compared separately; their names decide who loads them: a sidecar takes `*.json` only.
  const fields = [...new Set(read.map(({ field }) => field))].map((field) => [
    field,
    {
      ...inner(field),
      ...Object.fromEntries(
        read.filter((one) => one.field === field).map(({ key }) => [key, 'rules or dashboards']),
      ),
    },
  ]);
  const value = { ...values, ...Object.fromEntries(fields) };
  const place = placeIn({ texts, values, ...item })(texts);
  return { objects: [{ kind: text(texts.kind), name: nameOf(texts), value, ...place }] };
}

/** A file that is a text inside another one. */
function embedded(
  item: Item,
  container: Json,
  key: string,
  path: string,
  name: string,
  content = text(container[key]),
): Content {
  const place = item.document.placeOf(container, key);
  const isBlock = place?.isBlock === true && !item.isFixed;
  const line = place?.line ?? item.document.lineOf(container) ?? 0;
  const above = item.isFixed ? item.above : item.above + line;
  // The content decides where a name has no extension.
  const isNamed = /\.(?:ya?ml|json|rules)(?:\.gz)?$/.test(name);
  if (!isNamed && !/^\s*\{|^["']?groups["']?\s*:/m.test(content)) return {};
  const isJson = /^\s*\{/.test(content);
  const inner = contentsOf({ path: isJson ? `${path}.json` : path, text: content }, true, above, !isBlock);
  const file = item.file.path;
  const at = <T extends Place>(one: T): T => ({ ...one, file });
  return {
    ...inner,
    groups: (inner.groups ?? []).map((group) => ({ ...at(group), rules: group.rules.map(at) })),
    dashboards: (inner.dashboards ?? []).map((one) => ({
      ...at(one),
      form: one.form === 'classic' ? 'embedded' : one.form,
      panels: one.panels.map(at),
    })),
    objects: (inner.objects ?? []).map(at),
    unread: (inner.unread ?? []).map((one) => ({ ...at(one), reason: `${key}: ${one.reason}` })),
  };
}
