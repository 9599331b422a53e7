import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dashboards } from '../../dashboards/index.js';
import { buildBundle } from '../../src/bundle/build.js';
import type { Bundle } from '../../src/bundle/bundle.js';
import { definitions } from '../../src/bundle/definitions.js';
import { FORMER_SETTINGS } from '../../src/config/former-settings.js';
import { parseConfig } from '../../src/config/load.js';
import { packageRoot } from '../../src/package/root.js';
import { renderPrometheusRules } from '../../src/renderers/prometheus/rules.js';

interface Released {
  readonly dashboards: Readonly<Record<string, readonly number[]>>;
  /** By alert: the file and the group of its rule, and its labels. Prometheus keeps the state of an alert only while these stay. */
  readonly alerts: Readonly<Record<string, readonly [file: string, group: string, labels: string]>>;
  readonly recordingRules: readonly string[];
  readonly settings: readonly string[];
}

/**
 * What the last release had: links, silences, the state of alerts and Grafana's history depend on these names. At a release, add what is new. The rules
 * for renaming are in CONTRIBUTING.md.
 */
const released = JSON.parse(readFileSync(join(packageRoot, 'test/bundle/released.json'), 'utf8')) as Released;
const bundle = buildBundle(parseConfig({}), definitions());

/** Paths of all settings that have a default, such as "thresholds.pushWait.slowShare". */
function settingsOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([key, inner]) =>
    settingsOf(inner, path === '' ? key : `${path}.${key}`),
  );
}

const labelsText = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(', ');

/** As in the file of what was released. */
function current({ alertGroups, recordingGroups }: Bundle): Omit<Released, 'dashboards'> {
  const files = renderPrometheusRules(bundle);
  const fileOf = (group: string) =>
    files.find(({ content }) => content.includes(`name: ${group}\n`))?.path ?? '';
  return {
    alerts: Object.fromEntries(
      alertGroups.flatMap(({ name, rules }) =>
        rules.map(({ alert, labels }) => [alert, [fileOf(name), name, labelsText(labels)] as const]),
      ),
    ),
    recordingRules: recordingGroups.flatMap(({ rules }) => rules.map(({ record }) => record)),
    settings: settingsOf(parseConfig({})),
  };
}

describe('what the last release had', () => {
  const now = current(bundle);

  it('is still there: every dashboard’s uid, and every panel’s id', () => {
    const panels = new Map(
      dashboards.map(({ uid, rows }) => [uid, rows.flatMap((row) => row.panels.map(({ id }) => id))]),
    );
    const lost = Object.entries(released.dashboards).flatMap(([uid, ids]) =>
      ids.filter((id) => panels.get(uid)?.includes(id) !== true).map((id) => `${uid} ${id}`),
    );
    expect(lost).toEqual([]);
    expect(Object.keys(released.dashboards).length).toBeGreaterThan(0);
  });

  it('is still there: every alert, in the same file and group and with the same labels', () => {
    const names = Object.keys(released.alerts);
    const kept = Object.fromEntries(names.map((name) => [name, now.alerts[name]]));
    expect(kept).toEqual(released.alerts);
    expect(names.length).toBeGreaterThan(25);
  });

  it('is still there: every recorded series', () => {
    expect(released.recordingRules.filter((record) => !now.recordingRules.includes(record))).toEqual([]);
    expect(released.recordingRules.length).toBeGreaterThan(25);
  });

  it('is still there: every setting, or its former name is accepted', () => {
    const known = [...now.settings, ...Object.keys(FORMER_SETTINGS)];
    expect(released.settings.filter((setting) => !known.includes(setting))).toEqual([]);
    expect(released.settings.length).toBeGreaterThan(25);
  });
});
