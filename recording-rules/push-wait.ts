import { gatewayPendingWritePushes, gatewayPendingWritePushWait } from '../metrics/gateway.js';
import { defineRecordingRule, type RecordingRuleDefinition } from '../src/model/rules.js';
import { closedRange, duration } from '../src/promql/duration.js';
import { bucketOf, leBound } from '../src/promql/histogram.js';
import { promql } from '../src/promql/template.js';
import { increaseSinceBirth } from './counter-increase.js';

/** Pushes of the whole gateway; the observed build has no finer counter. */
export const pushes = defineRecordingRule({
  record: 'result:gateway_pending_write_pushes:increase',
  help: 'Pushes to workers over the longest back-off by result, for the whole gateway, including the first one of a counter.',
  unit: 'pushes',
  labels: ['result'],
  runbookSteps: ['confirm-state'],
  rationale:
    'Pushes count once per peer and attempt, the first sample of a counter is already 1, and the observed build has no relay label.',
  emptyWhen: 'the gateway has pushed nothing since it started',
  expr: (site) => promql`
    sum by (${site.by('result')}) (
      ${increaseSinceBirth(site, gatewayPendingWritePushes, '', site.pushWindow)}
    )
  `,
});

/** Pushes per relay, as the runbook queries them. */
export const relayPushes = defineRecordingRule({
  record: 'relay_result:gateway_pending_write_pushes:increase',
  help: 'Pushes to workers over the longest back-off by relay and result, if the build labels them by relay.',
  unit: 'pushes',
  labels: ['relay', 'result'],
  runbookSteps: ['confirm-state'],
  rationale:
    'The runbook queries the counter by relay; the observed build has no relay label, a later build may.',
  emptyWhen: 'the build has no relay label on pushes, like the observed build',
  expr: (site) => promql`
    sum by (${site.by('relay', 'result')}) (
      ${increaseSinceBirth(site, gatewayPendingWritePushes, 'relay!=""', site.pushWindow)}
    )
  `,
});

/** A share of slow observations: cheaper than a quantile, and it cannot be capped by the top bucket. */
export const slowAcknowledgements = defineRecordingRule({
  record: 'gateway:gateway_pending_write_push_wait_slow:ratio',
  help: 'Share of acknowledgements slower than thresholds.pushWait.slowSeconds among those within the top bucket (600 s), over 15 minutes. Longer waits are left out, because they mean that the worker was away, not slow.',
  unit: 'ratio',
  labels: [],
  runbookSteps: ['confirm-state'],
  rationale:
    'The histogram measures from the first pending write, so an overnight outage lands above the top bucket. A share of slow observations is cheaper than a quantile, which cannot exceed the top bucket.',
  emptyWhen: 'the build records no acknowledgements, like the observed build, or none came within 15 minutes',
  expr: (site) => {
    const within = (bound: number) => promql`
      sum by (${site.by()}) (increase(${bucketOf(gatewayPendingWritePushWait)}{${site.gateway}, ${leBound(gatewayPendingWritePushWait, bound)}}[${closedRange(duration('15m'))}]))
    `;
    const top = within(gatewayPendingWritePushWait.buckets?.at(-1) as number);
    return promql`
      1 - ${within(site.thresholds.pushWait.slowSeconds)}
        / (${top} > 0)
    `;
  },
});

export const pushWaitRules: readonly RecordingRuleDefinition[] = [pushes, relayPushes, slowAcknowledgements];
