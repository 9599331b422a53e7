import { durationSeconds } from '../../src/promql/duration.js';
import type { Scenario } from '../../src/simulator/scenario.js';
import type { Violation } from './judge.js';
import type { Firing, Played } from './play.js';

/** A value as it is written in a scenario's file. */
function literal(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'object' && value !== null) {
    const { name, type } = value as { name?: string; type?: string };
    // A metric is written by its name; the reader imports its definition.
    if (typeof name === 'string' && typeof type === 'string') return `/* metric */ ${name}`;
    const entries = Object.entries(value).filter(([, v]) => v !== undefined);
    return `{ ${entries.map(([key, v]) => `${key}: ${literal(v)}`).join(', ')} }`;
  }
  return typeof value === 'string' ? `'${value.replaceAll("'", "\\'")}'` : String(value);
}

const clock = (time: number) => {
  const [hours, minutes, seconds] = [time / 3600, (time / 60) % 60, time % 60].map(Math.floor);
  return `${hours ? `${hours}h` : ''}${minutes ? `${minutes}m` : ''}${seconds || time === 0 ? `${seconds}s` : ''}`;
};

/** A world in the project's own form, to be moved into `src/simulator/scenarios/`. */
export function asScenario(scenario: Scenario): string {
  const { actions, ...rest } = scenario;
  const fields = Object.entries(rest).filter(([, value]) => value !== undefined);
  return [
    'defineScenario({',
    ...fields.map(([key, value]) => `  ${key}: ${literal(value)},`),
    '  actions: [',
    ...actions.map((action) => `    ${literal(action)},`),
    '  ],',
    '});',
  ].join('\n');
}

/** The stretches in which an alert fired. */
function stretches({ times }: Firing, evaluation: number): string {
  const found: [number, number][] = [];
  for (const time of times) {
    const last = found.at(-1);
    if (last === undefined || time - last[1] > evaluation) found.push([time, time]);
    else last[1] = time;
  }
  return found.map(([from, to]) => `${clock(from)} to ${clock(to)}`).join(', ');
}

/** What was true of the relay of a violation, and what the rules did, as it changed. */
export function account(played: Played, { relay, time }: Violation): string {
  const lines: string[] = [];
  const evaluation = durationSeconds(played.bundle.config.evaluationInterval);
  if (relay !== undefined) {
    const key = played.truth.keys[relay];
    lines.push(`relay ${relay}:`);
    let last = '';
    for (const moment of played.truth.moments) {
      if (moment.time > time + 600) break;
      const { mirrorLag: _, ...one } = moment.relays[relay] as (typeof moment.relays)[number];
      const text = literal(one);
      if (text !== last) lines.push(`  ${clock(moment.time)} ${text}`);
      last = text;
    }
    for (const firing of played.firings)
      if (firing.labels.relay === key) lines.push(`  ${firing.alert} ${stretches(firing, evaluation)}`);
  }
  for (const firing of played.firings) {
    const { alert, labels } = firing;
    if (labels.relay === undefined)
      lines.push(`${[alert, labels.instance].filter(Boolean).join(' ')} ${stretches(firing, evaluation)}`);
  }
  return lines.join('\n');
}
