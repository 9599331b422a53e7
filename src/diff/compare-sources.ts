import { AlertmanagerConfigError, readAlertmanagerConfig } from '../alertmanager/config.js';
import { type FileSet, FileSetError, type FileSets, ownFileSets } from '../rule-files/file-set.js';
import { readSide } from '../rule-files/parse.js';
import type { PrometheusVersion } from '../rule-files/prometheus-version.js';
import { type Side, SideError, type SideFile } from '../rule-files/side.js';
import { compareSides } from './compare.js';
import { type Judgement, refusedAnyway } from './compare-refusals.js';
import { placeOf, sorted } from './finding.js';
import { judgeFor } from './judge.js';
import { type NotificationOptions, notificationChanges } from './notifications/compare.js';
import type { Comparison, NotRead } from './print.js';

type Sets = Pick<FileSets, 'read' | 'readWorkingTree' | 'mergeBase'>;

export interface CompareOptions {
  /** Folders and files of a revision to compare; those of the bundle where it is empty. */
  readonly path: readonly string[];
  /** Files and folders of others that may read or link to what changes. */
  readonly also: readonly string[];
  /** The Prometheus that the rules are for. */
  readonly prometheusVersion: PrometheusVersion;
  /** Whether to play the simulator's scenarios on both sides. */
  readonly simulate: boolean;
  /** A configuration of Alertmanager for both sides, instead of those that they hold. */
  readonly alertmanager?: string | undefined;
  /** The one before the change, where that is another. */
  readonly alertmanagerBase?: string | undefined;
  /** Labels that Prometheus adds to alerts without them. */
  readonly externalLabels: readonly (readonly [name: string, value: string])[];
}

/**
 * Reads two sides and compares them.
 *
 * @param base a revision, folder or file; or `<base>...<head>` where there is no `head`
 * @param head the working tree where it is undefined
 * @param sets what sides can be named; those of the working directory by default
 * @throws {FileSetError | SideError} for input that cannot be read
 */
export async function compareSources(
  base: string,
  head: string | undefined,
  options: CompareOptions,
  sets: Sets = ownFileSets,
): Promise<Comparison> {
  const [before, after] = await sourcesOf(base, head, options.path, sets);
  const configs = await configsOf(options, sets);
  const also = withConfigs(await alsoOf(options.also, sets), configs);
  const [old, now] = [readSide(before.files, before.isFile), readSide(after.files, after.isFile)];
  requireReadable(before, old, now);
  requireReadable(after, now, old);
  const where = options.path.length > 0 ? ` below ${options.path.join(', ')}` : '';
  const notes = (
    [
      [old, before],
      [now, after],
    ] as const
  ).flatMap(([side, { label }]) =>
    side.groups.length + side.dashboards.length === 0 &&
    !side.objects.some(({ kind }) => kind === 'Grafana alert')
      ? [`${label} contains no rules or dashboards${where}.`]
      : [],
  );
  if (notes.length === 2) throw new FileSetError(`${notes.join(' ')} Expected rule files or dashboards.`);
  const judge = await judgeFor(options.prometheusVersion);
  const judgement: Judgement = {
    judge: judge.name,
    base: await judge.refusals(old, before.files),
    head: await judge.refusals(now, after.files),
  };
  notes.push(...refusedAnyway(judgement));
  const notified = notificationChanges(old, now, {
    ...(configs === undefined ? {} : { configs }),
    external: new Map(options.externalLabels),
  });
  notes.push(...notified.notes);
  let findings = sorted([...compareSides(old, now, also, judgement), ...notified.findings]);
  if (options.simulate) {
    const { simulatedFindings } = await import('./simulated.js');
    const simulated = await simulatedFindings(old, now);
    findings = sorted([...findings, ...simulated.findings]);
    notes.push(simulated.note);
  }
  return { base: before.label, head: after.label, findings, notes, unread: unreadOf([old, now, also]) };
}

/**
 * A file that is not read stops the comparison only where it was asked for by its name, or where the other side's is read: what it
 * holds would seem to be removed or added.
 */
function requireReadable({ label, isFile }: FileSet, side: Side, other: Side): void {
  const read = new Set([...other.groups, ...other.dashboards, ...other.objects].map(({ file }) => file));
  for (const { file, reason, isWhole } of side.unread) {
    if (!isWhole || (!isFile && !read.has(file))) continue;
    const where = label === file ? '' : ` (in ${label})`;
    throw new SideError(`${file}${where}: ${reason}`);
  }
}

/** The files that were not read, each once. */
function unreadOf(sides: readonly Side[]): NotRead[] {
  const all = sides.flatMap(({ unread }) =>
    unread.map(({ file, line, reason }) => ({ ...placeOf({ file, line }), reason })),
  );
  return [...new Map(all.map((one) => [JSON.stringify(one), one])).values()];
}

async function sourcesOf(
  base: string,
  head: string | undefined,
  only: readonly string[],
  sets: Sets,
): Promise<readonly [FileSet, FileSet]> {
  const [, one, other = ''] = /^(.+?)\.\.\.(.*)$/.exec(base) ?? [];
  if (one !== undefined && head === undefined) {
    const to = other || 'HEAD';
    const common = await sets.read(await sets.mergeBase(one, to), only);
    return [{ ...common, label: one }, await sets.read(to, only)];
  }
  return [
    await sets.read(base, only),
    head === undefined ? await sets.readWorkingTree(only) : await sets.read(head, only),
  ];
}

/** The configurations of Alertmanager that were asked for. */
async function configsOf(
  { alertmanager, alertmanagerBase = alertmanager }: CompareOptions,
  sets: Sets,
): Promise<NotificationOptions['configs']> {
  if (alertmanager === undefined || alertmanagerBase === undefined) return undefined;
  const fileOf = async (path: string): Promise<SideFile> => {
    const { files, isFile } = await sets.read(path);
    const [file] = files;
    if (!isFile || file === undefined) {
      throw new FileSetError(`--alertmanager: found ${path}, expected a file or <revision>:<file>`);
    }
    if (file.unread !== undefined) throw new SideError(`${path}: ${file.unread}`);
    return { ...file, path };
  };
  const [base, head] = [await fileOf(alertmanagerBase), await fileOf(alertmanager)];
  for (const { text, path } of [base, head]) {
    try {
      readAlertmanagerConfig(text, path);
    } catch (error) {
      if (error instanceof AlertmanagerConfigError) throw new SideError(error.message);
      throw error;
    }
  }
  return { base, head };
}

/** Files of others, with a configuration of Alertmanager among them. */
const withConfigs = (also: Side, configs: NotificationOptions['configs']): Side =>
  configs === undefined ? also : { ...also, alertmanagers: [...also.alertmanagers, configs.head] };

/** The files of others, with their paths as they were given. */
async function alsoOf(paths: readonly string[], sets: Sets): Promise<Side> {
  const files: SideFile[] = [];
  for (const path of paths) {
    const source = await sets.read(path);
    const single = source.files.length === 1 && source.files[0]?.path === path;
    files.push(
      ...source.files.map((file) =>
        single ? file : { ...file, path: `${path.replace(/\/+$/, '')}/${file.path}` },
      ),
    );
  }
  return readSide(files);
}
