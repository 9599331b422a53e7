import { describe, expect, it } from 'vitest';
import { compareSides } from '../../src/diff/compare.js';
import { type Finding, finding, listed, placeOf, sorted } from '../../src/diff/finding.js';
import { managedLabels, sideLabels } from '../../src/diff/notifications/alert-labels.js';
import { readSide } from '../../src/rule-files/parse.js';
import type { Rule, SideFile } from '../../src/rule-files/side.js';

const shown = ({ level, kind, subject, before = '-', after = '-', consequence }: Finding) =>
  `${level} ${kind} ${subject}: ${before} → ${after} | ${consequence}`;
const fileOf = (text: string, path = 'r.yaml'): SideFile => ({ path, text });
const compared = (before: readonly SideFile[], after: readonly SideFile[], also: readonly SideFile[] = []) =>
  compareSides(readSide(before), readSide(after), readSide(also));
const group = (rules: string, fields = 'name: g') => fileOf(`groups: [{${fields}, rules: [${rules}]}]`);
const findings = (before: SideFile, after: SideFile) => compared([before], [after]).map(shown);
/** The findings about rules of one group. */
const about = (before: string, after: string) => findings(group(before), group(after));

type Rows = readonly (readonly [before: string, after: string, ...findings: string[]])[];
const each = (rows: Rows) =>
  it.each(rows)('%s → %s', (before, after, ...expected) => {
    expect(about(before, after)).toEqual(expected);
  });

describe('another severity', () => {
  const alert = (severity: string) =>
    `{alert: A, expr: up${severity === '' ? '' : `, labels: {severity: ${severity}}`}}`;
  const COVERED = (severity: string) => `silences for severity ${severity} no longer cover it.`;
  it.each([
    ['warning', '', 'breaking', 'Routes by severity no longer match it: it goes to the default receiver.'],
    ['warning', 'critical', 'notable', `It now pages; ${COVERED('warning')}`],
    ['warning', 'page', 'notable', `It now pages; ${COVERED('warning')}`],
    ['none', 'info', 'notable', `It is now more urgent; ${COVERED('none')}`],
    ['info', 'warning', 'notable', `It is now more urgent; ${COVERED('info')}`],
    ['warning', 'error', 'notable', `It is now more urgent; ${COVERED('warning')}`],
    ['error', 'critical', 'notable', `It now pages; ${COVERED('error')}`],
    ['critical', 'error', 'breaking', `It no longer pages; ${COVERED('critical')}`],
    ['page', 'none', 'breaking', `It no longer pages; ${COVERED('page')}`],
    [
      'page',
      'critical',
      'breaking',
      `Routes and inhibitions for severity page no longer match it; ${COVERED('page')}`,
    ],
    [
      'critical',
      'p1',
      'breaking',
      `Routes and inhibitions for severity critical no longer match it; ${COVERED('critical')}`,
    ],
    [
      'p1',
      'critical',
      'breaking',
      `Routes and inhibitions for severity p1 no longer match it; ${COVERED('p1')}`,
    ],
    [
      'warning',
      'info',
      'breaking',
      `Routes and inhibitions for severity warning no longer match it; ${COVERED('warning')}`,
    ],
    [
      '',
      'info',
      'breaking',
      `Routes and inhibitions for severity none no longer match it; ${COVERED('none')}`,
    ],
  ])('"%s" → "%s"', (before, after, level, consequence) => {
    expect(about(alert(before), alert(after))).toEqual([
      `${level} severity-changed alert A: ${before || '-'} → ${after || '-'} | ${consequence}`,
    ]);
  });
});

describe('other labels of an alert', () => {
  const alert = (labels: string, expr = 'up') => `{alert: A, expr: '${expr}', labels: {${labels}}}`;
  const STOP = (label: string) => `Silences, inhibitions and routes for ${label} stop matching.`;
  each([
    [
      alert('b: x'),
      alert('b: x, a: y'),
      `notable label-added alert A: - → a="y" | The alert's labels change: it will resolve and fire again, and routes for a may match it.`,
    ],
    [
      alert('b: x, a: y'),
      alert('b: z'),
      `breaking label-removed alert A: a="y" → - | ${STOP('a="y"')}`,
      `breaking label-changed alert A: b="x" → b="z" | ${STOP('b="x"')}`,
    ],
  ]);

  const LOST = 'breaking alert-labels-lost alert A';
  const GAINED = 'notable alert-labels-gained alert A';
  const regrouped = (before: string, after: string) =>
    about(`{alert: A, expr: '${before}'}`, `{alert: A, expr: '${after}'}`).filter((one) =>
      one.includes('alert-labels'),
    );
  it.each([
    [
      'sum by (b, a) (x)',
      'sum by (d, c) (x)',
      [
        `${LOST}: a, b → c, d | The alert no longer has a and b: silences and inhibitions by these labels stop matching.`,
        `${GAINED}: a, b → c, d | It fires once per c and d: one alert may become many, each with new labels.`,
      ],
    ],
    [
      'sum by (a) (x)',
      'sum(x)',
      [
        `${LOST}: a → no labels | The alert no longer has a: silences and inhibitions by this label stop matching.`,
      ],
    ],
    [
      'x > 1',
      'sum by (b, a) (x) > 1',
      [
        `${LOST}: labels of the series it reads → a, b | The alert now has only a and b of its series: silences and inhibitions by other labels stop matching, and fewer alerts fire.`,
      ],
    ],
    [
      'x > 1',
      'sum(x) > 1',
      [
        `${LOST}: labels of the series it reads → no labels | The alert now has no label of its series: silences and inhibitions by other labels stop matching, and fewer alerts fire.`,
      ],
    ],
    [
      'sum(x)',
      'x',
      [
        `${GAINED}: no labels → labels of the series it reads | It fires once per series that it reads, with all labels of the series.`,
      ],
    ],
    ['x > 1', 'x > 2', []],
    ['sum by (a) (x)', 'max by (a) (x)', []],
    // A series of the gateway, whose labels are known.
    [
      'gateway_pending_writes > 1',
      'max(gateway_pending_writes) > 1',
      [
        `${LOST}: instance, job, relay → no labels | The alert no longer has instance, job and relay: silences and inhibitions by these labels stop matching.`,
      ],
    ],
  ])('by its expression: %s → %s', (before, after, expected) => {
    expect(regrouped(before, after)).toEqual(expected);
  });

  it('are neither lost nor gained where the rule sets them', () => {
    const kinds = (before: string, after: string) =>
      findings(group(before), group(after)).filter((one) => one.includes('alert-labels'));
    expect(kinds(alert('a: y', 'sum by (a, b) (x)'), alert('a: y', 'sum by (b) (x)'))).toEqual([]);
    expect(kinds(alert('a: y', 'sum by (b) (x)'), alert('a: y', 'sum by (a, b) (x)'))).toEqual([]);
  });

  it.each([
    [
      'by the first rule that records it',
      '{record: r, expr: sum by (a) (x)}, {record: r, expr: sum by (b) (x)}',
      'a',
    ],
    ['though it reads its own past', '{record: r, expr: "sum by (a) (x) or last_over_time(r[1h])"}', 'a'],
    [
      'though it reads series that are recorded later',
      '{record: r, expr: s}, {record: s, expr: sum by (a) (x)}',
      'a',
    ],
    [
      'but not from an alert of the name',
      '{alert: r, expr: sum by (a) (x)}',
      'labels of the series it reads',
    ],
  ])('of a recorded series are known %s', (_, rules, before) => {
    const reading = (expr: string) => `${rules}, {alert: A, expr: '${expr} > 1'}`;
    expect(about(reading('r'), reading('sum(r)')).filter((one) => one.includes('labels-lost'))).toEqual([
      expect.stringContaining(`${LOST}: ${before} → no labels |`),
    ]);
  });

  it('of the gateway are known to be missing where an expression drops them', () => {
    const side = readSide([group('{alert: A, expr: sum(gateway_pending_writes)}')]);
    const [rule] = side.groups.flatMap(({ rules }) => rules);
    const labels = sideLabels(side, managedLabels([side]), new Map()).of(rule as Rule);
    expect([labels.of('relay'), labels.of('zone')]).toEqual([
      { kind: 'known', value: '' },
      { kind: 'external' },
    ]);
  });

  it('are not said to be lost where a series that it reads is no longer known', () => {
    const record = '{record: r, expr: sum by (a) (x)}, ';
    const alone = '{alert: A, expr: r > 1}';
    expect(about(record + alone, alone)).toEqual([
      'breaking record-removed record r: sum by (a) (x) → - | alert A still reads this series and will get no data.',
    ]);
  });
});

