import { describe, expect, it } from 'vitest';
import { Random } from '../../src/simulator/random.js';
import { equivalents, reasonFor } from './equivalent.js';
import { allRules, changedRules, judge, mutantsOfRules, staleEquivalents, type Verdict } from './gate.js';
import { type Mutant, mutantsOf } from './mutants.js';

const rules = allRules();
const all = mutantsOfRules([...rules.keys()]);

/** Mutants tried in every run besides those of changed rules; `npm run mutate` tries all. */
const SAMPLE = 60;

/** The mutants of a verdict that are neither killed nor rightly listed as equivalent. */
function openIn({ survivors, wrongEquivalents }: Verdict) {
  const named = (mutants: readonly Mutant[]) => mutants.map(({ rule, what }) => `${rule}: ${what}`);
  return { survivors: named(survivors), wrongEquivalents: named(wrongEquivalents) };
}

describe('the mutation gate', () => {
  it('plants faults of every kind in every rule', () => {
    const without = [...rules].filter(([, rule]) => mutantsOf(rule).length === 0).map(([name]) => name);
    expect(without).toEqual([]);
    const kinds = new Set(all.map(({ what }) => what.replace(/:.*/s, '').replace(/ side of .*/, ' side')));
    for (const kind of [
      'number',
      'comparator',
      'window',
      'set operator',
      'right side',
      'matcher',
      'label dropped',
      'aggregation',
      'for',
      'for dropped',
    ]) {
      expect([...kinds]).toContain(kind);
    }
  });

  it('lets a mutant survive that no case can tell from the rule', async () => {
    const [rule] = [...rules.values()];
    const same = { rule: rule?.record ?? '', what: 'nothing changed', mutated: rule as never };
    expect((await judge([same])).survivors).toEqual([same]);
  });

  it('names at most one mutant in twenty as equivalent, with a reason, and none that is not there', () => {
    expect(staleEquivalents()).toEqual([]);
    expect(equivalents.filter(({ reason }) => reason.length < 40)).toEqual([]);
    expect(
      all.filter(({ rule, what }) => reasonFor(rule, what) !== undefined).length * 20,
    ).toBeLessThanOrEqual(all.length);
  });

  it('kills every mutant of the rules that changed since all their mutants were last dead', async () => {
    const verdict = await judge(mutantsOfRules(changedRules()));
    expect(openIn(verdict)).toEqual({ survivors: [], wrongEquivalents: [] });
  });

  it(`kills ${SAMPLE} mutants drawn with a seed from all`, async () => {
    const random = Random.for(20, 'mutants');
    const drawn = Array.from(
      { length: SAMPLE },
      () => all[Math.floor(random.next() * all.length)] as (typeof all)[number],
    );
    const verdict = await judge(drawn);
    expect(openIn(verdict)).toEqual({ survivors: [], wrongEquivalents: [] });
  });
});
