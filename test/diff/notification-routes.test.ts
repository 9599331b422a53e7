import { expect, it } from 'vitest';
import { notificationChanges } from '../../src/diff/notifications/compare.js';
import { readSide } from '../../src/rule-files/parse.js';

const RULES = {
  path: 'r.yaml',
  text: 'groups: [{name: g, rules: [{alert: A, expr: sum(x)}, {alert: B, expr: sum(y)}]}]',
};
const NIGHTS = (hour: number) =>
  `time_intervals: [{name: night, time_intervals: [{times: [{start_time: '0${hour}:00', end_time: '09:00'}]}]}, {name: day, time_intervals: [{months: [1]}]}]\n`;
const config = (route: string, more = '', interval = 1) =>
  `route: {receiver: a, routes: [${route}]}\nreceivers: [{name: a}, {name: b}, {name: c}]\n${NIGHTS(interval)}${more}`;
const changes = (before: string, after: string, old = RULES, now = RULES) => {
  const side = (rules: typeof RULES, text: string) => readSide([rules, { path: 'a.yaml', text }]);
  return notificationChanges(side(old, before), side(now, after)).findings.map(
    ({ subject, consequence }) => `${subject}: ${consequence}`,
  );
};
const route = (more: string) => `{matchers: [alertname=A], ${more}}`;

it.each([
  [
    'receiver: b, continue: true}, {matchers: [alertname=A], receiver: c',
    'receiver: a',
    'Notifications go to a; b and c no longer get them.',
  ],
  [
    'receiver: a',
    'receiver: b, continue: true}, {matchers: [alertname=A], receiver: a',
    'Notifications go to a, b instead of a only.',
  ],
  ['receiver: b', 'receiver: c', 'Notifications go to c; b no longer gets them.'],
  [
    'receiver: b',
    'receiver: b, group_by: [x, y]',
    'One notification covers the alerts that share x, y, before no label.',
  ],
  [
    'receiver: b',
    'receiver: b, group_wait: 1m',
    'The waiting times of its notifications change: group_wait, group_interval, repeat_interval.',
  ],
  [
    'receiver: b',
    'receiver: b, mute_time_intervals: [night, day]',
    'It is notified not during day and night, before at any time.',
  ],
  [
    'receiver: b, active_time_intervals: [night, day]',
    'receiver: b',
    'It is notified at any time, before only during day and night.',
  ],
  [
    'receiver: b, mute_time_intervals: [night]',
    'receiver: b, mute_time_intervals: [night], active_time_intervals: [day]',
    'It is notified not during night, only during day, before not during night.',
  ],
])('a route: %s → %s', (before, after, consequence) => {
  expect(changes(config(route(before)), config(route(after)))).toEqual([`alert A: ${consequence}`]);
});

const both = (one: string, other: string) => `${one}, continue: true}, {matchers: [alertname=A], ${other}`;
const B = (wait: number) => `receiver: b, group_wait: ${wait}m`;
const C = (wait: number) => `receiver: c, group_wait: ${wait}m`;
it.each([
  ['receivers exchange their times', both(B(1), C(2)), both(B(2), C(1)), true],
  ['receivers exchange their times and places', both(B(1), C(2)), both(C(1), B(2)), true],
  ['receivers exchange their places', both(B(1), C(2)), both(C(2), B(1)), false],
  [
    'time intervals exchange their places',
    'receiver: b, mute_time_intervals: [night, day]',
    'receiver: b, mute_time_intervals: [day, night]',
    false,
  ],
])('two %s', (_, before, after, is) => {
  expect(changes(config(route(before)), config(route(after)))).toEqual([
    is
      ? 'alert A: The waiting times of its notifications change: group_wait, group_interval, repeat_interval.'
      : 'file a.yaml: They differ, and nothing changes for any of the 2 alerts compared.',
  ]);
});

