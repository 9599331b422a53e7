import { promql } from '../../src/promql/template.js';
import { ALERT, alert, raw, record } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

describeCheck('annotation-labels', {
  catches: [
    [
      'a label that the expression drops',
      { alerts: [alert({ labels: [], expr: () => promql`count by () (${record()})` })] },
      [
        `${ALERT}: summary uses $labels.relay, but the expression keeps only these labels: none: keep relay in the expression's groupings and joins, or leave it out of the text`,
      ],
    ],
    [
      'a declared label that the expression drops',
      {
        alerts: [
          alert({
            summary: 'Some relays are pending in a test.',
            expr: () => promql`count by () (${record()})`,
          }),
        ],
      },
      [
        `${ALERT}: dashboard_url uses $labels.relay, but the expression keeps only these labels: none: keep relay in the expression's groupings and joins, or leave it out of the text`,
        `${ALERT}: declares the label relay, but the expression keeps only these labels: none: update \`labels\` of the definition to match the expression`,
      ],
    ],
    [
      'a grouping label of the site that the expression drops',
      {
        config: { groupBy: ['cluster'] },
        alerts: [alert({ expr: () => promql`max by (relay) (${record()})` })],
      },
      [
        `${ALERT}: dashboard_url uses $labels.cluster, but the expression keeps only these labels: relay: keep cluster in the expression's groupings and joins, or leave it out of the text`,
      ],
    ],
    [
      'a label in the other forms of a template',
      {
        alerts: [
          alert({
            summary: 'Relay {{ .Labels.peer }} is pending in a test.',
            description:
              'It is at {{ index $labels "node" }}, and this text is long enough to say what to do.',
          }),
        ],
      },
      [
        `${ALERT}: summary uses $labels.peer, but the expression keeps only these labels: relay: keep peer in the expression's groupings and joins, or leave it out of the text`,
        `${ALERT}: description uses $labels.node, but the expression keeps only these labels: relay: keep node in the expression's groupings and joins, or leave it out of the text`,
      ],
    ],
    [
      'a label in an action with more space, where several labels are kept',
      {
        alerts: [
          alert({
            labels: ['relay', 'job'],
            expr: () => raw('max by (relay, job) (gateway_pending_writes)'),
            summary: 'Relay {{ index  $labels\t "node" }} is pending in a test.',
          }),
        ],
      },
      [
        `${ALERT}: summary uses $labels.node, but the expression keeps only these labels: relay, job: keep node in the expression's groupings and joins, or leave it out of the text`,
      ],
    ],
  ],
  passes: [
    [
      'a label of the alert itself',
      { alerts: [alert({ summary: 'Relay {{ $labels.relay }} is {{ $labels.severity }} in a test.' })] },
    ],
    [
      'a label that an unknown metric might have, since another check reports that',
      { alerts: [alert({ labels: ['relay', 'node'], expr: () => raw('misspelt_metric > 1') })] },
    ],
    [
      'a label of the site',
      {
        config: { labels: { team: 'storage' } },
        alerts: [alert({ summary: 'Relay {{ $labels.relay }} of {{ $labels.team }} is pending.' })],
      },
    ],
    [
      'a label taken over by a join',
      {
        alerts: [
          alert({
            labels: ['relay', 'instance'],
            summary: 'Relay {{ $labels.relay }} at {{ $labels.instance }}.',
            expr: () =>
              raw(
                'relay:gateway_pending_writes:max * on (relay) group_left (instance) gateway_pending_writes',
              ),
          }),
        ],
      },
    ],
  ],
});
