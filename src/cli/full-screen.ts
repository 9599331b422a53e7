import { type TerminalStyle, wantsColours } from '../terminal/text.js';

/** A view that takes the whole terminal, until it is closed. */
export interface FullScreen {
  draw(): void;
  /** Gives the terminal back as it was. */
  close(): void;
}

/**
 * Takes the whole terminal.
 *
 * @param linesOf the lines of the view now, at most `height` of them; asked for at each drawing
 */
export function openFullScreen(
  linesOf: (style: TerminalStyle, height: number) => readonly string[],
): FullScreen {
  const { stdout } = process;
  const draw = () => {
    const height = stdout.rows || 24;
    const lines = linesOf({ colours: wantsColours(stdout), width: stdout.columns || 80 }, height);
    // Each line is cleared to its end and the rest of the screen below: nothing flickers.
    const text = lines.slice(0, height).map((line) => `${line}\x1b[K`);
    stdout.write(`\x1b[H${text.join('\r\n')}\x1b[J`);
  };
  stdout.write('\x1b[?1049h\x1b[?25l');
  stdout.on('resize', draw);
  return {
    draw,
    close() {
      stdout.off('resize', draw);
      stdout.write('\x1b[?25h\x1b[?1049l');
    },
  };
}
