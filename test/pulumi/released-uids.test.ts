import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { alertGroups } from '../../alerts/index.js';
import { dashboards } from '../../dashboards/index.js';
import { packageRoot } from '../../src/package/root.js';

interface Released {
  readonly dashboards: Readonly<Record<string, readonly number[]>>;
  readonly alerts: readonly string[];
}

/**
 * What the last release had: links, silences and Grafana's history hang on these names. At a release, take over what is new; something that is
 * gone for good is taken out in the same commit that says why in the changelog.
 */
const released = JSON.parse(readFileSync(join(packageRoot, 'test/pulumi/released.json'), 'utf8')) as Released;

it('keeps every dashboard’s uid, and every panel’s id', () => {
  const now = new Map(
    dashboards.map(({ uid, rows }) => [uid, rows.flatMap(({ panels }) => panels.map(({ id }) => id))]),
  );
  const lost = Object.entries(released.dashboards).flatMap(([uid, ids]) =>
    ids.filter((id) => now.get(uid)?.includes(id) !== true).map((id) => `${uid} ${id}`),
  );
  expect(lost).toEqual([]);
  expect(Object.keys(released.dashboards).length).toBeGreaterThan(0);
});

it('keeps every alert’s name, which is its uid in Grafana', () => {
  const names = alertGroups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
  expect(released.alerts.filter((name) => !names.includes(name))).toEqual([]);
  expect(released.alerts.length).toBeGreaterThan(0);
});