describe('another expression of an alert', () => {
  const rows: [before: string, after: string, kind: string, change: string, consequence: string][] = [
    [
      'x > 1',
      'x > 2',
      'threshold',
      '1 → 2',
      'It fires later or less often: values between the two thresholds no longer trigger it.',
    ],
    [
      'x > 2',
      'x > 1',
      'threshold',
      '2 → 1',
      'It fires earlier or more often: values between the two thresholds now trigger it.',
    ],
    ['x == 1', 'x == 2', 'threshold', '1 → 2', 'Different values trigger it.'],
    ['x + 1', 'x + 2', 'number', '1 → 2', 'It fires on another condition.'],
    [
      'rate(x[5m])',
      'rate(x[10m])',
      'window',
      '5m → 10m',
      'It uses a longer window: slower to fire and resolve, and less sensitive.',
    ],
    [
      'rate(x[10m])',
      'rate(x[5m])',
      'window',
      '10m → 5m',
      'It uses a shorter window: faster to fire and resolve, and more sensitive.',
    ],
    [
      'rate(x[5m + 1m])',
      'rate(x[5m + 2m])',
      'window',
      '5m + 1m → 5m + 2m',
      'It uses a different time range.',
    ],
    ['x offset 5m', 'x offset 1h', 'offset', '5m → 1h', 'It fires on another condition.'],
    [
      'x{a="1"}',
      'x{a="2"}',
      'selection',
      'x: a="1" → a="2"',
      'It reads other series: series that are no longer selected cannot trigger it.',
    ],
    [
      'x{a="the window 1"}',
      'x{a="2"}',
      'selection',
      'x: a="the window 1" → a="2"',
      'It reads other series: series that are no longer selected cannot trigger it.',
    ],
    [
      'x',
      'x{a="2"}',
      'selection',
      '- → x only where a="2"',
      'It reads other series: series that are no longer selected cannot trigger it.',
    ],
    [
      'a + on (l) b',
      'a + on (m) b',
      'grouping',
      '+: on (l) → on (m)',
      'The grouping changes: one alert may become many, or many may become one.',
    ],
    ['x', 'y', 'series', '- → reads y instead of x', 'It fires on another series.'],
    ['rate(x[5m])', 'increase(x[5m])', 'expression', 'rate → increase', 'It fires on another condition.'],
    ['x + 1', 'x - 1', 'expression', '+ → -', 'It fires on another condition.'],
    ['x > 1', 'x >= 1', 'comparison', '> → >=', 'It fires on another condition.'],
    [
      'x',
      'x and y',
      'condition',
      '- → now only while y',
      'It fires only if this condition holds too: less often than before.',
    ],
    [
      'x',
      'x unless y',
      'condition',
      '- → now not while y',
      'It fires only if this condition holds too: less often than before.',
    ],
    ['x', 'x or y', 'condition', '- → now also on y', 'It fires in more cases than before.'],
    ['x and y', 'x', 'condition', '- → no longer only while y', 'It fires in more cases than before.'],
    ['x unless y', 'x', 'condition', '- → no longer not while y', 'It fires in more cases than before.'],
    ['x or y', 'x', 'condition', '- → no longer also on y', 'It fires in fewer cases than before.'],
    [
      'a{l="1"} + b{l="1"} + c{l="1"} + d{l="1"} + e{l="1"}',
      'a{l="2"} + b{l="2"} + c{l="2"} + d{l="2"} + e{l="2"}',
      'expression',
      'a{l="1"} + b{l="1"} + c{l="1"} + d{l="1"} + e{l="1"} → a{l="2"} + b{l="2"} + c{l="2"} + d{l="2"} + e{l="2"}',
      'It fires on another condition.',
    ],
  ];
  it.each(rows)('%s → %s', (before, after, kind, change, consequence) => {
    expect(about(`{alert: A, expr: '${before}'}`, `{alert: A, expr: '${after}'}`)).toEqual([
      `notable ${kind}-changed alert A: ${change} | ${consequence}`,
    ]);
  });

  const logs = (n: number) => `{alert: A, expr: 'rate({a="b"} |= "c" [${n}m])'}`;
  const REFUSED = 'breaking file-refused alert A: -';
  each([
    [
      '{alert: A, expr: up}',
      '{alert: A, expr: up ==}',
      'breaking expression-broken alert A: up → up == | Prometheus cannot parse this expression and rejects the whole file.',
    ],
    [
      '{alert: A, expr: up ==}',
      '{alert: A, expr: up >}',
      'notable expression-changed alert A: up == → up > | Not PromQL on either side: compared as text only.',
    ],
    [logs(1), logs(1)],
    [
      '{alert: A, expr: up}',
      logs(1),
      'notable expression-changed alert A: up → rate({a="b"} |= "c" [1m]) | Not PromQL but LogQL: compared as text only.',
    ],
    [
      logs(1),
      logs(2),
      'notable expression-changed alert A: rate({a="b"} |= "c" [1m]) → rate({a="b"} |= "c" [2m]) | Not PromQL but LogQL: compared as text only.',
    ],
    [
      '{record: r, expr: up}',
      '{record: r, expr: up ==}',
      'breaking expression-broken record r: up → up == | Prometheus cannot parse this expression and rejects the whole file.',
    ],
    [
      '',
      '{alert: A, expr: up ==}',
      'breaking expression-broken alert A: - → up == | Prometheus cannot parse this expression and rejects the whole file.',
    ],
    [
      '{alert: A, expr: up}',
      '{alert: A, expr: up, for: 5}',
      `${REFUSED} → for: found "5", expected a duration such as 30s, 5m or 1h30m | Prometheus rejects this file and every rule in it, according to gateway-observability.`,
      'notable also-differs alert A: - → for none → 5 | Also differs, not compared: the effect of these fields is unknown.',
    ],
    [
      '{alert: A, expr: up, for: 5, keep_firing_for: 1m}',
      '{alert: A, expr: up, for: 6, keep_firing_for: 7}',
      ...['for: found "6"', 'keep_firing_for: found "7"'].map(
        (fault) =>
          `${REFUSED} → ${fault}, expected a duration such as 30s, 5m or 1h30m | Prometheus rejects this file and every rule in it, according to gateway-observability.`,
      ),
      'notable also-differs alert A: - → for 5 → 6; keep_firing_for 1m → 7 | Also differs, not compared: the effect of these fields is unknown.',
    ],
  ]);
});

