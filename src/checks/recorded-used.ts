import { selectorsIn, selectorsOf } from '../promql/syntax.js';
import type { Check } from './check.js';

/** A series nobody reads costs memory on every site. */
export const recordedUsed: Check = {
  id: 'recorded-used',
  proves: 'Every recorded series is read by an alert, a panel or another recording rule.',
  run: ({ bundle, expressions }) => {
    const read = new Set(
      expressions.flatMap(({ subject, tree }) =>
        // A rule that reads its own past does not make itself useful by that.
        tree === undefined ? [] : selectorsOf(tree).flatMap(({ name }) => (name === subject ? [] : [name])),
      ),
    );
    // A site that switches an alert off has not made its recorded series useless to the project.
    const disabled = new Set(bundle.disabled.map(({ alert }) => alert));
    for (const definition of bundle.definitions.alerts.flatMap((group) => group.rules)) {
      if (!disabled.has(definition.alert)) continue;
      try {
        for (const name of selectorsIn(definition.expr(bundle.site))) read.add(name);
      } catch {
        // An alert that cannot be written and is switched off reads nothing.
      }
    }
    return bundle.recordingGroups
      .flatMap((group) => group.rules)
      .filter(({ record }) => !read.has(record))
      .map(({ file, record }) => ({
        file,
        subject: record,
        problem: 'is recorded but nothing reads it',
        remedy: 'use it in an alert or a panel, or remove it',
      }));
  },
};
