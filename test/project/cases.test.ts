import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import type { Bundle } from '../../src/bundle/bundle.js';
import type { RuleCase } from '../../src/model/rule-case.js';
import { loadProject } from '../../src/project/load.js';
import { runRuleCases, untestedAlerts } from '../../src/rule-cases/run.js';
import { OWN_CONFIG } from './own-config.js';

describe('the cases of own rules', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gateway-cases-'));
  let bundle: Bundle;
  let cases: readonly RuleCase[];
  beforeAll(async () => {
    writeFileSync(join(folder, 'gateway-observability.config.ts'), OWN_CONFIG);
    const project = await loadProject(undefined, folder);
    bundle = buildBundle(project.config, project.definitions);
    cases = project.cases;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('pass in promtool where the rules do what the cases say', async () => {
    expect(cases).toHaveLength(3);
    expect(await runRuleCases(bundle, cases)).toBe('');
  });

  it('fail with the name of the case and what promtool found, for an alert and for a recorded series', async () => {
    const [alert, , record] = cases as [RuleCase, RuleCase, RuleCase];
    const output = await runRuleCases(bundle, [
      { ...alert, firing: { '10m': [{}] } },
      { ...record, samples: { '1m': [{ labels: {}, value: 4 }] } },
    ]);
    expect(output).toContain(alert.name);
    expect(output).toContain(record.name);
    expect(output).toMatch(/got:\s+(?:"nil"|nil)/);
  });

  it('are refused if they name no rule, or expect nothing', async () => {
    const [alert] = cases as [RuleCase];
    await expect(runRuleCases(bundle, [{ ...alert, rule: 'Gone' }])).rejects.toThrow(
      `case "${alert.name}": found Gone, expected the name of a rule`,
    );
    await expect(runRuleCases(bundle, [{ ...alert, firing: {} }])).rejects.toThrow('found no expectation');
  });

  it('show what is not tested: an own alert has to fire, stay silent and keep to its boundary', () => {
    expect(untestedAlerts(bundle, cases)).toEqual([]);
    expect(untestedAlerts(bundle, cases.slice(1))).toEqual([
      { alert: 'GatewaySessionsMany', missing: ['fires', 'keeps to its boundary'] },
    ]);
  });
});
