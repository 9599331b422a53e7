import { describe, expect, it } from 'vitest';
import { ruleCases } from './cases/index.js';
import type { Aspect } from './rule-case.js';
import { bundleFor, runCases } from './run-cases.js';

const bundle = bundleFor(undefined);
const alerts = bundle.alertGroups.flatMap((group) => group.rules.map(({ alert }) => alert));
const records = bundle.recordingGroups.flatMap((group) => group.rules.map(({ record }) => record));

describe('every rule is covered', () => {
  const needed: readonly [readonly string[], readonly Aspect[]][] = [
    [alerts, ['fires', 'silent', 'absent', 'boundary', 'resolves']],
    [records, ['fires', 'silent', 'absent']],
  ];
  for (const [rules, aspects] of needed) {
    it.each(rules)('%s', (rule) => {
      const shown = ruleCases.filter((c) => c.rule === rule).flatMap((c) => c.aspects);
      expect(aspects.filter((aspect) => !shown.includes(aspect))).toEqual([]);
    });
  }

  it('has no case for a rule that does not exist', () => {
    const known = new Set([...alerts, ...records]);
    expect(ruleCases.map((c) => c.rule).filter((rule) => !known.has(rule))).toEqual([]);
  });

  it('has no two cases of a rule with the same name', () => {
    const names = ruleCases.map((c) => `${c.rule}: ${c.name}`);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('asserts something in every case', () => {
    expect(ruleCases.filter((c) => c.firing === undefined && c.samples === undefined)).toEqual([]);
  });
});

describe.each([...records, ...alerts])('%s', (rule) => {
  const cases = ruleCases.filter((c) => c.rule === rule);
  it(`holds in promtool: ${cases.length} cases`, async () => {
    expect(await runCases(cases)).toBe('');
  });
});
