import { describe, expect, it } from 'vitest';
import { analyseLabels } from '../../src/promql/labels.js';
import { parseExpression } from '../../src/promql/parse.js';
import { runRuleTests } from '../promtool.js';

/**
 * One series a metric, and every label's value is its own name: which labels a result carries then says all of its label sets,
 * so that a real Prometheus can confirm every row.
 */
const SERIES: Readonly<Record<string, readonly string[]>> = {
  a: ['relay', 'reason'],
  b: ['relay'],
  c: [],
  d: ['relay', 'node'],
  steps_bucket: ['relay', 'le'],
};
const known = {
  labelsOf: (name: string) => (SERIES[name] === undefined ? undefined : new Set(SERIES[name])),
};

type LabelSet = Readonly<Record<string, string>>;

interface Row {
  readonly expr: string;
  /** What the analysis says of the result. */
  readonly labels: readonly string[];
  readonly faults?: readonly string[];
  /** What Prometheus yields, where it is not one series with these labels, each with its own name as its value. */
  readonly yields?: readonly LabelSet[] | 'a number';
}

const row = (
  expr: string,
  labels: readonly string[],
  more: Pick<Row, 'faults' | 'yields'> = {},
): readonly [string, Row] => [expr, { expr, labels, ...more }];
const named = (...labels: string[]): LabelSet =>
  // A bucket has to be one, or histogram_quantile passes over it.
  Object.fromEntries(labels.map((label) => [label, label === 'le' ? '+Inf' : label]));
const differ = (left: string, right: string, outcome = 'so nothing can match') =>
  `the sides carry different labels, (${left}) and (${right}), ${outcome}; use on (...)`;

