/**
 * What dashboards and rule groups were called before. Pulumi then renames the resource in its state instead of deleting it and making
 * another one, which would lose its history, its permissions and links to it. Oldest first; a name is never taken out.
 */
const FORMER_NAMES: Readonly<Record<string, readonly string[]>> = {};

/** The names that a resource had before this one. */
export function formerNames(name: string, table = FORMER_NAMES): readonly string[] {
  return table[name] ?? [];
}
