import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compareSides } from '../../src/diff/compare.js';
import type { Level } from '../../src/diff/finding.js';
import { packageRoot } from '../../src/package/root.js';
import { readSide } from '../../src/rule-files/parse.js';
import type { SideFile } from '../../src/rule-files/side.js';
import { committed, edited, replaced } from './changes.js';

const base = readSide(committed);
const foreign = readSide(
  ['other-team.rules.yaml', 'autoscaler.yaml'].map((path) => ({
    path,
    text: readFileSync(new URL(`../fixtures/foreign/${path}`, import.meta.url), 'utf8'),
  })),
);
const found = (files: readonly SideFile[], also = readSide([])) => compareSides(base, readSide(files), also);

const gateway = 'gateway.alerts.yaml';
const waiting = 'pending-writes.alerts.yaml';
const push = 'push-wait.alerts.yaml';
const pushRecords = 'push-wait.recording.yaml';
const SLOW = 'gateway:gateway_pending_write_push_wait_slow:ratio';

type Row = readonly [
  change: string,
  files: () => SideFile[],
  kind: string,
  level: Level,
  subject: string,
  consequence: RegExp,
];

/** A panel, also one of a collapsed row. */
// biome-ignore lint/suspicious/noExplicitAny: a panel as it lies on disk
const panel = (dashboard: any, id: number) =>
  dashboard.panels
    .flatMap((one: { panels?: object[] }) => [one, ...(one.panels ?? [])])
    .find((one: { id: number }) => one.id === id);
const overview = (edit: Parameters<typeof edited>[1]) => () => edited('gateway-overview', edit);

