import { describe, expect, it } from 'vitest';
import { alertReaders } from '../../src/diff/alert-readers.js';
import { readSide } from '../../src/rule-files/parse.js';

const alert = (name: string) => `  - {alert: ${name}, expr: 'x{a="${name.length}"} > 1'}\n`;
const rules = (...lines: readonly string[]) => ({
  path: 'rules.yaml',
  text: `groups:\n- name: g\n  rules:\n${lines.join('')}`,
});
const META = `  - {alert: Meta, expr: 'ALERTS{alertname="Gone", alertstate="firing"} or ALERTS_FOR_STATE{alertname=~"Other|Gone"}'}\n`;
const others = [
  {
    path: 'dashboard.json',
    text: JSON.stringify({
      uid: 'd',
      title: 'D',
      panels: [
        {
          id: 4,
          title: 'P',
          type: 'stat',
          targets: [{ refId: 'A', expr: 'count(ALERTS{alertname="Gone"})' }],
        },
        {
          id: 5,
          title: 'Q',
          type: 'stat',
          targets: [{ refId: 'A', expr: 'count(ALERTS{alertname!="Gone"})' }],
        },
      ],
      templating: { list: [{ name: 'v', query: 'label_values(ALERTS{alertname="Gone"}, relay)' }] },
    }),
  },
  {
    path: 'alertmanager.yaml',
    text: `route:
  receiver: a
  routes:
  - {matchers: ['alertname="Gone"'], receiver: b}
  - {match_re: {alertname: Kept|Gone}, receiver: b}
  - {matchers: ['alertname=~"G.*"'], receiver: c}
  - {matchers: ['alertname=~".*"'], receiver: c}
receivers: [{name: a}, {name: b}, {name: c}]
inhibit_rules:
- {source_matchers: [alertname=Gone], target_matchers: [severity=info]}
- {source_matchers: [alertname=Kept], target_match: {alertname: Gone}}
`,
  },
];
const tests = {
  path: 'ops/rules.test.yaml',
  text: `rule_files: [rules.yaml]
tests:
- interval: 1m
  alert_rule_test:
  - {eval_time: 1m, alertname: Gone}
  - {eval_time: 1m, alertname: Kept}
  promql_expr_test:
  - {expr: 'ALERTS{alertname="Gone"}', eval_time: 1m}
`,
};
const base = readSide([rules(alert('Gone'), alert('Kept'), META), ...others]);
const read = (head: ReturnType<typeof rules>) =>
  alertReaders(base, readSide([head, ...others]), readSide([tests])).map(
    ({ subject, file, consequence, after }) => `${subject} | ${file} | ${after} | ${consequence}`,
  );

describe('the readers of an alert that is removed', () => {
  const found = read(rules(alert('Kept'), META));

  it('are rules, panels, variables, tests, routes and inhibition rules', () => {
    const data = 'reads the state of an alert that no longer exists, and gets no data.';
    const test =
      'Test ops/rules.test.yaml expects an alert that no longer exists: it fails, or passes without testing anything.';
    expect(found).toEqual([
      `alert Gone | rules.yaml | ALERTS{alertname="Gone"} | Alert Meta ${data}`,
      `alert Gone | rules.yaml | ALERTS_FOR_STATE{alertname=~"Other|Gone"} | Alert Meta ${data}`,
      `alert Gone | dashboard.json | ALERTS{alertname="Gone"} | Panel d/4 ${data}`,
      `alert Gone | dashboard.json | ALERTS{alertname="Gone"} | Variable v of d ${data}`,
      'alert Gone | alertmanager.yaml | alertname="Gone" | Route to b no longer matches an alert of this name.',
      'alert Gone | alertmanager.yaml | alertname=~"Kept|Gone" | Route to b no longer matches an alert of this name.',
      'alert Gone | alertmanager.yaml | alertname=~"G.*" | Route to c no longer matches an alert of this name.',
      'alert Gone | alertmanager.yaml | alertname="Gone" | Inhibition rule 1 has a source that no longer exists.',
      'alert Gone | alertmanager.yaml | alertname="Gone" | Inhibition rule 2 has a target that no longer exists.',
      `alert Gone | ops/rules.test.yaml | alertname: Gone | ${test}`,
      `alert Gone | ops/rules.test.yaml | ALERTS{alertname="Gone"} | Test ops/rules.test.yaml ${data}`,
    ]);
  });
});

describe('the readers of an alert that is renamed', () => {
  it('are the same, with the new name', () => {
    const renamed = read(rules(alert('Gone').replace('alert: Gone', 'alert: Left'), alert('Kept'), META));
    expect(renamed).toHaveLength(11);
    expect(renamed[0]).toMatch(/^alert Left .* The alert is now called Left\.$/);
  });

  it('are none where another rule still has the name, or nothing changes', () => {
    expect(read(rules(alert('Gone').replace('> 1', '> 2'), alert('Kept'), META))).toEqual([]);
  });
});
