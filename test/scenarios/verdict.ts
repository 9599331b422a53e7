import { type ExpectedAlert, type Scenario, seconds } from '../../src/simulator/scenario.js';
import type { Episode } from '../../src/simulator/timeline.js';
import { World } from '../../src/simulator/world.js';

/** Places of a scenario's relays by key. */
export function placesOf(scenario: Scenario): ReadonlyMap<string, number> {
  return new Map(new World(scenario, 0).relays.map(({ key, index }) => [key, index] as const));
}

const named = (
  { relays }: Pick<ExpectedAlert, 'relays'>,
  scenario: Scenario,
): readonly number[] | undefined =>
  relays === 'all' ? Array.from({ length: scenario.relays ?? 1 }, (_, i) => i) : relays;

/** Times as a person writes them, for messages. */
const at = (time: number) => `${Math.floor(time / 60)}m${time % 60}s`;

const listed = (places: readonly number[]) =>
  places.length > 12 ? `${places.slice(0, 12).join(', ')} and ${places.length - 12} more` : places.join(', ');

/**
 * What is wrong with the alerts of a scenario that states `requires`: faults that were found too late or not at all, and
 * warnings and pages that nothing in the scenario justifies. Empty when all is well.
 */
export function verdict(scenario: Scenario, episodes: readonly Episode[]): string[] {
  const { requires = [], allows = [] } = scenario;
  const places = placesOf(scenario);
  const seen = episodes.map((episode) => {
    const place = episode.labels.relay === undefined ? undefined : places.get(episode.labels.relay);
    if (episode.labels.relay !== undefined && place === undefined)
      throw new Error(`${episode.alert} names a relay that is not there`);
    return { ...episode, place };
  });
  const missing = requires.flatMap((required) => {
    const by = seconds(required.by);
    const meets = seen.filter(({ alert, from }) => required.anyOf.includes(alert) && from <= by);
    const what = `${required.anyOf.join(' or ')} by ${required.by}`;
    const relays = named(required, scenario);
    if (relays === undefined) return meets.length > 0 ? [] : [`missing: ${what}`];
    const left = relays.filter((relay) => !meets.some(({ place }) => place === relay));
    return left.length === 0 ? [] : [`missing: ${what} for relays ${listed(left)}`];
  });
  const justified = ({ alert, place, from }: (typeof seen)[number]) => {
    const names = (one: Pick<ExpectedAlert, 'relays'>) =>
      place === undefined || (named(one, scenario)?.includes(place) ?? false);
    return (
      requires.some(
        (one) => one.anyOf.includes(alert) && names(one) && from >= seconds(one.detectableFrom),
      ) || allows.some((one) => one.alert === alert && names(one))
    );
  };
  const wrong = new Map<string, { first: number; relays: Set<number> }>();
  for (const episode of seen) {
    if (episode.severity === 'info' || justified(episode)) continue;
    const key = `${episode.severity} ${episode.alert}`;
    const known = wrong.get(key) ?? { first: episode.from, relays: new Set<number>() };
    if (episode.place !== undefined) known.relays.add(episode.place);
    wrong.set(key, { ...known, first: Math.min(known.first, episode.from) });
  }
  const unjustified = [...wrong].map(([alert, { first, relays }]) => {
    const about = relays.size === 0 ? '' : ` for relays ${listed([...relays].sort((a, b) => a - b))}`;
    return `unjustified: ${alert}${about}, first at ${at(first)}`;
  });
  return [...missing, ...unjustified];
}
