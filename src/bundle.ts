import { type Config, ConfigError, unknownAlerts } from './config.js';
import type {
  AlertDefinition,
  AlertGroupDefinition,
  ColumnDefinition,
  DashboardDefinition,
  InhibitionDefinition,
  MetricDefinition,
  PanelDefinition,
  RecordingRuleDefinition,
  RecordingRuleGroupDefinition,
  Severity,
} from './model.js';
import type { Duration, Promql } from './promql.js';
import { type Site, siteOf } from './site.js';

/** Everything a bundle is made of. Another team adds its own alerts and panels by extending the lists. */
export interface Definitions {
  readonly metrics: readonly MetricDefinition[];
  readonly recordingRules: readonly RecordingRuleGroupDefinition[];
  readonly alerts: readonly AlertGroupDefinition[];
  readonly dashboards: readonly DashboardDefinition[];
  /** Which alerts suppress the notifications of which others. */
  readonly inhibitions: readonly InhibitionDefinition[];
  /** Names of the runbook pages that exist, without `.md`. */
  readonly runbooks: readonly string[];
}

/** A recording rule as it is for one site. */
export interface RecordingRule {
  readonly file: string;
  readonly record: string;
  readonly expr: Promql;
  readonly definition: RecordingRuleDefinition;
}

/** An alerting rule as it is for one site. */
export interface AlertingRule {
  readonly file: string;
  readonly alert: string;
  readonly expr: Promql;
  readonly for?: Duration;
  readonly keepFiringFor?: Duration;
  readonly severity: Severity;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: {
    readonly summary: string;
    readonly description: string;
    readonly runbook_url: string;
    readonly dashboard_url: string;
  };
  readonly definition: AlertDefinition;
}

/** Rules that are evaluated one after the other. `name` is unique in the bundle. */
export interface RuleGroup<Rule> {
  readonly name: string;
  readonly file: string;
  readonly rules: readonly Rule[];
}

/** One query of a panel as it is for one site. */
export interface PanelQuery {
  readonly refId: string;
  readonly expr: Promql;
  readonly legend: string;
  readonly instant: boolean;
  readonly format: 'time_series' | 'table' | 'heatmap';
  readonly column?: ColumnDefinition;
}

/** A panel as it is for one site. */
export interface Panel {
  readonly definition: PanelDefinition;
  readonly queries: readonly PanelQuery[];
}

/** A dashboard as it is for one site. */
export interface Dashboard {
  readonly file: string;
  readonly definition: DashboardDefinition;
  readonly rows: readonly { readonly title: string; readonly panels: readonly Panel[] }[];
}

/** A definition that could not be turned into a rule: it threw while its text was written. */
export interface BrokenDefinition {
  readonly file: string;
  readonly subject: string;
  readonly message: string;
}

/** Rules and dashboards for one site, before anything is checked or rendered. */
export interface Bundle {
  readonly site: Site;
  readonly config: Config;
  readonly definitions: Definitions;
  readonly recordingGroups: readonly RuleGroup<RecordingRule>[];
  readonly alertGroups: readonly RuleGroup<AlertingRule>[];
  readonly dashboards: readonly Dashboard[];
  /** Alerts the site switched off, with its reasons. */
  readonly disabled: readonly { readonly alert: string; readonly reason: string }[];
  readonly broken: readonly BrokenDefinition[];
}

/** Address of a runbook page. Without a base address it is the page's path in this repository. */
export function runbookUrl(config: Config, alert: string): string {
  const base = config.links.runbooks;
  return base === undefined ? `runbooks/${alert}.md` : `${base}/${alert}.md`;
}

/**
 * Address of the panel that explains an alert, with the alert's relay (and the site's grouping labels) filled in
 * by Prometheus when the alert fires. Without a base address it is a path from the root of Grafana.
 */
export function dashboardUrl(config: Config, definition: AlertDefinition): string {
  const { uid, panel } = definition.dashboard;
  // Only labels that dashboards have variables for.
  const labels = [
    ...(definition.withoutSiteLabels === true ? [] : config.groupBy),
    ...definition.labels.filter((label) => label === 'relay'),
  ];
  const variables = labels.map((label) => `var-${label}={{ $labels.${label} | urlquery }}`);
  const query = [...variables, `viewPanel=${panel}`].join('&');
  return `${config.links.dashboards ?? ''}/d/${uid}?${query}`;
}

