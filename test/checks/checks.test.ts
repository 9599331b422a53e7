import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  gatewayBlindPeerMirrorLag,
  gatewayPendingWritePushes,
  gatewayPendingWritePushWait,
  gatewayPendingWrites,
} from '../../metrics/gateway.js';
import { checks } from '../../src/checks/index.js';
import { bucketOf, leBound, promql } from '../../src/promql.js';
import { root } from '../command-line/command.js';
import { alert, type Parts, panel, problems, problemsOf, raw, record } from './bundle-fixture.js';

/** What a check catches: the parts of a bundle, and all that it says of them. */
type Caught = readonly [fault: string, parts: Parts, says: readonly string[]];
/** What it lets pass. */
type Passes = readonly [name: string, parts: Parts];

const RULE = 'recording-rules/pending-writes.ts';
const ALERT = 'alerts/pending-writes.ts: GatewayTestFiring';
const recordOf = (expr: string, labels = ['relay'], name = 'relay:gateway_pending_writes:max'): Parts => ({
  records: [record({ record: name, labels, expr: () => raw(expr) })],
});
const alertOf = (expr: string): Parts => ({ alerts: [alert({ expr: () => raw(expr) })] });
const labelRemedy =
  'see the labels of the metric in generated/docs/metrics.md, or keep the label in the inner grouping';
