import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { commands } from '../../src/cli/commands/index.js';
import { parseConfig } from '../../src/config/load.js';
import { packageRoot } from '../../src/package/root.js';
import { run } from '../cli/in-process.js';
import { builtExporter } from '../exporter/exporter-process.js';
import { type Page, pages } from './pages.js';

const bundle = buildBundle(parseConfig({}), definitions());
const page = (path: string) => pages.find((one) => one.path === path) as Page;

/** The options in a text such as `-c, --config <file>`. */
const flagsIn = (text: string): readonly string[] => text.match(/(?<![\w-])--?[a-z][\w.-]*/g) ?? [];

const commandFlags = new Map(
  commands.map(({ name, options }) => [
    name,
    [...Object.values(options).flatMap(({ term }) => flagsIn(term)), '--help'],
  ]),
);
const { stdout: exporterHelp } = await promisify(execFile)(process.execPath, [
  await builtExporter(),
  '--help',
]);
/** The exporter's own account of its options: their flags and defaults. */
const exporterOptions = (() => {
  const [, options = ''] = /\nOptions:\n([\s\S]*?)\n\n/.exec(exporterHelp) ?? [];
  return options
    .replaceAll(/\n {4,}/g, ' ')
    .split('\n')
    .map((line) => {
      const [, term = '', meaning = ''] = /^ {2}(-\S+(?: --\S+)?(?: <[^>]+>)?) +(.*)$/.exec(line) ?? [];
      return { flags: flagsIn(term), stated: /default: "?([^",)]+)/.exec(meaning)?.[1] };
    });
})();
const exporterFlags = exporterOptions.flatMap(({ flags }) => flags);
const previewFlags: readonly string[] = commandFlags.get('preview') ?? [];
const scripts = (folder = '') =>
  Object.keys(
    (JSON.parse(readFileSync(join(packageRoot, folder, 'package.json'), 'utf8')) as { scripts: object })
      .scripts ?? {},
  );

