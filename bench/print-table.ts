import { table } from '../src/terminal/table.js';

/** Prints rows of plain text in columns, indented under a heading. */
export function printTable(rows: readonly (readonly string[])[]): void {
  for (const line of table(rows)) console.log(`  ${line}`);
}
