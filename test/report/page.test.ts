import { describe, expect, it } from 'vitest';
import type { Markup } from '../../src/html/markup.js';
import type { ReportContents, ReportedAlert, ReportedRecord } from '../../src/report/contents.js';
import { dashboardSection } from '../../src/report/dashboards.js';
import {
  alertLink,
  badge,
  facts,
  panelId,
  panelLink,
  pluralized,
  recordId,
  recordLink,
  settingValue,
  table,
} from '../../src/report/elements.js';
import { notificationsSection } from '../../src/report/notifications-section.js';
import { reportPage } from '../../src/report/page.js';
import type { Picture } from '../../src/report/pictures.js';
import { alertItem, firingText, longest, recordItem } from '../../src/report/rules.js';
import { settingItem } from '../../src/report/setting-item.js';

/** What a reader sees: the text between the tags, one line per piece. */
const textOf = (markup: Markup | string): string[] =>
  String(markup)
    .replace(/<(style|script)>.*?<\/\1>/gs, '')
    .replace(/<\/?(?:p|dt|dd|h\d|tr|li|td|th|div|summary|pre|caption|figcaption|ul|dl|br)\b[^>]*>/g, '\n')
    .replace(/<[^>]+>/g, '')
    .replaceAll('\u00a0', ' ')
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);

const cells = (markup: Markup | string, row: number): string[] =>
  [...(String(markup).split('<tr ')[row] ?? '').matchAll(/<t[hd] [^>]*>(.*?)<\/t[hd]>/gs)].map(
    ([, cell = '']) => cell.replaceAll('<br>', ' | ').replace(/<[^>]+>/g, ''),
  );

describe('the parts of the report', () => {
  it('count in words', () => {
    expect([0, 1, 2].map((count) => pluralized(count, 'alert'))).toEqual(['0 alerts', '1 alert', '2 alerts']);
    expect([1, 2].map((count) => pluralized(count, 'one', 'ones'))).toEqual(['1 one', '2 ones']);
  });

  it('link to each other by ids that a link can have', () => {
    expect(alertLink('GatewayDown').text).toBe('<a href="#alert-GatewayDown">GatewayDown</a>');
    expect(recordId('relay:gateway_x:max')).toBe('record-relay-gateway_x-max');
    expect(recordLink('a:b:c').text).toBe('<a href="#record-a-b-c"><code>a:b:c</code></a>');
    expect(panelId('gateway-relay/5')).toBe('panel-gateway-relay-5');
    expect(panelLink('gateway-relay/5').text).toBe('<a href="#panel-gateway-relay-5">gateway-relay/5</a>');
    expect(badge('critical').text).toBe('<span class="badge critical">critical</span>');
  });

  it('show the value of a setting as it would stand in the file', () => {
    expect([undefined, '"30s"', '0.5', '["a","b"]'].map((json) => textOf(settingValue(json)))).toEqual([
      ['unset'],
      ['30s'],
      ['0.5'],
      ['[&quot;a&quot;,&quot;b&quot;]'],
    ]);
  });

  it('are tables with a head, whose cells know their column', () => {
    const markup = table(
      'Title',
      ['Alert', 'Fires'],
      [
        ['A', '5m'],
        ['B', '<'],
      ],
    );
    expect(textOf(markup)).toEqual(['Title', 'Alert', 'Fires', 'A', '5m', 'B', '&lt;']);
    expect(markup.text).toContain(
      '<th role="rowheader" scope="row">A</th><td role="cell" data-label="Fires">5m</td>',
    );
    expect(markup.text.match(/<th role="columnheader"/g)).toHaveLength(2);
  });

  it('leave out facts without a value', () => {
    expect(
      textOf(
        facts([
          ['Unit', 's'],
          ['Empty when', undefined],
          ['Reads', ''],
        ]),
      ),
    ).toEqual(['Unit', 's']);
  });
});

