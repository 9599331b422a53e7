/** Things of the two sides that are the same one, and those that have no counterpart. */
export interface Matched<T> {
  readonly pairs: readonly (readonly [before: T, after: T])[];
  readonly removed: readonly T[];
  readonly added: readonly T[];
}

/**
 * Pairs up the things of two sides: first those that agree by the first key, of the rest those that agree by the second, and
 * so on. So of several rules of one name the unchanged ones find each other first, and only the others are left to compare. A
 * thing for which a key is `undefined` is not matched by it; of several with one key the first ones pair up.
 */
export function match<T>(
  before: readonly T[],
  after: readonly T[],
  keys: readonly ((thing: T) => string | undefined)[],
): Matched<T> {
  const pairs: [T, T][] = [];
  let removed = [...before];
  let added = [...after];
  for (const key of keys) {
    const waiting = new Map<string | undefined, T[]>();
    for (const thing of added) {
      const own = key(thing);
      if (own !== undefined) waiting.set(own, [...(waiting.get(own) ?? []), thing]);
    }
    const taken = new Set<T>();
    removed = removed.filter((thing) => {
      const counterpart = waiting.get(key(thing))?.shift();
      if (counterpart === undefined) return true;
      taken.add(counterpart);
      pairs.push([thing, counterpart]);
      return false;
    });
    added = added.filter((thing) => !taken.has(thing));
  }
  return { pairs, removed, added };
}