const caught: Readonly<Record<string, readonly Caught[]>> = {
  'definitions-build': [
    [
      'an expression that throws while it is written',
      { records: [record({ expr: () => promql`${Number.NaN} > 1` })], alerts: [], panels: [] },
      [
        `${RULE}: relay:gateway_pending_writes:max: promql: found NaN, expected a finite number: mend the definition`,
      ],
    ],
  ],
  'promql-syntax': [
    [
      'a parenthesis too few',
      alertOf('sum by (relay) (relay:gateway_pending_writes:max'),
      [`${ALERT}: the expression does not parse: correct the PromQL`],
    ],
    [
      'rate of an instant vector',
      recordOf('rate(gateway_pending_writes)'),
      [
        `${RULE}: relay:gateway_pending_writes:max: expected type matrix in call to function "rate", got vector at "gateway_pending_writes": correct the PromQL`,
      ],
    ],
    [
      'a set operator on a number',
      alertOf('relay:gateway_pending_writes:max and 1'),
      [
        `${ALERT}: set operator not allowed in binary scalar expression at "relay:gateway_pending_writes:max and 1": correct the PromQL`,
      ],
    ],
  ],
  'known-metrics': [
    [
      'a misspelt metric',
      recordOf('max by (relay) (gateway_pending_write == 1)'),
      [
        `${RULE}: relay:gateway_pending_writes:max: reads gateway_pending_write, which is neither in the contract nor recorded, did you mean "gateway_pending_writes"?: use a definition from metrics/ or recording-rules/ instead of spelling the name`,
      ],
    ],
    [
      'a selector without a name',
      alertOf('{relay="a"}'),
      [
        `${ALERT}: a selector names no metric: use a definition from metrics/ or recording-rules/ instead of spelling the name`,
      ],
    ],
  ],
  'known-labels': [
    [
      'a label in by () that the metric does not have',
      recordOf('max by (relays) (gateway_pending_writes)'),
      [
        `${RULE}: relay:gateway_pending_writes:max: max by (relays): its operand has no label relays: ${labelRemedy}`,
      ],
    ],
    [
      'a matcher on a label that is not there',
      recordOf('max by (relay) (gateway_pending_writes{peer="x"})'),
      [
        `${RULE}: relay:gateway_pending_writes:max: matcher on peer, which gateway_pending_writes does not have: ${labelRemedy}`,
      ],
    ],
    [
      'a join on a label that one side has lost',
      alertOf('relay:gateway_pending_writes:max and on (relay) sum(gateway_active_peers)'),
      [`${ALERT}: on (relay): the right side has no label relay: ${labelRemedy}`],
    ],
    [
      'a label taken over that the other side does not have',
      alertOf('gateway_pending_writes * on (job, instance) group_left (peer) gateway_active_peers'),
      [`${ALERT}: group_left (peer): the other side has no label peer: ${labelRemedy}`],
    ],
    [
      'sides that can never match',
      alertOf('relay:gateway_pending_writes:max > gateway_active_peers'),
      [
        `${ALERT}: the sides carry different labels, (relay) and (instance, job), so nothing ever matches; say on (...): ${labelRemedy}`,
      ],
    ],
    [
      'a quantile over buckets that were summed away',
      alertOf(
        'histogram_quantile(0.9, sum by (relay) (rate(gateway_pending_write_push_wait_seconds_bucket[5m])))',
      ),
      [`${ALERT}: histogram_quantile needs the label le, which its operand has lost: ${labelRemedy}`],
    ],
  ],
  'known-label-values': [
    [
      'a value that the label never has',
      recordOf('sum by (relay) (gateway_pending_write_push_total{result="errors"})'),
      [
        `${RULE}: relay:gateway_pending_writes:max: gateway_pending_write_push_total{result="errors"} matches none of the known values (success, error): use a known value, or add the new one to the contract in metrics/`,
      ],
    ],
    [
      'a pattern that matches no value',
      recordOf('sum by (relay) (gateway_replica_fallback_total{mode=~"reads|writes"})'),
      [
        `${RULE}: relay:gateway_pending_writes:max: gateway_replica_fallback_total{mode=~"reads|writes"} matches none of the known values (read, write, session): use a known value, or add the new one to the contract in metrics/`,
      ],
    ],
  ],
  'counter-functions': [
    [
      'rate on a gauge',
      recordOf('max by (relay) (rate(gateway_pending_writes[5m]))'),
      [
        `${RULE}: relay:gateway_pending_writes:max: rate of gateway_pending_writes, which is a gauge: use delta, changes or an _over_time function on gauges; take rates before recording`,
      ],
    ],
    [
      'delta on a counter',
      recordOf('sum by (relay) (delta(gateway_replica_fallback_total[5m]))'),
      [
        `${RULE}: relay:gateway_pending_writes:max: delta of gateway_replica_fallback_total, which is a counter: use rate or increase on counters`,
      ],
    ],
    [
      'increase of a recorded series',
      alertOf('increase(relay:gateway_pending_writes:max[5m]) > 0'),
      [
        `${ALERT}: increase of relay:gateway_pending_writes:max, which is a recorded series: use delta, changes or an _over_time function on gauges; take rates before recording`,
      ],
    ],
  ],
  'histogram-buckets': [
    [
      'buckets outside histogram_quantile',
      recordOf('sum by (relay) (rate(gateway_pending_write_push_wait_seconds_bucket[5m]))'),
      [
        `${RULE}: relay:gateway_pending_writes:max: gateway_pending_write_push_wait_seconds_bucket is used outside histogram_quantile without a matcher on le: wrap it in histogram_quantile(..., sum by (le, ...) (rate(...))) or pin le with leBound()`,
      ],
    ],
    [
      'a bound as only Prometheus 2 writes it',
      recordOf('sum by (relay) (rate(gateway_pending_write_push_wait_seconds_bucket{le="120"}[5m]))'),
      [
        `${RULE}: relay:gateway_pending_writes:max: le="120" matches in Prometheus 2 or in Prometheus 3, not in both: pin the bound with leBound()`,
      ],
    ],
    [
      'a bound that does not exist',
      recordOf(
        'sum by (relay) (rate(gateway_pending_write_push_wait_seconds_bucket{le=~"90(\\\\.0)?"}[5m]))',
      ),
      [
        `${RULE}: relay:gateway_pending_writes:max: le=~"90(\\\\.0)?" matches 0 of the bucket bounds +Inf, 5, 15, 30, 60, 120, 300, 600: pin exactly one bound of the contract with leBound()`,
      ],
    ],
  ],
  'range-length': [
    [
      'a range under four scrapes',
      recordOf('sum by (relay) (rate(gateway_replica_fallback_total[1m]))'),
      [
        `${RULE}: relay:gateway_pending_writes:max: the range gateway_replica_fallback_total[1m] holds fewer than four scrapes of 30s: use at least 120s; site.rateWindow is safe`,
      ],
    ],
  ],
  'annotation-labels': [
    [
      'a label that the expression drops',
      { alerts: [alert({ labels: [], expr: () => promql`count by () (${record()})` })] },
      [
        `${ALERT}: summary uses $labels.relay, but the expression keeps only these labels: none: keep relay in the expression's groupings and joins, or leave it out of the text`,
      ],
    ],
    [
      'a declared label that the expression drops',
      {
        alerts: [
          alert({
            summary: 'Some relays are pending in a test.',
            expr: () => promql`count by () (${record()})`,
          }),
        ],
      },
      [
        `${ALERT}: dashboard_url uses $labels.relay, but the expression keeps only these labels: none: keep relay in the expression's groupings and joins, or leave it out of the text`,
        `${ALERT}: declares the label relay, but the expression keeps only these labels: none: make \`labels\` of the definition say what the expression yields`,
      ],
    ],
    [
      'a grouping label of the site that the expression drops',
      {
        config: { groupBy: ['cluster'] },
        alerts: [alert({ expr: () => promql`max by (relay) (${record()})` })],
      },
      [
        `${ALERT}: dashboard_url uses $labels.cluster, but the expression keeps only these labels: relay: keep cluster in the expression's groupings and joins, or leave it out of the text`,
      ],
    ],
  ],
  'recorded-labels': [
    [
      'labels that differ from the declared ones',
      recordOf('max by (relay, instance) (gateway_pending_writes)'),
      [
        `${RULE}: relay:gateway_pending_writes:max: yields the labels (instance, relay), the definition declares (relay): aggregate with by (...) to the labels declared, or declare what it yields`,
      ],
    ],
  ],
  'recorded-used': [
    [
      'a series that nobody reads, its own rule not counting',
      {
        records: [
          record(),
          record({
            record: 'relay:unused:max',
            expr: () =>
              raw('last_over_time(relay:unused:max[1h]) or on (relay) relay:gateway_pending_writes:max'),
          }),
        ],
      },
      [
        `${RULE}: relay:unused:max: is recorded but nothing reads it: use it in an alert or a panel, or remove it`,
      ],
    ],
  ],
  names: [
    [
      'two alerts of one name',
      { alerts: [alert(), alert()] },
      [`${ALERT}: the alert exists already, in alerts/pending-writes.ts: choose another name`],
    ],
    [
      'a severity in the name',
      { alerts: [alert({ alert: 'GatewayDownCritical' })] },
      [
        'alerts/pending-writes.ts: GatewayDownCritical: is not of the form <Component><Symptom> in PascalCase without a severity: rename it, for example GatewayPendingWritesStuck',
      ],
    ],
    [
      'snake case',
      { alerts: [alert({ alert: 'gateway_down' })] },
      [
        'alerts/pending-writes.ts: gateway_down: is not of the form <Component><Symptom> in PascalCase without a severity: rename it, for example GatewayPendingWritesStuck',
      ],
    ],
    [
      'a recorded name without a level',
      { records: [record({ record: 'gateway_pending_max' })] },
      [
        `${RULE}: gateway_pending_max: is not of the form level:metric:operations with the level relay: name the level after the labels of the series, in their order (none: gateway)`,
      ],
    ],
    [
      'a level that is not what the series carries',
      { records: [record({ record: 'gateway:pending:max' })] },
      [
        `${RULE}: gateway:pending:max: is not of the form level:metric:operations with the level relay: name the level after the labels of the series, in their order (none: gateway)`,
      ],
    ],
    [
      'two recorded series of one name',
      { records: [record(), record()] },
      [
        `${RULE}: relay:gateway_pending_writes:max: the recorded series exists already, in ${RULE}: choose another name`,
      ],
    ],
    [
      'a panel id used twice',
      { panels: [panel(), panel({ title: 'Another question?' })] },
      [
        'dashboards/test.ts: panel 1 "Another question?": the panel id is used twice or is not a whole number above 0: take the next free number; ids are never reused',
      ],
    ],
  ],
  'alert-texts': [
    [
      'a summary that is no sentence',
      { alerts: [alert({ summary: 'broken' })] },
      [
        `${ALERT}: the summary is not one sentence of 12 to 160 characters: write one sentence that ends with a full stop`,
      ],
    ],
    [
      'a description that says nothing',
      { alerts: [alert({ description: 'It is bad.' })] },
      [
        `${ALERT}: the description is shorter than 40 characters: say how bad it is, since when, and what to do first`,
      ],
    ],
    [
      'no source',
      { alerts: [alert({ source: '' })] },
      [`${ALERT}: names no source: name the runbook step or the fact it comes from`],
    ],
    [
      'a severity that does not exist',
      { alerts: [alert({ severity: 'page' as never })] },
      [`${ALERT}: has the severity page: use one of critical, warning, info`],
    ],
    [
      'an alert in the file of another signal',
      { alerts: [alert({ signal: 'gateway' })] },
      [
        `${ALERT}: has the signal gateway but stands in alerts/pending-writes.ts: move it to the file of its signal`,
      ],
    ],
  ],
  'alert-links': [
    [
      'no runbook page',
      { runbooks: [] },
      [`${ALERT}: has no runbook page: write runbooks/GatewayTestFiring.md`],
    ],
    [
      'a page of no alert',
      { runbooks: ['GatewayTestFiring', 'Orphan'] },
      ['runbooks/Orphan.md: Orphan: is the page of no alert: remove the page, or rename it after its alert'],
    ],
    [
      'a dashboard that does not exist',
      { alerts: [alert({ dashboard: { uid: 'nowhere', panel: 1 } })] },
      [`${ALERT}: links the dashboard nowhere, which does not exist: use one of: test`],
    ],
    [
      'a panel that does not exist',
      { alerts: [alert({ dashboard: { uid: 'test', panel: 9 } })] },
      [`${ALERT}: links panel 9 of test, which does not exist: use one of the panel ids 1`],
    ],
  ],
  'confidential-labels': [
    [
      'a peer key in a panel',
      {
        panels: [panel({ queries: [{ expr: () => promql`max by (owner) (${gatewayBlindPeerMirrorLag})` }] })],
      },
      [
        'dashboards/test.ts: panel 1 "Which relays are pending?" query A: shows the label owner, a peer key: aggregate it away, it is nobody’s business outside the host: aggregate the label away',
      ],
    ],
  ],
  'panel-layout': [
    [
      'a panel wider than the grid',
      { panels: [panel({ width: 25 })] },
      [
        'dashboards/test.ts: panel 1 "Which relays are pending?": is 25 columns wide at column 0: a row has 24 columns',
      ],
    ],
    [
      'no unit, no description, no text for no data',
      { panels: [panel({ unit: '', description: '', noData: '' })] },
      [
        'dashboards/test.ts: panel 1 "Which relays are pending?": has no proper description: say what good looks like and where the number comes from',
        'dashboards/test.ts: panel 1 "Which relays are pending?": has no unit: name a Grafana unit, or none',
        'dashboards/test.ts: panel 1 "Which relays are pending?": has no text for no data: tell idle from unmeasured',
      ],
    ],
  ],
};

