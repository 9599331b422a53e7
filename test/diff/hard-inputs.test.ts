import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareSides } from '../../src/diff/compare.js';
import { type TemporaryFolder, temporaryFolder } from '../../src/processes/temporary-folder.js';
import { readFileSet } from '../../src/rule-files/file-set.js';
import { readSide } from '../../src/rule-files/parse.js';

/** A file of each side is made of two texts; `%` stands for what differs. */
type Case = readonly [
  what: string,
  path: string,
  text: string,
  before: string,
  after: string,
  findings: readonly string[],
];

const indented = (text: string, spaces: number) => text.replace(/^(?=.)/gm, ' '.repeat(spaces));
const RULES = 'groups:\n- name: g\n  rules:\n  - alert: A\n    expr: up == %\n';
const MANIFEST = 'spec: {groups: [{name: g, rules: [{alert: A, expr: up == %}]}]}';
const DASHBOARD =
  '{"uid":"d","panels":[{"id":1,"type":"stat","title":"P","targets":[{"refId":"A","expr":"up == %"}]}]}';
const withLabel = `${RULES.replace('%', '0')}    labels: {x: %}\n`;
const THRESHOLD = ['notable threshold-changed'];
const NOT_READ = ['notable not-read'];
const REMOVED = ['breaking alert-removed', ...NOT_READ];

/** What people write that is YAML, but not as most of it is written. */
const YAML: readonly Case[] = [
  [
    "a Mimir rule file's namespace that is gone",
    'r.yaml',
    '%groups: [{name: g, rules: [{alert: A, expr: up}]}]',
    'namespace: infra\n',
    '',
    ['notable also-differs'],
  ],
  [
    "a Mimir rule file's namespace that is new",
    'r.yaml',
    '%groups: [{name: g, rules: [{alert: A, expr: up}]}]',
    '',
    'namespace: infra\n',
    ['notable also-differs'],
  ],
  [
    'the labels of an object around rules that is gone',
    'r.yaml',
    '%',
    'kind: PrometheusRule\nmetadata: {name: r, labels: {x: y}}\nspec: {groups: [{name: g, rules: [{alert: A, expr: up}]}]}\n',
    'groups: [{name: g, rules: [{alert: A, expr: up}]}]\n',
    ['notable also-differs'],
  ],
  [
    'the first of several merged maps',
    'r.yaml',
    'a: &a {expr: up == %}\nb: &b {expr: up}\ngroups: [{name: g, rules: [{<<: [*a, *b], alert: A}]}]',
    '0',
    '1',
    [...THRESHOLD, 'notable also-differs'],
  ],
  [
    'an anchor that is defined again',
    'r.yaml',
    'x: &a up\ny: &a up == %\ngroups: [{name: g, rules: [{alert: A, expr: *a}]}]',
    '0',
    '1',
    [...THRESHOLD, 'notable also-differs'],
  ],
  [
    'a merge key in labels',
    'r.yaml',
    'l: &l {severity: %}\ngroups: [{name: g, rules: [{alert: A, expr: up, labels: {<<: *l, a: b}}]}]',
    'critical',
    'warning',
    ['breaking severity-changed', 'notable also-differs'],
  ],
  [
    'a quoted << , which merges nothing',
    'r.yaml',
    'l: &l {expr: up == %}\ngroups: [{name: g, rules: [{"<<": *l, alert: A, expr: up}]}]',
    '0',
    '1',
    ['notable also-differs', 'notable also-differs'],
  ],
  ['a folded text', 'r.yaml', RULES.replace('up == %', '>-\n      up\n      == %'), '0', '1', THRESHOLD],
  ['an indentation indicator', 'r.yaml', RULES.replace('up == %', '|2\n      up == %'), '0', '1', THRESHOLD],
  [
    'a comment in an expression',
    'r.yaml',
    RULES.replace('up == %', '|\n      up\n      %== 0'),
    '',
    '# ',
    ['notable comparison-changed'],
  ],
  ['an explicit key', 'r.yaml', RULES.replace('expr:', '? expr\n    :'), '0', '1', THRESHOLD],
  ['a tag', 'r.yaml', RULES.replace('up ==', '!!str up =='), '0', '1', THRESHOLD],
  [
    'a directive and an end mark',
    'r.yaml',
    `%YAML 1.1\n---\n${RULES}...\n`.replace('%YAML', '\u0001YAML'),
    '0',
    '1',
    THRESHOLD,
  ],
  [
    'an expression that is a number',
    'r.yaml',
    RULES.replace('up == %', '%'),
    '1',
    '2',
    ['notable number-changed'],
  ],
  ['a label that looks octal', 'r.yaml', withLabel, '010', '8', ['breaking label-changed']],
  ['a label that looks like a boolean', 'r.yaml', withLabel, 'yes', 'true', ['breaking label-changed']],
  ['a label with a grouped number', 'r.yaml', withLabel, '1_000', '1000', ['breaking label-changed']],
  ['a label with an exponent', 'r.yaml', withLabel, '1e3', '"1000"', ['breaking label-changed']],
  ['a label that is a date', 'r.yaml', withLabel, '2024-01-01', '2024-01-02', ['breaking label-changed']],
  ['an empty label, written in two ways', 'r.yaml', withLabel, '~', '""', []],
  ['an empty first document', 'r.yaml', `%${RULES.replace('%', '0')}`, '', '---\n---\n', REMOVED],
  ['a key twice', 'r.yaml', `${RULES.replace('%', '0')}%`, '', '    expr: up\n', REMOVED],
  ['tabs', 'r.yaml', RULES.replace('    expr', '%expr').replace('== %', '== 0'), '    ', '\t', REMOVED],
  [
    'groups that are a map',
    'r.yaml',
    RULES.replace('\n- ', '\n%').replace('== %', '== 0'),
    '- ',
    '  ',
    REMOVED,
  ],
  [
    'rules that are commented out',
    'r.yaml',
    '%',
    RULES.replace('%', '0'),
    RULES.replace('%', '0').replace(/^(?=.)/gm, '# '),
    ['breaking alert-removed'],
  ],
  [
    'a document that fills the stack',
    'r.yaml',
    `${RULES.replace('%', '0')}x: %`,
    '1',
    '['.repeat(20_000),
    [...REMOVED, 'notable object-removed'],
  ],
  [
    'JSON that fills the stack',
    'd.json',
    `{"panels":[%],${DASHBOARD.slice(1).replace('%', '0')}`,
    '',
    '['.repeat(9000) + ']'.repeat(9000),
    ['breaking dashboard-removed', ...NOT_READ],
  ],
];

