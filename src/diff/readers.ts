import { DependencyGraph, type GraphNode } from '../bundle/graph.js';
import { labelsNamedIn } from '../promql/named-labels.js';
import { type Parsed, tryParse } from '../promql/parse.js';
import type { Side } from '../rule-files/side.js';
import { variableQuery } from './variable-query.js';

/** Something that reads series: a rule, a panel, a variable, or another file. */
export interface Reader extends GraphNode {
  /** In words: `alert GatewayDown`, `panel gateway-overview/3`, `ops/rules.yml (alert Slow)`. */
  readonly described: string;
  /** Labels that it names anywhere. */
  readonly labels: ReadonlySet<string>;
}

function readerOf(
  kind: Reader['kind'],
  name: string,
  foreignFile: string | undefined,
  parsed: Parsed,
  used: readonly string[] = [],
): Reader {
  const described = `${kind} ${name}`;
  return {
    kind,
    name,
    described: foreignFile === undefined ? described : `${foreignFile} (${described})`,
    // Only who names a series is asked, not who yields it.
    yields: [],
    expressions: [parsed],
    labels: new Set([...(parsed.expression ? labelsNamedIn(parsed.expression.root) : []), ...used]),
  };
}

/** Everything on a side that reads series. For files of others, what is no rule and no dashboard is searched for names. */
function readersOf(side: Side, foreign: boolean): Reader[] {
  const where = (file: string) => (foreign ? file : undefined);
  const rules = side.groups
    .flatMap((group) => group.rules)
    .map(({ kind, name, file, parsed, annotations }) => {
      const texts = Object.values(annotations).join(' ');
      const used = [...texts.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label as string);
      return readerOf(kind, name, where(file), parsed, used);
    });
  const panels = side.dashboards.flatMap(({ uid, file, panels: all, variables }) => [
    ...all.flatMap(({ id, queries }) =>
      queries.map(({ parsed }) => readerOf('panel', `${uid}/${id}`, where(file), parsed)),
    ),
    ...variables.map(({ name, query }) => {
      const { expression, label } = variableQuery(query);
      const parsed = tryParse(expression, { variables: true });
      return readerOf(
        'variable',
        `${name} of ${uid}`,
        where(file),
        parsed,
        label === undefined ? [] : [label],
      );
    }),
  ]);
  const others = foreign
    ? side.others.map(
        ({ path, text }): Reader => ({
          kind: 'file',
          name: path,
          described: path,
          yields: [],
          expressions: [{ text }],
          labels: new Set(),
        }),
      )
    : [];
  return [...rules, ...panels, ...others];
}

/** Who reads what at the head of a comparison and in the files of others. */
export function readersGraph(head: Side, also: Side): DependencyGraph<Reader> {
  return new DependencyGraph([...readersOf(head, false), ...readersOf(also, true)]);
}
