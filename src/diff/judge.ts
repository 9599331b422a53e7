import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, isAbsolute, join } from 'node:path';
import { toolVersion } from '../processes/find.js';
import type { PrometheusVersion } from '../rule-files/prometheus-version.js';
import { type RuleRefusal, refusalsOf } from '../rule-files/refusals.js';
import type { Side, SideFile } from '../rule-files/side.js';

/** Says what Prometheus refuses. */
export interface Judge {
  /** Who it is, for the reader: `promtool 3.16.0`. */
  readonly name: string;
  refusals(side: Side, files: readonly SideFile[]): Promise<RuleRefusal[]>;
}

const versionText = ({ major, minor }: PrometheusVersion) => `${major}.${minor}`;

/** The checks of this program. */
const ownJudge = (version: PrometheusVersion): Judge => ({
  name: `the checks of gateway-observability for Prometheus ${versionText(version)}`,
  refusals: async (side) => refusalsOf(side, version),
});

/** promtool where one of the version is on the PATH, else this program's own checks. */
export async function judgeFor(version: PrometheusVersion): Promise<Judge> {
  const own = ownJudge(version);
  const promtool = await promtoolOf(version);
  if (promtool === undefined) return own;
  return {
    name: `promtool ${promtool.text}`,
    async refusals(side, files) {
      const isPlain = new Set(
        side.groups
          .filter(({ form, source, file }) => form === 'plain' && source === file)
          .map(({ file }) => file),
      );
      const foreign = new Set(
        side.groups
          .filter(({ rules }) => rules.some(({ dialect }) => dialect !== undefined))
          .map(({ file }) => file),
      );
      const asked = files.filter(({ path }) => isPlain.has(path) && !foreign.has(path));
      const names = new Set(asked.map(({ path }) => path));
      // Manifests are no files that promtool reads.
      const others = refusalsOf(side, version).filter(({ file }) => !names.has(file));
      return [...(await asks(promtool.file, asked)), ...others];
    },
  };
}

/** The first promtool on the PATH that is of a version. */
async function promtoolOf({ major, minor }: PrometheusVersion) {
  for (const folder of (process.env.PATH ?? '').split(delimiter).filter((one) => isAbsolute(one))) {
    const file = join(folder, 'promtool');
    try {
      await access(file, constants.X_OK);
      const found = await toolVersion('promtool', file);
      if (found.major === major && found.minor === minor) return { file, text: found.text };
    } catch {
      // Not in this folder, or no promtool.
    }
  }
  return undefined;
}

/** What promtool says of rule files. */
async function asks(promtool: string, files: readonly SideFile[]): Promise<RuleRefusal[]> {
  if (files.length === 0) return [];
  const folder = await mkdtemp(join(tmpdir(), 'gateway-observability-'));
  try {
    const paths = files.map((_, i) => join(folder, `${i}.yaml`));
    await Promise.all(files.map(({ text }, i) => writeFile(paths[i] as string, text)));
    const output = await new Promise<string>((resolve, reject) => {
      const args = ['check', 'rules', '--lint=none', ...paths];
      execFile(promtool, args, { maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
        if (error !== null && typeof error.code !== 'number') reject(error);
        else resolve(`${stdout}\n${stderr}`);
      });
    });
    return refusalsIn(output, paths, files);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Reads `<path>: 5:11: group "g", rule 1, "A": could not parse expression: …`. */
export function refusalsIn(
  output: string,
  paths: readonly string[],
  files: readonly SideFile[],
): RuleRefusal[] {
  // promtool 3 prints an error of a whole file twice.
  return [...new Set(output.split('\n'))].flatMap((line): RuleRefusal[] => {
    const i = paths.findIndex((path) => line.trimStart().startsWith(`${path}: `));
    if (i < 0) return [];
    const message = line.trimStart().slice((paths[i] as string).length + 2);
    const [, at, rest = message] = /^(?:(\d+):\d+: )?(.*)$/.exec(message) ?? [];
    const rule = /^group "[^"]*", rule \d+, "([^"]*)": (.*)$/.exec(rest);
    const file = (files[i] as SideFile).path;
    return [
      {
        file,
        ...(at === undefined ? {} : { line: Number(at) }),
        subject: rule === null ? `file ${file}` : `rule ${rule[1]}`,
        reason: rule?.[2] ?? rest,
      },
    ];
  });
}
