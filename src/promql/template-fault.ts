/** The variables that Prometheus gives a template of an alert. */
export const TEMPLATE_VARIABLES = ['labels', 'value', 'externalLabels', 'externalURL'];

/** What is wrong with a template of a label or an annotation; Prometheus would refuse the whole rule file for it. */
export function templateFault(text: string): string | undefined {
  const actions: string[] = [];
  // Braces inside of a string or a comment end nothing.
  const rest = text.replace(
    /\{\{((?:"(?:[^"\\\n]|\\.)*"|`[^`]*`|\/\*.*?\*\/|(?!\}\}|\{\{)[^"`])*)\}\}/gs,
    (_, action: string) => {
      actions.push(action.replace(/\/\*.*?\*\/|"(?:[^"\\]|\\.)*"|`[^`]*`/gs, ' '));
      return '';
    },
  );
  if (rest.includes('{{')) return 'has an unmatched {{ or }}';
  const own = actions.flatMap((action) =>
    [...action.matchAll(/\$(\w+)\s*(?=:=|,)/g)].map((match) => match[1]),
  );
  const unknown = actions
    .flatMap((action) => [...action.matchAll(/\$(\w+)/g)].map((match) => match[1] as string))
    .find((name) => !TEMPLATE_VARIABLES.includes(name) && !own.includes(name));
  if (unknown !== undefined) return `uses $${unknown}, which no template has`;
  return blockFault(actions);
}

/** Whether every block has its end. */
function blockFault(actions: readonly string[]): string | undefined {
  let open = 0;
  for (const action of actions) {
    const [word = ''] = /[a-z]+/.exec(action.replace(/^-?\s*/, '')) ?? [];
    if (/^-?\s*(?:if|range|with|define|block)\b/.test(action)) open += 1;
    if (word === 'end' && /^-?\s*end\s*-?$/.test(action)) open -= 1;
    if (open < 0) return 'has an {{ end }} that ends nothing';
  }
  return open > 0 ? 'has a block without {{ end }}' : undefined;
}
