import { ConfigError } from '../config/error.js';
import type { Config } from '../config/schema.js';
import { siteOf } from '../config/site.js';
import type { DashboardDefinition, QueryDefinition } from '../model/dashboard.js';
import type { AlertDefinition, AlertGroupDefinition, RecordingRuleGroupDefinition } from '../model/rules.js';
import type { PageContext } from '../model/runbook.js';
import type { Site } from '../model/site.js';
import type { ParseOptions } from '../promql/parse.js';
import type { Promql } from '../promql/template.js';
import { ExpressionAnalysis } from './analysis.js';
import { annotationsOf } from './annotations.js';
import type {
  AlertingRule,
  BrokenDefinition,
  Bundle,
  Dashboard,
  Definitions,
  PanelQuery,
  RecordingRule,
  RuleGroup,
} from './bundle.js';
import { graphOf } from './bundle-graph.js';
import { Catalogue } from './catalogue.js';
import { constantLabels, mapValues, templateForGrafana, templateForPrometheus } from './external-labels.js';
import { fileOf } from './own.js';
import { pageContext } from './runbook.js';
import { validateConfig } from './validate-config.js';

/**
 * Builds the bundle of a site. Throws {@link ConfigError} when the configuration does not fit the definitions: it names
 * alerts that do not exist, for example, or a bound that the histogram does not have.
 * A definition that throws is reported in `broken`, so that the others can still be checked.
 *
 * @param file name of the configuration in error messages
 */
export function buildBundle(config: Config, definitions: Definitions, file = 'configuration'): Bundle {
  const problems = validateConfig(
    config,
    // A team may declare a metric whose targets have the label in another way.
    definitions.metrics.filter((metric) => definitions.own?.members.has(metric) !== true),
    definitions.alerts.flatMap((group) => group.rules),
  );
  if (problems.length > 0) throw new ConfigError(file, problems);
  const site = siteOf(config);
  const broken: BrokenDefinition[] = [];
  const attempt: Attempt = (where, subject, build) => {
    try {
      return [build()];
    } catch (error) {
      broken.push({ file: where, subject, message: (error as Error).message });
      return [];
    }
  };
  const records = definitions.recordingRules.map((group) =>
    recordingGroup(site, group, fileOf(definitions, group, `recording-rules/${group.name}.ts`), attempt),
  );
  const recorded = records.flatMap(({ rules }) => rules.map(({ definition }) => definition));
  const catalogue = new Catalogue(definitions.metrics, recorded, config.groupBy);
  const analyse: Analyse = (expr, options) => new ExpressionAnalysis(expr, catalogue, options);
  const context = pageContext(config, site, definitions);
  const parts = {
    definitions,
    recordingGroups: records.map((group) => ({
      ...group,
      rules: group.rules.map((rule): RecordingRule => ({ ...rule, analysis: analyse(rule.expr) })),
    })),
    alertGroups: definitions.alerts.map((group) =>
      alertGroup(config, site, group, { attempt, analyse, definitions, context }),
    ),
    dashboards: definitions.dashboards.map((definition) =>
      dashboardOf(
        site,
        definition,
        fileOf(definitions, definition, `dashboards/${definition.uid}.ts`),
        attempt,
        analyse,
      ),
    ),
  };
  let graph: Bundle['graph'] | undefined;
  return {
    site,
    config,
    ...parts,
    procedure: attempt('alerts/pages/procedure.ts', 'procedure', () =>
      definitions.runbook.procedure(context),
    ).flat(),
    catalogue,
    // A bundle that is only rendered needs none.
    get graph() {
      graph ??= graphOf(parts);
      return graph;
    },
    disabled: definitions.alerts.flatMap(({ rules }) =>
      rules.flatMap((definition) => {
        const reason = reasonToLeaveOut(config, definition);
        return reason === undefined ? [] : [{ alert: definition.alert, reason }];
      }),
    ),
    broken,
  };
}

/** Why a site does without an alert; undefined where it has it. */
function reasonToLeaveOut(
  config: Config,
  { alert, needsEscrow, onlyWith }: AlertDefinition,
): string | undefined {
  if (onlyWith !== undefined && config[onlyWith] === 'off')
    return `An option that this site does not use (${onlyWith}: off).`;
  return needsEscrow === true && config.escrow === 'off'
    ? 'This site runs without escrow (escrow: off).'
    : config.alerts[alert]?.disabled;
}