/**
 * Builds the bundle of a site. Throws {@link ConfigError} when the configuration names alerts that do not exist.
 * A definition that throws is reported in `broken`, so that the others can still be checked.
 *
 * @param labelsOf labels that an alert's expression leaves, used to fill links
 */
export function buildBundle(config: Config, definitions: Definitions, file = 'configuration'): Bundle {
  const site = siteOf(config);
  const unknown = unknownAlerts(
    config,
    definitions.alerts.flatMap((group) => group.rules),
  );
  if (unknown.length > 0) throw new ConfigError(file, unknown);

  const broken: BrokenDefinition[] = [];
  const attempt = <T>(where: string, subject: string, build: () => T): T[] => {
    try {
      return [build()];
    } catch (error) {
      broken.push({ file: where, subject, message: (error as Error).message });
      return [];
    }
  };

  const recordingGroups = definitions.recordingRules.map((group) => {
    const where = `recording-rules/${group.name}.ts`;
    return {
      name: `${group.name}.recording`,
      file: where,
      rules: group.rules.flatMap((definition) =>
        attempt(where, definition.record, () => ({
          file: where,
          record: definition.record,
          expr: definition.expr(site),
          definition,
        })),
      ),
    };
  });

  const disabled: { alert: string; reason: string }[] = [];
  const alertGroups = definitions.alerts.map((group) => {
    const where = `alerts/${group.name}.ts`;
    return {
      name: `${group.name}.alerts`,
      file: where,
      rules: group.rules.flatMap((definition) => {
        const reason =
          definition.needsEscrow === true && config.escrow === 'off'
            ? 'This site runs without escrow (escrow: off).'
            : config.alerts[definition.alert]?.disabled;
        if (reason !== undefined) {
          disabled.push({ alert: definition.alert, reason });
          return [];
        }
        return attempt(where, definition.alert, () => alertingRule(site, definition, where));
      }),
    };
  });

  const dashboards = definitions.dashboards.map((definition): Dashboard => {
    const where = `dashboards/${definition.uid}.ts`;
    return {
      file: where,
      definition,
      rows: definition.rows.map((row) => ({
        title: row.title,
        panels: row.panels.flatMap((panel) =>
          attempt(where, `panel ${panel.id} ${JSON.stringify(panel.title)}`, () => ({
            definition: panel,
            queries: panel.queries.map((query, i) => ({
              refId: String.fromCharCode('A'.charCodeAt(0) + i),
              expr: query.expr(site),
              legend: query.legend ?? '',
              instant: query.instant ?? false,
              format: query.format ?? 'time_series',
              ...(query.column === undefined ? {} : { column: query.column }),
            })),
          })),
        ),
      })),
    };
  });

  return { site, config, definitions, recordingGroups, alertGroups, dashboards, disabled, broken };
}

function alertingRule(site: Site, definition: AlertDefinition, file: string): AlertingRule {
  const { config } = site;
  const settings = config.alerts[definition.alert];
  const hold = settings?.for ?? definition.for?.(site);
  const keep = settings?.keepFiringFor ?? definition.keepFiringFor?.(site);
  const usual = typeof definition.severity === 'function' ? definition.severity(site) : definition.severity;
  const severity = settings?.severity ?? usual;
  const text = (value: string | ((site: Site) => string)) =>
    typeof value === 'function' ? value(site) : value;
  return {
    file,
    alert: definition.alert,
    expr: definition.expr(site),
    ...(hold === undefined ? {} : { for: hold }),
    ...(keep === undefined ? {} : { keepFiringFor: keep }),
    severity,
    labels: { ...config.labels, ...settings?.labels, severity, signal: definition.signal },
    annotations: {
      summary: text(definition.summary),
      description: text(definition.description),
      runbook_url: runbookUrl(config, definition.alert),
      dashboard_url: dashboardUrl(config, definition),
    },
    definition,
  };
}
