import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inhibitions } from '../../alerts/inhibitions.js';
import { buildBundle } from '../../src/bundle/build.js';
import type { Definitions } from '../../src/bundle/bundle.js';
import { definitions } from '../../src/bundle/definitions.js';
import { artifactsOf } from '../../src/cli/artifacts.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import type { AlertDefinition } from '../../src/model/rules.js';
import type { Signal } from '../../src/model/severity.js';
import { SIGNALS } from '../../src/model/severity.js';
import type { Site } from '../../src/model/site.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { duration } from '../../src/promql/duration.js';
import { promql } from '../../src/promql/template.js';
import type { Artifact } from '../../src/renderers/artifact.js';
import { MANIFEST } from '../../src/renderers/manifest.js';
import { manifestText } from '../../src/renderers/output-folder.js';
import { SITE_SETTINGS } from '../../src/renderers/site-settings.js';

/** All files with the manifest, by path. Without the settings: a change of a default does not show there. */
function filesOf(own: Definitions, config: ConfigInput = {}): Map<string, string> {
  const bundle = buildBundle(parseConfig(config), own);
  expect(bundle.broken).toEqual([]);
  const artifacts = artifactsOf(bundle).filter(({ path }) => path !== SITE_SETTINGS);
  const manifest: Artifact = { path: MANIFEST, content: manifestText(artifacts) };
  return new Map([...artifacts, manifest].map(({ path, content }) => [path, content]));
}

const folder = temporaryFolder('merge');
afterAll(() => folder.remove());

