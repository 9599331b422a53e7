import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import { packageRoot } from '../../src/package/root.js';
import { waitFor } from '../../src/processes/process.js';
import { type RunningPrometheus, startPrometheus } from '../../src/processes/prometheus.js';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import type { Labels } from '../../src/prometheus/client.js';
import { renderPrometheusRules } from '../../src/renderers/prometheus/rules.js';
import { remoteWrite } from '../backtest/remote-write.js';
import { PATIENCE_MS } from '../patience.js';

/*
 * A running Prometheus gets other rules while relays are pending, as at an upgrade. The gateway's metrics stand still, so nothing that fires may
 * resolve, nothing may begin to fire, and every time at which something started has to stay.
 */

/** Files of rules by their name. */
type RuleFiles = Readonly<Record<string, string>>;

const START = 'relay:gateway_pending_writes:start_timestamp_seconds';
const FALLBACK_START = 'relay:gateway_replica_fallback:start_timestamp_seconds';
const LEASE_EXPIRY = 'relay:gateway_escrow_lease_expiry:timestamp_seconds';
const RELAYS = ['a', 'b'].map((letter) => letter.repeat(64));
/** Seconds between evaluations. */
const INTERVAL = 2;
/** Seconds for which the relays have been pending: long enough for every alert about the age. */
const PENDING_FOR = 30 * 3600;

/** What the gateway serves. Only the counters of the fallback grow, because reads from the replica go on. */
const exposition = (reads: number) =>
  [
    'process_start_time_seconds 1700000000',
    'gateway_active_sessions 3',
    'gateway_active_peers 2',
    'gateway_blind_peer_active 0',
    'gateway_pending_write_push_total{result="success"} 40',
    ...RELAYS.flatMap((relay) => [
      `gateway_pending_writes{relay="${relay}"} 1`,
      // Recorded as a point in time when it is first seen; afterwards the gauge stands still.
      `gateway_escrow_lease_time_to_expiry_seconds{relay="${relay}"} 1`,
      `gateway_escrow_leases_active{relay="${relay}"} 1`,
      `gateway_relay_replica_sessions{relay="${relay}"} 1`,
      `gateway_replica_fallback_total{relay="${relay}",mode="read"} ${reads}`,
      `gateway_replica_fallback_total{relay="${relay}",mode="session"} 2`,
    ]),
    '',
  ].join('\n');

/** What fires under the rules before the upgrade; the exporter is only missing, not yet long enough to notify. */
const EXPECTED = [
  'GatewayMirrorServiceDown',
  'PendingWritesExporterMissing',
  ...RELAYS.flatMap((relay) =>
    [
      'GatewayEscrowLeaseExpired',
      'GatewayPendingWritesOld',
      'GatewayPendingWritesOverdue',
      'GatewayPendingWritesWaiting',
    ].map((alert) => nameOf({ alertname: alert, relay })),
  ),
];

function nameOf({ __name__, alertname, relay = '', cluster = '' }: Labels): string {
  return [alertname ?? __name__, cluster, relay.slice(0, 1)].filter((part) => part !== '').join(' ');
}

/** Rules with a short interval. A `for` of up to ten minutes is shortened as well; a longer one shows alerts that are pending. */
function quick(text: string): string {
  const document = parseDocument(text);
  const { groups } = document.toJS() as { groups: { rules: { for?: string }[] }[] };
  for (const [g, group] of groups.entries()) {
    document.setIn(['groups', g, 'interval'], `${INTERVAL}s`);
    for (const [r, rule] of group.rules.entries()) {
      if (/^([1-9]|10)m$/.test(rule.for ?? '')) document.setIn(['groups', g, 'rules', r, 'for'], '4s');
    }
  }
  return document.toString();
}

function formerRules(): RuleFiles {
  const folder = join(packageRoot, 'test', 'fixtures', 'rules-before-upgrade');
  return Object.fromEntries(
    readdirSync(folder).map((name) => [name, quick(readFileSync(join(folder, name), 'utf8'))]),
  );
}

