import { describe, expect, it } from 'vitest';
import { buildBundle } from '../../src/bundle/build.js';
import { definitions } from '../../src/bundle/definitions.js';
import { artifactsOf } from '../../src/cli/artifacts.js';
import { parseConfig } from '../../src/config/load.js';
import type { ConfigInput } from '../../src/config/schema.js';
import type { AlertDefinition } from '../../src/model/rules.js';
import { grafanaRuleGroups, renderGrafanaAlertRules } from '../../src/renderers/grafana/alert-rules.js';
import { alert, bundle } from '../checks/bundle-fixture.js';

const own = definitions();
const rulesOf = (
  config: ConfigInput = {},
  change: (rule: AlertDefinition) => AlertDefinition = (rule) => rule,
) =>
  grafanaRuleGroups(
    buildBundle(parseConfig(config), {
      ...own,
      alerts: own.alerts.map((group) => ({ ...group, rules: group.rules.map(change) })),
    }),
  ).flatMap(({ rules }) => rules);

/** How long the condition of each alert must hold, written by hand. */
const HOLDS: Readonly<Record<string, string>> = {
  GatewayPendingWritesWaiting: '0s',
  GatewayPendingWritesOld: '0s',
  GatewayPendingWritesOverdue: '0s',
  GatewayPendingWritesStuck: '1m',
  GatewayPushesNotIngested: '10m',
  GatewayPendingWritesForgotten: '5m',
  GatewayPendingWritesNotPushed: '10m',
  GatewayWritesNotMarkedPending: '0s',
  GatewayPendingWritesObjectiveFastBurn: '0s',
  GatewayPendingWritesObjectiveSlowBurn: '0s',
  GatewayPushWaitHigh: '20m',
  GatewayPushesFailing: '15m',
  GatewayEscrowLeaseExpiring: '0s',
  GatewayEscrowLeaseExpired: '0s',
  GatewayEscrowLeaseExpiredWritesWanted: '3m',
  GatewayReplicaMainPath: '0s',
  GatewayReplicaMainPathTooLong: '0s',
  GatewayWritesTurnedAway: '7m',
  GatewayFallbackOnStaleMirror: '5m',
  GatewayMirrorServiceDown: '3m',
  GatewayEscrowUnlocksFailing: '5m',
  GatewayEscrowUnlocksRefused: '10m',
  WorkerQueuePendingTooLong: '30m',
  WorkerQueueStalled: '10m',
  WorkerRotationFailed: '5m',
  WorkerMissedPendingWrites: '10m',
  WorkerPendingWritesOrphaned: '10m',
  PendingWritesExporterDown: '15m',
  PendingWritesExporterMissing: '15m',
  PendingWritesStateFileUnreadable: '0s',
  GatewayDown: '2m',
  GatewayMissing: '5m',
  GatewayMetricsMissing: '5m',
};