const passes: Readonly<Record<string, readonly Passes[]>> = {
  'known-labels': [
    [
      'labels added by label_replace',
      alertOf(
        'label_replace(relay:gateway_pending_writes:max, "group", "$1", "relay", "(.+)") * on (group) label_replace(relay:gateway_pending_writes:max, "group", "$1", "relay", "(.+)")',
      ),
    ],
    ['a grouping label of the site', { config: { groupBy: ['cluster'] } }],
    [
      'a label that only some builds have',
      recordOf(`sum by (relay) (${gatewayPendingWritePushes.name}{relay!=""})`),
    ],
  ],
  'known-label-values': [
    [
      'a variable of Grafana',
      {
        panels: [
          panel({ queries: [{ expr: () => raw('gateway_pending_write_push_total{result=~"$result"}') }] }),
        ],
      },
    ],
  ],
  'counter-functions': [
    ['rate of a counter inside a sum', recordOf('sum by (relay) (rate(gateway_replica_fallback_total[5m]))')],
  ],
  'histogram-buckets': [
    [
      'a quantile',
      alertOf(
        'histogram_quantile(0.9, sum by (le, relay) (rate(gateway_pending_write_push_wait_seconds_bucket[5m])))',
      ),
    ],
    [
      'a bound pinned for both versions',
      {
        alerts: [
          alert({
            expr: () =>
              promql`sum by (relay) (rate(${bucketOf(gatewayPendingWritePushWait)}{${leBound(gatewayPendingWritePushWait, 120)}}[5m]))`,
          }),
        ],
      },
    ],
  ],
  'range-length': [
    ['exactly four scrapes', recordOf('sum by (relay) (rate(gateway_replica_fallback_total[2m]))')],
    [
      'a variable of Grafana',
      {
        panels: [
          panel({ queries: [{ expr: () => promql`rate(${gatewayPendingWritePushes}[$__rate_interval])` }] }),
        ],
      },
    ],
    ['a short range over a recorded series', alertOf('last_over_time(relay:gateway_pending_writes:max[1m])')],
  ],
  'annotation-labels': [
    [
      'a label of the alert itself',
      { alerts: [alert({ summary: 'Relay {{ $labels.relay }} is {{ $labels.severity }} in a test.' })] },
    ],
  ],
};

