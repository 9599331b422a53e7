import stringWidth from 'fast-string-width';
import { padded } from './text.js';

/** Rows of plain text in columns, each as wide as its widest cell. No line ends with a space. */
export function table(rows: readonly (readonly string[])[]): string[] {
  const columns = Math.max(0, ...rows.map((cells) => cells.length));
  const widths = Array.from({ length: columns }, (_, i) =>
    Math.max(...rows.map((cells) => stringWidth(cells[i] ?? ''))),
  );
  return rows.map((cells) =>
    cells
      .map((cell, i) => padded(cell, widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
