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

/** Each signal's rules. The cases of a group run in one promtool; where one fails, in one for each rule, which tells whose it is. */
const groups = [...bundle.recordingGroups, ...bundle.alertGroups].map(({ name, rules }) => {
  const names = rules.map((rule) => ('alert' in rule ? rule.alert : rule.record));
  const casesOf = (...wanted: readonly string[]) => ruleCases.filter((c) => wanted.includes(c.rule));
  let together: Promise<string> | undefined;
  const failures = () => {
    together ??= runCases(casesOf(...names));
    return together;
  };
  return { name, names, casesOf, failures };
});

describe.each(groups)('$name', ({ names, casesOf, failures }) => {
  it.each(names)('%s holds in promtool', async (rule) => {
    if ((await failures()) !== '') expect(await runCases(casesOf(rule))).toBe('');
  });

  it('holds as a whole', async () => {
    expect(await failures()).toBe('');
  });
});
