import { z } from 'zod';

/*
 * The format of Grafana's provisioning files, as far as these are written. From Grafana's documentation: "Provision Grafana"
 * (https://grafana.com/docs/grafana/latest/administration/provisioning/) and "Use configuration files to provision alerting resources"
 * (https://grafana.com/docs/grafana/latest/alerting/set-up/provision-alerting-resources/file-provisioning/). The latter does not name all
 * fields of a rule; `keepFiringFor` and `missing_series_evals_to_resolve` are those of the files that Grafana 12 exports. A field that is not listed
 * is an error here: Grafana ignores it.
 */

const text = z.string().min(1);
const duration = z.string().regex(/^(?:\d+[hms])+$/);
const uid = z.string().regex(/^[\w-]{1,40}$/);
/** Names with texts: a number or an unquoted `true` makes Grafana refuse the file. */
const texts = z.record(text, z.string());

const query = z.strictObject({
  refId: text,
  datasourceUid: text,
  relativeTimeRange: z.strictObject({ from: z.int(), to: z.int() }),
  model: z.looseObject({ refId: text }),
});

const rule = z.strictObject({
  uid,
  title: text,
  condition: text,
  for: duration,
  keepFiringFor: duration,
  missing_series_evals_to_resolve: z.int().min(1),
  noDataState: z.enum(['NoData', 'OK', 'Alerting', 'KeepLast']),
  execErrState: z.enum(['Error', 'OK', 'Alerting', 'KeepLast']),
  dashboardUid: uid,
  panelId: z.int(),
  labels: texts,
  annotations: texts,
  data: z.array(query).min(1),
});

export const alertingFile = z.strictObject({
  apiVersion: z.literal(1),
  groups: z.array(
    z.strictObject({
      orgId: z.literal(1),
      name: text,
      folder: text,
      interval: duration,
      rules: z.array(rule).min(1),
    }),
  ),
});

export const dashboardsFile = z.strictObject({
  apiVersion: z.literal(1),
  providers: z.array(
    z.strictObject({
      name: text,
      orgId: z.literal(1),
      folder: text,
      type: z.literal('file'),
      disableDeletion: z.boolean(),
      allowUiUpdates: z.boolean(),
      updateIntervalSeconds: z.int().min(1),
      options: z.strictObject({ path: z.string().startsWith('/') }),
    }),
  ),
});

export const datasourcesFile = z.strictObject({
  apiVersion: z.literal(1),
  datasources: z.array(
    z.strictObject({
      name: text,
      uid,
      type: z.literal('prometheus'),
      access: z.literal('proxy'),
      orgId: z.literal(1),
      url: z.url(),
      jsonData: z.strictObject({ httpMethod: z.enum(['POST', 'GET']), timeInterval: duration }),
    }),
  ),
});

/** What Grafana makes of a value: it replaces variables of its environment, and `$$` stands for a dollar sign. */
export const interpolated = (value: string): string =>
  value
    .split('$$')
    .map((part) => part.replace(/\$(?:\{[^}]*\}|\w+)/g, ''))
    .join('$');
