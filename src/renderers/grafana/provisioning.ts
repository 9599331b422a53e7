import type { Bundle } from '../../bundle/bundle.js';
import { type Artifact, GENERATED } from '../artifact.js';
import { commentedYaml, type Note } from '../commented-yaml.js';
import { type GrafanaRule, grafanaRuleGroups } from './alert-rules.js';
import { withoutVariables } from './provisioning-text.js';

/*
 * Files that Grafana reads from its provisioning folder when it starts. It replaces variables of its environment in most values, where `$$`
 * is a dollar sign. Models of queries are taken as they are, and annotations are in most versions.
 */

const FILE = 'gateway-observability.yaml';

/** A value in which Grafana finds no variable. */
const literal = (text: string) => text.replaceAll('$', '$$$$');

const literals = (texts: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, literal(text)]));

const file = (folder: string, value: object, notes: readonly Note[] = []): Artifact => ({
  path: `grafana-provisioning/${folder}/${FILE}`,
  content: commentedYaml({ apiVersion: 1, ...value }, GENERATED, notes),
});

/** The target grafana-provisioning: files for the provisioning folder of a Grafana without Pulumi. */
export function renderGrafanaProvisioning(bundle: Bundle): Artifact[] {
  const { grafanaProvisioning } = bundle.config;
  return [
    dashboardProvider(bundle),
    ...(grafanaProvisioning.alertRules === 'on' ? [alertRules(bundle)] : []),
    ...(grafanaProvisioning.prometheus === undefined
      ? []
      : [datasource(bundle, grafanaProvisioning.prometheus)]),
  ];
}

function dashboardProvider({ config: { folder, grafanaProvisioning } }: Bundle): Artifact {
  return file('dashboards', {
    providers: [
      {
        name: 'gateway-observability',
        orgId: 1,
        folder: literal(folder),
        type: 'file',
        disableDeletion: false,
        allowUiUpdates: false,
        updateIntervalSeconds: 30,
        options: { path: literal(grafanaProvisioning.dashboards) },
      },
    ],
  });
}

function datasource({ config }: Bundle, url: string): Artifact {
  return file('datasources', {
    datasources: [
      {
        name: literal(config.datasource.uid),
        uid: literal(config.datasource.uid),
        type: 'prometheus',
        access: 'proxy',
        orgId: 1,
        url: literal(url),
        jsonData: { httpMethod: 'POST', timeInterval: config.scrapeInterval },
      },
    ],
  });
}

function alertRules(bundle: Bundle): Artifact {
  const groups = grafanaRuleGroups(bundle).map(({ name, intervalSeconds, rules }) => ({
    orgId: 1,
    name: literal(name),
    folder: literal(bundle.config.folder),
    interval: `${intervalSeconds}s`,
    rules: rules.map(provisionedRule),
  }));
  return file(
    'alerting',
    { groups },
    groups.map(({ name }, i) => [['groups', i], name]),
  );
}

function provisionedRule(rule: GrafanaRule) {
  const { name, missingSeriesEvalsToResolve, labels, annotations, datas, ...same } = rule;
  // The dashboard and the panel of a rule have fields here.
  const { __dashboardUid__: dashboardUid, __panelId__: panelId, ...texts } = annotations;
  return {
    ...same,
    title: name,
    missing_series_evals_to_resolve: missingSeriesEvalsToResolve,
    dashboardUid,
    panelId: Number(panelId),
    labels: literals(labels),
    annotations: Object.fromEntries(
      Object.entries(texts).map(([key, text]) => [key, withoutVariables(text)]),
    ),
    data: datas,
  };
}
