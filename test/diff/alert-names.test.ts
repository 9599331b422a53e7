import { describe, expect, it } from 'vitest';
import { alertReaders } from '../../src/diff/alert-readers.js';
import { readSide } from '../../src/rule-files/parse.js';

const alert = (name: string) => `  - {alert: ${name}, expr: 'x{a="${name.length}"} > 1'}\n`;
const rules = (...lines: readonly string[]) => ({
  path: 'rules.yaml',
  text: `groups:\n- name: g\n  rules:\n${lines.join('')}`,
});

describe('what else may read an alert that is gone', () => {
  const alone = (
    more: readonly { readonly path: string; readonly text: string }[],
    also: readonly { readonly path: string; readonly text: string }[] = [],
    head = rules(alert('Kept'), alert('Gong')),
  ) =>
    alertReaders(
      readSide([rules(alert('Gone'), alert('Kept'), alert('Gong')), ...more]),
      readSide([head, ...more]),
      readSide(also),
    ).map(({ kind, level, consequence, after }) => `${kind} ${level} ${after} | ${consequence}`);
  const DATA = 'reads the state of an alert that no longer exists, and gets no data.';
  const dashboard = (queries: readonly string[], more: object = {}, path = 'd.json') => ({
    path,
    text: JSON.stringify({
      uid: 'd',
      title: 'D',
      panels: [],
      templating: { list: queries.map((query, i) => ({ name: `v${i}`, query })) },
      ...more,
    }),
  });

  it('are variables, whatever the form of their query', () => {
    const queries = [
      ...[
        'ALERTS{alertname="Gone"}',
        ' label_values( ALERTS{alertname="Gone"} ,a ) ',
        ' query_result(ALERTS{alertname="Gone"}) ',
      ],
      ...[
        'query_result( count(ALERTS{alertname="Gone", site="$site"}) )',
        'my_label_values(ALERTS{alertname="Gone"}, a)',
        'label_values(up, alertname)',
      ],
      ...[
        'label_values(ALERTS{alertname="Gone"}, a, b)',
        'label_values(a)',
        'query_result(ALERTS{alertname="Gone"}) x',
      ],
      ...[
        'label_values(ALERTS{alertname="Gone"}, a) x',
        'my_query_result(ALERTS{alertname="Gone"})',
        'query_result(count_over_time(ALERTS{alertname="Gone"}[$__range]))',
      ],
    ];
    expect(alone([dashboard(queries)])).toEqual(
      [0, 1, 2, 3, 11].map(
        (i) => `alert-reader breaking ALERTS{alertname="Gone"} | Variable v${i} of d ${DATA}`,
      ),
    );
  });

  it('are selectors of the state of alerts by name, and nothing else', () => {
    const asks = (...exprs: string[]) =>
      alone([
        {
          path: 'm.yaml',
          text: `groups: [{name: m, rules: [${exprs.map((expr, i) => `{record: r${i}, expr: '${expr}'}`).join(', ')}]}]`,
        },
      ]);
    expect(
      asks(
        'ALERTS{alertname="Gone"}',
        'up{alertname="Gone"}',
        'ALERTS{name="Gone"}',
        'ALERTS{alertname!="Kept"}',
      ),
    ).toEqual([`alert-reader breaking ALERTS{alertname="Gone"} | Record r0 ${DATA}`]);
    expect(
      asks(
        '{alertname="Gone"}',
        'ALERTS{alertname!~"Kept"}',
        'ALERTS',
        'ALERTS{alertname="Gone"',
        'ALERTS{alertname=~".*"}',
      ),
    ).toEqual([]);
    expect(asks('ALERTS{alertname=~"Gon."}', 'ALERTS{alertname=~"Gone?"}')).toEqual([
      `alert-reader breaking ALERTS{alertname=~"Gone?"} | Record r1 ${DATA}`,
    ]);
    expect(asks('ALERTS{alertname=~"("}')).toEqual([]);
    expect(asks('ALERTS{alertname="Never"}', 'ALERTS{alertname=~"Nev.*"}')).toEqual([]);
    // What is left is what the selector excludes.
    const meta = {
      path: 'm.yaml',
      text: `groups: [{name: m, rules: [{record: r, expr: 'ALERTS{alertname!="Kept"}'}]}]`,
    };
    expect(alone([meta], [], rules(alert('Kept')))).toEqual([]);
  });

  it('are files of others, under their names', () => {
    const foreign = {
      path: 'o.yaml',
      text: `groups: [{name: o, rules: [{alert: O, expr: 'ALERTS{alertname="Gone"}'}]}]`,
    };
    const panel = dashboard(
      [],
      { panels: [{ id: 3, targets: [{ expr: 'ALERTS{alertname="Gone"}' }] }] },
      'o.json',
    );
    expect(alone([], [foreign, panel, dashboard(['ALERTS{alertname="Gone"}'], {}, 'p.json')])).toEqual([
      `alert-reader breaking ALERTS{alertname="Gone"} | O.yaml (alert O) ${DATA}`,
      `alert-reader breaking ALERTS{alertname="Gone"} | O.json (panel d/3) ${DATA}`,
      `alert-reader breaking ALERTS{alertname="Gone"} | P.json (variable v0 of d) ${DATA}`,
    ]);
  });

  it('are dashboards that name it, where nothing else in them does', () => {
    const NAMES = 'names an alert that no longer exists.';
    const named = (more: object, path = 'd.json') =>
      dashboard([], { description: 'See Gone.', ...more }, path);
    expect(alone([named({})])).toEqual([`alert-reader breaking Gone | Dashboard d ${NAMES}`]);
    expect(alone([named({ uid: '' })])).toEqual([`alert-reader breaking Gone | Dashboard D ${NAMES}`]);
    expect(alone([], [named({}, 'o.json')])).toEqual([`alert-reader breaking Gone | Dashboard d ${NAMES}`]);
    expect(alone([dashboard([], { description: 'Goner' })])).toEqual([]);
    expect(alone([dashboard(['ALERTS{alertname="Gone"}'], { description: 'See Gone.' })])).toHaveLength(1);
    expect(alone([dashboard(['ALERTS{alertname="Gone"}']), named({}, 'e.json')])).toHaveLength(2);
  });

  it('are no configurations and tests that cannot be read', () => {
    const config = (text: string) =>
      alone([
        { path: 'a.yaml', text: `route:\n  receiver: a\n  routes:\n${text}\nreceivers: [{name: a}]\n` },
      ]);
    expect(config('  - {matchers: [alertname=Gone], receiver: a}')).toHaveLength(1);
    expect(config('  - {matchers: [alertname=Gone], receiver: gone}')).toEqual([]);
    expect(config('  - {matchers: [severity=Gone, alertname!=Kept, alertname!~Kept], receiver: a}')).toEqual(
      [],
    );
    const route =
      'route:\n  receiver: a\n  routes: [{matchers: [alertname!=Kept], receiver: a}]\nreceivers: [{name: a}]\n';
    expect(alone([{ path: 'a.yaml', text: route }], [], rules(alert('Kept')))).toEqual([]);
    const tested = (text: string) => alone([], [{ path: 't.yaml', text }]);
    const one = 'alert_rule_test: [{alertname: Gone}]';
    expect(tested(`tests: [{${one}}]`)).toHaveLength(1);
    expect(tested(`rule_files: []\n'tests' : [{${one}}]`)).toHaveLength(1);
    expect(tested(`my_tests: [{${one}}]`)).toEqual([]);
    expect(tested(`- tests: [{${one}}]`)).toEqual([]);
    expect(tested(`tests: [{${one}}]\nx: "`)).toEqual([]);
    expect(tested(`tests: [{promql_expr_test: [{expr: 'ALERTS{alertname="Gone"'}]}]`)).toEqual([]);
    expect(tested(`tests: {${one}}`)).toEqual([]);
    expect(tested(`---\n---\ntests: [{${one}}]`)).toEqual([]);
  });

  it('are none where one of several rules with the name is left', () => {
    const two = rules(alert('Gone'), `  - {alert: Gone, expr: 'y > 1', labels: {severity: page}}\n`);
    const reader = dashboard(['ALERTS{alertname="Gone"}']);
    expect(
      alertReaders(readSide([two, reader]), readSide([rules(alert('Gone')), reader]), readSide([])),
    ).toEqual([]);
  });

  it('look for the alerts of rule files and manifests, each once', () => {
    const manifest = (...lines: string[]) => ({
      path: 'k.yaml',
      text: `kind: PrometheusRule\nspec:\n  groups:\n  - name: g\n    rules:\n${lines.map((line) => `  ${line}`).join('')}`,
    });
    const labelled = (name: string) => alert(name).replace('}\n', ', labels: {a: b}}\n');
    const reader = dashboard(['ALERTS{alertname="Gone"}']);
    const consequences = (before: ReturnType<typeof rules>[], after: ReturnType<typeof rules>[]) =>
      alertReaders(readSide([...before, reader]), readSide([...after, reader]), readSide([])).map(
        ({ subject }) => subject,
      );
    // Only the manifest has the alert.
    expect(consequences([rules(alert('Kept')), manifest(labelled('Gone'))], [rules(alert('Kept'))])).toEqual([
      'alert Gone',
    ]);
    // Both have it, with different labels, and it gets another name.
    const renamed = rules(alert('Gone').replace('Gone', 'Left'));
    expect(consequences([rules(alert('Gone')), manifest(labelled('Gone'))], [renamed])).toEqual([
      'alert Left',
    ]);
  });

  it('is told of the new name where it has one', () => {
    const renamed = rules(alert('Gone').replace('alert: Gone', 'alert: Left'), alert('Kept'), alert('Gong'));
    expect(alone([dashboard(['ALERTS{alertname="Gone"}'])], [], renamed)).toEqual([
      `alert-reader breaking ALERTS{alertname="Gone"} | Variable v0 of d ${DATA} The alert is now called Left.`,
    ]);
  });
});
