import { describe, expect, it } from 'vitest';
import { type Parts, problemsOf } from './bundle-fixture.js';

/** A fault, the parts of a bundle that have it, and all that the check prints of them. */
export type Caught = readonly [fault: string, parts: Parts, prints: readonly string[]];
/** Parts of a bundle that the check has nothing against. */
export type Passed = readonly [what: string, parts: Parts];

/** Tests one check alone, by its id: what it catches, word for word, and what it lets pass. */
export function describeCheck(
  id: string,
  { catches, passes }: { readonly catches: readonly Caught[]; readonly passes: readonly Passed[] },
): void {
  describe(id, () => {
    it.each(catches)('catches %s', (_, parts, prints) => {
      expect(problemsOf(id, parts)).toEqual(prints);
    });
    it.each([['a bundle without fault', {}] as Passed, ...passes])('lets pass %s', (_, parts) => {
      expect(problemsOf(id, parts)).toEqual([]);
    });
  });
}