describe('other durations of an alert', () => {
  const alert = (text: string) => `{alert: A, expr: up, ${text}}`;
  const FOR = 'notable for-changed alert A';
  const KEEP = 'notable keep-firing-for-changed alert A';
  each([
    [
      alert('for: 2m'),
      alert('for: 7m'),
      `${FOR}: 2m → 7m | It fires 5m later, and faults shorter than 7m never trigger it.`,
    ],
    [
      alert('for: 7m'),
      alert('for: 2m'),
      `${FOR}: 7m → 2m | It fires 5m earlier, and shorter faults trigger it too.`,
    ],
    [
      alert('for: 7m'),
      alert(''),
      `${FOR}: 7m → 0s | It fires at the first evaluation that meets the condition, even if the fault is short.`,
    ],
    [
      alert(''),
      alert('for: 90s'),
      `${FOR}: 0s → 90s | It fires 1m30s later, and faults shorter than 90s never trigger it.`,
    ],
    [
      alert('for: 500ms'),
      alert('for: 2s'),
      `${FOR}: 500ms → 2s | It fires 1.5s later, and faults shorter than 2s never trigger it.`,
    ],
    [alert('for: 60s'), alert('for: 1m')],
    [alert('for: 0'), alert('')],
    [
      alert('keep_firing_for: 1m'),
      alert('keep_firing_for: 3m'),
      `${KEEP}: 1m → 3m | It resolves 2m later and flaps less.`,
    ],
    [
      alert('keep_firing_for: 3m'),
      alert('keep_firing_for: 1m'),
      `${KEEP}: 3m → 1m | It resolves 2m earlier and may flap.`,
    ],
    [alert(''), alert('keep_firing_for: 1m'), `${KEEP}: 0s → 1m | It resolves 1m later and flaps less.`],
    [alert('keep_firing_for: 1m'), alert(''), `${KEEP}: 1m → 0s | It resolves 1m earlier and may flap.`],
    [alert('keep_firing_for: 60s'), alert('keep_firing_for: 1m')],
    [
      alert('for: 5, keep_firing_for: 1m'),
      alert('for: 5m, keep_firing_for: 3m'),
      `${KEEP}: 1m → 3m | It resolves 2m later and flaps less.`,
      'notable also-differs alert A: - → for 5 → 5m | Also differs, not compared: the effect of these fields is unknown.',
    ],
  ]);
});