it.each(['db', 'web', 'ops'])('alerts with the same name are known by their labels: %s', (team) => {
  const alerts = ['db', 'web', 'ops'].map((one) => `{alert: A, expr: sum(x), labels: {team: ${one}}}`);
  const all = { path: 'r.yaml', text: `groups: [{name: g, rules: [${alerts.join(', ')}]}]` };
  const to = (receiver: string) => config(`{matchers: [team=${team}], receiver: ${receiver}}`);
  expect(changes(to('b'), to('c'), all, all)).toEqual([
    'alert A: Notifications go to c; b no longer gets them.',
  ]);
});

it('an alert changes its receiver in two ways, by a value that is unknown', () => {
  const open = { path: 'r.yaml', text: "groups: [{name: g, rules: [{alert: A, expr: 'x > 1'}]}]" };
  const to = (web: string, db: string) =>
    config(`{matchers: [team=web], receiver: ${web}}, {matchers: [team=db], receiver: ${db}}`);
  expect(changes(to('b', 'c'), to('c', 'b'), open, open)).toEqual([
    'alert A: Notifications go to c; b no longer gets them. This depends on the value of `team`: it is so where team="web".',
    'alert A: Notifications go to b; c no longer gets them. This depends on the value of `team`: it is so where team="db".',
  ]);
});

it('a time interval has other hours', () => {
  const muted = route('receiver: b, mute_time_intervals: [night]');
  expect(changes(config(muted), config(muted, '', 2))).toEqual([
    'alert A: It is notified not during night, and the times that this stands for change.',
  ]);
});

it('inhibitions come, go and change', () => {
  const rule = (more: string) =>
    `inhibit_rules: [{source_matchers: [alertname=B], target_matchers: [alertname=A]${more}}]\n`;
  expect(changes(config(''), config('', rule('')))).toEqual([
    'alert A: No notification is sent for it while B fires.',
  ]);
  expect(changes(config('', rule('')), config(''))).toEqual([
    'alert A: It is now sent as well while B fires.',
  ]);
  const shared = {
    path: 'r.yaml',
    text: RULES.text
      .replace('sum(x)', 'sum by (p, q) (x)')
      .replace('sum(y)', 'sum by (p, q) (y)')
      .replaceAll(/expr: ([^}]*)/g, "expr: '$1'"),
  };
  expect(changes(config('', rule('')), config('', rule(', equal: [p]')), shared, shared)).toEqual([
    'alert A: No notification is sent for it while B with the same p fires; before, while B fired.',
  ]);
  const two = (one: string, other: string) =>
    config(
      '',
      `inhibit_rules: [${[one, other].map((label) => `{source_matchers: [alertname=B], target_matchers: [alertname=A], equal: [${label}]}`).join(', ')}]\n`,
    );
  expect(changes(two('p', 'q'), two('q', 'p'), shared, shared)).toEqual([
    'file a.yaml: They differ, and nothing changes for any of the 2 alerts compared.',
  ]);
  expect(changes(two('p', 'q'), config('', rule('')), shared, shared)).toEqual([
    'alert A: No notification is sent for it while B fires; before, while B with the same p or B with the same q fired.',
  ]);
});

it('a new alert is routed by values that are unknown', () => {
  const N = { path: 'r.yaml', text: RULES.text.replace('{alert: B', "{alert: N, expr: 'z > 1'}, {alert: B") };
  const conditional = '{matchers: [team=db, site=north], receiver: b, mute_time_intervals: [night]}';
  expect(
    changes(config(conditional), config(conditional), RULES, N)
      .filter((line) => line.startsWith('alert N'))
      .sort(),
  ).toEqual([
    expect.stringMatching(
      /^alert N: It notifies a, grouped by no label: first after 30s, .*\. This depends on the values of `site` and `team`\.$/,
    ),
    'alert N: It notifies b, grouped by no label: first after 30s, changes after 5m, repeated after 4h, not during night. This depends on the values of `site` and `team`: it is so where team="db" and site="north".',
  ]);
});
