import type { Config } from '../../config/schema.js';
import type { PageStep } from '../../model/runbook.js';
import { shellWord } from '../../terminal/text.js';

/** A variable that commands use: what it is set to on this site, and what the reader sets it to where the site does not say. */
interface Variable {
  readonly name: string;
  readonly value: (config: Config) => string | undefined;
  /** What it stands for, in the message of the shell while it is not set. */
  readonly meaning: string;
  /** Differs from alert to alert. The line contains this in angle brackets, so that a shell refuses it until it was filled in. */
  readonly subject?: string;
  readonly comment?: string;
}

const VARIABLES: readonly Variable[] = [
  {
    name: 'RELAY',
    value: () => undefined,
    meaning: 'the whole key of the relay',
    subject: 'key',
    comment:
      'replace <key> with the whole key of the relay: it is after var-relay= in the dashboard link of the message',
  },
  {
    name: 'INSTANCE',
    value: () => undefined,
    meaning: 'the host and port of the target',
    subject: 'host:port',
    comment: 'replace <host:port> with the address in the first line of the message',
  },
  { name: 'PROMETHEUS', value: ({ commands }) => commands.prometheus, meaning: 'the address of Prometheus' },
  {
    name: 'ALERTMANAGER',
    value: ({ commands }) => commands.alertmanager,
    meaning: 'the address of Alertmanager',
  },
  {
    name: 'GATEWAY',
    value: ({ commands }) => commands.gatewayApi,
    meaning: 'the address of the gateway API',
  },
  {
    name: 'SECRET_FILE',
    value: ({ commands }) => commands.secretFile,
    meaning: 'the path of a file that holds the shared secret of the gateway',
  },
  {
    name: 'STATE_FILE',
    value: ({ commands }) => commands.stateFile,
    meaning: 'the path of the state file',
    comment: 'on the host of the worker',
  },
];

/** A relay that is not set must not look like a relay without data, so it is checked before each query. */
const query = (subjects: readonly string[]) =>
  `query() { ${subjects.map((line) => `${line}; `).join('')}promtool query instant "$PROMETHEUS" "$1"; }`;

const demand = ({ name, meaning }: Variable) => `: "\${${name}:?set it to ${meaning}}"`;

/**
 * Prints the hex HMAC-SHA256 of its input. `openssl dgst -hmac` would show the secret in the list of processes, so the two
 * rounds of HMAC are written out: the secret only passes through pipes and the shell's own printf.
 */
const SIGN = [
  '# Prints the signature of its input. The secret never becomes an argument of a program.',
  'sign() {',
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

/** The lines that set what further lines use, except for what is set already. */
export function settingLines(config: Config, lines: readonly string[], known: Set<string>): string[] {
  const text = lines.join('\n');
  const uses = (what: string, pattern: RegExp) => {
    if (known.has(what) || !pattern.test(text)) return false;
    known.add(what);
    return true;
  };
  const functions = [
    ...(uses('query', /^query /m) ? [query([])] : []),
    ...(uses('sign', /\bsign\b/) ? SIGN : []),
  ];
  const all = [...functions, text].join('\n');
  const used = VARIABLES.filter(({ name }) => {
    if (known.has(name) || !new RegExp(`\\$${name}\\b`).test(all)) return false;
    known.add(name);
    return true;
  });
  const subjects = VARIABLES.filter(({ name, subject }) => subject !== undefined && known.has(name)).map(
    demand,
  );
  const settings = used.map((variable) => {
    const { name, value, subject, comment } = variable;
    const set = value(config);
    const line =
      set !== undefined
        ? `${name}=${shellWord(set)}`
        : subject === undefined
          ? demand(variable)
          : `${name}=<${subject}>`;
    return comment === undefined ? line : `${line}   # ${comment}`;
  });
  return [...settings, ...functions.map((line) => (line === query([]) ? query(subjects) : line))];
}
