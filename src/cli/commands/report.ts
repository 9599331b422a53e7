import { randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Command, Option } from 'commander';
import { buildBundle } from '../../bundle/build.js';
import { definitions } from '../../bundle/definitions.js';
import { formatProblem } from '../../checks/check.js';
import { checkBundle } from '../../checks/index.js';
import { loadConfig, parseConfig } from '../../config/load.js';
import { OutputError } from '../../renderers/output-folder.js';
import { contentsOf } from '../../report/contents.js';
import { evidenceOf } from '../../report/evidence.js';
import { reportPage } from '../../report/page.js';
import { PicturesError, picturesIn } from '../../report/pictures.js';

interface ReportOptions {
  readonly out: string;
  readonly config?: string;
  readonly pictures?: string;
  readonly pictureTheme: 'light' | 'dark' | 'both';
}

/** Adds `report` to the command line. */
export function addReportCommand(cli: Command, exit: (code: 0 | 1 | 2) => void): void {
  cli
    .command('report')
    .description(
      'write one page of HTML, without network, with all alerts, panels, recording rules and settings, and what proves them',
    )
    .option('-o, --out <file>', 'the page; - for standard output', 'report.html')
    .option('-c, --config <file>', 'configuration of the site (YAML); defaults apply without it')
    .option(
      '--pictures <folder>',
      'pictures of the dashboards, such as preview/pictures after npm run preview',
    )
    .addOption(
      new Option('--picture-theme <theme>', 'which pictures to put into the page')
        .choices(['light', 'dark', 'both'])
        .default('light'),
    )
    .action(async (options: ReportOptions) => exit(await runReport(options)));
}

/** Writes the report. Returns the exit code. */
export async function runReport(options: ReportOptions): Promise<0 | 1 | 2> {
  const { config: file, out } = options;
  const config = file === undefined ? parseConfig({}) : loadConfig(file);
  const bundle = buildBundle(config, definitions(), file ?? 'configuration');
  const problems = checkBundle(bundle);
  for (const problem of problems) process.stderr.write(`${formatProblem(problem)}\n`);
  if (problems.length > 0) return 1;

  const uids = bundle.dashboards.map(({ definition }) => definition.uid);
  let pictures: ReturnType<typeof picturesIn> = [];
  try {
    if (options.pictures !== undefined) pictures = picturesIn(options.pictures, uids, options.pictureTheme);
  } catch (error) {
    if (!(error instanceof PicturesError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
  const without = uids.filter((uid) => !pictures.some((picture) => picture.uid === uid));
  const missing =
    options.pictures === undefined
      ? 'There are no pictures of the dashboards: none were given with --pictures. In the project, npm run preview draws them.'
      : without.length === 0
        ? undefined
        : `The folder of pictures has none of ${without.join(', ')}.`;
  const page = reportPage(
    contentsOf(bundle, {
      evidence: evidenceOf(),
      pictures,
      ...(file === undefined ? {} : { config: file }),
      ...(missing === undefined ? {} : { picturesMissing: missing }),
    }),
  );
  if (out === '-') {
    process.stdout.write(page);
    return 0;
  }
  const temporary = `${out}.${randomUUID()}.tmp`;
  try {
    // Not recursive: below /proc, Node.js then tries for ever and takes all memory.
    if (!existsSync(dirname(out))) mkdirSync(dirname(out));
    writeFileSync(temporary, page);
    renameSync(temporary, out);
  } catch (error) {
    // Below something that is no folder there is nothing to remove either.
    if (existsSync(temporary)) rmSync(temporary);
    const why = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new OutputError(
      `${out}: cannot be written (${why}), expected a file in a folder that can be written`,
    );
  }
  if (process.stdout.isTTY) process.stdout.write(`wrote ${out}, ${Math.ceil(page.length / 1024)} KiB\n`);
  return 0;
}
