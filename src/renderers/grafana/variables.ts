import * as sdk from '@grafana/grafana-foundation-sdk/dashboard';
import { gatewayActiveSessions } from '../../../metrics/gateway.js';
import type { Bundle, Dashboard } from '../../bundle/bundle.js';
import { chosen } from '../../promql/dashboard-matchers.js';
import { clone, DATASOURCE } from './panel-values.js';

// Fields that the builders write into every variable, and that mean nothing to these.
const NOISE = ['auto', 'auto_min', 'auto_count', 'skipUrlSync'] as const;

/** The variables of a dashboard: data source, the site's labels, gateway job and process, and the relay. */
export function variables(bundle: Bundle, dashboard: Dashboard): sdk.VariableModel[] {
  const { config, site } = bundle;
  const list: sdk.VariableModel[] = [
    built(
      new sdk.DatasourceVariableBuilder('datasource')
        .label('Data source')
        .type('prometheus')
        .current({ selected: true, text: config.datasource.uid, value: config.datasource.uid }),
    ),
  ];
  const pinned: string[] = [];
  const where = (...more: string[]) => [...more, ...pinned].join(', ');
  for (const label of config.groupBy) {
    const text = `label_values(${gatewayActiveSessions.name}{${where(site.gateway.text)}}, ${label})`;
    // Also series without the label: where it is an external one, Prometheus itself does not have it.
    list.push(built(many(query(label, label, text), '.*').description(labelDescription(bundle, label))));
    pinned.push(chosen(label));
  }
  list.push(...gatewayVariables(bundle, dashboard, where));
  const { relays } = dashboard.definition;
  if (relays !== undefined) list.push(relayVariable(relays.query(site), relays.choose));
  return list;
}

/** Why the list of a label may be empty. */
const labelDescription = ({ config }: Bundle, label: string) =>
  Object.hasOwn(config.externalLabels, label)
    ? `An external label: a Prometheus that is queried directly does not have it. The list is then empty, and everything is shown.`
    : `If the list is empty, no series has the label: it may be an external label that Prometheus adds only to what it sends. Everything is then shown.`;

/** The gateway's job and process, on a dashboard with a query that depends on them. */
function gatewayVariables(
  { config, site }: Bundle,
  { rows }: Dashboard,
  where: (...more: string[]) => string,
): sdk.VariableModel[] {
  const queries = rows.flatMap((row) => row.panels.flatMap((panel) => panel.queries));
  if (!queries.some(({ expr }) => expr.includes('$instance'))) return [];
  const job = `label_values(${gatewayActiveSessions.name}{${where(site.gateway.text)}}, job)`;
  // All is what the configuration says, not every job there is.
  const jobs = built(many(query('job', 'Gateway job', job), config.jobs.gateway));
  const instance = `label_values(${gatewayActiveSessions.name}{${where(chosen('job'))}}, instance)`;
  return [jobs, built(many(query('instance', 'Gateway process', instance), '.+'))];
}

function relayVariable(expr: string, choose: 'one' | 'many'): sdk.VariableModel {
  const text = expr.replace(/\s+/g, ' ').trim();
  const relay = query('relay', 'Relay', `query_result(${text})`)
    // What query_result() answers is text; this takes the relay out of it, and shows its first twelve characters.
    .regex('/relay="(?<value>(?<text>[^"]{1,12})[^"]*)"/')
    .sort(sdk.VariableSort.Disabled);
  return built(choose === 'one' ? relay : withAll(relay, '.*'));
}

function built(builder: { build(): sdk.VariableModel }): sdk.VariableModel {
  const json = clone(builder.build());
  for (const key of NOISE) delete (json as unknown as Record<string, unknown>)[key];
  return json;
}

const query = (name: string, label: string, text: string) =>
  new sdk.QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(text)
    .definition(text)
    .refresh(sdk.VariableRefresh.OnTimeRangeChanged);

const many = (builder: sdk.QueryVariableBuilder, allValue: string) =>
  withAll(builder.sort(sdk.VariableSort.AlphabeticalAsc), allValue);

/** Lets several values be chosen, and All, which is chosen at first. */
const withAll = (builder: sdk.QueryVariableBuilder, allValue: string) =>
  builder
    .multi(true)
    .includeAll(true)
    .allValue(allValue)
    .current({ selected: true, text: 'All', value: '$__all' });
