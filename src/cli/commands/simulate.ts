import type { Bundle } from '../../bundle/bundle.js';
import { suggestion } from '../../config/suggestion.js';
import { durationOf } from '../../promql/duration.js';
import type { Scenario } from '../../simulator/scenario.js';
import { scenarios } from '../../simulator/scenarios/index.js';
import { type Episode, episodesOfScenario, TimelineError } from '../../simulator/timeline.js';
import type { ExitCode } from '../exit-code.js';

/** What a command prints and how it ends. */
interface Result {
  readonly exitCode: ExitCode;
  readonly output: string;
}

/** The scenario of a name, or the only one whose name contains the text. */
function find(text: string): Scenario | string {
  const exact = scenarios.find(({ name }) => name === text);
  if (exact !== undefined) return exact;
  const words = text.toLowerCase();
  const near = scenarios.filter(({ name }) => name.toLowerCase().includes(words));
  if (near.length === 1) return near[0] as Scenario;
  const names = scenarios.map(({ name }) => name);
  return near.length === 0
    ? `found ${JSON.stringify(text)}, expected a scenario or a part of its name${suggestion(text, names)}; \`simulate\` alone lists them`
    : `found ${JSON.stringify(text)}, which fits ${near.length} scenarios: ${near.map(({ name }) => JSON.stringify(name)).join(', ')}`;
}

/**
 * Plays a scenario under the rules of a bundle and tells which alerts fire when, so that somebody who changes a threshold
 * sees what it does to detection times. Without a scenario it lists them.
 */
export async function simulate(bundle: Bundle, text: string | undefined, json: boolean): Promise<Result> {
  if (text === undefined) {
    const rows = scenarios.map(({ name, duration, description }) => ({ name, duration, description }));
    return {
      exitCode: 0,
      output: json
        ? JSON.stringify(rows, null, 2)
        : rows.map(({ name, duration }) => `${duration.padEnd(8)} ${name}`).join('\n'),
    };
  }
  const scenario = find(text);
  if (typeof scenario === 'string') return { exitCode: 2, output: `simulate: ${scenario}` };
  let episodes: Episode[];
  try {
    episodes = await episodesOfScenario(bundle, scenario);
  } catch (error) {
    if (error instanceof TimelineError) return { exitCode: 2, output: `simulate: ${error.message}` };
    throw error;
  }
  if (json) return { exitCode: 0, output: JSON.stringify({ scenario: scenario.name, episodes }, null, 2) };
  return { exitCode: 0, output: [scenario.name, scenario.description, '', ...table(episodes)].join('\n') };
}

/** One line an alert: how many identities, the first and the last time it began, and when it was over. */
function table(episodes: readonly Episode[]): string[] {
  if (episodes.length === 0) return ['No alert fires.'];
  const alerts = [...new Set(episodes.map(({ alert }) => alert))];
  const rows = alerts.map((alert) => {
    const own = episodes.filter((episode) => episode.alert === alert);
    const begins = own.map(({ from }) => from);
    const first = durationOf(Math.min(...begins));
    const last = durationOf(Math.max(...begins));
    const identities = new Set(own.map(({ labels }) => JSON.stringify(labels))).size;
    const over = own.some(({ to }) => to === undefined)
      ? 'still at the end'
      : `over by ${durationOf(Math.max(...own.map(({ to }) => to ?? 0)))}`;
    return [
      own[0]?.severity ?? '',
      alert,
      identities === 1 ? '' : `× ${identities}`,
      first === last ? `fires at ${first}` : `fires from ${first} to ${last}`,
      over,
    ];
  });
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => (row[column] as string).length)));
  return rows.map((row) =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
