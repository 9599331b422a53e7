import { closest, distance } from 'fastest-levenshtein';

/** `, did you mean "x"?` where a name is close to one of the known ones. */
export function suggestion(name: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const best = closest(name, known);
  return distance(name.toLowerCase(), best.toLowerCase()) <= Math.max(2, Math.floor(best.length / 3))
    ? `, did you mean ${JSON.stringify(best)}?`
    : '';
}