const table: Row[] = [
  [
    'an alert is removed',
    () => replaced(gateway, / {6}- alert: GatewayMissing\n(?:.*\n)*?\n/, ''),
    'alert-removed',
    'breaking',
    'alert GatewayMissing',
    /This condition no longer triggers an alert: "Prometheus has no gateway/,
  ],
  [
    'an alert is renamed',
    () => replaced(gateway, 'alert: GatewayDown', 'alert: GatewayGone'),
    'alert-renamed',
    'breaking',
    'alert GatewayGone',
    /Silences, inhibitions and routes for GatewayDown stop matching/,
  ],
  [
    'an alert is added',
    () =>
      replaced(
        gateway,
        '    rules:\n',
        '    rules:\n      - alert: Extra\n        expr: up == 5\n        for: 3m\n        labels: {severity: info}\n',
      ),
    'alert-added',
    'notable',
    'alert Extra',
    /severity info, which fires after 3m/,
  ],
  [
    'a page becomes a ticket',
    () => replaced(gateway, 'severity: critical', 'severity: warning'),
    'severity-changed',
    'breaking',
    'alert GatewayDown',
    /It no longer pages/,
  ],
  [
    'a ticket becomes a page',
    () => replaced(push, 'severity: warning', 'severity: critical'),
    'severity-changed',
    'notable',
    'alert GatewayPushWaitHigh',
    /It now pages/,
  ],
  [
    'the severity is removed',
    () => replaced(gateway, '          severity: critical\n', ''),
    'severity-changed',
    'breaking',
    'alert GatewayDown',
    /default receiver/,
  ],
  [
    'a label that routes ask for has another value',
    () => replaced(gateway, 'signal: gateway', 'signal: process'),
    'label-changed',
    'breaking',
    'alert GatewayDown',
    /for signal="gateway" stop matching/,
  ],
  [
    'a label that routes ask for is removed',
    () => replaced(gateway, '          signal: gateway\n', ''),
    'label-removed',
    'breaking',
    'alert GatewayDown',
    /for signal="gateway" stop matching/,
  ],
  [
    'a label is added',
    () => replaced(gateway, 'signal: gateway\n', 'signal: gateway\n          team: core\n'),
    'label-added',
    'notable',
    'alert GatewayDown',
    /labels change: it will resolve and fire again/,
  ],
  [
    'a threshold is raised',
    () => replaced(waiting, '> 3600', '> 7200'),
    'threshold-changed',
    'notable',
    'alert GatewayPendingWritesWaiting',
    /fires later or less often/,
  ],
  [
    'a threshold is lowered',
    () => replaced(waiting, '> 3600', '> 600'),
    'threshold-changed',
    'notable',
    'alert GatewayPendingWritesWaiting',
    /fires earlier or more often/,
  ],
  [
    'a window is longer',
    () => replaced(waiting, 'cleared:count[10m1ms]', 'cleared:count[30m1ms]'),
    'window-changed',
    'notable',
    'alert GatewayPushesNotIngested',
    /uses a longer window/,
  ],
  [
    'a comparison is another one',
    () =>
      replaced(
        push,
        '(result:gateway_pending_write_pushes:increase) > 0.5',
        '(result:gateway_pending_write_pushes:increase) >= 0.5',
      ),
    'comparison-changed',
    'notable',
    'alert GatewayPushesFailing',
    /on another condition/,
  ],
  [
    'another job is selected',
    () => replaced(gateway, 'up{job="gateway"} == 0', 'up{job="gateway-new"} == 0'),
    'selection-changed',
    'notable',
    'alert GatewayDown',
    /series that are no longer selected cannot trigger it/,
  ],
  [
    'a condition is added',
    () => replaced(gateway, 'up{job="gateway"} == 0', 'up{job="gateway"} == 0 and on () hour() > 6'),
    'condition-changed',
    'notable',
    'alert GatewayDown',
    /less often than before/,
  ],
  [
    'a condition is taken away',
    () => replaced(waiting, '\n            and on () (min by () (up{job="gateway"}) == 1)', ''),
    'condition-changed',
    'notable',
    'alert GatewayPendingWritesForgotten',
    /in more cases than before/,
  ],
  [
    'the expression cannot be read',
    () => replaced(gateway, 'up{job="gateway"} == 0', 'up{job="gateway"} == == 0'),
    'expression-broken',
    'breaking',
    'alert GatewayDown',
    /rejects the whole file/,
  ],
  [
    'an alert no longer says which relay it is about',
    () =>
      replaced(
        waiting,
        'relay:gateway_pending_writes_stuck:max == 1',
        'max(relay:gateway_pending_writes_stuck:max) == 1',
      ),
    'alert-labels-lost',
    'breaking',
    'alert GatewayPendingWritesStuck',
    /no longer has relay.*silences and inhibitions by this label stop/,
  ],
  [
    'the text shows a label that the expression lost',
    () =>
      replaced(
        waiting,
        'relay:gateway_pending_writes_stuck:max == 1',
        'max(relay:gateway_pending_writes_stuck:max) == 1',
      ),
    'text-with-gap',
    'notable',
    'alert GatewayPendingWritesStuck',
    /use relay, which the expression no longer keeps/,
  ],
  [
    'one alert for all becomes one for each result',
    () =>
      replaced(push, `${SLOW} > 0.5`, 'max by (result) (result:gateway_pending_write_pushes:increase) > 0.5'),
    'alert-labels-gained',
    'notable',
    'alert GatewayPushWaitHigh',
    /once per result/,
  ],
  [
    '"for" is longer',
    () => replaced(gateway, 'for: 2m', 'for: 7m'),
    'for-changed',
    'notable',
    'alert GatewayDown',
    /fires 5m later, and faults shorter than 7m never trigger it/,
  ],
  [
    '"for" is gone',
    () => replaced(gateway, '        for: 2m\n', ''),
    'for-changed',
    'notable',
    'alert GatewayDown',
    /at the first evaluation/,
  ],
  [
    '"keep_firing_for" comes',
    () => replaced(gateway, 'for: 2m\n', 'for: 2m\n        keep_firing_for: 10m\n'),
    'keep-firing-for-changed',
    'notable',
    'alert GatewayDown',
    /resolves 10m later/,
  ],
  [
    'the runbook annotation is removed',
    () => replaced(gateway, '          runbook_url: runbooks/GatewayDown.md\n', ''),
    'runbook-lost',
    'breaking',
    'alert GatewayDown',
    /no longer links to a runbook/,
  ],
  [
    'the runbook page is removed',
    () => committed.filter(({ path }) => path !== 'runbooks/GatewayDown.md') as SideFile[],
    'runbook-lost',
    'breaking',
    'alert GatewayDown',
    /page no longer exists/,
  ],
  [
    'the link to the dashboard is removed',
    () => replaced(gateway, '          dashboard_url: /d/gateway-overview?viewPanel=12\n', ''),
    'link-lost',
    'notable',
    'alert GatewayDown',
    /no longer links to a dashboard/,
  ],
  [
    'a summary is reworded',
    () => replaced(gateway, '}} cannot be scraped.', '}} does not answer.'),
    'text-changed',
    'harmless',
    'alert GatewayDown',
    /text of notifications changes: summary/,
  ],
  [
    'a recorded series that others read is removed',
    () => replaced(pushRecords, /\n {6}# Share of acknowledgements[\s\S]*$/, '\n'),
    'record-removed',
    'breaking',
    `record ${SLOW}`,
    /alert GatewayPushWaitHigh, panel gateway-overview\/5 .*still read/,
  ],
  [
    'a recorded series is renamed and its readers are not',
    () => replaced(pushRecords, `record: ${SLOW}`, 'record: gateway:slow:ratio'),
    'record-renamed',
    'breaking',
    'record gateway:slow:ratio',
    /alert GatewayPushWaitHigh.* will get no data/,
  ],
  [
    'a recorded series looks at a longer window',
    () => replaced(pushRecords, /\[15m1ms\]/g, '[30m1ms]'),
    'record-redefined',
    'notable',
    `record ${SLOW}`,
    /alert GatewayPushWaitHigh.* read different values/,
  ],
  [
    'a recorded series loses a label that its readers use',
    () =>
      replaced(
        'pending-writes.recording.yaml',
        'max by (relay) (gateway_pending_writes{job="gateway"} == 1)',
        'max by (instance) (gateway_pending_writes{job="gateway"} == 1)',
      ),
    'record-labels-lost',
    'breaking',
    'record relay:gateway_pending_writes:max',
    /relay, which the series no longer has/,
  ],
  [
    'a recorded series gets a label',
    () => replaced(pushRecords, `record: ${SLOW}\n`, `record: ${SLOW}\n        labels: {site: north}\n`),
    'record-labels-changed',
    'breaking',
    `record ${SLOW}`,
    /may no longer match/,
  ],
  [
    'a group is evaluated less often',
    () => replaced(gateway, 'interval: 30s', 'interval: 2m'),
    'interval-changed',
    'notable',
    'group gateway.alerts',
    /up to 1m30s later/,
  ],
  [
    'a dashboard gets another uid',
    overview((dashboard) => {
      dashboard.uid = 'overview';
    }),
    'dashboard-uid-changed',
    'breaking',
    'dashboard overview',
    /alert .*link to the old uid/,
  ],
  [
    'a dashboard is removed',
    () => committed.filter(({ path }) => !path.endsWith('gateway-overview.json')) as SideFile[],
    'dashboard-removed',
    'breaking',
    'dashboard gateway-overview',
    /alert .* still link to it/,
  ],
  [
    'a panel that an alert links to gets another id',
    overview((dashboard) => {
      panel(dashboard, 12).id = 99;
    }),
    'panel-id-changed',
    'breaking',
    'panel gateway-overview/99',
    /alert .* link to the old id and open nothing/,
  ],
  [
    'a panel that an alert links to is removed',
    overview((dashboard) => {
      for (const row of dashboard.panels)
        row.panels = row.panels?.filter(({ id }: { id: number }) => id !== 12);
    }),
    'panel-removed',
    'breaking',
    'panel gateway-overview/12',
    /these links are broken/,
  ],
  [
    'a variable that alerts set in their links is renamed',
    () =>
      edited('gateway-relay', (dashboard) => {
        dashboard.templating.list.find(({ name }: { name: string }) => name === 'relay').name = 'store';
      }),
    'variable-removed',
    'breaking',
    'dashboard gateway-relay',
    /set var-relay in a link/,
  ],
  [
    'a panel asks something else',
    overview((dashboard) => {
      panel(dashboard, 5).targets[0].expr = panel(dashboard, 5).targets[0].expr.replace('max(', 'min(');
    }),
    'query-changed',
    'notable',
    'panel gateway-overview/5',
    /shows different data/,
  ],
  [
    'a panel lies elsewhere',
    overview((dashboard) => {
      panel(dashboard, 5).gridPos = { x: 0, y: 0, w: 24, h: 4 };
    }),
    'also-differs',
    'harmless',
    'panel gateway-overview/5',
    /not compared: fields of layout/,
  ],
  [
    'a panel has another unit',
    overview((dashboard) => {
      panel(dashboard, 5).fieldConfig.defaults.unit = 'percent';
    }),
    'panel-unit-changed',
    'notable',
    'panel gateway-overview/5',
    /have another unit/,
  ],
  [
    'a panel changes colour elsewhere',
    overview((dashboard) => {
      panel(dashboard, 16).fieldConfig.defaults.thresholds.steps[1].value = 4;
    }),
    'panel-thresholds-changed',
    'notable',
    'panel gateway-overview/16',
    /changes color at other values/,
  ],
];

describe('a change of this project’s rules and dashboards', () => {
  it.each(table)('%s', (_, files, kind, level, subject, consequence) => {
    const findings = found(files());
    expect(findings).toContainEqual(
      expect.objectContaining({ kind, level, subject, consequence: expect.stringMatching(consequence) }),
    );
  });

  it('has consequences of thirty kinds and more in this table', () => {
    expect(new Set(table.map(([change]) => change)).size).toBeGreaterThanOrEqual(30);
  });

  const harmless: (readonly [string, () => SideFile[]])[] = [
    ['nothing', () => [...committed]],
    ['the order of files', () => [...committed].reverse()],
    ['comments in YAML', () => replaced(gateway, '# Why: The gateway', '# Because the gateway')],
    [
      'comments in an expression',
      () => replaced(push, '# without any push this is 0 / 0', '# none gives 0 / 0'),
    ],
    [
      'white space in an expression',
      () => replaced(gateway, 'up{job="gateway"} == 0', 'up{ job = "gateway" }   ==   0'),
    ],
    [
      'redundant parentheses',
      () => replaced(gateway, 'up{job="gateway"} == 0', '((up{job="gateway"}) == (0))'),
    ],
    [
      'the order of matchers',
      () => replaced(pushRecords, /job="gateway", relay!=""/g, 'relay!="", job="gateway"'),
    ],
    [
      'the order of grouping labels',
      () => replaced(pushRecords, 'sum by (relay, result)', 'sum by (result, relay)'),
    ],
    [
      'where the grouping stands',
      () =>
        replaced(
          'pending-writes.recording.yaml',
          'max by (relay) (gateway_pending_writes{job="gateway"} == 1)',
          'max(gateway_pending_writes{job="gateway"} == 1) by (relay)',
        ),
    ],
    ['how a number is written', () => replaced(waiting, '> 3600', '> 3.6e3')],
    ['how a duration is written in an expression', () => replaced(pushRecords, /\[15m1ms\]/g, '[900s1ms]')],
    ['how a duration is written in "for"', () => replaced(gateway, 'for: 2m', 'for: 120s')],
    ['how strings are quoted', () => replaced(gateway, 'up{job="gateway"} == 0', "up{job='gateway'} == 0")],
    [
      'the side on which a number is compared',
      () => replaced(gateway, 'up{job="gateway"} == 0', '0 == up{job="gateway"}'),
    ],
    ['the indentation of a dashboard', overview(() => undefined)],
  ];
  it.each(harmless)('is none where only %s changed', (_, files) => {
    expect(found(files())).toEqual([]);
  });

  it('names the Alertmanager configurations that still ask for an alert under its old name', () => {
    const path = 'generated/alertmanager/alertmanager.example.yaml';
    const configuration = { path, text: readFileSync(join(packageRoot, path), 'utf8') };
    const renamed = replaced(gateway, 'alert: GatewayDown', 'alert: GatewayGone');
    expect(found([...renamed, configuration])[0]?.consequence).toMatch(
      /alertmanager\.example\.yaml still names it\.$/,
    );
    expect(found(renamed)[0]?.consequence).not.toContain('still names');
  });

  it('names the files of others that still read a series, or link to a panel', () => {
    const gone = found(replaced(pushRecords, `record: ${SLOW}`, 'record: x:y:z'), foreign);
    expect(gone.find(({ kind }) => kind === 'record-renamed')?.consequence).toMatch(/and 1 more|OtherTeam/);
    const unread = replaced(pushRecords, `record: ${SLOW}`, 'record: x:y:z').map((file) =>
      file.path.endsWith('.recording.yaml') ? file : { ...file, text: file.text.replaceAll(SLOW, 'x:y:z') },
    );
    expect(found(unread, readSide([])).find(({ kind }) => kind === 'record-renamed')?.level).toBe('notable');
    expect(found(unread, foreign).find(({ kind }) => kind === 'record-renamed')).toMatchObject({
      level: 'breaking',
      consequence: `other-team.rules.yaml (alert OtherTeamPushesSlow) still reads ${SLOW} and will get no data.`,
    });
  });
});

describe('rules of one name', () => {
  const rules = (...lines: string[]) =>
    readSide([
      {
        path: 'r.yaml',
        text: `groups:\n- name: g\n  rules:\n${lines.map((line) => `  - ${line}`).join('\n')}\n`,
      },
    ]);
  const rule = (above: number, severity: string) =>
    `{alert: Slow, expr: 'x > ${above}', labels: {severity: ${severity}}}`;

  it('are told apart by their severity', () => {
    const findings = compareSides(
      rules(rule(10, 'warning'), rule(20, 'critical')),
      rules(rule(25, 'critical'), rule(10, 'warning')),
    );
    expect(findings).toEqual([
      expect.objectContaining({
        kind: 'threshold-changed',
        subject: 'alert Slow (critical)',
        before: '20',
        after: '25',
      }),
      expect.objectContaining({ kind: 'rules-reordered', level: 'harmless' }),
    ]);
  });

  it('are the same one where only the severity of one of them changed', () => {
    const findings = compareSides(
      rules(rule(10, 'warning'), rule(20, 'critical')),
      rules(rule(10, 'info'), rule(20, 'critical')),
    );
    expect(findings.map(({ kind, before, after }) => [kind, before, after])).toEqual([
      ['severity-changed', 'warning', 'info'],
    ]);
  });
});
