// Without alternatives in the loop, since a text may have megabytes.
const CHARACTERS = String.raw`[^"\\\x00-\x1f]*`;
const STRING_START = String.raw`"${CHARACTERS}(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})${CHARACTERS})*`;
const NUMBER = String.raw`-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const TOKEN = new RegExp(
  `[\\t\\n\\r ]*(?:([{}[\\],:])|(${STRING_START}")|(?:${NUMBER}|true|false|null))`,
  'y',
);
/** A token of which the text has only the beginning, or nothing at all. */
const BROKEN_OFF = new RegExp(
  `[\\t\\n\\r ]*(?:${STRING_START}(?:\\\\(?:u[\\da-fA-F]{0,3})?)?|[-+.\\w]*)$`,
  'y',
);

/** Which tokens may follow, from the stack of open brackets on: a key, a colon, a value or a comma; `}` and `]` where they may close. */
type Expected = 'key' | 'first key' | 'colon' | 'value' | 'first value' | 'comma';

/** What may follow a token; undefined where it may not stand. Changes the stack of open brackets. */
function after(expected: Expected, [, mark, text]: RegExpExecArray, stack: string[]): Expected | undefined {
  const isValue = expected.endsWith('value');
  if (mark === '{' || mark === '[') {
    stack.push(mark);
    return isValue ? (mark === '{' ? 'first key' : 'first value') : undefined;
  }
  if (mark === '}' || mark === ']') {
    const isEnd = expected === 'comma' || expected === (mark === '}' ? 'first key' : 'first value');
    return stack.pop() === (mark === '}' ? '{' : '[') && isEnd ? 'comma' : undefined;
  }
  if (mark === ',') return expected !== 'comma' ? undefined : stack.at(-1) === '{' ? 'key' : 'value';
  if (mark === ':') return expected === 'colon' ? 'value' : undefined;
  if (isValue) return 'comma';
  return text !== undefined && expected.endsWith('key') ? 'colon' : undefined;
}

/**
 * What has happened to a file that is not JSON. `spliced`, as overlapping writes leave it: an object that is complete and followed by more,
 * or whose beginning and end do not fit together, or text around a hole of NUL bytes. `not_json`: empty, broken off, or something else.
 */
export function damageOf(text: string): 'spliced' | 'not_json' {
  if (text.includes('\0') && /[^\0\s]/.test(text)) return 'spliced';
  if (!/^\s*\{/.test(text)) return 'not_json';
  const stack: string[] = [];
  let expected: Expected | undefined = 'value';
  let at = 0;
  do {
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text);
    expected = token === null ? undefined : after(expected, token, stack);
    if (expected !== undefined) at = TOKEN.lastIndex;
    // The object is complete, and the text goes on.
    if (expected !== undefined && stack.length === 0) return 'spliced';
  } while (expected !== undefined);
  BROKEN_OFF.lastIndex = at;
  return !BROKEN_OFF.test(text) && /\}\s*$/.test(text) ? 'spliced' : 'not_json';
}
