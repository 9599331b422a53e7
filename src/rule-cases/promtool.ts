import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findTool } from '../processes/find.js';
import { temporaryFolder } from '../processes/temporary-folder.js';

/** How a run of promtool ended, and all that it printed. */
export interface PromtoolResult {
  readonly passed: boolean;
  readonly output: string;
}

/**
 * Runs a promtool command on files with this content (JSON is YAML), in the order given.
 *
 * @param others files that are named in the contents, by their name
 * @throws {ToolNotFoundError}
 */
export async function promtoolOn(
  command: readonly string[],
  contents: readonly object[],
  others: Readonly<Record<string, object>> = {},
): Promise<PromtoolResult> {
  const promtool = await findTool('promtool');
  const folder = temporaryFolder('gateway-promtool');
  try {
    const write = (name: string, content: object) => {
      writeFileSync(join(folder.path, name), JSON.stringify(content));
      return name;
    };
    for (const [name, content] of Object.entries(others)) write(name, content);
    const files = contents.map((content, index) => write(`${index}.yaml`, content));
    return await new Promise((resolve, reject) => {
      const options = { cwd: folder.path, maxBuffer: 1 << 26 };
      execFile(promtool, [...command, ...files], options, (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number') reject(error);
        else resolve({ passed: error === null, output: stdout + stderr });
      });
    });
  } finally {
    folder.remove();
  }
}
