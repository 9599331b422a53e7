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

/** A template without the replacements that only shorten a label or a time. */
export const readable = (template: string) =>
  template
    .replace(/\{\{ reReplaceAll "[^"]*" "[^"]*" (\$labels\.\w+) \}\}/g, '{{ $1 }}')
    .replace(/ \| reReplaceAll "[^"]*" "[^"]*" \}\}/g, ' }}');