describe('other annotations of an alert', () => {
  const alert = (text: string, expr = 'up') => `{alert: A, expr: ${expr}, annotations: {${text}}}`;
  each([
    [
      alert('a: x'),
      alert('a: y'),
      'harmless text-changed alert A: x → y | The text of notifications changes: a.',
    ],
    [
      alert(''),
      alert('a: y'),
      'harmless text-changed alert A: - → y | The text of notifications changes: a.',
    ],
    [
      alert('a: x'),
      alert(''),
      'notable text-lost alert A: a: x → - | Notifications that show a will have a gap.',
    ],
    [
      alert('b: x, a: x'),
      alert('a: y, b: y'),
      ...['a', 'b'].map(
        (name) => `harmless text-changed alert A: x → y | The text of notifications changes: ${name}.`,
      ),
    ],
    [
      alert('x_url: x'),
      alert('x_url: y'),
      'notable link-changed alert A: x → y | The link in the notification changes.',
    ],
    [
      alert(''),
      alert('x_url: y'),
      'harmless link-changed alert A: - → y | The link in the notification changes.',
    ],
    [
      alert('dashboard: x'),
      alert(''),
      'notable link-lost alert A: dashboard: x → - | The alert no longer links to a dashboard: dashboard was removed.',
    ],
    [
      alert('__panelId__: 1'),
      alert('__panelId__: 2'),
      'notable link-changed alert A: 1 → 2 | The link in the notification changes.',
    ],
    [
      alert('__dashboardUid__: a'),
      alert('__dashboardUid__: b'),
      'notable link-changed alert A: a → b | The link in the notification changes.',
    ],
    [
      alert('my_dashboard: x'),
      alert('my_dashboard: y'),
      'harmless text-changed alert A: x → y | The text of notifications changes: my_dashboard.',
    ],
    [
      alert('url_of: x'),
      alert('url_of: y'),
      'harmless text-changed alert A: x → y | The text of notifications changes: url_of.',
    ],
    [
      alert('runbook_url: x'),
      alert(''),
      'breaking runbook-lost alert A: x → - | The alert no longer links to a runbook.',
    ],
    [
      alert('runbook: x'),
      alert(''),
      'breaking runbook-lost alert A: x → - | The alert no longer links to a runbook.',
    ],
    [
      alert(''),
      alert('runbook_url: y'),
      'harmless runbook-added alert A: - → y | The alert now links to a runbook.',
    ],
    [
      alert('runbook_url: x'),
      alert('runbook_url: y'),
      'notable runbook-changed alert A: x → y | The runbook link changes.',
    ],
    [
      alert('runbook_text: x'),
      alert(''),
      'notable text-lost alert A: runbook_text: x → - | Notifications that show runbook_text will have a gap.',
    ],
    [
      alert('a_runbook: x'),
      alert(''),
      'notable text-lost alert A: a_runbook: x → - | Notifications that show a_runbook will have a gap.',
    ],
  ]);

  it('lead to a page that is no longer there', () => {
    const rules = (address: string) => group(alert(`runbook_url: '${address}'`));
    const page = (path: string) => fileOf('', path);
    const lost = (address: string, pages: string[], left: string[] = []) =>
      compared([rules(address), ...pages.map(page)], [rules(address), ...left.map(page)]).map(shown);
    const finding = (address: string) => [
      `breaking runbook-lost alert A: ${address} → ${address} | Its runbook page no longer exists: the link ${address} is broken.`,
    ];
    const addresses = [
      'runbooks/A.md',
      'runbooks/A.md#step',
      'runbooks/A.md?x=y',
      'https://example.org/x/A.md',
    ];
    for (const address of addresses) {
      expect(lost(address, ['runbooks/A.md']), address).toEqual(finding(address));
      expect(lost(address, ['runbooks/A.md'], ['runbooks/A.md']), address).toEqual([]);
    }
    expect(lost('A.md', ['docs/A.md'])).toEqual(finding('A.md'));
    expect(lost('A.md', ['docs/BA.md'])).toEqual([]);
    expect(lost('runbooks/A.html', ['runbooks/A.md'])).toEqual([]);
    expect(lost('https://example.org/A.md', ['other/A.md'])).toEqual([]);
    expect(lost('http://example.org/A.md', ['x/runbooks/A.md'])).toEqual(finding('http://example.org/A.md'));
    // A page with another address takes its place.
    const moved = compared([rules('A.md'), page('A.md')], [rules('B.md'), page('B.md')]).map(shown);
    expect(moved).toEqual(['notable runbook-changed alert A: A.md → B.md | The runbook link changes.']);
  });

  it('use labels that the expression no longer keeps', () => {
    const gaps = (before: string, after: string, text: string) =>
      about(alert(text, before), alert(text, after)).filter((one) => one.includes('text-with-gap'));
    const text = `a: '{{ $labels.a }} {{ $labels.b }}', c: '{{ $labels.b }}'`;
    expect(gaps('sum by (a, b) (x)', 'sum by (c) (x)', text)).toEqual([
      'notable text-with-gap alert A: - → {{ $labels.a }}, {{ $labels.b }} | Its texts and links use a and b, which the expression no longer keeps: they will have a gap.',
    ]);
    expect(gaps('sum by (a, b) (x)', 'sum by (a) (x)', text)).toEqual([
      'notable text-with-gap alert A: - → {{ $labels.b }} | Its texts and links use b, which the expression no longer keeps: they will have a gap.',
    ]);
    expect(gaps('sum by (relay) (x)', 'sum(x)', `a: '{{ $labels.relay }}'`)).toEqual([
      expect.stringContaining('{{ $labels.relay }} | Its texts and links use relay,'),
    ]);
    expect(gaps('sum by (a, b) (x)', 'x', text)).toEqual([]);
    expect(gaps('sum by (c) (x)', 'sum by (d) (x)', text)).toEqual([]);
    const setter = (labels: string) =>
      `{alert: A, expr: sum by (c) (x), labels: {${labels}}, annotations: {${text}}}`;
    expect(about(setter('a: 1, b: 1'), setter('a: 1, b: 1'))).toEqual([]);
    expect(
      about(setter('a: 1, b: 1'), setter('a: 1')).filter((one) => one.includes('text-with-gap')),
    ).toHaveLength(1);
  });
});

describe('alerts that come, go and get another name', () => {
  const alert = (name: string, more = '') => `{alert: ${name}, expr: up == 0${more}}`;
  each(
    [
      ['', alert('A'), 'notable alert-added alert A: - → up == 0 | A new alert, which fires immediately.'],
      [
        '',
        alert('A', ', for: 5m, labels: {severity: info}'),
        'notable alert-added alert A: - → up == 0 | A new alert of severity info, which fires after 5m.',
      ],
      [
        alert('A'),
        '',
        'breaking alert-removed alert A: up == 0 → - | This condition no longer triggers an alert.',
      ],
      [
        alert('A', ', annotations: {summary: it is down}'),
        '',
        'breaking alert-removed alert A: up == 0 → - | This condition no longer triggers an alert: "it is down".',
      ],
      [
        alert('A'),
        alert('B'),
        'breaking alert-renamed alert B: A → B | Silences, inhibitions and routes for A stop matching, and the history under that name ends.',
      ],
    ].map((row) => row as [string, string]),
  );

  it('are still named in configurations and files of others', () => {
    const also = (...names: string[]) => names.map((name) => fileOf('kind: x\n# about A only', name));
    const removed = (names: string[], head = '') =>
      compared([group(alert('A'))], [group(head)], also(...names))
        .filter(({ kind }) => kind === 'alert-removed')
        .map(({ consequence }) => consequence.replace('This condition no longer triggers an alert.', ''));
    expect(removed(['one.txt'])).toEqual([' one.txt still names it.']);
    expect(removed(['one.txt', 'two.txt'])).toEqual([' one.txt and two.txt still name it.']);
    expect(removed([])).toEqual(['']);
    // Another alert is left, and another file names nothing.
    const left = compared(
      [group(`${alert('A')}, ${alert('B', ' unless x')}`)],
      [group(alert('B', ' unless x'))],
      [...also('one.txt'), fileOf('kind: x', 'two.txt')],
    );
    expect(left.map(({ consequence }) => consequence)).toEqual([
      'This condition no longer triggers an alert. one.txt still names it.',
    ]);
    // A rule of the name is left.
    const both = (severity: string) => alert('A', `, labels: {severity: ${severity}}`);
    const [first] = compared(
      [group(`${both('info')}, ${both('page')}`)],
      [group(both('page'))],
      also('one.txt'),
    );
    expect(first).toMatchObject({
      subject: 'alert A (info)',
      consequence: 'This condition no longer triggers an alert.',
    });
    // It is left in one of several groups.
    const groups = (rules: string) =>
      fileOf(
        `groups: [{name: g, rules: [${both('page')}]}, {name: h, rules: [${rules}{alert: C, expr: y}]}]`,
      );
    const [gone] = compared([groups(`${both('info')}, `)], [groups('')], also('one.txt'));
    expect(gone?.consequence).toBe('This condition no longer triggers an alert.');
  });

  it('are distinguished by severity where several have a name, if they have one', () => {
    const rules = (n: number) =>
      `{alert: A, expr: x > ${n}, labels: {severity: info}}, {alert: A, expr: y > ${n}}, {record: A, expr: z}`;
    expect(compared([group(rules(1))], [group(rules(2))]).map(({ subject }) => subject)).toEqual([
      'alert A',
      'alert A (info)',
    ]);
    const record = (n: number) =>
      `{alert: A, expr: x > ${n}, labels: {severity: info}}, {record: A, expr: z}`;
    expect(about(record(1), record(2))).toEqual([expect.stringContaining('threshold-changed alert A:')]);
  });
});

