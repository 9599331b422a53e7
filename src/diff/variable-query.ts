/** What a variable's query reads: a selector or an expression, and the label whose values it lists. */
interface VariableQuery {
  readonly expression: string;
  readonly label?: string;
}

/** Reads `label_values(x{…}, relay)` and `query_result(…)`; anything else is taken as an expression. */
export function variableQuery(query: string): VariableQuery {
  const [, selector, label] = /^\s*label_values\((.*),\s*(\w+)\s*\)\s*$/s.exec(query) ?? [];
  if (selector !== undefined && label !== undefined) return { expression: selector, label };
  return { expression: /^\s*query_result\((.*)\)\s*$/s.exec(query)?.[1] ?? query };
}
