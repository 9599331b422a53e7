import type { Group, Rule } from './side.js';

const keyOf = ({ kind, name, labels }: Rule) => JSON.stringify([kind, name, Object.entries(labels).sort()]);

/** The groups with those rules only that no other group has under the same name and labels. */
export function withoutTwins(groups: readonly Group[], others: readonly Group[]): Group[] {
  const known = new Set(others.flatMap(({ rules }) => rules.map(keyOf)));
  return groups
    .map((group) => ({ ...group, rules: group.rules.filter((rule) => !known.has(keyOf(rule))) }))
    .filter(({ rules }) => rules.length > 0);
}

/** Forms of rules; the first ones are taken where a rule is there in several. */
const FORMS: readonly Group['form'][] = ['plain', 'mimir', 'manifest'];

/** Groups that are there in several forms, once: rule files, files for Mimir and manifests repeat each other. */
export function onceEach(groups: readonly Group[]): Group[] {
  const [plain = [], ...others] = FORMS.map((form) => groups.filter((group) => group.form === form));
  const known = [...plain];
  for (const form of others) known.push(...withoutTwins(form, known));
  return known;
}
