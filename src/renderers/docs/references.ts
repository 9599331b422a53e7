import * as z from 'zod';
import type { AlertingRule, Bundle } from '../../bundle/bundle.js';
import { schema } from '../../config/schema.js';
import type { Provenance } from '../../model/provenance.js';
import { RUNBOOK_STEPS } from '../../model/runbook.js';
import { namesIn } from '../../promql/names.js';
import { type Artifact, GENERATED } from '../artifact.js';
import { situationText } from '../provenance.js';
import { code, readable, table } from './markdown.js';

const HEADER = `<!-- ${GENERATED} -->\n`;

/**
 * Markdown references of metrics, recording rules, alerts and configuration keys.
 *
 * @param runbooks the folder of the runbook, seen from the folder of the references
 */
export function renderReferences(bundle: Bundle, runbooks: string): Artifact[] {
  return [
    { path: 'docs/metrics.md', content: metricsReference(bundle) },
    { path: 'docs/recording-rules.md', content: recordingRulesReference(bundle, runbooks) },
    { path: 'docs/alerts.md', content: alertsReference(bundle, runbooks) },
    { path: 'docs/configuration.md', content: configurationReference() },
  ];
}

const ORIGINS = [
  ['gateway', 'Gateway'],
  ['exporter', 'Worker queue (pending-writes-exporter)'],
  ['escrow', 'Escrow service'],
  ['prometheus', 'Prometheus'],
  ['other', 'Other programs'],
] as const;

function metricsReference(bundle: Bundle): string {
  const sections = ORIGINS.flatMap(([origin, title]) => {
    const metrics = bundle.definitions.metrics.filter((metric) => metric.origin === origin);
    if (metrics.length === 0) return [];
    const rows = metrics.map((metric) => [
      code(metric.name),
      metric.type,
      metric.unit,
      Object.entries(metric.labels)
        .map(([label, { values, optional }]) => {
          const known = values === undefined ? '' : ` (${values.join(', ')})`;
          return `${code(label)}${optional ? ' (some builds)' : ''}${known}`;
        })
        .join('; '),
      [
        metric.help,
        metric.buckets && `Buckets: ${metric.buckets.join(' ')}.`,
        metric.trap && `**Caveat:** ${metric.trap}`,
      ]
        .filter(Boolean)
        .join(' '),
      metric.presence,
    ]);
    return `## ${title}\n\n${table(['Metric', 'Type', 'Unit', 'Labels', 'Meaning', 'Presence'], rows)}\n`;
  });
  return `${HEADER}# Metrics\n\nRules, panels and the exporter are checked against this list.\n\n${sections.join('\n')}`;
}

function recordingRulesReference(bundle: Bundle, runbooks: string): string {
  const sections = bundle.recordingGroups.map((group) => {
    const rules = group.rules.map(({ record, expr, definition }) =>
      [
        `### ${record}`,
        '',
        definition.help,
        '',
        `- Unit: ${definition.unit}. Labels: ${[...bundle.config.groupBy, ...definition.labels].map(code).join(', ') || 'none'}.`,
        ...provenanceLines(definition, runbooks),
        ...(definition.emptyWhen === undefined ? [] : [`- Empty when: ${definition.emptyWhen}`]),
        '',
        '```promql',
        expr,
        '```',
        '',
      ].join('\n'),
    );
    return `## ${group.name}\n\nSource: ${code(group.file)}\n\n${rules.join('\n')}`;
  });
  return `${HEADER}# Recording rules\n\n${sections.join('\n')}`;
}

function alertsReference(bundle: Bundle, runbooks: string): string {
  const groups = bundle.alertGroups.filter(({ rules }) => rules.length > 0);
  // One table per group: git does not merge changes of neighbouring rows, and each group is one signal.
  const overview = groups.map(({ name, rules }) => {
    const rows = rules.map((rule) => [
      `[${rule.alert}](#${rule.alert.toLowerCase()})`,
      rule.severity,
      readable(rule.grafanaAnnotations.summary),
    ]);
    return `### ${name}\n\n${table(['Alert', 'Severity', 'Summary'], rows)}\n`;
  });
  const disabled =
    bundle.disabled.length === 0
      ? ''
      : `## Disabled\n\n${table(
          ['Alert', 'Reason'],
          bundle.disabled.map(({ alert, reason }) => [alert, reason]),
        )}\n\n`;
  const sections = groups.flatMap(({ rules }) => rules).map((rule) => alertSection(rule, runbooks));
  return `${HEADER}# Alerts\n\n## Overview\n\n${overview.join('\n')}\n${disabled}${sections.join('\n')}`;
}

