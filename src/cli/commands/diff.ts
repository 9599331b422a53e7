import { type Command, InvalidArgumentError, Option } from 'commander';
import { compareSides } from '../../diff/compare.js';
import { LEVELS, type Level, sorted } from '../../diff/finding.js';
import { asJson, asMarkdown, asText, type Comparison } from '../../diff/print.js';
import { readSide, type Side, SideError, type SideFile } from '../../rule-files/parse.js';
import { mergeBase, readSource, readWorkingTree, type Source, SourceError } from '../../rule-files/source.js';
import type { ExitCode } from '../exit-code.js';

interface Options {
  readonly path: string[];
  readonly also: string[];
  readonly all?: boolean;
  readonly json?: boolean;
  readonly markdown?: boolean;
  readonly simulate?: boolean;
  readonly failOn?: Level;
}

/** Adds `diff` to the command line. */
export function addDiffCommand(cli: Command, exit: (code: ExitCode) => void): void {
  cli
    .command('diff')
    .description(
      'tell what a change of rules and dashboards does: to alerts, silences, links, and whoever reads them',
    )
    .argument('[base]', 'revision, folder or file before the change, or <base>...<head>', 'HEAD')
    .argument('[head]', 'revision, folder or file after it; the working tree without it')
    .option(
      '-p, --path <path...>',
      'compare these folders and files of a revision only (default: generated and runbooks, if there are)',
      [],
    )
    .option('-a, --also <file...>', 'files and folders of others that may read or link to what changes', [])
    .option(
      '--simulate',
      'play the scenarios of the simulator and tell what the change does to detection times',
    )
    .option('--all', 'list harmless changes too')
    .addOption(new Option('--json', 'print the result as JSON').conflicts('markdown'))
    .option('--markdown', 'print the result as a comment for a pull request')
    .option(
      '--fail-on <level>',
      `exit with 1 for findings of this level or worse: ${LEVELS.join(', ')}`,
      (value) => {
        if (!LEVELS.includes(value as Level)) throw new InvalidArgumentError(`expected ${LEVELS.join(', ')}`);
        return value as Level;
      },
    )
    .addHelpText(
      'after',
      `
Examples:
  gateway-observability diff                         the working tree, against the last commit
  gateway-observability diff main...HEAD             what a branch changes
  gateway-observability diff v1 v2 --path deploy/rules
  gateway-observability diff old.yaml new.yaml --also ../other-team/dashboards
  gateway-observability diff main --simulate --fail-on breaking`,
    )
    .action(async (base: string, head: string | undefined, options: Options) => {
      const { exitCode, output } = await runDiff(base, head, options);
      (exitCode === 2 ? process.stderr : process.stdout).write(`${output}\n`);
      exit(exitCode);
    });
}

/** Compares and prints. Input that cannot be read gives a message and 2; it does not throw. */
export async function runDiff(
  base: string,
  head: string | undefined,
  options: Options,
): Promise<{ exitCode: ExitCode; output: string }> {
  try {
    const [before, after] = await sourcesOf(base, head, options.path);
    const also = await alsoOf(options.also);
    const [was, is] = [readSide(before.files), readSide(after.files)];
    const notes: string[] = [];
    for (const [side, source] of [
      [was, before],
      [is, after],
    ] as const) {
      if (side.groups.length + side.dashboards.length === 0) {
        notes.push(
          `${source.label} holds no rules and no dashboards${options.path.length > 0 ? ` below ${options.path.join(', ')}` : ''}.`,
        );
      }
    }
    if (notes.length === 2) throw new SourceError(`${notes.join(' ')} Expected rule files or dashboards.`);
    let findings = compareSides(was, is, also);
    if (options.simulate === true) {
      const { simulatedFindings } = await import('../../diff/simulated.js');
      const simulated = await simulatedFindings(was, is);
      findings = sorted([...findings, ...simulated.findings]);
      notes.push(simulated.note);
    }
    const comparison: Comparison = { base: before.label, head: after.label, findings, notes };
    const failing =
      options.failOn !== undefined &&
      findings.some(({ level }) => LEVELS.indexOf(level) <= LEVELS.indexOf(options.failOn as Level));
    return { exitCode: failing ? 1 : 0, output: printed(comparison, options) };
  } catch (error) {
    if (error instanceof SourceError || error instanceof SideError) {
      return { exitCode: 2, output: `diff: ${error.message}` };
    }
    throw error;
  }
}

function printed(comparison: Comparison, options: Options): string {
  if (options.json === true) return asJson(comparison);
  if (options.markdown === true) return asMarkdown(comparison);
  return asText(comparison, {
    all: options.all === true,
    colour: process.stdout.isTTY === true && !process.env.NO_COLOR,
    width: process.stdout.columns ?? 100,
  });
}

async function sourcesOf(
  base: string,
  head: string | undefined,
  only: readonly string[],
): Promise<readonly [Source, Source]> {
  const [, one, other] = /^(.+?)\.\.\.(.*)$/.exec(base) ?? [];
  if (one !== undefined && head === undefined) {
    const to = other === '' || other === undefined ? 'HEAD' : other;
    const common = await readSource(await mergeBase(one, to), only);
    return [{ ...common, label: one }, await readSource(to, only)];
  }
  return [
    await readSource(base, only),
    head === undefined ? await readWorkingTree(only) : await readSource(head, only),
  ];
}

/** The files of others, with their paths as they were given. */
async function alsoOf(paths: readonly string[]): Promise<Side> {
  const files: SideFile[] = [];
  for (const path of paths) {
    const source = await readSource(path);
    const single = source.files.length === 1 && source.files[0]?.path === path;
    files.push(
      ...source.files.map((file) =>
        single ? file : { ...file, path: `${path.replace(/\/+$/, '')}/${file.path}` },
      ),
    );
  }
  return readSide(files);
}
