import { nodesOf, selectorsOf, textOf } from '../promql/syntax.js';
import type { Side } from '../rule-files/parse.js';
import { parseExpression, readExpression } from './expression.js';

/** Something that reads series: a rule, a panel, a variable, or a file of somebody else. */
export interface Reader {
  /** In words: `alert GatewayDown`, `panel gateway-overview/3`, `ops/rules.yml (alert Slow)`. */
  readonly name: string;
  /** A rule or panel that the side itself holds has no foreign reader. */
  readonly foreign: boolean;
  reads(series: string): boolean;
  /** Labels that it names anywhere. */
  readonly labels: ReadonlySet<string>;
}

function readerOf(name: string, foreign: boolean, expr: string): Reader {
  const tree = parseExpression(expr);
  const parsed = tree !== undefined && readExpression(expr) !== undefined;
  const names = parsed ? new Set(selectorsOf(tree).map((selector) => selector.name)) : undefined;
  const labels = new Set(parsed ? nodesOf(tree, 'LabelName').map((label) => textOf(tree, label)) : []);
  return {
    name,
    foreign,
    labels,
    reads: (series) => (names === undefined ? mentions(expr, series) : names.has(series)),
  };
}

/** Whether a text has a name as a word of its own. */
export function mentions(text: string, name: string): boolean {
  for (let at = text.indexOf(name); at >= 0; at = text.indexOf(name, at + 1)) {
    if (!/[\w:]/.test(text[at - 1] ?? ' ') && !/[\w:]/.test(text[at + name.length] ?? ' ')) return true;
  }
  return false;
}

/** Everything on a side, and in the files of others, that reads series. */
export function readersOf(side: Side, foreign = false): Reader[] {
  const where = (file: string, what: string) => (foreign ? `${file} (${what})` : what);
  const rules = side.groups
    .flatMap((group) => group.rules)
    .map((rule) => {
      const reader = readerOf(where(rule.file, `${rule.kind} ${rule.name}`), foreign, rule.expr);
      const texts = Object.values(rule.annotations).join(' ');
      const used = [...texts.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label as string);
      return { ...reader, labels: new Set([...reader.labels, ...used]) };
    });
  const panels = side.dashboards.flatMap((dashboard) => [
    ...dashboard.panels.flatMap((panel) =>
      panel.queries.map((query) =>
        readerOf(where(dashboard.file, `panel ${dashboard.uid}/${panel.id}`), foreign, query.expr),
      ),
    ),
    ...dashboard.variables.map((variable) =>
      readerOf(
        where(dashboard.file, `variable ${variable.name} of ${dashboard.uid}`),
        foreign,
        variable.query,
      ),
    ),
  ]);
  const others = foreign
    ? side.others.map(
        ({ path, text }): Reader => ({
          name: path,
          foreign,
          labels: new Set(),
          reads: (series) => mentions(text, series),
        }),
      )
    : [];
  return [...rules, ...panels, ...others];
}