const rule = (more: object = {}, definition: object = {}) => ({
  alert: 'GatewayDown',
  severity: 'critical',
  expr: 'up == 0',
  for: '5m',
  annotations: {
    summary: 'It is down.',
    description: 'Look at <it>.',
    runbook_url: 'runbooks/GatewayDown.md',
  },
  labels: {},
  definition: {
    signal: 'gateway',
    rationale: 'Nothing else works.',
    runbookSteps: ['3', '4'],
    labels: ['relay', 'kind'],
    dashboard: { uid: 'gateway-overview', panel: 2 },
    ...definition,
  },
  ...more,
});
const SETTING = { path: 'thresholds.pushWait.slowShare', value: '0.5' };
const alertOf = (more: object = {}) =>
  ({
    rule: rule(),
    detections: [{ scenario: 'a gateway stops', detectableFrom: '10m', by: '12m', delay: '2m' }],
    settings: [
      { setting: SETTING, through: [] },
      { setting: { path: 'rateWindow', value: '"5m"' }, through: ['a:b:c', 'd:e:f'] },
    ],
    cases: [
      { rule: 'GatewayDown', name: 'fires when all are down', aspects: ['fires', 'boundary'] },
      { rule: 'GatewayDown', name: 'stays silent', aspects: [] },
    ],
    mutants: { mutants: 12, equivalent: 1, proven: true },
    panel: 'Gateway: overview / Gateways',
    inhibits: ['WorkerDown', 'MirrorDown'],
    ...more,
  }) as unknown as ReportedAlert;

describe('an alert of the report', () => {
  it.each([
    [{ for: '5m' }, 'after 5m'],
    [{ for: '0s' }, 'at once'],
    [{ for: undefined }, 'at once'],
    [{ for: '1m', keepFiringFor: '10m' }, 'after 1m, keeps firing for 10m'],
  ])('states when it fires: %o', (times, text) => {
    expect(firingText(alertOf({ rule: rule(times) })).replaceAll('\u00a0', ' ')).toBe(text);
  });

  it('has everything that is known of it', () => {
    const markup = alertItem(alertOf());
    expect(textOf(markup)).toEqual([
      ...['GatewayDown', 'critical after 5mIt is down.', 'Look at &lt;it&gt;.'],
      ...['Fires', 'after 5m', 'Signal', 'gateway', 'Why', 'Nothing else works.', 'Runbook steps', '3, 4'],
      ...[
        'Labels',
        'relay, kind',
        'Runbook',
        'runbooks/GatewayDown.md',
        'Inhibits',
        'WorkerDown, MirrorDown',
      ],
      ...['Panel', 'Gateway: overview / Gateways', 'up == 0', 'Thresholds and times'],
      ...['thresholds.pushWait.slowShare = 0.5', 'rateWindow = 5m through a:b:c, d:e:f'],
      ...[
        'Detection times in the simulator&#39;s scenarios',
        'Scenario',
        'Detectable from',
        'Fires by',
        'After',
      ],
      ...['a gateway stops', '10m', '12m', '2m'],
      ...['Tests (2)', 'fires when all are down (fires, boundary)', 'stays silent', 'Mutants'],
      '12 mutants of this rule: the tests detect 11; 1 one equivalent, with a stated reason.',
    ]);
    expect(markup.text).toContain('id="alert-GatewayDown"');
    expect(markup.text).toContain('<a href="#panel-gateway-overview-2">Gateway: overview / Gateways</a>');
    expect(markup.text).toContain('<a href="#setting-thresholds.pushWait.slowShare">');
  });

  it('has the situation that it is about, and no times that are not known', () => {
    const situation = rule({}, { situation: 1 });
    const markup = alertItem(alertOf({ rule: situation, detections: [{ scenario: 's', by: '1m' }] }));
    const lines = textOf(markup);
    expect(lines.slice(lines.indexOf('Situation')).slice(0, 2)).toEqual([
      'Situation',
      '1 (Worker away, writes pending: normal)',
    ]);
    expect(cells(markup, 2)).toEqual(['s', '', '1m', '']);
  });

  it('states what there is not', () => {
    const none = {
      detections: [],
      settings: [],
      cases: [],
      mutants: undefined,
      panel: undefined,
      inhibits: [],
    };
    const own = rule(
      { annotations: { summary: 'S.', description: 'D.' } },
      { labels: [], runbookSteps: undefined },
    );
    const lines = textOf(alertItem(alertOf({ ...none, rule: own })));
    expect(lines.slice(lines.indexOf('Signal'))).toEqual([
      ...['Signal', 'gateway', 'Why', 'Nothing else works.', 'up == 0', 'Thresholds and times'],
      'No setting of the configuration moves it; alerts.GatewayDown changes its for, its severity, or switches it off.',
      ...['Detection', 'Fires in none of the simulator&#39;s scenarios.'.replace('&#39;', "'"), 'No test.'],
    ]);
    expect(textOf(alertItem(alertOf({ cases: undefined }))).join()).not.toContain('Tests');
  });

  it.each([
    [{ mutants: 9, equivalent: 0, proven: true }, '9 mutants of this rule: the tests detect 9.'],
    [{ mutants: 1, equivalent: 0, proven: true }, '1 mutant of this rule: the tests detect 1.'],
    [
      { mutants: 9, equivalent: 2, proven: true },
      '9 mutants of this rule: the tests detect 7; 2 ones equivalent, with a stated reason.',
    ],
    [
      { mutants: 9, equivalent: 2, proven: false },
      '9 mutants of this rule; the rule or its tests have changed since the last run, so there is no current result.',
    ],
  ])('states what the mutants show: %o', (mutants, text) => {
    expect(textOf(alertItem(alertOf({ mutants }))).at(-1)).toBe(text);
  });

  it('has the longest of its detection times', () => {
    expect(longest(['2m', '90s', '1h', '59m59s', '1d'])).toBe('1d');
    expect(longest(['2m', '130s', '1m59s'])).toBe('130s');
    expect(longest(['1h1m', '61m1s'])).toBe('61m1s');
    expect(longest([])).toBeUndefined();
  });
});