describe('a recorded series', () => {
  const record = (expr: string, more = '') => `{record: r, expr: '${expr}'${more}}`;
  const reader = (name: string, expr = 'r > 1') => `, {alert: ${name}, expr: '${expr}'}`;
  each([
    [
      '',
      record('x'),
      'harmless record-added record r: - → x | A new series, read by nothing here; it has no history before the change.',
    ],
    [
      '{alert: A, expr: r > 1}',
      record('x') + reader('A'),
      'harmless record-added record r: - → x | A new series, read by alert A; it has no history before the change.',
    ],
    [
      record('x'),
      '',
      'notable record-removed record r: x → - | Nothing here reads this series; other readers will get no data.',
    ],
    [
      record('x') + reader('A') + reader('B'),
      '{alert: A, expr: r > 1}, {alert: B, expr: r > 1}',
      'breaking record-removed record r: x → - | alert A and alert B still read this series and will get no data.',
    ],
    [
      record('x'),
      record('y'),
      'notable record-redefined record r: - → reads y instead of x | Its values change; nothing here reads it.',
    ],
    [
      record('x > 1'),
      record('x > 2'),
      'notable record-redefined record r: 1 → 2 | Its values change; nothing here reads it.',
    ],
    [
      record('x > 1') + reader('A'),
      record('x > 2') + reader('A'),
      'notable record-redefined record r: 1 → 2 | alert A reads different values.',
    ],
    [
      record('x{a="1"} > 1') + reader('A') + reader('B'),
      record('x{a="2"} > 2') + reader('A') + reader('B'),
      'notable record-redefined record r: - → x: a="1" → a="2"; threshold 1 → 2 | alert A and alert B read different values.',
    ],
    [
      record('a + b + c + d + e'),
      record('f + g + h + i + j'),
      'notable record-redefined record r: a + b + c + d + e → f + g + h + i + j | Its values change; nothing here reads it.',
    ],
    [
      record('x', ', labels: {b: c, a: d}'),
      record('x'),
      'notable record-labels-changed record r: a="d", b="c" → no labels | The labels of the series change: its history stays under the old labels.',
    ],
    [
      record('x') + reader('A'),
      record('x', ', labels: {a: b}') + reader('A'),
      'breaking record-labels-changed record r: no labels → a="b" | The labels of the series change: joins and selectors in alert A may no longer match.',
    ],
    [record('x', ', labels: {a: b, c: d}'), record('x', ', labels: {c: d, a: b}')],
    [
      record('sum by (b, a) (x)'),
      record('sum by (d, c) (x)'),
      'notable record-redefined record r: sum by (a, b) → by (c, d) | Its values change; nothing here reads it.',
      'notable record-labels-lost record r: a, b → c, d | The series no longer distinguishes a and b.',
      'notable record-labels-gained record r: a, b → c, d | One series becomes many, one per c and d; joins on fewer labels may fail.',
    ],
    [
      record('sum by (a) (x)') + reader('A', 'sum by (a) (r) > 1') + reader('B'),
      record('sum(x)') + reader('A', 'sum by (a) (r) > 1') + reader('B'),
      'breaking alert-labels-lost alert B: a → no labels | The alert no longer has a: silences and inhibitions by this label stop matching.',
      'breaking record-labels-lost record r: a → no labels | alert A uses a, which the series no longer has.',
      'notable record-redefined record r: sum by (a) → over all | alert A and alert B read different values.',
    ],
    [
      record('sum by (a, b) (x)') + reader('A', 'sum by (a) (r)') + reader('B', 'max by (a) (r)'),
      record('sum by (c) (x)') + reader('A', 'sum by (a) (r)') + reader('B', 'max by (a) (r)'),
      'breaking record-labels-lost record r: a, b → c | alert A and alert B use a and b, which the series no longer has.',
      'notable record-redefined record r: sum by (a, b) → by (c) | alert A and alert B read different values.',
      'notable record-labels-gained record r: a, b → c | One series becomes many, one per c; joins on fewer labels may fail.',
    ],
    [
      record('sum by (a) (x) > 1'),
      record('sum by (a) (x) > 2'),
      'notable record-redefined record r: 1 → 2 | Its values change; nothing here reads it.',
    ],
    [
      record('x'),
      record('sum by (a) (x)'),
      'notable record-redefined record r: - → now within sum by (a) | Its values change; nothing here reads it.',
    ],
    [
      record('sum by (a) (x)'),
      record('x'),
      'notable record-redefined record r: - → no longer within sum by (a) | Its values change; nothing here reads it.',
    ],
    [
      record('x', ', annotations: {a: b}'),
      record('x', ', annotations: {a: c}'),
      'notable also-differs record r: - → annotations.a b → c | Also differs, not compared: the effect of these fields is unknown.',
    ],
    // It reads its own past.
    [
      record('x > 1 or last_over_time(r[1h])'),
      record('x > 2 or last_over_time(r[1h])'),
      'notable record-redefined record r: 1 → 2 | Its values change; nothing here reads it.',
    ],
    [
      record('sum by (a) (x)', ', labels: {a: b}'),
      record('sum(x)', ', labels: {a: b}'),
      'notable record-redefined record r: sum by (a) → over all | Its values change; nothing here reads it.',
    ],
  ]);

  it('may still be recorded by another rule', () => {
    const groups = (rules: string, name = 's') =>
      fileOf(
        `groups: [{name: g, rules: [${rules}{record: r, expr: y, labels: {l: b}}${reader('A')}]}, {name: h, rules: [{record: ${name}, expr: z}]}]`,
      );
    const own = (name: string) => `{record: ${name}, expr: x, labels: {l: a}}, `;
    expect(findings(groups(own('r')), groups(''))).toEqual([
      'notable record-removed record r: x → - | Nothing here reads this series; other readers will get no data.',
    ]);
    expect(findings(groups(own('r')), groups(own('q')))).toEqual([
      'notable record-renamed record q: r → q | The history stays under the old name: queries over time start at the change.',
    ]);
    // An alert of its name does not record it.
    const alert = '{alert: r, expr: r > 1}';
    expect(about(`{record: r, expr: x}, ${alert}`, alert)).toEqual([
      'breaking record-removed record r: x → - | alert r still reads this series and will get no data.',
    ]);
  });

  it('may be read in texts, panels and variables, and by files of others', () => {
    const text = `, {alert: A, expr: r > 1, annotations: {s: '{{ $labels.relay }}'}}`;
    const [first] = about(record('sum by (relay) (x)') + text, record('sum(x)') + text);
    expect(first).toContain('breaking alert-labels-lost alert A');
    expect(about(record('sum by (relay) (x)') + text, record('sum(x)') + text)).toContain(
      'breaking record-labels-lost record r: relay → no labels | alert A uses relay, which the series no longer has.',
    );
    const dashboardWith = (query: string) =>
      fileOf(
        JSON.stringify({
          ...{ uid: 'd', panels: [{ id: 1, targets: [{ expr: 'r' }] }] },
          templating: { list: [{ name: 'v', query }] },
        }),
        'd.json',
      );
    const dashboard = dashboardWith('label_values(r, a)');
    const lost = (query: string) =>
      compared(
        [group(record('sum by (relay) (x)')), dashboardWith(query)],
        [group(record('sum(x)')), dashboardWith(query)],
      ).find(({ kind }) => kind === 'record-labels-lost')?.consequence;
    const USES = 'variable v of d uses relay, which the series no longer has.';
    expect(lost('label_values(r, relay)')).toBe(USES);
    expect(lost('label_values(r{relay=~"$x"}, a)')).toBe(USES);
    expect(lost('query_result(sum by (relay) (max_over_time(r[$__range])))')).toBe(USES);
    expect(lost('label_values(r, site)')).toBe('The series no longer distinguishes relay.');
    expect(lost('label_values(other, relay)')).toBe('The series no longer distinguishes relay.');
    const others = [
      fileOf('groups: [{name: o, rules: [{alert: O, expr: r}]}]', 'o.yaml'),
      fileOf('kind: r', 'n.txt'),
    ];
    const [removed] = compared(
      [group(record('x')), dashboard],
      [group(''), dashboard],
      [dashboard, ...others],
    );
    expect(removed?.consequence).toBe(
      'panel d/1, variable v of d, o.yaml (alert O) and 3 more still read this series and will get no data.',
    );
    expect(removed?.level).toBe('breaking');
  });

  it('may have another name', () => {
    const named = (name: string, more = '') => `{record: ${name}, expr: x}${more}`;
    expect(about(named('r'), named('s'))).toEqual([
      'notable record-renamed record s: r → s | The history stays under the old name: queries over time start at the change.',
    ]);
    expect(about(named('r', reader('A')), named('s', reader('A')))).toEqual([
      'breaking record-renamed record s: r → s | alert A still reads r and will get no data.',
    ]);
    expect(about(named('r', reader('A') + reader('B')), named('s', reader('A') + reader('B')))).toEqual([
      'breaking record-renamed record s: r → s | alert A and alert B still read r and will get no data.',
    ]);
  });
});

