import type { Bundle } from '../bundle/bundle.js';
import { canJudge } from '../bundle/graph.js';
import type { VectorSelector } from '../promql/ast.js';
import { readsName, selectorsOf } from '../promql/names.js';
import { tryParse } from '../promql/parse.js';
import type { Check } from './check.js';

/** An unused series costs memory on every site. */
export const recordedUsed: Check = {
  id: 'recorded-used',
  proves: 'Every recorded series is read by an alert, a panel or another recording rule.',
  run: ({ bundle }) => {
    const disabled = selectorsOfDisabled(bundle);
    return bundle.graph.nodes
      .filter((node) => node.kind === 'record')
      .filter(
        (node) =>
          // A rule that reads its own past does not make itself useful by that.
          !bundle.graph.readersOf(node).some(({ kind, name }) => kind !== 'record' || name !== node.name) &&
          !disabled.some((selector) => readsName(selector, node.name)),
      )
      .map((node) => ({
        file: fileOf(bundle, node.name),
        subject: node.name,
        problem: 'is recorded but never read',
        remedy: 'use it in an alert or a panel, or remove it',
        houseRule: true as const,
      }));
  },
};

const fileOf = (bundle: Bundle, name: string) =>
  bundle.recordingGroups.flatMap(({ rules }) => rules).find(({ record }) => record === name)?.file ?? '';

/** A site that switches an alert off has not made its recorded series useless to the project. */
function selectorsOfDisabled(bundle: Bundle): VectorSelector[] {
  const disabled = new Set(bundle.disabled.map(({ alert }) => alert));
  return bundle.definitions.alerts
    .flatMap(({ rules }) => rules)
    .filter(({ alert }) => disabled.has(alert))
    .flatMap((definition) => {
      let text: string;
      try {
        text = definition.expr(bundle.site);
      } catch {
        // An alert that cannot be written and is switched off reads nothing.
        return [];
      }
      const { expression } = tryParse(text);
      return expression === undefined ? [] : selectorsOf(expression.root).filter(canJudge);
    });
}
