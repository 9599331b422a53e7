import { readFile } from 'node:fs/promises';
import { validateHeaderValue } from 'node:http';
import { LineCounter, parseDocument, visit } from 'yaml';
import * as z from 'zod/mini';
import { CIPHER_SUITES, CLIENT_AUTH_TYPES, CURVES, loadTls, VERSIONS } from './tls.js';
import { type WebConfig, WebConfigError } from './web-config.js';

/*
 * The file of `--web.config.file`, in the format of Prometheus's exporter-toolkit, so that one file serves all exporters of a host. Its
 * reference is `promtool check web-config`; docs/exporter.md lists the differences. Whatever is accepted works: a value that Node.js or
 * OpenSSL would refuse later is refused here.
 */

/** A scalar without quotes: as in Go's YAML library, its meaning depends on what is expected. */
class Plain {
  constructor(readonly text: string) {}
}

/** A scalar with a meaning; `read` returns undefined for a text that has none. */
const scalar = <T>(expected: string, read: (text: string, isPlain: boolean) => T | undefined) =>
  z.pipe(
    z.unknown(),
    z.transform((found, context): T => {
      const text = found instanceof Plain ? found.text : found;
      const value = typeof text === 'string' ? read(text, found instanceof Plain) : undefined;
      if (value !== undefined) return value;
      context.issues.push({ code: 'custom', message: expected, input: found });
      return z.NEVER;
    }),
  );
const text = scalar('text', (text) => text);
const oneOf = (values: readonly string[]) =>
  scalar(`one of ${values.join(', ')}`, (text) => (values.includes(text) ? text : undefined));

/** As YAML 1.1 has it. */
const flag = scalar('true or false', (text, isPlain) => {
  const isTrue = /^(?:y|yes|true|on)$/i.test(text);
  return isPlain && (isTrue || /^(?:n|no|false|off)$/i.test(text)) ? isTrue : undefined;
});

const count = scalar('a whole number, 1 or greater', (text, isPlain) =>
  isPlain && /^\+?0*[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined,
);

const GO_UNITS = new Map(Object.entries({ ns: 1e-6, us: 1e-3, µs: 1e-3, ms: 1, s: 1e3, m: 6e4, h: 36e5 }));

/** A duration as Go writes it, in milliseconds; a plain number counts nanoseconds. */
const goDuration = scalar('a duration such as 1s, 500ms or 1m30s', (text, isPlain) => {
  if (isPlain && /^\+?\d{1,15}$/.test(text)) return Number(text) / 1e6;
  if (!/^\+?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:[nuµm]?s|[mh]))+)$/.test(text)) return undefined;
  const parts = [...text.matchAll(/([\d.]+)([a-zµ]+)/g)];
  return parts.reduce(
    (sum, [, number, unit = '']) => sum + Number(number) * (GO_UNITS.get(unit) as number),
    0,
  );
});

// A line break becomes a space, as in Go, and a character beyond ASCII is sent as UTF-8.
const header = scalar('a header value without control characters', (text) => {
  const value = Buffer.from(text.replace(/[\r\n]/g, ' ').trim()).toString('latin1');
  try {
    validateHeaderValue('x', value);
    return value;
  } catch {
    return undefined;
  }
});

const bcryptHash = scalar('a bcrypt hash of cost 4 to 31, such as $2y$10$...', (text) => {
  const [, cost] = /^\$2[aby]?\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(text) ?? [];
  return Number(cost) >= 4 && Number(cost) <= 31 ? text : undefined;
});

// Null is the same as absent, except where that would leave a user without a password.
const optional = <T extends z.core.SomeType>(type: T) => z.nullish(type);
const list = <T extends z.core.SomeType>(type: T) => z.nullish(z.array(type));

const tlsSection = z.strictObject({
  cert: optional(text),
  key: optional(text),
  client_ca: optional(text),
  cert_file: optional(text),
  key_file: optional(text),
  client_ca_file: optional(text),
  client_auth_type: optional(oneOf(['', ...CLIENT_AUTH_TYPES])),
  client_allowed_sans: list(text),
  min_version: optional(oneOf([...VERSIONS.keys()])),
  max_version: optional(oneOf([...VERSIONS.keys()])),
  cipher_suites: list(oneOf([...CIPHER_SUITES.keys()])),
  prefer_server_cipher_suites: optional(flag),
  curve_preferences: list(oneOf([...CURVES.keys()])),
});

const headersSection = z.strictObject({
  'Strict-Transport-Security': optional(header),
  'X-Frame-Options': z.optional(oneOf(['deny', 'sameorigin'])),
  'X-Content-Type-Options': z.optional(oneOf(['nosniff'])),
  'X-XSS-Protection': optional(header),
  'Content-Security-Policy': optional(header),
});

