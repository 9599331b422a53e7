import { ALERT, alert, alertOf, PANEL, page, panelOf, RULE, raw, recordOf } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

describeCheck('known-metrics', {
  catches: [
    [
      'a variable in place of a metric',
      panelOf('max($metric)'),
      [
        `${PANEL} query A: reads $metric, a variable in place of a metric: use a definition from metrics/ or recording-rules/ instead of spelling the name`,
      ],
    ],
    [
      'an unknown metric of an own alert, which the team can declare',
      { own: { alerts: [alert({ alert: 'OwnTestFiring', expr: () => raw('disk_used') })] } },
      [
        'own.ts: OwnTestFiring: reads disk_used, which is neither defined in metrics/ nor recorded: use a definition of `metrics`, or declare the metric with defineMetric',
      ],
    ],
    [
      'unknown metrics in each part of a page',
      {
        pages: {
          check: [{ text: 'Look.', query: raw('one_thing') }, { text: 'Wait.' }],
          act: [{ text: 'Look again.', query: raw('two_things') }],
          over: { query: raw('three_things'), becomes: 'empty', text: 'Over.' },
        },
      },
      ['one_thing', 'two_things', 'three_things'].map(
        (name) =>
          `alerts/pages/pending-writes.ts: page of GatewayTestFiring: reads ${name}, which is neither defined in metrics/ nor recorded: use a definition from metrics/ or recording-rules/ instead of spelling the name`,
      ),
    ],
    [
      'an unknown metric in the page of an own alert',
      {
        own: {
          alerts: [alert({ alert: 'OwnTestFiring' })],
          pages: { OwnTestFiring: () => ({ ...page, act: [{ text: 'Look.', query: raw('disk_used') }] }) },
        },
      },
      [
        'own.ts: page of OwnTestFiring: reads disk_used, which is neither defined in metrics/ nor recorded: use a definition of `metrics`, or declare the metric with defineMetric',
      ],
    ],
    [
      'unknown metrics in the steps of the procedure, and in their parts',
      {
        procedure: [
          {
            step: 'query-metrics',
            content: [{ text: 'Read.' }, { text: 'Look.', query: raw('one_thing') }],
            parts: [{ step: 'find-worker', content: [{ text: 'Look.', query: raw('two_things') }] }],
          },
        ],
      },
      ['one_thing', 'two_things'].map(
        (name) =>
          `alerts/pages/procedure.ts: procedure: reads ${name}, which is neither defined in metrics/ nor recorded: use a definition from metrics/ or recording-rules/ instead of spelling the name`,
      ),
    ],
    [
      'a misspelt metric',
      recordOf('max by (relay) (gateway_pending_write == 1)'),
      [
        `${RULE}: reads gateway_pending_write, which is neither defined in metrics/ nor recorded, did you mean "gateway_pending_writes"?: use a definition from metrics/ or recording-rules/ instead of spelling the name`,
      ],
    ],
    [
      'a selector without a name',
      alertOf('{relay="a"}'),
      [
        `${ALERT}: a selector names no metric: use a definition from metrics/ or recording-rules/ instead of spelling the name`,
      ],
    ],
    [
      'a misspelt metric in quotes and as a matcher',
      alertOf('{"gateway_pending_write"} or {__name__="gateway_pending_write"}'),
      [
        `${ALERT}: reads gateway_pending_write, which is neither defined in metrics/ nor recorded, did you mean "gateway_pending_writes"?: use a definition from metrics/ or recording-rules/ instead of spelling the name`,
      ],
    ],
    [
      'a pattern on names',
      alertOf('{__name__=~"gateway_.*"}'),
      [
        `${ALERT}: reads all of {__name__=~"gateway_.*"}, of which nothing can be checked: use a definition from metrics/ or recording-rules/ instead of spelling the name`,
      ],
    ],
    [
      'a name like none that exists',
      alertOf('unheard_of_thing > 1'),
      [
        `${ALERT}: reads unheard_of_thing, which is neither defined in metrics/ nor recorded: use a definition from metrics/ or recording-rules/ instead of spelling the name`,
      ],
    ],
    [
      'a histogram without the suffix of one of its series',
      alertOf('gateway_escrow_lease_lag_seconds > 1'),
      [
        `${ALERT}: reads gateway_escrow_lease_lag_seconds, which is neither defined in metrics/ nor recorded, did you mean "gateway_escrow_lease_lag_seconds_sum"?: use a definition from metrics/ or recording-rules/ instead of spelling the name`,
      ],
    ],
    [
      'a recorded series that no rule records, once, however often it is read',
      alertOf('relay:gone:max > 1 or relay:gone:max < 0'),
      [
        `${ALERT}: reads relay:gone:max, which is neither defined in metrics/ nor recorded: use a definition from metrics/ or recording-rules/ instead of spelling the name`,
      ],
    ],
  ],
  passes: [
    [
      'the parts of a histogram',
      alertOf('gateway_escrow_lease_lag_seconds_sum / gateway_escrow_lease_lag_seconds_count'),
    ],
    ['a name as a matcher', alertOf('{__name__="up"} == 0')],
    ['what Prometheus itself writes', alertOf('up == 0 or ALERTS')],
    ['what the exporter exposes', alertOf('pending_writes_pending == 1')],
    ['a broken expression, which another check reports', alertOf('misspelt_metric >')],
  ],
});
