import { childrenOf, type Expr, type VectorSelector } from '../../src/promql/ast.js';
import { nameOf, namesIn } from '../../src/promql/names.js';
import { parseExpression } from '../../src/promql/parse.js';

/**
 * Writes the recorded series that an expression reads out in full, again and again, so that only scraped series and those that carry
 * their own past are left: the same question, asked without recording rules.
 *
 * @param recorded expressions of the recording rules, by name
 */
export function inlined(expr: string, recorded: ReadonlyMap<string, string>): string {
  const readsItself = (name: string) => {
    const own = recorded.get(name);
    return own !== undefined && namesIn(parseExpression(own).root).includes(name);
  };
  // From the end, so that the places of what stands before stay right.
  const places = plainSelectors(parseExpression(expr, { variables: true }).root)
    .map((selector) => ({ selector, name: nameOf(selector) ?? '' }))
    .filter(({ name }) => recorded.has(name) && !readsItself(name))
    .sort((a, b) => b.selector.from - a.selector.from);
  return places.reduce((text, { name, selector }) => {
    const inner = inlined(recorded.get(name) as string, recorded);
    return `${text.slice(0, selector.from)}(\n${inner}\n)${text.slice(selector.to)}`;
  }, expr);
}

/** Selectors in whose place an expression can stand: without matchers, not over a range, nor at another time. */
function plainSelectors(node: Expr): VectorSelector[] {
  if (node.kind === 'range') return [];
  if (node.kind !== 'selector') return childrenOf(node).flatMap(plainSelectors);
  const isPlain = node.offset === undefined && node.at === undefined && node.edges === undefined;
  return isPlain && node.matchers.length === 0 ? [node] : [];
}
