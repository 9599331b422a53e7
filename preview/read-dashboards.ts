import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DashboardJson } from './dashboard-json.js';

/** A file or folder is not there or holds no dashboard. The message names it. */
class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

/** Reads all dashboards of a folder, in the order of their file names. Throws {@link UnreadableError} where that cannot be done. */
export function readDashboards(folder: string): DashboardJson[] {
  let names: string[];
  try {
    names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UnreadableError(
      `${folder}: cannot be read (${code ?? message}), expected a folder of dashboards`,
    );
  }
  if (names.length === 0) throw new UnreadableError(`${folder}: found no .json file, expected dashboards`);
  return names.sort().map((name) => {
    const file = join(folder, name);
    let value: unknown;
    try {
      value = JSON.parse(readFileSync(file, 'utf8'));
    } catch (error) {
      throw new UnreadableError(`${file}: expected a dashboard as JSON, found ${(error as Error).message}`);
    }
    const { uid, panels } = (value ?? {}) as Partial<DashboardJson>;
    if (typeof uid !== 'string' || !/^[\w-]+$/.test(uid)) {
      throw new UnreadableError(
        `${file}: uid: found ${JSON.stringify(uid)}, expected the name of a dashboard`,
      );
    }
    if (!Array.isArray(panels)) {
      throw new UnreadableError(`${file}: panels: found ${JSON.stringify(panels)}, expected a list`);
    }
    return value as DashboardJson;
  });
}
