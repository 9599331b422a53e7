import type { Config } from '../../config/schema.js';
import type { PageStep } from '../../model/runbook.js';
import { shellWord } from '../../terminal/text.js';

/** A variable that commands use: what it is set to on this site, and where the reader finds it where the site does not say. */
interface Variable {
  readonly name: string;
  /** The setting under `commands` that fills it in, where there is one. */
  readonly setting?: keyof Config['commands'];
  /** What it stands for, in the message of the shell while it is not set. */
  readonly meaning: string;
  /** Where to find it where no setting fills it in, in Markdown. */
  readonly source: string;
  /** Differs from alert to alert. The line contains this in angle brackets, which are not accepted as a value. */
  readonly subject?: string;
}

const ASK_GATEWAY = 'ask the [owner of the gateway](#contacts)';

const VARIABLES: readonly Variable[] = [
  {
    name: 'RELAY',
    meaning: 'the whole key of the relay',
    source:
      'The label `relay` of the alert or of a query result. Where the alert is about one relay, it is also after `var-relay=` in the dashboard link of the message (`%3A` stands for a colon). The text of a message shows only the first 12 characters.',
    subject: 'key',
  },
  {
    name: 'INSTANCE',
    meaning: 'the host and port of the target',
    source: 'The address in the first line of the message, or the label `instance` of a query result.',
    subject: 'host:port',
  },
  {
    name: 'PROMETHEUS',
    setting: 'prometheus',
    meaning: 'the address of Prometheus',
    source: 'The data source that the dashboards use (in Grafana: Connections, Data sources).',
  },
  {
    name: 'ALERTMANAGER',
    setting: 'alertmanager',
    meaning: 'the address of Alertmanager',
    source: 'The part before `/#/` of the link "Silence" in the message.',
  },
  {
    name: 'GATEWAY',
    setting: 'gatewayApi',
    meaning: 'the address of the gateway API',
    source: `The address under which clients and workers reach the gateway; it may differ from the one that Prometheus scrapes, in the label \`instance\`. If you do not know it, ${ASK_GATEWAY}. With several gateway processes behind one address, any of them may answer; mirrors and leases belong to the process that does. [Request a lease](gateway.md#request-lease) shows how to address one of them.`,
  },
  {
    name: 'SECRET_FILE',
    setting: 'secretFile',
    meaning: 'the path of a file that holds the shared secret of the gateway',
    source: `A file that only you can read. For the secret, ${ASK_GATEWAY}; without it you cannot request or query a lease, or clear the metadata. All other steps work without it: the queries, mirrors, registration, logs, and to bring the worker back.`,
  },
  {
    name: 'STATE_FILE',
    setting: 'stateFile',
    meaning: 'the path of the state file on the host of the worker',
    source: '`pending-writes-state.json` in the storage directory of the worker.',
  },
  {
    name: 'GATEWAY_LOG',
    meaning: 'the path of the log of the gateway',
    source: `On the host of the gateway process. The query in [Restart the gateway process](gateway.md#restart-gateway) lists the hosts of all. The place depends on the site: ${ASK_GATEWAY}. If the log is in the journal, save it to a file first: \`journalctl -u <unit> > <file>\`.`,
  },
  {
    name: 'WORKER_LOG',
    meaning: 'the path of the log of the worker',
    source:
      'On the host of the worker. The place depends on the host: ask the owner of the worker. If the log is in the journal, save it to a file first.',
  },
  {
    name: 'IDENTIFIER',
    meaning: 'driveIdentifier of the relay in the state file of its worker',
    source:
      '`driveIdentifier` in the output of [Read the state file](gateway.md#read-state-file). Without it, you cannot upload a file.',
  },
  {
    name: 'LAG_MS',
    meaning: 'lagMs of the best mirror of the relay',
    source: 'The smallest `lagMs` above 0 in the output of [Check the mirrors](gateway.md#check-mirrors).',
  },
  {
    name: 'LAST_HEALTHY_MS',
    meaning: 'when a worker of the relay was last online, in milliseconds since the epoch',
    source: 'The query in [Request a lease](gateway.md#request-lease).',
  },
  {
    name: 'ESCROW',
    meaning: 'the address of the escrow service',
    source: `In the configuration of the gateway: ${ASK_GATEWAY}.`,
  },
  {
    name: 'SILENCE',
    meaning: 'the id of the silence',
    source: 'The first column of `amtool silence query`.',
  },
];

const setValue = ({ setting }: Variable, { commands }: Config): string | undefined =>
  setting === undefined ? undefined : commands[setting];

/** Every variable of the commands on this site: what it is, and its value or where to find it. All texts are Markdown. */
export const variableRows = (config: Config): readonly (readonly string[])[] =>
  VARIABLES.map((variable) => {
    const value = setValue(variable, config);
    const setting = variable.setting === undefined ? '' : ` Setting: \`commands.${variable.setting}\`.`;
    return [
      `\`${variable.name}\``,
      variable.meaning,
      value === undefined ? `${variable.source}${setting}` : `Filled in: \`${value}\`.${setting}`,
    ];
  });

/** Where the reader finds a relay or a target on a page, as a comment in the shell. */
export type SubjectComments = Readonly<Record<'RELAY' | 'INSTANCE', string>>;