/** Builds one rule or panel. Yields nothing where that throws, and keeps the message. */
type Attempt = <T>(file: string, subject: string, build: () => T) => T[];
type Analyse = (expr: Promql, options?: ParseOptions) => ExpressionAnalysis;

/** What the alerts of every group are built with. */
interface AlertParts {
  readonly attempt: Attempt;
  readonly analyse: Analyse;
  readonly definitions: Definitions;
  readonly context: PageContext;
}

function recordingGroup(
  site: Site,
  group: RecordingRuleGroupDefinition,
  file: string,
  attempt: Attempt,
): RuleGroup<Omit<RecordingRule, 'analysis'>> {
  return {
    name: `${group.name}.recording`,
    file,
    rules: group.rules.flatMap((definition) => {
      const { record } = definition;
      return attempt(file, record, () => ({ file, record, expr: definition.expr(site), definition }));
    }),
  };
}

function alertGroup(
  config: Config,
  site: Site,
  group: AlertGroupDefinition,
  { attempt, analyse, definitions, context }: AlertParts,
): RuleGroup<AlertingRule> {
  const file = fileOf(definitions, group, `alerts/${group.name}.ts`);
  const pages = fileOf(definitions, group, `alerts/pages/${group.name}.ts`);
  return {
    name: `${group.name}.alerts`,
    file,
    rules: group.rules
      .filter((definition) => reasonToLeaveOut(config, definition) === undefined)
      .flatMap((definition) =>
        attempt(file, definition.alert, () => {
          const rule = alertingRule(config, site, definition, file, definitions);
          const [page] = attempt(pages, definition.alert, () =>
            definitions.runbook.pages[definition.alert]?.(context),
          );
          return { ...rule, ...(page === undefined ? {} : { page }), analysis: analyse(rule.expr) };
        }),
      ),
  };
}

function dashboardOf(
  site: Site,
  definition: DashboardDefinition,
  file: string,
  attempt: Attempt,
  analyse: Analyse,
): Dashboard {
  return {
    file,
    definition,
    rows: definition.rows.map((row) => ({
      title: row.title,
      panels: row.panels.flatMap((panel) =>
        attempt(file, `panel ${panel.id} ${JSON.stringify(panel.title)}`, () => ({
          definition: panel,
          queries: panel.queries.map((query, i) => panelQuery(site, query, i, analyse)),
        })),
      ),
    })),
  };
}

function panelQuery(site: Site, query: QueryDefinition, position: number, analyse: Analyse): PanelQuery {
  const expr = query.expr(site);
  return {
    refId: String.fromCharCode('A'.charCodeAt(0) + position),
    expr,
    analysis: analyse(expr, { variables: true }),
    legend: query.legend ?? '',
    instant: query.instant ?? false,
    format: query.format ?? 'time_series',
    ...(query.column === undefined ? {} : { column: query.column }),
  };
}

function alertingRule(
  config: Config,
  site: Site,
  definition: AlertDefinition,
  file: string,
  definitions: Definitions,
): Omit<AlertingRule, 'analysis'> {
  const settings = config.alerts[definition.alert];
  const forDuration = settings?.for ?? definition.for?.(site);
  const keepFiringFor = settings?.keepFiringFor ?? definition.keepFiringFor?.(site);
  const usual = typeof definition.severity === 'function' ? definition.severity(site) : definition.severity;
  const severity = settings?.severity ?? usual;
  const labels = {
    ...config.labels,
    ...definition.extraLabels,
    ...settings?.labels,
  };
  // No templates, so that a wrong one reaches the check that names it.
  const own = { severity, signal: definition.signal };
  const { prometheus, grafana } = annotationsOf(config, site, definition, definitions);
  return {
    file,
    alert: definition.alert,
    expr: definition.expr(site),
    ...(forDuration === undefined ? {} : { for: forDuration }),
    ...(keepFiringFor === undefined ? {} : { keepFiringFor: keepFiringFor }),
    severity,
    labels: { ...mapValues(labels, (text) => templateForPrometheus(config, text)), ...own },
    grafanaLabels: {
      ...constantLabels(config),
      ...mapValues(labels, (text) => templateForGrafana(config, text)),
      ...own,
    },
    annotations: prometheus,
    grafanaAnnotations: grafana,
    definition,
  };
}
