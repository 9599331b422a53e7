import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { parseConfig } from '../../src/config/load.js';
import { packageRoot } from '../../src/package/root.js';
import { renderAlertmanagerExample } from '../../src/renderers/alertmanager/example.js';
import { type AlertLabels, alertLabels } from './alert-labels.js';
import { type RunningAlertmanager, startAlertmanager } from './running-alertmanager.js';

const plain = buildBundle(parseConfig({}), definitions());
const sites = buildBundle(parseConfig({ groupBy: ['cluster'] }), definitions());
const committed = readFileSync(join(packageRoot, 'generated/alertmanager/alertmanager.example.yaml'), 'utf8');
const forSites = renderAlertmanagerExample(sites)[0]?.content ?? '';

let alertmanager: RunningAlertmanager;
afterEach(() => alertmanager?.stop());

const about = (alert: string, cluster: string, relay?: string) =>
  alertLabels(sites, alert, relay === undefined ? { cluster } : { cluster, relay });
const gatewayDown = (cluster: string) =>
  alertLabels(sites, 'GatewayDown', { cluster, job: 'gateway', instance: 'gateway-1:9090' });
const sentTo = (receiver: string) => alertmanager.notifications.filter((n) => n.receiver === receiver);

/**
 * Fires what must stay silent and then its twin, which differs in one label and must not. Whatever would be sent of the
 * former would be sent before the twin: its waiting began earlier, or they are in the same group.
 */
async function staysSilentUnlikeItsTwin(
  silent: AlertLabels,
  source: AlertLabels,
  twin: AlertLabels,
  receiver: string,
) {
  await alertmanager.fire([silent]);
  await alertmanager.untilInhibited(silent, source);
  await alertmanager.fire([twin]);
  await alertmanager.untilNotified(receiver, twin);
  expect(alertmanager.wasNotified(silent)).toBe(false);
}

