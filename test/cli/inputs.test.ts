import { describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/commands/index.js';
import type { ExitCode } from '../../src/cli/exit-code.js';
import { program } from '../../src/cli/program.js';
import { connectionSettings } from '../../src/cli/prometheus-options.js';

/* What each command takes, typed from its documentation. The commands themselves are not run. */

const CONNECTION = [
  '-p, --prometheus <url> (required)',
  '--bearer-token-file <file>',
  '--basic-auth-user <user>',
  '--basic-auth-password-file <file>',
  '--ca-file <file>',
  '--cert-file <file>',
  '--key-file <file>',
  '--insecure-skip-verify',
  '--header <"name: value">',
];
const CONFIG = '-c, --config <file>';
const OUT = ['--json', '-o, --out <dir>', '--target <name>'];

const TABLE: Readonly<Record<string, { args?: string[]; options: string[]; brief?: true }>> = {
  generate: { options: [CONFIG, ...OUT, '--force', '--adopt'], brief: true },
  check: { options: [CONFIG, ...OUT], brief: true },
  list: { args: ['[kind]'], options: [CONFIG, '--json'], brief: true },
  explain: { args: ['<name> (required)'], options: [CONFIG, '--json'], brief: true },
  test: { options: [CONFIG, '--json'] },
  verify: { options: ['-m, --metrics <url|file> (required)', '--job <job>', '--json'] },
  simulate: { args: ['[scenario]'], options: [CONFIG, '--json'] },
  start: { options: [CONFIG, '--json', '--once'] },
  view: {
    options: [
      ...CONNECTION,
      '--request-timeout <duration> (default: 1m)',
      CONFIG,
      "--dashboards <path> (default: generated/; without it, or with --config, the configuration's dashboards)",
      '--runbooks <folder>',
      '--scrape-interval <duration>',
      '--port <n>',
    ],
  },
  preview: {
    options: [
      CONFIG,
      '--dashboards <path> (default: those of the configuration, else generated/)',
      '--dashboard <uid>',
      '--base <rev>',
      '--situation <name> (default: both)',
      '--theme <name> (default: both; light with --base)',
      '--width <pixels> (default: 1280)',
      '-o, --output <folder> (default: preview/pictures)',
    ],
  },
  report: {
    options: [
      '-o, --out <file> (default: report.html)',
      CONFIG,
      '--alertmanager <file>',
      '--pictures <folder>',
      '--picture-theme <theme> (default: light)',
    ],
  },
  diff: {
    args: ['[base] (default: HEAD)', '[head]'],
    options: [
      '-p, --path <path...> (default: generated and runbooks, if they exist)',
      '-a, --also <file...>',
      '--alertmanager <file>',
      '--alertmanager-base <file>',
      '--external-label <name=value>',
      '--prometheus-version <version> (default: 3.16)',
      '--simulate',
      '--all',
      '--json',
      '--markdown',
      '--fail-on <level>',
    ],
  },
  backtest: {
    options: [
      ...CONNECTION,
      '--request-timeout <duration> (default: 1m)',
      '--since <duration> (default: 7d)',
      '--until <time> (default: now)',
      '--rules <files> (default: generated/)',
      '--base <rules>',
      '--alert <name>',
      '--try <setting=values>',
      '--budget <pages>',
      '--history-only',
      CONFIG,
      '--lead-in <duration> (default: 12h)',
      '--evaluation-interval <duration> (default: 1m)',
      '--chunk <duration> (default: 2h)',
      '--concurrency <n> (default: 4)',
      '--patience <duration> (default: 5m)',
      '--json',
    ],
  },
  drill: {
    options: [
      ...CONNECTION,
      '--request-timeout <duration> (default: 30s)',
      '-r, --relay <key> (required)',
      CONFIG,
      '--match <label=value>',
      '--every <duration> (default: 5s)',
      '--timeout <reaction=duration>',
      '--json',
    ],
  },
};

interface Run {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly options: Readonly<Record<string, unknown>>;
}

/** What a command would run with; or how the command line is refused. */
async function given(...argv: string[]): Promise<Run> {
  let run: Run | undefined;
  const recorded = commands.map(({ brief: _, ...command }) => ({
    ...command,
    run: ({ args, options }: Pick<Run, 'args' | 'options'>) => {
      run = { name: command.name, args, options };
      return Promise.resolve(1 as const);
    },
  }));
  let code: ExitCode | undefined;
  const cli = program(recorded as typeof commands, (exit) => {
    code = exit;
  });
  for (const one of [cli, ...cli.commands])
    one.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  await cli.parseAsync(['node', 'gateway-observability', ...argv]);
  expect(code).toBe(1);
  if (run === undefined) throw new Error('no command was run');
  return run;
}
const options = async (...argv: string[]) => (await given(...argv)).options;

describe('the inputs of the commands', () => {
  it('are those of the commands that there are', () => {
    expect(commands.map(({ name }) => name).sort()).toEqual(Object.keys(TABLE).sort());
  });

  it.each(Object.entries(TABLE))('are these for %s', (name, expected) => {
    const command = commands.find((one) => one.name === name);
    const terms = (inputs: NonNullable<typeof command>['args'] = {}) =>
      Object.values(inputs).map(
        ({ term, required, default: fallback }) =>
          `${term}${required === true ? ' (required)' : ''}${fallback === undefined ? '' : ` (default: ${fallback.text})`}`,
      );
    expect(terms(command?.args)).toEqual(expected.args ?? []);
    expect(terms(command?.options)).toEqual(expected.options);
    expect(command?.brief).toBe(expected.brief);
    const undescribed = Object.values({ ...command?.args, ...command?.options }).filter(
      ({ description }) => description.length < 4,
    );
    expect(undescribed).toEqual([]);
  });
});

describe('the values of the inputs', () => {
  it('are the defaults where none are given', async () => {
    expect(await given('generate')).toEqual({
      name: 'generate',
      args: {},
      options: { config: undefined, json: false, out: undefined, target: [], force: false, adopt: false },
    });
    expect(await given('diff')).toEqual({
      name: 'diff',
      args: { base: 'HEAD', head: undefined },
      options: {
        path: [],
        also: [],
        alertmanager: undefined,
        alertmanagerBase: undefined,
        externalLabels: [],
        prometheusVersion: { major: 3, minor: 16 },
        simulate: false,
        all: false,
        json: false,
        markdown: false,
        failOn: undefined,
      },
    });
    expect(await options('preview')).toEqual({
      config: undefined,
      dashboards: [],
      uids: [],
      base: undefined,
      situations: [],
      themes: [],
      width: 1280,
      output: 'preview/pictures',
    });
    expect(await options('report')).toMatchObject({ out: 'report.html', pictureTheme: 'light' });
    const { until, ...rest } = await options('backtest', '-p', 'http://p');
    expect(Math.abs(Number(until) - Date.now() / 1000)).toBeLessThan(600);
    expect(Number.isInteger(until)).toBe(true);
    expect(rest).toMatchObject({
      prometheus: 'http://p',
      insecureSkipVerify: false,
      headers: [],
      requestTimeout: 60,
      since: 604_800,
      rules: expect.stringMatching(/\/generated\/prometheus$/),
      base: undefined,
      alerts: [],
      trial: undefined,
      budget: undefined,
      historyOnly: false,
      leadIn: 43_200,
      evaluationInterval: 60,
      chunk: 7200,
      concurrency: 4,
      patience: 300,
      json: false,
    });
    expect(await options('drill', '-p', 'http://p', '-r', 'ab')).toMatchObject({
      requestTimeout: 30,
      relay: 'ab',
      matchers: [],
      every: 5,
      timeouts: [],
    });
  });

  it('are what is given, and all of it where an option is repeated', async () => {
    expect(
      await options('generate', '-c', 's.yaml', '--target', 'mimir', '--target', 'kubernetes', '--force'),
    ).toMatchObject({ config: 's.yaml', target: ['mimir', 'kubernetes'], force: true, adopt: false });
    expect(await given('diff', 'v1', 'v2', '-p', 'a', 'b', '-a', 'c', '--fail-on', 'breaking')).toMatchObject(
      {
        args: { base: 'v1', head: 'v2' },
        options: { path: ['a', 'b'], also: ['c'], failOn: 'breaking' },
      },
    );
    expect(await given('explain', 'GatewayDown')).toMatchObject({ args: { name: 'GatewayDown' } });
    expect(
      await options('preview', '--situation', 'quiet', '--theme', 'dark', '--width', '640', '-o', 'x'),
    ).toMatchObject({ situations: ['quiet'], themes: ['dark'], width: 640, output: 'x' });
    expect(await options('view', '-p', 'u', '--port', '65535', '--scrape-interval', '15s')).toMatchObject({
      port: 65_535,
      scrapeInterval: 15,
    });
  });

  it.each([
    [['diff', '--external-label', 'a=b=c'], { externalLabels: [['a', 'b=c']] }],
    [
      ['diff', '--external-label', 'a=', '--external-label', 'b=1\n2'],
      {
        externalLabels: [
          ['a', ''],
          ['b', '1\n2'],
        ],
      },
    ],
    [['diff', '--external-label', 'team=x'], { externalLabels: [['team', 'x']] }],
    [['diff', '--prometheus-version', '3.16.10'], { prometheusVersion: { major: 3, minor: 16 } }],
    [['diff', '--prometheus-version', 'v2.42'], { prometheusVersion: { major: 2, minor: 42 } }],
    [['diff', '--prometheus-version', '3.5.1'], { prometheusVersion: { major: 3, minor: 5 } }],
    [
      ['backtest', '-p', 'u', '--header', 'A: b:c', '--header', 'X-1 :  y '],
      {
        headers: [
          ['A', 'b:c'],
          ['X-1', 'y'],
        ],
      },
    ],
    [['backtest', '-p', 'u', '--try', 'for=5m, 10m'], { trial: { setting: 'for', values: ['5m', '10m'] } }],
    [['backtest', '-p', 'u', '--try', 'a.b-c_1=x'], { trial: { setting: 'a.b-c_1', values: ['x'] } }],
    [['backtest', '-p', 'u', '--rules', 'x'], { rules: 'x' }],
    [['backtest', '-p', 'u', '--budget', '2/week'], { budget: 2 }],
    [['backtest', '-p', 'u', '--budget', '1.25/week'], { budget: 1.25 }],
    [['backtest', '-p', 'u', '--budget', '1.5/day'], { budget: 10.5 }],
    [['backtest', '-p', 'u', '--budget', '52/month'], { budget: 12 }],
    [['backtest', '-p', 'u', '--concurrency', '16', '--since', '1h'], { concurrency: 16, since: 3600 }],
    [['drill', '-p', 'u', '-r', 'k', '--match', 'site=a"b'], { matchers: ['site="a\\"b"'] }],
    [['drill', '-p', 'u', '-r', 'k', '--match', '_x1='], { matchers: ['_x1=""'] }],
    [['report', '--picture-theme', 'dark'], { pictureTheme: 'dark' }],
    [['report', '--picture-theme', 'both'], { pictureTheme: 'both' }],
    [['drill', '-p', 'u', '-r', 'k', '--timeout', 'push-seen=10m'], { timeouts: [{ 'push-seen': 600 }] }],
  ])('are read: %o', async (argv, expected) => {
    expect(await options(...argv)).toMatchObject(expected);
  });

  it('have one time limit for all reactions of a drill', async () => {
    const { timeouts } = await options('drill', '-p', 'u', '-r', 'k', '--timeout', 'all=1m');
    const [all] = timeouts as [Record<string, number>];
    expect(Object.keys(all)).toContain('push-seen');
    expect(Object.keys(all).length).toBeGreaterThan(5);
    expect(new Set(Object.values(all))).toEqual(new Set([60]));
  });

  it.each([
    [['diff', '--external-label', 'a'], 'expected name=value'],
    [['diff', '--external-label', '=a'], 'expected name=value'],
    [['diff', '--external-label', '=a=b'], 'expected name=value'],
    [['diff', '--prometheus-version', '4.1'], 'expected a version such as 2.42 or 3.16'],
    [['diff', '--prometheus-version', '3'], 'expected a version such as 2.42 or 3.16'],
    [['diff', '--prometheus-version', '3.16x'], 'expected a version such as 2.42 or 3.16'],
    [['diff', '--prometheus-version', 'x3.16'], 'expected a version such as 2.42 or 3.16'],
    [['diff', '--json', '--markdown'], "option '--json' cannot be used with option '--markdown'"],
    [['diff', '--fail-on', 'bad'], 'breaking'],
    [['diff', 'a', 'b', 'c'], 'too many arguments'],
    [['backtest'], "required option '-p, --prometheus <url>' not specified"],
    [['backtest', '-p', 'u', '--header', 'no colon'], 'expected "Name: value"'],
    [['backtest', '-p', 'u', '--header', 'X-Scope'], 'expected "Name: value"'],
    [['backtest', '-p', 'u', '--header', ': value'], 'expected "Name: value"'],
    [['backtest', '-p', 'u', '--header', 'a b: value'], 'expected "Name: value"'],
    [['backtest', '-p', 'u', '--try', 'for='], 'expected a setting and its values'],
    [['backtest', '-p', 'u', '--try', 'a for=5m'], 'expected a setting and its values'],
    [['backtest', '-p', 'u', '--try', 'for=5m\n10m'], 'expected a setting and its values'],
    [['backtest', '-p', 'u', '--try', '=5m'], 'expected a setting and its values'],
    [['backtest', '-p', 'u', '--try', 'for=5m,,6m'], 'expected a setting and its values'],
    [['backtest', '-p', 'u', '--try', 'for=5m,6m,5m'], 'found 5m twice, expected each value once'],
    [['backtest', '-p', 'u', '--budget', '0/week'], 'expected pages in a day, week or month'],
    [['backtest', '-p', 'u', '--budget', '2/year'], 'expected pages in a day, week or month'],
    [['backtest', '-p', 'u', '--budget', 'x2/week'], 'expected pages in a day, week or month'],
    [['backtest', '-p', 'u', '--budget', '2/weeks'], 'expected pages in a day, week or month'],
    [['backtest', '-p', 'u', '--concurrency', '17'], 'expected a whole number from 1 to 16'],
    [['backtest', '-p', 'u', '--concurrency', '0'], 'expected a whole number from 1 to 16'],
    [['backtest', '-p', 'u', '--chunk', '0s'], 'expected a duration above 0'],
    [['backtest', '-p', 'u', '--since', '0'], 'expected a duration above 0'],
    [['drill', '-p', 'u'], "required option '-r, --relay <key>' not specified"],
    [['drill', '-p', 'u', '-r', 'k', '--match', '1x=a'], 'expected label=value'],
    [['drill', '-p', 'u', '-r', 'k', '--match', 'x=a\nb'], 'expected label=value'],
    [
      ['drill', '-p', 'u', '-r', 'k', '--timeout', 'push-sen=1m'],
      'did you mean "push-seen"? Reactions: not-pending, worker-away',
    ],
    [['drill', '-p', 'u', '-r', 'k', '--timeout', 'push-seen=soon'], 'expected a duration'],
    [['preview', '--width', '639'], 'expected a whole number from 640 to 8000'],
    [['preview', '--width', '8001'], 'expected a whole number from 640 to 8000'],
    [['preview', '--situation', 'calm'], 'quiet'],
    [['preview', '--theme', 'grey'], 'light'],
    [['report', '--picture-theme', 'grey'], 'light'],
    [['view', '-p', 'u', '--port', '0'], 'expected a whole number from 1 to 65535'],
    [['verify'], "required option '-m, --metrics <url|file>' not specified"],
    [['verify', '-m', 'f', '--job', 'other'], 'gateway'],
    [['explain'], "missing required argument 'name'"],
    [['generate', '--target', 'other'], 'kubernetes'],
    [['nothing'], "unknown command 'nothing'"],
  ])('are refused with what is expected: %o', async (argv, message) => {
    await expect(given(...argv)).rejects.toThrow(message);
  });
});

describe('the help', () => {
  const cli = program(commands, () => undefined);
  const helpOf = (name: string) => {
    let text = '';
    const command = cli.commands.find((one) => one.name() === name) ?? cli;
    command.configureOutput({
      getOutHelpWidth: () => 110,
      writeOut: (part) => {
        text += part;
      },
    });
    command.outputHelp();
    return text;
  };

  it('has the version, the commands in their order, examples and exit codes', () => {
    expect(cli.version()).toMatch(/^\d+\.\d+\.\d+/);
    expect(cli.commands.map((one) => one.name())).toEqual(commands.map(({ name }) => name));
    const text = helpOf('gateway-observability');
    expect(text).toMatch(/^Usage: gateway-observability \[options\] \[command\]/);
    expect(text).toContain('\nExamples:\n  gateway-observability generate ');
    expect(text).toContain('\nExit codes: 0 success, 1 problems found, 2 wrong usage');
  });

  // After a change: npm run texts, then compare what changed with what the command does.
  it('is as reviewed', async () => {
    const help = ['', ...commands.map(({ name }) => name)].map(helpOf).join(`\n${'-'.repeat(110)}\n\n`);
    await expect(help).toMatchFileSnapshot('help.txt');
  });

  it('of a command has its defaults and what is below its options', () => {
    expect(helpOf('backtest')).toMatch(/--since <duration> +length of the time range \(default: 7d\)/);
    expect(helpOf('backtest')).toContain('\n\nExamples:\n  gateway-observability backtest -p ');
    expect(helpOf('explain')).toMatch(/Arguments:\n {2}name +an alert, a record/);
    expect(helpOf('list')).toContain('only metrics, records, alerts or panels');
    expect(helpOf('list')).not.toContain('undefined');
    expect(helpOf('drill')).toContain('\nReactions: not-pending, worker-away, ');
    expect(helpOf('generate')).toMatch(/repeatable: kubernetes,\s+grafana-provisioning/);
    expect(helpOf('diff')).toMatch(/or\s+worse: breaking, notable/);
  });
});

describe('the connection to a Prometheus', () => {
  const plain = {
    prometheus: 'http://p',
    bearerTokenFile: undefined,
    basicAuthUser: undefined,
    basicAuthPasswordFile: undefined,
    caFile: undefined,
    certFile: undefined,
    keyFile: undefined,
    insecureSkipVerify: false,
    headers: [],
    requestTimeout: 1.5,
  };

  it('has what the options say, and nothing else', () => {
    expect(connectionSettings(plain)).toStrictEqual({
      url: 'http://p',
      insecureSkipVerify: false,
      headers: {},
      timeoutMs: 1500,
    });
    expect(
      connectionSettings({
        ...plain,
        bearerTokenFile: 't',
        basicAuthUser: 'u',
        basicAuthPasswordFile: 'f',
        caFile: 'ca',
        certFile: 'c',
        keyFile: 'k',
        insecureSkipVerify: true,
        headers: [['A', 'b']],
      }),
    ).toStrictEqual({
      url: 'http://p',
      bearerTokenFile: 't',
      basicAuth: { user: 'u', passwordFile: 'f' },
      caFile: 'ca',
      certFile: 'c',
      keyFile: 'k',
      insecureSkipVerify: true,
      headers: { A: 'b' },
      timeoutMs: 1500,
    });
  });

  it('needs a user with a password, and a password with a user', () => {
    const message = '--basic-auth-user and --basic-auth-password-file must be used together';
    expect(() => connectionSettings({ ...plain, basicAuthUser: 'u' })).toThrow(message);
    expect(() => connectionSettings({ ...plain, basicAuthPasswordFile: 'f' })).toThrow(message);
  });
});
