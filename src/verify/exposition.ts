/** One sample of an exposition. */
export interface ExposedSample {
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
  readonly samples: readonly ExposedSample[];
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

const SAMPLE =
  /^([a-zA-Z_:][\w:]*)\s*(\{(?:[^"}]|"(?:[^"\\]|\\.)*")*\})?\s+(\S+)(?:\s+(-?[\d.]+))?(?:\s+#.*)?$/;
const LABEL = /\s*([a-zA-Z_]\w*)\s*=\s*"((?:[^"\\\n]|\\.)*)"\s*(,|$)/y;
const SUFFIXES = ['_bucket', '_sum', '_count', '_total', '_created'];

const quoted = (text: string) => JSON.stringify(text.length > 80 ? `${text.slice(0, 77)}...` : text);

/** A sample's value; Go and JavaScript write NaN and infinities in several ways. */
function numberOf(text: string): number | undefined {
  const known: Record<string, number> = {
    nan: Number.NaN,
    '+inf': Number.POSITIVE_INFINITY,
    inf: Number.POSITIVE_INFINITY,
    '-inf': Number.NEGATIVE_INFINITY,
  };
  const named = known[text.toLowerCase()];
  if (named !== undefined) return named;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}

function labelsOf(text: string, line: number): Record<string, string> {
  const labels: Record<string, string> = {};
  const inner = text.slice(1, -1);
  LABEL.lastIndex = 0;
  let at = 0;
  while (inner.slice(at).trim() !== '') {
    LABEL.lastIndex = at;
    const match = LABEL.exec(inner);
    if (match === null)
      throw new ExpositionError(line, `found ${quoted(inner.slice(at))}, expected label="value"`);
    labels[match[1] as string] = (match[2] as string).replace(/\\(n|.)/g, (_, c: string) =>
      c === 'n' ? '\n' : c,
    );
    at = LABEL.lastIndex;
  }
  return labels;
}

/**
 * Parses a text exposition of Prometheus (0.0.4), also in OpenMetrics' dress: `# EOF`, `# UNIT`, timestamps, exemplars, and counters
 * whose TYPE line lacks `_total`.
 *
 * @throws {ExpositionError} naming the line, what was found and what is expected
 */
export function parseExposition(text: string): Map<string, Family> {
  const types = new Map<string, string>();
  const helps = new Map<string, string>();
  const samples: ExposedSample[] = [];
  text.split('\n').forEach((raw, index) => {
    const line = index + 1;
    const trimmed = raw.trim();
    if (trimmed === '') return;
    if (trimmed.startsWith('#')) {
      const [, keyword, name, rest] = /^#\s+(HELP|TYPE)\s+(\S+)\s*(.*)$/.exec(trimmed) ?? [];
      if (keyword === 'HELP') helps.set(name as string, rest as string);
      if (keyword === 'TYPE') types.set(name as string, (rest as string).trim());
      return;
    }
    const match = SAMPLE.exec(trimmed);
    const value = match === null ? undefined : numberOf(match[3] as string);
    if (match === null || value === undefined) {
      throw new ExpositionError(
        line,
        `found ${quoted(trimmed)}, expected a sample such as metric{label="value"} 1`,
      );
    }
    const labels = match[2] === undefined ? {} : labelsOf(match[2], line);
    samples.push({ name: match[1] as string, labels, value, line });
  });

  // OpenMetrics names a counter without _total in its TYPE line, Prometheus with it.
  const openMetrics = /^# EOF\s*$/m.test(text);
  const counterName = (name: string) => (openMetrics && !name.endsWith('_total') ? `${name}_total` : name);

  const families = new Map<string, { name: string; type: string; help?: string; samples: ExposedSample[] }>();
  const family = (name: string, declared: string) => {
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
  for (const [name, type] of types) {
    family(type === 'counter' ? counterName(name) : name, name);
  }
  for (const sample of samples) {
    const suffix = SUFFIXES.find(
      (s) => sample.name.endsWith(s) && types.has(sample.name.slice(0, -s.length)),
    );
    const base = suffix === undefined ? sample.name : sample.name.slice(0, -suffix.length);
    if (types.get(base) === 'counter' && suffix === '_created') continue;
    family(types.get(base) === 'counter' ? counterName(base) : base, base).samples.push(sample);
  }
  return families;
}
