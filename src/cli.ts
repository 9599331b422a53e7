#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { styleText } from 'node:util';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { addBacktestCommand } from './backtest/command.js';
import { type Bundle, buildBundle } from './bundle.js';
import { formatProblem } from './checks/check.js';
import { checkBundle } from './checks/index.js';
import { driftLines, writtenLines } from './cli/output-folder-report.js';
import { type Config, ConfigError, loadConfig, parseConfig } from './config.js';
import { definitions } from './definitions.js';
import { addDiffCommand } from './diff/command.js';
import { addDrillCommand } from './drill/command.js';
import { explain, inventory } from './inventory.js';
import { compareFiles } from './renderers/drift.js';
import { renderBundle } from './renderers/index.js';
import { OutputError } from './renderers/output-folder.js';
import { RefusedError, type WriteOptions } from './renderers/output-plan.js';
import { writeFiles } from './renderers/write.js';
import { addReportCommand } from './report/command.js';
import { version } from './version.js';

/** 0 fine, 1 problems found, 2 wrong usage or unreadable input. */
export type ExitCode = 0 | 1 | 2;

interface CommonOptions {
  readonly config?: string;
  readonly out: string;
  readonly json?: boolean;
}

const print = (text: string) => process.stdout.write(`${text}\n`);
const complain = (text: string) => process.stderr.write(`${text}\n`);
const colour = (format: Parameters<typeof styleText>[0], text: string) =>
  process.stdout.isTTY && !process.env.NO_COLOR ? styleText(format, text) : text;
/** Progress is for people; a pipe gets results only. */
const say = (text: string) => process.stdout.isTTY && print(text);

function configured(options: { config?: string }): { config: Config; file: string } {
  const file = options.config;
  return file === undefined
    ? { config: parseConfig({}), file: 'configuration' }
    : { config: loadConfig(file), file };
}

function bundleOf(options: { config?: string }): Bundle {
  const { config, file } = configured(options);
  return buildBundle(config, definitions(), file);
}

/** Prints the problems of the definitions; true when there are none. */
function reportProblems(bundle: Bundle, json: boolean | undefined): boolean {
  const problems = checkBundle(bundle);
  if (json === true) {
    if (problems.length > 0) print(JSON.stringify({ problems }, null, 2));
  } else {
    for (const problem of problems) complain(formatProblem(problem));
    if (problems.length > 0)
      complain(`${problems.length} problem${problems.length === 1 ? '' : 's'} in the definitions`);
  }
  return problems.length === 0;
}

function runGenerate(options: CommonOptions & WriteOptions): ExitCode {
  const bundle = bundleOf(options);
  if (!reportProblems(bundle, options.json)) return 1;
  try {
    const written = writeFiles(options.out, renderBundle(bundle), options);
    if (options.json) print(JSON.stringify({ out: options.out, ...written }, null, 2));
    else for (const line of writtenLines(options.out, written)) print(line);
    return 0;
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    if (options.json) print(JSON.stringify({ out: options.out, refusals: error.refusals }, null, 2));
    else complain(error.message);
    return 1;
  }
}

function runCheck(options: CommonOptions): ExitCode {
  const bundle = bundleOf(options);
  if (!reportProblems(bundle, options.json)) return 1;
  const artifacts = renderBundle(bundle);
  const drifts = compareFiles(options.out, artifacts);
  if (options.json) print(JSON.stringify({ problems: [], drifts }, null, 2));
  else {
    for (const line of driftLines(options, drifts)) complain(line);
    if (drifts.length === 0)
      say(colour('green', `${options.out}: ${artifacts.length} files are as the definitions say`));
  }
  return drifts.length === 0 ? 0 : 1;
}

