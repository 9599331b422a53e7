import { InvalidArgumentError } from 'commander';
import type { ConnectionSettings } from '../prometheus/connection-settings.js';
import { settingsError } from '../prometheus/error.js';
import type { PrometheusVersion } from '../rule-files/prometheus-version.js';
import { type Parser, seconds } from '../terminal/option-values.js';
import { defaulted, flag, optional, repeatable, required, type Values } from './input.js';

function header(text: string): readonly [name: string, value: string] {
  const colon = text.indexOf(':');
  const name = text.slice(0, colon).trim();
  if (colon < 0 || !/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
    throw new InvalidArgumentError('expected "Name: value"');
  }
  return [name, text.slice(colon + 1).trim()];
}

/**
 * The options that say which Prometheus is asked and how. The same ones for every command that asks one.
 *
 * @param requestTimeout the default of `--request-timeout`
 */
export const connectionOptions = (requestTimeout: string) => ({
  prometheus: required('-p, --prometheus <url>', 'address of Prometheus, or of a server with its HTTP API'),
  bearerTokenFile: optional('--bearer-token-file <file>', 'file with a bearer token'),
  basicAuthUser: optional('--basic-auth-user <user>', 'user name for basic authentication'),
  basicAuthPasswordFile: optional('--basic-auth-password-file <file>', 'file with the password of that user'),
  caFile: optional('--ca-file <file>', 'PEM file of CA certificates to trust instead of those of the system'),
  certFile: optional('--cert-file <file>', 'PEM file of a client certificate'),
  keyFile: optional('--key-file <file>', 'PEM file of the key of the client certificate'),
  insecureSkipVerify: flag('--insecure-skip-verify', 'trust any certificate'),
  headers: repeatable(
    '--header <"name: value">',
    'an additional request header, such as X-Scope-OrgID; repeatable',
    undefined,
    header,
  ),
  requestTimeout: defaulted(
    '--request-timeout <duration>',
    'time limit for a response',
    requestTimeout,
    seconds,
  ),
});

/**
 * The settings that the options stand for.
 *
 * @throws {PrometheusError} of kind `settings` where options do not go together
 */
export function connectionSettings(
  options: Values<ReturnType<typeof connectionOptions>>,
): ConnectionSettings {
  const { basicAuthUser: user, basicAuthPasswordFile: passwordFile } = options;
  if ((user === undefined) !== (passwordFile === undefined)) {
    throw settingsError('--basic-auth-user and --basic-auth-password-file must be used together');
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
    insecureSkipVerify: options.insecureSkipVerify,
    headers: Object.fromEntries(options.headers),
    timeoutMs: options.requestTimeout * 1000,
  };
}

/** Reads a version of Prometheus, such as `2.42` or `3.16.0`. */
export const prometheusVersion: Parser<PrometheusVersion> = (text) => {
  const [, major, minor] = /^v?([23])\.(\d+)(?:\.\d+)?$/.exec(text) ?? [];
  if (major === undefined) throw new InvalidArgumentError('expected a version such as 2.42 or 3.16');
  return { major: Number(major), minor: Number(minor) };
};

/** On this machine compressed answers cost more than they save. */
export function plainOnLoopback(settings: ConnectionSettings): ConnectionSettings {
  const { url } = settings;
  const isLoopback = URL.canParse(url) && /^(?:localhost|127\.[\d.]+|\[::1\])$/.test(new URL(url).hostname);
  const headers = { ...(isLoopback ? { 'accept-encoding': 'identity' } : {}), ...settings.headers };
  return { ...settings, headers };
}
