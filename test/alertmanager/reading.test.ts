import { describe, expect, it } from 'vitest';
import { AlertmanagerConfigError, readAlertmanagerConfig } from '../../src/alertmanager/config.js';
import { acceptedValues, accepts, MatcherError, parseMatchers } from '../../src/alertmanager/matchers.js';

/* What Alertmanager's documentation says of matchers, routes and inhibition rules. That it does so is shown by alertmanager.test.ts. */

const textOf = (matchers: ReturnType<typeof parseMatchers>) =>
  matchers.map(({ label, operator, value }) => `${label} ${operator} ${value}`);

describe('matchers', () => {
  it.each<[string, readonly string[]]>([
    ['severity="critical"', ['severity = critical']],
    ['severity=critical', ['severity = critical']],
    ['a!=b', ['a != b']],
    ['a=~"b|c"', ['a =~ b|c']],
    ['a!~"b.*"', ['a !~ b.*']],
    [' \t a = "b" ', ['a = b']],
    ['{a="b",c="d"}', ['a = b', 'c = d']],
    ['a="b", c=~"d,e"', ['a = b', 'c =~ d,e']],
    ['a="b",', ['a = b']],
    ['a=""', ['a = ']],
    ['a=', ['a = ']],
    ['', []],
    ['{}', []],
    ['_a:1="x"', ['_a:1 = x']],
    ['a="b c"', ['a = b c']],
    ['a="x\\"y"', ['a = x"y']],
    ['a="x\\\\y"', ['a = x\\y']],
    ['a="x\\ny"', ['a = x\ny']],
    ['a="x\\dy"', ['a = x\\dy']],
    ['a="x\\",b=c"', ['a = x",b=c']],
    // The UTF-8 syntax refuses an escape such as \d.
    ['a=~"x\\d{1,2}"', ['a =~ x\\d{1,2}']],
    ['a="x\\",y\\d"', ['a = x",y\\d']],
    ['a=~"x \\d"', ['a =~ x \\d']],
    ['a="x\\\\",b="y\\d"', ['a = x\\', 'b = y\\d']],
    ['a="\\d",', ['a = \\d']],
    ['a="\\d", ', ['a = \\d']],
    ['\u00a0a="\\d"', ['a = \\d']],
    // Only the UTF-8 syntax has quoted names.
    ['"a b"="c"', ['a b = c']],
    ['{"ä"=~"x", b != y}', ['ä =~ x', 'b != y']],
    ['{"a"="b",}', ['a = b']],
    ['"a"="b",', ['a = b']],
    ['"a"="b" ', ['a = b']],
    ['1a=b', ['1a = b']],
    ['"a"="x\\ty"', ['a = x\ty']],
    ['"a" = b , c!~d', ['a = b', 'c !~ d']],
  ])('%j are read as %j', (text, expected) => {
    expect(textOf(parseMatchers(text))).toEqual(expected);
  });

  const WORD = 'expected a label, one of = != =~ !~, and a value, such as severity="critical"';
  it.each([
    ['team', `found "team", ${WORD}`],
    ['a b="c"', `found "a b=\\"c\\"", ${WORD}`],
    ['a="b", , c=d', `found " ", ${WORD}`],
    ['a="b', 'found the value "b, which has an unescaped double quote'],
    ['a=b"', 'found the value b", which has an unescaped double quote'],
    ['a="b"c"', 'found the value "b"c", which has an unescaped double quote'],
    ['a="', 'found the value ", which has an unescaped double quote'],
    ['"a b"', `found "\\"a b\\"", ${WORD}`],
    ['{"a"="b"', `found "\\"a\\"=\\"b\\"", ${WORD}`],
    ['"a"="b" "c"="d"', `found "\\"a\\"=\\"b\\" \\"c\\"=\\"d\\"", ${WORD}`],
    ['"a"="b"}', `found "\\"a\\"=\\"b\\"", ${WORD}`],
    ['"a" b "c"', `found "\\"a\\" b \\"c\\"", ${WORD}`],
    ['"a"="\\d"', `found "\\"a\\"=\\"\\\\d\\"", ${WORD}`],
    ['a="x\\,",b="y\\d"', 'found the value "x\\,",b="y\\d", which has an unescaped double quote'],
    ['"a"=', `found "\\"a\\"=", ${WORD}`],
    ["'a'=b", `found "'a'=b", ${WORD}`],
  ])('%s are refused', (text, message) => {
    expect(() => parseMatchers(text)).toThrow(new MatcherError(message));
  });

  it.each(['a=~"("', 'a!~"["', '"a b"=~"(?=x)"'])('%s are refused for their pattern', (text) => {
    expect(() => parseMatchers(text)).toThrow();
    expect(() => parseMatchers(text.replace(/[=!]~/, '='))).not.toThrow();
  });

  it.each([
    ['=', 'b', 'b', true],
    ['=', 'b', 'bc', false],
    ['!=', 'b', 'b', false],
    ['!=', 'b', '', true],
    ['=~', 'b|c', 'c', true],
    ['=~', 'b', 'bc', false],
    ['=~', 'a.c', 'a\nc', false],
    ['!~', 'b.*', 'bc', false],
    ['!~', 'b.*', 'x', true],
  ] as const)('compare the whole value: %s %j with %j', (operator, value, found, is) => {
    expect(accepts({ label: 'a', operator, value }, found)).toBe(is);
  });

  it.each([
    ['=', 'x.*', ['x.*']],
    ['!=', 'x', undefined],
    ['!~', 'x', undefined],
    ['=~', 'x', ['x']],
    ['=~', 'x|y|x', ['x', 'y']],
    ['=~', '^(x|y)$', ['x', 'y']],
    ['=~', '(?:x|y)', ['x', 'y']],
    ['=~', '((x|y))', undefined],
    ['=~', '(^x$)', ['x']],
    ['=~', 'x|', ['x', '']],
    ['=~', 'a\\.b|c\\-d', ['a.b', 'c-d']],
    ['=~', 'a\\d', undefined],
    ['=~', 'x.*', undefined],
    ['=~', 'x|y.*', undefined],
    ['=~', '(x)|(y)', undefined],
    ['=~', '^x', undefined],
    ['=~', 'x$', undefined],
    ['=~', 'x^y$', undefined],
    ['=~', '^x$y', undefined],
    ['=~', 'x[yz]', undefined],
    ['=~', 'x{2}', undefined],
    ['=~', 'x?', undefined],
  ] as const)('%s %j accepts only the values %j', (operator, value, expected) => {
    expect(acceptedValues({ label: 'a', operator, value })).toEqual(expected);
  });
});

