import { describe, expect, it } from 'vitest';
import { ruleCases } from './cases/index.js';
import { casesOf, firingCase } from './cases-of.js';
import { bundleFor, runCases } from './promtool.js';
import type { Aspect } from './rule-case.js';
import { spoken } from './spoken.js';

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

  it('has the spoken words of every alert, and of no other', () => {
    expect(Object.keys(spoken).sort()).toEqual([...alerts].sort());
  });

  it('has a firing case for every spoken word that says when the alert fires', () => {
    const wrong = alerts.filter((alert) => {
      const at = spoken[alert]?.at ?? '';
      return firingCase(alert)?.firing?.[at]?.length !== 1;
    });
    expect(wrong).toEqual([]);
  });

  it('asserts something in every case', () => {
    expect(ruleCases.filter((c) => c.firing === undefined && c.samples === undefined)).toEqual([]);
  });
});

describe.each([...records, ...alerts])('%s', (rule) => {
  it(`holds in promtool: ${ruleCases.filter((c) => c.rule === rule).length} cases`, async () => {
    expect(await runCases(casesOf(rule))).toBe('');
  });
});
