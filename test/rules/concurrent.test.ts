import { describe, expect, it } from 'vitest';
import { renderedGroups } from '../../src/renderers/prometheus/rules.js';
import { bundleFor } from './run-cases.js';

describe('rules of a group that are evaluated at the same time (concurrent-rule-eval)', () => {
  const groups = renderedGroups(bundleFor(undefined)).map(({ name, rules }) => ({
    name,
    rules: rules.map(({ rule }) => rule),
  }));

  /** Where a rule reads what a later rule of its group records, as text with what follows the range. */
  const readsOfLater = groups.flatMap(({ rules }) =>
    rules.flatMap(({ record, expr }, index) =>
      rules.slice(index + 1).flatMap((later) => {
        if (later.record === undefined) return [];
        const pattern = new RegExp(
          `(?<![\\w:])${later.record}(?![\\w:])(?:\\{[^}]*\\})?(?:\\[[^\\]]*\\])?( offset 1ms)?`,
          'g',
        );
        return [...expr.matchAll(pattern)].map(([text, offset]) => ({
          rule: record,
          text,
          isPast: offset !== undefined,
        }));
      }),
    ),
  );

  it('see of a later rule only what it recorded in an earlier evaluation', () => {
    expect(readsOfLater.length).toBeGreaterThan(0);
    expect(readsOfLater.filter(({ isPast }) => !isPast)).toEqual([]);
  });
});