describe('the checks', () => {
  it('are one a file, named by its id, and each shows here what it catches', () => {
    const files = readdirSync(join(root, 'src/checks'))
      .map((name) => name.replace(/\.ts$/, ''))
      .filter((name) => name !== 'index' && name !== 'check');
    expect([...checks.map(({ id }) => id)].sort()).toEqual(files.sort());
    expect(Object.keys(caught).sort()).toEqual(files.sort());
  });

  it('say what they prove in a sentence', () => {
    for (const { proves } of checks) expect(proves).toMatch(/^[A-Z].+\.$/);
  });

  it('find nothing wrong with a bundle without fault', () => {
    expect(problems({})).toEqual([]);
  });
});

describe.each(Object.entries(caught))('%s', (id, cases) => {
  it.each(cases)('catches %s', (_, parts, says) => {
    expect(problemsOf(id, parts)).toEqual(says);
  });
  const letThrough = passes[id] ?? [];
  if (letThrough.length > 0) {
    it.each(letThrough)('lets pass %s', (_, parts) => {
      expect(problemsOf(id, parts)).toEqual([]);
    });
  }
});

describe('metric names', () => {
  it('are spelt in metrics/ only', () => {
    const names = [gatewayPendingWrites, gatewayPendingWritePushes].map(({ name }) => name);
    const sources = ['alerts', 'recording-rules', 'dashboards'].flatMap((folder) =>
      readdirSync(join(root, folder)).map((file) => join(folder, file)),
    );
    const spelt = sources.filter((file) => {
      // Names of recorded series contain metric names by convention.
      const text = readFileSync(join(root, file), 'utf8').replace(/[\w]+:[\w]+:[\w]+/g, '');
      return names.some((name) => new RegExp(`\\b${name}\\b`).test(text));
    });
    expect(spelt).toEqual([]);
  });
});
