import { suggestion } from '../config/suggestion.js';
import { durationOf } from '../promql/duration.js';
import type { Scenario } from '../simulator/scenario.js';
import type { Episode } from '../simulator/timeline.js';
import { table } from '../terminal/table.js';
import { UsageError } from './usage-error.js';

/** The scenario of a name, or the only one whose name contains the text. */
export function findScenario(text: string, scenarios: readonly Scenario[]): Scenario {
  const exact = scenarios.find(({ name }) => name === text);
  if (exact !== undefined) return exact;
  const wanted = text.toLowerCase();
  const near = scenarios.filter(({ name }) => name.toLowerCase().includes(wanted));
  if (near.length === 1) return near[0] as Scenario;
  const names = scenarios.map(({ name }) => name);
  throw new UsageError(
    near.length === 0
      ? `simulate: found ${JSON.stringify(text)}, expected a scenario or part of its name${suggestion(text, names)}; \`simulate\` alone lists them`
      : `simulate: found ${JSON.stringify(text)}, which matches ${near.length} scenarios: ${near.map(({ name }) => JSON.stringify(name)).join(', ')}`,
  );
}

/** One line per alert: how many identities, the first and the last time it began, and when it was over. */
export function episodeLines(episodes: readonly Episode[]): string[] {
  if (episodes.length === 0) return ['No alert fires.'];
  const alerts = [...new Set(episodes.map(({ alert }) => alert))];
  const rows = alerts.map((alert) => {
    const own = episodes.filter((episode) => episode.alert === alert);
    const begins = own.map(({ from }) => from);
    const first = durationOf(Math.min(...begins));
    const last = durationOf(Math.max(...begins));
    const identities = new Set(own.map(({ labels }) => JSON.stringify(labels))).size;
    const over = own.some(({ to }) => to === undefined)
      ? 'still firing at the end'
      : `resolved by ${durationOf(Math.max(...own.map(({ to }) => to ?? 0)))}`;
    return [
      own[0]?.severity ?? '',
      alert,
      identities === 1 ? '' : `× ${identities}`,
      first === last ? `fires at ${first}` : `fires from ${first} to ${last}`,
      over,
    ];
  });
  return table(rows);
}
