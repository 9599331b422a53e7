import { ConfigError } from '../config/error.js';
import type { Config } from '../config/schema.js';
import { siteOf } from '../config/site.js';
import type { AlertDefinition } from '../model/rules.js';
import type { Site } from '../model/site.js';
import type { AlertingRule, BrokenDefinition, Bundle, Dashboard, Definitions } from './bundle.js';
import { dashboardUrl, runbookUrl } from './links.js';
import { validateConfig } from './validate-config.js';

/**
 * Builds the bundle of a site. Throws {@link ConfigError} when the configuration does not fit the definitions: it names
 * alerts that do not exist, for example, or a bound that the histogram does not have.
 * A definition that throws is reported in `broken`, so that the others can still be checked.
 *
 * @param file name of the configuration in error messages
 */
export function buildBundle(config: Config, definitions: Definitions, file = 'configuration'): Bundle {
  const site = siteOf(config);
  const problems = validateConfig(
    config,
    definitions.metrics,
    definitions.alerts.flatMap((group) => group.rules),
  );
  if (problems.length > 0) throw new ConfigError(file, problems);

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
        const reason = config.alerts[definition.alert]?.disabled;
        if (reason !== undefined) {
          disabled.push({ alert: definition.alert, reason });
          return [];
        }
        return attempt(where, definition.alert, () => alertingRule(config, site, definition, where));
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

function alertingRule(config: Config, site: Site, definition: AlertDefinition, file: string): AlertingRule {
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
