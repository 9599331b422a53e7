import type { Expression, VectorSelector } from '../promql/ast.js';
import { NAME_LABEL, namesOf, readsName, selectorsOf } from '../promql/names.js';
import { patternFault } from '../promql/regexp.js';
import { splitVariables } from '../promql/variables.js';

/** Something in a dependency graph: what yields series, what reads series, or both. */
export interface GraphNode {
  readonly kind: 'metric' | 'record' | 'alert' | 'panel' | 'variable' | 'file';
  readonly name: string;
  /** Names of the series that it yields. */
  readonly yields: readonly string[];
  /** The expressions by which it reads. Of one that is not parsed, every name in its text counts as read. */
  readonly expressions: readonly { readonly text: string; readonly expression?: Expression | undefined }[];
}

/** What a node reads. */
interface Reading {
  readonly names: ReadonlySet<string>;
  /** Selectors that may read several names. */
  readonly open: readonly VectorSelector[];
  /** Expressions that cannot be read: a name that they mention counts as read. */
  readonly texts: readonly string[];
}

/**
 * Who reads what, among metrics, recording rules, alerts and panels: the one place in which dependencies are worked out. A
 * node that reads its own past is among its own readers.
 */
export class DependencyGraph<N extends GraphNode> {
  readonly #readings = new Map<N, Reading>();
  readonly #bySeries = new Map<string, N[]>();
  readonly #reads = new Map<N, readonly N[]>();
  readonly #readers = new Map<N, N[]>();

  constructor(readonly nodes: readonly N[]) {
    for (const node of nodes) {
      this.#readings.set(node, readingOf(node));
      for (const name of node.yields) this.#bySeries.set(name, [...(this.#bySeries.get(name) ?? []), node]);
      this.#readers.set(node, []);
    }
    for (const node of nodes) {
      const reads = this.#sourcesOf(node);
      this.#reads.set(node, reads);
      for (const source of reads) this.#readers.get(source)?.push(node);
    }
  }

  #sourcesOf(node: N): N[] {
    const { names, open, texts } = this.#reading(node);
    const sources = new Set([...names].flatMap((name) => this.#bySeries.get(name) ?? []));
    if (open.length > 0 || texts.length > 0) {
      for (const [name, yielding] of this.#bySeries) {
        if (readsSeries({ names, open, texts }, name)) for (const one of yielding) sources.add(one);
      }
    }
    return [...sources];
  }

  #reading(node: N): Reading {
    const reading = this.#readings.get(node);
    if (reading === undefined) throw new Error(`${node.kind} ${node.name} is not in the graph`);
    return reading;
  }

  /** The first node of a kind and a name. */
  find(kind: N['kind'], name: string): N | undefined {
    return this.nodes.find((node) => node.kind === kind && node.name === name);
  }

  /** What a node reads directly, in the order of its expressions. */
  reads(node: N): readonly N[] {
    this.#reading(node);
    return this.#reads.get(node) ?? [];
  }

  /** What reads a node directly, in the order of the nodes. */
  readersOf(node: N): readonly N[] {
    this.#reading(node);
    return this.#readers.get(node) ?? [];
  }

  /** What yields a series. */
  yielding(series: string): readonly N[] {
    return this.#bySeries.get(series) ?? [];
  }

  /** Whether a node reads a series directly. */
  doesRead(node: N, series: string): boolean {
    return readsSeries(this.#reading(node), series);
  }

  /** What reads a series, whether or not a node yields it. */
  readersOfSeries(series: string): N[] {
    return this.nodes.filter((node) => readsSeries(this.#reading(node), series));
  }

  /** Those of them that name the series, or have a pattern for its name: others read whatever has their labels. */
  naming(series: string): N[] {
    return this.nodes.filter((node) => {
      const reading = this.#reading(node);
      return readsSeries({ ...reading, open: reading.open.filter(constrainsName) }, series);
    });
  }

  /** Everything that nodes rest on, directly or through others; they themselves only where they read themselves. */
  restsOn(nodes: Iterable<N>): Set<N> {
    return closure(nodes, (node) => this.reads(node));
  }

  /** Everything that reads nodes, directly or through others. */
  dependentsOf(nodes: Iterable<N>): Set<N> {
    return closure(nodes, (node) => this.readersOf(node));
  }
}

function closure<N>(nodes: Iterable<N>, next: (node: N) => readonly N[]): Set<N> {
  const found = new Set<N>();
  const waiting = [...nodes];
  for (let node = waiting.pop(); node !== undefined; node = waiting.pop()) {
    for (const one of next(node)) {
      if (found.has(one)) continue;
      found.add(one);
      waiting.push(one);
    }
  }
  return found;
}

function readingOf({ expressions }: GraphNode): Reading {
  const names = new Set<string>();
  const open: VectorSelector[] = [];
  const texts: string[] = [];
  for (const { text, expression } of expressions) {
    if (expression === undefined) {
      texts.push(text);
      continue;
    }
    for (const selector of selectorsOf(expression.root)) {
      const read = namesOf(selector);
      if (!canJudge(selector)) texts.push(text);
      else if (read.kind === 'one') {
        if (readsName(selector, read.name)) names.add(read.name);
      } else if (read.kind === 'matching' || splitVariables(read.text).some((part) => !part.isVariable)) {
        // Of a name that is a variable as a whole, nothing is known.
        open.push(selector);
      }
    }
  }
  return { names, open, texts };
}

function constrainsName(selector: VectorSelector): boolean {
  const read = namesOf(selector);
  return read.kind !== 'matching' || read.matchers.length > 0;
}

/** Whether the patterns of a selector's name can be evaluated; Prometheus refuses a rule in which one cannot. */
export function canJudge({ matchers }: VectorSelector): boolean {
  return matchers.every(
    ({ label, operator, value }) =>
      label !== NAME_LABEL || !operator.endsWith('~') || patternFault(value) === undefined,
  );
}

function readsSeries({ names, open, texts }: Reading, series: string): boolean {
  return (
    names.has(series) ||
    open.some((selector) => readsName(selector, series)) ||
    texts.some((text) => mentions(text, series))
  );
}

/** Whether a text contains a name as a separate word. */
export function mentions(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    if (!/[\w:]/.test(text[at - 1] ?? ' ') && !/[\w:]/.test(text[at + name.length] ?? ' ')) return true;
  }
  return false;
}
