import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DashboardJson, UnknownToPreviewError } from './dashboard-json.js';

/** Reads all dashboards of a folder, in the order of their file names. Throws where a file is no JSON. */
export function readDashboards(folder: string): DashboardJson[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => {
      const file = join(folder, name);
      try {
        return JSON.parse(readFileSync(file, 'utf8')) as DashboardJson;
      } catch (error) {
        throw new UnknownToPreviewError(
          `${file}: expected a dashboard as JSON, found ${(error as Error).message}`,
        );
      }
    });
}
