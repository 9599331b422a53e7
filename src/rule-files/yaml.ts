import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseAllDocuments, Scalar } from 'yaml';

/** A document of a YAML or JSON file. */
export interface Document {
  /** Scalars as the text that stands in the file, as Go reads them into strings; `null` for nothing. */
  readonly texts: unknown;
  /** Scalars as numbers, booleans and strings. */
  readonly values: unknown;
  /** The line on which an object or list of `texts` or `values` begins, from 1. */
  lineOf(value: unknown): number | undefined;
  /** Where the value of a key begins, and whether the lines below it are lines of the value (a block of text). */
  placeOf(value: object, key: string): KeyPlace | undefined;
}

interface KeyPlace {
  readonly line: number;
  readonly isBlock: boolean;
}

/** Where an object or list begins, and the keys in it. */
interface Places {
  readonly line: number;
  readonly keys?: ReadonlyMap<string, KeyPlace>;
}

/** A file that is no YAML, or means something that must not be read. */
export class YamlError extends Error {
  override readonly name = 'YamlError';
}

/** Deeper objects and lists have no meaning in rules and dashboards, and fill the stack. */
export const DEEPEST_NESTING = 500;

/** More values than this come from aliases of aliases only. */
const MOST_VALUES = 2_000_000;

/**
 * Reads YAML as Prometheus does: merge keys are resolved, aliases may be many, keys may be quoted. JSON is YAML.
 *
 * @throws {YamlError} for what cannot be parsed, with the line
 */
export function readYaml(text: string): Document[] {
  try {
    return documentsIn(text);
  } catch (error) {
    // The stack is full.
    if (error instanceof RangeError) throw new YamlError('objects and lists are nested too deeply');
    throw error;
  }
}

function documentsIn(text: string): Document[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text.replace(/^\uFEFF/, ''), { lineCounter: lines });
  const [error] = documents.flatMap(({ errors }) => errors);
  if (error !== undefined) throw new YamlError((error.message.split('\n')[0] as string).replace(/:$/, ''));
  return documents.map(({ contents }) => {
    const places = new WeakMap<object, Places>();
    const read = (asText: boolean) => new Reader(lines, places, asText).read(contents as Node | null);
    let values: { readonly value: unknown } | undefined;
    return {
      texts: read(true),
      get values() {
        values ??= { value: read(false) };
        return values.value;
      },
      lineOf: (value) => places.get(value as object)?.line,
      placeOf: (value, key) => places.get(value)?.keys?.get(key),
    };
  });
}

class Reader {
  readonly #anchors = new Map<string, Node>();
  readonly #done = new Map<Node, { readonly value: unknown; readonly size: number }>();
  readonly #open = new Set<Node>();

  constructor(
    private readonly lines: LineCounter,
    private readonly places: WeakMap<object, Places>,
    private readonly asText: boolean,
  ) {}

  read(node: Node | null): unknown {
    return this.#read(node).value;
  }

  #line(node: Node): number {
    return this.lines.linePos(node.range?.[0] ?? 0).line;
  }

  #read(node: Node | null): { readonly value: unknown; readonly size: number } {
    if (node === null) return { value: null, size: 1 };
    if (isAlias(node)) {
      const target = this.#anchors.get(node.source);
      if (target === undefined)
        throw new YamlError(`unknown anchor ${node.source} at line ${this.#line(node)}`);
      if (this.#open.has(target)) {
        throw new YamlError(`the anchor ${node.source} contains itself at line ${this.#line(node)}`);
      }
      return this.#done.get(target) ?? this.#read(target);
    }
    const { anchor } = node as { anchor?: string };
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    this.#open.add(node);
    if (this.#open.size > DEEPEST_NESTING) throw new YamlError('objects and lists are nested too deeply');
    const result = this.#contents(node);
    this.#open.delete(node);
    if (result.size > MOST_VALUES) throw new YamlError(`aliases unfold into more than ${MOST_VALUES} values`);
    this.#done.set(node, result);
    return result;
  }

  #contents(node: Node): { readonly value: unknown; readonly size: number } {
    if (isSeq(node)) {
      const items = node.items.map((item) => this.#read(item as Node | null));
      const value = items.map((item) => item.value);
      this.places.set(value, { line: this.#line(node) });
      return { value, size: items.reduce((sum, { size }) => sum + size, 1) };
    }
    if (isMap(node)) return this.#map(node.items as { key: Node; value: Node | null }[], node);
    return { value: isScalar(node) ? this.#scalar(node) : null, size: 1 };
  }

  #map(pairs: readonly { key: Node; value: Node | null }[], node: Node) {
    const own = new Map<string, unknown>();
    const merged = new Map<string, unknown>();
    const keys = new Map<string, KeyPlace>();
    let size = 1;
    for (const { key, value } of pairs) {
      const isMerge = isScalar(key) && key.type === Scalar.PLAIN && key.source === '<<';
      const read = this.#read(value);
      size += read.size;
      if (!isMerge) {
        const name = this.#key(key);
        own.set(name, read.value);
        const isBlock = isScalar(value) && value.type === Scalar.BLOCK_LITERAL;
        keys.set(name, { line: this.#line(value ?? key), isBlock });
        continue;
      }
      // The first of several wins, and what the map says itself wins over all of them.
      for (const source of Array.isArray(read.value) ? read.value : [read.value]) {
        if (typeof source !== 'object' || source === null || Array.isArray(source)) {
          throw new YamlError(`found no map to merge at line ${this.#line(node)}`);
        }
        for (const [name, one] of Object.entries(source)) if (!merged.has(name)) merged.set(name, one);
      }
    }
    const value = Object.fromEntries([...[...merged].filter(([name]) => !own.has(name)), ...own]);
    this.places.set(value, { line: this.#line(node), keys });
    return { value, size };
  }

  #key(key: Node): string {
    const read = this.#read(key).value;
    if (isScalar(key)) return this.asText ? String(read ?? '') : (key.source ?? String(key.value));
    throw new YamlError(`found a map or a list as a key at line ${this.#line(key)}`);
  }

  #scalar(node: Scalar): unknown {
    if (node.type === Scalar.PLAIN && node.value === null) return null;
    if (!this.asText) return node.value;
    return node.source ?? String(node.value);
  }
}
