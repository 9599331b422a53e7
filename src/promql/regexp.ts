/**
 * Why a regular expression cannot be used ("is broken: ...", "has ..."), or `undefined`. Prometheus matches with RE2, we judge with JavaScript: what only
 * one of the two understands would either be refused by Prometheus or be judged wrongly here.
 */
export function patternFault(pattern: string): string | undefined {
  if (/\(\?(?:[=!]|<[=!])/.test(pattern)) return 'looks ahead or behind, which Prometheus cannot';
  for (const [, letter] of pattern.matchAll(/\\(?:\\|([1-9a-zA-Z]))/g)) {
    if (letter !== undefined && !'tnfrvxbBdDsSwW'.includes(letter)) {
      return `has the escape \\${letter}, which not every reader of it knows`;
    }
  }
  // Node.js 24 knows flags within a pattern and names used twice, 20 does not: the answer must not depend on it.
  const unquoted = pattern.replace(/\\./gs, '').replace(/\[\^?\]?[^\]]*\]/g, '');
  if (/\(\?(?!:)/.test(unquoted.replace(LEADING_FLAGS, ''))) {
    return 'has a group with flags or a name, which not every reader of it knows';
  }
  if (pattern.includes('[[:')) return 'has a POSIX class, which not every reader of it knows';
  try {
    compiled(pattern);
    return undefined;
  } catch (error) {
    // The message repeats the pattern with our anchors around it.
    return `is broken: ${(error as Error).message.replace(/^.*\/[a-z]*: /s, '')}`;
  }
}

/** Whether a label's value matches as Prometheus matches it: anchored at both ends. Throws for a pattern with a fault. */
export function matchesPattern(pattern: string, value: string): boolean {
  return compiled(pattern).test(value);
}

/** The flags at the start, `(?i)` and `(?s)`, are those that rules use; JavaScript has them outside the pattern. */
const LEADING_FLAGS = /^\(\?([is]+)\)/;

function compiled(pattern: string): RegExp {
  const [flags, letters = ''] = LEADING_FLAGS.exec(pattern) ?? [''];
  return new RegExp(`^(?:${pattern.slice(flags.length)})$`, [...new Set(letters)].join(''));
}
