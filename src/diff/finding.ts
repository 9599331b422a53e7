import type { Place } from '../rule-files/side.js';

/** `breaking`: something that worked stops working. `notable`: users will see a difference. `harmless`: they will not. */
export type Level = 'breaking' | 'notable' | 'harmless';

export const LEVELS: readonly Level[] = ['breaking', 'notable', 'harmless'];

/** One change and what follows from it. */
export interface Finding {
  /** What kind of change: `alert-removed`, `threshold-changed`. */
  readonly kind: string;
  readonly level: Level;
  /** What it happened to: `alert GatewayDown`, `panel gateway-overview/12`. */
  readonly subject: string;
  /** As it was; absent where it was not. */
  readonly before?: string;
  /** As it is; absent where it is no longer. */
  readonly after?: string;
  /** What follows from it, as one plain sentence. */
  readonly consequence: string;
  /** The alerts concerned, where the subject is a number of them. */
  readonly alerts?: readonly string[];
  /** The file that shows it: the head's, or the base's where the head has none. */
  readonly file: string;
  /** The line in it on which the subject begins, from 1, where that is known. */
  readonly line?: number;
}

/** The file and line of a finding. */
export function placeOf({ file, line }: Place): Pick<Finding, 'file' | 'line'> {
  const known = typeof line === 'function' ? line() : line;
  return known === undefined ? { file } : { file, line: known };
}

/** A change of a file's subject; `before` or `after` is undefined where there was or is none. */
export const finding = (
  place: Place,
  kind: string,
  level: Level,
  subject: string,
  before: string | undefined,
  after: string | undefined,
  consequence: string,
): Finding => ({
  kind,
  level,
  subject,
  ...(before === undefined ? {} : { before }),
  ...(after === undefined ? {} : { after }),
  consequence,
  ...placeOf(place),
});

/** A list for a sentence: `a, b and 3 more`. */
export function listed(names: readonly string[], most = 3): string {
  const all = [...new Set(names)];
  const shown = all.slice(0, all.length === most + 1 ? most + 1 : most);
  const more = all.length - shown.length;
  if (more > 0) return `${shown.join(', ')} and ${more} more`;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}

/** Breaking ones first, then by subject; each said once, though a bundle holds every rule and dashboard in two forms. */
export function sorted(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings
    .filter(({ kind, subject, before, after, consequence }) => {
      const key = JSON.stringify([kind, subject, before, after, consequence]);
      return !seen.has(key) && seen.add(key);
    })
    .sort(
      (a, b) =>
        LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) ||
        (a.subject < b.subject ? -1 : a.subject > b.subject ? 1 : 0),
    );
}