/** Every command that a page asks its reader to type, with the page. */
const typed = pages.flatMap(({ path, blocks, inline }) =>
  [...blocks.filter(({ language }) => ['', 'sh'].includes(language)).flatMap(({ lines }) => lines), ...inline]
    .flatMap((line) => line.split(/ && | \| /))
    .map((line) => ({
      path,
      words: line
        .replace(/\s+#.*$/, '')
        .trim()
        .split(/\s+/),
    })),
);
/** What follows a program's name in every command that runs it. */
const callsOf = (...program: readonly string[]) =>
  typed
    .filter(({ words }) => program.every((word, i) => words[i] === word) && words.length > program.length)
    .map(({ path, words }) => ({ path, args: words.slice(program.length) }));

describe('the help of the exporter', () => {
  // After a change: npm run texts, then compare what changed with the exporter and with docs/exporter.md.
  it('is as reviewed', async () => {
    await expect(exporterHelp).toMatchFileSnapshot('exporter-help.txt');
  });
});

describe('a command in the documentation', () => {
  const calls = [
    ...callsOf('gateway-observability'),
    ...callsOf('npx', 'gateway-observability'),
    ...callsOf('npx', 'tsx', 'src/cli/main.ts'),
  ];

  it('is one of ours, and takes the options that it is given', () => {
    expect(calls.length).toBeGreaterThan(12);
    const named = calls.filter(({ args: [name = ''] }) => name !== '<command>');
    const wrong = named.flatMap(({ path, args: [name = '', ...args] }) => {
      const flags = commandFlags.get(name);
      if (flags === undefined) return [`${path}: there is no command ${name}`];
      return args
        .flatMap((word) => flagsIn(/^--?\w/.test(word) ? word : ''))
        .filter((flag) => !flags.includes(flag))
        .map((flag) => `${path}: ${name} has no ${flag}`);
    });
    expect(wrong).toEqual([]);
  });

  it('is an exporter with flags that it has', () => {
    const exporters = [...callsOf('pending-writes-exporter'), ...callsOf('npx', 'pending-writes-exporter')];
    expect(exporters).not.toEqual([]);
    const wrong = exporters.flatMap(({ path, args }) =>
      args
        .flatMap(flagsIn)
        .filter((flag) => !exporterFlags.includes(flag))
        .map((flag) => `${path}: ${flag}`),
    );
    expect(wrong).toEqual([]);
  });

  it('is a script that the package has', () => {
    const run = callsOf('npm', 'run');
    expect(run.length).toBeGreaterThan(10);
    expect(run.filter(({ args: [name = ''] }) => !scripts().includes(name))).toEqual([]);
    const preview = run
      .filter(({ args: [name] }) => name === 'preview')
      .flatMap(({ args }) => args.flatMap(flagsIn));
    expect(preview.filter((flag) => flag !== '--' && !previewFlags.includes(flag))).toEqual([]);
  });

  it('runs tests that are there', () => {
    const run = callsOf('npx', 'vitest', 'run').flatMap(({ args }) => args);
    const paths = run.filter((word) => !word.startsWith('-'));
    expect(paths.length).toBeGreaterThan(2);
    expect(paths.filter((path) => !existsSync(join(packageRoot, path)))).toEqual([]);
  });
});

/** Flags of programs that are not ours. */
const FOREIGN: readonly string[] = [
  // npm and npx
  ...['--prefix', '-y', '-p', '-'],
  // thanos, mimirtool, pulumi, kubectl, htpasswd
  ...[
    '--rule-file',
    '--query.replica-label',
    '--namespaces',
    '--address',
    '--id',
    '--secret',
    '--local',
    '-f',
    '-nBC',
    '--protect',
    // prometheus and alertmanager
    '--config.file',
    '--web.enable-lifecycle',
    '--query',
    '--file',
    '--generate-code',
    '--refresh',
    '--run-program',
  ],
  // curl, jq, amtool and promtool in the commands of the runbook
  ...['--data-urlencode', '--arg', '--argjson', '--alertmanager.url', '--author', '--comment', '--duration'],
  // npm run search
  ...['--seed', '--worlds', '--size', '--shrink', '--write'],
  // npm run mutate:code
  ...['--fresh', '--survivors', '--record', '--list', '--update'],
  // pint, dashboard-linter, mimirtool, check-jsonschema, npm version
  ...['--offline', '--strict', '--builtin-schema', '--no-git-tag-version'],
  // Node.js
  ...['--no-opt', '--max-semi-space-size', '--optimize-for-size'],
];

/** The recorded series in the example of docs/own-definitions.md. */
const OWN_EXAMPLE = 'gateway:gateway_active_sessions:sum';

describe('a flag in the documentation', () => {
  it('is one of the commands, the exporter, the preview, or of a program of others', () => {
    const known = new Set([...commandFlags.values()].flat().concat(exporterFlags, previewFlags, FOREIGN));
    const all = pages.flatMap(({ path, inline, blocks }) =>
      [...inline, ...blocks.flatMap(({ lines }) => lines)]
        .flatMap((code) => code.match(/(?<![\w-])--[a-z][\w.-]*/g) ?? [])
        .map((flag) => ({ path, flag })),
    );
    expect(all.length).toBeGreaterThan(60);
    expect(all.filter(({ flag }) => !known.has(flag))).toEqual([]);
  });

  it.each([
    ['docs/drill.md', 'drill'],
    ['docs/report.md', 'report'],
    ['docs/reviewing.md', 'diff'],
  ])('in the table of %s is one of %s', (path, name) => {
    const command = commands.find((one) => one.name === name);
    const options = Object.values(command?.options ?? {});
    const rows = page(path).rows.filter(([cell = '']) => cell.startsWith('`-'));
    expect(rows.length).toBeGreaterThan(3);
    for (const [cell = ''] of rows) {
      for (const flag of flagsIn(cell)) {
        const option = options.find(({ term }) => flagsIn(term).includes(flag));
        expect(option, `${path}: ${flag}`).toBeDefined();
      }
    }
  });

  it('in the tables of docs/preview.md are those of preview, and of view but for the connection', () => {
    const flags = page('docs/preview.md').rows.flatMap(([cell = '']) =>
      [...cell.matchAll(/--[\w-]+/g)].map(String),
    );
    const connection = commandFlags.get('backtest') ?? [];
    const own = (commandFlags.get('view') ?? []).filter((flag) => !connection.includes(flag));
    const expected = [...previewFlags, ...own].filter((flag) => flag.startsWith('--') && flag !== '--help');
    expect([...new Set(flags)].sort()).toEqual([...new Set(expected)].sort());
  });

  it('in the table of docs/exporter.md is one of the exporter, with its default, and none is missing', () => {
    const rows = page('docs/exporter.md')
      .rows.filter(([cell = '']) => cell.startsWith('`--'))
      .flatMap(([cell = '', defaults = '']) =>
        flagsIn(cell).map((flag, i) => [flag, defaults.split(', ')[i] ?? defaults] as const),
      );
    const documented = new Map(rows);
    const defined = exporterOptions.filter(
      ({ flags }) => !flags.some((flag) => ['--version', '-h'].includes(flag)),
    );
    expect(defined.length).toBeGreaterThan(12);
    expect([...documented.keys()].sort()).toEqual(defined.flatMap(({ flags }) => flags).sort());
    const NONE = ['', 'off', 'none', 'required'];
    for (const { flags, stated } of defined) {
      const [flag = ''] = flags;
      const said = documented.get(flag) ?? '';
      expect([flag, NONE.includes(said) ? undefined : said]).toEqual([flag, stated]);
    }
  });
});

describe('a name in the documentation', () => {
  const metrics = bundle.definitions.metrics.flatMap(({ name, type }) =>
    type === 'histogram' ? [name, `${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  );
  const records = bundle.recordingGroups.flatMap(({ rules }) => rules.map(({ record }) => record));
  const alerts = bundle.definitions.alerts.flatMap(({ rules }) => rules.map(({ alert }) => alert));
  const codeOf = ({ inline, blocks }: Page) => [...inline, ...blocks.flatMap(({ lines }) => lines)];

  it('of a metric or a recorded series is one that there is', () => {
    const NAME =
      /(?<![\w:./-])(?:(?:gateway|pending_writes|escrow)_[a-z_]+|[a-z_]+:[a-z_]+:[a-z_]+)(?![\w./-])/g;
    const found = pages.flatMap((one) =>
      codeOf(one).flatMap((code) => (code.match(NAME) ?? []).map((name) => ({ path: one.path, name }))),
    );
    expect(found.length).toBeGreaterThan(12);
    // A script is written alike, and so is the form of such a name.
    const known = [...metrics, ...records, ...scripts(), 'level:metric:operations', OWN_EXAMPLE];
    expect(found.filter(({ name }) => !known.includes(name))).toEqual([]);
  });

  it('of a metric that docs/exporter.md shortens is the end of one', () => {
    const [, meaning = ''] = page('docs/exporter.md').text.split(
      /^## (?:What the metrics mean|When a read counts)$/m,
    );
    const own = bundle.definitions.metrics
      .map(({ name }) => name)
      .filter((name) => name.startsWith('pending_writes_'));
    const short = [...meaning.matchAll(/`([a-z]+(?:_[a-z]+)+)(?:\{[^`]*\})?(?: [01])?`/g)].map(
      ([, name]) => name as string,
    );
    expect(short.length).toBeGreaterThan(8);
    const ends = (name: string) =>
      own.some((full) => full.endsWith(name) || full.endsWith(`${name}_timestamp_seconds`));
    expect(short.filter((name) => !ends(name))).toEqual([]);
  });

  it('of an alert is one that there is, and every alert has its page', () => {
    const found = pages.flatMap(({ path, text }) =>
      (text.match(/\b(?:Gateway|Worker|PendingWrites)[A-Z][A-Za-z]+\b/g) ?? []).map((name) => ({
        path,
        name,
      })),
    );
    // The component of Pulumi.
    const known = [...alerts, 'GatewayObservability'];
    expect(found.filter(({ name }) => !known.includes(name))).toEqual([]);
    const ofSite = bundle.alertGroups.flatMap(({ rules }) => rules.map(({ alert }) => alert));
    for (const alert of ofSite)
      expect(page(`runbooks/${alert}.md`).text).toMatch(new RegExp(`^# ${alert}$`, 'm'));
  });

  it('of a setting is one that there is', () => {
    const config = parseConfig({}) as unknown as Readonly<Record<string, unknown>>;
    const valueAt = (path: string) =>
      path
        .split('.')
        .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], config);
    const SETTING = /`((?:thresholds|jobs|workers|datasource|links)(?:\.[a-zA-Z]+)+)`/g;
    const found = pages.flatMap(({ path, text }) =>
      [...text.matchAll(SETTING)].map(([, setting = '']) => ({ path, setting })),
    );
    expect(found.length).toBeGreaterThan(15);
    const unset = ['links.runbooks', 'links.dashboards', 'links.operatorRunbook'];
    expect(found.filter(({ setting }) => !unset.includes(setting) && valueAt(setting) === undefined)).toEqual(
      [],
    );
  });

  it.each([
    [
      'of a dashboard',
      /(?<=\(|dashboard |of )`(gateway-[a-z-]+)`|\/d\/(gateway-[a-z-]+)/gm,
      bundle.dashboards.map(({ definition }) => definition.uid),
    ],
  ])('%s is one that there is', (_, pattern, uids) => {
    const found = pages.flatMap(({ path, text }) =>
      [...text.matchAll(pattern)].map(([, named, linked]) => ({ path, name: named ?? linked ?? '' })),
    );
    const listed = page('README.md')
      .rows.map(([cell = '']) => /^`(gateway-(?!observability)[a-z-]+)`$/.exec(cell)?.[1])
      .filter((name) => name !== undefined);
    expect(listed).toEqual(uids);
    expect(found.filter(({ name }) => !uids.includes(name))).toEqual([]);
  });
});

/** What the observed gateway and the exporter answer, by method and path; from the description of the observed system. */
const ENDPOINTS: readonly string[] = [
  'POST /api/escrow/leases/<relayKey>/request',
  'GET /api/escrow/leases/query',
  'GET /api/escrow/leases/query?payload=<JSON>&signature=<S>',
  'POST /api/relays/<relayKey>/resync-complete',
  'GET /api/relays',
  'GET /api/blind-peer/replicas',
  'PUT /drive/<identifier>/<file>',
];

describe('an endpoint in the documentation', () => {
  it('is one that there is, with its method', () => {
    const found = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/\b((?:GET|POST|PUT|DELETE|PATCH) \/[^\s`"]*[^\s`".,;:])/g)].map(
        ([, endpoint = '']) => ({
          path,
          endpoint,
        }),
      ),
    );
    expect(found.length).toBeGreaterThan(3);
    expect(found.filter(({ endpoint }) => !ENDPOINTS.includes(endpoint))).toEqual([]);
  });

  it('is one that there is, in the commands of the runbook', () => {
    const PATHS = [
      '/api/relays',
      '/api/relays/$RELAY/resync-complete',
      '/api/blind-peer/replicas',
      '/api/escrow/leases/query',
      '/api/escrow/leases/$RELAY/request',
      '/drive/$IDENTIFIER/resync-$',
    ];
    const found = pages
      .filter(({ path }) => path.startsWith('runbooks/'))
      .map(({ text }) => text.replace(/\$\{([A-Z]+):\?[^}]*\}/g, '$$$1'))
      .flatMap((text) => [...text.matchAll(/\$GATEWAY(\/[\w/$-]*)/g)].map(([, on = '']) => on));
    expect(new Set(found)).toEqual(new Set(PATHS));
  });

  it('of the exporter is at its port', () => {
    const urls = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/\b(?:127\.0\.0\.1|localhost):(\d+)(\/[\w/-]*)?/g)].map(([, port, on]) => ({
        path,
        port,
        on,
      })),
    );
    const exporter = urls.filter(({ path }) => path === 'docs/exporter.md');
    expect(exporter.length).toBeGreaterThan(0);
    for (const { port, on } of exporter) {
      expect(port).toBe('9797');
      expect(['/metrics', '/-/healthy', '/-/ready', '/', undefined]).toContain(on);
    }
  });
});

