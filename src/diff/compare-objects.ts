import { isObject } from '../rule-files/json.js';
import type { PlainObject, Side } from '../rule-files/side.js';
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

/** The files of a side in which rules, dashboards or objects stand. */
const filesOf = ({ groups, dashboards, objects }: Side) =>
  new Set([...groups, ...dashboards, ...objects].map(({ file }) => file));

/**
 * Whether a file with content on one side has content on the other one. A rule file with a namespace and one without are the same file
 * where each side is one file; a manifest with the rules of another file is another form of them.
 */
function remaining(one: Side, other: Side): (object: PlainObject) => boolean {
  const files = filesOf(other);
  const arePair = files.size === 1 && filesOf(one).size === 1;
  return ({ kind, file }) => (arePair && kind === 'Mimir rule file') || files.has(file);
}

/**
 * What stands around rules and dashboards and is on one side only, in a file that is on both: a namespace that was removed, for one.
 * Where the file went or came as well, that is said about what it holds.
 */
export function compareAround(base: Side, head: Side): Finding[] {
  const around = ({ objects }: Side) =>
    objects.filter(({ kind, form }) => form === undefined && AROUND.includes(kind));
  const { removed, added } = matched(around(base), around(head));
  return [
    ...removed.filter(remaining(base, head)).map((one) => ({ one, found: differences(one.value, {}) })),
    ...added.filter(remaining(head, base)).map((one) => ({ one, found: differences({}, one.value) })),
  ].flatMap(({ one, found }) => alsoDiffers(one, subjectOf(one), found));
}

const subjectOf = ({ kind, name }: PlainObject) => `${kind} ${name}`.trim();

const matched = (before: readonly PlainObject[], after: readonly PlainObject[]) =>
  match(before, after, [
    ({ kind, name, file }) => JSON.stringify([kind, name, file]),
    ({ kind, name }) => JSON.stringify([kind, name]),
    ({ kind, file }) => (AROUND.includes(kind) ? JSON.stringify([kind, file]) : undefined),
    // Two files that are compared with each other.
    ({ kind, name, file }) => (name === file ? kind : undefined),
  ]);

/** Compares objects of which only the fields are known. Of what stands around rules and dashboards only what is on both sides. */
export function compareObjects(before: readonly PlainObject[], after: readonly PlainObject[]): Finding[] {
  const { pairs, removed, added } = matched(before, after);
  const isAround = ({ kind }: PlainObject) => AROUND.includes(kind);
  return [
    ...reorderedAlerts(pairs, before, after),
    ...pairs.flatMap(([base, head]) => [
      ...alsoDiffers(head, subjectOf(head), differences(base.value, head.value)),
    ]),
    ...removed
      .filter((one) => !isAround(one))
      .map((one) =>
        finding(
          one,
          'object-removed',
          /alert$/.test(one.kind) ? 'breaking' : 'notable',
          subjectOf(one),
          subjectOf(one),
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
          subjectOf(one),
          undefined,
          subjectOf(one),
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
