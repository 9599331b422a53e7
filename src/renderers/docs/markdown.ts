const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** A row of a Markdown table, of cells that are Markdown already. */
export const rowOf = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

/** The lines above the rows of a Markdown table. */
export const headOf = (head: readonly string[]) => [rowOf(head), rowOf(head.map(() => '---'))];

/** A Markdown table; what would end a cell is escaped. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [...headOf(head.map(cell)), ...rows.map((row) => rowOf(row.map(cell)))].join('\n');

/** Inline code. */
export const code = (text: string) => `\`${text}\``;

/**
 * The rows of a table, with an empty one wherever the next row is about something else: git does not merge changes of
 * neighbouring rows.
 */
export function spaced<Item>(
  items: readonly Item[],
  subjectOf: (item: Item) => unknown,
  rowOf: (item: Item) => readonly string[],
): (readonly string[])[] {
  return items.flatMap((item, i) => {
    const row = rowOf(item);
    const before = items[i - 1];
    return before === undefined || subjectOf(before) === subjectOf(item) ? [row] : [row.map(() => ''), row];
  });
}

const PLACEHOLDERS: readonly (readonly [RegExp, string])[] = [
  // A count with its noun in the singular or the plural.
  [/\{\{ \$count := [^}]*\}\}\{\{ \$count \}\} (\w+)\{\{ if ne \$count "1" \}\}s\{\{ end \}\}/g, '`<n>` $1s'],
  [/\{\{ with \$labels\.(\w+) \}\}([^{]*)\{\{ \. \}\}([^{]*)\{\{ end \}\}/g, '$2`<$1>`$3'],
  [/\{\{ reReplaceAll "[^"]*" "[^"]*" \$labels\.(\w+) \}\}/g, '`<$1>`'],
  [/\{\{ \$labels\.(\w+) \}\}/g, '`<$1>`'],
  [/\{\{ \$value \| humanizeDuration \}\}/g, '`<duration>`'],
  [/\{\{ \$value \| humanizePercentage \}\}/g, '`<percentage>`'],
  [/\{\{ \$value \| humanizeTimestamp(?: \| reReplaceAll "[^"]*" "[^"]*")? \}\}/g, '`<time>`'],
  [/\{\{ printf "%\.0f" \$value \}\}/g, '`<n>`'],
];

/** A template as Markdown for people: what it fills in as a placeholder. Actions of another form stay as they are. */
export const readable = (template: string): string =>
  PLACEHOLDERS.reduce((text, [action, placeholder]) => text.replace(action, placeholder), template);