const RULES: Readonly<Record<string, readonly (readonly [string, Row])[]>> = {
  'a selector carries its labels': [
    row('a', ['relay', 'reason']),
    row('c', []),
    row('a{relay="relay"}', ['relay', 'reason']),
    row('b{node="node"}', ['relay'], { faults: ['matcher on node, which b does not have'], yields: [] }),
  ],
  'what stands around a vector keeps its labels': [
    row('(a)', ['relay', 'reason']),
    row('-a', ['relay', 'reason']),
    row('a offset 5m', ['relay', 'reason']),
    row('a @ end()', ['relay', 'reason']),
    row('a @ end() offset 5m', ['relay', 'reason']),
    row('a # why', ['relay', 'reason']),
  ],
  'functions of one vector keep its labels': [
    row('rate(a[5m])', ['relay', 'reason']),
    row('rate(a[5m] offset 1m)', ['relay', 'reason']),
    row('max_over_time(a[5m:1m])', ['relay', 'reason']),
    row('max_over_time(sum by (relay) (a)[5m:1m])', ['relay']),
    row('timestamp(a)', ['relay', 'reason']),
    row('clamp_max(a, 5)', ['relay', 'reason']),
    row('quantile_over_time(0.9, a[5m])', ['relay', 'reason']),
    row('day_of_month(b)', ['relay']),
    row('sort(a)', ['relay', 'reason']),
  ],
  'by keeps what it names': [
    row('sum(a)', []),
    row('sum by (relay) (a)', ['relay']),
    row('sum(a) by (relay)', ['relay']),
    row('SUM BY (relay) (a)', ['relay']),
    row('sum by () (a)', []),
    row('quantile by (relay) (0.5, a)', ['relay']),
    row('count by (node) (a)', ['node'], {
      faults: ['count by (node): its operand has no label node'],
      yields: [{}],
    }),
    // The name is a label, which group() takes away.
    row('count by (__name__) (a)', ['__name__'], { yields: [{}] }),
  ],
  'without drops what it names': [
    row('sum without (reason) (a)', ['relay']),
    row('sum without () (a)', ['relay', 'reason']),
    row('max without (node) (a)', ['relay', 'reason'], {
      faults: ['max without (node): its operand has no label node'],
    }),
  ],
  'topk and bottomk choose series and leave them whole': [
    row('topk(1, a)', ['relay', 'reason']),
    row('topk by (relay) (1, a)', ['relay', 'reason']),
    row('BOTTOMK(1, a)', ['relay', 'reason']),
    row('topk by (node) (1, a)', ['relay', 'reason'], {
      faults: ['topk by (node): its operand has no label node'],
    }),
  ],
  'count_values adds a label': [
    row('count_values("value", a)', ['value'], { yields: [{ value: '1' }] }),
    row('count_values by (relay) ("value", a)', ['relay', 'value'], {
      yields: [{ relay: 'relay', value: '1' }],
    }),
    row('count_values without (reason) ("value", a)', ['relay', 'value'], {
      yields: [{ relay: 'relay', value: '1' }],
    }),
  ],
  'sides are matched on all their labels unless told otherwise': [
    row('a + a', ['relay', 'reason']),
    row('a == a', ['relay', 'reason']),
    row('a * b', ['relay', 'reason'], { faults: [differ('reason, relay', 'relay')], yields: [] }),
    row('b > bool c', ['relay'], { faults: [differ('relay', '')], yields: [] }),
    row('b * vector(1)', ['relay'], { faults: [differ('relay', '')], yields: [] }),
    row('sum(a) + c', []),
  ],
  'on keeps the labels it names': [
    row('a * on (relay) b', ['relay']),
    row('a == on (relay) b', ['relay']),
    row('a * on () c', []),
    row('b >= bool on (relay) d', ['relay']),
    row('b * on (relay) c', ['relay'], {
      faults: ['on (relay): the right side has no label relay'],
      yields: [],
    }),
    row('c * on (relay) b', ['relay'], {
      faults: ['on (relay): the left side has no label relay'],
      yields: [],
    }),
    row('a * on (node) b', ['node'], {
      faults: ['on (node): the left side has no label node', 'on (node): the right side has no label node'],
      yields: [{}],
    }),
  ],
  'ignoring drops the labels it names, also where one side alone has them': [
    row('a * ignoring (reason) b', ['relay']),
    row('a * ignoring (reason) a', ['relay']),
    row('a * ignoring (reason) group_left b', ['relay', 'reason']),
    row('a * ignoring (node) a', ['relay', 'reason'], {
      faults: ['ignoring (node): neither side has the label node'],
    }),
    row('a * ignoring (reason) d', ['relay'], { faults: [differ('relay', 'node, relay')], yields: [] }),
  ],
  'group_left and group_right keep the labels of the many and take those named': [
    row('a * on (relay) group_left b', ['relay', 'reason']),
    row('b * on (relay) group_right a', ['relay', 'reason']),
    row('b * on (relay) group_left (reason) a', ['relay', 'reason']),
    row('a * on (relay) group_left (node) d', ['relay', 'reason', 'node']),
    row('a >= bool on () group_left c', ['relay', 'reason']),
    row('a * on (relay) group_left (node) b', ['relay', 'reason', 'node'], {
      faults: ['group_left (node): the other side has no label node'],
      yields: [named('relay', 'reason')],
    }),
    row('b * on (relay) group_right (node) a', ['relay', 'reason', 'node'], {
      faults: ['group_right (node): the other side has no label node'],
      yields: [named('relay', 'reason')],
    }),
  ],
  'and and unless keep the labels of the left side': [
    row('a and on (relay) b', ['relay', 'reason']),
    row('b and on (relay) a', ['relay']),
    row('a and ignoring (reason) b', ['relay', 'reason']),
    row('a unless on (node) d', ['relay', 'reason'], {
      faults: ['on (node): the left side has no label node'],
    }),
    row('a unless on (relay) (d > 1)', ['relay', 'reason']),
    row('a and b', ['relay', 'reason'], { faults: [differ('reason, relay', 'relay')], yields: [] }),
    row('a unless b', ['relay', 'reason'], { faults: [differ('reason, relay', 'relay')] }),
  ],
  'or carries what both sides carry': [
    row('a or a', ['relay', 'reason']),
    row('a or on (relay) d', ['relay'], { yields: [named('relay', 'reason')] }),
    row('(a > 1) or on (relay) d', ['relay'], { yields: [named('relay', 'node')] }),
    row('a or on () vector(0)', [], { yields: [named('relay', 'reason')] }),
    row('sum(a) or vector(0)', []),
    row('a or b', ['relay'], {
      faults: [differ('reason, relay', 'relay', 'so both sides are always kept')],
      yields: [named('relay', 'reason'), named('relay')],
    }),
  ],
  'numbers have no labels and take none away': [
    row('1 + 1', [], { yields: 'a number' }),
    row('time() - 5', [], { yields: 'a number' }),
    row('scalar(b)', [], { yields: 'a number' }),
    row('time() - a', ['relay', 'reason']),
    row('a > 0.5', ['relay', 'reason']),
    row('0 < bool a', ['relay', 'reason']),
    row('scalar(b) * a', ['relay', 'reason']),
    row('vector(1)', []),
    row('vector(scalar(a))', []),
    row('hour()', []),
    row('b and on () hour() >= 0', ['relay']),
    ...['minute', 'hour', 'day_of_week', 'day_of_month', 'day_of_year', 'days_in_month', 'month', 'year'].map(
      (part) => row(`b and ${part}() >= 0`, ['relay'], { faults: [differ('relay', '')], yields: [] }),
    ),
  ],
  'absent carries what one equals sign pins, of a selector only': [
    row('absent(a{relay="relay", reason="gone"})', ['relay', 'reason'], {
      yields: [{ relay: 'relay', reason: 'gone' }],
    }),
    row('absent(a{relay="gone"} offset 1m)', ['relay'], { yields: [{ relay: 'gone' }] }),
    row('absent((a{relay="gone"} @ end()))', ['relay'], { yields: [{ relay: 'gone' }] }),
    row('absent_over_time(a{relay="gone"}[5m])', ['relay'], { yields: [{ relay: 'gone' }] }),
    row('absent_over_time(a{relay="gone"}[5m:1m])', [], { yields: [{}] }),
    row('absent(a{relay=~"gone"})', [], { yields: [{}] }),
    row('absent(a{relay="gone", relay!=""})', [], { yields: [{}] }),
    row('absent(a{relay=""})', [], { yields: [{}] }),
    row('absent(sum(a{relay="gone"}))', [], { yields: [{}] }),
    row('absent(rate(a{relay="gone"}[5m]))', [], { yields: [{}] }),
    row('absent(b{node="node"})', ['node'], { faults: ['matcher on node, which b does not have'] }),
  ],
  'label_replace and label_join write a label': [
    row('label_replace(b, "copy", "$1", "relay", "(.*)")', ['relay', 'copy'], {
      yields: [{ relay: 'relay', copy: 'relay' }],
    }),
    row('label_replace(b, "kind", "kind", "", "")', ['relay', 'kind']),
    row('label_replace(a, "reason", "", "relay", ".*")', ['relay']),
    row('label_replace(b, "copy", "$1", "node", "(.*)")', ['relay', 'copy'], {
      faults: ['label_replace reads node, which its operand does not have'],
      yields: [named('relay')],
    }),
    row('label_join(a, "both", "-", "relay", "reason")', ['relay', 'reason', 'both'], {
      yields: [{ relay: 'relay', reason: 'reason', both: 'relay-reason' }],
    }),
    row('label_join(b, "both", "-")', ['relay']),
    row('label_join(b, "both", "-", "relay", "node")', ['relay', 'both'], {
      faults: ['label_join reads node, which its operand does not have'],
      yields: [{ relay: 'relay', both: 'relay-' }],
    }),
  ],
  'histogram_quantile uses up le': [
    row('histogram_quantile(0.9, steps_bucket)', ['relay']),
    row('histogram_quantile(0.9, sum by (le) (rate(steps_bucket[5m])))', []),
    row('histogram_quantile(0.9, sum by (relay) (steps_bucket))', ['relay'], {
      faults: ['histogram_quantile needs the label le, which its operand has lost'],
      yields: [],
    }),
  ],
};
const rows = Object.values(RULES).flatMap((rule) => rule.map(([, row]) => row));