describe('groups', () => {
  const rule = '{alert: A, expr: up}';
  const set = (fields: string) => group(rule, ['name: g', fields].filter(Boolean).join(', '));
  const fields = (before: string, after: string) => findings(set(before), set(after));
  const FIELD = 'notable group-field-changed group g: -';
  it.each([
    [
      'interval: 30s',
      'interval: 2m',
      [
        'notable interval-changed group g: every 30s → every 2m | Its rules are evaluated less often: alerts fire up to 1m30s later.',
      ],
    ],
    [
      'interval: 2m',
      'interval: 30s',
      [
        'notable interval-changed group g: every 2m → every 30s | Its rules are evaluated more often, which costs more server time.',
      ],
    ],
    [
      '',
      'interval: 30s',
      [
        'notable interval-changed group g: every default → every 30s | Its rules are evaluated at the default interval of Prometheus.',
      ],
    ],
    [
      'interval: 30s',
      '',
      [
        'notable interval-changed group g: every 30s → every default | Its rules are evaluated at the default interval of Prometheus.',
      ],
    ],
    ['interval: 60s', 'interval: 1m', []],
    ['interval: often', 'interval: often', []],
    [
      'limit: 1',
      'limit: 2',
      [
        `${FIELD} → limit 1 → 2 | A rule that yields more alerts or series than the limit fails and yields nothing.`,
      ],
    ],
    [
      '',
      'query_offset: 1m',
      [
        `${FIELD} → query_offset none → 1m | Its rules read data of that age: alerts fire and resolve that much later.`,
      ],
    ],
    [
      'evaluation_delay: 1m',
      '',
      [
        `${FIELD} → evaluation_delay 1m → none | Its rules read data of that age: alerts fire and resolve that much later.`,
      ],
    ],
    [
      'partial_response_strategy: warn',
      'partial_response_strategy: abort',
      [
        `${FIELD} → partial_response_strategy warn → abort | It controls whether Thanos evaluates the rules while a store is unavailable.`,
      ],
    ],
    [
      '',
      'source_tenants: [a]',
      [`${FIELD} → source_tenants none → ["a"] | It controls which tenants Mimir reads series of.`],
    ],
    [
      'other: 1',
      'other: 2',
      [
        'notable also-differs group g: - → other 1 → 2 | Also differs, not compared: the effect of these fields is unknown.',
      ],
    ],
  ])('with %s → %s', (before, after, expected) => {
    expect(fields(before, after).filter((one) => !one.includes('file-refused'))).toEqual(expected);
  });

  it('with an interval that is no duration', () => {
    expect(fields('interval: 1m', 'interval: often')).toEqual([
      expect.stringMatching(/^breaking file-refused group g: - → interval: found "often"/),
      'notable also-differs group g: - → interval 1m → often | Also differs, not compared: the effect of these fields is unknown.',
    ]);
  });

  it('may be empty, and come or go with what is set for them', () => {
    const empty = (name: string, more = '') =>
      fileOf(`groups: [{name: g, rules: [${rule}]}${name === '' ? '' : `, {name: ${name}${more}}`}]`);
    expect(findings(empty('h'), empty(''))).toEqual([
      'harmless group-removed group h: - → - | An empty group; nothing is lost.',
    ]);
    expect(findings(empty(''), empty('h'))).toEqual([
      'harmless group-added group h: - → - | An empty group; nothing is evaluated.',
    ]);
    expect(findings(empty(''), empty('h', ', limit: 5'))).toEqual([
      'notable also-differs group h: - → limit none → 5 | Also differs, not compared: the effect of these fields is unknown.',
      'harmless group-added group h: - → - | An empty group; nothing is evaluated.',
    ]);
    expect(findings(empty('h', ', limit: 5'), empty(''))).toEqual([
      'notable also-differs group h: - → limit 5 → none | Also differs, not compared: the effect of these fields is unknown.',
      'harmless group-removed group h: - → - | An empty group; nothing is lost.',
    ]);
  });

  it('go with their rules, of which other findings say so', () => {
    const groups = (...names: string[]) =>
      fileOf(
        `groups: [${names.map((name) => `{name: ${name}, rules: [{alert: ${name}, expr: ${name}x}]}`).join(', ')}]`,
      );
    expect(findings(groups('g', 'h'), groups('g'))).toEqual([
      expect.stringContaining('breaking alert-removed alert h'),
    ]);
    expect(findings(groups('g'), groups('g', 'h'))).toEqual([
      expect.stringContaining('notable alert-added alert h'),
    ]);
  });

  it('with one name in several files are matched by file', () => {
    const file = (path: string, interval: string) =>
      fileOf(
        `groups: [{name: g, interval: ${interval}, rules: [{alert: ${path}, expr: ${path}x}]}]`,
        `${path}.yaml`,
      );
    const [one, two] = [file('a', '30s'), file('b', '1m')];
    expect(compared([one, two], [two]).map(shown)).toEqual([
      expect.stringContaining('breaking alert-removed alert a'),
    ]);
  });

  it('may evaluate their rules in another order', () => {
    const rules = (...names: string[]) =>
      names
        .map((name) => `{${name === 'r' ? 'record' : 'alert'}: ${name}, expr: '${name.toLowerCase()}x'}`)
        .join(', ');
    expect(about(rules('A', 'B', 'C'), rules('B', 'A', 'C'))).toEqual([
      'harmless rules-reordered group g: - → B, A, C | The order of evaluation changes; nothing else does.',
    ]);
    expect(about(rules('A', 'r'), rules('r', 'A'))).toEqual([
      'notable rules-reordered group g: - → r, A | Rules are evaluated in this order: a rule that now comes before a series it reads uses the previous value.',
    ]);
    expect(about(rules('A', 'B', 'C'), rules('A', 'C')).filter((one) => one.includes('reordered'))).toEqual(
      [],
    );
    // Each group has its own order.
    const groups = (first: string, second: string) =>
      fileOf(`groups: [{name: g, rules: [${first}]}, {name: h, rules: [${second}]}]`);
    expect(
      findings(groups(rules('A', 'B'), rules('C', 'D')), groups(rules('A', 'B'), rules('D', 'C'))),
    ).toEqual([
      'harmless rules-reordered group h: - → D, C | The order of evaluation changes; nothing else does.',
    ]);
    expect(findings(groups(rules('A', 'B'), rules('C')), groups(rules('B'), rules('C', 'A')))).toEqual([
      expect.stringContaining('harmless rule-moved alert A'),
    ]);
  });

  it('may lie in another file', () => {
    const [one, two] = ['a.yaml', 'b.yaml'].map(
      (path, i) => (names: string) => fileOf(`groups: [${names}]`, path || String(i)),
    );
    const own = (name: string) => `{name: ${name}, rules: [{alert: ${name}, expr: ${name}x}]}`;
    const before = [one?.(`${own('g')}, ${own('h')}`), two?.(own('i'))] as SideFile[];
    const after = [one?.(own('g')), two?.(`${own('i')}, ${own('h')}`)] as SideFile[];
    expect(compared(before, after).map(shown)).toEqual([
      'harmless group-moved group h: a.yaml → b.yaml | For Prometheus this is a new group: pending alerts start their "for" again.',
    ]);
    expect(compared([one?.(own('g')) as SideFile], [two?.(own('g')) as SideFile])).toEqual([]);
    // The other file is new, or the former one is gone.
    const whole = one?.(`${own('g')}, ${own('h')}`) as SideFile;
    const parts = [one?.(own('g')), two?.(own('h'))] as SideFile[];
    expect(compared([whole], parts).map(shown)).toEqual([
      expect.stringContaining('harmless group-moved group h: a.yaml → b.yaml'),
    ]);
    expect(compared(parts, [whole]).map(shown)).toEqual([
      expect.stringContaining('harmless group-moved group h: b.yaml → a.yaml'),
    ]);
    // From a rule file to a manifest is no move.
    const manifest = (names: string) => fileOf(`kind: PrometheusRule\nspec: {groups: [${names}]}`, 'b.yaml');
    expect(
      compared([one?.(own('g')) as SideFile, manifest(own('h'))], [manifest(`${own('g')}, ${own('h')}`)]).map(
        ({ kind }) => kind,
      ),
    ).toEqual(['form-removed']);
  });

  it('may give a rule away', () => {
    const groups = (first: string, second: string, interval = '') =>
      fileOf(
        `groups: [{name: g, interval: 30s, rules: [{alert: B, expr: b}, ${first}]}, {name: h${interval}, rules: [{alert: C, expr: c}, ${second}]}]`,
      );
    const moved = (interval: string) => findings(groups(rule, '', interval), groups('', rule, interval));
    const EVERY = (where: string, when: string) =>
      `It is evaluated at ${where} instead of 30s: an alert can fire and resolve that much ${when}.`;
    expect(moved(', interval: 30s')).toEqual([
      'harmless rule-moved alert A: group g → group h | It is evaluated in another group; nothing else changes.',
    ]);
    expect(moved(', interval: 0m30s')).toEqual([expect.stringContaining('harmless rule-moved alert A')]);
    expect(moved(', interval: 1m')).toEqual([
      `notable rule-moved alert A: group g (30s) → group h (1m) | ${EVERY('1m', 'later')}`,
    ]);
    expect(moved(', interval: 10s')).toEqual([
      `notable rule-moved alert A: group g (30s) → group h (10s) | ${EVERY('10s', 'earlier')}`,
    ]);
    expect(moved('')).toEqual([
      `notable rule-moved alert A: group g (30s) → group h (the default interval) | ${EVERY('the default interval', 'earlier')}`,
    ]);
  });
});

