import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readAlertmanagerConfig } from '../../src/alertmanager/config.js';
import { type AlertLabels, casesOf, exactLabels } from '../../src/alertmanager/labels.js';
import { routesFor } from '../../src/alertmanager/routes.js';
import { temporaryFolder } from '../../src/processes/temporary-folder.js';
import { amtool } from '../notifications/running-alertmanager.js';
import { randomConfig, randomLabels, randomOf, syntaxInUse, type Values } from './random-config.js';

const folder = temporaryFolder('gateway-observability-routes');
afterAll(() => folder.remove());

const config = (route: string, rest = '') =>
  readAlertmanagerConfig(
    `route:\n  receiver: root\n${route}\nreceivers: [{name: root}, {name: a}, {name: b}, {name: c}]\n${rest}`,
    'am.yaml',
  );
const receivers = (text: string, labels: Values) =>
  routesFor(readAlertmanagerConfig(text, 'am.yaml').root, exactLabels(labels), (matcher) =>
    casesOf((holdsFor) => holdsFor(exactLabels(labels))(matcher)).cases.every(({ result }) => result),
  ).map(({ receiver }) => receiver);

describe('the routing tree', () => {
  it('sends random alerts where amtool sends them', async () => {
    const syntax = await syntaxInUse();
    for (let seed = 1; seed <= 12; seed += 1) {
      const text = randomConfig(seed, syntax);
      const labels = randomLabels(randomOf(seed + 1000));
      const file = join(folder.path, `${seed}.yaml`);
      writeFileSync(file, text);
      const pairs = Object.entries(labels).map(
        ([label, value]) => `${label}="${value.replace(/[\\"]/g, '\\$&')}"`,
      );
      const answer = await amtool('config', 'routes', 'test', `--config.file=${file}`, ...pairs);
      expect(receivers(text, labels).join(','), `${text}\n${JSON.stringify(labels)}`).toBe(answer);
    }
  });

  it('inherits receiver, grouping and times, and not the conditions on time', () => {
    const { root } = config(
      `  group_by: [team, alertname]
  group_wait: 10s
  routes:
  - matchers: ['x="1"']
    mute_time_intervals: [night]
    repeat_interval: 1d
    routes:
    - matchers: ['y="1"']
      receiver: b
      group_by: ['...']
      routes:
      - {matchers: ['z="1"'], group_by: [z], group_wait: 0s}`,
      `time_intervals: [{name: night, time_intervals: [{times: [{start_time: '22:00', end_time: '24:00'}]}]}]`,
    );
    const [x] = root.routes;
    const [y] = x?.routes ?? [];
    const [z] = y?.routes ?? [];
    expect(root).toMatchObject({ groupInterval: 300, repeatInterval: 14_400, muteTimes: [] });
    expect(x).toMatchObject({
      receiver: 'root',
      groupBy: ['alertname', 'team'],
      groupWait: 10,
      repeatInterval: 86_400,
      muteTimes: ['night'],
    });
    expect(y).toMatchObject({ receiver: 'b', groupBy: 'all', repeatInterval: 86_400, muteTimes: [] });
    expect(z).toMatchObject({ receiver: 'b', groupBy: ['z'], groupWait: 0 });
  });

  it('depends on a value that is unknown only where it matters', () => {
    const { root } = config(`  routes:
  - {matchers: ['severity="critical"', 'team="db"'], receiver: a}
  - {matchers: ['severity="warning"', 'team=~"x.*"'], receiver: b}
  - {matchers: ['team=~"db|web"', 'severity="critical"'], receiver: c}`);
    const labels = (known: Values): AlertLabels => ({
      of: (label) =>
        Object.hasOwn(known, label) ? { kind: 'known', value: known[label] as string } : { kind: 'open' },
      holding: [],
    });
    const cases = (known: Values) =>
      casesOf((holdsFor) => {
        const one = labels(known);
        return routesFor(root, one, holdsFor(one))
          .map(({ receiver }) => receiver)
          .join();
      }).cases.map(({ result, conditions }) => [
        result,
        conditions.map(({ label, operator, value }) => `${label}${operator}${value}`).join(' '),
      ]);
    expect(cases({ severity: 'info' })).toEqual([['root', '']]);
    expect(cases({ severity: 'critical', team: 'web' })).toEqual([['c', '']]);
    expect(cases({ severity: 'critical' })).toEqual([
      ['a', 'team=db'],
      ['c', 'team!=db team=~db|web'],
      ['root', 'team!=db team!~db|web'],
    ]);
    expect(cases({ severity: 'warning' })).toEqual([
      ['b', 'team=~x.*'],
      ['root', 'team!~x.*'],
    ]);
  });

  it.each([
    ['a receiver that is not defined', `  routes: [{receiver: d}]`, 'am.yaml:3: found the receiver "d"'],
    ['a time interval that is not defined', `  routes: [{mute_time_intervals: [x]}]`, 'interval "x"'],
    ['a matcher without an operator', `  routes: [{matchers: [team]}]`, 'found "team"'],
    ['a regular expression that RE2 does not have', `  routes: [{matchers: ['a=~"(?=b)"']}]`, 'lookahead'],
    ['an unknown field', `  routes: [{matcher: ['a=b']}]`, 'found the field matcher'],
    ['... beside labels', `  group_by: ['...', a]`, 'found ... and other labels'],
    ['matchers of the root', `  matchers: ['a=b']`, 'which the root route cannot have'],
    ['a duration', `  group_wait: 5`, 'group_wait: found "5"'],
    ['no time between notifications', `  group_interval: 0s`, 'group_interval: found 0'],
  ])('is refused for %s, with the line', (_, route, message) => {
    expect(() => config(route)).toThrow(message);
  });
});
