import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onProcessEnd } from './process.js';

/** A folder that is removed with its content, at the latest when this process ends. */
export interface TemporaryFolder {
  readonly path: string;
  remove(): void;
}

/** Makes a new folder under the system's folder for temporary files. */
export function temporaryFolder(prefix: string): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), `${prefix}-`));
  const remove = () => rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  const unregister = onProcessEnd(remove);
  return {
    path,
    remove() {
      remove();
      unregister();
    },
  };
}
