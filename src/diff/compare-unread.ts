import type { Side, Unread } from '../rule-files/side.js';
import { type Finding, finding } from './finding.js';
import { match } from './match.js';

/** Files that were not read and are not the same on both sides: what changed in them is unknown. */
export function compareUnread(base: Side, head: Side): Finding[] {
  const key = ({ file, text }: Unread) => JSON.stringify([file, text]);
  const first = match(base.unread, head.unread, [key, ({ text }) => (text === '' ? undefined : text)]);
  const { pairs, removed, added } = match(first.removed, first.added, [({ file }) => file]);
  const note = (unread: Unread, change: string): Finding[] =>
    unread.mayMatter
      ? [
          finding(
            unread,
            'not-read',
            'notable',
            `file ${unread.file}`,
            undefined,
            undefined,
            `${change} and was not compared: ${unread.reason}.`,
          ),
        ]
      : [];
  return [
    ...pairs.flatMap(([, unread]) => note(unread, 'It differs')),
    ...removed.flatMap((unread) => note(unread, 'It is gone')),
    ...added.flatMap((unread) => note(unread, 'It is new')),
  ];
}
