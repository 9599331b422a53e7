import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { escrowMetrics } from '../../metrics/escrow.js';
import { gatewayMetrics } from '../../metrics/gateway.js';
import { defineMetric } from '../../src/model/metric.js';
import { parseExposition } from '../../src/prometheus/exposition.js';
import { verifyMetrics } from '../../src/verify/verify.js';
import { root } from '../cli/command.js';

const page = readFileSync(join(root, 'test/fixtures/gateway-metrics.prom'), 'utf8');
const findings = (text: string) =>
  verifyMetrics(parseExposition(text), gatewayMetrics).map(
    ({ severity, metric, message }) => `${severity} ${metric} ${message}`,
  );
const edited = (from: string | RegExp, to: string) => {
  const text = page.replace(from, to);
  if (text === page) throw new Error(`the fixture does not hold ${from}`);
  return text;
};
/** The page without a metric: its TYPE line and its samples. */
const without = (name: string) =>
  edited(new RegExp(`^(?:# (?:HELP|TYPE) )?${name}(?:_bucket|_sum|_count)?[ {].*\\n`, 'gm'), '');

describe('the contract and a page', () => {
  it('agree on the real exposition of the gateway', () => {
    expect(findings(page)).toEqual([]);
  });

  it.each([
    [
      'a build whose push counter has a relay label',
      edited(/^(gateway_pending_write_push_total\{)/gm, '$1relay="a",'),
    ],
    [
      'a relay label on some series of the push counter only',
      edited('gateway_pending_write_push_total{', 'gateway_pending_write_push_total{relay="a",'),
    ],
    ['a labelled metric that has no series yet', edited(/^gateway_pending_writes\{.*\n/gm, '')],
    ['bucket bounds as Prometheus 3 writes them', edited(/le="(\d+)"/g, 'le="$1.0"')],
    ['buckets in another order', `${page.split('\n').reverse().join('\n')}`],
    ['a metric that the contract does not know', `${page}# TYPE gateway_new gauge\ngateway_new{x="1"} 1\n`],
    [
      'the same page as OpenMetrics',
      `${page.replace(/^# TYPE (\S+)_total counter$/gm, '# TYPE $1 counter')}# EOF\n`,
    ],
  ])('agree on %s', (_, text) => {
    expect(findings(text)).toEqual([]);
  });

  it('take a metric without a type and without samples for one that is missing', () => {
    const untyped = `${without('gateway_active_peers')}# TYPE gateway_active_peers untyped\n`;
    expect(findings(untyped)).toEqual(findings(without('gateway_active_peers')));
    const [optional] = escrowMetrics;
    expect(verifyMetrics(parseExposition(`# TYPE ${optional?.name} untyped\n`), escrowMetrics)).toEqual([]);
  });

  it('agree on the escrow service, whose metrics may also be absent', () => {
    const escrow = readFileSync(join(root, 'test/fixtures/escrow-metrics.prom'), 'utf8');
    expect(verifyMetrics(parseExposition(escrow), escrowMetrics)).toEqual([]);
    expect(verifyMetrics(parseExposition(page), escrowMetrics)).toEqual([]);
  });

  it.each(gatewayMetrics.map(({ name, presence }) => [name, presence] as const))(
    'differ when %s is missing, unless it is optional (%s)',
    (name, presence) => {
      expect(findings(without(name))).toEqual(
        presence === 'optional' ? [] : [`problem ${name} is missing: there is no TYPE line for it`],
      );
    },
  );

  it.each([
    [
      'a wrong type',
      edited('# TYPE gateway_pending_writes gauge', '# TYPE gateway_pending_writes counter'),
      ['problem gateway_pending_writes has the type counter, expected gauge'],
    ],
    [
      'samples without a TYPE line',
      edited('# TYPE gateway_pending_writes gauge\n', ''),
      ['problem gateway_pending_writes has the type untyped, expected gauge'],
    ],
    [
      'a missing label',
      edited(/^gateway_replica_fallback_total\{relay="[0-9a-f]+",/m, 'gateway_replica_fallback_total{'),
      ['problem gateway_replica_fallback_total lacks the label relay'],
    ],
    [
      'an empty label, which is no label to Prometheus',
      edited(
        /^gateway_replica_fallback_total\{relay="[0-9a-f]+",/m,
        'gateway_replica_fallback_total{relay="",',
      ),
      ['problem gateway_replica_fallback_total lacks the label relay'],
    ],
    [
      'an extra label',
      edited('gateway_pending_writes{', 'gateway_pending_writes{peer="x",'),
      ['problem gateway_pending_writes has the label peer, which is not expected'],
    ],
    [
      'an extra label of the last series alone',
      edited(/(gateway_relay_fallback_writes_total\{)(?=[^\n]*rejected)/, '$1peer="x",'),
      ['problem gateway_relay_fallback_writes_total has the label peer, which is not expected'],
    ],
    [
      'the label of buckets on a metric without any',
      edited('gateway_pending_writes{', 'gateway_pending_writes{le="5",'),
      ['problem gateway_pending_writes has the label le, which is not expected'],
    ],
    [
      'another bucket',
      edited(
        'gateway_pending_write_push_wait_seconds_bucket{le="600"',
        'gateway_pending_write_push_wait_seconds_bucket{le="900"',
      ),
      [
        'problem gateway_pending_write_push_wait_seconds has the buckets 5 15 30 60 120 300 900 +Inf, expected 5 15 30 60 120 300 600 +Inf',
      ],
    ],
    [
      'a bucket too few',
      edited(/^gateway_pending_write_push_wait_seconds_bucket\{le="120".*\n/m, ''),
      [
        'problem gateway_pending_write_push_wait_seconds has the buckets 5 15 30 60 300 600 +Inf, expected 5 15 30 60 120 300 600 +Inf',
      ],
    ],
    [
      'a series without buckets',
      edited(/^gateway_pending_write_push_wait_seconds_bucket.*\n/gm, ''),
      [
        'problem gateway_pending_write_push_wait_seconds has no buckets, expected 5 15 30 60 120 300 600 +Inf',
      ],
    ],
    [
      'a bucket whose bound is no number',
      edited(
        'gateway_pending_write_push_wait_seconds_bucket{le="5"',
        'gateway_pending_write_push_wait_seconds_bucket{le="five"',
      ),
      [expect.stringMatching(/^problem gateway_pending_write_push_wait_seconds has the buckets .*NaN/)],
    ],
    [
      'an unknown label value, as a warning',
      edited('push_total{result="error"', 'push_total{result="timeout"'),
      [
        'warning gateway_pending_write_push_total has the value "timeout" of result, known are success, error',
      ],
    ],
  ])('differ in %s', (_, text, expected) => {
    expect(findings(text)).toEqual(expected);
  });

  it('are compared for each series of a histogram', () => {
    const latency = defineMetric({
      name: 'latency',
      type: 'histogram',
      unit: 'seconds',
      help: 'Latency.',
      labels: { kind: { help: 'Kind.' }, zone: { help: 'Zone.' } },
      buckets: [1, 2],
      presence: 'always',
      origin: 'other',
    });
    const series = (labels: string, bounds: readonly string[]) =>
      bounds.map((le) => `latency_bucket{${labels},le="${le}"} 1\n`).join('');
    const compare = (...parts: string[]) =>
      verifyMetrics(parseExposition(`# TYPE latency histogram\n${parts.join('')}`), [latency]).map(
        ({ message }) => message,
      );
    const a = 'kind="a",zone="x"';
    expect(compare(series(a, ['1', '2', '+Inf']), series('kind="b",zone="x"', ['+Inf', '2', '1']))).toEqual(
      [],
    );
    expect(compare(series(a, ['1', '2']), series('zone="x",kind="a"', ['+Inf']))).toEqual([]);
    expect(compare(series(a, ['1', '+Inf']), series('kind="b",zone="x"', ['2']))).toEqual([
      'has the buckets 1 +Inf, expected 1 2 +Inf',
      'has the buckets 2, expected 1 2 +Inf',
    ]);
  });

  it('differ where a metric has only a HELP line', () => {
    const only = (name: string) =>
      verifyMetrics(parseExposition(`# HELP ${name} Text.\n`), gatewayMetrics)
        .filter(({ metric }) => metric === name)
        .map(({ message }) => message);
    expect(only('gateway_pending_writes')).toEqual(['is missing: there is no TYPE line for it']);
    const optional = gatewayMetrics.find(({ presence }) => presence === 'optional');
    expect(only(optional?.name ?? '')).toEqual([]);
  });

  it('name a difference once, however many series have it, and all differences of a metric', () => {
    expect(
      findings(
        edited(/^gateway_relay_fallback_writes_total\{relay/gm, 'gateway_relay_fallback_writes_total{peer'),
      ),
    ).toEqual([
      'problem gateway_relay_fallback_writes_total has the label peer, which is not expected',
      'problem gateway_relay_fallback_writes_total lacks the label relay',
    ]);
  });
});
