/**
 * What dashboards and rule groups were called before. Pulumi then renames the resource in its state instead of deleting it and making
 * another one, which would lose its history, its permissions and links to it. Oldest first; a name is never taken out.
 */
const FORMER_NAMES: Readonly<Record<string, readonly string[]>> = {};

/** The names that a resource of a component had before this one. */
export const formerAliases = (component: string, name: string, table = FORMER_NAMES): { name: string }[] =>
  (table[name] ?? []).map((former) => ({ name: `${component}-${former}` }));
