import type { Group } from '../rule-files/side.js';
import { alsoDiffers } from './also-differs.js';
import { describeDifferences, differences } from './differences.js';
import { type Finding, finding, placeOf } from './finding.js';
import { match } from './match.js';
import type { RuleMatch } from './match-rules.js';
import { length, seconds } from './rule-changes.js';

/** Fields of a group that some server knows, and what another value does. */
const CONSEQUENCES: Readonly<Record<string, string>> = {
  limit: 'A rule that yields more alerts or series than the limit fails and yields nothing.',
  query_offset: 'Its rules read data of that age: alerts fire and resolve that much later.',
  evaluation_delay: 'Its rules read data of that age: alerts fire and resolve that much later.',
  partial_response_strategy: 'It controls whether Thanos evaluates the rules while a store is unavailable.',
  source_tenants: 'It controls which tenants Mimir reads series of.',
};

/** Compares groups apart from their rules. */
export function compareGroups(
  before: readonly Group[],
  after: readonly Group[],
  matched: RuleMatch,
): Finding[] {
  const { pairs, removed, added } = match(before, after, [
    ({ name, file }) => JSON.stringify([name, file]),
    ({ name }) => name,
  ]);
  const note = (group: Group, kind: string, consequence: string): Finding =>
    finding(group, kind, 'harmless', `group ${group.name}`, undefined, undefined, consequence);
  return [
    ...pairs.flatMap(([base, head]) => groupChanges(base, head, { before, after, matched })),
    // What becomes of its rules is said of them.
    ...removed
      .filter(({ rules }) => rules.length === 0)
      .map((group) => note(group, 'group-removed', 'An empty group; nothing is lost.')),
    ...added
      .filter(({ rules }) => rules.length === 0)
      .map((group) => note(group, 'group-added', 'An empty group; nothing is evaluated.')),
    ...[...removed, ...added].flatMap((group) => {
      if (Object.keys(group.more).length === 0) return [];
      const [old, now] = removed.includes(group) ? [group.more, {}] : [{}, group.more];
      return alsoDiffers(group, `group ${group.name}`, differences(old, now));
    }),
  ];
}

interface Sides {
  readonly before: readonly Group[];
  readonly after: readonly Group[];
  readonly matched: RuleMatch;
}

function groupChanges(base: Group, head: Group, { before, after, matched }: Sides): Finding[] {
  const subject = `group ${head.name}`;
  const found = differences(base.more, head.more);
  const known = found.filter(({ path }) => CONSEQUENCES[path] !== undefined);
  return [
    ...intervalChange(base, head),
    ...known.map((difference) =>
      finding(
        head,
        'group-field-changed',
        'notable',
        subject,
        undefined,
        describeDifferences([difference]),
        CONSEQUENCES[difference.path] as string,
      ),
    ),
    ...alsoDiffers(head, subject, [
      ...found.filter((difference) => !known.includes(difference)),
      ...unreadDuration(base, head),
    ]),
    ...fileChange(base, head, before, after),
    ...orderChange(base, head, matched),
  ];
}

/** An interval that is no duration is reported as it stands. */
function unreadDuration({ interval: before }: Group, { interval: after }: Group) {
  const isUnread = before !== after && Number.isNaN(seconds(before) + seconds(after));
  return isUnread ? [{ path: 'interval', before, after }] : [];
}

function intervalChange(base: Group, head: Group): Finding[] {
  const [from, to] = [seconds(base.interval), seconds(head.interval)];
  if (base.interval === head.interval || from === to || Number.isNaN(from + to)) return [];
  const consequence =
    base.interval === undefined || head.interval === undefined
      ? 'Its rules are evaluated at the default interval of Prometheus.'
      : to > from
        ? `Its rules are evaluated less often: alerts fire up to ${length(to - from)} later.`
        : 'Its rules are evaluated more often, which costs more server time.';
  return [
    {
      kind: 'interval-changed',
      level: 'notable',
      subject: `group ${head.name}`,
      before: `every ${base.interval ?? 'default'}`,
      after: `every ${head.interval ?? 'default'}`,
      consequence,
      ...placeOf(head),
    },
  ];
}

/** A group in another file is another group for Prometheus. Two files that are compared with each other are no such change. */
function fileChange(base: Group, head: Group, before: readonly Group[], after: readonly Group[]): Finding[] {
  if (base.file === head.file || base.form !== head.form) return [];
  const isShared =
    after.some(({ file }) => file === base.file) || before.some(({ file }) => file === head.file);
  if (!isShared) return [];
  return [
    finding(
      head,
      'group-moved',
      'harmless',
      `group ${head.name}`,
      base.file,
      head.file,
      'For Prometheus this is a new group: pending alerts start their "for" again.',
    ),
  ];
}

/** Rules of a group are evaluated one after the other, and each reads what those before it have recorded. */
function orderChange(base: Group, head: Group, { pairs, renamed }: RuleMatch): Finding[] {
  const own = [...pairs, ...renamed]
    .filter((pair) => base.rules.includes(pair.before) && head.rules.includes(pair.after))
    .sort((a, b) => a.after.place - b.after.place);
  const moved = own.filter((pair, i) => i > 0 && pair.before.place < (own[i - 1]?.before.place ?? 0));
  if (moved.length === 0) return [];
  const hasRecords = own.some(({ after }) => after.kind === 'record');
  return [
    finding(
      head,
      'rules-reordered',
      hasRecords ? 'notable' : 'harmless',
      `group ${head.name}`,
      undefined,
      own.map(({ after }) => after.name).join(', '),
      hasRecords
        ? 'Rules are evaluated in this order: a rule that now comes before a series it reads uses the previous value.'
        : 'The order of evaluation changes; nothing else does.',
    ),
  ];
}
