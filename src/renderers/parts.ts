import { hash } from 'node:crypto';

/** One part of a generated file: a rule, a panel, a section, a row of a table. */
export interface Part {
  /** Names the part for people. One line, and not unique within the file. */
  readonly title: string;
  readonly checksum: string;
}

/** Half of these digits would do to notice an edit; the manifest is no protection against forgery. */
export const CHECKSUM_DIGITS = 16;

/** The first digits of the SHA-256 of a text, in hexadecimal. */
export const checksum = (content: string): string => hash('sha256', content, 'hex').slice(0, CHECKSUM_DIGITS);

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
  if (path.endsWith('.json')) return jsonParts(content) ?? [{ title: START, checksum: checksum(content) }];
  const isStart = path.endsWith('.md') ? startsInMarkdown() : startsInYaml();
  const blocks: string[][] = [[]];
  const lines = content.split('\n');
  lines.forEach((line, i) => {
    // After the last line break there is an empty line, which belongs to the last part.
    if (isStart(line) && i < lines.length - 1) blocks.push([]);
    blocks.at(-1)?.push(line);
  });
  return blocks.map((block) => ({ title: titleOf(block), checksum: checksum(block.join('\n')) }));
}

/** At most this long, without control characters, so that it stays one line. */
const tidy = (title: string) =>
  title
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, 120)
    .trim() || START;

/** The rule in a block of YAML, the first cell of a row, or the first line with text. */
function titleOf(lines: readonly string[]): string {
  const rule = lines.map((line) => /^\s*- ((?:alert|record): .*)$/.exec(line)?.[1]).find(Boolean);
  const line = lines.find((text) => text.trim() !== '') ?? '';
  return tidy(rule ?? (line.startsWith('| ') ? (line.split('|')[1] ?? '') : line));
}

/** Blank lines separate rules, and the other items of the files that we write. */
const startsInYaml = () => (line: string) => line === '';

/** A part for every heading, numbered step, row of a table, and item that is a link to another page. Rows without a first cell only separate others. */
function startsInMarkdown(): (line: string) => boolean {
  let inRows = false;
  return (line) => {
    if (!line.startsWith('|')) {
      inRows = false;
      return /^(?:#{2,6} |\d+\. |- \[\w+\]\(\w+\.md\)$)/.test(line);
    }
    if (/^\|[ |-]+\|$/.test(line) && line.includes('---')) {
      inRows = true;
      return false;
    }
    return inRows && line.split('|')[1]?.trim() !== '';
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
  // All elements of a list or none: otherwise the order between the parts and the others would be lost.
  const isList = Array.isArray(value) && isLarge(value);
  const children = isList ? elements(value) : unwrapped(members(value));
  const split = isList ? children : children.filter(({ child }) => isLarge(child));
  const rest = children.filter((child) => !split.includes(child)).map(({ name, child }) => [name, child]);
  if (title === '' || rest.length > 0)
    parts.push({ title: tidy(title), checksum: checksum(JSON.stringify([isList, rest])) });
  for (const { name, child } of split) addJsonParts(child, title === '' ? name : `${title}/${name}`, parts);
}

/** Whether a value is an object or a list with so much in it that it is split. */
const isLarge = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && leftOf(SMALLEST_JSON_PART, value) <= 0;

/** What is left of a length after a value of JSON as `JSON.stringify` writes it. Once nothing is left, the rest is not measured. */
function leftOf(length: number, value: unknown): number {
  if (typeof value !== 'object' || value === null) return length - JSON.stringify(value).length;
  const isList = Array.isArray(value);
  const items: readonly unknown[] = isList ? value : Object.keys(value);
  // Two brackets, and a comma between any two items.
  let left = length - 2 - Math.max(0, items.length - 1);
  for (const item of items) {
    if (left <= 0) return left;
    left = leftOf(left, item);
    if (!isList) left = leftOf(left - 1, (value as Readonly<Record<string, unknown>>)[item as string]);
  }
  return left;
}

interface Child {
  readonly name: string;
  readonly child: unknown;
}

/** A value that has no members is its own only one. */
const members = (value: unknown): Child[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).map(([name, child]) => ({ name, child }))
    : [{ name: '', child: value }];

/** An object that only wraps another one, with some small members, is not a separate part. */
function unwrapped(children: readonly Child[]): Child[] {
  const [large, ...more] = children.filter(({ child }) => isLarge(child));
  if (large === undefined || more.length > 0 || Array.isArray(large.child)) return [...children];
  const inner = members(large.child).map(({ name, child }) => ({ name: `${large.name}/${name}`, child }));
  return unwrapped(children.flatMap((child) => (child === large ? inner : [child])));
}

/** By their ids where they have some: an index would change with every element that is added before. */
function elements(value: readonly unknown[]): Child[] {
  return value.map((child) => {
    const { spec, ...own } = (child ?? {}) as Readonly<Record<string, unknown>>;
    const { uid, id, refId, name, title } = { ...(spec ?? {}), ...own } as Readonly<Record<string, unknown>>;
    return { name: String(uid ?? id ?? refId ?? name ?? title ?? '-'), child };
  });
}