describe('rules that Grafana evaluates', () => {
  it('hold as long as in Prometheus, and end with the condition', () => {
    const rules = rulesOf();
    expect(Object.fromEntries(rules.map((rule) => [rule.name, rule.for]))).toEqual(HOLDS);
    expect(new Set(rules.map((rule) => rule.keepFiringFor))).toEqual(new Set(['0s']));
    expect(new Set(rules.map((rule) => rule.missingSeriesEvalsToResolve))).toEqual(new Set([1]));
  });

  it('take no data as nothing wrong, and one outage of the data source as one alert', () => {
    const rules = rulesOf();
    expect(new Set(rules.map(({ noDataState }) => noDataState))).toEqual(new Set(['OK']));
    // "Error" fires, "KeepLast" neither begins nor ends anything.
    expect(rules.filter(({ execErrState }) => execErrState === 'Error').map(({ name }) => name)).toEqual([
      'GatewayMissing',
    ]);
    expect(new Set(rules.map(({ execErrState }) => execErrState))).toEqual(new Set(['Error', 'KeepLast']));
  });

  it('ask the site’s data source for the value now, and fire for every value there is', () => {
    const groups = grafanaRuleGroups(
      buildBundle(parseConfig({ evaluationInterval: '40s', datasource: { uid: 'thanos' } }), own),
    );
    expect(new Set(groups.map(({ intervalSeconds }) => intervalSeconds))).toEqual(new Set([40]));
    const rules = groups.flatMap((group) => group.rules);
    expect(rules).toHaveLength(Object.keys(HOLDS).length);
    for (const { condition, datas } of rules) {
      expect(condition).toBe('B');
      expect(datas).toEqual([
        {
          refId: 'A',
          datasourceUid: 'thanos',
          // Seconds: ten minutes before the evaluation until the evaluation.
          relativeTimeRange: { from: 600, to: 0 },
          model: {
            refId: 'A',
            datasource: { type: 'prometheus', uid: 'thanos' },
            editorMode: 'code',
            expr: expect.stringMatching(/^\([\s\S]+\n\) \+ 0 #/),
            instant: true,
            range: false,
            intervalMs: 1000,
            maxDataPoints: 43_200,
          },
        },
        {
          refId: 'B',
          datasourceUid: '__expr__',
          relativeTimeRange: { from: 0, to: 0 },
          model: {
            refId: 'B',
            type: 'math',
            datasource: { type: '__expr__', uid: '__expr__' },
            // A 0, a NaN and an infinity fire in Prometheus too.
            expression: 'is_number($A) || is_nan($A) || is_inf($A)',
          },
        },
      ]);
    }
  });

  it('have no group without rules, and no file without groups', () => {
    const groups = [
      { name: 'nothing', rules: [] },
      { name: 'pending-writes', rules: [alert()] },
    ];
    const some = bundle({ groups: { alerts: groups } });
    expect(grafanaRuleGroups(some).map(({ name }) => name)).toEqual(['pending-writes.alerts']);
    expect(renderGrafanaAlertRules(some)).toHaveLength(1);
    expect(renderGrafanaAlertRules(bundle({ config: { evaluationInterval: '15s' } }))).toEqual([]);
  });

  it('have their name as uid up to the 40 characters that Grafana takes', () => {
    const named = (length: number) => `Gateway${'x'.repeat(length - 7)}`;
    const uids = [40, 41].map((length) => {
      const [group] = grafanaRuleGroups(bundle({ alerts: [alert({ alert: named(length) })] }));
      return group?.rules[0]?.uid;
    });
    expect(uids).toEqual([named(40), expect.stringMatching(/^Gatewayx{24}-[0-9a-f]{8}$/)]);
  });

  it('are the alerts of the bundle with their labels, times and expressions', () => {
    const bundle = buildBundle(parseConfig({}), own);
    const alerts = bundle.alertGroups.flatMap(({ rules }) => rules);
    const rules = rulesOf();
    expect(rules.map(({ name }) => name)).toEqual(alerts.map(({ alert }) => alert));
    for (const [i, rule] of rules.entries()) {
      expect(rule).toMatchObject({
        for: alerts[i]?.for ?? '0s',
        keepFiringFor: alerts[i]?.keepFiringFor ?? '0s',
        labels: alerts[i]?.labels,
      });
      // Adding nothing takes the metric's name away: Prometheus leaves it out of an alert's labels.
      const expr = String(rule.datas[0]?.model.expr);
      expect(expr.replace(/^ {2}/gm, '').replace(/ #[^\n]*$/, '')).toBe(`(\n${alerts[i]?.expr}\n) + 0`);
    }
  });

  it('speak of the value in Grafana’s words, and of nothing that only Prometheus knows', () => {
    const texts = rulesOf().flatMap(({ annotations }) => Object.values(annotations));
    expect(texts.some((text) => text.includes('{{ $values.A.Value | humanizeDuration }}'))).toBe(true);
    for (const text of texts) expect(text).not.toMatch(/\$value\b/);
  });

  it('have a uid that Grafana takes, and names that begin alike keep different ones', () => {
    const long = 'GatewayPendingWritesHaveWaitedForTheirWorkerFor';
    let count = 0;
    const uids = rulesOf({}, (rule) => ({
      ...rule,
      alert: `${long}${String.fromCharCode(65 + count++)}x`,
    })).map(({ uid }) => uid);
    for (const uid of uids) expect(uid).toMatch(/^[A-Za-z0-9-]{1,40}$/);
    expect(new Set(uids).size).toBe(uids.length);
  });

  it('are none, and no file, where the site evaluates at an interval that Grafana does not know', () => {
    expect(rulesOf({ evaluationInterval: '15s' })).toEqual([]);
    const paths = (evaluationInterval: string) =>
      artifactsOf(buildBundle(parseConfig({ evaluationInterval }), own)).map(({ path }) => path);
    expect(paths('15s')).not.toContain('grafana/alerting/alert-rules.json');
    expect(paths('20s')).toContain('grafana/alerting/alert-rules.json');
  });
});
