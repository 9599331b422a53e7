import { parse, selectorsOf } from '../../src/promql/syntax.js';

/**
 * Writes the recorded series that an expression reads out in full, again and again, so that only scraped series and those that carry
 * their own past are left: the same question, asked without recording rules.
 *
 * @param recorded expressions of the recording rules, by name
 */
export function inlined(expr: string, recorded: ReadonlyMap<string, string>): string {
  const tree = parse(expr);
  if (tree === undefined) return expr;
  const readsItself = (name: string) => selectorNames(recorded.get(name) ?? '').includes(name);
  // From the end, so that the places of what stands before stay right.
  const places = selectorsOf(tree)
    .filter(
      ({ name, node, matchers }) =>
        recorded.has(name) &&
        !readsItself(name) &&
        matchers.length === 0 &&
        node.parent?.name !== 'MatrixSelector',
    )
    .sort((a, b) => b.node.from - a.node.from);
  return places.reduce((text, { name, node }) => {
    const inner = inlined(recorded.get(name) as string, recorded);
    return `${text.slice(0, node.from)}(\n${inner}\n)${text.slice(node.to)}`;
  }, expr);
}

function selectorNames(expr: string): string[] {
  const tree = parse(expr);
  return tree === undefined ? [] : selectorsOf(tree).map(({ name }) => name);
}
