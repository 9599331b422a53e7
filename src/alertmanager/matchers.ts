import type { Matcher } from '../promql/ast.js';
import { unquote } from '../promql/literals.js';
import { matchesValue } from '../promql/names.js';
import { compilePattern } from '../promql/regexp.js';

/** A condition on one label of an alert. A missing label has the value `''`. */
export type AlertMatcher = Pick<Matcher, 'label' | 'operator' | 'value'>;

/** A matcher that Alertmanager refuses. */
export class MatcherError extends Error {
  override readonly name = 'MatcherError';
}

/** In Alertmanager a dot does not match a line feed, in any version. */
const PATTERN_OPTIONS = { dotMatchesLineFeed: false };

/** Whether a value satisfies a matcher, with RE2's semantics. Throws `PatternError`. */
export const accepts = (matcher: AlertMatcher, value: string) =>
  matchesValue({ ...matcher, from: 0, to: 0 }, value, PATTERN_OPTIONS);

/** Checks the regular expression of a matcher. Throws `PatternError`. */
export function checked(matcher: AlertMatcher): AlertMatcher {
  if (matcher.operator.endsWith('~')) compilePattern(matcher.value, PATTERN_OPTIONS);
  return matcher;
}

/**
 * Reads an entry of `matchers`, which may hold several: `severity="critical", team=~"a|b"`. As Alertmanager 0.27 and newer do by
 * default, it is read in the classic syntax where that is possible, else in the UTF-8 syntax, which allows quoted label names.
 *
 * @throws {MatcherError | PatternError} for what both refuse
 */
export function parseMatchers(text: string): AlertMatcher[] {
  try {
    return classicMatchers(text).map(checked);
  } catch (error) {
    try {
      return new Utf8Parser(text).parse().map(checked);
    } catch {
      throw error;
    }
  }
}

const CLASSIC =
  /^[\t\n\f\r ]*([a-zA-Z_:][a-zA-Z0-9_:]*)[\t\n\f\r ]*(=~|=|!=|!~)[\t\n\f\r ]*([\s\S]*?)[\t\n\f\r ]*$/;

/** The syntax of every Alertmanager since 0.22. */
function classicMatchers(text: string): AlertMatcher[] {
  const inner = text.replace(/^\{/, '').replace(/\}$/, '');
  const parts: string[] = [];
  let part = '';
  let quoted = false;
  let escaped = false;
  for (const character of inner) {
    if (character === ',' && !quoted) {
      parts.push(part);
      part = '';
      continue;
    }
    if (character === '"' && !escaped) quoted = !quoted;
    // Alertmanager leaves it as it is at a comma.
    if (character !== ',') escaped = character === '\\' && !escaped;
    part += character;
  }
  if (part.trim() !== '') parts.push(part.trim());
  return parts.map(classicMatcher);
}

function classicMatcher(text: string): AlertMatcher {
  const [, label, operator, raw] = CLASSIC.exec(text) ?? [];
  if (label === undefined || operator === undefined || raw === undefined) {
    throw new MatcherError(
      `found ${JSON.stringify(text)}, expected a label, one of = != =~ !~, and a value, such as severity="critical"`,
    );
  }
  return { label, operator: operator as AlertMatcher['operator'], value: classicValue(raw) };
}

/** The value with its quotes and escapes taken away; a backslash before anything but `n`, `"` and `\` stands for itself. */
function classicValue(raw: string): string {
  const isQuoted = raw.startsWith('"');
  const inner = isQuoted ? raw.slice(1) : raw;
  let value = '';
  let isOpen = isQuoted;
  for (let i = 0; i < inner.length; i += 1) {
    const character = inner[i] as string;
    const isLast = i === inner.length - 1;
    if (character === '\\' && !isLast) {
      i += 1;
      const next = inner[i] as string;
      if (next === 'n') value += '\n';
      else value += next === '"' || next === '\\' ? next : `\\${next}`;
    } else if (character === '"') {
      if (!isOpen || !isLast) isOpen = true;
      else {
        isOpen = false;
        continue;
      }
      break;
    } else value += character;
  }
  if (isOpen) throw new MatcherError(`found the value ${raw}, which has an unescaped double quote`);
  return value;
}

/** One token of the UTF-8 syntax. */
interface Token {
  readonly kind: 'open' | 'close' | 'comma' | 'operator' | 'word';
  readonly text: string;
}

const TOKEN = /\s*(?:([{}])|(,)|(=~|!=|!~|=)|("(?:[^"\\]|\\[\s\S])*")|([^\s{}!=~,\\"'`]+))/y;

/** Is not shown: what both syntaxes refuse is reported in the words of the classic one. */
const notUtf8 = () => new MatcherError('this is no list of matchers in the UTF-8 syntax');

/** The syntax of Alertmanager 0.27 and newer, in which names and values may be quoted and hold any character. */
class Utf8Parser {
  readonly #tokens: Token[] = [];
  #next = 0;

  constructor(text: string) {
    TOKEN.lastIndex = 0;
    const end = text.trimEnd().length;
    while (TOKEN.lastIndex < end) {
      const [, brace, comma, operator, quoted, bare] = TOKEN.exec(text) ?? [];
      if (brace !== undefined) this.#add(brace === '{' ? 'open' : 'close', brace);
      else if (comma !== undefined) this.#add('comma', comma);
      else if (operator !== undefined) this.#add('operator', operator);
      else if (quoted !== undefined) this.#add('word', unquote(quoted));
      else if (bare !== undefined) this.#add('word', bare);
      else throw notUtf8();
    }
  }

  #add(kind: Token['kind'], text: string): void {
    this.#tokens.push({ kind, text });
  }

  #accept(kind: Token['kind']): boolean {
    if (this.#tokens[this.#next]?.kind !== kind) return false;
    this.#next += 1;
    return true;
  }

  #expect(kind: Token['kind']): string {
    const token = this.#tokens[this.#next];
    if (token?.kind !== kind) throw notUtf8();
    this.#next += 1;
    return token.text;
  }

  parse(): AlertMatcher[] {
    const found: AlertMatcher[] = [];
    const isBraced = this.#accept('open');
    while (this.#tokens[this.#next]?.kind !== 'close') {
      const label = this.#expect('word');
      const operator = this.#expect('operator') as AlertMatcher['operator'];
      found.push({ label, operator, value: this.#expect('word') });
      if (!this.#accept('comma') || this.#next === this.#tokens.length) break;
    }
    if (isBraced) this.#expect('close');
    if (this.#next < this.#tokens.length) throw notUtf8();
    return found;
  }
}

/** The values that a matcher accepts where these are few and known: those of `=`, and of `=~` with plain alternatives. */
export function acceptedValues({ operator, value }: AlertMatcher): readonly string[] | undefined {
  if (operator === '=') return [value];
  if (operator !== '=~') return undefined;
  let inner = value;
  for (let next = stripped(inner); next !== inner; next = stripped(inner)) inner = next;
  const alternatives = inner.split('|');
  if (alternatives.some((one) => !/^(?:[^\\.+*?()|[\]{}^$]|\\[^\w\s])*$/.test(one))) return undefined;
  return [...new Set(alternatives.map((one) => one.replace(/\\(.)/g, '$1')))];
}

/** A regular expression without anchors and the parentheses around all of it: it is anchored anyway. */
function stripped(pattern: string): string {
  const [, anchored] = /^\^(.*)\$$/s.exec(pattern) ?? [];
  if (anchored !== undefined) return anchored;
  const [, grouped] = /^\((?:\?:)?([^()\\]*)\)$/s.exec(pattern) ?? [];
  return grouped ?? pattern;
}