/** Rules and dashboards inside of something else. */
const INSIDE: readonly Case[] = [
  [
    'items of a PrometheusRuleList without a kind',
    'r.yaml',
    `kind: PrometheusRuleList\nitems:\n- metadata: {name: x}\n  ${MANIFEST}`,
    '0',
    '1',
    THRESHOLD,
  ],
  [
    'a list in a list',
    'r.yaml',
    `kind: List\nitems:\n- kind: List\n  items:\n  - kind: PrometheusRule\n    ${MANIFEST}`,
    '0',
    '1',
    THRESHOLD,
  ],
  [
    'a JSON list of manifests',
    'r.json',
    `[{"kind":"PrometheusRule","spec":{"groups":[{"name":"g","rules":[{"alert":"A","expr":"up == %"}]}]}}]`,
    '0',
    '1',
    THRESHOLD,
  ],
  ['a JSON list of dashboards', 'd.json', `[${DASHBOARD}]`, '0', '1', ['notable query-changed']],
  [
    'a JSON list of exported dashboards',
    'd.json',
    `[{"meta":{},"dashboard":${DASHBOARD}}]`,
    '0',
    '1',
    ['notable query-changed'],
  ],
  [
    'a ConfigMapList',
    'r.yaml',
    `kind: ConfigMapList\nitems:\n- metadata: {name: x}\n  data:\n    r.yaml: |\n${indented(RULES, 6)}`,
    '0',
    '1',
    THRESHOLD,
  ],
  [
    'an entry without an extension, below a comment',
    'r.yaml',
    `kind: ConfigMap\ndata:\n  alerts: |\n    # ours\n${indented(RULES, 4)}`,
    '0',
    '1',
    THRESHOLD,
  ],
  [
    'texts of a Secret',
    'r.yaml',
    `kind: Secret\nstringData:\n  r.yaml: |\n${indented(RULES, 4)}`,
    '0',
    '1',
    THRESHOLD,
  ],
  [
    'data of a Secret',
    'r.yaml',
    'kind: Secret\ndata: {r.yaml: %}',
    btoa(RULES.replace('%', '0')),
    btoa(RULES.replace('%', '1')),
    THRESHOLD,
  ],
  [
    'compressed data',
    'r.yaml',
    'kind: ConfigMap\nbinaryData: {r.yaml.gz: %}',
    gzipSync(RULES.replace('%', '0')).toString('base64'),
    gzipSync(RULES.replace('%', '1')).toString('base64'),
    THRESHOLD,
  ],
  [
    'values of the chart kube-prometheus-stack',
    'values.yaml',
    `additionalPrometheusRulesMap:\n  x:\n${indented(RULES, 4)}`,
    '0',
    '1',
    NOT_READ,
  ],
  [
    'values of the chart prometheus',
    'values.yaml',
    `serverFiles:\n  alerting_rules.yml:\n${indented(RULES, 4)}`,
    '0',
    '1',
    NOT_READ,
  ],
  [
    'an Argo CD application',
    'app.yaml',
    `kind: Application\nspec:\n  source:\n    helm:\n      values: |\n${indented(RULES, 8)}`,
    '0',
    '1',
    NOT_READ,
  ],
  [
    'an Ansible playbook',
    'play.yml',
    `- hosts: all\n  tasks:\n  - copy:\n      content: |\n${indented(RULES, 8)}`,
    '0',
    '1',
    NOT_READ,
  ],
  [
    'a patch of a kustomization',
    'k.yaml',
    'kind: Kustomization\npatches:\n- target: {kind: PrometheusRule}\n  patch: "- {op: replace, path: /spec/groups/0/rules/0/expr, value: up == %}"',
    '0',
    '1',
    NOT_READ,
  ],
  [
    'a file with a JSON patch',
    'patch.yaml',
    '- {op: replace, path: /spec/groups/0/rules/0/expr, value: up == %}',
    '0',
    '1',
    NOT_READ,
  ],
  ['an AlertingRule of OpenShift', 'r.yaml', `kind: AlertingRule\n${MANIFEST}`, '0', '1', NOT_READ],
  [
    'a rule group of a managed Prometheus',
    'r.yaml',
    `kind: RuleGroupsNamespace\nspec:\n  configuration: |\n${indented(RULES, 4)}`,
    '0',
    '1',
    NOT_READ,
  ],
  [
    'the answer of a ruler',
    'r.yaml',
    'team:\n- name: g\n  rules: [{alert: A, expr: up == %}]',
    '0',
    '1',
    NOT_READ,
  ],
  [
    'a dashboard of Perses',
    'd.yaml',
    'kind: Dashboard\nspec: {panels: {P: {kind: Panel, spec: {queries: [{query: up == %}]}}}}',
    '0',
    '1',
    NOT_READ,
  ],
  [
    'alert rules exported by Grafana',
    'r.json',
    '[{"uid":"a","title":"T","condition":"C","data":[{"model":{"expr":"up == %"}}]}]',
    '0',
    '1',
    NOT_READ,
  ],
  [
    'the configuration of Prometheus',
    'prometheus.yml',
    'global: {evaluation_interval: %}\nrule_files: [r.yaml]',
    '30s',
    '1m',
    ['notable also-differs'],
  ],
  [
    'the configuration of Alertmanager',
    'alertmanager.yml',
    'route: {receiver: %}\nreceivers: [{name: a}, {name: b}]',
    'a',
    'b',
    ['notable also-differs'],
  ],
  ['an ending in capitals', 'R.YML', RULES, '0', '1', THRESHOLD],
  ['a template that is YAML', 'r.yaml.tmpl', RULES, '0', '1', THRESHOLD],
  ['a template in an expression', 'r.yml.j2', RULES, '{{ a }}', '{{ b }}', ['notable expression-changed']],
  [
    'Jsonnet',
    'r.libsonnet',
    '{prometheusAlerts+:: {groups+: [{rules: [{alert: "A", expr: "up == %"}]}]}}',
    '0',
    '1',
    NOT_READ,
  ],
  ['Terraform', 'r.tf', 'resource "grafana_rule_group" "g" { rule { name = "%" } }', '0', '1', NOT_READ],
];

