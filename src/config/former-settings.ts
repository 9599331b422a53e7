/**
 * Settings that were renamed since the last release: the former path and the present one, such as "thresholds.pushWait.slow". A former name is accepted
 * for one release, with a warning, and is then removed from this list.
 */
export const FORMER_SETTINGS: Readonly<Record<string, string>> = {};

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object that holds the last key of a path, or undefined where there is none. */
function holderOf(root: Tree, keys: readonly string[]): Tree | undefined {
  let node: unknown = root;
  for (const key of keys.slice(0, -1)) node = isTree(node) ? node[key] : undefined;
  return isTree(node) ? node : undefined;
}

/**
 * A configuration as written, with former names of settings replaced by the present ones. A setting that is given under both names is left alone, so
 * that the former name is reported as unknown.
 *
 * @param warn receives a sentence for each setting that was renamed
 */
export function withPresentNames(
  input: unknown,
  warn: (message: string) => void,
  table: Readonly<Record<string, string>> = FORMER_SETTINGS,
): unknown {
  const renamed = Object.entries(table);
  if (renamed.length === 0 || !isTree(input)) return input;
  const result = structuredClone(input);
  for (const [former, present] of renamed) {
    const from = former.split('.');
    const to = present.split('.');
    const [oldKey, newKey] = [from.at(-1) as string, to.at(-1) as string];
    const holder = holderOf(result, from);
    if (holder === undefined || !(oldKey in holder)) continue;
    let target = result;
    for (const key of to.slice(0, -1)) {
      if (!isTree(target[key])) target[key] = {};
      target = target[key] as Tree;
    }
    if (newKey in target) continue;
    target[newKey] = holder[oldKey];
    delete holder[oldKey];
    warn(`${former}: renamed to ${present}; the former name will be removed in the next release`);
  }
  return result;
}