describe('a link in the documentation', () => {
  const slug = (heading: string) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-');
  const anchorsOf = (text: string) => [
    ...[...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) => slug(heading)),
    ...[...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, anchor]) => anchor),
  ];

  it('leads to a file, and to an anchor that it has', () => {
    const links = pages.flatMap(({ path, text }) =>
      [...text.matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]+))?\)/g)].map(([, file = '', anchor]) => ({
        path,
        file,
        anchor,
      })),
    );
    expect(links.length).toBeGreaterThan(60);
    const wrong = links.filter(({ path, file, anchor }) => {
      const target = file === '' ? join(packageRoot, path) : join(packageRoot, dirname(path), file);
      if (!existsSync(target)) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(target, 'utf8')).includes(anchor);
    });
    expect(wrong).toEqual([]);
  });

  it('or the name of a file of ours is one that is there', () => {
    const FILE =
      /^(?:src|test|docs|alerts|dashboards|metrics|recording-rules|runbooks|deploy|generated|bench|preview|ci-examples)\/[\w./-]+$/;
    const named = pages.flatMap(({ path, inline }) =>
      inline.filter((code) => FILE.test(code)).map((file) => ({ path, file })),
    );
    expect(named.length).toBeGreaterThan(20);
    // Made by a run, or by npm.
    const isMade = (file: string) => /^preview\/(?:pictures|node_modules)\b/.test(file);
    expect(named.filter(({ file }) => !isMade(file) && !existsSync(join(packageRoot, file)))).toEqual([]);
  });
});

