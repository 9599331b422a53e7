import { type Matcher as Match, RE2JS, RE2JSSyntaxException } from 're2js';

/** Why a regular expression cannot be evaluated. */
export class PatternError extends Error {
  constructor(
    readonly pattern: string,
    /** Continues "a regular expression that …". */
    readonly reason: string,
  ) {
    super(`the regular expression ${JSON.stringify(pattern)} ${reason}`);
    this.name = 'PatternError';
  }
}

/** A regular expression with the semantics of RE2, which Prometheus, Alertmanager and Grafana use. */
export interface Pattern {
  /** Whether a whole value matches; the expression is anchored at both ends. */
  matches(value: string): boolean;
  /**
   * What `label_replace` makes of a value: the replacement with `$1`, `$name` and `${name}` filled in, or `undefined` where the
   * value does not match.
   */
  replaced(value: string, replacement: string): string | undefined;
}

export interface PatternOptions {
  /** Whether `.` matches a line feed: it does since Prometheus 3 (the default), not in Prometheus 2 and Alertmanager. */
  readonly dotMatchesLineFeed?: boolean;
}

const compiled = new Map<string, Pattern | PatternError>();
/** Label values come in few patterns; a program that reads many files must not keep them all. */
const MOST_KEPT = 2000;

/** Compiles a regular expression of a label matcher or of `label_replace`. Throws {@link PatternError}. */
export function compilePattern(pattern: string, { dotMatchesLineFeed = true }: PatternOptions = {}): Pattern {
  const key = `${dotMatchesLineFeed} ${pattern}`;
  let known = compiled.get(key);
  if (known === undefined) {
    known = compile(pattern, dotMatchesLineFeed);
    if (compiled.size >= MOST_KEPT) compiled.clear();
    compiled.set(key, known);
  }
  if (known instanceof PatternError) throw known;
  return known;
}

function compile(pattern: string, dotMatchesLineFeed: boolean): Pattern | PatternError {
  let program: RE2JS;
  try {
    // First without the anchors, so that a parenthesis too many cannot close theirs.
    RE2JS.compile(pattern);
    program = RE2JS.compile(`^(?${dotMatchesLineFeed ? 's' : ''}:${pattern})$`);
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return new PatternError(pattern, reasonOf(error.message));
    throw error;
  }
  return {
    matches: (value) => program.test(value),
    replaced(value, replacement) {
      const match = program.matcher(value);
      return match.matches() ? filledIn(replacement, match, program) : undefined;
    },
  };
}

function reasonOf(message: string): string {
  const reason = message.replace(/^error parsing regexp: /, '');
  if (/`\(\?<?[=!]/.test(reason)) return 'uses lookahead or lookbehind, which Prometheus does not support';
  if (/Perl syntax|`\\[1-9]`$/.test(reason)) return `uses syntax that RE2 does not support: ${reason}`;
  return `is not valid: ${reason}`;
}

/** Fills in a replacement as Go does: the longest word after `$` is the name, and an unknown name is empty. */
function filledIn(replacement: string, match: Match, program: RE2JS): string {
  const names = program.namedGroups();
  return replacement.replace(
    /\$(?:(\$)|(\w+)|\{(\w+)\})/g,
    (_, dollar?: string, bare?: string, braced?: string) => {
      if (dollar !== undefined) return '$';
      const name = (bare ?? braced) as string;
      const group = /^\d+$/.test(name) ? Number(name) : names[name];
      if (group === undefined || group > program.groupCount()) return '';
      return match.group(group) ?? '';
    },
  );
}

/** A regular expression that matches a text and nothing else. */
export const literalPattern = (text: string) => RE2JS.quote(text);

/** Why a regular expression cannot be used ("is broken: …"), or `undefined`. */
export function patternFault(pattern: string): string | undefined {
  try {
    compilePattern(pattern);
    return undefined;
  } catch (error) {
    if (error instanceof PatternError) return error.reason;
    throw error;
  }
}

/** Whether a label's value matches as a whole. Throws {@link PatternError}. */
export function matchesPattern(pattern: string, value: string): boolean {
  return compilePattern(pattern).matches(value);
}
