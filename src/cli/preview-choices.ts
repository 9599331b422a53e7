import type { Bundle } from '../bundle/bundle.js';
import type { DashboardJson } from '../view/dashboard-json.js';
import { dashboardFiles, readDashboardFiles, UnreadableError } from '../view/read-dashboards.js';
import { printError } from './output.js';
import { dashboardsOfBundle, generatedFolder } from './own-dashboards.js';
import { UsageError } from './usage-error.js';

/**
 * The dashboards at the paths given; else those in generated/, unless it is missing or a configuration is given.
 *
 * @param directory the working directory
 * @throws {UnreadableError} where a path is not there, or there is no dashboard
 */
export function dashboardsToDraw(
  paths: readonly string[],
  config: string | undefined,
  bundle: Bundle,
  directory = process.cwd(),
): DashboardJson[] {
  const own = generatedFolder(config, directory);
  if (paths.length === 0 && own === undefined) return dashboardsOfBundle(bundle);
  const wanted = paths.length > 0 ? paths : [own as string];
  const { dashboards, unread } = readDashboardFiles(dashboardFiles(wanted));
  for (const { file, reason } of unread) printError(`${file}: not drawn: ${reason}`);
  if (dashboards.length === 0) throw new UnreadableError(`${wanted.join(', ')}: found no dashboard as JSON`);
  return dashboards.map(({ dashboard }) => dashboard);
}

/**
 * The dashboards with these uids; all of them where none is given.
 *
 * @throws {UsageError} for a uid that none of them has
 */
export function withUids(uids: readonly string[], dashboards: readonly DashboardJson[]): DashboardJson[] {
  const unknown = uids.find((uid) => !dashboards.some((dashboard) => dashboard.uid === uid));
  if (unknown !== undefined) {
    const expected = dashboards.map(({ uid }) => uid).join(', ');
    throw new UsageError(`--dashboard: found ${unknown}, expected one of ${expected}`);
  }
  return dashboards.filter(isWanted(uids));
}

/** Whether a dashboard has one of these uids, if there are any. */
export const isWanted =
  (uids: readonly string[]) =>
  ({ uid }: DashboardJson): boolean =>
    uids.length === 0 || uids.includes(uid);

/** The chosen ones; where none are, all of them. */
export const chosenOr = <T extends string>(chosen: readonly T[], all: readonly T[]): readonly T[] =>
  chosen.length > 0 ? chosen : all;

/** What a comparison says at its end. */
export const changesLine = (pictures: number): string =>
  pictures === 0 ? 'no panel looks different' : `changed: ${pictures} pictures of panels`;
