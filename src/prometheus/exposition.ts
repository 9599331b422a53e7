import { sampleValue } from './sample-text.js';

/** One sample of an exposition. */
export interface ParsedSample {
  /** The series' name, with the suffix of a histogram's part. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly line: number;
}

/** A metric family as an exposition shows it. */
export interface Family {
  readonly name: string;
  /** From the TYPE line; `untyped` without one. */
  readonly type: string;
  readonly help?: string;
  readonly samples: readonly ParsedSample[];
}

/** Text that is no exposition; `line` counts from 1. */
export class ExpositionError extends Error {
  constructor(
    readonly line: number,
    message: string,
  ) {
    super(`line ${line}: ${message}`);
    this.name = 'ExpositionError';
  }
}

/** A name in quotes stands in the braces: `{"my.metric", a="b"}`. */
const QUOTED_NAME = /^\{\s*"((?:[^"\\\n]|\\.)*)"\s*(?:,|(?=\}))/;
const NAME = /^([a-zA-Z_:][\w:]*)(?:\s*(?=\{))?/;
// A piece at a time: a line may have any number of labels, and a repeated group would take stack for each.
const IN_LABELS = /[^"}]+|"[^"\\]*(?:\\.[^"\\]*)*"/y;
const VALUE = /\s+(\S+)(?:\s+(-?[\d.]+(?:[eE][+-]?\d+)?))?(?:\s+#.*)?$/y;
const LABEL = /\s*(?:([a-zA-Z_]\w*)|"((?:[^"\\\n]|\\.)*)")\s*=\s*"([^"\\\n]*(?:\\.[^"\\\n]*)*)"\s*(,|$)/y;
/** The series that a family of a type has besides the one of its name. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  histogram: ['_bucket', '_sum', '_count', '_created'],
  summary: ['_sum', '_count', '_created'],
  info: ['_info'],
};

/** Text of the page for a message: short, and without the keys of peers and relays, which are confidential. */
export function excerpt(text: string): string {
  const short = text.replace(/[0-9a-f]{16,}/gi, (key) => `${key.slice(0, 4)}...`);
  return JSON.stringify(short.length > 80 ? `${short.slice(0, 77)}...` : short);
}

const unescaped = (text: string) => text.replace(/\\(n|.)/g, (_, c: string) => (c === 'n' ? '\n' : c));

function labelsOf(text: string, line: number): Record<string, string> {
  const labels: Record<string, string> = {};
  const inner = text.slice(1, -1);
  LABEL.lastIndex = 0;
  let at = 0;
  while (inner.slice(at).trim() !== '') {
    LABEL.lastIndex = at;
    const match = LABEL.exec(inner);
    if (match === null)
      throw new ExpositionError(line, `found ${excerpt(inner.slice(at))}, expected label="value"`);
    const name = match[1] ?? unescaped(match[2] as string);
    if (Object.hasOwn(labels, name))
      throw new ExpositionError(line, `found the label ${name} twice, expected it once`);
    labels[name] = unescaped(match[3] as string);
    at = LABEL.lastIndex;
  }
  return labels;
}

/**
 * Parses a text exposition of Prometheus (0.0.4), also in the OpenMetrics variant: `# EOF`, `# UNIT`, timestamps, exemplars, and
 * counters whose TYPE line lacks `_total`. The families are keyed by the name that rules use: a counter's with `_total`.
 *
 * @throws {ExpositionError} naming the line, what was found and what is expected
 */
