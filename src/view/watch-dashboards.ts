import { statSync } from 'node:fs';
import type { DashboardJson } from './dashboard-json.js';
import {
  type DashboardFiles,
  dashboardFiles,
  readDashboardFiles,
  UnreadableError,
} from './read-dashboards.js';

/** Where dashboards come from, and what is there now. */
export interface WatchedDashboards {
  /** The dashboards as they were read last. */
  readonly current: DashboardFiles;
  find(uid: string): DashboardJson | undefined;
  /** Calls back each time that files changed and were read again. Returns a way to stop that. */
  onChange(changed: () => void): () => void;
  close(): void;
}

/** Milliseconds between two looks at the files: their times are compared, since not every file system reports changes. */
const LOOK_EVERY = 500;

/**
 * The dashboards at some paths, read again whenever a file changes, appears or goes.
 *
 * @throws {UnreadableError} where a path is not there, or holds no dashboard
 */
export function watchDashboards(paths: readonly string[]): WatchedDashboards {
  const listeners = new Set<() => void>();
  let signature = signatureOf(paths);
  let current = readDashboardFiles(dashboardFiles(paths));
  if (current.dashboards.length === 0) {
    const reasons = current.unread.map(({ file, reason }) => `\n  ${file}: ${reason}`).join('');
    throw new UnreadableError(`${paths.join(', ')}: found no dashboard as JSON${reasons}`);
  }
  const look = () => {
    const now = signatureOf(paths);
    if (now === signature) return;
    signature = now;
    try {
      current = readDashboardFiles(dashboardFiles(paths));
    } catch (error) {
      // The folder is gone, perhaps only while it is written again.
      current = { ...current, unread: [{ file: paths.join(', '), reason: (error as Error).message }] };
    }
    for (const changed of listeners) changed();
  };
  const timer = setInterval(look, LOOK_EVERY);
  timer.unref();
  return {
    get current() {
      return current;
    },
    find: (uid) => current.dashboards.find(({ dashboard }) => dashboard.uid === uid)?.dashboard,
    onChange(changed) {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    close: () => clearInterval(timer),
  };
}

/** Dashboards that do not change. */
export function fixedDashboards(dashboards: readonly DashboardJson[]): WatchedDashboards {
  return {
    current: { dashboards: dashboards.map((dashboard) => ({ file: dashboard.uid, dashboard })), unread: [] },
    find: (uid) => dashboards.find((dashboard) => dashboard.uid === uid),
    onChange: () => () => {},
    close() {},
  };
}

/** Names, sizes and times of the files; another text when one of them changes. */
function signatureOf(paths: readonly string[]): string {
  try {
    return dashboardFiles(paths)
      .map((file) => {
        const { mtimeMs, size, ino } = statSync(file);
        return `${file} ${mtimeMs} ${size} ${ino}`;
      })
      .join('\n');
  } catch (error) {
    return (error as Error).message;
  }
}
