/** Where a Grafana variable stands in a text. */
export interface VariableSpan {
  readonly from: number;
  readonly to: number;
}

const VARIABLE = String.raw`\$\{[^}]*\}|\$\w+|\[\[\w+(?::\w+)?\]\]`;
const TOKEN = new RegExp(
  String.raw`"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|${'`[^`]*`'}|#[^\n]*|(${VARIABLE})|\boffset\b|[[\]@]|\s+|\w+|.`,
  'gis',
);

/**
 * A text of the same length without Grafana's variables, so that it can be parsed and positions stay right: where a length of
 * time or a number belongs stands one, elsewhere a name. Variables within quotes are left alone.
 */
export function maskVariables(text: string): {
  readonly masked: string;
  readonly variables: readonly VariableSpan[];
} {
  const variables: VariableSpan[] = [];
  let depth = 0;
  let isLength = false;
  let afterDigits = false;
  const masked = text.replace(TOKEN, (token: string, variable: string | undefined, from: number) => {
    if (variable === undefined) {
      if (token === '[') depth++;
      else if (token === ']') depth--;
      else if (/^offset$/i.test(token)) isLength = true;
      else if (token === '@') isLength = true;
      // A sign or a parenthesis may stand between `offset` and the length.
      else if (!/^(?:[-+(]|\s+)$/.test(token)) isLength = false;
      afterDigits = /^\d+$/.test(token) || (token === '.' && afterDigits);
      return token;
    }
    variables.push({ from, to: from + variable.length });
    const next = text[from + variable.length] ?? '';
    if (depth > 0 || isLength) return '1'.repeat(variable.length - 1) + (/[\w.]/.test(next) ? '1' : 's');
    if (afterDigits) return '1'.repeat(variable.length);
    return '_'.repeat(variable.length);
  });
  return { masked, variables };
}

const ANY_VARIABLE = new RegExp(VARIABLE);

/** Whether a text has a Grafana variable in it. */
export function hasVariable(text: string): boolean {
  return ANY_VARIABLE.test(text);
}

/** A text in pieces, each a variable or what stands between two. */
export function splitVariables(text: string): { readonly text: string; readonly isVariable: boolean }[] {
  return text
    .split(new RegExp(`(${VARIABLE})`))
    .map((part, i) => ({ text: part, isVariable: i % 2 === 1 }))
    .filter((part) => part.text !== '');
}
