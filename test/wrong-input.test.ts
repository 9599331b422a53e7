import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { temporaryFolder } from '../src/processes/temporary-folder.js';
import { promql } from '../src/promql/template.js';
import {
  ALERT,
  alert,
  alertOf,
  dashboard,
  PANEL,
  type Parts,
  panel,
  panelOf,
  problems,
  RULE,
  raw,
  record,
  recordOf,
} from './checks/bundle-fixture.js';
import { gatewayObservability, root } from './cli/command.js';
import { bundleCommandLine } from './compiled.js';
import { type Outcome, outcomeOf } from './outcome.js';

/** What somebody got wrong, where, the definition, and the part of the message that no other fault has. */
type Wrong = readonly [fault: string, where: string, parts: Parts, says: string];

const counter = 'gateway_replica_fallback_total';
const buckets = 'gateway_pending_write_push_wait_seconds_bucket';

const WRONG: readonly Wrong[] = [
  [
    'a misspelt metric',
    RULE,
    recordOf('max by (relay) (gateway_pending_write)'),
    'did you mean "gateway_pending_writes"?',
  ],
  [
    'a misspelt recorded series',
    ALERT,
    alertOf('relay:gateway_pending_write:max'),
    'did you mean "relay:gateway_pending_writes:max"?',
  ],
  [
    'a misspelt metric in a panel',
    `${PANEL} query A`,
    panelOf('gateway_active_peer'),
    'did you mean "gateway_active_peers"?',
  ],
  [
    'a wrong label in by ()',
    ALERT,
    alertOf('max by (relay, peer) (relay:gateway_pending_writes:max)'),
    'max by (peer): its operand has no label peer',
  ],
  [
    'a wrong label in without ()',
    ALERT,
    alertOf('max without (peer) (relay:gateway_pending_writes:max)'),
    'max without (peer): its operand has no label peer',
  ],
  [
    'a matcher on a label that is not there',
    ALERT,
    alertOf('relay:gateway_pending_writes:max{instance="a"}'),
    'matcher on instance, which relay:gateway_pending_writes:max does not have',
  ],
  [
    'an unknown value of a label',
    RULE,
    recordOf(`max by (relay) (${counter}{mode="reads"})`),
    'mode="reads"} matches none of the known values (read, write, session)',
  ],
  [
    'a label for on () that one side lacks',
    ALERT,
    alertOf('relay:gateway_pending_writes:max and on (relay) count(gateway_pending_writes)'),
    'on (relay): the right side has no label relay',
  ],
  [
    'a label for group_left () that the other side lacks',
    ALERT,
    alertOf(
      'relay:gateway_pending_writes:max * on (relay) group_left (node) relay:gateway_pending_writes:max',
    ),
    'group_left (node): the other side has no label node',
  ],
  [
    'a label for ignoring () that neither side has',
    ALERT,
    alertOf('relay:gateway_pending_writes:max * ignoring (node) relay:gateway_pending_writes:max'),
    'ignoring (node): neither side has the label node',
  ],
  [
    'sides that never match',
    ALERT,
    alertOf(
      'relay:gateway_pending_writes:max > on (relay) relay:gateway_pending_writes:max unless count(gateway_pending_writes)',
    ),
    'the sides carry different labels, (relay) and ()',
  ],
  [
    'rate on a gauge',
    RULE,
    recordOf('max by (relay) (rate(gateway_pending_writes[5m]))'),
    'rate of gateway_pending_writes, which is a gauge',
  ],
  [
    'delta on a counter',
    RULE,
    recordOf(`max by (relay) (delta(${counter}[5m]))`),
    `delta of ${counter}, which is a counter`,
  ],
  [
    'rate of a recorded series',
    ALERT,
    alertOf('rate(relay:gateway_pending_writes:max[5m]) > 0'),
    'rate of relay:gateway_pending_writes:max, which is a recorded series',
  ],
  [
    'buckets outside histogram_quantile',
    RULE,
    recordOf(`sum by (relay) (rate(${buckets}[5m]))`),
    `${buckets} is used outside histogram_quantile without a matcher on le`,
  ],
  [
    'a bucket bound that does not exist',
    RULE,
    recordOf(`sum by (relay) (rate(${buckets}{le=~"90(\\\\.0)?"}[5m]))`),
    'matches 0 of the bucket bounds',
  ],
  [
    'a bucket bound for one version of Prometheus',
    RULE,
    recordOf(`sum by (relay) (rate(${buckets}{le="60"}[5m]))`),
    'le="60" matches in Prometheus 2 or in Prometheus 3, not in both',
  ],
  [
    'a quantile of buckets that were summed away',
    RULE,
    recordOf(`histogram_quantile(0.9, sum by (relay) (rate(${buckets}[5m])))`),
    'histogram_quantile needs the label le, which its operand has lost',
  ],
  [
    'a range under four scrapes',
    RULE,
    recordOf(`max by (relay) (increase(${counter}[90s]))`),
    `the range ${counter}[90s] contains fewer than four scrapes of 30s`,
  ],
  [
    'a parenthesis too few',
    ALERT,
    alertOf('max by (relay) (relay:gateway_pending_writes:max'),
    'unexpected end of the expression',
  ],
  [
    'a range without a function',
    ALERT,
    alertOf('sum by (relay) (relay:gateway_pending_writes:max[5m])'),
    'expected type vector in aggregation expression, got matrix',
  ],
  [
    'a function that Prometheus 2.42 does not have',
    ALERT,
    alertOf('sort_by_label(relay:gateway_pending_writes:max, "relay")'),
    'sort_by_label, which Prometheus 2.42 does not have',
  ],
  [
    'a duration without a unit',
    ALERT,
    alertOf('last_over_time(relay:gateway_pending_writes:max[300])'),
    'expected a duration with a unit',
  ],
  [
    'a regular expression that Prometheus cannot read',
    ALERT,
    alertOf('relay:gateway_pending_writes:max{relay!~"(?=a).*"}'),
    'a regular expression that uses lookahead or lookbehind',
  ],
  [
    'a number that is none',
    ALERT,
    { alerts: [alert({ expr: () => promql`${record()} > ${Number.NaN}` })] },
    'promql: found NaN, expected a finite number',
  ],
  [
    'a label that the annotation uses and the expression lost',
    ALERT,
    { alerts: [alert({ summary: 'The relay at {{ $labels.instance }} is pending.' })] },
    'summary uses $labels.instance, but the expression keeps only these labels: relay',
  ],
  [
    'a label that the legend uses and the expression lost',
    `${PANEL} query A`,
    { panels: [panel({ queries: [{ expr: () => promql`count(${record()})`, legend: '{{relay}}' }] })] },
    'the legend uses {{relay}}, but the expression keeps only these labels: none',
  ],
  [
    'a variable that templates do not have',
    ALERT,
    { alerts: [alert({ summary: 'Relay {{ $label.relay }} is pending in a test.' })] },
    'the summary uses $label, which no template has',
  ],
  [
    'a label that the alert declares and the expression lost',
    ALERT,
    { alerts: [alert({ labels: ['relay', 'job'] })] },
    'declares the label job, but the expression keeps only these labels: relay',
  ],
  [
    'labels that a recording rule does not declare',
    RULE,
    recordOf('max by (relay, job) (gateway_pending_writes)'),
    'returns the labels (job, relay), but the definition declares (relay)',
  ],
  [
    'a recorded series that nothing reads',
    'recording-rules/pending-writes.ts: relay:nobody:max',
    { records: [record(), record({ record: 'relay:nobody:max' })] },
    'is recorded but never read',
  ],
  [
    'a peer key in a panel',
    `${PANEL} query A`,
    panelOf('gateway_blind_peer_mirror_state{job=~"$job", instance=~"$instance"}'),
    'shows the label owner, a peer key',
  ],
  [
    'a fixed window in a panel',
    `${PANEL} query A`,
    panelOf('sum(rate(gateway_replica_fallback_total{job=~"$job", instance=~"$instance"}[10m]))'),
    'uses rate over 10m',
  ],
  [
    'a panel over every job',
    `${PANEL} query A`,
    panelOf('max(gateway_active_peers)'),
    'selects gateway_active_peers without job and instance',
  ],
  [
    'a line without a name',
    PANEL,
    { panels: [panel({ queries: [{ expr: () => raw('relay:gateway_pending_writes:max') }] })] },
    'has a query without a legend',
  ],
  ['two alerts of one name', ALERT, { alerts: [alert(), alert()] }, 'the alert already exists'],
  [
    'two recorded series of one name',
    RULE,
    { records: [record(), record()] },
    'the recorded series already exists',
  ],
  [
    'a severity in the name of an alert',
    'alerts/pending-writes.ts: GatewayStuckWarning',
    { alerts: [alert({ alert: 'GatewayStuckWarning' })] },
    'is not of the form <Component><Symptom>',
  ],
  [
    'a recorded name without its level',
    'recording-rules/pending-writes.ts: pending_writes:max',
    {
      records: [record(), record({ record: 'pending_writes:max' })],
      panels: [panel(), panel({ id: 2, queries: [{ expr: () => raw('pending_writes:max'), legend: 'x' }] })],
    },
    'is not of the form level:metric:operations with the level relay',
  ],
  [
    'a dashboard with an impossible uid',
    'dashboards/Test.ts: Test',
    {
      dashboards: [{ ...dashboard(panel()), uid: 'Test' }],
      alerts: [alert({ dashboard: { uid: 'Test', panel: 1 } })],
    },
    'is not a uid of 1 to 40 lower-case letters',
  ],
  ['a missing runbook page', ALERT, { runbooks: [] }, 'has no runbook page'],
  [
    'a runbook page without its alert',
    'alerts/pages/index.ts: GatewayGone',
    { runbooks: ['GatewayTestFiring', 'GatewayGone'] },
    'belongs to no alert',
  ],
  [
    'a panel that does not exist',
    ALERT,
    { alerts: [alert({ dashboard: { uid: 'test', panel: 7 } })] },
    'links panel 7 of test, which does not exist',
  ],
  [
    'a dashboard that does not exist',
    ALERT,
    { alerts: [alert({ dashboard: { uid: 'tset', panel: 1 } })] },
    'links the dashboard tset, which does not exist',
  ],
  [
    'two panels of one id',
    'dashboards/test.ts: panel 1 "Second?"',
    { panels: [panel(), panel({ title: 'Second?' })] },
    'the panel id is used twice',
  ],
  [
    'a panel wider than the board',
    PANEL,
    { panels: [panel({ width: 30 })] },
    'is 30 columns wide at column 0',
  ],
  [
    'a panel without a text for missing data',
    PANEL,
    { panels: [panel({ noData: '' })] },
    'has no text for missing data',
  ],
  [
    'an alert without a severity',
    ALERT,
    { alerts: [alert({ severity: undefined as never })] },
    'has the severity undefined',
  ],
  [
    'an alert in the file of another signal',
    ALERT,
    { alerts: [alert({ signal: 'gateway' })] },
    'has the signal gateway but is in alerts/pending-writes.ts',
  ],
  [
    'a summary that is no sentence',
    ALERT,
    { alerts: [alert({ summary: 'pending' })] },
    'the summary is not one sentence',
  ],
  [
    'an alert without a rationale',
    ALERT,
    { alerts: [alert({ rationale: '' })] },
    'the rationale is not a sentence',
  ],
];

