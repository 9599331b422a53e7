import { setFlagsFromString } from 'node:v8';
import { Argument, Command as Commander, Option } from 'commander';
import { version } from '../package/version.js';
import type { Command } from './command.js';
import type { ExitCode } from './exit-code.js';
import type { Input } from './input.js';

/** How commander reads an input: it passes the value so far to the parser of one that can be given several times. */
function parserOf({ parse, repeatable }: Input<unknown>) {
  if (parse === undefined) return undefined;
  return (text: string, before: unknown) =>
    repeatable === true ? [...((before as unknown[] | undefined) ?? []), parse(text)] : parse(text);
}

/** The value of an input that was not given. */
function valueWithout(input: Input<unknown>): unknown {
  if (input.default !== undefined) return input.default.value();
  if (input.repeatable === true) return [];
  return input.parse === undefined ? false : undefined;
}

function withDefault(input: Input<unknown>): string {
  return input.default === undefined
    ? input.description
    : `${input.description} (default: ${input.default.text})`;
}

function optionOf(input: Input<unknown>): Option {
  const option = new Option(input.term, withDefault(input));
  const parse = parserOf(input);
  if (parse !== undefined) option.argParser(parse);
  if (input.required === true) option.makeOptionMandatory();
  if (input.conflictsWith !== undefined) option.conflicts(input.conflictsWith);
  return option;
}

function argumentOf(input: Input<unknown>): Argument {
  const argument = new Argument(input.term, withDefault(input));
  const parse = parserOf(input);
  if (parse !== undefined) argument.argParser(parse);
  return argument;
}

function addCommand(cli: Commander, command: Command, exit: (code: ExitCode) => void): void {
  const args = Object.entries(command.args);
  const options = Object.entries(command.options).map(
    ([key, input]) => [key, input, optionOf(input)] as const,
  );
  const own = cli.command(command.name).description(command.description);
  for (const [, input] of args) own.addArgument(argumentOf(input));
  for (const [, , option] of options) own.addOption(option);
  if (command.help !== undefined) own.addHelpText('after', `\n${command.help}`);
  own.action(async () => {
    if (command.brief === true) withoutOptimizing();
    const given = own.opts();
    exit(
      await command.run({
        args: Object.fromEntries(
          args.map(([key, input], place) => [key, own.processedArgs[place] ?? valueWithout(input)]),
        ),
        options: Object.fromEntries(
          options.map(([key, input, option]) => [key, given[option.attributeName()] ?? valueWithout(input)]),
        ),
      }),
    );
  });
}

/**
 * Leaves code as V8 first compiles it. In a process of less than a second, optimizing takes a fifth of the processor time
 * and ends too late to pay off. V8 reads this flag whenever it is about to optimize a function, so it may change while the
 * process runs; a flag on the command line would hold for every command, and not everywhere that npm starts one.
 */
const withoutOptimizing = () => setFlagsFromString('--no-opt');

/** The command line of the commands. `exit` gets the exit code of the one that was run. */
export function program(commands: readonly Command[], exit: (code: ExitCode) => void): Commander {
  const cli = new Commander('gateway-observability')
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
  gateway-observability check                        fail if generated/ is not up to date
  gateway-observability generate --config site.yaml --out build
  gateway-observability verify --metrics http://127.0.0.1:9100/metrics
  gateway-observability explain GatewayDown
  gateway-observability simulate "a short outage clears"   show which alerts fire when
  gateway-observability start                        run the bundle on a simulated gateway
  gateway-observability view --prometheus http://127.0.0.1:9090
  gateway-observability diff main...HEAD             show the effects of a branch on rules and dashboards
  gateway-observability backtest --prometheus http://127.0.0.1:9090 --base main
  gateway-observability drill --prometheus http://127.0.0.1:9090 --relay <key>

Exit codes: 0 success, 1 problems found, 2 wrong usage or unreadable input.`,
    );
  for (const command of commands) addCommand(cli, command, exit);
  return cli;
}