describe('rules that belong together', () => {
  it('are found by their labels, expressions and groups first', () => {
    const alert = (n: number, labels: string, more = '') =>
      `{alert: A, expr: x > ${n}, labels: {${labels}}${more}}`;
    const names = (before: string, after: string) =>
      compared([group(before)], [group(after)]).map(
        ({ kind, before: old, after: now }) => `${kind} ${old} → ${now}`,
      );
    // The unchanged one stays, whatever its place.
    expect(
      names(`${alert(1, 'a: b')}, ${alert(2, 'a: b')}`, `${alert(3, 'a: b')}, ${alert(1, 'a: b')}`),
    ).toEqual(['threshold-changed 2 → 3', 'rules-reordered undefined → A, A']);
    expect(
      names(
        `${alert(1, 'a: b', ', for: 1m')}, ${alert(1, 'a: b', ', for: 2m')}`,
        alert(1, 'a: b', ', for: 2m'),
      ),
    ).toEqual(['alert-removed x > 1 → undefined']);
    expect(
      names(`${alert(1, 'a: b')}, ${alert(2, 'c: d')}`, `${alert(2, 'a: b')}, ${alert(1, 'c: d')}`),
    ).toEqual(['threshold-changed 1 → 2', 'threshold-changed 2 → 1']);
    expect(
      names(
        `${alert(1, 'severity: info')}, ${alert(2, 'severity: page')}`,
        `${alert(4, 'severity: page, a: b')}`,
      ),
    ).toEqual([
      'alert-removed x > 1 → undefined',
      'label-added undefined → a="b"',
      'threshold-changed 2 → 4',
    ]);
  });
});