describe('a wrong definition', () => {
  it.each(WRONG)('gets one message that names it and its place: %s', (_, where, parts, says) => {
    const messages = problems(parts);
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatch(/^[^:]+\.(?:ts|md): /);
    expect(messages[0]?.startsWith(`${where}: `), messages[0]).toBe(true);
    expect(messages[0]).toContain(says);
  });

  it('gets a message of its own, of which no other fault is told by', () => {
    const all = WRONG.map(([fault, , parts]) => ({ fault, messages: problems(parts) }));
    for (const [fault, , , says] of WRONG) {
      const others = all.filter((one) => one.fault !== fault).flatMap(({ messages }) => messages);
      expect(others.filter((message) => message.includes(says))).toEqual([]);
    }
  });
});

describe('a wrong definition in the project', () => {
  const { path: folder, remove } = temporaryFolder('gateway-wrong');
  let checked: Outcome;
  let generated: Outcome;

  /** Replaces text in a file of the copy; throws where it does not stand there. */
  const edit = async (file: string, from: string | RegExp, to: string) => {
    const text = await readFile(join(folder, file), 'utf8');
    const changed = text.replace(from, to);
    if (changed === text) throw new Error(`${file} does not hold ${from}`);
    await writeFile(join(folder, file), changed);
  };

  const inCopy = (command: string) =>
    outcomeOf(process.execPath, [join(folder, 'dist/src/cli/main.js'), command], { cwd: folder });

  beforeAll(async () => {
    for (const part of [
      'src',
      'metrics',
      'recording-rules',
      'alerts',
      'dashboards',
      'runbooks',
      'package.json',
    ]) {
      await cp(join(root, part), join(folder, part), { recursive: true });
    }
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
    await mkdir(join(folder, 'generated'));
    await edit('alerts/gateway.ts', "alert: 'GatewayDown'", "alert: 'GatewayDownCritical'");
    await edit('alerts/exporter.ts', '{{ $labels.instance }}', '{{ $labels.host }}');
    await edit('dashboards/gateway-overview.ts', /\n(\s+)width: \d+/, '\n$1width: 25');
    await bundleCommandLine(folder, join(folder, 'dist'));
    checked = await inCopy('check');
    generated = await inCopy('generate');
  });
  afterAll(remove);

  it('makes check and generate end with 1, and write nothing', async () => {
    expect(checked).toMatchObject({ code: 1, stdout: '' });
    expect(generated).toEqual(checked);
    expect(await readdir(join(folder, 'generated'))).toEqual([]);
  });

  it.each([
    ['alerts/gateway.ts: GatewayDownCritical: is not of the form'],
    ['alerts/gateway.ts: GatewayDownCritical: has no runbook page: write it in alerts/pages/gateway.ts'],
    ['alerts/pages/index.ts: GatewayDown: belongs to no alert'],
    [
      /^alerts\/exporter\.ts: \w+: (?:summary|description) uses \$labels\.host, but the expression keeps only/m,
    ],
    [/^dashboards\/gateway-overview\.ts: panel \d+ ".+": is 25 columns wide/m],
    [/^\d+ problems in the definitions$/m],
  ])('is told on the standard error: %s', (message) => {
    expect(checked.stderr).toMatch(message);
  });
});

