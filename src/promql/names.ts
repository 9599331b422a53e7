import { type Expr, type Matcher, nodesOfKind, type VectorSelector } from './ast.js';
import { matcherText } from './print.js';
import { compilePattern, literalPattern, type Pattern, type PatternOptions } from './regexp.js';
import { hasVariable, splitVariables } from './variables.js';

/** The label that holds the name of a metric. */
export const NAME_LABEL = '__name__';

/** What a selector says of the names of the series it reads. */
export type SeriesNames =
  /** `r`, `{"r"}` or `{__name__="r"}`. */
  | { readonly kind: 'one'; readonly name: string }
  /** Several names may match; {@link readsName} decides. Without a matcher of the name, any name does. */
  | { readonly kind: 'matching'; readonly matchers: readonly Matcher[] }
  /** A Grafana variable, of which nothing is known. */
  | { readonly kind: 'variable'; readonly text: string };

/** The names that a selector reads, in whichever way they are spelled. */
export function namesOf(selector: VectorSelector): SeriesNames {
  const matchers = selector.matchers.filter(({ label }) => label === NAME_LABEL);
  const variable = [selector.name, ...matchers.map(({ value }) => value)].find(
    (text) => text !== undefined && hasVariable(text),
  );
  if (variable !== undefined) return { kind: 'variable', text: variable };
  const equal = matchers.find(({ operator, value }) => operator === '=' && value !== '');
  const name = selector.name ?? equal?.value;
  return name === undefined ? { kind: 'matching', matchers } : { kind: 'one', name };
}

/** The one name that a selector reads, or `undefined` where it reads several or none can be known. */
export function nameOf(selector: VectorSelector): string | undefined {
  const names = namesOf(selector);
  return names.kind === 'one' ? names.name : undefined;
}

/** The matchers of a selector other than those of the name. */
export function labelMatchersOf(selector: VectorSelector): Matcher[] {
  return selector.matchers.filter(({ label }) => label !== NAME_LABEL);
}

/**
 * Whether a selector can read series of a name; a variable can stand for any part of it. Throws `PatternError` for a regular expression that cannot be
 * evaluated.
 */
export function readsName(selector: VectorSelector, name: string): boolean {
  const names = namesOf(selector);
  if (names.kind === 'variable') return variablePattern(names.text).matches(name);
  if (names.kind === 'one' && names.name !== name) return false;
  return selector.matchers
    .filter(({ label }) => label === NAME_LABEL)
    .every((matcher) => matchesValue(matcher, name));
}

function variablePattern(text: string): Pattern {
  const parts = splitVariables(text).map((part) => (part.isVariable ? '.*' : literalPattern(part.text)));
  return compilePattern(parts.join(''));
}

/** Whether a value of its label satisfies a matcher; a missing label has the value `''`. Throws as {@link readsName}. */
export function matchesValue(
  { operator, value }: Matcher,
  found: string,
  options: PatternOptions = {},
): boolean {
  switch (operator) {
    case '=':
      return found === value;
    case '!=':
      return found !== value;
    case '=~':
      return compilePattern(value, options).matches(found);
    case '!~':
      return !compilePattern(value, options).matches(found);
  }
}

/**
 * The names of the series that an expression reads, each once, in the order of the text. A selector that does not name one
 * series stands there as its matchers of the name, `{__name__=~"r.*"}`.
 */
export function namesIn(root: Expr): string[] {
  return [...new Set(selectorsOf(root).map(describeName))];
}

function describeName(selector: VectorSelector): string {
  const names = namesOf(selector);
  switch (names.kind) {
    case 'one':
      return names.name;
    case 'variable':
      return names.text;
    case 'matching': {
      return `{${names.matchers.map(matcherText).join(', ')}}`;
    }
  }
}

/** Every selector of an expression, in the order of the text. */
export function selectorsOf(expr: Expr): VectorSelector[] {
  return nodesOfKind(expr, 'selector');
}
