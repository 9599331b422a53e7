import { RULE, raw, record, recordOf } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

describeCheck('recorded-labels', {
  catches: [
    [
      'labels that differ from the declared ones',
      recordOf('max by (relay, instance) (gateway_pending_writes)'),
      [
        `${RULE}: returns the labels (instance, relay), but the definition declares (relay): aggregate with by (...) to the labels declared, or declare the labels that it returns`,
      ],
    ],
    [
      'a label that the expression loses',
      recordOf('max(gateway_pending_writes)'),
      [
        `${RULE}: returns the labels (), but the definition declares (relay): aggregate with by (...) to the labels declared, or declare the labels that it returns`,
      ],
    ],
    [
      'a grouping label of the site that the expression loses',
      { config: { groupBy: ['cluster'] }, ...recordOf('max by (relay) (gateway_pending_writes)') },
      [
        `${RULE}: returns the labels (relay), but the definition declares (cluster, relay): aggregate with by (...) to the labels declared, or declare the labels that it returns`,
      ],
    ],
  ],
  passes: [
    ['the grouping labels of the site', { config: { groupBy: ['cluster'] } }],
    ['an unknown metric, which another check reports', recordOf('misspelt_metric > 1')],
    [
      'no labels at all',
      {
        records: [
          record({
            record: 'gateway:gateway_pending_writes:count',
            labels: [],
            expr: () => raw('count(gateway_pending_writes)'),
          }),
        ],
      },
    ],
  ],
});
