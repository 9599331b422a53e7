#!/usr/bin/env node
import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { ConfigError } from '../config/error.js';
import { version } from '../package/version.js';
import { OutputError } from '../renderers/output-folder.js';
import type { WriteOptions } from '../renderers/output-plan.js';
import { bundleOf, type CommonOptions } from './bundle-option.js';
import { addBacktestCommand } from './commands/backtest.js';
import { runCheck } from './commands/check.js';
import { addDiffCommand } from './commands/diff.js';
import { addDrillCommand } from './commands/drill.js';
import { runGenerate } from './commands/generate.js';
import { explain, inventory } from './commands/list.js';
import { addReportCommand } from './commands/report.js';
import type { ExitCode } from './exit-code.js';
import { complain, print } from './output.js';

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
      const { runVerify } = await import('./commands/verify.js');
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
      const { simulate } = await import('./commands/simulate.js');
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
      const { runStart } = await import('./commands/start.js');
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