describe('a wrong configuration, from the command line', () => {
  const { path: folder, remove } = temporaryFolder('gateway-wrong');
  afterAll(remove);

  it.each([
    [
      'keys and values, all told at once',
      stringify({
        treshholds: {},
        jobs: { gateway: '(' },
        groupBy: ['data-centre'],
        scrapeInterval: 30,
        rateWindow: '5',
        links: { runbooks: 'wiki' },
        workers: { alwaysOn: 'yes' },
        labels: { severity: 'x' },
        thresholds: { pushWait: { failedShare: 50 }, leaseExpiry: { expiresWithin: '2m' } },
        alerts: { GatewayDown: { for: 'soon', severity: 'page', disabled: true } },
      }),
      [
        'treshholds: unknown key, did you mean "thresholds"?',
        'jobs.gateway: found "("',
        'groupBy.0: found "data-centre"',
        'scrapeInterval: found 30, expected a duration',
        'rateWindow: found "5", expected a Prometheus duration',
        'links.runbooks: found "wiki", expected an http or https URL',
        'workers.alwaysOn: found "yes", expected true or false',
        'labels.severity: found "severity", which the rules use themselves',
        'thresholds.pushWait.failedShare: found 50, expected a number from 0 to 1',
        'thresholds.leaseExpiry.expiresWithin: unknown key, did you mean "expiringWithin"?',
        'alerts.GatewayDown.for: found "soon"',
        'alerts.GatewayDown.severity: found "page", expected one of critical, warning, info',
        'alerts.GatewayDown.disabled: found true, expected the reason',
      ],
    ],
    [
      'values that do not go together, all reported at once',
      stringify({
        scrapeInterval: '2m',
        groupBy: ['reason', 'cluster'],
        labels: { cluster: 'x' },
        jobs: { exporter: 'gateway' },
        thresholds: {
          pendingWrites: { warningAfter: '30h', infoAfter: '40h' },
          pushWait: { slowSeconds: 900 },
          leaseExpiry: { expiringWithin: '10m' },
        },
      }),
      [
        'thresholds.pendingWrites.infoAfter: found 40h, expected less than thresholds.pendingWrites.warningAfter (30h)',
        'thresholds.pendingWrites.warningAfter: found 30h, expected less than thresholds.pendingWrites.criticalAfter (24h)',
        'thresholds.leaseExpiry.expiringWithin: found 10m, expected less than thresholds.leaseExpiry.leaseDuration (10m)',
        'rateWindow: found 5m, expected at least 480s: a range must contain at least four scrapes',
        'thresholds.leaseExpiry.wantedWithin: found 2m, expected at least 480s',
        'thresholds.pendingWrites.stuckAfter: found 10m, expected at least 720s',
        'thresholds.pendingWrites.unpushedAfter: found 10m, expected at least 720s',
        'thresholds.pushWait.slowSeconds: found 900, which is not below the top bucket of 600',
        'jobs.exporter: found "gateway", which selects targets of jobs.gateway ("gateway") as well',
        'groupBy.0: found "reason", which is a label of',
        'labels.cluster: is also in groupBy',
      ],
    ],
    [
      'alerts that do not exist',
      stringify({ alerts: { GatewayDwon: { severity: 'info' }, Unheard: {} } }),
      [
        'alerts.GatewayDwon: no alert has this name, did you mean "GatewayDown"?',
        'alerts.Unheard: no alert has this name',
      ],
    ],
    ['no YAML', 'jobs: {gateway: a\n  b: [', ['(file): line ']],
  ])('ends with 2 and a line for every fault: %s', async (_, text, says) => {
    const config = join(folder, 'site.yaml');
    await writeFile(config, text);
    const { code, stdout, stderr } = await gatewayObservability(['check', '--config', config]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    const lines = stderr.trimEnd().split('\n');
    expect(lines.filter((line) => !line.startsWith(`${config}: `))).toEqual([]);
    for (const part of says) {
      expect(
        lines.filter((line) => line.startsWith(`${config}: ${part}`)),
        part,
      ).toHaveLength(1);
    }
    expect(lines).toHaveLength(says.length);
  });
});
