import { ruleCases } from './cases/index.js';
import type { RuleCase } from './rule-case.js';
import { spoken } from './spoken.js';

/** The first case in which a single alert fires at some time, with the default configuration. */
export const firingCase = (alert: string): RuleCase | undefined =>
  ruleCases.find(
    (c) =>
      c.rule === alert &&
      c.aspects.includes('fires') &&
      c.config === undefined &&
      Object.values(c.firing ?? {}).some((firing) => firing.length === 1),
  );

/** The case of a rule, and for an alert also what it says in the first case in which it fires. */
export function casesOf(rule: string): RuleCase[] {
  const says = spoken[rule];
  const cases = ruleCases.filter((c) => c.rule === rule);
  const first = firingCase(rule);
  return says === undefined || first === undefined
    ? cases
    : cases.map((c) => (c === first ? { ...c, says } : c));
}
