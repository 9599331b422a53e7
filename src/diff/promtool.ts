import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { toolVersion } from '../processes/find.js';
import type { PrometheusVersion } from '../rule-files/prometheus-version.js';

/** A promtool that can be asked. */
export interface Promtool {
  /** Its version. */
  readonly text: string;
  /** What it says of rule files, given as texts, and the path of each in that. */
  check(texts: readonly string[]): Promise<{ readonly output: string; readonly paths: readonly string[] }>;
}

/** The first promtool on the PATH that is of a version. */
export async function promtoolOf({ major, minor }: PrometheusVersion): Promise<Promtool | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter((one) => isAbsolute(one))) {
    const file = join(folder, 'promtool');
    try {
      await access(file, constants.X_OK);
      const { text, ...found } = await toolVersion('promtool', file);
      if (found.major === major && found.minor === minor)
        return { text, check: (texts) => check(file, texts) };
    } catch {
      // Not in this folder, or no promtool.
    }
  }
  return undefined;
}

async function check(promtool: string, texts: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-observability-'));
  try {
    const paths = texts.map((_, i) => join(folder, `${i}.yaml`));
    await Promise.all(texts.map((text, i) => writeFile(paths[i] as string, text)));
    const output = await new Promise<string>((resolve, reject) => {
      const args = ['check', 'rules', '--lint=none', ...paths];
      execFile(promtool, args, { maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number') reject(error);
        else resolve(`${stdout}\n${stderr}`);
      });
    });
    return { output, paths };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
