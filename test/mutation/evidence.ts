import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package/root.js';
import { EVIDENCE, hashOf, type RecordedEvidence } from '../../src/report/evidence.js';
import { ruleCases } from '../rules/cases/index.js';
import { reasonFor } from './equivalent.js';
import { allRules, changedRules } from './gate.js';
import { mutantsOf } from './mutants.js';

/** What tests and mutants show of every rule, as the report reads it. */
export function evidence(): RecordedEvidence[] {
  const changed = new Set(changedRules());
  return [...allRules()].map(([name, rule]) => {
    const mutants = mutantsOf(rule);
    return {
      rule: name,
      hash: hashOf(rule),
      cases: ruleCases
        .filter((one) => one.rule === name)
        .map(({ name: title, aspects }) => ({ name: title, aspects })),
      mutants: mutants.length,
      equivalent: mutants.filter(({ what }) => reasonFor(name, what) !== undefined).length,
      proven: !changed.has(name),
    };
  });
}

/** Writes the file that the report reads. */
export function writeEvidence(): void {
  writeFileSync(join(packageRoot, EVIDENCE), `${JSON.stringify(evidence(), null, 2)}\n`);
}