describe('a recording rule of the report', () => {
  const record = (more: object = {}) =>
    ({
      rule: {
        record: 'a:b:c',
        expr: 'sum(x)',
        definition: { help: 'A sum.', unit: 's', labels: ['relay'], rationale: 'Why.', emptyWhen: 'idle' },
      },
      reads: ['gateway_x', 'd:e:f'],
      alerts: ['GatewayDown'],
      records: ['g:h:i'],
      panels: ['gateway-relay/5', 'gateway-relay/6'],
      cases: undefined,
      mutants: undefined,
      ...more,
    }) as unknown as ReportedRecord;

  it('has what it reads, and what reads it', () => {
    const markup = recordItem(record());
    expect(textOf(markup)).toEqual([
      ...['a:b:c', 'read by 1 alert, 1 rule, 2 panelsA sum.', 'Unit', 's', 'Labels', 'relay', 'Why', 'Why.'],
      ...[
        'Empty when',
        'idle',
        'Reads',
        'gateway_x, d:e:f',
        'Alerts',
        'GatewayDown',
        'Recording rules',
        'g:h:i',
      ],
      ...['Panels', 'gateway-relay/5, gateway-relay/6', 'sum(x)'],
    ]);
    expect(markup.text).toContain('<code>gateway_x</code>, <a href="#record-d-e-f">');
    expect(markup.text).toContain('id="record-a-b-c"');
  });

  it('states that nothing reads it', () => {
    const lines = textOf(recordItem(record({ alerts: [], records: [], panels: [], cases: [] })));
    expect(lines).toContain('Nothing in this bundle reads it.');
    expect(lines.at(-1)).toBe('No test.');
    for (const one of [{ alerts: [] }, { records: [] }, { panels: [] }])
      expect(textOf(recordItem(record(one)))).not.toContain('Nothing in this bundle reads it.');
    expect(textOf(recordItem(record({ mutants: { mutants: 2, equivalent: 0, proven: true } }))).at(-1)).toBe(
      '2 mutants of this rule: the tests detect 2.',
    );
  });
});