/** Changes of what stands around rules, and changes of two things at once. */
const MOVED: readonly Case[] = [
  [
    'a limit that goes when the group gets another name',
    'r.yaml',
    'groups: [{%, rules: [{alert: A, expr: up}]}]',
    'name: g, limit: 5',
    'name: h',
    ['notable also-differs', 'harmless rule-moved'],
  ],
  [
    'a label of a group that its rules override',
    'r.yaml',
    'groups: [{name: g, labels: {t: %}, rules: [{alert: A, expr: up, labels: {t: x}}]}]',
    'a',
    'b',
    [],
  ],
  [
    'a label of a group',
    'r.yaml',
    'groups: [{name: g, labels: {t: %}, rules: [{alert: A, expr: up}]}]',
    'a',
    'b',
    ['breaking label-changed'],
  ],
  [
    'one of two equal alerts',
    'r.yaml',
    'groups: [{name: g, rules: [{alert: A, expr: up}%]}]',
    ', {alert: A, expr: up}',
    '',
    ['breaking alert-removed'],
  ],
  [
    'a series that is read by its quoted name',
    'r.yaml',
    `groups: [{name: g, rules: [{record: %, expr: up}, {alert: A, expr: '{"a"} > 1'}]}]`,
    'a',
    'b',
    ['breaking record-renamed'],
  ],
  ['an expression that was broken before', 'r.yaml', RULES, '', '0 or', ['notable expression-changed']],
  ['an expression that breaks', 'r.yaml', RULES, '0', '0 or', ['breaking expression-broken']],
  [
    'a template with an unknown function',
    'r.yaml',
    `${RULES.replace('%', '0')}    annotations: {a: "{{ $value | % }}"}`,
    'humanize',
    'humanise',
    ['breaking file-refused', 'harmless text-changed'],
  ],
  [
    'a query for Loki that looks like PromQL',
    'd.json',
    DASHBOARD.replace('"id":1', '"id":1,"datasource":{"type":"loki","uid":"l"}').replace(
      'up == %',
      '{job=\\"%\\"}',
    ),
    'a',
    'b',
    ['notable query-changed'],
  ],
  [
    'the first uid of a dashboard',
    'd.json',
    DASHBOARD.replace('"uid":"d"', '"title":"D"%').replace('== %', '== 0'),
    '',
    ',"uid":"d"',
    ['notable dashboard-uid-changed'],
  ],
];

