import { styleText } from 'node:util';
import stringWidth from 'fast-string-width';

type TextFormat = Parameters<typeof styleText>[0];

/** How text is styled for its output. */
export interface TerminalStyle {
  readonly colours: boolean;
  /** Columns; lines are cut to it. */
  readonly width: number;
}

/** Text in a colour or weight, or plain where colours are not wanted. */
export function styled({ colours }: TerminalStyle, format: TextFormat, text: string): string {
  return colours ? styleText(format, text, { validateStream: false }) : text;
}

/** Whether an output stream is a terminal that can be drawn on. */
export function isDrawable(stream: NodeJS.WriteStream): boolean {
  return stream.isTTY === true && process.env.TERM !== 'dumb';
}

/** Whether to write colors to an output stream: it is a terminal, and colors are not disabled. */
export function wantsColours(stream: NodeJS.WriteStream): boolean {
  return isDrawable(stream) && !process.env.NO_COLOR;
}

/** A number of seconds in words a person takes in at once: `45s`, `3m 20s`, `2h 05m`. */
export function formatSeconds(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes}m ${String(whole % 60).padStart(2, '0')}s`;
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, '0')}m`;
}

/** Cuts plain text to a number of columns, with an ellipsis where something is missing. */
export function truncate(text: string, width: number): string {
  if (stringWidth(text) <= width) return text;
  if (width < 1) return '';
  const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
  let kept = '';
  let left = width - 1;
  for (const { segment } of graphemes.segment(text)) {
    left -= stringWidth(segment);
    if (left < 0) break;
    kept += segment;
  }
  return `${kept}…`;
}

/** Plain text with spaces behind it, up to a number of columns. */
export const padded = (text: string, width: number) =>
  text + ' '.repeat(Math.max(0, width - stringWidth(text)));

/** One cell of a table row: plain text, its width, and how it is styled. */
export interface Cell {
  readonly text: string;
  readonly width: number;
  readonly format?: TextFormat;
}

/** A row of cells, cut and padded to their widths; the last one gets what the line has left. */
export function row(style: TerminalStyle, cells: readonly Cell[]): string {
  let left = style.width;
  return cells
    .map(({ text, width, format }, i) => {
      const room = i === cells.length - 1 ? left : Math.min(width, left);
      left = Math.max(0, left - room - 1);
      const shown = truncate(text, room);
      const padding = padded(shown, room).slice(shown.length);
      return (format === undefined ? shown : styled(style, format, shown)) + padding;
    })
    .join(' ')
    .trimEnd();
}

/** A relay key, shortened so that a person can still distinguish it from others. */
export function shortRelay(relay: string): string {
  return /^[0-9a-f]{64}$/.test(relay) ? `${relay.slice(0, 10)}…` : relay;
}

/** A word of a Bash command, quoted where it has to be. */
export const shellWord = (text: string) =>
  /^[\w./:=@%+-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
