import { DependencyGraph, type GraphNode } from '../bundle/graph.js';
import type { Rule } from './side.js';

/** A rule of a file in a dependency graph. */
export interface RuleNode extends GraphNode {
  readonly rule: Rule;
}

/** Which rules of a set read which others. */
export class RuleGraph {
  readonly graph: DependencyGraph<RuleNode>;
  readonly #nodes: ReadonlyMap<Rule, RuleNode>;

  constructor(readonly rules: readonly Rule[]) {
    const nodes = rules.map(
      (rule): RuleNode => ({
        kind: rule.kind,
        name: rule.name,
        yields: rule.kind === 'record' ? [rule.name] : [],
        expressions: [rule.parsed],
        rule,
      }),
    );
    this.graph = new DependencyGraph(nodes);
    this.#nodes = new Map(nodes.map((node) => [node.rule, node]));
  }

  #nodeOf(rule: Rule): RuleNode {
    const node = this.#nodes.get(rule);
    if (node === undefined) throw new Error(`${rule.kind} ${rule.name} is not among the rules`);
    return node;
  }

  /** The recording rules that a rule reads directly. */
  reads(rule: Rule): Rule[] {
    return this.graph.reads(this.#nodeOf(rule)).map((node) => node.rule);
  }

  /** The recording rules that some rules need, directly or through others, in the order of the rules. */
  recordsFor(wanted: Iterable<Rule>): Rule[] {
    const needed = this.graph.restsOn([...wanted].map((rule) => this.#nodeOf(rule)));
    return [...this.#nodes.values()].filter((node) => needed.has(node)).map((node) => node.rule);
  }

  /** The rules of some names, those that read series of these names, and all that read them, in the order of the rules. */
  concernedBy(names: ReadonlySet<string>): Rule[] {
    const nodes = this.graph.nodes.filter(({ name }) => names.has(name));
    const readers = [...names].flatMap((name) => this.graph.readersOfSeries(name));
    const first = [...nodes, ...readers];
    const concerned = new Set([...first, ...this.graph.dependentsOf(first)]);
    return this.graph.nodes.filter((node) => concerned.has(node)).map(({ rule }) => rule);
  }

  /** Whether a rule reads a series directly. */
  doesRead(rule: Rule, series: string): boolean {
    return this.graph.doesRead(this.#nodeOf(rule), series);
  }

  /** Groups with those that they read before them; groups that read each other stay in the order given. */
  groupsInOrder<G extends { readonly rules: readonly Rule[] }>(groups: readonly G[]): G[] {
    const groupOf = new Map(groups.flatMap((group) => group.rules.map((rule) => [rule, group] as const)));
    const ordered = new Set<G>();
    const begun = new Set<G>();
    const visit = (group: G) => {
      if (begun.has(group)) return;
      begun.add(group);
      const read = new Set(group.rules.flatMap((rule) => this.reads(rule)).map((rule) => groupOf.get(rule)));
      for (const other of groups) if (read.has(other)) visit(other);
      ordered.add(group);
    };
    for (const group of groups) visit(group);
    return [...ordered];
  }
}