const textOf = (text: string, change: string) => text.replace('%', () => change).replaceAll('\u0001', '%');
const sideOf = (path: string, text: string) => readSide([{ path, text }]);
const named = (findings: ReturnType<typeof compareSides>) =>
  findings.map(({ level, kind }) => `${level} ${kind}`);

describe.each([
  ['YAML', YAML],
  ['a place inside of something else', INSIDE],
  ['what stands around', MOVED],
] as const)('a change in %s', (_, cases) => {
  it.each(cases)('is never silent: %s', (_what, path, text, before, after, expected) => {
    const [base, head] = [sideOf(path, textOf(text, before)), sideOf(path, textOf(text, after))];
    expect(named(compareSides(base, head)).sort()).toEqual([...expected].sort());
    expect(compareSides(head, sideOf(path, textOf(text, after)))).toEqual([]);
  });
});

describe('a series that is no longer recorded', () => {
  const record = 'groups: [{name: g, rules: [{record: "a:b", expr: sum(up)}]}]';
  const panel = (datasource: string, expr: string, more = '') =>
    `{"uid":"d","panels":[{"id":1,"type":"stat","datasource":${datasource},"targets":[{"refId":"A","expr":"${expr}"}]}]${more}}`;
  it.each([
    ['a query for Loki', panel('{"type":"loki","uid":"l"}', 'count_over_time({job=\\"x\\"}[5m])'), 'notable'],
    [
      'one for a variable that stands for Loki',
      panel(
        '"$logs"',
        '{job=\\"x\\"}',
        ',"templating":{"list":[{"name":"logs","type":"datasource","query":"loki"}]}',
      ),
      'notable',
    ],
    ['a selector of labels alone', panel('null', 'count({job=\\"x\\"})'), 'notable'],
    ['its name', panel('{"type":"prometheus","uid":"p"}', 'a:b'), 'breaking'],
    ['a pattern for its name', panel('null', 'count({__name__=~\\"a:.*\\"})'), 'breaking'],
    [
      'its name in a query for another data source',
      panel('{"type":"loki","uid":"l"}', '{job=\\"x\\"} |= \\"a:b\\"'),
      'breaking',
    ],
  ])('breaks what reads it, not %s', (_what, dashboard, level) => {
    const [base, head] = [
      { path: 'r.yaml', text: record },
      { path: 'd.json', text: dashboard },
    ];
    const finding = compareSides(readSide([base, head]), readSide([head])).find(
      ({ kind }) => kind === 'record-removed',
    );
    expect(finding?.level).toBe(level);
  });
});

