import * as sdk from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as TextBuilder } from '@grafana/grafana-foundation-sdk/text';
import type { Bundle, Panel } from '../../bundle/bundle.js';
import { runbookUrl, withStepLinks } from '../../bundle/links.js';
import { type DataPanelBuilder, panelOfKind } from './panel-kinds.js';
import {
  clone,
  DATASOURCE,
  greyWithoutValue,
  NO_COLOR,
  shortNames,
  thresholds,
  valueMappings,
} from './panel-values.js';
import { labelsOf, relayDashboardLink, tableColumns } from './table-columns.js';

/** The uid of the dashboard about one relay: lines and rows of other dashboards that name a relay link to it. */
function relayDashboard(bundle: Bundle): string | undefined {
  return bundle.dashboards.find(({ definition }) => definition.relays?.choose === 'one')?.definition.uid;
}

/** A panel in Grafana's classic JSON, without its place. */
export function panelJson(bundle: Bundle, uid: string, panel: Panel): sdk.Panel {
  const { definition } = panel;
  const json = clone<sdk.Panel>(
    definition.kind === 'text' ? textPanel(bundle, panel).build() : dataPanel(bundle, uid, panel).build(),
  );
  // Defaults of the builders that say nothing.
  delete json.transparent;
  delete json.repeatDirection;
  json.id = definition.id;
  json.description = description(bundle, uid, panel);
  const links = alertsOf(bundle, uid, definition.id).flatMap(({ alert }) => panelLinks(bundle, alert));
  if (links.length > 0) json.links = links;
  return json;
}

/** The alerts that lead to a panel. */
function alertsOf(bundle: Bundle, uid: string, id: number) {
  const rules = bundle.alertGroups.flatMap((group) => group.rules);
  const leading = rules.filter(
    ({ definition: { dashboard } }) => dashboard.uid === uid && dashboard.panel === id,
  );
  // Rules of one name differ in severity only.
  return leading.filter((rule, i) => leading.findIndex(({ alert }) => alert === rule.alert) === i);
}

/** What good looks like, then what to do when it is not. */
function description(bundle: Bundle, uid: string, panel: Panel): string {
  const { definition } = panel;
  const text = withStepLinks(bundle.config, definition.description, 'markdown');
  const own = labelsOf(panel).includes('alertname') ? `${text} ${whereAlertsLead(bundle)}` : text;
  if (alertsOf(bundle, uid, definition.id).length === 0) return own;
  // The links list the alerts, one per line of JSON: git merges an alert added here with one added by another signal.
  const alerts =
    bundle.config.links.runbooks === undefined
      ? `The links of the panel list its alerts. What to do: ${runbookUrl(bundle.config, '<Alert>')}.`
      : 'Its alerts, and what to do, are in the links of the panel.';
  return `${own}\n\n${alerts}`;
}

/** Where the name of an alert leads in a list of alerts. A path in the repository leads nowhere in Grafana. */
const whereAlertsLead = ({ config }: Bundle) =>
  config.links.runbooks === undefined
    ? `The name links to the alert. What to do: ${runbookUrl(config, '<Alert>')}.`
    : 'The name links to what to do, and to the alert.';

function panelLinks(bundle: Bundle, alert: string): sdk.DashboardLink[] {
  const link = (title: string, url: string): sdk.DashboardLink => {
    const json: sdk.DashboardLink = clone(
      new sdk.DashboardLinkBuilder(title).type(sdk.DashboardLinkType.Link).url(url).targetBlank(true).build(),
    );
    delete json.placement;
    return json;
  };
  return [
    link(`Alert: ${alert}`, `/alerting/list?search=${alert}`),
    // A path in the repository leads nowhere in Grafana.
    ...(bundle.config.links.runbooks === undefined
      ? []
      : [link(`What to do: ${alert}`, runbookUrl(bundle.config, alert))]),
  ];
}

function textPanel({ config }: Bundle, { definition }: Panel): TextBuilder {
  return new TextBuilder()
    .title(definition.title)
    .content(withStepLinks(config, definition.content ?? '', 'markdown'));
}

function dataPanel(bundle: Bundle, uid: string, panel: Panel): DataPanelBuilder {
  const { definition, queries } = panel;
  const builder = panelOfKind(panel);
  builder.title(definition.title).datasource(DATASOURCE).noValue(panel.noData).unit(definition.unit);
  if (definition.decimals !== undefined) builder.decimals(definition.decimals);
  if (definition.min !== undefined) builder.min(definition.min);
  if (definition.max !== undefined) builder.max(definition.max);
  if (definition.mappings !== undefined) builder.mappings(valueMappings(definition.mappings));
  const steps = definition.thresholds?.(bundle.site);
  if (definition.kind === 'stat') builder.thresholds(thresholds(greyWithoutValue(steps ?? NO_COLOR)));
  else if (steps !== undefined) builder.thresholds(thresholds(steps));
  const isTable = definition.kind === 'table';
  for (const query of queries) {
    const target = new prometheus.DataqueryBuilder()
      .refId(query.refId)
      .expr(query.expr)
      .legendFormat(query.legend)
      .format((isTable ? 'table' : query.format) as prometheus.PromQueryFormat)
      .editorMode(prometheus.QueryEditorMode.Code);
    // A stat over a range would show the last value there was: a relay that was cleared an hour ago as pending.
    const isNow = query.instant || isTable || definition.kind === 'stat';
    builder.withTarget(isNow ? target.instant() : target.range());
    if (query.thresholds !== undefined) {
      const value = clone(thresholds(greyWithoutValue(query.thresholds)).build());
      builder.overrideByName(query.legend, [{ id: 'thresholds', value }]);
    }
  }
  // The panel's text is for no lines at all; in the legend it would stand for the last value of each line that has ended.
  if (definition.kind === 'timeseries') {
    builder.withOverride({
      matcher: { id: 'byRegexp', options: '/.*/' },
      properties: [{ id: 'noValue', value: '–' }],
    });
  }
  for (const [name, color] of Object.entries(definition.colors ?? {})) {
    builder.overrideByName(name, [
      {
        id: 'color',
        // Not by the last value, as Grafana would: of a line that has ended, that is 0.
        value:
          color === 'by threshold'
            ? { mode: 'thresholds', seriesBy: 'max' }
            : { mode: 'fixed', fixedColor: color },
      },
    ]);
  }
  const target = relayDashboard(bundle);
  const linkToRelay = target === undefined || target === uid ? undefined : relayDashboardLink(bundle, target);
  const isByRelay = queries.some(({ legend }) => legend.includes('{{relay}}'));
  if (!isTable && isByRelay) builder.withTransformation(shortNames);
  if (isTable) tableColumns(bundle, panel, builder, linkToRelay);
  else if (linkToRelay !== undefined && isByRelay) {
    const link = linkToRelay('__field.labels.relay');
    builder.dataLinks([{ build: () => ({ ...link, type: sdk.DashboardLinkType.Link }) as never }]);
  }
  return builder;
}
