import { LiteralError, unquote } from './literals.js';

/** A word of an action in a Go template. */
export interface TemplateToken {
  readonly kind:
    | 'space'
    | 'string'
    | 'number'
    | 'char'
    | 'variable'
    | 'field'
    | 'dot'
    | 'word'
    | 'declare'
    | 'assign'
    | 'comma'
    | 'pipe'
    | 'open'
    | 'close';
  readonly text: string;
}

/** A template that Go would refuse. The message continues `the annotation summary …`. */
export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

const DIGITS =
  '(?:0[xX][\\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\\d[\\d_]*\\.?[\\d_]*|\\.\\d[\\d_]*)(?:[eE][+-]?\\d+)?)i?';

/** The first of these that fits decides. Names end where one of a few characters follows. */
const TOKENS: readonly (readonly [TemplateToken['kind'], RegExp])[] = [
  ['space', /[ \t\r\n]+/y],
  ['string', /"(?:[^"\\\n]|\\[^\n])*"|`[^`]*`/y],
  ['char', /'(?:[^'\\\n]|\\[^\n])+'/y],
  ['declare', /:=/y],
  ['assign', /=/y],
  ['comma', /,/y],
  ['pipe', /\|/y],
  ['open', /\(/y],
  ['close', /\)/y],
  ['number', new RegExp(`[+-]?${DIGITS}`, 'y')],
  ['variable', /\$[\p{L}\p{Nd}_]*/uy],
  ['field', /\.[\p{L}\p{Nd}_]+/uy],
  ['dot', /\./y],
  ['word', /[\p{L}_][\p{L}\p{Nd}_]*/uy],
];

/** What may follow a name without a space. */
const TERMINATOR = /[\s.,|:=()]|$/y;

/** A piece of a template: an action between braces, in its words. Text and comments are left out. */
export type TemplateAction = readonly TemplateToken[];

/**
 * The actions of a Go template, in the order of the text.
 *
 * @throws {TemplateError} where Go finds no words
 */
export function* templateActions(text: string): Generator<TemplateAction> {
  for (let from = text.indexOf('{{'); from >= 0; from = text.indexOf('{{', from)) {
    from += 2;
    if (/^-[ \t\r\n]/.test(text.slice(from, from + 2))) from += 2;
    if (text.startsWith('/*', from)) {
      const end = text.indexOf('*/', from);
      if (end < 0) throw new TemplateError('has a comment without */');
      // Other than at the end of an action, only one space may stand before the minus.
      const close = /^(?:[ \t\r\n]-)?\}\}/.exec(text.slice(end + 2));
      if (close === null) throw new TemplateError('has a comment that does not end with */}}');
      from = end + 2 + close[0].length;
      continue;
    }
    const { tokens, to } = actionAt(text, from);
    yield tokens;
    from = to;
  }
}

function actionAt(text: string, start: number): { tokens: TemplateToken[]; to: number } {
  const tokens: TemplateToken[] = [];
  let at = start;
  for (;;) {
    const close = /^(?:[ \t\r\n]+-)?\}\}/.exec(text.slice(at, at + 200));
    if (close !== null) return { tokens, to: at + close[0].length };
    const token = tokenAt(text, at);
    if (token === undefined) {
      const rest = text.slice(at);
      if (rest === '' || /^[{}]/.test(rest)) throw new TemplateError('has an unmatched {{ or }}');
      if (/^["`']/.test(rest)) throw new TemplateError('has a string without its closing quote in {{ }}');
      throw new TemplateError(`has an unexpected ${JSON.stringify([...rest][0])} in {{ }}`);
    }
    at += token.text.length;
    tokens.push(token);
    if (!['word', 'field', 'variable', 'number'].includes(token.kind)) continue;
    TERMINATOR.lastIndex = at;
    if (TERMINATOR.test(text) || text.startsWith('}}', at)) continue;
    const next = [...text.slice(at)][0] as string;
    throw new TemplateError(`has an unexpected ${JSON.stringify(next)} after ${token.text}`);
  }
}

function tokenAt(text: string, at: number): TemplateToken | undefined {
  for (const [kind, pattern] of TOKENS) {
    pattern.lastIndex = at;
    const [found] = pattern.exec(text) ?? [];
    if (found !== undefined) return { kind, text: found };
  }
  return undefined;
}

/** Whether Go can read a string, a number or a character. */
export function isLiteral(kind: 'string' | 'number' | 'char', text: string): boolean {
  if (kind === 'number') return isNumber(text.replaceAll('_', ''));
  try {
    const value = unquote(text);
    return kind === 'string' || [...value].length === 1;
  } catch (error) {
    if (error instanceof LiteralError) return false;
    throw error;
  }
}

function isNumber(text: string): boolean {
  const digits = text.replace(/^[+-]|i$/g, '');
  const isDecimal = !/^0[xXbBoO]/.test(digits);
  // An imaginary number is decimal.
  if (text.endsWith('i')) return isDecimal && Number.isFinite(Number(digits));
  if (isDecimal && /[.eE]/.test(digits)) return Number.isFinite(Number(digits));
  if (/^0\d*[89]/.test(digits)) return false;
  const whole = BigInt(/^0\d+$/.test(digits) ? `0o${digits.slice(1)}` : digits);
  return text.startsWith('-') ? whole <= 2n ** 63n : whole < 2n ** 64n;
}
