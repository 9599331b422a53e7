import { join } from 'node:path';
import { generateWith } from '../package/command.js';
import type { Drift } from '../renderers/drift.js';
import { MANIFEST } from '../renderers/manifest.js';
import type { Written } from '../renderers/output-plan.js';
import { shellWord } from '../terminal/text.js';

/** More files of others are counted, not listed. */
const MOST_LISTED = 20;

const count = (n: number, what: string) => `${n} ${what}${n === 1 ? '' : 's'}`;

/** What `generate` did: one line for every file that changed or was left alone, and a summary. */
export function writtenLines(out: string, { changes, unchanged, leftAlone }: Written): string[] {
  const of = (wanted: string) => changes.filter(({ change }) => change === wanted).length;
  const listed = leftAlone.slice(0, MOST_LISTED);
  const more = leftAlone.length - listed.length;
  const summary = [
    `${of('wrote')} new`,
    `${of('changed')} changed`,
    `${of('removed')} removed`,
    `${unchanged.length} unchanged`,
    ...(leftAlone.length === 0 ? [] : [`${count(leftAlone.length, 'other file')} left alone`]),
  ].join(', ');
  return [
    ...changes.map(({ path, change }) => `${change} ${join(out, path)}`),
    ...listed.map((path) => `left alone ${join(out, path)} (not ours)`),
    ...(more > 0 ? [`left alone ${count(more, 'more file')} (not ours)`] : []),
    `${out}: ${count(changes.length - of('removed') + unchanged.length, 'file')}: ${summary}`,
  ];
}

/** The options that make `generate` write to the same folder with the same configuration. */
export interface GenerateOptions {
  readonly config?: string | undefined;
  /** What was given as `--out`. */
  readonly given?: string | undefined;
  /** The folder. */
  readonly out: string;
}

/** The command that brings the folder up to date. */
function generateCommand({ config, given }: GenerateOptions, ...flags: string[]): string {
  return generateWith(
    [
      ...(config === undefined ? [] : ['--config', config]),
      ...(given === undefined ? [] : ['--out', given]),
      ...flags,
    ].map(shellWord),
  );
}

/** What `check` found: one line per file, with what is wrong and the fix. */
export function driftLines(options: GenerateOptions, drifts: readonly Drift[]): string[] {
  const run = `run: ${generateCommand(options)}`;
  const force = `to overwrite it, run: ${generateCommand(options, '--force')}`;
  // Without a manifest no file is known to be ours, and the remedy is the same for all.
  const isAdoption = drifts.some(({ path, state }) => path === MANIFEST && state === 'missing');
  return drifts.map(({ path, state, detail }) => {
    const [problem, remedy] = {
      missing: ['does not exist', run],
      changed: ['is out of date', run],
      edited: ['was edited manually', `undo the edit, or make it in the definitions; ${force}`],
      foreign:
        isAdoption && detail === undefined
          ? ['was not written by generate', `to overwrite it, run: ${generateCommand(options, '--adopt')}`]
          : ['was not written by generate', 'move it away'],
      stale: ['is no longer generated', run],
    }[state] as [string, string];
    return `${join(options.out, path)}: ${state}: ${detail ?? problem}: ${remedy}`;
  });
}
