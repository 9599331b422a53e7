import { readFileSync, writeFileSync } from 'node:fs';

/** One number of the benchmark; with a bound, also whether it holds. */
interface Finding {
  readonly what: string;
  readonly measured: string;
  readonly bound: string;
  readonly verdict: string;
}

/** What the benchmark has found, as the tables of docs/exporter.md. */
export class Findings {
  readonly #rows: Finding[] = [];
  readonly #parts: string[] = [];
  #failures = 0;

  /** @param bound undefined: there is none, the number is only reported */
  atMost(what: string, value: number | undefined, bound: number | undefined, unit = ''): void {
    this.#add(
      what,
      value,
      bound === undefined ? '' : `at most ${bound}${unit}`,
      unit,
      (x) => x <= (bound ?? x),
    );
  }

  atLeast(what: string, value: number | undefined, bound: number | undefined): void {
    this.#add(what, value, bound === undefined ? '' : `at least ${bound}`, '', (x) => x >= (bound ?? x));
  }

  /** A row of the table of what keeping unchanged parts brings. */
  part(cells: readonly (string | number)[]): void {
    this.#parts.push(`| ${cells.join(' | ')} |`);
  }

  /** A bound without a measurement fails: nothing is passed over in silence. */
  #add(
    what: string,
    value: number | undefined,
    bound: string,
    unit: string,
    holds: (value: number) => boolean,
  ): void {
    const isFine = bound === '' || (value !== undefined && holds(value));
    if (!isFine) this.#failures += 1;
    const measured = value === undefined ? 'not measured' : `${value.toFixed(value < 20 ? 2 : 0)}${unit}`;
    this.#rows.push({ what, measured, bound, verdict: bound === '' ? '' : isFine ? 'holds' : 'fails' });
  }

  /** How many bounds do not hold. */
  get failures(): number {
    return this.#failures;
  }

  /** The tables in Markdown, with the machine they are from. */
  markdown(machine: string): string {
    const rows = this.#rows.map(({ what, measured, bound, verdict }) => {
      return `| ${what} | ${measured} | ${bound} | ${verdict} |`;
    });
    return [
      `Measured with ${machine}.`,
      '',
      '| ratio of p50, or as named | measured | bound | |',
      '| --- | --- | --- | --- |',
      ...rows,
      '',
      'How many times longer a changed version takes (parse, render, compress; one relay in ten changed) without a part:',
      '',
      '| relays | encoding | with everything | no lines kept | no families kept | nothing kept |',
      '| --- | --- | --- | --- | --- | --- |',
      ...this.#parts,
    ].join('\n');
  }
}

const BEGIN = '<!-- bench:exporter -->';
const END = '<!-- /bench:exporter -->';

/** Replaces what stands between the markers of a file. Throws where they are missing. */
export function writeBetweenMarkers(path: string, text: string): void {
  const before = readFileSync(path, 'utf8');
  const [begin, end] = [before.indexOf(BEGIN), before.indexOf(END)];
  if (begin < 0 || end < begin) throw new Error(`${path}: expected the markers ${BEGIN} and ${END}`);
  writeFileSync(path, `${before.slice(0, begin + BEGIN.length)}\n\n${text}\n\n${before.slice(end)}`);
}
