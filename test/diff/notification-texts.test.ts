import { describe, expect, it } from 'vitest';
import { readAlertmanagerConfig } from '../../src/alertmanager/config.js';
import { managedLabels, sideLabels } from '../../src/diff/notifications/alert-labels.js';
import { changeFindings } from '../../src/diff/notifications/change.js';
import { notificationChanges } from '../../src/diff/notifications/compare.js';
import { renamedReceivers } from '../../src/diff/notifications/configuration.js';
import { readSide } from '../../src/rule-files/parse.js';
import type { Rule } from '../../src/rule-files/side.js';

type Config = ReturnType<typeof readAlertmanagerConfig>;

const rules = (...lines: string[]) => ({
  path: 'r.yaml',
  text: `groups: [{name: g, rules: [${lines.join(', ')}]}]`,
});

describe('the labels of an alert at Alertmanager', () => {
  const labelsOf = (alert: string, external: Record<string, string> = {}, ...others: string[]) => {
    const side = readSide([rules(alert, ...others)]);
    const rule = side.groups[0]?.rules[0] as Rule;
    return sideLabels(side, managedLabels([side]), new Map(Object.entries(external))).of(rule);
  };
  const known = (value: string) => ({ kind: 'known', value });

  it('are set, carried by the series, added by Prometheus, or not there', () => {
    const { of } = labelsOf(
      `{alert: A, expr: 'sum by (pod, site, empty) (x)', labels: {team: db, text: '{{ $value }}', empty: ""}}`,
      { site: 'north', zone: 'z', empty: 'e' },
    );
    expect(
      ['alertname', 'team', 'text', 'pod', 'site', 'zone', 'empty', 'job', 'instance', 'relay', 'other'].map(
        of,
      ),
    ).toEqual([
      ...[
        known('A'),
        known('db'),
        { kind: 'open' },
        { kind: 'carried' },
        { kind: 'carried' },
        known('z'),
        known('e'),
      ],
      ...[known(''), known(''), known(''), { kind: 'external' }],
    ]);
  });

  it('are open where nothing is known of the series', () => {
    const { of } = labelsOf('{alert: A, expr: x, labels: {team: db, empty: ""}}');
    expect(['alertname', 'team', 'pod', 'empty'].map(of)).toEqual([
      known('A'),
      known('db'),
      { kind: 'open' },
      known(''),
    ]);
  });

  it('meet the matchers of the expression and of the records that it reads', () => {
    const holding = (expr: string, ...others: string[]) =>
      labelsOf(`{alert: A, expr: '${expr}', labels: {set: s}}`, {}, ...others).holding.map(
        ({ label, operator, value }) => `${label}${operator}${value}`,
      );
    expect(holding('x{a="b", set="t"} > 1')).toEqual(['a=b']);
    expect(holding('x{a=~"("} > 1')).toEqual([]);
    expect(holding('up ==')).toEqual([]);
    expect(holding('r > 1', `{record: r, expr: 'x{a="b", c="d"}', labels: {c: e}}`)).toEqual(['a=b', 'c=e']);
    const two = [`{record: r, expr: 'x{a="b", c="d"}'}`, `{record: r, expr: 'y{c="d", e="f"}'}`];
    expect(holding('r > 1', ...two)).toEqual(['c=d']);
    expect(holding('r > 1', `{record: r, expr: 'r{a="b"}'}`)).toEqual(['a=b']);
    expect(holding('r > 1', `{alert: r, expr: 'x{a="b"}'}`)).toEqual([]);
  });
});

it('changes that many alerts have alike are one finding', () => {
  const alert = (name: string, after = 'b') => ({
    ...{ subject: `alert ${name}`, place: { file: 'r.yaml', line: 3 } },
    changes: [{ kind: 'k', level: 'notable' as const, before: 'a', after, consequence: 'It is so.' }],
  });
  const config = { file: 'a.yaml' };
  expect(
    changeFindings([alert('A'), alert('B'), alert('C'), alert('D', 'x')], config).map(
      ({ subject, file }) => `${subject} ${file}`,
    ),
  ).toEqual([...['alert A r.yaml', 'alert B r.yaml', 'alert C r.yaml', 'alert D r.yaml']]);
  expect(
    changeFindings(
      ['A', 'B', 'my alert C', 'D'].map((name) => alert(name)),
      config,
    ),
  ).toEqual([
    {
      ...{ kind: 'k', level: 'notable', subject: '4 alerts', before: 'a', after: 'b', file: 'a.yaml' },
      consequence: 'It is so. The alerts: A, B, my alert C, D.',
      alerts: ['A', 'B', 'my alert C', 'D'],
    },
  ]);
});

