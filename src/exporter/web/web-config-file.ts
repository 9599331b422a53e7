import { LineCounter, parseDocument, type Tags, visit } from 'yaml';
import * as z from 'zod/mini';
import { bcryptHash, count, flag, goDuration, header, oneOf, optional, Plain } from './scalars.js';
import { loadTls, tlsSection } from './tls.js';
import { readNamed, WebConfigError } from './web-config.js';

// The file of `--web.config.file`, in the format of Prometheus's exporter-toolkit, so that one file serves all exporters of a host. Its
// reference is `promtool check web-config`; docs/exporter.md lists the differences. Whatever is accepted works: a value that Node.js or
// OpenSSL would refuse later is refused here.

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
  const customTags: Tags = ['null', 'merge'];
  const document = parseDocument(text, { schema: 'failsafe', customTags, merge: true, lineCounter });
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
      const isPlain = key !== 'key' && node.type === 'PLAIN' && !node.tag?.endsWith(':str');
      if (isPlain && typeof node.value === 'string') node.value = new Plain(node.value);
    },
  });
  try {
    return document.toJS() as unknown;
  } catch {
    const found = 'found an alias without its anchor, or too many aliases, expected valid YAML';
    throw new WebConfigError(`${file}: the file: ${found}`);
  }
}

/** Reads and validates a web configuration with the certificates it names. Throws a {@link WebConfigError}. */
export async function loadWebConfig(file: string) {
  const content = Buffer.from(await readNamed('--web.config.file', file), 'latin1').toString();
  const result = schema.safeParse(parseYaml(file, content));
  if (!result.success) {
    throw new WebConfigError(result.error.issues.map((issue) => `${file}: ${explain(issue)}`).join('\n'));
  }
  const section = result.data ?? {};
  const { interval, burst } = section.rate_limit ?? {};
  const noRequest = 'found nothing, expected 1 or more: no request would be answered';
  if (interval && !burst) throw new WebConfigError(`${file}: rate_limit.burst: ${noRequest}`);
  const headers = Object.entries(section.http_server_config?.headers ?? {}).flatMap(([name, text]) =>
    text ? [[name.toLowerCase(), text] as const] : [],
  );
  // As in exporter-toolkit, an empty list of users requires no password.
  const users = new Map(Object.entries(section.basic_auth_users ?? {}));
  const tlsFields = section.tls_server_config ?? {};
  const tls = await loadTls(file, tlsFields);
  const isIgnored = tls === undefined && Object.keys(tlsFields).length > 0;
  return {
    tls, // undefined: plain HTTP
    headers: Object.fromEntries(headers),
    users: users.size === 0 ? undefined : users, // bcrypt hashes by user name
    rateLimit: interval && burst ? { intervalMs: interval, burst } : undefined,
    // What is accepted and has no effect, for the log.
    warnings: isIgnored ? [`${file}: tls_server_config: found no certificate, so TLS is off`] : [],
  };
}
