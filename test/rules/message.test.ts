import { describe, expect, it } from 'vitest';
import type { RenderedAlert, RuleCase } from './rule-case.js';
import { bundleFor, runCases } from './run-cases.js';

const KEY = '4121c78e6c2a5d1f4121c78e6c2a5d1f4121c78e6c2a5d1f4121c78e6c2a5d1f';
const WORKER = 'job="pending-writes-exporter"';

/** A relay that is stuck, what the exporters say about it, and the alert as it is to be rendered. */
const stuck = (
  relay: string,
  exporters: Readonly<Record<string, string>>,
  { summary, host }: { readonly summary: string; readonly host: string },
  config?: RuleCase['config'],
  site = '',
): readonly [RuleCase, RenderedAlert] => [
  {
    rule: 'GatewayPendingWritesStuck',
    name: 'fires for the relay',
    aspects: ['fires'],
    ...(config === undefined ? {} : { config }),
    series: {
      [`relay:gateway_pending_writes_stuck:max{${site}relay="${relay}"}`]: '1x10',
      [`relay:gateway_pending_writes:start_timestamp_seconds{${site}relay="${relay}"}`]: '7230x10',
      ...exporters,
    },
    firing: { '2m': [{ relay, ...(site === '' ? {} : { cluster: 'eu' }) }] },
  },
  {
    case: 'fires for the relay',
    at: '2m',
    labels: {
      alertname: 'GatewayPendingWritesStuck',
      severity: 'critical',
      signal: 'pending-writes',
      relay,
      ...(site === '' ? {} : { cluster: 'eu' }),
    },
    annotations: {
      summary,
      description: `The writes exist only on the gateway and its mirrors. A failed job is not retried automatically. First check that the worker is running. Then restart the gateway service inside the worker app (not the gateway), but only if its state file is valid: a restart on a broken file loses the queue. If its host is unknown, check the mirrors: while they are healthy, the rest can wait until its owner is awake. ${host}`,
      runbook_url: 'runbooks/GatewayPendingWritesStuck.md',
      dashboard_url: `/d/gateway-relay?${site === '' ? '' : 'var-cluster=eu&'}var-relay=${encodeURIComponent(relay)}`,
    },
  },
];

const summary = (name: string) =>
  `The worker of relay ${name} received pending-write pushes but does not ingest the writes (pending since 1970-01-01 02:00 UTC).`;

describe('the message of an alert about a relay', () => {
  it.each([
    [
      'shortens a key of 64 digits and names the host of its worker',
      stuck(
        KEY,
        {
          [`pending_writes_pending{${WORKER}, instance="laptop-7:9797", relay="${KEY}"}`]: '1x10',
          [`pending_writes_pending{${WORKER}, instance="laptop-8:9797", relay="another"}`]: '1x10',
        },
        { summary: summary('4121c78e6c2a…'), host: 'The worker is on laptop-7:9797.' },
      ),
    ],
    [
      'keeps any other name whole, and finds a worker that names the relay in a rotation only',
      stuck(
        'public-gateway:hyperbee',
        {
          [`pending_writes_rotation_last_attempts{${WORKER}, instance="laptop-7:9797", relay="public-gateway:hyperbee"}`]:
            '1x10',
        },
        { summary: summary('public-gateway:hyperbee'), host: 'The worker is on laptop-7:9797.' },
      ),
    ],
    [
      'gives the number of workers where there are several',
      stuck(
        'a',
        {
          [`pending_writes_pending{${WORKER}, instance="laptop-7:9797", relay="a"}`]: '1x10',
          [`pending_writes_rotation_last_attempts{${WORKER}, instance="laptop-7:9797", relay="a"}`]: '1x10',
          [`pending_writes_pending{${WORKER}, instance="laptop-8:9797", relay="a"}`]: '0x10',
        },
        { summary: summary('a'), host: 'This relay has 2 workers; the dashboard shows their hosts.' },
      ),
    ],
    [
      'says that the host is unknown where no exporter shows it',
      stuck(
        'a',
        {},
        {
          summary: summary('a'),
          host: 'No exporter reports the worker of this relay at the moment; the runbook page shows where to ask for its host.',
        },
      ),
    ],
    [
      'asks only the exporters of the same installation',
      stuck(
        'a',
        {
          [`pending_writes_pending{${WORKER}, instance="laptop-7:9797", relay="a", cluster="eu"}`]: '1x10',
          [`pending_writes_pending{${WORKER}, instance="laptop-8:9797", relay="a", cluster="us"}`]: '1x10',
        },
        { summary: summary('a'), host: 'The worker is on laptop-7:9797.' },
        { groupBy: ['cluster'] },
        'cluster="eu", ',
      ),
    ],
    [
      'is written also where the job is a pattern with quotes, backslashes and percent signs',
      stuck(
        'a',
        { 'pending_writes_pending{job="ex.p\\"%d`", instance="laptop-7:9797", relay="a"}': '1x10' },
        { summary: summary('a'), host: 'The worker is on laptop-7:9797.' },
        { jobs: { exporter: 'ex\\.p"%d`' } },
      ),
    ],
  ])('%s', async (_, [ruleCase, rendered]) => {
    expect(await runCases([ruleCase], { rendered: [rendered] })).toBe('');
  });

  it('links to the dashboard of the relay, and to a panel where it names no relay', () => {
    const rules = bundleFor(undefined).alertGroups.flatMap((group) => group.rules);
    const urls = rules.map(({ definition, annotations }) => [
      definition.labels.includes('relay'),
      /^\/d\/gateway-relay\?var-relay=/.test(annotations.dashboard_url),
    ]);
    expect(urls.filter(([ofRelay, toRelay]) => ofRelay !== toRelay)).toEqual([]);
  });

  it('has no query in Grafana, whose templates cannot ask for one, and names the dashboard instead', () => {
    const rules = bundleFor(undefined).alertGroups.flatMap((group) => group.rules);
    for (const { alert, definition, grafanaAnnotations } of rules) {
      expect([alert, Object.values(grafanaAnnotations).join(' ')]).not.toEqual([
        alert,
        expect.stringMatching(/\|\s*query\b/),
      ]);
      if (definition.labels.includes('relay'))
        expect(grafanaAnnotations.description).toMatch(/The dashboard ".+" shows the host of its worker\.$/);
    }
  });
});
