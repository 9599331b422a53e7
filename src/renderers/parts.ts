import { createHash } from 'node:crypto';

/** One part of a generated file: a rule, a panel, a section, a row of a table. */
export interface Part {
  /** Names the part for people. One line, and not unique within the file. */
  readonly title: string;
  /** SHA-256 of the part's text. */
  readonly sha256: string;
}

/** SHA-256 of a text, in hexadecimal. */
export const sha256 = (content: string | Buffer): string =>
  createHash('sha256').update(content).digest('hex');

/** The title of a file's only part, or of what comes before the first named one. */
export const START = '(start)';

/**
 * A smaller object stays in the part of the object that holds it. Characters of compact JSON: about the size of one query
 * of a panel, so that two thresholds drawn in one panel are two parts.
 */
const SMALLEST_JSON_PART = 300;

/**
 * Splits a generated file into parts. Two changes that git merges in the file are changes to different parts, so that
 * git merges the list of the parts as well. The same parts in the same order mean the same file.
 */
export function partsOf(path: string, content: string): Part[] {
  if (path.endsWith('.json')) return jsonParts(content) ?? [whole(content)];
  if (path.endsWith('.md')) return textParts(content, markdownTitles());
  if (path.endsWith('.yaml'))
    return textParts(content, (line) => /^\s*- ((?:alert|record): .*)$/.exec(line)?.[1]);
  return [whole(content)];
}

const whole = (content: string): Part => ({ title: START, sha256: sha256(content) });

/** At most this long, without control characters, so that it stays one line. */
const tidy = (title: string) =>
  title
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, 120)
    .trim() || START;

/** @param titleOf the title of the part that begins with this line; undefined where none begins */
function textParts(content: string, titleOf: (line: string) => string | undefined): Part[] {
  const parts: { title: string; lines: string[] }[] = [{ title: START, lines: [] }];
  for (const line of content.split('\n')) {
    const title = titleOf(line);
    if (title !== undefined) parts.push({ title: tidy(title), lines: [] });
    parts.at(-1)?.lines.push(line);
  }
  return parts.map(({ title, lines }) => ({ title, sha256: sha256(lines.join('\n')) }));
}

/** A part for every heading, and for every row of a table by its first cell. Rows without a first cell separate others. */
function markdownTitles(): (line: string) => string | undefined {
  let inRows = false;
  return (line) => {
    if (!line.startsWith('|')) {
      inRows = false;
      return /^#{2,6} /.test(line) ? line : undefined;
    }
    if (/^\|[ |-]+\|$/.test(line) && line.includes('---')) {
      inRows = true;
      return undefined;
    }
    const cell = line.split('|')[1]?.trim();
    return inRows && cell !== '' ? cell : undefined;
  };
}

/** The parts of JSON as we write it; undefined for other JSON, whose white space would be lost. */
function jsonParts(content: string): Part[] | undefined {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    return undefined;
  }
  if (`${JSON.stringify(value, null, 2)}\n` !== content) return undefined;
  const parts: Part[] = [];
  addJsonParts(value, '', parts);
  return parts;
}

function addJsonParts(value: unknown, title: string, parts: Part[]): void {
  const children = Array.isArray(value) ? elements(value) : members(value);
  const large = new Set(children.filter(({ child }) => isLarge(child)));
  // Where the elements of a list are not all parts, the order between those that are and those that are not would be lost.
  if (Array.isArray(value) && large.size < children.length) large.clear();
  const rest = children.filter((child) => !large.has(child)).map(({ name, child }) => [name, child]);
  const own = children.length === 0 ? value : rest;
  parts.push({ title: tidy(title), sha256: sha256(JSON.stringify([Array.isArray(value), own])) });
  for (const { name, child } of large) addJsonParts(child, title === '' ? name : `${title}/${name}`, parts);
}

const isLarge = (value: unknown) =>
  typeof value === 'object' && value !== null && JSON.stringify(value).length >= SMALLEST_JSON_PART;

interface Child {
  readonly name: string;
  readonly child: unknown;
}

const members = (value: unknown): Child[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).map(([name, child]) => ({ name, child }))
    : [];

/** By their ids where they have some: an index would change with every element that is added before. */
function elements(value: readonly unknown[]): Child[] {
  return value.map((child) => {
    const { id, uid, refId, name, title } = (child ?? {}) as Readonly<Record<string, unknown>>;
    return { name: String(uid ?? id ?? refId ?? name ?? title ?? '-'), child };
  });
}
