import { describe, expect, it } from 'vitest';
import { notificationChanges } from '../../src/diff/notifications/compare.js';
import { readSide } from '../../src/rule-files/parse.js';

const RULES = `
groups:
- name: g
  rules:
  - {record: 'db:slow:ratio', expr: 'sum by (cluster, shard) (rate(slow{team="db"}[5m]))'}
  - {alert: DiskFull, expr: 'disk_free{team="db", mount=~"/|/var"} < 1', labels: {severity: critical}}
  - {alert: DiskFilling, expr: 'disk_free{team="db"} < 9', labels: {severity: warning}}
  - {alert: Slow, expr: 'db:slow:ratio > 0.1', for: 10m, labels: {severity: warning, team: db}}
  - {alert: Down, expr: 'max by (cluster) (up == bool 0) > 0', labels: {severity: critical, team: infra}}
  - {alert: Busy, expr: 'cpu > 0.9', labels: {severity: info, team: infra}}
  - {alert: Foreign, expr: 'something > 1', labels: {severity: warning}}
`;
const CONFIG = `
global: {smtp_from: a@example.org}
route:
  receiver: default
  group_by: [alertname, cluster]
  routes:
  - matchers: [severity="critical"]
    receiver: pager
    group_wait: 5s
    continue: true
    routes:
    - {match: {team: db}, receiver: db-pager}
  - match_re: {team: db|web}
    receiver: db-tickets
    mute_time_intervals: [night]
  - matchers: ['severity="info"', 'team="infra"']
    receiver: chat
  - matchers: ['severity="none"']
    receiver: chat
receivers:
- {name: default}
- {name: pager, pagerduty_configs: [{routing_key: secret-one}]}
- {name: db-pager, webhook_configs: null}
- {name: db-tickets}
- {name: chat, slack_configs: [{channel: '#a', api_url: 'http://127.0.0.1/secret-two'}]}
time_intervals:
- {name: night, time_intervals: [{times: [{start_time: '22:00', end_time: '24:00'}]}]}
inhibit_rules:
- {source_matchers: [alertname=Down], target_matchers: ['severity=~"warning|info"'], equal: [cluster]}
- {source_match: {severity: critical, team: db}, target_match: {severity: warning, team: db}, equal: [shard]}
`;

/** A text with a part replaced; it has to be there. */
function edit(text: string, ...changes: readonly (readonly [string | RegExp, string])[]): string {
  return changes.reduce((before, [from, to]) => {
    const after = before.replace(from, () => to);
    if (after === before) throw new Error(`found no ${from}`);
    return after;
  }, text);
}
const side = (rules: string, config: string) =>
  readSide([
    { path: 'rules.yaml', text: rules },
    { path: 'alertmanager.yaml', text: config },
  ]);
const changes = (rules: string, config: string) =>
  notificationChanges(side(RULES, CONFIG), side(rules, config));
const lines = (rules: string, config: string) =>
  changes(rules, config).findings.map(
    ({ level, kind, subject, before, after }) =>
      `${level} ${kind} ${subject}: ${before ?? ''} → ${after ?? ''}`,
  );

type Edit = readonly [string | RegExp, string];
type Row = readonly [
  change: string,
  rules: readonly Edit[],
  config: readonly Edit[],
  expected: readonly string[],
];

