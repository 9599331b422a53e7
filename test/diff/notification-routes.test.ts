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
      .replace('sum(x)', 'sum by (p) (x)')
      .replace('sum(y)', 'sum by (p) (y)')
      .replaceAll(/expr: ([^}]*)/g, "expr: '$1'"),
  };
  expect(changes(config('', rule('')), config('', rule(', equal: [p]')), shared, shared)).toEqual([
    'alert A: No notification is sent for it while B with the same p fires; before, while B fired.',
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