function currentRules(config: ConfigInput = {}): RuleFiles {
  const files = renderPrometheusRules(buildBundle(parseConfig(config), definitions()));
  return Object.fromEntries(files.map(({ path, content }) => [basename(path), quick(content)]));
}

const filesEndingIn = (files: RuleFiles, ending: string): RuleFiles =>
  Object.fromEntries(Object.entries(files).filter(([name]) => name.endsWith(ending)));

const replaced = (files: RuleFiles, from: string, to: string): RuleFiles =>
  Object.fromEntries(Object.entries(files).map(([name, text]) => [name, text.replaceAll(from, to)]));

describe('a running Prometheus with pending relays gets other rules', () => {
  let folder: TemporaryFolder;
  let gateway: Server;
  let prometheus: RunningPrometheus;

  const rulesFolder = () => join(folder.path, 'rules');

  /** Replaces all rule files, and waits until every group was evaluated three times. */
  async function load(files: RuleFiles): Promise<void> {
    for (const name of readdirSync(rulesFolder())) rmSync(join(rulesFolder(), name));
    for (const [name, text] of Object.entries(files)) writeFileSync(join(rulesFolder(), name), text);
    const reload = await fetch(`${prometheus.url}/-/reload`, { method: 'POST' });
    if (!reload.ok) throw new Error(`Prometheus refused the rules: ${await reload.text()}`);
    const reloaded = Date.now();
    const isEvaluated = async () => {
      const groups = await prometheus.client.rules();
      return (
        groups.length === Object.keys(files).length &&
        groups.every((group) => Date.parse(group.lastEvaluation) > reloaded + 3 * INTERVAL * 1000)
      );
    };
    await waitFor(isEvaluated, {
      what: 'every group to be evaluated with the new rules',
      timeoutMs: PATIENCE_MS,
      everyMs: 500,
    });
    const broken = (await prometheus.client.rules()).flatMap(({ rules }) =>
      rules.filter(({ health }) => health !== 'ok').map(({ name, lastError }) => `${name}: ${lastError}`),
    );
    expect(broken).toEqual([]);
  }

  /**
   * When each active alert became active, by alert and relay. The time changes when the alert resolved in between, be it for one
   * evaluation, and when Prometheus forgot the alert and found it again.
   */
  async function active(): Promise<Readonly<Record<string, string>>> {
    const alerts = (await prometheus.client.rules()).flatMap(({ rules }) =>
      rules.flatMap(({ alerts: found = [] }) => found),
    );
    return Object.fromEntries(
      alerts
        .map(({ labels, activeAt }): [string, string] => [nameOf(labels), activeAt])
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  }

  /** The recorded times of starts and expiries, by series. */
  async function starts(names = [START, FALLBACK_START, LEASE_EXPIRY]) {
    const samples = await prometheus.client.query(`{__name__=~"${names.join('|')}"}`);
    return Object.fromEntries(samples.map(({ labels, value }) => [nameOf(labels), value]));
  }

  beforeAll(async () => {
    folder = temporaryFolder('upgrade');
    mkdirSync(rulesFolder());
    let reads = 100;
    gateway = createServer((_, response) => {
      reads += 50;
      response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4' }).end(exposition(reads));
    });
    await new Promise<void>((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    prometheus = await startPrometheus({
      ruleFiles: [join(rulesFolder(), '*.yaml')],
      // A scrape may take its whole interval on a busy machine.
      scrapeInterval: 10,
      evaluationInterval: INTERVAL,
      flags: ['--web.enable-lifecycle', '--web.enable-remote-write-receiver'],
      scrape: [
        {
          job: 'gateway',
          targets: [`127.0.0.1:${(gateway.address() as AddressInfo).port}`],
          labels: { cluster: 'eu' },
        },
      ],
    });
    await waitFor(async () => (await prometheus.client.query('gateway_pending_writes')).length === 2, {
      what: 'the gateway to be scraped',
      timeoutMs: PATIENCE_MS,
      everyMs: 500,
    });
    const now = Date.now();
    await remoteWrite(
      prometheus.url,
      RELAYS.map((relay) => ({
        labels: { __name__: START, relay },
        samples: [[now, Math.floor(now / 1000) - PENDING_FOR]] as const,
      })),
    );
  }, 2 * PATIENCE_MS);

  afterAll(async () => {
    await prometheus?.stop();
    await new Promise((resolve) => gateway?.close(resolve));
    folder?.remove();
  });

  it('nothing resolves or begins to fire, and no start is lost', { timeout: 10 * PATIENCE_MS }, async () => {
    await load(formerRules());
    const areActive = async () => {
      const found = await active();
      const isKnown = Object.keys(await starts()).length === 3 * RELAYS.length;
      return isKnown && EXPECTED.every((name) => name in found);
    };
    await waitFor(areActive, {
      what: 'the alerts of the old rules to fire',
      timeoutMs: PATIENCE_MS,
      everyMs: 500,
    });
    const state = async () => ({ alerts: await active(), starts: await starts() });
    const atFirst = await state();
    const rules = currentRules();
    await load({
      ...filesEndingIn(formerRules(), '.alerts.yaml'),
      ...filesEndingIn(rules, '.recording.yaml'),
    });
    expect(await state(), 'with the new recording rules').toEqual(atFirst);
    await load(rules);
    expect(await state(), 'with all new rules').toEqual(atFirst);
    await load(currentRules({ thresholds: { pendingWrites: { criticalAfter: '25h' } } }));
    expect(await state(), 'with another threshold').toEqual(atFirst);
  });

  it('an alert of a renamed group starts again; no start is lost', {
    timeout: 10 * PATIENCE_MS,
  }, async () => {
    const rules = currentRules();
    await load(rules);
    const [alerts, recorded] = [await active(), await starts()];
    await load(replaced(rules, 'name: replica-fallback.alerts', 'name: fallback.alerts'));
    const { GatewayMirrorServiceDown: formerly, ...others } = alerts;
    const { GatewayMirrorServiceDown: now, ...othersNow } = await active();
    expect(Date.parse(String(now))).toBeGreaterThan(Date.parse(String(formerly)));
    expect(othersNow).toEqual(others);
    expect(await starts()).toEqual(recorded);
  });

  it('a renamed recording rule keeps the starts if it reads its former name as well, and loses them otherwise', {
    timeout: 10 * PATIENCE_MS,
  }, async () => {
    const rules = currentRules();
    await load(rules);
    const recorded = Object.values(await starts([START]));
    const reading = Object.entries(replaced(rules, START, `${START}_b`)).map(([name, text]) => [
      name,
      text.replaceAll(
        new RegExp(`last_over_time\\(${START}_b(\\[\\w+\\](?: offset \\w+)?)\\)`, 'g'),
        `(last_over_time(${START}_b$1) or last_over_time(${START}$1))`,
      ),
    ]);
    await load(Object.fromEntries(reading));
    expect(Object.values(await starts([`${START}_b`]))).toEqual(recorded);
    await load(replaced(rules, START, `${START}_c`));
    const lost = Object.values(await starts([`${START}_c`]));
    expect(lost).toHaveLength(RELAYS.length);
    for (const [i, start] of lost.entries()) expect(start).toBeGreaterThan(recorded[i] as number);
  });

  it('after another groupBy, relays under their former labels are remembered for carryFor only', {
    timeout: 10 * PATIENCE_MS,
  }, async () => {
    await load(currentRules());
    const old = async () =>
      Object.keys(await active()).filter((name) => name.startsWith('GatewayPendingWritesOld'));
    await load(currentRules({ groupBy: ['cluster'], thresholds: { pendingWrites: { carryFor: '1m' } } }));
    expect(await old()).toEqual(['GatewayPendingWritesOld a', 'GatewayPendingWritesOld b']);
    await waitFor(async () => (await old()).length === 0, {
      what: 'the former labels to be forgotten',
      timeoutMs: PATIENCE_MS,
      everyMs: 500,
    });
    const names = Object.keys(await starts([START]));
    expect(names.filter((name) => name.includes(' eu '))).toHaveLength(RELAYS.length);
  });
});