describe('an exit code in the documentation', () => {
  /** What a page says of 0, 1 and 2, in the order in which it names them. */
  const stated = pages.flatMap(({ path, text }) =>
    [
      ...text.replaceAll(/\s+/g, ' ').matchAll(/Exit codes: (\d) (.*?)[,;] (\d) (.*?)[,;] (\d) (.*?)\. /g),
    ].map(([, ...parts]) => ({
      path,
      codes: [parts[0], parts[2], parts[4]],
      words: [parts[1], parts[3], parts[5]],
    })),
  );

  it('is found wherever a page lists them', () => {
    const listing = pages.filter(({ text }) => /Exit codes?:/.test(text)).map(({ path }) => path);
    expect(stated.map(({ path }) => path)).toEqual(listing);
    expect(listing).toContain('README.md');
    expect(listing.length).toBeGreaterThan(6);
  });

  it('means what the program means by it', async () => {
    // The program itself: help is no problem, an unknown command is wrong usage.
    expect((await run(['--help'])).code).toBe(0);
    expect((await run(['no-such-command'])).code).toBe(2);
    expect(
      stated.map(({ path, codes, words: [fine = '', problem = '', usage = ''] }) => [
        path,
        codes.join(),
        /^(?:success|fine|everything|all|compared)\b/.test(fine),
        /wrong usage|unreadable input|on the `PATH`/.test(problem),
        /wrong usage|on the `PATH`/.test(usage),
      ]),
    ).toEqual(stated.map(({ path }) => [path, '0,1,2', true, false, true]));
  });
});