describe('the notifications', () => {
  const config = (more = '', path = 'a.yaml') => ({
    path,
    text: `route: {receiver: a, group_by: [alertname]${more}}\nreceivers: [{name: a}, {name: b}]\n`,
  });
  type Held = ReturnType<typeof config>;
  const A = rules('{alert: A, expr: sum(x)}');
  const changes = (before: { path: string; text: string }[], after: { path: string; text: string }[]) => {
    const { findings, notes } = notificationChanges(readSide([A, ...before]), readSide([A, ...after]));
    return {
      findings: findings.map(
        ({ level, kind, subject, before: old = '-', after: now = '-', consequence }) =>
          `${level} ${kind} ${subject}: ${old} → ${now} | ${consequence}`,
      ),
      notes,
    };
  };

  it('are not compared where a configuration is new, gone or refused', () => {
    const bad = { path: 'a.yaml', text: 'route: {receiver: gone}\nreceivers: [{name: a}]\n' };
    expect(changes([], [config()])).toEqual({
      findings: [],
      notes: ['a.yaml is new: there are no routes and inhibition rules to compare it with.'],
    });
    expect(changes([config(), config('', 'c.yaml')], [])).toEqual({
      findings: [],
      notes: ['a.yaml, c.yaml: gone, so that routes and inhibition rules were not compared.'],
    });
    expect(changes([bad], [bad]).notes[0]).toMatch(
      /^Routes and inhibition rules were not compared: a\.yaml:\d+: found the receiver "gone".*\.$/,
    );
    expect(changes([bad], [config()]).notes[0]).toMatch(
      /^Routes and inhibition rules were not compared: .* \(before the change\)\.$/,
    );
    expect(changes([config()], [bad]).findings).toEqual([
      expect.stringMatching(
        /^breaking alertmanager-refused file a\.yaml: - → a\.yaml:\d+: found .* \| Alertmanager refuses this configuration: it keeps the old one, and does not start with it\.$/,
      ),
    ]);
    expect(changes([config('', 'old.yaml')], [config(', group_wait: 1m', 'new.yaml')]).findings).toHaveLength(
      1,
    );
    const isNew = (path: string) =>
      `${path} is new: there are no routes and inhibition rules to compare it with.`;
    const [c, d, e] = ['c.yaml', 'd.yaml', 'e.yaml'].map((path) => config('', path)) as [Held, Held, Held];
    expect(changes([config(), c], [config(), d]).notes).toEqual([isNew('d.yaml')]);
    expect(changes([config(), c], [d]).notes).toEqual([isNew('d.yaml')]);
    expect(changes([c], [d, e]).notes).toEqual([isNew('d.yaml'), isNew('e.yaml')]);
    expect(changes([], [])).toEqual({ findings: [], notes: [] });
  });

  it('are noted where versions of Alertmanager read a configuration in another way', () => {
    const empty = config(', routes: [{group_by: []}]');
    const notes = [
      'a.yaml:1: route.routes[0].group_by is empty: read as no grouping; Alertmanager before 0.31 inherits the grouping of the route above.',
    ];
    for (const [before, after] of [[config(), empty] as const, [empty, config()] as const])
      expect(changes([before], [after]).notes).toEqual(notes);
    expect(changes([empty], [empty]).notes).toEqual(notes);
    const both = readSide([A, config()]);
    const given = notificationChanges(both, both, {
      configs: {
        base: config(),
        head: { ...empty, text: empty.text.replace('receiver: a,', 'receiver: b,') },
      },
    });
    expect([given.findings.map(({ kind }) => kind), given.notes]).toEqual([
      ['receiver-changed', 'notification-grouping-changed'],
      notes,
    ]);
  });

  it('of a new alert are described', () => {
    const both = rules('{alert: A, expr: sum(x)}', '{alert: N, expr: sum(y)}');
    const text = `${config(', group_wait: 10s').text}inhibit_rules: [{source_matchers: [alertname=A], target_matchers: [alertname=N]}]\n`;
    const side = (file: typeof A) => readSide([file, { path: 'a.yaml', text }]);
    expect(
      notificationChanges(side(A), side(both)).findings.map(({ kind, subject, consequence }) => [
        kind,
        subject,
        consequence,
      ]),
    ).toEqual([
      [
        ...['alert-routed', 'alert N'],
        'It notifies a, grouped by alertname: first after 10s, changes after 5m, repeated after 4h. No notification is sent while A fires.',
      ],
    ]);
  });

  it('go to a receiver in some cases, and to others as well', () => {
    const held = (url: string) => ({
      path: 'a.yaml',
      text: `route: {receiver: a, routes: [{matchers: [team=db], receiver: b, continue: true}, {matchers: [team=db], receiver: a}]}\nreceivers: [{name: a}, {name: b, webhook_configs: [{url: 'http://${url}'}]}]\n`,
    });
    const both = rules("{alert: A, expr: 'x > 1'}", "{alert: B, expr: 'y > 1'}");
    const side = (url: string) => readSide([both, held(url)]);
    expect(notificationChanges(side('x'), side('y')).findings.map(({ consequence }) => consequence)).toEqual([
      'Its integrations change in these fields; the values are not shown. It is notified of A, B.',
    ]);
  });

  it.each<[string, Record<string, string>, Record<string, string>, [string, string][]]>([
    ['is another name', { b: 'x' }, { c: 'x' }, [['b', 'c']]],
    ['is another receiver', { b: 'x' }, { c: 'y' }, []],
    ['is gone', { b: 'x' }, {}, []],
    ['may be either of two', { b: 'x' }, { c: 'x', d: 'x' }, []],
    ['may have been either of two', { b: 'x', c: 'x' }, { d: 'x' }, []],
    ['is a second one', { b: 'x' }, { b: 'x', c: 'x' }, []],
    ['was a second one', { b: 'x', c: 'x' }, { b: 'x' }, []],
    [
      'are two other names',
      { b: 'x', c: 'y' },
      { d: 'y', e: 'x' },
      [
        ['b', 'e'],
        ['c', 'd'],
      ],
    ],
  ])('know that a name of a receiver %s', (_, before, after, names) => {
    const [old, now] = [before, after].map((urls) => {
      const all = Object.entries(urls).map(
        ([name, url]) => `, {name: ${name}, webhook_configs: [{url: '${url}'}]}`,
      );
      return readAlertmanagerConfig(`route: {receiver: r}\nreceivers: [{name: r}${all.join('')}]`, 'a.yaml');
    });
    expect([...renamedReceivers(old as Config, now as Config)]).toEqual(names);
  });

  it('go to receivers whose definitions and settings may change', () => {
    const text = (key: string, from: string) => ({
      path: 'a.yaml',
      text: `global: {smtp_from: ${from}}\nroute: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://${key}'}]}, {name: b, webhook_configs: [{url: 'http://${key}2'}]}]\n`,
    });
    expect(changes([text('x', 'm@a.b')], [text('y', 'n@a.b')]).findings).toEqual([
      'notable receiver-definition-changed receiver a: - → webhook_configs[0].url | Its integrations change in these fields; the values are not shown. It is notified of A.',
      'harmless receiver-definition-changed receiver b: - → webhook_configs[0].url | Its integrations change in these fields; the values are not shown. None of the alerts here notifies it.',
      'notable alertmanager-settings-changed file a.yaml: - → global.smtp_from | Settings for all receivers change; the values are not shown.',
    ]);
    const named = (name: string) => ({
      path: 'a.yaml',
      text: `route: {receiver: ${name}}\nreceivers: [{name: ${name}, webhook_configs: [{url: 'http://x'}]}]\n`,
    });
    expect(changes([named('a')], [named('z')]).findings).toEqual([
      'harmless receiver-renamed receiver z: a → z | Its integrations are the same under the new name. Groups that fire during the change are notified once more.',
    ]);
    const routed = (more: string) => ({
      path: 'a.yaml',
      text: `route: {receiver: a${more}}\nreceivers: [{name: a}]\n`,
    });
    expect(
      changes([routed('')], [routed(', routes: [{matchers: [alertname=Z], receiver: a}]')]).findings,
    ).toEqual([
      'harmless alertmanager-written-otherwise file a.yaml: - → routes | They differ, and nothing changes for any of the 1 alerts compared.',
    ]);
  });
});
