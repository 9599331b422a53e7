import { type Command, InvalidArgumentError } from 'commander';
import type { ConnectionSettings } from '../prometheus/connection.js';
import { settingsError } from '../prometheus/error.js';
import { duration, durationSeconds } from '../promql/duration.js';

/** What commander yields for the options of `connectionOptions`. */
export interface ConnectionOptions {
  readonly prometheus: string;
  readonly bearerTokenFile?: string;
  readonly basicAuthUser?: string;
  readonly basicAuthPasswordFile?: string;
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly insecureSkipVerify?: boolean;
  readonly header?: Readonly<Record<string, string>>;
  readonly requestTimeout?: number;
}

function headerOf(text: string, before: Record<string, string> = {}): Record<string, string> {
  const colon = text.indexOf(':');
  const name = text.slice(0, colon).trim();
  if (colon < 0 || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    throw new InvalidArgumentError('expected "Name: value"');
  }
  return { ...before, [name]: text.slice(colon + 1).trim() };
}

/** Reads a duration of an option, such as `30s`, as seconds. */
export function secondsOption(text: string): number {
  try {
    return durationSeconds(duration(text));
  } catch {
    throw new InvalidArgumentError('expected a duration such as 30s or 5m');
  }
}

/** Adds the options that say which Prometheus is asked and how. The same ones for every command that asks one. */
export function connectionOptions(command: Command): Command {
  return command
    .requiredOption('-p, --prometheus <url>', 'address of Prometheus, or of what serves its HTTP API')
    .option('--bearer-token-file <file>', 'file with a bearer token')
    .option('--basic-auth-user <user>', 'user of basic authentication')
    .option('--basic-auth-password-file <file>', 'file with the password of that user')
    .option('--ca-file <file>', 'PEM file of the authorities to trust instead of the usual ones')
    .option('--cert-file <file>', 'PEM file of a client certificate')
    .option('--key-file <file>', 'PEM file of its key')
    .option('--insecure-skip-verify', 'trust any certificate')
    .option(
      '--header <"name: value">',
      'a further request header, such as X-Scope-OrgID; repeatable',
      headerOf,
    )
    .option(
      '--request-timeout <duration>',
      'until an answer must have arrived; 30s by default',
      secondsOption,
    );
}

/**
 * The settings that the options stand for.
 *
 * @throws {PrometheusError} of kind `settings` where options do not go together
 */
export function connectionSettings(options: ConnectionOptions): ConnectionSettings {
  const { basicAuthUser: user, basicAuthPasswordFile: passwordFile } = options;
  if ((user === undefined) !== (passwordFile === undefined)) {
    throw settingsError('--basic-auth-user and --basic-auth-password-file go together');
  }
  const given = <K extends keyof ConnectionSettings>(name: K, value: ConnectionSettings[K] | undefined) =>
    value === undefined ? {} : { [name]: value };
  return {
    url: options.prometheus,
    ...given('bearerTokenFile', options.bearerTokenFile),
    ...(user === undefined || passwordFile === undefined ? {} : { basicAuth: { user, passwordFile } }),
    ...given('caFile', options.caFile),
    ...given('certFile', options.certFile),
    ...given('keyFile', options.keyFile),
    ...given('insecureSkipVerify', options.insecureSkipVerify),
    ...given('headers', options.header),
    ...given('timeoutMs', options.requestTimeout === undefined ? undefined : options.requestTimeout * 1000),
  };
}