describe('a setting of the report', () => {
  const setting = (more: object = {}) =>
    textOf(
      settingItem({
        path: 'rateWindow',
        meaning: 'Window.',
        value: '"5m"',
        tried: '"10m"',
        alerts: [],
        through: [],
        records: [],
        panels: [],
        files: 0,
        ...more,
      } as never),
    );
  const names = (count: number) => Array.from({ length: count }, (_, i) => `A${i}`);

  it('names what it moves', () => {
    expect(
      setting({
        alerts: [{ alert: 'A', parts: ['for', 'labels'] }],
        through: [{ alert: 'B', records: ['r'] }],
        records: ['r'],
        panels: ['p/1', 'p/2'],
      }),
    ).toEqual([
      ...['rateWindow = 5m', 'Window.', 'Moves', 'A (for, labels)', 'Moves through a rule', 'B'],
      ...['Also', '1 recording rule, 2 panels', 'Tried', '10m'],
    ]);
  });

  it('counts from thirteen on', () => {
    const direct = (count: number) => names(count).map((alert) => ({ alert, parts: ['links', 'labels'] }));
    const through = (count: number) => names(count).map((alert) => ({ alert, records: ['r', 's'] }));
    expect(setting({ alerts: direct(13) })).toContain('13 alerts (links, labels)');
    expect(setting({ alerts: direct(12) })[3]).toMatch(/^A0 \(links, labels\), .*A11 \(links, labels\)$/);
    expect(setting({ through: through(13), records: ['r', 's'] })).toContain('13 alerts through 2 records');
    expect(setting({ through: through(12) })[3]).toBe(names(12).join(', '));
  });

  it.each([
    [{ tried: undefined }, ['Also', 'no other value is allowed for this setting alone']],
    [{ files: 0 }, ['Also', 'nothing: it only limits other settings', 'Tried', '10m']],
    [{ files: 1 }, ['Also', 'no rule; 1 generated file', 'Tried', '10m']],
    [{ files: 3 }, ['Also', 'no rule; 3 generated files', 'Tried', '10m']],
    [{ panels: ['p/1'], files: 3 }, ['Also', '1 panel', 'Tried', '10m']],
    [
      { through: [{ alert: 'B', records: ['r'] }], records: ['r'], files: 3 },
      ['Moves through a rule', 'B', 'Also', '1 recording rule', 'Tried', '10m'],
    ],
  ])('states what else is known: %o', (more, lines) => {
    expect(setting(more).slice(2)).toEqual(lines);
  });
});

describe('a dashboard of the report', () => {
  const picture = (situation: string, dark: boolean) =>
    ({
      uid: 'ours',
      situation,
      dark,
      width: 10,
      height: 20,
      data: `${situation}${dark ? 'D' : 'L'}`,
    }) satisfies Picture;
  const section = (pictures: readonly Picture[]) =>
    dashboardSection({
      dashboard: {
        definition: { uid: 'ours', title: 'Ours', description: 'About us.' },
        rows: [
          {
            title: 'First row',
            panels: [
              {
                definition: { id: 5, title: 'Panel', description: 'Good: 0.', kind: 'stat' },
                noData: 'idle',
                queries: [{ expr: 'up', refId: 'A' }],
              },
            ],
          },
        ],
      },
      pictures,
    } as never);

  it('has its panels, with the query of each', () => {
    const markup = section([]);
    expect(textOf(markup)).toEqual([
      ...['Ours', 'About us.', 'No picture of this dashboard was given.', 'Panel', 'ours/5Good: 0.'],
      ...['Row', 'First row', 'Kind', 'stat', 'Without data', 'idle', 'up'],
    ]);
    expect(markup.text).toContain('id="panel-ours-5"');
    expect(markup.text).toContain('<details class="item panel">');
    expect(markup.text).toContain('aria-label="PromQL of panel Panel, query A"');
  });

  it('has a picture per situation, light where there is one, with the dark one for dark screens', () => {
    const markup = section([picture('quiet', true), picture('quiet', false), picture('fault', true)]);
    expect(textOf(markup).filter((line) => line.startsWith('Situation'))).toEqual([
      'Situation: quiet. Drawn with data of the simulator; not a screenshot of Grafana.',
      'Situation: fault. Drawn with data of the simulator; not a screenshot of Grafana.',
    ]);
    expect([...markup.text.matchAll(/src="data:image\/png;base64,(\w+)"/g)].map(([, data]) => data)).toEqual([
      'quietL',
      'faultD',
    ]);
    expect(
      [...markup.text.matchAll(/srcset="data:image\/png;base64,(\w+)"/g)].map(([, data]) => data),
    ).toEqual(['quietD']);
    expect(markup.text).toContain('width="10" height="20"');
    expect(section([picture('quiet', false)]).text).toContain('<picture><img loading="lazy"');
  });
});

