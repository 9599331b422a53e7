/**
 * Settings that were renamed since the last release: the former path and the present one, such as "thresholds.pushWait.slow". A former name is accepted
 * for one release, with a warning, and is then removed from this list.
 */
export const FORMER_SETTINGS: Readonly<Record<string, string>> = {};

type Tree = Record<string, unknown>;
const isTree = (value: unknown): value is Tree =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const valueAt = (root: unknown, path: readonly string[]): unknown =>
  path.reduce((node, key) => (isTree(node) ? node[key] : undefined), root);

/** Whether a value could be set at a path: every section on the way is a mapping or missing, and there is no value yet. */
const isFree = (root: Tree, path: readonly string[]): boolean =>
  path.every((_, i) => {
    const value = valueAt(root, path.slice(0, i + 1));
    return value === undefined || (i < path.length - 1 && isTree(value));
  });

/** A copy of a mapping with another value at a path, without the last key if the value is undefined. */
function withValue(root: Tree, [key, ...rest]: readonly string[], value: unknown): Tree {
  const { [key as string]: old, ...others } = root;
  const part = rest.length === 0 ? value : withValue(isTree(old) ? old : {}, rest, value);
  return part === undefined ? others : { ...others, [key as string]: part };
}

/**
 * A configuration as written, with former names of settings replaced by the present ones. A setting that is given under both names, or
 * whose present section is no mapping, is left alone, so that the former name is reported as unknown.
 *
 * @param warn receives a sentence for each setting that was renamed
 */
export function withPresentNames(
  input: unknown,
  warn: (message: string) => void,
  table: Readonly<Record<string, string>> = FORMER_SETTINGS,
): unknown {
  if (!isTree(input)) return input;
  let result = input;
  for (const [former, present] of Object.entries(table)) {
    const [from, to] = [former.split('.'), present.split('.')];
    const value = valueAt(result, from);
    if (value === undefined || !isFree(result, to)) continue;
    result = withValue(withValue(result, from, undefined), to, value);
    warn(`${former}: renamed to ${present}; the former name will be removed in the next release`);
  }
  return result;
}