const schema = z.nullable(
  z.strictObject({
    tls_server_config: optional(tlsSection),
    // http2 has no effect: only HTTP/1.1 is served, which every client of HTTP/2 speaks.
    http_server_config: optional(
      z.strictObject({ http2: optional(flag), headers: optional(headersSection) }),
    ),
    basic_auth_users: optional(z.record(z.string().check(z.regex(/^[^:]*$/)), bcryptHash)),
    rate_limit: optional(z.strictObject({ interval: optional(goDuration), burst: optional(count) })),
  }),
);

/** Describes what is wrong without quoting it: a password hash may stand there. */
function explain(issue: z.core.$ZodIssue): string {
  const field = issue.path.length === 0 ? 'the file' : issue.path.join('.');
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => JSON.stringify(key)).join(', ');
    return `${field}: found the unknown key ${keys}, expected keys of exporter-toolkit's web configuration`;
  }
  if (issue.code === 'invalid_key') return `${field}: found a user name with a colon, expected one without`;
  const expected = issue.code === 'invalid_type' ? `type ${issue.expected}` : issue.message;
  return `${field}: found something else, expected ${expected}`;
}

/** The contents of a YAML file, scalars without quotes as {@link Plain}. */
function parseYaml(file: string, text: string): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    schema: 'failsafe',
    customTags: ['null', 'merge'],
    merge: true,
    lineCounter,
  });
  // As in Go, only the first document counts.
  const error = document.errors.find(({ code }) => code !== 'MULTIPLE_DOCS');
  if (error !== undefined) {
    // Not its message: that one quotes the file.
    const { line } = lineCounter.linePos(error.pos[0]);
    throw new WebConfigError(`${file}: line ${line}: found something that is not valid YAML (${error.code})`);
  }
  visit(document, {
    Scalar: (key, node) => {
      // zod would leave it out, and with it a password.
      if (key === 'key' && node.value === '__proto__') {
        throw new WebConfigError(`${file}: the file: found the key __proto__, expected another one`);
      }
      const isPlain = key !== 'key' && node.type === 'PLAIN' && typeof node.value === 'string';
      if (isPlain) node.value = new Plain(node.value as string);
    },
  });
  try {
    return document.toJS() as unknown;
  } catch {
    throw new WebConfigError(
      `${file}: the file: found an alias without its anchor, or too many aliases, expected valid YAML`,
    );
  }
}

/** Reads a file that a field names. Throws a {@link WebConfigError} with that field. */
export async function readNamed(field: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'latin1');
  } catch (error) {
    const found = `found ${JSON.stringify(path)}, which cannot be read (${(error as NodeJS.ErrnoException).code})`;
    throw new WebConfigError(`${field}: ${found}; expected a readable file`, true);
  }
}

/**
 * Reads and validates a web configuration with the certificates it names; relative paths are relative to the file, as in exporter-toolkit.
 *
 * @throws {WebConfigError}
 */
export async function loadWebConfig(file: string): Promise<WebConfig> {
  const content = Buffer.from(await readNamed('--web.config.file', file), 'latin1').toString();
  const result = schema.safeParse(parseYaml(file, content));
  if (!result.success) {
    throw new WebConfigError(result.error.issues.map((issue) => `${file}: ${explain(issue)}`).join('\n'));
  }
  const section = result.data ?? {};
  const { interval, burst } = section.rate_limit ?? {};
  if (interval && !burst) {
    throw new WebConfigError(
      `${file}: rate_limit.burst: found nothing, expected 1 or more: no request would be answered`,
    );
  }
  const headers = Object.entries(section.http_server_config?.headers ?? {}).flatMap(([name, text]) =>
    text ? [[name.toLowerCase(), text] as const] : [],
  );
  // As in exporter-toolkit, an empty list of users requires no password.
  const users = new Map(Object.entries(section.basic_auth_users ?? {}));
  const tls = section.tls_server_config ?? {};
  const loaded = await loadTls(file, tls);
  const isIgnored = loaded === undefined && Object.keys(tls).length > 0;
  return {
    tls: loaded?.tls,
    headers: Object.fromEntries(headers),
    users: users.size === 0 ? undefined : users,
    rateLimit: interval && burst ? { intervalMs: interval, burst } : undefined,
    files: [file, ...(loaded?.files ?? [])],
    warnings: isIgnored ? [`${file}: tls_server_config: found no certificate, so TLS is off`] : [],
  };
}

export type TlsSection = z.infer<typeof tlsSection>;