describe('a limit in docs/exporter.md', () => {
  const text = page('docs/exporter.md').text.replaceAll(/\s+/g, ' ');
  /** A constant of the exporter. */
  const constant = (file: string, name: string) => {
    const source = readFileSync(join(packageRoot, 'src', 'exporter', file), 'utf8');
    return Number(
      new RegExp(`^(?:export )?const ${name} = ([\\d_]+);`, 'm').exec(source)?.[1]?.replaceAll('_', ''),
    );
  };

  it.each([
    [/At most (\d+) connections are open/, 'web/connections.ts', 'MAX_CONNECTIONS', 1],
    [/requests that were accepted are answered \(for (\d+) s at most\)/, 'web/server.ts', 'DRAIN_MS', 1000],
    [
      /Changed certificates and passwords are used within (\d+) s/,
      'web/active-web-config.ts',
      'RELOAD_EVERY_MS',
      1000,
    ],
    [/one line per reason every (\d+) s/, 'log.ts', 'LIMIT_MS', 1000],
    [/a second read (\d+) ms later/, 'state-file/read.ts', 'SETTLE_MS', 1],
    [
      /a read ([\d.]+) s later finds the same content/,
      'state-file/state-file-source.ts',
      'SECOND_LOOK_MS',
      1000,
    ],
    [/unless it was changed less than (\d+) s before the last/, 'state-file/read.ts', 'TRUSTED_MS', 1000],
  ])('is the real one: %s', (sentence, file, name, factor) => {
    expect(Number(sentence.exec(text)?.[1]) * factor).toBe(constant(file, name));
  });
});

