import { constants } from 'node:buffer';
import { CommanderError } from 'commander';
import { describe, expect, it } from 'vitest';
import { parseFlags } from '../../src/exporter/flags.js';
import { takeStandardError } from './exporter-here.js';

/** The error of a command line, with what was written to standard error. */
function errorOf(...args: readonly string[]): { code: number; text: string } {
  let text = '';
  const giveBack = takeStandardError((more) => {
    text += more;
  });
  try {
    parseFlags(args);
  } catch (error) {
    if (error instanceof CommanderError) return { code: error.exitCode, text };
    throw error;
  } finally {
    giveBack();
  }
  return { code: -1, text };
}
const FILE = ['--state-file', 's.json'];

describe('the command line', () => {
  it('has these defaults', () => {
    expect(parseFlags(FILE)).toEqual({
      stateFile: 's.json',
      'stateFile.maxBytes': 67_108_864,
      'stateFile.maxRelays': 50_000,
      'stateFile.maxStale': 60,
      relayLabels: true,
      'web.listenAddress': [{ text: '127.0.0.1:9797', hosts: ['127.0.0.1', '::1'], port: 9797 }],
      'web.telemetryPath': '/metrics',
      'web.maxRequests': 40,
      'log.level': 'info',
      'log.format': 'logfmt',
    });
  });

  it.each<[readonly string[], object]>([
    [['--state-file.max-bytes', '1'], { 'stateFile.maxBytes': 1 }],
    [
      ['--state-file.max-bytes', String(constants.MAX_STRING_LENGTH)],
      { 'stateFile.maxBytes': constants.MAX_STRING_LENGTH },
    ],
    [['--state-file.max-relays', '0'], { 'stateFile.maxRelays': 0 }],
    [['--state-file.max-relays', '1000000000'], { 'stateFile.maxRelays': 1e9 }],
    [['--state-file.max-stale', '0'], { 'stateFile.maxStale': 0 }],
    [['--state-file.max-stale', '1h30m'], { 'stateFile.maxStale': 5400 }],
    [['--no-relay-labels'], { relayLabels: false }],
    [['--collector.process'], { 'collector.process': true }],
    [['--web.telemetry-path', '/a.b-c_d/metrics/'], { 'web.telemetryPath': '/a.b-c_d/metrics/' }],
    [['--web.telemetry-path', '/..a'], { 'web.telemetryPath': '/..a' }],
    [['--web.config.file', 'web.yml'], { 'web.config.file': 'web.yml' }],
    [['--web.max-requests', '0'], { 'web.maxRequests': 0 }],
    [['--log.level', 'debug'], { 'log.level': 'debug' }],
    [['--log.level', 'error', '--log.format', 'json'], { 'log.level': 'error', 'log.format': 'json' }],
    [['--config.check'], { 'config.check': true }],
    [['--healthcheck'], { healthcheck: true }],
    [['--web.listen-address', ':9797'], { 'web.listenAddress': [{ text: ':9797', hosts: [], port: 9797 }] }],
    [
      ['--web.listen-address', '[::1]:65535', '--web.listen-address', 'worker.example:0'],
      {
        'web.listenAddress': [
          { text: '[::1]:65535', hosts: ['::1'], port: 65535 },
          { text: 'worker.example:0', hosts: ['worker.example'], port: 0 },
        ],
      },
    ],
  ])('takes %j', (args, expected) => {
    expect(parseFlags([...FILE, ...args])).toMatchObject(expected);
  });

  it.each<[readonly string[], RegExp]>([
    [
      ['--state-file', ''],
      /'--state-file <path>' argument '' is invalid\. expected a path, found an empty string/,
    ],
    [[...FILE, '--state-file.max-bytes', '0'], /expected a whole number from 1 to \d+/],
    [[...FILE, '--state-file.max-relays', '1000000001'], /expected a whole number from 0 to 1000000000/],
    [[...FILE, '--state-file.max-stale', 'x'], /expected a duration such as/],
    [[...FILE, '--web.max-requests', '-1'], /expected a whole number from 0 to/],
    [[...FILE, '--log.format', 'xml'], /Allowed choices are logfmt, json/],
    [[...FILE, '--log.level', 'x'], /Allowed choices are debug, info, warn, error/],
    [[...FILE, 'more'], /too many arguments/],
    [[], /required option '--state-file <path>' not specified/],
    ...[
      '',
      'x',
      '127.0.0.1',
      '127.0.0.1:',
      ':x',
      ':65536',
      ':123456',
      '1:2:3',
      '[::1]',
      '[x]:1',
      '[127.0.0.1]:1',
      'a/b:1',
      ' :1',
      'a:1 ',
      '[]:1',
      '::1',
    ].map((text): [readonly string[], RegExp] => [
      [...FILE, '--web.listen-address', text],
      /expected host:port, for example 127\.0\.0\.1:9797, \[::1\]:9797 or :9797/,
    ]),
    ...[
      '',
      '/',
      'metrics',
      '/-/metrics',
      '/-/',
      '/a b',
      '/a?b',
      '//a',
      '/a//b',
      '/a/..',
      '/./a',
      '/a#',
      '/%41',
      'x/a',
      '/a/.',
    ].map((text): [readonly string[], RegExp] => [
      [...FILE, '--web.telemetry-path', text],
      /expected a path such as \/metrics, other than \/ and \/-\/\.\.\./,
    ]),
  ])('refuses %j', (args, message) => {
    const { code, text } = errorOf(...args);
    expect(code).not.toBe(0);
    expect(text).toMatch(message);
  });

  it('needs no state file for a check of the configuration or of a running exporter', () => {
    for (const flag of ['--config.check', '--healthcheck']) expect(parseFlags([flag]).stateFile).toBe('');
    expect(errorOf('--collector.process').code).toBe(2);
  });
});