/** What git makes of two changes of one file; throws where it finds a conflict. */
function merge(path: string, base: string, ours: string, theirs: string): string {
  const files = { ours, base, theirs };
  mkdirSync(folder.path, { recursive: true });
  const places = Object.entries(files).map(([side, text]) => {
    const place = join(folder.path, side);
    writeFileSync(place, text);
    return place;
  });
  try {
    return execFileSync('git', ['merge-file', '-p', ...places], { encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    const { stdout } = error as { stdout: string };
    const at = stdout.indexOf('<<<<<<<');
    throw new Error(`${path} conflicts:\n${stdout.slice(at, at + 1500)}`);
  }
}

/** Every path at which both sides differ from the base. */
function expectCleanMerge(
  base: Map<string, string>,
  ours: Map<string, string> = new Map(),
  theirs: Map<string, string> = new Map(),
  both?: Map<string, string>,
): string[] {
  const shared: string[] = [];
  for (const [path, text] of base) {
    const [one, other] = [ours.get(path), theirs.get(path)];
    if (one === text || other === text || one === undefined || other === undefined) continue;
    shared.push(path);
    const merged = merge(path, text, one, other);
    if (both !== undefined) expect(merged, path).toBe(both.get(path));
  }
  return shared;
}

type Change = (rule: AlertDefinition) => AlertDefinition | readonly AlertDefinition[];

const changed = (signals: readonly Signal[], change: Change): Definitions => {
  const own = definitions();
  return {
    ...own,
    alerts: own.alerts.map((group) => ({
      ...group,
      rules: group.rules.flatMap((rule) => (signals.includes(rule.signal) ? change(rule) : rule)),
    })),
  };
};

const pairs = SIGNALS.flatMap((one, i) => SIGNALS.slice(i + 1).map((other) => [one, other] as const));

const changes: readonly [string, Change][] = [
  [
    'every text, expression and duration',
    (rule) => ({
      ...rule,
      rationale: `Changed. ${rule.rationale}`,
      summary: `Now: ${rule.summary}`,
      description: `Now: ${rule.description}`,
      expr: (site) => promql`${rule.expr(site)} > 0`,
      for: () => duration('47m'),
      keepFiringFor: () => duration('3m'),
    }),
  ],
  ['an alert added after each', (rule) => [rule, { ...rule, alert: `${rule.alert}Too` }]],
  ['an alert added before each', (rule) => [{ ...rule, alert: `${rule.alert}First` }, rule]],
];

describe('changes to all alerts of one signal merge with changes to all alerts of another', () => {
  const base = filesOf(definitions());
  it.each(changes)('%s', (_, change) => {
    const sides = new Map(SIGNALS.map((signal) => [signal, filesOf(changed([signal], change))]));
    for (const [one, other] of pairs) {
      // Neighbours meet in most files; the others differ in nothing but the distance.
      const isNeighbour = SIGNALS.indexOf(other) === SIGNALS.indexOf(one) + 1;
      const both = isNeighbour ? filesOf(changed([one, other], change)) : undefined;
      const shared = expectCleanMerge(base, sides.get(one), sides.get(other), both);
      expect(shared).toEqual(expect.arrayContaining([MANIFEST, 'docs/alerts.md']));
    }
  });

  it('removing the last alert of each', () => {
    const named = new Set(
      inhibitions.flatMap(({ source, target }) => [...(source.alerts ?? []), ...(target.alerts ?? [])]),
    );
    // An alert that another one's page names is removed together with that part of the page.
    const isAlone = (rule: AlertDefinition) =>
      buildBundle(
        parseConfig({}),
        changed([rule.signal], (other) => (other.alert === rule.alert ? [] : other)),
      ).broken.length === 0;
    const alerts = definitions().alerts.flatMap(({ rules }) => rules);
    const removed = new Set(
      SIGNALS.map((signal) =>
        alerts.findLast((rule) => rule.signal === signal && !named.has(rule.alert) && isAlone(rule)),
      ),
    );
    // Every alert of the other signal is named elsewhere.
    expect([...removed].filter((rule) => rule !== undefined)).toHaveLength(6);
    const change: Change = (rule) => (removed.has(rule) ? [] : rule);
    const sides = new Map(SIGNALS.map((signal) => [signal, filesOf(changed([signal], change))]));
    for (const [one, other] of pairs) expectCleanMerge(base, sides.get(one), sides.get(other));
  });

  const severityIn = ({ severity }: AlertDefinition, site: Site) =>
    typeof severity === 'function' ? severity(site) : severity;
  const severityOf = { critical: 'warning', warning: 'info', info: 'warning' } as const;
  it.each([
    ['the first', (rules: readonly AlertDefinition[]) => rules.slice(0, 1)],
    ['the last', (rules: readonly AlertDefinition[]) => rules.slice(-1)],
    [
      'the critical ones',
      (rules: readonly AlertDefinition[]) => rules.filter(({ severity }) => severity === 'critical').slice(1),
    ],
  ])('the severity of %s', (_, choose) => {
    const alerts = definitions().alerts.flatMap(({ rules }) => rules);
    const sides = new Map(
      SIGNALS.map((signal) => {
        const chosen = choose(alerts.filter((rule) => rule.signal === signal));
        const change: Change = (rule) =>
          chosen.includes(rule) ? { ...rule, severity: (site) => severityOf[severityIn(rule, site)] } : rule;
        return [signal, filesOf(changed([signal], change))];
      }),
    );
    for (const [one, other] of pairs) expectCleanMerge(base, sides.get(one), sides.get(other));
  });
});

describe('changes to the thresholds of one signal merge with changes to those of another', () => {
  const thresholds = {
    pendingWrites: {
      infoAfter: '2h',
      warningAfter: '17h',
      criticalAfter: '30h',
      stuckAfter: '11m',
      carryFor: '13h',
      unpushedAfter: '16m',
    },
    pushWait: { slowSeconds: 60, slowShare: 0.4, failedShare: 0.4 },
    leaseExpiry: { expiringWithin: '3m', wantedWithin: '3m', leaseDuration: '11m' },
    replicaFallback: { infoAfter: '5h', warningAfter: '17h', quietAfter: '31m', mirrorLagSeconds: 901 },
    workerQueue: { pendingAfter: '31m', disagreeAfter: '11m' },
    objective: { clearedWithin: '17h', target: 0.98 },
  } as const;
  const names = Object.keys(thresholds) as (keyof typeof thresholds)[];
  const of = (...wanted: readonly (keyof typeof thresholds)[]) =>
    filesOf(definitions(), {
      thresholds: Object.fromEntries(wanted.map((name) => [name, thresholds[name]])),
    });

  let base: Map<string, string>;
  let sides: Map<string, Map<string, string>>;
  beforeAll(() => {
    base = filesOf(definitions());
    sides = new Map(names.map((name) => [name, of(name)]));
  });
  it.each(names.flatMap((one, i) => names.slice(i + 1).map((other) => [one, other] as const)))(
    '%s and %s',
    (one, other) => {
      expectCleanMerge(base, sides.get(one), sides.get(other), of(one, other));
    },
  );
});