const RECEIVERS = 'receivers: [{name: root, webhook_configs: [{url: x}]}, {name: a}]\n';
const read = (text: string) => readAlertmanagerConfig(text, 'am.yaml');

describe('a configuration', () => {
  it('is read with its defaults, in every form of matchers', () => {
    const config = read(`global: {smtp_from: x}
templates: [a.tmpl]
route:
  receiver: root
  routes:
  - match: {b: 1, a: "x"}
    match_re: {c: 'y|z'}
    matchers: ['d!="1"', 'e=~"2", f=3']
    continue: true
    labels: {x: y}
  - receiver: a
    active_time_intervals: [night]
    mute_time_intervals: [day, night]
    group_by: [b, a]
    group_wait: 1m
    group_interval: 2m
    repeat_interval: 3h
inhibit_rules:
- source_match: {severity: critical}
  source_match_re: {s: 'a|b'}
  source_matchers: ['t="x"']
  target_match: {severity: warning}
  target_match_re: {u: 'c'}
  target_matchers: ['v!="y"']
  equal: [b, a, b]
- {name: second}
mute_time_intervals: [{name: day, time_intervals: [1]}]
time_intervals: [{name: night, time_intervals: [2]}]
${RECEIVERS}`);
    const [first, second, ...others] = config.root.routes;
    expect(others).toEqual([]);
    expect({ ...config.root, routes: [] }).toEqual({
      receiver: 'root',
      groupBy: [],
      groupWait: 30,
      groupInterval: 300,
      repeatInterval: 14_400,
      muteTimes: [],
      activeTimes: [],
      matchers: [],
      continues: false,
      routes: [],
      line: 4,
    });
    expect(first).toEqual({
      receiver: 'root',
      groupBy: [],
      groupWait: 30,
      groupInterval: 300,
      repeatInterval: 14_400,
      muteTimes: [],
      activeTimes: [],
      matchers: [
        { label: 'b', operator: '=', value: '1' },
        { label: 'a', operator: '=', value: 'x' },
        { label: 'c', operator: '=~', value: 'y|z' },
        { label: 'd', operator: '!=', value: '1' },
        { label: 'e', operator: '=~', value: '2' },
        { label: 'f', operator: '=', value: '3' },
      ],
      continues: true,
      routes: [],
      line: 6,
    });
    expect(second).toEqual({
      receiver: 'a',
      groupBy: ['a', 'b'],
      groupWait: 60,
      groupInterval: 120,
      repeatInterval: 10_800,
      muteTimes: ['day', 'night'],
      activeTimes: ['night'],
      matchers: [],
      continues: false,
      routes: [],
      line: 11,
    });
    expect(config.inhibitions).toEqual([
      {
        source: [
          { label: 'severity', operator: '=', value: 'critical' },
          { label: 's', operator: '=~', value: 'a|b' },
          { label: 't', operator: '=', value: 'x' },
        ],
        target: [
          { label: 'severity', operator: '=', value: 'warning' },
          { label: 'u', operator: '=~', value: 'c' },
          { label: 'v', operator: '!=', value: 'y' },
        ],
        equal: ['a', 'b'],
        line: 19,
      },
      { source: [], target: [], equal: [], line: 26 },
    ]);
    expect([...config.receivers]).toEqual([
      ['root', { webhook_configs: [{ url: 'x' }] }],
      ['a', {}],
    ]);
    expect([...config.timeIntervals]).toEqual([
      ['day', ['1']],
      ['night', ['2']],
    ]);
    expect(config.rest).toEqual({ global: { smtp_from: 'x' }, templates: ['a.tmpl'] });
    expect([config.file, config.notes]).toEqual(['am.yaml', []]);
  });

  const route = (more: string) => `${RECEIVERS}route:\n  receiver: root\n${more}`;
  it.each([
    ['y', true],
    ['Yes', true],
    ['TRUE', true],
    ['on', true],
    ['n', false],
    ['No', false],
    ['False', false],
    ['OFF', false],
    ['', false],
  ])('has continue: %s as Go’s YAML reads it', (word, is) => {
    const { root } = read(route(`  routes: [{receiver: a, continue: ${word}}]`));
    expect(root.routes[0]?.continues).toBe(is);
  });

  it.each([
    ['0', 0],
    ['0s', 0],
    ['1m30s', 90],
  ])('may wait %s before it notifies', (wait, seconds) => {
    expect(read(route(`  group_wait: ${wait}`)).root.groupWait).toBe(seconds);
  });

  it('groups by all labels, by none, or as the route above, and notes what versions read differently', () => {
    const config = read(
      route(`  group_by: [a]
  routes:
  - group_by: []
  - group_by:
  - group_by: ['...', '...']
    routes:
    - group_by: []
    - {}`),
    );
    const [none, inherited, all] = config.root.routes;
    expect([none, inherited, all, ...(all?.routes ?? [])].map((one) => one?.groupBy)).toEqual([
      [],
      ['a'],
      'all',
      [],
      'all',
    ]);
    const sentence =
      'read as no grouping; Alertmanager before 0.31 inherits the grouping of the route above.';
    expect(config.notes).toEqual([
      `am.yaml:6: route.routes[0].group_by is empty: ${sentence}`,
      `am.yaml:10: route.routes[2].routes[0].group_by is empty: ${sentence}`,
    ]);
    expect(read(route('  group_by: []')).notes).toEqual([]);
  });

  const FIELDS =
    'receiver, group_by, match, match_re, matchers, mute_time_intervals, active_time_intervals, continue, routes, group_wait, group_interval, repeat_interval, labels';
  it.each([
    ['[]', 'am.yaml: found no route, expected a configuration of Alertmanager'],
    ['', 'am.yaml: found no route, expected a configuration of Alertmanager'],
    ['route: x', 'am.yaml: found no route, expected a configuration of Alertmanager'],
    ['receivers: x\nroute: {receiver: root}', 'am.yaml:1: receivers: found "x", expected a list'],
    ['receivers: [x]\nroute: {receiver: root}', 'am.yaml:1: receivers[0]: found "x", expected a map'],
    ['receivers: [{}]\nroute: {receiver: root}', 'am.yaml:1: receivers[0]: found no name'],
    ['receivers: [{name: a}, {name: a}]\nroute: {receiver: a}', 'am.yaml:1: receivers[1]: found "a" twice'],
    [`${RECEIVERS}route: {}`, 'am.yaml:2: route: found no receiver, expected a default'],
    [`${RECEIVERS}route: {receiver: b}`, 'am.yaml:2: found the receiver "b", expected one of root, a'],
    [route('  x: 1'), `am.yaml:3: route: found the field x, expected one of ${FIELDS}`],
    [
      `${route('')}\ninhibit_rules: [{equals: [a]}]`,
      'am.yaml:5: inhibit_rules[0]: found the field equals, expected one of name, source_match, source_match_re, source_matchers, target_match, target_match_re, target_matchers, equal',
    ],
    [`${route('')}\ninhibit_rules: [x]`, 'am.yaml:1: inhibit_rules[0]: found "x", expected a map'],
    [
      route('  routes: [{mute_time_intervals: [night]}]'),
      'am.yaml:4: found the time interval "night", which is not defined',
    ],
    [
      route('  routes: [{active_time_intervals: [night]}]'),
      'am.yaml:4: found the time interval "night", which is not defined',
    ],
    [route('  routes: [x]'), 'am.yaml:3: route.routes[0]: found "x", expected a map'],
    [route('  routes: [{match: x}]'), 'am.yaml:4: route.routes[0].match: found "x", expected a map'],
    ...['maybe', 'noon', 'yeah'].map((word): [string, string] => [
      route(`  routes: [{continue: ${word}}]`),
      `am.yaml:4: route.routes[0].continue: found "${word}", expected true or false`,
    ]),
    [route('  group_by: [a, b, a]'), 'am.yaml:3: route.group_by: found a label twice in a, b, a'],
    [
      route("  group_by: [a, '...']"),
      'am.yaml:3: route.group_by: found ... and other labels, expected one of the two',
    ],
    [route('  group_interval: 0s'), 'am.yaml:3: route.group_interval: found 0, expected more'],
    [route('  repeat_interval: 0s'), 'am.yaml:3: route.repeat_interval: found 0, expected more'],
    ...[
      'match: {a: b}',
      'match_re: {a: b}',
      "matchers: ['a=b']",
      'mute_time_intervals: [x]',
      'active_time_intervals: [x]',
    ].map((given): [string, string] => [
      `time_intervals: [{name: x}]\n${route(`  ${given}`)}`,
      `am.yaml:4: route: found ${given.split(':')[0]}, which the root route cannot have`,
    ]),
  ])('is refused with the line, the field, what was found and what is expected: %j', (text, message) => {
    expect(() => read(text)).toThrow(new AlertmanagerConfigError(message));
  });

  it.each(['match: {}', 'match:', 'matchers: []', 'matchers:', 'mute_time_intervals: []'])(
    'may have the root route with %s',
    (none) => {
      expect(read(route(`  ${none}`)).root.receiver).toBe('root');
    },
  );

  it.each([
    ['a: [', /^am\.yaml: found broken YAML: /],
    [route('  group_wait: soon'), /^am\.yaml:3: route\.group_wait: found "soon"/],
    [route(`  routes: [{matchers: ['a']}]`), /^am\.yaml:4: route\.routes\[0\]: found "a", expected a label/],
    [route(`  routes: [{match_re: {a: '('}}]`), /^am\.yaml:4: route\.routes\[0\]: /],
    [`${route('')}\ninhibit_rules: [{source_matchers: ['a=~"("']}]`, /^am\.yaml:5: inhibit_rules\[0\]: /],
  ])('is refused with the place of a text that is not valid: %j', (text, message) => {
    expect(() => read(text)).toThrow(AlertmanagerConfigError);
    expect(() => read(text)).toThrow(message);
  });
});
