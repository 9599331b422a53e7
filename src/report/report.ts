import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Bundle } from '../bundle/bundle.js';
import { OutputError } from '../renderers/output-folder.js';
import { SideError, type SideFile } from '../rule-files/side.js';
import { contentsOf } from './contents.js';
import { evidenceOf } from './evidence.js';
import { reportPage } from './page.js';
import { type Picture, picturesIn } from './pictures.js';
import { measureSettings } from './settings.js';
import { measuredWeek } from './week.js';

export interface ReportOptions {
  /** The files of the site's configuration, where there are some. */
  readonly config: string | undefined;
  /** The site's configuration of Alertmanager, where its own routes are wanted. */
  readonly alertmanager: string | undefined;
  /** A folder of pictures of the dashboards. */
  readonly pictures: string | undefined;
  readonly pictureTheme: 'light' | 'dark' | 'both';
}

/**
 * The report of a bundle as one page of HTML.
 *
 * @throws {PicturesError} for a folder of pictures that cannot be used
 * @throws {SideError} for a configuration of Alertmanager that cannot be used
 */
export function reportOf(
  bundle: Bundle,
  { config, alertmanager, pictures: folder, pictureTheme }: ReportOptions,
): string {
  const uids = bundle.dashboards.map(({ definition }) => definition.uid);
  const pictures = folder === undefined ? [] : picturesIn(folder, uids, pictureTheme);
  const missing = missingPictures(folder, uids, pictures);
  return reportPage(
    contentsOf(bundle, {
      settings: measureSettings(bundle),
      evidence: evidenceOf(),
      week: measuredWeek(),
      ...(alertmanager === undefined ? {} : { alertmanager: alertmanagerFile(alertmanager) }),
      pictures,
      ...(config === undefined ? {} : { config }),
      ...(missing === undefined ? {} : { picturesMissing: missing }),
    }),
  );
}

/** Which dashboards have no picture; undefined where each has one. */
export function missingPictures(
  folder: string | undefined,
  uids: readonly string[],
  pictures: readonly Pick<Picture, 'uid'>[],
): string | undefined {
  if (folder === undefined)
    return 'No pictures of the dashboards: none were passed with --pictures. The command preview draws them.';
  const without = uids.filter((uid) => !pictures.some((picture) => picture.uid === uid));
  return without.length === 0 ? undefined : `The folder of pictures has none of ${without.join(', ')}.`;
}

export function alertmanagerFile(path: string): SideFile {
  try {
    return { path, text: readFileSync(path, 'utf8') };
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new SideError(`${path}: cannot be read (${why}), expected a configuration of Alertmanager`);
  }
}

/**
 * Writes the page beside its place and renames it into it.
 *
 * @throws {OutputError}
 */
export function writeReport(out: string, page: string): void {
  const temporary = `${out}.${randomUUID()}.tmp`;
  try {
    // Not recursive: below /proc, Node.js then tries for ever and takes all memory.
    if (!existsSync(dirname(out))) mkdirSync(dirname(out));
    writeFileSync(temporary, page);
    renameSync(temporary, out);
  } catch (error) {
    // Below something that is no folder there is nothing to remove either.
    if (existsSync(temporary)) rmSync(temporary);
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new OutputError(
      `${out}: cannot be written (${why}), expected a file in a folder that can be written`,
    );
  }
}
