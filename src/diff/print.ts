import { headOf, rowOf } from '../renderers/docs/markdown.js';
import { styled } from '../terminal/text.js';
import { wrap } from '../terminal/wrap.js';
import { type Finding, LEVELS, type Level, listed } from './finding.js';

/** A comparison, ready to be printed. */
export interface Comparison {
  /** Names of the two sides. */
  readonly base: string;
  readonly head: string;
  readonly findings: readonly Finding[];
  /** What was left out or could not be done, as sentences. */
  readonly notes: readonly string[];
  /** Files of either side that were not read, each with the reason. */
  readonly unread?: readonly NotRead[];
}

/** A file that was not read. */
export interface NotRead {
  readonly file: string;
  readonly line?: number;
  readonly reason: string;
}

/** So many files that were not read are listed for people; machines get all of them. */
const MOST_LISTED = 20;

/** The files that were not read, one per line. */
function notRead(unread: readonly NotRead[]): string[] {
  const left = unread.length - MOST_LISTED;
  return [
    ...unread.slice(0, MOST_LISTED).map(({ file, line, reason }) => `${placed(file, line)}: ${reason}`),
    ...(left > 0 ? [`and ${left} more; --json lists all`] : []),
  ];
}

const placed = (file: string, line: number | undefined) => (line === undefined ? file : `${file}:${line}`);

/** How many findings there are of each level. */
function countOf(findings: readonly Finding[]): Record<Level, number> {
  const count = (level: Level) => findings.filter((finding) => finding.level === level).length;
  return { breaking: count('breaking'), notable: count('notable'), harmless: count('harmless') };
}

/** `2 breaking, 1 notable`. */
function summaryOf(findings: readonly Finding[]): string {
  const count = countOf(findings);
  return LEVELS.filter((level) => count[level] > 0)
    .map((level) => `${count[level]} ${level}`)
    .join(', ');
}

const kindInWords = (kind: string) => kind.replaceAll('-', ' ');

const change = ({ before, after }: Finding) =>
  before === undefined ? (after ?? '') : after === undefined ? `${before} → gone` : `${before} → ${after}`;

const detail = (text: string) => (text === '' ? '' : `: ${printable(text)}`);

interface Subject {
  readonly subject: string;
  readonly findings: readonly Finding[];
}

function bySubject(findings: readonly Finding[]): Subject[] {
  return [...new Set(findings.map(({ subject }) => subject))].map((subject) => ({
    subject,
    findings: findings.filter((finding) => finding.subject === subject),
  }));
}

/** The lines of a text, each behind an indentation. */
const wrapped = (text: string, indent: string, width: number) =>
  wrap(text, width - indent.length)
    .map((line) => indent + line)
    .join('\n');

/** Control characters in a file must not reach the terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is taken away
const printable = (text: string) => text.replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');

const COLOURS = { breaking: 'red', notable: 'yellow', harmless: 'gray' } as const;

/**
 * The comparison for the terminal: what breaks first. Harmless changes are counted, unless all are asked for.
 *
 * @param width columns of the terminal
 */
export function asText(
  { base, head, findings, notes, unread = [] }: Comparison,
  { all = false, colour = false, width = 100 }: { all?: boolean; colour?: boolean; width?: number } = {},
): string {
  const paint = (format: Parameters<typeof styled>[1], text: string) =>
    styled({ colours: colour, width }, format, text);
  const columns = Math.min(width, 110);
  const blocks = [paint('bold', `${base} → ${head}`)];
  for (const level of LEVELS) {
    const own = findings.filter((finding) => finding.level === level);
    if (own.length === 0 || (level === 'harmless' && !all)) continue;
    const subjects = bySubject(own).map(({ subject, findings: changes }) =>
      [
        `  ${paint('bold', printable(subject))}`,
        ...changes.flatMap((finding) => [
          wrapped(`${kindInWords(finding.kind)}${detail(change(finding))}`, '    ', columns),
          ...(level === 'harmless'
            ? []
            : [paint('dim', wrapped(printable(finding.consequence), '      ', columns))]),
        ]),
      ].join('\n'),
    );
    blocks.push([paint(['bold', COLOURS[level]], level.toUpperCase()), ...subjects].join('\n'));
  }
  blocks.push(...notes.map((note) => paint('dim', wrapped(note, '', columns))));
  if (unread.length > 0) {
    const lines = notRead(unread).map((line) => wrapped(printable(line), '  ', columns));
    blocks.push(paint('dim', ['Not read:', ...lines].join('\n')));
  }
  const harmless = findings.filter(({ level }) => level === 'harmless');
  const hidden = !all && harmless.length > 0 ? ` (--all lists harmless changes: ${kindsOf(harmless)})` : '';
  blocks.push(
    findings.length === 0
      ? paint('green', `No effect: ${what(unread)} are equivalent.`)
      : `${paint('bold', summaryOf(findings))}${hidden}`,
  );
  return blocks.join('\n\n');
}