export function parseExposition(text: string): Map<string, Family> {
  const lines = readLines(text);
  const { types, helps, samples } = lines;
  const nameOf = familyNaming(lines, /^# EOF\s*$/m.test(text));
  const families = new Map<string, { name: string; type: string; help?: string; samples: ParsedSample[] }>();
  const family = (declared: string) => {
    const name = nameOf(declared);
    const known = families.get(name);
    if (known !== undefined) return known;
    const help = helps.get(declared);
    const made = {
      name,
      type: types.get(declared) ?? 'untyped',
      ...(help === undefined ? {} : { help }),
      samples: [],
    };
    families.set(name, made);
    return made;
  };
  for (const name of types.keys()) family(name);
  for (const sample of samples) {
    const declared = declaredFor(types, sample.name);
    // When a series began is no value of the metric.
    if (declared !== sample.name && sample.name.endsWith('_created')) continue;
    family(declared).samples.push(sample);
  }
  return families;
}

/** The lines of an exposition: TYPE and HELP by the name they declare, and the samples. */
interface ParsedLines {
  readonly types: ReadonlyMap<string, string>;
  readonly helps: ReadonlyMap<string, string>;
  readonly samples: readonly ParsedSample[];
}

function readLines(text: string): ParsedLines {
  const types = new Map<string, string>();
  const helps = new Map<string, string>();
  const samples: ParsedSample[] = [];
  text.split('\n').forEach((raw, index) => {
    const line = index + 1;
    const trimmed = raw.trim();
    if (trimmed === '') return;
    if (!trimmed.startsWith('#')) {
      samples.push(sampleOf(trimmed, line));
      return;
    }
    const [, keyword, found = '', rest = ''] =
      /^#\s+(HELP|TYPE)\s+("(?:[^"\\]|\\.)*"|\S+)\s*(.*)$/.exec(trimmed) ?? [];
    const name = found.startsWith('"') ? unescaped(found.slice(1, -1)) : found;
    if (keyword === 'HELP') helps.set(name, rest);
    if (keyword !== 'TYPE') return;
    const known = types.get(name);
    if (rest === '') {
      throw new ExpositionError(line, `found ${excerpt(trimmed)}, expected # TYPE <metric> <type>`);
    }
    if (known !== undefined && known !== rest) {
      throw new ExpositionError(line, `found ${name} as ${rest}, which an earlier line declared as ${known}`);
    }
    types.set(name, rest);
  });
  return { types, helps, samples };
}

/** Where the labels that begin at an index end; the index where there are none. Undefined where they do not end. */
function endOfLabels(text: string, start: number): number | undefined {
  if (text[start] !== '{') return start;
  IN_LABELS.lastIndex = start + 1;
  let end = start + 1;
  while (IN_LABELS.test(text)) end = IN_LABELS.lastIndex;
  return text[end] === '}' ? end + 1 : undefined;
}

/** The parts of a sample's line; the labels with their braces, as they stand there. */
function partsOf(text: string, line: number): { name: string; labels: string; value: number } {
  const quoted = QUOTED_NAME.exec(text);
  const [head = '', name = ''] =
    quoted === null ? (NAME.exec(text) ?? []) : ['', unescaped(quoted[1] as string)];
  const end = endOfLabels(text, head.length);
  VALUE.lastIndex = end ?? text.length;
  const value = sampleValue(VALUE.exec(text)?.[1] ?? '');
  if (name === '' || end === undefined || value === undefined) {
    throw new ExpositionError(
      line,
      `found ${excerpt(text)}, expected a sample such as metric{label="value"} 1`,
    );
  }
  if (quoted === null) return { name, labels: text.slice(head.length, end), value };
  return { name, labels: `{${text.slice(quoted[0].length, end)}`, value };
}

function sampleOf(text: string, line: number): ParsedSample {
  const { name, labels, value } = partsOf(text, line);
  return { name, labels: labels === '' ? {} : labelsOf(labels, line), value, line };
}

/**
 * The samples of an exposition without an analysis of their labels, which costs most: `series` is the name with the labels as exposed.
 *
 * @throws {ExpositionError}
 */
export function samplesBySeries(text: string): { readonly series: string; readonly value: number }[] {
  return text.split('\n').flatMap((raw, index) => {
    const row = raw.trim();
    if (row === '' || row.startsWith('#')) return [];
    const { name, labels, value } = partsOf(row, index + 1);
    return [{ series: name + labels, value }];
  });
}

/**
 * Gives the family's name for a declared one. OpenMetrics names a counter without _total in its TYPE line, Prometheus with
 * it. Where a page mixes the two, the names of the samples decide.
 */
function familyNaming({ types, samples }: ParsedLines, openMetrics: boolean): (declared: string) => string {
  const sampled = new Set(samples.map(({ name }) => name));
  return (declared) => {
    const total = `${declared}_total`;
    const short = types.get(declared) === 'counter' && !declared.endsWith('_total') && !types.has(total);
    return short && (openMetrics || sampled.has(total)) ? total : declared;
  };
}

/** The declared family a sample belongs to; its own name where nothing declares it. */
function declaredFor(types: ParsedLines['types'], name: string): string {
  if (types.has(name)) return name;
  for (const [type, suffixes] of Object.entries(SUFFIXES)) {
    const suffix = suffixes.find((s) => name.endsWith(s) && types.get(name.slice(0, -s.length)) === type);
    if (suffix !== undefined) return name.slice(0, -suffix.length);
  }
  // A counter with _total in its TYPE line has its time of creation without it.
  const total = name.replace(/_created$/, '_total');
  return types.get(total) === 'counter' ? total : name;
}
