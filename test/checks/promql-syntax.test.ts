import { ALERT, alertOf, PANEL, panelOf, RULE, recordOf } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

describeCheck('promql-syntax', {
  catches: [
    [
      'a parenthesis too few',
      alertOf('sum by (relay) (relay:gateway_pending_writes:max'),
      [`${ALERT}: unexpected end of the expression: correct the PromQL`],
    ],
    [
      'rate of an instant vector',
      recordOf('rate(gateway_pending_writes)'),
      [
        `${RULE}: expected type matrix in call to function "rate", got vector at "gateway_pending_writes": correct the PromQL`,
      ],
    ],
    [
      'a set operator on a number',
      alertOf('relay:gateway_pending_writes:max and 1'),
      [
        `${ALERT}: set operator not allowed in binary scalar expression at "relay:gateway_pending_writes:max and 1": correct the PromQL`,
      ],
    ],
    [
      'what only Prometheus 3 reads, in a panel',
      panelOf('sort_by_label(relay:gateway_pending_writes:max, "relay")'),
      [
        `${PANEL} query A: sort_by_label, which Prometheus 2.42 does not have and Prometheus 3 only as an experimental feature at "sort_by_label(relay:gateway_pending_writes:max, \\"relay\\")": correct the PromQL`,
      ],
    ],
    [
      'a regular expression that Prometheus cannot read',
      alertOf('relay:gateway_pending_writes:max{relay=~"(?!x).*"}'),
      [
        `${ALERT}: a regular expression that uses lookahead or lookbehind, which Prometheus does not support at "relay=~\\"(?!x).*\\"": correct the PromQL`,
      ],
    ],
    [
      'a backslash written once',
      alertOf('relay:gateway_pending_writes:max{relay=~"\\d+"}'),
      [
        `${ALERT}: unknown escape sequence \\d; in PromQL a backslash is written twice at "\\"\\\\d+\\"": correct the PromQL`,
      ],
    ],
    [
      'a fault in a long text, of which the first 60 characters are shown on one line',
      alertOf(`rate(\n  vector(\n    ${'1 + '.repeat(20)}1\n  )\n)`),
      [
        `${ALERT}: expected type matrix in call to function "rate", got vector at "vector( ${'1 + '.repeat(13)}": correct the PromQL`,
      ],
    ],
  ],
  passes: [
    ['an alert without a page', { runbooks: [] }],
    [
      'a step of the procedure without a query',
      { procedure: [{ step: 'confirm-clear', content: [{ text: 'Look at it.' }] }] },
    ],
    ['a comment', alertOf('relay:gateway_pending_writes:max # why')],
    [
      'variables of Grafana in a panel',
      panelOf('rate(gateway_replica_fallback_total{relay=~"$relay"}[$__rate_interval])'),
    ],
  ],
});
