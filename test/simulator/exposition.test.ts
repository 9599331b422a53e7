import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { gatewayMetrics, gatewayPendingWritePushWait, gatewayPendingWrites } from '../../metrics/gateway.js';
import { parseExposition } from '../../src/prometheus/exposition.js';
import { Registry } from '../../src/simulator/exposition.js';
import { verifyMetrics } from '../../src/verify/verify.js';
import { AWAY_WITH_LEASE, Play } from './play.js';

/** A gateway on which everything has happened that makes series. */
const busy = () =>
  new Play(
    [
      ...AWAY_WITH_LEASE,
      { at: '70s', do: 'reads arrive', perMinute: 60, for: '10m' },
      { at: '90s', do: 'writes arrive', perMinute: 30, for: '2m', invalid: 0.2 },
      { at: '5m', do: 'worker comes back' },
      { at: '6m', do: 'lease is requested' },
    ],
    { build: { acknowledgements: 'recorded' } },
  ).to(900);

const text = (play: Play) => play.world.gatewayExposition(play.world.gateways[0] as never)?.text() ?? '';

describe("the simulated gateway's page", () => {
  it('keeps the contract, before anything has happened and after everything has', () => {
    for (const play of [new Play([]).to(1), busy()]) {
      expect(verifyMetrics(parseExposition(text(play)), gatewayMetrics)).toEqual([]);
      // A series without labels has no braces.
      expect(text(play)).not.toContain('{}');
    }
  });

  it('keeps the contract with pushes counted by relay', () => {
    const play = new Play(
      [...AWAY_WITH_LEASE, { at: '2m', do: 'a write arrives' }, { at: '3m', do: 'worker comes back' }],
      { build: { pushCounter: 'by-relay' } },
    ).to(600);
    expect(verifyMetrics(parseExposition(text(play)), gatewayMetrics)).toEqual([]);
  });

  it('is written as the real one: no HELP, a TYPE line for every metric, families apart, le first', () => {
    const fixture = readFileSync(join(import.meta.dirname, '..', 'fixtures', 'gateway-metrics.prom'), 'utf8');
    const form = (page: string) => {
      const start = page.indexOf('gateway_escrow_lease_lag_seconds_bucket{le="1",');
      const name = page.slice(page.lastIndexOf('# TYPE', start), start);
      return [page.includes('# HELP'), page.includes('\n\n# TYPE'), start > 0, name.split('\n')[0]];
    };
    expect(form(text(busy()))).toEqual(form(fixture));
    const families = new Set(
      [...text(new Play([]).to(1)).matchAll(/^# TYPE (\S+)/gm)].map((match) => match[1]),
    );
    expect(families).toEqual(new Set(gatewayMetrics.map(({ name }) => name)));
  });

  it('has cumulative buckets', () => {
    const registry = new Registry([gatewayPendingWritePushWait]);
    for (const value of [3, 5, 20, 20, 601])
      registry.observe(gatewayPendingWritePushWait, { relay: 'r' }, value);
    const values = registry.expose().samples.map(({ value }) => value);
    // 5 15 30 60 120 300 600 +Inf sum count
    expect(values).toEqual([2, 2, 4, 4, 4, 4, 4, 5, 649, 5]);
  });

  it('refuses to count in a metric that the process does not have', () => {
    const registry = new Registry([]);
    expect(() => registry.add(gatewayPendingWrites, {})).toThrow('is no gauge or counter of this registry');
    expect(() => registry.observe(gatewayPendingWritePushWait, {}, 1)).toThrow('is no histogram');
  });

  it('lacks a metric that a build has lost', () => {
    const play = new Play([
      { at: '1m', do: 'gateway loses a metric', metric: gatewayPendingWrites, for: '1m' },
    ]);
    expect(text(play.to(60))).not.toContain(gatewayPendingWrites.name);
    expect(text(play.to(120))).toContain(`# TYPE ${gatewayPendingWrites.name} gauge`);
  });
});