describe('a real Alertmanager with the generated example', () => {
  it('makes one page of 1,000 relays that are stuck at once, with the number of those it does not list', async () => {
    alertmanager = await startAlertmanager(committed);
    const relays = Array.from({ length: 1000 }, (_, i) => i.toString(16).padStart(64, '0'));
    await alertmanager.fire(
      relays.map((relay) => alertLabels(plain, 'GatewayPendingWritesStuck', { relay })),
    );
    // Sent in the same moment and waiting as long: when it has arrived and a further round of groups has passed,
    // whatever else there is to send has been sent.
    const second = alertLabels(plain, 'GatewayMirrorServiceDown');
    await alertmanager.fire([second]);
    await alertmanager.untilNotified('gateway-pager', second);
    const last = alertLabels(plain, 'GatewayWritesTurnedAway', { relay: relays[0] ?? '' });
    await alertmanager.fire([last]);
    await alertmanager.untilNotified('gateway-pager', last);

    const pages = sentTo('gateway-pager').filter(
      (n) => n.alerts[0]?.labels.alertname === 'GatewayPendingWritesStuck',
    );
    expect(pages.map((n) => [n.status, n.alerts.length, n.truncatedAlerts])).toEqual([['firing', 50, 950]]);
    expect(alertmanager.notifications).toHaveLength(3);
  });

  it('makes a page of its own for another installation', async () => {
    alertmanager = await startAlertmanager(forSites);
    const first = about('GatewayPendingWritesStuck', 'north', 'r1');
    const second = about('GatewayPendingWritesStuck', 'south', 'r1');
    await alertmanager.fire([first, second]);
    await alertmanager.untilNotified('gateway-pager', first);
    await alertmanager.untilNotified('gateway-pager', second);
    expect(sentTo('gateway-pager').map((n) => n.alerts.length)).toEqual([1, 1]);
  });

  it('keeps quiet about what follows from a gateway that is down, and not about another installation', async () => {
    alertmanager = await startAlertmanager(forSites);
    const down = gatewayDown('north');
    await alertmanager.fire([down]);
    await alertmanager.untilNotified('gateway-pager', down);
    const following = [
      ['GatewayPendingWritesOverdue', 'gateway-pager', 'r1'],
      ['GatewayFallbackOnStaleMirror', 'gateway-tickets', 'r1'],
      ['GatewayPushesFailing', 'gateway-tickets', undefined],
      ['WorkerRotationFailed', 'worker-tickets', 'r1'],
      ['GatewayEscrowLeaseExpiring', 'gateway-chat', 'r1'],
    ] as const;
    await Promise.all(
      following.map(([alert, receiver, relay]) =>
        staysSilentUnlikeItsTwin(about(alert, 'north', relay), down, about(alert, 'south', relay), receiver),
      ),
    );
  });

  it('still pages for what another process of the gateway reports, and for the exporters', async () => {
    alertmanager = await startAlertmanager(forSites);
    const down = gatewayDown('north');
    const elsewhere = about('GatewayWritesTurnedAway', 'north', 'r1');
    const exporter = alertLabels(sites, 'PendingWritesStateFileUnreadable', {
      cluster: 'north',
      job: 'pending-writes-exporter',
      instance: 'desktop-7:9797',
      reason: 'spliced',
    });
    await alertmanager.fire([down, elsewhere, exporter]);
    await alertmanager.untilNotified('gateway-pager', down);
    await alertmanager.untilNotified('gateway-pager', elsewhere);
    await alertmanager.untilNotified('worker-tickets', exporter);
  });

  it('keeps quiet also when the alert that silences comes after what it silences, within the wait', async () => {
    alertmanager = await startAlertmanager(forSites);
    const old = about('GatewayPendingWritesOld', 'north', 'r1');
    const twin = about('GatewayPendingWritesOld', 'south', 'r1');
    await alertmanager.fire([old]);
    await alertmanager.fire([twin]);
    await alertmanager.fire([gatewayDown('north')]);
    await alertmanager.untilInhibited(old, gatewayDown('north'));
    await alertmanager.untilNotified('gateway-tickets', twin);
    expect(alertmanager.wasNotified(old)).toBe(false);
  });

  it('keeps quiet about every installation when no gateway is scraped at all, and not about the exporters', async () => {
    alertmanager = await startAlertmanager(forSites);
    const missing = alertLabels(sites, 'GatewayMissing');
    await alertmanager.fire([missing]);
    await alertmanager.untilNotified('gateway-pager', missing);
    const unrelated = alertLabels(sites, 'PendingWritesExporterMissing');
    for (const cluster of ['north', 'south']) {
      const overdue = about('GatewayPendingWritesOverdue', cluster, 'r1');
      await alertmanager.fire([overdue]);
      await alertmanager.untilInhibited(overdue, missing);
    }
    await alertmanager.fire([unrelated]);
    await alertmanager.untilNotified('gateway-chat', unrelated);
    expect(sentTo('gateway-pager').map((n) => n.alerts.map(({ labels }) => labels.alertname))).toEqual([
      ['GatewayMissing'],
    ]);
  });

  it('tells one Prometheus without a gateway from another by its external label', async () => {
    alertmanager = await startAlertmanager(forSites);
    const missing = { ...alertLabels(sites, 'GatewayMissing'), cluster: 'north' };
    await alertmanager.fire([missing]);
    await alertmanager.untilNotified('gateway-pager', missing);
    await staysSilentUnlikeItsTwin(
      about('GatewayPendingWritesOverdue', 'north', 'r1'),
      missing,
      about('GatewayPendingWritesOverdue', 'south', 'r1'),
      'gateway-pager',
    );
  });

  it.each([
    [
      'GatewayPendingWritesStuck',
      'GatewayPendingWritesNotPushed',
      'gateway-tickets',
      'a critical and its warning',
    ],
    [
      'GatewayPendingWritesStuck',
      'WorkerQueuePendingTooLong',
      'worker-tickets',
      "the worker's side of a stuck job",
    ],
    [
      'GatewayEscrowLeaseExpiredWritesWanted',
      'GatewayEscrowLeaseExpired',
      'gateway-chat',
      'a critical and its info',
    ],
    [
      'GatewayPendingWritesOld',
      'GatewayPendingWritesWaiting',
      'gateway-chat',
      'the upper half of the ladder',
    ],
    ['GatewayReplicaMainPathTooLong', 'GatewayReplicaMainPath', 'gateway-chat', 'the same fallback, longer'],
  ])(
    'lets %s silence %s for its own relay only; %s hears of the other relay (%s)',
    async (source, target, receiver) => {
      alertmanager = await startAlertmanager(committed);
      const relay = (alert: string, name: string) => alertLabels(plain, alert, { relay: name });
      await alertmanager.fire([relay(source, 'r1')]);
      await staysSilentUnlikeItsTwin(relay(target, 'r1'), relay(source, 'r1'), relay(target, 'r2'), receiver);
    },
  );

  it('lets a critical leave the warnings of another signal alone', async () => {
    alertmanager = await startAlertmanager(committed);
    const critical = alertLabels(plain, 'GatewayPendingWritesStuck', { relay: 'r1' });
    const warning = alertLabels(plain, 'GatewayReplicaMainPathTooLong', { relay: 'r1' });
    await alertmanager.fire([critical, warning]);
    await alertmanager.untilNotified('gateway-tickets', warning);
    await alertmanager.untilNotified('gateway-pager', critical);
  });

  it('wakes nobody for information, while a page at the same moment gets through', async () => {
    alertmanager = await startAlertmanager(committed);
    const rules = plain.alertGroups.flatMap((group) => group.rules);
    const values: AlertLabels = { relay: 'quiet', job: 'x', instance: 'host:1', result: 'x', window: 'x' };
    const infos = rules
      .filter(({ severity }) => severity === 'info')
      .map(({ alert, definition }) =>
        alertLabels(plain, alert, Object.fromEntries(definition.labels.map((l) => [l, values[l] ?? 'x']))),
      );
    expect(infos.length).toBeGreaterThan(4);
    const page = alertLabels(plain, 'GatewayPendingWritesStuck', { relay: 'loud' });
    await alertmanager.fire(infos);
    await alertmanager.fire([page]);
    for (const info of infos) await alertmanager.untilNotified('gateway-chat', info);
    await alertmanager.untilNotified('gateway-pager', page);
    const severities = (receiver: string) =>
      sentTo(receiver).flatMap((n) => n.alerts.map(({ labels }) => labels.severity));
    expect(new Set(severities('gateway-pager'))).toEqual(new Set(['critical']));
    expect(new Set(severities('gateway-chat'))).toEqual(new Set(['info']));
    expect(sentTo('gateway-tickets')).toEqual([]);
  });
});
