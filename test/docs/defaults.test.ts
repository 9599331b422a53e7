import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands/index.js';
import { parseConfig } from '../../src/config/load.js';
import { reactions } from '../../src/drill/reactions.js';
import { type Duration, durationSeconds } from '../../src/promql/duration.js';
import { type Page, pages } from './pages.js';

/** The command whose options a page describes. */
const COMMAND_OF: Readonly<Record<string, string>> = {
  'docs/backtest.md': 'backtest',
  'docs/drill.md': 'drill',
  'docs/preview.md': 'preview',
  'docs/report.md': 'report',
  'docs/reviewing.md': 'diff',
};

/** The default of an option, as its command declares it. */
function optionDefault({ path }: Page, flag: string): string | undefined {
  const command = commands.find(({ name }) => name === COMMAND_OF[path]);
  const option = Object.values(command?.options ?? {}).find(({ term }) => term.split(/[ ,]+/).includes(flag));
  return option?.default?.text;
}

const config = parseConfig({}) as unknown as Readonly<Record<string, unknown>>;
const settingDefault = (path: string) =>
  path
    .split('.')
    .reduce<unknown>((node, key) => (node as Readonly<Record<string, unknown>> | undefined)?.[key], config);

/** `12 h`, `10 min` and `30s` in one notation; other texts stay as they are. */
function inSeconds(text: unknown): unknown {
  const found = /^(\d+) ?(d|h|min|m|s)$/.exec(String(text));
  if (found === null) return text;
  return durationSeconds(`${found[1]}${found[2] === 'min' ? 'm' : found[2]}` as Duration);
}

/** A default as a page states it, and as it is. */
interface Stated {
  readonly where: string;
  readonly text: string;
  readonly stated: unknown;
  readonly real: unknown;
}

const stated = (page: Page, name: string, text: string, value = '', real: unknown): Stated => ({
  where: `${page.path}: ${name}`,
  text,
  stated: inSeconds(value),
  real: inSeconds(real),
});

/** The defaults in a page, in each form in which one is written. */
function defaultsIn(page: Page): Stated[] {
  const rows = page.rows.flatMap(([cell = '', meaning = '']) => {
    const flag = /^`(?:-\w, )?(--[\w.-]+)/.exec(cell)?.[1];
    const found = /`?([\w./-]+)`? (?:by default|\(default\))/.exec(meaning);
    return flag === undefined || found === null
      ? []
      : [stated(page, flag, found[0], found[1], optionDefault(page, flag))];
  });
  const brackets = [...page.text.matchAll(/`(--[\w.-]+)` \((\d+ (?:d|h|min|s))\)/g)].map(
    ([text, flag = '', value]) => stated(page, flag, text, value, optionDefault(page, flag)),
  );
  const settings = [
    ...page.text.matchAll(
      /`((?:thresholds|workers|jobs)(?:\.\w+)+)`(?: is(?: now)? `?| \()(\d+ ?(?:d|h|min|m|s))`? by default/g,
    ),
  ].map(([text, setting = '', value]) => stated(page, setting, text, value, settingDefault(setting)));
  return [...rows, ...brackets, ...settings];
}

/** Defaults that are not ours to read from a definition. */
const OTHERS: readonly { readonly path: string; readonly text: string; readonly reason: string }[] = [
  {
    path: 'docs/deploy.md',
    text: 'By default, your notification policies apply',
    reason: 'the absence of a setting; test/pulumi deploys without a contact point',
  },
  { path: 'docs/system.md', text: 'A lease lasts 10 minutes by default', reason: "the gateway's default" },
  { path: 'docs/system.md', text: 'Escrow is off by default', reason: "the gateway's default" },
  {
    path: 'runbooks/PendingWritesExporterDown.md',
    text: 'By default it listens on loopback only',
    reason: 'the address is in the table of docs/exporter.md, which is compared with the exporter',
  },
];

describe('a default that the documentation states', () => {
  const all = pages.flatMap(defaultsIn);

  it('is the real one', () => {
    expect(all.length).toBeGreaterThan(6);
    expect(all.map(({ where, stated: value }) => [where, value])).toEqual(
      all.map(({ where, real }) => [where, real]),
    );
  });

  it('is written in a form that this test reads, or is listed with the reason', () => {
    const unread = pages.flatMap((page) => {
      const known = [
        ...defaultsIn(page).map(({ text }) => text),
        ...OTHERS.filter(({ path }) => path === page.path).map(({ text }) => text),
      ];
      const rest = known.reduce((text, one) => text.replace(one, ''), page.text.replace(/\s+/g, ' '));
      return (rest.match(/.{0,60}(?:\bby default\b|\(default\)|\bdefaults to\b)/gi) ?? []).map(
        (text) => `${page.path}: ${text}`,
      );
    });
    expect(unread).toEqual([]);
    for (const { path, text } of OTHERS)
      expect(pages.find((one) => one.path === path)?.text.replace(/\s+/g, ' ')).toContain(text);
  });

  it('for a reaction of the drill is the real one', () => {
    const page = pages.find(({ path }) => path === 'docs/drill.md') as Page;
    const table = page.rows.filter(([cell = '']) => /^`[a-z][a-z-]*`$/.test(cell));
    expect(table.map(([cell = '']) => cell.slice(1, -1))).toEqual(reactions.map(({ id }) => id));
    for (const [i, { id, within, after = [] }] of reactions.entries()) {
      const allowed = table[i]?.[2] ?? '';
      if (allowed === 'never fails a drill') continue;
      const found = /^(\d+ min) from (?:the start|`([a-z-]+)`)$/.exec(allowed);
      expect([id, inSeconds(found?.[1])]).toEqual([id, within]);
      expect([id, found?.[2]]).toEqual([id, after.at(-1)]);
    }
  });
});
