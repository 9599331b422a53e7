import { describe, expect, it } from 'vitest';
import { defineDashboard, definePanel } from '../../src/model/dashboard.js';
import { defineMetric } from '../../src/model/metric.js';
import { seriesOf } from '../../src/model/metric-series.js';
import { defineAlert, defineRecordingRule } from '../../src/model/rules.js';
import { inOrder } from '../../src/model/target.js';

const metric = (type: 'gauge' | 'counter' | 'histogram', more: object = {}) =>
  defineMetric({
    name: 'm_seconds',
    type,
    unit: 'seconds',
    help: 'A metric.',
    labels: { relay: { help: 'Key.' }, kind: { help: 'Kind.' } },
    presence: 'always',
    origin: 'gateway',
    ...more,
  });

describe('a metric', () => {
  it.each([
    [
      'a histogram without buckets',
      'histogram',
      undefined,
      'has buckets and nothing else has; type is histogram',
    ],
    ['a gauge with buckets', 'gauge', [1], 'has buckets and nothing else has; type is gauge'],
    ['a counter with buckets', 'counter', [], 'has buckets and nothing else has; type is counter'],
    ['buckets that descend', 'histogram', [5, 1], 'buckets must ascend, found 5 1'],
    ['a bucket twice', 'histogram', [1, 5, 5], 'buckets must ascend, found 1 5 5'],
  ] as const)('is refused with its name: %s', (_, type, buckets, message) => {
    const define = () => metric(type, buckets === undefined ? {} : { buckets });
    expect(define).toThrow(TypeError);
    expect(define).toThrow(/^metric m_seconds: /);
    expect(define).toThrow(message);
  });

  it('that is no histogram is one series, with the labels of its target', () => {
    for (const type of ['gauge', 'counter'] as const)
      expect(seriesOf(metric(type))).toEqual([
        { name: 'm_seconds', type, labels: ['relay', 'kind', 'job', 'instance'] },
      ]);
  });

  it('of Prometheus about alerts has no target', () => {
    expect(seriesOf(metric('gauge', { name: 'ALERTS' }))).toEqual([
      { name: 'ALERTS', type: 'gauge', labels: ['relay', 'kind'] },
    ]);
  });

  it('that is a histogram is three series', () => {
    const labels = ['relay', 'kind', 'job', 'instance'];
    expect(seriesOf(metric('histogram', { buckets: [-1, 0, 5] }))).toEqual([
      { name: 'm_seconds_bucket', type: 'bucket', labels: [...labels, 'le'] },
      { name: 'm_seconds_sum', type: 'counter', labels },
      { name: 'm_seconds_count', type: 'counter', labels },
    ]);
  });
});

describe('a definition', () => {
  it.each([
    ['metric', metric('gauge')],
    ['recording-rule', defineRecordingRule({ record: 'a:b:c' } as never)],
    ['alert', defineAlert({ alert: 'A' } as never)],
    ['dashboard', defineDashboard({ uid: 'a' } as never)],
  ])('names its kind and cannot be changed: %s', (kind, definition) => {
    expect(definition.kind).toBe(kind);
    expect(Object.keys(definition).length).toBeGreaterThan(1);
    expect(Object.isFrozen(definition)).toBe(true);
  });

  it('of a panel cannot be changed either', () => {
    const panel = definePanel({ id: 1 } as never);
    expect(panel).toEqual({ id: 1 });
    expect(Object.isFrozen(panel)).toBe(true);
  });
});

describe('targets', () => {
  it('are in the order of the documentation, each one once', () => {
    expect(inOrder(['mimir', 'grafana-v2', 'mimir', 'kubernetes', 'grafana-provisioning'])).toEqual([
      'kubernetes',
      'grafana-provisioning',
      'grafana-v2',
      'mimir',
    ]);
    expect(inOrder([])).toEqual([]);
  });
});