const notified = (rules: object[]) =>
  rules.map((one) => ({
    rule: one,
    routings: [
      {
        receivers: 'pager',
        dependsOn: '',
        grouping: 'alertname',
        timing: 'first after 30s',
        times: 'at any time',
      },
      {
        receivers: 'chat',
        dependsOn: 'Only at work.',
        grouping: 'alertname',
        timing: 'first after 1m',
        times: 'by day',
      },
    ],
    inhibitedBy: ['GatewayMissing', 'Other with the same relay'],
  }));
const contentsWith = (more: object = {}) =>
  ({
    version: '9.8.7',
    config: undefined,
    alerts: [alertOf()],
    disabled: [],
    records: [],
    dashboards: [],
    settings: [],
    notifications: { file: undefined, alerts: notified([rule()]) },
    week: {
      known: true,
      isCurrent: true,
      week: {
        description: 'A week.',
        alerts: [
          { alert: 'GatewayDown', episodes: 2, firing: 5400, flaps: 1, pages: 1.26 },
          { alert: 'GoneAlert', episodes: 1, firing: 60, flaps: 0, pages: 0 },
          { alert: 'Silent', episodes: 0, firing: 0, flaps: 0, pages: 0 },
        ],
      },
    },
    unknown: [],
    ...more,
  }) as unknown as ReportContents;

describe('notifications of the report', () => {
  const sectionOf = (more: object = {}) => notificationsSection(contentsWith(more));

  it('have a row per alert: who is notified, how, and when not', () => {
    expect(cells(sectionOf(), 1)).toEqual([
      ...['Alert', 'Severity', 'Receiver', 'One notification per', 'Sent', 'Not sent while'],
    ]);
    expect(cells(sectionOf(), 2)).toEqual([
      'GatewayDown',
      'critical',
      'pager | chat. Only at work.',
      'alertname',
      'first after 30s | first after 1m; by day',
      'GatewayMissing | Other with the same relay',
    ]);
    expect(textOf(sectionOf())[1]).toMatch(
      /^By the generated example alertmanager\/alertmanager\.example\.yaml; pass the site's own configuration with --alertmanager\. /,
    );
    expect(textOf(sectionOf({ notifications: { file: 'am.yml', alerts: [] } }))[1]).toMatch(
      /^By the configuration am\.yml\. /,
    );
  });

  it('have the alerts that fire in an ordinary week', () => {
    const text = String(sectionOf());
    const week = text.slice(text.indexOf('ordinary-week'));
    expect(cells(week, 1)).toEqual([
      ...['Alert', 'Severity', 'Episodes', 'Time firing', 'Flaps', 'Pages per week'],
    ]);
    expect([...week.matchAll(/href="(#alert[^"]*)"/g)].map(([, link]) => link)).toEqual([
      '#alert-GatewayDown',
    ]);
    expect(cells(week, 2)).toEqual(['GatewayDown', 'critical', '2', '1h30m', '1', '1.3']);
    expect(cells(week, 3)).toEqual(['GoneAlert', 'not in this bundle', '1', '1m', '0', '0']);
    expect(cells(week, 4)).toEqual([]);
    expect(week).toContain('2 of 3 alerts fire. <code>backtest');
    const { week: known } = contentsWith();
    expect(String(sectionOf({ week: { ...known, isCurrent: false } }))).toContain(
      'fire. <strong>The rules have changed since this was measured.</strong> <code>backtest',
    );
  });

  it('state that no alert fired, or that the week is not known', () => {
    const quiet = { known: true, isCurrent: true, week: { description: 'A week.', alerts: [] } };
    expect(String(sectionOf({ week: quiet }))).not.toContain('Episodes');
    expect(textOf(sectionOf({ week: quiet })).at(-1)).toMatch(/ over the history of a Prometheus\.$/);
    expect(textOf(sectionOf({ week: { known: false, why: 'no file.' } })).at(-1)).toBe('Not known: no file.');
  });
});

