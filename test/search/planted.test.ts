import { describe, expect, it } from 'vitest';
import { judge } from './judge.js';
import { planted, plantOf } from './planted.js';
import { play } from './play.js';
import { sites } from './sites.js';
import { randomWorld, type Size } from './worlds.js';

const WORLDS = 200;
const TOGETHER = 8;

/** Smaller than usual, with as many faults: what is wrong with a rule shows in minutes. */
const SIZE: Size = { relays: [3, 5, 10], seconds: [3600, 2 * 3600, 3 * 3600], faults: [3, 8] };
const worlds = Array.from({ length: WORLDS }, (_, i) => randomWorld(i + 1, SIZE));

/** The first world, in the order in which they are played, that shows a violation which it does not show with the right rule. */
async function firstFound(plant: ReturnType<typeof plantOf>, applies: (site: string) => boolean) {
  // Sites that are evaluated by the minute first: they take half as long.
  const order = [...sites].sort(
    (a, b) => Number('scrapeInterval' in b.settings) - Number('scrapeInterval' in a.settings),
  );
  for (const site of order.filter(({ name }) => applies(name))) {
    const of = worlds.filter((world) => world.site === site);
    for (let i = 0; i < of.length; i += TOGETHER) {
      const batch = of.slice(i, i + TOGETHER).map(({ scenario }) => scenario);
      for (const one of await play(batch, plant)) {
        const [first] = judge(one).violations;
        if (first === undefined) continue;
        // The search has to notice what the rule says, not that it is no rule.
        if (first.property === 'not evaluated') throw new Error(first.detail);
        const [right] = await play([one.scenario]);
        const known = right === undefined ? [] : judge(right).violations;
        if (!known.some(({ subject }) => subject === first.subject))
          return `${one.scenario.name}: ${first.subject}`;
      }
    }
  }
  return undefined;
}

describe('the search finds a planted fault within 200 worlds', () => {
  it.each(planted.map((plant) => [plant.name, plant] as const))('%s', async (_, plant) => {
    const applies = (name: string) => plant.sites?.includes(name) ?? true;
    expect(await firstFound(plantOf(plant), applies)).toBeDefined();
  });
});
