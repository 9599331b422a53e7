import type { PrometheusVersion } from '../rule-files/prometheus-version.js';
import { type RuleRefusal, refusalsOf } from '../rule-files/refusals.js';
import type { Side, SideFile } from '../rule-files/side.js';
import { promtoolOf } from './promtool.js';

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

/**
 * promtool where one of the version is found, else this program's own checks.
 *
 * @param find looks for one; on the PATH by default
 */
export async function judgeFor(version: PrometheusVersion, find = promtoolOf): Promise<Judge> {
  const promtool = await find(version);
  if (promtool === undefined) return ownJudge(version);
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
      if (asked.length === 0) return others;
      const { output, paths } = await promtool.check(asked.map(({ text }) => text));
      return [...refusalsIn(output, paths, asked), ...others];
    },
  };
}

/** Reads `<path>: 5:11: group "g", rule 1, "A": could not parse expression: …`. */
function refusalsIn(output: string, paths: readonly string[], files: readonly SideFile[]): RuleRefusal[] {
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
