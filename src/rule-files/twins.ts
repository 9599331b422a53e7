import type { Group, Rule } from './side.js';

const keyOf = ({ kind, name, labels }: Rule) => JSON.stringify([kind, name, Object.entries(labels).sort()]);

/** The groups with those rules only that no other group has under the same name and labels. */
export function withoutTwins(groups: readonly Group[], others: readonly Group[]): Group[] {
  const known = new Set(others.flatMap(({ rules }) => rules.map(keyOf)));
  return groups
    .map((group) => ({ ...group, rules: group.rules.filter((rule) => !known.has(keyOf(rule))) }))
    .filter(({ rules }) => rules.length > 0);
}

/** Groups that are there as rule files and as manifests, once: manifests repeat what rule files hold. */
export function onceEach(groups: readonly Group[]): Group[] {
  const plain = groups.filter(({ form }) => form === 'plain');
  return [
    ...plain,
    ...withoutTwins(
      groups.filter(({ form }) => form !== 'plain'),
      plain,
    ),
  ];
}