describe('what only names a kind of rules', () => {
  it.each([
    [
      'a custom resource definition',
      'kind: CustomResourceDefinition\nspec: {names: {kind: PrometheusRule, plural: prometheusrules}}',
    ],
    ['an exception of Argo CD', 'kind: Application\nspec: {ignoreDifferences: [{kind: PrometheusRule}]}'],
    ['a ServiceMonitor', 'kind: ServiceMonitor\nspec: {endpoints: [{port: web}]}'],
  ])('is not listed: %s', (_what, text) => {
    expect(sideOf('a.yaml', text).unread).toEqual([]);
  });
});

describe('values of receivers and data sources', () => {
  it('are not shown where they differ', () => {
    const config = (key: string) =>
      sideOf(
        'a.yml',
        `route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{api_url: 'https://${key}'}], pagerduty_configs: [{routing_key: ${key}}]}]`,
      );
    const [finding] = compareSides(config('first'), config('second'));
    expect(finding?.after).toContain('receivers[a].slack_configs[0].api_url *** → ***');
    const added = compareSides(sideOf('a.yml', 'route: {receiver: a}\nreceivers: []'), config('second'));
    expect(JSON.stringify([finding, added])).not.toMatch(/first|second/);
  });
});

describe('a folder', () => {
  let folder: TemporaryFolder;
  beforeAll(() => {
    folder = temporaryFolder('hard-inputs');
  });
  afterAll(() => folder.remove());

  it.each([
    ['carriage returns alone', RULES.replaceAll('\n', '\r'), ['notable threshold-changed'], []],
    [
      'a byte order mark and CRLF',
      `\uFEFF${RULES.replaceAll('\n', '\r\n')}`,
      ['notable threshold-changed'],
      [],
    ],
    [
      'bytes that are not UTF-8',
      Buffer.concat([Buffer.from(RULES), Buffer.from([0x23, 0xe4])]),
      ['notable not-read'],
      ['not UTF-8'],
    ],
    ['UTF-16', Buffer.from(RULES, 'utf16le'), ['notable not-read'], ['a binary file']],
  ])('with %s is read, or the file is listed', async (_what, content, findings, reasons) => {
    const sides = await Promise.all(
      ['0', '1'].map(async (value) => {
        const path = join(folder.path, value, String(reasons.length), `${_what.length}`);
        mkdirSync(path, { recursive: true });
        const [from, to] = [Buffer.from('%'), Buffer.from(value)];
        const bytes = Buffer.from(content);
        bytes.set(to, bytes.indexOf(from));
        writeFileSync(join(path, 'r.yaml'), bytes);
        return readSide((await readFileSet(path)).files);
      }),
    );
    const [base, head] = sides as [(typeof sides)[0], (typeof sides)[0]];
    expect(named(compareSides(base, head))).toEqual(findings);
    expect(head.unread.map(({ reason }) => reason)).toEqual(reasons);
  });

  it('with pipes and links is read to the end, and what was not read is listed', async () => {
    const path = join(folder.path, 'odd');
    mkdirSync(path);
    writeFileSync(join(path, 'r.yaml'), RULES.replace('%', '0'));
    execFileSync('mkfifo', [join(path, 'pipe.yaml')]);
    symlinkSync('nowhere.yaml', join(path, 'gone.yaml'));
    symlinkSync('.', join(path, 'circle'));
    const side = readSide((await readFileSet(path)).files);
    expect(side.groups.map(({ file }) => file)).toEqual(['r.yaml']);
    expect(side.unread.map(({ file, reason }) => [file, reason])).toEqual([
      ['gone.yaml', 'a symbolic link that leads nowhere'],
      ['pipe.yaml', 'no regular file'],
    ]);
  });
});