/** What was compared. */
const what = (unread: readonly NotRead[]) =>
  unread.length === 0 ? 'rules and dashboards' : 'the rules and dashboards that were read';

function kindsOf(findings: readonly Finding[]): string {
  return listed([...new Set(findings.map(({ kind }) => kindInWords(kind)))]);
}

/** By this a later run finds its own comment and rewrites it, instead of adding another one. */
export const MARKER = '<!-- gateway-observability diff -->';

/** GitHub takes 65,536 characters in a comment; what a workflow adds needs room as well. */
const LONGEST_COMMENT = 60_000;

/** Text that Markdown shows as it is, in a line or a table cell; an `@` in it notifies no one. */
const plain = (text: string) =>
  printable(text)
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_[\]<>|#~]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('@', '@\u200b');

/** A code span, whatever is in the text. */
function code(text: string): string {
  const line = printable(text).replace(/\s+/g, ' ').trim();
  if (line === '') return '';
  const fence = '`'.repeat(Math.max(0, ...[...line.matchAll(/`+/g)].map(([run]) => run.length)) + 1);
  const padding = fence.length > 1 ? ' ' : '';
  return `${fence}${padding}${line.replaceAll('|', '\\|')}${padding}${fence}`;
}

const TITLES = { breaking: 'Breaking', notable: 'Notable', harmless: 'Harmless' } as const;

/** The comparison for a comment under a pull request; begins with {@link MARKER} and fits into one comment. */
export function asMarkdown({ base, head, findings, notes, unread = [] }: Comparison): string {
  const title = findings.length === 0 ? 'no consequences' : summaryOf(findings);
  const top = `${MARKER}\n### Alerts and dashboards: ${title}\n\n${code(base)} → ${code(head)}\n`;
  const files = notRead(unread).map((line) => `- ${plain(line)}\n`);
  const end = [
    ...notes.map((note) => `\n${plain(note)}\n`),
    ...(files.length === 0
      ? []
      : [`\n<details><summary>Not read (${unread.length})</summary>\n\n`, ...files, '\n</details>\n']),
  ].join('');
  let room = LONGEST_COMMENT - top.length - end.length - 500;
  let left = 0;
  const sections = LEVELS.map((level) => {
    const rows = findings
      .filter((finding) => finding.level === level)
      .flatMap((finding) => {
        const row = rowOf([
          code(finding.subject),
          `${kindInWords(finding.kind)}: ${changeInCode(finding)}`,
          `${plain(finding.consequence)} (${code(placed(finding.file, finding.line))})`,
        ]);
        room -= row.length + 1;
        if (room >= 0) return [row];
        left += 1;
        return [];
      });
    if (rows.length === 0) return '';
    const table = `${[...headOf(['', 'Change', 'Effect']), ...rows].join('\n')}\n`;
    return level === 'breaking'
      ? `\n#### ${TITLES[level]}\n\n${table}`
      : `\n<details${level === 'notable' ? ' open' : ''}><summary>${TITLES[level]} (${countOf(findings)[level]})</summary>\n\n${table}\n</details>\n`;
  });
  const cut =
    left > 0 ? `\n${left} more findings do not fit into this comment; run the command to see them.\n` : '';
  const nothing = findings.length === 0 ? `\nNo effect: ${what(unread)} are equivalent.\n` : '';
  return `${top}${nothing}${sections.join('')}${cut}${end}`;
}

function changeInCode({ before, after }: Finding): string {
  if (before === undefined) return after === undefined ? '' : code(after);
  return `${code(before)} → ${after === undefined ? 'gone' : code(after)}`;
}

/** The comparison for machines. */
export function asJson({ base, head, findings, notes, unread = [] }: Comparison): string {
  return JSON.stringify({ base, head, count: countOf(findings), findings, notes, unread }, null, 2);
}