describe('a table of docs/exporter.md', () => {
  const { rows, text } = page('docs/exporter.md');
  const prose = text.replaceAll(/\s+/g, ' ');

  /** Why a read fails: the flag that helps, and what to do. */
  const FAILURES: Readonly<Record<string, readonly [flags: readonly string[], what: RegExp]>> = {
    changing: [[], /^the worker writes without a pause: check its log$/],
    spliced: [[], /^two writes overlapped: .*It stays until the worker's next write/],
    not_json: [[], /^empty, truncated, or something else: check the file\. .*would lose its queue$/],
    not_utf8: [[], /^empty, truncated, or something else: check the file\. .*would lose its queue$/],
    not_a_state_file: [[], /^empty, truncated, or something else: check the file\. .*would lose its queue$/],
    unlinked: [
      [],
      /^the file or its folder was deleted .*: restart the container, and mount the folder above/,
    ],
    permission: [[], /^check owner, mode and mount, as the exporter's user$/],
    not_a_file: [[], /^check owner, mode and mount, as the exporter's user$/],
    io: [[], /^check owner, mode and mount, as the exporter's user$/],
    too_large: [['--state-file.max-bytes'], /^`pending_writes_state_file_size_bytes`; raise `[^`]+`$/],
    timeout: [[], /^the file system does not respond$/],
  };

  it('has what to do for each reason of a failed read', () => {
    const reasons = bundle.definitions.metrics.find(
      ({ name }) => name === 'pending_writes_state_file_read_failure',
    )?.labels.reason?.values;
    expect(Object.keys(FAILURES).sort()).toEqual([...(reasons ?? [])].sort());
    const from = rows.findIndex(([cell]) => cell === '`read_failure{reason}`');
    const said = rows
      .slice(from + 1)
      .filter(([cell = '']) => /^`[a-z]/.test(cell))
      .flatMap(([cell = '', what = '']) =>
        [...cell.matchAll(/`(\w+)`/g)].map(([, reason = '']) => ({ reason, what })),
      );
    expect(said.map(({ reason }) => reason)).toEqual(Object.keys(FAILURES));
    for (const { reason, what } of said) {
      const [flags, pattern] = FAILURES[reason] ?? [];
      expect([reason, flagsIn(what)]).toEqual([reason, flags]);
      expect([reason, what]).toEqual([reason, expect.stringMatching(pattern ?? /^$/)]);
    }
  });

  /** What each flag does. */
  const FLAGS: Readonly<Record<string, RegExp>> = {
    '--state-file': /^the worker's file; it may not exist yet$/,
    '--state-file.max-bytes': /^a larger file is not read: `read_failure\{reason="too_large"\}`$/,
    '--state-file.max-relays': /^relays beyond this number have no series; pending relays have priority/,
    '--state-file.max-stale':
      /^how long the last good version is served while reads fail; 0 never serves it$/,
    '--no-relay-labels': /^exposes aggregates only, no series per relay$/,
    '--collector.process': /^also exposes memory, CPU time and event loop of the exporter$/,
    '--web.listen-address': /^repeatable; `:9797` listens on all interfaces/,
    '--web.telemetry-path': /^$/,
    '--web.config.file': /^TLS, passwords and rate limit/,
    '--web.max-requests': /^requests handled at the same time, others get 503; 0 means no limit$/,
    '--log.level': /^debug, info, warn, error; logfmt or json$/,
    '--log.format': /^debug, info, warn, error; logfmt or json$/,
    '--config.check': /^checks the flags and the web configuration, then exits$/,
    '--healthcheck': /^checks the running exporter, then exits with 0 \(healthy\) or 1$/,
  };

  it('has what each flag does', () => {
    const said = rows
      .filter(([cell = '']) => cell.startsWith('`--'))
      .flatMap(([cell = '', , meaning = '']) => flagsIn(cell).map((flag) => ({ flag, meaning })));
    expect(said.map(({ flag }) => flag)).toEqual(Object.keys(FLAGS));
    for (const { flag, meaning } of said)
      expect([flag, meaning]).toEqual([flag, expect.stringMatching(FLAGS[flag] ?? /^$/)]);
  });

  it.each([
    ['the version of Node.js', 'requires only Node.js 20.19 or newer'],
    ['flags of Node.js', 'with the flags `--max-semi-space-size=1 --optimize-for-size` to save memory'],
    ['a flag that makes bcrypt slower', 'The image and the systemd unit run with `--no-opt`'],
    ['durations', 'Durations are written as in Prometheus: `30s`, `1h30m`, `1d`.'],
    ['exit codes', 'Exit codes: 0 fine or healthy; 1 the web configuration is wrong, or not healthy;'],
    ['exit codes', '2 wrong usage, an unreadable file or an address that cannot be used.'],
    ['signals that stop', 'At SIGTERM and SIGINT, requests that were accepted are answered'],
    ['a signal that reloads', 'SIGHUP reloads the web configuration and never ends the process.'],
    ['a signal without effect', 'SIGUSR1 does nothing: it does not open the debugger'],
    ['endpoints', '`/` shows an overview. `/-/healthy` and `/-/ready` need no password and always answer:'],
    ['limits of the endpoints', 'they count towards neither `--web.max-requests` nor the rate limit.'],
    ['a reload that failed', '`pending_writes_exporter_web_config_reload_success` is 0.'],
    ['a restart', 'Turning TLS on or off or changing `client_auth_type` requires a restart.'],
    ['the cost of a password', 'Use a cost of 10.'],
    ['revisions of bcrypt', 'or of a revision other than `$2$`, `$2a$`, `$2b$` and `$2y$`.'],
    ['versions of TLS', 'As `min_version` they mean TLS 1.2.'],
    ['a deleted file', '(`state_file_missing` 1, `read_success` 1, no queue series)'],
    ['the unit of points in time', 'are `..._timestamp_seconds`; the age is `time() - x`.'],
    ['the attempts of a scrape', 'tries again, at most sixteen times per scrape.'],
    ['what is served then', 'for `--state-file.max-stale` with `read_success` 0, and after that no queue'],
    ['refused clients', 'Refused clients are logged at the level `warn`'],
    [
      'the level of requests',
      'At level `debug`, it also contains every request and every check of the file.',
    ],
  ])('and its sentences name %s: %s', (_, sentence) => {
    expect(prose).toContain(sentence);
  });
});
