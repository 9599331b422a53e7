import * as z from 'zod';
import { gatewayPendingWritePushWait } from '../../metrics/gateway.js';
import { buildBundle } from '../bundle/build.js';
import type { Bundle } from '../bundle/bundle.js';
import { ConfigError } from '../config/error.js';
import { parseConfig } from '../config/load.js';
import { schema } from '../config/schema.js';
import { duration, durationOf, durationSeconds } from '../promql/duration.js';
import { renderBundle } from '../renderers/index.js';
import { SITE_SETTINGS } from '../renderers/site-settings.js';
import { detection } from '../simulator/detection.js';

/** A setting of the configuration and what it was seen to move. */
export interface Setting {
  /** Dotted path, `thresholds.pushWait.failedShare`. */
  readonly path: string;
  readonly meaning: string;
  /** What the configuration says now, as JSON; undefined where it is unset. */
  readonly value: string | undefined;
  /** The value that was tried, as JSON; undefined where no other value is allowed alone. */
  readonly tried: string | undefined;
  /** What was seen to change, by the name of the alert. */
  readonly alerts: readonly { readonly alert: string; readonly parts: readonly string[] }[];
  /** Recording rules whose expression changed. */
  readonly records: readonly string[];
  /** Panels, as `<dashboard uid>/<panel id>`, whose queries or colours changed. */
  readonly panels: readonly string[];
  /** Generated files whose text changed; documents and the record of the settings not counted. */
  readonly files: number;
}

interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
}

type Json = string | number | boolean | readonly unknown[] | Readonly<Record<string, unknown>> | undefined;

/** Settings of single alerts, and the targets with theirs, which write the same rules and dashboards in other shapes. */
const UNMEASURED = ['alerts', 'targets', 'folder', 'kubernetes', 'grafanaProvisioning', 'mimir'];

/** A setting that can be changed alone. */
export interface SettingPath {
  readonly path: readonly string[];
  readonly meaning: string;
}

/** Every leaf of the configuration that can move a rule or a dashboard. */
export function leaves(): SettingPath[] {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const visit = (node: JsonSchema, path: string[]): SettingPath[] =>
    node.properties === undefined
      ? [{ path, meaning: node.description ?? '' }]
      : Object.entries(node.properties).flatMap(([key, child]) => visit(child, [...path, key]));
  return visit(root, []).filter(({ path }) => !UNMEASURED.includes(path[0] ?? ''));
}

const valueAt = (value: unknown, path: readonly string[]): Json =>
  path.reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], value) as Json;

/** A copy with one value replaced. */
function withValue(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined) return by;
  const object = (value ?? {}) as Record<string, unknown>;
  return { ...object, [key]: withValue(object[key], rest, by) };
}

const FACTORS = [2, 1.5, 1.25, 0.75, 0.5, 0.9];

/** Other values that a setting could have, the plainest first. */
export function alternatives(path: readonly string[], value: Json): Json[] {
  if (path[0] === 'links' || (value === undefined && ['commands', 'contacts'].includes(path[0] ?? '')))
    return ['https://example.org/elsewhere'];
  if (typeof value === 'boolean') return [!value];
  if (value === 'on' || value === 'off') return [value === 'on' ? 'off' : 'on'];
  if (Array.isArray(value)) return [[...value, 'site']];
  if (typeof value === 'number') {
    const scaled = FACTORS.map((factor) => Math.round(value * factor * 10_000) / 10_000);
    return [...scaled, 0.95, ...(gatewayPendingWritePushWait.buckets ?? [])].filter(
      (other) => other !== value,
    );
  }
  if (typeof value === 'string') {
    try {
      const seconds = durationSeconds(duration(value));
      return FACTORS.map((factor) => durationOf(Math.max(1, Math.round(seconds * factor))));
    } catch {
      return [`${value}-elsewhere`];
    }
  }
  return [{ ...(value as object | undefined), example: 'elsewhere' }];
}

/** Everything of an alert that a setting can move, by what it is called. */
function alertParts(bundle: Bundle): Map<string, Record<string, string>> {
  return new Map(
    bundle.alertGroups.flatMap(({ rules }) =>
      rules.map((rule) => [
        rule.alert,
        {
          expression: rule.expr,
          for: rule.for ?? '',
          'keep firing for': rule.keepFiringFor ?? '',
          severity: rule.severity,
          labels: JSON.stringify(rule.labels),
          texts: rule.annotations.summary + rule.annotations.description,
          links: JSON.stringify([rule.annotations.runbook_url, rule.annotations.dashboard_url]),
        },
      ]),
    ),
  );
}

const recordTexts = (bundle: Bundle) =>
  new Map(
    bundle.recordingGroups.flatMap(({ rules }) => rules.map(({ record, expr }) => [record, expr as string])),
  );

function panelTexts(bundle: Bundle): Map<string, string> {
  return new Map(
    bundle.dashboards.flatMap(({ definition, rows }) =>
      rows.flatMap(({ panels }) =>
        panels.map((panel) => [
          `${definition.uid}/${panel.definition.id}`,
          JSON.stringify([panel.queries, panel.definition.thresholds?.(bundle.site) ?? []]),
        ]),
      ),
    ),
  );
}

const fileTexts = (bundle: Bundle) =>
  new Map(
    renderBundle(bundle, detection())
      .filter(({ path }) => !path.startsWith('docs/') && path !== SITE_SETTINGS)
      .map(({ path, content }) => [path, content]),
  );

function changedKeys(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  return [...before].filter(([key, text]) => after.get(key) !== text).map(([key]) => key);
}

/** What differs between two bundles of the same definitions. */
export function changesBetween(
  before: Bundle,
  after: Bundle,
): Pick<Setting, 'alerts' | 'records' | 'panels' | 'files'> {
  const now = alertParts(after);
  return {
    files: changedKeys(fileTexts(before), fileTexts(after)).length,
    alerts: [...alertParts(before)].flatMap(([alert, parts]) => {
      const other = now.get(alert) ?? {};
      const changed = Object.keys(parts).filter((part) => parts[part] !== other[part]);
      return changed.length === 0 ? [] : [{ alert, parts: changed }];
    }),
    records: changedKeys(recordTexts(before), recordTexts(after)),
    panels: changedKeys(panelTexts(before), panelTexts(after)),
  };
}

/**
 * Measures what each setting moves: it is changed alone, the bundle is built again, and the texts are compared. Nothing is
 * derived from names.
 */
export function measureSettings(bundle: Bundle, settings: readonly SettingPath[] = leaves()): Setting[] {
  return settings.map(({ path, meaning }): Setting => {
    const value = valueAt(bundle.config, path);
    const setting = {
      path: path.join('.'),
      meaning,
      value: value === undefined ? undefined : JSON.stringify(value),
    };
    let nothing: Setting | undefined;
    for (const other of alternatives(path, value)) {
      let changed: Bundle;
      try {
        // The resolved configuration is itself a valid input.
        changed = buildBundle(parseConfig(withValue(bundle.config, path, other)), bundle.definitions);
      } catch (error) {
        // Not allowed beside the other settings.
        if (error instanceof ConfigError) continue;
        throw error;
      }
      const effect = { ...setting, tried: JSON.stringify(other), ...changesBetween(bundle, changed) };
      if (effect.alerts.length + effect.records.length + effect.panels.length + effect.files > 0)
        return effect;
      nothing ??= effect;
    }
    return nothing ?? { ...setting, tried: undefined, alerts: [], records: [], panels: [], files: 0 };
  });
}
