import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { seconds } from '../../src/simulator/scenario.js';
import type { RenderedAlerts } from '../rules/rendered-texts.js';
import { judge } from './judge.js';
import { type Kind, kinds } from './kinds.js';
import { play } from './play.js';
import { sites } from './sites.js';
import { NOT_COMPARED, statQueries, stats } from './stats.js';
import { coverage, quantile } from './summary.js';
import { unsaid } from './texts.js';
import { overlapOf, randomWorld, type SearchWorld, SMALL } from './worlds.js';

const FIRST = 1;
const small = Array.from({ length: 20 }, (_, i) => randomWorld(FIRST + i, SMALL));

describe('random worlds', () => {
  const drawn = Array.from({ length: 2000 }, (_, i) => randomWorld(50_000 + i));
  const median = (value: (world: SearchWorld) => number) => quantile(drawn.map(value), 0.5);

  it('are the same for the same seed', () => {
    expect(randomWorld(7)).toEqual(randomWorld(7));
    expect(randomWorld(8).scenario).not.toEqual(randomWorld(7).scenario);
  });

  it('have 20 relays, 6 hours and 3 overlapping faults at the median, and a relay to spare', () => {
    expect(median(({ scenario }) => scenario.relays ?? 1)).toBe(21);
    expect(Math.round((median(({ scenario }) => seconds(scenario.duration)) ?? 0) / 3600)).toBe(6);
    expect(median(({ faults }) => overlapOf(faults))).toBe(3);
  });

  it('have every kind of fault at least 100 times in 2,000, and every pair of kinds at least 5 times', () => {
    const { kinds: counts, pairs } = coverage(
      drawn.map(({ faults }) => ({ faults: faults.map(({ kind }) => kind) })),
    );
    const rare = (Object.keys(kinds) as Kind[]).filter((kind) => counts[kind] < 100);
    expect(rare).toEqual([]);
    expect(pairs.filter(([, , count]) => count < 5)).toEqual([]);
  });
});

it('every stat of the dashboards is compared with the world, or has a reason why it is not', () => {
  const keys = statQueries.map(({ key }) => key).sort();
  expect([...Object.keys(stats), ...Object.keys(NOT_COMPARED)].sort()).toEqual(keys);
});

describe('twenty fixed worlds, played under all rules', () => {
  const ofSites = sites
    .map(({ name }) => [name, small.filter(({ site }) => site.name === name)] as const)
    .filter(([, worlds]) => worlds.length > 0);

  const said: string[] = [];

  it.each(ofSites)('show no violation on the site "%s"', async (_, worlds) => {
    const played = await play(worlds.map(({ scenario }) => scenario));
    const violations = played.flatMap((one) => {
      said.push(...one.said.map(({ summary, description }) => `${summary}\n${description}`));
      return judge(one).violations.map((violation) => ({ world: one.scenario.name, ...violation }));
    });
    expect(violations).toEqual([]);
    expect(played.every(({ series, stats: shown }) => series > 0 && shown.length > 0)).toBe(true);
  });

  it('have alerts whose texts state ages, relays and hosts, and these were compared', () => {
    const missing = unsaid(said);
    expect(['age', 'relay', 'host', 'target'].filter((name) => missing.includes(name))).toEqual([]);
  });

  it('and the rendered texts of the rule cases make every kind of statement that is compared', () => {
    const folder = join(import.meta.dirname, '..', 'rules', 'rendered-texts');
    const rendered = readdirSync(folder).flatMap((file) =>
      Object.values(parse(readFileSync(join(folder, file), 'utf8')) as RenderedAlerts).flatMap((alerts) =>
        alerts.map(({ annotations: { summary, description } }) => `${summary}\n${description}`),
      ),
    );
    expect(unsaid([...said, ...rendered])).toEqual([]);
  });
});
