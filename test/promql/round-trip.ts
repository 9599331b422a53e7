import { isDeepStrictEqual } from 'node:util';
import type { Expr } from '../../src/promql/ast.js';
import { type ParseOptions, parseExpression } from '../../src/promql/parse.js';
import { printExpression } from '../../src/promql/print.js';
import { PromqlSyntaxError } from '../../src/promql/syntax-error.js';

/** A tree without its positions. */
export function withoutPositions(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutPositions);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== 'from' && key !== 'to')
      .map(([key, one]) => [key, withoutPositions(one)]),
  );
}

/** An expression parsed, printed and parsed again; or why it does not parse. */
export function roundTrip(
  expr: string,
  options: ParseOptions = {},
): { root: Expr; printed: string; again: Expr; equal: boolean } | { error: string } {
  try {
    const { root } = parseExpression(expr, options);
    const printed = printExpression(root);
    const again = parseExpression(printed, options).root;
    return {
      root,
      printed,
      again,
      equal: isDeepStrictEqual(withoutPositions(root), withoutPositions(again)),
    };
  } catch (error) {
    if (error instanceof PromqlSyntaxError) return { error: `${error.from}-${error.to}: ${error.message}` };
    throw error;
  }
}