describe('rules that moved or changed together', () => {
  /** Groups by name, each with rules such as `A 1 info`: name, threshold, severity, and more. */
  const sideOf = (groups: Readonly<Record<string, readonly string[]>>) =>
    Object.entries(groups).map(([name, rules]) => {
      const all = rules.map((rule) => {
        const [alert, value, severity, more = ''] = rule.split(' ');
        return `{alert: ${alert}, expr: x > ${value}, labels: {severity: ${severity}${more && `, a: ${more}`}}${more && `, for: ${more}m`}}`;
      });
      return `{name: ${name}, rules: [${all.join(', ')}]}`;
    });
  type Groups = Parameters<typeof sideOf>[0];
  const rows: [what: string, before: Groups, after: Groups, ...findings: string[]][] = [
    [
      'by the expression, where the labels change',
      { g: ['A 1 info 1', 'A 2 info 2'] },
      { g: ['A 2 info 3', 'A 1 info 4'] },
      ...[
        'label-changed a="1" → a="4"',
        'for-changed 1m → 4m',
        'label-changed a="2" → a="3"',
        'for-changed 2m → 3m',
      ],
      'rules-reordered - → A, A',
    ],
    [
      'by labels and expression, where the group changes',
      { g: ['A 1 info', 'A 2 info'] },
      { h: ['A 2 info', 'A 1 info'] },
      'rule-moved group g → group h',
    ],
    [
      'by group and severity',
      { g: ['A 1 info'], h: ['A 2 info'] },
      { h: ['A 4 info 1'], g: ['A 3 info 1'] },
      ...[
        'label-added - → a="1"',
        'threshold-changed 1 → 3',
        'for-changed 0s → 1m',
        'threshold-changed 2 → 4',
      ],
    ],
    [
      'by severity',
      { g: ['A 1 info', 'A 2 page'] },
      { h: ['A 4 page 1', 'A 3 info 1'] },
      ...[
        'label-added - → a="1"',
        'threshold-changed 1 → 3',
        'for-changed 0s → 1m',
        'rule-moved group g → group h',
      ],
      ...[
        'label-added - → a="1"',
        'threshold-changed 2 → 4',
        'for-changed 0s → 1m',
        'rule-moved group g → group h',
      ],
    ],
    [
      'by group',
      { g: ['A 1 info'], h: ['A 2 page'] },
      { h: ['A 4 none'], g: ['A 3 warning'] },
      ...['severity-changed page → none', 'severity-changed info → warning'],
      ...['threshold-changed 1 → 3', 'threshold-changed 2 → 4'],
    ],
    [
      'by name alone',
      { g: ['A 1 info'] },
      { h: ['A 2 page'] },
      ...['severity-changed info → page', 'threshold-changed 1 → 2', 'rule-moved group g → group h'],
    ],
    [
      'under another name, by group',
      { g: ['A 1 info'], h: ['B 1 info'] },
      { h: ['D 1 info'], g: ['C 1 info'] },
      ...['alert-renamed A → C', 'alert-renamed B → D'],
    ],
    [
      'under another name, by labels',
      { g: ['A 1 info', 'B 1 page'] },
      { h: ['D 1 page', 'C 1 info'] },
      ...['alert-renamed A → C', 'alert-renamed B → D'],
      ...['rule-moved group g → group h', 'rule-moved group g → group h'],
    ],
    [
      'under another name, by the expression alone',
      { g: ['A 1 info'] },
      { g: ['B 1 page'] },
      ...['alert-renamed A → B', 'severity-changed info → page'],
    ],
  ];
  it.each(rows)('find each other %s', (_, before, after, ...expected) => {
    const [base, head] = [before, after].map((groups) => fileOf(`groups: [${sideOf(groups).join(', ')}]`));
    expect(
      compared([base as SideFile], [head as SideFile])
        .map(({ kind, before: old = '-', after: now = '-' }) => `${kind} ${old} → ${now}`)
        .sort(),
    ).toEqual(expected.sort());
  });

  it('find each other by their expression, where "for" and the order change', () => {
    const alert = (n: number, minutes: number) => `{alert: A, expr: x > ${n}, for: ${minutes}m}`;
    expect(about(`${alert(1, 1)}, ${alert(2, 1)}`, `${alert(2, 2)}, ${alert(1, 2)}`)).toEqual([
      expect.stringContaining('for-changed alert A: 1m → 2m'),
      expect.stringContaining('rules-reordered'),
    ]);
  });
});

describe('findings', () => {
  it('have a place, and no more than is known', () => {
    expect(placeOf({ file: 'f' })).toStrictEqual({ file: 'f' });
    expect(placeOf({ file: 'f', line: 3 })).toStrictEqual({ file: 'f', line: 3 });
    expect(placeOf({ file: 'f', line: () => 3 })).toStrictEqual({ file: 'f', line: 3 });
    expect(finding({ file: 'f' }, 'k', 'notable', 's', undefined, undefined, 'c')).toStrictEqual({
      ...{ kind: 'k', level: 'notable', subject: 's', consequence: 'c', file: 'f' },
    });
  });

  it('are listed in sentences', () => {
    expect(
      [[], ['a'], ['a', 'b'], ['a', 'b', 'c'], ['a', 'b', 'c', 'd'], ['a', 'a', 'b']].map((names) =>
        listed(names),
      ),
    ).toEqual([...['', 'a', 'a and b', 'a, b and c', 'a, b, c and d', 'a and b']]);
    expect(listed(['a', 'b', 'c', 'd', 'e'])).toBe('a, b, c and 2 more');
    expect(listed(['a', 'b', 'c'], 1)).toBe('a and 2 more');
  });

  it('stand in the order of their levels and subjects, each once', () => {
    const about = (level: Finding['level'], subject: string, kind = 'k', more = {}): Finding => ({
      ...{ level, subject, kind, consequence: 'c', file: 'f', ...more },
    });
    const all = [
      ...[about('harmless', 'a', 'h'), about('notable', 'b'), about('notable', 'a'), about('breaking', 'c')],
      ...[about('notable', 'a', 'l'), about('notable', 'a', 'j'), about('notable', 'b', 'k', { file: 'g' })],
      ...[about('notable', 'b', 'k', { before: 'x' }), about('notable', 'b', 'k', { after: 'x' })],
      about('notable', 'b', 'k', { consequence: 'd' }),
    ];
    expect(
      sorted(all).map(({ level, subject, kind, before, after, consequence }) =>
        [level, subject, kind, before, after, consequence].join(' '),
      ),
    ).toEqual([
      'breaking c k   c',
      'notable a k   c',
      'notable a l   c',
      'notable a j   c',
      'notable b k   c',
      'notable b k x  c',
      'notable b k  x c',
      'notable b k   d',
      'harmless a h   c',
    ]);
  });

  it('name the file and the line on which their subject begins', () => {
    const text = (n: number) => `groups:\n- name: g\n  rules:\n  - alert: A\n    expr: x > ${n}\n`;
    expect(compared([fileOf(text(1))], [fileOf(text(2))])).toEqual([
      expect.objectContaining({ file: 'r.yaml', line: 4 }),
    ]);
  });
});