const KINDS: readonly Row[] = [
  [
    'a severity',
    [['labels: {severity: critical, team: infra}', 'labels: {severity: warning, team: infra}']],
    [],
    [
      'breaking receiver-changed alert Down: pager → default',
      'notable notification-timing-changed alert Down: first after 5s, changes after 5m, repeated after 4h → first after 30s, changes after 5m, repeated after 4h',
    ],
  ],
  [
    'the team of an alert',
    [['labels: {severity: info, team: infra}', 'labels: {severity: info, team: web}']],
    [],
    [
      'breaking receiver-changed alert Busy: chat → db-tickets',
      'breaking notification-times-changed alert Busy: at any time → not during night',
    ],
  ],
  [
    'a matcher in an expression',
    [['disk_free{team="db"} < 9', 'disk_free{team="web"} < 9']],
    [],
    ['notable no-longer-inhibited alert DiskFilling: DiskFull with the same shard → '],
  ],
  [
    'the matcher of a record that an alert reads',
    [['labels: {severity: warning, team: db}', 'labels: {severity: warning}']],
    [],
    [
      'breaking receiver-changed alert Slow: db-tickets → default',
      'notable notification-times-changed alert Slow: not during night → at any time',
      'notable no-longer-inhibited alert Slow: DiskFull with the same shard → ',
    ],
  ],
  [
    'the labels that an expression keeps',
    [['sum by (cluster, shard) (rate', 'sum by (shard) (rate']],
    [],
    [
      'notable inhibition-changed alert Slow: Down with the same cluster → Down with the same cluster (this depends on the value of `cluster`)',
    ],
  ],
  [
    'a new alert',
    [[/$/, "  - {alert: New, expr: 'x > 1', labels: {severity: critical, team: db}}\n"]],
    [],
    [
      'breaking inhibited alert DiskFilling:  → New with the same shard',
      'breaking inhibited alert Slow:  → New with the same shard',
      'breaking inhibited alert Foreign:  → New with the same shard (this depends on the value of `team`)',
      'notable alert-routed alert New:  → db-pager, db-tickets',
    ],
  ],
  [
    'an alert that is gone, and inhibited others',
    [[/ {2}- \{alert: DiskFull.*\n/, '']],
    [],
    [
      'notable no-longer-inhibited alert DiskFilling: DiskFull with the same shard → ',
      'notable no-longer-inhibited alert Slow: DiskFull with the same shard → ',
      'notable no-longer-inhibited alert Foreign: DiskFull with the same shard (this depends on the value of `team`) → ',
    ],
  ],
  [
    'the receiver of a route',
    [],
    [['receiver: db-tickets\n', 'receiver: chat\n']],
    [
      'breaking receiver-changed alert DiskFull: db-pager, db-tickets → chat, db-pager',
      'breaking receiver-changed alert DiskFilling: db-tickets → chat',
      'breaking receiver-changed alert Slow: db-tickets → chat',
      'breaking receiver-changed alert Foreign: db-tickets → chat',
    ],
  ],
  [
    'the matchers of a route',
    [],
    [['severity="info"', 'severity!="info"']],
    [
      'notable receiver-changed alert Down: pager → chat, pager',
      'breaking receiver-changed alert Busy: chat → default',
      'breaking receiver-changed alert Foreign: default → chat',
    ],
  ],
  [
    'a route that no longer continues',
    [],
    [['continue: true', 'continue: false']],
    ['breaking receiver-changed alert DiskFull: db-pager, db-tickets → db-pager'],
  ],
  [
    'the order of routes of which both match',
    [],
    [
      [
        '  - match_re: {team: db|web}',
        '  - matchers: [\'team="infra"\']\n    receiver: default\n  - match_re: {team: db|web}',
      ],
    ],
    [
      'notable receiver-changed alert Down: pager → default, pager',
      'breaking receiver-changed alert Busy: chat → default',
    ],
  ],
  [
    'the grouping that all inherit',
    [],
    [['group_by: [alertname, cluster]', "group_by: ['...']"]],
    ['notable notification-grouping-changed 6 alerts: alertname, cluster → all labels'],
  ],
  [
    'the waiting times of a route',
    [],
    [['group_wait: 5s', 'group_wait: 1m']],
    [
      'notable notification-timing-changed alert DiskFull: db-pager: first after 5s, changes after 5m, repeated after 4h; db-tickets: first after 30s, changes after 5m, repeated after 4h → db-pager: first after 1m, changes after 5m, repeated after 4h; db-tickets: first after 30s, changes after 5m, repeated after 4h',
      'notable notification-timing-changed alert Down: first after 5s, changes after 5m, repeated after 4h → first after 1m, changes after 5m, repeated after 4h',
    ],
  ],
  [
    'the hours of a time interval',
    [],
    [['22:00', '20:00']],
    [
      'notable notification-times-changed alert DiskFull: db-pager: at any time; db-tickets: not during night → db-pager: at any time; db-tickets: not during night (other times)',
      'notable notification-times-changed alert DiskFilling: not during night → not during night (other times)',
      'notable notification-times-changed alert Slow: not during night → not during night (other times)',
      'notable notification-times-changed alert Foreign: not during night → not during night (other times)',
    ],
  ],
  [
    'a route that is muted at times',
    [],
    [['receiver: chat\n', 'receiver: chat\n    active_time_intervals: [night]\n']],
    ['breaking notification-times-changed alert Busy: at any time → only during night'],
  ],
  [
    'the kind of a time interval',
    [],
    [['mute_time_intervals: [night]', 'active_time_intervals: [night]']],
    [
      'breaking notification-times-changed alert DiskFull: db-pager: at any time; db-tickets: not during night → db-pager: at any time; db-tickets: only during night',
      'breaking notification-times-changed alert DiskFilling: not during night → only during night',
      'breaking notification-times-changed alert Slow: not during night → only during night',
      'breaking notification-times-changed alert Foreign: not during night → only during night',
    ],
  ],
  [
    'the source of an inhibition rule',
    [],
    [['alertname=Down', 'alertname=Busy']],
    [
      'breaking inhibited alert DiskFilling:  → Busy with the same cluster',
      'breaking inhibited alert Slow:  → Busy with the same cluster',
      'breaking inhibited alert Foreign:  → Busy with the same cluster',
      'notable no-longer-inhibited 4 alerts: Down with the same cluster → ',
    ],
  ],
  [
    'the labels that have to agree',
    [],
    [['equal: [shard]', 'equal: [cluster]']],
    [
      'notable inhibition-changed alert DiskFilling: DiskFull with the same shard → DiskFull with the same cluster',
      'notable inhibition-changed alert Slow: DiskFull with the same shard → DiskFull with the same cluster',
      'notable inhibition-changed alert Foreign: DiskFull with the same shard (this depends on the value of `team`) → DiskFull with the same cluster (this depends on the value of `team`)',
    ],
  ],
  [
    'the integrations of a receiver, without their secrets',
    [],
    [['secret-one', 'secret-three']],
    ['notable receiver-definition-changed receiver pager:  → pagerduty_configs[0].routing_key'],
  ],
  [
    'settings for all receivers',
    [],
    [['a@example.org', 'b@example.org']],
    ['notable alertmanager-settings-changed file alertmanager.yaml:  → global.smtp_from'],
  ],
  [
    'a configuration that Alertmanager refuses',
    [],
    [['receiver: chat\n', 'receiver: char\n']],
    [
      'breaking alertmanager-refused file alertmanager.yaml:  → alertmanager.yaml:16: found the receiver "char", expected one of default, pager, db-pager, db-tickets, chat',
    ],
  ],
];

const HARMLESS: readonly Row[] = [
  [
    'the syntax of matchers',
    [],
    [
      ['match_re: {team: db|web}', 'matchers: [\'{team=~"web|db"}\']'],
      ['{match: {team: db}, receiver: db-pager}', '{matchers: [team = db], receiver: db-pager}'],
    ],
    ['harmless alertmanager-written-otherwise file alertmanager.yaml:  → routes'],
  ],
  ['comments and layout', [], [[/^/, '# a comment\n']], []],
  [
    'the order of the fields of an integration',
    [],
    [[/(channel: '#a'), (api_url: [^}]*)/, "api_url: 'http://127.0.0.1/secret-two', channel: '#a'"]],
    [],
  ],
  [
    'a receiver that no route names',
    [],
    [['- {name: chat', "- {name: extra, webhook_configs: [{url: 'http://x'}]}\n- {name: chat"]],
    [],
  ],
  [
    'a route for alerts that are not here',
    [],
    [['severity="none"', 'severity="low"']],
    ['harmless alertmanager-written-otherwise file alertmanager.yaml:  → routes'],
  ],
  [
    'the name of a receiver',
    [],
    [
      ['receiver: pager\n', 'receiver: on-call\n'],
      ['{name: pager,', '{name: on-call,'],
    ],
    ['harmless receiver-renamed receiver on-call: pager → on-call'],
  ],
  [
    'the name of a time interval',
    [],
    [
      ['mute_time_intervals: [night]', 'mute_time_intervals: [late]'],
      ['{name: night', '{name: late'],
    ],
    ['harmless alertmanager-written-otherwise file alertmanager.yaml:  → routes'],
  ],
  [
    'the order of inhibition rules, and one that another one covers',
    [],
    [
      [
        'inhibit_rules:\n',
        "inhibit_rules:\n- {source_matchers: [alertname=Down], target_matchers: ['severity=warning'], equal: [cluster, shard]}\n",
      ],
    ],
    ['harmless alertmanager-written-otherwise file alertmanager.yaml:  → inhibition rules'],
  ],
  [
    'routes and inhibition rules for alerts that are not here',
    [],
    [
      ['severity="none"', 'severity="low"'],
      ['inhibit_rules:\n', 'inhibit_rules:\n- {source_matchers: [alertname=Gone], equal: [shard]}\n'],
    ],
    ['harmless alertmanager-written-otherwise file alertmanager.yaml:  → routes and inhibition rules'],
  ],
  [
    'an expression and a "for"',
    [
      ['for: 10m', 'for: 20m'],
      ['cpu > 0.9', 'cpu > 0.8'],
    ],
    [],
    [],
  ],
];

