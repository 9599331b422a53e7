import { appendFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { driftLines } from '../../src/cli/output-folder-report.js';
import { compareSides } from '../../src/diff/compare.js';
import { TARGETS } from '../../src/model/target.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import type { Artifact } from '../../src/renderers/artifact.js';
import { compareFiles } from '../../src/renderers/drift.js';
import { RefusedError } from '../../src/renderers/output-plan.js';
import { writeFiles } from '../../src/renderers/write.js';
import { readSide } from '../../src/rule-files/parse.js';
import { filesWithTargets } from '../targets.js';

const artifactsOf = (files: ReadonlyMap<string, string>): Artifact[] =>
  [...files].map(([path, content]) => ({ path, content }));
const THRESHOLD = { pushWait: { failedShare: 0.25 } };
const all = artifactsOf(filesWithTargets());
const none = artifactsOf(filesWithTargets({ targets: [] }));
const changed = artifactsOf(filesWithTargets({ thresholds: THRESHOLD }));
const changedWithout = artifactsOf(filesWithTargets({ targets: [], thresholds: THRESHOLD }));
const ofTargets = all.filter(({ path }) => TARGETS.some((target) => path.startsWith(`${target}/`)));

const folder = temporaryFolder('targets');
afterAll(() => folder.remove());
let count = 0;
/** A new folder with the files of all targets. */
function written(): string {
  count += 1;
  const out = join(folder.path, String(count));
  writeFiles(out, all);
  return out;
}

describe('a target that a site no longer asks for', () => {
  it('takes its files along, with their folders, and leaves everything else as it is', () => {
    const out = written();
    expect(ofTargets.length).toBeGreaterThan(30);
    const { changes } = writeFiles(out, none);
    const removed = changes.filter(({ change }) => change === 'removed').map(({ path }) => path);
    expect(removed.sort()).toEqual(ofTargets.map(({ path }) => path).sort());
    // The settings that are recorded name the targets.
    expect(changes.filter(({ change }) => change !== 'removed').map(({ path }) => path)).toEqual([
      'gateway-observability.manifest',
      'gateway-observability.site.yaml',
    ]);
    expect(readdirSync(out).filter((name) => TARGETS.some((target) => target === name))).toEqual([]);
    expect(compareFiles(out, none)).toEqual([]);
  });

  it('is refused while one of its files was edited, and removes it with --force', () => {
    const out = written();
    appendFileSync(join(out, 'mimir/rules.yaml'), '# ours\n');
    const run = () => writeFiles(out, none);
    expect(run).toThrow(RefusedError);
    expect(run).toThrow(/mimir\/rules\.yaml/);
    expect(existsSync(join(out, 'kubernetes/kustomization.yaml'))).toBe(true);
    writeFiles(out, none, { force: true });
    expect(existsSync(join(out, 'mimir'))).toBe(false);
  });

  it('leaves the files of others in its folder', () => {
    const out = written();
    mkdirSync(join(out, 'kubernetes/overlays'));
    writeFileSync(join(out, 'kubernetes/overlays/kustomization.yaml'), 'resources: [..]\n');
    writeFiles(out, none);
    expect(readdirSync(join(out, 'kubernetes'))).toEqual(['overlays']);
  });

  it('is named by check, with the two ways to go on', () => {
    const out = written();
    const lines = driftLines({ out, given: out }, compareFiles(out, none));
    expect(lines).toContain(
      `${join(out, 'mimir/rules.yaml')}: stale: is no longer generated without the target mimir: to keep it, add mimir to targets in the site's configuration; to remove it, run: npm run generate -- --out ${out}`,
    );
    const options = { out, given: out, targets: ['mimir'] as const, allTargets: ['mimir'] as const };
    const [one] = driftLines(options, [{ path: 'mimir/rules.yaml', state: 'stale' }]);
    expect(one).toMatch(/is no longer generated: run: npm run generate -- --out \S+ --target mimir$/);
  });
});

describe('diff', () => {
  const sideOf = (files: readonly Artifact[]) =>
    readSide(files.map(({ path, content }) => ({ path, text: content })));
  const [withAll, withNone, after, afterWithNone] = [all, none, changed, changedWithout].map(sideOf) as [
    ReturnType<typeof sideOf>,
    ReturnType<typeof sideOf>,
    ReturnType<typeof sideOf>,
    ReturnType<typeof sideOf>,
  ];
  const kindsOf = (findings: ReturnType<typeof compareSides>) =>
    findings.map(({ kind, subject }) => [kind, subject]);

  it('shows a changed threshold of a site with all targets as of a site without any', () => {
    const findings = kindsOf(compareSides(withAll, after));
    expect(findings).toEqual(kindsOf(compareSides(withNone, afterWithNone)));
    expect(findings).toContainEqual(['threshold-changed', 'alert GatewayPushesFailing']);
  });

  it('shows a target that is added as no change of an alert or a dashboard', () => {
    expect(kindsOf(compareSides(withNone, withAll))).toEqual([
      ['object-added', 'Grafana provisioning grafana-provisioning/dashboards/gateway-observability.yaml'],
    ]);
  });

  it('shows a target that is dropped as what it is', () => {
    const findings = compareSides(withAll, withNone);
    expect(new Set(findings.map(({ level }) => level))).toEqual(new Set(['notable']));
    expect(kindsOf(findings).filter(([kind]) => kind !== 'form-removed')).toEqual([
      ['object-removed', 'Grafana provisioning grafana-provisioning/dashboards/gateway-observability.yaml'],
    ]);
    expect(findings.filter(({ kind }) => kind === 'form-removed').map(({ before }) => before)).toEqual([
      'provisioning files with alert rules',
      'dashboards of version 2',
      'dashboards within manifests',
      'rule files for Mimir',
      'PrometheusRule manifests',
    ]);
  });

  it('shows a change that one shape alone has', () => {
    const edited = all.map((file) =>
      file.path === 'mimir/rules.yaml'
        ? { ...file, content: file.content.replace('for: 2m', 'for: 4m') }
        : file,
    );
    expect(compareSides(withAll, sideOf(edited))).toEqual([
      expect.objectContaining({ kind: 'for-changed', file: 'mimir/rules.yaml' }),
    ]);
  });
});
