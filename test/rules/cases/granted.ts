import type { Aspect, RuleCase } from '../rule-case.js';

const UNLOCKS = 'result:gateway_escrow_unlock_requests:increase';
const requests = (result = 'success', job = 'gateway') =>
  `gateway_escrow_unlock_requests_total{job="${job}", instance="g1", result="${result}"}`;

interface Situation {
  readonly name: string;
  readonly aspects: readonly Aspect[];
  readonly series: RuleCase['series'];
  /** At which times the rule trusts the expiry, for three minutes at the least, and at which it does not. */
  readonly trusts: Readonly<Record<string, boolean>>;
}

const situations: readonly Situation[] = [
  {
    name: 'does not trust an expiry while leases are granted: one of them may be a renewal',
    aspects: ['silent', 'boundary'],
    series: { [`${UNLOCKS}{result="success"}`]: '1x39 0x40', [`${UNLOCKS}{result="error"}`]: '1x80' },
    trusts: { '13m': false, '19m30s': false, '23m': true },
  },
  {
    name: 'does not trust an expiry for 15 minutes after a gap in which a lease was granted',
    aspects: ['silent', 'boundary'],
    // no scrapes from 17m30s to 26m30s, as in the cases below
    series: { [requests()]: '2x34 _x19 3x80' },
    trusts: { '27m': false, '31m': false, '36m30s': false, '41m30s': false, '46m': true },
  },
  {
    name: 'does not trust an expiry for 15 minutes after the first scrape of a process that has granted leases',
    aspects: ['silent', 'boundary'],
    series: { [requests()]: '_x54 1x80' },
    trusts: { '27m': false, '35m': false, '41m30s': false, '46m': true },
  },
  {
    name: 'does not trust an expiry after a gap in which the process restarted and granted a lease',
    aspects: ['silent'],
    series: { [requests()]: '5x34 _x19 1x80' },
    trusts: { '31m': false, '36m30s': false, '46m': true },
  },
  {
    name: 'does not trust an expiry after a restart and as many grants as before it',
    aspects: ['silent'],
    series: { [requests()]: '2x34 1x5 2x80', [`${UNLOCKS}{result="success"}`]: '0x34 2x35 0x60' },
    trusts: { '24m': false, '30m': false, '40m': true },
  },
  {
    name: 'trusts an expiry after a gap in which no lease was granted',
    aspects: ['fires'],
    series: { [requests()]: '3x34 _x19 3x80' },
    trusts: { '31m': true, '36m': true },
  },
  {
    name: 'trusts an expiry where requests failed, none was granted, or another job grants leases',
    aspects: ['fires', 'boundary'],
    series: {
      [requests()]: '_x54 0x80',
      [requests('error')]: '_x54 4x80',
      [requests('success', 'other')]: '2x34 _x19 3x80',
    },
    trusts: { '31m': true, '36m': true },
  },
];

/**
 * The cases of a rule that trusts the expiry of a lease unless a lease may have been granted.
 *
 * @param series a pending relay that is written to and whose lease has expired by 10m
 * @param kind what the rule yields: alerts that fire, or samples
 * @param trusted what it yields when it trusts the expiry
 * @param doubted what it yields when it does not
 */
export const grantedCases = <K extends 'firing' | 'samples', T extends NonNullable<RuleCase[K]>[string]>(
  rule: string,
  series: RuleCase['series'],
  kind: K,
  trusted: T,
  doubted: T,
): readonly RuleCase[] =>
  situations.map(({ name, aspects, series: granted, trusts }) => ({
    rule,
    name,
    aspects,
    series: { ...series, ...granted },
    [kind]: Object.fromEntries(Object.entries(trusts).map(([time, is]) => [time, is ? trusted : doubted])),
  }));