function program(exit: (code: ExitCode) => void): Command {
  const cli = new Command('gateway-observability')
    .description(
      "Dashboards, alerting rules and recording rules for a gateway's pending writes, generated from checked definitions.",
    )
    .version(version)
    .showHelpAfterError('(add --help for the options)')
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  gateway-observability generate                     write generated/ from the definitions
  gateway-observability check                        fail if generated/ is not what the definitions say
  gateway-observability generate --config site.yaml --out build
  gateway-observability verify --metrics http://127.0.0.1:9100/metrics
  gateway-observability explain GatewayDown
  gateway-observability simulate "a short outage"    which alerts fire when, also with --config
  gateway-observability start                        try everything out on a simulated gateway
  gateway-observability diff main...HEAD             what a branch's change of rules and dashboards leads to
  gateway-observability backtest --prometheus http://127.0.0.1:9090 --base main
  gateway-observability drill --prometheus http://127.0.0.1:9090 --relay <key>

Exit codes: 0 fine, 1 problems found, 2 wrong usage or unreadable input.`,
    );
  const withConfig = (command: Command) =>
    command
      .option('-c, --config <file>', 'configuration of the site (YAML); defaults apply without it')
      .option('--json', 'print the result as JSON');
  const withOut = (command: Command) =>
    withConfig(command).option('-o, --out <dir>', 'output directory', 'generated');

  withOut(cli.command('generate'))
    .description('check the definitions and write rules, dashboards and references')
    .option('--force', 'overwrite and remove generated files that were edited by hand')
    .option('--adopt', 'overwrite files in a folder that has no manifest of an earlier run')
    .action((options: CommonOptions & WriteOptions) => exit(runGenerate(options)));
  withOut(cli.command('check'))
    .description('check the definitions, and that the generated files in the output directory are up to date')
    .action((options: CommonOptions) => exit(runCheck(options)));
  cli
    .command('verify')
    .description(
      'compare a live /metrics page with the contract: what is missing, of another type, or labelled differently',
    )
    .requiredOption('-m, --metrics <url|file>', 'a /metrics address, or a file with its text')
    .option(
      '--job <job>',
      'gateway, exporter or escrow; guessed from the metrics without it',
      (value: string) => {
        if (!['gateway', 'exporter', 'escrow'].includes(value)) {
          throw new InvalidArgumentError('expected gateway, exporter or escrow');
        }
        return value;
      },
    )
    .option('--json', 'print the result as JSON')
    .action(async (options: { metrics: string; job?: 'gateway' | 'exporter' | 'escrow'; json?: boolean }) => {
      const { runVerify } = await import('./verify/index.js');
      const { exitCode, output } = await runVerify(options);
      (exitCode === 2 ? complain : print)(output);
      exit(exitCode);
    });
  withConfig(cli.command('list'))
    .description('list metrics, recording rules, alerts and panels')
    .argument('[kind]', 'only metrics, records, alerts or panels')
    .action((kind: string | undefined, options: CommonOptions) => {
      const { exitCode, output } = inventory(bundleOf(options), kind, options.json === true);
      (exitCode === 0 ? print : complain)(output);
      exit(exitCode);
    });
  withConfig(cli.command('explain'))
    .description('show one alert, recorded series, panel or metric: definition, what it reads, what reads it')
    .argument('<name>', 'an alert, a record, a metric, or a panel as <dashboard uid>/<panel id>')
    .action((name: string, options: CommonOptions) => {
      const { exitCode, output } = explain(bundleOf(options), name, options.json === true);
      (exitCode === 0 ? print : complain)(output);
      exit(exitCode);
    });
  withConfig(cli.command('simulate'))
    .description('play a scenario of gateway and worker in virtual time and tell which alerts fire when')
    .argument('[scenario]', 'a scenario or a part of its name; without it, the scenarios are listed')
    .action(async (scenario: string | undefined, options: CommonOptions) => {
      const { simulate } = await import('./simulate.js');
      const { exitCode, output } = await simulate(bundleOf(options), scenario, options.json === true);
      (exitCode === 0 ? print : complain)(output);
      exit(exitCode);
    });
  withConfig(cli.command('start'))
    .description(
      'run a simulated gateway and worker, the exporter and a real Prometheus with the generated rules',
    )
    .option('--once', 'exit with a summary as soon as every rule was evaluated on scraped data')
    .action(async (options: { config?: string; json?: boolean; once?: boolean }) => {
      const { runStart } = await import('./start/index.js');
      exit((await runStart({ ...options, once: options.once === true })) as ExitCode);
    });
  addBacktestCommand(cli, exit);
  addDrillCommand(cli, exit);
  addReportCommand(cli, exit);
  addDiffCommand(cli, exit);
  return cli;
}

/** Runs the command line. Returns the exit code; never throws for wrong input. */
export async function main(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = 0;
  try {
    await program((result) => {
      code = result;
    }).parseAsync([...argv]);
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (error instanceof ConfigError || error instanceof OutputError) {
      complain(error.message);
      return 2;
    }
    throw error;
  }
}

/** True when this file is what was started, also through the link that npm makes for a command. */
function isEntryPoint(): boolean {
  const started = process.argv[1];
  return started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url);
}

if (isEntryPoint()) process.exitCode = await main(process.argv);
