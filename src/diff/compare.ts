import { readSide, type Side } from '../rule-files/parse.js';
import { compareDashboards, linksOf } from './compare-dashboards.js';
import { compareRules } from './compare-rules.js';
import { type Finding, sorted } from './finding.js';
import { ruleContext } from './rule-context.js';

const NOTHING: Side = readSide([]);

/**
 * What changes between two sides, and what follows from it.
 *
 * @param also files of others, unchanged by this: what they read and link to is looked after as well
 */
export function compareSides(base: Side, head: Side, also: Side = NOTHING): Finding[] {
  const context = ruleContext(base, head, also);
  const links = [...linksOf(head, false), ...linksOf(also, true)];
  return sorted([
    ...byForm(base.groups, head.groups).flatMap(([before, after]) => compareRules(before, after, context)),
    ...byForm(base.dashboards, head.dashboards).flatMap(([before, after]) =>
      compareDashboards(before, after, links),
    ),
  ]);
}

/**
 * A bundle may hold the same rules as rule files and as manifests, and the same dashboards in two forms. Where both sides have
 * the same forms, each is compared with its own; else everything with everything.
 */
function byForm<T extends { readonly form: string }>(
  base: readonly T[],
  head: readonly T[],
): (readonly [readonly T[], readonly T[]])[] {
  const forms = (side: readonly T[]) => [...new Set(side.map(({ form }) => form))].sort();
  const [before, after] = [forms(base), forms(head)];
  const shared = before.filter((form) => after.includes(form));
  if (before.length === 0 || after.length === 0 || shared.length === 0) {
    const [first, second] = [before[0], after[0]];
    // One form says it all.
    return [[base.filter(({ form }) => form === first), head.filter(({ form }) => form === second)]];
  }
  return shared.map((form) => [
    base.filter((one) => one.form === form),
    head.filter((one) => one.form === form),
  ]);
}
