import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TARGETS, type Target } from '../model/target.js';
import { generateWith } from '../package/command.js';
import type { Drift } from '../renderers/drift.js';
import { MANIFEST } from '../renderers/manifest.js';
import type { Written } from '../renderers/output-plan.js';
import { RUNBOOKS } from '../renderers/runbooks/index.js';
import { SITE_SETTINGS } from '../renderers/site-settings.js';
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
  /** What was given as `--target`. */
  readonly targets?: readonly Target[];
  /** Those and the targets of the site. */
  readonly allTargets?: readonly Target[];
  /** The folder. */
  readonly out: string;
}

/** The command that brings the folder up to date. */
function generateCommand(
  { config, given, targets = [] }: Omit<GenerateOptions, 'out'>,
  ...flags: string[]
): string {
  return generateWith(
    [
      ...(config === undefined ? [] : ['--config', config]),
      ...(given === undefined ? [] : ['--out', given]),
      ...targets.flatMap((target) => ['--target', target]),
      ...flags,
    ].map(shellWord),
  );
}

/** Whether nothing of what is generated is in a folder, not even a manifest. */
export const isEmpty = (drifts: readonly Drift[]): boolean =>
  drifts.every(({ state }) => state === 'missing') && lacksManifest(drifts);

const lacksManifest = (drifts: readonly Drift[]) =>
  drifts.some(({ path, state }) => path === MANIFEST && state === 'missing');

/** The folders of the working directory that `generate --out` wrote. */
export const writtenFolders = (directory = '.'): string[] =>
  readdirSync(directory)
    .filter((name) =>
      [MANIFEST, SITE_SETTINGS, RUNBOOKS].every((part) => existsSync(join(directory, name, part))),
    )
    .sort();

/**
 * What `check` says of folders in which nothing was generated, in place of a line per file.
 *
 * @param folders those folders
 * @param others folders with generated files
 */
export function emptyLine(
  options: Omit<GenerateOptions, 'out'>,
  folders: readonly string[],
  others: readonly string[],
): string {
  const [names, outs] = [others, others.map((folder) => `--out ${shellWord(folder)}`)].map((all) =>
    all.join(' or '),
  );
  const other =
    others.length === 0
      ? 'If the files are in another folder, pass it with --out'
      : `If you mean the files in ${names}, pass ${outs}`;
  return `nothing was generated in ${folders.join(' and ')}. ${other}; otherwise, run: ${generateCommand(options)}`;
}

/** What `check` found: one line per file, with what is wrong and the fix. */
export function driftLines(options: GenerateOptions, drifts: readonly Drift[]): string[] {
  const run = `run: ${generateCommand(options)}`;
  const force = `to overwrite it, run: ${generateCommand(options, '--force')}`;
  // Without a manifest no file is known to be ours, and the remedy is the same for all.
  const isAdoption = lacksManifest(drifts);
  return drifts.map(({ path, state, detail }) => {
    const target = TARGETS.find((name) => path.startsWith(`${name}/`));
    const [problem, remedy] = {
      missing: ['does not exist', run],
      changed: ['is out of date', run],
      edited: ['was edited manually', `undo the edit, or make it in the definitions; ${force}`],
      foreign:
        isAdoption && detail === undefined
          ? ['was not written by generate', `to overwrite it, run: ${generateCommand(options, '--adopt')}`]
          : ['was not written by generate', 'move it away'],
      stale:
        target === undefined || (options.allTargets ?? []).includes(target)
          ? ['is no longer generated', run]
          : [
              `is no longer generated without the target ${target}`,
              `to keep it, add ${target} to targets in the site's configuration; to remove it, ${run}`,
            ],
    }[state] as [string, string];
    return `${join(options.out, path)}: ${state}: ${detail ?? problem}: ${remedy}`;
  });
}