describe.each(Object.entries(RULES))('%s', (_, table) => {
  it.each(table)('%s', (_, { expr, labels, faults }) => {
    const tree = parseExpression(expr).root;
    const analysis = analyseLabels(tree, known);
    expect([...analysis.labels].sort()).toEqual([...labels].sort());
    expect(analysis.faults.map(({ message }) => message)).toEqual(faults ?? []);
    expect(analysis.known).toBe(true);
  });
});

const analysis = (expr: string, variables = false) =>
  analyseLabels(parseExpression(expr, { variables }).root, known);

describe('what only Prometheus 3 evaluates', () => {
  it.each([
    ['histogram_fraction(0, 1, steps_bucket)', ['relay'], []],
    ['histogram_quantiles(steps_bucket, "q", 0.5, 0.9)', ['relay', 'q'], []],
    [
      'histogram_quantiles(b, "q", 0.5)',
      ['relay', 'q'],
      ['histogram_quantiles needs the label le, which its operand has lost'],
    ],
    // A side that is filled in has no label to take.
    ['a * on (relay) group_left (node) fill_right (0) d', ['relay', 'reason'], []],
    ['a * on (relay) group_left (node) fill_left (0) d', ['relay', 'reason', 'node'], []],
    ['d * on (relay) group_right (node) fill_left (0) a', ['relay', 'reason'], []],
    ['d * on (relay) group_right (node) fill_right (0) a', ['relay', 'reason', 'node'], []],
  ])('%s: carries %j', (expr, labels, faults) => {
    const { labels: found, known, faults: messages } = analysis(expr);
    expect([[...found], known, messages.map(({ message }) => message)]).toEqual([labels, true, faults]);
  });
});

