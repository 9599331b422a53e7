import { isObject, objects, text, without } from './json.js';
import type { Json, Place, PlainObject } from './side.js';

/** A document of a file that may hold something for Grafana beside dashboards. */
export interface GrafanaFile {
  /** With scalars as text. */
  readonly texts: Json;
  /** With scalars as values. */
  readonly values: () => Json;
  readonly path: string;
  readonly placeOf: (value: unknown) => Place;
}

/** Alert rules that Grafana evaluates, from a provisioning file or as its API takes them. */
export function grafanaRules({ texts, values: read, path, placeOf }: GrafanaFile): PlainObject[] {
  const values = read();
  const around = { kind: 'Grafana alert file', name: path, ...placeOf(texts) };
  const groups = objects(values.groups).flatMap((group, i) => {
    const lines = objects(objects(texts.groups)[i]?.rules);
    const name = text(group.name);
    return [
      {
        kind: 'Grafana rule group',
        name,
        value: without(group, 'rules'),
        ...placeOf(objects(texts.groups)[i]),
      },
      ...objects(group.rules).map(({ datas, ...rule }, j) => ({
        kind: 'Grafana alert',
        name: text(rule.uid ?? rule.title) || `${name}/${j}`,
        form: datas === undefined ? ('provisioning' as const) : ('api' as const),
        value: { group: name, ...(datas === undefined ? {} : { data: datas }), ...rule },
        ...placeOf(lines[j]),
      })),
    ];
  });
  return [{ ...around, value: without(values, 'groups') }, ...groups];
}

/** Lists of Grafana's provisioning files. */
const PROVISIONED = [
  'contactPoints',
  'datasources',
  'deleteRules',
  'deleteContactPoints',
  'muteTimes',
  'policies',
  'providers',
  'templates',
];

/** What a provisioning file of Grafana, or a library panel, holds. */
export function provisioned({ texts, values: read, path, placeOf }: GrafanaFile): PlainObject[] {
  const values = read();
  const place = placeOf(texts);
  const own = PROVISIONED.filter((key) => Array.isArray(values[key]));
  if (own.length > 0 && /^\d+$/.test(text(values.apiVersion))) {
    return [{ kind: 'Grafana provisioning', name: path, value: values, ...place }];
  }
  const library = isObject(values.result) ? values.result : values;
  if (isObject(library.model) && text(library.uid ?? library.name) !== '') {
    return [{ kind: 'library panel', name: text(library.uid ?? library.name), value: library, ...place }];
  }
  return [];
}