const demand = ({ name, meaning }: Variable) => `"\${${name}:?set it to ${meaning}}"`;

/** A shell at which lines are pasted continues after an error, so each function checks what it must not run without. */
const checking = (variables: readonly Variable[]) =>
  variables.length === 0 ? '' : `: ${variables.map(demand).join(' ')}; `;

/**
 * Prints the hex HMAC-SHA256 of its input. `openssl dgst -hmac` would show the secret in the list of processes, so the two
 * rounds of HMAC are written out: the secret only passes through pipes and the shell's own printf.
 */
const SIGN = [
  '# Prints the signature of its input. The secret never becomes an argument of a program.',
  'sign() {',
  '  : "${SECRET_FILE:?set it to the path of a file that holds the shared secret of the gateway}"',
  '  local key inner= outer= i byte',
  '  key=$(printf %s "$(<"$SECRET_FILE")" | od -An -v -tx1 | tr -d \' \\n\')',
  '  [ "${#key}" -le 128 ] || key=$(printf %s "$(<"$SECRET_FILE")" | openssl dgst -sha256 -r | cut -d\' \' -f1)',
  '  for ((i = 0; i < 128; i += 2)); do',
  '    byte=$((16#${key:i:2}0 / 16))',
  '    printf -v inner \'%s\\\\x%02x\' "$inner" $((byte ^ 0x36))',
  '    printf -v outer \'%s\\\\x%02x\' "$outer" $((byte ^ 0x5c))',
  '  done',
  '  { printf "$outer"; { printf "$inner"; cat; } | openssl dgst -sha256 -binary; } |',
  "    openssl dgst -sha256 -r | cut -d' ' -f1",
  '}',
];

/** PromQL as the argument of `query`. */
function queryCommand(query: string): string {
  // Single quotes are PromQL too, and need no escape between double quotes.
  const plain = query.includes("'") ? query : query.replaceAll('"', "'");
  const escaped = plain.replace(/["`\\]|\$(?!(?:RELAY|INSTANCE)\b)/g, '\\$&');
  return `query "${escaped}"`;
}

/** The lines of a step to paste; empty where it has none. */
export const linesOf = ({ query, command }: PageStep): string[] => [
  ...(query === undefined ? [] : queryCommand(query).split('\n')),
  ...(command === undefined ? [] : command.split('\n')),
];

/** Functions that lines call, each with what it needs in addition to the relay or the target. */
const FUNCTIONS: readonly {
  readonly name: string;
  readonly uses: RegExp;
  readonly needs: readonly string[];
  readonly lines: (check: string) => readonly string[];
}[] = [
  {
    name: 'query',
    uses: /^query /m,
    needs: ['PROMETHEUS'],
    lines: (check) => [`query() { ${check}promtool query instant "$PROMETHEUS" "$1"; }`],
  },
  {
    name: 'api',
    uses: /^api /m,
    needs: ['GATEWAY'],
    // `-f` would hide the reason in the body, and curl before 7.76 has no `--fail-with-body`.
    lines: (check) => [
      '# Prints the status of each response on stderr. With any other than HTTP 200, the lack of output proves nothing.',
      `api() { ${check}curl -sS -w '\\n%{stderr}HTTP %{http_code}\\n' "$@"; }`,
    ],
  },
  { name: 'sign', uses: /\bsign\b/, needs: ['SECRET_FILE'], lines: () => SIGN },
];

const isUsed = (name: string, text: string) => new RegExp(`\\$\\{?${name}\\b`).test(text);

/** The lines that set what further lines use, except for what is set already. */
export function settingLines(
  config: Config,
  lines: readonly string[],
  known: Set<string>,
  comments: SubjectComments,
): string[] {
  const text = lines.join('\n');
  const called = FUNCTIONS.filter(({ uses }) => uses.test(text));
  const needed = new Set(called.flatMap(({ needs }) => needs));
  const used = VARIABLES.filter(({ name }) => !known.has(name) && (needed.has(name) || isUsed(name, text)));
  for (const { name } of used) known.add(name);
  const subjects = VARIABLES.filter(({ name, subject }) => subject !== undefined && known.has(name));
  const functions = called.flatMap(({ name, needs, lines: define }) => {
    const check = [...VARIABLES.filter((one) => needs.includes(one.name)), ...subjects];
    // Defined again where a relay or a target is new: with an empty one, the answer would be about something else.
    const key = `${name} ${name === 'sign' ? '' : check.map((one) => one.name).join(' ')}`;
    if (known.has(key)) return [];
    known.add(key);
    return define(checking(check));
  });
  const settings = used.flatMap((variable) => {
    const { name, subject } = variable;
    const value = setValue(variable, config);
    if (value !== undefined) return [`${name}=${shellWord(value)}`];
    if (subject === undefined) return [`: ${demand(variable)}`];
    return [
      `${name}='<${subject}>'   # ${comments[name as keyof SubjectComments]}`,
      // A value with angle brackets is one that was not filled in.
      `${name}=\${${name}##*[<>]*}; : ${demand(variable)}`,
    ];
  });
  return [...settings, ...functions];
}