it("takes Grafana's variables for numbers", () => {
  const { labels, known, faults } = analysis('b > 0.$threshold', true);
  expect([[...labels], known, faults]).toEqual([['relay'], true, []]);
});

describe('series of which nothing is known', () => {
  it.each([
    'unknown',
    'unknown * on (relay) b',
    'b or unknown',
    'rate(unknown[5m])',
    'sum without (x) (unknown)',
    'histogram_quantile(0.9, unknown)',
    'histogram_quantiles(unknown, "q", 0.5)',
    'label_replace(unknown, "x", "$1", "relay", "(.*)")',
    'info(b, {node="node"})',
  ])('leave the labels of %s unknown, and give no second message', (expr) =>
    expect(analysis(expr)).toMatchObject({ known: false, faults: [] }),
  );

  it.each([
    ['sum by (relay) (unknown)', ['relay']],
    ['b and on (relay) unknown', ['relay']],
    ['b unless unknown', ['relay']],
    ['absent(unknown{relay="relay"})', ['relay']],
    ['scalar(unknown) * b', ['relay']],
  ])('do not matter to %s', (expr, labels) => {
    const { labels: found, ...rest } = analysis(expr);
    expect([...found]).toEqual(labels);
    expect(rest).toEqual({ known: true, faults: [] });
  });
});

describe('Prometheus itself', () => {
  it('yields the labels of every row', async () => {
    const text = (labels: LabelSet) =>
      `{${Object.entries(labels)
        .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
        .join(', ')}}`;
    const output = await runRuleTests([
      {
        evaluation_interval: '30s',
        tests: [
          {
            interval: '30s',
            input_series: Object.entries(SERIES).map(([name, labels]) => ({
              series: `${name}${text(named(...labels))}`,
              values: '1x60',
            })),
            promql_expr_test: rows.map(({ expr, labels, yields = [named(...labels)] }) => ({
              // The value does not matter here: group() makes it 1, and without () keeps the labels. vector() wants a number.
              expr: yields === 'a number' ? `vector((${expr}) * 0)` : `group without () (\n${expr}\n)`,
              eval_time: '10m10s',
              exp_samples:
                yields === 'a number'
                  ? [{ labels: '{}', value: 0 }]
                  : yields.map((series) => ({ labels: text(series), value: 1 })),
            })),
          },
        ],
      },
    ]);
    expect(output).toBe('');
  });
});
