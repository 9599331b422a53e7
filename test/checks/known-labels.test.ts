import { gatewayPendingWritePushes } from '../../metrics/gateway.js';
import { ALERT, alertOf, RULE, recordOf } from './bundle-fixture.js';
import { describeCheck } from './describe-check.js';

const REMEDY =
  'see the labels of the metric in generated/docs/metrics.md, or keep the label in the inner grouping';

describeCheck('known-labels', {
  catches: [
    [
      'a label in by () that the metric does not have',
      recordOf('max by (relays) (gateway_pending_writes)'),
      [`${RULE}: max by (relays): its operand has no label relays: ${REMEDY}`],
    ],
    [
      'a matcher on a label that is not there',
      recordOf('max by (relay) (gateway_pending_writes{peer="x"})'),
      [`${RULE}: matcher on peer, which gateway_pending_writes does not have: ${REMEDY}`],
    ],
    [
      'a join on a label that one side has lost',
      alertOf('relay:gateway_pending_writes:max and on (relay) sum(gateway_active_peers)'),
      [`${ALERT}: on (relay): the right side has no label relay: ${REMEDY}`],
    ],
    [
      'a label taken over that the other side does not have',
      alertOf('gateway_pending_writes * on (job, instance) group_left (peer) gateway_active_peers'),
      [`${ALERT}: group_left (peer): the other side has no label peer: ${REMEDY}`],
    ],
    [
      'sides that can never match',
      alertOf('relay:gateway_pending_writes:max > gateway_active_peers'),
      [
        `${ALERT}: the sides carry different labels, (relay) and (instance, job), so nothing can match; use on (...): ${REMEDY}`,
      ],
    ],
    [
      'a quantile over buckets that were summed away',
      alertOf(
        'histogram_quantile(0.9, sum by (relay) (rate(gateway_pending_write_push_wait_seconds_bucket[5m])))',
      ),
      [`${ALERT}: histogram_quantile needs the label le, which its operand has lost: ${REMEDY}`],
    ],
    [
      'a label to ignore that neither side has',
      alertOf('relay:gateway_pending_writes:max * ignoring (peer) relay:gateway_pending_writes:max'),
      [`${ALERT}: ignoring (peer): neither side has the label peer: ${REMEDY}`],
    ],
    [
      'a grouping label of the site in a bundle without any',
      recordOf('max by (cluster, relay) (gateway_pending_writes)'),
      [`${RULE}: max by (cluster): its operand has no label cluster: ${REMEDY}`],
    ],
    [
      'a label that label_replace cannot read',
      alertOf('label_replace(relay:gateway_pending_writes:max, "x", "$1", "peer", "(.*)")'),
      [`${ALERT}: label_replace reads peer, which its operand does not have: ${REMEDY}`],
    ],
  ],
  passes: [
    [
      'labels added by label_replace',
      alertOf(
        'label_replace(relay:gateway_pending_writes:max, "group", "$1", "relay", "(.+)") * on (group) label_replace(relay:gateway_pending_writes:max, "group", "$1", "relay", "(.+)")',
      ),
    ],
    ['a grouping label of the site', { config: { groupBy: ['cluster'] } }],
    [
      'a label that only some builds have',
      recordOf(`sum by (relay) (${gatewayPendingWritePushes.name}{relay!=""})`),
    ],
    [
      'a label to ignore that one side alone has',
      alertOf(
        'rate(gateway_relay_fallback_writes_total[5m]) / ignoring (result) group_left sum without (result) (rate(gateway_relay_fallback_writes_total[5m]))',
      ),
    ],
    [
      'labels that Prometheus gives every target',
      recordOf('max by (job, instance) (gateway_pending_writes)'),
    ],
    [
      'a metric that nobody knows, which another check reports',
      alertOf('misspelt_metric * on (relay) relay:gateway_pending_writes:max'),
    ],
  ],
});
