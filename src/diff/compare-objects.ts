import { isObject } from '../rule-files/json.js';
import type { PlainObject } from '../rule-files/side.js';
import { alsoDiffers } from './also-differs.js';
import { differences } from './differences.js';
import { type Finding, finding } from './finding.js';
import { match } from './match.js';

/** Manifests around rules and dashboards: what they hold is compared for itself. */
const AROUND = [
  'PrometheusRule',
  'Mimir rule file',
  'ConfigMap',
  'Secret',
  'GrafanaDashboard',
  'Grafana alert file',
  'Grafana rule group',
  'List',
];

/** Compares objects of which only the fields are known. */
export function compareObjects(before: readonly PlainObject[], after: readonly PlainObject[]): Finding[] {
  const { pairs, removed, added } = match(before, after, [
    ({ kind, name, file }) => JSON.stringify([kind, name, file]),
    ({ kind, name }) => JSON.stringify([kind, name]),
    ({ kind, file }) => (AROUND.includes(kind) ? JSON.stringify([kind, file]) : undefined),
    // Two files that are compared with each other.
    ({ kind, name, file }) => (name === file ? kind : undefined),
  ]);
  const subject = ({ kind, name }: PlainObject) => `${kind} ${name}`.trim();
  const isAround = ({ kind }: PlainObject) => AROUND.includes(kind);
  return [
    ...reorderedAlerts(pairs, before, after),
    ...pairs.flatMap(([base, head]) => [
      ...alsoDiffers(head, subject(head), differences(base.value, head.value)),
    ]),
    ...removed
      .filter((one) => !isAround(one))
      .map((one) =>
        finding(
          one,
          'object-removed',
          /alert$/.test(one.kind) ? 'breaking' : 'notable',
          subject(one),
          subject(one),
          undefined,
          'It was removed; the effect is unknown.',
        ),
      ),
    ...added
      .filter((one) => !isAround(one))
      .map((one) =>
        finding(
          one,
          'object-added',
          'notable',
          subject(one),
          undefined,
          subject(one),
          'It was added; the effect is unknown.',
        ),
      ),
  ];
}

/** Grafana evaluates the rules of a group one after the other; alerting rules read nothing of those before them. */
function reorderedAlerts(
  pairs: readonly (readonly [PlainObject, PlainObject])[],
  before: readonly PlainObject[],
  after: readonly PlainObject[],
): Finding[] {
  const groups = new Map<string, (readonly [PlainObject, PlainObject])[]>();
  for (const pair of pairs) {
    const [base, head] = pair.map(({ value }) => (isObject(value) ? value.group : undefined));
    if (pair[1].kind !== 'Grafana alert' || base !== head) continue;
    const key = JSON.stringify([pair[1].file, head]);
    groups.set(key, [...(groups.get(key) ?? []), pair]);
  }
  return [...groups.values()].flatMap((group) => {
    const inOrder = [...group].sort(([, a], [, b]) => after.indexOf(a) - after.indexOf(b));
    const places = inOrder.map(([base]) => before.indexOf(base));
    const first = inOrder[0]?.[1];
    if (first === undefined || places.every((place, i) => i === 0 || place > (places[i - 1] ?? 0))) return [];
    return [
      finding(
        first,
        'rules-reordered',
        'harmless',
        `Grafana rule group ${isObject(first.value) ? first.value.group : ''}`,
        undefined,
        inOrder.map(([, { name }]) => name).join(', '),
        'The order of evaluation changes; nothing else does.',
      ),
    ];
  });
}