describe('the page of the report', () => {
  const page = (more: object = {}) => reportPage(contentsWith(more));
  const SETTINGS = [{ path: 'p', meaning: 'M.', alerts: [], through: [], records: [], panels: [], files: 0 }];

  it('counts what it has, by severity', () => {
    const alerts = ['critical', 'warning', 'warning', 'info', 'info', 'info'].map((severity) =>
      alertOf({ rule: rule({ severity }) }),
    );
    const row = { title: 'R', panels: [] };
    const dashboards = [
      { dashboard: { definition: { uid: 'a' }, rows: [row, row] }, pictures: [] },
      { dashboard: { definition: { uid: 'b' }, rows: [row] }, pictures: [] },
    ];
    expect(page({ alerts, dashboards, settings: SETTINGS })).toContain(
      '<p class="lead">6 alerts (1 critical, 2 warning, 3 info), 0 recording rules, 2 dashboards with 0 panels, 1 setting. gateway-observability 9.8.7, default configuration.</p>',
    );
    expect(page({ config: 'site.yaml' })).toContain('9.8.7, configuration <code>site.yaml</code>.</p>');
  });

  it('counts the panels of all rows', () => {
    const panel = {
      definition: { id: 1, title: 'P', description: 'D', kind: 'stat' },
      noData: '',
      queries: [],
    };
    const rows = [
      { title: 'R', panels: [panel, panel] },
      { title: 'S', panels: [panel] },
    ];
    const dashboard = { definition: { uid: 'a', title: 'A', description: 'D' }, rows };
    const two = [
      { dashboard, pictures: [] },
      { dashboard, pictures: [] },
    ];
    expect(page({ dashboards: two })).toContain('2 dashboards with 6 panels');
  });

  it('names first what is missing from it', () => {
    expect(page()).not.toContain('Missing from this report');
    expect(page()).toContain('default configuration.</p>\n\n</header>');
    expect(page({ unknown: ['No tests.', 'No <b>'] })).toContain(
      '<strong>Missing from this report</strong><ul><li>No tests.</li><li>No &lt;b&gt;</li></ul>',
    );
  });

  it.each([
    [{}, ['GatewayDown', 'critical', 'after\u00a05m', '2m', '2', '11 of 12']],
    [{ detections: [] }, ['GatewayDown', 'critical', 'after\u00a05m', 'in no scenario', '2', '11 of 12']],
    [
      { detections: [{ scenario: 's', by: '1m' }], cases: undefined, mutants: undefined },
      ['GatewayDown', 'critical', 'after\u00a05m', 'not timed, in 1 scenario', 'not known', 'not known'],
    ],
    [
      {
        detections: [
          { scenario: 's', by: '1m' },
          { scenario: 't', detectableFrom: '1m', by: '2m', delay: '1m' },
          { scenario: 'u', detectableFrom: '1m', by: '3m', delay: '2m' },
        ],
      },
      ['GatewayDown', 'critical', 'after\u00a05m', '2m', '2', '11 of 12'],
    ],
    [
      { mutants: { mutants: 5, equivalent: 0, proven: false }, cases: [] },
      ['GatewayDown', 'critical', 'after\u00a05m', '2m', '0', 'not tested since the last change'],
    ],
  ])('has a row per alert: %o', (more, row) => {
    const text = page({ alerts: [alertOf(more)] });
    expect(cells(text, 1)).toEqual(['Alert', 'Severity', 'Fires', 'Detection', 'Tests', 'Mutants detected']);
    expect(cells(text, 2)).toEqual(row);
  });

  it('lists what the site disabled, with its reasons', () => {
    expect(page()).not.toContain('Disabled by this site');
    expect(page()).toContain('</details>\n\n\n<h2 id="notifications"');
    const text = page({ disabled: [{ alert: 'WorkerDown', reason: 'not here' }] });
    const disabled = text.slice(text.indexOf('Disabled by this site'));
    expect(cells(disabled, 1)).toEqual(['Alert', 'Reason']);
    expect(cells(disabled, 2)).toEqual(['WorkerDown', 'not here']);
  });

  it('runs only its own script', () => {
    expect(page()).toMatch(/script-src 'sha256-[\w+/]{43}='/);
    expect(page()).toMatch(/^<!doctype html>/);
  });
});
