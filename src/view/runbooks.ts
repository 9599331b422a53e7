import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A page of the runbook, as Markdown. */
export interface RunbookText {
  readonly name: string;
  readonly markdown: string;
}

/** The page of a name such as `GatewayDown`, from the first folder that has it; undefined where none has. */
export function runbookPage(folders: readonly string[], name: string): RunbookText | undefined {
  // A name only: no path leaves the folder.
  if (!/^[\w-]+$/.test(name)) return undefined;
  for (const folder of folders) {
    try {
      return { name, markdown: readFileSync(join(folder, `${name}.md`), 'utf8') };
    } catch {
      // The next folder may have it.
    }
  }
  return undefined;
}