function provenanceLines(provenance: Provenance, runbooks: string): string[] {
  const { situation, rationale, runbookSteps = [] } = provenance;
  const steps = runbookSteps.map((step) => `[${RUNBOOK_STEPS[step]}](${runbooks}/gateway.md#${step})`);
  return [
    `- Why: ${rationale}`,
    ...(situation === undefined
      ? []
      : [`- Situation: [${situationText(situation)}](../../docs/system.md#situation-${situation})`]),
    ...(steps.length === 0 ? [] : [`- Operator procedure: ${steps.join(', ')}`]),
  ];
}

function readBy({ analysis: { expression } }: AlertingRule): string[] {
  return expression === undefined ? [] : namesIn(expression.root);
}

function alertSection(rule: AlertingRule, runbooks: string): string {
  const runbook =
    rule.page === undefined ? 'Panel' : `Runbook: [${rule.alert}](${runbooks}/${rule.alert}.md); panel`;
  const firing = rule.for === undefined ? 'immediately' : `after ${rule.for}`;
  const keepsFiring = rule.keepFiringFor === undefined ? '' : `, keeps firing for ${rule.keepFiringFor}`;
  return [
    `## ${rule.alert}`,
    '',
    `**${readable(rule.grafanaAnnotations.summary)}**`,
    '',
    readable(rule.grafanaAnnotations.description),
    '',
    `- Severity ${code(rule.severity)}, signal ${code(rule.definition.signal)}; fires ${firing}${keepsFiring}.`,
    ...provenanceLines(rule.definition, runbooks),
    `- Reads: ${readBy(rule).map(code).join(', ')}`,
    `- ${runbook} ${rule.definition.dashboard.panel} of ${code(rule.definition.dashboard.uid)}`,
    '',
    '```promql',
    rule.expr,
    '```',
    '',
  ].join('\n');
}

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
}

/** Placeholder for an alert name. */
const ANY_NAME = '<name>';

/** A mapping of the configuration with the keys that are directly in it. */
interface ConfigSection {
  readonly path: string;
  readonly description: string;
  readonly rows: string[][];
}

/** Type of a key, or its allowed values. YAML 1.1 reads `on` and `off` as booleans. */
function kindOf({ anyOf = [], enum: values, type }: JsonSchema): string {
  const choice = values ?? anyOf.find((one) => one.enum !== undefined)?.enum;
  return choice === undefined ? String(type ?? 'any') : choice.map(String).join(', ');
}

/** The mapping at `path` and, after it, those inside it. */
function configSections(node: JsonSchema, path: string, value: unknown): ConfigSection[] {
  const own: ConfigSection = { path, description: node.description ?? '', rows: [] };
  const inner: ConfigSection[] = [];
  for (const [name, child] of Object.entries(node.properties ?? {})) {
    const key = path === '' ? name : `${path}.${name}`;
    const fallback = (value as Readonly<Record<string, unknown>>)[name];
    if (child.properties !== undefined) {
      inner.push(...configSections(child, key, fallback));
      continue;
    }
    const kind = kindOf(child);
    const { additionalProperties: any } = child;
    const isRecord = typeof any === 'object' && any.properties !== undefined;
    const shown = isRecord ? {} : fallback;
    own.rows.push([
      code(key),
      kind,
      shown === undefined ? 'unset' : code(JSON.stringify(shown)),
      child.description ?? '',
    ]);
    if (isRecord) {
      const each = (fallback as Readonly<Record<string, unknown>>)[ANY_NAME];
      inner.push(...configSections(any, `${key}.${ANY_NAME}`, each));
    }
  }
  return own.rows.length === 0 ? inner : [own, ...inner];
}

function configurationReference(): string {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  // JSON Schema has no default for a key that is transformed after it was read, such as a duration.
  const defaults = schema.parse({ alerts: { [ANY_NAME]: {} } });
  // One table per mapping: git does not merge changes of neighbouring rows, and each group of thresholds is one signal.
  const sections = configSections(root, '', defaults).map(({ path, description, rows }) => {
    const intro = path === '' ? '' : `## ${path}\n\n${description === '' ? '' : `${description}\n\n`}`;
    return `${intro}${table(['Key', 'Type', 'Default', 'Meaning'], rows)}\n`;
  });
  return `${HEADER}# Configuration\n\nOne YAML file, passed with \`--config\`. Every key is optional; unknown keys are errors.\n\n${sections.join('\n')}`;
}