describe('the notifications', () => {
  const elsewhere = edit(CONFIG, ['receiver: db-tickets\n', 'receiver: chat\n']);

  it('depend on a value that is unknown: the finding names the label', () => {
    const { findings } = changes(RULES, elsewhere);
    const sentences = new Map(findings.map(({ subject, consequence }) => [subject, consequence]));
    expect(sentences.get('alert DiskFilling')).toBe(
      'Notifications go to chat; db-tickets no longer gets them.',
    );
    expect(sentences.get('alert Foreign')).toBe(
      'Notifications go to chat; db-tickets no longer gets them. This depends on the value of `team`: it is so where team=~"db|web".',
    );
  });

  it('are known where Prometheus adds the label that they depend on', () => {
    const rules = edit(RULES, ["expr: 'something > 1'", "expr: 'sum(something) > 1'"]);
    const both = (team: string) =>
      notificationChanges(side(rules, CONFIG), side(rules, elsewhere), {
        external: new Map([['team', team]]),
      })
        .findings.filter(({ subject }) => subject === 'alert Foreign')
        .map(({ consequence }) => consequence);
    expect(both('db')).toEqual(['Notifications go to chat; db-tickets no longer gets them.']);
    expect(both('other')).toEqual([]);
  });

  it('show no secret of a receiver', () => {
    const config = edit(CONFIG, ['secret-one', 'secret-three'], ['secret-two', 'secret-four']);
    const { findings, notes } = changes(RULES, config);
    expect(findings.map(({ subject }) => subject)).toEqual(['receiver pager', 'receiver chat']);
    expect(JSON.stringify([findings, notes])).not.toContain('secret');
  });

  it.each<[string, Edit]>([
    ['notification-grouping-changed', ['group_by: [alertname, cluster]', 'group_by: []']],
    ['receiver-definition-changed', ['secret-one', 'secret-three']],
    ['alertmanager-settings-changed', ['a@example.org', 'b@example.org']],
    ['alertmanager-refused', ['receiver: chat\n', 'receiver: char\n']],
    ['alertmanager-written-otherwise', ['severity="none"', 'severity="low"']],
    ['receiver-renamed', [/(?<=receiver: |name: )pager(?=\n|,)/g, 'on-call']],
  ])('name the configuration where a finding is about it: %s', (kind, change) => {
    expect(changes(RULES, edit(CONFIG, change)).findings).toMatchObject([
      { kind, file: 'alertmanager.yaml' },
    ]);
  });

  it.each(KINDS)('are compared where %s changes', (_, rules, config, expected) => {
    expect(lines(edit(RULES, ...rules), edit(CONFIG, ...config))).toEqual(expected);
  });

  it.each(HARMLESS)('do not change with %s', (_, rules, config, expected) => {
    expect(lines(edit(RULES, ...rules), edit(CONFIG, ...config))).toEqual(expected);
  });
});
